"""The worker of a store of points: users and keys, then totals, then progress; and the thinning out of what is superseded."""

from cluster_model.bounds import THIN_AGE_STEPS, WINDOW
from cluster_model.cold_points import PointCold
from cluster_model.records import Event, Foreign, day_period, hour_period
from cluster_model.state import Identities


class Knowledge:
    """What a worker knows to be in the store since a step: totals rows and a progress row, all at `end`."""

    def __init__(self, tick, end, periods, clock):
        self.tick, self.end, self.periods, self.clock = tick, end, periods, clock


class Batch:
    """What a fold has brought and the store has to take."""

    def __init__(self, end):
        self.end, self.users, self.keys, self.touched = end, [], [], set()


class PointWorker:
    """One worker of one partition; a crash throws it away, a zombie goes on beside its successor."""

    def __init__(self, store, partition):
        self.store, self.world, self.rng, self.partition = store, store.world, store.rng, partition
        self.records = self.world.log.records[partition]
        self.identities, self.cache = Identities(), {}  # period -> (totals, users)
        self.known = []

    def run(self):
        """A worker's life: LOAD, and batches until something is unclear."""
        store, mutant = self.store, self.world.mutant
        while True:
            yield
            if not store.reachable():
                continue
            start = self.world.log.start[self.partition]
            loaded = yield from store.load_progress(self.partition)
            if loaded is None:
                continue
            position, self.identities, self.cache = *loaded, {}
            if mutant == "dedup_in_memory":
                self.identities = Identities()
            if position is None:
                position = store.first_position(self.partition, start)
            while position is not None:
                yield
                if not store.writable():
                    continue
                position = store.position_in_log(self.partition, position)
                if position is None:
                    break
                end = store.next_batch_end(self.partition, position)
                if end == position:
                    yield from self._thin_out()
                    continue
                position = yield from self._apply(position, end)
                if self.rng.random() < 0.3:
                    yield from self._thin_out()

    def _apply(self, start, end):
        """The next position; None: what became of it is unknown, LOAD."""
        yield
        for period in self._periods(start, end):
            if period not in self.cache:
                loaded = yield from self.store.load_totals(self.partition, period)
                if loaded is None:
                    return None
                self.cache[period] = loaded
                yield
        batch = self._fold(start, end)
        if self.world.mutant == "commit_first":
            self._write_progress(batch)
        if self.world.mutant == "thin_unconfirmed":
            self._know(batch)
        yield
        for stage in (self._write_points, self._write_totals, self._write_progress_row):
            if not (yield from stage(batch, start)):
                return None
        self._know(batch)
        self.store.copy_dead_letters(self.partition, start, end)
        if self.cache and self.rng.random() < 0.2:
            del self.cache[self.rng.choice(sorted(self.cache))]
        return end

    def _countable(self, record):
        return isinstance(record, Event) or (isinstance(record, Foreign) and self.world.mutant == "foreign_counted")

    def _periods(self, start, end):
        hours = {record.hour for record in self.records[start:end] if self._countable(record)}
        return sorted({hour_period(hour) for hour in hours} | {day_period(hour) for hour in hours})

    # ------------------------------------------------------------ the fold, in memory
    def _fold(self, start, end):
        batch, mutant = Batch(end), self.world.mutant
        for offset in range(start, end):
            record = self.records[offset]
            if not self._countable(record):
                continue
            repeat = False
            if isinstance(record, Event):
                repeat = self.identities.is_repeat(record, mutant)
                if record.key is not None:  # of repeats too: they refresh the window
                    batch.keys.append((offset, record.key, self.identities.clock))
            if not repeat:
                self._count(batch, offset, record)
        self.identities.prune()
        return batch

    def _count(self, batch, offset, record):
        mutant = self.world.mutant
        hour, day = hour_period(record.hour), day_period(record.hour)
        hour_next, day_next = self.cache[hour][0].next, self.cache[day][0].next
        new_in_hour = record.user not in self.cache[hour][1]
        if mutant == "day_by_hour_next":
            day_next = hour_next
        if offset >= hour_next:
            self._count_in(batch, hour, offset, record)
        if offset >= day_next:
            told = new_in_hour if mutant == "day_sum_of_hours" else None
            self._count_in(batch, day, offset, record, told)

    def _count_in(self, batch, period, offset, record, told_new=None):
        totals, users = self.cache[period]
        new = record.user not in users if told_new is None else told_new
        if new:
            users.add(record.user)
            batch.users.append((period, record.user, offset))
        totals.add(offset, record.kind, new)
        batch.touched.add(period)

    # ------------------------------------------------------------ the three stages of writing
    def _lost(self):
        """Whether a request is not answered; what it wrote until then stays. Or the store is away by now."""
        return self.rng.random() < 0.01 or not self.store.writable()

    def _write_points(self, batch, start):
        for period, user, offset in batch.users:
            if self._lost():
                return False
            self.store.users[self.partition].setdefault(period, {})[user] = offset
            if self.rng.random() < 0.3:
                yield
        for offset, key, clock in batch.keys:
            self.store.keys[self.partition][offset] = (key, clock)
        if self.world.mutant != "dead_letter_after_progress":
            self.store.copy_dead_letters(self.partition, start, batch.end)
        yield
        return not self._lost()

    def _write_totals(self, batch, _start):
        for period in sorted(batch.touched):
            if self._lost():
                return False
            totals = self.cache[period][0]
            rows = self.store.totals_rows(self.partition, period)
            if self.world.mutant == "influx_lww":
                rows.clear()
            rows[batch.end] = totals.numbers(), totals.first
            totals.next = batch.end
            if self.rng.random() < 0.5:
                yield
        yield
        return not self._lost()

    def _write_progress_row(self, batch, _start):
        if self._lost():
            return False
        self._write_progress(batch)
        yield
        return not self._lost()

    def _write_progress(self, batch):
        self.store.progress[self.partition][batch.end] = self.identities.copy_of_boots()

    # ------------------------------------------------------------ thinning out
    def _know(self, batch):
        self.known.append(Knowledge(self.world.tick, batch.end, sorted(batch.touched), self.identities.clock))

    def _thin_out(self):
        """Deletes what rows supersede that have been known for longer than any query may take."""
        mutant, now = self.world.mutant, self.world.tick
        age = -1 if mutant == "thin_young" else THIN_AGE_STEPS
        old = [known for known in self.known if now - known.tick > age]
        if not old:
            return
        self.known = [known for known in self.known if now - known.tick <= age]
        for known in old:
            for period in known.periods:
                yield from self._delete_below(self.store.totals_rows(self.partition, period), known.end)
        newest = max(old, key=lambda known: known.end)
        yield from self._delete_below(self.store.progress[self.partition], newest.end)
        if mutant == "thin_below_progress":
            for period in sorted(self.store.totals[self.partition]):
                yield from self._delete_below(self.store.totals_rows(self.partition, period), newest.end)
        clock = self.identities.clock if mutant == "thin_keys_by_now" else newest.clock
        self._delete_keys(clock - WINDOW)

    def _delete_below(self, rows, limit):
        """One DELETE, which removes one row after the other."""
        limit += self.world.mutant == "thin_newest"
        for offset in sorted(rows):
            if offset < limit and rows.pop(offset, None) is not None:
                self.world.stats["thinned"] += 1
                if self.rng.random() < 0.1:
                    yield

    def _delete_keys(self, limit):
        keys = self.store.keys[self.partition]
        for offset in [offset for offset, (_, clock) in keys.items() if clock <= limit]:
            del keys[offset]
            self.world.stats["keys_thinned"] += 1


def make_point_store(world):
    """A store of points together with its workers."""
    store = PointCold(world)
    store.worker = lambda partition: PointWorker(store, partition).run()
    return store
