"""What a client is promised whichever replica it asks, and what only a cluster promises."""

import itertools
import re
import time

import pytest

from cluster.counted import HOUR_MS
from cluster.replicas import KEY
from expectations import expect_no_content, expect_problem, expect_report, line
from hourglass_process import parse_totals, request
from servers.process import wait_until

LAST_HOUR = 2_562_046  # what InfluxDB can name
AGES = [0, 1, 30, 24 * 400, 24 * 365 * 50]  # in hours; the first two are in Redis, the others in InfluxDB
_hours = itertools.count(-46)


def now_ms():
    return int(time.time() * 1000)


@pytest.fixture
def hour():
    """The first millisecond of an hour that Redis keeps and no other test of this module touches: a future one."""
    return (now_ms() // HOUR_MS - next(_hours)) * HOUR_MS


@pytest.fixture
def past_hour(hours):
    """The same of an hour that only InfluxDB has."""
    return hours()


def key(value):
    return [("Idempotency-Key", value)]


def pairs(cluster):
    return list(itertools.permutations(cluster.replicas, 2))


def test_a_strong_read_at_any_replica_sees_at_once_what_another_acknowledged(cluster, hour):
    count = 0
    for one, other in pairs(cluster) * 3:
        expect_no_content(one.post(hour, f"user{count}", ("click", "impression")[count % 2]))
        count += 1
        assert other.totals(hour) == (count, (count + 1) // 2, count // 2)


def test_a_late_event_is_in_a_strong_read_at_once_however_old(cluster):
    for age, (one, other) in zip(AGES, pairs(cluster)):
        timestamp = max(0, now_ms() - age * HOUR_MS)
        before = one.totals(timestamp)
        expect_no_content(one.post(timestamp, f"late{age}", "impression"))
        assert other.totals(timestamp) == (before[0] + 1, before[1], before[2] + 1)


def test_a_fast_read_holds_what_is_older_than_its_lag(cluster, hour):
    one, other, _ = cluster.replicas
    acknowledged, with_lag = [], 0
    with one.connect() as writer, other.connect() as reader:
        for number in range(60):
            expect_no_content(writer.ask("POST", f"/analytics?timestamp={hour}&user=u{number}&click"))
            acknowledged.append(time.monotonic())
            begun = time.monotonic()
            answer = reader.ask("GET", f"/analytics?timestamp={hour}")
            lag = answer.header("Hourglass-Lag-Ms")
            if lag is not None:
                with_lag += 1
                due = sum(moment < begun - int(lag) / 1000 for moment in acknowledged)
                assert parse_totals(answer.body)[1] >= due
            time.sleep(0.01)
    assert with_lag > 30, "most answers say their lag while reads go on"


def test_the_lag_of_fast_reads_that_go_on_is_small(cluster, hour):
    replica = cluster.replicas[0]

    def lag():
        value = replica.read_answer(hour, "fast").header("Hourglass-Lag-Ms")
        return value is not None and int(value) < 1000

    wait_until(lag, "a lag below a second", 10)


@pytest.mark.parametrize("consistency", ["strong", "fast", None])
@pytest.mark.parametrize("where", ["hot", "cold"])
def test_the_headers_of_a_read(cluster, hour, past_hour, where, consistency):
    timestamp = hour if where == "hot" else past_hour
    one, other, _ = cluster.replicas
    expect_no_content(one.post(timestamp, "ann"))
    assert other.totals(timestamp) == (1, 1, 0)
    query = f"&consistency={consistency}" if consistency else ""
    for _ in range(2):
        answer = other.get(f"/analytics?timestamp={timestamp}{query}")
        time.sleep(0.2)  # the first fast read begins the watch on the end of the log
    assert (answer.status, parse_totals(answer.body)) == (200, (1, 1, 0)), "a replica never goes back"
    assert answer.header("Hourglass-Source") == where
    assert answer.header("Hourglass-Uniques") == "exact"
    assert answer.header("Cache-Control") == "no-store"
    lag = answer.header("Hourglass-Lag-Ms")
    assert lag is None if consistency == "strong" else re.fullmatch("[0-9]+", lag or "none"), lag


def test_a_connection_sees_its_own_posts_in_fast_reads(cluster, hour):
    with cluster.replicas[2].connect() as connection:
        for number in range(20):
            expect_no_content(connection.ask("POST", f"/analytics?timestamp={hour}&user=u{number}&impression"))
            answer = connection.ask("GET", f"/analytics?timestamp={hour}")
            assert parse_totals(answer.body) == (number + 1, 0, number + 1)
        connection.send(b"".join(
            request("POST", f"/analytics?timestamp={hour}&user=more{number}&click")
            + request("GET", f"/analytics?timestamp={hour}&consistency=fast") for number in range(10)))
        for number in range(10):
            expect_no_content(connection.read_answer())
            assert parse_totals(connection.read_answer().body) == (21 + number, 1 + number, 20)


def test_a_key_counts_once_at_whatever_replicas_it_is_sent(cluster, hour, past_hour):
    for replica in cluster.replicas * 2:
        expect_no_content(replica.post(hour, "ann", headers=key(f"one-{hour}")))
        expect_no_content(replica.post(past_hour, "ann", "impression", key(f"one-{hour}")))
        expect_no_content(replica.post(hour, "ben", more=f"&id=one-{hour}"))
    assert {replica.totals(hour) for replica in cluster.replicas} == {(2, 2, 0)}
    assert cluster.replicas[0].totals(past_hour) == (0, 0, 0), "its key was seen before"


def test_a_batch_with_a_key_counts_once_at_two_replicas(cluster, hour):
    body = b"\n".join(line(hour, f"user{number % 7}", ("click", "impression")[number % 2]) for number in range(50))
    for replica in cluster.replicas:
        report = expect_report(replica.batch(body, key(f"batch-{hour}")))
        assert (report["accepted"], report["rejected_count"]) == (50, 0)
    one, other, third = cluster.replicas
    assert other.totals(hour) == (7, 25, 25)
    expect_no_content(third.post(hour, "user0", more=f"&id=batch-{hour}%231"))
    assert one.totals(hour) == (7, 25, 25), "line 1 has the key key#1"


def test_lines_with_ids_count_once_at_two_replicas(cluster, hour):
    body = b"\n".join(line(hour, f"user{number}", id=f"{hour}-{number}") for number in range(20))
    for replica in cluster.replicas:
        assert expect_report(replica.batch(body))["accepted"] == 20
    expect_no_content(cluster.replicas[0].post(hour, "user3", headers=key(f"{hour}-3")))
    assert cluster.replicas[1].totals(hour) == (20, 20, 0)


def test_a_batch_counts_its_good_lines_in_their_hours(cluster, hour, past_hour):
    one, other, _ = cluster.replicas
    beyond = line((LAST_HOUR + 1) * HOUR_MS)
    lines = [line(hour), line(past_hour, "ben", "impression"), beyond, b"{", b"", line(hour, "cid")]
    report = expect_report(one.batch(b"\n".join(lines)))
    assert report["accepted"] == 3
    rejected = [(entry["line"], entry["code"]) for entry in report["rejected"]]
    assert rejected == [(3, "timestamp_out_of_range"), (4, "invalid_json")]
    assert (other.totals(hour), other.totals(past_hour)) == ((2, 2, 0), (1, 0, 1))


@pytest.mark.parametrize("timestamp", [(LAST_HOUR + 1) * HOUR_MS, 253_402_300_799_999])
def test_an_hour_that_no_store_can_name_is_refused_and_reads_zeros(make_cluster, timestamp):
    replica = make_cluster(more={"--events-max-future": "forever"}).add()
    expect_problem(replica.post(timestamp, "ann"), 400, "timestamp_out_of_range")
    for consistency in ("strong", "fast"):
        assert replica.read(timestamp, consistency) == (0, 0, 0)
    last = (LAST_HOUR + 1) * HOUR_MS - 1
    expect_no_content(replica.post(last, "ann"))
    assert replica.totals(last) == (1, 1, 0)


def test_an_event_lies_at_most_48_h_in_the_future(cluster):
    replica = cluster.replicas[0]
    expect_problem(replica.post(now_ms() + 48 * HOUR_MS + 60_000, "ann"), 400, "timestamp_out_of_range")
    expect_no_content(replica.post(now_ms() + 48 * HOUR_MS - 60_000, "ann"))


def test_a_cluster_is_not_exported(cluster):
    expect_problem(cluster.replicas[0].get("/analytics/events"), 404, "not_found")


def test_health_readiness_and_metrics(cluster):
    for replica in cluster.replicas:
        assert replica.get("/healthz").status == 200
        assert replica.get("/readyz").status == 200
        assert set(replica.dependencies()) >= {"kafka", "redis", "influxdb", "hot", "cold"}
        text = replica.get("/metrics").text
        assert KEY not in text and KEY not in replica.stderr()
    workers = [text for replica in cluster.replicas for text in replica.metric_lines("hourglass_partition_running{")]
    for store in ("hot", "cold"):
        owned = sorted(re.search(r'partition="(\d+)"', text)[1] for text in workers if f'store="{store}"' in text)
        assert owned == ["0", "1", "2", "3"], "each partition has one worker"


def test_roles_can_be_had_apart(make_cluster):
    cluster = make_cluster()
    api = cluster.add({"--roles": "api"})
    expect_no_content(api.post(now_ms(), "ann"))
    expect_problem(api.read_answer(now_ms(), "strong"), 503, "deadline_exceeded")
    hot = cluster.add({"--roles": "hot"})
    assert api.totals(now_ms()) == (1, 1, 0)
    cold = cluster.add({"--roles": "cold"})
    expect_no_content(api.post(0, "ann", "impression"))
    assert api.totals(0) == (1, 0, 1)
    for worker in (hot, cold):
        for method, target in (("GET", "/analytics?timestamp=0"), ("POST", "/analytics?timestamp=0&user=ann&click"),
                               ("POST", "/analytics/batch"), ("GET", "/")):
            expect_problem(worker.ask(method, target), 404, "not_found")
        assert [worker.get(target).status for target in ("/healthz", "/readyz", "/metrics")] == [200] * 3
    assert "cold" not in hot.dependencies() and "hot" not in cold.dependencies()
