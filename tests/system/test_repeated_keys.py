"""A key counts once, however many connections send it at once, and across restarts of every kind."""

import threading
import time

HOUR = 1_700_000_000_000


def post_from_many_connections(server, users, connections=8, rounds=20):
    """Each connection posts the same keys for each user, all at the same time."""
    barrier = threading.Barrier(connections)
    faults = []

    def client():
        try:
            with server.connect() as connection:
                barrier.wait()
                for number in range(rounds):
                    for user in users:
                        target = f"/analytics?timestamp={HOUR}&user={user}&click&id=key{number}"
                        assert connection.ask("POST", target).status == 204
        except Exception as fault:  # whatever it is, the test is to say so
            faults.append(fault)

    threads = [threading.Thread(target=client) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults, faults


def test_identical_keys_at_once_count_once(start_server):
    server = start_server()
    for restart in [server.stop, server.kill, lambda: None]:
        post_from_many_connections(server, ["ann", "bob"])
        assert server.totals(HOUR) == (2, 40, 0)
        restart()
        if not server.alive:
            server.start()
    assert server.totals(HOUR) == (2, 40, 0)


def test_a_key_is_forgotten_after_its_window_and_refreshed_by_each_occurrence(start_server):
    server = start_server(flags=["--idempotency-window", "2s"])

    def post():
        assert server.post(HOUR, "ann", more="&id=k").status == 204
        return server.totals(HOUR)[1]

    assert post() == 1
    for _ in range(3):
        time.sleep(1.2)
        assert post() == 1
    time.sleep(2.5)
    assert post() == 2
