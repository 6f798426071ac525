"""One fault after the other under traffic: no number changes, and everything recovers without a restart of a replica.

All replicas reach their servers through proxies. They are the same for all tests as long as these pass, and so is the
count, so that every test compares what those before it have left as well.
"""

import threading
import time

import pytest

from cluster.counted import HOUR_MS, Counted
from cluster.replicas import GONE, SESSION
from cluster.traffic import Traffic, expect_exact, wait_for_strong_read
from servers.process import wait_until

HOW = {"proxied": True}
FAULT_SECONDS = 2.5  # longer than the time limit of a call to Redis or a read of InfluxDB
MOST_RESIDENT_MIB = 250
IDLE_SECONDS = 4
MOST_IDLE_CPU = 0.25  # of one core, for a replica without any traffic, on a slow machine


@pytest.fixture
def traffic(cluster, stores):
    """Traffic to the module's cluster; in the end all numbers are exact and every replica lives."""
    if not hasattr(cluster, "counted"):
        cluster.counted = Counted()
    with Traffic(cluster, cluster.counted, pause=0.02) as traffic:
        traffic.goes_on(50)
        yield traffic
        stores.make_good()
        cluster.thaw_all()
        traffic.goes_on(50)
        for replica in cluster.replicas:
            wait_for_strong_read(replica, 0)
        print(traffic.tally)
    expect_exact(cluster, cluster.counted)
    wait_until(lambda: all(replica.is_ready for replica in cluster.replicas), "all replicas to be ready again")
    for replica in cluster.replicas:
        assert replica.resident_mib() < MOST_RESIDENT_MIB
        assert not any(text.endswith(" 1") for text in replica.metric_lines("hourglass_partition_alarm{"))


def test_redis_is_emptied(traffic, stores):
    for _ in range(3):
        stores.redis.client().flushall()
        traffic.goes_on(60)


def test_redis_is_killed_and_comes_back(traffic, stores):
    stores.redis.kill()
    traffic.goes_on(50, limit=20)  # acknowledged without it
    stores.redis.start()


def test_redis_comes_back_with_an_old_file(traffic, stores, tmp_path):
    stores.redis.stop()
    old = {path: path.read_bytes() for path in stores.redis.folder.glob("appendonlydir/*")}
    stores.redis.start()
    traffic.goes_on(100)
    stores.redis.kill()
    for path in stores.redis.folder.glob("appendonlydir/*"):
        path.unlink()
    for path, content in old.items():
        path.write_bytes(content)
    stores.redis.start()


def test_redis_hangs(traffic, stores):
    stores.redis.freeze()
    traffic.goes_on(50, limit=20)
    time.sleep(FAULT_SECONDS)
    stores.redis.thaw()


def test_influxdb_is_killed_and_comes_back(traffic, cluster, stores):
    stores.influx.kill()
    expect_hot_numbers_to_go_on(traffic, cluster)
    stores.influx.start()


def test_influxdb_hangs(traffic, cluster, stores):
    stores.influx.freeze()
    expect_hot_numbers_to_go_on(traffic, cluster)
    time.sleep(FAULT_SECONDS)
    stores.influx.thaw()


def expect_hot_numbers_to_go_on(traffic, cluster):
    """Every POST is acknowledged at the first attempt, and the current hour is read strongly."""
    time.sleep(0.5)
    refused = {what: number for what, number in traffic.tally.items() if what in REFUSALS}
    traffic.goes_on(100, limit=20)
    assert refused == {what: number for what, number in traffic.tally.items() if what in REFUSALS}
    for replica in cluster.replicas:
        for consistency in ("strong", "fast"):
            answer = replica.read_answer(traffic.now, consistency)
            assert (answer.status, answer.header("Hourglass-Source")) == (200, "hot"), (consistency, answer)


REFUSALS = ("no answer in time", "connection lost", "store_unavailable", "overloaded", "outcome_unknown")


@pytest.mark.parametrize("kill", [pytest.param(False, marks=pytest.mark.long, id="stopped"),
                                  pytest.param(True, id="killed")])
def test_kafka_is_started_again(traffic, stores, kill):
    stores.kafka.restart(kill)


def test_kafka_hangs(traffic, stores):
    """Longer than the session of the groups, and than an answer may take."""
    stores.kafka.freeze()
    time.sleep(SESSION + 1)
    stores.kafka.thaw()


@pytest.mark.parametrize("server", ["redis", "influxdb", "kafka"])
@pytest.mark.parametrize("fault", ["answer_garbage", *(pytest.param(fault, marks=pytest.mark.long)
                                                       for fault in ("cut", "hang", "delay"))])
def test_the_network_before_a_server_is_bad(traffic, stores, server, fault):
    proxy = stores.proxies[server]
    getattr(proxy, fault)(*([150] if fault == "delay" else []))
    if server != "kafka" or fault == "delay":
        traffic.goes_on(30, limit=30)
    time.sleep(FAULT_SECONDS)
    proxy.pass_on()


def test_connections_are_cut_again_and_again(traffic, stores):
    for _ in range(5):
        for proxy in stores.proxies.values():
            proxy.cut()
            time.sleep(0.05)
            proxy.pass_on()
            time.sleep(0.2)


@pytest.mark.long
def test_everything_is_slow(traffic, stores):
    for proxy in stores.proxies.values():
        proxy.delay(50)
    traffic.goes_on(30)


def test_a_frozen_replica_that_wakes_changes_nothing(traffic, cluster):
    frozen = cluster.replicas[1]
    frozen.freeze()
    time.sleep(SESSION + 2)
    traffic.goes_on(20)
    frozen.thaw()


def test_a_clean_stop_under_load_answers_everybody(cluster, traffic):
    """What had arrived completely is answered. What a client sends while its connection is being closed is not, and
    is not counted either."""
    leaving, hour = cluster.add(), traffic.now + HOUR_MS * 20
    unanswered, answered = [], []

    def post(number):
        with leaving.connect() as connection:
            for sequence in range(10_000):
                event = f"/analytics?timestamp={hour}&user=u{number}&click&id=stop-{number}-{sequence}"
                try:
                    answer = connection.ask("POST", event)
                except GONE as fault:
                    unanswered.append((number, sequence, fault))
                    return
                answered.append((number, sequence, answer.status))
                if answer.says_close:
                    return

    threads = [threading.Thread(target=post, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(answered) > 40, "posts")
    begun = time.monotonic()
    cluster.stop(leaving)
    assert time.monotonic() - begun < 15
    for thread in threads:
        thread.join()
    good = {(number, sequence) for number, sequence, status in answered if status == 204}
    assert len(unanswered) <= len(threads)
    assert {status for _, _, status in answered} <= {204, 503}
    assert cluster.replicas[0].totals(hour) == (4, len(good), 0)


def test_an_idle_replica_needs_little(cluster):
    """After all that, with nothing to do."""
    time.sleep(1)
    before = [replica.cpu_seconds() for replica in cluster.replicas]
    time.sleep(IDLE_SECONDS)
    spent = [replica.cpu_seconds() - seconds for replica, seconds in zip(cluster.replicas, before)]
    print(f"{spent} s of {IDLE_SECONDS} s, {[replica.resident_mib() for replica in cluster.replicas]} MiB")
    assert max(spent) / IDLE_SECONDS < MOST_IDLE_CPU, spent


@pytest.mark.long
def test_influxdb_is_away_for_ten_minutes(traffic, cluster, stores):
    """Tens of thousands of events wait for it in the log, and are counted once it is back; hot numbers do not wait."""
    stores.influx.kill()
    traffic.pause = 0
    deadline = time.monotonic() + 600
    slowest = 0.0
    while time.monotonic() < deadline:
        expect_hot_numbers_to_go_on(traffic, cluster)
        begun = time.monotonic()
        cluster.replicas[0].read_answer(traffic.now, "strong")
        slowest = max(slowest, time.monotonic() - begun)
    print(f"slowest strong read of the current hour: {slowest:.3f} s")
    traffic.pause = 0.02
    stores.influx.start()
