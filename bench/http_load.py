#!/usr/bin/env python3
"""Loads the real program with wrk and prints requests a second and latencies: http_load.py [--seconds N]."""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from hourglass_process import Server, environment  # noqa: E402

LOADS = [("get", 64), ("post", 1), ("post", 64), ("post", 256), ("batch", 8)]
EVENTS = {"get": 0, "post": 1, "batch": 100}
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
PERCENTILE = re.compile(r"\s(50|99)%\s+([\d.]+\w+)")
ERRORS = re.compile(r"(Non-2xx or 3xx responses: \d+|Socket errors: .*)")


def load(server, kind, connections, seconds):
    done = subprocess.run(
        ["wrk", "--latency", f"-t{min(2, connections)}", f"-c{connections}", f"-d{seconds}s", "-s", "bench/requests.lua",
         f"http://127.0.0.1:{server.port}"],
        cwd=ROOT, env={**environment({}), "HOURGLASS_LOAD": kind}, capture_output=True, text=True, check=True)
    rate = float(RATE.search(done.stdout)[1])
    percentiles = dict(PERCENTILE.findall(done.stdout))
    errors = ERRORS.search(done.stdout)
    print(f"{kind:6} {connections:5} connections  {rate:10.0f} requests/s  {rate * EVENTS[kind]:10.0f} events/s  "
          f"p50 {percentiles['50']:>8}  p99 {percentiles['99']:>8}  {errors[1] if errors else ''}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="of each load")
    seconds = parser.parse_args().seconds
    binary = os.environ.get("HOURGLASS_BINARY") or ROOT / "build/release/hourglass"
    with tempfile.TemporaryDirectory() as folder:
        server = Server(binary, Path(folder)).start()
        for kind, connections in LOADS:
            load(server, kind, connections, seconds)
        server.stop()


if __name__ == "__main__":
    main()
