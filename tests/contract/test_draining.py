"""What SIGTERM does to connections: each request that has arrived completely is answered, and nothing holds up the end."""

import signal
import time

import pytest

from expectations import event_request, expect_no_content, expect_report, line
from hourglass_process import NoAnswer, chunked, request

# Longer than http.drain_timeout, or than a closed connection waits for its client to read.
PROMPT = 10.0

LAST_REQUESTS = {
    "close": request("GET", "/healthz", [("Connection", "close")]),
    "http_1_0": request("GET", "/healthz", version="HTTP/1.0"),
    "414": request("GET", "/" + "x" * 9000),
    "malformed": b"BAD\r\n\r\n",
}


def click_of(size):
    """A POST of so many bytes."""
    whole = request("POST", "/analytics?timestamp=1&user=a&click", host="")
    return whole.replace(b"Host: ", b"Host:" + b"h" * (size - len(whole) + 1))


def statuses_to_end(connection):
    """The status of each answer up to the end of the connection, which may be a reset."""
    found = []
    while True:
        try:
            found.append(connection.read_answer().status)
        except (NoAnswer, OSError) as end:
            assert "in time" not in str(end), "the connection stays open"
            return found


def send_while_stopped(server, send):
    """Has something sent that the server finds together with SIGTERM when it goes on."""
    server.signal(signal.SIGSTOP)
    time.sleep(0.1)
    try:
        send()
        server.signal(signal.SIGTERM)
        time.sleep(0.05)
    finally:
        server.signal(signal.SIGCONT)


@pytest.mark.parametrize("sent", LAST_REQUESTS.values(), ids=LAST_REQUESTS.keys())
def test_a_client_that_keeps_its_side_open_does_not_hold_up_the_end(start_server, sent):
    server = start_server()
    with server.connect() as connection:
        connection.send(sent)
        assert connection.read_answer().says_close
        server.signal()
        assert server.wait_exit(PROMPT) == 0


def test_nor_does_one_whose_half_received_request_completes_meanwhile(start_server, hour):
    server = start_server()
    whole = event_request(hour, body=b"hello")
    with server.connect() as connection:
        connection.expect_open()
        connection.send(whole[:-3])
        time.sleep(0.2)
        server.signal()
        time.sleep(0.2)
        connection.send(whole[-3:])
        answer = connection.read_answer()
        expect_no_content(answer)
        assert answer.says_close
        assert server.wait_exit(PROMPT) == 0


def test_nor_does_one_whose_head_is_late_meanwhile(start_server):
    server = start_server(flags=["--http-header-timeout", "500ms", "--http-drain-timeout", "60s"])
    with server.connect() as connection:
        connection.send(b"GET /healthz HTT")
        time.sleep(0.1)
        server.signal()
        assert connection.read_answer().status == 408
        assert server.wait_exit(PROMPT) == 0


def test_no_connection_outlives_drain_timeout(start_server, hour):
    server = start_server(flags=["--http-drain-timeout", "0s"])
    whole = event_request(hour, body=b"hello")
    connections = [server.connect() for _ in range(16)]
    for connection in connections:
        connection.send(whole * 50 + whole[:-2])
    server.signal()
    assert server.wait_exit(PROMPT) == 0
    counted = sum(statuses_to_end(connection).count(204) for connection in connections)
    for connection in connections:
        connection.socket.close()
    server.start()
    assert server.totals(hour)[1] >= counted


# A request of 64 bytes fills buffers to the last byte, so that nothing half-received is left in between.
@pytest.mark.parametrize("size", [64, 65, 128])
@pytest.mark.parametrize("drain_timeout", ["0s", "5s"])
def test_a_long_pipeline_that_had_arrived_is_answered_wholly(start_server, size, drain_timeout):
    server = start_server(flags=["--http-drain-timeout", drain_timeout])
    one = click_of(size)
    count = 60_000 // size  # the kernel takes as much, read or not
    with server.connect() as connection:
        connection.expect_open()
        send_while_stopped(server, lambda: connection.send(one * count))
        statuses = statuses_to_end(connection)
    assert (statuses.count(204), len(statuses)) == (count, count)
    assert server.wait_exit() == 0
    server.start()
    assert server.totals(1) == (1, count, 0)


def test_a_pipeline_that_goes_on_arriving_is_answered_wholly(start_server):
    server = start_server()
    one = click_of(64)
    with server.connect() as connection:
        connection.expect_open()
        send_while_stopped(server, lambda: connection.send(one * 3000))
        statuses = statuses_to_end(connection)
    assert (statuses.count(204), len(statuses)) == (3000, 3000)
    assert server.wait_exit() == 0


@pytest.mark.parametrize("attempt", range(3))
def test_connections_that_had_been_opened_are_answered(start_server, hour, attempt):
    server = start_server()
    connections = []

    def open_and_send():
        for number in range(45):
            connection = server.connect()
            connection.send(event_request(hour, f"u{number}"))
            connections.append(connection)

    send_while_stopped(server, open_and_send)
    statuses = [statuses_to_end(connection) for connection in connections]
    for connection in connections:
        connection.socket.close()
    assert statuses == [[204]] * 45
    assert server.wait_exit() == 0
    server.start()
    assert server.totals(hour) == (45, 45, 0)


@pytest.mark.parametrize("attempt", range(5))
def test_requests_on_idle_connections_are_answered(start_server, hour, attempt):
    """The server may have read a request by the time it closes what is idle."""
    server = start_server()
    connections = [server.connect() for _ in range(40)]
    for connection in connections:
        connection.expect_open()

    def send():
        for number, connection in enumerate(connections):
            connection.send(event_request(hour, f"u{number}"))

    send() if attempt % 2 else send_while_stopped(server, send)
    server.signal() if attempt % 2 else None
    statuses = [statuses_to_end(connection) for connection in connections]
    for connection in connections:
        connection.socket.close()
    assert statuses == [[204]] * 40
    assert server.wait_exit() == 0


def test_requests_of_every_kind_are_answered(start_server, hour):
    server = start_server()
    batch = b"\n".join(line(hour, f"u{number}") for number in range(5))
    pipeline = (
        event_request(hour)
        + request("POST", "/analytics/batch", body=batch)
        + request("GET", f"/analytics?timestamp={hour}")
        + event_request(hour, "u9", headers=[("Transfer-Encoding", "chunked")], body=chunked(b"hello"))
        + request("GET", "/nowhere")
    )
    with server.connect() as connection:
        connection.expect_open()
        send_while_stopped(server, lambda: connection.send(pipeline))
        expect_no_content(connection.read_answer())
        assert expect_report(connection.read_answer())["accepted"] == 5
        assert connection.read_answer().body == b"unique_users,6\nclicks,6\nimpressions,0\n"
        expect_no_content(connection.read_answer())
        last = connection.read_answer()
        assert last.status == 404 and last.says_close
        connection.expect_closed()
    assert server.wait_exit() == 0
