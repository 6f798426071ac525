"""Runs `hourglass send` and `hourglass totals` for the tests, and knows what the server must then have counted."""

import contextlib
import json
import os
import random
import re
import subprocess
import time
from collections import defaultdict
from dataclasses import dataclass, field

from hourglass_process import TIME_LIMIT, environment

HOUR_MS = 3_600_000
COUNTS = re.compile(
    r"(\d+) lines: (\d+) accepted, (\d+) left out, (\d+) refused(?:, (\d+) not sent)?\n((?:  [a-z_]+ +\d+  .*\n)*)"
    r"(?:Sending the same again within (\S+) counts nothing twice\.\n)?"
)


@dataclass
class Sent:
    """How a run of `hourglass send` ended. Its summary must have the form that every summary has."""

    code: int
    stdout: str
    stderr: str
    lines: int = 0
    accepted: int = 0
    left_out: int = 0
    refused: int = 0
    not_sent: int = 0
    codes: dict = field(default_factory=dict)
    window: str = None

    def __post_init__(self):
        match = COUNTS.fullmatch(self.stdout)
        assert match, f"not a summary: {self.stdout!r}; standard error: {self.stderr!r}"
        self.lines, self.accepted, self.left_out, self.refused, self.not_sent = (int(n or 0) for n in match.groups()[:5])
        self.codes = {code: int(count) for code, count in re.findall(r"^  (\S+) +(\d+)  ", match[6], re.MULTILINE)}
        self.window = match[7]
        assert self.lines == self.accepted + self.left_out + self.refused + self.not_sent, self.stdout
        assert sum(self.codes.values()) == self.refused, self.stdout

    @property
    def counts(self):
        return self.lines, self.accepted, self.left_out, self.refused, self.not_sent


def send(binary, url, *arguments, data=b"", cwd=None, env=None, time_limit=2 * TIME_LIMIT):
    """`hourglass send --server URL …` to its end, with a summary."""
    result = subprocess.run(
        [str(binary), "send", "--server", url, *map(str, arguments)],
        input=data, capture_output=True, timeout=time_limit, env=environment(env or {}), cwd=cwd, check=False,
    )  # fmt: skip
    return Sent(result.returncode, result.stdout.decode(), result.stderr.decode())


@contextlib.contextmanager
def sending(binary, url, *arguments, **how):
    """`hourglass send` in the background; it is killed at the end of the block, if it still runs."""
    how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
    process = subprocess.Popen(
        [str(binary), "send", "--server", url, *map(str, arguments)], env=environment({}), **how
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def ended(process, time_limit=TIME_LIMIT):
    stdout, stderr = process.communicate(timeout=time_limit)
    return Sent(process.returncode, stdout.decode(), (stderr or b"").decode())


def catches(process, number):
    """Whether the process has come so far that it handles the signal itself."""
    with contextlib.suppress(OSError, TypeError):
        with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
            mask = re.search(r"SigCgt:\s*([0-9a-f]+)", status.read())[1]
        return bool(int(mask, 16) >> (number - 1) & 1)
    return False


def url_of(server):
    return f"http://127.0.0.1:{server.port}"


def event(timestamp, user, kind="click", **more):
    return json.dumps({"timestamp": timestamp, "user": user, "event": kind, **more}, ensure_ascii=False).encode()


def joined(lines):
    return b"".join(line + b"\n" for line in lines)


def random_events(rng, count, hour, hours=3):
    """NDJSON lines of a few hours and users, in no order, some of them equal to earlier ones."""
    lines = []
    for _ in range(count):
        if lines and rng.random() < 0.1:
            lines.append(rng.choice(lines[-500:]))
        else:
            moment = hour + rng.randrange(hours) * HOUR_MS + rng.randrange(HOUR_MS)
            lines.append(event(moment, f"user{rng.randrange(2000)}", rng.choice(["click", "impression"])))
    return lines


def oracle(lines):
    """{first millisecond of an hour: (unique users, clicks, impressions)} when each of the lines counts once."""
    users, clicks, impressions = defaultdict(set), defaultdict(int), defaultdict(int)
    for line in lines:
        what = json.loads(line)
        hour = what["timestamp"] // HOUR_MS * HOUR_MS
        users[hour].add(what["user"])
        (clicks if what["event"] == "click" else impressions)[hour] += 1
    return {hour: (len(names), clicks[hour], impressions[hour]) for hour, names in users.items()}


def expect_totals(server, expected):
    assert {hour: server.totals(hour) for hour in expected} == expected


def wait_until(condition, what, time_limit=2 * TIME_LIMIT):
    deadline = time.monotonic() + time_limit
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.01)
    raise AssertionError(f"waited in vain for {what}")


def seeded():
    """A random generator whose seed is printed; HOURGLASS_TEST_SEED brings it back."""
    seed = int(os.environ.get("HOURGLASS_TEST_SEED", random.SystemRandom().randrange(2**32)))
    print(f"HOURGLASS_TEST_SEED={seed}")
    return random.Random(seed)
