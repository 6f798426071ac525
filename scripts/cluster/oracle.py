"""What the numbers have to be: an exact count, in memory, of every event that was sent and that was acknowledged."""

import collections
import threading
import time
from dataclasses import dataclass
from typing import NamedTuple

HOUR_MS = 3_600_000
HISTORY_SECONDS = 120.0


class Totals(NamedTuple):
    """Of one hour, in the order of an answer."""

    unique_users: int
    clicks: int
    impressions: int

    def __str__(self):
        return f"{self.unique_users},{self.clicks},{self.impressions}"

    def at_least(self, other):
        """Whether none of the numbers is below that of the other."""
        return all(mine >= theirs for mine, theirs in zip(self, other))


ZEROS = Totals(0, 0, 0)


@dataclass(frozen=True)
class Event:
    timestamp: int  # ms since 1970
    user: str
    kind: str  # "click" or "impression"
    key: str

    @property
    def hour(self):
        return self.timestamp // HOUR_MS


class _Count:
    """The events of one hour."""

    def __init__(self):
        self.users, self.clicks, self.impressions = set(), 0, 0

    def add(self, event):
        self.users.add(event.user)
        if event.kind == "click":
            self.clicks += 1
        else:
            self.impressions += 1

    @property
    def totals(self):
        return Totals(len(self.users), self.clicks, self.impressions)


class Oracle:
    """For any thread. An event counts as sent before its first byte leaves, as acknowledged once its answer is read."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sent, self.acknowledged = collections.defaultdict(_Count), collections.defaultdict(_Count)
        self.events_sent = self.events_acknowledged = 0
        self.history = collections.defaultdict(collections.deque)  # hour -> (when, totals that were acknowledged then)

    def send(self, events):
        with self.lock:
            self.events_sent += len(events)
            for event in events:
                self.sent[event.hour].add(event)

    def acknowledge(self, events):
        """To be called once for each event, however often it was sent."""
        with self.lock:
            self.events_acknowledged += len(events)
            for event in events:
                self.acknowledged[event.hour].add(event)
            now = time.monotonic()
            for hour in {event.hour for event in events}:
                self._remember(hour, now)

    def _remember(self, hour, now):
        past = self.history[hour]
        past.append((now, self.acknowledged[hour].totals))
        while past[0][0] < now - HISTORY_SECONDS:
            past.popleft()

    def hours(self):
        with self.lock:
            return sorted(self.sent)

    def totals_sent(self, hour):
        with self.lock:
            return self.sent[hour].totals if hour in self.sent else ZEROS

    def totals_acknowledged(self, hour, before=None):
        """As of now, or as far as is remembered of what was so before a moment of time.monotonic()."""
        with self.lock:
            if before is None:
                return self.acknowledged[hour].totals if hour in self.acknowledged else ZEROS
            past = [totals for when, totals in self.history[hour] if when < before]
            return past[-1] if past else ZEROS

    @property
    def under_way(self):
        """How many events have been sent and not been acknowledged yet."""
        with self.lock:
            return self.events_sent - self.events_acknowledged
