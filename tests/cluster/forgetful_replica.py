#!/usr/bin/python3 -B
"""Stands in for the program: a replica that acknowledges every event and counts none, so that its numbers are wrong."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # pylint: disable=invalid-name
        zeros = self.path.startswith("/analytics")
        self.answer(200, b"unique_users,0\nclicks,0\nimpressions,0\n" if zeros else b"")

    def do_POST(self):  # pylint: disable=invalid-name
        lines = self.rfile.read(int(self.headers.get("Content-Length", 0))).count(b"\n")
        if self.path == "/analytics/batch":
            self.answer(200, json.dumps({"accepted": lines, "rejected": [], "rejected_count": 0}).encode())
        else:
            self.answer(204)

    def answer(self, status, body=None):
        self.send_response(status)
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


if __name__ == "__main__":
    port = int(sys.argv[sys.argv.index("--http-port") + 1])
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
