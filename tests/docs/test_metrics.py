"""docs/operating/metrics.md names what is served, and what documents name is served."""

import re

import pytest

from documents import REPOSITORY, executed_documents, names_of, table_rows

PAGE = REPOSITORY / "docs/operating/metrics.md"
ROW = re.compile(r"`(\w+)(?:\{([\w,]+)\})?`")
SAMPLE = re.compile(r"^(\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? \S+$")
NAME = re.compile(r"\b(?:hourglass|process)_\w+_(?:total|seconds|bytes|info|fds)(?:_bucket|_sum|_count)?\b")
TYPE = re.compile(r"^# TYPE (\w+) (\w+)$", re.MULTILINE)


@pytest.fixture
def served(server):
    """The labels of every metric, by its name."""
    server.post(1_700_000_000_000, "ann")
    server.get("/nothing")
    page = server.get("/metrics").text
    labels = {name: set() for name, _ in TYPE.findall(page)}
    for line in page.splitlines():
        sample = SAMPLE.match(line)
        if sample:
            labels[sample[1]] |= set(re.findall(r'(\w+)="', sample[2] or "")) - {"le"}
    return labels


def documented():
    found = {}
    for name, kind, *_ in table_rows(PAGE, "metric"):
        metric = ROW.fullmatch(name)
        assert metric, name
        found[metric[1]] = (set(filter(None, (metric[2] or "").split(","))), kind)
    return found


def test_the_page_names_every_metric_with_its_labels_and_no_other(served):
    assert {name: labels for name, (labels, _) in documented().items()} == served


def test_types_and_units_are_those_served(server):
    types = dict(TYPE.findall(server.get("/metrics").text))
    for name, (_, kind) in documented().items():
        assert kind.split(",")[0] == types[name], name
        if name.endswith("_bytes") or name.endswith("_bytes_total"):
            assert kind.endswith(", bytes"), name
        if name.endswith("_seconds") or name.endswith("_seconds_total"):
            assert ", s" in kind, name


@pytest.mark.parametrize("document", executed_documents(), ids=names_of(executed_documents()))
def test_metrics_that_documents_speak_of_are_served(document, served):
    for name in NAME.findall(document.read_text()):
        assert re.sub(r"_(bucket|sum|count)$", "", name) in served, name
