"""State(p, n): what the log of a partition gives from its beginning up to n, and the fold that leads there."""

from cluster_model.bounds import WINDOW
from cluster_model.records import Event, Foreign, day_period, hour_period


class Totals:
    """The numbers of one period. `next` is its own fence; `first` and `last` are offsets that were counted."""

    __slots__ = ("clicks", "impressions", "users", "first", "last", "next")

    def __init__(self, numbers=(0, 0, 0), first=None, last=-1, own_next=0):
        self.clicks, self.impressions, self.users = numbers
        self.first, self.last, self.next = first, last, own_next

    def copy(self):
        return Totals(self.numbers(), self.first, self.last, self.next)

    def numbers(self):
        return self.clicks, self.impressions, self.users

    def add(self, offset, kind, new_user):
        if kind:
            self.impressions += 1
        else:
            self.clicks += 1
        self.users += new_user
        if self.first is None:
            self.first = offset
        self.last = offset


class Identities:
    """Which records would be repeats: producers' identities and clients' keys, by the clock of the log."""

    __slots__ = ("clock", "boots", "keys")

    def __init__(self):
        self.clock = -1  # the running maximum of the records' times
        self.boots = {}  # boot -> (highest sequence, missing ones below it, clock when it was last seen)
        self.keys = {}  # key -> clock of its last occurrence

    def copy(self):
        other = self.copy_of_boots()
        other.keys = dict(self.keys)
        return other

    def copy_of_boots(self):
        """What the progress row of the cold store carries: all but the keys."""
        other = Identities()
        other.clock = self.clock
        other.boots = {boot: (highest, set(missing), seen) for boot, (highest, missing, seen) in self.boots.items()}
        return other

    def is_repeat(self, event, mutant=None):
        """Notes an event, and says whether it was there before. Both notes are taken in any case."""
        self.clock = max(self.clock, event.time)
        by_producer = mutant != "no_eid" and self._producer_repeats(event, mutant)
        by_key = event.key is not None and mutant != "no_ik" and self._key_repeats(event.key, mutant)
        return by_producer or by_key

    def _producer_repeats(self, event, mutant):
        highest, missing, seen = self.boots.get(event.boot, (0, set(), self.clock))
        if self.clock - seen >= WINDOW and mutant != "boot_until_pruned":
            highest, missing = 0, set()  # as if it had been pruned: when that happens must decide nothing
        repeat = event.sequence <= highest and event.sequence not in missing
        if event.sequence > highest:
            if mutant != "monotone_eid":
                missing.update(range(highest + 1, event.sequence))
            highest = event.sequence
        missing.discard(event.sequence)
        self.boots[event.boot] = (highest, missing, self.clock)
        return repeat

    def _key_repeats(self, key, mutant):
        last = self.keys.get(key)
        repeat = last is not None and self.clock - last < WINDOW
        if not repeat or mutant != "ik_counted":
            self.keys[key] = self.clock
        return repeat

    def prune(self):
        """Forgets what has left the window; no later decision depends on whether this was called."""
        limit = self.clock - WINDOW
        for key in [key for key, last in self.keys.items() if last <= limit]:
            del self.keys[key]
        for boot in [boot for boot, (_, _, seen) in self.boots.items() if seen <= limit]:
            del self.boots[boot]


class State:
    """The state of one partition in a store that changes it in one step: a script of Redis, or a transaction."""

    __slots__ = ("next", "floor", "begins", "ready", "elsewhere", "totals", "users", "identities")

    def __init__(self, start=0, floor=-1, begins=0, ready=True):
        self.next, self.floor = start, floor  # hours below floor are not kept here
        self.begins = begins  # rebuilt from the log: counted from this offset on
        self.ready = ready  # rebuilt from the log: `elsewhere` is known
        self.elsewhere = frozenset()  # rebuilt from the log: periods that have events before `begins`
        self.totals, self.users, self.identities = {}, {}, Identities()

    def copy(self):
        other = State(self.next, self.floor, self.begins, self.ready)
        other.elsewhere = self.elsewhere
        other.totals = {period: totals.copy() for period, totals in self.totals.items()}
        other.users = {period: set(users) for period, users in self.users.items()}
        other.identities = self.identities.copy()
        return other

    def fold(self, log, start, end, mutant=None, identities=None, with_days=False):
        """Counts the records at [start, end), and moves next. `identities`: others than those of the state."""
        noted = self.identities if identities is None else identities
        for offset in range(start, end):
            record = log[offset]
            if isinstance(record, Event):
                repeat = noted.is_repeat(record, mutant)
            elif not isinstance(record, Foreign) or mutant != "foreign_counted":
                continue
            else:
                repeat = False
            if not repeat and offset >= self.begins and record.hour >= self.floor:
                self._count(offset, record, mutant, with_days)
        if identities is None:
            noted.prune()
        self.next = end

    def _count(self, offset, record, mutant, with_days):
        new_in_hour = self._count_in(hour_period(record.hour), offset, record)
        if with_days:
            told = new_in_hour if mutant == "day_sum_of_hours" else None
            self._count_in(day_period(record.hour), offset, record, told)

    def _count_in(self, period, offset, record, told_new=None):
        totals = self.totals.setdefault(period, Totals())
        users = self.users.setdefault(period, set())
        if offset < totals.next:
            return False  # copied from the cold store ahead of next
        new = record.user not in users if told_new is None else told_new
        users.add(record.user)
        totals.add(offset, record.kind, new)
        return new

    def forget(self, periods):
        for period in periods:
            self.totals.pop(period, None)
            self.users.pop(period, None)
