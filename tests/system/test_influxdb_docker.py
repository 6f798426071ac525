"""scripts/influxdb-docker.sh, with a stand-in for docker that writes down how it was called."""

import json
import os
import re
import shutil
import subprocess
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from loopback import Loopback
from servers.process import free_ports

pytestmark = pytest.mark.skipif("HOURGLASS_BINARY" in os.environ and "release" not in os.environ["HOURGLASS_BINARY"],
                                reason="the script does not run the program under test")
SCRIPT = Path(__file__).resolve().parents[2] / "scripts/influxdb-docker.sh"
TIME_LIMIT = 60
NAME = "hourglass-influxdb"
# Knows one container, whose state is a file beside the record of its calls.
DOCKER = """\
#!/usr/bin/python3
import json, os, sys
folder = os.path.dirname(os.path.abspath(__file__))
state, words = os.path.join(folder, "state"), sys.argv[1:]
with open(os.path.join(folder, "calls"), "a") as calls:
    print(json.dumps(words), file=calls)
if words[0] == "info":
    sys.exit(os.path.exists(os.path.join(folder, "no-service")))
if words[0] == "run":
    if os.path.exists(os.path.join(folder, "no-image")):
        sys.exit("no such image")
    open(state, "w").write(open(os.path.join(folder, "next-state")).read())
elif words[:2] == ["container", "inspect"]:
    print(open(state).read()) if os.path.exists(state) else sys.exit("no such container")
elif words[:2] == ["container", "rm"]:
    os.remove(state)
elif words[0] == "logs":
    print("the last words of influxd")
"""


class _Health(BaseHTTPRequestHandler):
    def do_GET(self):
        owner = self.server.owner
        with owner.lock:
            owner.asked.append(self.path)
            ready = len(owner.asked) > owner.refusals
        self.send_response(200 if ready else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Health(Loopback):
    """What influxd answers: 503 so many times, then 200."""

    def __init__(self, refusals):
        self.refusals, self.asked = refusals, []
        super().__init__(_Health)


class Place:
    """An empty directory to run a copy of the script in, on another port, with the stand-in on PATH."""

    def __init__(self, folder):
        self.empty, self.programs = folder / "empty", folder / "programs"
        self.empty.mkdir()
        self.programs.mkdir()
        self.note("docker", DOCKER).chmod(0o755)
        self.note("next-state", "running")

    def note(self, name, text=""):
        path = self.programs / name
        path.write_text(text)
        return path

    def run(self, port=None, **changes):
        text = SCRIPT.read_text()
        for name, value in {"port": port or free_ports(1)[0], "ready_limit": 3, **changes}.items():
            text, changed = re.subn(rf"^{name}=\S+", f"{name}={value}", text, flags=re.MULTILINE)
            assert changed == 1, name
        script = self.note("influxdb-docker.sh", text)
        return subprocess.run(["bash", script], cwd=self.empty, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env={**os.environ, "PATH": f"{self.programs}:{os.environ['PATH']}"}, timeout=TIME_LIMIT,
                              check=False)

    def run_ready(self, refusals=0):
        with Health(refusals) as health:
            done = self.run(health.listener.server_address[1])
        assert done.returncode == 0, done.stderr
        return done, health

    def calls(self, *first_words):
        path = self.programs / "calls"
        calls = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [call for call in calls if call[:len(first_words)] == list(first_words)]


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def values():
    """The variables at the top of the script."""
    found = re.findall(r'^(\w+)=(?:"([^"]*)"|(\S+))', SCRIPT.read_text(), re.MULTILINE)
    return {name: quoted or bare for name, quoted, bare in found}


def test_it_starts_influxdb_set_up_with_its_values(place):
    done, health = place.run_ready(refusals=2)
    [call] = place.calls("run")
    given = values()
    port = health.listener.server_address[1]
    options = dict(zip(call[:-1], call[1:]))
    environment = dict(word.split("=", 1) for before, word in zip(call, call[1:]) if before == "--env")
    assert call[-1] == f"influxdb:{given['tag']}" and "--detach" in call
    assert options["--name"] == NAME
    assert options["--publish"] == f"127.0.0.1:{port}:8086"
    assert options["--volume"] == f"{place.empty}/influx-data:/var/lib/influxdb2"
    assert environment == {
        "DOCKER_INFLUXDB_INIT_MODE": "setup",
        "DOCKER_INFLUXDB_INIT_USERNAME": given["user"],
        "DOCKER_INFLUXDB_INIT_PASSWORD": given["password"],
        "DOCKER_INFLUXDB_INIT_ORG": given["org"],
        "DOCKER_INFLUXDB_INIT_BUCKET": given["bucket"],
        "DOCKER_INFLUXDB_INIT_ADMIN_TOKEN": given["token"],
    }
    assert (place.empty / "influx-data").is_dir()
    assert health.asked == ["/health"] * 3
    assert f"http://localhost:{port}" in done.stdout and given["token"] in done.stdout


def test_its_values():
    """Port, organisation, bucket and token are what the program takes for granted."""
    given = values()
    assert (given["port"], given["org"], given["bucket"], given["token"]) == (
        "8086", "hourglass", "analytics", "auth-token")
    assert given["tag"] == "2.7" and len(given["password"]) >= 8


def test_it_can_be_run_again_on_its_own_data(place):
    place.run_ready()
    place.note("state", "exited")
    (place.empty / "influx-data/influxd.bolt").write_text("data")
    place.run_ready()
    assert place.calls("container", "rm") == [["container", "rm", NAME]]
    assert len(place.calls("run")) == 2
    assert (place.empty / "influx-data/influxd.bolt").read_text() == "data"


@pytest.mark.parametrize("other", ["notes.txt", ".hidden", "influx-data"])
def test_it_refuses_a_directory_with_other_things(place, other):
    (place.empty / other).mkdir()
    done = place.run()
    assert done.returncode == 1 and "not empty" in done.stderr
    assert place.calls() == [] and os.listdir(place.empty) == [other]


def test_it_leaves_a_container_that_runs_alone(place):
    place.note("state", "running")
    done = place.run()
    assert done.returncode == 1 and "runs already" in done.stderr
    assert place.calls("run") == place.calls("container", "rm") == [] and os.listdir(place.empty) == []


def test_without_a_service_it_changes_nothing(place):
    place.note("no-service")
    done = place.run()
    assert done.returncode == 1 and "docker does not answer" in done.stderr
    assert os.listdir(place.empty) == []


def test_an_image_that_cannot_be_had_is_an_error_and_can_be_tried_again(place):
    refusal = place.note("no-image")
    done = place.run()
    assert done.returncode == 1 and "could not start influxdb:2.7" in done.stderr
    refusal.unlink()
    place.run_ready()


def test_a_container_that_ends_at_once_shows_its_last_words(place):
    place.note("next-state", "exited")
    done = place.run()
    assert done.returncode == 1 and "has ended" in done.stderr and "last words of influxd" in done.stderr


def test_it_does_not_wait_for_ever(place):
    done = place.run(ready_limit=1)
    assert done.returncode == 1 and "no answer" in done.stderr


def test_without_docker_it_says_so(place):
    (place.programs / "docker").unlink()
    for name in ("bash", "ls", "curl"):
        (place.programs / name).symlink_to(shutil.which(name))
    done = subprocess.run([place.programs / "bash", SCRIPT], cwd=place.empty, capture_output=True, text=True,
                          env={"PATH": str(place.programs)}, timeout=TIME_LIMIT, check=False)
    assert done.returncode == 1 and "there is no docker" in done.stderr
