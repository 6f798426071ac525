"""Importers: bring the events of a stopped single-machine store into the cluster, perhaps again, perhaps two at once."""

from cluster_model.bounds import HOUR, IMPORT_KNOWN, IMPORT_LIMIT, PARTITIONS, SKEW
from cluster_model.producing import USERS, Attempt, Producer
from cluster_model.records import Event, hour_period

PATIENCE = 60  # questions to the cold store before an importer gives up
QUIET_HOUR, BUSY_HOUR = 11, 4  # hours before the first one; late events of clients reach the second only


class Archive:
    """The events of one hour of one store, by partition, in the order of its export."""

    def __init__(self, rng, store, hour):
        self.store, self.hour = store, hour
        self.events = [[(rng.randrange(2), rng.randrange(USERS // 2) * 2 + partition)
                        for _ in range(rng.randrange(1, 4))] for partition in range(PARTITIONS)]

    def boot(self):
        return "import", self.store, self.hour


class Importing:
    def __init__(self, world):
        self.world, self.rng = world, world.rng
        first = world.now // HOUR
        self.archives = [Archive(self.rng, "a", first - QUIET_HOUR), Archive(self.rng, "b", first - BUSY_HOUR)]
        self.running = []  # (generator, its producer)

    def start(self):
        boot_producer = Producer(None, self._answer)
        self.running.append((self._importer(self.rng.choice(self.archives), boot_producer), boot_producer))

    def step(self):
        number = self.rng.randrange(len(self.running))
        if next(self.running[number][0], "ended") == "ended":
            self._end(number)

    def kill(self):
        if self.running:
            self._end(self.rng.randrange(len(self.running)))

    def replace_some(self, change):
        """Changes how one of the importers goes on."""
        if self.running:
            number = self.rng.randrange(len(self.running))
            importer, producer = self.running[number]
            self.running[number] = change(importer), producer

    def end_all(self):
        while self.running:
            self._end(0)

    def _end(self, number):
        _, producer = self.running.pop(number)
        if producer in self.world.producing.importers:
            self.world.producing.importers.remove(producer)

    def _answer(self, attempt, delivered):
        if delivered:
            self.world.producing.acknowledged[attempt.event.intent] = attempt.partition

    def _importer(self, archive, producer):
        stats, mutant = self.world.stats, self.world.mutant
        began = self.world.now
        may = yield from self._may_send(archive)
        if may is None:
            stats["import_gave_up"] += 1
            return
        if not all(may) and mutant != "import_no_hour_check":
            stats["import_refused"] += 1
            return
        boot = ("random", self.rng.random()) if mutant == "import_boot_random" else archive.boot()
        left = [(partition, place) for partition in range(PARTITIONS)
                for place in range(len(archive.events[partition]))]
        self.world.producing.importers.append(producer)
        while left:
            yield
            if self.world.now - began > IMPORT_LIMIT and mutant != "import_unlimited":
                stats["import_out_of_time"] += 1
                return
            partition = self.rng.choice(left)[0]
            place = next(entry for entry in left if entry[0] == partition)
            left.remove(place)
            producer.queues[partition].append(self._attempt(archive, boot, *place))
        while not producer.idle():
            yield
        stats["import_done"] += 1

    def _attempt(self, archive, boot, partition, place):
        kind, user = archive.events[partition][place]
        intent = (archive.boot(), partition, place)
        event = Event(None, boot, place + 1, None, archive.hour, kind, user, intent)
        return Attempt(self.world.now, partition, event)

    def _may_send(self, archive):
        """For each partition whether the hour may be sent there; None when the cold store does not say."""
        barrier = []
        for partition in range(PARTITIONS):
            yield
            barrier.append(self.world.log.end(partition))
        may = []
        for partition in range(PARTITIONS):
            view = None
            for _ in range(PATIENCE):
                yield
                view = yield from self.world.cold.view_for_import(
                    partition, hour_period(archive.hour), barrier[partition])
                if view is not None:
                    break
            if view is None:
                return None
            boots, numbers = view
            seen = boots[archive.boot()][2] if archive.boot() in boots else None
            known = seen is not None and self.world.now + SKEW - seen < IMPORT_KNOWN
            may.append(known or numbers == (0, 0, 0))
        return may
