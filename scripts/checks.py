"""The rules that need no program to run; each counts as one check."""

import re

from check_structure import RULES
from check_tidy import check_tidy
from processes import run, tail
from structure.tree import Tree
from tally import say
from test_steps import ROOT

FORMAT_TIMEOUT = 300
SHEBANGS = ("#!/usr/bin/env bash", "#!/bin/bash", "# shellcheck shell=bash")


def check_rules(tally, tree):
    for name, rule in RULES.items():
        findings = list(rule(tree))
        tally.check(not findings, name)
        for finding in findings:
            say(f"    {finding}")


def check_command(tally, what, command):
    """Counts a command that says nothing when all is well."""
    outcome = run(command, timeout=FORMAT_TIMEOUT, cwd=ROOT)
    tally.check(outcome.good, what)
    if not outcome.good:
        say(tail(outcome.output))


def check_format(tally, sources):
    outcome = run(["clang-format-14", "--dry-run", "-Werror", *sources], timeout=FORMAT_TIMEOUT, cwd=ROOT)
    tally.check(outcome.good, "format (./dev format mends it)")
    for path in sorted(set(re.findall(r"^(\S+?):\d+:\d+: error:", outcome.output, re.MULTILINE))):
        say(f"    {path}")


def shell_scripts(tree):
    for path in tree.paths:
        text = tree.text(path) or ""
        if text.startswith(SHEBANGS):
            yield path


def run_checks(tally, thorough):
    tree = Tree(ROOT)
    check_rules(tally, tree)
    sources = tree.with_suffix(".cpp", ".hpp")
    check_format(tally, sources)
    check_command(tally, "shell scripts", ["shellcheck", "-x", *shell_scripts(tree)])
    check_tidy(tally, thorough)
