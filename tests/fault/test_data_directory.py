"""What happens to a data directory: a second process, damage, missing files, a newer format, wrong permissions."""

import os
import random
import shutil
import stat

import pytest

from hourglass_process import Server, run_program

HOUR = 1_700_000_000_000
USERS = 40


@pytest.fixture
def filled(binary, tmp_path):
    """A server that was filled and stopped in order; its totals are (USERS, USERS, 0)."""
    server = Server(binary, tmp_path).start()
    for number in range(USERS):
        assert server.post(HOUR, f"user{number}", more=f"&id=k{number}").status == 204
    server.stop()
    return server


def refused_start(server):
    """What the program says when it does not start; it must end by itself with 1."""
    result = run_program(server.binary, *server.command()[1:])
    assert result.returncode == 1, (result.returncode, result.stderr)
    return result.stderr


def start_or_refuse(server):
    """The totals after a start, or None where the start was refused with exit code 1."""
    server.start(wait=None)
    try:
        server.port = server._wait_for(lambda: server._listening_port(), "the port")
        server._wait_for(lambda: server.get("/readyz").status == 200, "/readyz")
        totals = server.totals(HOUR)
        server.stop()
        return totals
    except (AssertionError, OSError):
        assert server.wait_exit() == 1, server.stderr()
        return None


def files_of(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size > 0)


def used_bytes(path):
    """Up to the last byte that is not zero: what lies behind it is space that was reserved."""
    return len(path.read_bytes().rstrip(b"\0"))


def test_the_directory_is_made_for_its_owner_alone(filled):
    assert stat.S_IMODE(os.stat(filled.data_dir).st_mode) == 0o700
    for path in files_of(filled.data_dir):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_second_process_is_refused_and_the_first_goes_on(filled):
    filled.start()
    second = Server(filled.binary, filled.folder)
    assert "in use by another process" in refused_start(second)
    assert filled.post(HOUR, "one-more").status == 204
    assert filled.totals(HOUR) == (USERS + 1, USERS + 1, 0)
    filled.stop()


def test_every_damaged_byte_is_refused_or_harmless(filled):
    """After an orderly stop nothing may vanish: not even the last commit."""
    seed = int(os.environ.get("HOURGLASS_TEST_SEED", random.SystemRandom().randrange(2**32)))
    print(f"HOURGLASS_TEST_SEED={seed}")
    rng = random.Random(seed)
    refused = 0
    for path in files_of(filled.data_dir):
        size = used_bytes(path)
        for offset in rng.sample(range(size), min(size, 12)):
            original = path.read_bytes()
            path.write_bytes(original[:offset] + bytes([original[offset] ^ 1 << rng.randrange(8)]) + original[offset + 1 :])
            totals = start_or_refuse(filled)
            assert totals in (None, (USERS, USERS, 0)), f"byte {offset} of {path} makes the totals {totals}"
            if totals is None:
                refused += 1
                assert str(path) in filled.stderr(), f"the damaged file is named: {filled.stderr()}"
            path.write_bytes(original)
    assert refused > 10


@pytest.mark.parametrize("damage", ["missing", "empty", "garbage"])
def test_a_lost_store_file_is_refused(filled, damage):
    """Without the hash key the users of old hours and new ones could not be told apart."""
    path = filled.data_dir / "store"
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(b"" if damage == "empty" else os.urandom(56))
    assert str(path) in refused_start(filled)


def test_a_lost_log_is_refused(filled):
    shutil.rmtree(filled.data_dir / "log")
    (filled.data_dir / "log").mkdir()
    assert "log" in refused_start(filled)


def test_the_store_of_another_directory_does_not_fit(filled, binary, tmp_path):
    (tmp_path / "other").mkdir()
    other = Server(binary, tmp_path / "other").start()
    other.stop()
    shutil.copy(other.data_dir / "store", filled.data_dir / "store")
    refused_start(filled)


@pytest.mark.parametrize("name", ["store", "log/00000000000000000001.log"])
def test_a_newer_format_is_refused(filled, name):
    path = filled.data_dir / name
    content = bytearray(path.read_bytes())
    content[8] += 1  # docs/formats: the version stands behind the eight bytes that name the format
    path.write_bytes(content)
    assert "newer" in refused_start(filled)


def test_a_file_in_place_of_the_directory_is_refused(binary, tmp_path):
    (tmp_path / "data").write_text("not a directory")
    assert str(tmp_path / "data") in refused_start(Server(binary, tmp_path))


def test_a_directory_whose_parent_is_missing_is_refused(binary, tmp_path):
    server = Server(binary, tmp_path, flags=("--data-dir", str(tmp_path / "no" / "such" / "place")))
    assert "no/such/place" in refused_start(server)


def test_after_a_kill_a_torn_last_commit_is_cut_off(filled):
    """Bytes of a commit that was being written when the power failed; never acknowledged, never counted."""
    log = filled.data_dir / "log" / "00000000000000000001.log"
    used = used_bytes(log)
    end = used + -used % 8
    with open(log, "r+b") as file:
        file.seek(end)
        file.write(b"HGRC" + os.urandom(60))
    filled.start()
    assert filled.totals(HOUR) == (USERS, USERS, 0)
    assert filled.post(HOUR, "one-more").status == 204
    filled.stop()
    filled.start()
    assert filled.totals(HOUR) == (USERS + 1, USERS + 1, 0)
    filled.stop()
