"""Writes a data directory of version 1, by docs/formats/store.md and log.md: `store` and `log/`, nothing else."""

import os
import struct

from fields import checksum, varint, zigzag
from log_format import CLOSE, OLD_COMMIT, SEGMENT_END
from siphash import siphash64, siphash128

RESERVED = 8192  # zeros behind the last record of a segment


def encode_store(version, identity, hash_key):
    body = b"HGSTORE\0" + struct.pack("<II", version, 0) + identity + hash_key
    return body + struct.pack("<Q", checksum(body))


class OldStore:
    """Commits events of (timestamp, impression, user, idempotency key or None) to segments."""

    def __init__(self):
        self.identity, self.hash_key = os.urandom(16), os.urandom(16)
        self.seed = siphash64(self.hash_key, b"checksums")
        self.segments, self.record, self.sequence = [], 1, 1
        self._begin_segment()

    def _begin_segment(self):
        body = b"HGLOGSEG" + struct.pack("<IIQQ", 1, 0, len(self.segments) + 1, self.record) + self.identity + bytes(8)
        self.segments.append(body + struct.pack("<Q", checksum(body, self.seed)))

    def _append(self, kind, payload=b""):
        begin = b"HGRC" + struct.pack("<IQ", len(payload), self.record)
        rest = bytes([kind]) + bytes(7) + payload + bytes(-len(payload) % 8)
        seed = self.seed ^ checksum(begin, self.seed)
        self.segments[-1] += begin + struct.pack("<Q", checksum(rest, seed)) + rest
        self.record += 1

    def commit(self, log_time, events, refreshed=()):
        payload = struct.pack("<QQ", self.sequence, log_time) + varint(len(events)) + varint(len(refreshed))
        previous = log_time
        for timestamp, impression, user, key in events:
            payload += bytes([impression | (2 if key else 0)]) + varint(zigzag(timestamp - previous))
            payload += varint(len(user)) + user + (self.fingerprint(user, key) if key else b"")
            previous = timestamp
        payload += b"".join(self.fingerprint(user, key) for user, key in refreshed)
        self._append(OLD_COMMIT, payload)
        self.sequence += len(events)

    def fingerprint(self, user, key):
        return siphash128(self.hash_key, user + b"\0" + key)

    def end_segment(self):
        self._append(SEGMENT_END)
        self._begin_segment()

    def close(self):
        self._append(CLOSE)

    def write(self, directory, version=1):
        (directory / "log").mkdir(mode=0o700, parents=True)
        directory.chmod(0o700)
        files = {f"log/{number:020}.log": segment + bytes(RESERVED) for number, segment in enumerate(self.segments, 1)}
        files["store"] = encode_store(version, self.identity, self.hash_key)
        for name, data in files.items():
            (directory / name).write_bytes(data)
            (directory / name).chmod(0o600)
