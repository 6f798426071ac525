"""`hourglass send`: lines that are refused, the file of rejects, options that are wrong, exit codes."""

import json
import os
import stat
import subprocess
import time

import pytest

from hourglass_process import run_program
from scripted_server import ScriptedServer, accept, report
from sending import event, expect_totals, joined, oracle, seeded, send, url_of, wait_until

LIMIT = 1024 * 1024


def rejects_of(path):
    """{(file, line number): (code, line)} of a file of rejects."""
    rows = {}
    for row in path.read_bytes().split(b"\n")[:-1]:
        place, code, message, line = row.split(b"\t", 3)
        name, number = place.rsplit(b":", 1)
        assert message
        rows[name.decode(), int(number)] = (code.decode(), line)
    return rows


def ugly_lines(hour):
    """Lines at the borders of the rules, most of them beyond."""
    good = event(hour, "ann").decode()
    return [line.encode("utf-8", "surrogatepass") for line in [
        good, "", "  ", "x", "{}", "[]", "null", "1", '"text"', good + good, good + ",", good[:-1], "{" + good + "}",
        "\ufeff" + good, good + " \t", " " + good, good.replace("{", "{,"), good.replace('"', "'"), good + "\0", "\0",
        *(good.replace(str(hour), timestamp) for timestamp in (
            "-1", "1.0", "1e3", "01", '"1"', f'"{hour}"', "null", "true", "[1]", "", "253402300799999", "253402300800000",
            "9223372036854775808", "18446744073709551616", "99999999999999999999", "100000000000000000000", "-0", "+1", "0x1")),
        *(good.replace('"ann"', user) for user in (
            '""', "1", "null", '"a\\u0000"', '"a\\ud800"', '"\\ud834\\udd1e"', '"a\tb"', '"\\x"', '"%s"' % ("x" * 256),
            '"%s"' % ("x" * 257), '"%s"' % ("ä" * 128), '"%s"' % ("ä" * 129), '["a"]', '{"a":1}', '"a')),
        *(good.replace('"click"', kind) for kind in ('"Click"', '"impression"', '""', "1", "null", '"view"', '"clic\\u006b"', '["click"]')),
        *(good[:-1] + f',"id":{id}}}' for id in (
            '"order-1"', '""', '"a b"', '"ä"', '"%s"' % ("k" * 128), '"%s"' % ("k" * 129), "1", "null", '"\\u0041"', '"a\\u0000"')),
        *(good[:-1] + "," + more + "}" for more in (
            '"user":"ben"', '"\\u0075ser":"ben"', '"event":"click"', '"timestamp":1', '"id":"a","id":"a"', '"a":1,"a":1', '"a":tru',
            '"a":1e99999', '"a":' + "[" * 62 + "]" * 62, '"a":' + "[" * 63 + "]" * 63, '"a":' + "[" * 64 + "]" * 64, '"a":"\\ud800"',
            '"a":01', '"a":.5', '"a":"\x01"', '"a":NaN', '"":0', '"a":{"user":"ben","user":1}')),
        '{"user":"ann","event":"click"}', '{"timestamp":1,"event":"click"}', '{"timestamp":1,"user":"ann"}', "\ud800",
    ]] + [good.encode().replace(b"ann", bad) for bad in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc3")]  # fmt: skip


def mutated(rng, hour):
    line = bytearray(event(hour + rng.randrange(1000), "änn", id="k1", more=[1, {"a": None}]))
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(line))
        change = rng.randrange(3)
        if change == 0:
            line[at] = rng.choice(b'{}[]",:\\0129aeunt \x00\xff\xc3')
        elif change == 1:
            del line[at : at + rng.randrange(1, 9)]
        else:
            line[at:at] = line[at : at + rng.randrange(1, 9)]
    return bytes(line).replace(b"\n", b" ").replace(b"\r", b" ")


def test_every_line_is_refused_that_the_server_refuses_and_with_its_code(binary, server, hour, tmp_path):
    rng = seeded()
    lines = ugly_lines(hour) + [mutated(rng, hour) for _ in range(800)]
    (tmp_path / "ugly").write_bytes(joined(lines))
    sent = send(binary, url_of(server), "--rejects", "refused", "ugly", cwd=tmp_path)
    answer = json.loads(server.batch(joined(lines)).body)
    expected = {("ugly", one["line"]): one["code"] for one in answer["rejected"]}
    rejects = rejects_of(tmp_path / "refused")
    assert {place: code for place, (code, _) in rejects.items()} == expected
    assert all(line == lines[number - 1] for (_, number), (_, line) in rejects.items())
    assert (sent.code, sent.accepted, sent.refused) == (1, answer["accepted"], answer["rejected_count"])
    assert len(sent.codes) >= 10


def test_what_the_server_alone_refuses_is_found_at_its_line(binary, start_server, tmp_path):
    server = start_server(["--retention-users", "1h", "--events-max-future", "1h"])
    now = int(time.time() * 1000)
    wait_until(lambda: server.post(0, "early").status == 400, "old hours to be frozen")
    lines = [event(now, f"u{number}") for number in range(3000)]
    bad = {5: ("hour_frozen", event(now - 9 * 3_600_000, "ann")), 1001: ("timestamp_out_of_range", event(now + 9 * 3_600_000, "ann")),
           2500: ("hour_frozen", event(0, "ann"))}  # fmt: skip
    for number, (_, line) in bad.items():
        lines[number - 1] = line
    lines.insert(1, b"")
    (tmp_path / "events").write_bytes(joined(lines))
    sent = send(binary, url_of(server), "--rejects", "refused", "events", cwd=tmp_path)
    assert (sent.code, sent.counts, sent.codes) == (1, (3001, 2997, 1, 3, 0), {"hour_frozen": 2, "timestamp_out_of_range": 1})
    assert rejects_of(tmp_path / "refused") == {("events", number + 1): what for number, what in bad.items()}


def test_rejects_can_be_mended_and_sent(binary, server, hour, tmp_path):
    lines = [event(hour, "ann"), b'{"a":\t"tab"}', event(hour, "ben", "clack"), b"\xff\xfe", event(hour, "cid")]
    (tmp_path / "events").write_bytes(joined(lines))
    assert send(binary, url_of(server), "--rejects", tmp_path / "bad", tmp_path / "events").codes == {
        "missing_timestamp": 1, "invalid_event": 1, "invalid_json": 1}  # fmt: skip
    mended = [line.replace(b"clack", b"click") for _, line in rejects_of(tmp_path / "bad").values()]
    assert mended == [lines[1], lines[2].replace(b"clack", b"click"), lines[3]]
    assert send(binary, url_of(server), "-", data=joined(mended)).counts == (3, 1, 0, 2, 0)
    assert server.totals(hour) == (3, 3, 0)


def test_rejects_are_for_their_owner_only_and_an_earlier_file_of_the_name_is_replaced(binary, server, hour, tmp_path):
    path = tmp_path / "refused"
    path.write_text("of yesterday\n" * 100)
    assert send(binary, url_of(server), "--rejects", path, "-", data=b"x\n" + event(hour, "ann")).codes == {"invalid_json": 1}
    assert list(rejects_of(path)) == [("-", 1)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert send(binary, url_of(server), "--rejects", path, "-", data=event(hour, "ann")).code == 0
    assert path.read_bytes() == b""


@pytest.mark.parametrize("link", [None, os.link, os.symlink])
def test_rejects_never_overwrite_what_is_to_be_sent(binary, server, hour, tmp_path, link):
    path = tmp_path / "events"
    content = joined([event(hour, "ann"), b"x"])
    path.write_bytes(content)
    rejects = path if link is None else tmp_path / "other-name"
    if link is not None:
        link(path, rejects)
    result = run_program(binary, "send", "--server", url_of(server), "--rejects", rejects, path)
    assert path.read_bytes() == content
    assert (result.returncode, result.stdout) == (2, "") and "--rejects" in result.stderr
    assert server.totals(hour) == (0, 0, 0)


@pytest.mark.parametrize("path", ["/no/such/folder/x", "/dev/full"])
def test_rejects_that_cannot_be_written_are_named_and_are_1(binary, server, path):
    result = run_program(binary, "send", "--server", url_of(server), "--rejects", path, "/dev/null")
    if path != "/dev/full":
        assert (result.returncode, path in result.stderr) == (1, True), result
    sent = send(binary, url_of(server), "--rejects", "/dev/full", "-", data=b"x\n")
    assert sent.code == 1 and "/dev/full" in sent.stderr


@pytest.mark.parametrize("size", [LIMIT - 1, LIMIT, LIMIT + 1, 40 * LIMIT])
@pytest.mark.parametrize("end", [b"\n", b""])
def test_a_line_beyond_1_mib_is_refused_and_its_neighbours_are_not(binary, server, hour, size, end):
    good = event(hour, "ann")
    long = event(hour, "ben", more="")[:-2]
    long += b"x" * (size - len(long) - 2) + b'"}'
    assert len(long) == size
    sent = send(binary, url_of(server), "-", data=good + b"\n" + long + b"\n" + good + end)
    assert sent.codes == ({"line_too_long": 1} if size > LIMIT else {})
    assert server.totals(hour) == ((1, 2, 0) if size > LIMIT else (2, 3, 0))


def test_a_foreign_message_cannot_break_a_file_of_rejects(binary, hour, tmp_path):
    """One line for each refused line, whatever a server says about it."""
    message = "no\nfile:9\tcode\tmessage\r\x1b[2J"
    refuse = lambda request, _: report(len(request.lines) - 1, [{"line": 1, "code": "hour_frozen", "message": message}])  # noqa: E731
    with ScriptedServer(refuse) as server:
        result = run_program(binary, "send", "--server", server.url, "--rejects", tmp_path / "bad", lines_of(tmp_path, hour))
    assert list(rejects_of(tmp_path / "bad")) == [(str(tmp_path / "lines"), 1)]
    assert result.returncode == 1 and "\x1b" not in result.stdout + result.stderr


def lines_of(folder, hour):
    (folder / "lines").write_bytes(joined([event(hour, "ann"), event(hour, "ben")]))
    return folder / "lines"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>welcome</html>", b"{}", b'{"accepted":1}', b'{"accepted":3,"rejected":[],"rejected_count":0}',
     b'{"accepted":1,"rejected":[],"rejected_count":0}', b'{"accepted":1,"rejected":[],"rejected_count":1}',
     b'{"accepted":1,"rejected":[{"line":3,"code":"a","message":"b"}],"rejected_count":1}',
     b'{"accepted":1,"rejected":[{"line":0,"code":"a","message":"b"}],"rejected_count":1}',
     b'{"accepted":0,"rejected":[{"line":1,"code":"a","message":"b"},{"line":1,"code":"a","message":"b"}],"rejected_count":2}',
     b'{"accepted":2,"rejected":[],"rejected_count":0', b'{"accepted":"2","rejected":[],"rejected_count":0}'],
)  # fmt: skip
def test_an_answer_that_is_not_about_these_lines_is_no_success(binary, hour, tmp_path, body):
    path = lines_of(tmp_path, hour)
    answer = report(0)
    answer.body = body
    with ScriptedServer(lambda request, _: answer) as server:
        sent = send(binary, server.url, "--retry-for", "0s", path)
        assert (sent.code, sent.accepted, sent.not_sent) == (1, 0, 2)
        assert server.url in sent.stderr


@pytest.mark.parametrize(
    "arguments, named",
    [
        ([], "-"),
        (["--server", "counter:8080", "f"], "counter:8080"),
        (["--server", "ftp://counter", "f"], "ftp://counter"),
        (["--server", "", "f"], "server"),
        (["--server", "http://", "f"], "http://"),
        (["--server", "http://a:99999", "f"], "99999"),
        (["--formt", "json", "f"], "--format"),
        (["--format", "jsn", "f"], "did you mean json?"),
        (["--format", "combined", "--click", "pth=/x", "f"], "did you mean path?"),
        (["--format", "combined", "--click", "path", "f"], "path"),
        (["--format", "combined", "--leave-out", "robot", "f"], "did you mean robots"),
        (["--format", "combined", "--user", "remote_adr", "f"], "did you mean remote_addr?"),
        (["--format", "combined", "--time", "tme", "f"], "did you mean time?"),
        (["--click", "path=/x", "f"], "--format"),
        (["--hash-user", "f"], "--format"),
        (["--connections", "0", "f"], "--connections"),
        (["--connections", "65", "f"], "--connections"),
        (["--connections", "4x", "f"], "--connections"),
        (["--retry-for", "10", "f"], "--retry-for"),
        (["--retry-for", "10 minutes", "f"], "--retry-for"),
        (["--retry-for", "-1s", "f"], "--retry-for"),
        (["--source"], "--source"),
        (["--source", "a", "--source", "b", "f"], "--source"),
        (["--mapping", "missing.toml", "f"], "missing.toml"),
        (["--mapping", "wrong.toml", "f"], "did you mean click?"),
        (["--mapping", "broken.toml", "f"], "broken.toml"),
        (["--position", "p", "f"], "--position"),
        (["--follow", "f", "g"], "--follow"),
        (["--follow", "-"], "--follow"),
        (["--follow"], "file"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_2_and_is_named(binary, tmp_path, arguments, named):
    (tmp_path / "f").write_bytes(b"")
    (tmp_path / "g").write_bytes(b"")
    (tmp_path / "wrong.toml").write_text('format = "combined"\nclik = ["path=/x"]\n', encoding="utf-8")
    (tmp_path / "broken.toml").write_text('format = "combined\n', encoding="utf-8")
    result = run_program(binary, "send", *arguments, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, ""), result
    message = result.stderr.splitlines()[0]
    assert message.startswith("hourglass: ") and named in message, message
    assert "is not must be" not in message


def test_options_win_over_the_mapping_file(binary, server, tmp_path):
    (tmp_path / "m.toml").write_text('format = "combined"\nuser = "remote_addr"\nclick = ["path=/a"]\n', encoding="utf-8")
    hour = 1_899_936_000_000 - 2 * 3_600_000
    line = '10.0.0.%d - - [17/Mar/2030:00:30:00 +0200] "GET %s HTTP/1.1" 200 5 "-" "Mozilla"'
    data = "\n".join(line % (number, "/a" if number % 2 else "/b") for number in range(10)).encode()
    flags = ["--mapping", tmp_path / "m.toml", "-"]
    assert send(binary, url_of(server), *flags, data=data).counts == (10, 5, 5, 0, 0)
    assert server.totals(hour) == (5, 5, 0)
    assert send(binary, url_of(server), "--click", "path=/b", *flags, data=data).counts == (10, 5, 5, 0, 0)
    assert server.totals(hour) == (10, 10, 0)


def test_lines_of_a_log_that_cannot_be_read_are_not_mapped(binary, server, tmp_path):
    data = b'garbage\n10.0.0.1 - - [99/Xxx/2030:00:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "Mozilla"\n\n'
    sent = send(binary, url_of(server), "--format", "combined", "--rejects", tmp_path / "bad", "-", data=data)
    assert (sent.code, sent.counts, sent.codes) == (1, (3, 0, 1, 2, 0), {"not_mapped": 2})
    assert "garbage" not in sent.stderr + sent.stdout


def test_a_summary_that_cannot_be_written_is_1_though_all_was_accepted(binary, server, hour, tmp_path):
    path = lines_of(tmp_path, hour)
    with open("/dev/full", "wb") as full:
        code = subprocess.run([binary, "send", "--server", url_of(server), path], stdout=full, stderr=subprocess.PIPE, check=False)
    assert code.returncode == 1 and b"cannot write to the standard output" in code.stderr
    expect_totals(server, oracle(path.read_bytes().splitlines()))


def test_nothing_but_the_batches_is_asked_of_a_server(binary, hour):
    with ScriptedServer(lambda request, _: accept(request)) as server:
        assert send(binary, server.url + "/", "-", data=event(hour, "ann")).code == 0
        assert [(batch.method, batch.path) for batch in server.batches] == [("POST", "/analytics/batch")]
