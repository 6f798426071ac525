"""Counts results, and says what is being done and how long it took."""

import resource
import sys
import time
from contextlib import contextmanager


class Tally:
    """What passed and what failed so far. Everything that is counted goes through here."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.skipped = 0
        self.failures = []
        self.durations = []

    def add(self, passed=0, failed=0, skipped=0, what=""):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        if failed:
            self.failures.append(f"{what}: {failed} failed" if failed > 1 else what)

    def check(self, good, what):
        """Counts one thing that is either good or not."""
        self.add(passed=int(good), failed=int(not good), what=what)
        say(f"  {'ok    ' if good else 'FAILED'} {what}")

    @contextmanager
    def step(self, title):
        say(f"== {title}")
        started, worked = time.monotonic(), processor_seconds()
        yield
        self.durations.append((title, time.monotonic() - started, processor_seconds() - worked))
        say(f"   {title}: {self.durations[-1][1]:.0f} s")

    def report(self):
        """Prints the times, what failed, and last of all the two numbers. Returns the exit code."""
        say("== times: on the clock, of the processors")
        for title, seconds, worked in self.durations:
            say(f"  {seconds:6.0f} s  {worked:6.0f} s  {title}")
        if self.failures:
            say("== failed")
        for failure in self.failures:
            say(f"  {failure}")
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        say(f"{self.passed} passed, {self.failed} failed{skipped}")
        return 0 if self.passed and not self.failed else 1


def processor_seconds():
    """The time that all finished child processes have worked."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def say(text):
    print(text, flush=True)
    sys.stderr.flush()
