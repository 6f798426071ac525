"""An exact count of every event that was sent and of every one that was acknowledged, as plain sets and numbers.

`scripts/cluster/` counts for ./dev cluster; this one shares nothing with it, so that one mistake does not hide in both.
"""

import bisect
import threading
import time
from typing import NamedTuple

HOUR_MS = 3_600_000


class Event(NamedTuple):
    timestamp: int
    user: str
    kind: str  # "click" or "impression"
    key: str

    @property
    def hour(self):
        return self.timestamp // HOUR_MS


class _Hour:
    def __init__(self):
        self.users, self.kinds = set(), {"click": 0, "impression": 0}
        self.moments, self.totals = [float("-inf")], [(0, 0, 0)]  # what it was from which moment on

    def add(self, event):
        self.users.add(event.user)
        self.kinds[event.kind] += 1
        self.moments.append(time.monotonic())
        self.totals.append((len(self.users), self.kinds["click"], self.kinds["impression"]))

    def at(self, moment):
        return self.totals[bisect.bisect_right(self.moments, moment) - 1]


class Counted:
    """For any thread. Totals are (unique users, clicks, impressions), moments those of time.monotonic()."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sent, self.acknowledged = {}, {}
        self.events = 0  # that were acknowledged

    def send(self, events):
        """Before their first byte leaves."""
        with self.lock:
            for event in events:
                self.sent.setdefault(event.hour, _Hour()).add(event)

    def acknowledge(self, events):
        """Once for each event, after its answer has been read."""
        with self.lock:
            self.events += len(events)
            for event in events:
                self.acknowledged.setdefault(event.hour, _Hour()).add(event)

    def hours(self):
        with self.lock:
            return sorted(self.sent)

    def least(self, hour, moment):
        """What an answer has to hold that misses nothing that was acknowledged up to a moment."""
        with self.lock:
            return self.acknowledged[hour].at(moment) if hour in self.acknowledged else (0, 0, 0)

    def most(self, hour):
        """What an answer can hold that has been read already."""
        with self.lock:
            return self.sent[hour].totals[-1] if hour in self.sent else (0, 0, 0)


def fault_of(totals, least, most):
    """What is wrong with an answer; None if nothing is."""
    unique_users, clicks, impressions = totals
    if unique_users > clicks + impressions:
        return f"{totals} is torn: more users than events"
    if any(number < lower for number, lower in zip(totals, least)):
        return f"{totals} misses some of {least}, which was acknowledged before"
    if any(number > upper for number, upper in zip(totals, most)):
        return f"{totals} is more than {most}, which was sent"
    return None
