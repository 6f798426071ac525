"""Reads `events/` by docs/formats/events.md."""

from dataclasses import dataclass, field

import zstandard

from fields import Reader, checksum, read_header, require, u64_at
from log_format import LoggedEvent
from run_formats import check_range

HEADER, ENTRY, BLOCK_LIMIT = 88, 24, 65536


@dataclass
class EventFile:
    covered: object
    last_commit_time: int
    events: list = field(default_factory=list)


@dataclass(frozen=True)
class Entry:
    offset: int
    end: int
    first_hour: int
    last_hour: int
    events: int
    size: int


def read_block(data, name):
    """The events of a block that is not compressed."""
    reader = Reader(data, name)
    events, hour, sequence = [], 0, 0
    while not reader.at_end():
        difference = reader.varint()
        require(not events or difference > 0, name, "two sections of one hour in a block")
        hour += difference
        count = reader.varint()
        require(count >= 1, name, "a section without events")
        timestamp = hour * 3_600_000
        for position in range(count):
            before, sequence = sequence, sequence + reader.zigzag()
            require(position == 0 or before < sequence, name, "events of an hour are not sorted by sequence")
            timestamp += reader.zigzag()
            length, impression = divmod(reader.varint(), 2)
            require(1 <= length <= 256, name, f"a user's name of {length} bytes")
            events.append(LoggedEvent(sequence, timestamp, bool(impression), reader.take(length)))
            require(events[-1].hour == hour, name, f"event {sequence} is not of the hour of its section")
    return events


def decompress(stored, size, name):
    if len(stored) == size:
        return stored
    require(len(stored) < size, name, "larger than before compression")
    frame = zstandard.ZstdDecompressor().decompressobj()
    try:
        data = frame.decompress(stored)
    except zstandard.ZstdError as error:
        require(False, name, f"not a frame of zstd: {error}")
    require(frame.unused_data == b"", name, "bytes behind the frame")
    require(len(data) == size, name, f"{len(data)} bytes before compression in place of {size}")
    return data


def read_index(data, name, offset, blocks, seed):
    end = offset + blocks * ENTRY
    require(len(data) == end + 8, name, f"{len(data)} bytes in place of {end + 8}")
    require(u64_at(data, end) == checksum(data[offset:end], seed), name, "checksum of the index")
    reader = Reader(data[:end], name, offset)
    begins = [u64_at(data, offset + number * ENTRY) for number in range(blocks)] + [offset]
    require(begins[0] == HEADER, name, "the first block does not follow the header")
    entries = []
    for number in range(blocks):
        reader.take(8)
        entry = Entry(begins[number], begins[number + 1], reader.u32(), reader.u32(), reader.u32(), reader.u32())
        require(entry.offset + 8 < entry.end, name, f"block {number} has no room")
        require(entry.size <= BLOCK_LIMIT, name, f"block {number} has {entry.size} bytes")
        entries.append(entry)
    return entries


def read_event_file(data, covered, identity):
    name = covered.name
    reader = read_header(data, name, b"HGEVENTS", HEADER, identity.seed)
    check_range(reader, covered)
    count, blocks = reader.u64(), reader.u64()
    file = EventFile(covered, reader.u64())
    offset = reader.u64()
    require(reader.take(16) == identity.identity, name, "of another store")
    require(HEADER <= offset <= len(data), name, "the index is elsewhere")
    seed = checksum(data[16:32], identity.seed)
    for number, entry in enumerate(read_index(data, name, offset, blocks, seed + blocks)):
        where = f"{name}: block {number}"
        stored = data[entry.offset:entry.end - 8]
        require(u64_at(data, entry.end - 8) == checksum(stored, seed + number), where, "checksum")
        events = read_block(decompress(stored, entry.size, where), where)
        found = (events[0].hour, events[-1].hour, len(events)) if events else None
        require(found == (entry.first_hour, entry.last_hour, entry.events), where, "not what the index says")
        file.events += events
    require(len(file.events) == count, name, "another number of events than its header")
    order = [(event.hour, event.sequence) for event in file.events]
    require(all(a < b for a, b in zip(order, order[1:])), name, "events are not sorted by hour and sequence")
    return file
