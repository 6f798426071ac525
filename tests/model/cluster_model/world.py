"""The world of one history: every part, a seeded scheduler that lets one step happen at a time, and faults."""

import random
from collections import Counter

from cluster_model.bounds import HOUR, PARTITIONS, SKEW, WINDOW
from cluster_model.cold_transactions import TransactionalCold
from cluster_model.event_log import EventLog
from cluster_model.hot_store import HotStore
from cluster_model.importing import Importing
from cluster_model.point_worker import make_point_store
from cluster_model.producing import Producing
from cluster_model.reading import Reading

ZOMBIES = 2  # workers of one partition beside the newest
OLD_LOG_SEEDS = 31  # in one of so many histories the cold store is new and a partition's log is not


class World:
    """Everything is a generator or a call that takes one step; a crash throws a generator away."""

    def __init__(self, seed, mutant=None, rebuild="cold"):
        self.mutant, self.rebuild = mutant, rebuild
        self.rng = random.Random(seed)
        self.stats = Counter()
        self.tick = 0
        self.now = 10 * HOUR + self.rng.randrange(HOUR)
        self.settling = False
        self.log = EventLog(self)
        self.retention = self.rng.choice((60, 160, 400))
        self.cold = make_point_store(self) if seed & 1 else TransactionalCold(self)
        self.hot = HotStore(self)
        self.producing = Producing(self)
        self.importing = Importing(self)
        self.reading = Reading(self)
        self.hot_workers = [[self.hot.worker(partition)] for partition in range(PARTITIONS)]
        self.cold_workers = [[self.cold.worker(partition)] for partition in range(PARTITIONS)]
        self.keepers = [self.hot.keeper(partition) for partition in range(PARTITIONS)]
        self.refused = set()  # partitions whose log had lost its beginning before there was a cold store
        self._first_start(seed)

    def _first_start(self, seed):
        """Stores begin empty, and not all at once."""
        if seed % OLD_LOG_SEEDS == 7 and self.rebuild == "cold":
            for _ in range(4):
                self.log.append_foreign(1, self.current_hour(), 0, 1)
            self.log.start[1] = 3
            self.refused.add(1)
        if self.rng.random() < 0.5:
            self.cold.away_until = self.now + self.rng.randrange(1, 15)

    def current_hour(self):
        return self.now // HOUR

    def step(self):
        rng, chance = self.rng, self.rng.random()
        self.tick += 1
        if chance < 0.10:
            self.producing.step_client()
        elif chance < 0.245:
            self.producing.step_broker()
        elif chance < 0.26:
            self._step_importer()
        elif chance < 0.30:
            self.pass_time(rng.randrange(1, 4))
        elif chance < 0.53:
            next(rng.choice(rng.choice(self.hot_workers)))
        elif chance < 0.80:
            next(rng.choice(rng.choice(self.cold_workers)))
        elif chance < 0.85:
            next(rng.choice(self.keepers))
        elif chance < 0.96:
            self.reading.step()
        else:
            self._fault()

    def pass_time(self, ticks):
        self.now += ticks
        self.producing.land_late_copies()

    def _step_importer(self):
        if not self.importing.running or self.rng.random() < 0.15:
            self.importing.start()
        for _ in range(8):  # rarely, and then a while
            if self.importing.running:
                self.importing.step()

    # ------------------------------------------------------------ faults
    def _fault(self):
        self.stats["faults"] += 1
        partition = self.rng.randrange(PARTITIONS)
        faults = (self._end_replica, self._rebalance_hot, self._rebalance_cold, self._crash_hot, self._crash_cold,
                  self._shift_clock, self._odd_record, self._snapshot, self._roll_back, self._lose_redis,
                  self._cold_away, self._retain, self._kill_importer, self._freeze_cold, self._freeze_importer)
        self.rng.choice(faults)(partition)

    def _end_replica(self, _partition):
        self.producing.end_replica(self.rng.randrange(len(self.producing.replicas)))

    def _rebalance_hot(self, partition):
        self._rebalance(self.hot_workers[partition], self.hot.worker(partition))

    def _rebalance_cold(self, partition):
        self._rebalance(self.cold_workers[partition], self.cold.worker(partition))

    @staticmethod
    def _rebalance(workers, successor):
        """The old owner goes on as a zombie."""
        workers.append(successor)
        if len(workers) > 1 + ZOMBIES:
            workers.pop(0)

    def _crash_hot(self, partition):
        workers = self.hot_workers[partition]
        workers[self.rng.randrange(len(workers))] = self.hot.worker(partition)

    def _crash_cold(self, partition):
        workers = self.cold_workers[partition]
        workers[self.rng.randrange(len(workers))] = self.cold.worker(partition)

    def _freeze_cold(self, partition):
        """A process stands still for a while, and a successor takes over, or not."""
        workers = self.cold_workers[partition]
        number = self.rng.randrange(len(workers))
        workers[number] = self._frozen(workers[number], self.now + self.rng.randrange(WINDOW))
        if self.rng.random() < 0.5:
            self._rebalance(workers, self.cold.worker(partition))

    def _freeze_importer(self, _partition):
        self.importing.replace_some(
            lambda importer: self._frozen(importer, self.now + self.rng.randrange(2 * WINDOW)))

    def _frozen(self, generator, until):
        while self.now < until and not self.settling:
            yield
        yield from generator

    def _shift_clock(self, partition):
        self.log.skew[partition] = self.rng.randrange(-SKEW, SKEW + 1)

    def _odd_record(self, partition):
        if self.rng.random() < 0.5:
            self.log.append_marker(partition)
        else:
            hour = self.current_hour() - self.rng.randrange(4)
            self.log.append_foreign(partition, hour, self.rng.randrange(2), 100 + self.rng.randrange(2))

    def _snapshot(self, _partition):
        self.hot.snapshot()

    def _roll_back(self, _partition):
        if self.rng.random() < 0.6:
            self.hot.roll_back()

    def _lose_redis(self, _partition):
        if self.rng.random() < 0.4:
            self.hot.lose_all()

    def _cold_away(self, _partition):
        until = self.now + self.rng.randrange(1, 30)
        if self.rng.random() < 0.5:
            self.cold.away_until = until
        else:
            self.cold.refuses_until = until

    def _retain(self, _partition):
        """Retention never passes the cold store: events are refused before it could."""
        skips = self.mutant == "auto_reset"
        for partition in range(PARTITIONS):
            end = self.log.end(partition)
            limit = end if skips else min(self.cold.next(partition), end)
            self.log.retain(partition, limit, self.now - (20 if skips else self.retention))

    def _kill_importer(self, _partition):
        self.importing.kill()
