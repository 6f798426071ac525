"""The part "Program" of the contract: settings and exit codes, as far as a running server shows them."""

import json
import os
import re
import stat
import time

import pytest

from expectations import expect_no_content, expect_problem
from hourglass_process import run_program

HOUR_MS = 3_600_000


def refused(binary, tmp_path, *flags, env=None):
    """`serve` that must end by itself with 2, a usage error; its message."""
    result = run_program(
        binary, "serve", "--http-port", "0", "--data-dir", tmp_path / "data", *flags, env=env
    )
    assert result.returncode == 2, (result.returncode, result.stderr)
    return result.stderr


def config(tmp_path, text):
    path = tmp_path / "hourglass.toml"
    path.write_text(text, encoding="utf-8")
    return path


def log_is_json(server):
    first = server.stderr().splitlines()[0]
    try:
        return isinstance(json.loads(first), dict)
    except ValueError:
        return False


FILE_JSON = '[log]\nformat = "json"\n'


@pytest.mark.parametrize(
    "flags, env, file, expected",
    [
        ([], {}, None, False),
        ([], {}, FILE_JSON, True),
        ([], {"HOURGLASS_LOG_FORMAT": "text"}, FILE_JSON, False),
        (["--log-format", "json"], {"HOURGLASS_LOG_FORMAT": "text"}, None, True),
        (["--log-format", "text"], {"HOURGLASS_LOG_FORMAT": "json"}, FILE_JSON, False),
        (["--log-format=json"], {}, '[log]\nformat = "text"\n', True),
    ],
)
def test_flags_win_over_the_environment_over_the_file_over_the_default(
    start_server, flags, env, file, expected
):
    server = start_server(flags=flags, env=env, config=file)
    assert log_is_json(server) == expected


def test_the_same_name_in_file_environment_and_flag(start_server):
    for how in (
        {"config": "[http]\nheader_timeout = '1s'\n"},
        {"env": {"HOURGLASS_HTTP_HEADER_TIMEOUT": "1s"}},
        {"flags": ["--http-header-timeout", "1s"]},
    ):
        server = start_server(**how)
        with server.connect() as connection:
            connection.send(b"GET /healthz HTTP/1.1\r\n")
            expect_problem(connection.read_answer(within=9.0), 408, "request_timeout")


@pytest.mark.parametrize(
    "unknown, nearest",
    [("--http-prot", "http-port"), ("--data-dri", "data-dir"), ("--log-levle", "log-level")],
)
def test_an_unknown_flag_is_an_error_that_names_the_nearest(binary, tmp_path, unknown, nearest):
    message = refused(binary, tmp_path, unknown, "x")
    assert unknown.lstrip("-") in message
    assert nearest in message or nearest.replace("-", ".", 1) in message


@pytest.mark.parametrize(
    "unknown, nearest", [("HOURGLASS_HTTP_PROT", "HTTP_PORT"), ("HOURGLASS_LOGLEVEL", "LOG_LEVEL")]
)
def test_an_unknown_variable_is_an_error_that_names_the_nearest(binary, tmp_path, unknown, nearest):
    message = refused(binary, tmp_path, env={unknown: "1"})
    assert unknown in message
    assert nearest in message or nearest.lower().replace("_", ".", 1) in message


@pytest.mark.parametrize(
    "text, unknown, nearest",
    [
        ("[http]\nprot = 1\n", "prot", "port"),
        ("[htpp]\nport = 1\n", "htpp", "http"),
        ("[http]\nmax_conections = 10\n", "max_conections", "max_connections"),
    ],
)
def test_an_unknown_key_in_the_file_is_an_error_that_names_the_nearest(
    binary, tmp_path, text, unknown, nearest
):
    message = refused(binary, tmp_path, "--config", config(tmp_path, text))
    assert unknown in message and nearest in message


@pytest.mark.parametrize(
    "flag, value",
    [("--http-port", "70000"), ("--http-port", "-1"), ("--http-port", "abc"), ("--http-port", ""), ("--http-threads", "0x"),
     ("--idempotency-window", "5x"), ("--idempotency-window", "24"), ("--idempotency-window", "-5s"), ("--http-idle-timeout", "soon"),
     ("--log-format", "xml"), ("--log-level", "loud"), ("--http-max-connections", "1e3"), ("--backend", "oracle"),
     ("--http-address", "not an address"), ("--events-max-past", "forevr")],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_exit_code_2_and_is_named(binary, tmp_path, flag, value):
    message = refused(binary, tmp_path, f"{flag}={value}")
    name = flag[2:]
    assert name in message or name.replace("-", ".", 1).replace("-", "_") in message


@pytest.mark.parametrize(
    "text",
    [
        "[http\n",
        "port",
        "[http]\nport = \n",
        "[http]\nport = 'x'\n",
        "[http]\nport = 1\nport = 2\n",
        "[http]\nport = [1]\n",
    ],
)
def test_a_file_that_is_wrong_is_exit_code_2_and_is_named(binary, tmp_path, text):
    assert "hourglass.toml" in refused(binary, tmp_path, "--config", config(tmp_path, text))


def test_a_file_that_is_missing_is_exit_code_2_and_is_named(binary, tmp_path):
    assert "nowhere.toml" in refused(binary, tmp_path, "--config", tmp_path / "nowhere.toml")


def test_a_file_that_is_not_regular_is_exit_code_2_and_is_not_waited_for(binary, tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "link.toml").symlink_to(config(tmp_path, "[log]\nlevel = 'error'\n"))
    for name in ("pipe.toml", "folder.toml"):
        assert name in refused(binary, tmp_path, "--config", tmp_path / name)
    assert run_program(binary, "config", "--config", tmp_path / "link.toml").returncode == 0


@pytest.mark.parametrize("key, value", [("data.dir", "a"), ("http.address", "127.0.0.1"), ("log.level", "info"), ("roles", "api,hot,cold")])
def test_no_text_holds_a_nul(binary, tmp_path, key, value):
    file = config(tmp_path, f'{key} = "{value}\\u0000b"\n')
    for command in ("config", "serve"):
        result = run_program(binary, command, "--config", file, cwd=tmp_path)
        assert (result.returncode, key in result.stderr) == (2, True), result


@pytest.mark.parametrize("flag, value", [("--uniques", "hll"), ("--roles", "writer"), ("--roles", "api,api")])
def test_what_is_not_there_is_refused_by_name(binary, tmp_path, flag, value):
    message = refused(binary, tmp_path, flag, value)
    assert flag.strip("-") in message and "must be" in message


def test_a_cluster_needs_its_key(binary, tmp_path):
    assert "cluster.key" in refused(binary, tmp_path, "--backend", "cluster")


def test_what_kubernetes_sets_is_passed_over_with_one_log_line(start_server):
    env = {
        "HOURGLASS_PORT": "tcp://10.0.0.1:80",
        "HOURGLASS_PORT_80_TCP": "tcp://10.0.0.1:80",
        "HOURGLASS_PORT_80_TCP_ADDR": "10.0.0.1",
        "HOURGLASS_SERVICE_HOST": "10.0.0.1",
        "HOURGLASS_SERVICE_PORT": "80",
        "HOURGLASS_SERVICE_PORT_HTTP": "80",
    }
    server = start_server(env=env)
    rows = [row for row in server.stderr().splitlines() if re.search(r"HOURGLASS_(PORT|SERVICE)", row)]
    assert len(rows) == 1, rows


def test_the_data_folder_is_made_when_missing_with_mode_0700(start_server):
    server = start_server()
    assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700


def test_the_data_folder_is_hourglass_data_by_default(binary, start_server, tmp_path):
    server = start_server(
        env={"HOURGLASS_DATA_DIR": str(tmp_path / "from-env")},
        flags=["--data-dir", str(tmp_path / "from-flag")],
    )
    assert (tmp_path / "from-flag").is_dir() and not (tmp_path / "from-env").exists()
    shown = run_program(binary, "config", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "hourglass-data" in shown.stdout
    server.stop()


def test_a_data_folder_that_cannot_be_made_is_exit_code_1(binary, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    result = run_program(binary, "serve", "--http-port", "0", "--data-dir", tmp_path / "file")
    assert result.returncode == 1, (result.returncode, result.stderr)
    assert str(tmp_path / "file") in result.stderr


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["serve", "extra"], ["--nonsense"], ["serve", "--config"]]
)
def test_wrong_usage_is_exit_code_2(binary, arguments):
    result = run_program(binary, *arguments)
    assert result.returncode == 2, (result.returncode, result.stderr)
    assert result.stderr.strip()


@pytest.mark.parametrize(
    "arguments", [["--help"], ["serve", "--help"], ["--version"], ["config"], ["config", "--help"]]
)
def test_help_version_and_config_are_exit_code_0(binary, tmp_path, arguments):
    result = run_program(binary, *arguments, cwd=tmp_path)
    assert result.returncode == 0, (result.returncode, result.stderr)
    assert result.stdout.strip()


def test_version_names_the_program_and_a_version(binary):
    result = run_program(binary, "--version")
    assert re.search(r"hourglass\b.*\d+\.\d+", result.stdout, re.IGNORECASE | re.DOTALL), result.stdout


DEFAULTS = {
    "http.address": "127.0.0.1",
    "http.port": "8080",
    "http.threads": "",
    "http.max_connections": "10000",
    "http.max_batch_memory": "256MiB",
    "http.header_timeout": "10s",
    "http.idle_timeout": "75s",
    "http.drain_timeout": "5s",
    "data.dir": "hourglass-data",
    "backend": "embedded",
    "roles": "api,hot,cold",
    "uniques": "exact",
    "idempotency.window": "24h",
    "events.max_past": "forever",
    "events.max_future": "forever",
    "log.level": "info",
    "log.format": "text",
}


def test_config_shows_every_setting_with_its_value_and_where_it_came_from(binary, tmp_path):
    file = config(tmp_path, "[http]\nidle_timeout = '31s'\n")
    env = {"HOURGLASS_HTTP_HEADER_TIMEOUT": "7s"}
    shown = run_program(binary, "config", "--config", file, "--http-port", "4711", env=env, cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    rows = {}
    for row in shown.stdout.splitlines():
        for name in DEFAULTS:
            if re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", row):
                rows.setdefault(name, row)
    assert set(rows) == set(DEFAULTS), set(DEFAULTS) - set(rows)
    changed = {
        "http.idle_timeout": ("31s", "file|toml"),
        "http.header_timeout": ("7s", "env"),
        "http.port": ("4711", "flag|command"),
    }
    for name, default in DEFAULTS.items():
        value, origin = changed.get(name, (default, "default"))
        assert value in rows[name].replace("10 000", "10000"), rows[name]
        assert re.search(origin, rows[name], re.IGNORECASE), rows[name]


def test_events_beyond_max_past_and_max_future_are_timestamp_out_of_range(start_server):
    server = start_server(flags=["--events-max-past", "2h", "--events-max-future", "1h"])
    now = int(time.time() * 1000)
    for timestamp in (now, now - HOUR_MS, now + HOUR_MS // 2):
        expect_no_content(server.post(timestamp, "ann"))
    for timestamp in (0, now - 3 * HOUR_MS, now + 2 * HOUR_MS, 253_402_300_799_999):
        expect_problem(server.post(timestamp, "ann"), 400, "timestamp_out_of_range")
        assert server.totals(timestamp) in ((0, 0, 0), server.totals(timestamp))
    body = b'{"timestamp":%d,"user":"a","event":"click"}\n{"timestamp":0,"user":"a","event":"click"}' % now
    report = json.loads(server.batch(body).body)
    assert (report["accepted"], report["rejected"][0]["code"]) == (1, "timestamp_out_of_range")
    assert server.get("/analytics?timestamp=0").status == 200, "hours beyond it can be read"


@pytest.mark.parametrize("value", ["500ms", "5s", "10m", "24h", "30d"])
def test_durations(binary, tmp_path, value):
    shown = run_program(binary, "config", f"--idempotency-window={value}", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
