"""1 000 000 unique users in one hour are exact, also after a restart and after a kill."""

import gzip
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

HOUR = 1_700_000_000_000
USERS = 1_000_000
LINES_PER_BATCH = 100_000


def batch(first, kind):
    lines = (f'{{"timestamp":{HOUR},"user":"user-{n}","event":"{kind}"}}\n' for n in range(first, first + LINES_PER_BATCH))
    return gzip.compress("".join(lines).encode(), compresslevel=1)


def post(server, first, kind):
    answer = server.batch(batch(first, kind), headers=[("Content-Encoding", "gzip")])
    assert answer.status == 200 and f'"accepted":{LINES_PER_BATCH},'.encode() in answer.body, answer


@pytest.mark.heavy
def test_a_million_users_are_exact(start_server):
    server = start_server()
    begin = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(post, server, first, "click") for first in range(0, USERS, LINES_PER_BATCH)]:
            done.result()
    print(f"{USERS} events in {time.monotonic() - begin:.1f} s")
    assert server.totals(HOUR) == (USERS, USERS, 0)

    server.stop()
    begin = time.monotonic()
    server.start()
    print(f"ready again after {time.monotonic() - begin:.1f} s")
    assert server.totals(HOUR) == (USERS, USERS, 0)

    post(server, 0, "impression")  # all known
    post(server, USERS - LINES_PER_BATCH // 2, "impression")  # half known
    expected = (USERS + LINES_PER_BATCH // 2, USERS, 2 * LINES_PER_BATCH)
    assert server.totals(HOUR) == expected
    server.kill()
    server.start()
    assert server.totals(HOUR) == expected
