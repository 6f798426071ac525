"""A cold store with transactions, as PostgreSQL: next and all that it vouches for change in one step."""

from cluster_model.bounds import PARTITIONS
from cluster_model.cold_store import ColdStore
from cluster_model.state import Identities, State


class TransactionalCold(ColdStore):
    def __init__(self, world):
        super().__init__(world)
        self.states = [None] * PARTITIONS
        self.committed = [0] * PARTITIONS  # the offset in Kafka: a courtesy

    def next(self, partition):
        state = self.states[partition]
        return state.next if state else 0

    def has_state(self, partition):
        return self.states[partition] is not None

    def numbers(self, partition, period):
        state = self.states[partition]
        totals = state.totals.get(period) if state else None
        return totals.numbers() if totals else (0, 0, 0)

    def worker(self, partition):
        mutant = self.world.mutant
        while True:
            yield
            if not self.reachable():
                continue
            start = self.world.log.start[partition]
            yield
            position = self._load(partition, start)
            if position is None:
                continue
            memory = Identities() if mutant == "dedup_in_memory" else None
            yield
            while True:
                yield
                if not self.writable():
                    continue
                position = self.position_in_log(partition, position)
                if position is None:
                    break
                end = self.next_batch_end(partition, position)
                if end == position:
                    continue
                yield
                if mutant != "dead_letter_after_progress":
                    self.copy_dead_letters(partition, position, end)
                yield
                if not self.writable() or not self._apply(partition, position, end, memory):
                    break
                yield
                self.copy_dead_letters(partition, position, end)
                self.committed[partition] = end
                position = end

    def _load(self, partition, start):
        if not self.has_state(partition):
            return self.first_position(partition, start)
        if self.world.mutant == "pg_no_cas":
            return self.committed[partition]
        return self.next(partition)

    def _apply(self, partition, start, end, memory):
        """One transaction; the first one makes the row of progress."""
        state, mutant = self.states[partition], self.world.mutant
        if state is None:
            if start != 0 and mutant != "cold_zero_without_check":
                return False
            state = self.states[partition] = State(start)
        if state.next != start and mutant not in ("pg_no_cas", "auto_reset"):
            self.world.stats["fenced"] += 1
            return False
        state.fold(self.world.log.records[partition], start, end, mutant, memory, with_days=True)
        return True

    def copy(self, partition, floor):
        """What REVIVE takes: one transaction that sees one state."""
        yield
        if not self.reachable():
            return None
        state = self.states[partition]
        copy = state.copy() if state else State()
        copy.forget([period for period in copy.users if period.span != "hour" or period.number < floor])
        for totals in copy.totals.values():
            totals.last = copy.next - 1
        copy.floor = floor
        return self._weaken_copy(copy)

    def _weaken_copy(self, copy):
        mutant, current = self.world.mutant, self.world.current_hour()
        if mutant == "import_no_dedup":
            copy.identities = Identities()
        if mutant == "import_some_hours":
            copy.forget([period for period in copy.totals if period.number > current])
        return copy

    def read(self, partition, period, least):
        """One statement: (numbers, next up to which they hold); None: below `least`, or no answer."""
        yield
        next_offset = self.next(partition)
        if not self.reachable() or next_offset < least:
            return None
        return self.numbers(partition, period), next_offset

    def view_for_import(self, partition, period, least):
        """(boots, numbers of an hour) of a state that has all records below `least`."""
        answer = yield from self.read(partition, period, least)
        if answer is None:
            return None
        state = self.states[partition]
        return (dict(state.identities.boots) if state else {}), answer[0]

    def hours_before(self, partition, offset, floor):
        state = self.states[partition]
        return [period for period, totals in (state.totals if state else {}).items()
                if period.span == "hour" and period.number >= floor
                and totals.first < offset]
