"""Fixtures for tests of whole clusters. The servers are started once; topics and databases are each test's own.

They are a plugin of tests/conftest.py: a second conftest.py would hide the first from those that import it.
"""

import pytest

from cluster.replicas import Cluster, Stores

CLUSTERS = pytest.StashKey()


@pytest.fixture(scope="session")
def _stores(tmp_path_factory):
    with Stores(tmp_path_factory.mktemp) as stores:
        yield stores


@pytest.fixture
def stores(_stores):
    """Kafka, Redis and InfluxDB, which run and answer; a test may do anything to them that make_good() mends."""
    _stores.make_good()
    return _stores


@pytest.fixture
def make_cluster(binary, stores, unique_name, tmp_path_factory, request):
    """make_cluster(proxied=False, more=flags) is a cluster without replicas, whose replicas are stopped in the end."""
    made = request.node.stash.setdefault(CLUSTERS, [])

    def make(**how):
        made.append(Cluster(binary, stores, unique_name(), tmp_path_factory.mktemp, **how))
        return made[-1]

    yield make
    stores.make_good()
    faults = []
    for cluster in made:
        try:
            cluster.close()
        except AssertionError as fault:
            faults.append(str(fault))
    assert not faults, "\n".join(faults)


class SharedCluster:
    """The cluster that the tests of a module share. After one that failed there is a new one."""

    def __init__(self, make):
        self.make, self.cluster, self.good = make, None, True

    def get(self):
        if self.cluster is not None and not self.good:
            self.close()
        if self.cluster is None:
            self.cluster = self.make().start()
        self.good = False
        return self.cluster

    def close(self):
        if self.cluster is not None:
            cluster, self.cluster = self.cluster, None
            cluster.close()


@pytest.fixture(scope="module")
def _shared(binary, _stores, tmp_path_factory, request):
    # A module says with HOW what its cluster is made with.
    how = getattr(request.module, "HOW", {})
    names = (f"{request.module.__name__}-{number}".replace("_", "-") for number in range(1, 1000))
    shared = SharedCluster(
        lambda: Cluster(binary, _stores, next(names), tmp_path_factory.mktemp, **how))
    yield shared
    _stores.make_good()
    shared.close()


@pytest.fixture
def cluster(_shared, stores, request):
    """Three ready replicas, the same for all tests of a module as long as they pass. Stores run and proxies pass on."""
    running = _shared.get()
    request.node.stash.setdefault(CLUSTERS, []).append(running)
    yield running
    stores.make_good()
    running.check_alive()
    _shared.good = not request.node.stash.get(FAILED, False)


FAILED = pytest.StashKey()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    item.stash[FAILED] = True
    for made in item.stash.get(CLUSTERS, []):
        for replica in [*made.replicas, *made.ended]:
            report.sections.append((f"stderr of replica {replica.port}", replica.stderr()[-4000:]))
