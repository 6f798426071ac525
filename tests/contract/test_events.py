"""The paragraph "Events" of the contract: POST /analytics."""

import pytest

from expectations import expect_no_content, expect_problem
from hourglass_process import chunked, request

HOUR_MS = 3_600_000
LAST = 253_402_300_799_999


def post(server, query):
    return server.ask("POST", f"/analytics?{query}" if query is not None else "/analytics")


@pytest.mark.parametrize("event", ["click", "impression"])
def test_an_event_is_answered_204_without_body_and_content_length(server, hour, event):
    with server.connect() as connection:
        expect_no_content(connection.ask("POST", f"/analytics?timestamp={hour}&user=ann&{event}"))
        connection.expect_open()
    assert server.totals(hour) == ((1, 1, 0) if event == "click" else (1, 0, 1))


def test_clicks_and_impressions_of_one_user_are_one_unique_user(server, hour):
    for event in ("click", "impression", "click", "click"):
        expect_no_content(server.post(hour, "ann", event))
    expect_no_content(server.post(hour, "ben", "impression"))
    assert server.totals(hour) == (2, 3, 2)


def test_the_hour_is_utc_floor_of_timestamp_by_3600000_and_no_sliding_window(server, hours):
    before, hour, after = hours(), hours(), hours()
    for timestamp in (hour, hour + 1, hour + HOUR_MS - 1):
        expect_no_content(server.post(timestamp, "ann"))
    expect_no_content(server.post(after, "ann", "impression"))
    assert server.totals(before) == (0, 0, 0)
    for timestamp in (hour, hour + 1_800_000, hour + HOUR_MS - 1):
        assert server.totals(timestamp) == (1, 3, 0)
    assert server.totals(after + HOUR_MS - 1) == (1, 0, 1)


def test_a_late_event_counts_at_once_in_the_hour_of_its_own_timestamp(server, hour):
    expect_no_content(server.post(hour, "ann"))
    for old in (3_600_000 * 7, 951_782_400_000):
        expect_no_content(server.post(old, "late"))
        assert server.totals(old) == (1, 1, 0)
    assert server.totals(hour) == (1, 1, 0)


@pytest.mark.parametrize(
    "digits, hour_of",
    [
        ("0", 0),
        ("3599999", 0),
        ("00000000000000000000", 0),
        ("00003600000", HOUR_MS),
        ("00000000000007200000", 2 * HOUR_MS),
        (str(LAST), LAST),
        (f"{LAST:020d}", LAST),
    ],
)
def test_timestamp_is_1_to_20_decimal_digits_up_to_the_last_of_year_9999(server, digits, hour_of):
    unique, clicks, impressions = server.totals(hour_of)
    expect_no_content(post(server, f"timestamp={digits}&user=user{len(digits)}x{digits}&click"))
    assert server.totals(hour_of) == (unique + 1, clicks + 1, impressions)


@pytest.mark.parametrize("digits", [str(LAST + 1), "253402300800000000", "9" * 20, "18446744073709551616"])
def test_more_than_253402300799999_is_timestamp_out_of_range(server, digits):
    expect_problem(post(server, f"timestamp={digits}&user=ann&click"), 400, "timestamp_out_of_range")
    expect_problem(server.get(f"/analytics?timestamp={digits}"), 400, "timestamp_out_of_range")


@pytest.mark.parametrize(
    "value",
    ["", "-1", "+1", "-0", "%31", "1%30", "%201", "1%20", "1+", "1.0", "1e3", "0x10", "1,000", "1_000", "abc", "1a", "a1",
     "1/2", "1:2", "%D9%A1", "%00", "1%00", "0" * 21, "1" * 21, "1" * 300, "NaN", "1=", "=1", "1;2"],
)  # fmt: skip
def test_timestamp_is_digits_as_they_are_no_sign_no_space_no_escape(server, value):
    expect_problem(post(server, f"timestamp={value}&user=ann&click"), 400, "invalid_timestamp")
    expect_problem(server.get(f"/analytics?timestamp={value}"), 400, "invalid_timestamp")


def test_a_broken_escape_in_the_timestamp_is_refused(server):
    # "No escape" makes it invalid_timestamp; "`%` without two hex digits" could be read as invalid_escape.
    answer = post(server, "timestamp=1%zz&user=ann&click")
    expect_problem(answer, 400, "invalid_timestamp", "invalid_escape")


@pytest.mark.parametrize(
    "query, code",
    [
        (None, "missing_timestamp"),
        ("", "missing_timestamp"),
        ("user=ann&click", "missing_timestamp"),
        ("timestamp=1", "missing_user"),
        ("timestamp=1&click", "missing_user"),
        ("timestamp=&user=ann&click", "invalid_timestamp"),
        ("timestamp=1&user=&click", "invalid_user"),
        ("timestamp=1&user=ann", "missing_event"),
    ],
)
def test_an_absent_parameter_is_missing_and_an_empty_one_is_invalid(server, query, code):
    expect_problem(post(server, query), 400, code)


@pytest.mark.parametrize(
    "query, codes",
    [
        # `click` and `click=` are the same; for other names without `=` the contract is silent, so either is good.
        ("timestamp&user=ann&click", ("invalid_timestamp", "missing_timestamp")),
        ("timestamp=1&user&click", ("invalid_user", "missing_user")),
    ],
)
def test_a_name_without_equals_sign_is_refused(server, query, codes):
    expect_problem(post(server, query), 400, *codes)


SAME_USERS = [
    ("abc", "a%62c"),
    ("abc", "%61%62%63"),
    ("a+b", "a%20b"),
    ("a%2Bb", "a%2bb"),
    ("%C3%A9", "%c3%a9"),
    ("a=b", "a%3Db"),
    ("a;b", "a%3Bb"),
    ("a?b/c", "a%3Fb%2Fc"),
    ("~user!$'()*,:@", "%7Euser%21%24%27%28%29%2A%2C%3A%40"),
]
DIFFERENT_USERS = [
    ("a+b", "a%2Bb"),
    ("abc", "Abc"),
    ("%C3%A9", "e%CC%81"),
    ("a", "a+"),
    ("a", "+a"),
    ("a%26b", "a"),
    ("%2541", "A"),
    ("%01", "%02"),
    ("a%0A", "a"),
    ("%F0%9F%98%80", "%F0%9F%98%81"),
]


@pytest.mark.parametrize("one, other", SAME_USERS)
def test_user_is_percent_decoded_and_plus_is_a_space(server, hour, one, other):
    expect_no_content(server.post(hour, one))
    expect_no_content(server.post(hour, other))
    assert server.totals(hour) == (1, 2, 0)


@pytest.mark.parametrize("one, other", DIFFERENT_USERS)
def test_two_users_are_equal_when_their_decoded_bytes_are_and_only_then(server, hour, one, other):
    expect_no_content(server.post(hour, one))
    expect_no_content(server.post(hour, other))
    assert server.totals(hour) == (2, 2, 0)


@pytest.mark.parametrize(
    "escape", ["%", "%4", "%4g", "%g4", "%%41", "%+1", "%-1", "%0x", "%u0041", "ab%", "ab%c", "%2"]
)
def test_a_percent_sign_without_two_hex_digits_is_400_invalid_escape(server, hour, escape):
    expect_problem(server.post(hour, escape), 400, "invalid_escape")
    expect_problem(server.post(hour, f"x{escape}"), 400, "invalid_escape")
    assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize(
    "user",
    ["a", "%20", "x" * 256, "%41" * 256, "%C3%A9" * 128, "%F0%9F%98%80" * 64, "%7F", "%C2%80", "%ED%9F%BF", "%EE%80%80",
     "%EF%BF%BF", "%F4%8F%BF%BF", "%E0%A0%80", "%F0%90%80%80", "%EF%BB%BFa"],
)  # fmt: skip
def test_user_is_1_to_256_bytes_of_valid_utf8(server, hour, user):
    expect_no_content(server.post(hour, user))
    assert server.totals(hour) == (1, 1, 0)


@pytest.mark.parametrize(
    "user",
    ["", "x" * 257, "%41" * 257, "%C3%A9" * 128 + "x", "%C3%A9" * 129, "%00", "a%00b", "a%00", "%80", "%BF", "%C3", "%C3a",
     "%C0%80", "%C1%BF", "%E0%9F%BF", "%F0%8F%BF%BF", "%ED%A0%80", "%ED%BF%BF", "%F4%90%80%80", "%F5%80%80%80", "%FF",
     "%FE", "%E2%82", "%F0%9F%98", "a%C3%28", "%F8%88%80%80%80", "%ED%A0%BD%ED%B8%80"],
)  # fmt: skip
def test_a_user_that_is_empty_too_long_not_utf8_or_with_nul_is_invalid_user(server, hour, user):
    expect_problem(server.post(hour, user), 400, "invalid_user")
    assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize(
    "query, totals",
    [
        ("click", (1, 1, 0)),
        ("click=", (1, 1, 0)),
        ("impression", (1, 0, 1)),
        ("impression=", (1, 0, 1)),
    ],
)
def test_click_and_click_with_equals_sign_are_the_same(server, hour, query, totals):
    expect_no_content(post(server, f"timestamp={hour}&user=ann&{query}"))
    assert server.totals(hour) == totals


@pytest.mark.parametrize(
    "event", ["click=1", "impression=1", "click=true", "click=%20", "click=click", "impression=0", "click=="]
)
def test_click_with_a_value_is_400_invalid_parameter(server, hour, event):
    expect_problem(server.post(hour, "ann", event), 400, "invalid_parameter")
    assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize(
    "events", ["click&impression", "impression&click", "click=&impression=", "click&x=1&impression"]
)
def test_both_of_click_and_impression_are_ambiguous_event(server, hour, events):
    expect_problem(server.post(hour, "ann", events), 400, "ambiguous_event")
    assert server.totals(hour) == (0, 0, 0)


def test_both_events_one_of_them_with_a_value_are_refused(server, hour):
    # Two faults of the same parameter group; the contract does not order them.
    answer = server.post(hour, "ann", "click=1&impression")
    expect_problem(answer, 400, "ambiguous_event", "invalid_parameter")


@pytest.mark.parametrize(
    "event",
    ["", "clicks", "Click", "CLICK", "clic", "%63lick", "event=click", "+click", "click+", "click%20"],
)
def test_neither_click_nor_impression_is_missing_event(server, hour, event):
    expect_problem(server.post(hour, "ann", event), 400, "missing_event")


@pytest.mark.parametrize(
    "query, code",
    [
        ("%74imestamp=1&user=ann&click", "missing_timestamp"),
        ("Timestamp=1&user=ann&click", "missing_timestamp"),
        ("timestamp=1&us%65r=ann&click", "missing_user"),
        ("timestamp=1&USER=ann&click", "missing_user"),
        ("timestamp=1&+user=ann&click", "missing_user"),
        ("timestamp=1&user[]=ann&click", "missing_user"),
        ("timestamp=1;user=ann;click", "invalid_timestamp"),
        ("timestamp=1&user=ann&imp%72ession", "missing_event"),
    ],
)
def test_parameter_names_are_compared_as_they_stand(server, query, code):
    expect_problem(post(server, query), 400, code)


@pytest.mark.parametrize(
    "extra, also",
    [
        ("timestamp=1", None),
        ("timestamp={hour}", None),
        ("timestamp=", "invalid_timestamp"),
        ("user=ann", None),
        ("user=ben", None),
        ("user=", "invalid_user"),
        ("user=%zz", "invalid_escape"),
        ("click", None),
        ("click=", None),
        ("click=1", "invalid_parameter"),
        ("id=a&id=a", None),
        ("id=a&id=b", None),
        ("id=&id=", "invalid_idempotency_key"),
    ],
)
def test_a_parameter_that_the_route_knows_must_not_repeat(server, hour, extra, also):
    # Where the second one is bad in itself too, the contract does not order the two faults.
    answer = server.post(hour, "ann", "click", more="&" + extra.format(hour=hour))
    expect_problem(answer, 400, "duplicate_parameter", also)
    assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize(
    "extra",
    ["x", "x=1", "x=1&x=2", "x=%", "x=%zz", "%zz", "%zz=%", "us%65r=ben", "=", "=1", "&&", "click2=1", "x=%00%ff", "a=b=c",
     "Idempotency-Key=%zz", "users=1", "x=" + "y" * 2000, "&".join(f"p{i}=%" for i in range(300))],
    ids=lambda extra: extra[:20],
)  # fmt: skip
def test_unknown_parameters_are_ignored_and_not_looked_into(server, hour, extra):
    expect_no_content(
        server.ask("POST", f"/analytics?{extra}&timestamp={hour}&{extra}&user=ann&click&{extra}")
    )
    assert server.totals(hour) == (1, 1, 0)


def test_parameters_come_in_any_order(server, hour):
    expect_no_content(post(server, f"click&user=ann&timestamp={hour}"))
    expect_no_content(post(server, f"user=ann&impression=&id=k&timestamp={hour}"))
    assert server.totals(hour) == (1, 1, 1)


BODIES = [
    b"",
    b"x",
    b"timestamp=1&user=eve&impression",
    b"\0\r\n\r\nPOST / HTTP/1.1\r\n\r\n",
    b"z" * 1_000_000,
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: f"{len(body)}bytes")
def test_a_body_on_post_analytics_is_read_and_ignored(server, hour, body):
    target = f"/analytics?timestamp={hour}&user=ann&click"
    with server.connect() as connection:
        expect_no_content(connection.ask("POST", target, [("Content-Type", "application/json")], body))
        expect_no_content(
            connection.ask("POST", target, [("Transfer-Encoding", "chunked")], chunked(body[:9], body[9:]))
        )
        connection.expect_open()
    assert server.totals(hour) == (1, 2, 0)


@pytest.mark.parametrize("coding", ["gzip", "br", "identity", "gzip, gzip"])
def test_a_body_that_is_ignored_may_have_any_encoding(server, hour, coding):
    headers = [("Content-Encoding", coding)]
    expect_no_content(server.ask("POST", f"/analytics?timestamp={hour}&user=ann&click", headers, b"not gzip"))
    assert server.totals(hour) == (1, 1, 0)


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_the_event_takes_effect_only_once_the_whole_request_has_arrived(server, hour, framing):
    target, body = f"/analytics?timestamp={hour}&user=ann&click", b"0123456789"
    if framing == "length":
        whole = request("POST", target, body=body)
    else:
        whole = request("POST", target, [("Transfer-Encoding", "chunked")], chunked(body))
    with server.connect() as connection:
        connection.send(whole[:-1])
        connection.expect_silence(0.3)
        assert server.totals(hour) == (0, 0, 0)
        connection.send(whole[-1:])
        expect_no_content(connection.read_answer())
    assert server.totals(hour) == (1, 1, 0)


@pytest.mark.parametrize("missing", [1, 5, 40])
def test_a_request_that_never_arrives_wholly_has_no_effect(server, hour, missing):
    whole = request("POST", f"/analytics?timestamp={hour}&user=ann&click", body=b"0123456789")
    with server.connect() as connection:
        connection.send(whole[:-missing])
        connection.finish_sending()
        connection.read_to_end()
    assert server.totals(hour) == (0, 0, 0)
