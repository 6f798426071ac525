"""The log, and the oracle that knows what every prefix of it has to give."""

import bisect

from cluster_model.bounds import PARTITIONS
from cluster_model.records import Event, Foreign, Marker, day_period, hour_period


class EventLog:
    """Partitions of records. The oracle counts the first record of every intent, whatever identity it carries."""

    def __init__(self, world):
        self.world = world
        self.records = [[] for _ in range(PARTITIONS)]
        self.start = [0] * PARTITIONS  # the first offset that retention has left
        self.skew = [0] * PARTITIONS
        self.landed = {}  # key -> time of its last record
        self.first_offset = [{} for _ in range(PARTITIONS)]  # intent -> offset of its first record
        self._history = [{} for _ in range(PARTITIONS)]  # period -> ([offset + 1...], [numbers...])
        self._users = [{} for _ in range(PARTITIONS)]

    def end(self, partition):
        return len(self.records[partition])

    def _time(self, partition):
        return self.world.now + self.skew[partition]

    def append(self, partition, body):
        """`body` is an event whose time the leader sets."""
        event = Event(self._time(partition), *body[1:])
        offset = self.end(partition)
        self.records[partition].append(event)
        if event.key is not None:
            self.landed[event.key] = max(event.time, self.landed.get(event.key, -1))
        if event.intent in self.first_offset[partition]:
            self.world.stats["repeated_records"] += 1
            return
        self.first_offset[partition][event.intent] = offset
        for period in (hour_period(event.hour), day_period(event.hour)):
            self._note(partition, period, offset, event)

    def _note(self, partition, period, offset, event):
        users = self._users[partition].setdefault(period, set())
        offsets, numbers = self._history[partition].setdefault(period, ([0], [(0, 0, 0)]))
        clicks, impressions, _ = numbers[-1]
        users.add(event.user)
        offsets.append(offset + 1)
        numbers.append((clicks + (event.kind == 0), impressions + (event.kind == 1), len(users)))

    def append_marker(self, partition):
        self.records[partition].append(Marker(self._time(partition)))

    def append_foreign(self, partition, hour, kind, user):
        self.records[partition].append(Foreign(self._time(partition), hour, kind, user))

    def expected(self, partition, period, end):
        """(clicks, impressions, users) that the records below `end` give."""
        history = self._history[partition].get(period)
        if history is None:
            return 0, 0, 0
        return history[1][bisect.bisect_right(history[0], end) - 1]

    def periods(self, partition):
        return set(self._history[partition])

    def offset_for_time(self, partition, time):
        """The first offset whose record is not older than a time; None when there is none."""
        records = self.records[partition]
        for offset in range(self.start[partition], len(records)):
            if records[offset].time >= time:
                return offset
        return None

    def retain(self, partition, limit, time):
        """Deletes records before `limit` that are older than a time."""
        start, records = self.start[partition], self.records[partition]
        while start < limit and records[start].time < time:
            start += 1
        self.start[partition] = start
