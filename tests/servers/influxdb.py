"""An InfluxDB of the tests' own: 1.6 of Debian, or 2.x where TEST_INFLUXD2 names the program."""

import base64
import http.client
import json
import os
import shutil
import urllib.parse
from dataclasses import dataclass

from servers.process import ServerProcess, free_ports

ANSWER_LIMIT = 2.0
REQUEST_LIMIT = 60.0
BINARY_2 = "TEST_INFLUXD2"


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict

    @property
    def json(self):
        return json.loads(self.body)


class QueryError(AssertionError):
    """The server did not do what it was asked in InfluxQL."""


class InfluxServer(ServerProcess):
    """What both generations have alike: /ping, /write and InfluxQL over /query. `authorization` is the header."""

    def __init__(self, name, folder):
        super().__init__(name, folder)
        self.port = free_ports(1)[0]
        self.authorization = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def answers(self):
        try:
            return self.request("GET", "/ping", time_limit=ANSWER_LIMIT).status == 204
        except OSError:
            return False

    def request(self, method, path, parameters=None, body=None, headers=None, time_limit=REQUEST_LIMIT):
        """One request on a connection of its own."""
        target = path + ("?" + urllib.parse.urlencode(parameters) if parameters else "")
        given = {"Authorization": self.authorization} if self.authorization else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=time_limit)
        try:
            connection.request(method, target, body, {**given, **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, answer.read(), dict(answer.getheaders()))
        finally:
            connection.close()

    def write(self, database, lines, **parameters):
        """Writes points in line protocol, times in ns; the answer, whatever it is."""
        body = (lines if isinstance(lines, str) else "\n".join(lines)).encode()
        return self.request("POST", "/write", {"db": database, "precision": "ns", **parameters}, body)

    def query(self, statements, database=None, **parameters):
        """The answer to InfluxQL, whatever it is; times in ns."""
        form = {"q": statements, "epoch": "ns", **({"db": database} if database else {}), **parameters}
        return self.request("POST", "/query", None, urllib.parse.urlencode(form).encode(),
                            {"Content-Type": "application/x-www-form-urlencoded"})

    def results(self, statements, database=None, **parameters):
        """The series of every statement, each a list of {name, tags, columns, values}; fails on any error."""
        answer = self.query(statements, database, **parameters)
        if answer.status != 200:
            raise QueryError(f"{answer.status}: {answer.body!r}")
        for result in answer.json["results"]:
            if "error" in result:
                raise QueryError(result["error"])
        return [result.get("series", []) for result in answer.json["results"]]

    def rows(self, statement, database):
        """Every row of one statement as a dict of its columns and tags."""
        return [{**series.get("tags", {}), **dict(zip(series["columns"], values))}
                for series in self.results(statement, database)[0] for values in series["values"]]


class Influx1(InfluxServer):
    """Debian's 1.6.7. With `password` it asks for authentication and has one user, "admin"."""

    CONFIGURATION = """\
reporting-disabled = true
bind-address = "127.0.0.1:{backup_port}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
  max-series-per-database = 0
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  auth-enabled = {authenticate}
  log-enabled = false
"""

    def __init__(self, folder, password=None):
        super().__init__("influxd 1", folder)
        self.password = password
        self.backup_port = free_ports(1)[0]

    def command(self):
        program = shutil.which("influxd")
        assert program, "no influxd; packages.txt lists what the tests need"
        path = self.folder / "influxdb.conf"
        path.write_text(self.CONFIGURATION.format(folder=self.folder, port=self.port, backup_port=self.backup_port,
                                                  authenticate="true" if self.password else "false"))
        return [program, "-config", str(path)]

    def start(self):
        super().start()
        if self.password and not self.authorization:
            self.results(f"CREATE USER admin WITH PASSWORD '{self.password}' WITH ALL PRIVILEGES")
            self.authorization = "Basic " + base64.b64encode(f"admin:{self.password}".encode()).decode()
        return self

    def create_database(self, name, shard_duration=None):
        """Makes a database that keeps for ever; returns its name."""
        policy = f" WITH DURATION INF SHARD DURATION {shard_duration} NAME autogen" if shard_duration else ""
        self.results(f'CREATE DATABASE "{name}"{policy}')
        return name


class Influx2(InfluxServer):
    """A 2.x, set up with a user, an organisation, a bucket and a token. InfluxQL sees a bucket as a database."""

    USER, PASSWORD, ORGANIZATION, BUCKET, TOKEN = "admin", "admin-password", "hourglass", "analytics", "auth-token"

    def __init__(self, folder, binary):
        super().__init__("influxd 2", folder)
        self.binary = binary

    @staticmethod
    def binary_or_reason():
        """(program, None), or (None, why there is none)."""
        path = os.environ.get(BINARY_2)
        if not path:
            return None, f"{BINARY_2} names no influxd 2.x"
        return (path, None) if os.access(path, os.X_OK) else (None, f"{BINARY_2}={path} is no program")

    def command(self):
        return [self.binary, "--bolt-path", str(self.folder / "meta.bolt"),
                "--sqlite-path", str(self.folder / "meta.sqlite"), "--engine-path", str(self.folder / "engine"),
                "--http-bind-address", f"127.0.0.1:{self.port}", "--reporting-disabled"]

    def start(self):
        super().start()
        if not self.authorization:
            setup = {"username": self.USER, "password": self.PASSWORD, "org": self.ORGANIZATION, "bucket": self.BUCKET,
                     "token": self.TOKEN, "retentionPeriodSeconds": 0}
            self._api("/api/v2/setup", setup)
            self.authorization = f"Token {self.TOKEN}"
        return self

    def _api(self, path, document):
        answer = self.request("POST", path, None, json.dumps(document).encode(), {"Content-Type": "application/json"})
        assert answer.status == 201, f"{path}: {answer.status} {answer.body!r}"
        return answer.json

    def create_database(self, name, shard_duration=None):
        """Makes a bucket that keeps for ever; returns its name."""
        organizations = self.request("GET", "/api/v2/orgs", {"org": self.ORGANIZATION}).json["orgs"]
        rule = {"type": "expire", "everySeconds": 0}
        if shard_duration:
            assert shard_duration.endswith("w"), "a number of weeks"
            rule["shardGroupDurationSeconds"] = int(shard_duration[:-1]) * 7 * 86400
        self._api("/api/v2/buckets", {"orgID": organizations[0]["id"], "name": name, "retentionRules": [rule]})
        return name
