"""What all files have in common, by docs/formats/README.md: numbers, checksums, names with a range, headers."""

import re
import struct
from dataclasses import dataclass

import xxhash

from siphash import MASK, siphash64


class Damaged(Exception):
    """The bytes are not what the pages say; the message begins with the name of the file."""


class Newer(Exception):
    """A file of a version that the pages do not describe."""


def require(condition, name, fault):
    if not condition:
        raise Damaged(f"{name}: {fault}")


def checksum(data, seed=0):
    return xxhash.xxh3_64_intdigest(data, seed=seed & MASK)


def u64_at(data, offset):
    return struct.unpack_from("<Q", data, offset)[0]


def unzigzag(number):
    return number >> 1 if number % 2 == 0 else -((number + 1) >> 1)


def zigzag(number):
    return number * 2 if number >= 0 else -number * 2 - 1


def varint(number):
    coded = bytearray()
    while number >= 0x80:
        coded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(coded) + bytes([number])


class Reader:
    """Takes fields from bytes one after the other; Damaged when they end too early."""

    def __init__(self, data, name, at=0):
        self.data, self.name, self.at = data, name, at

    def take(self, size):
        require(self.at + size <= len(self.data), self.name, f"ends within a field at {self.at}")
        self.at += size
        return self.data[self.at - size:self.at]

    def byte(self):
        return self.take(1)[0]

    def u32(self):
        return int.from_bytes(self.take(4), "little")

    def u64(self):
        return int.from_bytes(self.take(8), "little")

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                require(value <= MASK, self.name, f"a varint above 64 bits ends at {self.at}")
                return value

    def zigzag(self):
        return unzigzag(self.varint())

    def at_end(self):
        return self.at == len(self.data)


@dataclass(frozen=True)
class Identity:
    """What `store` holds, and the seed that follows from it."""

    version: int
    identity: bytes
    hash_key: bytes
    seed: int


def check_format(data, name, magic, version, size):
    """The eight bytes of the format, the version and the four zero bytes behind it."""
    require(data[:8] == magic, name, f"does not begin with {magic!r}")
    require(len(data) >= 16, name, "ends within its header")
    found = int.from_bytes(data[8:12], "little")
    if found > version:
        raise Newer(f"{name}: version {found}")
    require(found >= 1, name, "version 0")
    require(len(data) >= size, name, f"shorter than its {size} bytes")
    require(data[12:16] == bytes(4), name, "bytes 12 to 15 are not zero")
    return found


def read_header(data, name, magic, size, seed, version=1):
    """Checks a header whose last 8 bytes are the checksum of those before; a reader of the fields behind byte 16."""
    check_format(data, name, magic, version, size)
    require(u64_at(data, size - 8) == checksum(data[:size - 8], seed), name, "checksum of the header")
    return Reader(data[:size - 8], name, 16)


def read_store(data):
    reader = read_header(data, "store", b"HGSTORE\0", 56, 0, version=2)
    require(len(data) == 56, "store", f"{len(data)} bytes")
    identity, hash_key = reader.take(16), reader.take(16)
    return Identity(int.from_bytes(data[8:12], "little"), identity, hash_key, siphash64(hash_key, b"checksums"))


def read_closed(data, identity):
    """The number of the record `close`."""
    reader = read_header(data, "closed", b"HGCLOSED", 32, identity.seed)
    require(len(data) == 32, "closed", f"{len(data)} bytes")
    return reader.u64()


@dataclass(frozen=True)
class Range:
    """The records of the log that a file covers, by its name; `more` is the third number of a run of hours."""

    name: str
    first: int
    last: int
    more: int = 0

    def supersedes(self, other):
        within = self.first <= other.first and other.last <= self.last
        same = (self.first, self.last) == (other.first, other.last)
        return self != other and within and (not same or self.more > other.more)


def ranges(files, folder, ending, with_more=False):
    """(those in use, ascending and without gaps; those that others supersede)."""
    found = []
    for name in files:
        if not name.startswith(folder + "/") or name.endswith(".unfinished"):
            continue
        match = re.fullmatch(rf"{folder}/(\d+)-(\d+)(?:-(\d+))?\.{ending}", name)
        require(match and (with_more or match[3] is None), name, "not the name of such a file")
        found.append(Range(name, int(match[1]), int(match[2]), int(match[3] or 0)))
    superseded = [old for old in found if any(new.supersedes(old) for new in found)]
    used = sorted((one for one in found if one not in superseded), key=lambda one: one.first)
    for one in found:
        require(1 <= one.first <= one.last, one.name, "an empty range")
    for before, after in zip(used, used[1:]):
        require(before.last + 1 == after.first, after.name, f"does not follow {before.name}")
    return used, superseded
