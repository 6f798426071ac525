"""Fixtures for every test that starts the real program."""

import itertools
import os
from pathlib import Path

import pytest

from hourglass_process import Server

pytest_plugins = ["servers.fixtures", "cluster.fixtures"]

REPOSITORY = Path(__file__).resolve().parent.parent
STARTED = pytest.StashKey()
FIRST_HOUR = 472_222  # 2023-11-14T22:00Z; every test takes hours of its own from here on
HOUR_MS = 3_600_000
_hours = itertools.count(FIRST_HOUR)


@pytest.fixture(scope="session")
def binary():
    """The program under test: HOURGLASS_BINARY, or the release build."""
    path = Path(os.environ.get("HOURGLASS_BINARY") or REPOSITORY / "build/release/hourglass").resolve()
    if not os.access(path, os.X_OK):
        pytest.fail(f"no program at {path}; build it or set HOURGLASS_BINARY", pytrace=False)
    return path


@pytest.fixture
def hour():
    """The first millisecond of an hour that no other test touches."""
    return next(_hours) * HOUR_MS


@pytest.fixture
def hours():
    """Gives the first milliseconds of as many untouched hours as a test asks for."""
    return lambda: next(_hours) * HOUR_MS


class _Holder:
    """The server that the tests of a module share; a dead one is replaced, so that one crash fails one test."""

    def __init__(self, binary, make_folder):
        self.binary, self.make_folder, self.server = binary, make_folder, None

    def get(self):
        if self.server is None or not self.server.alive:
            self.server = None
            self.server = Server(self.binary, self.make_folder("server")).start()
        return self.server


@pytest.fixture(scope="module")
def server_holder(binary, tmp_path_factory):
    holder = _Holder(binary, tmp_path_factory.mktemp)
    yield holder
    if holder.server is not None:
        holder.server.stop()


@pytest.fixture
def server(server_holder, request):
    """The module's server with default settings, ready. The test fails if the program does not survive it."""
    running = server_holder.get()
    request.node.stash.setdefault(STARTED, []).append(running)
    yield running
    if not running.alive:
        server_holder.server = None
        pytest.fail(
            f"the program ended with {running.process.returncode} during this test:\n{running.stderr()[-4000:]}"
        )


@pytest.fixture
def start_server(binary, tmp_path_factory, request):
    """start_server(flags=[...], env={...}, config="toml", wait="ready") starts a server of the test's own."""
    started = request.node.stash.setdefault(STARTED, [])
    own = []

    def start(flags=(), env=None, config=None, wait="ready", folder=None):
        folder = folder or tmp_path_factory.mktemp("server")
        server = Server(binary, folder, tuple(flags), dict(env or {}), config)
        own.append(server)
        started.append(server)
        return server.start(wait)

    yield start
    faults = []
    for server in own:
        try:
            server.stop() if server.alive else server.check_stderr()
        except AssertionError as fault:
            faults.append(str(fault))
    assert not faults, "\n".join(faults)


def pytest_make_parametrize_id(val):
    """Long inputs would make unreadable names of tests."""
    if isinstance(val, (str, bytes)) and len(val) > 60:
        return f"{val[:40]!r}..{len(val)}"
    return None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    for server in item.stash.get(STARTED, []):
        report.sections.append((f"stderr of hourglass, port {server.port}", server.stderr()[-4000:]))
