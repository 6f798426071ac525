#!/usr/bin/env python3
"""Runs the model of the cluster protocol (docs/cluster/protocol.md) on random histories. Exit 1 if anything is wrong.

run_model.py --seeds N --start S              the protocol, on the histories S, S + 1, ...
run_model.py --seed X [--mutant NAME]         one history
run_model.py --mutants [--mutant NAME ...]    every weakened variant (or these) must fail within --seeds histories;
                                              two that random histories do not meet are played step by step
"""

import argparse
import sys
import time

from cluster_model.bounds import STEPS
from cluster_model.histories import catch, run_histories, run_history
from cluster_model.mutants import MUTANTS
from scenarios import CAUGHT_BY_PLAY, load_while_the_window_moves_on

CAUGHT_OFTEN_ENOUGH = 10
SHOWN = 10


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2000, help="number of histories")
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--steps", type=int, default=STEPS, help="steps of a history before it settles")
    parser.add_argument("--seed", type=int, help="only this history")
    parser.add_argument("--mutant", choices=MUTANTS, action="append", default=[], metavar="NAME")
    parser.add_argument("--mutants", action="store_true", help="run the weakened variants")
    parser.add_argument("--rebuild", choices=("cold", "log"), default="cold", help="what Redis is rebuilt from")
    return parser.parse_args()


def run_mutants(chosen):
    missed = 0
    for mutant in chosen.mutant or MUTANTS:
        if mutant in CAUGHT_BY_PLAY:
            right, _ = load_while_the_window_moves_on(mutant, CAUGHT_BY_PLAY[mutant])
            missed += right
            print(f"{mutant:32} {'MISSED' if right else 'caught'}  step by step   {MUTANTS[mutant]}", flush=True)
            continue
        caught, run = catch(mutant, range(chosen.start, chosen.start + chosen.seeds), CAUGHT_OFTEN_ENOUGH, chosen.steps)
        missed += not caught
        first = f"first {caught[0][0]}: {caught[0][1][:80]}" if caught else MUTANTS[mutant]
        print(f"{mutant:32} {'caught' if caught else 'MISSED'} {len(caught):2} of {run:<5} {first}", flush=True)
    return missed


def run_protocol(chosen):
    began = time.monotonic()
    mutant = chosen.mutant[0] if chosen.mutant else None
    seeds = range(chosen.start, chosen.start + chosen.seeds)
    failures, stats = run_histories(seeds, mutant, chosen.steps, chosen.rebuild)
    for seed, wrong in failures[:SHOWN]:
        print(f"seed {seed}: {wrong}")
    for name, count in sorted(stats.items()):
        print(f"  {name:20} {count}")
    print(f"{chosen.seeds} histories from {chosen.start}, {len(failures)} failures, {time.monotonic() - began:.0f} s")
    return len(failures)


def main():
    chosen = arguments()
    if chosen.mutants:
        return 1 if run_mutants(chosen) else 0
    if chosen.seed is not None:
        wrong, stats = run_history(chosen.seed, chosen.mutant[0] if chosen.mutant else None, chosen.steps,
                                   chosen.rebuild)
        print(wrong or "nothing wrong", dict(sorted(stats.items())))
        return 1 if wrong else 0
    return 1 if run_protocol(chosen) else 0


if __name__ == "__main__":
    sys.exit(main())
