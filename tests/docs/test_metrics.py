"""docs/operating/metrics.md names what is served, and what documents name is served.

What it says of a cluster is compared with a replica by tests/cluster/test_cluster_metrics.py.
"""

import re

import pytest

import metrics_page
from documents import executed_documents, names_of

NAME = re.compile(r"\b(?:hourglass|process)_\w+_(?:total|seconds|bytes|info|fds|next|end|running|alarm|records|events|partitions"
                  r"|connections|hours|users|keys)(?:_bucket|_sum|_count)?\b")


@pytest.fixture
def page(server):
    server.post(1_700_000_000_000, "ann")
    server.get("/nothing")
    return server.get("/metrics").text


def test_the_page_names_every_metric_with_its_labels_and_type_and_no_other(page):
    metrics_page.check(page, metrics_page.documented_for_one_machine())


@pytest.mark.parametrize("document", executed_documents(), ids=names_of(executed_documents()))
def test_metrics_that_documents_speak_of_exist(document):
    known = {*metrics_page.documented_for_one_machine(), *metrics_page.documented_for_a_cluster()}
    for name in NAME.findall(document.read_text()):
        assert re.sub(r"_(bucket|sum|count)$", "", name) in known, name
