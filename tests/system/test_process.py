"""The process from outside: its log, its data directory, what ends it, and with which exit code."""

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from own_process import BINARY, TIME_LIMIT, Serving, environment, run

STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def test_variables_of_kubernetes_are_passed_over_with_one_line(tmp_path):
    env = {"HOURGLASS_PORT": "tcp://10.0.0.1:80", "HOURGLASS_PORT_80_TCP_ADDR": "10.0.0.1",
           "HOURGLASS_SERVICE_PORT": "80"}  # fmt: skip
    with Serving(tmp_path, env=env) as server:
        server.wait_until_ready()
        rows = [row for row in server.log().splitlines() if "HOURGLASS_" in row]
        assert len(rows) == 1 and all(name in rows[0] for name in env), rows
    assert run("config", env=env).returncode == 0


def test_the_log_tells_the_life_of_the_server_in_order(tmp_path):
    with Serving(tmp_path) as server:
        server.wait_until_ready()
        assert server.end() == 0
        rows = server.log().splitlines()
    assert all(re.match(rf"{STAMP} (debug|info|warning|error) ", row) for row in rows), rows
    order = [next(i for i, row in enumerate(rows) if re.search(rf"Z info {word}\b", row))
             for word in ("listening", "ready", "stopping", "stopped")]  # fmt: skip
    assert order == sorted(order)
    assert order[-1] == len(rows) - 1
    assert re.search(r"Z info listening address=127\.0\.0\.1 port=\d+$", rows[order[0]])


def test_the_log_as_json_is_one_object_a_line(tmp_path):
    with Serving(tmp_path, "--log-format=json") as server:
        port = server.wait_until_ready()
        assert server.end() == 0
        rows = [json.loads(row) for row in server.log().splitlines()]
    listening = next(row for row in rows if row["message"] == "listening")
    assert re.fullmatch(STAMP, listening.pop("time"))
    assert listening == {"level": "info", "message": "listening", "address": "127.0.0.1", "port": port}


def test_the_level_of_the_log_leaves_out_what_is_below(tmp_path):
    with Serving(tmp_path, "--log-level", "error") as server:
        time.sleep(0.5)  # nothing tells from outside that it listens
        assert server.end() == 0
        assert server.log() == ""


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_strange_path_stays_on_one_line_of_the_log(tmp_path, form):
    strange = os.fsdecode(bytes(tmp_path) + b'/a "b"\nc\xff')
    Path(strange).write_text("in the way", encoding="utf-8")
    result = subprocess.run(
        [str(BINARY), "serve", "--http-port=0", f"--data-dir={strange}", f"--log-format={form}"],
        capture_output=True, env=environment(), timeout=TIME_LIMIT, check=False)  # fmt: skip
    assert result.returncode == 1
    rows = result.stderr.decode("utf-8").splitlines()
    failure = [row for row in rows if "cannot open the store" in row]
    assert len(failure) == 1
    if form == "json":
        assert '/a "b"\nc\ufffd' in json.loads(failure[0])["reason"]
    else:
        assert r'/a \"b\"\u000ac' in failure[0]


def test_the_data_directory_is_made_for_its_owner_only(tmp_path):
    old = os.umask(0)
    try:
        with Serving(tmp_path) as server:
            server.wait_until_ready()
            assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
            assert server.end() == 0
    finally:
        os.umask(old)


def test_a_port_in_use_is_1_and_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("serve", "--http-port", port, "--data-dir", tmp_path / "data")
    assert result.returncode == 1
    assert f"cannot listen address=127.0.0.1 port={port} reason=" in result.stderr
    assert "in use" in result.stderr
    assert "listening" not in result.stderr


def test_an_address_of_another_machine_is_1_and_is_named(tmp_path):
    result = run("serve", "--http-address=192.0.2.1", "--http-port=0", "--data-dir", tmp_path / "data")
    assert result.returncode == 1
    assert "192.0.2.1" in result.stderr


def test_a_store_that_cannot_be_opened_is_1_and_is_named(tmp_path):
    with Serving(tmp_path) as first:
        first.wait_until_ready()
        second = run("serve", "--http-port=0", "--data-dir", first.data)
        assert second.returncode == 1
        assert "cannot open the store" in second.stderr and str(first.data) in second.stderr
        assert re.search(r"Z info stopped$", second.stderr.splitlines()[-1])
        assert first.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0(tmp_path, number):
    with Serving(tmp_path) as server:
        server.wait_until_ready()
        assert server.end(number) == 0


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(tmp_path, second):
    with Serving(tmp_path, "--http-drain-timeout=10m") as server:
        port = server.wait_until_ready()
        with socket.create_connection(("127.0.0.1", port)) as half:
            half.sendall(b"POST /analytics?timestamp=1&user=a&click HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
            time.sleep(0.2)  # nothing tells from outside that it has been read
            server.process.send_signal(signal.SIGTERM)
            server.wait_for("stopping")
            time.sleep(0.3)
            assert server.process.poll() is None, "it waits for the half-received request"
            began = time.monotonic()
            assert server.end(second) == 128 + second
            assert time.monotonic() - began < 10


def test_a_signal_that_the_shell_had_it_ignore_ends_it_too(tmp_path):
    """sh starts what runs in the background with SIGINT ignored."""
    with Serving(tmp_path, before=["sh", "-c", 'trap "" INT TERM; exec "$@"', "sh"]) as server:
        server.wait_until_ready()
        assert server.end(signal.SIGINT) == 0


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs unshare")
def test_as_the_first_process_of_a_container_it_obeys_signals(tmp_path):
    """The kernel spares process 1 from signals that it has no handler for."""
    with Serving(tmp_path, before=["unshare", "--user", "--map-root-user", "--pid", "--fork"]) as server:
        try:
            server.wait_until_ready()
        except AssertionError as fault:
            if "unshare" in str(fault):
                pytest.skip("this machine does not allow namespaces")
            raise
        inner = int(Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()[0])
        os.kill(inner, signal.SIGTERM)
        assert server.process.wait(TIME_LIMIT) == 0


def test_metrics_tell_about_the_process_and_the_build(tmp_path):
    with Serving(tmp_path) as server:
        port = server.wait_until_ready()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=TIME_LIMIT) as answer:
            page = answer.read().decode("utf-8")
        assert server.end() == 0
    found = dict(re.findall(r"^(process_\w+) (\S+)$", page, re.MULTILINE))
    assert abs(float(found["process_start_time_seconds"]) - time.time()) < 2 * TIME_LIMIT
    assert float(found["process_resident_memory_bytes"]) > 1e6
    assert float(found["process_open_fds"]) > 3
    assert float(found["process_cpu_seconds_total"]) >= 0
    assert re.search(r'^hourglass_build_info\{version="[\d.]+",commit="\w+"\} 1$', page, re.MULTILINE), page
