"""Interleavings that random histories hardly ever meet, played step by step on a store of points."""

from cluster_model.bounds import THIN_AGE_STEPS, WINDOW
from cluster_model.point_worker import PointWorker
from cluster_model.records import Event, hour_period
from cluster_model.world import World

PARTITION, KEY = 0, (1, 1)
IDLE_STEPS, PATIENCE = 60, 500


class Calm:
    """In place of a random generator: nothing goes wrong, and batches are as large as they may be."""

    def random(self):
        return 0.99

    def randrange(self, first, last=None):
        return (first if last is None else last) - 1

    def choice(self, things):
        return things[0]


class Stage:
    """A partition that has one event of a key, a worker that has counted it, and a second one that loads."""

    def __init__(self, mutant):
        self.world = World(seed=1, mutant=mutant)
        self.world.rng = self.world.cold.rng = Calm()
        self.world.cold.away_until = 0
        self.owner = PointWorker(self.world.cold, PARTITION).run()
        self.zombie = PointWorker(self.world.cold, PARTITION).run()
        self.hour = self.world.current_hour()
        self.count(1, KEY, self.hour, "first intent")
        self.let_move(self.owner, 2)

    def count(self, sequence, key, hour, intent):
        """Appends an event, and lets the owner count it."""
        self.world.log.append(PARTITION, Event(None, "boot", sequence, key, hour, 0, 1, intent))
        for _ in range(PATIENCE):
            if self.world.cold.next(PARTITION) == self.world.log.end(PARTITION):
                break
            self.let_move(self.owner, 1)

    def let_move(self, worker, steps):
        for _ in range(steps):
            self.world.tick += 1
            next(worker)

    def repeat_at_the_end_of_the_window(self):
        """The key comes again just in time, for another hour; then the window of its first record ends."""
        self.world.now += WINDOW - 1
        self.count(2, KEY, self.hour + 1, "first intent")
        self.world.now += 5
        self.count(3, None, self.hour + 2, "another intent")

    def is_right(self):
        end = self.world.log.end(PARTITION)
        periods = [hour_period(self.hour + number) for number in range(3)]
        return all(self.world.cold.numbers(PARTITION, period) == self.world.log.expected(PARTITION, period, end)
                   for period in periods)


def load_while_the_window_moves_on(mutant, long_pause):
    """The second worker has read progress and then stands still, for long or briefly, while keys are thinned out."""
    stage = Stage(mutant)
    if not long_pause:
        stage.world.tick += 2 * THIN_AGE_STEPS  # what the owner knows of the first event is old by now
    stage.let_move(stage.zombie, 3)  # it has read progress, and has not asked for keys yet
    stage.repeat_at_the_end_of_the_window()
    if long_pause:
        stage.let_move(stage.owner, 2)  # it learns that its last progress was confirmed
        stage.world.tick += 2 * THIN_AGE_STEPS
    stage.let_move(stage.owner, IDLE_STEPS)
    stage.let_move(stage.zombie, IDLE_STEPS)
    return stage.is_right(), stage.world.stats["keys_thinned"]


# Weakened variants that these catch.
CAUGHT_BY_PLAY = {"load_unbounded": True, "thin_keys_by_now": False}
