"""Compares what replicas answer with what the oracle knows: while the load runs, and exactly while it rests."""

import random
import re
import threading
import time
from dataclasses import dataclass

from cluster.client import Client, NoAnswer
from cluster.oracle import HOUR_MS, Totals

BODY = re.compile(r"unique_users,(\d+)\nclicks,(\d+)\nimpressions,(\d+)\n")
PERIOD = 1.0  # seconds, from one comparison to the next
REST_PERIOD = 10.0
FIRST_REST = 3.0
REST_LIMIT = 20.0  # seconds until everything under way is acknowledged; a kill delays some
EXACT_LIMIT = 45.0  # seconds for an answer while the load rests: a killed replica's partitions find a new one meanwhile
RETRY_PAUSE = 0.1


class NotAnswered(Exception):
    """No replica gave the numbers."""


@dataclass(frozen=True)
class Read:
    """One answer, and between what it has to lie: what it must contain, and what there is at most."""

    replica: int
    totals: Totals
    lower: Totals
    upper: Totals
    lag_ms: int = 0

    @property
    def agrees(self):
        return self.totals.at_least(self.lower) and self.upper.at_least(self.totals)


@dataclass(frozen=True)
class Moment:
    """What is shown of one comparison; `trouble` says why a read is missing."""

    hour: int
    oracle: Totals
    strong: Read = None
    fast: Read = None
    trouble: str = ""


@dataclass(frozen=True)
class Rest:
    """The last comparison at rest: of so many hours, at time.monotonic(), with so many events in them."""

    when: float
    hours: int
    events: int
    trouble: str = ""


def hour_text(hour):
    return time.strftime("%Y-%m-%dT%H:00Z", time.gmtime(hour * 3600))


def read_hour(client, replica, hour, consistency):
    """(totals, lag in ms) as the replica answers; NotAnswered with the reason."""
    target = f"/analytics?timestamp={hour * HOUR_MS}" + ("&consistency=strong" if consistency == "strong" else "")
    try:
        answer = client.get(replica.address, target)
    except NoAnswer as fault:
        raise NotAnswered(f"replica {replica.number}: {fault}") from None
    match = BODY.fullmatch(answer.text)
    if answer.status != 200 or not match:
        code = re.search(r'"code":\s*"(\w+)"', answer.text)
        raise NotAnswered(f"replica {replica.number}: {answer.status} {code[1] if code else ''}".rstrip())
    return Totals(*map(int, match.groups())), int(answer.headers.get("hourglass-lag-ms", 0))


class Comparison:
    """Compares from start() to stop() on a thread of its own. What differs is remembered, and told to `on_fault`."""

    def __init__(self, replicas, watch, oracle, load, on_fault):
        self.replicas, self.watch, self.oracle, self.load = replicas, watch, oracle, load
        self.on_fault = on_fault
        self.client, self.rng = Client(), random.Random()
        self.ending = threading.Event()
        self.moment, self.rest, self.resting = None, None, False
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self.thread.start()

    def stop(self, limit):
        self.ending.set()
        if self.thread.ident is not None:
            self.thread.join(limit)

    def _run(self):
        rested = time.monotonic() - REST_PERIOD + FIRST_REST
        while not self.ending.is_set():
            began = time.monotonic()
            try:
                self.watch.look()
                self.moment = self.compare_now()
                if began - rested >= REST_PERIOD:
                    self.compare_at_rest(self.ending)
                    rested = time.monotonic()
            except Exception as fault:  # pylint: disable=broad-except  # it must not pass in silence
                self.on_fault(f"the comparison: {type(fault).__name__}: {fault}")
            finally:
                self.load.resume()
            self.ending.wait(max(0.0, PERIOD - (time.monotonic() - began)))

    def compare_now(self):
        """Of the current hour, under load: a strong read has to hold what was acknowledged before it began, a fast one
        what was acknowledged longer before than its lag says; and neither what was not sent before it ended."""
        hour = int(time.time() * 1000) // HOUR_MS
        moment = {"hour": hour, "oracle": self.oracle.totals_acknowledged(hour)}
        replicas = self.replicas.ready()
        if not replicas:
            return Moment(**moment, trouble="no replica is ready")
        try:
            moment["strong"] = self._read(self.rng.choice(replicas), hour, "strong")
            moment["fast"] = self._read(self.rng.choice(replicas), hour, "fast")
        except NotAnswered as fault:
            return Moment(**moment, trouble=str(fault))
        return Moment(**moment)

    def _read(self, replica, hour, consistency):
        begun, lower = time.monotonic(), self.oracle.totals_acknowledged(hour)
        totals, lag_ms = read_hour(self.client, replica, hour, consistency)
        if consistency == "fast":
            lower = self.oracle.totals_acknowledged(hour, before=begun - lag_ms / 1000)
        read = Read(replica.number, totals, lower, self.oracle.totals_sent(hour), lag_ms)
        self._judge(hour, consistency, read)
        return read

    def _judge(self, hour, consistency, read):
        if read.agrees:
            return
        expected = str(read.lower) if read.lower == read.upper else f"{read.lower} to {read.upper}"
        lag = f" (lag {read.lag_ms} ms)" if consistency == "fast" else ""
        self.on_fault(f"{hour_text(hour)}: {consistency} at replica {read.replica}{lag} says "
                      f"{read.totals}, the oracle {expected}")

    def compare_at_rest(self, cancelled):
        """Of every hour, by strong reads, with the load paused: at one replica each, the current hour at all of them."""
        self.resting = True
        try:
            if not self.load.pause(REST_LIMIT):
                self.rest = Rest(time.monotonic(), 0, 0, f"{self.oracle.under_way} events are not acknowledged yet")
                return
            self.compare_exactly(cancelled)
        finally:
            self.resting = False

    def compare_exactly(self, cancelled):
        """The same, of a load that rests already. Whether every hour was answered and was right."""
        hours, deadline, good = self.oracle.hours(), time.monotonic() + EXACT_LIMIT, True
        events = self.oracle.events_acknowledged
        try:
            for hour in hours:
                good = self._compare_hour(hour, None, deadline, cancelled) and good
            for replica in self.replicas.ready() if hours else []:
                good = self._compare_hour(hours[-1], replica, deadline, cancelled) and good
        except NotAnswered as fault:
            self.rest = Rest(time.monotonic(), 0, 0, str(fault))
            return False
        self.rest = Rest(time.monotonic(), len(hours), events, "" if good else "they differ")
        return good

    def _compare_hour(self, hour, replica, deadline, cancelled):
        """One strong read of any replica, or of the given one as long as it runs, tried again until the deadline."""
        while True:
            chosen = replica if replica is not None and replica.running else None
            candidates = [chosen] if chosen else self.replicas.ready() or self.replicas.running()
            try:
                if not candidates:
                    raise NotAnswered("no replica runs")
                return self._read(self.rng.choice(candidates), hour, "strong").agrees
            except NotAnswered:
                if time.monotonic() > deadline or cancelled.is_set():
                    raise
                self.watch.look()
                cancelled.wait(RETRY_PAUSE)
