"""The description of the interface agrees with itself and with the program."""

import re
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
DESCRIPTION = yaml.safe_load((REPOSITORY / "api/openapi.yaml").read_text())
CODES = DESCRIPTION["components"]["schemas"]["Code"]["enum"]


def references(node):
    """Every $ref below a node."""
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolved(reference):
    node = DESCRIPTION
    for name in reference.removeprefix("#/").split("/"):
        node = node[name]
    return node


def test_references_lead_somewhere():
    for reference in references(DESCRIPTION):
        assert resolved(reference), reference


def test_codes_are_those_of_the_program():
    source = (REPOSITORY / "src/base/error.cpp").read_text()
    assert sorted(CODES) == sorted(re.findall(r'case ErrorCode::(\w+)', source))


def test_version_is_that_of_the_program():
    project = re.search(r"project\(hourglass VERSION ([\d.]+)", (REPOSITORY / "CMakeLists.txt").read_text())
    assert DESCRIPTION["info"]["version"] == project[1]


@pytest.mark.parametrize("path", DESCRIPTION["paths"])
def test_paths_exist_and_allow_the_methods_described(path, server):
    allowed = server.ask("OPTIONS", path)
    assert allowed.status == 405
    methods = {method.strip() for method in allowed.header("Allow").split(",")}
    described = {method.upper() for method in DESCRIPTION["paths"][path]}
    assert methods - {"HEAD"} == described


def described_answer(path, method, status):
    answer = DESCRIPTION["paths"][path][method]["responses"][str(status)]
    return resolved(answer["$ref"]) if "$ref" in answer else answer


@pytest.mark.parametrize("method, path, target, status", [
    ("post", "/analytics", "/analytics?timestamp=1700000000000&user=ann&click", 204),
    ("post", "/analytics", "/analytics?timestamp=1700000000000&user=&click", 400),
    ("get", "/analytics", "/analytics?timestamp=1700000000000", 200),
    ("get", "/analytics", "/analytics?timestamp=", 400),
    ("post", "/analytics/batch", "/analytics/batch", 200),
    ("head", "/analytics/events", "/analytics/events", 200),
    ("get", "/analytics/events", "/analytics/events?to=0", 400),
    ("get", "/healthz", "/healthz", 200),
    ("get", "/readyz", "/readyz", 200),
    ("get", "/metrics", "/metrics", 200),
])
def test_answers_are_as_described(server, method, path, target, status):
    answer = server.ask(method.upper(), target)
    assert answer.status == status
    described = described_answer(path, "get" if method == "head" else method, status)
    content = answer.header("Content-Type")
    if "content" in described:
        assert content.split(";")[0] in described["content"]
    for name, header in described.get("headers", {}).items():
        schema, value = header["schema"], answer.header(name)
        if value is None:
            assert not header.get("required"), name
        elif schema.get("type") == "integer":
            assert int(value) >= schema["minimum"]
        else:
            assert value == schema["const"] if "const" in schema else value in schema["enum"]


def test_example_batch_is_accepted(server):
    body = DESCRIPTION["paths"]["/analytics/batch"]["post"]["requestBody"]["content"]["application/x-ndjson"]["example"]
    report = yaml.safe_load(server.batch(body.encode()).text)
    assert report == {"accepted": 2, "rejected": [], "rejected_count": 0}
