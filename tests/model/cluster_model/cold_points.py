"""A cold store of points without transactions, as InfluxDB: the order of writes and the next of each row make it safe.

A query is not a snapshot. It sees the rows that were there when it began, unless they are deleted while it runs; of
those written meanwhile it sees any.
"""

from cluster_model.bounds import PARTITIONS, QUERY_STEPS
from cluster_model.cold_store import ColdStore
from cluster_model.state import Identities, State, Totals

SLOW_QUERY = 4  # more steps that a query may take


class PointCold(ColdStore):
    """The four tables, and those who read them; the worker that writes them is point_worker.py."""

    def __init__(self, world):
        super().__init__(world)
        self.users = [{} for _ in range(PARTITIONS)]  # period -> {user: offset of its first record}
        self.totals = [{} for _ in range(PARTITIONS)]  # period -> {next: (numbers, first offset)}
        self.progress = [{} for _ in range(PARTITIONS)]  # next -> identities without keys
        self.keys = [{} for _ in range(PARTITIONS)]  # offset -> (key, clock)
        self.worker = None  # set by make_point_store

    def next(self, partition):
        return max(self.progress[partition], default=0)

    def has_state(self, partition):
        return bool(self.progress[partition]) or any(self.totals[partition].values())

    def numbers(self, partition, period):
        rows = self.totals[partition].get(period)
        return rows[max(rows)][0] if rows else (0, 0, 0)

    def totals_rows(self, partition, period):
        return self.totals[partition].setdefault(period, {})

    # ------------------------------------------------------------ queries
    def query(self, rows):
        """One query over a table; None when it was not answered in time."""
        began, there = self.world.tick, list(rows)
        for _ in range(1 + (self.rng.randrange(SLOW_QUERY) if self.rng.random() < 0.2 else 0)):
            yield
        if not self.reachable() or self.too_late(began):
            self.world.stats["queries_given_up"] += 1
            return None
        if self.rng.random() < 0.5:
            return dict(rows)
        return {key: rows[key] for key in there if key in rows}

    def too_late(self, began):
        return self.world.tick - began > QUERY_STEPS

    def load_progress(self, partition):
        """(next, clock and boots, keys) as they were at next; None: begin again.

        Keys are thinned out by the clock of a progress that is older than any load: so a load has an end.
        """
        mutant, began = self.world.mutant, self.world.tick
        rows = yield from self.query(self.progress[partition])
        if rows is None:
            return None
        position = max(rows, default=0)
        identities = rows[position].copy_of_boots() if rows else Identities()
        yield
        points = yield from self.query(self.keys[partition])
        if points is None or (self.too_late(began) and mutant != "load_unbounded"):
            return None
        for offset, (key, clock) in points.items():
            if offset < position or mutant == "influx_user_offset_missing_dup":
                identities.keys[key] = max(clock, identities.keys.get(key, clock))
        yield
        return (position if rows else None), identities

    def load_totals(self, partition, period):
        """(totals, users) of one period at the next of its newest row: the row first, the users second."""
        mutant = self.world.mutant
        rows = yield from self.query(self.totals_rows(partition, period))
        if rows is None:
            return None
        newest = max(rows, default=0)
        numbers, first = rows[newest] if rows else ((0, 0, 0), None)
        yield
        points = yield from self.query(self.users[partition].setdefault(period, {}))
        if points is None:
            return None
        unfiltered = "influx_set_unfiltered" if period.span == "hour" else "day_users_unfiltered"
        users = {user for user, offset in points.items() if offset < newest or mutant == unfiltered}
        unfenced = "influx_no_hour_next" if period.span == "hour" else "day_without_next"
        return Totals(numbers, first, newest - 1, 0 if mutant == unfenced else newest), users

    # ------------------------------------------------------------ what others ask
    def copy(self, partition, floor):
        """What REVIVE takes: progress first, then each hour with its own next."""
        mutant = self.world.mutant
        loaded = yield from self.load_progress(partition)
        if loaded is None:
            return None
        state = State(loaded[0] or 0, floor)
        state.identities = loaded[1]
        for period in [period for period in self.totals[partition]
                       if period.span == "hour" and period.number >= floor]:
            yield
            hour = yield from self.load_totals(partition, period)
            if hour is None:
                return None
            state.totals[period], state.users[period] = hour
            if mutant == "import_no_hour_next":
                state.totals[period].next = 0
        if mutant == "import_no_dedup":
            state.identities = Identities()
        if mutant == "import_some_hours":
            state.forget([period for period in state.totals if period.number > self.world.current_hour()])
        return state

    def read(self, partition, period, least):
        """(numbers, next up to which they hold); None: progress is below `least`, or no answer."""
        mutant, vouched = self.world.mutant, None
        if mutant != "strong_totals_first":
            vouched = yield from self._read_progress(partition, least)
            if vouched is None:
                return None
        rows = yield from self.query(self.totals_rows(partition, period))
        if rows is None:
            return None
        newest = max(rows, default=0)
        numbers = rows[newest][0] if rows else (0, 0, 0)
        if mutant == "influx_count_users":
            yield
            numbers = (*numbers[:2], len(self.users[partition].get(period, ())))
        if mutant == "strong_totals_first":
            vouched = yield from self._read_progress(partition, least)
            if vouched is None:
                return None
        return numbers, max(vouched, newest)

    def _read_progress(self, partition, least):
        rows = yield from self.query(self.progress[partition])
        if rows is None or max(rows, default=0) < least:
            return None
        return max(rows, default=0)

    def view_for_import(self, partition, period, least):
        """(boots, numbers of an hour): the identities of a progress that has all records below `least`, then the hour."""
        rows = yield from self.query(self.progress[partition])
        if rows is None or max(rows, default=0) < least:
            return None
        boots = rows[max(rows)].boots if rows else {}
        hour = yield from self.query(self.totals_rows(partition, period))
        if hour is None:
            return None
        return boots, hour[max(hour)][0] if hour else (0, 0, 0)

    def hours_before(self, partition, offset, floor):
        return [period for period, rows in self.totals[partition].items()
                if period.span == "hour" and period.number >= floor and rows and rows[max(rows)][1] < offset]
