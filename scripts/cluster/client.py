"""HTTP to replicas over connections that are kept: one `Client` for each thread."""

import contextlib
import http.client
from dataclasses import dataclass

TIME_LIMIT = 10.0  # seconds; more than a strong read may take, and than an event may remain unanswered


class NoAnswer(Exception):
    """The replica could not be reached, was silent for too long, or closed the connection."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict  # by their names in lower case
    body: bytes

    @property
    def text(self):
        return self.body.decode(errors="replace")


class Client:
    """Connections of one thread, one for each address."""

    def __init__(self, time_limit=TIME_LIMIT):
        self.time_limit, self.connections = time_limit, {}

    def ask(self, address, method, target, headers=None, body=None):
        """The answer of the replica at (host, port); NoAnswer when there is none. Sends nothing a second time."""
        connection = self.connections.get(address)
        if connection is None:
            connection = self.connections[address] = http.client.HTTPConnection(*address, timeout=self.time_limit)
        try:
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        except (OSError, http.client.HTTPException) as fault:
            self.forget(address)
            raise NoAnswer(f"{type(fault).__name__}: {fault}") from None

    def get(self, address, target):
        return self.ask(address, "GET", target)

    def forget(self, address):
        """Closes the connection to an address, which is made anew when it is asked again."""
        connection = self.connections.pop(address, None)
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.close()
