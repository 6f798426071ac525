#!/usr/bin/env python3
"""Loads the real program over loopback with wrk: http_load.py [--seconds N] [--rounds N].

First beside nginx, each with one HTTP thread and in turns, then alone with what it has. Needs wrk; nginx where there is one.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "bench/http_load")]
from hourglass_process import Server  # noqa: E402
from nginx import Nginx  # noqa: E402
from wrk import Load, median_of, run  # noqa: E402

BESIDE_NGINX = [Load("get"), Load("post"), Load("get", pipeline=16), Load("post", pipeline=16)]
ALONE = [Load("get", 64, threads=2), Load("post", 1), Load("post", 64, threads=2), Load("post", 256, threads=2),
         Load("post", 64, 16, threads=2), Load("batch", 8, threads=2)]


class Hourglass(Server):
    name = "hourglass"

    @property
    def pid(self):
        return self.process.pid


def start_hourglass(folder, *flags):
    folder.mkdir()
    binary = Path(os.environ.get("HOURGLASS_BINARY") or ROOT / "build/release/hourglass").resolve()
    return Hourglass(binary, folder, flags=flags).start()


def measure(servers, load, rounds, seconds):
    """The median figures of each server, the servers taking turns."""
    figures = {server.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            figures[server.name].append(run(server, load, seconds))
    return {name: median_of(all_rounds) for name, all_rounds in figures.items()}


def beside_nginx(folder, rounds, seconds):
    print(f"\nOne HTTP thread each, in turns, median of {rounds} rounds of {seconds} s")
    print("| load | server | requests/s | p50 ms | p99 ms | requests per CPU second | of nginx |")
    print("|---|---|---|---|---|---|---|")
    (folder / "nginx").mkdir()
    servers = [start_hourglass(folder / "one-thread", "--http-threads", "1"), Nginx(folder / "nginx").start()]
    for load in BESIDE_NGINX:
        measured = measure(servers, load, rounds, seconds)
        for name, figures in measured.items():
            share = figures.rate_of_processor / measured["nginx"].rate_of_processor
            print(f"| {load} | {name} | {figures.rate:.0f} | {figures.latencies(load)} | "
                  f"{figures.rate_of_processor:.0f} | {share:.2f} |", flush=True)
    for server in servers:
        server.stop()


def alone(folder, rounds, seconds):
    print(f"\nAll HTTP threads, median of {rounds} rounds of {seconds} s")
    print("| load | requests/s | events/s | p50 ms | p99 ms | requests per CPU second |")
    print("|---|---|---|---|---|---|")
    server = start_hourglass(folder / "all-threads")
    for load in ALONE:
        figures = measure([server], load, rounds, seconds)[server.name]
        print(f"| {load} | {figures.rate:.0f} | {figures.rate * load.events_a_request:.0f} | "
              f"{figures.latencies(load)} | {figures.rate_of_processor:.0f} |", flush=True)
    server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=3, help="of each load")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is printed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if Nginx.is_installed():
            beside_nginx(Path(folder), options.rounds, options.seconds)
        else:
            print("nginx is not installed: nothing to compare with")
        alone(Path(folder), options.rounds, options.seconds)


if __name__ == "__main__":
    main()
