"""Reads `log/` by docs/formats/log.md."""

import re
from dataclasses import dataclass, field

from fields import Damaged, Reader, checksum, read_header, require, u64_at

HEADER = 64
RECORD_HEADER = 32
OLD_COMMIT, SEGMENT_END, CLOSE, COMMIT = 1, 2, 3, 4


@dataclass(frozen=True)
class LoggedEvent:
    sequence: int
    timestamp: int
    impression: bool
    user: bytes
    fingerprint: bytes = None
    new_user: bool = None  # None: of format version 1, which does not say

    @property
    def hour(self):
        return self.timestamp // 3_600_000


@dataclass(frozen=True)
class Record:
    number: int
    type: int
    name: str  # of the segment
    at: int
    end: int
    log_time: int = None
    first_sequence: int = None
    events: tuple = ()
    refreshed: tuple = ()

    @property
    def is_commit(self):
        return self.type in (OLD_COMMIT, COMMIT)


@dataclass
class Log:
    segments: list = field(default_factory=list)  # names, without one that holds nothing
    records: list = field(default_factory=list)
    first: int = None  # record that is there, or would be the next
    leftover: int = 0  # bytes from the first to the last that is not zero behind the last record

    @property
    def last(self):
        return self.first + len(self.records) - 1


def read_event(reader, sequence, previous, record_type):
    flags = reader.byte()
    allowed = 0b111 if record_type == COMMIT else 0b11
    require(flags & ~allowed == 0, reader.name, f"flags {flags:#x} of the event with sequence {sequence}")
    timestamp = previous + reader.zigzag()
    require(timestamp >= 0, reader.name, f"timestamp below 0, sequence {sequence}")
    length = reader.varint()
    require(1 <= length <= 256, reader.name, f"a user's name of {length} bytes")
    user = reader.take(length)
    fingerprint = reader.take(16) if flags & 2 else None
    return LoggedEvent(sequence, timestamp, bool(flags & 1), user, fingerprint,
                       bool(flags & 4) if record_type == COMMIT else None)


def read_commit(payload, name, record_type):
    """(sequence of the first event, log time, events, refreshed fingerprints)."""
    reader = Reader(payload, name)
    sequence, log_time = reader.u64(), reader.u64()
    count, refreshed = reader.varint(), reader.varint()
    events, previous = [], log_time
    for index in range(count):
        events.append(read_event(reader, sequence + index, previous, record_type))
        previous = events[-1].timestamp
    keys = tuple(reader.take(16) for _ in range(refreshed))
    require(reader.at_end(), name, "bytes behind the last key of a commit")
    return sequence, log_time, tuple(events), keys


def whole_record(data, at, seed):
    """(number, type, payload, end) of the record that begins at `at`; None if there is no whole one."""
    if data[at:at + 4] != b"HGRC" or at + RECORD_HEADER > len(data):
        return None
    size = int.from_bytes(data[at + 4:at + 8], "little")
    end = at + (RECORD_HEADER + size + 7) // 8 * 8
    if end > len(data):
        return None
    head = checksum(data[at:at + 16], seed)
    if u64_at(data, at + 16) != checksum(data[at + 24:end], seed ^ head):
        return None
    return u64_at(data, at + 8), data[at + 24], data[at + RECORD_HEADER:at + RECORD_HEADER + size], end


def read_record(data, at, name, seed, number):
    """The record with this number at this place; None if there is none. What is whole has to be right, too."""
    whole = whole_record(data, at, seed)
    if whole is None or whole[0] != number:
        return None
    _, kind, payload, end = whole
    where = f"{name}: record {number}"
    require(kind in (OLD_COMMIT, SEGMENT_END, CLOSE, COMMIT), where, f"type {kind}")
    require(not any(data[at + 25:at + RECORD_HEADER]), where, "bytes 25 to 31 are not zero")
    require(not any(data[at + RECORD_HEADER + len(payload):end]), where, "the filling is not zero")
    if kind in (SEGMENT_END, CLOSE):
        require(not payload, where, "a payload where there is none")
        return Record(number, kind, name, at, end)
    sequence, log_time, events, refreshed = read_commit(payload, where, kind)
    return Record(number, kind, name, at, end, log_time, sequence, events, refreshed)


def read_segment(data, name, number, identity):
    """(number of the first record, records, where the last ends)."""
    reader = read_header(data, name, b"HGLOGSEG", HEADER, identity.seed)
    require(reader.u64() == number, name, "another number than its name")
    first = reader.u64()
    require(reader.take(16) == identity.identity, name, "of another store")
    require(reader.take(8) == bytes(8), name, "bytes 48 to 55 are not zero")
    records, at = [], HEADER
    while True:
        record = read_record(data, at, name, identity.seed, first + len(records))
        if record is None:
            return first, records, at
        records.append(record)
        at = record.end
        if record.type == SEGMENT_END:
            return first, records, at


def check_end(data, name, at, seed, number):
    """What stands behind the last record: how many bytes of a commit that was cut short; Damaged if it was more."""
    rest = data[at:].rstrip(b"\0")
    if not rest:
        return 0
    for place in range(at, len(data), 8):
        whole = whole_record(data, place, seed)
        if whole is not None and whole[0] >= number:
            raise Damaged(f"{name}: no record {number} at {at}, but {whole[0]} at {place}")
    return len(rest)


def segment_names(files):
    names = sorted(name for name in files if name.startswith("log/") and not name.endswith(".unfinished"))
    for name in names:
        require(re.fullmatch(r"log/\d{20}\.log", name), name, "not the name of a segment")
    numbers = [int(name[4:24]) for name in names]
    for before, after in zip(numbers, numbers[1:]):
        require(before + 1 == after, f"log/{before + 1:020}.log", "missing")
    return list(zip(names, numbers))


def check_sequences(records):
    expected = 1 if records and records[0].number == 1 else None
    time = 0
    for record in records:
        if record.is_commit:
            where = f"{record.name}: record {record.number}"
            require(record.log_time >= time, where, "the log time goes back")
            time = record.log_time
            require(expected is None or record.first_sequence == expected, where, "sequences are not consecutive")
            require(record.events or record.refreshed, where, "a commit of nothing")
            expected = record.first_sequence + len(record.events)


def read_log(files, identity):
    log, expected, ended = Log(), None, True
    for name, number in segment_names(files):
        if not ended:  # it was being made when the process ended
            require(not any(files[name][HEADER:]), name, "holds something, but the segment before it has no end")
            continue
        first, records, end = read_segment(files[name], name, number, identity)
        require(expected is None or first == expected, name, f"begins with record {first} in place of {expected}")
        log.first = log.first or first
        log.segments.append(name)
        log.records += records
        expected = first + len(records)
        ended = bool(records) and records[-1].type == SEGMENT_END
        if not ended:
            log.leftover = check_end(files[name], name, end, identity.seed, expected)
    require(log.segments, "log", "no segment")
    require(not ended, log.segments[-1], "has an end, but no segment follows")
    check_sequences(log.records)
    return log
