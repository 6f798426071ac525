"""A bad proxy: it hands requests on, and then now and then keeps the answer to itself."""

import contextlib
import socket
import socketserver
import threading

from loopback import Loopback

BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 19\r\n\r\n<h1>Bad Gateway</h1>"[:-1]


class _Handler(socketserver.BaseRequestHandler):
    """One connection of a client, and one to the server behind. A client sends a request once it has the last answer."""

    def handle(self):
        relay = self.server.owner
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", relay.port_behind)) as behind:
            threading.Thread(target=self.hand_on, args=(behind, relay), daemon=True).start()
            while answer := behind.recv(65536):
                fate = relay.decide(("pass", "drop", "502"))
                if fate == "drop":
                    break
                self.request.sendall(BAD_GATEWAY if fate == "502" else answer)
            self.request.shutdown(socket.SHUT_RDWR)

    def hand_on(self, behind, relay):
        with contextlib.suppress(OSError):
            while data := self.request.recv(65536):
                if relay.decide(("pass", "cut")) == "cut":
                    behind.sendall(data[: len(data) // 2])
                    break
                behind.sendall(data)
            self.request.shutdown(socket.SHUT_RDWR)
            behind.shutdown(socket.SHUT_RDWR)


class Relay(Loopback):
    """Listens on a free port within its `with` block. `faults` says how often out of 1 each fault happens."""

    def __init__(self, port_behind, rng, faults):
        self.port_behind, self.rng, self.faults = port_behind, rng, faults
        self.happened = dict.fromkeys(faults, 0)
        super().__init__(_Handler)

    def decide(self, fates):
        with self.lock:
            for fate in fates[1:]:
                if self.rng.random() < self.faults.get(fate, 0):
                    self.happened[fate] += 1
                    return fate
        return fates[0]
