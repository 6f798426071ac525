"""The paragraph "Batches" of the contract: the request as a whole. Single lines are in test_batch_lines.py."""

import gzip
import json
import zlib

import pytest

from expectations import expect_no_content, expect_problem, expect_report, line
from hourglass_process import chunked, request

LIMIT = 16 * 1024 * 1024
BATCH = "/analytics/batch"


def key(value):
    return [("Idempotency-Key", value)]


def coded(value):
    return [("Content-Encoding", value)]


def padded(hour, size):
    """A body of exactly so many bytes: one event, then white space."""
    event = line(hour, "padded")
    return event + b"\n" + b" " * (size - len(event) - 1)


def test_the_answer_is_a_report(server, hour):
    body = b"\n".join(
        [line(hour, "ann"), line(hour, "ben", "impression"), b"{}x", line(hour, "ann", "impression"), b""]
    )
    report = expect_report(server.batch(body))
    assert report["accepted"] == 3 and report["rejected_count"] == 1
    assert report["rejected"][0]["line"] == 3 and report["rejected"][0]["code"] == "invalid_json"
    assert server.totals(hour) == (2, 1, 2)


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "application/x-ndjson",
        "application/json",
        "text/plain",
        "image/png",
        "nonsense",
        "multipart/form-data",
    ],
)
def test_the_body_is_ndjson_whatever_the_content_type(server, hour, kind):
    headers = [("Content-Type", kind)] if kind else []
    assert expect_report(server.batch(line(hour), headers))["accepted"] == 1
    assert server.totals(hour) == (1, 1, 0)


@pytest.mark.parametrize("body", [b"", None, b"\n", b"\n\n\n", b"  \n\t\n\r\n ", b"\r\n\r\n"])
def test_a_body_without_lines_is_200_accepted_0(server, body):
    report = expect_report(server.batch(body))
    assert report == {"accepted": 0, "rejected": [], "rejected_count": 0}


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n", b" \n"])
@pytest.mark.parametrize("between", [b"\n", b"\r\n", b" \r\n \n"])
def test_lines_end_with_a_newline_and_the_last_may_lack_it(server, hour, between, end):
    assert expect_report(server.batch(line(hour) + between + line(hour, "ben") + end))["accepted"] == 2
    assert server.totals(hour) == (2, 2, 0)


def test_lines_are_numbered_from_1_and_empty_ones_are_numbered_and_skipped(server, hour):
    body = b"\n".join([b"", b"x", b" \t ", line(hour), b"\r", b"y", b"", b"z"])
    report = expect_report(server.batch(body))
    assert [rejected["line"] for rejected in report["rejected"]] == [2, 6, 8]
    assert report["accepted"] == 1


def test_at_most_1000_rejected_lines_are_listed(server, hour):
    body = b"\n".join([b"x"] * 1500 + [line(hour)])
    report = expect_report(server.batch(body))
    assert (report["accepted"], report["rejected_count"], len(report["rejected"])) == (1, 1500, 1000)
    assert [rejected["line"] for rejected in report["rejected"]] == list(range(1, 1001))


def test_a_repeated_id_counts_as_accepted(server, hour):
    body = b"\n".join(
        [line(hour, id="r1"), line(hour, id="r1"), line(hour, "ben", id="r1"), line(hour, id="r2")]
    )
    for _ in range(2):
        assert expect_report(server.batch(body))["accepted"] == 4
    assert server.totals(hour) == (2, 3, 0)


def test_lines_without_any_id_count_each_time(server, hour):
    for _ in range(2):
        expect_report(server.batch(line(hour) + b"\n" + line(hour)))
    assert server.totals(hour) == (1, 4, 0)


def test_a_key_on_the_batch_lets_the_whole_batch_be_sent_again_unchanged(server, hour):
    body = b"\n".join([line(hour), line(hour), line(hour, "ben", id="own"), line(hour, "ben", "impression")])
    for _ in range(3):
        assert expect_report(server.batch(body, key("again")))["accepted"] == 4
    assert server.totals(hour) == (2, 3, 1)


def test_a_line_without_an_id_gets_key_hash_line_and_blank_lines_count(server, hour):
    body = b"\n".join([line(hour, "ann"), b"", b" ", line(hour, "ben"), b"bad", line(hour, "cid")])
    expect_report(server.batch(body, key("numbered")))
    for user, value in (("ann", "numbered#1"), ("ben", "numbered#4"), ("cid", "numbered#6")):
        expect_no_content(server.post(hour, user, headers=key(value)))
    assert server.totals(hour) == (3, 3, 0)
    expect_no_content(server.post(hour, "ben", headers=key("numbered#2")))
    assert server.totals(hour) == (3, 4, 0)


def test_a_line_with_an_id_keeps_it(server, hour):
    expect_report(server.batch(line(hour, id="mine"), key("batch-key")))
    expect_no_content(server.post(hour, "ann", headers=key("batch-key#1")))
    expect_no_content(server.post(hour, "ann", headers=key("mine")))
    assert server.totals(hour) == (1, 2, 0)


def test_key_hash_line_may_exceed_128(server, hour):
    body = b"\n".join([line(hour)] * 12)
    for _ in range(2):
        assert expect_report(server.batch(body, key("k" * 128)))["accepted"] == 12
    assert server.totals(hour) == (1, 12, 0)


def test_lines_are_counted_after_decompression(server, hour):
    body = b"\n" + line(hour) + b"\n" + line(hour)
    expect_report(server.batch(gzip.compress(body), key("coded") + coded("gzip")))
    expect_report(server.batch(body, key("coded")))
    expect_no_content(server.post(hour, "ann", headers=key("coded#3")))
    assert server.totals(hour) == (1, 2, 0)


@pytest.mark.parametrize("value", ["", "k" * 129, "a b"])
def test_a_bad_key_on_a_batch_is_400_and_nothing_is_counted(server, hour, value):
    expect_problem(server.batch(line(hour), key(value)), 400, "invalid_idempotency_key")
    expect_problem(server.batch(line(hour), key("a") + key("a")), 400, "invalid_idempotency_key")
    assert server.totals(hour) == (0, 0, 0)


GZIP_FORMS = {
    "one member": lambda body: gzip.compress(body),
    "uncompressed member": lambda body: gzip.compress(body, 0),
    "several members": lambda body: b"".join(
        gzip.compress(body[at : at + 7]) for at in range(0, len(body), 7)
    ),
    "empty members between": lambda body: gzip.compress(b"") + gzip.compress(body) + gzip.compress(b""),
    "name in the header": lambda body: gzip_with_name(body),
}


def gzip_with_name(body):
    plain = gzip.compress(body)
    return plain[:3] + b"\x08" + plain[4:10] + b"events.ndjson\0" + plain[10:]


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP", "X-Gzip"])
@pytest.mark.parametrize("form", GZIP_FORMS)
def test_gzip_and_x_gzip_of_one_or_several_members(server, hour, coding, form):
    body = GZIP_FORMS[form](b"\n".join([line(hour), line(hour, "ben", "impression")] * 20))
    assert expect_report(server.batch(body, coded(coding)))["accepted"] == 40
    assert server.totals(hour) == (2, 20, 20)


def test_gzip_of_nothing_is_an_empty_batch(server):
    assert expect_report(server.batch(gzip.compress(b""), coded("gzip")))["accepted"] == 0


@pytest.mark.parametrize("coding", ["identity", "Identity"])
def test_identity_is_no_encoding(server, hour, coding):
    assert expect_report(server.batch(line(hour), coded(coding)))["accepted"] == 1


def damaged_gzips():
    whole = gzip.compress(b'{"timestamp":7200000000,"user":"gz","event":"click"}\n' * 50)
    flip = lambda at: whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]  # noqa: E731
    return {
        "empty": b"",
        "not gzip": b'{"timestamp":7200000000,"user":"gz","event":"click"}',
        "first byte only": whole[:1],
        "header only": whole[:10],
        "truncated in the data": whole[: len(whole) // 2],
        "truncated in the checksum": whole[:-6],
        "one byte short": whole[:-1],
        "bad checksum": flip(len(whole) - 8),
        "bad size": flip(len(whole) - 4),
        "bad data": flip(30),
        "bad magic": flip(0),
        "bad method": whole[:2] + b"\x07" + whole[3:],
        "reserved flag": whole[:3] + b"\xe0" + whole[4:],
        "trailing garbage": whole + b"garbage",
        "trailing line": whole + b"\n",
        "second member truncated": whole + whole[:-3],
        "second member with a bad checksum": whole + flip(len(whole) - 8),
        "second member's header cut": whole + b"\x1f\x8b",
        "zlib": zlib.compress(b"{}"),
        "raw deflate": zlib.compress(b"{}")[2:-4],
    }


@pytest.mark.parametrize("damage", damaged_gzips())
def test_a_body_that_does_not_decompress_completely_is_invalid_body_and_nothing_is_counted(server, damage):
    with server.connect() as connection:
        answer = connection.ask("POST", BATCH, coded("gzip"), damaged_gzips()[damage])
        expect_problem(answer, 400, "invalid_body")
        connection.expect_open()  # refused, but framed well
    assert server.totals(7_200_000_000) == (0, 0, 0)


@pytest.mark.parametrize(
    "coding",
    ["br", "deflate", "zstd", "compress", "gzip, gzip", "gzip,identity", "identity, gzip", "gzipp", "*"],
)
def test_another_encoding_or_two_is_415_and_nothing_is_counted(server, hour, coding):
    with server.connect() as connection:
        expect_problem(connection.ask("POST", BATCH, coded(coding), line(hour)), 415, "unsupported_encoding")
        connection.expect_open()
    assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize("codings", [("gzip", "gzip"), ("identity", "gzip"), ("gzip", "br")])
def test_two_encoding_headers_are_415(server, hour, codings):
    headers = [("Content-Encoding", coding) for coding in codings]
    expect_problem(server.batch(gzip.compress(line(hour)), headers), 415, "unsupported_encoding")
    assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize(
    "form", ["length", "chunked", "gzip", "gzip stored", "gzip stored, chunked", "gzip of empty members"]
)
@pytest.mark.parametrize("size", [LIMIT - 1, LIMIT])
def test_a_body_of_16_mib_is_taken(server, hour, size, form):
    body = padded(hour, size)
    if form == "gzip":
        answer = server.batch(gzip.compress(body, 1), coded("gzip"))
    elif form == "gzip stored":  # larger than the body itself
        answer = server.batch(gzip.compress(body, 0), coded("gzip"))
    elif form == "gzip stored, chunked":
        stored = chunked(gzip.compress(body, 0))
        answer = server.batch(stored, coded("gzip") + [("Transfer-Encoding", "chunked")])
    elif form == "gzip of empty members":  # up to twice the limit, as the interface describes
        rest = gzip.compress(body, 1)
        empty = gzip.compress(b"")
        answer = server.batch(empty * ((2 * LIMIT - len(rest)) // len(empty)) + rest, coded("gzip"))
    elif form == "chunked":
        half = size // 2
        answer = server.batch(chunked(body[:half], body[half:]), [("Transfer-Encoding", "chunked")])
    else:
        answer = server.batch(body)
    assert expect_report(answer)["accepted"] == 1
    assert server.totals(hour) == (1, 1, 0)


@pytest.mark.parametrize(
    "form", ["length", "chunked", "gzip", "gzip stored", "gzip of empty members", "gzip of two members", "gzip bomb"]
)
def test_a_body_over_16_mib_counted_after_decompression_is_413_and_nothing_is_counted(server, hour, form):
    body, headers = padded(hour, LIMIT + 1), []
    if form == "gzip":
        body, headers = gzip.compress(body, 1), coded("gzip")
    elif form == "gzip stored":
        body, headers = gzip.compress(body, 0), coded("gzip")
    elif form == "gzip of empty members":
        empty = gzip.compress(b"")
        body, headers = empty * (2 * LIMIT // len(empty) + 1), coded("gzip")
    elif form == "gzip of two members":
        body, headers = gzip.compress(body[:LIMIT]) + gzip.compress(b" "), coded("gzip")
    elif form == "gzip bomb":
        body, headers = gzip.compress(line(hour) + b"\n" * (200 * 1024 * 1024)), coded("gzip")
    elif form == "chunked":
        body, headers = chunked(body[:-5], body[-5:]), [("Transfer-Encoding", "chunked")]
    with server.connect() as connection:
        connection.send_while_accepted(request("POST", BATCH, headers, body))
        expect_problem(connection.read_answer(), 413, "body_too_large")
        connection.expect_closed()
    assert server.totals(hour) == (0, 0, 0)


def test_a_batch_may_come_in_any_chunks(server, hour):
    body = b"\n".join([line(hour, "ann"), line(hour, "béa", "impression"), line(hour, "ann")])
    for size in (1, 2, 3, 16, 1000):
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        answer = server.batch(chunked(*pieces), [("Transfer-Encoding", "chunked")] + key("chunks"))
        assert expect_report(answer)["accepted"] == 3
    assert server.totals(hour) == (2, 2, 1)


def test_a_large_batch_is_counted_exactly(server, hours):
    first, second = hours(), hours()
    lines = [
        line((first, second)[n % 2], f"user{n % 997}", ("click", "impression")[n % 3 == 0])
        for n in range(20_000)
    ]
    assert expect_report(server.batch(gzip.compress(b"\n".join(lines)), coded("gzip")))["accepted"] == 20_000
    for at, timestamp in enumerate((first, second)):
        events = [json.loads(text) for text in lines[at::2]]
        clicks = sum(event["event"] == "click" for event in events)
        users = len({event["user"] for event in events})
        assert server.totals(timestamp) == (users, clicks, len(events) - clicks)


def test_batches_that_are_being_received_share_a_bounded_memory(start_server, hour):
    server = start_server(flags=["--http-max-batch-memory", "32MiB"])
    body = gzip.compress(b"\n".join([line(hour, "u")] * 150_000), 1)
    waiting = [server.connect() for _ in range(10)]
    for connection in waiting:
        connection.send(request("POST", BATCH, coded("gzip") + [("Content-Length", str(len(body)))]) + body[:-1])
    statuses = []
    for connection in waiting:
        connection.send(body[-1:])
        answer = connection.read_answer()
        statuses.append(answer.status)
        if answer.status == 503:
            expect_problem(answer, 503, "overloaded")
        connection.expect_open()
    assert set(statuses) == {200, 503}, statuses
    accepted = statuses.count(200)
    assert server.totals(hour) == (1, 150_000 * accepted, 0), "nothing of the others was counted"
    assert expect_report(server.batch(body, coded("gzip")))["accepted"] == 150_000, "the memory came back"
    for connection in waiting:
        connection.socket.close()


def test_all_valid_lines_are_durable_when_the_answer_is_sent(start_server, hour):
    server = start_server()
    expect_report(server.batch(b"\n".join(line(hour, f"u{n}") for n in range(3000))))
    server.kill()
    server.start()
    assert server.totals(hour) == (3000, 3000, 0)


def test_unknown_parameters_of_the_batch_are_ignored(server, hour):
    assert (
        expect_report(server.batch(line(hour), target=f"{BATCH}?x=%zz&timestamp=x&user=&click"))["accepted"]
        == 1
    )
