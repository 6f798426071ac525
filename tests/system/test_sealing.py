"""Hours that leave memory: the numbers stay, late users still count, and memory is bounded."""

import time

import pytest

HOUR = 3_600_000
THEN = 1_600_000_000_000 // HOUR * HOUR


def source(server, timestamp):
    return server.get(f"/analytics?timestamp={timestamp}").header("Hourglass-Source")


def wait_until(condition, what):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)


def lines(events):
    return "\n".join(f'{{"timestamp":{time_},"user":"{user}","event":"{kind}"}}' for time_, user, kind in events).encode()


def metric(server, name):
    for line in server.get("/metrics").text.splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    raise AssertionError(f"no metric {name}")


def test_an_hour_that_ended_and_rests_is_sealed_and_stays_exact(start_server):
    server = start_server(flags=["--data-seal-after", "2s"])
    now = int(time.time() * 1000)
    server.post(now, "ann")
    assert server.batch(lines([(THEN, f"user{i % 700}", "click") for i in range(1000)])).status == 200
    assert source(server, THEN) == "hot"
    wait_until(lambda: source(server, THEN) == "cold", "the old hour is sealed")
    assert source(server, now) == "hot", "the current hour stays in memory"
    assert server.totals(THEN) == (700, 1000, 0)
    for user, users in (("user3", 700), ("late", 701), ("late", 701)):
        assert server.post(THEN, user, "impression").status == 204
        assert server.totals(THEN)[0] == users
    assert source(server, THEN) == "cold"
    server.kill()
    server.start()
    assert server.totals(THEN) == (701, 1000, 3)
    wait_until(lambda: source(server, THEN) == "cold", "the old hour is sealed again")
    assert server.totals(THEN) == (701, 1000, 3)
    assert source(server, THEN + 500 * HOUR) == "hot", "an hour without events is not sealed"


def test_a_frozen_hour_keeps_its_totals_and_takes_nothing(start_server):
    server = start_server(flags=["--retention-users", "2h"])
    now = int(time.time() * 1000)
    wait_until(lambda: server.post(now - 4 * HOUR, "ann").status == 400, "hours are frozen")
    answer = server.post(now - 4 * HOUR, "ann")
    assert (answer.status, b'"hour_frozen"' in answer.body) == (400, True)
    report = server.batch(lines([(now - 4 * HOUR, "ann", "click"), (now, "bob", "click")]))
    assert report.status == 200
    assert b'"accepted":1' in report.body and b'"code":"hour_frozen"' in report.body
    assert server.totals(now) == (1, 1, 0)
    assert server.totals(now - 4 * HOUR)[1] <= 1  # what came before the server knew the time


@pytest.mark.heavy
def test_memory_is_bounded_however_many_hours_and_users_there_are(start_server):
    server = start_server(flags=["--data-memory", "8MiB", "--data-replay-limit", "8MiB"])
    hours, users = 60_000, 300_000
    for first in range(0, hours, 20_000):
        batch = lines([(hour * HOUR, f"u{hour}", "click") for hour in range(first, first + 20_000)])
        assert server.batch(batch).status == 200
    for first in range(0, users, 50_000):
        batch = lines([(THEN, f"user{i}", "impression") for i in range(first, first + 50_000)])
        assert server.batch(batch).status == 200
    assert metric(server, "hourglass_memory_hours_bytes") <= 8 * 2**20 + 2 * 2**20
    for hour in (0, 1, 777, hours - 1):
        assert server.totals(hour * HOUR) == (1, 1, 0)
    assert server.totals(THEN) == (users, 0, users)
    server.post(5 * HOUR, "u5")
    server.post(5 * HOUR, "other")
    assert server.totals(5 * HOUR) == (2, 3, 0)
    server.kill()
    server.start()
    assert server.totals(THEN) == (users, 0, users)
    assert server.totals(5 * HOUR) == (2, 3, 0)
    assert metric(server, "hourglass_memory_hours_bytes") <= 8 * 2**20 + 2 * 2**20
