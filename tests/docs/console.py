"""Reads the ```console blocks of a document and runs them as a reader would type them.

A line that begins with `$ ` is a command (with the lines below for as long as a shell would wait for more), what
follows is what it prints: `…` stands for anything within a line, a line that is only `…` for any number of lines.

A command that serves (`./dev run`, `hourglass serve`) runs in the background: the lines below it are waited for in
its log, and a line `^C`, there or at the beginning of a later block, ends it; one that still runs when the next is
started is killed without warning. With `;` behind it, it is run to its end like any other. A document that asks
127.0.0.1:8080 and serves nothing itself has a server on an empty store. The ports 8080 and 8081 are free ones in the
test, and the client commands ask the first of them unless they name a server. `hourglass` is the program under test. Curl shows no progress, as in a terminal.
"""

import os
import re
import signal
import subprocess
import time
import urllib.request
from dataclasses import dataclass, field

TIME_LIMIT = 60.0
FENCE = re.compile(r"^```(\w*)\s*$")
SERVES = re.compile(r"^([A-Z_]+=\S+ )*(\./dev run|\S*hourglass serve)\b[^;|&]*$")
BARE_SERVE = re.compile(r"(hourglass serve)(?![^;|&]*--http-port)")
BARE_CLIENT = re.compile(r"(hourglass (?:send|totals))(?![^;|&\n]*--server)")
INTERRUPT = "^C"
PORT = re.compile(r"(?<=127\.0\.0\.1:)808[01]|(?<=port[= ])808[01]")
PORT_FLAG = re.compile(r"--http-port[= ](\d+)")
ASKS = re.compile(r"127\.0\.0\.1:8080|hourglass (send|totals) ")


@dataclass
class Command:
    line: int
    text: str
    expected: list = field(default_factory=list)

    @property
    def serves(self):
        return bool(SERVES.match(self.text))

    @property
    def interrupts(self):
        return self.text == INTERRUPT


def blocks(text):
    """(language, number of the first line, lines) of every fenced block."""
    language, start, lines = None, 0, []
    for number, line in enumerate(text.splitlines(), start=1):
        fence = FENCE.match(line.strip())
        if not fence:
            lines.append(line)
        elif language is None:
            language, start, lines = fence[1], number + 1, []
        else:
            yield language, start, lines
            language = None


def is_unfinished(command):
    """Whether a shell would wait for more lines."""
    parsed = subprocess.run(["bash", "-n", "-c", command], capture_output=True, text=True, check=False)
    wants_more = ("unexpected end of file", "unexpected EOF", "here-document")
    return command.endswith("\\") or any(reason in parsed.stderr for reason in wants_more)


def commands(text):
    """The commands of all console blocks, in their order."""
    found = []
    for language, start, lines in blocks(text):
        if language != "console":
            continue
        continued = False
        for number, line in enumerate(lines, start=start):
            if continued:
                found[-1].text += "\n" + line
            elif line.startswith("$ "):
                found.append(Command(number, line[2:]))
            elif number == start:
                assert line == INTERRUPT, f"line {number}: a block begins with a command or with {INTERRUPT}"
                found.append(Command(number, INTERRUPT))
            else:
                found[-1].expected.append(line)
            if continued or line.startswith("$ "):
                continued = is_unfinished(found[-1].text)
    return found


def pattern_of(lines):
    """A regular expression for the lines as they are printed."""
    parts = []
    for line in lines:
        if line.strip() == "…":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(".*".join(re.escape(piece) for piece in line.rstrip().split("…")) + r"[ \t\r]*\n")
    return "".join(parts)


class Session:
    """One reader's terminal: the commands of one document, with the repository's programs in place."""

    def __init__(self, folder, ports, environment):
        self.folder, self.ports = folder, dict(zip(("8080", "8081"), ports))
        self.environment = {**environment, "CURL_HOME": str(folder)}
        self.server, self.port, self.log = None, None, None
        (folder / ".curlrc").write_text("silent\nshow-error\n")

    def close(self):
        if self.server is not None:
            os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait(TIME_LIMIT)
            self.server = None

    def run_all(self, found):
        """Runs the commands of a document."""
        if not any(command.serves for command in found) and any(ASKS.search(command.text) for command in found):
            self._serve(Command(0, "hourglass serve"))
        for command in found:
            self.run(command)

    def run(self, command):
        """Runs one command and fails when what it prints is not what the document says."""
        if command.serves:
            self.close()
            self._serve(command)
        elif command.interrupts:
            self.interrupt()
            self._wait_for_log(command.expected, command)
        else:
            self._run_to_end(command)

    def _substituted(self, text):
        return PORT.sub(lambda found: str(self.ports[found[0]]), text)

    def _run_to_end(self, command):
        text = BARE_SERVE.sub(rf"\1 --http-port {self.ports['8080']}", self._substituted(command.text))
        text = BARE_CLIENT.sub(rf"\1 --server http://127.0.0.1:{self.ports['8080']}", text)
        done = subprocess.run(["bash", "-c", text], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=TIME_LIMIT, check=False)
        expected = [self._substituted(line) for line in command.expected]
        assert re.fullmatch(pattern_of(expected), with_last_newline(done.stdout)), (
            f"line {command.line}: {command.text}\nprints\n{done.stdout}\ninstead of\n" + "\n".join(expected))

    def _serve(self, command):
        expected = [self._substituted(line) for line in command.expected]
        after = expected[expected.index(INTERRUPT) + 1:] if INTERRUPT in expected else None
        before = expected[:expected.index(INTERRUPT)] if INTERRUPT in expected else expected
        text = self._substituted(command.text)
        if not PORT_FLAG.search(text):
            text += f" --http-port {self.ports['8080']}"
        if text.startswith("./dev"):
            text += f" --data-dir {self.folder}/hourglass-data"  # it would serve the repository's own
        self.port = PORT_FLAG.search(text)[1]
        self.log = self.folder / f"log.{command.line}"
        with open(self.log, "wb") as log:
            self.server = subprocess.Popen(["bash", "-c", "exec env " + text], cwd=self.folder, env=self.environment,
                                           stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self._wait_for_log(before, command)
        self._wait_until_ready()
        if after is not None:
            self.interrupt()
            self._wait_for_log(before + after, command)

    def _wait_until_ready(self):
        """As long as a reader needs to reach for the next command, and longer if need be."""
        deadline = time.monotonic() + TIME_LIMIT
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=TIME_LIMIT):
                    return
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"not ready:\n{self.log.read_text()}")

    def interrupt(self):
        """Ends the server as ^C does."""
        os.killpg(self.server.pid, signal.SIGINT)
        code = self.server.wait(TIME_LIMIT)
        assert code == 0, f"exit code {code}:\n{self.log.read_text()}"
        self.server = None

    def _wait_for_log(self, lines, command):
        deadline = time.monotonic() + TIME_LIMIT
        wanted = re.compile(pattern_of(lines))
        while not wanted.search(self.log.read_text(errors="replace")):
            running = self.server is None or self.server.poll() is None
            if not running or time.monotonic() > deadline:
                raise AssertionError(f"line {command.line}: {command.text}\nlogs\n{self.log.read_text()}\n"
                                     "instead of\n" + "\n".join(lines))
            time.sleep(0.02)


def with_last_newline(text):
    return text if text.endswith("\n") or not text else text + "\n"
