"""The demo load: random events to random replicas, sent again with the same key until they are acknowledged."""

import collections
import json
import random
import threading
import time
import urllib.parse

from cluster.client import Client, NoAnswer
from cluster.oracle import HOUR_MS, Event

CLIENTS = 8
TIME_LIMIT = 6.0  # seconds; a replica answers with 504 after 5, and one that is frozen never
USERS = 20_000
CURRENT_SHARE = 0.8  # the other events are late
LATE_HOURS = (1, 2, 5, 24, 24 * 30, 24 * 365 * 3)  # hours before the current one
BATCH_SHARE = 0.4
BATCH_LINES = (2, 40)
MEAN_EVENTS = (1 - BATCH_SHARE) + BATCH_SHARE * sum(BATCH_LINES) / 2
REPEAT_SHARE = 0.05  # of the requests: sent once more after they were acknowledged
REMEMBERED = 200
LONGEST_PAUSE = 0.5  # seconds, between attempts
SEND_AGAIN = {503, 504}


class Request:
    """Events that go together, with the keys that make it safe to send them again."""

    def __init__(self, key, events):
        self.events = events
        single = len(events) == 1
        if single:
            event = events[0]
            query = urllib.parse.urlencode({"timestamp": event.timestamp, "user": event.user})
            self.target, self.body = f"/analytics?{query}&{event.kind}", None
        else:
            self.target = "/analytics/batch"
            # Half of the batches have a key of their own, the lines of the others have one each.
            one_key = sum(map(ord, key)) % 2 == 0
            self.body = "".join(self.line(event, not one_key) for event in events).encode()
        self.headers = {"Idempotency-Key": key} if single or one_key else {}

    @staticmethod
    def line(event, with_id):
        members = {"timestamp": event.timestamp, "user": event.user, "event": event.kind}
        return json.dumps({**members, "id": event.key} if with_id else members) + "\n"

    def fault(self, answer):
        """What is wrong with an answer other than those that ask for sending again; None when it is as it should be."""
        if len(self.events) == 1:
            good = answer.status == 204
        else:
            good = answer.status == 200 and json.loads(answer.body)["accepted"] == len(self.events)
        return None if good else f"POST {self.target.partition('?')[0]}: {answer.status} {answer.text[:200]}"


class Load:
    """Sends from start() to stop(). `events_per_second` is the mean; faults that no retry mends go to `on_fault`."""

    def __init__(self, replicas, oracle, seed, events_per_second, on_fault):
        self.replicas, self.oracle, self.on_fault = replicas, oracle, on_fault
        self.seed = seed
        self.pause_between = CLIENTS * MEAN_EVENTS / events_per_second  # of one client, in the mean
        self.changed = threading.Condition()
        self.paused, self.busy, self.abandoning = False, 0, threading.Event()
        self.repeated = self.attempts_again = 0
        self.ending = False
        self.threads = [threading.Thread(target=self._client, args=(number,), daemon=True) for number in range(CLIENTS)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def pause(self, limit):
        """Begins nothing new; whether everything that was sent is acknowledged, within `limit` seconds."""
        with self.changed:
            self.paused = True
            return self.changed.wait_for(lambda: self.busy == 0, limit)

    def resume(self):
        with self.changed:
            self.paused = False
            self.changed.notify_all()

    def stop(self, limit):
        """Ends it; whether everything that was sent has been acknowledged. After `limit` seconds the rest is given up."""
        at_rest = self.pause(limit)
        with self.changed:
            self.ending = True
            self.abandoning.set()
            self.changed.notify_all()
        for thread in self.threads:
            if thread.ident is not None:
                thread.join(limit)
        return at_rest

    def _client(self, number):
        rng = random.Random(f"{self.seed}/{number}")
        client, remembered, sequence = Client(TIME_LIMIT), collections.deque(maxlen=REMEMBERED), 0
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.ending or not self.paused)
                if self.ending:
                    return
                self.busy += 1
            try:
                if remembered and rng.random() < REPEAT_SHARE:
                    self._deliver(client, rng, rng.choice(remembered))
                    self._add(repeated=1)
                else:
                    sequence += 1
                    self._send(client, rng, self._request(rng, f"{self.seed}-{number}-{sequence}"), remembered)
            except Exception as fault:  # pylint: disable=broad-except  # whatever it is, it must not pass in silence
                self.on_fault(f"the load: {type(fault).__name__}: {fault}")
            finally:
                with self.changed:
                    self.busy -= 1
                    self.changed.notify_all()
            self.abandoning.wait(rng.expovariate(1 / self.pause_between))

    def _request(self, rng, key):
        count = rng.randint(*BATCH_LINES) if rng.random() < BATCH_SHARE else 1
        return Request(key, [self._event(rng, f"{key}-{line}") for line in range(count)])

    @staticmethod
    def _event(rng, key):
        timestamp = int(time.time() * 1000)
        if rng.random() >= CURRENT_SHARE:
            timestamp -= rng.choice(LATE_HOURS) * HOUR_MS
        return Event(timestamp, f"user {rng.randrange(USERS)}", rng.choice(("click", "impression")), key)

    def _send(self, client, rng, request, remembered):
        self.oracle.send(request.events)
        if self._deliver(client, rng, request):
            self.oracle.acknowledge(request.events)
            remembered.append(request)

    def _deliver(self, client, rng, request):
        """Whether it was acknowledged; if not, it was given up, or refused for good."""
        pause = 0.02
        while not self.abandoning.is_set():
            replicas = self.replicas.ready() or self.replicas.running()
            if replicas:
                try:
                    answer = client.ask(rng.choice(replicas).address, "POST", request.target, request.headers, request.body)
                except NoAnswer:
                    answer = None
                if answer is not None and answer.status not in SEND_AGAIN:
                    fault = request.fault(answer)
                    if fault:
                        self.on_fault(fault)
                    return fault is None
            self._add(attempts_again=1)
            self.abandoning.wait(pause * rng.random())
            pause = min(2 * pause, LONGEST_PAUSE)
        return False

    def _add(self, repeated=0, attempts_again=0):
        with self.changed:
            self.repeated += repeated
            self.attempts_again += attempts_again
