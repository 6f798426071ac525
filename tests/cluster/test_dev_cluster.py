"""./dev cluster: what it starts, compares, is told from outside, and leaves behind."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from hourglass_process import environment
from servers.process import wait_until

REPOSITORY = Path(__file__).resolve().parents[2]
FORGETFUL = Path(__file__).with_name("forgetful_replica.py")
SILENT = Path(__file__).with_name("silent_replica.sh")
AT_REST = re.compile(r"at rest, \d+ s ago: (\d+) hours with (\d+) events were equal")


def command(folder, *words):
    return ["/usr/bin/python3", "-B", "-m", "cluster", "--folder", str(folder), *map(str, words)]


def surroundings(binary):
    """What ./dev sets, with the program under test, which ./dev would build."""
    return environment({"HOURGLASS_BINARY": binary, "PYTHONPATH": "scripts:tests"})


class DevCluster:
    """One run of it, with its lines in a file."""

    def __init__(self, binary, folder):
        self.binary, self.folder, self.output = binary, folder / "cluster", folder / "output"
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(command(self.folder, "--seed", 7), cwd=REPOSITORY, stdout=output,
                                            stderr=output, stdin=subprocess.DEVNULL, env=surroundings(binary))

    def text(self):
        return self.output.read_text()

    def last_line(self):
        return self.text().rstrip("\n").rpartition("\n")[2]

    def wait_for(self, condition, what):
        def holds():
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.text()}"
            return condition()

        return wait_until(holds, lambda: f"{what}:\n{self.text()[-6000:]}")

    def wait_until_equal(self, beyond=0):
        """Until all hours have been compared at rest with more than so many events in them; how many there were."""
        def events():
            found = AT_REST.search(self.last_line())
            return found and int(found[2]) > beyond and int(found[2])

        return self.wait_for(events, f"numbers at rest beyond {beyond} events")

    def tell(self, *words):
        return subprocess.run(command(self.folder, *words), cwd=REPOSITORY, capture_output=True, text=True, timeout=60,
                              env=surroundings(self.binary), check=False)

    def state(self):
        return json.loads((self.folder / "cluster.json").read_text())

    def pids(self):
        state = self.state()
        return [entry["pid"] for entry in state["servers"] + state["replicas"]]

    def end(self, number):
        """Its exit code after the signal."""
        self.process.send_signal(number)
        return self.process.wait(120)


@pytest.fixture
def start_cluster(tmp_path):
    started = []

    def start(binary):
        started.append(DevCluster(binary, tmp_path))
        return started[-1]

    yield start
    for cluster in started:
        if cluster.process.poll() is None:
            try:
                cluster.end(signal.SIGINT)
            except subprocess.TimeoutExpired:
                cluster.process.kill()
                cluster.process.wait()


def command_line_of(pid):
    """Empty for a process that is gone, or that only waits for its parent to notice its end."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def working_folder_of(pid):
    """Empty for a process that is gone, or somebody else's."""
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""


def processes_of(folder):
    """The programs that run with something in the folder, or in it: Redis changes its command line."""
    return [pid for pid in filter(str.isdigit, os.listdir("/proc"))
            if int(pid) != os.getpid()
            and (str(folder).encode() in command_line_of(pid) or working_folder_of(pid).startswith(str(folder)))]


def test_replicas_are_added_and_killed_under_load_and_nothing_is_left(start_cluster, binary):
    cluster = start_cluster(binary)
    events = cluster.wait_until_equal()

    added = cluster.tell("add")
    assert added.returncode == 0 and "replica 4 starts" in added.stdout, added
    killed = cluster.tell("kill", 1)
    assert killed.returncode == 0 and "replica 1 was killed" in killed.stdout, killed
    again = cluster.tell("kill", 1)
    assert again.returncode == 1 and "no replica 1 that runs; running: 2, 3, 4" in again.stderr, again
    cluster.wait_for(lambda: re.search(r" 1:killed\S* .* 4:up:", cluster.last_line()), "replica 4 to be up")
    second = cluster.tell()
    assert second.returncode == 1 and "a cluster runs already" in second.stderr, second
    cluster.wait_until_equal(beyond=events)

    assert len(cluster.pids()) == 3 + 4
    assert cluster.end(signal.SIGINT) == 0, cluster.text()
    assert re.search(r"^last comparison: \d+ hours with \d+ events are equal$", cluster.text(), re.MULTILINE)
    assert "DIFFER" not in cluster.text()
    assert not processes_of(cluster.folder)
    told = cluster.tell("add")
    assert told.returncode == 1 and "no cluster runs" in told.stderr


def test_wrong_numbers_are_told_and_remembered(start_cluster):
    cluster = start_cluster(FORGETFUL)
    cluster.wait_for(lambda: "DIFFERENCE: " in cluster.text(), "a difference")
    assert cluster.end(signal.SIGTERM) == 1, cluster.text()
    assert not processes_of(cluster.folder)


def test_a_replica_that_does_not_start_ends_everything(start_cluster):
    cluster = start_cluster("/bin/false")
    assert cluster.process.wait(60) == 1
    assert "replica 1 ended with 1" in cluster.text()
    assert not processes_of(cluster.folder)


def test_it_can_be_interrupted_while_it_starts(start_cluster):
    cluster = start_cluster(SILENT)
    cluster.wait_for(lambda: processes_of(cluster.folder / "redis"), "the first server")
    began = time.monotonic()
    cluster.end(signal.SIGINT)
    assert time.monotonic() - began < 30
    assert "interrupted" in cluster.text()
    wait_until(lambda: not processes_of(cluster.folder), "all processes to be gone")


def test_servers_do_not_outlive_a_killed_run(start_cluster):
    cluster = start_cluster(SILENT)
    cluster.wait_for(lambda: processes_of(cluster.folder / "redis"), "the first server")
    cluster.process.kill()
    cluster.process.wait()
    wait_until(lambda: not processes_of(cluster.folder), "all processes to be gone")


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path, binary):
    (tmp_path / "letter").write_text("dear all")
    said = subprocess.run(command(tmp_path), cwd=REPOSITORY, capture_output=True, text=True, timeout=60,
                          env=surroundings(binary), check=False)
    assert said.returncode == 1 and "not empty" in said.stderr
    assert os.listdir(tmp_path) == ["letter"]


def test_adding_needs_a_running_one(tmp_path):
    said = subprocess.run([REPOSITORY / "dev", "cluster", "--folder", tmp_path, "add"], capture_output=True, text=True,
                          timeout=60, check=False)
    assert said.returncode == 1 and "no cluster runs" in said.stderr
