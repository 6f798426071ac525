"""The model of the cluster protocol holds on random histories, and notices when a part of the protocol is missing."""

import os
import random

import pytest

from cluster_model.batches import difference_between_cuts
from cluster_model.histories import catch, run_histories
from cluster_model.mutants import MUTANTS
from scenarios import CAUGHT_BY_PLAY, load_while_the_window_moves_on

HISTORIES, LOGS = 300, 300
QUICK, LONG = 100, 4000  # histories within which a canary has to be caught

# Caught in few histories only: ./dev test --long.
RARE = ("ik_counted", "readback_short", "rebuild_no_dedup", "rebuild_unchecked", "import_no_dedup",
        "import_no_hour_next", "import_some_hours", "drop_unchecked", "no_idle_check", "no_mark", "pg_no_cas",
        "influx_count_users", "influx_user_offset_missing_dup", "log_start_after_store",
        "hot_zero_without_check", "dead_letter_after_progress", "thin_unconfirmed", "thin_young", "strong_totals_first",
        "strong_next_elsewhere", "import_boot_random", "import_no_hour_check", "import_unlimited")


def first_seed():
    seed = int(os.environ.get("HOURGLASS_TEST_SEED", random.SystemRandom().randrange(2**32)))
    print(f"HOURGLASS_TEST_SEED={seed}")
    return seed


def test_the_protocol_holds_on_random_histories():
    first = first_seed()
    failures, stats = run_histories(range(first, first + HISTORIES))
    assert not failures, f"of {HISTORIES} histories from {first}: {failures[:5]}"
    for happened in ("redis_lost", "redis_rolled_back", "fenced", "revived", "dropped", "thinned", "import_done",
                     "import_refused", "began_at_zero", "strong_hot_hour", "strong_cold_day", "fast_cold_day"):
        assert stats[happened], f"{happened} never happened in {HISTORIES} histories from {first}"


def test_rebuilding_redis_from_the_log_holds_too():
    first = first_seed()
    failures, _ = run_histories(range(first, first + HISTORIES // 4), rebuild="log")
    assert not failures, f"of {HISTORIES // 4} histories from {first}: {failures[:5]}"


def test_the_fold_does_not_depend_on_how_the_log_is_cut():
    first = first_seed()
    for seed in range(first, first + LOGS):
        assert difference_between_cuts(seed) is None, f"seed {seed}"


def test_a_history_comes_back_by_its_seed():
    assert run_histories([5, 8]) == run_histories([5, 8])


@pytest.mark.parametrize("mutant", [name for name in MUTANTS if name not in (*RARE, *CAUGHT_BY_PLAY)])
def test_a_weakened_protocol_is_caught(mutant):
    caught, run = catch(mutant, range(QUICK))
    assert caught, f"not in {run} histories: {MUTANTS[mutant]}"


@pytest.mark.long
@pytest.mark.parametrize("mutant", RARE)
def test_a_weakened_protocol_that_rarely_fails_is_caught(mutant):
    caught, run = catch(mutant, range(LONG))
    assert caught, f"not in {run} histories: {MUTANTS[mutant]}"


@pytest.mark.parametrize("mutant, long_pause", CAUGHT_BY_PLAY.items())
def test_a_load_that_overlaps_with_thinning_out_keys(mutant, long_pause):
    right, thinned = load_while_the_window_moves_on(None, long_pause)
    assert right
    assert thinned or not long_pause  # otherwise nothing was played
    assert not load_while_the_window_moves_on(mutant, long_pause)[0], MUTANTS[mutant]
