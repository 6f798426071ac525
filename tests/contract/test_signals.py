"""SIGTERM, SIGINT and kill -9 as clients see them, and what is there after the next start."""

import os
import re
import signal
import socket
import threading
import time

import pytest

from expectations import event_request, expect_no_content, expect_problem, expect_report, line
from hourglass_process import SANITIZER_REPORT, TIME_LIMIT, NoAnswer, request, run_program

ENDINGS = [signal.SIGTERM, signal.SIGINT]


def half_received(server, hour, user="half"):
    """A connection with a request of which the last bytes are missing."""
    whole = event_request(hour, user, body=b"hello")
    connection = server.connect()
    connection.expect_open()
    connection.send(whole[:-3])
    time.sleep(0.2)  # no way to see from outside that the server has read it
    return connection, whole[-3:]


def wait_until_not_accepting(server):
    deadline = time.monotonic() + TIME_LIMIT
    while time.monotonic() < deadline:
        try:
            with server.connect(time_limit=1.0) as connection:
                connection.expect_open()
        except (NoAnswer, OSError, AssertionError):
            return
        time.sleep(0.02)
    raise AssertionError("still accepting connections after the signal")


@pytest.mark.parametrize("number", ENDINGS)
def test_sigterm_and_sigint_end_with_exit_code_0(start_server, hour, number):
    server = start_server()
    expect_no_content(server.post(hour, "ann"))
    server.signal(number)
    assert server.wait_exit() == 0
    server.start()
    assert server.totals(hour) == (1, 1, 0)


def test_idle_connections_do_not_delay_the_end(start_server):
    server = start_server(flags=["--http-drain-timeout", "60s"])
    with server.connect() as fresh, server.connect() as used:
        used.expect_open()
        server.signal()
        assert server.wait_exit(within=TIME_LIMIT) == 0
        assert fresh.read_to_end() == b""
        assert used.read_to_end() == b""


@pytest.mark.parametrize("number", ENDINGS)
def test_it_stops_accepting_and_a_half_received_request_may_complete(start_server, hour, number):
    server = start_server(flags=["--http-drain-timeout", "60s"])
    connection, rest = half_received(server, hour)
    with connection:
        server.signal(number)
        wait_until_not_accepting(server)
        assert server.alive, "it waits for the half-received request"
        connection.send(rest)
        expect_no_content(connection.read_answer())
        connection.expect_closed()
    assert server.wait_exit(within=TIME_LIMIT) == 0
    server.start()
    assert server.totals(hour) == (1, 1, 0)


def test_a_half_received_request_is_waited_for_no_longer_than_drain_timeout(start_server, hour):
    server = start_server(flags=["--http-drain-timeout", "1s"])
    connection, _ = half_received(server, hour)
    with connection:
        server.signal()
        assert server.wait_exit(within=TIME_LIMIT) == 0
    server.start()
    assert server.totals(hour) == (0, 0, 0)


def test_every_request_that_has_arrived_completely_is_answered(start_server, hour):
    server = start_server()
    data = b"".join(event_request(hour, f"u{number}") for number in range(2000))
    connections = [server.connect() for _ in range(4)]
    for connection in connections:
        connection.send(data)
    counted = 0
    # The first answer shows that the bytes, or all but a part of them, have arrived.
    first = [connection.read_answer() for connection in connections]
    server.signal()
    for connection, answer in zip(connections, first):
        statuses = [answer.status] + [status for status in remaining_statuses(connection)]
        assert set(statuses) <= {204, 503}, statuses
        counted += statuses.count(204)
        if connection is connections[0]:
            unique = statuses.count(204)
        connection.socket.close()
    assert server.wait_exit() == 0
    server.start()
    assert server.totals(hour)[1] == counted, "what was answered 204 is counted, and nothing else"
    assert server.totals(hour)[0] >= unique


def remaining_statuses(connection):
    while True:
        try:
            answer = connection.read_answer()
        except (NoAnswer, OSError) as end:
            assert "in time" not in str(end)
            return
        if answer.status == 503:
            expect_problem(answer, 503, "shutting_down")
        yield answer.status


def test_a_pipeline_in_flight_is_answered_wholly(start_server, hour):
    """Few enough requests to have been read at once, so each of them has to get an answer."""
    server = start_server()
    with server.connect() as connection:
        connection.expect_open()
        connection.send(event_request(hour) * 100)
        expect_no_content(connection.read_answer())
        server.signal()
        statuses = [204] + [status for status in remaining_statuses(connection)]
    assert len(statuses) == 100
    assert server.wait_exit() == 0
    server.start()
    assert server.totals(hour) == (1, statuses.count(204), 0)


@pytest.mark.parametrize("second", ENDINGS)
def test_a_second_signal_ends_at_once(start_server, hour, second):
    # An end at once joins no threads, which ThreadSanitizer would report as a leak.
    options = f"{os.environ.get('TSAN_OPTIONS', '')} report_thread_leaks=0"
    server = start_server(flags=["--http-drain-timeout", "10m"], env={"TSAN_OPTIONS": options})
    connection, _ = half_received(server, hour)
    with connection:
        server.signal()
        wait_until_not_accepting(server)
        assert server.alive
        server.signal(second)
        server.wait_exit(within=10.0)
    assert not SANITIZER_REPORT.search(server.stderr())
    server.start()
    assert server.totals(hour) == (0, 0, 0)


def test_stopping_under_load_loses_and_invents_nothing(start_server, hour):
    server = start_server()
    acknowledged, unknown = [], []

    def post(name):
        try:
            with server.connect() as connection:
                for number in range(100_000):
                    answer = connection.ask("POST", f"/analytics?timestamp={hour}&user={name}x{number}&click")
                    if answer.status != 204:
                        expect_problem(answer, 503, "shutting_down")
                        return
                    acknowledged.append(1)
        except (NoAnswer, OSError):
            unknown.append(1)

    threads = [threading.Thread(target=post, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    server.stop()
    for thread in threads:
        thread.join()
    server.start()
    unique, clicks, _ = server.totals(hour)
    assert unique == clicks
    assert len(acknowledged) <= clicks <= len(acknowledged) + len(unknown)


def test_what_was_acknowledged_survives_kill_9(start_server, hours):
    server = start_server()
    first, second = hours(), hours()
    with server.connect() as connection:
        for round_ in range(1, 4):
            for number in range(40):
                expect_no_content(
                    connection.ask("POST", f"/analytics?timestamp={first}&user=r{round_}u{number}&click")
                )
            answer = connection.ask("POST", "/analytics/batch", (), line(second, f"u{round_}", "impression"))
            assert expect_report(answer)["accepted"] == 1
            server.kill()
            server.start()
            assert server.totals(first) == (40 * round_, 40 * round_, 0)
            assert server.totals(second) == (round_, 0, round_)
            connection = server.connect()


def test_while_it_recovers_everything_but_healthz_and_metrics_is_503(start_server, hour):
    """The port is bound before recovery begins; whoever comes first gets 503 store_unavailable or, soon, the totals."""
    server = start_server()
    body = b"\n".join(line(hour, f"u{number}") for number in range(50_000))
    expect_report(server.batch(body))
    server.kill()
    server.start(wait="listening")
    assert server.get("/healthz").status == 200
    assert server.get("/metrics").status == 200
    with server.connect() as connection:
        for number in range(10_000):
            ready = connection.ask("GET", "/readyz")
            answer = connection.ask("GET", f"/analytics?timestamp={hour}")
            if answer.status == 200:
                assert answer.body == b"unique_users,50000\nclicks,50000\nimpressions,0\n"
                break
            expect_problem(answer, 503, "store_unavailable")
            problem = expect_problem(ready, 503, "store_unavailable")
            assert problem["dependencies"] == {"store": "recovering"}
            time.sleep(0.005)
        else:
            raise AssertionError("never ready")
    # Refused while it recovered or taken after: never lost or doubled.
    assert server.totals(hour) == (50_000, 50_000, 0)


def test_a_second_process_on_the_same_data_is_refused_with_a_clear_message(start_server, hour):
    server = start_server()
    expect_no_content(server.post(hour, "ann"))
    other = run_program(server.binary, "serve", "--http-port", "0", "--data-dir", server.data_dir)
    assert other.returncode == 1, other.stderr
    assert str(server.data_dir) in other.stderr
    assert re.search(r"another|already|in use|locked", other.stderr, re.IGNORECASE), other.stderr
    expect_no_content(server.post(hour, "ben"))
    assert server.totals(hour) == (2, 2, 0)


def test_a_port_in_use_is_exit_code_1_with_its_number(binary, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run_program(binary, "serve", "--http-port", port, "--data-dir", tmp_path / "data")
    assert result.returncode == 1, result.stderr
    assert str(port) in result.stderr


def test_a_request_behind_a_signal_on_an_idle_connection_gets_no_half_answer(start_server, hour):
    server = start_server()
    with server.connect() as connection:
        connection.expect_open()
        server.signal()
        try:
            connection.send(request("GET", f"/analytics?timestamp={hour}"))
            answer = connection.read_answer()
            assert answer.status in (200, 503)
        except (NoAnswer, OSError) as end:
            assert "received so far" not in str(end) or "b''" in str(end)
    assert server.wait_exit() == 0
