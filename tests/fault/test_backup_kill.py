"""kill -9 of `hourglass backup` at any moment: there is a whole backup or none, and the next one succeeds."""

import json
import os
import random
import re
import shutil
import subprocess
import time

import pytest

from hourglass_process import Server, environment, run_program

NOW = 1_700_000_000_000
HOUR_MS = 3_600_000
EVENTS = 60_000


@pytest.fixture
def filled(binary, tmp_path):
    """A server with some megabytes of events, that runs."""
    server = Server(binary, tmp_path).start()
    events = [{"timestamp": NOW - i % 30 * HOUR_MS, "user": f"user{i % 9000}", "event": "click"} for i in range(EVENTS)]
    assert server.batch("\n".join(map(json.dumps, events)).encode()).status == 200
    yield server
    if server.alive:
        server.stop()


def events_in(server, directory):
    result = run_program(server.binary, "verify", directory)
    assert result.returncode == 0, result.stdout + result.stderr
    return int(re.search(r"(\d+) events", result.stdout)[1])


def begin(server, target):
    return subprocess.Popen(
        [str(server.binary), "backup", str(target), "--data-dir", str(server.data_dir)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment({}),
    )  # fmt: skip


@pytest.mark.parametrize("rounds", [25, pytest.param(300, marks=pytest.mark.long)])
def test_a_killed_backup_leaves_a_whole_one(filled, tmp_path, rounds):
    seed = int(os.environ.get("HOURGLASS_TEST_SEED", random.SystemRandom().randrange(2**32)))
    print(f"HOURGLASS_TEST_SEED={seed}")
    rng, target = random.Random(seed), tmp_path / "backup"
    began = time.monotonic()
    assert begin(filled, target).wait(60) == 0
    usual = time.monotonic() - began
    inside, total, killed = EVENTS, EVENTS, 0
    for _ in range(rounds):
        if rng.random() < 0.3:
            shutil.rmtree(target, ignore_errors=True)
            inside = 0
        for _ in range(rng.randrange(3)):
            assert filled.post(NOW, "more").status == 204
            total += 1
        backup = begin(filled, target)
        time.sleep(rng.uniform(0, 1.2 * usual))
        backup.kill()
        killed += backup.wait() == -9
        backup.communicate()
        if target.exists():
            found = events_in(filled, target)
            assert found in (inside, total), "neither the old backup nor the new one"
            inside = found
        else:
            assert inside == 0, "the backup is gone"
    assert killed > rounds / 4
    assert begin(filled, target).wait(60) == 0
    assert events_in(filled, target) == total
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["backup", "data"]
