"""What the cluster takes for granted of Redis: scripts that are whole or absent, and keys without a time to live."""

import pytest
import redis

from servers.redis import RedisServer


def test_a_script_that_fails_leaves_what_it_had_written(tmp_path):
    """So a script has to check everything before its first write."""
    with RedisServer(tmp_path) as server:
        client = server.client()
        client.set("text", "no hash")
        with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
            client.eval("redis.call('SADD', 'u', 'a'); redis.call('HSET', 'text', 'f', 'v')", 0)
        assert client.smembers("u") == {b"a"}
        server.restart(kill=True)
        assert client.smembers("u") == {b"a"}


def test_without_memory_a_script_is_refused_before_its_first_write_or_not_at_all(tmp_path):
    with RedisServer(tmp_path) as server:
        client = server.client()
        client.config_set("maxmemory", 100_000)
        with pytest.raises(redis.ResponseError, match="OOM"):
            client.eval("redis.call('SADD', 'u', 'a'); redis.call('HSET', 'm', 'next', 1)", 0)
        assert client.exists("u", "m") == 0
        used = client.info("memory")["used_memory"]
        client.config_set("maxmemory", used + 2_000_000)
        fill = "for i = 1, 50 do redis.call('SET', 'big' .. i, string.rep('x', 100000)) end; return 50"
        assert client.eval(fill, 0) == 50, "it passes the limit in its middle, and goes on"
        assert client.dbsize() == 50
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"


def test_rename_keeps_the_time_to_live_and_persist_removes_it(redis_server, unique_name):
    client = redis_server.client()
    source, target = unique_name(), unique_name()
    client.set(target, "old")
    client.set(source, "new", ex=100)
    client.rename(source, target)
    assert client.get(target) == b"new"
    assert 0 < client.ttl(target) <= 100, "it came along, although the target had none"
    assert client.persist(target)
    assert client.ttl(target) == -1
    with pytest.raises(redis.ResponseError, match="no such key"):
        client.rename(unique_name(), target)


def test_writing_to_a_set_or_hash_leaves_its_time_to_live(redis_server, unique_name):
    client = redis_server.client()
    key = unique_name()
    client.sadd(key, "a")
    client.expire(key, 100)
    client.sadd(key, "b")
    assert 0 < client.ttl(key) <= 100, "so the copy has to be made persistent, whatever is written to it"


def test_sadd_says_how_many_are_new(redis_server, unique_name):
    client = redis_server.client()
    key = unique_name()
    assert client.scard(key) == 0
    assert client.sadd(key, "a", "a", "b") == 2
    assert client.sadd(key, "b", "c", "c") == 1
    assert client.scard(key) == 3


def test_four_thousand_arguments_pass_through_a_script(redis_server, unique_name):
    client = redis_server.client()
    key = unique_name()
    names = [f"user{number}" for number in range(4000)]
    assert client.eval("return redis.call('SADD', KEYS[1], unpack(ARGV))", 1, key, *names) == 4000
    with pytest.raises(redis.ResponseError, match="too many results to unpack"):
        client.eval("return redis.call('SADD', KEYS[1], unpack(ARGV))", 1, key, *names, *names)


def test_hmget_gives_nil_for_what_is_not_there(redis_server, unique_name):
    client = redis_server.client()
    key = unique_name()
    assert client.hmget(key, "next", "floor", "h:1") == [None, None, None]
    client.hset(key, "next", 0)
    assert client.hmget(key, "next", "floor", "h:1") == [b"0", None, None]


def test_a_script_is_unknown_after_a_restart(tmp_path):
    with RedisServer(tmp_path) as server:
        client = server.client()
        digest = client.script_load("return 1")
        assert client.evalsha(digest, 0) == 1
        server.restart()
        with pytest.raises(redis.exceptions.NoScriptError):
            client.evalsha(digest, 0)
        assert client.eval("return 1", 0) == 1
        assert client.evalsha(digest, 0) == 1


def test_numbers_of_lua_are_exact_up_to_two_to_the_53(redis_server):
    client = redis_server.client()
    exact = "return string.format('%.0f', tonumber(ARGV[1]) + 1)"
    assert client.eval(exact, 0, 2**53 - 1) == str(2**53).encode()
    assert client.eval(exact, 0, 2**53) == str(2**53).encode(), "so an id of 64 bits has to stay a string"
    assert client.eval("return tostring(tonumber(ARGV[1]))", 0, 10**14) == b"1e+14", "tostring is not for offsets"
    assert client.eval("return tonumber(ARGV[1]) + 0.9", 0, 5) == 5, "a number that is returned loses its fraction"
