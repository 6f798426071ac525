""" "On a full disk both kinds of POST get 503, reads go on, and writing resumes within 15 s of space being freed"."""

import itertools
import os
import subprocess
import time

import pytest

from expectations import expect_no_content, expect_problem, expect_report, line
from hourglass_process import TIME_LIMIT, Server

SIZE = 512 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own; needs the right to mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a tmpfs needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder):
    """A file that takes all that is left."""
    path, piece = folder / "ballast", b"\0" * 65536
    with open(path, "wb", buffering=0) as file:
        while True:
            try:
                if file.write(piece) == 0:
                    return path
            except OSError:
                return path


class Poster:
    """Posts ever new users and keeps count of what was acknowledged and of what may or may not have been."""

    def __init__(self, server, hour):
        self.server, self.hour, self.names = server, hour, itertools.count()
        self.acknowledged = self.unknown = 0

    def single(self):
        answer = self.server.post(self.hour, f"u{next(self.names)}")
        self.acknowledged += answer.status == 204
        self.unknown += answer.status == 504
        return answer

    def batch(self, size=2000):
        answer = self.server.batch(b"\n".join(line(self.hour, f"u{next(self.names)}") for _ in range(size)))
        if answer.status == 200:
            assert expect_report(answer)["accepted"] == size
        self.acknowledged += size * (answer.status == 200)
        self.unknown += size * (answer.status == 504)
        return answer

    def check(self):
        unique, clicks, impressions = self.server.totals(self.hour)
        assert unique == clicks and impressions == 0
        assert self.acknowledged <= clicks <= self.acknowledged + self.unknown


def until(condition, within, what):
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        time.sleep(0.05)


def test_on_a_full_disk_posts_are_503_reads_go_on_and_writing_resumes(
    binary, small_disk, tmp_path, hour, request
):
    server = Server(binary, tmp_path, ("--data-dir", str(small_disk / "data"))).start()
    request.addfinalizer(lambda: server.alive and server.kill())
    poster = Poster(server, hour)
    expect_no_content(poster.single())
    assert poster.batch().status == 200

    ballast = fill(small_disk)
    # What was preallocated before may still be used; a commit that was under way may end as 504.
    until(lambda: poster.batch().status == 503, TIME_LIMIT, "the full disk is noticed")
    for _ in range(5):
        expect_problem(poster.single(), 503, "storage_full")
        expect_problem(poster.batch(), 503, "storage_full")
        poster.check()
    assert server.get("/healthz").status == 200
    assert server.get("/metrics").status == 200

    os.truncate(ballast, 0)
    freed = time.monotonic()
    until(lambda: poster.single().status == 204, 15.0, "writing resumes")
    assert time.monotonic() - freed < 15.0
    assert poster.batch().status == 200
    poster.check()
    server.stop()
    server.start()
    poster.check()
    expect_no_content(poster.single())
    server.stop()
