"""Runs the real hourglass program and talks to it in exact bytes.

`Server` starts, stops and kills the program on a port of its own choice with its standard error in a file.
`Connection` is a raw socket: it sends whatever bytes it is given and reads answers strictly, one at a time, so that
pipelined and hand-made requests can be checked to the byte. Nothing here follows redirects, retries or repairs.
"""

import os
import re
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

# Generous, since the same tests run against sanitizer builds on slow machines; nothing waits this long when all is well.
TIME_LIMIT = 30.0
# "At once" for a server whose shortest default time-out is 10 s.
AT_ONCE = 5.0

LISTENING = re.compile(r"listening\b.*?\baddress\W+?([0-9a-fA-F.:\[\]]+?)\W+port\W+?(\d+)")
SANITIZER_REPORT = re.compile(
    r"(AddressSanitizer|ThreadSanitizer|LeakSanitizer|MemorySanitizer|UndefinedBehaviorSanitizer|: runtime error:)"
)


class NoAnswer(AssertionError):
    """The connection ended or stayed silent where an answer was due."""


@dataclass
class Answer:
    version: str
    status: int
    reason: str
    headers: list
    body: bytes = b""

    def header(self, name):
        """The value of a header that may stand once at most; None when it is missing."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) <= 1, f"header {name} stands {len(values)} times: {values}"
        return values[0] if values else None

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def says_close(self):
        return "close" in [part.strip().lower() for part in (self.header("Connection") or "").split(",")]


def request(method, target, headers=(), body=None, version="HTTP/1.1", host="localhost"):
    """The bytes of a well-formed request; a Content-Length is added when there is a body and no framing yet."""
    lines = [f"{method} {target} {version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in headers]
    names = {name.lower() for name, _ in headers}
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body or b"")


def chunked(*pieces, trailer=b""):
    """A chunked body of the given pieces."""
    coded = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece)
    return coded + b"0\r\n" + trailer + b"\r\n"


class Connection:
    """One TCP connection. Use as a context manager."""

    def __init__(self, port, time_limit=TIME_LIMIT, receive_buffer=None):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(time_limit)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.time_limit = time_limit
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def send_while_accepted(self, data):
        """Sends as much as the other side takes: a server that has answered and closed may stop reading."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def send_in_pieces(self, pieces, pause=0.002):
        """Sends pieces one by one; the pause makes it likely that each is a read of its own for the server."""
        for piece in pieces:
            self.socket.sendall(piece)
            time.sleep(pause)

    def finish_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def abort(self):
        """Closes with a reset instead of a FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.socket.close()

    def _fill(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0:
            raise NoAnswer(f"no answer in time; received so far: {self.buffer[:300]!r}")
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(262144)
        except socket.timeout:
            raise NoAnswer(f"no answer in time; received so far: {self.buffer[:300]!r}") from None
        self.buffer += data
        return bool(data)

    def read_answer(self, method="GET", within=None):
        """Reads exactly one answer (an interim 100 too) and checks its syntax; bytes behind it stay in the buffer."""
        deadline = time.monotonic() + (within or self.time_limit)
        while b"\r\n\r\n" not in self.buffer:
            if not self._fill(deadline):
                raise NoAnswer(f"closed without an answer; received so far: {self.buffer[:300]!r}")
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        answer = parse_head(head)
        answer.body = self._read_body(answer, method, deadline)
        return answer

    def _read_body(self, answer, method, deadline):
        length = answer.header("Content-Length")
        coding = answer.header("Transfer-Encoding")
        assert length is None or coding is None, "an answer with Content-Length and Transfer-Encoding"
        if answer.status < 200 or answer.status in (204, 304):
            assert (
                length is None and coding is None
            ), f"{answer.status} with a body's headers: {answer.headers}"
            return b""
        if method == "HEAD":
            return b""
        assert coding is None, f"Transfer-Encoding {coding} is not expected of this server"
        if length is None:
            assert (
                answer.says_close or answer.version == "HTTP/1.0"
            ), "a body without a length on an open connection"
            while self._fill(deadline):
                pass
            body, self.buffer = self.buffer, b""
            return body
        assert re.fullmatch(r"\d+", length), f"Content-Length: {length!r}"
        while len(self.buffer) < int(length):
            if not self._fill(deadline):
                raise NoAnswer(f"closed within a body of {length} bytes: {self.buffer[:300]!r}")
        body, self.buffer = self.buffer[: int(length)], self.buffer[int(length) :]
        return body

    def ask(self, method, target, headers=(), body=None, **how):
        self.send(request(method, target, headers, body, **how))
        return self.read_answer(method)

    def read_bytes(self, count):
        """Exactly so many bytes, whatever they are; for answers too many to be parsed one by one."""
        deadline, pieces, size = time.monotonic() + self.time_limit, [self.buffer], len(self.buffer)
        while size < count:
            self.buffer = b""
            if not self._fill(deadline):
                raise NoAnswer(f"closed after {size} of {count} bytes")
            pieces.append(self.buffer)
            size += len(self.buffer)
        data = b"".join(pieces)
        self.buffer = data[count:]
        return data[:count]

    def read_bytes_until(self, end):
        """Everything up to and with the first occurrence of end."""
        deadline = time.monotonic() + self.time_limit
        while end not in self.buffer:
            if not self._fill(deadline):
                raise NoAnswer(f"closed before {end!r}: {self.buffer[:300]!r}")
        return self.read_bytes(self.buffer.index(end) + len(end))

    def read_to_end(self, within=TIME_LIMIT):
        """Everything up to the end of the connection, a reset being an end too."""
        deadline = time.monotonic() + within
        try:
            while self._fill(deadline):
                pass
        except ConnectionResetError:
            pass
        data, self.buffer = self.buffer, b""
        return data

    def expect_closed(self, within=8.0):
        """The server closes and sends nothing more."""
        rest = self.read_to_end(within)
        assert rest == b"", f"bytes behind the last answer that was due: {rest[:300]!r}"

    def expect_open(self):
        """The connection still serves."""
        answer = self.ask("GET", "/healthz")
        assert answer.status == 200, f"the connection is out of step: {answer}"

    def expect_silence(self, seconds):
        """Nothing arrives, and the connection is not closed, for so long."""
        assert self.buffer == b"", f"unexpected bytes: {self.buffer[:300]!r}"
        self.socket.settimeout(seconds)
        try:
            data = self.socket.recv(65536)
        except socket.timeout:
            return
        raise AssertionError(f"expected silence, received {data[:300]!r}" if data else "closed too early")


def parse_head(head):
    lines = head.split(b"\r\n")
    match = re.fullmatch(rb"(HTTP/1\.[01]) ([1-5]\d\d) ([\x20-\x7e]*)", lines[0])
    assert match, f"not a status line: {lines[0]!r}"
    headers = []
    for line in lines[1:]:
        field_line = re.fullmatch(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t]*?)[ \t]*", line)
        assert field_line, f"not a header line: {line!r}"
        headers.append((field_line[1].decode(), field_line[2].decode()))
    return Answer(match[1].decode(), int(match[2]), match[3].decode(), headers)


@dataclass
class Server:
    """One run of `hourglass serve`; start() may be called again after stop() or kill() to serve the same data."""

    binary: str
    folder: Path
    flags: tuple = ()
    env: dict = field(default_factory=dict)
    config: str = None
    process: subprocess.Popen = None
    port: int = 0
    runs: int = 0
    stderr_path: Path = None

    @property
    def data_dir(self):
        return self.folder / "data"

    def command(self):
        command = [str(self.binary), "serve"]
        flags = [str(flag) for flag in self.flags]
        if "--http-port" not in flags:
            command += ["--http-port", "0"]
        if "--data-dir" not in flags:
            command += ["--data-dir", str(self.data_dir)]
        if self.config is not None:
            path = self.folder / "hourglass.toml"
            path.write_text(self.config, encoding="utf-8")
            command += ["--config", str(path)]
        return command + flags

    def start(self, wait="ready"):
        """wait: "ready" (until /readyz is 200), "listening" (until the port is known) or None."""
        self.runs += 1
        self.stderr_path = self.folder / f"stderr.{self.runs}"
        with open(self.stderr_path, "wb") as stderr:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                cwd=self.folder,
                env=environment(self.env),
            )
        if wait:
            self.port = self._wait_for(self._listening_port, "the log line `listening address=… port=N`")
        if wait == "ready":
            self._wait_for(lambda: self.get("/readyz").status == 200, "/readyz to be 200")
        return self

    def _wait_for(self, condition, what):
        deadline = time.monotonic() + 2 * TIME_LIMIT
        while time.monotonic() < deadline:
            result = condition()
            if result:
                return result
            assert self.process.poll() is None, f"exited with {self.process.returncode}:\n{self.stderr()}"
            time.sleep(0.01)
        self.process.kill()
        self.process.wait()
        raise AssertionError(f"waited in vain for {what}:\n{self.stderr()}")

    def _listening_port(self):
        match = LISTENING.search(self.stderr())
        return int(match[2]) if match else None

    def stderr(self):
        return self.stderr_path.read_text(encoding="utf-8", errors="replace") if self.stderr_path else ""

    @property
    def alive(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def wait_exit(self, within=2 * TIME_LIMIT):
        """The exit code; the process is killed and the test fails when it does not come."""
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not exit within {within} s:\n{self.stderr()[-3000:]}") from None

    def stop(self):
        """Ends it as an operator would and checks that it ended well."""
        if self.alive:
            self.signal()
        code = self.wait_exit()
        assert code == 0, f"exit code {code}:\n{self.stderr()[-3000:]}"
        self.check_stderr()

    def kill(self):
        if self.alive:
            self.process.kill()
        self.process.wait()
        self.check_stderr()

    def check_stderr(self):
        report = SANITIZER_REPORT.search(self.stderr())
        assert not report, f"a sanitizer's report:\n{self.stderr()[max(0, report.start() - 200):][:6000]}"

    def connect(self, **how):
        return Connection(self.port, **how)

    def ask(self, method, target, headers=(), body=None, **how):
        """One request on a connection of its own."""
        with self.connect() as connection:
            return connection.ask(method, target, headers, body, **how)

    def get(self, target, headers=()):
        return self.ask("GET", target, headers)

    def post(self, timestamp, user, event="click", headers=(), more=""):
        """One event; the user's name has to be percent-encoded already."""
        return self.ask("POST", f"/analytics?timestamp={timestamp}&user={user}&{event}{more}", headers)

    def batch(self, body, headers=(), target="/analytics/batch"):
        return self.ask("POST", target, headers, body)

    def totals(self, timestamp):
        """(unique users, clicks, impressions) of the hour."""
        answer = self.get(f"/analytics?timestamp={timestamp}")
        assert answer.status == 200, answer
        return parse_totals(answer.body)


def parse_totals(body):
    match = re.fullmatch(rb"unique_users,(0|[1-9]\d*)\nclicks,(0|[1-9]\d*)\nimpressions,(0|[1-9]\d*)\n", body)
    assert match, f"not three totals: {body!r}"
    return tuple(int(number) for number in match.groups())


def is_instrumented(binary):
    """Whether it is built with a sanitizer, which keeps freed memory for a while and shadows the rest."""
    return bool(re.search(rb"__[at]san_init", Path(binary).read_bytes()))


def environment(changes):
    """This process's environment without any setting of the program, and with the changes."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HOURGLASS_")}
    return {**clean, **{name: str(value) for name, value in changes.items()}}


def run_program(binary, *arguments, env=None, cwd=None, time_limit=TIME_LIMIT):
    """Runs the program to its end; for usage errors and short commands."""
    return subprocess.run(
        [str(binary), *[str(argument) for argument in arguments]],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=time_limit,
        env=environment(env or {}),
        cwd=cwd,
        check=False,
    )
