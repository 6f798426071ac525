"""`hourglass totals`: which hours it shows and how."""

import datetime
import json
import re
import subprocess

import pytest

from hourglass_process import run_program
from scripted_server import Answer, ScriptedServer, problem
from sending import HOUR_MS, seeded, url_of

HEAD = "hour,unique_users,clicks,impressions"
THEN = 1_700_000_000_000 // HOUR_MS * HOUR_MS  # 2023-11-14T22:00Z


@pytest.fixture(name="counted", scope="module")
def fixture_counted(server_holder):
    """A server with (2, 1, 2) at 2023-11-14T22:00Z, (1, 1, 0) at the beginning of 1970, and (1, 0, 1) at the end of time."""
    server = server_holder.get()
    for moment, user, kind in [(THEN, "ann", "click"), (THEN, "ann", "impression"), (THEN + HOUR_MS - 1, "ben", "impression"),
                               (0, "ann", "click"), (253402300799999, "ann", "impression")]:  # fmt: skip
        assert server.post(moment, user, kind).status == 204
    return server


@pytest.fixture(name="totals")
def fixture_totals(binary, counted):
    def totals(*arguments):
        return run_program(binary, "totals", "--server", url_of(counted), *arguments)

    return totals


def rows(result):
    assert (result.returncode, result.stderr) == (0, ""), result
    head, *rest = result.stdout.splitlines()
    assert head == HEAD and result.stdout.endswith("\n")
    return rest


def iso(moment):
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=moment)).strftime("%Y-%m-%dT%H:00:00Z")


@pytest.mark.parametrize(
    "when",
    [str(THEN), str(THEN + HOUR_MS - 1), f"0000{THEN}", "2023-11-14T22:00Z", "2023-11-14T22:59:59.999Z", "2023-11-14T22:13",
     "2023-11-14 22:13:20", "2023-11-15T00:13:20+02:00", "2023-11-14T17:43:00-05:00", "2023-11-15T04:00:00+05:30",
     "2023-11-15T03:45+0530", "2023-11-14t22:13:20.123456z"],
)  # fmt: skip
def test_an_hour_is_named_by_any_time_in_it(totals, when):
    assert rows(totals("--format", "csv", when)) == ["2023-11-14T22:00:00Z,2,1,2"]


@pytest.mark.parametrize(
    "when",
    ["", "x", "-1", "+1", "1e3", "1.5", "253402300800000", "9" * 23, "2023-02-29T00:00Z", "2023-13-01", "2023-11-14T25:00Z",
     "2023-11-14T22:60Z", "2023-11-14T22:00Zx", "2023-11-14T22:00+25:00", "yesterday", "nowish", " now", "10000-01-01T00:00Z",
     "1969-12-31T23:59Z", "2023-11-14T22:00 Z"],
)  # fmt: skip
@pytest.mark.parametrize("option", [None, "--from", "--to"])
def test_what_is_no_time_is_2_and_is_shown(totals, when, option):
    arguments = [when] if option is None else ["--from", when] if option == "--from" else ["--from", "0", "--to", when]
    result = totals(*arguments)
    assert (result.returncode, result.stdout) == (2, ""), result
    message = result.stderr.splitlines()[0]
    assert message.startswith("hourglass: ") and when in message


def test_the_limits_of_time_can_be_asked_for(totals):
    assert rows(totals("--format", "csv", "1970-01-01T00:59:59.999Z")) == ["1970-01-01T00:00:00Z,1,1,0"]
    assert rows(totals("--format", "csv", "9999-12-31T23:00Z")) == ["9999-12-31T23:00:00Z,1,0,1"]
    assert rows(totals("--format", "csv", "253402300799999")) == ["9999-12-31T23:00:00Z,1,0,1"]
    last_hours = rows(totals("--format", "csv", "--from", "9999-12-31T21:00Z", "--to", "253402300799999"))
    assert last_hours == ["9999-12-31T21:00:00Z,0,0,0", "9999-12-31T22:00:00Z,0,0,0", "9999-12-31T23:00:00Z,1,0,1"]


def test_now_is_the_default(totals):
    for arguments in ([], ["now"], ["--from", "now"]):
        before = datetime.datetime.now(datetime.timezone.utc)
        (row,) = rows(totals("--format", "csv", *arguments))
        after = datetime.datetime.now(datetime.timezone.utc)
        assert row in {moment.strftime("%Y-%m-%dT%H:00:00Z,0,0,0") for moment in (before, after)}


def test_a_range_has_a_row_an_hour_zeros_too_and_ends_before_its_end(totals):
    result = rows(totals("--format", "csv", "--from", "2023-11-14T20:30Z", "--to", "2023-11-15T00:00Z"))
    assert result == [f"2023-11-14T{hour}:00:00Z,{'2,1,2' if hour == 22 else '0,0,0'}" for hour in range(20, 24)]
    to_a_moment = rows(totals("--format", "csv", "--from", "2023-11-14T22:00Z", "--to", "2023-11-14T23:00:00.001Z"))
    assert to_a_moment == ["2023-11-14T22:00:00Z,2,1,2", "2023-11-14T23:00:00Z,0,0,0"]
    assert rows(totals("--format", "csv", "--from", str(THEN), "--to", str(THEN + 1))) == ["2023-11-14T22:00:00Z,2,1,2"]


def test_a_range_over_a_leap_day_and_many_hours(totals):
    result = rows(totals("--format", "csv", "--from", "2024-02-28", "--to", "2024-03-02"))
    begin = 1709078400000
    assert result == [f"{iso(begin + number * HOUR_MS)},0,0,0" for number in range(72)]


def test_a_date_is_its_24_hours(totals):
    result = rows(totals("--format", "csv", "2023-11-14"))
    assert [row.split(",")[0] for row in result] == [f"2023-11-14T{hour:02}:00:00Z" for hour in range(24)]
    assert [row for row in result if not row.endswith(",0,0,0")] == ["2023-11-14T22:00:00Z,2,1,2"]


def test_several_hours_each_have_a_row(totals):
    result = rows(totals("--format", "csv", "2023-11-14T22:00Z", "0", "2023-11-14T23:00Z"))
    assert sorted(result) == ["1970-01-01T00:00:00Z,1,1,0", "2023-11-14T22:00:00Z,2,1,2", "2023-11-14T23:00:00Z,0,0,0"]


def test_a_table_has_columns_and_json_is_json(totals):
    table = totals("--from", "2023-11-14T21:00Z", "--to", "2023-11-14T23:00Z")
    assert (table.returncode, table.stderr) == (0, "")
    head, *lines = table.stdout.splitlines()
    assert re.split(r" {2,}", head) == ["HOUR", "UNIQUE USERS", "CLICKS", "IMPRESSIONS"]
    assert [line.split() for line in lines] == [["2023-11-14T21:00:00Z", "0", "0", "0"], ["2023-11-14T22:00:00Z", "2", "1", "2"]]
    assert len({len(line) for line in (head, *lines)}) == 1
    same = totals("--format", "table", "--from", "2023-11-14T21:00Z", "--to", "2023-11-14T23:00Z")
    assert same.stdout == table.stdout
    values = json.loads(totals("--format", "json", "2023-11-14T22:00Z", "0").stdout)
    assert {"hour": "2023-11-14T22:00:00Z", "unique_users": 2, "clicks": 1, "impressions": 2} in values and len(values) == 2


@pytest.mark.parametrize(
    "arguments, named",
    [
        (["--to", "2023-11-14"], "--from"),
        (["--from", "2023-11-15", "--to", "2023-11-14"], "range"),
        (["--from", "2023-11-14", "--to", "2023-11-14"], "range"),
        (["--from", "2023-11-14", "now"], "--from"),
        (["--format", "xml"], "--format"),
        (["--frm", "now"], "did you mean --from?"),
        (["--server", "nowhere"], "nowhere"),
        (["--server", "http://"], "http://"),
        (["--from", "now", "--from", "now"], "--from"),
    ],
)
def test_wrong_usage_is_2_and_is_named(binary, arguments, named):
    result = run_program(binary, "totals", *arguments)
    assert (result.returncode, result.stdout) == (2, ""), result
    assert result.stderr.startswith("hourglass: ") and named in result.stderr.splitlines()[0]


def test_a_server_that_is_not_there_is_1_and_is_named(binary):
    result = run_program(binary, "totals", "--server", "http://127.0.0.1:1")
    assert (result.returncode, result.stdout) == (1, "") and "http://127.0.0.1:1" in result.stderr


@pytest.mark.parametrize(
    "answer",
    [Answer(200, b"<html>It works!</html>"), Answer(200, b""), Answer(404, b"<html>no</html>"), Answer(301, b"", {"Location": "/x"}),
     Answer(200, b"unique_users,1\nclicks,1\n"), Answer(200, b"unique_users,1\nclicks,-1\nimpressions,0\n"),
     Answer(200, b"unique_users,1\nclicks,1\nimpressions,0\nmore,1\n"), Answer(200, b"clicks,1\nunique_users,1\nimpressions,0\n")],
)  # fmt: skip
def test_something_that_is_not_hourglass_is_told_with_its_address(binary, answer):
    class Foreign(ScriptedServer):
        def decide(self, request):
            return answer

    with Foreign(None) as server:
        result = run_program(binary, "totals", "--server", server.url, "--format", "csv", str(THEN))
        assert result.returncode == 1 and iso(THEN) + "," not in result.stdout
        assert server.url in result.stderr, result.stderr


def test_a_refusal_of_the_server_is_told_and_no_number_is_made_up(binary):
    class Damaged(ScriptedServer):
        def decide(self, request):
            if str(THEN)[:7] in request.path:
                return problem(503, "hour_damaged", {"Retry-After": "60"})
            return Answer(200, b"unique_users,1\nclicks,1\nimpressions,0\n")

    with Damaged(None) as server:
        result = run_program(binary, "totals", "--server", server.url, "--format", "csv", "0", str(THEN))
    assert result.returncode == 1 and iso(THEN) + "," not in result.stdout
    assert "hour_damaged" in result.stderr and iso(THEN) in result.stderr


def test_an_output_that_cannot_be_written_is_1(binary, counted):
    with open("/dev/full", "wb") as full:
        result = subprocess.run([binary, "totals", "--server", url_of(counted)], stdout=full, stderr=subprocess.PIPE, check=False)
    assert result.returncode == 1 and b"cannot write to the standard output" in result.stderr


def test_random_hours_are_those_of_the_server(binary, start_server):
    rng, server = seeded(), start_server()
    begin = rng.randrange(400_000, 600_000) * HOUR_MS
    with server.connect() as connection:
        for _ in range(500):
            moment, user, kind = begin + rng.randrange(48 * HOUR_MS), rng.randrange(40), rng.choice(["click", "impression"])
            assert connection.ask("POST", f"/analytics?timestamp={moment}&user=u{user}&{kind}").status == 204
    end = begin + 48 * HOUR_MS
    result = run_program(
        binary, "totals", "--server", url_of(server), "--format", "csv", "--from", str(begin), "--to", str(end)
    )  # fmt: skip
    expected = [",".join([iso(moment), *map(str, server.totals(moment))]) for moment in range(begin, end, HOUR_MS)]
    assert rows(result) == expected
