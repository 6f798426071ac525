"""The paragraph "Keys" of the contract: Idempotency-Key and the parameter id."""

import threading
import time

import pytest

from expectations import expect_no_content, expect_problem, expect_report, line
from hourglass_process import NoAnswer, request

VISIBLE = "".join(chr(code) for code in range(0x21, 0x7F))


def key(value):
    return [("Idempotency-Key", value)]


def test_a_second_post_with_the_same_user_and_key_is_204_and_not_counted_again(server, hour):
    for _ in range(3):
        expect_no_content(server.post(hour, "ann", headers=key("k1")))
    assert server.totals(hour) == (1, 1, 0)


def test_without_a_key_every_post_counts(server, hour):
    for _ in range(3):
        expect_no_content(server.post(hour, "ann"))
    assert server.totals(hour) == (1, 3, 0)


def test_the_parameter_id_is_the_same_as_the_header(server, hour):
    expect_no_content(server.post(hour, "ann", headers=key("same")))
    expect_no_content(server.post(hour, "ann", more="&id=same"))
    expect_no_content(server.post(hour, "ann", headers=key("same"), more="&id=same"))
    assert server.totals(hour) == (1, 1, 0)


def test_a_repeat_is_not_counted_whatever_else_it_says(server, hours):
    first, second = hours(), hours()
    expect_no_content(server.post(first, "ann", "click", key("k2")))
    expect_no_content(server.post(second, "ann", "click", key("k2")))
    expect_no_content(server.post(first, "ann", "impression", key("k2"), more="&x=1"))
    assert (server.totals(first), server.totals(second)) == ((1, 1, 0), (0, 0, 0))


def test_another_user_or_another_key_is_another_event(server, hour):
    for user, value in (("ann", "k3"), ("ben", "k3"), ("ann", "k4"), ("Ann", "k3")):
        expect_no_content(server.post(hour, user, headers=key(value)))
    assert server.totals(hour) == (3, 4, 0)


def test_the_user_of_a_key_is_its_decoded_bytes(server, hour):
    expect_no_content(server.post(hour, "a%62c", headers=key("k5")))
    expect_no_content(server.post(hour, "abc", headers=key("k5")))
    assert server.totals(hour) == (1, 1, 0)


def test_user_and_key_do_not_run_together(server, hour):
    for user, value in (("ab", "cd"), ("a", "bcd"), ("abc", "d"), ("ab%20c", "d")):
        expect_no_content(server.post(hour, user, headers=key(value)))
    assert server.totals(hour) == (4, 4, 0)


@pytest.mark.parametrize(
    "one, other",
    [("abc", "ABC"), ("a%62c", "abc"), ('"abc"', "abc"), ("abc;", "abc"), ("a+b", "a%20b"), ("1", "01"), ("a,b", "a"), ("#", "%23")],
)  # fmt: skip
def test_the_header_is_taken_verbatim(server, hour, one, other):
    expect_no_content(server.post(hour, f"u{hour}", headers=key(one)))
    expect_no_content(server.post(hour, f"u{hour}", headers=key(other)))
    assert server.totals(hour) == (1, 2, 0)


def test_space_around_a_header_value_is_not_part_of_it_and_its_name_has_no_case(server, hour):
    for name, value in (
        ("Idempotency-Key", "ows"),
        ("idempotency-key", "  ows"),
        ("IDEMPOTENCY-KEY", "\t ows \t"),
    ):
        expect_no_content(server.post(hour, f"u{hour}", headers=[(name, value)]))
    assert server.totals(hour) == (1, 1, 0)


@pytest.mark.parametrize("value", ["x", VISIBLE, "k" * 128], ids=["1", "visible", "128"])
def test_a_key_is_1_to_128_visible_ascii(server, hour, value):
    for _ in range(2):
        expect_no_content(server.post(hour, f"u{hour}", headers=key(value)))
    assert server.totals(hour) == (1, 1, 0)


@pytest.mark.parametrize("value", ["", "k" * 129, "a b", "a\tb", "k" * 1000])
def test_another_key_is_invalid_idempotency_key(server, hour, value):
    with server.connect() as connection:
        answer = connection.ask("POST", f"/analytics?timestamp={hour}&user=ann&click", key(value))
        expect_problem(answer, 400, "invalid_idempotency_key")
        connection.expect_open()
    assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize("value", ["k\x7f", "k\x01", "k\x80", "\xe9", "k\xff"])
def test_a_key_beyond_visible_ascii_is_refused(server, hour, value):
    # Control characters may be called malformed already by the parser of headers; bytes above ASCII are no fault of
    # framing by the contract, but refusing them there is a reasonable reading too.
    answer = server.post(hour, "ann", headers=key(value))
    expect_problem(answer, 400, "invalid_idempotency_key", "malformed_request")
    assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize("values", [("a", "a"), ("a", "b"), ("", "a"), ("a", "a", "a")])
def test_several_headers_are_400(server, hour, values):
    answer = server.post(hour, "ann", headers=[("Idempotency-Key", value) for value in values])
    expect_problem(answer, 400, "invalid_idempotency_key")
    assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize("header, parameter", [("a", "b"), ("a", "A"), ("a", "aa"), ("a%41", "a%41")])
def test_header_and_parameter_that_differ_are_400(server, hour, header, parameter):
    answer = server.post(hour, "ann", headers=key(header), more=f"&id={parameter}")
    expect_problem(answer, 400, "invalid_idempotency_key")
    assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize(
    "header, parameter", [("aA", "a%41"), ("100%", "100%25"), ("a+b", "a%2Bb"), ("a&b=c", "a%26b%3Dc")]
)
def test_id_is_percent_decoded(server, hour, header, parameter):
    expect_no_content(server.post(hour, f"u{hour}", headers=key(header)))
    expect_no_content(server.post(hour, f"u{hour}", more=f"&id={parameter}"))
    expect_no_content(server.post(hour, f"u{hour}", headers=key(header), more=f"&id={parameter}"))
    assert server.totals(hour) == (1, 1, 0)


@pytest.mark.parametrize(
    "value, code",
    [
        ("", "invalid_idempotency_key"),
        ("k" * 129, "invalid_idempotency_key"),
        ("%41" * 129, "invalid_idempotency_key"),
        ("a+b", "invalid_idempotency_key"),
        ("a%20b", "invalid_idempotency_key"),
        ("%00", "invalid_idempotency_key"),
        ("%7f", "invalid_idempotency_key"),
        ("%C3%A9", "invalid_idempotency_key"),
        ("%ff", "invalid_idempotency_key"),
        ("%0a", "invalid_idempotency_key"),
        ("%zz", "invalid_escape"),
        ("%", "invalid_escape"),
    ],
)
def test_id_is_checked_after_decoding(server, hour, value, code):
    expect_problem(server.post(hour, "ann", more=f"&id={value}"), 400, code)
    assert server.totals(hour) == (0, 0, 0)


def test_an_id_of_128_decoded_bytes_is_good(server, hour):
    expect_no_content(server.post(hour, f"u{hour}", more="&id=" + "%41" * 128))
    expect_no_content(server.post(hour, f"u{hour}", headers=key("A" * 128)))
    assert server.totals(hour) == (1, 1, 0)


@pytest.mark.parametrize(
    "refused",
    [
        "/analytics?timestamp={hour}&user=ann",
        "/analytics?timestamp={hour}&user=ann&click&impression",
        "/analytics?timestamp=x&user=ann&click",
        "/analytics?timestamp={hour}&user=ann&click=1",
        "/analytics?timestamp={hour}&user=ann&click&id=other",
        "/analytics?timestamp=253402300800000&user=ann&click",
    ],
)
def test_a_request_that_is_refused_is_no_occurrence_of_its_key(server, hour, refused):
    value = key(f"refused-{hour}")
    assert server.ask("POST", refused.format(hour=hour), value).status == 400
    assert server.totals(hour) == (0, 0, 0)
    expect_no_content(server.post(hour, "ann", headers=value))
    assert server.totals(hour) == (1, 1, 0)


def test_repeats_in_one_pipeline_count_once(server, hour):
    one = request("POST", f"/analytics?timestamp={hour}&user=ann&click", key("pipelined"))
    with server.connect() as connection:
        connection.send(one * 100)
        for _ in range(100):
            expect_no_content(connection.read_answer())
    assert server.totals(hour) == (1, 1, 0)


def test_repeats_from_many_connections_at_once_count_once(server, hour):
    faults = []

    def post_all():
        try:
            with server.connect() as connection:
                for number in range(40):
                    answer = connection.ask(
                        "POST", f"/analytics?timestamp={hour}&user=ann&click", key(f"race{number}")
                    )
                    expect_no_content(answer)
        except (AssertionError, OSError) as fault:
            faults.append(fault)

    threads = [threading.Thread(target=post_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert server.totals(hour) == (1, 40, 0)


def test_the_id_of_a_batch_line_is_the_idempotency_key_of_that_line(server, hour):
    expect_no_content(server.post(hour, "ann", headers=key("from-post")))
    report = expect_report(server.batch(line(hour, id="from-post") + b"\n" + line(hour, id="from-line")))
    assert report["accepted"] == 2
    expect_no_content(server.post(hour, "ann", headers=key("from-line")))
    assert server.totals(hour) == (1, 2, 0)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_keys_are_remembered_across_restarts(start_server, hour, end):
    server = start_server()
    expect_no_content(server.post(hour, "ann", headers=key("kept")))
    report = expect_report(
        server.batch(line(hour, "ben", id="kept-too") + b"\n" + line(hour, "cid"), key("whole"))
    )
    assert report["accepted"] == 2
    for _ in range(2):
        getattr(server, end)()
        server.start()
        expect_no_content(server.post(hour, "ann", headers=key("kept")))
        expect_no_content(server.post(hour, "ben", "impression", key("kept-too")))
        expect_no_content(server.post(hour, "cid", more="&id=whole%232"))
        assert server.totals(hour) == (3, 3, 0)


def test_every_occurrence_refreshes_the_window_and_a_key_outside_it_counts_again(start_server, hour):
    server = start_server(flags=["--idempotency-window", "3s"])
    started = last = time.monotonic()
    widest = 0.0
    with server.connect() as connection:
        while time.monotonic() - started < 5.0:
            answer = connection.ask("POST", f"/analytics?timestamp={hour}&user=ann&click", key("refreshed"))
            expect_no_content(answer)
            widest, last = max(widest, time.monotonic() - last), time.monotonic()
            time.sleep(0.3)
        if widest < 2.5:  # else the machine was too slow to tell
            assert server.totals(hour) == (1, 1, 0)
        counted = server.totals(hour)[1]
        time.sleep(5.0)
        answer = connection.ask("POST", f"/analytics?timestamp={hour}&user=ann&click", key("refreshed"))
        expect_no_content(answer)
    assert server.totals(hour) == (1, counted + 1, 0)


def test_a_repeat_is_never_answered_before_the_event_it_repeats_is_durable(start_server, hour):
    server = start_server()
    one = request("POST", f"/analytics?timestamp={hour}&user=ann&click", key("durable"))
    first, second = server.connect(), server.connect()
    with first, second:
        first.send(one)
        second.send(one)
        try:
            expect_no_content(second.read_answer())
        except NoAnswer as fault:
            raise AssertionError("the repeat got no answer") from fault
        server.kill()
    server.start()
    assert server.totals(hour) == (1, 1, 0)
