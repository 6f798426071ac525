"""Names that say nothing, and text that does not belong into a repository."""

import re

from structure.tree import Finding

EMPTY_NAMES = ("util", "utils", "common", "manager", "helper", "helpers")
EMPTY_TYPE = re.compile(r"\b(?:class|struct|union|enum)\s+(?P<name>\w*(?:Utils?|Common|Manager|Helpers?)\w*)")
# Written in two halves so that this file does not hold what it looks for.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" "DO", "FIX" "ME", "X" "XX", "HA" "CK")) + r")\b")
MACHINE_PATH = re.compile(r"(?<![\w.~/$}-])/(?:" + "|".join(("work", "root", "home", "tmp")) + r")\b(?!\w)")
GENERATED_NAMES = ("LICENSE", "tests/fuzz/corpus/")


def check_names(tree):
    """No file, folder or type is called by a word that fits everything."""
    for path in tree.paths:
        words = re.split(r"[/._-]", path.lower())
        for word in EMPTY_NAMES:
            if word in words:
                yield Finding(path, 1, f"'{word}' says nothing; name it after what it does")
    for path in tree.with_suffix(".cpp", ".hpp", ".py"):
        for number, line in tree.lines(path):
            for match in EMPTY_TYPE.finditer(line):
                yield Finding(path, number, f"'{match['name']}' says nothing; name it after what it does")


def check_text(tree):
    """Nothing is left unfinished, and nothing depends on the machine that it was written on."""
    for path in tree.paths:
        if path.startswith(GENERATED_NAMES):
            continue
        for number, line in tree.lines(path):
            unfinished = UNFINISHED.search(line)
            if unfinished:
                yield Finding(path, number, f"'{unfinished[1]}': finish it, or say what is so and why")
            if MACHINE_PATH.search(line) and not path.startswith("tests/"):
                yield Finding(path, number, f"a path of one machine: {line.strip()[:80]}")
