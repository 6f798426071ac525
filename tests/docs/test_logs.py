"""docs/operating/logs.md names every line that the program can write, and no other."""

import re

from documents import REPOSITORY, table_rows

CALL = re.compile(r"\blog_?\.write\(")
LINE = re.compile(r'\blog_?\.write\(\s*([^"]*?),\s*"([^"]*)"\s*(.*?)\);', re.DOTALL)
LEVEL = re.compile(r"LogLevel::(\w+)")
FIELD = re.compile(r'\{"(\w+)",')


def levels(expression, text):
    """Those that the first argument may be: levels themselves, or a name that stands for some."""
    found = LEVEL.findall(expression) or LEVEL.findall(re.search(rf"\b{expression} =([^;]*);", text)[1])
    assert found, expression
    return found


def written():
    """(level, message, fields) of every line in the sources."""
    lines = set()
    for source in sorted((REPOSITORY / "src").rglob("*.cpp")):
        if source.name.endswith("_test.cpp") or "testing" in source.parts:
            continue
        text = source.read_text()
        found = LINE.findall(text)
        assert len(found) == len(CALL.findall(text)), f"{source}: a message that is no literal"
        lines |= {(level, message, tuple(FIELD.findall(fields))) for expression, message, fields in found
                  for level in levels(expression, text)}
    return lines


def documented():
    return [(level, message.strip("`"), tuple(re.findall(r"`(\w+)`", fields)))
            for all_levels, message, fields, *_ in table_rows(REPOSITORY / "docs/operating/logs.md", "level")
            for level in all_levels.split(", ")]


def test_the_page_names_every_line_and_no_other():
    assert sorted(documented()) == sorted(written())


def test_sources_have_lines():
    assert ("info", "listening", ("address", "port")) in written()
