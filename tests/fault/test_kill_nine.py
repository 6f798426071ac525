"""kill -9 under load; see kill_nine.py."""

import os
import random

from hourglass_process import Server
from kill_nine import Campaign

ROUNDS = 50 if os.environ.get("HOURGLASS_LONG") else 8


def test_kill_nine_loses_nothing_and_counts_nothing_twice(binary, tmp_path):
    seed = int(os.environ.get("HOURGLASS_TEST_SEED", random.SystemRandom().randrange(2**32)))
    print(f"HOURGLASS_TEST_SEED={seed}")
    server = Server(binary, tmp_path)
    try:
        figures = Campaign(server, seed).run(ROUNDS)
    finally:
        if server.alive:
            server.kill()
    print(figures)
    assert figures["acknowledged"] > 100
