"""kill -9 of `hourglass send`, of the server, and of both, at random moments; sent again, the totals are the oracle's."""

import contextlib
import gzip
import subprocess
import threading
import time

import pytest

from hourglass_process import Server
from sending import ended, expect_totals, joined, oracle, random_events, seeded, send, sending, url_of, wait_until

LINES = 40_000
BEGIN = 1_700_000_000_000
ONE_BY_ONE = ("--connections", 1)  # so that there is a middle to be killed in
ROUNDS = pytest.mark.parametrize("rounds", [6, pytest.param(100, marks=pytest.mark.long)])


@pytest.fixture(name="rng")
def fixture_rng():
    return seeded()


@pytest.fixture(name="server")
def fixture_server(binary, tmp_path):
    """A server that comes back at the same port."""
    server = Server(binary, tmp_path).start()
    server.flags = ("--http-port", server.port)
    yield server
    server.kill()


@pytest.fixture(name="files")
def fixture_files(rng, tmp_path):
    """Two files with lines of their own and equal ones within each, and what they add up to."""
    first, second = random_events(rng, LINES, BEGIN), random_events(rng, LINES // 2, BEGIN + 10 * 3_600_000)
    (tmp_path / "first").write_bytes(joined(first))
    (tmp_path / "second.gz").write_bytes(gzip.compress(joined(second), 1))
    return {"names": ["first", "second.gz"], "lines": first + second, "folder": tmp_path}


def send_all(binary, server, files):
    """To the end, as somebody would do who goes on after a failure."""
    sent = send(binary, url_of(server), *files["names"], cwd=files["folder"])
    assert (sent.code, sent.accepted) == (0, len(files["lines"])), sent
    expect_totals(server, oracle(files["lines"]))


def never_more_than(server, expected):
    """On the way there no number is beyond that of the end."""
    for hour, most in expected.items():
        assert all(now <= end for now, end in zip(server.totals(hour), most))


@ROUNDS
def test_kill_nine_of_send(binary, server, rng, files, rounds):
    expected, killed = oracle(files["lines"]), 0
    for _ in range(rounds):
        with sending(binary, url_of(server), *ONE_BY_ONE, *files["names"], cwd=files["folder"]) as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(rng.uniform(0.005, 0.08))
            killed += process.poll() is None
            process.kill()
        never_more_than(server, expected)
    assert killed
    send_all(binary, server, files)
    send_all(binary, server, files)


class Restarter:
    """Kills the server so often, or until its block ends, and leaves it running."""

    def __init__(self, server, rng, limit):
        self.server, self.rng, self.limit, self.kills = server, rng, limit, 0
        self.stopping, self.fault = threading.Event(), None
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            while self.kills < self.limit and not self.stopping.wait(self.rng.uniform(0.0, 0.05)):
                self.server.kill()
                self.kills += 1
                time.sleep(self.rng.uniform(0.0, 0.05))
                self.server.start(wait=self.rng.choice(["listening", "ready"]))
        except AssertionError as fault:
            self.fault = fault

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()
        assert self.fault is None, self.fault


@ROUNDS
def test_kill_nine_of_the_server_while_it_is_sent_to(binary, server, rng, files, rounds):
    kills = 0
    for number in range(max(1, rounds // 10)):
        # Every round is a source of its own: the same lines once more.
        arguments = [*ONE_BY_ONE, "--source", f"round {number}", "--retry-for", "forever", *files["names"]]
        with Restarter(server, rng, limit=8) as restarter:
            with sending(binary, url_of(server), *arguments, cwd=files["folder"]) as process:
                sent = ended(process, 120)
        kills += restarter.kills
        assert (sent.code, sent.accepted) == (0, len(files["lines"])), sent
        once = oracle(files["lines"])
        times = number + 1
        wait_until(lambda: server.get("/readyz").status == 200, "the server")
        expect_totals(server, {hour: (users, clicks * times, shown * times) for hour, (users, clicks, shown) in once.items()})
    assert kills


@ROUNDS
def test_kill_nine_of_both(binary, server, rng, files, rounds):
    expected = oracle(files["lines"])
    for _ in range(rounds):
        with sending(binary, url_of(server), *ONE_BY_ONE, *files["names"], cwd=files["folder"]) as process:
            time.sleep(rng.uniform(0.005, 0.1))
            for victim in rng.sample([process, server], 2):
                victim.kill()
                time.sleep(rng.choice([0, 0, rng.uniform(0, 0.02)]))
        server.start()
        never_more_than(server, expected)
    send_all(binary, server, files)
    send_all(binary, server, files)
