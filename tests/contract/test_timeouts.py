"""http.header_timeout and http.idle_timeout: slow and silent clients."""

import threading
import time

import pytest

from expectations import event_request, expect_no_content, expect_problem
from hourglass_process import TIME_LIMIT, Connection, NoAnswer, request

# Coarse timers are fine: an end within this time of its time-out is on time.
SLACK = 10.0
HEAD = request("GET", "/healthz", [("X", "y" * 50)])


@pytest.fixture(scope="module")
def hasty(binary, tmp_path_factory):
    from hourglass_process import Server

    flags = ("--http-header-timeout", "1s", "--http-idle-timeout", "2s")
    server = Server(binary, tmp_path_factory.mktemp("hasty"), flags).start()
    yield server
    server.stop()


@pytest.mark.parametrize("sent", [1, 4, 20, 40, len(HEAD) - 2, len(HEAD) - 1])
def test_a_head_that_does_not_arrive_in_time_is_408_and_closes(hasty, sent):
    with hasty.connect() as connection:
        started = time.monotonic()
        connection.send(HEAD[:sent])
        expect_problem(connection.read_answer(within=1 + SLACK), 408, "request_timeout")
        assert time.monotonic() - started > 0.9
        connection.expect_closed()


def test_a_head_that_drips_is_408_too(hasty):
    """The time is that of the whole head, not between two bytes."""
    stop = threading.Event()
    with hasty.connect() as connection:

        def drip():
            for at in range(len(HEAD) - 5):
                if stop.wait(0.25):
                    return
                try:
                    connection.send(HEAD[at : at + 1])
                except OSError:
                    return

        dripper = threading.Thread(target=drip)
        dripper.start()
        try:
            expect_problem(connection.read_answer(within=1 + SLACK), 408, "request_timeout")
        finally:
            stop.set()
            dripper.join()


def test_the_next_head_of_a_connection_has_its_own_time(hasty, hour):
    with hasty.connect() as connection:
        connection.send(event_request(hour) + HEAD[:30])
        expect_no_content(connection.read_answer())
        expect_problem(connection.read_answer(within=1 + SLACK), 408, "request_timeout")
        connection.expect_closed()


@pytest.mark.parametrize("before", [0, 1])
def test_an_idle_connection_is_closed(hasty, before):
    with hasty.connect() as connection:
        for _ in range(before):
            connection.expect_open()
        rest = connection.read_to_end(2 + SLACK)
        # A connection between two requests ends without a word; a 408 is what some servers say then.
        assert rest == b"" or rest.startswith(b"HTTP/1.1 408 "), rest


def test_a_body_that_does_not_arrive_ends_the_connection(hasty, hour):
    # Which time-out governs a body the contract does not say; either way it ends, with 408 or without an answer.
    with hasty.connect() as connection:
        connection.send(event_request(hour, body=b"x" * 100)[:-50])
        try:
            expect_problem(connection.read_answer(within=2 + 2 * SLACK), 408, "request_timeout")
        except NoAnswer as end:
            assert "closed" in str(end), end
        connection.expect_closed()
    assert hasty.totals(hour) == (0, 0, 0)


def test_a_busy_connection_outlives_every_time_out(hasty, hour):
    with hasty.connect() as connection:
        for _ in range(12):
            expect_no_content(connection.ask("POST", f"/analytics?timestamp={hour}&user=ann&click"))
            time.sleep(0.3)
    assert hasty.totals(hour) == (1, 12, 0)


def test_slow_clients_do_not_hold_up_others(hasty, hour):
    slow = [hasty.connect() for _ in range(100)]
    for connection in slow:
        connection.send(HEAD[:30])
    expect_no_content(hasty.post(hour, "ann"))
    for connection in slow:
        expect_problem(connection.read_answer(within=TIME_LIMIT), 408, "request_timeout")
        connection.socket.close()


def test_a_client_that_never_reads_its_last_answer_is_let_go(hasty, hour):
    """After an answer that closes there is a bounded wait, even for a client that keeps its own side open."""
    with hasty.connect() as connection:
        connection.send(event_request(hour, headers=[("Content-Length", "+5")]))
        deadline = time.monotonic() + TIME_LIMIT
        while time.monotonic() < deadline:
            try:
                connection.send(b"x")
            except OSError:
                return
            time.sleep(0.1)
    raise AssertionError("the server still takes bytes long after it refused the connection")


def test_a_client_that_reads_slowly_but_steadily_is_not_idle(hasty):
    """Its answers fill the buffers of both kernels, so that the server can write only once in a while."""
    asked, received = 400, b""
    with Connection(hasty.port, receive_buffer=4096) as connection:
        connection.send(request("GET", "/metrics") * asked)
        end = time.monotonic() + 6
        while time.monotonic() < end:
            received += connection.socket.recv(8192)
            time.sleep(0.02)
        connection.buffer = received
        for _ in range(asked):
            assert connection.read_answer().status == 200


def test_a_client_that_stops_reading_is_let_go(hasty):
    with Connection(hasty.port, receive_buffer=4096) as connection:
        connection.send(request("GET", "/metrics") * 1000)
        time.sleep(2 + 3)
        with pytest.raises((NoAnswer, OSError)):
            for _ in range(1000):
                connection.read_answer(within=SLACK)
