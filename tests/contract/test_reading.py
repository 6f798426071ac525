"""The paragraph "Reading" of the contract: GET and HEAD /analytics."""

import threading

import pytest

from expectations import expect_no_content, expect_problem
from hourglass_process import parse_totals, request

HOUR_MS = 3_600_000


def test_the_answer_is_200_text_plain_with_three_lines(server, hour):
    server.post(hour, "ann")
    server.post(hour, "ben", "impression")
    answer = server.get(f"/analytics?timestamp={hour}")
    assert answer.status == 200
    assert answer.header("Content-Type").split(";")[0].strip().lower() == "text/plain"
    assert answer.body == b"unique_users,2\nclicks,1\nimpressions,1\n"


@pytest.mark.parametrize(
    "timestamp", [1, 7 * HOUR_MS, 4_102_444_800_000, 253_402_300_799_998 - HOUR_MS, "00000000000000000001"]
)
def test_an_hour_that_has_no_event_answers_zeros(server, timestamp):
    answer = server.get(f"/analytics?timestamp={timestamp}")
    assert (answer.status, answer.body) == (200, b"unique_users,0\nclicks,0\nimpressions,0\n")


def test_reading_an_hour_creates_nothing(server, hour):
    for _ in range(3):
        assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize("consistency", ["strong", "fast"])
def test_consistency_strong_and_fast_answer_the_same(server, hour, consistency):
    server.post(hour, "ann")
    plain = server.get(f"/analytics?timestamp={hour}")
    answer = server.get(f"/analytics?timestamp={hour}&consistency={consistency}")
    other_order = server.get(f"/analytics?consistency={consistency}&timestamp={hour}")
    assert (answer.status, answer.body) == (200, plain.body) == (other_order.status, other_order.body)


@pytest.mark.parametrize("value", ["", "weak", "Strong", "STRONG", "strong,fast", "strong+", "1", "%00"])
def test_another_consistency_is_invalid_parameter(server, hour, value):
    expect_problem(server.get(f"/analytics?timestamp={hour}&consistency={value}"), 400, "invalid_parameter")


@pytest.mark.parametrize(
    "query, code",
    [
        ("", "missing_timestamp"),
        ("?", "missing_timestamp"),
        ("?consistency=strong", "missing_timestamp"),
        ("?Timestamp=1", "missing_timestamp"),
        ("?timestamp=", "invalid_timestamp"),
        ("?timestamp=now", "invalid_timestamp"),
        ("?timestamp=1&timestamp=1", "duplicate_parameter"),
        ("?timestamp=1&consistency=fast&consistency=fast", "duplicate_parameter"),
        ("?timestamp=253402300800000", "timestamp_out_of_range"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_read_with_a_fault_is_refused(server, method, query, code):
    with server.connect() as connection:
        expect_problem(connection.ask(method, f"/analytics{query}"), 400, code, head=method == "HEAD")
        connection.expect_open()


@pytest.mark.parametrize("extra", ["x=1&x=2", "x=%zz", "%zz", "=", "&", "consistenc%79=weak", "users=all"])
def test_unknown_parameters_of_a_read_are_ignored(server, hour, extra):
    answer = server.get(f"/analytics?{extra}&timestamp={hour}&{extra}")
    assert answer.status == 200, answer


def test_parameters_of_post_mean_nothing_to_a_read(server, hour):
    answer = server.get(f"/analytics?timestamp={hour}&user=ann&click&impression")
    assert (answer.status, parse_totals(answer.body)) == (200, (0, 0, 0))


@pytest.mark.parametrize("target", ["/analytics?timestamp={hour}", "/healthz", "/readyz"])
def test_head_is_get_without_the_body(server, hour, target):
    target = target.format(hour=hour)
    with server.connect() as connection:
        head = connection.ask("HEAD", target)
        get = connection.ask("GET", target)
        connection.expect_open()
    assert (head.status, head.body) == (get.status, b"")

    def lasting(answer):
        return sorted((name.lower(), value) for name, value in answer.headers if name.lower() != "date")

    assert lasting(head) == lasting(get)
    assert int(get.header("Content-Length")) == len(get.body)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("empty", [True, False])
@pytest.mark.parametrize("consistency", ["", "&consistency=strong", "&consistency=fast"])
def test_the_headers_of_an_answer(server, hour, method, empty, consistency):
    if not empty:
        server.post(hour, "ann")
    answer = server.ask(method, f"/analytics?timestamp={hour}{consistency}")
    assert answer.status == 200
    # An hour without events is neither in memory nor sealed, so there either word is good.
    assert answer.header("Hourglass-Source") in (("hot", "cold") if empty else ("hot",))
    assert answer.header("Hourglass-Uniques") == "exact"
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Hourglass-Lag-Ms") is None, "only for fast reads of a cluster"


def test_requests_of_one_connection_take_effect_in_their_order(server, hour):
    get = request("GET", f"/analytics?timestamp={hour}")
    data = get
    for number in range(20):
        data += request("POST", f"/analytics?timestamp={hour}&user=u{number}&click") + get
    with server.connect() as connection:
        connection.send(data)
        assert parse_totals(connection.read_answer().body) == (0, 0, 0)
        for number in range(20):
            expect_no_content(connection.read_answer())
            assert parse_totals(connection.read_answer().body) == (number + 1, number + 1, 0)


def test_a_get_in_a_pipeline_does_not_see_the_posts_behind_it(server, hour):
    with server.connect() as connection:
        connection.send(
            request("GET", f"/analytics?timestamp={hour}")
            + request("POST", f"/analytics?timestamp={hour}&user=ann&click")
        )
        assert parse_totals(connection.read_answer().body) == (0, 0, 0)
        expect_no_content(connection.read_answer())


def test_with_the_embedded_engine_every_read_sees_what_was_acknowledged_before(server, hour):
    with server.connect() as writer, server.connect() as reader:
        for number in range(50):
            expect_no_content(writer.ask("POST", f"/analytics?timestamp={hour}&user=u{number}&impression"))
            mode = ("", "&consistency=fast", "&consistency=strong")[number % 3]
            answer = reader.ask("GET", f"/analytics?timestamp={hour}{mode}")
            assert parse_totals(answer.body) == (number + 1, 0, number + 1)


class Writer(threading.Thread):
    """Posts clicks of ever new users and counts what was acknowledged."""

    def __init__(self, server, hour, name, events):
        super().__init__()
        self.server, self.hour, self.prefix, self.events = server, hour, name, events
        self.acknowledged = 0
        self.fault = None

    def run(self):
        try:
            with self.server.connect() as connection:
                for number in range(self.events):
                    answer = connection.ask(
                        "POST", f"/analytics?timestamp={self.hour}&user={self.prefix}{number}&click"
                    )
                    expect_no_content(answer)
                    self.acknowledged += 1
        except AssertionError as fault:
            self.fault = fault


def test_a_read_never_tears_and_misses_nothing_while_others_write(server, hour):
    writers = [Writer(server, hour, name, 200) for name in ("a", "b", "c")]
    for writer in writers:
        writer.start()
    with server.connect() as reader:
        seen = 0
        while any(writer.is_alive() for writer in writers):
            before = sum(writer.acknowledged for writer in writers)
            unique, clicks, impressions = parse_totals(reader.ask("GET", f"/analytics?timestamp={hour}").body)
            assert unique == clicks and impressions == 0, "every event had a new user and was a click"
            assert clicks >= max(before, seen)
            seen = clicks
    for writer in writers:
        writer.join()
        assert writer.fault is None
    assert server.totals(hour) == (600, 600, 0)


@pytest.mark.parametrize(
    "headers, body", [([], b"hello"), ([("Transfer-Encoding", "chunked")], b"5\r\nhello\r\n0\r\n\r\n")]
)
def test_a_get_with_a_body_leaves_the_connection_in_step(server, hour, headers, body):
    # The contract is silent about bodies of reads; the answer may be a refusal, but the body is never a request.
    with server.connect() as connection:
        answer = connection.ask("GET", f"/analytics?timestamp={hour}", headers, body)
        assert answer.status in (200, 400)
        if not answer.says_close:
            connection.expect_open()
