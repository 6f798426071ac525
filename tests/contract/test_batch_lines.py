"""The paragraph "Batches" of the contract: what a line has to be."""

import json

import pytest

from expectations import expect_report, line

ANY = None  # the contract says that the line is rejected, not with which code


def rejected(server, text):
    """The rejection of a line that stands between two good ones; nothing of it may be counted."""
    good = line(1_234_567_890_123, "between")
    report = expect_report(server.batch(good + b"\n" + text + b"\n" + good))
    assert report["accepted"] == 2, report
    assert [entry["line"] for entry in report["rejected"]] == [2], report
    return report["rejected"][0]["code"]


def event(**members):
    """A good line with members replaced by raw JSON text; None leaves one out."""
    texts = {"timestamp": "7200000000000", "user": '"bad"', "event": '"click"', **members}
    return (
        "{" + ",".join(f'"{name}":{text}' for name, text in texts.items() if text is not None) + "}"
    ).encode()


REJECTED = [
    (event(timestamp=None), "missing_timestamp"),
    (event(user=None), "missing_user"),
    (event(event=None), "missing_event"),
    (event(timestamp='"7200000000000"'), "invalid_timestamp"),
    (event(timestamp="1.0"), "invalid_timestamp"),
    (event(timestamp="1e3"), "invalid_timestamp"),
    (event(timestamp="1E3"), "invalid_timestamp"),
    (event(timestamp="7200000000000.0"), "invalid_timestamp"),
    (event(timestamp="-1"), "invalid_timestamp"),
    (event(timestamp="-0"), "invalid_timestamp"),
    (event(timestamp="null"), "invalid_timestamp"),
    (event(timestamp="true"), "invalid_timestamp"),
    (event(timestamp="[1]"), "invalid_timestamp"),
    (event(timestamp="{}"), "invalid_timestamp"),
    (event(timestamp='""'), "invalid_timestamp"),
    (event(timestamp="253402300800000"), "timestamp_out_of_range"),
    (event(timestamp="18446744073709551615"), "timestamp_out_of_range"),
    (event(timestamp="18446744073709551616"), "timestamp_out_of_range"),
    (event(timestamp="99999999999999999999"), "timestamp_out_of_range"),
    (event(user="5"), "invalid_user"),
    (event(user="null"), "invalid_user"),
    (event(user='["a"]'), "invalid_user"),
    (event(user='""'), "invalid_user"),
    (event(user=json.dumps("x" * 257)), "invalid_user"),
    (event(user='"' + "é" * 129 + '"'), "invalid_user"),
    (event(user=r'"a\u0000b"'), "invalid_user"),
    (event(event='"clack"'), "invalid_event"),
    (event(event='"Click"'), "invalid_event"),
    (event(event='""'), "invalid_event"),
    (event(event='" click"'), "invalid_event"),
    (event(event="1"), "invalid_event"),
    (event(event="null"), "invalid_event"),
    (event(event='["click"]'), "invalid_event"),
    (event(id='""'), "invalid_idempotency_key"),
    (event(id='"a b"'), "invalid_idempotency_key"),
    (event(id='"é"'), "invalid_idempotency_key"),
    (event(id=r'"a\nb"'), "invalid_idempotency_key"),
    (event(id='"' + "k" * 129 + '"'), "invalid_idempotency_key"),
    (event(id="5"), "invalid_idempotency_key"),
    (event(id="null"), "invalid_idempotency_key"),
    (b"x", "invalid_json"),
    (b"{", "invalid_json"),
    (b"}", "invalid_json"),
    (b'{"timestamp":1', "invalid_json"),
    (event()[:-1], "invalid_json"),
    (event()[1:], "invalid_json"),
    (event() + b"x", "invalid_json"),
    (event() + b"}", "invalid_json"),
    (event() + b",", "invalid_json"),
    (event() + event(), "invalid_json"),
    (event() + b" " + event(), "invalid_json"),
    (event()[:-1] + b",}", "invalid_json"),
    (event().replace(b":", b"=", 1), "invalid_json"),
    (event().replace(b'"', b"'"), "invalid_json"),
    (event().replace(b'"user"', b"user"), "invalid_json"),
    (event() + b"//x", "invalid_json"),
    (b"/**/" + event(), "invalid_json"),
    (b"\x0c" + event(), "invalid_json"),
    (event() + b"\x0b", "invalid_json"),
    (b"\xc2\xa0" + event(), "invalid_json"),
    (event() + b"\0", "invalid_json"),
    (b"\0" + event(), "invalid_json"),
    (event(user=r'"\x41"'), "invalid_json"),
    (event(user=r'"\u12g4"'), "invalid_json"),
    (event(user=r'"\u12"'), "invalid_json"),
    (event(user='"a\tb"'), "invalid_json"),
    (event(user='"a\x01b"'), "invalid_json"),
    (event(user='"a'), "invalid_json"),
    (event(x="NaN"), "invalid_json"),
    (event(x="Infinity"), "invalid_json"),
    (event(x="tru"), "invalid_json"),
    (event(x="True"), "invalid_json"),
    (event(x="nulll"), "invalid_json"),
    (event(x="01"), "invalid_json"),
    (event(x="1."), "invalid_json"),
    (event(x=".5"), "invalid_json"),
    (event(x="+1"), "invalid_json"),
    (event(x="-"), "invalid_json"),
    (event(x="1e"), "invalid_json"),
    (event(x="1e+"), "invalid_json"),
    (event(x="--1"), "invalid_json"),
    (event(x="0x1"), "invalid_json"),
    (event(x="[1,]"), "invalid_json"),
    (event(x="[,1]"), "invalid_json"),
    (event(x="[1 2]"), "invalid_json"),
    (event(x="[1}"), "invalid_json"),
    (event(x="{1:2}"), "invalid_json"),
    (event(x='{"a"}'), "invalid_json"),
    (event(x='{"a":1,}'), "invalid_json"),
    (event(x="["), "invalid_json"),
    (event(x='"a\tb"'), "invalid_json"),
    (event(x=r'"\q"'), "invalid_json"),
    (event(x='"') + b"\xff" + b'"}', "invalid_json"),
    (event(x=r'"\ud800"'), "invalid_json"),
    (event(x=r'"\udc00"'), "invalid_json"),
    (event(x=r'"\ud800\ud800"'), "invalid_json"),
    (event(x=r'"\ud800x"'), "invalid_json"),
    (event(x=r'["deep",{"a":"\udfff"}]'), "invalid_json"),
    (event(**{r"\ud800": "1"}), "invalid_json"),
    (event(x=r'{"\ud800":1}'), "invalid_json"),
    (event(x="[" * 65 + "]" * 65), "invalid_json"),
    (event(x='{"a":' * 65 + "1" + "}" * 65), "invalid_json"),
    (event(x="[" * 100_000 + "]" * 100_000), "invalid_json"),
    (event(x="[" * 100_000), "invalid_json"),
    # The contract leaves the code open for these.
    (event(timestamp="007"), ANY),
    (event(timestamp="1" * 21), ANY),
    (event(timestamp="1e400"), ANY),
    (event(user=r'"\ud800"'), ANY),
    (event(user=r'"\ude00\ud83d"'), ANY),
    (event(user='"') + b'\xff"}', ANY),
    (event(event=r'"\ud800"'), ANY),
    (event(id=r'"\ud800"'), ANY),
    (b"[]", ANY),
    (b"1", ANY),
    (b'"x"', ANY),
    (b"null", ANY),
    (b"true", ANY),
    (b"[" + event() + b"]", ANY),
    (b"{}", ANY),
    (event()[:-1] + b',"user":"bad"}', ANY),
    (event()[:-1] + b',"user":"other"}', ANY),
    (event()[:-1] + b',"timestamp":7200000000000}', ANY),
    (event()[:-1] + b',"event":"click"}', ANY),
    (event()[:-1] + b',"event":"impression"}', ANY),
    (event()[:-1] + b',"id":"a","id":"a"}', ANY),
    (event()[:-1] + b',"\\u0075ser":"bad"}', ANY),
    (event()[:-1] + b',"user":5}', ANY),
    (event(user='"bad"', event=None)[:-1] + b',"click":true}', ANY),
]


@pytest.mark.parametrize("text, code", REJECTED, ids=lambda part: repr(part)[:60])
def test_a_line_is_rejected_unless_it_is_one_valid_object_with_these_members(server, text, code):
    found = rejected(server, text)
    assert code is ANY or found == code
    assert server.totals(7_200_000_000_000) == (0, 0, 0)


def test_invalid_utf8_in_any_string_is_rejected(server):
    for bad in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80", b"\xc3", b"\xe2\x82"):
        text = event(x='"@"').replace(b"@", bad)
        assert rejected(server, text) == "invalid_json", bad
        assert rejected(server, event()[:-1] + b',"' + bad + b'":1}') == "invalid_json", bad
        rejected(server, event(user='"@"').replace(b"@", bad))


ACCEPTED = [
    event(),
    b"  " + event() + b"\t \r",
    event().replace(b":", b" : ").replace(b",", b" ,\t"),
    event(id='"k"'),
    event(timestamp="7200000000000", user='"bad"', event='"impression"'),
    event(user=r'"\u0061\/\\\"\b\f\n\r\t"'),
    event(user=r'"\ud83d\ude00"'),
    event(user='"😀é"'),
    event(user=json.dumps("x" * 256)),
    event(user='"' + r"\u00e9" * 128 + '"'),
    event(event=r'"\u0063lick"'),
    event(user=None)[:-1] + b',"\\u0075ser":"bad"}',
    event(timestamp=None)[:-1] + b',"\\u0074\\u0069mestamp":7200000000000}',
    event(x="1", y="null", z='"s"'),
    event(x='[1,{"y":[null,true,false,{}]},[]]'),
    event(x="1e99999"),
    event(x="-1e-99999"),
    event(x="123456789012345678901234567890123456789012345678901234567890"),
    event(x="-0"),
    event(x="0." + "1" * 500),
    event(x="18446744073709551616"),
    event(x=r'"\ud83d\ude00\uffff\u0000"'),
    event(x="[" * 63 + "]" * 63),
    event(x='{"a":' * 63 + "1" + "}" * 63),
    event(x='{"timestamp":"x","user":5,"event":[]}'),
    event(x="1")[:-1] + b',"x":2}',
    event(**{"": "1"}),
    event(Timestamp='"x"', USER="5", kind="1"),
    event(key='""', **{"id ": "5"}),
]


@pytest.mark.parametrize("text", ACCEPTED, ids=lambda text: repr(text)[:60])
def test_a_valid_object_with_the_members_once_is_accepted_and_others_are_ignored(server, hour, text):
    report = expect_report(server.batch(text.replace(b"7200000000000", str(hour).encode())))
    assert (report["accepted"], report["rejected"]) == (1, [])
    assert server.totals(hour)[0] == 1


@pytest.mark.parametrize("timestamp", ["0", "1", "253402300799999"])
def test_the_range_of_timestamps_in_json_is_the_same(server, timestamp):
    before = server.totals(timestamp)
    assert expect_report(server.batch(event(timestamp=timestamp, user='"range"')))["accepted"] == 1
    assert sum(server.totals(timestamp)[1:]) == sum(before[1:]) + 1


@pytest.mark.parametrize(
    "escaped, literal",
    [("%C3%A9", r"\u00e9"), ("a+b", "a b"), ("%F0%9F%98%80", r"\ud83d\ude00"), ("%25", "%")],
)
def test_a_user_in_json_is_the_same_user_as_in_a_target(server, hour, escaped, literal):
    server.post(hour, escaped)
    assert expect_report(server.batch(event(timestamp=str(hour), user=f'"{literal}"')))["accepted"] == 1
    assert server.totals(hour) == (1, 2, 0)


def test_every_line_in_turn_is_judged_on_its_own(server, hour):
    texts = [text for text, _ in REJECTED if len(text) < 1000]
    body = b"\n".join(part for text in texts for part in (line(hour, "good"), text))
    report = expect_report(server.batch(body))
    assert report["accepted"] == len(texts) and report["rejected_count"] == len(texts)
    assert [entry["line"] for entry in report["rejected"]] == [2 * at + 2 for at in range(len(texts))]
    assert server.totals(hour) == (1, len(texts), 0)
