"""Random traffic to replicas that come, go, freeze and wake, compared with an exact count meanwhile and at rest."""

import random

import pytest

from cluster.counted import Counted
from cluster.traffic import Traffic, expect_exact, seed_of_test


def disturb(cluster, traffic, rng, rounds):
    """Adds, kills, stops, freezes and thaws replicas, two of which always run."""
    frozen = []
    for number in range(rounds):
        choices = ["add"] if len(cluster.replicas) - len(frozen) < 3 else ["kill", "stop", "freeze"]
        step = "thaw" if frozen and number % 2 else rng.choice(choices)
        traffic.count(step)
        if step == "add":
            cluster.add(wait="listening")
        elif step == "thaw":
            frozen.pop(0).thaw()
        else:
            replica = rng.choice([other for other in cluster.replicas if not other.frozen])
            getattr(cluster if step != "freeze" else replica, step)(*([replica] if step != "freeze" else []))
            frozen += [replica] if step == "freeze" else []
        traffic.goes_on(rng.choice((10, 100)))
    for replica in frozen:
        replica.thaw()


def run(cluster, rounds):
    seed, counted = seed_of_test(), Counted()
    with Traffic(cluster, counted, seed) as traffic:
        traffic.goes_on(200)
        disturb(cluster, traffic, random.Random(seed), rounds)
        traffic.goes_on(200)
    print(f"{counted.events} events in {len(counted.hours())} hours: {traffic.tally}")
    expect_exact(cluster, counted)
    assert traffic.tally["repeated"] and traffic.tally["strong reads of hot"] and traffic.tally["fast reads with lag"]
    return traffic


def test_replicas_that_come_and_go_change_no_number(make_cluster):
    run(make_cluster().start(), rounds=8)


@pytest.mark.long
def test_replicas_that_come_and_go_for_minutes_change_no_number(make_cluster):
    run(make_cluster().start(), rounds=150)
