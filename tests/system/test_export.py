"""`hourglass export` from outside: of stopped and of running stores, and into other servers."""

import json
import os
import stat
import subprocess
import time

import pytest

from exports import SMALL_SEGMENTS, event_files, export, files_before, fill, fill_event_files, parse_lines
from hourglass_process import TIME_LIMIT, Server, environment, run_program
from load import Load
from sending import seeded

HOUR_MS = 3_600_000
NOW = 1_700_000_000_000 // HOUR_MS * HOUR_MS
HOURS = [NOW, NOW, NOW - HOUR_MS, NOW - 700 * HOUR_MS]


def run_export(server, *flags):
    return run_program(server.binary, "export", "--data-dir", server.data_dir, *flags)


def exported(server, *flags):
    """The events that the command writes; it must succeed."""
    result = run_export(server, *flags)
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    return parse_lines(result.stdout.encode())


def plain(events):
    return [(event["timestamp"], event["user"], event["event"]) for event in events]


def event_of_own_user(rng, number):
    return {"timestamp": rng.choice(HOURS) + rng.randrange(HOUR_MS), "user": f"user{number}",
            "event": rng.choice(["click", "impression"])}  # fmt: skip


def load_on(server, rng):
    return Load(server, rng, event_of_own_user, clients=3, batch_lines=200)


@pytest.mark.parametrize("way", ["command", "http"])
def test_under_load_it_lies_between_what_was_acknowledged_and_what_was_sent(start_server, way):
    """Segments are so small that they become event files, and runs are merged, meanwhile."""
    server = start_server(SMALL_SEGMENTS)
    rng = seeded()
    with load_on(server, rng) as load:
        while not event_files(server):
            load.stopping.wait(0.02)
        for _ in range(3):
            load.stopping.wait(rng.uniform(0.05, 0.3))
            before, _ = load.snapshot()
            events = exported(server) if way == "command" else export(server).events
            _, after = load.snapshot()
            got = plain(events)
            assert len(set(got)) == len(got)
            assert set(plain(before.values())) <= set(got) <= set(plain(after.values()))
    assert set(plain(exported(server))) == set(plain(load.acknowledged.values()))
    server.stop()
    assert set(plain(exported(server))) == set(plain(load.acknowledged.values()))


def test_a_file_is_whole_and_private(start_server, tmp_path):
    server = start_server()
    fill(server, 1_000, NOW)
    path = tmp_path / "events.ndjson"
    path.write_text("before")
    path.chmod(0o644)
    result = run_export(server, "--output", path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "1000 events exported\n", "")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(parse_lines(path.read_bytes())) == 1_000
    assert os.listdir(tmp_path) == ["events.ndjson"]


def test_hours_can_be_chosen(start_server):
    server = start_server()
    for hour in range(3):
        fill(server, 10, NOW + hour * HOUR_MS, f"h{hour}-")
    assert {event["user"][:2] for event in exported(server, "--from", NOW + HOUR_MS)} == {"h1", "h2"}
    chosen = exported(server, "--from", NOW + 2 * HOUR_MS - 1, "--to", NOW + 2 * HOUR_MS)
    assert {event["user"][:2] for event in chosen} == {"h1"}
    for flags in [("--from", "x"), ("--to", "-1"), ("--from", "5", "--to", "5"), ("--form", "5")]:
        result = run_export(server, *flags)
        assert (result.returncode, result.stdout) == (2, ""), result
        assert result.stderr.startswith("hourglass: ")


def test_into_another_store_and_again(start_server, tmp_path):
    server, other = start_server(SMALL_SEGMENTS), start_server()
    with load_on(server, seeded()) as load:
        while len(load.acknowledged) < 20_000:
            load.stopping.wait(0.01)
    events = tmp_path / "events"
    run_export(server, "--output", events)
    lines = events.read_bytes().splitlines(keepends=True)
    for _ in range(2):
        for first in range(0, len(lines), 7_000):
            answer = other.batch(b"".join(lines[first : first + 7_000]))
            assert json.loads(answer.text)["rejected_count"] == 0
        for hour in set(HOURS):
            assert other.totals(hour) == server.totals(hour)


def test_events_that_are_gone_are_named_by_their_hours(start_server, tmp_path):
    server = start_server(SMALL_SEGMENTS)
    fill(server, 1_000, NOW - 5 * HOUR_MS, "old")
    old = 1_000 + fill_event_files(server, 2, NOW - 4 * HOUR_MS)
    fill(server, 30_000, NOW, "new")
    server.stop()
    event_files(server)[0].unlink()  # as retention does
    path = tmp_path / "events"
    result = run_export(server, "--output", path)
    assert result.returncode == 1
    assert result.stderr.startswith("hourglass: the totals of "), result.stderr
    assert "of 2 hours are kept, but not all of their events: 2023-11-14T17:00Z/2023-11-14T18:00Z\n" in result.stderr
    events = parse_lines(path.read_bytes())
    assert len([event for event in events if event["user"].startswith("new")]) == 30_000
    assert 30_000 < len(events) < 30_000 + old
    assert len(exported(server, "--from", NOW)) == 30_000  # these hours have everything
    server.start()
    got = export(server)
    assert got.incomplete == "2; 2023-11-14T17:00Z/2023-11-14T18:00Z"
    assert got.events == events


def test_retention_at_work_meanwhile(start_server):
    """Whatever goes while exports are under way is named, and nothing else is missing."""
    server = start_server(SMALL_SEGMENTS)
    old = fill_event_files(server, 3, NOW - HOUR_MS)
    new = fill_event_files(server, files_before(server) + 2, NOW)
    server.stop()
    server.flags += ("--retention-events-bytes", str(min(file.stat().st_size for file in event_files(server))))
    server.start()
    deadline, incomplete = time.monotonic() + 2 * TIME_LIMIT, ""
    while incomplete != "2; 2023-11-14T21:00Z/2023-11-14T22:00Z":
        assert time.monotonic() < deadline, incomplete
        got = export(server)
        incomplete = got.incomplete
        for hour, total in [(NOW - HOUR_MS, old), (NOW, new)]:
            kept = sum(event["timestamp"] // HOUR_MS * HOUR_MS == hour for event in got.events)
            is_named = {NOW - HOUR_MS: "21:00Z", NOW: "22:00Z"}[hour] in incomplete
            assert (kept < total) == is_named, (kept, total, incomplete)
    assert server.totals(NOW) == (new, new, 0)


def test_a_pipe_that_is_closed_is_exit_code_1(start_server):
    server = start_server()
    fill(server, 50_000, NOW)
    with subprocess.Popen([server.binary, "export", "--data-dir", server.data_dir], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=environment({})) as process:  # fmt: skip
        process.stdout.read(10)
        process.stdout.close()
        assert process.wait(TIME_LIMIT) == 1
        assert process.stderr.read() == b"hourglass: cannot write to the standard output\n"


def test_what_cannot_be_done_is_said(binary, tmp_path):
    server = Server(binary, tmp_path)
    result = run_export(server)
    assert (result.returncode, result.stdout) == (1, "")
    assert f"{server.data_dir}/store" in result.stderr
    server.start()
    fill(server, 10, NOW)
    for target in ["/dev/null", tmp_path, tmp_path / "missing" / "events", ""]:
        result = run_export(server, "--output", target)
        assert result.returncode == 1 and result.stderr.startswith("hourglass: "), result
    server.stop()


def test_damage_names_the_file_and_leaves_no_output(start_server, tmp_path):
    server = start_server(SMALL_SEGMENTS)
    fill_event_files(server, 1, NOW)
    path = event_files(server)[0]
    server.stop()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    result = run_export(server, "--output", tmp_path / "events")
    assert (result.returncode, result.stdout) == (1, "")
    assert path.name in result.stderr and "2023-11-14T22:00Z" in result.stderr
    assert not list(tmp_path.glob("events*"))
