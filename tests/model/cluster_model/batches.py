"""The fold of a log must not depend on how the log is cut into batches, whatever stands in it."""

import random

from cluster_model.bounds import HOT_BATCH, WINDOW
from cluster_model.records import Event
from cluster_model.state import State

RECORDS = 60


def _some_log(rng):
    """Records of few identities and keys, long after one another: nothing that producers promise holds here."""
    log, time = [], 0
    for number in range(RECORDS):
        time = max(0, time + rng.randrange(-3, WINDOW // 2))
        key = rng.randrange(4) if rng.random() < 0.3 else None
        log.append(Event(time, rng.randrange(4), 1 + rng.randrange(5), key, time // WINDOW, rng.randrange(2),
                         rng.randrange(5), number))
    return log


def _folded(log, cuts, mutant):
    state, start = State(), 0
    for end in [*cuts, len(log)]:
        state.fold(log, start, end, mutant, with_days=True)
        start = end
    return {period: totals.numbers() for period, totals in sorted(state.totals.items())}


def difference_between_cuts(seed, mutant=None):
    """What two ways to cut a random log make different; None when nothing is."""
    rng = random.Random(seed)
    log, cuts, position = _some_log(rng), [], 0
    while position < len(log) - HOT_BATCH:
        position += 1 + rng.randrange(HOT_BATCH)
        cuts.append(position)
    one, other = _folded(log, cuts, mutant), _folded(log, range(1, len(log)), mutant)
    if one == other:
        return None
    period = next(period for period in one if one[period] != other.get(period))
    return f"{period.span} {period.number}: {one[period]} or {other.get(period)}, by how the log is cut"
