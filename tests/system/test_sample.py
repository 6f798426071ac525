"""The sample log: its script prints it, and its totals are those that awk finds."""

import gzip
import subprocess
import sys

from conftest import REPOSITORY
from hourglass_process import run_program
from sending import send, sending, url_of

EXAMPLES = REPOSITORY / "examples"
RANGE = ("--from", "2023-11-15T06:00Z", "--to", "2023-11-15T12:00Z")
# Written without a look at how the program reads a line: quotes part it, and the rules of shop.toml stand as patterns.
COUNT = r"""
{ split($1, before, " "); time = substr(before[4], 2); split($2, request, " "); split($3, after, " "); path = request[2]; agent = $6 }
tolower(agent) ~ /bot|curl|python-requests/ || agent == "-" || after[1] ~ /^[45]..$/ || request[1] != "GET" { next }
path ~ /^\/out\//     { clicks[time = substr(time, 1, 14)]++ }
path ~ /^\/product\// { impressions[time = substr(time, 1, 14)]++ }
path ~ /^\/(out|product)\// { if (!seen[time, before[1], agent]++) users[time]++ }
END { for (time in users) print time "," users[time] "," clicks[time] "," impressions[time] }
"""


def sample():
    return gzip.decompress((EXAMPLES / "access.log.gz").read_bytes())


def counted_by_awk():
    """[[hour, unique users, clicks, impressions], …] in the order of the hours."""
    result = subprocess.run(
        ["awk", "-F", '"', COUNT], input=sample().decode(), capture_output=True, text=True, check=True
    )
    rows = [row.split(",") for row in result.stdout.splitlines()]
    return sorted([f"2023-11-15T{hour[12:14]}:00:00Z", *counts] for hour, *counts in rows if hour.startswith("15/Nov/2023:"))


def totals(binary, server):
    result = run_program(binary, "totals", "--server", url_of(server), "--format", "csv", *RANGE)
    assert result.returncode == 0, result
    head, *rows = result.stdout.splitlines()
    assert head == "hour,unique_users,clicks,impressions"
    return [row.split(",") for row in rows]


def send_sample(binary, server, *more):
    sent = send(binary, url_of(server), "--mapping", "shop.toml", *more, "access.log.gz", cwd=EXAMPLES)
    assert (sent.code, sent.lines, sent.refused) == (0, 12_000, 0)


def test_the_script_prints_the_sample():
    printed = subprocess.run([sys.executable, "-B", EXAMPLES / "make_access_log.py"], capture_output=True, check=True)
    assert printed.stdout == sample()


def test_the_totals_are_those_of_awk_and_sent_again_they_stay(binary, start_server):
    server, expected = start_server(), counted_by_awk()
    assert len(expected) == 6 and all(int(number) > 50 for row in expected for number in row[1:])
    for _ in range(2):
        send_sample(binary, server)
        assert totals(binary, server) == expected


def test_the_totals_are_right_though_the_server_is_killed_ten_times_meanwhile(binary, start_server):
    server, expected = start_server(), counted_by_awk()
    server.flags = ("--http-port", server.port)
    content = sample()
    rounds = 10
    mapping = ("--mapping", EXAMPLES / "shop.toml")
    with sending(binary, url_of(server), *mapping, "-", stdin=subprocess.PIPE) as process:
        for number in range(rounds):
            process.stdin.write(content[len(content) * number // (rounds + 1) : len(content) * (number + 1) // (rounds + 1)])
            process.stdin.flush()
            server.kill()
            server.start(wait="listening")
        process.stdin.write(content[len(content) * rounds // (rounds + 1) :])
        process.stdin.close()
        assert process.wait(60) == 0
    assert totals(binary, server) == expected
    send_sample(binary, server)
    assert totals(binary, server) == expected
    assert server.runs == rounds + 1
