"""Data directories of other versions than the present one."""

import time

from decoder import decode, read_files
from hourglass_process import Server, run_program
from old_store import OldStore

HOUR = 1_700_000_000_000 // 3_600_000 * 3_600_000


def filled_old_store():
    """Three hours, users in two segments, keys of a moment ago; one segment after an orderly end goes on."""
    store, now = OldStore(), int(time.time() * 1000)
    store.commit(now - 3000, [(HOUR, False, b"ann", b"k1"), (HOUR + 5, True, b"ann", None), (HOUR - 1, False, b"bob", None)])
    store.close()
    store.commit(now - 2000, [(HOUR + 7, False, "ä€🦉".encode(), None)], [(b"ann", b"k1")])
    store.end_segment()
    store.commit(now - 1000, [(HOUR, True, b"ann", None), (HOUR, False, b"x" * 256, b"k2"), (0, False, b"eve", None)])
    store.commit(now - 1000, [], [(b"ann", b"k1")])
    return store


def check_totals(server):
    assert server.totals(HOUR) == (3, 3, 2)
    assert server.totals(HOUR - 1) == (1, 1, 0)
    assert server.totals(0) == (1, 1, 0)


def test_version_1_is_taken_over(start_server, tmp_path):
    filled_old_store().write(tmp_path / "data")
    old = decode(read_files(tmp_path / "data"))
    assert old.identity.version == 1 and old.totals[HOUR // 3_600_000] == [3, 3, 2]

    server = start_server(folder=tmp_path)
    check_totals(server)
    for user, key in (("ann", "k1"), ("x" * 256, "k2")):
        assert server.post(HOUR, user, more=f"&id={key}").status == 204
    check_totals(server)  # both keys had been seen
    server.stop()
    new = decode(read_files(tmp_path / "data"))
    assert new.identity.version == 2
    assert (new.identity.identity, new.identity.hash_key) == (old.identity.identity, old.identity.hash_key)
    assert (new.totals, new.users, new.events) == (old.totals, old.users, old.events)

    server.start()
    check_totals(server)
    assert server.post(HOUR, "dan").status == 204
    assert server.totals(HOUR) == (4, 4, 2)
    server.kill()
    assert decode(read_files(tmp_path / "data")).totals[HOUR // 3_600_000] == [4, 4, 2]


def test_version_3_is_refused(binary, tmp_path):
    filled_old_store().write(tmp_path / "data", version=3)
    before = read_files(tmp_path / "data")
    refused = run_program(binary, *Server(binary, tmp_path).command()[1:])
    assert refused.returncode == 1
    assert str(tmp_path / "data/store") in refused.stderr
    after = read_files(tmp_path / "data")
    assert {name: after[name] for name in before} == before
