"""Redis, the workers that feed it, and the one that drops hours from it."""

from cluster_model import log_rebuild
from cluster_model.bounds import HOT_BATCH, HOUR, PARTITIONS
from cluster_model.records import Marker
from cluster_model.state import Identities, State

SNAPSHOTS = 6


class HotStore:
    """One state a partition, or None where Redis has none. A script is one step."""

    def __init__(self, world):
        self.world, self.rng = world, world.rng
        self.states = [None] * PARTITIONS
        self.snapshots = []
        self.age = 0  # changes when Redis loses data, is rebuilt, or can serve again

    def snapshot(self):
        self.snapshots.append([state.copy() if state else None for state in self.states])
        if len(self.snapshots) > SNAPSHOTS:
            self.snapshots.pop(self.rng.randrange(3))

    def roll_back(self):
        """The last second is lost, or an old replica takes over."""
        if self.snapshots:
            states = self.snapshots[-1 if self.rng.random() < 0.6 else 0]
            self.states = [state.copy() if state else None for state in states]
            self.age += 1
            self.world.stats["redis_rolled_back"] += 1

    def lose_all(self):
        self.states = [None] * PARTITIONS
        self.age += 1
        self.world.stats["redis_lost"] += 1

    def next(self, partition):
        state = self.states[partition]
        return state.next if state else None

    def put(self, partition, state):
        self.states[partition] = state
        self.age += 1
        self.world.stats["revived"] += 1

    def read(self, partition, period):
        """One HMGET: (numbers, next up to which they hold). None: this part has to come from the cold store."""
        state, mutant = self.states[partition], self.world.mutant
        if state is None:
            return ((0, 0, 0), 0) if mutant == "nil_is_zero" and period.span == "hour" else None
        if period.span != "hour" or not state.ready or period.number < state.floor or period in state.elsewhere:
            return None
        if mutant != "nil_is_zero" and state.next < state.begins:
            return None
        totals = state.totals.get(period)
        return (totals.numbers(), max(state.next, totals.next)) if totals else ((0, 0, 0), state.next)

    # ------------------------------------------------------------ the worker
    def worker(self, partition):
        world, log = self.world, self.world.log
        records = log.records[partition]
        while True:
            position = self.next(partition)  # LOAD
            yield
            if position is None:
                yield from self._revive(partition, None)
                continue
            memory = Identities() if world.mutant == "dedup_in_memory" else None
            while True:
                yield
                if position < log.start[partition]:
                    yield from self._revive(partition, position)
                    break
                end = min(len(records), position + 1 + self.rng.randrange(HOT_BATCH))
                if end == position:  # idle: does Redis still stand where this worker left it?
                    if world.mutant != "no_idle_check" and self.next(partition) != position:
                        break
                    continue
                if world.mutant == "gap_by_record" and isinstance(records[position], Marker):
                    break
                yield  # a process that was paused wakes up here
                if not self._apply(partition, records, position, end, memory):
                    break
                position = end
                if self.rng.random() < 0.05:  # the answer is lost
                    break

    def _apply(self, partition, records, start, end, memory):
        """The script that folds a batch: refuses unless its next is where the batch begins."""
        state, mutant = self.states[partition], self.world.mutant
        if state is None:
            return False
        if state.next != start and mutant != "no_fence":
            self.world.stats["fenced"] += 1
            return False
        state.fold(records, start, end, mutant, memory)
        return True

    def _revive(self, partition, seen):
        """Makes a state anew; `seen` is the next of the one that cannot be used, or None."""
        world = self.world
        if world.rebuild == "log":
            yield from log_rebuild.rebuild(self, partition, seen)
            return
        floor = world.now // HOUR - self.rng.randrange(3)
        if world.cold.reachable():
            state = yield from world.cold.copy(partition, floor)
        else:
            state = self._empty_state(partition, floor)
        yield
        if state is None or state.next < world.log.start[partition]:
            return  # tried again, until the cold store answers or is ahead of the log's start
        yield
        if self.next(partition) == seen:  # one script: take the copy's place, if nothing has moved
            self.put(partition, state)

    def _empty_state(self, partition, floor):
        """State(p, 0), which needs nobody; None unless the log begins there."""
        start = self.world.log.start[partition]
        if start == 0 or self.world.mutant == "hot_zero_without_check":
            self.world.stats["began_at_zero"] += 1
            return State(start, floor)
        return None

    # ------------------------------------------------------------ dropping hours
    def keeper(self, partition):
        world = self.world
        while True:
            yield
            state = self.states[partition]
            if state is None:
                continue
            if not state.ready:
                yield from log_rebuild.learn_elsewhere(self, partition)
                continue
            current = world.now // HOUR
            if world.mutant in ("ttl_users", "ttl_hours"):
                self._expire(state, current)
                continue
            target = current - self.rng.randrange(3)
            if target <= state.floor or world.settling or not world.cold.reachable():
                continue
            yield
            cold_next = world.cold.next(partition)
            yield
            self._drop(partition, target, cold_next)

    def _drop(self, partition, target, cold_next):
        """One script: hours below target leave Redis if the cold store has all events of theirs."""
        state = self.states[partition]
        if state is None:
            return
        leaving = [period for period in state.totals if period.number < target]
        ahead = any(state.totals[period].last >= cold_next for period in leaving)
        if ahead and self.world.mutant != "drop_unchecked":
            return
        state.forget(leaving)
        if target > state.floor:
            state.floor = target
            state.elsewhere = frozenset(period for period in state.elsewhere if period.number >= target)
            self.world.stats["dropped"] += 1

    def _expire(self, state, current):
        for period in [period for period in state.totals if period.number < current]:
            state.users.pop(period, None)
            if self.world.mutant == "ttl_hours":
                del state.totals[period]
