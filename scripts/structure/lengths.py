"""How long files and functions may be."""

import ast

from structure.cpp_functions import functions_of
from structure.tree import Finding

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 70
NOT_OURS = ("LICENSE", "tests/fuzz/corpus/")
# Made from the table of settings, a paragraph a row.
GENERATED = ("docs/hourglass.1", "docs/operating/settings.md")


def check_file_lengths(tree):
    """No file is longer than MAX_FILE_LINES."""
    for path in tree.paths:
        if path.startswith(NOT_OURS) or path in GENERATED:
            continue
        lines = len((tree.text(path) or "").splitlines())
        if lines > MAX_FILE_LINES:
            yield Finding(path, MAX_FILE_LINES + 1, f"{lines} lines; a file has at most {MAX_FILE_LINES}")


def python_functions(source):
    """(line, lines, name) of every function of a Python source."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1, node.name


def cpp_functions(source):
    """(line, lines, name) of every function of a C++ source."""
    for function in functions_of(source):
        yield function.first_line, function.lines, function.header.split("(")[0].split(" ")[-1]


def check_function_lengths(tree):
    """No function is longer than MAX_FUNCTION_LINES, from the first line of its declaration to its last brace."""
    for path in tree.with_suffix(".cpp", ".hpp", ".py"):
        found = python_functions if path.endswith(".py") else cpp_functions
        for line, lines, name in found(tree.text(path)):
            if lines > MAX_FUNCTION_LINES:
                yield Finding(path, line, f"{name}: {lines} lines; a function has at most {MAX_FUNCTION_LINES}")
