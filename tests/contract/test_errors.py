"""The paragraph "Errors" of the contract: problem+json, codes, limits, and what each does to the connection."""

import os
import random

import pytest

from expectations import allowed_methods, event_request, expect_no_content, expect_problem
from hourglass_process import AT_ONCE, NoAnswer, request

TARGET_LIMIT = 8 * 1024
HEADER_LIMIT = 16 * 1024
BODY_LIMIT = 16 * 1024 * 1024


@pytest.mark.parametrize(
    "path",
    ["/", "/analytics/", "/Analytics", "/ANALYTICS", "/analytic", "/analyticss", "//analytics", "/analytics/x", "/analytics/batch/",
     "/analytics/Batch", "/analytics//batch", "/batch", "/healthz/", "/metrics/x", "/favicon.ico", "/index.html",
     "/analytics%00", "/%2e%2e/etc/passwd", "/../analytics/x"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_path_is_404_not_found(server, method, path):
    with server.connect() as connection:
        expect_problem(connection.ask(method, f"{path}?timestamp=1&user=ann&click"), 404, "not_found")
        connection.expect_open()


METHODS = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "PATCH",
    "OPTIONS",
    "TRACE",
    "get",
    "Post",
    "FOO",
    "M-SEARCH",
    "PROPFIND",
]
ROUTES = {
    "/analytics": {"GET", "HEAD", "POST"},
    "/analytics/batch": {"POST"},
    "/healthz": {"GET", "HEAD"},
    "/readyz": {"GET", "HEAD"},
    "/metrics": {"GET", "HEAD"},
}


@pytest.mark.parametrize(
    "path, method", [(path, method) for path in ROUTES for method in METHODS if method not in ROUTES[path]]
)
def test_another_method_is_405_with_allow(server, path, method):
    with server.connect() as connection:
        answer = connection.ask(method, f"{path}?timestamp=1&user=ann&click")
        expect_problem(answer, 405, "method_not_allowed", head=method == "HEAD")
        assert allowed_methods(answer) == ROUTES[path]
        connection.expect_open()


def test_options_of_the_whole_server_is_405_with_allow(server):
    with server.connect() as connection:
        answer = connection.ask("OPTIONS", "*")
        expect_problem(answer, 405, "method_not_allowed")
        assert allowed_methods(answer) == {"GET", "HEAD", "POST"}
        connection.expect_open()


def test_a_read_only_route_refuses_a_post_with_a_body_and_stays_in_step(server):
    with server.connect() as connection:
        for path in ("/healthz", "/readyz", "/metrics", "/nowhere"):
            assert connection.ask("POST", path, body=b"x" * 5000).status in (404, 405)
        connection.expect_open()


@pytest.mark.parametrize("target", ["/analytics", "/nowhere", "/analytics?timestamp=x", "/analytics/batch"])
def test_a_refused_head_has_the_headers_of_the_problem_and_no_body(server, target):
    with server.connect() as connection:
        answer = connection.ask("HEAD", target)
        assert answer.status in (400, 404, 405)
        expect_problem(answer, answer.status, head=True)
        connection.expect_open()


REFUSED = [
    ("POST", "/analytics", 400, "missing_timestamp"),
    ("POST", "/analytics?timestamp=x&user=a&click", 400, "invalid_timestamp"),
    ("POST", "/analytics?timestamp=253402300800000&user=a&click", 400, "timestamp_out_of_range"),
    ("POST", "/analytics?timestamp=1&click", 400, "missing_user"),
    ("POST", "/analytics?timestamp=1&user=%ff&click", 400, "invalid_user"),
    ("POST", "/analytics?timestamp=1&user=%f&click", 400, "invalid_escape"),
    ("POST", "/analytics?timestamp=1&user=a", 400, "missing_event"),
    ("POST", "/analytics?timestamp=1&user=a&click&impression", 400, "ambiguous_event"),
    ("POST", "/analytics?timestamp=1&user=a&click&user=a", 400, "duplicate_parameter"),
    ("POST", "/analytics?timestamp=1&user=a&click=2", 400, "invalid_parameter"),
    ("POST", "/analytics?timestamp=1&user=a&click&id=", 400, "invalid_idempotency_key"),
    ("GET", "/nowhere", 404, "not_found"),
    ("DELETE", "/analytics", 405, "method_not_allowed"),
]


def test_a_well_framed_request_that_is_refused_leaves_the_connection_open(server, hour):
    with server.connect() as connection:
        for method, target, status, code in REFUSED:
            expect_problem(connection.ask(method, target), status, code)
            expect_no_content(connection.ask("POST", f"/analytics?timestamp={hour}&user=ann&click"))
    assert server.totals(hour) == (1, len(REFUSED), 0)


def test_refused_and_good_requests_in_one_pipeline_are_answered_in_order(server, hour):
    good = event_request(hour)
    with server.connect() as connection:
        connection.send(
            b"".join(request(method, target, body=b"junk") + good for method, target, _, _ in REFUSED)
        )
        for _, _, status, code in REFUSED:
            expect_problem(connection.read_answer(), status, code)
            expect_no_content(connection.read_answer())
        connection.expect_open()
    assert server.totals(hour) == (1, len(REFUSED), 0)


def padded_target(hour, size):
    start = f"/analytics?timestamp={hour}&user=ann&click&x="
    return start + "y" * (size - len(start))


@pytest.mark.parametrize("size", [TARGET_LIMIT - 1, TARGET_LIMIT])
def test_a_target_of_8_kib_is_taken(server, hour, size):
    with server.connect() as connection:
        expect_no_content(connection.ask("POST", padded_target(hour, size)))
        connection.expect_open()


@pytest.mark.parametrize("size", [TARGET_LIMIT + 1, TARGET_LIMIT + 100, 3 * TARGET_LIMIT, 1_000_000])
def test_a_longer_target_is_414_and_closes(server, hour, size):
    with server.connect() as connection:
        connection.send_while_accepted(request("POST", padded_target(hour, size)) + event_request(hour))
        expect_problem(connection.read_answer(), 414, "target_too_long")
        connection.expect_closed()
    assert server.totals(hour) == (0, 0, 0)


def test_a_target_without_end_is_414_at_once(server):
    with server.connect() as connection:
        connection.send_while_accepted(b"GET /" + b"x" * (64 * 1024))
        expect_problem(connection.read_answer(within=AT_ONCE), 414, "target_too_long")
        connection.expect_closed()


def header_lines(size):
    """Header lines of so many bytes in all, Host among them, each line of at most 1000 bytes."""
    lines = b"Host: localhost\r\n"
    while size - len(lines) > 1000:
        lines += b"X: " + b"v" * 495 + b"\r\n"
    return lines + b"X: " + b"v" * (size - len(lines) - 5) + b"\r\n"


# "Header section 16 KiB" may be meant with or without the request line and the empty line. A request that fits in
# every reading has to be taken, one that fits in none has to be refused.
@pytest.mark.parametrize("spare", [0, 1, 100])
def test_a_header_section_of_16_kib_is_taken(server, hour, spare):
    first = f"POST /analytics?timestamp={hour}&user=ann&click HTTP/1.1\r\n".encode()
    data = first + header_lines(HEADER_LIMIT - spare - len(first) - 2) + b"\r\n"
    assert len(data) == HEADER_LIMIT - spare
    with server.connect() as connection:
        connection.send(data)
        expect_no_content(connection.read_answer())
        connection.expect_open()


@pytest.mark.parametrize("size", [HEADER_LIMIT + 1, HEADER_LIMIT + 1000, 8 * HEADER_LIMIT, 1_000_000])
def test_a_larger_header_section_is_431_and_closes(server, hour, size):
    first = f"POST /analytics?timestamp={hour}&user=ann&click HTTP/1.1\r\n".encode()
    with server.connect() as connection:
        connection.send_while_accepted(first + header_lines(size) + b"\r\n" + event_request(hour))
        expect_problem(connection.read_answer(), 431, "headers_too_large")
        connection.expect_closed()
    assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize("piece", [b"X: y\r\n", b"X", b"X: yyyyyyyyyyyyyyyyyyyyy", b"X:\r\n"], ids=repr)
def test_a_header_section_without_end_is_431_at_once(server, piece):
    with server.connect() as connection:
        start = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
        connection.send_while_accepted(start + piece * (64 * 1024 // len(piece)))
        expect_problem(connection.read_answer(within=AT_ONCE), 431, "headers_too_large")
        connection.expect_closed()


def test_many_small_headers_within_the_limit_are_taken(server, hour):
    headers = [(f"X{number}", "v") for number in range(1000)]
    expect_no_content(server.post(hour, "ann", headers=headers))


@pytest.mark.parametrize("path", ["/analytics?timestamp={hour}&user=ann&click", "/analytics/batch"])
def test_a_body_of_declared_length_over_16_mib_is_413_and_closes(server, hour, path):
    with server.connect() as connection:
        head = request("POST", path.format(hour=hour), [("Content-Length", str(BODY_LIMIT + 1))])
        connection.send_while_accepted(head + b"x" * 100_000)
        expect_problem(connection.read_answer(), 413, "body_too_large")
        connection.expect_closed()
    assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize("length", [str(BODY_LIMIT + 1), str(1 << 31), str(1 << 62), "18446744073709551615"])
def test_413_comes_without_waiting_for_the_body(server, length):
    with server.connect() as connection:
        connection.send(request("POST", "/analytics/batch", [("Content-Length", length)]))
        expect_problem(connection.read_answer(within=AT_ONCE), 413, "body_too_large")
        connection.expect_closed()


@pytest.mark.parametrize("length", ["18446744073709551616", "9" * 30, "1" + "0" * 200])
def test_a_length_beyond_64_bits_is_refused_and_closes(server, hour, length):
    # Digits only, so framed well by the letter and too large; calling it malformed is reasonable too.
    with server.connect() as connection:
        connection.send(
            request("POST", "/analytics/batch", [("Content-Length", length)]) + event_request(hour)
        )
        answer = connection.read_answer(within=AT_ONCE)
        assert answer.status in (400, 413), answer
        expect_problem(answer, answer.status, "body_too_large", "malformed_request")
        connection.expect_closed()
    assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize("form", ["length", "chunked"])
def test_a_client_that_sends_on_can_still_read_its_413(server, form):
    """ "... it closes, with a bounded wait for the client to read": no reset overtakes the answer."""
    size = 3 * BODY_LIMIT
    if form == "length":
        data = request("POST", "/analytics/batch", body=b" " * size)
    else:
        data = request("POST", "/analytics/batch", [("Transfer-Encoding", "chunked")])
        data += b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        data += (b"100000\r\n" + b" " * 0x100000 + b"\r\n") * (size // 0x100000 - 1)
    with server.connect() as connection:
        connection.send_while_accepted(data)
        expect_problem(connection.read_answer(), 413, "body_too_large")


def random_bytes(seed):
    """Requests with a few bytes changed, dropped, repeated or moved."""
    chance = random.Random(seed)
    data = b"".join(
        [
            request(
                "POST", "/analytics?timestamp=7300000000000&user=%41nn&click", [("Idempotency-Key", "k")]
            ),
            request(
                "POST", "/analytics/batch", [("Transfer-Encoding", "chunked")], b"3\r\n{}\n\r\n0\r\n\r\n"
            ),
            request("GET", "/analytics?timestamp=7300000000000&consistency=strong"),
            request(
                "POST", "/analytics/batch", [("Content-Encoding", "gzip")], b"\x1f\x8b\x08\0\0\0\0\0\0\0"
            ),
        ]
    )
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data))
        change = chance.randrange(4)
        if change == 0:
            data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
        elif change == 1:
            data = data[:at] + data[at + chance.randint(1, 20) :]
        elif change == 2:
            data = data[:at] + data[at : at + chance.randint(1, 30)] + data[at:]
        else:
            data = data[:at] + bytes(chance.choice(b" \r\n\t\0:;,#%\xff") for _ in range(3)) + data[at:]
    return data


def test_never_a_500_for_something_that_a_client_can_cause(server):
    first = int(os.environ.get("HOURGLASS_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"HOURGLASS_TEST_SEED={first}")
    for seed in range(first, first + 400):
        with server.connect() as connection:
            connection.send_while_accepted(random_bytes(seed))
            try:
                connection.finish_sending()
                while True:
                    answer = connection.read_answer()
                    assert answer.status < 500, (seed, answer)
            except (NoAnswer, OSError) as end:
                assert "in time" not in str(end), (seed, end)
    assert server.get("/healthz").status == 200
