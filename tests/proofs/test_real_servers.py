"""The handling of the real servers: what the tests that kill, freeze and cut them off rely on."""

import socket
import time

import confluent_kafka
import pytest
import redis

from servers.influxdb import Influx1
from servers.kafka import Kafka
from servers.process import free_ports
from servers.redis import RedisServer

IMPATIENT = 0.5


def test_free_ports_are_different_and_free():
    ports = free_ports(20)
    assert len(set(ports)) == 20
    for port in ports:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", port))


def test_redis_keeps_what_it_confirmed(tmp_path):
    with RedisServer(tmp_path) as server:
        for number, how in enumerate((server.restart, lambda: server.restart(kill=True))):
            with server.client() as client:
                client.set(f"key{number}", number)
            how()
        with server.client() as client:
            assert client.mget("key0", "key1") == [b"0", b"1"]
        server.freeze()
        with server.client(IMPATIENT) as client, pytest.raises(redis.TimeoutError):
            client.ping()
        server.thaw()
        with server.client() as client:
            assert client.ping()
        server.freeze()
        server.stop()
        assert not server.running


def test_redis_asks_for_its_password(tmp_path):
    with RedisServer(tmp_path, password="secret") as server:
        with pytest.raises(redis.AuthenticationError):
            redis.Redis("127.0.0.1", server.port).ping()
        assert server.client().ping()


@pytest.mark.parametrize("password", [None, "secret"])
def test_influxdb_keeps_what_it_confirmed(tmp_path, password):
    with Influx1(tmp_path, password) as server:
        server.create_database("some")
        assert server.write("some", "m,p=1 x=1i 5").status == 204
        server.restart(kill=True)
        assert server.write("some", "m,p=1 x=2i 6").status == 204
        server.restart()
        assert [row["x"] for row in server.rows('SELECT "x" FROM "m"', "some")] == [1, 2]
        if password:
            server.authorization = None
            assert server.write("some", "m,p=1 x=2i 7").status == 401
        server.freeze()
        with pytest.raises(TimeoutError):
            server.request("GET", "/ping", time_limit=IMPATIENT)


def test_a_server_that_cannot_start_says_why(tmp_path):
    server = RedisServer(tmp_path, settings={"maxmemory-policy": "nonsense"})
    with pytest.raises(AssertionError, match="maxmemory-policy"):
        server.start()
    assert not server.running


def produce(addresses, topic, value, limit=10.0):
    """Delivers one record or fails with the error of the report."""
    reports = []
    producer = confluent_kafka.Producer({"bootstrap.servers": addresses, "acks": "all", "linger.ms": 1,
                                         "message.timeout.ms": int(limit * 1000), "log_level": 0})
    producer.produce(topic, value, on_delivery=lambda error, message: reports.append((error, message)))
    producer.flush(limit + 5)
    error, message = reports[0]
    if error:
        raise confluent_kafka.KafkaException(error)
    return message.offset()


def test_kafka_keeps_what_it_confirmed_and_can_be_cut_off(tmp_path):
    with Kafka(tmp_path, proxied=True) as kafka:
        topic = kafka.create_topic("some", settings={"flush.messages": 1})
        assert produce(kafka.proxied_addresses, topic, b"0") == 0
        kafka.nodes[0].proxy.cut()
        with pytest.raises(confluent_kafka.KafkaException):
            produce(kafka.proxied_addresses, topic, b"never", limit=1.0)
        assert produce(kafka.addresses, topic, b"1") == 1
        kafka.nodes[0].proxy.pass_on()
        kafka.restart(kill=True)
        assert produce(kafka.proxied_addresses, topic, b"2") == 2


@pytest.mark.long
def test_three_brokers_go_on_with_two(tmp_path):
    with Kafka(tmp_path, nodes=3) as kafka:
        topic = kafka.create_topic("some", partitions=3)
        assert set(kafka.leaders(topic)) == {1, 2, 3}
        victim = kafka.nodes[kafka.leaders(topic)[0] - 1]
        victim.kill()
        began = time.monotonic()
        produce(kafka.addresses, topic, b"x", limit=30.0)
        assert time.monotonic() - began < 30
        victim.start()
        assert kafka.brokers() == {1, 2, 3}
