"""docs/operating/logs.md names every line that the program can write, and no other."""

import re

from documents import REPOSITORY, table_rows

CALL = re.compile(r"\.write\(\s*(?:ports::)?LogLevel::")
LINE = re.compile(r'\.write\(\s*(?:ports::)?LogLevel::(\w+),\s*"([^"]*)"\s*(.*?)\);', re.DOTALL)
FIELD = re.compile(r'\{"(\w+)",')


def written():
    """(level, message, fields) of every line in the sources."""
    lines = set()
    for source in sorted((REPOSITORY / "src").rglob("*.cpp")):
        if source.name.endswith("_test.cpp") or "testing" in source.parts:
            continue
        text = source.read_text()
        found = LINE.findall(text)
        assert len(found) == len(CALL.findall(text)), f"{source}: a message that is no literal"
        lines |= {(level, message, tuple(FIELD.findall(fields))) for level, message, fields in found}
    return lines


def documented():
    return [(level, message.strip("`"), tuple(re.findall(r"`(\w+)`", fields)))
            for level, message, fields, *_ in table_rows(REPOSITORY / "docs/operating/logs.md", "level")]


def test_the_page_names_every_line_and_no_other():
    assert sorted(documented()) == sorted(written())


def test_sources_have_lines():
    assert ("info", "listening", ("address", "port")) in written()
