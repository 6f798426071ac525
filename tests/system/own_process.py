"""Runs the program for the tests of its command line, without any fixture."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
BINARY = Path(os.environ.get("HOURGLASS_BINARY") or REPOSITORY / "build/release/hourglass").resolve()
TIME_LIMIT = 60


def environment(changes=()):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HOURGLASS_")}
    return {**clean, **dict(changes)}


def run(*arguments, env=(), cwd=None, **how):
    return subprocess.run(
        [str(BINARY), *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        env=environment(env),
        cwd=cwd,
        check=False,
        **how,
    )


class Serving:
    """`hourglass serve` on a free port, killed at the end of the block whatever happened."""

    def __init__(self, folder, *flags, env=(), before=()):
        self.data = folder / "data"
        self.stderr_path = folder / "stderr"
        command = [*before, str(BINARY), "serve", "--http-port", "0", "--data-dir", str(self.data), *flags]
        with open(self.stderr_path, "wb") as stderr:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr, env=environment(env)
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def log(self):
        return self.stderr_path.read_text(encoding="utf-8")

    def wait_for(self, pattern):
        deadline = time.monotonic() + TIME_LIMIT
        while time.monotonic() < deadline:
            found = re.search(pattern, self.log(), re.MULTILINE)
            if found:
                return found
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.log()}"
            time.sleep(0.01)
        raise AssertionError(f"waited in vain for {pattern}:\n{self.log()}")

    def wait_until_ready(self):
        port = int(self.wait_for(r"listening\W.*?port\W+(\d+)")[1])
        self.wait_for(r"\bready\b")
        return port

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(TIME_LIMIT)
