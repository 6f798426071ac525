""" "Several faults at once: the first of framing, path (404), method (405), timestamp, user, event, key"."""

import pytest

from expectations import event_request, expect_malformed, expect_problem
from hourglass_process import request

TOO_LONG = "k" * 129


@pytest.mark.parametrize(
    "method, target, status, code",
    [
        ("DELETE", "/nowhere?timestamp=x", 404, "not_found"),
        ("OPTIONS", "/nowhere", 404, "not_found"),
        ("POST", "/nowhere?timestamp=1&user=%zz", 404, "not_found"),
        ("PUT", "/analytics?timestamp=x&user=%zz&id=", 405, "method_not_allowed"),
        ("DELETE", "/analytics", 405, "method_not_allowed"),
        ("GET", "/analytics/batch?id=", 405, "method_not_allowed"),
        ("POST", "/healthz?timestamp=", 405, "method_not_allowed"),
    ],
)
def test_path_goes_before_method_and_method_before_parameters(server, method, target, status, code):
    expect_problem(server.ask(method, target, [("Idempotency-Key", TOO_LONG)]), status, code)


# Each list holds faults of one group; a request takes one of each of some groups, the earliest has to be named.
TIMESTAMP = [
    ("", "missing_timestamp"),
    ("timestamp=", "invalid_timestamp"),
    ("timestamp=99999999999999999999", "timestamp_out_of_range"),
    ("timestamp=1&timestamp=1", "duplicate_parameter"),
]
USER = [
    ("", "missing_user"),
    ("user=", "invalid_user"),
    ("user=%zz", "invalid_escape"),
    ("user=a&user=a", "duplicate_parameter"),
]
EVENT = [
    ("", "missing_event"),
    ("click=1", "invalid_parameter"),
    ("click&impression", "ambiguous_event"),
    ("click&click", "duplicate_parameter"),
]
KEY = [
    ("id=", "invalid_idempotency_key"),
    ("id=%zz", "invalid_escape"),
    ("id=" + TOO_LONG, "invalid_idempotency_key"),
    ("id=a&id=a", "duplicate_parameter"),
]
GOOD = ["timestamp=1", "user=ann", "click", "id=precedence"]


def several_faults():
    groups = [TIMESTAMP, USER, EVENT, KEY]
    for first in range(3):
        for second in range(first + 1, 4):
            for index, (fault, code) in enumerate(groups[first]):
                parts = list(GOOD)
                parts[first] = fault
                parts[second] = groups[second][(index + second) % 4][0]
                yield "&".join(part for part in parts if part), code
                yield "&".join(part for part in reversed(parts) if part), code


@pytest.mark.parametrize("query, code", list(several_faults()))
def test_timestamp_goes_before_user_before_event_before_key(server, query, code):
    expect_problem(server.ask("POST", f"/analytics?{query}"), 400, code)


def test_every_group_at_fault_names_the_timestamp(server):
    answer = server.ask(
        "POST", "/analytics?id=&click&impression&user=%zz&timestamp=x", [("Idempotency-Key", "")]
    )
    expect_problem(answer, 400, "invalid_timestamp")


@pytest.mark.parametrize("target", ["/nowhere", "/analytics", "/analytics?timestamp=x", "/analytics/batch"])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    "headers, body",
    [
        ([("Content-Length", "5"), ("Transfer-Encoding", "chunked")], b"0\r\n\r\n"),
        ([("Content-Length", "1"), ("Content-Length", "2")], b"xx"),
        ([("Transfer-Encoding", "gzip")], b""),
        ([("Bad Name", "x")], b""),
        ([("Host", "again")], b""),
    ],
)
def test_framing_goes_before_path_and_method(server, hour, method, target, headers, body):
    expect_malformed(server, request(method, target, headers, body), behind=event_request(hour))
    assert server.totals(hour) == (0, 0, 0)


def test_timestamp_goes_before_consistency_in_a_read(server):
    # `consistency` is not in the list; it belongs behind the timestamp, as a parameter of less weight.
    answer = server.get("/analytics?consistency=weak&timestamp=x")
    expect_problem(answer, 400, "invalid_timestamp", "invalid_parameter")


@pytest.mark.parametrize(
    "method, path", [("POST", "/nowhere"), ("DELETE", "/analytics"), ("POST", "/healthz")]
)
def test_a_body_of_a_request_refused_by_its_path_or_method_is_not_taken_for_a_request(
    server, hour, method, path
):
    with server.connect() as connection:
        connection.send(request(method, path, body=event_request(hour)))
        assert connection.read_answer().status in (404, 405)
        connection.expect_open()
    assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize("framing", ["length", "chunked", "length after 100-continue"])
@pytest.mark.parametrize(
    "method, target, headers, status, code",
    [
        ("POST", "/nowhere", [], 404, "not_found"),
        ("PUT", "/analytics", [], 405, "method_not_allowed"),
        ("POST", "/healthz", [], 405, "method_not_allowed"),
        ("POST", "/analytics/batch", [("Content-Encoding", "br")], 415, "unsupported_encoding"),
        ("POST", "/analytics/batch", [("Idempotency-Key", "")], 400, "invalid_idempotency_key"),
        ("POST", "/analytics?timestamp=x", [], 400, "invalid_timestamp"),
        ("POST", "/analytics?timestamp={hour}&user=ann&click", [], 413, "body_too_large"),
        ("POST", "/analytics/batch", [], 413, "body_too_large"),
    ],
)
def test_what_the_head_shows_goes_before_a_body_over_the_limit_and_both_close(
    server, hour, framing, method, target, headers, status, code
):
    headers = headers + {
        "length": [("Content-Length", "16777217")],
        "chunked": [("Transfer-Encoding", "chunked")],
        "length after 100-continue": [("Content-Length", "16777217"), ("Expect", "100-continue")],
    }[framing]
    with server.connect() as connection:
        connection.send(request(method, target.format(hour=hour), headers))
        if framing == "chunked":
            connection.send_while_accepted(b"1000001\r\n" + event_request(hour))
        answer = connection.read_answer()
        expect_problem(answer, status, code)
        assert answer.says_close
        connection.expect_closed()
    assert server.totals(hour) == (0, 0, 0)
