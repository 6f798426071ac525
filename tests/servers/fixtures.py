"""Real servers for the tests, each started once for all tests that ask for it.

They are shared, so a test takes names of its own (`unique_name`) and leaves the servers running and unharmed; one that
kills or freezes a server starts its own, in its `tmp_path`.
"""

import itertools
import os
import re

import pytest

_numbers = itertools.count(1)


@pytest.fixture
def unique_name(request):
    """unique_name() gives a name that no other test uses: a topic, a prefix of keys or a database."""
    words = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-")
    return lambda: f"{words}-{os.getpid()}-{next(_numbers)}"


@pytest.fixture(scope="session")
def _kafka_broker(tmp_path_factory):
    from servers.kafka import Kafka

    with Kafka(tmp_path_factory.mktemp("kafka")) as kafka:
        yield kafka


@pytest.fixture
def kafka(_kafka_broker):
    """One Kafka broker."""
    return _kafka_broker if _kafka_broker.running else _kafka_broker.start()


@pytest.fixture(scope="session")
def _redis_server(tmp_path_factory):
    from servers.redis import RedisServer

    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_server(_redis_server):
    """A Redis without authentication, with an AOF that is synced at every write."""
    return _redis_server if _redis_server.running else _redis_server.start()


def start_influx(generation, folder):
    """An InfluxDB of the generation, "1" or "2"; skips the test where there is no 2.x."""
    from servers.influxdb import Influx1, Influx2

    if generation == "1":
        return Influx1(folder).start()
    binary, reason = Influx2.binary_or_reason()
    if binary is None:
        pytest.skip(reason)
    return Influx2(folder, binary).start()


@pytest.fixture(scope="session", params=["1", "2"], ids=["influxdb1", "influxdb2"])
def _influx_server(request, tmp_path_factory):
    with start_influx(request.param, tmp_path_factory.mktemp("influxdb")) as server:
        yield server


@pytest.fixture
def influx(_influx_server):
    """InfluxDB with all rights. A test that asks for it runs on 1.6 and, where there is one, on 2.x."""
    return _influx_server if _influx_server.running else _influx_server.start()


@pytest.fixture
def database(influx, unique_name):
    """A database of the test's own in `influx`."""
    return influx.create_database(unique_name())
