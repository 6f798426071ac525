"""Runs histories by their seeds."""

from collections import Counter

from cluster_model.approximate import sum_of_pfadd_returns
from cluster_model.batches import difference_between_cuts
from cluster_model.bounds import STEPS
from cluster_model.failure import Failure
from cluster_model.mutants import FROM_LOG
from cluster_model.settling import check_end, settle
from cluster_model.world import World

APPROXIMATE_USERS, APPROXIMATE_BATCH = 20_000, 100


def run_history(seed, mutant=None, steps=STEPS, rebuild="cold"):
    """(what was wrong or None, counts of what happened). The same seed gives the same history."""
    world = World(seed, mutant, rebuild)
    try:
        for _ in range(steps):
            world.step()
        settle(world)
        check_end(world)
    except Failure as failure:
        return str(failure), world.stats
    return None, world.stats


def run_histories(seeds, mutant=None, steps=STEPS, rebuild="cold"):
    """([(seed, what was wrong)], counts of all)."""
    failures, stats = [], Counter()
    for seed in seeds:
        wrong, counts = run_history(seed, mutant, steps, rebuild)
        stats.update(counts)
        if wrong:
            failures.append((seed, wrong))
    return failures, stats


def catch(mutant, seeds, enough=1, steps=STEPS):
    """([(seed, what was wrong)], histories run): looks for `enough` histories that a weakened variant fails."""
    if mutant == "pfadd_sum":
        counted = sum_of_pfadd_returns(APPROXIMATE_USERS, APPROXIMATE_BATCH)
        wrong = abs(counted - APPROXIMATE_USERS) > APPROXIMATE_USERS // 20
        return ([(0, f"{APPROXIMATE_USERS} users counted as {counted}")] if wrong else []), 1
    caught, run = [], 0
    for seed in seeds:
        run += 1
        if mutant == "boot_until_pruned":
            wrong = difference_between_cuts(seed, mutant)
        else:
            wrong, _ = run_history(seed, mutant, steps, "log" if mutant in FROM_LOG else "cold")
        if wrong:
            caught.append((seed, wrong))
            if len(caught) >= enough:
                break
    return caught, run
