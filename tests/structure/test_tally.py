"""The last line of ./dev test counts what ran, and nothing that went wrong passes for a success."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import processes  # noqa: E402
import tally as tallies  # noqa: E402
import test_steps as steps  # noqa: E402

GTEST = """<testsuites tests="4" failures="1"><testsuite name="Hour">
  <testcase name="A" status="run" classname="Hour"/>
  <testcase name="B" status="run" classname="Hour"><failure message="x"/></testcase>
  <testcase name="C" status="run" classname="Hour"><skipped message="x"/></testcase>
  <testcase name="D" status="notrun" classname="Hour"/>
</testsuite></testsuites>"""


@pytest.fixture
def tally():
    return tallies.Tally()


@pytest.fixture
def results(tmp_path):
    path = tmp_path / "results.xml"
    path.write_text(GTEST)
    return path


def last_line(capsys):
    return capsys.readouterr().out.splitlines()[-1]


def test_cases_are_counted(tally, results, capsys):
    steps.count_run(tally, "unit", processes.Outcome(1, ""), results)
    assert tally.report() == 1
    assert last_line(capsys) == "1 passed, 1 failed, 2 skipped"


def test_crash_after_good_cases_is_a_failure(tally, tmp_path, capsys):
    path = tmp_path / "results.xml"
    path.write_text(GTEST.replace('<failure message="x"/>', ""))
    steps.count_run(tally, "unit", processes.Outcome(-11, ""), path)
    assert tally.report() == 1
    assert last_line(capsys) == "2 passed, 1 failed, 2 skipped"


@pytest.mark.parametrize("text", [None, "", "<testsuites><testsuite>"])
def test_run_without_results_is_a_failure(tally, tmp_path, text, capsys):
    path = tmp_path / "results.xml"
    if text is not None:
        path.write_text(text)
    steps.count_run(tally, "unit", processes.Outcome(0, ""), path)
    assert tally.report() == 1
    assert last_line(capsys) == "0 passed, 1 failed"


def test_all_good(tally, capsys):
    tally.check(True, "a")
    assert tally.report() == 0
    assert last_line(capsys) == "1 passed, 0 failed"


def test_nothing_run_is_a_failure(tally, capsys):
    assert tally.report() == 1
    assert last_line(capsys) == "0 passed, 0 failed"


def test_hanging_program_is_killed_with_its_children():
    outcome = processes.run(["bash", "-c", "echo begun; sleep 60 & sleep 60"], timeout=0.5)
    assert not outcome.good
    assert "begun" in outcome.output and "killed after" in outcome.output
