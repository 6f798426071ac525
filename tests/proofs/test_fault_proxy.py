"""The proxy that treats connections badly does so at once, and is a good proxy otherwise."""

import socket
import socketserver
import time

import pytest

from loopback import Loopback
from servers.fault_proxy import FaultProxy

LIMIT = 10.0
A_WHILE = 0.3  # in which nothing may arrive; everything here takes less than a hundredth of that


class _Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)


@pytest.fixture
def proxy():
    with Loopback(_Echo) as echo, FaultProxy(echo.listener.server_address[1], seed=7) as proxy:
        yield proxy


def connect(proxy):
    connection = socket.create_connection(("127.0.0.1", proxy.port), LIMIT)
    connection.settimeout(LIMIT)
    return connection


def receive(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        assert piece, f"it ended after {data!r}"
        data += piece
    return data


def ask(connection, text):
    connection.sendall(text)
    return receive(connection, len(text))


def says_nothing(connection):
    connection.settimeout(A_WHILE)
    try:
        return connection.recv(1) is None
    except TimeoutError:
        return True
    finally:
        connection.settimeout(LIMIT)


def test_it_hands_on_everything_and_the_end(proxy):
    text = bytes(range(256)) * 4000
    with connect(proxy) as connection, connect(proxy) as other:
        assert ask(connection, b"hello") == b"hello"
        assert ask(other, b"also") == b"also"
        connection.sendall(text)
        assert receive(connection, len(text)) == text
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""


def test_a_delay_holds_both_directions(proxy):
    with connect(proxy) as connection:
        assert ask(connection, b"hello") == b"hello"
        proxy.delay(100)
        began = time.monotonic()
        assert ask(connection, b"hello") == b"hello"
        assert time.monotonic() - began >= 0.2
        proxy.delay(60_000)
        connection.sendall(b"hello")
        assert says_nothing(connection)
        proxy.pass_on()
        assert receive(connection, 5) == b"hello"


def test_a_cut_resets_what_is_open_and_refuses_what_is_new(proxy):
    with connect(proxy) as connection:
        assert ask(connection, b"hello") == b"hello"
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
        for _ in range(3):
            with pytest.raises(ConnectionRefusedError):
                connect(proxy)
    proxy.pass_on()
    with connect(proxy) as connection:
        assert ask(connection, b"again") == b"again"


def test_a_cut_ends_a_connection_whose_client_does_not_read(proxy):
    with connect(proxy) as connection:
        connection.settimeout(A_WHILE)
        with pytest.raises(TimeoutError):
            while True:
                connection.send(bytes(65536))
        connection.settimeout(LIMIT)
        proxy.cut()
        with pytest.raises(OSError):
            while True:
                connection.send(bytes(65536))


def test_while_it_hangs_it_accepts_and_says_nothing(proxy):
    with connect(proxy) as connection:
        assert ask(connection, b"hello") == b"hello"
        proxy.hang()
        connection.sendall(b"first")
        with connect(proxy) as new:
            new.sendall(b"second")
            assert says_nothing(new) and says_nothing(connection)
            proxy.pass_on()
            assert receive(new, 6) == b"second"
        assert receive(connection, 5) == b"first"
        proxy.hang()
        connection.sendall(b"third")
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_garbage_replaces_answers_until_it_ends(proxy):
    text = b"a question of some length"
    with connect(proxy) as connection, connect(proxy) as quiet:
        assert ask(quiet, b"hello") == b"hello"
        proxy.answer_garbage()
        assert ask(connection, text) != text
        proxy.pass_on()
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
        assert ask(quiet, b"still") == b"still", "a connection that had no garbage goes on"


def test_faults_follow_one_another(proxy):
    for fault in (proxy.cut, proxy.cut, proxy.hang, proxy.answer_garbage, proxy.cut, lambda: proxy.delay(1)) * 5:
        fault()
    with connect(proxy) as connection:
        assert ask(connection, b"hello") == b"hello"


def test_a_server_that_is_gone_is_a_connection_that_ends(proxy):
    with Loopback(_Echo) as gone:
        port = gone.listener.server_address[1]
    with FaultProxy(port) as lonely, pytest.raises(ConnectionResetError), connect(lonely) as connection:
        connection.recv(1)
