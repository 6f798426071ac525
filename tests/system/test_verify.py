"""`hourglass verify` from outside: exit codes, what is printed, and that nothing is changed."""

import os
import re

import pytest

from hourglass_process import Server, run_program

HOUR = 1_700_000_000_000
USERS = 40
SUMMARY = re.compile(r"verified: (\d+) hours, (\d+) users, (\d+) events, (\d+) bytes; (\d+) problems?\n")


@pytest.fixture
def filled(binary, tmp_path):
    """A server that was filled and stopped in order; every user of one hour has one click."""
    server = Server(binary, tmp_path).start()
    for number in range(USERS):
        assert server.post(HOUR, f"user{number}", more=f"&id=k{number}").status == 204
    server.stop()
    return server


def verify(server, *arguments, **how):
    return run_program(server.binary, "verify", *(arguments or ("--data-dir", server.data_dir)), **how)


def state_of(folder):
    """Everything that could be changed in a folder: names, modes, times and bytes."""
    return {
        path: (path.stat().st_mode, path.stat().st_mtime_ns, path.is_file() and path.read_bytes())
        for path in [folder, *sorted(folder.rglob("*"))]
    }


def test_a_whole_store_is_0_and_summed_up(filled):
    before = state_of(filled.data_dir)
    result = verify(filled)
    assert (result.returncode, result.stderr) == (0, "")
    hours, users, events, _, problems = map(int, SUMMARY.fullmatch(result.stdout).groups())
    assert (hours, users, events, problems) == (1, USERS, USERS, 0)
    assert state_of(filled.data_dir) == before


@pytest.mark.parametrize("place", ["argument", "flag", "environment", "file", "default"])
def test_the_directory_is_found_in_every_place(filled, tmp_path, place):
    (tmp_path / "hourglass-data").symlink_to(filled.data_dir)
    (tmp_path / "verify.toml").write_text(f'[data]\ndir = "{filled.data_dir}"\n')
    arguments, env = {
        "argument": ([filled.data_dir, "--data-dir", "/nowhere"], {}),
        "flag": (["--data-dir", filled.data_dir], {"HOURGLASS_DATA_DIR": "/nowhere"}),
        "environment": ([], {"HOURGLASS_DATA_DIR": filled.data_dir}),
        "file": (["--config", tmp_path / "verify.toml"], {}),
        "default": ([], {}),
    }[place]
    result = run_program(filled.binary, "verify", *arguments, env=env, cwd=tmp_path)
    assert result.returncode == 0, result
    assert SUMMARY.fullmatch(result.stdout)[3] == str(USERS)


def test_a_running_servers_directory_is_refused(filled):
    filled.start()
    result = verify(filled)
    assert (result.returncode, result.stdout) == (1, "")
    assert f"{filled.data_dir} is in use by another process" in result.stderr
    filled.stop()


def test_after_a_kill_nothing_is_wrong_and_nothing_is_changed(filled):
    filled.start()
    assert filled.post(HOUR, "one-more").status == 204
    filled.kill()
    log = filled.data_dir / "log" / "00000000000000000001.log"
    used = len(log.read_bytes().rstrip(b"\0"))
    with open(log, "r+b") as file:  # a commit that was being written when the power failed
        file.seek(used + -used % 8)
        file.write(b"HGRC" + os.urandom(60))
    before = state_of(filled.data_dir)
    result = verify(filled)
    assert result.returncode == 0, result
    assert SUMMARY.fullmatch(result.stdout)[3] == str(USERS + 1)
    assert state_of(filled.data_dir) == before


@pytest.mark.parametrize("name, at", [("store", 20), ("log/00000000000000000001.log", 300)])
def test_damage_is_1_and_names_the_file(filled, name, at):
    path = filled.data_dir / name
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    result = verify(filled)
    assert (result.returncode, result.stderr) == (1, "")
    problem, summary = result.stdout.splitlines(keepends=True)
    assert str(path) in problem
    assert SUMMARY.fullmatch(summary)[5] == "1"


def test_a_missing_directory_is_1_and_is_not_made(filled, tmp_path):
    result = verify(filled, tmp_path / "nowhere")
    assert result.returncode == 1
    assert f"{tmp_path}/nowhere" in result.stdout + result.stderr
    assert not (tmp_path / "nowhere").exists()


def test_a_store_that_cannot_be_written_can_be_verified(filled):
    for path in [filled.data_dir, *filled.data_dir.rglob("*")]:
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        assert verify(filled).returncode == 0
    finally:
        for path in [filled.data_dir, *filled.data_dir.rglob("*")]:
            path.chmod(0o700 if path.is_dir() else 0o600)


@pytest.mark.parametrize("arguments, message", [
    (["a", "b"], "unexpected argument b"),
    (["--data-drr", "x"], "did you mean --data-dir?"),
    (["--data-dir", ""], "data.dir"),
    (["--config", "/nowhere.toml"], "cannot read the file /nowhere.toml"),
])  # fmt: skip
def test_wrong_usage_is_2(binary, tmp_path, arguments, message):
    result = run_program(binary, "verify", *arguments, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []
