"""The examples for systemd and nginx are taken by those programs, where they are installed."""

import re
import shutil
import subprocess

import pytest

from documents import REPOSITORY
from hourglass_process import TIME_LIMIT, run_program

EXAMPLES = REPOSITORY / "examples"


def run(*command):
    return subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=TIME_LIMIT, check=False)


def test_systemd_takes_the_unit(binary, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze")
    unit = tmp_path / "hourglass.service"
    unit.write_text((EXAMPLES / "hourglass.service").read_text().replace("/usr/local/bin/hourglass", str(binary)))
    checked = run("systemd-analyze", "verify", "--man=no", unit)
    assert checked.returncode == 0 and checked.stderr == "", checked.stderr


def test_the_unit_waits_longer_than_the_server(binary):
    unit = (EXAMPLES / "hourglass.service").read_text()
    config = run_program(binary, "config", "--config", EXAMPLES / "hourglass.toml").stdout
    drain = int(re.search(r"^http\.drain_timeout\s+(\d+)s\s", config, re.MULTILINE)[1])
    assert int(re.search(r"^TimeoutStopSec=(\d+)s$", unit, re.MULTILINE)[1]) > drain


def test_nginx_takes_the_configuration(tmp_path):
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if nginx is None:
        pytest.skip("no nginx")
    text = (EXAMPLES / "nginx.conf").read_text()
    text = re.sub(r"listen 443 ssl;|ssl_certificate\w* [^;]*;", "", text)  # there is no certificate here
    text = text.replace("/var/log/nginx", str(tmp_path))
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n{text}\n}}\n")
    checked = run(nginx, "-t", "-q", "-p", tmp_path, "-c", whole)
    assert checked.returncode == 0, checked.stderr
