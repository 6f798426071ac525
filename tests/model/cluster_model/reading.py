"""Reads through API replicas. Every answer is compared with the oracle, with earlier answers and with the promises."""

from cluster_model.bounds import DAY_HOURS, PARTITIONS
from cluster_model.failure import Failure, any_less
from cluster_model.records import Period, hour_period

REPLICAS = 3
TRIES = 80  # after so many a strong read fails, and a fast one takes what there is
TOLD = 6  # answers of other replicas that are remembered for each period


class Reading:
    def __init__(self, world):
        self.world, self.rng = world, world.rng
        self.readers = [None] * REPLICAS  # one client a replica, one request at a time
        self.marks = [[0] * PARTITIONS for _ in range(REPLICAS)]  # the highest next that a replica has answered from
        self.last = {}  # (replica, partition, period) -> its last answer
        self.told = {}  # (partition, period) -> [(tick, age of Redis, answer)] of any replica
        self.old_ends = [0] * PARTITIONS

    def step(self):
        number = self.rng.randrange(len(self.readers))
        if self.readers[number] is None:
            self.readers[number] = self.reader(self.rng.random() < 0.5, self._some_period(), number)
        if next(self.readers[number], "answered") == "answered":
            self.readers[number] = None

    def _some_period(self):
        hour = self.world.current_hour() - (0 if self.rng.random() < 0.5 else self.rng.randrange(-2, 6))
        return Period("day", hour // DAY_HOURS) if self.rng.random() < 0.2 else hour_period(hour)

    def forget(self):
        """A replica that has just started."""
        self.readers = [None]
        self.marks[0] = [0] * PARTITIONS
        self.last = {}

    def reader(self, strong, period, replica):
        """One request."""
        request = Request(self, strong, period, replica)
        must_have = set(self.world.producing.acknowledged) if strong else set()
        if strong and self.world.mutant == "strong_old_barrier":
            request.barrier = list(self.old_ends)
        elif strong:
            for partition in range(PARTITIONS):
                yield
                request.barrier[partition] = self.world.log.end(partition)
            self.old_ends = list(request.barrier)
        for partition in self.rng.sample(range(PARTITIONS), PARTITIONS):
            answer = yield from request.answer_of(partition)
            if answer is None:
                self.world.stats["strong_503" if strong else "fast_503"] += 1
                return
            self._take(request, partition, *answer)
            if strong:
                request.check_acknowledged(partition, must_have, answer[1])

    def _take(self, request, partition, numbers, next_offset, source):
        """Checks the answer against what was told before, and remembers it."""
        period, world = request.period, self.world
        where = f"p{partition} {period.span} {period.number}"
        key = request.replica, partition, period
        before = self.last.get(key)
        if before and not request.stale and any_less(numbers, before):
            raise Failure(f"numbers went back {where} {before} -> {numbers} {source}")
        told = self.told.setdefault((partition, period), [])
        for tick, age, other in told:
            if tick < request.began and age == world.hot.age and any_less(numbers, other):
                raise Failure(f"another replica had told more {where} {other} -> {numbers} {source}")
        told.append((world.tick, request.age_of_hot, numbers))
        del told[:-TOLD]
        self.last[key] = numbers
        mark = self.marks[request.replica]
        mark[partition] = max(mark[partition], next_offset)
        world.stats["stale"] += request.stale
        kind = "strong" if request.strong else "fast"
        world.stats[f"{kind}_{source}_{period.span}"] += 1


class Request:
    """One read: asks the stores until they hold what it needs."""

    def __init__(self, reading, strong, period, replica):
        self.reading, self.world = reading, reading.world
        self.strong, self.period, self.replica = strong, period, replica
        self.barrier = [0] * PARTITIONS
        self.began, self.age_of_hot = self.world.tick, self.world.hot.age
        self.stale = False  # answered below what this replica has answered from: its lag is in a header

    def answer_of(self, partition):
        """(numbers, next, source) of one partition; None: not in time."""
        mutant, learnt = self.world.mutant, -1
        self.stale = False
        for tries in range(1, 2 * TRIES):
            yield
            if tries > TRIES:
                if self.strong:
                    return None
                self.stale = True
            mark = 0 if self.stale or mutant == "no_mark" else self.reading.marks[self.replica][partition]
            if mutant == "strong_next_elsewhere" and self.strong:
                learnt = max(learnt, self.world.hot.next(partition) or -1)
                yield
            hot = self.world.hot.read(partition, self.period)
            if hot is not None:
                if self._hot_is_enough(partition, hot, learnt, mark):
                    return self._checked(partition, *hot, "hot")
                continue
            least = max(mark, self.barrier[partition])
            cold = yield from self.world.cold.read(partition, self.period, least)
            if cold is not None:
                return self._checked(partition, *cold, "cold")
        return None

    def _hot_is_enough(self, partition, hot, learnt, mark):
        numbers, next_offset = hot
        holds = learnt if self.world.mutant == "strong_next_elsewhere" else next_offset
        if self.strong and holds < self.barrier[partition]:
            return False
        self._checked(partition, numbers, next_offset, "hot")
        return next_offset >= mark

    def _checked(self, partition, numbers, next_offset, source):
        expected = self.world.log.expected
        where = f"p{partition} {self.period.span} {self.period.number}"
        want = expected(partition, self.period, next_offset)
        if numbers != want:
            raise Failure(f"{source} answer {where} at {next_offset}: {numbers} != {want}")
        if self.strong and any_less(numbers, expected(partition, self.period, self.barrier[partition])):
            raise Failure(f"strong {source} read misses {where} {numbers}")
        return numbers, next_offset, source

    def check_acknowledged(self, partition, must_have, next_offset):
        producing, log = self.world.producing, self.world.log
        reached = max(next_offset, self.barrier[partition])
        for intent in must_have:
            if (producing.acknowledged[intent] == partition
                    and log.first_offset[partition].get(intent, reached) >= reached):
                raise Failure(f"strong read p{partition}: acknowledged {intent} is not in it")
