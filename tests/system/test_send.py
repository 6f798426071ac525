"""`hourglass send`: which lines become which events, from which files, with which ids."""

import gzip
import os
import subprocess

import pytest

from scripted_server import ScriptedServer, accept
from sending import event, expect_totals, joined, oracle, random_events, seeded, send, sending, url_of, wait_until

COMBINED = b'%s - - [14/Nov/2023:22:13:20 +0000] "GET /product/1 HTTP/1.1" 200 5 "-" "Mozilla/5.0 (X11)"'
USERS_ADDRESS = ("--format", "combined", "--impression", "path=/*", "--user", "remote_addr")


@pytest.fixture(name="ids_of")
def fixture_ids_of(binary, tmp_path):
    """ids_of(content, flags…, name=…): the ids, in order, with which the lines of a file arrive."""

    def ids_of(content, *flags, name="input"):
        (tmp_path / name).write_bytes(content)
        with ScriptedServer(lambda request, _: accept(request)) as server:
            sent = send(binary, server.url, "--connections", 1, *flags, name, cwd=tmp_path)
            assert sent.code == 0, sent
            return server.ids()

    return ids_of


@pytest.fixture(name="zstd")
def fixture_zstd():
    def compress(content):
        return subprocess.run(["zstd", "-q", "-c"], input=content, capture_output=True, check=True).stdout

    return compress


# Ids


def test_an_id_of_a_line_s_own_is_kept(ids_of, hour):
    lines = [event(hour, "ann", id="order-17"), event(hour, "ann"), event(hour, "ben", id="order-17"), event(hour, "ann", id="x" * 128)]
    ids = ids_of(joined(lines))
    assert (ids[0], ids[2], ids[3]) == ("order-17", "order-17", "x" * 128)
    assert ids[1] not in (None, ids[0])


def test_equal_lines_of_a_file_are_different_events_and_the_next_file_has_the_same_ids(ids_of, hour):
    lines = [event(hour, "ann"), event(hour, "ben"), event(hour, "ann"), event(hour, "ann")]
    ids = ids_of(joined(lines))
    assert len(set(ids)) == 4
    assert ids_of(joined(lines), name="another") == ids


def test_ids_are_1_to_128_visible_ascii(ids_of, hour):
    lines = [event(hour, f"u{number % 7}") for number in range(3000)]
    ids = ids_of(joined(lines), "--source", "wéb 1 " + "x" * 300)
    assert len(set(ids)) == len(ids)
    assert all(1 <= len(id) <= 128 and all("!" <= sign <= "~" for sign in id) for id in ids)


def test_compressing_renaming_and_appending_leave_the_ids_as_they_were(ids_of, zstd):
    rng = seeded()
    lines = random_events(rng, 5000, 1_700_000_000_000)
    first, content = joined(lines[:3000]), joined(lines)
    ids = ids_of(content)
    assert ids_of(first, name="older") == ids[:3000]
    assert ids_of(gzip.compress(content), name="no-such-ending") == ids
    assert ids_of(gzip.compress(first) + gzip.compress(content[len(first) :]), name="two.members") == ids
    assert ids_of(zstd(first) + zstd(content[len(first) :]), name="input.txt") == ids


def test_the_end_of_a_line_is_no_part_of_it(ids_of, hour):
    lines = [event(hour, "ann"), event(hour, "ben"), event(hour, "ann")]
    ids = ids_of(joined(lines))
    assert ids_of(joined(lines)[:-1]) == ids
    assert ids_of(b"".join(line + b"\r\n" for line in lines)) == ids


def test_blank_lines_do_not_move_ids(ids_of, hour):
    lines = [event(hour, "ann"), event(hour, "ben"), event(hour, "ann")]
    assert ids_of(b"\n \t\n" + b"\n\n".join(lines)) == ids_of(joined(lines))


def test_sources_have_ids_of_their_own(ids_of, hour):
    line = joined([event(hour, "ann")])
    ids = [ids_of(line, "--source", source)[0] for source in ("web1", "web2", "WEB1")] + ids_of(line)
    assert len(set(ids)) == 4
    assert ids_of(line, "--source", "web1", name="another")[0] == ids[0]


def test_a_source_and_a_line_cannot_be_mistaken_for_another_source_and_line(ids_of):
    short = ids_of(COMBINED % b"110.0.0.1", *USERS_ADDRESS, "--source", "web")
    assert ids_of(COMBINED % b"10.0.0.1", *USERS_ADDRESS, "--source", "web1") != short


def test_lines_that_are_left_out_or_refused_do_not_move_the_ids_of_others(ids_of):
    log = [COMBINED % b"10.0.0.1", COMBINED % b"10.0.0.2", COMBINED % b"10.0.0.1"]
    out = log[0].replace(b"GET", b"POST")
    flags = (*USERS_ADDRESS, "--leave-out", "method=POST")
    assert ids_of(joined([out, log[0], out, log[1], log[2], out]), *flags) == ids_of(joined(log), *flags)


# Files


def test_all_kinds_of_files_arrive_and_sent_again_nothing_changes(binary, start_server, tmp_path, zstd):
    server, rng = start_server(), seeded()
    lines = random_events(rng, 9000, 1_700_000_000_000)
    parts = [joined(lines[:3000]), joined(lines[3000:6000]), joined(lines[6000:])]
    (tmp_path / "one").write_bytes(parts[0])
    (tmp_path / "two").write_bytes(gzip.compress(parts[1]))
    (tmp_path / "three").write_bytes(zstd(parts[2]))
    # A line that stands in several files of one source is one event.
    expected = oracle(distinct_between(lines[:3000], lines[3000:6000], lines[6000:]))
    for order in (["one", "two", "three"], ["three", "two", "one", "one"]):
        sent = send(binary, url_of(server), *order, cwd=tmp_path)
        assert (sent.code, sent.accepted, sent.window) == (0, 3000 * len(order), "24h"), sent
        expect_totals(server, expected)


def distinct_between(*files):
    """Every line as often as it stands in that file where it stands most often."""
    most = {}
    for lines in files:
        for line in set(lines):
            most[line] = max(most.get(line, 0), lines.count(line))
    return [line for line, count in most.items() for _ in range(count)]


def test_the_same_line_counts_once_for_a_source_and_again_for_another(binary, server, hour, tmp_path):
    (tmp_path / "a").write_bytes(joined([event(hour, "ann")] * 2))
    (tmp_path / "b").write_bytes(joined([event(hour, "ann")] * 3))
    assert send(binary, url_of(server), "a", "b", cwd=tmp_path).counts == (5, 5, 0, 0, 0)
    assert server.totals(hour) == (1, 3, 0)
    assert send(binary, url_of(server), "--source", "web2", "a", cwd=tmp_path).code == 0
    assert server.totals(hour) == (1, 5, 0)


def test_what_was_appended_is_added(binary, server, hour, tmp_path):
    path = tmp_path / "log"
    path.write_bytes(joined([event(hour, "ann")]))
    assert send(binary, url_of(server), path).code == 0
    with open(path, "ab") as file:
        file.write(joined([event(hour, "ann"), event(hour, "ben", "impression")]))
    assert send(binary, url_of(server), path).accepted == 3
    assert server.totals(hour) == (2, 2, 1)


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_the_standard_input_has_the_ids_of_a_file(binary, server, hour, tmp_path, name):
    data = joined([event(hour, "ann"), event(hour, "ann"), event(hour, "ben")])
    (tmp_path / "file").write_bytes(gzip.compress(data))
    assert send(binary, url_of(server), tmp_path / "file").accepted == 3
    assert send(binary, url_of(server), name, data=data).accepted == 3
    assert send(binary, url_of(server), name, data=gzip.compress(data)).accepted == 3
    assert server.totals(hour) == (2, 3, 0)


def test_a_pipe_that_stays_open_delivers_what_came_so_far(binary, server, hour):
    with sending(binary, url_of(server), "-", stdin=subprocess.PIPE) as process:
        for number in range(1, 4):
            process.stdin.write(event(hour, f"u{number}") + b"\n")
            process.stdin.flush()
            wait_until(lambda count=number: server.totals(hour) == (count, count, 0), "an event of an open pipe")
        process.stdin.write(event(hour, "cut"))
        process.stdin.close()
        assert process.wait(30) == 0
    assert server.totals(hour) == (4, 4, 0)


def test_a_fifo_is_read_to_its_end(binary, server, hour, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with sending(binary, url_of(server), tmp_path / "fifo") as process:
        (tmp_path / "fifo").write_bytes(joined([event(hour, "ann"), event(hour, "ben")]))
        assert process.wait(30) == 0
    assert server.totals(hour) == (2, 2, 0)


def test_an_empty_file_is_no_failure(binary, server, tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    sent = send(binary, url_of(server), tmp_path / "empty")
    assert (sent.code, sent.stderr, sent.counts) == (0, "", (0, 0, 0, 0, 0))


def test_a_file_that_cannot_be_read_is_named_and_is_1_and_what_stands_before_it_is_sent(binary, server, hour, tmp_path):
    (tmp_path / "good").write_bytes(joined([event(hour, "ann")]))
    sent = send(binary, url_of(server), "good", "missing", cwd=tmp_path)
    assert (sent.code, sent.accepted) == (1, 1) and "missing: No such file or directory" in sent.stderr
    sent = send(binary, url_of(server), ".", cwd=tmp_path)
    assert (sent.code, sent.lines) == (1, 0) and "directory" in sent.stderr
    assert server.totals(hour) == (1, 1, 0)


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
@pytest.mark.parametrize("fault", ["cut off", "damaged"])
def test_a_compressed_file_that_is_not_whole_is_named_and_is_1(binary, server, tmp_path, zstd, kind, fault):
    data = joined(random_events(seeded(), 3000, 1_800_000_000_000))
    content = bytearray(gzip.compress(data) if kind == "gzip" else zstd(data))
    content[len(content) // 2] ^= 0xFF
    path = tmp_path / "file.log"
    path.write_bytes(content if fault == "damaged" else content[: len(content) // 4])
    sent = send(binary, url_of(server), path)
    assert sent.code == 1 and str(path) in sent.stderr, sent


def test_the_window_that_is_told_is_the_server_s(binary, start_server, hour):
    server = start_server(["--idempotency-window", "36h"])
    sent = send(binary, url_of(server), "-", data=joined([event(hour, "ann")]))
    assert (sent.code, sent.window) == (0, "36h")


def test_users_and_members_arrive_as_they_were(binary, server, hour):
    users = ["ännchen", "a b+c%d&e", '"quoted"\\', "\u007f\u0001", "𝄞", "x" * 256]
    lines = [event(hour, user, note={"deep": [1, 2.5e300, None]}) for user in users]
    lines.append(b'{ "event" : "impression", "us\\u0065r":"\\u00e4nnchen" , "timestamp": %d }' % hour)
    assert send(binary, url_of(server), "-", data=joined(lines)).counts == (7, 7, 0, 0, 0)
    assert server.totals(hour) == (6, 6, 1)
    for name in ("%C3%A4nnchen", "a%20b%2Bc%25d%26e"):
        server.post(hour, name)
    assert server.totals(hour) == (6, 8, 1)


def test_the_end_of_a_log_that_is_being_written_waits_for_its_line(binary, start_server, tmp_path):
    server, path = start_server(), tmp_path / "access.log"
    whole = COMBINED % b"10.0.0.1" + b"\n" + COMBINED % b"10.0.0.2"
    with path.open("wb") as log:
        log.write(whole[:-9])
        log.flush()
        sent = send(binary, url_of(server), *USERS_ADDRESS, path)
        assert (sent.code, sent.accepted, sent.codes) == (1, 1, {"cut_line": 1})
        log.write(whole[-9:])
    for _ in range(2):
        sent = send(binary, url_of(server), *USERS_ADDRESS, path)
        assert (sent.code, sent.accepted) == (0, 2), "nobody writes any more"
    assert server.totals(1_700_000_000_000) == (2, 0, 2)
