"""The end of a history: faults end, all that is under way finishes, and everything must be right and whole."""

from cluster_model.bounds import PARTITIONS
from cluster_model.failure import Failure

ROUNDS = 4000  # within which every worker has to catch up
PATIENT_ROUNDS = 2000  # rebuilt from the log: after these Redis may still be without state


def settle(world):
    world.cold.away_until = world.cold.refuses_until = 0
    world.settling = True
    world.producing.requests = []
    _finish_producing(world)
    for number in range(ROUNDS):
        _let_all_move(world)
        if number % 20 == 0:
            world.now += 1
        if number > 60 and all(_has_caught_up(world, partition, number) for partition in range(PARTITIONS)):
            break
    for _ in range(30):  # zombies finish what they had begun
        _let_all_move(world)


def _finish_producing(world):
    world.importing.end_all()
    for _ in range(60):
        world.pass_time(1)
        for _ in range(6):
            world.producing.step_broker()
    while not all(replica.idle() for replica in world.producing.replicas):
        world.producing.step_broker()


def _let_all_move(world):
    world.tick += 1
    for workers in world.hot_workers + world.cold_workers:
        for worker in workers:
            next(worker)
    for keeper in world.keepers:
        next(keeper)


def _has_caught_up(world, partition, number):
    if partition in world.refused:
        return True
    end, state = world.log.end(partition), world.hot.states[partition]
    if world.cold.next(partition) != end:
        return False
    return state.next >= end and state.ready if state else number > PATIENT_ROUNDS


def check_end(world):
    """Compares both stores and fresh reads with the oracle."""
    for intent, partition in world.producing.acknowledged.items():
        if intent not in world.log.first_offset[partition]:
            raise Failure(f"acknowledged {intent} is not in the log")
    if world.cold.alarms != world.refused:
        raise Failure(f"alarms of {sorted(world.cold.alarms)}, expected of {sorted(world.refused)}")
    if world.cold.missing_dead_letters():
        raise Failure(f"not in the dead-letter topic: {world.cold.missing_dead_letters()}")
    for partition in range(PARTITIONS):
        if partition in world.refused:
            _check_refused(world, partition)
        else:
            _check_partition(world, partition)
    _check_reads_at_rest(world)
    world.stats["events"] += sum(len(offsets) for offsets in world.log.first_offset)
    world.stats["acknowledged"] += len(world.producing.acknowledged)


def _check_refused(world, partition):
    if world.cold.has_state(partition) or world.hot.states[partition] is not None:
        raise Failure(f"p{partition}: counted a log that had lost its beginning")


def _check_partition(world, partition):
    end, state = world.log.end(partition), world.hot.states[partition]
    if world.cold.next(partition) != end:
        raise Failure(f"cold stuck at {world.cold.next(partition)} of {end}")
    if state is None:
        if world.log.start[partition] == 0 or world.rebuild == "cold":
            raise Failure("hot never came back")
        world.stats["hot_absent"] += 1
    elif state.next < end or not state.ready:
        raise Failure(f"hot stuck at {state.next} of {end}")
    for period in sorted(world.log.periods(partition) | (set(state.totals) if state else set())):
        want = world.log.expected(partition, period, end)
        numbers = world.cold.numbers(partition, period)
        if numbers != want:
            raise Failure(f"final cold p{partition} {period.span} {period.number} {numbers} != {want}")
        hot = world.hot.read(partition, period)
        if hot is not None and hot[0] != want:
            raise Failure(f"final hot p{partition} {period.span} {period.number} {hot[0]} != {want}")


def _check_reads_at_rest(world):
    """A fresh replica answers the same, with Redis or without."""
    if world.rng.random() < 0.5:
        world.hot.lose_all()
    for period in sorted(set().union(*(world.log.periods(partition) for partition in range(PARTITIONS)))):
        world.reading.forget()
        for _ in world.reading.reader(False, period, 0):
            pass
        for partition in range(PARTITIONS):
            want = world.log.expected(partition, period, world.log.end(partition))
            if partition not in world.refused and world.reading.last[(0, partition, period)] != want:
                raise Failure(f"fast read at rest p{partition} {period.span} {period.number} != {want}")
