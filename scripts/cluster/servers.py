"""Kafka, Redis and InfluxDB for one run: the classes that the tests start them with, with data in the run's folder."""

import os
import shlex
import signal

from servers.influxdb import Influx1
from servers.kafka import Kafka
from servers.redis import RedisServer

# A process group of their own, so that Ctrl-C at the terminal does not reach them before us; and SIGTERM should this
# process be killed, so that nothing stays. Neither changes the process id.
DETACHED = ["setsid", "setpriv", "--pdeathsig", "TERM", "--"]


def detached(server):
    """Has a server process started apart from this one, from now on; gives it back."""
    plain = server.command
    server.command = lambda: [*DETACHED, *plain()]
    return server


def fresh_folder(folder, name):
    path = folder / name
    path.mkdir()
    return path


class Servers:
    """One broker of Kafka, one Redis, one InfluxDB, on free ports of the loopback address."""

    def __init__(self, folder):
        self.kafka = Kafka(fresh_folder(folder, "kafka"))
        for node in self.kafka.nodes:
            detached(node)
        self.redis = detached(RedisServer(fresh_folder(folder, "redis"), appendfsync="everysec"))
        self.influxdb = detached(Influx1(fresh_folder(folder, "influxdb")))

    def start(self):
        """Starts all and waits until they answer; fails with an AssertionError that says which does not."""
        self.redis.launch()
        self.influxdb.launch()
        self.kafka.start()
        self.redis.wait_ready()
        self.influxdb.wait_ready()

    @property
    def processes(self):
        """In the order in which they are to be stopped."""
        return [*self.kafka.nodes, self.redis, self.influxdb]

    @property
    def addresses(self):
        """(name, address) of each, as they are shown."""
        return [("Kafka", self.kafka.addresses), ("Redis", self.redis.endpoint), ("InfluxDB", self.influxdb.url)]

    def settings(self):
        """What a replica has to know of them, as flags."""
        return ["--kafka-brokers", self.kafka.addresses, "--kafka-create-topic", "true",
                "--kafka-replication-factor", "1", "--kafka-min-insync-replicas", "1",
                "--redis-endpoints", self.redis.endpoint, "--influxdb-url", self.influxdb.url]


def stop_all(processes):
    """SIGTERM to all at once, then waits for each. What did not end in time is killed, and named in the result."""
    for process in processes:
        if process.running:
            os.kill(process.pid, signal.SIGCONT)  # somebody may have frozen it
            process.process.terminate()
    complaints = []
    for process in processes:
        try:
            process.stop()
        except AssertionError as fault:
            complaints.append(str(fault))
    return complaints


def as_typed(words):
    """A command as one types it."""
    return shlex.join(str(word) for word in words)
