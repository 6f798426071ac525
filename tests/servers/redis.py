"""A Redis server of the tests' own, by default as Hourglass wants it: AOF, no eviction."""

import shutil

import redis

from servers.process import ServerProcess, free_ports

ANSWER_LIMIT = 1.0


class RedisServer(ServerProcess):
    """Debian's redis-server. `settings` are further lines of its configuration, by name."""

    def __init__(self, folder, appendfsync="always", password=None, settings=None):
        super().__init__("redis-server", folder)
        self.port = free_ports(1)[0]
        self.password = password
        self.settings = {
            "bind": "127.0.0.1",
            "port": self.port,
            "dir": folder,
            "save": '""',
            "appendonly": "yes",
            "appendfsync": appendfsync,
            "maxmemory-policy": "noeviction",
            **({"requirepass": password} if password else {}),
            **(settings or {}),
        }

    @property
    def endpoint(self):
        return f"127.0.0.1:{self.port}"

    def command(self):
        program = shutil.which("redis-server")
        assert program, "no redis-server; packages.txt lists what the tests need"
        path = self.folder / "redis.conf"
        path.write_text("".join(f"{name} {value}\n" for name, value in self.settings.items()))
        return [program, str(path)]

    def client(self, time_limit=10.0, **how):
        """A new client; connections of its own, so a test may use one in each thread."""
        return redis.Redis("127.0.0.1", self.port, password=self.password, socket_timeout=time_limit, **how)

    def answers(self):
        try:
            with self.client(ANSWER_LIMIT) as client:
                return client.ping()
        except redis.RedisError:  # also while it still loads its data
            return False

    def append_only_file(self):
        """The file that grows with every write, of the newest generation."""
        return max(self.folder.glob("appendonlydir/*.incr.aof"), key=lambda path: int(path.name.split(".")[-3]))
