"""API replicas that produce, and clients that send again."""

from collections import Counter

from cluster_model.bounds import HOUR, MESSAGE_TIMEOUT, PARTITIONS, SLACK, WINDOW
from cluster_model.records import Event

REPLICAS = 2
USERS = 9


class Attempt:
    """One record on its way: `tries` says how often its client will send it again."""

    def __init__(self, began, partition, event, tries=0):
        self.began, self.partition, self.event, self.tries = began, partition, event, tries


class Producer:
    """A producer handle: one identity, and a queue for each partition."""

    def __init__(self, boot, answer):
        self.boot, self.answer = boot, answer
        self.sequence = [0] * PARTITIONS
        self.waiting = []  # has a sequence, is not in the queue yet: threads race here
        self.queues = [[] for _ in range(PARTITIONS)]

    def idle(self):
        return not self.waiting and not any(self.queues)

    def unanswered(self):
        return self.waiting + sum(self.queues, [])

    def give_up_late(self, now):
        """The message timeout: nobody knows what became of these."""
        for line in [self.waiting, *self.queues]:
            for attempt in [attempt for attempt in line if now - attempt.began > MESSAGE_TIMEOUT]:
                line.remove(attempt)
                self.answer(attempt, False)


class Request:
    """What a client wants counted once, and when it sends it (again)."""

    def __init__(self, due, intent, user, hour, kind, key, tries):
        self.due, self.intent, self.user, self.hour = due, intent, user, hour
        self.kind, self.key, self.tries = kind, key, tries


class Producing:
    """The replicas, their clients, and the broker's side of producing: answers get lost, copies land late."""

    def __init__(self, world):
        self.world, self.rng = world, world.rng
        self.boots = 0
        self.replicas = [self.new_replica() for _ in range(REPLICAS)]
        self.importers = []  # producers of imports that go on
        self.late = []  # (due, partition, event): copies that land later
        self.intents = 0
        self.acknowledged = {}  # intent -> partition
        self.requests = []
        self.attempts_of_key = Counter()
        self.keys = []

    def new_replica(self):
        self.boots += 1
        return Producer(self.boots, self._answer)

    def end_replica(self, number):
        """A replica dies with its queue; clients learn nothing."""
        dead = self.replicas[number]
        self.replicas[number] = self.new_replica()
        for attempt in dead.unanswered():
            self._answer(attempt, False)

    def _submit(self, request):
        producer = self.rng.choice(self.replicas)
        partition = hash(request.user) % PARTITIONS
        producer.sequence[partition] += 1
        if request.key is not None:
            self.attempts_of_key[request.key] += 1
        event = Event(None, producer.boot, producer.sequence[partition], request.key, request.hour, request.kind,
                      request.user, request.intent)
        producer.waiting.append(Attempt(self.world.now, partition, event, request.tries))
        if self.world.mutant == "ack_early":
            self.acknowledged[request.intent] = partition

    def _answer(self, attempt, delivered):
        event = attempt.event
        if delivered and self.world.mutant != "ack_early":
            self.acknowledged[event.intent] = attempt.partition
        if event.key is None:
            return
        self.attempts_of_key[event.key] -= 1
        if attempt.tries and (not delivered or self.rng.random() < 0.3):  # answers get lost too
            due = self.world.now + self.rng.randrange(int(0.35 * WINDOW))
            hour = event.hour + (self.rng.randrange(3) if self.rng.random() < 0.3 else 0)
            self.requests.append(
                Request(due, event.intent, event.user, hour, event.kind, event.key, attempt.tries - 1))

    def step_broker(self):
        """Something happens between a producer and a partition's leader."""
        rng = self.rng
        producer = rng.choice(self.replicas + self.importers)
        producer.give_up_late(self.world.now)
        if producer.waiting:
            place = rng.randrange(len(producer.waiting)) if rng.random() < 0.3 else 0
            attempt = producer.waiting.pop(place)
            producer.queues[attempt.partition].append(attempt)
        partition = rng.randrange(PARTITIONS)
        queue = producer.queues[partition]
        if queue:
            self._send(producer, queue, partition, queue[:1 + rng.randrange(min(3, len(queue)))])

    def _send(self, producer, queue, partition, batch):
        chance = self.rng.random()
        if chance < 0.80:
            for attempt in batch:
                self.world.log.append(partition, attempt.event)
        if chance < 0.70:  # in the other cases the answer is lost, and the batch is sent again
            del queue[:len(batch)]
            for attempt in batch:
                producer.answer(attempt, True)
        elif 0.80 <= chance < 0.84:
            for attempt in batch:
                due = self.world.now + self.rng.randrange(MESSAGE_TIMEOUT)
                self.late.append((due, partition, attempt.event))

    def land_late_copies(self):
        for copy in [copy for copy in self.late if copy[0] <= self.world.now]:
            self.late.remove(copy)
            self.world.log.append(copy[1], copy[2])

    def step_client(self):
        for number, request in enumerate(self.requests):
            if request.due <= self.world.now:
                self.requests.pop(number)
                landed = self.world.log.landed.get(request.key)
                if landed is None or self.world.now - landed < 0.4 * WINDOW:
                    self._submit(request)
                return
        self._submit(self._new_request())

    def _new_request(self):
        rng, current = self.rng, self.world.now // HOUR
        chance = rng.random()
        if chance < 0.7:
            hour = current
        else:
            hour = current - rng.randrange(1, 8) if chance < 0.9 else current + rng.randrange(1, 4)
        user, key = rng.randrange(USERS), None
        self.intents += 1
        if rng.random() < 0.4:
            key = self._used_key() if self.keys and rng.random() < 0.3 else None
            if key is None:
                key = (user, self.intents)
                self.keys.append(key)
            user = key[0]
        return Request(0, self.intents, user, hour, rng.randrange(2), key, rng.randrange(4) if key else 0)

    def _used_key(self):
        """A key that may be used for another intent: its window is over, and nothing of it is under way."""
        key = self.rng.choice(self.keys)
        landed = self.world.log.landed.get(key)
        over = landed is not None and self.world.now - landed > WINDOW + 2 * SLACK + MESSAGE_TIMEOUT
        busy = (self.attempts_of_key[key] or any(request.key == key for request in self.requests)
                or any(event.key == key for _, _, event in self.late))
        return key if over and not busy else None
