"""Runs programs so that none of them can hang the run or leave something behind."""

import os
import signal
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    code: int
    output: str

    @property
    def good(self):
        return self.code == 0


def run(command, *, timeout, env=None, cwd=None, capture=True):
    """Runs a command in a process group of its own, which is killed when its time is over.

    The output (standard output and error together) is captured, or goes where ours goes.
    """
    process = subprocess.Popen(
        [str(word) for word in command], cwd=cwd, env={**os.environ, **(env or {})}, start_new_session=True,
        stdin=subprocess.DEVNULL, text=True, errors="replace",
        stdout=subprocess.PIPE if capture else None, stderr=subprocess.STDOUT if capture else None,
    )
    try:
        output, _ = process.communicate(timeout=timeout)
        return Outcome(process.returncode, output or "")
    except subprocess.TimeoutExpired:
        kill_group(process)
        output, _ = process.communicate()
        return Outcome(-signal.SIGKILL, f"{output or ''}\nkilled after {timeout} s: {command[0]}")
    except BaseException:
        kill_group(process)
        process.wait()
        raise


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def tail(text, lines=150):
    """The end of an output, where the reason for a failure stands."""
    all_lines = text.splitlines()
    left_out = len(all_lines) - lines
    return "\n".join(([f"... {left_out} lines before"] if left_out > 0 else []) + all_lines[-lines:])
