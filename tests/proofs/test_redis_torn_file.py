"""The append-only file of Redis, cut in the middle of a script's effects, as a power cut may leave it.

At the next start none of the effects is there. But Redis 7.0 then cuts the file behind the last complete *command*, which
may be inside MULTI, and appends to that. At the start after that one, the commands of the lost script that stood before
the cut are executed together with the next script: a batch that was applied again counts partly twice. So a script begins
by adding one to `opened`, and its last command sets `closed` to what that gave: where these differ, the state is not to
be trusted, since one of the two grows when it is executed twice, and the other does not.
"""

import shutil

import pytest

from servers.process import wait_until
from servers.redis import RedisServer

FILES = "appendonlydir"
# The shape of the script that applies a batch: sets, numbers that grow, and the new `next`.
APPLY = """
local opened = redis.call('HINCRBY', 'm', 'opened', 1)
local added = redis.call('SADD', 'u', unpack(ARGV, 2))
redis.call('HINCRBY', 'm', 'u', added)
redis.call('HSET', 'm', 'next', ARGV[1], 'closed', opened)
"""
FIRST, SECOND = (1, "a", "b"), (2, "b", "c")


def apply(client, batch):
    client.eval(APPLY, 0, *batch)


def state(client):
    return client.smembers("u"), client.hgetall("m")


def is_trusted(client):
    opened, closed = client.hmget("m", "opened", "closed")
    return opened == closed


class Torn:
    """A file whose last transaction is the script with SECOND, and the states before and after that."""

    def __init__(self, folder):
        self.folder = folder / "whole"
        self.folder.mkdir()
        with RedisServer(self.folder) as server, server.client() as client:
            apply(client, FIRST)
            self.before = state(client)
            apply(client, SECOND)
            self.after = state(client)
            server.kill()
            self.data = server.append_only_file().read_bytes()
        self.begin = self.data.rindex(b"*1\r\n$5\r\nMULTI\r\n")
        assert self.data.endswith(b"*1\r\n$4\r\nEXEC\r\n")

    def server(self, cut, settings=None):
        folder = self.folder.parent / f"cut-{cut}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        shutil.copytree(self.folder / FILES, folder / FILES)
        server = RedisServer(folder, settings=settings)
        server.append_only_file().write_bytes(self.data[:cut])
        return server

    def middle_of(self, command):
        """A cut within the last command of that name."""
        return self.data.rindex(command) + len(command) - 1


@pytest.fixture(scope="module")
def torn(tmp_path_factory):
    return Torn(tmp_path_factory.mktemp("torn"))


def test_a_file_cut_anywhere_in_a_script_loads_without_any_of_it(torn):
    assert torn.before != torn.after
    for cut in range(torn.begin, len(torn.data) + 1):
        with torn.server(cut) as server, server.client() as client:
            found = state(client)
            assert found == (torn.after if cut == len(torn.data) else torn.before), f"cut at byte {cut - torn.begin}"


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.long)])
def test_after_the_next_script_and_start_the_counters_tell_what_came_back(torn, step):
    """Whatever the cut: right numbers, or counters that differ."""
    came_back = 0
    for cut in range(torn.begin, len(torn.data), step):
        with torn.server(cut) as server, server.client() as client:
            apply(client, SECOND)
            assert state(client) == torn.after and is_trusted(client)
            server.restart(kill=True)
            right = state(client) == torn.after
            assert right == is_trusted(client), f"cut at byte {cut - torn.begin}: {state(client)}"
            came_back += not right
    assert came_back > 0, "this Redis does better: the counters may go"


def test_writing_the_file_anew_after_a_torn_start_mends_it(torn):
    with torn.server(torn.middle_of(b"closed")) as server, server.client() as client:
        client.bgrewriteaof()
        wait_until(lambda: not client.info("persistence")["aof_rewrite_in_progress"]
                   and not client.info("persistence")["aof_rewrite_scheduled"], "the rewrite")
        assert client.info("persistence")["aof_last_bgrewrite_status"] == "ok"
        apply(client, SECOND)
        server.restart(kill=True)
        assert state(client) == torn.after


def test_plain_commands_after_a_torn_start_are_lost_at_the_next(torn):
    """They stand behind a MULTI that no EXEC ends, although each was synced and confirmed."""
    with torn.server(torn.middle_of(b"closed")) as server, server.client() as client:
        client.set("plain", 1)
        server.restart(kill=True)
        assert client.get("plain") is None
        assert state(client) == torn.before


def test_a_redis_that_is_to_refuse_torn_files_does_not_start(torn):
    server = torn.server(torn.middle_of(b"closed"), {"aof-load-truncated": "no"})
    with pytest.raises(AssertionError, match="Unexpected end of file"):
        server.start()
