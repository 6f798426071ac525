"""The paragraph "Connections" of the contract: what a connection lives through. Malformed framing is in test_framing.py."""

import time

import pytest

from expectations import event_request, expect_no_content, expect_problem
from hourglass_process import AT_ONCE, TIME_LIMIT, NoAnswer, chunked, is_instrumented, parse_totals, request


def test_connections_are_kept_alive(server, hour):
    with server.connect() as connection:
        for number in range(50):
            answer = connection.ask("POST", f"/analytics?timestamp={hour}&user=ann&click")
            expect_no_content(answer)
            assert not answer.says_close and answer.version == "HTTP/1.1"
            assert parse_totals(connection.ask("GET", f"/analytics?timestamp={hour}").body)[1] == number + 1


def test_200_pipelined_requests_are_answered_in_order(server, hour):
    data, expected = b"", []
    for number in range(200):
        kind = number % 5
        if kind == 0:
            data += request("GET", f"/analytics?timestamp={hour}")
            expected.append(("GET", 200))
        elif kind == 1:
            data += request("POST", "/analytics?timestamp=1&user=ann", body=b"refused")
            expected.append(("POST", 400))
        elif kind == 2:
            data += request("HEAD", f"/analytics?timestamp={hour}")
            expected.append(("HEAD", 200))
        else:
            coding = [("Transfer-Encoding", "chunked")] if kind == 3 else []
            data += event_request(
                hour, f"u{number}", headers=coding, body=chunked(b"x" * 10) if coding else b"x" * number
            )
            expected.append(("POST", 204))
    with server.connect() as connection:
        connection.send(data)
        for number, (method, status) in enumerate(expected):
            answer = connection.read_answer(method)
            assert answer.status == status, (number, answer)
            if method == "GET":
                posted = 2 * (number // 5)
                assert parse_totals(answer.body) == (posted, posted, 0)
        connection.expect_open()


@pytest.mark.parametrize("value", ["close", "Close", "CLOSE", "foo, close", "close,foo", "keep-alive, close"])
def test_connection_close_is_honoured(server, hour, value):
    with server.connect() as connection:
        connection.send(event_request(hour, headers=[("Connection", value)]) + event_request(hour))
        answer = connection.read_answer()
        expect_no_content(answer)
        assert answer.says_close
        connection.expect_closed()
    assert server.totals(hour) == (1, 1, 0), "the request behind `Connection: close` must not be taken"


@pytest.mark.parametrize("value", ["keep-alive", "closed", "upgrade", "x-close", ""])
def test_another_connection_header_keeps_http_1_1_open(server, hour, value):
    with server.connect() as connection:
        expect_no_content(
            connection.ask("POST", f"/analytics?timestamp={hour}&user=ann&click", [("Connection", value)])
        )
        connection.expect_open()


@pytest.mark.parametrize("host", [None, "localhost"])
def test_http_1_0_closes_and_may_lack_host(server, hour, host):
    with server.connect() as connection:
        connection.send(event_request(hour, version="HTTP/1.0", host=host) + event_request(hour))
        expect_no_content(connection.read_answer())
        connection.expect_closed()
    assert server.totals(hour) == (1, 1, 0)


@pytest.mark.parametrize("value", ["keep-alive", "Keep-Alive", "foo, keep-alive"])
def test_http_1_0_stays_open_when_keep_alive_was_asked_for(server, hour, value):
    with server.connect() as connection:
        for _ in range(3):
            answer = connection.ask(
                "GET", f"/analytics?timestamp={hour}", [("Connection", value)], version="HTTP/1.0", host=None
            )
            assert answer.status == 200
            assert "keep-alive" in (answer.header("Connection") or "").lower(), "else the client cannot know"
        connection.expect_open()


def test_http_1_0_with_a_body_and_a_length_is_taken(server, hour):
    with server.connect() as connection:
        expect_no_content(
            connection.ask(
                "POST", f"/analytics?timestamp={hour}&user=ann&click", body=b"hello", version="HTTP/1.0"
            )
        )
        connection.expect_closed()
    assert server.totals(hour) == (1, 1, 0)


def test_an_error_in_http_1_0_closes_too(server):
    with server.connect() as connection:
        expect_problem(connection.ask("GET", "/nowhere", version="HTTP/1.0", host=None), 404, "not_found")
        connection.expect_closed()


@pytest.mark.parametrize(
    "base", ["http://localhost", "http://127.0.0.1:8080", "HTTP://example.org", "http://[::1]:80"]
)
def test_absolute_form_targets_are_taken(server, hour, base):
    with server.connect() as connection:
        expect_no_content(connection.ask("POST", f"{base}/analytics?timestamp={hour}&user=ann&click"))
        answer = connection.ask("GET", f"{base}/analytics?timestamp={hour}")
        assert parse_totals(answer.body) == (1, 1, 0)
        expect_problem(connection.ask("GET", f"{base}/nowhere"), 404, "not_found")
        expect_problem(connection.ask("DELETE", f"{base}/analytics"), 405, "method_not_allowed")
        connection.expect_open()


@pytest.mark.parametrize("target", ["http://localhost", "http://localhost?timestamp=1", "http://localhost/"])
def test_an_absolute_target_of_the_root_is_404(server, target):
    expect_problem(server.get(target), 404, "not_found")


EXPECT = [("Expect", "100-continue")]


@pytest.mark.parametrize("value", ["100-continue", "100-Continue"])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_100_continue_comes_once_head_and_target_are_valid(server, hour, value, framing):
    body = b'{"timestamp":%d,"user":"ann","event":"click"}' % hour
    coding = (
        [("Transfer-Encoding", "chunked")] if framing == "chunked" else [("Content-Length", str(len(body)))]
    )
    for target in ("/analytics/batch", f"/analytics?timestamp={hour}&user=ben&click"):
        with server.connect() as connection:
            connection.send(request("POST", target, [("Expect", value)] + coding))
            interim = connection.read_answer(within=AT_ONCE)
            assert (interim.status, interim.body) == (100, b"")
            connection.send(chunked(body) if framing == "chunked" else body)
            assert connection.read_answer().status in (200, 204)
            connection.expect_open()
    assert server.totals(hour) == (2, 2, 0)


@pytest.mark.parametrize(
    "method, target, length, status, code",
    [
        ("POST", "/nowhere", 5, 404, "not_found"),
        ("PUT", "/analytics", 5, 405, "method_not_allowed"),
        ("POST", "/analytics?user=ann&click", 5, 400, "missing_timestamp"),
        ("POST", "/analytics?timestamp=1&user=%zz&click", 5, 400, "invalid_escape"),
        ("POST", "/analytics?timestamp=1&user=ann&click&id=", 5, 400, "invalid_idempotency_key"),
        ("POST", "/analytics/batch", 16 * 1024 * 1024 + 1, 413, "body_too_large"),
    ],
)
def test_else_the_final_answer_comes_without_100(server, method, target, length, status, code):
    with server.connect() as connection:
        connection.send(request(method, target, [*EXPECT, ("Content-Length", str(length))]))
        expect_problem(connection.read_answer(within=AT_ONCE), status, code)


def test_malformed_framing_with_expect_is_400_without_100(server, hour):
    with server.connect() as connection:
        connection.send(event_request(hour, headers=[*EXPECT, ("Content-Length", "+5")]))
        expect_problem(connection.read_answer(within=AT_ONCE), 400, "malformed_request")
        connection.expect_closed()


def test_a_client_need_not_wait_for_100(server, hour):
    with server.connect() as connection:
        connection.send(event_request(hour, headers=EXPECT, body=b"hello") + event_request(hour))
        answer = connection.read_answer()
        if answer.status == 100:  # needless by then, but allowed
            answer = connection.read_answer()
        expect_no_content(answer)
        expect_no_content(connection.read_answer())
        connection.expect_open()


def test_http_1_0_gets_no_100(server, hour):
    with server.connect() as connection:
        whole = event_request(hour, headers=EXPECT, body=b"hello", version="HTTP/1.0")
        connection.send(whole[:-5])
        connection.expect_silence(0.5)
        connection.send(b"hello")
        expect_no_content(connection.read_answer())


def test_an_unknown_expectation_gets_one_sound_answer(server, hour):
    # Not in the contract; ignoring it and refusing it are both reasonable.
    answer = server.post(hour, "ann", headers=[("Expect", "200-ok")])
    assert answer.status in (204, 400, 417), answer


@pytest.mark.parametrize("count", [1, 10])
def test_a_client_that_has_finished_sending_still_gets_its_answers(server, hour, count):
    with server.connect() as connection:
        connection.send(event_request(hour) * count + request("GET", f"/analytics?timestamp={hour}"))
        connection.finish_sending()
        for _ in range(count):
            expect_no_content(connection.read_answer())
        assert parse_totals(connection.read_answer().body) == (1, count, 0)
        connection.expect_closed()


def test_a_client_that_finishes_sending_a_little_later_is_answered_and_closed(server, hour):
    with server.connect() as connection:
        expect_no_content(connection.ask("POST", f"/analytics?timestamp={hour}&user=ann&click"))
        connection.finish_sending()
        connection.expect_closed()


@pytest.mark.parametrize("missing", [1, 3, 30, 60])
def test_a_request_cut_off_by_the_end_of_sending_ends_the_connection(server, hour, missing):
    with server.connect() as connection:
        connection.send(event_request(hour, body=b"hello")[:-missing])
        connection.finish_sending()
        rest = connection.read_to_end(AT_ONCE)
        # The contract is silent on whether such a client is told; if it is, then that its request was incomplete.
        assert rest == b"" or rest.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 408 ")), rest
    assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize("half", [True, False])
def test_clients_that_vanish_do_no_harm(server, hour, half):
    data = event_request(hour, body=b"x" * 1000) * 20
    for _ in range(30):
        connection = server.connect()
        connection.send(data[:-500] if half else data)
        connection.abort()
    with server.connect() as connection:
        connection.expect_open()
    unique, clicks, impressions = server.totals(hour)
    assert unique <= 1 and clicks <= 600 and impressions == 0


def test_the_end_of_a_connection_is_announced(server, hour):
    """RFC 9112, 9.6: an answer behind which the server closes should say so."""
    for data in (event_request(hour, headers=[("Content-Length", "+1")]), request("GET", "/" + "x" * 9000)):
        with server.connect() as connection:
            connection.send(data)
            assert connection.read_answer().says_close
            connection.expect_closed()


def memory(server):
    with open(f"/proc/{server.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def memory_allowance(server):
    """What a connection may cost."""
    return (512 if is_instrumented(server.binary) else 64) * 1024 * 1024


def send_until_refused(connection, piece, most):
    """Sends piece over and over until the other side stops reading; returns how many bytes went out."""
    sent = 0
    connection.socket.settimeout(2.0)
    while sent < most:
        try:
            sent += connection.socket.send(piece[sent % len(piece) :])
        except TimeoutError:
            break
    return sent


def test_unread_output_is_bounded_and_none_of_it_is_lost(server, hour):
    one = request("GET", f"/analytics?timestamp={hour}")
    with server.connect() as connection:
        connection.send(one)
        answer = connection.read_bytes_until(b"impressions,0\n")
    before, allowance = memory(server), memory_allowance(server)
    with server.connect(receive_buffer=65536) as connection:
        sent = send_until_refused(connection, one * 1000, most=40_000_000)
        assert memory(server) - before < allowance
        assert server.get("/healthz").status == 200, "others are served meanwhile"
        count, rest = divmod(sent, len(one))
        received = connection.read_bytes(count * len(answer))
        assert received.count(answer[:17]) == count == received.count(b"impressions,0\n")
        connection.send(one[rest:])
        assert connection.read_answer().status == 200
        connection.expect_open()


def test_a_client_that_reads_slowly_gets_everything(server, hour):
    with server.connect(receive_buffer=4096) as connection:
        connection.send(request("GET", "/metrics") * 50)
        sizes = {len(connection.read_answer().body) > 0 for _ in range(50)}
        assert sizes == {True}


def connections_served(server, number):
    """So many at once. The server may not have noticed yet that those which asked whether it is ready have ended."""
    served, deadline = [], time.monotonic() + TIME_LIMIT
    while len(served) < number:
        assert time.monotonic() < deadline, f"{len(served)} of {number} connections are served"
        connection = server.connect()
        if connection.ask("GET", "/healthz").status == 200:
            served.append(connection)
        else:
            connection.socket.close()
    return served


def test_max_connections_bounds_how_many_are_served_at_once(start_server, hour):
    server = start_server(flags=["--http-max-connections", "10"])
    others, kept = [], connections_served(server, 10)
    try:
        for _ in range(30):
            others.append(server.connect(time_limit=0.1))
        served = sum(served_now(connection) for connection in others)
        assert served == 0, "more than http.max_connections are served"
        for connection in kept:
            connection.expect_open()
    finally:
        for connection in [*kept, *others]:
            connection.socket.close()
    expect_eventually_served(server)


def test_whoever_is_one_too_many_is_told_so(start_server):
    server = start_server(flags=["--http-max-connections", "5"])
    others, kept = [], connections_served(server, 5)
    try:
        for number in range(150):
            connection = server.connect()
            others.append(connection)
            if number % 2:
                connection.send_while_accepted(request("GET", "/healthz"))
        for connection in others:
            answer = connection.read_answer()
            expect_problem(answer, 503, "overloaded")
            assert answer.says_close
        # Those that were refused take nobody's place, although they keep their sides open.
        kept.pop().socket.close()
        expect_eventually_served(server, within=1.5)
    finally:
        for connection in [*kept, *others]:
            connection.socket.close()


def served_now(connection):
    """Whether a connection over the limit is served; it may be refused, closed, answered 503 or left waiting."""
    try:
        return connection.ask("GET", "/healthz").status == 200
    except (NoAnswer, OSError):
        return False


def expect_eventually_served(server, within=TIME_LIMIT):
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            with server.connect(time_limit=1.0) as connection:
                connection.expect_open()
            return
        except (NoAnswer, OSError, AssertionError):
            pass
    raise AssertionError("no connection is served after others have ended")
