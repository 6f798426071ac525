"""Replicas of the real program over one Kafka, one Redis and one InfluxDB.

`Stores` are the servers, each also behind a proxy; `Cluster` is any number of replicas with a topic, a database and
consumer groups of their own, so that many clusters can use the same stores, one after the other.
"""

import contextlib
import json
import signal
from pathlib import Path

from hourglass_process import Connection, NoAnswer, Server, parse_totals
from servers.fault_proxy import FaultProxy
from servers.influxdb import Influx1
from servers.kafka import Kafka
from servers.process import wait_until
from servers.redis import RedisServer

PARTITIONS = 4
KEY = "only-for-tests-0123456789"
GONE = (NoAnswer, OSError)  # what a request to a replica ends with that is killed, stopped or frozen
SESSION = 6.0  # seconds until a group gives the partitions of a silent member to others
RECOVERY = 60.0  # until a strong read has to work again after any fault; none takes so long


class Stores:
    """One of each server. `kafka`, `redis` and `influx` are the servers, `proxies` what stands before each."""

    def __init__(self, make_folder):
        self.make_folder, self.ending = make_folder, contextlib.ExitStack()
        self.kafka = self.redis = self.influx = self.redis_proxy = self.influx_proxy = None

    def __enter__(self):
        with contextlib.ExitStack() as started:
            # One after the other: a free port is only safe once somebody listens there.
            self.kafka = started.enter_context(Kafka(self.make_folder("kafka"), proxied=True))
            self.redis = started.enter_context(RedisServer(self.make_folder("redis")))
            self.influx = started.enter_context(Influx1(self.make_folder("influxdb")))
            self.redis_proxy = started.enter_context(FaultProxy(self.redis.port))
            self.influx_proxy = started.enter_context(FaultProxy(self.influx.port))
            self.ending = started.pop_all()
        return self

    def __exit__(self, *_):
        self.ending.close()

    @property
    def proxies(self):
        return {"kafka": self.kafka.nodes[0].proxy, "redis": self.redis_proxy, "influxdb": self.influx_proxy}

    def make_good(self):
        """Whatever a test has done to them: all run and answer, and the proxies pass on."""
        for proxy in self.proxies.values():
            proxy.pass_on()
        for server in (self.redis, self.influx, *self.kafka.nodes):
            if server.running:
                server.thaw()
        for server in (self.redis, self.influx):
            if not server.running:
                server.launch()
        if not self.kafka.running:
            self.kafka.start()
        for server in (self.redis, self.influx):
            server.wait_ready()

    def flags(self, proxied):
        """What replicas have to know of them."""
        redis_port = self.redis_proxy.port if proxied else self.redis.port
        influx_port = self.influx_proxy.port if proxied else self.influx.port
        return {
            "--kafka-brokers": self.kafka.proxied_addresses if proxied else self.kafka.addresses,
            "--redis-endpoints": f"127.0.0.1:{redis_port}",
            "--influxdb-url": f"http://127.0.0.1:{influx_port}",
        }


def cluster_flags(topic):
    """Those settings of a cluster that say nothing of where its servers are."""
    return {
        "--backend": "cluster",
        "--cluster-key": KEY,
        "--kafka-topic": topic,
        "--kafka-partitions": PARTITIONS,
        "--kafka-replication-factor": 1,
        "--kafka-min-insync-replicas": 1,
        "--kafka-create-topic": "true",
        "--kafka-hot-group": f"{topic}-hot",
        "--kafka-cold-group": f"{topic}-cold",
        "--influxdb-bucket": topic,
    }


def as_words(flags):
    return tuple(str(word) for pair in flags.items() for word in pair)


class Replica(Server):
    """A `hourglass serve` of a cluster. What the tests of the contract ask for as totals is read strongly."""

    __eq__, __hash__ = object.__eq__, object.__hash__  # each is itself
    frozen = False

    def totals(self, timestamp):
        return self.read(timestamp, "strong")

    def read(self, timestamp, consistency, time_limit=10.0):
        answer = self.read_answer(timestamp, consistency, time_limit)
        assert answer.status == 200, (answer.status, answer.body)
        return parse_totals(answer.body)

    def read_answer(self, timestamp, consistency, time_limit=10.0):
        with Connection(self.port, time_limit) as connection:
            return connection.ask("GET", f"/analytics?timestamp={timestamp}&consistency={consistency}")

    @property
    def is_ready(self):
        try:
            with Connection(self.port, 2.0) as connection:
                return connection.ask("GET", "/readyz").status == 200
        except GONE:
            return False

    def dependencies(self):
        """What /readyz says of each server and role."""
        return json.loads(self.get("/readyz").body)["dependencies"]

    def metric_lines(self, name):
        return [line for line in self.get("/metrics").text.splitlines() if line.startswith(name)]

    def cpu_seconds(self):
        """Of all its threads, since it began."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def resident_mib(self):
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * 4096 / 2**20

    def freeze(self):
        self.frozen = True
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)
        self.frozen = False


class Cluster:
    """Replicas that count together. `replicas` are those that were not killed or stopped. For one thread."""

    def __init__(self, binary, stores, topic, make_folder, proxied=False, more=None):
        self.binary, self.stores, self.topic, self.make_folder = binary, stores, topic, make_folder
        self.flags = {**cluster_flags(topic), **stores.flags(proxied), **(more or {})}
        self.replicas, self.ended = [], []

    def refuse(self, more=None):
        """Starts one, with further flags, that is to end by itself; does not wait for it."""
        replica = Replica(self.binary, self.make_folder("replica"), as_words({**self.flags, **(more or {})}))
        self.ended.append(replica)
        return replica.start(wait=None)

    def add(self, more=None, wait="ready"):
        """Starts one more, with further flags; `wait` as in Server.start()."""
        flags = as_words({**self.flags, **(more or {})})
        replica = Replica(self.binary, self.make_folder("replica"), flags)
        self.ended.append(replica)  # until it runs
        replica.start(wait)
        self.ended.remove(replica)
        self.replicas.append(replica)
        return replica

    def start(self, count=3):
        """So many replicas, each ready."""
        begun = [self.add(wait="listening") for _ in range(count)]
        wait_until(lambda: all(replica.is_ready for replica in begun), "all replicas to be ready")
        return self

    def kill(self, replica):
        """kill -9."""
        self._leave_out(replica)
        replica.kill()

    def stop(self, replica):
        """SIGTERM; fails unless it ends well."""
        self._leave_out(replica)
        replica.stop()

    def thaw_all(self):
        for replica in self.replicas:
            replica.thaw()

    def _leave_out(self, replica):
        self.replicas = [other for other in self.replicas if other is not replica]
        self.ended.append(replica)

    def check_alive(self):
        for replica in self.replicas:
            code = replica.process.poll()
            assert code is None, f"a replica ended by itself with {code}:\n{replica.stderr()[-3000:]}"

    def close(self):
        """Ends all at once. What they did wrong at their end is one AssertionError."""
        faults = []
        for replica in self.replicas:
            if replica.alive:
                replica.thaw()
                replica.signal()
        for replica in self.replicas:
            try:
                code = replica.wait_exit()
                assert code == 0, f"exit code {code}:\n{replica.stderr()[-3000:]}"
                replica.check_stderr()
            except AssertionError as fault:
                faults.append(str(fault))
        for replica in self.ended:
            if replica.alive:
                replica.kill()
        assert not faults, "\n".join(faults)
