"""`hourglass send --follow`: every line of a log once, through rotation, restarts and kill -9."""

import contextlib
import gzip
import os
import re
import shutil
import signal
import stat
import subprocess

import pytest

from scripted_server import ScriptedServer, accept
from sending import catches, ended, event, expect_totals, joined, oracle, random_events, seeded, sending, url_of, wait_until

NEVER = subprocess.TimeoutExpired


class Log:
    """A log and its writer; `lines` is everything that was ever written, in its order."""

    def __init__(self, folder):
        self.path, self.lines, self.number = folder / "access.log", [], 0

    def write(self, lines, path=None):
        with open(path or self.path, "ab") as file:
            file.write(joined(lines))
        self.lines += lines

    def older(self, number):
        paths = [self.path.with_name(f"access.log.{number}{end}") for end in ("", ".gz", ".zst")]
        return next((path for path in paths if path.exists()), None)

    def make_room(self):
        """As logrotate does: access.log.2 becomes access.log.3, and so on."""
        for number in range(500, 0, -1):
            if (path := self.older(number)) is not None:
                path.rename(path.with_name(path.name.replace(f"log.{number}", f"log.{number + 1}")))

    def rotate(self, create=True):
        self.make_room()
        self.path.rename(self.path.with_name("access.log.1"))
        if create:
            self.path.touch()

    def copy_and_truncate(self):
        self.make_room()
        shutil.copy2(self.path, self.path.with_name("access.log.1"))
        os.truncate(self.path, 0)

    def compress(self, number, kind):
        path = self.older(number)
        times = path.stat()
        if kind == "gz":
            target = path.with_name(path.name + ".gz")
            target.write_bytes(gzip.compress(path.read_bytes()))
        else:
            target = path.with_name(path.name + ".zst")
            subprocess.run(["zstd", "-q", str(path), "-o", str(target)], check=True)
        os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))
        path.unlink()


@pytest.fixture(name="log")
def fixture_log(tmp_path):
    return Log(tmp_path)


@pytest.fixture(name="server")
def fixture_server(start_server):
    return start_server()


@pytest.fixture(name="follow")
def fixture_follow(binary, server, log):
    """follow(): a running `send --follow` of the log."""

    def follow(*arguments, url=None):
        return sending(binary, url or url_of(server), *arguments, "--follow", log.path)

    return follow


def arrived(server, log):
    """Waits until the totals are those of all lines; then they are exactly those."""
    expected = oracle(log.lines)
    busy = lambda: any(server.totals(hour) != totals for hour, totals in expected.items())  # noqa: E731
    wait_until(lambda: not busy(), "all lines to arrive", 20)
    expect_totals(server, expected)


def stop(process, number=signal.SIGTERM):
    wait_until(lambda: catches(process, number), "the program to be ready for signals")
    process.send_signal(number)
    sent = ended(process)
    assert (sent.refused, sent.not_sent) == (0, 0), sent
    return sent


def events(hour, begin, end):
    return [event(hour, f"u{number}") for number in range(begin, end)]


def test_lines_arrive_as_they_are_written_and_a_signal_ends_it(follow, server, log, hour):
    log.write(events(hour, 0, 10))
    with follow() as process:
        arrived(server, log)
        for number in range(10, 15):
            log.write(events(hour, number, number + 1))
            arrived(server, log)
        sent = stop(process)
    assert (sent.code, sent.accepted) == (0, 15), sent
    assert re.search(r"\b15\b", sent.stderr), sent.stderr


def test_half_a_line_waits_for_its_other_half(follow, server, log, hour):
    line = event(hour, "ann")
    with follow() as process:
        log.write(events(hour, 0, 1))
        with open(log.path, "ab", buffering=0) as file:
            file.write(line[:-9])
            arrived(server, log)
            assert process.poll() is None
            file.write(line[-9:] + b"\n")
        log.lines.append(line)
        arrived(server, log)
        assert stop(process).accepted == 2


def test_a_half_line_at_a_stop_is_sent_whole_later(follow, server, log, hour):
    line = event(hour, "ann")
    log.write(events(hour, 0, 3))
    with open(log.path, "ab", buffering=0) as file:
        file.write(line[:-9])
        with follow() as process:
            arrived(server, log)
            assert stop(process).accepted == 3
        file.write(line[-9:] + b"\n")
    log.lines.append(line)
    with follow() as process:
        arrived(server, log)
        assert stop(process).accepted == 1


def test_it_waits_for_a_log_that_is_not_there_yet(follow, server, log, hour):
    with follow() as process:
        with pytest.raises(NEVER):
            process.wait(0.3)
        log.write(events(hour, 0, 5))
        arrived(server, log)
        stop(process)


def test_after_a_stop_it_goes_on_where_it_was_and_sends_nothing_again(follow, log, hour):
    log.write(events(hour, 0, 2500))
    with ScriptedServer(lambda request, _: accept(request)) as server:
        for end in (2500, 2500, 2600, 3000):
            log.write(events(hour, len(log.lines), end))
            with follow(url=server.url) as process:
                wait_until(lambda count=end: len(server.events()) >= count, "all lines")
                assert stop(process, signal.SIGINT).code == 0
            assert [one["user"] for one in sorted(server.events(), key=lambda one: int(one["user"][1:]))] == [f"u{n}" for n in range(end)]
        assert len(set(server.ids())) == 3000


def test_equal_lines_before_and_behind_a_stop_are_different_events(follow, server, log, hour):
    for _ in range(3):
        log.write([event(hour, "ann"), event(hour, "ann")])
        with follow() as process:
            arrived(server, log)
            stop(process)
    assert server.totals(hour) == (1, 6, 0)


def test_the_position_is_for_its_owner_and_lies_beside_the_log_or_where_it_is_told(follow, server, log, hour, tmp_path):
    log.write(events(hour, 0, 3))
    for flags, path in (([], tmp_path / "access.log.hourglass-position"), (["--position", tmp_path / "here"], tmp_path / "here")):
        with follow(*flags) as process:
            wait_until(path.exists, "the position")
            arrived(server, log)
            stop(process)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert server.totals(hour) == (3, 3, 0)


def test_a_position_is_kept_before_the_first_line_is_sent(follow, log, hour):
    """Else a kill and a rotation after that would leave nothing that knows of these lines."""
    kept = []
    position = log.path.with_name("access.log.hourglass-position")
    log.write(events(hour, 0, 5))
    with ScriptedServer(lambda request, _: kept.append(position.exists()) or accept(request)) as server:
        with follow(url=server.url) as process:
            wait_until(lambda: kept, "the first batch")
            stop(process)
    assert kept[0]


def test_killed_before_anything_was_accepted_and_rotated_it_sends_all(follow, server, log, hour):
    log.write(events(hour, 0, 5))
    tried = []
    with ScriptedServer(lambda *_: tried.append(1)) as deaf, follow(url=deaf.url) as process:
        wait_until(lambda: tried, "the first batch")
        process.kill()
    log.rotate()
    log.write(events(hour, 5, 7))
    with follow() as process:
        arrived(server, log)
        assert stop(process).accepted == 7


@pytest.mark.parametrize("late", [0, 5])
def test_rotation_by_renaming(follow, server, log, hour, late):
    log.write(events(hour, 0, 1000))
    with follow() as process:
        arrived(server, log)
        for number in range(1, 3):
            log.rotate(create=late == 0)
            # A writer goes on with the file that it has open until it is told.
            log.write(events(hour, number * 1000 - late, number * 1000), log.older(1))
            log.write(events(hour, number * 1000, number * 1000 + 100))
            arrived(server, log)
        sent = stop(process)
    assert sent.accepted == len(log.lines)


def test_equal_lines_before_and_behind_a_rotation_are_different_events(follow, server, log, hour):
    with follow() as process:
        for number in range(2):
            log.write([event(hour, "ann"), event(hour, "ann"), event(hour, f"u{number}")])
            arrived(server, log)
            log.rotate()
        stop(process)
    with follow() as process:
        log.write([event(hour, "ann")])
        arrived(server, log)
        stop(process)
    assert server.totals(hour) == (3, 7, 0)


def test_rotation_by_copying_and_emptying(follow, server, log, hour):
    log.write(events(hour, 0, 1000))
    with follow() as process:
        arrived(server, log)
        for number in range(1, 3):
            log.copy_and_truncate()
            log.write(events(hour, number * 1000, number * 1000 + 300 - 90 * number))
            arrived(server, log)
        stop(process)


@pytest.mark.parametrize(
    "how, generations, kind", [("rename", 1, None), ("rename", 3, "gz"), ("rename", 1, "zst"), ("copy", 1, "gz"), ("copy", 3, None)]
)
def test_rotation_while_it_was_down(follow, server, log, hour, how, generations, kind):
    log.write(events(hour, 0, 50))
    with follow() as process:
        arrived(server, log)
        stop(process)
    log.write(events(hour, 50, 100))
    for number in range(1, generations + 1):
        log.rotate() if how == "rename" else log.copy_and_truncate()
        log.write(events(hour, number * 100, number * 100 + 70))
    if kind:
        for number in range(1, generations + 1):
            log.compress(number, kind)
    with follow() as process:
        arrived(server, log)
        sent = stop(process)
    assert sent.accepted == len(log.lines) - 50, "only what was not sent before"


def test_a_place_in_an_empty_log_is_found_again_when_that_is_filled_rotated_and_compressed(follow, server, log, hour):
    position = log.path.with_name("access.log.hourglass-position")
    log.write(events(hour, 0, 50))
    with follow() as process:
        arrived(server, log)
        before = position.read_bytes()
        log.rotate()
        wait_until(lambda: position.read_bytes() != before, "the place in the new log")
        stop(process)
    for number in range(1, 3):
        log.write(events(hour, number * 100, number * 100 + 50))
        log.rotate()
    log.compress(2, "gz")
    with follow() as process:
        arrived(server, log)
        assert stop(process).accepted == 100


def test_a_generation_that_is_gone_is_told_and_nothing_is_skipped_silently(follow, server, log, hour):
    log.write(events(hour, 0, 100))
    with follow() as process:
        arrived(server, log)
        stop(process)
    before = server.totals(hour)
    position = log.path.with_name("access.log.hourglass-position").read_bytes()
    log.path.unlink()
    log.write(events(hour, 200, 300))
    with follow() as process:
        sent = ended(process)
    assert sent.code == 1 and "access.log" in sent.stderr and "position" in sent.stderr, sent
    assert server.totals(hour) == before
    assert log.path.with_name("access.log.hourglass-position").read_bytes() == position


@pytest.mark.parametrize("content", [b"", b"garbage\n", b"\0" * 4096, None])
def test_a_damaged_position_is_named_and_left_as_it_is(follow, server, log, hour, content):
    log.write(events(hour, 0, 10))
    path = log.path.with_name("access.log.hourglass-position")
    with follow() as process:
        arrived(server, log)
        stop(process)
    log.write(events(hour, 10, 20))
    before = path.read_bytes()
    damaged = before[: len(before) // 2] if content is None else content
    path.write_bytes(damaged)
    with follow() as process:
        sent = ended(process)
    assert sent.code in (1, 2) and str(path) in sent.stderr, sent
    assert path.read_bytes() == damaged and server.totals(hour) == (10, 10, 0)


def test_a_position_that_cannot_be_kept_ends_it(binary, server, log, hour):
    log.write(events(hour, 0, 10))
    with sending(binary, url_of(server), "--position", "/no/such/folder/x", "--follow", log.path) as process:
        sent = ended(process)
    assert sent.code == 1 and "/no/such/folder" in sent.stderr


def test_it_outlives_the_server(follow, server, log, hour):
    server.flags = ("--http-port", server.port)
    log.write(events(hour, 0, 10))
    with follow() as process:
        arrived(server, log)
        for number in range(1, 4):
            server.kill()
            log.write(events(hour, number * 10, number * 10 + 10))
            if number == 2:
                log.rotate()
            server.start()
            arrived(server, log)
        stop(process)


def test_refused_lines_do_not_hold_it_up(follow, server, log, hour, tmp_path):
    log.path.write_bytes(b"garbage\n\n")
    with follow("--rejects", tmp_path / "bad") as process:
        log.write(events(hour, 0, 5))
        arrived(server, log)
        process.send_signal(signal.SIGTERM)
        sent = ended(process)
    assert (sent.code, sent.counts, sent.codes) == (1, (7, 5, 1, 1, 0), {"invalid_json": 1})
    assert (tmp_path / "bad").read_bytes().startswith(str(log.path).encode() + b":1\tinvalid_json\t")


@pytest.mark.parametrize("rounds", [15, pytest.param(200, marks=pytest.mark.long)])
def test_random_writing_rotation_restarts_and_kills_against_an_oracle(follow, server, log, rounds):
    rng, position = seeded(), log.path.with_name("access.log.hourglass-position")
    server.flags = ("--http-port", server.port)
    log.write(random_events(rng, 10, 1_700_000_000_000, hours=1))
    for number in range(rounds):
        with follow() as process:
            if number == 0:
                # What is rotated before it has ever seen the log is none of its business.
                wait_until(position.exists, "the position")
            for _ in range(rng.randrange(1, 5)):
                # Times go on from round to round, as those of a log do.
                log.write(random_events(rng, rng.randrange(1, 600), 1_700_000_000_000 + number * 7_200_000, hours=1))
                if rng.random() < 0.3:
                    rotate(rng, log)
                with contextlib.suppress(NEVER):
                    process.wait(rng.uniform(0, 0.06))
                assert process.poll() is None, ended(process)
            if rng.random() < 0.3:
                server.kill()
                server.start()
            process.send_signal(rng.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
            process.wait(60)
        log.write(random_events(rng, rng.randrange(0, 50), 1_700_000_000_000 + number * 7_200_000, hours=1))
        if rng.random() < 0.3:
            rotate(rng, log)
    with follow() as process:
        arrived(server, log)
        stop(process)
    expect_totals(server, oracle(log.lines))


def rotate(rng, log):
    log.rotate()
    if rng.random() < 0.3 and log.older(2) is not None and log.older(2).suffix not in (".gz", ".zst"):
        log.compress(2, rng.choice(["gz", "zst"]))
