"""Kafka brokers of the tests' own, in KRaft mode, each broker and controller at once: one, or a cluster of three."""

import os
import shutil
import subprocess
from pathlib import Path

import confluent_kafka
from confluent_kafka.admin import AdminClient, NewTopic

from servers.fault_proxy import FaultProxy
from servers.process import START_LIMIT, ServerProcess, free_ports, wait_until

REPOSITORY = Path(__file__).resolve().parents[2]
JARS = REPOSITORY / "build/kafka"
# Classes as they lie in memory, which halves the time of a start; a JVM that it does not fit does without.
CLASSES = JARS / "classes.jsa"
ANSWER_LIMIT = 1.0
ADMIN_LIMIT = 30.0
CLUSTER_ID = "aG91cmdsYXNzLXRlc3RzLQ"
# A JVM that is to start quickly and to stay small.
JVM = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-XX:-UsePerfData",
       "-Dorg.slf4j.simpleLogger.showDateTime=true", "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS"]
# What makes Kafka slow to start and to notice a dead broker, set for tests on one machine.
QUICK = {
    "auto.create.topics.enable": "false",
    "broker.heartbeat.interval.ms": 500,
    "broker.session.timeout.ms": 3000,
    "controlled.shutdown.enable": "true",
    "controller.quorum.election.timeout.ms": 500,
    "controller.quorum.fetch.timeout.ms": 1500,
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1000,
    "log.segment.delete.delay.ms": 1000,
    "num.io.threads": 4,
    "num.network.threads": 2,
    "offsets.topic.num.partitions": 4,
    "replica.lag.time.max.ms": 3000,
    "transaction.state.log.num.partitions": 4,
}


def class_path():
    """The jars of the broker; fails with what to do when they are missing."""
    jars = sorted(JARS.glob("*.jar"))
    assert jars, f"no Kafka in {JARS}; scripts/fetch-kafka.sh puts it there"
    return ":".join(str(jar) for jar in jars)


def _addresses(ports):
    return ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items())


class Node(ServerProcess):
    """One broker of a cluster; `Kafka` makes them."""

    def __init__(self, cluster, number, folder, ports, settings):
        super().__init__(f"Kafka broker {number}", folder)
        self.cluster, self.number = cluster, number
        self.port, self.controller_port, self.port_behind_proxy = ports
        self.settings = settings
        self.proxy = None

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def properties_path(self):
        return self.folder / "server.properties"

    def java(self, *words):
        program = shutil.which("java")
        assert program, "no java; packages.txt lists what the tests need"
        shared = [f"-XX:SharedArchiveFile={CLASSES}"] if CLASSES.exists() else []
        return [program, *JVM, *shared, *self.cluster.jvm, "-cp", class_path(), *words]

    def format(self):
        """Writes the configuration and begins formatting its log folder; the process that does so."""
        ways = {"PLAINTEXT": self.port, "CONTROLLER": self.controller_port}
        advertised = {"PLAINTEXT": self.port}
        if self.proxy:
            ways["PROXIED"], advertised["PROXIED"] = self.port_behind_proxy, self.proxy.port
        own = {
            "node.id": self.number,
            "process.roles": "broker,controller",
            "listeners": _addresses(ways),
            "advertised.listeners": _addresses(advertised),
            "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in ways),
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": self.folder / "data",
        }
        lines = [f"{name}={value}\n" for name, value in {**own, **self.settings}.items()]
        self.properties_path.write_text("".join(lines))
        tool = self.java("-Xmx64m", "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID,
                         "-c", str(self.properties_path))
        with open(self.log_path, "ab") as log:
            return subprocess.Popen(tool, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)

    def command(self):
        return self.java(f"-Xmx{self.cluster.heap_mib}m", "kafka.Kafka", str(self.properties_path))

    def environment(self):
        return {name: value for name, value in os.environ.items() if name not in ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS")}

    def answers(self):
        return self.number in self.cluster.brokers(self.address)


class Kafka:
    """A cluster of `nodes` brokers; its handling goes to all of them, that of one is in `nodes`.

    `settings` are lines of server.properties for every broker; those given here win over the defaults for tests.
    `jvm` are further flags of every JVM. With `proxied` each node has a `proxy`, and clients that were given
    `proxied_addresses` reach it only through that; brokers among themselves never do.
    """

    def __init__(self, folder, nodes=1, heap_mib=None, settings=None, jvm=(), proxied=False):
        self.heap_mib, self.jvm = heap_mib or (512 if nodes == 1 else 256), jvm
        free = free_ports(3 * nodes)
        ports = [free[3 * number:3 * number + 3] for number in range(nodes)]
        voters = ",".join(f"{number + 1}@127.0.0.1:{ports[number][1]}" for number in range(nodes))
        replicas = min(nodes, 3)
        shared = {
            **QUICK,
            "controller.quorum.voters": voters,
            "default.replication.factor": replicas,
            "min.insync.replicas": max(1, replicas - 1),
            "offsets.topic.replication.factor": replicas,
            "transaction.state.log.min.isr": max(1, replicas - 1),
            "transaction.state.log.replication.factor": replicas,
            **(settings or {}),
        }
        self.nodes = []
        for number in range(nodes):
            own_folder = folder / f"broker-{number + 1}"
            own_folder.mkdir()
            node = Node(self, number + 1, own_folder, ports[number], shared)
            if proxied:
                node.proxy = FaultProxy(node.port_behind_proxy).start()
            self.nodes.append(node)
        self.formatted = False

    @property
    def addresses(self):
        """What a client is given as its bootstrap servers."""
        return ",".join(node.address for node in self.nodes)

    @property
    def proxied_addresses(self):
        """The same for a client that is to go through the proxies."""
        return ",".join(f"127.0.0.1:{node.proxy.port}" for node in self.nodes)

    def __enter__(self):
        return self if self.running else self.start()

    def __exit__(self, *_):
        self.kill()
        for node in self.nodes:
            if node.proxy:
                node.proxy.close()

    @property
    def running(self):
        return all(node.running for node in self.nodes)

    def start(self):
        """Formats what is new, starts all brokers that do not run, and waits until each knows all."""
        if not self.formatted:
            self._format()
        try:
            for node in self.nodes:
                if not node.running:
                    node.launch()
            for node in self.nodes:
                node.wait_ready()
            wait_until(lambda: all(len(self.brokers(node.address)) == len(self.nodes) for node in self.nodes),
                       "every broker to know all of them")
        except BaseException:
            self.kill()
            raise
        return self

    def _format(self):
        tools = [node.format() for node in self.nodes]
        for node, tool in zip(self.nodes, tools):
            try:
                code = tool.wait(START_LIMIT)
            finally:
                tool.kill()
            assert code == 0, f"formatting {node.name} ended with {code}:\n{node.log()}"
        self.formatted = True

    def stop(self):
        """All at once: one that shuts down alone would wait for a quorum that is gone."""
        for node in self.nodes:
            if node.running:
                node.process.terminate()
        for node in self.nodes:
            node.stop()

    def kill(self):
        for node in self.nodes:
            node.kill()

    def freeze(self):
        for node in self.nodes:
            node.freeze()

    def thaw(self):
        for node in self.nodes:
            node.thaw()

    def restart(self, kill=False):
        self.kill() if kill else self.stop()
        return self.start()

    def admin(self, address=None):
        return AdminClient({"bootstrap.servers": address or self.addresses, "log_level": 0})

    def brokers(self, address=None):
        """The numbers of the brokers that the one at the address knows; none when it does not answer."""
        try:
            return set(self.admin(address).list_topics(timeout=ANSWER_LIMIT).brokers)
        except confluent_kafka.KafkaException:
            return set()

    def create_topic(self, name, partitions=1, replicas=None, settings=None):
        """Makes a topic and waits until every partition has a leader."""
        replicas = replicas or min(len(self.nodes), 3)
        topic = NewTopic(name, partitions, replicas, config={key: str(value) for key, value in (settings or {}).items()})
        admin = self.admin()
        admin.create_topics([topic], operation_timeout=ADMIN_LIMIT)[name].result(ADMIN_LIMIT)
        wait_until(lambda: all(leader >= 0 for leader in self.leaders(name, admin)) and self.leaders(name, admin),
                   f"leaders of {name}")
        return name

    def leaders(self, topic, admin=None):
        """The number of the broker that leads each partition, in their order; -1 where there is none."""
        partitions = (admin or self.admin()).list_topics(topic, timeout=ADMIN_LIMIT).topics[topic].partitions
        return [partitions[number].leader for number in sorted(partitions)]
