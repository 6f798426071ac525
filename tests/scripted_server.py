"""A server of the tests' own for `hourglass send`: it keeps what was sent and answers as a test decides.

`ScriptedServer(answer)` calls answer(request, number) for every batch and sends back what that returns: an `Answer` of
its own making, `accept(request)`, or None, which breaks the connection without a word.
"""

import gzip
import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from loopback import Loopback


@dataclass
class Request:
    method: str
    path: str
    headers: dict
    body: bytes

    @property
    def lines(self):
        return [line for line in self.body.split(b"\n") if line.strip()]

    @property
    def events(self):
        return [json.loads(line) for line in self.lines]


@dataclass
class Answer:
    status: int
    body: bytes = b""
    headers: dict = field(default_factory=dict)


def accept(request):
    """What Hourglass says when every line is an event."""
    return report(len(request.lines))


def report(accepted, rejected=()):
    text = {"accepted": accepted, "rejected": list(rejected), "rejected_count": len(rejected)}
    return Answer(200, json.dumps(text).encode(), {"Content-Type": "application/json"})


def problem(status, code, headers=()):
    body = {"type": "about:blank", "title": code, "status": status, "code": code, "detail": f"because of {code}"}
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/problem+json", **dict(headers)})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size)
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        answer = self.server.owner.decide(Request(self.command, self.path, dict(self.headers), body))
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = handle_any

    def log_message(self, *_):
        pass


class ScriptedServer(Loopback):
    """Serves on a free port within its `with` block."""

    def __init__(self, answer, keep=True):
        self.answer, self.keep = answer, keep
        self.batches, self.others = [], []
        self.count = 0
        super().__init__(_Handler)

    def decide(self, request):
        if request.method != "POST":
            with self.lock:
                self.others.append(request)
            return problem(404, "not_found")
        with self.lock:
            number = self.count
            self.count += 1
            if self.keep:
                self.batches.append(request)
        return self.answer(request, number)

    def events(self):
        """Everything that was sent, in the order of arrival, repeats included."""
        return [event for batch in self.batches for event in batch.events]

    def ids(self):
        return [event.get("id") for event in self.events()]
