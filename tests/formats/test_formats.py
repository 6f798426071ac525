"""What the server writes is what docs/formats says: a reader that was written from those pages alone reads it."""

import json
import os
import random
import re
import subprocess
from pathlib import Path

import pytest

from decoder import decode, read_files
from event_format import read_block
from fields import Damaged, Newer, Range, Reader, ranges, read_closed, unzigzag
from hourglass_process import run_program
from log_format import COMMIT, read_commit
from run_formats import KEY_ENTRY, KEYS_A_PAGE, PAGE_BODY, read_groups
from siphash import siphash64, siphash128

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = REPOSITORY / "docs/formats"
WINDOW = 24 * 3_600_000
FLIPS = 15  # in each of the four stores


class Sample:
    """A directory that sample_store has made, and what it says it has counted."""

    def __init__(self, program, directory, end, users):
        made = subprocess.run([program, directory, end, users], capture_output=True, text=True, timeout=120, check=False)
        assert made.returncode == 0, made.stderr
        self.expected = json.loads(made.stdout)
        self.end, self.files = end, read_files(directory)
        self.contents = decode(self.files)

    def expected_users(self):
        users = {}
        for timestamp, _, name in self.expected["events"]:
            user_hash = siphash64(self.contents.identity.hash_key, bytes.fromhex(name))
            users.setdefault(timestamp // 3_600_000, set()).add(user_hash)
        return users


@pytest.fixture(scope="module", params=["closed keep", "killed keep", "closed remove", "killed remove"])
def sample(request, binary, tmp_path_factory):
    program = binary.parent / "tests/formats/sample_store"
    if not os.access(program, os.X_OK):
        pytest.fail(f"no program at {program}; build it", pytrace=False)
    return Sample(program, tmp_path_factory.mktemp("sample"), *request.param.split())


def test_totals(sample):
    assert {str(hour): totals for hour, totals in sample.contents.totals.items()} == sample.expected["totals"]


def test_events(sample):
    expected = {sequence: (timestamp, bool(impression), bytes.fromhex(name))
                for sequence, (timestamp, impression, name) in enumerate(sample.expected["events"], 1)}
    found = {sequence: (event.timestamp, event.impression, event.user)
             for sequence, event in sample.contents.events.items()}
    assert found == expected


def test_users(sample):
    removed_before = max(run.removed_before for run in sample.contents.hour_runs)
    for hour, users in sample.expected_users().items():
        found = sample.contents.users[hour]
        assert found == users if hour >= removed_before else found < users


def test_keys(sample):
    expected = {siphash128(sample.contents.identity.hash_key, bytes.fromhex(user) + b"\0" + bytes.fromhex(key)): last
                for user, key, last in sample.expected["keys"]}
    assert sample.contents.keys.items() <= expected.items()
    needed = {key for key, last in expected.items() if last + WINDOW > sample.expected["now"]}
    assert needed <= sample.contents.keys.keys()


def test_the_sample_has_everything(sample):
    """Otherwise the tests above would show little."""
    contents = sample.contents
    log, pages = contents.log, [len(sample.files[run.covered.name]) // 4096 for run in contents.hour_runs]
    assert log.first > 1 and len(log.segments) > 1
    assert max(pages) > 3 and len(pages) > 2
    assert len(contents.key_runs) > 1 and len(contents.event_files) > 2
    assert any(record.refreshed for record in log.records)
    assert min(contents.totals) == 0 and max(contents.totals) == 253_402_300_799_999 // 3_600_000
    assert max(len(event.user) for event in contents.events.values()) == 256
    assert contents.closed == (log.last if sample.end == "closed" else None)


def is_harmless(sample, name, at, found):
    """Whether the pages say that nobody can notice this byte: it stands behind the last record of a segment, or the
    last commit of a process that was killed looks as if power had cut it short."""
    if not name.startswith("log/"):
        return False
    log = sample.contents.log
    last = [record for record in log.records if record.name == name][-1]
    same = (found.totals, found.keys, found.events) == (
        sample.contents.totals, sample.contents.keys, sample.contents.events)
    if at >= last.end:
        return same
    was_last = sample.end == "killed" and last.number == log.last and at >= last.at
    return was_last and found.log.last == log.last - 1 and found.log.leftover > 0


def test_flipped_bits_are_noticed(sample):
    seed = int(os.environ.get("HOURGLASS_TEST_SEED", random.SystemRandom().randrange(2**32)))
    print(f"HOURGLASS_TEST_SEED={seed}")
    chance = random.Random(seed)
    for _ in range(FLIPS):
        name = chance.choice(sorted(sample.files))
        used = len(sample.files[name].rstrip(b"\0")) + 64
        at = chance.randrange(min(used, len(sample.files[name])))
        data = bytearray(sample.files[name])
        data[at] ^= 1 << chance.randrange(8)
        try:
            found = decode({**sample.files, name: bytes(data)})
        except (Damaged, Newer) as fault:
            assert str(fault)
        else:
            assert is_harmless(sample, name, at, found), f"byte {at} of {name}"


def test_an_end_that_is_lost_is_noticed(sample):
    name, last = sample.contents.log.segments[-1], sample.contents.log.records[-1]
    cut = {**sample.files, name: sample.files[name][:last.at]}
    if sample.end == "closed":
        with pytest.raises(Damaged):
            decode(cut)
        assert read_closed(sample.files["closed"], sample.contents.identity) == last.number
    else:
        assert decode(cut).log.last == last.number - 1


def example(page):
    """The bytes of the one example in hexadecimal on a page."""
    blocks = re.findall(r"^```\n((?:[0-9a-f]{2}\s+)+)```$", (PAGES / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert len(blocks) == 1, f"{page} has {len(blocks)} examples"
    return bytes.fromhex(blocks[0])


def test_example_of_a_commit():
    sequence, log_time, events, refreshed = read_commit(example("log.md"), "log.md", COMMIT)
    assert (sequence, log_time, refreshed) == (1, 1000, ())
    assert [(event.timestamp, event.impression, event.user, event.fingerprint, event.new_user) for event in events] == [
        (1001, True, b"ann", None, True)]


def test_example_of_a_block():
    events = read_block(example("events.md"), "events.md")
    assert [(event.timestamp, event.impression, event.user, event.sequence) for event in events] == [
        (1001, True, b"ann", 1), (1000, False, b"ann", 3), (3_600_005, False, b"bob", 2)]


def test_example_of_a_group():
    group, = read_groups(Reader(example("hours.md").ljust(PAGE_BODY, b"\0"), "hours.md"))
    assert (group.hour, group.totals, group.users) == (5, (3, 2, 1), [0x10, 0x12, 0x17])


def test_numbers_of_the_pages():
    assert [unzigzag(number) for number in range(4)] == [0, -1, 1, -2]
    assert KEYS_A_PAGE == PAGE_BODY // KEY_ENTRY


def test_siphash_is_that_of_its_paper():
    key, text = bytes(range(16)), bytes(range(15))
    assert siphash64(key, text) == 0xA129CA6149BE45E5
    assert siphash128(key, b"").hex() == "a3817f04ba25a8e66df67214c7550293"


def test_what_is_superseded():
    names = ["1-9.hours", "1-9-5.hours", "1-9-7.hours", "3-4-8.hours", "10-12.hours", "12-12.hours"]
    used, superseded = ranges([f"hours/{name}" for name in names], "hours", "hours", with_more=True)
    assert used == [Range("hours/1-9-7.hours", 1, 9, 7), Range("hours/10-12.hours", 10, 12)]
    assert len(superseded) == 4
    with pytest.raises(Damaged):
        ranges(["keys/1-9.keys", "keys/11-12.keys"], "keys", "keys")


def test_the_decoder_as_a_program(tmp_path):
    assert run_program("/usr/bin/python3", "-B", Path(__file__).with_name("decoder.py"), tmp_path).returncode == 1
