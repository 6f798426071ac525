"""Runs wrk against a server and says how fast it answered and what processor time that took it."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from statistics import median

SCRIPT = Path(__file__).resolve().parent / "requests.lua"
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
REQUESTS = re.compile(r"(\d+) requests in ([\d.]+)(m?s|m)")
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
PERCENTILE = re.compile(r"\s(50|99)%\s+([\d.]+)(us|ms|s|m)\b")
ERRORS = re.compile(r"(Non-2xx or 3xx responses: \d+|Socket errors: .*)")
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60000.0}


@dataclass(frozen=True)
class Load:
    kind: str  # get, post or batch
    connections: int = 64
    pipeline: int = 1
    threads: int = 1

    def __str__(self):
        return f"{self.kind.upper()}, {self.connections} connections" + (f", {self.pipeline} pipelined" if self.pipeline > 1 else "")

    @property
    def events_a_request(self):
        return {"get": 0, "post": 1, "batch": 100}[self.kind]


@dataclass(frozen=True)
class Figures:
    rate: float  # requests a second
    rate_of_processor: float  # requests a second of the server's processor time
    p50: float  # milliseconds; wrk measures no latencies of pipelined requests
    p99: float

    def latencies(self, load):
        return f"{self.p50:.2f} | {self.p99:.2f}" if load.pipeline == 1 else "- | -"


def processor_seconds(pid):
    """User and system time that a process with all its threads has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def run(server, load, seconds):
    """Loads a server (anything with a port and a pid) for so long; every answer has to be a success."""
    environment = {**os.environ, "HOURGLASS_LOAD": load.kind, "HOURGLASS_PIPELINE": str(load.pipeline)}
    before = processor_seconds(server.pid)
    done = subprocess.run(
        ["wrk", "--latency", f"-t{load.threads}", f"-c{load.connections}", f"-d{seconds}s", "-s", SCRIPT,
         f"http://127.0.0.1:{server.port}"],
        env=environment, capture_output=True, text=True, check=True)
    spent = processor_seconds(server.pid) - before
    errors = ERRORS.search(done.stdout)
    if errors:
        raise RuntimeError(f"{server.name}, {load}: {errors[1]}")
    percentiles = {share: float(value) * MILLISECONDS[unit] for share, value, unit in PERCENTILE.findall(done.stdout)}
    requests = int(REQUESTS.search(done.stdout)[1])
    return Figures(float(RATE.search(done.stdout)[1]), requests / max(spent, 1 / TICKS_PER_SECOND),
                   percentiles["50"], percentiles["99"])


def median_of(rounds):
    """The medians of several figures, one by one."""
    return Figures(*(median(getattr(figures, name) for figures in rounds) for name in ("rate", "rate_of_processor", "p50", "p99")))
