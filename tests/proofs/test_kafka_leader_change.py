"""The end of a log, asked for while its leader changes: what a strong read may take as its barrier.

While leaders die or leave, the end that Kafka gives is never below what was acknowledged before. But a leader that was
frozen and comes back answers once more from the time before, with an end far below what its successor has acknowledged
meanwhile. The offset of a record that is produced when the read has begun, with acks=all, is never below it, since a
deposed leader cannot get a record acknowledged.
"""

import contextlib
import threading
import time

import pytest
from confluent_kafka import OFFSET_END, Consumer, KafkaException, Producer, TopicPartition

from servers.kafka import Kafka
from servers.process import wait_until

LIMIT = 40.0
ASK_LIMIT = 5.0
FROZEN_LIMIT = 20.0
READERS = 3


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with Kafka(tmp_path_factory.mktemp("brokers"), nodes=3) as kafka:
        yield kafka


class Log:
    """A topic of one partition, and the end of what was acknowledged to its producers."""

    def __init__(self, kafka, name):
        self.kafka, self.acknowledged, self.errors = kafka, 0, []
        self.topic = kafka.create_topic(name)

    def producer(self, addresses=None):
        return Producer({"bootstrap.servers": addresses or self.kafka.addresses, "enable.idempotence": True,
                         "linger.ms": 1, "message.timeout.ms": int(LIMIT * 1000), "log_level": 0})

    def consumer(self):
        return Consumer({"bootstrap.servers": self.kafka.addresses, "group.id": "reader", "log_level": 0,
                         "isolation.level": "read_uncommitted"})

    def report(self, error, message):
        if error:
            self.errors.append(error)
        else:
            self.acknowledged = max(self.acknowledged, message.offset() + 1)

    def produce(self, producer, count):
        for _ in range(count):
            producer.produce(self.topic, b"x", on_delivery=self.report)
        assert producer.flush(LIMIT) == 0 and not self.errors, self.errors

    def end(self, consumer, limit=ASK_LIMIT):
        """What Kafka says, or None for an error."""
        try:
            answer = consumer.offsets_for_times([TopicPartition(self.topic, 0, OFFSET_END)], timeout=limit)[0]
        except KafkaException:
            return None
        return None if answer.error else answer.offset

    def refresh(self, consumer):
        """Has it learn who leads: a question that was answered with NOT_LEADER_FOR_PARTITION does not see to that."""
        with contextlib.suppress(KafkaException):
            consumer.list_topics(self.topic, timeout=ASK_LIMIT)

    def leader(self, without=None):
        """The node that leads the partition, as the others know it; None while there is none."""
        asked = next(node for node in self.kafka.nodes if node is not without)
        number = self.kafka.leaders(self.topic, self.kafka.admin(asked.address))[0]
        return self.kafka.nodes[number - 1] if number > 0 else None

    def other_leader(self, than):
        return wait_until(lambda: (new := self.leader(than)) is not than and new, "another leader", LIMIT)


@pytest.mark.long
def test_the_end_is_never_below_what_was_acknowledged_while_leaders_die(cluster):
    log = Log(cluster, "dying")
    done = threading.Event()
    wrong, answers = [], []

    def write():
        producer = log.producer()
        while not done.is_set():
            producer.produce(log.topic, b"x", on_delivery=log.report)
            producer.poll(0.001)
        producer.flush(LIMIT)

    def ask():
        consumer = log.consumer()
        while not done.is_set():
            acknowledged = log.acknowledged
            end = log.end(consumer)
            if end is not None:
                answers.append(end)
                if end < acknowledged:
                    wrong.append((end, acknowledged))
        consumer.close()

    threads = [threading.Thread(target=write)] + [threading.Thread(target=ask) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    try:
        for end_it in ("kill", "stop", "kill"):
            leader = log.leader()
            getattr(leader, end_it)()
            log.other_leader(leader)
            before = log.acknowledged
            wait_until(lambda: log.acknowledged > before + 100, "acknowledgements by the new leader", LIMIT)
            leader.start()
            wait_until(lambda: len(cluster.brokers()) == 3, "all brokers", LIMIT)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not log.errors and not wrong
    assert len(answers) > 100 and log.acknowledged > 300


@pytest.mark.long
def test_a_leader_that_was_frozen_gives_an_old_end_but_acknowledges_nothing(cluster):
    log = Log(cluster, "frozen")
    log.produce(log.producer(), 10)
    consumers = [log.consumer() for _ in range(READERS)]
    markers = [log.producer() for _ in range(READERS)]
    for consumer, marker in zip(consumers, markers):
        assert log.end(consumer) >= 10  # both know the leader from here on
        log.produce(marker, 1)
    old = log.leader()
    old.freeze()
    try:
        new = log.other_leader(old)
        log.produce(log.producer(new.address), 100)
        acknowledged = log.acknowledged
        assert acknowledged == 10 + READERS + 100
        ends, offsets = [], []
        threads = [threading.Thread(target=lambda consumer=consumer: ends.append(log.end(consumer, FROZEN_LIMIT)))
                   for consumer in consumers]
        for thread in threads:
            thread.start()
        for marker in markers:
            marker.produce(log.topic, b"marker", on_delivery=lambda error, message: offsets.append(message.offset()))
            marker.poll(0)
        time.sleep(0.5)  # so that the questions have left; later ones make the test no wronger, only weaker
    finally:
        old.thaw()
    for thread in threads:
        thread.join()
    for marker in markers:
        assert marker.flush(LIMIT) == 0
    assert min(ends) < acknowledged, f"{ends}: this Kafka does better, its answer may be a barrier"
    assert len(offsets) == READERS and min(offsets) >= acknowledged, offsets
    for consumer in consumers:
        wait_until(lambda: log.end(consumer) == log.acknowledged + READERS or log.refresh(consumer), "the right end",
                   LIMIT)
        consumer.close()
