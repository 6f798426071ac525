#!/usr/bin/python3
"""An independent reader of a data directory, written from docs/formats alone: decoder.py DIRECTORY.

It checks every checksum and every statement of those pages, and says with Damaged what does not hold. Nothing is
written, no file is locked: the directory should not be open.
"""

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from event_format import read_event_file
from fields import Damaged, Newer, ranges, read_closed, read_store, require
from log_format import CLOSE, OLD_COMMIT, read_log
from run_formats import read_hour_run, read_key_run
from siphash import siphash64

FOLDERS = ("log", "keys", "hours", "events")


@dataclass
class Contents:
    """What a data directory holds."""

    identity: object
    log: object
    closed: int = None  # the number of the record `close`
    totals: dict = field(default_factory=dict)  # hour -> [unique users, clicks, impressions]
    users: dict = field(default_factory=dict)  # hour -> hashes; without those that were removed
    events: dict = field(default_factory=dict)  # sequence -> LoggedEvent
    keys: dict = field(default_factory=dict)  # fingerprint -> log time of its last occurrence
    hour_runs: list = field(default_factory=list)
    key_runs: list = field(default_factory=list)
    event_files: list = field(default_factory=list)
    superseded: list = field(default_factory=list)


def read_files(directory):
    """{name: bytes} of a data directory; modes are checked, since nothing else holds them."""
    files = {}
    for folder, folders, names in os.walk(directory):
        for name in folders:
            mode = os.stat(Path(folder, name)).st_mode & 0o777
            require(mode == 0o700, name, f"a folder of mode {mode:o}")
        for name in names:
            path = Path(folder, name)
            relative = str(path.relative_to(directory))
            require(path.stat().st_mode & 0o777 == 0o600, relative, f"mode {path.stat().st_mode & 0o777:o}")
            files[relative] = path.read_bytes()
    return files


def check_names(files):
    for name in files:
        folder, slash, _ = name.partition("/")
        known = folder in FOLDERS if slash else name in ("store", "closed", "lock")
        require(known or name.endswith(".unfinished"), name, "in no page")
    require(files.get("lock", b"") == b"", "lock", "not empty")


def run_of(contents, files, folder, ending, read, with_more=False):
    used, superseded = ranges(files, folder, ending, with_more)
    contents.superseded += [one.name for one in superseded]
    for one in superseded:
        read(files[one.name], one, contents.identity)
    return used, [read(files[one.name], one, contents.identity) for one in used]


def take_keys(contents, files):
    used, runs = run_of(contents, files, "keys", "keys", read_key_run)
    contents.key_runs = used
    for run in runs:
        for fingerprint, time in run.items():
            contents.keys[fingerprint] = max(time, contents.keys.get(fingerprint, 0))
    for record in contents.log.records:
        if record.is_commit and record.number > last_of(used):
            for event in record.events:
                if event.fingerprint:
                    contents.keys[event.fingerprint] = record.log_time
            contents.keys.update(dict.fromkeys(record.refreshed, record.log_time))


def last_of(used):
    return used[-1].last if used else 0


def count(contents, event, is_new):
    totals = contents.totals.setdefault(event.hour, [0, 0, 0])
    totals[0] += is_new
    totals[2 if event.impression else 1] += 1


def take_hours(contents, files):
    used, runs = run_of(contents, files, "hours", "hours", read_hour_run, with_more=True)
    contents.hour_runs = runs
    removed_before = max((run.removed_before for run in runs), default=0)
    for run in runs:
        for number, hour in run.hours.items():
            before = contents.totals.setdefault(number, [0, 0, 0])
            contents.totals[number] = [a + b for a, b in zip(before, hour.totals)]
            users = contents.users.setdefault(number, set())
            require(users.isdisjoint(hour.users), run.covered.name, f"hour {number}: a user stands in two runs")
            users.update(hour.users)
    for record in contents.log.records:
        if record.number > last_of(used):
            take_events(contents, record, removed_before)


def take_events(contents, record, removed_before):
    for event in record.events:
        users = contents.users.setdefault(event.hour, set())
        user_hash = siphash64(contents.identity.hash_key, event.user)
        is_new = user_hash not in users
        users.add(user_hash)
        if record.type == OLD_COMMIT or event.hour < removed_before:
            count(contents, event, is_new if event.new_user is None else event.new_user)
            continue
        require(event.new_user == is_new, record.name, f"event {event.sequence}: the flag of new users is wrong")
        count(contents, event, is_new)


def check_run_positions(contents):
    """Sequence and log time in the headers of runs of hours against each other and against the commits of the log."""
    sequence, time, covered = 1, 0, 0
    for run in contents.hour_runs:
        name = run.covered.name
        require(run.next_sequence >= sequence and run.log_time >= time, name, "its end comes before its begin")
        for record in contents.log.records:
            if record.is_commit and record.number <= run.covered.last:
                end = record.first_sequence + len(record.events)
                require(end <= run.next_sequence and record.log_time <= run.log_time, name, "ends before its records")
            elif record.is_commit:
                right = record.first_sequence >= run.next_sequence and record.log_time >= run.log_time
                require(right, name, "ends behind later records")
        sequence, time, covered = run.next_sequence, run.log_time, run.covered.last
    behind = next((record for record in contents.log.records if record.is_commit and record.number > covered), None)
    require(behind is None or behind.first_sequence == sequence, "log", f"does not go on with sequence {sequence}")


def take_archive(contents, files):
    used, archive = run_of(contents, files, "events", "events", read_event_file)
    contents.event_files = archive
    logged = {}
    for record in contents.log.records:
        logged[record.number] = record.events
        contents.events.update((event.sequence, event) for event in record.events)
    for file in archive:
        in_file = {event.sequence: event for event in file.events}
        require(len(in_file) == len(file.events), file.covered.name, "a sequence stands twice")
        numbers = range(max(file.covered.first, contents.log.first), min(file.covered.last, contents.log.last) + 1)
        for event in (event for number in numbers for event in logged[number]):
            require(plain(in_file.get(event.sequence)) == plain(event), file.covered.name,
                    f"event {event.sequence} is another than in the log")
        for sequence, event in in_file.items():
            contents.events.setdefault(sequence, event)
    if used:  # else retention may have removed them
        require(contents.log.first <= used[-1].last + 1, used[-1].name, "records are missing between it and the log")
    sequences = sorted(contents.events)
    require(sequences == list(range(sequences[0], sequences[-1] + 1)) if sequences else True, "events",
            "sequences are missing")


def plain(event):
    return event and (event.sequence, event.timestamp, event.impression, event.user)


def check_reach(contents):
    """The log goes on where the runs end."""
    log = contents.log
    runs = [contents.key_runs, [run.covered for run in contents.hour_runs]]
    covered_by_both = min(last_of(used) for used in runs)
    require(log.first <= covered_by_both + 1, log.segments[0], f"begins behind record {covered_by_both + 1}")
    require(not runs[1] or runs[1][0].first == 1, "hours", "the runs do not begin with record 1")
    for used in runs:
        require(last_of(used) <= log.last, log.segments[-1], f"ends before record {last_of(used)}, which a run covers")
    if contents.closed is not None:
        last = log.records[-1] if log.records else None
        require(last and (last.number, last.type) == (contents.closed, CLOSE), log.segments[-1],
                f"does not end with record {contents.closed}, close")


def check_totals(contents):
    """All events that there are give the totals, if none has been removed."""
    if min(contents.events, default=0) != 1:
        return
    totals = {}
    for event in contents.events.values():
        users, kinds = totals.setdefault(event.hour, (set(), [0, 0]))
        users.add(event.user)
        kinds[event.impression] += 1
    counted = {hour: [len(users), *kinds] for hour, (users, kinds) in totals.items()}
    require(counted == contents.totals, "hours", "the totals are not those of the events")


def decode(files):
    """The contents of a data directory, given as read_files gives it."""
    check_names(files)
    require("store" in files, "store", "missing")
    contents = Contents(read_store(files["store"]), None)
    if contents.identity.version == 1:
        extra = [name for name in files if name.startswith(("hours/", "events/"))]
        require(not extra, "store", f"version 1 beside {extra}")
    contents.log = read_log(files, contents.identity)
    if "closed" in files:
        contents.closed = read_closed(files["closed"], contents.identity)
    take_hours(contents, files)
    take_keys(contents, files)
    take_archive(contents, files)
    check_run_positions(contents)
    check_reach(contents)
    check_totals(contents)
    return contents


def main(directory):
    try:
        contents = decode(read_files(directory))
    except (Damaged, Newer) as fault:
        print(fault, file=sys.stderr)
        return 1
    print(json.dumps({
        "version": contents.identity.version,
        "closed": contents.closed,
        "leftover": contents.log.leftover,
        "totals": {hour: contents.totals[hour] for hour in sorted(contents.totals)},
        "users": {hour: sorted(contents.users[hour]) for hour in sorted(contents.users)},
        "events": [[event.sequence, event.timestamp, event.impression, event.user.hex()]
                   for _, event in sorted(contents.events.items())],
        "keys": {fingerprint.hex(): time for fingerprint, time in sorted(contents.keys.items())},
    }))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
