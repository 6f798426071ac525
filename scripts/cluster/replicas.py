"""The replicas: started, killed and looked at."""

import re
import secrets
import signal
import threading
from dataclasses import dataclass

from hourglass_process import environment
from servers.process import ServerProcess, free_ports

from cluster.client import Client, NoAnswer
from cluster.servers import as_typed, detached, fresh_folder

LOOK_LIMIT = 1.0  # seconds; a replica that takes longer to say how it is is called silent
OWNED = re.compile(r'^hourglass_partition_next\{(?=[^}]*store="(hot|cold)")', re.MULTILINE)
# With these a process was ended by somebody who wanted that.
WANTED_ENDS = {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, 0}


class Replica(ServerProcess):
    """One `hourglass serve`. `state` is a word for people; `hot` and `cold` count the partitions that it works on."""

    def __init__(self, number, folder, binary, settings):
        super().__init__(f"replica {number}", folder)
        self.number, self.binary, self.settings = number, binary, settings
        self.port = free_ports(1)[0]
        self.state, self.hot, self.cold = "starting", 0, 0

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def command(self):
        return [str(self.binary), "serve", "--http-port", str(self.port), *self.settings]

    def environment(self):
        return environment({})  # none of the settings that this shell may have

    def answers(self):
        try:
            return Client(LOOK_LIMIT).get(self.address, "/readyz").status == 200
        except NoAnswer:
            return False

    @property
    def as_expected(self):
        """False for one that has ended by itself."""
        return self.running or self.process is None or self.process.returncode in WANTED_ENDS


@dataclass(frozen=True)
class UnknownReplica(Exception):
    """There is no such replica, or it does not run any more."""

    text: str

    def __str__(self):
        return self.text


class Replicas:
    """All replicas of a run, with numbers from 1. add() and kill() are for the main thread, the rest for any."""

    def __init__(self, folder, binary, servers):
        self.folder, self.binary = folder, binary
        self.lock, self.all = threading.Lock(), []
        key = folder / "cluster.key"
        key.touch(mode=0o600)
        key.write_text(secrets.token_hex(16) + "\n")
        self.settings = ["--backend", "cluster", "--cluster-key-file", str(key), *servers.settings()]

    @property
    def command_line(self):
        """How a user starts one more by hand."""
        return as_typed([self.binary, "serve", "--http-port", "0", *self.settings])

    def add(self):
        """Starts one more and does not wait for it."""
        number = len(self.all) + 1
        replica = detached(Replica(number, fresh_folder(self.folder, f"replica-{number}"), self.binary, self.settings))
        replica.launch()
        with self.lock:
            self.all.append(replica)
        return replica

    def kill(self, number):
        """kill -9."""
        replica = next((replica for replica in self.all if replica.number == number), None)
        if replica is None or not replica.running:
            running = ", ".join(str(replica.number) for replica in self.running()) or "none"
            raise UnknownReplica(f"there is no replica {number} that runs; running: {running}")
        replica.kill()
        replica.state, replica.hot, replica.cold = "killed", 0, 0
        return replica

    def known(self):
        with self.lock:
            return list(self.all)

    def running(self):
        return [replica for replica in self.known() if replica.running]

    def ready(self):
        """Those that answered so when they were last looked at."""
        return [replica for replica in self.running() if replica.state == "up"]


class Watch:
    """Looks at all replicas; for one thread."""

    def __init__(self, replicas):
        self.replicas, self.client = replicas, Client(LOOK_LIMIT)

    def look(self):
        for replica in self.replicas.known():
            if replica.running:
                self._look_at(replica)
            elif replica.state != "killed":
                code = replica.process.returncode
                replica.state, replica.hot, replica.cold = ("killed" if code == -signal.SIGKILL else f"ended: {code}"), 0, 0

    def _look_at(self, replica):
        try:
            is_ready = self.client.get(replica.address, "/readyz").status == 200
            owned = OWNED.findall(self.client.get(replica.address, "/metrics").text)
        except NoAnswer:
            if replica.state != "starting":
                replica.state = "silent"
            return
        replica.hot, replica.cold = owned.count("hot"), owned.count("cold")
        if is_ready:
            replica.state = "up"
        elif replica.state != "starting":
            replica.state = "not ready"
