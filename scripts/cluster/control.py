"""How `./dev cluster add` and `kill` reach the cluster that runs in a folder: a socket there, a line each way in JSON."""

import contextlib
import fcntl
import json
import os
import queue
import socket
import threading

NAME = "control"
LOCK = "cluster.lock"
TIME_LIMIT = 10.0  # seconds
LONGEST = 4096  # bytes of a request or an answer


class Refused(Exception):
    """What was asked for cannot be done; the text says why."""


@contextlib.contextmanager
def socket_path(folder):
    """The socket's name. Those of sockets are short, so it goes by the open folder, however deep that lies."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{opened}/{NAME}"
    finally:
        os.close(opened)


def take_lock(folder):
    """Holds the folder until this process ends, however it ends; the open file. Refused when another one has it."""
    held = open(folder / LOCK, "a", encoding="utf-8")  # pylint: disable=consider-using-with
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise Refused(f"a cluster runs already in {folder}; Ctrl-C in its terminal ends it") from None
    return held


def receive(connection):
    """One line, as a value."""
    data = b""
    while not data.endswith(b"\n") and len(data) <= LONGEST:
        piece = connection.recv(LONGEST)
        if not piece:
            break
        data += piece
    return json.loads(data)


def send(connection, value):
    connection.sendall(json.dumps(value).encode() + b"\n")


def ask(folder, words):
    """Has the running cluster do something; what it says. Refused when there is none, or it will not."""
    try:
        with socket_path(folder) as path, socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(TIME_LIMIT)
            connection.connect(path)
            send(connection, words)
            answer = receive(connection)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        raise Refused(f"no cluster runs in {folder}; ./dev cluster starts one") from None
    except (OSError, ValueError) as fault:
        raise Refused(f"the cluster in {folder} does not answer: {fault}") from None
    if not answer["done"]:
        raise Refused(answer["text"])
    return answer["text"]


class Control:
    """Takes requests from start() to stop(), one at a time; handle() carries them out on the thread that calls it."""

    def __init__(self, folder):
        self.folder, self.listener, self.requests = folder, socket.socket(socket.AF_UNIX), queue.Queue(1)

    def start(self):
        with socket_path(self.folder) as path:
            self.listener.bind(path)
        os.chmod(self.folder / NAME, 0o600)
        self.listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        (self.folder / NAME).unlink(missing_ok=True)

    def handle(self, carry_out, wait):
        """Waits at most `wait` seconds for a request and has it carried out: carry_out(words) gives what to say, or
        raises Refused."""
        try:
            words, answer = self.requests.get(timeout=max(0.0, wait))
        except queue.Empty:
            return
        try:
            answer.put({"done": True, "text": carry_out(words)})
        except Refused as refusal:
            answer.put({"done": False, "text": str(refusal)})

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return  # stopped
            with connection, contextlib.suppress(OSError, ValueError, queue.Empty, queue.Full):
                connection.settimeout(TIME_LIMIT)
                answer = queue.Queue(1)
                self.requests.put((receive(connection), answer), timeout=TIME_LIMIT)
                send(connection, answer.get(timeout=TIME_LIMIT))
