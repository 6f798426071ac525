#!/usr/bin/env python3
"""Runs the tests: run_tests.py [--long] [--steps NAMES] [--fuzz-seconds N]. ./dev test calls it.

The last line says how many passed and failed; the exit code is 0 when something passed and nothing failed.
"""

import argparse
import sys

import checks
import test_steps as steps
from tally import Tally

DEFAULT_STEPS = "release,check,asan,tsan,fuzz"


def release(tally, arguments):
    with tally.step("build release"):
        built = steps.build(tally, "release")
    if not built:
        return
    with tally.step("unit tests"):
        steps.unit_tests(tally, "release")
    with tally.step("tests from outside"):
        steps.kafka_for_tests(tally)
        steps.outside_tests(tally, "release", ["tests"], arguments.long)


def check(tally, arguments):
    # The analyzer and the unit tests are three quarters of the static analysis: not in every run of everything.
    with tally.step("check"):
        checks.run_checks(tally, arguments.long or arguments.steps == "check")


def sanitize(preset, folders):
    def run(tally, _arguments):
        with tally.step(f"build {preset}"):
            built = steps.build(tally, preset)
        if not built:
            return
        with tally.step(f"unit tests under {preset}"):
            steps.unit_tests(tally, preset)
        with tally.step(f"tests from outside under {preset}"):
            steps.outside_tests(tally, preset, folders)
    return run


def fuzz(tally, arguments):
    with tally.step("build fuzz"):
        built = steps.build(tally, "fuzz", "tests/fuzz/all")
    if built:
        with tally.step("fuzz"):
            steps.fuzz(tally, arguments.fuzz_seconds)


STEPS = {
    "release": release,
    "check": check,
    "asan": sanitize("asan", ["tests/contract", "tests/system", "tests/fault"]),
    "tsan": sanitize("tsan", ["tests/system", "tests/fault"]),
    "fuzz": fuzz,
}


def main():
    parser = argparse.ArgumentParser(prog="./dev test", description="Runs every test.")
    parser.add_argument("--long", action="store_true", help="also the tests that take minutes each")
    parser.add_argument("--steps", default=DEFAULT_STEPS, help=f"of {DEFAULT_STEPS}")
    parser.add_argument("--fuzz-seconds", type=int, default=10, help="time of each fuzz target")
    arguments = parser.parse_args()
    names = arguments.steps.split(",")
    unknown = set(names) - set(STEPS)
    if unknown:
        parser.error(f"no such step: {', '.join(sorted(unknown))}")
    steps.RESULTS.mkdir(parents=True, exist_ok=True)
    tally = Tally()
    for name in names:
        STEPS[name](tally, arguments)
    return tally.report()


if __name__ == "__main__":
    sys.exit(main())
