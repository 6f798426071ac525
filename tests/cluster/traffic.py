"""Random events to random replicas, and reads that are compared with the count while they go on and at rest."""

import concurrent.futures
import itertools
import json
import os
import random
import threading
import time
import urllib.parse

from hourglass_process import NoAnswer, parse_totals
from servers.process import wait_until

from cluster.counted import HOUR_MS, Counted, Event, fault_of
from cluster.replicas import GONE, RECOVERY

ANSWER_LIMIT = 6.0  # seconds; a replica answers 504 after 5, a frozen one never
USERS = 400
HOURS_AGO = (0, 0, 0, 0, 1, 1, 2, 26, 24 * 400, 24 * 365 * 40, -1)  # from the current one; the last is in the future
REPEAT_SHARE = 0.1
BATCH_SHARE = 0.25
LONGEST_PAUSE = 0.2
WRITERS, READERS = 4, 2


def seed_of_test():
    """Of this run; a failed test shows it, and HOURGLASS_TEST_SEED brings it back."""
    seed = int(os.environ.get("HOURGLASS_TEST_SEED", random.SystemRandom().randrange(2**32)))
    print(f"HOURGLASS_TEST_SEED={seed}")
    return seed


class Sending:
    """Events that are sent together, again and again with the same keys until they are acknowledged."""

    def __init__(self, events, whole_key=None):
        self.events = events
        self.headers = [("Idempotency-Key", whole_key)] if whole_key else []
        if len(events) == 1:
            event = events[0]
            query = urllib.parse.urlencode({"timestamp": event.timestamp, "user": event.user, "id": event.key})
            self.target, self.body, self.headers = f"/analytics?{query}&{event.kind}", None, []
        else:
            self.target = "/analytics/batch"
            self.body = b"\n".join(self._line(event, whole_key is None) for event in events)

    @staticmethod
    def _line(event, with_id):
        members = {"timestamp": event.timestamp, "user": event.user, "event": event.kind}
        return json.dumps({**members, "id": event.key} if with_id else members).encode()

    def outcome(self, answer):
        """Whether it was acknowledged, False if it has to be sent again; fails on every other answer."""
        if answer.status in (503, 504):
            return False
        if len(self.events) == 1:
            assert answer.status == 204, answer
        else:
            assert answer.status == 200, answer
            assert json.loads(answer.body) == {"accepted": len(self.events), "rejected": [], "rejected_count": 0}
        return True


class Connections:
    """The open connections of one thread, one to each replica."""

    def __init__(self):
        self.open = {}

    def ask(self, replica, *request):
        """The answer; NoAnswer or OSError without one, after which the connection is closed."""
        key = replica.port
        try:
            if key not in self.open:
                self.open[key] = replica.connect(time_limit=ANSWER_LIMIT)
            answer = self.open[key].ask(*request)
            if answer.says_close:
                self.open.pop(key).socket.close()
            return answer
        except GONE:
            if key in self.open:
                self.open.pop(key).socket.close()
            raise

    def close(self):
        for connection in self.open.values():
            connection.socket.close()


class Traffic:
    """Writes and reads within its `with` block. `tally` counts what happened; any fault fails the test in the end."""

    def __init__(self, cluster, counted=None, seed=None, pause=0.01, strong_readers=True):
        self.cluster, self.counted = cluster, counted or Counted()
        self.seed = seed_of_test() if seed is None else seed
        self.pause, self.strong_readers = pause, strong_readers
        self.lock, self.tally, self.faults = threading.Lock(), {}, []
        self.ending, self.given_up = threading.Event(), threading.Event()
        self.now = int(time.time() * 1000)
        self.writers = [threading.Thread(target=self._guard, args=(self._write, number)) for number in range(WRITERS)]
        self.readers = [threading.Thread(target=self._guard, args=(self._read, number)) for number in range(READERS)]

    def __enter__(self):
        for thread in self.writers + self.readers:
            thread.start()
        return self

    def __exit__(self, kind, *_):
        self.ending.set()
        if kind is not None:
            self.given_up.set()
        deadline = time.monotonic() + RECOVERY
        for thread in self.writers + self.readers:
            thread.join(max(0.0, deadline - time.monotonic()))
        late = any(thread.is_alive() for thread in self.writers + self.readers)
        self.given_up.set()
        for thread in self.writers + self.readers:
            thread.join()
        if kind is None:
            assert not self.faults, "\n".join(self.faults[:20])
            assert not late, f"requests were not answered within {RECOVERY} s: {self.tally}"

    def count(self, what, number=1):
        with self.lock:
            self.tally[what] = self.tally.get(what, 0) + number

    def goes_on(self, events=20, limit=RECOVERY, what="acknowledged"):
        """Waits until so much more has happened than by now."""
        enough = self.tally.get(what, 0) + events
        wait_until(lambda: self.faults or self.tally.get(what, 0) >= enough,
                   lambda: f"{events} more {what}: {self.tally}", limit)
        assert not self.faults, "\n".join(self.faults[:20])

    def _guard(self, work, number):
        connections = Connections()
        try:
            work(random.Random(f"{self.seed}/{work.__name__}/{number}"), connections, number)
        except Exception as fault:  # pylint: disable=broad-except  # whatever it is, the test fails with it
            self.faults.append(f"{type(fault).__name__}: {fault}")
        finally:
            connections.close()

    def _write(self, rng, connections, number):
        done, sequence = [], 0
        while not self.ending.is_set():
            if done and rng.random() < REPEAT_SHARE:
                self._deliver(rng, connections, rng.choice(done))
                self.count("repeated")
                continue
            sequence += 1
            key = f"{self.seed}-{number}-{sequence}"
            lines = rng.randint(2, 20) if rng.random() < BATCH_SHARE else 1
            events = [self._event(rng, f"{key}-{line}") for line in range(lines)]
            sending = Sending(events, key if lines > 1 and rng.random() < 0.5 else None)
            self.counted.send(events)
            if self._deliver(rng, connections, sending):
                self.counted.acknowledge(events)
                self.count("acknowledged", len(events))
                done = [*done[-30:], sending]
            self.ending.wait(rng.expovariate(1 / self.pause) if self.pause else 0)

    def _event(self, rng, key):
        timestamp = self.now - rng.choice(HOURS_AGO) * HOUR_MS
        return Event(timestamp, f"user {rng.randrange(USERS)}", rng.choice(("click", "impression")), key)

    def _deliver(self, rng, connections, sending):
        pause = 0.01
        while not self.given_up.is_set():
            replicas = list(self.cluster.replicas)
            if replicas:
                try:
                    answer = connections.ask(rng.choice(replicas), "POST", sending.target, sending.headers,
                                             sending.body)
                    if sending.outcome(answer):
                        return True
                    self.count(json.loads(answer.body)["code"])
                except GONE as fault:
                    self.count("no answer in time" if isinstance(fault, NoAnswer) else "connection lost")
            self.given_up.wait(rng.uniform(0, pause))
            pause = min(2 * pause, LONGEST_PAUSE)
        return False

    def _read(self, rng, connections, number):
        consistency = "strong" if number % 2 == 0 and self.strong_readers else "fast"
        while not self.ending.is_set():
            replicas, hours = list(self.cluster.replicas), self.counted.hours()
            if replicas and hours:
                self._read_once(connections, rng.choice(replicas), rng.choice(hours), consistency)
            self.ending.wait(0.01)

    def _read_once(self, connections, replica, hour, consistency):
        begun = time.monotonic()
        try:
            answer = connections.ask(replica, "GET", f"/analytics?timestamp={hour * HOUR_MS}&consistency={consistency}")
        except GONE:
            return self.count(f"{consistency} reads without an answer")
        if answer.status != 200:
            assert answer.status == 503, answer
            return self.count(f"{consistency}: {json.loads(answer.body)['code']}")
        since = begun
        if consistency == "fast":
            lag = answer.header("Hourglass-Lag-Ms")
            since = begun - int(lag) / 1000 if lag is not None else float("-inf")
            self.count("fast reads with lag" if lag is not None else "fast reads without lag")
        fault = fault_of(parse_totals(answer.body), self.counted.least(hour, since), self.counted.most(hour))
        if fault:
            self.faults.append(f"a {consistency} read of hour {hour} at {replica.port}: {fault} ({answer.headers})")
        return self.count(f"{consistency} reads of {answer.header('Hourglass-Source')}")


def wait_for_strong_read(replica, timestamp, limit=RECOVERY):
    """The totals, as soon as a strong read is answered; fails on any answer but 503."""
    def read():
        try:
            answer = replica.read_answer(timestamp, "strong")
        except GONE:
            return None
        assert answer.status in (200, 503), answer
        return parse_totals(answer.body) if answer.status == 200 else None

    return wait_until(read, f"a strong read at {replica.port}", limit)


def expect_exact(cluster, counted):
    """At rest: every hour at every replica is what was acknowledged, none lost, none double, none from nowhere."""
    def fault(asked):
        replica, hour = asked
        exact = counted.least(hour, float("inf"))
        assert exact == counted.most(hour), "there is something that was not acknowledged"
        totals = wait_for_strong_read(replica, hour * HOUR_MS)
        return None if totals == exact else f"hour {hour} at {replica.port}: {totals} instead of {exact}"

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        faults = list(filter(None, pool.map(fault, itertools.product(cluster.replicas, counted.hours()))))
    assert not faults, "\n".join(faults)
    cluster.check_alive()
