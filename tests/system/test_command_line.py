"""The command line from outside: usage, help, version, settings; what is printed where, and exit codes."""

import json
import os
import random
import re
import subprocess

import pytest

from own_process import BINARY, REPOSITORY, TIME_LIMIT, environment, run

NAMES = [
    "http.address",
    "http.port",
    "http.threads",
    "http.max_connections",
    "http.header_timeout",
    "http.idle_timeout",
    "http.drain_timeout",
    "http.max_header_size",
    "http.max_target_size",
    "http.max_body_size",
    "http.max_batch_memory",
    "data.dir",
    "backend",
    "roles",
    "uniques",
    "idempotency.window",
    "data.memory",
    "data.seal_after",
    "data.replay_limit",
    "retention.events",
    "retention.events_bytes",
    "retention.users",
    "events.max_past",
    "events.max_future",
    "log.level",
    "log.format",
    "cluster.key",
    "cluster.key_file",
    "kafka.brokers",
    "kafka.topic",
    "kafka.partitions",
    "kafka.replication_factor",
    "kafka.min_insync_replicas",
    "kafka.create_topic",
    "kafka.hot_group",
    "kafka.cold_group",
    "kafka.dead_letter_topic",
    "kafka.properties",
    "redis.endpoints",
    "redis.user",
    "redis.password",
    "redis.password_file",
    "cold.store",
    "influxdb.url",
    "influxdb.bucket",
    "influxdb.token",
    "influxdb.token_file",
    "influxdb.org",
    "influxdb.user",
    "influxdb.password",
    "influxdb.password_file",
    "read.strong_timeout",
    "read.fast_wait",
]


def refused(*arguments, **how):
    """What stands on standard error of a call that must end with 2; standard output must be empty."""
    result = run(*arguments, **how)
    assert (result.returncode, result.stdout) == (2, ""), result
    assert result.stderr.startswith("hourglass: "), result.stderr
    return result.stderr


def rows_of(result):
    """{setting: (value, where it came from)} of `hourglass config`."""
    assert result.returncode == 0, result.stderr
    head, *rows = result.stdout.splitlines()
    value_at, source_at = head.index("VALUE"), head.index("FROM")
    return {
        row[:value_at].strip(): (row[value_at:source_at].strip(), row[source_at:].strip()) for row in rows
    }


# Usage


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "a command is missing"),
        (["srve"], "unknown command srve; did you mean serve?"),
        (["serve", "extra"], "unexpected argument extra"),
        (["config", "serve"], "unexpected argument serve"),
        (["--http-port", "1", "serve"], "--http-port belongs behind a command"),
        (["serve", "--http-port"], "--http-port takes one value"),
        (["serve", "--http-port=1", "--http-port=1"], "--http-port takes one value and may stand once"),
        (["serve", "--http-max-conections", "1"], "--http-max-conections; did you mean --http-max-connections?"),
        (["config", "--http-max-conections=1"], "--http-max-conections; did you mean --http-max-connections?"),
        (["serve", "-p", "1"], "unknown flag -p"),
        (["--verison"], "did you mean --version?"),
    ],
)
def test_wrong_usage_is_2_with_the_reason_and_the_usage_on_standard_error(arguments, message):
    stderr = refused(*arguments)
    assert message in stderr
    assert "Usage: hourglass" in stderr


def test_help_names_the_commands_and_has_examples():
    result = run("--help")
    assert (result.returncode, result.stderr) == (0, "")
    for part in ("serve", "config", "--version", "Examples:"):
        assert part in result.stdout


@pytest.mark.parametrize("command", ["serve", "config"])
def test_the_help_of_a_command_lists_every_setting_with_its_default(command):
    result = run(command, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    for name in NAMES:
        assert re.search(rf"^ +--{re.sub('[._]', '-', name)} ", result.stdout, re.MULTILINE), name
    assert "Default: ./hourglass-data." in result.stdout
    assert "Examples:" in result.stdout


def test_version_tells_the_build():
    result = run("--version")
    assert (result.returncode, result.stderr) == (0, "")
    assert re.fullmatch(
        r"hourglass \d+\.\d+\.\d+\ncommit: (unknown|[0-9a-f]{12})\nbuild: \S*\ncompiler: \S+ [\d.]+\nlibraries: .+\n",
        result.stdout,
    ), result.stdout
    for library in ("Boost 1.", "CLI11 2.", "fmt 9.", "libcurl 7.", "OpenSSL 3.", "simdjson 3.", "spdlog 1.", "toml++ 3.", "zlib 1.", "zstd 1."):
        assert library in result.stdout


def test_an_output_that_cannot_be_written_is_1():
    with open("/dev/full", "wb") as full:
        result = subprocess.run([str(BINARY), "config"], stdout=full, stderr=subprocess.PIPE, env=environment(),
                                timeout=TIME_LIMIT, check=False)  # fmt: skip
    assert result.returncode == 1
    assert b"cannot write to the standard output" in result.stderr


# Settings


def test_config_shows_every_setting_in_columns():
    rows = rows_of(run("config"))
    assert list(rows) == NAMES
    assert rows["http.port"] == ("8080", "default")
    assert rows["http.max_body_size"] == ("16MiB", "default")


def written(name, value, place):
    """(flags, environment, text of the file) with one setting in one place."""
    if place == "flag":
        return [f"--{re.sub('[._]', '-', name)}", value], {}, ""
    if place == "environment":
        return [], {f"HOURGLASS_{name.replace('.', '_').upper()}": value}, ""
    is_bare = value.isdigit() or value in ("true", "false")
    return [], {}, f"{name} = {value if is_bare else json.dumps(value)}\n"


VALUES = {
    "http.address": ["0.0.0.0", "::1", "127.0.0.2"],
    "http.port": ["0", "1", "65535"],
    "http.threads": ["1", "2", "cores"],
    "http.max_connections": ["1", "99"],
    "http.header_timeout": ["50ms", "5s", "1m"],
    "http.idle_timeout": ["1s", "24h"],
    "http.drain_timeout": ["0s", "3s"],
    "http.max_header_size": ["4096", "64KiB"],
    "http.max_target_size": ["2KiB", "4KiB"],
    "http.max_body_size": ["1KiB", "64MiB", "100000"],
    "http.max_batch_memory": ["1MiB", "300MiB", "2GiB"],
    "data.dir": ["/a b", "--x", "ü"],
    "backend": ["embedded", "cluster"],
    "roles": ["api,hot,cold", "api", "cold,hot"],
    "uniques": ["exact"],
    "idempotency.window": ["500ms", "30d"],
    "data.memory": ["1MiB", "2GiB", "quarter"],
    "data.seal_after": ["100ms", "1h"],
    "data.replay_limit": ["256KiB", "1GiB"],
    "retention.events": ["1h", "forever"],
    "retention.events_bytes": ["none", "10GiB"],
    "retention.users": ["365d", "forever"],
    "events.max_past": ["forever", "30d"],
    "events.max_future": ["forever", "48h"],
    "log.level": ["debug", "info", "warning", "error"],
    "log.format": ["text", "json"],
    "cluster.key": ["a secret of some length"],
    "cluster.key_file": ["/run/key"],
    "kafka.brokers": ["a:1,b:2"],
    "kafka.topic": ["events"],
    "kafka.partitions": ["1", "1024"],
    "kafka.replication_factor": ["1"],
    "kafka.min_insync_replicas": ["1", "2"],
    "kafka.create_topic": ["true", "false"],
    "kafka.hot_group": ["h"],
    "kafka.cold_group": ["c"],
    "kafka.dead_letter_topic": ["dead"],
    "kafka.properties": ["a=b;c=d"],
    "redis.endpoints": ["a:1", "[::1]:2,b"],
    "redis.user": ["u"],
    "redis.password": ["p w"],
    "redis.password_file": ["/run/p"],
    "cold.store": ["influxdb"],
    "influxdb.url": ["https://i:8086"],
    "influxdb.bucket": ["b"],
    "influxdb.token": ["t"],
    "influxdb.token_file": ["/run/t"],
    "influxdb.org": ["o"],
    "influxdb.user": ["u"],
    "influxdb.password": ["p"],
    "influxdb.password_file": ["/run/q"],
    "read.strong_timeout": ["10ms", "1m"],
    "read.fast_wait": ["0s", "1s"],
}


SECRETS = {"cluster.key", "kafka.properties", "redis.password", "influxdb.token", "influxdb.password"}


def test_any_mixture_of_places_resolves_as_the_rule_says(tmp_path):
    """The strongest place wins, for every setting, whatever the others hold."""
    assert set(VALUES) == set(NAMES)
    seed = int(os.environ.get("HOURGLASS_TEST_SEED") or random.randrange(2**32))
    print(f"HOURGLASS_TEST_SEED={seed}")
    chance = random.Random(seed)
    path = tmp_path / "hourglass.toml"
    for _ in range(30):
        flags, env, file, expected = [], {}, "", {}
        for name in NAMES:
            for place in ("file", "environment", "flag"):  # the weakest first
                if chance.random() < 0.4:
                    value = chance.choice(VALUES[name])
                    more_flags, more_env, more_file = written(name, value, place)
                    flags, env, file = flags + more_flags, {**env, **more_env}, file + more_file
                    expected[name] = (value, place)
        path.write_text(file, encoding="utf-8")
        rows = rows_of(run("config", "--config", path, *flags, env=env))
        for name in NAMES:
            value, source = rows[name]
            given, place = expected.get(name, (value, "default"))
            shown = "********" if name in SECRETS and given else given
            assert (value, source.split()[0]) == (shown, place), (name, file, env, flags)


def test_config_says_where_a_value_stands(tmp_path):
    path = tmp_path / "hourglass.toml"
    path.write_text('# mine\n[http]\nport = 1234\n\n[data]\ndir = "/d"\n', encoding="utf-8")
    rows = rows_of(run("config", "--config", path, "--log-level=debug", env={"HOURGLASS_BACKEND": "embedded"}))
    assert rows["http.port"] == ("1234", f"file {path}, line 3")
    assert rows["data.dir"] == ("/d", f"file {path}, line 6")
    assert rows["log.level"] == ("debug", "flag --log-level")
    assert rows["backend"] == ("embedded", "environment HOURGLASS_BACKEND")


@pytest.mark.parametrize("name, value, allowed", [
    ("http.port", "65536", "from 0 to 65535"),
    ("http.address", "localhost", "IPv4 or IPv6"),
    ("http.threads", "0", "cores"),
    ("http.max_body_size", "1023", "from 1KiB to 64MiB"),
    ("http.max_body_size", "65MiB", "from 1KiB to 64MiB"),
    ("http.idle_timeout", "10", "10m"),
    ("http.idle_timeout", "forever", "10m"),
    ("idempotency.window", "1w", "30d"),
    ("events.max_past", "never", "forever"),
    ("log.level", "warn", "debug or info or warning or error"),
    ("log.format", "JSON", "text or json"),
    ("uniques", "hll", "which this build does not contain"),
    ("backend", "oracle", "embedded"),
    ("data.dir", "", "not empty"),
    ("kafka.create_topic", "yes", "true or false"),
    ("kafka.create_topic", "1", "true or false"),
    ("log.level", "true", "debug or info or warning or error"),
])  # fmt: skip
@pytest.mark.parametrize("place", ["file", "environment", "flag"])
@pytest.mark.parametrize("command", ["serve", "config"])
def test_a_value_that_is_not_allowed_is_2_and_is_explained(tmp_path, command, name, value, allowed, place):
    flags, env, file = written(name, value, place)
    path = tmp_path / "hourglass.toml"
    path.write_text("\n" + file, encoding="utf-8")
    stderr = refused(command, "--config", path, *flags, env=env, cwd=tmp_path)
    where = {"file": f"file {path}, line 2", "flag": f"flag {(flags or [''])[0]}",
             "environment": f"environment {''.join(env)}"}  # fmt: skip
    assert stderr.startswith(f"hourglass: {name} ({where[place]}) "), stderr
    assert allowed in stderr
    assert len(stderr.splitlines()) == 1
    assert not (tmp_path / "hourglass-data").exists()


@pytest.mark.parametrize("text, message", [
    ("[http]\nmax_conections = 1\n", "http.max_conections ({file}, line 2); did you mean http.max_connections?"),
    ("backends = 'x'\n", "backends ({file}, line 1); did you mean backend?"),
    ("[htpp]\n", "htpp ({file}, line 1); did you mean http."),
    ("[http]\nport = '80'\n", "http.port ({file}, line 2) must be a whole number from 0 to 65535, not a string"),
    ("[http]\nport = 80.0\n", "http.port ({file}, line 2) must be a whole number from 0 to 65535, not a float"),
    ("[log]\nlevel = true\n", "not a boolean"),
    ("[http]\nport = 1\nport = 2\n", "{file}, line 3: "),
    ("[http\n", "{file}, line 1: "),
])  # fmt: skip
def test_a_fault_in_the_file_is_2_with_its_line(tmp_path, text, message):
    path = tmp_path / "hourglass.toml"
    path.write_text(text, encoding="utf-8")
    assert message.format(file=f"file {path}") in refused("config", "--config", path)


def test_a_file_may_be_empty_but_must_be_readable(tmp_path):
    path = tmp_path / "hourglass.toml"
    path.write_text("", encoding="utf-8")
    assert run("config", "--config", path).returncode == 0
    assert f"cannot read the file {tmp_path}: " in refused("config", "--config", tmp_path)
    assert "cannot read the file nowhere: No such file" in refused("config", "--config", "nowhere", cwd=tmp_path)


def test_an_unknown_variable_is_2_and_names_the_nearest():
    stderr = refused("config", env={"HOURGLASS_HTTP_PRT": "1"})
    assert "unknown environment variable HOURGLASS_HTTP_PRT; did you mean HOURGLASS_HTTP_PORT?" in stderr


# The page of the settings


def test_the_page_of_the_settings_is_not_stale():
    program = BINARY.parent / "settings_page"
    if not program.exists():
        pytest.skip(f"no {program}")
    page = subprocess.run([program], capture_output=True, text=True, timeout=TIME_LIMIT, check=True).stdout
    assert page == (REPOSITORY / "docs/operating/settings.md").read_text(encoding="utf-8"), \
        "mend it with: build/release/settings_page > docs/operating/settings.md"  # fmt: skip
