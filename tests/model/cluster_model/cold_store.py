"""What both kinds of cold store share: being out of reach, where a worker may begin, foreign records."""

from cluster_model.bounds import COLD_BATCH, PARTITIONS
from cluster_model.records import Foreign


class ColdStore:
    """The authority: what it has confirmed is never lost, and retention of the log waits for it.

    A kind of store gives `next`, `worker`, `copy`, `read`, `view_for_import`, `numbers` and `hours_before`. Those that
    are generators give None when the store does not answer (in time); whoever asks tries again.
    """

    def __init__(self, world):
        self.world, self.rng = world, world.rng
        self.away_until = 0  # neither answers nor takes anything
        self.refuses_until = 0  # answers, takes nothing
        self.dead_letters = set()  # (partition, offset): copied at least once
        self.alarms = set()  # partitions whose worker has stopped

    def next(self, partition):
        raise NotImplementedError

    def has_state(self, partition):
        raise NotImplementedError

    def reachable(self):
        return self.away_until <= self.world.now

    def writable(self):
        return self.reachable() and self.refuses_until <= self.world.now

    def first_position(self, partition, start):
        """LOAD without any state: the beginning, if the log has it; else stop and raise an alarm.

        `start` is where the log began before the store was asked: asked the other way round, a zombie could find an
        empty store and, much later, a log whose beginning others have long counted and retention has taken.
        """
        if self.world.mutant == "log_start_after_store":
            start = self.world.log.start[partition]
        if start == 0 or self.world.mutant == "cold_zero_without_check":
            return start
        self.alarms.add(partition)
        return None

    def position_in_log(self, partition, position):
        """The position, if the log still has it. None: a zombie is behind, or records were lost (alarm, never skip)."""
        start = self.world.log.start[partition]
        if position >= start:
            return position
        if self.world.mutant == "auto_reset":
            return start
        if self.next(partition) < start:
            self.alarms.add(partition)
        return None

    def next_batch_end(self, partition, position):
        return min(self.world.log.end(partition), position + 1 + self.rng.randrange(COLD_BATCH))

    def copy_dead_letters(self, partition, start, end):
        records = self.world.log.records[partition]
        self.dead_letters.update((partition, offset) for offset in range(start, end)
                                 if isinstance(records[offset], Foreign))

    def missing_dead_letters(self):
        """Foreign records below next that were copied nowhere."""
        log = self.world.log
        return [(partition, offset) for partition in range(PARTITIONS) for offset in range(self.next(partition))
                if isinstance(log.records[partition][offset], Foreign)
                and (partition, offset) not in self.dead_letters]
