"""A random mix of everything from many connections, with readers that race it, against an oracle."""

import gzip
import json
import os
import random
import threading
from collections import defaultdict

NOW = 1_700_000_000_000
HOUR = 3_600_000
HOURS = [NOW, NOW, NOW, NOW - HOUR, NOW - 300 * HOUR, NOW + 2 * HOUR, 0]
WRITERS, READERS, STEPS = 6, 2, 150


class Oracle:
    """Counts what was sent, and what was acknowledged, by hour."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sent, self.acknowledged = self.empty(), self.empty()
        self.keys = set()

    @staticmethod
    def empty():
        return defaultdict(lambda: {"click": 0, "impression": 0, "users": set()})

    def begin(self, events):
        """Those of the events that will count: a key that was sent before does not."""
        with self.lock:
            fresh = []
            for event in events:
                key = event.get("id") and (event["user"], event["id"])
                if key is None or key not in self.keys:
                    fresh.append(event)
                    self.keys.add(key)
            self.add(self.sent, fresh)
            return fresh

    def end(self, fresh):
        with self.lock:
            self.add(self.acknowledged, fresh)

    @staticmethod
    def add(side, events):
        for event in events:
            totals = side[event["timestamp"] // HOUR]
            totals[event["event"]] += 1
            totals["users"].add(event["user"])

    def totals(self, side, timestamp):
        with self.lock:
            totals = side[timestamp // HOUR]
            return len(totals["users"]), totals["click"], totals["impression"]


class Writer(threading.Thread):
    def __init__(self, server, oracle, seed, name):
        super().__init__()
        self.server, self.oracle, self.rng, self.prefix, self.fault = server, oracle, random.Random(seed), name, None
        self.own = []  # events with a key that may be sent again

    def event(self):
        if self.own and self.rng.random() < 0.2:
            return self.rng.choice(self.own)
        event = {
            "timestamp": self.rng.choice(HOURS) + self.rng.randrange(1000),
            "user": f"user {self.rng.randrange(500)}",
            "event": self.rng.choice(["click", "impression"]),
        }
        if self.rng.random() < 0.5:
            event["id"] = f"{self.prefix}-{self.rng.getrandbits(60)}"
            self.own.append(event)
        return event

    def run(self):
        try:
            with self.server.connect() as connection:
                for _ in range(STEPS):
                    self.rng.choice([self.post_one, self.post_pipelined, self.post_batch])(connection)
        except Exception as fault:  # handed to the test
            self.fault = fault

    def target(self, event):
        identity = f"&id={event['id']}" if "id" in event else ""
        return f"/analytics?timestamp={event['timestamp']}&user={event['user'].replace(' ', '+')}&{event['event']}{identity}"

    def post_one(self, connection):
        event = self.event()
        fresh = self.oracle.begin([event])
        assert connection.ask("POST", self.target(event)).status == 204
        self.oracle.end(fresh)

    def post_pipelined(self, connection):
        events = [self.event() for _ in range(self.rng.randrange(1, 30))]
        fresh = self.oracle.begin(events)
        for event in events:
            connection.send(f"POST {self.target(event)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        for _ in events:
            assert connection.read_answer("POST").status == 204
        self.oracle.end(fresh)

    def post_batch(self, connection):
        events = [self.event() for _ in range(self.rng.randrange(0, 200))]
        fresh = self.oracle.begin(events)
        body, headers = "\n".join(json.dumps(event) for event in events).encode(), []
        if self.rng.random() < 0.5:
            body, headers = gzip.compress(body), [("Content-Encoding", "gzip")]
        answer = connection.ask("POST", "/analytics/batch", headers, body)
        assert answer.status == 200 and json.loads(answer.body)["accepted"] == len(events), answer
        self.oracle.end(fresh)


class Reader(threading.Thread):
    """Every answer lies between what was acknowledged before it was asked for and what had been sent by then."""

    def __init__(self, server, oracle, done):
        super().__init__()
        self.server, self.oracle, self.done, self.fault, self.answers = server, oracle, done, None, 0

    def run(self):
        try:
            last = defaultdict(lambda: (0, 0, 0))
            while not self.done.is_set():
                for timestamp in set(HOURS):
                    low = self.oracle.totals(self.oracle.acknowledged, timestamp)
                    shown = self.server.totals(timestamp)
                    high = self.oracle.totals(self.oracle.sent, timestamp)
                    assert all(a <= b <= c for a, b, c in zip(low, shown, high)), (timestamp, low, shown, high)
                    assert shown[0] <= shown[1] + shown[2], f"torn: {shown}"
                    assert all(a <= b for a, b in zip(last[timestamp], shown)), f"went back: {last[timestamp]}, {shown}"
                    last[timestamp] = shown
                    self.answers += 1
        except Exception as fault:  # handed to the test
            self.fault = fault


def check(server, oracle):
    for timestamp in set(HOURS):
        assert server.totals(timestamp) == oracle.totals(oracle.acknowledged, timestamp), timestamp


def test_random_workload_equals_the_oracle(start_server):
    seed = int(os.environ.get("HOURGLASS_TEST_SEED", random.SystemRandom().randrange(2**32)))
    print(f"HOURGLASS_TEST_SEED={seed}")
    rng = random.Random(seed)
    server, oracle, done = start_server(), Oracle(), threading.Event()
    writers = [Writer(server, oracle, rng.random(), f"w{n}") for n in range(WRITERS)]
    readers = [Reader(server, oracle, done) for _ in range(READERS)]
    for thread in writers + readers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    faults = [thread.fault for thread in writers + readers if thread.fault]
    assert not faults, faults
    assert all(reader.answers > 5 for reader in readers)

    check(server, oracle)
    server.stop()
    server.start()
    check(server, oracle)
    server.kill()
    server.start()
    check(server, oracle)
