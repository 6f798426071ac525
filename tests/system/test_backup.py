"""`hourglass backup` from outside: of a stopped server and of a running one under load, against an oracle."""

import random
import re
import stat
from collections import defaultdict
from pathlib import Path

import pytest

from hourglass_process import Server, run_program
from load import Load, post_batch
from sending import seeded

HOUR_MS = 3_600_000
NOW = 1_700_000_000_000 // HOUR_MS * HOUR_MS
HOURS = [NOW, NOW, NOW - HOUR_MS, NOW - 700 * HOUR_MS]
DONE = re.compile(r"(\d+) bytes copied, (\d+) bytes reused, events up to sequence (\d+)\n")
LONG = 300.0


def back_up(server, target, time_limit=LONG):
    """(bytes copied, bytes reused, sequence) of a backup that must succeed."""
    result = run_program(server.binary, "backup", target, "--data-dir", server.data_dir, time_limit=time_limit)
    assert (result.returncode, result.stderr) == (0, ""), result
    return tuple(map(int, DONE.fullmatch(result.stdout).groups()))


def refused(server, target, code):
    result = run_program(server.binary, "backup", target, "--data-dir", server.data_dir)
    assert (result.returncode, result.stdout) == (code, ""), result
    assert result.stderr.startswith("hourglass: ")
    return result.stderr


def verified(server, directory):
    result = run_program(server.binary, "verify", directory, time_limit=LONG)
    assert result.returncode == 0, result.stdout
    return int(re.search(r"(\d+) events", result.stdout)[1])


def on(server, directory):
    """A server that serves a backup."""
    return Server(server.binary, Path(directory).parent, ("--data-dir", str(directory)))


def keyed_event(rng, number):
    return {"timestamp": rng.choice(HOURS) + 7, "user": f"user{rng.randrange(900)}",
            "event": rng.choice(["click", "impression"]), "id": f"k{number}"}  # fmt: skip


def totals_of(events):
    """(unique users, clicks, impressions) by hour."""
    users, kinds = defaultdict(set), defaultdict(int)
    for event in events.values():
        hour = event["timestamp"] // HOUR_MS * HOUR_MS
        users[hour].add(event["user"])
        kinds[hour, event["event"]] += 1
    return {hour: (len(users[hour]), kinds[hour, "click"], kinds[hour, "impression"]) for hour in set(HOURS)}


def shown(server):
    return {hour: server.totals(hour) for hour in set(HOURS)}


@pytest.fixture
def filled(binary, tmp_path):
    """A server with some events, that runs."""
    server = Server(binary, tmp_path).start()
    with Load(server, random.Random(1), keyed_event) as load:
        while len(load.acknowledged) < 500:
            load.stopping.wait(0.01)
    server.events = load.acknowledged
    yield server
    if server.alive:
        server.stop()


def test_a_stopped_server(filled, tmp_path):
    filled.stop()
    copied, reused, sequence = back_up(filled, tmp_path / "backup")
    assert copied > 0 and reused == 0
    assert sequence == len(filled.events) == verified(filled, tmp_path / "backup")
    for path in [tmp_path / "backup", *(tmp_path / "backup").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    restored = on(filled, tmp_path / "backup").start()
    assert shown(restored) == totals_of(filled.events)
    restored.stop()


@pytest.mark.parametrize("rounds", [4, pytest.param(40, marks=pytest.mark.long)])
def test_a_server_under_load(binary, tmp_path, rounds):
    """Every backup lies between what was acknowledged before it and what was sent by its end."""
    server = Server(binary, tmp_path).start()
    target = tmp_path / "backup"
    rng = seeded()
    with Load(server, rng, keyed_event) as load:
        for _ in range(rounds):
            load.stopping.wait(rng.uniform(0.05, 0.4))
            before, _ = load.snapshot()
            _, _, sequence = back_up(server, target)
            _, after = load.snapshot()
            assert len(before) <= sequence <= len(after)
            check_restored(server, target, tmp_path / "restored", before, after)
    assert shown(server) == totals_of(load.acknowledged)
    server.stop()


def check_restored(server, target, folder, before, after):
    """Restores a copy, compares it with the record, and sends everything that may be in it once more."""
    folder.mkdir(exist_ok=True)
    run_copy(target, folder / "data")
    assert len(before) <= verified(server, folder / "data") <= len(after)
    restored = Server(server.binary, folder).start()
    least, most = totals_of(before), totals_of(after)
    for hour, totals in shown(restored).items():
        for low, value, high in zip(least[hour], totals, most[hour]):
            assert low <= value <= high, f"hour {hour}: {totals}, not within {least[hour]} and {most[hour]}"
    events = list(after.values())
    with restored.connect() as connection:
        for i in range(0, len(events), 1000):
            post_batch(connection, events[i : i + 1000])
    assert shown(restored) == most, "every key counts exactly once"
    restored.stop()


def run_copy(source, target):
    assert run_program("/bin/rm", "-rf", target).returncode == 0
    assert run_program("/bin/cp", "-a", source, target).returncode == 0


def test_a_second_backup_copies_only_what_is_new(filled, tmp_path):
    target = tmp_path / "backup"
    first = back_up(filled, target)
    assert back_up(filled, target) == (0, first[0], first[2])
    assert filled.post(NOW, "one-more").status == 204
    _, reused, sequence = back_up(filled, target)
    assert reused > 0 and sequence == first[2] + 1 == verified(filled, target)


def test_a_backup_can_be_served_and_goes_its_own_way(filled, tmp_path):
    target = tmp_path / "backup"
    back_up(filled, target)
    restored = on(filled, target).start()
    assert "is in use by another process" in refused(filled, target, 1)
    assert restored.post(NOW, "its-own").status == 204
    restored.stop()
    assert "has been used as a store" in refused(filled, target, 1)
    assert verified(filled, target) == len(filled.events) + 1


def test_directories_that_are_refused(filled, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters/a.txt").write_text("dear")
    assert "is neither empty nor a backup of this store" in refused(filled, tmp_path / "letters", 1)
    assert (tmp_path / "letters/a.txt").read_text() == "dear"
    (tmp_path / "other").mkdir()
    other = Server(filled.binary, tmp_path / "other").start()
    other.stop()
    assert "nor a backup of this store" in refused(filled, other.data_dir, 1)
    (tmp_path / "file").write_text("")
    assert str(tmp_path / "file") in refused(filled, tmp_path / "file", 1)
    assert "no/such/place" in refused(filled, tmp_path / "no/such/place", 1)
    for target in (filled.data_dir, filled.data_dir / "x", tmp_path, f"{filled.data_dir}/"):
        assert "must lie outside each other" in refused(filled, target, 2)


def test_a_store_that_is_missing_or_damaged_is_named(filled, tmp_path):
    filled.stop()
    target = tmp_path / "backup"
    back_up(filled, target)
    log = filled.data_dir / "log/00000000000000000001.log"
    content = bytearray(log.read_bytes())
    content[300] ^= 1
    log.write_bytes(content)
    assert f"{log} is damaged" in refused(filled, target, 1)
    assert verified(filled, target) == len(filled.events), "the old backup stays"
    assert not (tmp_path / "backup.unfinished").exists()
    result = run_program(filled.binary, "backup", target, "--data-dir", tmp_path / "nowhere")
    assert result.returncode == 1
    assert str(tmp_path / "nowhere") in result.stderr
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("arguments, message", [
    ([], "the directory of the backup is missing"),
    ([""], "the directory of the backup is missing"),
    (["a", "b"], "unexpected argument b"),
    (["a", "--data-drr", "x"], "did you mean --data-dir?"),
    (["a", "--data-dir", ""], "data.dir"),
    (["/"], "root of a file system"),
])  # fmt: skip
def test_wrong_usage_is_2(binary, tmp_path, arguments, message):
    result = run_program(binary, "backup", *arguments, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []
