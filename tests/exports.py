"""Reads what `GET /analytics/events` and `hourglass export` give, strictly."""

import json
import re
import time
from dataclasses import dataclass

from hourglass_process import TIME_LIMIT, NoAnswer, parse_head, request

HOUR_MS = 3_600_000
TARGET = "/analytics/events"
LINE = re.compile(rb'\{"timestamp":(0|[1-9]\d*),"user":".*","event":"(click|impression)","id":"[0-9a-f]{32}-[1-9]\d*"\}')


@dataclass
class Export:
    answer: object
    body: bytes
    incomplete: str = None

    @property
    def events(self):
        return parse_lines(self.body)


def parse_lines(body):
    """The events of an export, whose order is checked."""
    assert body == b"" or body.endswith(b"\n"), body[-200:]
    lines = body.splitlines() if b"\r" not in body else body[:-1].split(b"\n")
    for line in lines:
        assert LINE.fullmatch(line), line
    events = [json.loads(line) for line in lines]
    places = [(event["timestamp"] // HOUR_MS, int(event["id"].split("-")[1])) for event in events]
    assert places == sorted(set(places)), "not by hour and then by sequence"
    assert len({event["id"].split("-")[0] for event in events}) <= 1
    return events


def read_chunk(connection):
    """The next chunk of a body; empty for the last."""
    size = connection.read_bytes_until(b"\r\n")
    assert re.fullmatch(rb"[0-9a-f]+\r\n", size), size
    data = connection.read_bytes(int(size, 16))
    if data:
        assert connection.read_bytes(2) == b"\r\n"
    return data


def begin(connection, query=""):
    """Asks for an export; the head of the answer."""
    connection.send(request("GET", TARGET + query))
    return parse_head(connection.read_bytes_until(b"\r\n\r\n")[:-4])


def read_rest(connection):
    """The body that is left, and its trailer."""
    pieces = []
    while True:
        piece = read_chunk(connection)
        if not piece:
            break
        pieces.append(piece)
    trailer = re.fullmatch(rb"Hourglass-Incomplete-Hours: ([ -~]+)\r\n\r\n", connection.read_bytes_until(b"\r\n\r\n"))
    assert trailer
    return b"".join(pieces), trailer[1].decode()


def export(server, query="", connection=None):
    """A whole export."""
    if connection is None:
        with server.connect() as own:
            return export(server, query, own)
    answer = begin(connection, query)
    assert answer.status == 200, answer
    return Export(answer, *read_rest(connection))


def read_until_cut(connection):
    """The bytes of an export that is broken off: NoAnswer must come before its end."""
    received = b""
    try:
        while True:
            chunk = read_chunk(connection)
            assert chunk, "the export came to its end"
            received += chunk
    except (NoAnswer, ConnectionResetError):
        return received


def fill(server, count, hour, user="u"):
    """So many events of users of their own."""
    for first in range(0, count, 20_000):
        lines = [json.dumps({"timestamp": hour + number % 1000, "user": f"{user}{number}", "event": "click"})
                 for number in range(first, min(count, first + 20_000))]
        answer = server.batch("\n".join(lines).encode())
        assert (answer.status, f'"accepted":{len(lines)},' in answer.text) == (200, True), answer


SMALL_SEGMENTS = ("--data-replay-limit", "1MiB")


def event_files(server):
    """The event files, oldest first."""
    return sorted((server.data_dir / "events").glob("*.events"), key=lambda path: int(path.name.split("-")[0]))


def files_before(server):
    """How many event files there will be before one that has none of the events so far."""
    return len(event_files(server)) + len(list((server.data_dir / "log").iterdir()))


def fill_event_files(server, count, hour):
    """Posts events of users of their own until so many event files are there; how many events those were."""
    deadline, events = time.monotonic() + 2 * TIME_LIMIT, 0
    while len(event_files(server)) < count:
        assert time.monotonic() < deadline, "no event files"
        fill(server, 20_000, hour, f"u{events}-")
        events += 20_000
    return events
