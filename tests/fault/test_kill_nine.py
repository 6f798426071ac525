"""kill -9 under load; see kill_nine.py."""

import os
import random

import pytest

from hourglass_process import Server
from kill_nine import SMALL, Campaign


@pytest.mark.parametrize("flags", [(), SMALL], ids=["usual", "small"])
@pytest.mark.parametrize("rounds", [8, pytest.param(100, marks=pytest.mark.long)])
def test_kill_nine_loses_nothing_and_counts_nothing_twice(binary, tmp_path, rounds, flags):
    seed = int(os.environ.get("HOURGLASS_TEST_SEED", random.SystemRandom().randrange(2**32)))
    print(f"HOURGLASS_TEST_SEED={seed}")
    server = Server(binary, tmp_path, flags=flags)
    try:
        figures = Campaign(server, seed).run(rounds)
    finally:
        if server.alive:
            server.kill()
    print(figures)
    assert figures["acknowledged"] > 100
