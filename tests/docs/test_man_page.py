"""The manual page is what the program that makes it prints, and groff has nothing to say against it."""

import re
import shutil
import subprocess

import pytest

from documents import REPOSITORY
from hourglass_process import TIME_LIMIT

PAGE = REPOSITORY / "docs/hourglass.1"


def test_the_manual_page_is_not_stale(binary):
    program = binary.parent / "man_page"
    if not program.exists():
        pytest.skip(f"no {program}")
    printed = subprocess.run([program], capture_output=True, text=True, timeout=TIME_LIMIT, check=True).stdout
    assert printed == PAGE.read_text(), "mend it with: build/release/man_page > docs/hourglass.1"


def test_groff_renders_it_without_warnings():
    if shutil.which("groff") is None:
        pytest.skip("no groff")
    rendered = subprocess.run(["groff", "-man", "-Tutf8", "-ww", PAGE], capture_output=True, text=True,
                              timeout=TIME_LIMIT, check=True)
    assert rendered.stderr == ""
    plain = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", rendered.stdout)  # bold, in either of groff's ways
    for heading in ("NAME", "COMMANDS", "SETTINGS", "EXIT STATUS"):
        assert f"\n{heading}\n" in plain
