"""The paragraph "Connections" of the contract: ambiguous or malformed framing is 400 and ends the connection.

Each of these requests is sent with a good POST behind it: there has to be one 400, at once and not from a time-out, then
the end of the connection, and the POST behind it must not have been counted.
"""

import pytest

from expectations import event_request, expect_malformed, expect_no_content, expect_problem
from hourglass_process import AT_ONCE, chunked, request

TARGET = b"/analytics?timestamp=7400000000000&user=ann&click"
LINE = b"POST " + TARGET + b" HTTP/1.1\r\n"
HOST = b"Host: localhost\r\n"


def with_headers(*lines, body=b"", first=LINE, host=HOST):
    return first + host + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


def with_target(target, method=b"POST"):
    return with_headers(first=method + b" " + target + b" HTTP/1.1\r\n")


CHUNKED = b"Transfer-Encoding: chunked"
LAST = b"0\r\n\r\n"

LENGTHS = {
    "CL and TE": with_headers(b"Content-Length: 5", CHUNKED, body=LAST),
    "TE and CL": with_headers(CHUNKED, b"Content-Length: 5", body=LAST),
    "CL 0 and TE": with_headers(b"Content-Length: 0", CHUNKED, body=LAST),
    "TE and CL in other case": with_headers(b"TRANSFER-ENCODING: Chunked", b"content-length: 5", body=LAST),
    "two different lengths": with_headers(b"Content-Length: 5", b"Content-Length: 6", body=b"hello"),
    "two equal lengths": with_headers(b"Content-Length: 5", b"Content-Length: 5", body=b"hello"),
    "two lengths of zero": with_headers(b"Content-Length: 0", b"content-length: 0"),
    **{
        f"length {value!r}": with_headers(b"Content-Length: " + value, body=b"hello")
        for value in (b"5, 5", b"5,5", b"5,", b"+5", b"-5", b"-0", b"0x5", b"5 5", b"", b"5a", b"a5", b"1e1", b"5.0", b'"5"', b"5;",
                      b"\xb2", b"five", b"5\x0b", b"5\x0c", b"\xc2\xa05", b"5_0")
    },
}  # fmt: skip

CODINGS = {
    f"coding {value!r}": with_headers(b"Transfer-Encoding: " + value, body=LAST)
    for value in (b"gzip", b"gzip, chunked", b"chunked, gzip", b"chunked, chunked", b"chunked,", b", chunked", b"identity", b"xchunked",
                  b"chunkedx", b"chunked;q=1", b'"chunked"', b"chunked chunked", b"", b"\x0bchunked", b"chunked\x0c", b"chun ked",
                  b"chunked, identity", b"deflate", b"\xc2\xa0chunked")
}  # fmt: skip
CODINGS |= {
    "two coding headers": with_headers(CHUNKED, CHUNKED, body=LAST),
    "two coding headers, one gzip": with_headers(b"Transfer-Encoding: gzip", CHUNKED, body=LAST),
    "two coding headers, one identity": with_headers(CHUNKED, b"Transfer-Encoding: identity", body=LAST),
    "chunked in HTTP/1.0": with_headers(CHUNKED, body=LAST, first=LINE.replace(b"1.1", b"1.0")),
    "chunked and keep-alive in HTTP/1.0": with_headers(
        b"Connection: keep-alive", CHUNKED, body=LAST, first=LINE.replace(b"1.1", b"1.0")
    ),
}

TARGETS = {
    f"target {target!r}": with_target(target)
    for target in (TARGET + b"#", TARGET + b"#x", b"/analytics#?timestamp=1", b"#", TARGET + b"\x80", TARGET + b"\xff",
                   TARGET.replace(b"ann", "é".encode()), TARGET.replace(b"ann", b"a\xffn"), b"/\xc3\xa9", TARGET + b"\0",
                   TARGET + b"\r", TARGET.replace(b"ann", b"a\rn"), TARGET.replace(b"ann", b"a\0n"),
                   # Not in the contract's list, but not a request line either.
                   TARGET.replace(b"ann", b"a n"), TARGET.replace(b"ann", b"a\tn"), TARGET.replace(b"ann", b"a\x01n"),
                   TARGET.replace(b"ann", b"a\x7fn"), b"")
}  # fmt: skip

WHOLE = with_headers(b"X: y")
BARE_LF = {
    "bare LF behind the request line": WHOLE.replace(b"HTTP/1.1\r\n", b"HTTP/1.1\n"),
    "bare LF behind a header": WHOLE.replace(b"X: y\r\n", b"X: y\n"),
    "bare LF behind Host": WHOLE.replace(b"localhost\r\n", b"localhost\n"),
    "bare LF at the end": WHOLE[:-2] + b"\n",
    "bare LF everywhere": WHOLE.replace(b"\r\n", b"\n"),
    "bare LF within a value": with_headers(b"X: a\nb"),
    "bare LF within a name": with_headers(b"X\nY: a"),
    "bare LF within the target": with_target(TARGET + b"\n"),
    "bare LF first": b"\n" + WHOLE,
    "LF CR": WHOLE[:-2] + b"\n\r",
    "header hidden behind a bare LF": with_headers(b"X: a\nContent-Length: 5", body=b"hello"),
}
BARE_CR_AND_NUL = {
    "bare CR within a value": with_headers(b"X: a\rb"),
    "bare CR before CRLF": with_headers(b"X: a\r"),
    "bare CR within a name": with_headers(b"X\r: a"),
    "bare CR at the end": WHOLE[:-2] + b"\rX",
    "bare CR as line end": WHOLE.replace(b"X: y\r\n", b"X: y\r"),
    "bare CR in the version": WHOLE.replace(b"HTTP/1.1\r\n", b"HTTP/1.1\r\r\n"),
    "header hidden behind a bare CR": with_headers(b"X: a\rTransfer-Encoding: chunked"),
    "NUL within a value": with_headers(b"X: a\0b"),
    "NUL at the end of a value": with_headers(b"X: a\0"),
    "NUL within a name": with_headers(b"X\0Y: a"),
    "NUL in the method": WHOLE.replace(b"POST", b"PO\0T"),
    "NUL in the version": WHOLE.replace(b"HTTP/1.1", b"HTTP/1.1\0"),
    "NUL first": b"\0" + WHOLE,
    "NUL in Host": WHOLE.replace(b"localhost", b"local\0host"),
}
HEADERS = {
    "folded with a space": with_headers(b"X: a", b" b"),
    "folded with a tab": with_headers(b"X: a", b"\tb"),
    "folded coding": with_headers(b"X: a", b" Transfer-Encoding: chunked"),
    "folded value of coding": with_headers(b"Transfer-Encoding:", b" chunked", body=LAST),
    "folded first header": LINE + b" X: a\r\n" + HOST + b"\r\n",
    "folded empty": with_headers(b"X: a", b" "),
    "space before the colon": with_headers(b"X : a"),
    "tab before the colon": with_headers(b"X\t: a"),
    "space before the colon of Host": LINE + b"Host : localhost\r\n\r\n",
    "space before the colon of a length": with_headers(b"Content-Length : 5", body=b"hello"),
    "space before the colon of a coding": with_headers(b"Transfer-Encoding : chunked", body=LAST),
    "no colon": with_headers(b"nonsense"),
    "no name": with_headers(b": value"),
    "space within a name": with_headers(b"X Y: a"),
    "bracket in a name": with_headers(b"X(Y): a"),
    "slash in a name": with_headers(b"X/Y: a"),
    "byte above ASCII in a name": with_headers(b"X\xe9: a"),
    "control character in a name": with_headers(b"X\x01: a"),
}
HOSTS = {
    "no Host": with_headers(host=b""),
    "two Hosts": with_headers(b"Host: localhost"),
    "two different Hosts": with_headers(b"host: other"),
    "three Hosts": with_headers(b"HOST: a", b"Host: b"),
    "two Hosts in HTTP/1.0": with_headers(HOST[:-2], first=LINE.replace(b"1.1", b"1.0")),
    "absolute form without Host": with_headers(
        host=b"", first=b"POST http://localhost" + TARGET + b" HTTP/1.1\r\n"
    ),
}
HOSTS |= {
    f"Host {value!r}": with_headers(host=b"Host: " + value + b"\r\n")
    for value in (b"[::1", b"::1", b"[]", b"[::1]x", b"[::1%25lo]", b"[v1]", b"%", b"%zz", b"a%4", b"a:b", b"a:b:c", b"a:1:2",
                  b"a:99999", b"a:65536", b":80", b"u@h", b"a\\", b"a b", b"a/b", b"\xc3\xa4")
}  # fmt: skip
HOSTS |= {
    f"authority {value!r}": with_target(b"http://" + value + TARGET)
    for value in (b"", b":80", b"[::1", b"[]", b"h:99999", b"h:x", b"h:1:2", b"h\\", b"h%zz", b"u@h", b"u:p@h")
}  # fmt: skip


def with_chunks(body):
    return with_headers(CHUNKED, body=body)


CHUNKS = {
    f"chunk {body[:40]!r}": with_chunks(body)
    for body in (b"g\r\n", b"-1\r\nx\r\n" + LAST, b"+1\r\nx\r\n" + LAST, b"0x1\r\nx\r\n" + LAST, b" 1\r\nx\r\n" + LAST, b"\r\n",
                 b"1\r\nxx\r\n" + LAST, b"2\r\nx\r\n" + LAST + b"\r\n", b"1\nx\r\n" + LAST, b"1\r\nx\n" + LAST,
                 b"1\r\nx" + LAST, b"1\rx\r\n" + LAST, b"1\r\nx\r\n\r\n" + LAST, b"0\n\n", b"0\r\n\n", b"0\r\r\n\r\n",
                 b"1;a\nb\r\nx\r\n" + LAST, b"1;a\0\r\nx\r\n" + LAST, b"1;a\rb\r\nx\r\n" + LAST, b";a\r\n", b"1,\r\nx\r\n" + LAST,
                 b"1\0\r\nx\r\n" + LAST, b"\xb2\r\nxx\r\n" + LAST, b"zz\r\n",
                 b"0\r\nX: a\nY: b\r\n\r\n", b"0\r\nX: a\n\r\n", b"0\r\nX : a\r\n\r\n", b"0\r\n X: a\r\n\r\n",
                 b"0\r\nX: a\r\n b\r\n\r\n", b"0\r\nnonsense\r\n\r\n", b"0\r\nX: a\0\r\n\r\n", b"0\r\nX: a\rb\r\n\r\n")
}  # fmt: skip

REQUEST_LINES = {
    f"line {first[:40]!r}": with_headers(first=first + b"\r\n")
    for first in (b"POST", b"POST ", b"POST " + TARGET, b"POST " + TARGET + b" ", b"POST  " + TARGET + b" HTTP/1.1",
                  b"POST " + TARGET + b"  HTTP/1.1", b"POST " + TARGET + b" HTTP/1.1 ", b" POST " + TARGET + b" HTTP/1.1",
                  b"POST\t" + TARGET + b" HTTP/1.1", b"POST " + TARGET + b"\tHTTP/1.1", b"POST " + TARGET + b" http/1.1",
                  b"POST " + TARGET + b" HTTP/1.1x", b"POST " + TARGET + b" HTTP/11", b"POST " + TARGET + b" HTTP/1.",
                  b"POST " + TARGET + b" HTTP/", b"POST " + TARGET + b" HTTP", b"POST " + TARGET + b" HTTP/1,1",
                  b"POST " + TARGET + b" HTTP/2.0", b"POST " + TARGET + b" HTTP/0.9", b"POST " + TARGET + b" HTTP/1.10",
                  b"POST " + TARGET + b" HTTP/01.1", b"POST " + TARGET + b" HTTP/+1.1", b"POST " + TARGET + b" HTTPS/1.1",
                  b"PO ST " + TARGET + b" HTTP/1.1", b"PO(T " + TARGET + b" HTTP/1.1", b"P\xd6ST " + TARGET + b" HTTP/1.1",
                  b"PO\x7fT " + TARGET + b" HTTP/1.1", b"POST " + TARGET + b" HTTP/1.1 HTTP/1.1")
}  # fmt: skip
OTHER_PROTOCOLS = {
    "HTTP/0.9": b"GET /analytics?timestamp=0\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64",
    "TLS": bytes.fromhex("16030100050100000103") + b"\x03" * 32 + b"\0\0\x02\x13\x01\x01\0",
    "SSH": b"SSH-2.0-OpenSSH_9.2p1\r\n",
    "PROXY": b"PROXY TCP4 10.0.0.1 10.0.0.2 56324 443\r\n",
    "Redis": b"*1\r\n$4\r\nPING\r\n",
    "binary": bytes(range(128, 256)) + b"\r\n\r\n",
}

MALFORMED = {
    **LENGTHS, **CODINGS, **TARGETS, **BARE_LF, **BARE_CR_AND_NUL, **HEADERS, **HOSTS, **CHUNKS, **REQUEST_LINES, **OTHER_PROTOCOLS,
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_framing_is_400_and_nothing_behind_it_is_read(server, hour, name):
    expect_malformed(server, MALFORMED[name], behind=event_request(hour))
    assert server.totals(hour) == (0, 0, 0)
    assert server.totals(7_400_000_000_000) == (0, 0, 0), "the malformed request itself must not count either"


# What ends as a line would end, so that only the missing rest of the request could be waited for.
COMPLETE_ALONE = [
    *BARE_LF,
    *OTHER_PROTOCOLS,
    "no colon",
    "space before the colon",
    "folded with a space",
    "two equal lengths",
]


@pytest.mark.parametrize("name", COMPLETE_ALONE)
def test_malformed_framing_is_400_at_once_when_nothing_follows(server, name):
    expect_malformed(server, MALFORMED[name])


@pytest.mark.parametrize(
    "start",
    [b"GET /healthz HTTP/1.1\n", b"GET /healthz HTTP/1.1\r\nHost: a\n", b"GET /healthz HTTP/1.1\r\nHost: a\r\n\n", b"\n", b"\0", b"G\0",
     b"GET /healthz HTTP/1.1\r\nHost: a\0", b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: b\rc"],
    ids=repr,
)  # fmt: skip
def test_a_bare_lf_cr_or_nul_is_refused_at_once_and_not_by_a_time_out(server, start):
    expect_malformed(server, start)


@pytest.mark.parametrize(
    "host",
    ["", "localhost:8080", "a:", "a:65535", "[::1]", "[::1]:80", "1.2.3.4", "a_b", "%41", "[v1.x]", "xn--a.example."],
)
def test_hosts_in_any_valid_form_are_taken(server, host):
    assert server.ask("GET", "/healthz", host=host).status == 200
    if host:
        for scheme in ("http", "https", "HTTP"):
            assert server.ask("GET", f"{scheme}://{host}/healthz").status == 200


SPLIT = ["two equal lengths", "bare LF behind a header", "folded with a space", "coding b'gzip, chunked'", "NUL within a value",
         "chunk b'1\\r\\nxx\\r\\n0\\r\\n\\r\\n'"]  # fmt: skip


@pytest.mark.parametrize("name", SPLIT)
def test_malformed_framing_is_found_byte_by_byte_too(server, hour, name):
    def trickle(connection, data):
        for at in range(len(data)):
            connection.send_while_accepted(data[at : at + 1])
        connection.send_while_accepted(event_request(hour))

    expect_malformed(server, MALFORMED[name], send=trickle)
    assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize("name", ["CL and TE", "bare LF behind a header", "two Hosts", "no colon"])
def test_good_requests_before_a_malformed_one_are_answered_first(server, hour, name):
    with server.connect() as connection:
        connection.send_while_accepted(event_request(hour) * 3 + MALFORMED[name] + event_request(hour))
        for _ in range(3):
            expect_no_content(connection.read_answer())
        expect_problem(connection.read_answer(within=AT_ONCE), 400, "malformed_request")
        connection.expect_closed()
    assert server.totals(hour) == (1, 3, 0)


@pytest.mark.parametrize("size", [b"f" * 16, b"f" * 17, b"8000000000000000", b"1" + b"0" * 16, b"1000001"])
def test_a_chunk_size_beyond_every_limit_is_refused(server, hour, size):
    # Malformed when it overflows, too large otherwise; the contract does not draw the line.
    with server.connect() as connection:
        connection.send_while_accepted(with_chunks(size + b"\r\nx\r\n" + LAST) + event_request(hour))
        answer = connection.read_answer(within=AT_ONCE)
        assert answer.status in (400, 413)
        expect_problem(answer, answer.status, "malformed_request", "body_too_large")
        connection.expect_closed()
    assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize(
    "start",
    [b"1;" + b"a" * 1_000_000, b"0" * 1_000_000, b"0\r\n" + b"X: y\r\n" * 200_000],
    ids=["extension", "size", "trailer"],
)
def test_chunk_sizes_extensions_and_trailers_without_end_are_refused(server, start):
    with server.connect() as connection:
        connection.send_while_accepted(with_chunks(start))
        answer = connection.read_answer(within=AT_ONCE)
        assert answer.status in (400, 413, 431)
        connection.expect_closed()


def test_any_number_of_chunks_may_have_extensions(server, hour):
    body = b'{"timestamp":%d,"user":"ann","event":"click"}' % hour + b" " * 5000
    coded = b"".join(b'1;a=b;c="d"\r\n%c\r\n' % byte for byte in body) + LAST
    with server.connect() as connection:
        connection.send(request("POST", "/analytics/batch", [("Transfer-Encoding", "chunked")], coded))
        assert connection.read_answer().status == 200
        connection.expect_open()
    assert server.totals(hour) == (1, 1, 0)


def test_chunks_in_any_valid_form_are_taken(server, hour):
    bodies = [LAST, b"000\r\n\r\n", b"1\r\nx\r\n" + LAST, b"00001\r\nx\r\n" + LAST, b"A\r\n0123456789\r\n" + LAST,
              b"a\r\n0123456789\r\n0000\r\n\r\n", b"1;a=b\r\nx\r\n0;c\r\n\r\n", b'1;a="b c"\r\nx\r\n' + LAST,
              chunked(b"x" * 70_000, b"\r\n", b"0\r\n\r\n"), chunked(b"x", trailer=b"X: y\r\nExpires: now\r\n"),
              b"1\r\n\n\r\n" + LAST]  # fmt: skip
    with server.connect() as connection:
        for coding in (b"chunked", b"Chunked", b"CHUNKED", b"  chunked \t"):
            for body in bodies:
                first = b"POST /analytics?timestamp=%d&user=ann&click HTTP/1.1\r\n" % hour
                connection.send(with_headers(b"Transfer-Encoding: " + coding, body=body, first=first))
                expect_no_content(connection.read_answer())
        connection.expect_open()
    assert server.totals(hour) == (1, 4 * len(bodies), 0)


@pytest.mark.parametrize(
    "lines",
    [
        [b"X: \xe9\xff\x80"],
        [b"X:"],
        [b"X: "],
        [b"X:y"],
        [b"X:\ty\t"],
        [b"X: a: b:c"],
        [b"!#$%&'*+-.^_`|~9: x"],
        [b"Cookie: " + b"c" * 9000],
    ],
)
def test_unusual_but_valid_headers_are_taken(server, hour, lines):
    first = b"POST /analytics?timestamp=%d&user=ann&click HTTP/1.1\r\n" % hour
    with server.connect() as connection:
        connection.send(with_headers(*lines, first=first))
        expect_no_content(connection.read_answer())
        connection.expect_open()


@pytest.mark.parametrize(
    "data",
    [with_headers(b"X: a\x01b"), with_headers(b"X: \x7f"), b"\r\n" + WHOLE, WHOLE.replace(b"1.1", b"1.2")],
)
def test_what_the_contract_leaves_open_gets_one_sound_answer(server, data):
    # Control characters in a value, an empty line before a request, a minor version of the future: RFC 9112 lets a
    # server take or refuse them. So the target is one that cannot count, and either answer is good.
    with server.connect() as connection:
        connection.send(data.replace(TARGET, b"/healthz").replace(b"POST", b"GET"))
        assert connection.read_answer(within=AT_ONCE).status in (200, 400)


@pytest.mark.parametrize(
    "method, target",
    [
        ("GET", "analytics"),
        ("GET", "?timestamp=1"),
        ("GET", "*"),
        ("CONNECT", "localhost:80"),
        ("GET", "ftp://localhost/"),
    ],
)
def test_a_target_in_a_form_that_is_not_served_is_refused(server, method, target):
    # The contract names none of them: malformed, not found and not allowed are all reasonable.
    with server.connect() as connection:
        answer = connection.ask(method, target)
        assert answer.status in (400, 404, 405), answer
        expect_problem(answer, answer.status, "malformed_request", "not_found", "method_not_allowed")


def test_every_split_of_a_pipeline_in_two_is_understood(server, hour):
    get = request("GET", f"/analytics?timestamp={hour}")
    post = request(
        "POST",
        f"/analytics?timestamp={hour}&user=%C3%A9&click",
        [("Transfer-Encoding", "chunked")],
        chunked(b"ab", b"c"),
    )
    data = post + get
    with server.connect() as connection:
        for at in range(1, len(data)):
            connection.send_in_pieces([data[:at], data[at:]], pause=0.001)
            expect_no_content(connection.read_answer())
            assert connection.read_answer().body == b"unique_users,1\nclicks,%d\nimpressions,0\n" % at


def test_requests_byte_by_byte_are_understood(server, hour):
    batch = b'{"timestamp":%d,"user":"ann","event":"click"}' % hour
    data = event_request(hour) + request("POST", "/analytics/batch", body=batch) + event_request(hour)
    with server.connect() as connection:
        connection.send_in_pieces([data[at : at + 1] for at in range(len(data))], pause=0)
        expect_no_content(connection.read_answer())
        assert connection.read_answer().status == 200
        expect_no_content(connection.read_answer())
        connection.expect_open()
    assert server.totals(hour) == (2, 3, 0)
