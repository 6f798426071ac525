"""kill -9 under load, again and again: nothing acknowledged is lost, nothing counts twice, nothing counts unasked.

    python3 tests/fault/kill_nine.py --rounds 50 --seed 1
    python3 tests/fault/kill_nine.py --rounds 200 --small

In every round client threads post events, the server is killed at a random moment and started again, the totals are
compared with what was acknowledged, and what has a key is sent again until it is acknowledged. Then the totals must be
exactly those of the oracle. With --small the server has hardly any memory and seals at once, so that it is killed while it
writes and merges runs, seals, makes event files, cuts the log and lets go of old events.
"""

import argparse
import itertools
import random
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hourglass_process import NoAnswer, Server  # noqa: E402  (the path above makes it importable)

HOUR = 3_600_000
NOW = 1_700_000_000_000 // HOUR * HOUR
KEYED_HOURS = [NOW, NOW, NOW, NOW - HOUR, NOW - 1000 * HOUR]
UNKEYED_HOUR = NOW + 50 * HOUR
BATCH_LINES = 40
KEYED_THREADS, UNKEYED_THREADS, BATCH_THREADS = 3, 1, 2
RETRY_LIMIT = 60.0
SMALL = ("--data-memory", "1MiB", "--data-seal-after", "100ms", "--data-replay-limit", "256KiB",
         "--retention-events-bytes", "200KiB")


@dataclass(frozen=True)
class KeyedEvent:
    hour: int
    user: str
    kind: str
    key: str

    def target(self):
        return f"/analytics?timestamp={self.hour + 7}&user={self.user}&{self.kind}&id={self.key}"

    def line(self):
        return f'{{"timestamp":{self.hour + 7},"user":"{self.user}","event":"{self.kind}","id":"{self.key}"}}'


class Figures(dict):
    """What the rounds added up to."""

    def __init__(self):
        super().__init__(rounds=0, acknowledged=0, sent_again=0, repeats=0, unkeyed=0, unkeyed_unknown=0)

    def __str__(self):
        return "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in self.items())


class Campaign:
    """The clients and the oracle of one data directory over all rounds."""

    def __init__(self, server, seed):
        self.server, self.random, self.figures = server, random.Random(seed), Figures()
        self.numbers = itertools.count()
        self.lock = threading.Lock()
        self.acknowledged = {}  # key -> event
        self.open = {}  # key -> event: sent, not acknowledged
        self.unkeyed_acknowledged = self.unkeyed_unknown = 0

    def run(self, rounds):
        self.server.start()
        for _ in range(rounds):
            self.load_until_killed()
            self.server.start()
            self.check(exact=False)
            self.send_open_again()
            self.check(exact=True)
            self.figures["rounds"] += 1
        self.server.stop()
        self.server.start()
        self.check(exact=True)
        self.server.stop()
        return self.figures

    def load_until_killed(self):
        clients = [self.post_keyed] * KEYED_THREADS + [self.post_unkeyed] * UNKEYED_THREADS + [self.post_batches] * BATCH_THREADS
        threads = [threading.Thread(target=self.client, args=(work, self.random.random())) for work in clients]
        for thread in threads:
            thread.start()
        time.sleep(self.random.uniform(0.02, 0.5))
        self.server.kill()
        for thread in threads:
            thread.join()

    def client(self, work, seed):
        """Posts until the connection breaks, which the kill makes it do."""
        rng = random.Random(seed)
        try:
            with self.server.connect() as connection:
                while True:
                    work(connection, rng)
        except (NoAnswer, OSError):
            pass

    def new_event(self, rng):
        number = next(self.numbers)
        event = KeyedEvent(rng.choice(KEYED_HOURS), f"user{rng.randrange(3000)}", rng.choice(["click", "impression"]), f"k{number}")
        with self.lock:
            self.open[event.key] = event
        return event

    def acknowledge(self, events):
        with self.lock:
            for event in events:
                self.open.pop(event.key, None)
                self.acknowledged[event.key] = event

    def post_keyed(self, connection, rng):
        if self.acknowledged and rng.random() < 0.1:
            with self.lock:
                event = next(iter(self.acknowledged.values()))
            self.figures["repeats"] += 1
        else:
            event = self.new_event(rng)
        if connection.ask("POST", event.target()).status == 204:
            self.acknowledge([event])

    def post_unkeyed(self, connection, rng):
        with self.lock:
            self.unkeyed_unknown += 1
        answer = connection.ask("POST", f"/analytics?timestamp={UNKEYED_HOUR}&user=x{next(self.numbers)}&click")
        with self.lock:
            self.unkeyed_unknown -= answer.status != 504
            self.unkeyed_acknowledged += answer.status == 204

    def post_batches(self, connection, rng):
        events = [self.new_event(rng) for _ in range(BATCH_LINES)]
        body = "\n".join(event.line() for event in events).encode()
        answer = connection.ask("POST", "/analytics/batch", body=body)
        if answer.status == 200:
            assert f'"accepted":{BATCH_LINES}'.encode() in answer.body, answer
            self.acknowledge(events)

    def send_open_again(self):
        deadline = time.monotonic() + RETRY_LIMIT
        self.figures["sent_again"] += len(self.open)
        with self.server.connect() as connection:
            while self.open:
                assert time.monotonic() < deadline, "events could not be sent again"
                for event in list(self.open.values()):
                    if connection.ask("POST", event.target()).status == 204:
                        self.acknowledge([event])

    def check(self, exact):
        """Exact: nothing is open. Otherwise each open event may or may not be counted."""
        certain, possible = self.totals_of(self.acknowledged), self.totals_of({**self.acknowledged, **self.open})
        for hour in sorted(set(KEYED_HOURS)):
            shown = self.server.totals(hour)
            for low, value, high in zip(certain[hour], shown, possible[hour]):
                assert low <= value <= high, f"hour {hour}: {shown}, not within {certain[hour]} and {possible[hour]}"
            assert not exact or shown == certain[hour], f"hour {hour}: {shown} instead of {certain[hour]}"
        users, clicks, impressions = self.server.totals(UNKEYED_HOUR)
        assert users == clicks and impressions == 0, "every event without a key has a user of its own"
        assert 0 <= clicks - self.unkeyed_acknowledged <= self.unkeyed_unknown, f"{clicks} events without a key"
        self.figures.update(
            acknowledged=len(self.acknowledged), unkeyed=self.unkeyed_acknowledged, unkeyed_unknown=self.unkeyed_unknown
        )

    @staticmethod
    def totals_of(events):
        """The oracle: (unique users, clicks, impressions) by hour."""
        users, kinds = defaultdict(set), defaultdict(int)
        for event in events.values():
            users[event.hour].add(event.user)
            kinds[event.hour, event.kind] += 1
        return {hour: (len(users[hour]), kinds[hour, "click"], kinds[hour, "impression"]) for hour in set(KEYED_HOURS)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--small", action="store_true", help="with hardly any memory")
    parser.add_argument("--binary", default="build/release/hourglass")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory(dir=Path(arguments.binary).resolve().parent) as folder:
        server = Server(Path(arguments.binary).resolve(), Path(folder).resolve(), flags=SMALL if arguments.small else ())
        try:
            print(Campaign(server, arguments.seed).run(arguments.rounds))
        finally:
            if server.alive:
                server.kill()
    print("lost: 0\ndouble: 0\nphantom: 0")


if __name__ == "__main__":
    main()
