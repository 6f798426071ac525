"""`hourglass send`: progress, Ctrl-C and where it stood, memory."""

import contextlib
import gzip
import os
import pty
import re
import signal
import subprocess
import threading

import pytest

from hourglass_process import is_instrumented
from scripted_server import ScriptedServer, accept, problem, report
from sending import ended, event, expect_totals, joined, oracle, random_events, seeded, send, sending, url_of, wait_until

STOOD = re.compile(r"everything up to line (\d+) of (\S+) has been taken")
MEBIBYTE = 1024 * 1024


@pytest.fixture(name="lines")
def fixture_lines(tmp_path, hour):
    lines = [event(hour, f"u{number}") for number in range(1, 20_001)]
    (tmp_path / "lines").write_bytes(joined(lines))
    return lines


# Progress


def shown_on_a_terminal(binary, url, *arguments, **how):
    """(what a terminal on standard error was sent, the run's summary)"""
    ours, theirs = pty.openpty()
    shown = bytearray()
    with sending(binary, url, *arguments, stderr=theirs, **how) as process:
        os.close(theirs)
        with contextlib.suppress(OSError):  # how a terminal says that nobody has it open any more
            while piece := os.read(ours, 65536):
                shown += piece
        sent = ended(process)
    os.close(ours)
    return shown.decode(), sent


def test_a_terminal_shows_lines_share_rate_and_remaining_time_in_one_line(binary, tmp_path, lines):
    gate = threading.Event()
    threading.Timer(1.2, gate.set).start()
    with ScriptedServer(lambda request, number: accept(request) if number < 8 else gate.wait(30) and accept(request)) as server:
        shown, sent = shown_on_a_terminal(binary, server.url, "--connections", 1, "lines", cwd=tmp_path)
    assert (sent.code, sent.accepted) == (0, len(lines))
    states = [state for state in re.split(r"\r(?:\x1b\[K)?", shown) if state]
    assert states and "\n" not in shown
    for state in states:
        assert re.match(r"lines: \d+ lines, \d+% of [\d.]+ MB, \d+ lines/s", state), state
    assert any(re.search(r"\d+:\d\d left", state) for state in states), states


def test_a_terminal_shows_no_share_of_what_has_no_end(binary, lines):
    gate = threading.Event()
    threading.Timer(1.2, gate.set).start()
    with ScriptedServer(lambda request, number: gate.wait(30) and accept(request)) as server:
        read, write = os.pipe()
        threading.Thread(target=lambda: (os.write(write, joined(lines[:500])), gate.wait(30), os.close(write)), daemon=True).start()
        shown, sent = shown_on_a_terminal(binary, server.url, "-", stdin=read)
        os.close(read)
    assert (sent.code, sent.accepted) == (0, 500)
    assert re.search(r"-: 500 lines, ", shown) and "%" not in shown and "left" not in shown, shown


def test_quick_runs_write_nothing_to_a_pipe(binary, server, tmp_path, lines):
    sent = send(binary, url_of(server), "lines", cwd=tmp_path)
    assert (sent.code, sent.stderr) == (0, "")


@pytest.mark.long
def test_a_pipe_gets_plain_lines_now_and_then(binary, tmp_path, lines):
    gate = threading.Event()
    threading.Timer(25, gate.set).start()
    with ScriptedServer(lambda request, number: accept(request) if number < 8 else gate.wait(60) and accept(request)) as server:
        sent = send(binary, server.url, "--connections", 1, "lines", cwd=tmp_path)
    rows = sent.stderr.splitlines()
    assert sent.code == 0 and 1 <= len(rows) <= 4 and "\x1b" not in sent.stderr and "\r" not in sent.stderr
    assert all(re.fullmatch(r"lines: \d+ lines, \d+% of [\d.]+ MB, \d+ lines/s, .*left", row) for row in rows), rows


def test_no_more_batches_are_under_way_than_connections_were_asked_for(binary, tmp_path, lines):
    most, lock, now = [0], threading.Lock(), [0]

    def answer(request, _):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait(5)
        with lock:
            now[0] -= 1
        return accept(request)

    for connections in (1, 5):
        together, most[0] = threading.Barrier(connections), 0
        with ScriptedServer(answer) as server:
            sent = send(binary, server.url, "--connections", connections, "lines", cwd=tmp_path)
        assert (sent.code, sent.accepted, most[0]) == (0, len(lines), connections)


# Where it stood


class Partly:
    """Takes a random part of the batches, the first but not the thirteenth among them, and refuses the others."""

    def __init__(self, rng, share):
        self.rng, self.share, self.taken, self.late = rng, share, set(), threading.Event()
        self.lock = threading.Lock()

    def __call__(self, request, number):
        with self.lock:
            takes = number == 0 or (number != 12 and self.rng.random() < self.share)
        if not takes:
            self.late.set()
            return problem(503, "overloaded", {"Retry-After": "600"})
        with self.lock:
            self.taken |= {int(one["user"][1:]) for one in request.events}
        return accept(request)


@pytest.mark.parametrize("connections", [1, 4, 16])
@pytest.mark.parametrize("share", [0.3, 0.8])
def test_ctrl_c_says_exactly_up_to_where_everything_was_taken(binary, tmp_path, lines, connections, share):
    server_side = Partly(seeded(), share)
    with ScriptedServer(server_side) as server:
        with sending(binary, server.url, "--connections", connections, "lines", cwd=tmp_path) as process:
            assert server_side.late.wait(30)
            process.send_signal(signal.SIGINT)
            sent = ended(process)
    stood = STOOD.search(sent.stderr)
    first_missing = next(number for number in range(1, len(lines) + 2) if number not in server_side.taken)
    assert (sent.code, sent.accepted) == (1, len(server_side.taken))
    if first_missing == 1:
        assert not stood and "nothing has been taken" not in sent.stderr, sent.stderr
    else:
        assert stood and (int(stood[1]), stood[2]) == (first_missing - 1, "lines"), (sent.stderr, first_missing)


def test_ctrl_c_waits_for_what_is_under_way(binary, tmp_path, lines):
    under_way, gate = threading.Event(), threading.Event()

    def answer(request, number):
        if number == 3:
            under_way.set()
            gate.wait(30)
        return accept(request)

    with ScriptedServer(answer) as server, sending(binary, server.url, "--connections", 1, "lines", cwd=tmp_path) as process:
        assert under_way.wait(30)
        process.send_signal(signal.SIGINT)
        threading.Timer(0.3, gate.set).start()
        sent = ended(process)
        taken = len(server.events())
    assert (sent.code, sent.accepted, int(STOOD.search(sent.stderr)[1])) == (1, taken, taken)


def test_a_second_ctrl_c_ends_at_once(binary, tmp_path, lines):
    under_way, gate = threading.Event(), threading.Event()
    with ScriptedServer(lambda request, _: under_way.set() or (gate.wait(60) and accept(request))) as server:
        with sending(binary, server.url, "lines", cwd=tmp_path) as process:
            assert under_way.wait(30)
            for _ in range(100):
                process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.1)
                    break
            assert process.poll() not in (None, 0), "it waits for an answer that does not come"
        gate.set()


def test_where_it_stood_names_the_file_among_several(binary, tmp_path, lines):
    (tmp_path / "first").write_bytes(joined(lines[:2500]))
    (tmp_path / "second").write_bytes(joined(lines[2500:]))
    late, failing = threading.Event(), []

    def answer(request, _):
        numbers = [int(one["user"][1:]) for one in request.events]
        if 5000 in numbers:
            failing[:] = numbers
            late.set()
            return problem(503, "overloaded", {"Retry-After": "600"})
        return accept(request)

    with ScriptedServer(answer) as server:
        with sending(binary, server.url, "--connections", 1, "first", "second", cwd=tmp_path) as process:
            assert late.wait(30)
            process.send_signal(signal.SIGINT)
            sent = ended(process)
    stood = STOOD.search(sent.stderr)
    assert (stood[2], int(stood[1])) == ("second", min(failing) - 1 - 2500)


def test_what_was_stopped_is_sent_again_and_nothing_counts_twice(binary, start_server, tmp_path):
    rng, server = seeded(), start_server()
    lines = random_events(rng, 30_000, 1_700_000_000_000)
    (tmp_path / "lines").write_bytes(gzip.compress(joined(lines), 1))
    for _ in range(4):
        with sending(binary, url_of(server), "--connections", 2, "lines", cwd=tmp_path) as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(rng.uniform(0.01, 0.12))
            process.send_signal(signal.SIGINT)
            # Before it listens to signals it ends like any program, without a summary.
            stdout, _ = process.communicate(timeout=30)
            assert process.returncode in (0, 1, -signal.SIGINT) and (stdout or process.returncode < 0)
    assert send(binary, url_of(server), "lines", cwd=tmp_path).accepted == len(lines)
    expect_totals(server, oracle(lines))


# Memory


def allowance(binary, mebibytes):
    return mebibytes * 16 if is_instrumented(binary) else mebibytes


def peak_memory(process):
    """The most memory that the process ever had, in MiB, read until it ends."""
    peak = 0
    while process.poll() is None:
        with contextlib.suppress(OSError, TypeError):
            with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                peak = max(peak, int(re.search(r"VmHWM:\s*(\d+) kB", status.read())[1]))
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    return peak / 1024


def large_file(path, size):
    """Different lines, so many bytes in all; gives their number."""
    written, count, more = 0, 0, b"x" * 340
    with open(path, "wb") as file:
        while written < size:
            block = b"".join(
                b'{"timestamp":1700000000000,"user":"user%d","event":"click","page":%d,"more":"%s"}\n' % (n % 5000, n, more)
                for n in range(count, count + 10_000)
            )
            written += file.write(block)
            count += 10_000
    return count


def count_quickly(request, _):
    return report(request.body.count(b"\n"))


@pytest.mark.heavy
def test_200_mb_are_sent_in_bounded_memory(binary, tmp_path):
    count = large_file(tmp_path / "large", 200 * 1000 * 1000)
    with ScriptedServer(count_quickly, keep=False) as server:
        with sending(binary, server.url, tmp_path / "large") as process:
            peak = peak_memory(process)
            sent = ended(process)
    print(f"peak: {peak:.0f} MiB for {count} lines")
    assert (sent.code, sent.accepted) == (0, count)
    assert 0 < peak < allowance(binary, 150)


def test_a_small_file_that_unpacks_to_an_endless_line_is_harmless(binary, tmp_path):
    with open(tmp_path / "bomb.gz", "wb") as file:
        packed = gzip.compress(b"x" * (16 * MEBIBYTE))
        for _ in range(24):
            file.write(packed)
    with sending(binary, "http://127.0.0.1:1", tmp_path / "bomb.gz") as process:
        peak = peak_memory(process)
        sent = ended(process)
    assert (sent.code, sent.codes) == (1, {"line_too_long": 1})
    assert 0 < peak < allowance(binary, 64)
