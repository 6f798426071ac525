"""The table of errors in docs/http-api.md is that of the program."""

import re

import yaml

from documents import REPOSITORY, table_rows


def documented():
    rows = [(code.strip("`"), int(status)) for code, status, *_
            in table_rows(REPOSITORY / "docs/http-api.md", "code")]
    assert len(rows) == len(dict(rows)), "a code stands twice"
    return dict(rows)


def of_the_program():
    """The status of every code, from the one switch that maps them."""
    statuses, waiting = {}, []
    for line in (REPOSITORY / "src/http/error_status.cpp").read_text().splitlines():
        waiting += re.findall(r"case ErrorCode::(\w+):", line)
        status = re.search(r"return (\d{3});", line)
        if status:
            statuses.update(dict.fromkeys(waiting, int(status[1])))
            waiting = []
    return statuses


def test_codes_and_statuses_are_those_of_the_program():
    assert documented() == of_the_program()


def test_the_names_are_those_that_clients_see():
    names = re.findall(r'return "(\w+)";', (REPOSITORY / "src/base/error.cpp").read_text())
    assert set(documented()) == set(names) - {"unknown"}


def test_openapi_has_the_same():
    description = yaml.safe_load((REPOSITORY / "api/openapi.yaml").read_text())
    assert set(documented()) == set(description["components"]["schemas"]["Code"]["enum"])
