"""What the cluster takes for granted of offsets in Kafka, seen through the librdkafka that the program uses."""

import time

import confluent_kafka
import pytest
from confluent_kafka import OFFSET_END, Consumer, KafkaError, KafkaException, Producer, TopicPartition

LIMIT = 30.0
# Records of two transactions and one record of none; a transaction is ended by a control record, which takes an offset.
COMMITTED, COMMIT, ABORTED, ABORT, PLAIN = range(0, 3), 3, range(4, 6), 6, 7
END = 8


def reading(kafka, isolation, **more):
    return Consumer({"bootstrap.servers": kafka.addresses, "group.id": "reader", "log_level": 0,
                     "enable.auto.commit": False, "enable.partition.eof": True, "fetch.wait.max.ms": 10,
                     "isolation.level": isolation, **more})


def end_offset(consumer, topic, limit=LIMIT):
    """The end of the log as a strong read asks for it: by time -1."""
    answer = consumer.offsets_for_times([TopicPartition(topic, 0, OFFSET_END)], timeout=limit)[0]
    if answer.error:
        raise KafkaException(answer.error)
    return answer.offset


def transactional(kafka, name):
    producer = Producer({"bootstrap.servers": kafka.addresses, "transactional.id": name, "linger.ms": 1,
                         "log_level": 0})
    producer.init_transactions(LIMIT)
    return producer


def produce(producer, topic, values):
    """Delivers every value or fails; the offsets."""
    offsets, errors = [], []

    def report(error, message):
        errors.append(error) if error else offsets.append(message.offset())

    for value in values:
        producer.produce(topic, value, on_delivery=report)
    assert producer.flush(LIMIT) == 0 and not errors, errors
    return offsets


def idempotent(kafka):
    return Producer({"bootstrap.servers": kafka.addresses, "enable.idempotence": True, "linger.ms": 1, "log_level": 0})


@pytest.fixture
def mixed_topic(kafka, unique_name):
    """A topic as foreign producers might leave it, with control records in its middle and before its end."""
    topic = kafka.create_topic(unique_name())
    producer = transactional(kafka, topic)
    producer.begin_transaction()
    assert produce(producer, topic, [b"a", b"b", b"c"]) == list(COMMITTED)
    producer.commit_transaction(LIMIT)
    producer.begin_transaction()
    assert produce(producer, topic, [b"d", b"e"]) == list(ABORTED)
    producer.abort_transaction(LIMIT)
    return topic


def read_to_end(consumer, topic, start):
    """(offsets of the records from `start` on, offset of PARTITION_EOF)."""
    consumer.assign([TopicPartition(topic, 0, start)])
    offsets = []
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if not message.error():
            offsets.append(message.offset())
        elif message.error().code() == KafkaError._PARTITION_EOF:
            return offsets, message.offset()
        else:
            raise KafkaException(message.error())
    raise AssertionError(f"no end of {topic} after {offsets}")


@pytest.mark.parametrize("isolation,aborted", [("read_uncommitted", list(ABORTED)), ("read_committed", [])])
def test_the_end_lies_behind_control_records_and_gaps_are_only_there(kafka, mixed_topic, isolation, aborted):
    consumer = reading(kafka, isolation)
    try:
        for with_record_behind in (False, True):
            records, end = [*COMMITTED, *aborted], ABORT + 1
            if with_record_behind:
                assert produce(idempotent(kafka), mixed_topic, [b"f"]) == [PLAIN]
                records, end = [*records, PLAIN], END
            assert end_offset(consumer, mixed_topic) == end
            for start in range(end + 1):
                assert read_to_end(consumer, mixed_topic, start) == ([at for at in records if at >= start], end), start
    finally:
        consumer.close()


def test_the_position_says_less_than_the_end(kafka, mixed_topic):
    """Behind the last record the position is one further; only with PARTITION_EOF does it pass control records."""
    consumer = reading(kafka, "read_uncommitted", **{"enable.partition.eof": False})
    try:
        consumer.assign([TopicPartition(mixed_topic, 0, 0)])
        records = [*COMMITTED, *ABORTED]
        assert [message.offset() for message in consumer.consume(len(records), LIMIT)] == records
        assert consumer.position([TopicPartition(mixed_topic, 0)])[0].offset == ABORTED[-1] + 1
    finally:
        consumer.close()


def test_an_open_transaction_hides_what_was_acknowledged_from_read_committed(kafka, unique_name):
    """read_committed, librdkafka's default, is the wrong isolation: the end, and with it the barrier of a strong read,
    stays before a foreign producer's open transaction, and so do the consumers."""
    topic = kafka.create_topic(unique_name())
    foreign = transactional(kafka, topic)
    foreign.begin_transaction()
    produce(foreign, topic, [b"foreign"])
    assert produce(idempotent(kafka), topic, [b"acknowledged"]) == [1]
    committed, uncommitted = reading(kafka, "read_committed"), reading(kafka, "read_uncommitted")
    try:
        assert end_offset(committed, topic) == 0
        assert end_offset(uncommitted, topic) == 2
        assert read_to_end(uncommitted, topic, 0) == ([0, 1], 2)
        foreign.abort_transaction(LIMIT)
        assert end_offset(uncommitted, topic) == 3
    finally:
        committed.close()
        uncommitted.close()


def test_an_offset_out_of_range_is_an_error_where_asked_for(kafka, unique_name):
    topic = kafka.create_topic(unique_name())
    produce(idempotent(kafka), topic, [b"a"])
    consumer = reading(kafka, "read_uncommitted", **{"auto.offset.reset": "error"})
    try:
        with pytest.raises(KafkaException) as raised:
            read_to_end(consumer, topic, 100)
        assert raised.value.args[0].code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE)
    finally:
        consumer.close()


def test_the_library_is_the_one_of_the_program():
    assert confluent_kafka.libversion()[0] == "2.0.2"
