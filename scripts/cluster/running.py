"""One run of `./dev cluster`, from an empty folder until nothing of it is left but its logs."""

import json
import os
import shutil
import signal
import threading
import time

from servers.process import wait_until

from cluster.comparison import REST_LIMIT, Comparison
from cluster.control import LOCK, Control, Refused, take_lock
from cluster.load import Load
from cluster.oracle import Oracle
from cluster.replicas import Replicas, UnknownReplica, Watch
from cluster.screen import Screen, load_text
from cluster.servers import Servers, stop_all

STATE = "cluster.json"
READY_LIMIT = 90.0  # seconds
COMPARISON_LIMIT = 60.0  # seconds for one that is under way to notice that it is to end
REPLICAS = 3
DRAW_PERIOD = 1.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(Exception):
    """A signal came while the cluster was being started."""


class Stop:
    """The signals that end a run. The first one interrupts a start, or sets `wanted`; further ones kill everything."""

    def __init__(self, kill_all):
        self.kill_all = kill_all
        self.wanted = threading.Event()
        self.interrupts = True  # whether it raises in the main thread, as it has to while that waits for a server
        for number in SIGNALS:
            signal.signal(number, self._came)

    def _came(self, _number, _frame):
        if self.wanted.is_set():
            self.kill_all()
        self.wanted.set()
        if self.interrupts:
            self.interrupts = False
            raise Interrupted


def prepare_folder(folder):
    """Locks the folder and empties it of an earlier run; the lock. Refused when it is not this program's, or in use."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()) and not (folder / LOCK).exists():
        raise Refused(f"{folder} is not empty and was not made by ./dev cluster")
    lock = take_lock(folder)
    for entry in folder.iterdir():
        if entry.name == LOCK:
            continue
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    return lock


class Running:
    """The parts of a run; run() is all of it, and gives the exit code."""

    def __init__(self, folder, binary, rate, seed):
        self.folder, self.binary, self.seed = folder, binary, seed
        self.faults = []
        self.screen = Screen(self.faults)
        self.oracle, self.servers, self.replicas = Oracle(), None, None
        self.rate = rate
        self.comparison = self.load = self.control = None
        self.stop = None
        self.reported = set()  # numbers of the replicas whose unexpected end has been told

    def run(self):
        lock = prepare_folder(self.folder)
        self.stop = Stop(self._kill_all)
        try:
            try:
                self._start()
            finally:
                self.stop.interrupts = False
            self._serve()
            self._finish()
        except Interrupted:
            self.screen.say("interrupted before it was ready")
        except (AssertionError, OSError) as fault:
            self.faults.append(f"the cluster failed: {fault}")
            self.screen.tell_faults()
        finally:
            self.stop.interrupts = False
            self._end()
            lock.close()
        return 1 if self.faults else 0

    def _processes(self):
        replicas = self.replicas.known() if self.replicas else []
        return [*replicas, *(self.servers.processes if self.servers else [])]

    def _kill_all(self):
        for process in self._processes():
            if process.running:
                process.process.kill()

    def _start(self):
        self.screen.say(f"starting Kafka, Redis and InfluxDB in {self.folder}; it is emptied first, "
                        "and holds the logs afterwards")
        self.servers = Servers(self.folder)
        self.servers.start()
        self.replicas = Replicas(self.folder, self.binary, self.servers)
        for _ in range(REPLICAS):
            self.replicas.add()
        self._write_state()
        self._say_addresses()
        watch = Watch(self.replicas)
        wait_until(lambda: self._all_ready(watch), "the replicas to be ready", READY_LIMIT, pause=0.2)
        self.load = Load(self.replicas, self.oracle, self.seed, self.rate, self.faults.append)
        self.comparison = Comparison(self.replicas, watch, self.oracle, self.load, self.faults.append)
        self.control = Control(self.folder)
        self.control.start()

    def _say_addresses(self):
        for name, address in self.servers.addresses:
            self.screen.say(f"{name + ':':10} {address}")
        for replica in self.replicas.known():
            self.screen.say(f"replica {replica.number}: {replica.url}")
        self.screen.say(f"one more by hand: {self.replicas.command_line}")
        self.screen.say("from another terminal: ./dev cluster add, ./dev cluster kill N; Ctrl-C here ends everything")
        self.screen.say(f"random events from the seed {self.seed}, {self.rate} a second")

    def _all_ready(self, watch):
        watch.look()
        for replica in self.replicas.known():
            assert replica.running, f"{replica.name} ended with {replica.process.returncode}:\n{replica.log()}"
        return len(self.replicas.ready()) == len(self.replicas.known())

    def _serve(self):
        self.load.start()
        self.comparison.start()
        while not self.stop.wanted.is_set():
            until = time.monotonic() + DRAW_PERIOD
            while (left := until - time.monotonic()) > 0 and not self.stop.wanted.is_set():
                self.control.handle(self._carry_out, min(left, 0.1))
            self._look_for_ends()
            self.screen.show(self.replicas.known(), self.comparison, self.load, self.oracle)

    def _look_for_ends(self):
        for replica in self.replicas.known():
            if not replica.as_expected and replica.number not in self.reported:
                self.reported.add(replica.number)
                self.faults.append(f"{replica.name} ended with {replica.process.returncode}; {replica.log_path}")
        for server in self.servers.processes:
            if not server.running and server.name not in self.reported:
                self.reported.add(server.name)
                self.screen.say(f"{server.name} has ended with {server.process.returncode}; {server.log_path}")

    def _carry_out(self, words):
        """What `add` and `kill N` do; the text for whoever asked."""
        try:
            if words[:1] == ["add"]:
                replica = self.replicas.add()
                text = f"replica {replica.number} starts: {replica.url}, pid {replica.pid}"
            else:
                replica = self.replicas.kill(int(words[1]))
                text = f"replica {replica.number} was killed: {replica.url}, pid {replica.pid}"
        except UnknownReplica as fault:
            raise Refused(str(fault)) from None
        except (AssertionError, OSError) as fault:
            raise Refused(f"cannot start a replica: {fault}") from None
        self._write_state()
        self.screen.say(text)
        return text

    def _write_state(self):
        """Where everything is, for whoever looks into the folder."""
        state = {"servers": [{"name": server.name, "pid": server.pid} for server in self.servers.processes],
                 "addresses": dict(self.servers.addresses),
                 "replicas": [{"number": replica.number, "url": replica.url, "pid": replica.pid,
                               "running": replica.running} for replica in self.replicas.known()]}
        fresh = self.folder / (STATE + ".new")
        fresh.write_text(json.dumps(state, indent=2) + "\n")
        os.replace(fresh, self.folder / STATE)

    def _finish(self):
        """Ends the load and compares for the last time."""
        self.control.stop()
        self.screen.say("stopping: the load first, then a last comparison")
        self.comparison.stop(COMPARISON_LIMIT)
        at_rest = self.load.stop(REST_LIMIT)
        self.screen.say(load_text(self.load, self.oracle))
        if not at_rest:
            self.screen.say(f"{self.oracle.under_way} events were never acknowledged: they may be counted or not")
        told = len(self.faults)
        good = self.comparison.compare_exactly(threading.Event())
        rest = self.comparison.rest
        if good:
            self.screen.say(f"last comparison: {rest.hours} hours with {rest.events} events are equal")
        elif len(self.faults) == told:
            self.faults.append(f"last comparison: not possible, {rest.trouble}")
        self.screen.tell_faults()

    def _end(self):
        """Stops everything; also what a failed start has left."""
        if self.control:
            self.control.stop()
        replicas = self.replicas.known() if self.replicas else []
        for complaint in [*stop_all(replicas), *stop_all(self.servers.processes if self.servers else [])]:
            self.screen.say(f"cluster: {complaint}")
        self.screen.say(f"everything has ended; logs are in {self.folder}")
