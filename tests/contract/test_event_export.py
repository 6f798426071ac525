"""GET /analytics/events, sentence by sentence."""

import json
import socket
import time

import pytest

from expectations import expect_problem
from exports import SMALL_SEGMENTS, TARGET, begin, event_files, export, fill, fill_event_files, read_rest, read_until_cut
from hourglass_process import TIME_LIMIT, Connection, Server, parse_totals

HOUR_MS = 3_600_000
MANY = 120_000  # more than the buffers of two sockets hold


def of_hour(hour, hours=1):
    return f"?from={hour}&to={hour + hours * HOUR_MS}"


@pytest.fixture(scope="module")
def large(binary, tmp_path_factory):
    """A server with one worker and more events than fit into the buffers of sockets."""
    server = Server(binary, tmp_path_factory.mktemp("large"), ("--http-threads", "1")).start()
    fill(server, MANY, 1_700_000_000_000)
    yield server
    server.stop()


def test_lines_are_those_of_a_batch(server, hour):
    server.post(hour + 5, "ann")
    server.post(hour + 1, "b%22%5C%0A%C3%A4", "impression", [("Idempotency-Key", "mine")])
    got = export(server, of_hour(hour))
    assert got.answer.header("Content-Type") == "application/x-ndjson"
    assert got.answer.header("Transfer-Encoding") == "chunked"
    assert got.answer.header("Trailer") == "Hourglass-Incomplete-Hours"
    assert got.answer.header("Cache-Control") == "no-store"
    assert got.incomplete == "0"
    assert [(e["timestamp"], e["user"], e["event"]) for e in got.events] == [
        (hour + 5, "ann", "click"), (hour + 1, 'b"\\\nä', "impression")]  # fmt: skip
    assert b"mine" not in got.body
    assert export(server, of_hour(hour)).body == got.body


def test_comes_by_hour_and_then_in_the_order_of_acceptance(server, hours):
    first, second = hours(), hours()
    for timestamp, user in [(second, "a"), (first + 9, "b"), (second + 1, "c"), (first, "d")]:
        server.post(timestamp, user)
    assert [event["user"] for event in export(server, of_hour(first, 2)).events] == ["b", "d", "a", "c"]


def test_has_the_whole_hours_that_the_time_touches(server, hours):
    first, second = hours(), hours()
    server.post(first, "first")
    server.post(second + HOUR_MS - 1, "second")
    for query, users in [
        (f"?from={first + HOUR_MS - 1}&to={second}", ["first"]),
        (f"?from={first + HOUR_MS - 1}&to={second + 1}", ["first", "second"]),
        (f"?from={second + 7}&to={second + 8}&more=1", ["second"]),
    ]:
        assert [event["user"] for event in export(server, query).events] == users
    everything = [event["user"] for event in export(server).events]
    assert {"first", "second"} <= set(everything)


def test_is_a_batch_that_counts_nothing_twice(server, start_server, hour):
    for number in range(50):
        server.post(hour + number, f"user{number % 7}", ["click", "impression"][number % 2])
    other = start_server()
    body = export(server, of_hour(hour)).body
    for _ in range(2):
        assert json.loads(other.batch(body).text)["accepted"] == 50
        assert other.totals(hour) == server.totals(hour)


@pytest.mark.parametrize("query, code", [
    ("?from=", "invalid_timestamp"),
    ("?from=-1", "invalid_timestamp"),
    ("?to=1e3", "invalid_timestamp"),
    ("?from=1&from=1", "duplicate_parameter"),
    ("?to=1&to=1", "duplicate_parameter"),
    ("?to=253402300800000", "timestamp_out_of_range"),
    ("?from=7&to=7", "invalid_parameter"),
    ("?from=8&to=7", "invalid_parameter"),
    ("?to=0", "invalid_parameter"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(server, query, code):
    with server.connect() as connection:
        expect_problem(connection.ask("GET", TARGET + query), 400, code)
        connection.expect_open()


@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS"])
def test_other_methods_are_not_allowed(server, method):
    answer = server.ask(method, TARGET)
    expect_problem(answer, 405, "method_not_allowed")
    assert answer.header("Allow") == "GET, HEAD"


@pytest.mark.parametrize("header", [
    ("Via", "1.1 proxy"), ("Forwarded", "for=127.0.0.1"), ("X-Forwarded-For", "127.0.0.1"), ("x-real-ip", "::1"),
    ("X-Forwarded-Proto", "https"),
])  # fmt: skip
def test_what_comes_through_a_proxy_is_forbidden(server, header):
    expect_problem(server.get(TARGET, [header]), 403, "forbidden")
    expect_problem(server.get(TARGET + "?from=x", [header]), 403, "forbidden")


@pytest.mark.parametrize("host", ["example.com", "localhost.example.com", "10.0.0.1", "[2001:db8::1]", ""])
def test_another_host_is_forbidden(server, host):
    expect_problem(server.ask("GET", TARGET, host=host), 403, "forbidden")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "[::1]:80", "hourglass.localhost"])
def test_a_name_of_this_machine_is_not(server, host):
    assert server.ask("HEAD", TARGET, host=host).status == 200


def own_address():
    """An address of this machine that is no loopback address; None if there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return probe.getsockname()[0]


def test_other_addresses_are_forbidden(start_server):
    address = own_address()
    if address is None or address.startswith("127."):
        pytest.skip("this machine has only loopback addresses")
    server = start_server(["--http-address", "0.0.0.0"])
    with Connection(server.port) as connection:
        assert connection.ask("HEAD", TARGET).status == 200
    with Connection(server.port) as connection:
        connection.socket.close()
        connection.socket = socket.create_connection((address, server.port), TIME_LIMIT)
        expect_problem(connection.ask("GET", TARGET), 403, "forbidden")
        assert connection.ask("GET", "/analytics?timestamp=1").status == 200


def test_head_has_no_body(server):
    with server.connect() as connection:
        answer = connection.ask("HEAD", TARGET)
        assert (answer.status, answer.header("Transfer-Encoding")) == (200, "chunked")
        connection.expect_open()


def test_requests_before_and_behind_it(server, hour):
    """What was pipelined before it is in it, what stands behind it is not."""
    posts = [f"POST /analytics?timestamp={hour}&user={user}&click HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
             for user in ("ann", "bob")]  # fmt: skip
    with server.connect() as connection:
        connection.send(posts[0])
        connection.send(f"GET {TARGET}{of_hour(hour)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() + posts[1])
        assert connection.read_answer().status == 204
        head = connection.read_bytes_until(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        body, _ = read_rest(connection)
        assert b'"ann"' in body and b'"bob"' not in body
        assert connection.read_answer().status == 204
        connection.expect_open()


def test_what_a_proxy_speaks_by_default_is_refused(server, hour):
    server.post(hour, "ann")
    with server.connect() as connection:
        assert connection.ask("GET", TARGET + of_hour(hour), version="HTTP/1.0").status == 403
    with server.connect() as connection:
        assert connection.ask("GET", f"http://localhost{TARGET}{of_hour(hour)}").status == 403


def test_a_slow_reader_holds_nobody_up_and_takes_no_memory(large):
    def resident():
        with open(f"/proc/{large.process.pid}/status", encoding="ascii") as status:
            return int(next(line for line in status if line.startswith("VmRSS")).split()[1]) * 1024

    with large.connect(receive_buffer=4096) as slow, large.connect() as other:
        assert begin(slow).status == 200
        before = resident()
        for _ in range(50):
            assert other.ask("GET", "/analytics?timestamp=1700000000000").status == 200
        assert resident() - before < 32 << 20
        body, incomplete = read_rest(slow)
        assert (body.count(b"\n"), incomplete) == (MANY, "0")
        slow.expect_open()


def test_a_third_export_is_refused_until_one_of_two_has_gone(large):
    with large.connect(receive_buffer=4096) as first, large.connect(receive_buffer=4096) as second:
        assert begin(first).status == begin(second).status == 200
        with large.connect() as third:
            expect_problem(third.ask("GET", TARGET), 503, "overloaded")
            third.expect_open()
            first.abort()
            deadline = time.monotonic() + TIME_LIMIT
            while (answer := begin(third)).status == 503:
                third.read_bytes(int(answer.header("Content-Length")))
                assert time.monotonic() < deadline, "the place of a client that is gone is not given back"
            assert answer.status == 200
            assert read_rest(third)[0].count(b"\n") == MANY
        assert read_rest(second)[0].count(b"\n") == MANY


def test_draining_waits_for_an_export_and_then_cuts_it(start_server):
    for timeout, whole in [("60s", True), ("50ms", False)]:
        server = start_server(["--http-drain-timeout", timeout])
        fill(server, MANY, 1_700_000_000_000)
        with server.connect(receive_buffer=4096) as connection:
            assert begin(connection).status == 200
            server.signal()
            if whole:
                body, _ = read_rest(connection)
                assert body.count(b"\n") == MANY
                connection.expect_closed()
            else:
                assert server.wait_exit() == 0
                read_until_cut(connection)
        assert server.wait_exit() == 0


def test_a_server_that_is_killed_leaves_the_last_chunk_out(start_server):
    server = start_server()
    fill(server, MANY, 1_700_000_000_000)
    with server.connect(receive_buffer=4096) as connection:
        assert begin(connection).status == 200
        server.kill()
        assert 0 < read_until_cut(connection).count(b"\n") < MANY


def test_damage_in_the_middle_ends_the_connection_and_is_logged(start_server):
    server = start_server(SMALL_SEGMENTS)
    early, late = 1_600_000_000_000, 1_700_000_000_000
    fill(server, 20_000, early)
    events = 20_000 + fill_event_files(server, 3, late)
    path = event_files(server)[-1]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with server.connect() as connection:
        assert begin(connection).status == 200
        assert 20_000 <= read_until_cut(connection).count(b"\n") < events
    assert "an export failed" in server.stderr() and path.name in server.stderr()
    with server.connect() as connection:
        assert parse_totals(connection.ask("GET", f"/analytics?timestamp={late}").body)[1] == events - 20_000
