"""Load on a server by client threads that post batches, with a record of what was sent and what was acknowledged."""

import itertools
import json
import random
import threading


def post_batch(connection, events):
    """Posts the events, each of which must be accepted."""
    answer = connection.ask("POST", "/analytics/batch", body="\n".join(map(json.dumps, events)).encode())
    assert answer.status == 200, answer
    assert f'"accepted":{len(events)},'.encode() in answer.body, answer


# Beyond so many events the load is a trickle: what compares them with a record would take ever longer on a slow machine.
PLENTY = 30_000
TRICKLE_SECONDS = 0.02


class Load:
    """Posts within its `with` block. `make_event` gets a random generator and a number that no other event has."""

    def __init__(self, server, rng, make_event, clients=4, batch_lines=30):
        self.server, self.make_event, self.batch_lines = server, make_event, batch_lines
        self.lock, self.stopping, self.numbers = threading.Lock(), threading.Event(), itertools.count()
        self.sent, self.acknowledged = {}, {}  # number -> event
        self.faults = []
        self.threads = [threading.Thread(target=self.client, args=(random.Random(rng.random()),)) for _ in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        assert not self.faults, self.faults

    def snapshot(self):
        """What had been acknowledged, and what had been sent, at one moment."""
        with self.lock:
            return dict(self.acknowledged), dict(self.sent)

    def client(self, rng):
        try:
            with self.server.connect() as connection:
                while not self.stopping.is_set():
                    if len(self.sent) > PLENTY:
                        self.stopping.wait(TRICKLE_SECONDS)
                    numbers = [next(self.numbers) for _ in range(rng.choice([1, 1, self.batch_lines]))]
                    self.post(connection, {number: self.make_event(rng, number) for number in numbers})
        except Exception as fault:  # pylint: disable=broad-except  # it is told at the end
            self.faults.append(fault)

    def post(self, connection, events):
        with self.lock:
            self.sent.update(events)
        post_batch(connection, list(events.values()))
        with self.lock:
            self.acknowledged.update(events)
