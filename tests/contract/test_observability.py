"""/healthz, /readyz, /metrics and the log."""

import json
import re

import pytest

from expectations import expect_no_content, expect_report, line
from hourglass_process import request

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABELS = r'\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*\}'
NUMBER = r"(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]Inf|NaN)"
SAMPLE = re.compile(rf"({NAME})({LABELS})? ({NUMBER})(?: -?\d+)?")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"')


class Metrics:
    """The exposition format of Prometheus, parsed strictly."""

    def __init__(self, text):
        assert text.endswith("\n")
        self.types, self.helps, self.samples = {}, {}, {}
        for row in text.splitlines():
            if row.startswith("# TYPE "):
                _, _, name, kind = row.split(" ")
                assert name not in self.types, f"two TYPE lines for {name}"
                assert kind in ("counter", "gauge", "histogram", "summary", "untyped"), row
                self.types[name] = kind
            elif row.startswith("# HELP "):
                name = row.split(" ")[2]
                assert name not in self.helps, f"two HELP lines for {name}"
                self.helps[name] = row
            elif row and not row.startswith("#"):
                match = SAMPLE.fullmatch(row)
                assert match, f"not a sample: {row!r}"
                labels = tuple(sorted(LABEL.findall(match[2] or "")))
                assert (match[1], labels) not in self.samples, f"twice: {row}"
                self.samples[match[1], labels] = float(match[3].replace("Inf", "inf"))

    def family(self, name):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        return base if self.types.get(base) in ("histogram", "summary") else name

    def find(self, pattern, kind=None, **labels):
        """The samples of the families whose name matches, with labels of these values."""
        found = {}
        for (name, pairs), value in self.samples.items():
            family = self.family(name)
            if re.search(pattern, family) and (kind is None or self.types.get(family) == kind):
                if all(dict(pairs).get(label) == wanted for label, wanted in labels.items()):
                    found[name, pairs] = value
        return found

    def total(self, pattern, *values):
        """The sum of the counters whose name matches and which carry these label values, whatever the labels' names."""
        found = self.find(pattern, "counter")
        return sum(value for (_, pairs), value in found.items() if set(values) <= {text for _, text in pairs})


def metrics(server):
    answer = server.get("/metrics")
    assert answer.status == 200
    assert answer.header("Content-Type").startswith("text/plain")
    return Metrics(answer.text)


def test_healthz_and_readyz_are_200_once_it_serves(server):
    for path in ("/healthz", "/readyz"):
        for target in (path, f"{path}?verbose=%zz&x"):
            assert server.get(target).status == 200


def test_readyz_tells_the_state_of_each_dependency(server):
    answer = server.get("/readyz")
    assert answer.header("Content-Type") == "application/json"
    assert json.loads(answer.body)["dependencies"] == {"store": "ready"}


def test_metrics_are_prometheus_text_by_its_conventions(server, hour):
    expect_no_content(server.post(hour, "ann"))
    found = metrics(server)
    assert found.samples
    for (name, _), value in found.samples.items():
        family = found.family(name)
        assert family in found.types, f"{name} has no TYPE"
        assert family in found.helps, f"{name} has no HELP"
        if found.types[family] == "counter":
            assert name.endswith("_total"), f"the counter {name} should end in _total"
            assert value >= 0
    ours = {found.family(name) for name, _ in found.samples if not name.startswith(("process_", "go_"))}
    assert all(name.startswith("hourglass_") for name in ours), ours


def test_histograms_are_whole(server, hour):
    expect_no_content(server.post(hour, "ann"))
    found = metrics(server)
    names = [name for name, kind in found.types.items() if kind == "histogram"]
    assert names
    for name in names:
        series = {}
        for (sample, pairs), value in found.samples.items():
            if sample == f"{name}_bucket":
                rest = tuple(pair for pair in pairs if pair[0] != "le")
                series.setdefault(rest, []).append((float(dict(pairs)["le"].replace("Inf", "inf")), value))
        for rest, buckets in series.items():
            buckets.sort()
            counts = [count for _, count in buckets]
            assert buckets[-1][0] == float("inf") and counts == sorted(counts), (name, rest)
            assert found.samples[f"{name}_count", rest] == counts[-1]
            assert (f"{name}_sum", rest) in found.samples


def rise(server, action, pattern, *values):
    before = metrics(server).total(pattern, *values)
    action()
    return metrics(server).total(pattern, *values) - before


REQUESTS = r"requests?_total$"


@pytest.mark.parametrize(
    "method, target, code",
    [
        ("GET", "/analytics?timestamp=1", "200"),
        ("GET", "/analytics", "400"),
        ("POST", "/analytics?timestamp=7500000000000&user=ann&click", "204"),
        ("POST", "/analytics/batch", "200"),
        ("DELETE", "/analytics", "405"),
        ("GET", "/nowhere", "404"),
    ],
)
def test_requests_are_counted_by_route_and_code(server, method, target, code):
    path = target.split("?")[0]
    labels = (code,) if path == "/nowhere" else (code, path)

    def act():
        for _ in range(5):
            assert str(server.ask(method, target).status) == code

    assert rise(server, act, REQUESTS, *labels) == 5


def test_an_unknown_path_makes_no_time_series_of_its_own(server):
    for number in range(20):
        server.get(f"/made-up-{number}?timestamp=1")
        server.ask(f"VERB{number}", "/analytics")
    answer = server.get("/metrics")
    assert "made-up" not in answer.text and "VERB" not in answer.text


def test_latency_and_commits_are_histograms(server, hour):
    for number in range(3):
        expect_no_content(server.post(hour, f"u{number}"))
    found = metrics(server)
    latency = found.find(r"request.*(duration|latency|seconds)|(duration|latency).*request", "histogram")
    commits = found.find("commit", "histogram")
    for kind in (latency, commits):
        assert any(name.endswith("_count") and value > 0 for (name, _), value in kind.items()), list(kind)[:3]


@pytest.mark.parametrize("event", ["click", "impression"])
def test_events_are_counted_by_kind(server, hour, event):
    def act():
        for number in range(4):
            expect_no_content(server.post(hour, f"u{number}", event))
        expect_report(server.batch(b"\n".join(line(hour, f"b{number}", event) for number in range(3))))

    assert rise(server, act, r"events?(_\w+)?_total$", event) == 7


def test_duplicates_are_counted(server, hour):
    def act():
        for _ in range(4):
            expect_no_content(server.post(hour, "ann", headers=[("Idempotency-Key", "dup")]))

    assert rise(server, act, "duplicate") == 3


@pytest.mark.parametrize(
    "query, code", [("timestamp=x", "invalid_timestamp"), ("timestamp=1&user=%zz", "invalid_escape")]
)
def test_refusals_are_counted_by_code(server, query, code):
    def act():
        for _ in range(3):
            assert server.ask("POST", f"/analytics?{query}").status == 400

    assert rise(server, act, r"refus|reject|error", code) == 3


@pytest.mark.parametrize(
    "pattern", ["queue", r"hours?", r"users?", r"(disk|store|data).*bytes|bytes.*(disk|store|data)"]
)
def test_queue_depth_hours_and_users_in_memory_and_bytes_on_disk_are_gauges(server, hour, pattern):
    expect_no_content(server.post(hour, "ann"))
    found = metrics(server).find(pattern, "gauge")
    assert found, f"no gauge for {pattern}"
    if "queue" not in pattern:
        assert any(value > 0 for value in found.values()), found


SECRETS = [
    "secretuser",
    "secretkey",
    "secretpath",
    "secretvalue",
    "secretheader",
    "secretbody",
    "7700000000000",
]


@pytest.mark.parametrize("level", ["info", "debug", "trace"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_no_user_and_no_target_in_the_log(start_server, level, form):
    try:
        server = start_server(flags=["--log-level", level, "--log-format", form])
    except AssertionError as fault:
        # The contract names no level but `info`, so another one may be refused.
        assert level != "info" and "exited with 2" in str(fault), fault
        return
    event = "/analytics?timestamp=7700000000000&user=secretuser&click&x=secretvalue"
    headers = [("Idempotency-Key", "secretkey"), ("X", "secretheader")]
    expect_no_content(server.ask("POST", event, headers, b"secretbody"))
    server.get("/secretpath?x=secretvalue")
    server.ask("POST", f"{event}&user=secretuser", headers)
    server.batch(line(7_700_000_000_000, "secretuser", id="secretkey") + b"\n{secretbody", headers)
    server.batch(b"secretbody", [("Content-Encoding", "gzip")])
    with server.connect() as connection:
        connection.send(request("POST", event, [*headers, ("Content-Length", "+1")]))
        connection.read_answer()
    server.stop()
    log = server.stderr()
    assert [secret for secret in SECRETS if secret in log] == []
    assert log.strip(), "the log says at least where it listens"
    if form == "json":
        for row in log.splitlines():
            assert isinstance(json.loads(row), dict), row


def test_the_log_is_one_line_an_event_and_says_where_it_listens(server):
    assert f"listening address=127.0.0.1 port={server.port}" in server.stderr()
