"""`hourglass send` when the server cannot take it, is not there, is something else, or when nobody knows what became of it."""

import os
import re
import signal
import subprocess
import threading

import pytest

from hourglass_process import Server
from relay import Relay
from scripted_server import Answer, ScriptedServer, accept, problem
from sending import (
    ended, event, expect_totals, joined, oracle, random_events, seeded, send, sending, url_of, wait_until
)  # fmt: skip

UNKNOWN = [problem(504, "outcome_unknown"), None, Answer(502, b"<h1>Bad Gateway</h1>"), Answer(500), Answer(504, b"timeout")]
REFUSED = [problem(503, code, {"Retry-After": "0"}) for code in ("overloaded", "storage_full", "store_unavailable", "hour_damaged",
                                                                 "deadline_exceeded", "shutting_down")]  # fmt: skip
LATER = REFUSED + [problem(429, "too_many"), problem(408, "request_timeout"), Answer(503, b"<h1>maintenance</h1>")]


@pytest.fixture(name="lines")
def fixture_lines(tmp_path, hour):
    lines = [event(hour, f"u{number}") for number in range(3000)]
    (tmp_path / "lines").write_bytes(joined(lines))
    return lines


@pytest.mark.parametrize("answer", UNKNOWN + LATER, ids=lambda answer: str(answer and (answer.status, answer.body[-30:])))
def test_what_was_not_taken_for_sure_is_sent_again_unchanged(binary, tmp_path, lines, answer):
    with ScriptedServer(lambda request, number: answer if number < 3 else accept(request)) as server:
        sent = send(binary, server.url, "lines", cwd=tmp_path)
        assert (sent.code, sent.accepted) == (0, len(lines))
        assert all("again" in row for row in sent.stderr.splitlines()), sent.stderr
        bodies = [batch.body for batch in server.batches]
        assert len(bodies) == server.count > len(set(bodies))
        assert sorted({one["user"] for one in server.events()}) == sorted({f"u{number}" for number in range(3000)})
        assert len(set(server.ids())) == len(lines)


@pytest.mark.parametrize("status, code", [(400, "malformed_request"), (401, "unauthorized"), (403, "forbidden"), (404, "not_found"),
                                          (405, "method_not_allowed"), (415, "unsupported_encoding")])  # fmt: skip
def test_what_would_be_refused_again_ends_it_at_once_and_says_why(binary, tmp_path, lines, status, code):
    with ScriptedServer(lambda *_: problem(status, code)) as server:
        sent = send(binary, server.url, "--connections", 1, "lines", cwd=tmp_path)
        assert (sent.code, sent.accepted, sent.not_sent) == (1, 0, sent.lines)
        assert len({batch.body for batch in server.batches}) == server.count, "a batch was sent again"
        assert code in sent.stderr and server.url in sent.stderr and "everything up to" not in sent.stderr


@pytest.mark.parametrize("answer", [Answer(200, b"<html>It works!</html>"), Answer(404, b"<html>no</html>"), Answer(204),
                                    Answer(301, b"", {"Location": "/elsewhere"}), Answer(501, b"Unsupported method ('POST')")],
                         ids=lambda answer: str(answer.status))  # fmt: skip
def test_something_that_is_not_hourglass_is_told_with_its_address(binary, tmp_path, lines, answer):
    with ScriptedServer(lambda *_: answer) as server:
        sent = send(binary, server.url, "--retry-for", "0s", "lines", cwd=tmp_path)
        assert (sent.code, sent.accepted) == (1, 0)
        assert server.url in sent.stderr, sent.stderr


def test_a_server_that_is_not_there_is_named_and_is_1(binary, tmp_path, lines):
    sent = send(binary, "http://127.0.0.1:1", "--retry-for", "0s", "lines", cwd=tmp_path)
    assert (sent.code, sent.accepted, sent.not_sent) == (1, 0, sent.lines)
    assert "http://127.0.0.1:1" in sent.stderr and "everything up to" not in sent.stderr
    sent = send(binary, "http://no-such-host.invalid", "--retry-for", "0s", "lines", cwd=tmp_path)
    assert sent.code == 1 and "no-such-host.invalid" in sent.stderr


@pytest.mark.parametrize("answer", UNKNOWN, ids=lambda answer: str(answer and (answer.status, answer.body[-30:])))
def test_what_may_have_been_taken_is_not_called_not_taken(binary, tmp_path, lines, answer):
    with ScriptedServer(lambda *_: answer) as server:
        sent = send(binary, server.url, "--retry-for", "0s", "lines", cwd=tmp_path)
    assert (sent.code, sent.accepted) == (1, 0)
    assert "nothing has been taken" not in sent.stderr, sent.stderr
    assert "again" in sent.stderr


def test_retry_for_ends_within_a_pause_that_the_server_asks_for(binary, tmp_path, lines):
    """The pause is ten minutes; the test only has to end."""
    with ScriptedServer(lambda *_: problem(503, "overloaded", {"Retry-After": "600"})) as server:
        sent = send(binary, server.url, "--retry-for", "300ms", "lines", cwd=tmp_path, time_limit=20)
    assert (sent.code, sent.accepted) == (1, 0) and "overloaded" in sent.stderr


@pytest.mark.parametrize("value", ["soon", "-5", "1e9", "99999999999999999999999", "Fri, 31 Dec 1999 23:59:59 GMT"])
def test_a_senseless_retry_after_does_no_harm(binary, tmp_path, lines, value):
    answer = problem(503, "overloaded", {"Retry-After": value})
    with ScriptedServer(lambda request, number: answer if number == 0 else accept(request)) as server:
        sent = send(binary, server.url, "lines", cwd=tmp_path, time_limit=20)
    assert (sent.code, sent.accepted) == (0, len(lines))


def test_it_waits_for_a_server_that_starts_later(binary, start_server, tmp_path, lines):
    server = start_server()
    server.stop()
    server.flags = ("--http-port", server.port)
    with sending(binary, url_of(server), "lines", cwd=tmp_path) as process:
        assert process.poll() is None
        server.start(wait="listening")
        sent = ended(process)
    assert (sent.code, sent.accepted) == (0, len(lines))
    expect_totals(server, oracle(lines))


def test_lines_that_are_larger_than_the_server_s_bodies_are_refused_and_the_others_arrive(binary, start_server, hour):
    server = start_server(["--http-max-body-size", "1KiB"])
    lines = [event(hour, f"u{number}") for number in range(2000)]
    for number in (0, 700, 1999):
        lines[number] = event(hour, f"u{number}" + "\x01" * 250)
    sent = send(binary, url_of(server), "--rejects", "/dev/null", "-", data=joined(lines))
    assert (sent.code, sent.accepted, sent.codes) == (1, 1997, {"body_too_large": 3})
    assert server.totals(hour) == (1997, 1997, 0)


def test_a_server_without_room_for_so_many_batches_gets_them_all(binary, start_server, tmp_path):
    lines = random_events(seeded(), 60_000, 1_700_000_000_000)
    (tmp_path / "lines").write_bytes(joined(lines))
    server = start_server(["--http-max-batch-memory", "1MiB", "--http-max-body-size", "200KiB"])
    sent = send(binary, url_of(server), "--connections", 64, tmp_path / "lines")
    assert (sent.code, sent.accepted) == (0, len(lines)), sent
    expect_totals(server, oracle(lines))


def refusals(server, code):
    return int(re.search(r'^hourglass_refusals_total\{code="%s"\} (\d+)$' % code, server.get("/metrics").text, re.MULTILINE)[1])


def test_a_full_disk_is_waited_for(binary, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512M,mode=0700", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a tmpfs needs root")
    server = Server(binary, tmp_path, ("--data-dir", disk / "data"))
    try:
        server.start()
        ballast = disk / "ballast"
        with open(ballast, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize)
        # What the log had taken of the disk before may still be used.
        filling = joined(event(0, f"u{number}") for number in range(5000))
        wait_until(lambda: server.batch(filling).status == 503, "storage_full")
        lines = random_events(seeded(), 5000, 1_700_000_000_000)
        (tmp_path / "lines").write_bytes(joined(lines))
        with sending(binary, url_of(server), tmp_path / "lines") as process:
            before = refusals(server, "storage_full")
            wait_until(lambda: refusals(server, "storage_full") > before + 2, "tries of the sender")
            assert process.poll() is None
            ballast.unlink()
            sent = ended(process)
        assert (sent.code, sent.accepted) == (0, len(lines)), sent
        expect_totals(server, oracle(lines))
    finally:
        server.kill()
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_proxy_that_loses_answers_changes_no_number(binary, start_server, tmp_path):
    rng, server = seeded(), start_server()
    lines = random_events(rng, 30_000, 1_700_000_000_000)
    (tmp_path / "lines").write_bytes(joined(lines))
    with Relay(server.port, rng, {"drop": 0.2, "502": 0.2, "cut": 0.05}) as relay:
        sent = send(binary, relay.url, tmp_path / "lines")
    assert (sent.code, sent.accepted) == (0, len(lines)), sent
    assert all(relay.happened.values()), relay.happened
    expect_totals(server, oracle(lines))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_waiting_for_a_server(binary, tmp_path, lines, number):
    tried = threading.Event()
    with ScriptedServer(lambda *_: tried.set() or problem(503, "overloaded", {"Retry-After": "600"})) as server:
        with sending(binary, server.url, "--retry-for", "forever", "lines", cwd=tmp_path) as process:
            assert tried.wait(30)
            process.send_signal(number)
            sent = ended(process)
    assert (sent.code, sent.accepted) == (1, 0) and "stopped" in sent.stderr and "everything up to" not in sent.stderr
