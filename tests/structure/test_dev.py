"""The front door: what ./dev says and installs."""

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from hourglass_process import LISTENING, environment

REPOSITORY = Path(__file__).resolve().parents[2]
COMMANDS = ["run", "cluster", "test", "build", "bench", "format", "check", "sanitize", "fuzz", "help"]
START_LIMIT = 2.0


def dev(*arguments, **how):
    return subprocess.run([REPOSITORY / "dev", *arguments], capture_output=True, text=True, timeout=60, check=False, **how)


def bash(script, **how):
    return subprocess.run(["bash", "-c", f"set -eu; source scripts/dev-packages.sh; {script}"], cwd=REPOSITORY,
                          capture_output=True, text=True, timeout=60, check=False, **how)


@pytest.mark.parametrize("arguments", [(), ("help",), ("--help",)])
def test_help_lists_every_command(arguments, tmp_path):
    said = dev(*arguments, cwd=tmp_path)
    assert said.returncode == 0
    for command in COMMANDS:
        assert re.search(rf"^  {command}\b", said.stdout, re.MULTILINE), command


def test_unknown_command_is_a_usage_error():
    said = dev("frobnicate")
    assert said.returncode == 2
    assert "frobnicate" in said.stderr


def test_packages_have_a_name_a_group_and_a_reason():
    lines = (REPOSITORY / "packages.txt").read_text().splitlines()
    packages = [line.split(maxsplit=2) for line in lines if line and not line.startswith("#")]
    assert len(packages) > 20
    for package in packages:
        assert len(package) == 3 and package[1] in ("build", "test", "check", "bench"), package
    assert len({(name, group) for name, group, _ in packages}) == len(packages)


def test_packages_of_a_group():
    build = bash("packages_of build").stdout.split()
    assert "g++" in build and "python3" not in build
    both = bash("packages_of build test").stdout.split()
    assert set(build) < set(both) and len(both) == len(set(both))


def test_missing_packages_are_found():
    assert bash("missing_of bash no-such-package dash").stdout.split() == ["no-such-package"]
    assert bash("missing_of bash dash").stdout == ""


def test_without_root_and_sudo_it_says_what_to_do(tmp_path):
    script = "packages_of() { echo no-such-package; }; root_prefix() { return 1; }; install_packages build"
    said = bash(script)
    assert said.returncode == 1
    assert "needs root or sudo" in said.stderr and "apt-get install" in said.stderr


def seconds_to_listen(folder):
    """How long ./dev run takes until it listens, when there is nothing to install and to build."""
    log = folder / "log"
    began = time.monotonic()
    with open(log, "wb") as stream:
        process = subprocess.Popen([REPOSITORY / "dev", "run", "--http-port", "0", "--data-dir", folder / "data"],
                                   stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, env=environment({}))
    try:
        while not LISTENING.search(log.read_text()):
            assert process.poll() is None and time.monotonic() < began + 30, log.read_text()
            time.sleep(0.005)
        return time.monotonic() - began
    finally:
        process.terminate()
        assert process.wait(30) == 0


@pytest.mark.skipif("HOURGLASS_BINARY" in os.environ and "release" not in os.environ["HOURGLASS_BINARY"],
                    reason="./dev run is about the release build")
def test_second_run_starts_at_once(binary, tmp_path):
    times = []
    for attempt in range(3):
        (tmp_path / str(attempt)).mkdir()
        times.append(seconds_to_listen(tmp_path / str(attempt)))
        if times[-1] < START_LIMIT:
            return
    pytest.fail(f"./dev run took {times} s to listen with nothing to do")
