"""What every answer of a kind has in common."""

import json
import re

from hourglass_process import AT_ONCE, request


def expect_no_content(answer):
    """204, no body, no Content-Length."""
    assert answer.status == 204, (answer.status, answer.body)
    assert answer.header("Content-Length") is None
    assert answer.header("Transfer-Encoding") is None


def expect_problem(answer, status, *codes, head=False):
    """application/problem+json with a stable `code`, one of those given."""
    assert answer.status == status, (answer.status, answer.body)
    kind = (answer.header("Content-Type") or "").split(";")[0].strip().lower()
    assert kind == "application/problem+json", kind
    if status == 503:
        assert re.fullmatch(
            r"[0-9]+", answer.header("Retry-After") or ""
        ), "503 comes with Retry-After in seconds"
    if status == 405:
        assert answer.header("Allow"), "405 comes with Allow"
    if head:
        return None
    problem = json.loads(answer.body)
    assert isinstance(problem, dict), problem
    assert problem.get("code") in codes, (problem, codes)
    # RFC 9457: these members are optional, but of these types.
    assert problem.get("status", status) == status, problem
    for member in ("type", "title", "detail", "instance"):
        assert isinstance(problem.get(member, ""), str), problem
    return problem


def expect_malformed(server, data, behind=None, codes=("malformed_request",), send=None):
    """The bytes get one 400 at once; the connection is closed and nothing behind them is read."""
    with server.connect() as connection:
        if send:
            send(connection, data)
        else:
            connection.send_while_accepted(data + (behind or b""))
        answer = connection.read_answer(within=AT_ONCE)
        expect_problem(answer, 400, *codes)
        connection.expect_closed()


def event_request(hour, user="smuggled", event="click", **how):
    """A good POST, to be put behind something bad."""
    return request("POST", f"/analytics?timestamp={hour}&user={user}&{event}", **how)


def allowed_methods(answer):
    return {method.strip() for method in answer.header("Allow").split(",")}


def expect_report(answer):
    """The JSON report of a batch, checked against its description."""
    assert answer.status == 200, (answer.status, answer.body)
    report = json.loads(answer.body)
    assert set(report) == {"accepted", "rejected", "rejected_count"}, report
    assert isinstance(report["accepted"], int) and isinstance(report["rejected_count"], int)
    for rejected in report["rejected"]:
        assert set(rejected) >= {"line", "code", "message"}, rejected
        assert isinstance(rejected["line"], int) and rejected["line"] >= 1
        assert isinstance(rejected["code"], str) and isinstance(rejected["message"], str)
    lines = [rejected["line"] for rejected in report["rejected"]]
    assert lines == sorted(set(lines)), "rejected lines are in order, each once"
    assert len(lines) == min(report["rejected_count"], 1000)
    return report


def line(timestamp, user="ann", event="click", **more):
    """One NDJSON line without its newline."""
    return json.dumps({"timestamp": timestamp, "user": user, "event": event, **more}).encode()
