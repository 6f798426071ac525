#!/usr/bin/env python3
"""Sends an access log of so many bytes to a server on this machine: send_log.py [--bytes N] [--connections N]
[--format combined|ndjson].

Prints lines/s, the memory that `hourglass send` and the server have taken at most, how much processor time each took,
and the same of `send` alone, against a sink that takes every batch and counts nothing: what is slower is the bottleneck.
"""

import argparse
import gzip
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PROGRAM = REPOSITORY / "build/release/hourglass"


def write_log(path, size, log_format):
    """Lines of the sample, an hour further on each time round, until there are enough bytes."""
    sample = gzip.decompress((REPOSITORY / "examples/access.log.gz").read_bytes()).decode().splitlines()
    written = 0
    lines = 0
    with open(path, "w", encoding="utf-8", buffering=1 << 20) as log:
        day = 0
        while written < size:
            day += 1
            date = time.strftime("%d/%b/%Y", time.gmtime(1_600_000_000 + 86_400 * (day % 900)))
            for number, line in enumerate(sample):
                if log_format == "ndjson":
                    line = f'{{"timestamp":{1_600_000_000_000 + day * 3_600_000 + number * 300},"user":"{line[:15]}","event":"click"}}'
                else:
                    line = line.replace("15/Nov/2023", date).replace("203.0.", f"203.{day % 256}.", 1)
                written += log.write(line + "\n")
                lines += 1
    return lines


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sink(threading.Thread):
    """Takes every batch whole, as a server that costs nothing would; a process of its own would not be quicker."""

    def __init__(self):
        super().__init__(daemon=True)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]

    def run(self):
        while True:
            threading.Thread(target=self._serve, args=(self._socket.accept()[0],), daemon=True).start()

    @staticmethod
    def _serve(connection):
        data = b""
        while True:
            head_end = data.find(b"\r\n\r\n")
            if head_end < 0:
                more = connection.recv(1 << 20)
                if not more:
                    return
                data += more
                continue
            length = int(re.search(rb"Content-Length: (\d+)", data[:head_end])[1])
            body = [data[head_end + 4 :]]
            have = len(body[0])
            while have < length:
                body.append(connection.recv(1 << 20))
                have += len(body[-1])
            data = b""
            count = sum(part.count(b"\n") for part in body)
            report = f'{{"accepted":{count},"rejected":[],"rejected_count":0}}'.encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(report), report))


def send(path, port, options):
    """Seconds on the clock and of the processors, and the most memory in MiB."""
    command = [PROGRAM, "send", "--server", f"http://127.0.0.1:{port}", "--connections", str(options.connections)]
    if options.format == "combined":
        command += ["--mapping", REPOSITORY / "examples/shop.toml"]
    began = time.monotonic()
    with subprocess.Popen([*command, path], stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit("send has failed")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def server_figure(pid, name):
    return int(re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def processor_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--bytes", type=int, default=1_000_000_000)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--format", choices=("combined", "ndjson"), default="combined")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="send-log-") as directory:
        path = Path(directory) / "access.log"
        lines = write_log(path, options.bytes, options.format)
        print(f"{lines} lines, {path.stat().st_size} bytes, {options.format}")
        sink = Sink()
        sink.start()
        took, processors, memory = send(path, sink.port, options)
        print(f"send to a sink:   {lines / took:10.0f} lines/s  {processors:6.1f} s of processors  {memory:5.0f} MiB at most")
        port = free_port()
        command = [PROGRAM, "serve", "--http-port", str(port), "--data-dir", f"{directory}/data", "--log-level", "warning"]
        with subprocess.Popen(command) as server:
            took, processors, memory = send(path, port, options)
            print(f"send to a server: {lines / took:10.0f} lines/s  {processors:6.1f} s of processors  {memory:5.0f} MiB at most")
            print(f"the server:       {'':18}  {processor_seconds(server.pid):6.1f} s of processors  "
                  f"{server_figure(server.pid, 'VmHWM'):5.0f} MiB at most")
            server.terminate()


if __name__ == "__main__":
    main()
