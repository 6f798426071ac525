"""Every command that the documents show is run, and prints what they say."""

import os
import re
import socket

import pytest

import console
from documents import REPOSITORY, all_documents, anchors, executed_documents, links, names_of
from hourglass_process import environment

EXECUTED = executed_documents()
WITH_COMMANDS = [path for path in EXECUTED if console.commands(path.read_text())]
ALL = all_documents()


def free_ports(count):
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.fixture
def session(tmp_path, binary):
    """A folder that looks like the clone that the documents speak of, with the program in the path too."""
    for place in ("build/release", "bin"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "hourglass").symlink_to(binary)
    (tmp_path / "dev").symlink_to(REPOSITORY / "dev")
    (tmp_path / "examples").symlink_to(REPOSITORY / "examples")
    clean = environment({})
    opened = console.Session(tmp_path, free_ports(2),
                             {**clean, "LC_ALL": "C.UTF-8", "PATH": f"{tmp_path}/bin:{clean['PATH']}"})
    yield opened
    opened.close()


@pytest.mark.parametrize("document", WITH_COMMANDS, ids=names_of(WITH_COMMANDS))
def test_commands_print_what_the_document_says(document, session):
    session.run_all(console.commands(document.read_text()))


def test_readme_has_commands():
    shown = [command.text for command in console.commands((REPOSITORY / "README.md").read_text())]
    assert any(text.startswith("./dev run") for text in shown)
    assert any("POST" in text for text in shown)


@pytest.mark.parametrize("document", EXECUTED, ids=names_of(EXECUTED))
def test_no_command_hides_in_a_block_that_is_not_run(document):
    """```text says that a command is only shown."""
    for language, start, lines in console.blocks(document.read_text()):
        assert language not in {"sh", "bash", "shell"} and not language.startswith("shell-"), f"line {start}"
        if language not in {"console", "text"}:
            assert not any(line.startswith("$ ") for line in lines), f"line {start}"


@pytest.mark.parametrize("document", ALL, ids=names_of(ALL))
def test_links_lead_somewhere(document):
    for link in links(document):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        path = document.parent / target if target else document
        assert os.path.exists(path), f"it links to {target}"
        if anchor:
            assert anchor in anchors(path), f"{target or 'it'} has no heading #{anchor}"


def test_every_page_can_be_reached_from_the_table_of_questions():
    reached, ahead = set(), [REPOSITORY / "docs/README.md"]
    while ahead:
        page = ahead.pop().resolve()
        if page in reached or page not in ALL:
            continue
        reached.add(page)
        ahead += [page.parent / link.partition("#")[0] for link in links(page) if link.partition("#")[0]]
    assert not [page for page in EXECUTED if page not in reached]


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


@pytest.mark.parametrize("command, serves", [
    ("hourglass serve", True),
    ("./dev run", True),
    ("HOURGLASS_LOG_LEVEL=debug build/release/hourglass serve --http-port 8081", True),
    ("hourglass serve; echo $?", False),
    ("hourglass backup b", False),
    ("curl 127.0.0.1:8080", False),
])
def test_what_runs_in_the_background(command, serves):
    assert console.Command(1, command).serves == serves


def test_the_anchors_themselves(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A first event\n## `data.dir`\n## data.dir\n```text\n# none\n```\n## 503 `storage_full`\n")
    assert anchors(page) == {"a-first-event", "datadir", "datadir-1", "503-storage_full"}
