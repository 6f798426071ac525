"""Every command that the documents show is run, and prints what they say."""

import os
import re
import socket
from pathlib import Path

import pytest

import console
from hourglass_process import environment

REPOSITORY = Path(__file__).resolve().parents[2]
# docs/decisions/ holds measurements of a day, which are not repeated here.
DOCUMENTS = [REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md")] + sorted(
    path for path in (REPOSITORY / "docs").rglob("*.md") if "decisions" not in path.parts)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")


def names_of(documents):
    return [str(path.relative_to(REPOSITORY)) for path in documents]


def with_commands():
    return [path for path in DOCUMENTS if path.exists() and console.commands(path.read_text())]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def session(tmp_path, binary):
    """A folder that looks like the clone that the documents speak of."""
    (tmp_path / "build/release").mkdir(parents=True)
    (tmp_path / "build/release/hourglass").symlink_to(binary)
    (tmp_path / "dev").symlink_to(REPOSITORY / "dev")
    opened = console.Session(tmp_path, free_port(), {**environment({}), "LC_ALL": "C.UTF-8"})
    yield opened
    opened.close()


@pytest.mark.parametrize("document", with_commands(), ids=names_of(with_commands()))
def test_commands_print_what_the_document_says(document, session):
    for command in console.commands(document.read_text()):
        session.run(command)


def test_readme_has_commands():
    shown = [command.text for command in console.commands((REPOSITORY / "README.md").read_text())]
    assert any(text.startswith("./dev run") for text in shown)
    assert any("POST" in text for text in shown)


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_no_command_hides_in_a_block_that_is_not_run(document):
    languages = {language for language, _, _ in console.blocks((REPOSITORY / document).read_text())}
    assert not languages & {"sh", "bash", "shell", "", "shell-session"}, languages


@pytest.mark.parametrize("document", DOCUMENTS, ids=names_of(DOCUMENTS))
def test_links_lead_somewhere(document):
    if not document.exists():
        pytest.fail(f"{document.name} is missing")
    for target in LINK.findall(document.read_text()):
        assert os.path.exists(document.parent / target), f"{document.name} links to {target}"


@pytest.mark.parametrize("printed, shown, matches", [
    ("a\nb\n", ["a", "b"], True),
    ("a\nb\n", ["a"], False),
    ("took 12 ms\n", ["took … ms"], True),
    ("a\nx\ny\nb\n", ["a", "…", "b"], True),
    ("a\nx\n", ["a", "…", "b"], False),
    ("", [], True),
    ("a\n", [], False),
    ("Content-Length: 5\r\n", ["Content-Length: 5"], True),
])
def test_the_comparison_itself(printed, shown, matches):
    assert bool(re.fullmatch(console.pattern_of(shown), printed)) == matches
