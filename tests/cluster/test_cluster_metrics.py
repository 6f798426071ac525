"""docs/operating/metrics.md names what a replica of a cluster serves, and no more."""

import time

import pytest
from confluent_kafka import Producer

import metrics_page
from hourglass_process import Server
from servers.influxdb import Influx1
from servers.process import wait_until
from servers.redis import RedisServer

PARTITIONS = 2
HOUR = 3_600_000


@pytest.fixture(scope="module")
def influx1(tmp_path_factory):
    with Influx1(tmp_path_factory.mktemp("influxdb")) as server:
        yield server


@pytest.fixture
def replica_on(binary, tmp_path, kafka, influx1, unique_name):
    """replica_on(redis) is a replica of a cluster of its own, with that Redis; at most one in a test."""
    started = []

    def start(redis):
        name = unique_name()
        server = Server(binary, tmp_path, cluster_flags(name, kafka, redis, influx1)).start()
        server.topic = name
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def replica(replica_on, redis_server):
    return replica_on(redis_server)


def cluster_flags(name, kafka, redis, influx1):
    return (
        "--backend", "cluster", "--cluster-key", "only-for-tests-0123456789", "--kafka-topic", name,
        "--kafka-brokers", kafka.addresses, "--kafka-partitions", PARTITIONS, "--kafka-create-topic", "true",
        "--kafka-replication-factor", 1, "--kafka-min-insync-replicas", 1, "--kafka-hot-group", f"{name}-hot",
        "--kafka-cold-group", f"{name}-cold", "--redis-endpoints", f"127.0.0.1:{redis.port}",
        "--influxdb-url", f"http://127.0.0.1:{influx1.port}", "--influxdb-bucket", name)


def samples(server, name):
    """{labels as they are written: value}"""
    found = {}
    for line in server.get("/metrics").text.splitlines():
        if line.startswith((name + "{", name + " ")):
            labels, value = line.removeprefix(name).rsplit(" ", 1)
            found[labels] = float(value)
    return found


def test_the_page_names_every_metric_of_a_replica_and_no_other(replica):
    now = int(time.time() * 1000)
    for user in ("ann", "ben", "cid"):
        assert replica.post(now, user).status == 204
    assert replica.get(f"/analytics?timestamp={now}&consistency=strong").status == 200
    assert replica.get("/nothing").status == 404
    metrics_page.check(replica.get("/metrics").text, metrics_page.documented_for_a_cluster())


def test_what_the_numbers_count(replica, kafka):
    """Each moves by what happens here, so that alerts on it mean what the page says."""
    now = int(time.time() * 1000)
    for user in ("ann", "ben", "cid"):
        assert replica.post(now, user).status == 204
    assert samples(replica, "hourglass_log_records_total") == {
        '{delivery="persisted"}': 3, '{delivery="not_persisted"}': 0, '{delivery="unknown"}': 0}
    producer = Producer({"bootstrap.servers": kafka.addresses, "log_level": 0})
    producer.produce(replica.topic, b"no event", partition=0)
    assert producer.flush(10) == 0

    def by_store(name, store):
        return sum(value for labels, value in samples(replica, name).items() if f'store="{store}"' in labels)

    for store in ("hot", "cold"):
        wait_until(lambda store=store: by_store("hourglass_partition_records_total", store) >= 4, "records counted")
        wait_until(lambda store=store: by_store("hourglass_partition_lag_records", store) == 0, "no lag")
        assert by_store("hourglass_partition_alarm", store) == 0
    assert set(samples(replica, "hourglass_partition_running").values()) == {1}
    foreign = samples(replica, "hourglass_foreign_records_total")
    assert foreign == {f'{{group="{replica.topic}-hot"}}': 1, f'{{group="{replica.topic}-cold"}}': 1}


def test_hours_that_the_hot_store_holds_for_the_future_are_counted(replica):
    now = int(time.time() * 1000)
    assert replica.post(now, "ann").status == 204
    assert replica.get(f"/analytics?timestamp={now}&consistency=strong").status == 200
    for hours in (2, 2, 30):
        assert replica.post(now + hours * HOUR, "ann").status == 204

    def held():
        return sorted(samples(replica, "hourglass_partition_future_hours").items())

    def is_counted():
        return sum(value for _, value in held()) == 2

    wait_until(is_counted, held)
    assert all('store="hot"' in labels for labels, _ in held())
    assert len(held()) == PARTITIONS


@pytest.fixture
def own_redis(tmp_path_factory):
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


def test_a_worker_whose_store_does_not_answer_sees_the_log_grow(own_redis, replica_on):
    replica = replica_on(own_redis)
    now = int(time.time() * 1000)

    def hot(name):
        return [value for labels, value in samples(replica, name).items() if 'store="hot"' in labels]

    assert replica.post(now, "ann").status == 204
    wait_until(lambda: sum(hot("hourglass_partition_records_total")) >= 1, "the record counted")
    own_redis.kill()
    wait_until(lambda: hot("hourglass_partition_running") == [0] * PARTITIONS, "the workers to notice")
    assert replica.post(now, "ann").status == 204
    wait_until(lambda: sum(hot("hourglass_partition_lag_records")) >= 1, "a lag")
    own_redis.start()
    wait_until(lambda: hot("hourglass_partition_running") == [1] * PARTITIONS, "the workers to go on")
    wait_until(lambda: sum(hot("hourglass_partition_lag_records")) == 0, "no lag")
