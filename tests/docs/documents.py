"""The documents of the repository, and what stands in them."""

import re
import subprocess
from pathlib import Path

import console

REPOSITORY = Path(__file__).resolve().parents[2]
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def names_of(documents):
    return [str(path.relative_to(REPOSITORY)) for path in documents]


def all_documents():
    """Every page of the repository that is, or is about to be, committed."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=REPOSITORY, check=True,
                            capture_output=True, text=True).stdout
    return sorted(REPOSITORY / name for name in listed.splitlines() if (REPOSITORY / name).exists())


def executed_documents():
    """Those whose commands are run. docs/decisions/ holds measurements of a day, which are not repeated here."""
    return [path for path in all_documents()
            if path.parent == REPOSITORY
            or (REPOSITORY / "docs" in path.parents and "decisions" not in path.parts)]


def text_lines(document):
    """The lines that are not inside of fenced blocks, without code spans."""
    fenced = False
    for line in document.read_text().splitlines():
        if console.FENCE.match(line.strip()):
            fenced = not fenced
        elif not fenced:
            yield line


def links(document):
    for line in text_lines(document):
        yield from LINK.findall(re.sub(r"`[^`]*`", "", line))


def anchors(document):
    """What `#…` may name, as GitHub makes it from headings."""
    found = set()
    for line in text_lines(document):
        heading = HEADING.match(line)
        if not heading:
            continue
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1])
        name = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        number, unique = 0, name
        while unique in found:
            number += 1
            unique = f"{name}-{number}"
        found.add(unique)
    return found


def table_rows(document, first_column):
    """The cells of the rows of every table whose first column is called so."""
    inside = False
    for line in text_lines(document):
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not cells:
            inside = False
        elif cells[0] == first_column:
            inside = True
        elif inside and not set(cells[0]) <= set("-: "):
            yield cells
