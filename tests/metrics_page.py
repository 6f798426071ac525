"""The metrics that a server serves, and what docs/operating/metrics.md says of them."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs/operating/metrics.md"
ROW = re.compile(r"\| `(\w+)(?:\{([\w,]+)\})?` \| ([^|]+) \|")
SAMPLE = re.compile(r"^(\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? \S+$")
TYPE = re.compile(r"^# TYPE (\w+) (\w+)$", re.MULTILINE)
CLUSTER, ANYWHERE = "In a cluster", ("Requests", "Process")  # sections: of replicas only, and of every server


def served(page):
    """{name: (labels, type)} of every metric on a page of /metrics."""
    metrics = {name: (set(), kind) for name, kind in TYPE.findall(page)}
    for line in page.splitlines():
        sample = SAMPLE.match(line)
        if sample:
            metrics[sample[1]][0].update(set(re.findall(r'(\w+)="', sample[2] or "")) - {"le"})
    return metrics


def _sections():
    """{heading: {name: (labels, type and unit)}}"""
    found, heading = {}, None
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        row = ROW.match(line)
        if row:
            labels = set(filter(None, (row[2] or "").split(",")))
            rows = found.setdefault(heading, {})
            assert row[1] not in rows, f"{row[1]} stands twice in {heading}"
            rows[row[1]] = labels, row[3].strip()
    return found


def _joined(sections):
    return {name: described for section in sections for name, described in section.items()}


def documented_for_one_machine():
    return _joined(rows for heading, rows in _sections().items() if heading != CLUSTER)


def documented_for_a_cluster():
    sections = _sections()
    return _joined(sections[heading] for heading in (*ANYWHERE, CLUSTER))


def check(page, documented):
    """A page of /metrics has what is documented and nothing else, with these labels, types and units."""
    found = served(page)
    for name in sorted({*found, *documented}):
        assert name in documented, f"{name} is served and not documented"
        assert name in found, f"{name} is documented and not served"
        (labels, kind), (served_labels, served_type) = documented[name], found[name]
        assert labels == served_labels, f"{name} has the labels {served_labels}"
        assert kind.split(",")[0] == served_type, f"{name} is a {served_type}"
        if name.endswith(("_bytes", "_bytes_total")):
            assert kind.endswith(", bytes"), f"{name} is not documented as bytes"
        if name.endswith(("_seconds", "_seconds_total")):
            assert ", s" in kind, f"{name} is not documented as seconds"
