"""docs/operating/metrics.md names what a replica of a cluster serves, and no more."""

import time

import pytest
from confluent_kafka import Producer

import metrics_page
from hourglass_process import Server
from servers.influxdb import Influx1
from servers.process import wait_until

PARTITIONS = 2


@pytest.fixture(scope="module")
def influx1(tmp_path_factory):
    with Influx1(tmp_path_factory.mktemp("influxdb")) as server:
        yield server


@pytest.fixture
def replica(binary, tmp_path, kafka, redis_server, influx1, unique_name):
    name = unique_name()
    server = Server(binary, tmp_path, (
        "--backend", "cluster", "--cluster-key", "only-for-tests-0123456789", "--kafka-topic", name,
        "--kafka-brokers", kafka.addresses, "--kafka-partitions", PARTITIONS, "--kafka-create-topic", "true",
        "--kafka-replication-factor", 1, "--kafka-min-insync-replicas", 1, "--kafka-hot-group", f"{name}-hot",
        "--kafka-cold-group", f"{name}-cold", "--redis-endpoints", f"127.0.0.1:{redis_server.port}",
        "--influxdb-url", f"http://127.0.0.1:{influx1.port}", "--influxdb-bucket", name)).start()
    server.topic = name
    yield server
    server.stop()


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
    foreign = samples(replica, "hourglass_foreign_records_total")
    assert foreign == {f'{{group="{replica.topic}-hot"}}': 1, f'{{group="{replica.topic}-cold"}}': 1}
