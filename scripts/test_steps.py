"""The steps of ./dev test, each of which counts its results into a tally."""

import json
import os
import re
import xml.etree.ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from processes import run, tail
from tally import say

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
RESULTS = BUILD / "results"
PYTHON = "/usr/bin/python3"
BUILD_TIMEOUT = 3600
UNIT_TIMEOUT = 600
OUTSIDE_TIMEOUT = 1500
LONG_TIMEOUT = 4 * 3600

# A finding of a sanitizer ends the program, and with it the test. A second signal ends the program at once and leaves
# its threads: that is no finding.
SANITIZER_ENVIRONMENT = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:strict_string_checks=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1:report_thread_leaks=0",
}


def build(tally, preset, target="all"):
    """Configures and builds a preset, as ./dev does. A build that fails counts as one failure."""
    script = 'set -eu; source scripts/dev-build.sh; build "$@"'
    built = run(["bash", "-c", script, "build", preset, target], timeout=BUILD_TIMEOUT, cwd=ROOT)
    if not built.good:
        tally.check(False, f"build {preset}")
        say(tail(built.output))
    return built.good


def launcher(preset):
    """What a program of this build is started with: TSan cannot stand the address layout of some kernels."""
    fixed_layout = ["setarch", "-R"]
    return fixed_layout if preset == "tsan" and run([*fixed_layout, "true"], timeout=60).good else []


def unit_programs(directory):
    """(name, program) of every unit test program that ctest knows."""
    listed = run(["ctest", "--test-dir", directory, "--show-only=json-v1"], timeout=60)
    tests = json.loads(listed.output).get("tests", []) if listed.good else []
    return [(test["name"], test["command"][0]) for test in tests if test.get("command")]


def count_cases(path):
    """(passed, failed, skipped, names of the failed) of a result file of GoogleTest or pytest; None without one."""
    try:
        cases = list(xml.etree.ElementTree.parse(path).getroot().iter("testcase"))
    except (OSError, xml.etree.ElementTree.ParseError):
        return None
    failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    skipped = [case for case in cases if case not in failed
               and (case.find("skipped") is not None or case.get("status") == "notrun")]
    names = [f"{case.get('classname')}.{case.get('name')}" for case in failed]
    return len(cases) - len(failed) - len(skipped), len(failed), len(skipped), names


def count_run(tally, what, outcome, path):
    """Counts the result file of one run; a run that ended badly without a failed case is a failure too."""
    counted = count_cases(path)
    if counted is None:
        say(f"  FAILED {what}: ended with {outcome.code} and no results")
        tally.add(failed=1, what=f"{what}: ended with {outcome.code} and no results")
        return
    passed, failed, skipped, names = counted
    tally.add(passed=passed, skipped=skipped)
    for name in names:
        tally.add(failed=1, what=f"{what}: {name}")
    if not outcome.good and not failed:
        tally.add(failed=1, what=f"{what}: ended with {outcome.code}")
    say(f"  {'ok    ' if outcome.good else 'FAILED'} {what}: {passed} passed, {failed} failed, {skipped} skipped")


# Canaries run thousands of histories, which show a sanitizer nothing that the simulation does not show it. What runs
# on one thread and tries every byte, every operation or thousands of random inputs has nothing for TSan, under which
# it takes ten times as long; ASan and UBSan see all of it.
CANARIES = "*Canary*"
OF_ONE_THREAD = ("*Every*Byte*:*AgreesWith*:*ClusterSimulation*:Simulation.*:StoreFault.*:StorePowerCut.*:HourRunTest.*:"
                 "LongEventLine.*:SettingsProperty.*:HourStoreTest.OneEventToEachOfManyHours*:*HoldsLargeSets*")
LEFT_OUT = {"release": "", "asan": CANARIES, "tsan": f"{CANARIES}:{OF_ONE_THREAD}"}


def filters(preset):
    return [f"--gtest_filter=-{LEFT_OUT[preset]}"] if LEFT_OUT[preset] else []


def unit_shard(preset, name, program, shard, shards):
    """One share of the cases of a unit test program; (what it is, outcome, its result file)."""
    path = RESULTS / f"{preset}-{name}-{shard + 1}.xml"
    path.unlink(missing_ok=True)
    environment = {**SANITIZER_ENVIRONMENT, "GTEST_TOTAL_SHARDS": str(shards), "GTEST_SHARD_INDEX": str(shard)}
    outcome = run([*launcher(preset), program, "--gtest_brief=1", f"--gtest_output=xml:{path}", *filters(preset)],
                  timeout=UNIT_TIMEOUT, env=environment, cwd=BUILD / preset)
    return f"{preset} {name} {shard + 1}/{shards}", outcome, path


def unit_tests(tally, preset):
    """Every unit test program of a build, each cut into shards, as many at a time as there are processors."""
    programs = unit_programs(BUILD / preset)
    if not programs:
        tally.check(False, f"{preset}: there are unit tests")
    shards = os.cpu_count()
    jobs = [(preset, name, program, shard, shards) for name, program in programs for shard in range(shards)]
    with ThreadPoolExecutor(max_workers=shards) as pool:
        for what, outcome, path in pool.map(lambda job: unit_shard(*job), jobs):
            count_run(tally, what, outcome, path)
            if not outcome.good:
                say(tail(outcome.output))


def outside_tests(tally, preset, folders, long=False):
    """The tests that start the program of a build and talk to it."""
    present = [folder for folder in folders if any((ROOT / folder).rglob("test_*.py"))]
    if not present:
        return
    path = RESULTS / f"{preset}-outside.xml"
    path.unlink(missing_ok=True)
    left_out = [mark for mark, applies in (("long", not long), ("heavy", preset != "release")) if applies]
    chosen = ["-m", " and ".join(f"not {mark}" for mark in left_out)] if left_out else []
    # Most tests wait for a server more than they work, but not under a sanitizer; those of one file share servers, and
    # stay together.
    at_a_time = os.cpu_count() * (2 if preset == "release" else 1)
    spread = ["-n", str(at_a_time), "--dist", "loadfile"]
    environment = {**SANITIZER_ENVIRONMENT, "HOURGLASS_BINARY": str(BUILD / preset / "hourglass"),
                   "PYTHONDONTWRITEBYTECODE": "1"}
    outcome = run([*launcher(preset), PYTHON, "-m", "pytest", "-q", "--durations=8", f"--junitxml={path}", *spread,
                   *chosen, *present],
                  timeout=LONG_TIMEOUT if long else OUTSIDE_TIMEOUT, env=environment, cwd=ROOT, capture=False)
    count_run(tally, f"{preset} from outside", outcome, path)


def kafka_for_tests(tally):
    """The broker that the tests start is fetched before, by ./dev test; without it they fail one by one."""
    tally.check(any((BUILD / "kafka").glob("kafka_*.jar")), "build/kafka is there (scripts/fetch-kafka.sh fetches it)")


def fuzz_targets():
    """The fuzz targets, as the build knows them."""
    listed = run(["ninja", "-C", BUILD / "fuzz", "-t", "targets", "all"], timeout=60)
    names = re.findall(r"^(tests/fuzz/[\w/]+): CXX_EXECUTABLE_LINKER", listed.output, re.MULTILINE)
    return [BUILD / "fuzz" / name for name in names]


def fuzz_target(target, seconds):
    """Runs one target from its seeds and from what earlier runs found interesting."""
    found = BUILD / "fuzz-corpus" / target.name
    artifacts = BUILD / "fuzz-findings"
    for folder in (found, artifacts):
        folder.mkdir(parents=True, exist_ok=True)
    corpus = [folder for folder in (found, ROOT / "tests/fuzz/corpus" / target.name) if folder.is_dir()]
    return run([target, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1",
                f"-artifact_prefix={artifacts}/{target.name}-", *corpus], timeout=seconds + 120,
               env=SANITIZER_ENVIRONMENT)


def executions(output):
    done = re.search(r"stat::number_of_executed_units:\s+(\d+)", output)
    return int(done[1]) if done else 0


def fuzz(tally, seconds):
    """Every fuzz target for some seconds."""
    targets = fuzz_targets()
    if not targets:
        tally.check(False, "there are fuzz targets")
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for target, outcome in zip(targets, pool.map(lambda target: fuzz_target(target, seconds), targets)):
            tally.check(outcome.good, f"{target.name}: {executions(outcome.output)} inputs in {seconds} s")
            if not outcome.good:
                say(tail(outcome.output))
