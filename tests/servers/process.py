"""One server program: started, waited for, stopped, killed or frozen by its process id."""

import os
import random
import signal
import socket
import subprocess
import time

# Generous, since tests share slow machines; nothing waits this long when all is well.
START_LIMIT = 60.0
STOP_LIMIT = 30.0
LOG_END = 6000
# Below the range from which Linux takes the ports of outgoing connections, one of which could sit on the port of a
# server while that is stopped.
PORTS = range(18_000, 32_000)


def free_ports(count):
    """As many different ports of the loopback address as asked for, on none of which anything listens."""
    held = []
    try:
        for port in random.SystemRandom().sample(PORTS, 1000):
            if len(held) == count:
                break
            listener = socket.socket()
            held.append(listener)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                held.pop().close()
        assert len(held) == count, f"no {count} free ports between {PORTS.start} and {PORTS.stop}"
        return [listener.getsockname()[1] for listener in held]
    finally:
        for listener in held:
            listener.close()


def wait_until(condition, what, limit=START_LIMIT, pause=0.02):
    """What `condition` gives as soon as that is true; fails with `what` when that takes longer than `limit` seconds."""
    deadline = time.monotonic() + limit
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < deadline, f"waited {limit} s in vain for {what() if callable(what) else what}"
        time.sleep(pause)


class ServerProcess:
    """A server program of which at most one process runs at a time. Subclasses give `command()` and `answers()`.

    `name` is for messages; `folder` has to exist, and holds data and log. Not for several threads at once.
    """

    def __init__(self, name, folder):
        self.name, self.folder = name, folder
        self.log_path = folder / "log"
        self.process = None

    def command(self):
        """The words to start it with."""
        raise NotImplementedError

    def answers(self):
        """Whether it serves: asked again and again after a start, so it has to come back within a second or so."""
        raise NotImplementedError

    def environment(self):
        return dict(os.environ)

    def __enter__(self):
        return self if self.running else self.start()

    def __exit__(self, *_):
        self.kill()

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self):
        return self.process.pid

    def launch(self):
        """Starts the process and does not wait for it."""
        assert not self.running, f"{self.name} runs already"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.folder, env=self.environment())
        return self

    def start(self):
        """Starts it and waits until it answers."""
        self.launch()
        try:
            self.wait_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def wait_ready(self):
        def ready():
            assert self.running, f"{self.name} ended with {self.process.returncode}:\n{self.log()}"
            return self.answers()

        wait_until(ready, lambda: f"{self.name} to answer:\n{self.log()}")

    def log(self):
        """The end of what it has written."""
        return self.log_path.read_text(errors="replace")[-LOG_END:] if self.log_path.exists() else ""

    def stop(self):
        """SIGTERM, and its end within STOP_LIMIT; it is killed and the test fails when that does not come."""
        if not self.running:
            return
        self.process.terminate()
        self.thaw()
        try:
            self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not stop within {STOP_LIMIT} s:\n{self.log()}") from None

    def kill(self):
        """SIGKILL; frozen or not, it is gone afterwards."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def freeze(self):
        """Stops its execution: connections stay open and nothing answers. Not all threads stop at once."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def restart(self, kill=False):
        """Ends it (with SIGKILL if asked for) and starts it again on the same data and ports."""
        self.kill() if kill else self.stop()
        return self.start()
