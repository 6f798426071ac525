"""What a replica does at its start: it ends with exit code 2 and says why when a server that it reaches is wrong, and
waits for one that it does not reach."""

import json

import pytest

from cluster.replicas import PARTITIONS, Replica, as_words, cluster_flags
from expectations import expect_no_content, expect_problem
from servers.process import wait_until

TOPIC = {
    "message.timestamp.type": "LogAppendTime",
    "retention.bytes": -1,
    "retention.ms": 7 * 24 * 3_600_000,
    "cleanup.policy": "delete",
    "unclean.leader.election.enable": "false",
}
EXIT_LIMIT = 20.0


def expect_refusal(replica, *words):
    """It ends by itself with 2; its log says all the words in one line, and nothing of the secret."""
    assert replica.wait_exit(EXIT_LIMIT) == 2, replica.stderr()
    errors = [line for line in replica.stderr().splitlines() if " error " in line]
    assert any(all(word in line for word in words) for line in errors), replica.stderr()
    assert "only-for-tests" not in replica.stderr() and "another-secret" not in replica.stderr()


def test_a_topic_that_is_as_it_should_be_is_taken(make_cluster, stores):
    cluster = make_cluster(more={"--kafka-create-topic": "false"})
    stores.kafka.create_topic(cluster.topic, PARTITIONS, settings=TOPIC)
    stores.kafka.create_topic(f"{cluster.topic}-dead-letter")
    expect_no_content(cluster.add().post(0, "ann"))


@pytest.mark.parametrize("changes, words", [
    ({"message.timestamp.type": "CreateTime"}, ["message.timestamp.type"]),
    ({"retention.bytes": 1_000_000_000}, ["retention.bytes"]),
    ({"retention.ms": 3_600_000}, ["retention.ms"]),
    ({"cleanup.policy": "compact"}, ["cleanup.policy"]),
])  # fmt: skip
def test_a_topic_that_would_lose_events_is_refused(make_cluster, stores, changes, words):
    cluster = make_cluster()
    stores.kafka.create_topic(cluster.topic, PARTITIONS, settings={**TOPIC, **changes})
    expect_refusal(cluster.refuse(), cluster.topic, *words)


@pytest.mark.parametrize("partitions", [PARTITIONS - 1, PARTITIONS + 1])
def test_another_number_of_partitions_is_refused(make_cluster, stores, partitions):
    cluster = make_cluster()
    stores.kafka.create_topic(cluster.topic, partitions, settings=TOPIC)
    expect_refusal(cluster.refuse(), "kafka.partitions", str(partitions))


def test_a_missing_topic_that_is_not_to_be_made_is_refused(make_cluster):
    expect_refusal(make_cluster(more={"--kafka-create-topic": "false"}).refuse(), "kafka.topic")


def test_more_insync_replicas_than_the_topic_asks_for_are_refused(make_cluster, stores):
    cluster = make_cluster(more={"--kafka-min-insync-replicas": 2, "--kafka-replication-factor": 2})
    stores.kafka.create_topic(cluster.topic, PARTITIONS, settings=TOPIC)
    expect_refusal(cluster.refuse(), "kafka.replication_factor")


def test_a_redis_that_evicts_is_refused(make_cluster, stores):
    with stores.redis.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            expect_refusal(make_cluster().refuse(), "redis", "maxmemory-policy")
        finally:
            client.config_set("maxmemory-policy", "noeviction")


def test_a_database_that_forgets_is_refused(make_cluster, stores):
    cluster = make_cluster()
    stores.influx.results(f'CREATE DATABASE "{cluster.topic}" WITH DURATION 30d')
    expect_refusal(cluster.refuse(), "influxdb.bucket")


@pytest.mark.parametrize("roles", ["api,hot,cold", pytest.param("api,hot", marks=pytest.mark.long),
                                   pytest.param("api,cold", marks=pytest.mark.long)])
@pytest.mark.parametrize("changes, setting", [
    ({"--cluster-key": "another-secret-0123456789"}, "cluster.key"),
    ({"--idempotency-window": "48h"}, "idempotency.window"),
])  # fmt: skip
def test_stores_that_count_by_other_settings_are_refused(make_cluster, roles, changes, setting):
    """Whichever of them the replica would work on."""
    cluster = make_cluster()
    replica = cluster.add()
    expect_no_content(replica.post(0, "ann"))
    assert replica.totals(0) == (1, 1, 0), "both stores hold something"
    expect_refusal(cluster.refuse({**changes, "--roles": roles}), setting)
    expect_no_content(replica.post(0, "ben"))
    assert replica.totals(0) == (2, 2, 0), "the first one is not disturbed"


@pytest.mark.parametrize("changes, words", [
    ({"--cluster-key": None}, ["cluster.key"]),
    ({"--cluster-key": "short"}, ["cluster.key"]),
    ({"--redis-endpoints": "localhost:99999"}, ["redis.endpoints"]),
    ({"--kafka-partitions": "0"}, ["kafka.partitions"]),
    ({"--cold-store": "paper"}, ["cold.store"]),
])  # fmt: skip
def test_wrong_settings_need_no_server(binary, tmp_path, changes, words):
    flags = {**cluster_flags("none"), **changes}
    replica = Replica(binary, tmp_path, as_words({name: value for name, value in flags.items() if value is not None}))
    replica.start(wait=None)
    assert replica.wait_exit(EXIT_LIMIT) == 2
    assert all(word in replica.stderr() for word in words), replica.stderr()


def names(replica, server):
    """Whether /readyz says that this server is what is missing."""
    said = json.loads(replica.get("/readyz").body)
    state = said["dependencies"].get(server)
    return not state.startswith("ready") if state is not None else server in said.get("detail", "").lower()


@pytest.mark.parametrize("missing, how", [
    (["kafka"], "hang"),
    (["redis", "influxdb"], "cut"),
    (["kafka", "redis", "influxdb"], "cut"),
    pytest.param(["kafka"], "cut", marks=pytest.mark.long),
    pytest.param(["redis", "influxdb"], "hang", marks=pytest.mark.long),
    pytest.param(["kafka", "redis", "influxdb"], "hang", marks=pytest.mark.long),
])  # fmt: skip
def test_servers_that_are_not_there_at_the_start_are_waited_for(make_cluster, stores, missing, how):
    cluster = make_cluster(proxied=True)
    for name in missing:
        getattr(stores.proxies[name], how)()
    replica = cluster.add(wait="listening")

    wait_until(lambda: names(replica, missing[0]), f"/readyz to name {missing[0]}", 20)
    # A server that hangs is found out when its time limit is over, each by its own.
    wait_until(lambda: replica.get("/readyz").status == 503, "it not to be ready", 20)
    assert replica.get("/healthz").status == 200
    if "kafka" in missing:
        expect_problem(replica.post(0, "ann"), 503, "store_unavailable")
    for name in missing:
        stores.proxies[name].pass_on()
    wait_until(lambda: replica.is_ready, lambda: f"it to be ready: {replica.get('/readyz').text}")
    wait_until(lambda: replica.post(0, "ann", more="&id=first").status == 204, "a POST to be taken", 20)
    assert replica.totals(0) == (1, 1, 0)


@pytest.mark.parametrize("missing", ["redis", "influxdb"])
def test_one_store_that_is_not_there_at_the_start_is_named_and_waited_for(make_cluster, stores, missing):
    cluster = make_cluster(proxied=True)
    stores.proxies[missing].cut()
    replica = cluster.add(wait="listening")
    if missing == "redis":
        wait_until(lambda: replica.is_ready, "it to be ready, as InfluxDB alone can answer")
    wait_until(lambda: names(replica, missing), f"{missing} to be named", 20)
    wait_until(lambda: replica.post(0, "ann", more="&id=first").status == 204, "a POST to be taken", 20)
    stores.proxies[missing].pass_on()
    wait_until(lambda: all(state.startswith("ready") for state in replica.dependencies().values()),
               "all to be ready", 20)
    assert replica.is_ready, "without any read meanwhile"
    assert replica.totals(0) == (1, 1, 0)
