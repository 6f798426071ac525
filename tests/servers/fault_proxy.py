"""A TCP proxy before a server, which at any moment can be told to treat its clients badly.

    with FaultProxy(port_behind) as proxy:
        ... connect to proxy.port ...
        proxy.cut()

tests/relay.py decides by chance for every answer; here a test decides, for all connections at once.
"""

import contextlib
import enum
import random
import socket
import struct
import threading

from servers.process import free_ports

CHUNK = 65536
CONNECT_LIMIT = 5.0
PATIENCE = 0.1  # after so many seconds a thread that waits for a side looks whether it was cut
# With this a close sends a reset, as the end of a crashed machine's connections looks.
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Mode(enum.Enum):
    PASS = "pass"
    DELAY = "delay"
    CUT = "cut"
    HANG = "hang"
    GARBAGE = "garbage"


class _Connection:
    """A client's connection and the one to the server behind, with a thread for each direction."""

    def __init__(self, proxy, client):
        self.proxy, self.client, self.behind = proxy, client, None
        self.spoilt = False  # its client has had garbage, so what follows would make no sense to it
        self.closed = False
        client.settimeout(PATIENCE)

    def start(self):
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        """Has both sides reset, which its own threads do as soon as they notice."""
        self.closed = True
        for side in (self.client, self.behind):
            if side is not None:
                with contextlib.suppress(OSError):
                    side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                with contextlib.suppress(OSError):
                    side.shutdown(socket.SHUT_RD)  # wakes the thread that reads

    def _serve(self):
        try:
            self.proxy.wait_to_forward(self)
            self.behind = socket.create_connection(("127.0.0.1", self.proxy.port_behind), CONNECT_LIMIT)
            self.behind.settimeout(PATIENCE)
            answers = threading.Thread(target=self._pump, args=(self.behind, self.client, True), daemon=True)
            answers.start()
            self._pump(self.client, self.behind, False)
            answers.join()
        except OSError:
            self.close()
        finally:
            if self.closed:
                self.close()  # it may have been cut before there was a side behind
            self.client.close()
            if self.behind is not None:
                self.behind.close()
            self.proxy.forget(self)

    def _pump(self, source, sink, is_answer):
        """Hands on until the source ends. What was read when a fault began is subject to it."""
        try:
            while data := self._patiently(lambda: source.recv(CHUNK)):
                self.proxy.wait_to_forward(self)
                rest = memoryview(self.proxy.perhaps_garbage(self, data) if is_answer else data)
                while rest:
                    rest = rest[self._patiently(lambda: sink.send(rest)):]
            if not self.closed:
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            self.close()

    def _patiently(self, operation):
        """The result of a receive or send that may take as long as it wants, unless the connection is cut."""
        while not self.closed:
            with contextlib.suppress(TimeoutError):
                return operation()
        raise OSError("cut")


class FaultProxy:
    """Listens on `port` within its `with` block, or from start() to close(); begins by passing everything on.

    The methods may be called from any thread, in any order. What they promise holds for everything that the proxy has
    not yet handed on when they return, and for new connections.
    """

    def __init__(self, port_behind, seed=None):
        self.port_behind = port_behind
        self.port = free_ports(1)[0]
        self.changed = threading.Condition()
        self.mode, self.delay_ms, self.changes = Mode.PASS, 0, 0
        self.connections = set()
        self.random = random.Random(seed)
        self.open = False
        self.listener = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def start(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(128)
        self.open = True
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def close(self):
        with self.changed:
            self.open = False
            self.changed.notify_all()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._close_connections(lambda connection: True)

    def pass_on(self):
        """Hands everything on as it comes. What was held back goes on its way."""
        self._set(Mode.PASS)

    def delay(self, milliseconds):
        """Holds every chunk for so long, in both directions."""
        self._set(Mode.DELAY, milliseconds)

    def cut(self):
        """Resets all connections, and refuses new ones."""
        self._set(Mode.CUT)

    def hang(self):
        """Accepts connections, and hands nothing on in either direction."""
        self._set(Mode.HANG)

    def answer_garbage(self):
        """Hands requests on, and random bytes instead of the answers, as many as these had. A connection that had any
        is reset when this ends."""
        self._set(Mode.GARBAGE)

    def _set(self, mode, delay_ms=0):
        with self.changed:
            before, self.mode, self.delay_ms = self.mode, mode, delay_ms
            self.changes += 1
            if mode is Mode.CUT and before is not Mode.CUT:
                # Stays bound, so that nobody else gets the port, but does not listen.
                self.listener.shutdown(socket.SHUT_RDWR)
            elif mode is not Mode.CUT and before is Mode.CUT:
                self.listener.listen(128)
            self.changed.notify_all()
        if mode is Mode.CUT:
            self._close_connections(lambda connection: True)
        elif mode is not Mode.GARBAGE:
            self._close_connections(lambda connection: connection.spoilt)

    def _close_connections(self, which):
        with self.changed:
            chosen = [connection for connection in self.connections if which(connection)]
        for connection in chosen:
            connection.close()

    def _accept(self):
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.mode is not Mode.CUT or not self.open)
                if not self.open:
                    return
            try:
                client, _ = self.listener.accept()
            except OSError:
                continue
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = _Connection(self, client)
            with self.changed:
                refused = self.mode is Mode.CUT or not self.open
                if not refused:
                    self.connections.add(connection)
            if refused:
                connection.close()
                client.close()
            else:
                connection.start()

    def wait_to_forward(self, connection):
        """Waits until something may be handed on; OSError for a connection that is cut."""
        with self.changed:
            while True:
                if connection.closed or not self.open or self.mode is Mode.CUT:
                    raise OSError("cut")
                if self.mode in (Mode.PASS, Mode.GARBAGE):
                    return
                seen = self.changes
                limit = self.delay_ms / 1000 if self.mode is Mode.DELAY else None
                if not self.changed.wait_for(lambda: self.changes != seen or not self.open, limit):
                    return

    def perhaps_garbage(self, connection, answer):
        """The answer, or what its client gets instead."""
        with self.changed:
            if self.mode is not Mode.GARBAGE:
                return answer
            connection.spoilt = True
            return self.random.randbytes(len(answer))

    def forget(self, connection):
        with self.changed:
            self.connections.discard(connection)
