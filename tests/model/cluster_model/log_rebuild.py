"""A rival of copying from the cold store: Redis is rebuilt by reading back in the log. Sound, but dearer.

Counting begins at an offset that is far enough from the start of the log for the identities to be known. Periods that
may have events before it are read from the cold store, and which ones these are the cold store has to say.
"""

from cluster_model.bounds import HOUR, SLACK, WINDOW
from cluster_model.state import State


def _warm_up(world, partition, begins):
    """Where to begin to read so that the identities of a window before `begins` are known."""
    log = world.log
    records = log.records[partition]
    time = (records[begins].time if begins < len(records) else world.now) - WINDOW - SLACK
    if world.mutant == "readback_short":
        time += WINDOW
    offset = log.offset_for_time(partition, time)
    return len(records) if offset is None else offset


def _plan(world, partition):
    """An empty state that says where to read from and from where to count; None: not possible yet."""
    log, rng = world.log, world.rng
    start, records = log.start[partition], log.records[partition]
    floor = world.now // HOUR - rng.randrange(3)
    if start == 0 and rng.random() < 0.3:
        return State()  # the whole log is there
    begins = log.offset_for_time(partition, floor * HOUR - SLACK)
    if begins is None:
        begins = len(records)
    if world.mutant == "rebuild_no_dedup":
        return State(begins, floor, begins, begins == 0)
    reads = _warm_up(world, partition, begins)
    if start > 0 and reads == start and world.mutant != "readback_short":  # the log does not reach back that far
        if start >= len(records):
            return None
        begins = log.offset_for_time(partition, records[start].time + WINDOW + 2 * SLACK)
        if begins is None:
            return None
        reads = _warm_up(world, partition, begins)
        if reads == start:
            return None
    return State(reads, floor, begins, begins == 0 or world.mutant == "rebuild_unchecked")


def rebuild(hot, partition, seen):
    state = _plan(hot.world, partition)
    yield
    if state and hot.next(partition) == seen:
        hot.put(partition, state)


def learn_elsewhere(hot, partition):
    """Asks the cold store which periods have events before the offset at which counting began."""
    cold, state = hot.world.cold, hot.states[partition]
    begins, floor = state.begins, state.floor
    yield
    if not cold.reachable() or cold.next(partition) < begins:
        return
    yield
    elsewhere = frozenset(cold.hours_before(partition, begins, floor))
    yield
    state = hot.states[partition]
    if state and not state.ready and state.begins == begins and state.floor >= floor:
        state.elsewhere, state.ready = elsewhere, True
        hot.age += 1
