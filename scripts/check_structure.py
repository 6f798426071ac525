#!/usr/bin/env python3
"""Checks the rules of the structure: check_structure.py [ROOT]. Prints what breaks them; exit 1 if anything does."""

import sys
from pathlib import Path

from structure.includes import check_includes
from structure.lengths import check_file_lengths, check_function_lengths
from structure.tree import Tree
from structure.words import check_names, check_text

RULES = {
    "direction of includes": check_includes,
    "length of files": check_file_lengths,
    "length of functions": check_function_lengths,
    "names": check_names,
    "text": check_text,
}


def main():
    tree = Tree(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent)
    findings = [finding for rule in RULES.values() for finding in rule(tree)]
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
