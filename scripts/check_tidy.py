"""clang-tidy over the sources, remembering what it has already found clean.

A stamp in build/tidy/ stands for one source as it was, with every header of the project that it includes, its
compiler command and the configuration; a source whose stamp is there is not looked at again.
"""

import hashlib
import json
import os
import re
import shlex
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from processes import run, tail
from tally import say
from test_steps import BUILD, ROOT, build

STAMPS = BUILD / "tidy"
TIMEOUT = 600
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
FINDING = re.compile(r"^(?=/\S+:\d+:\d+: (?:error|warning):|error: )", re.MULTILINE)


def included_files(path, seen):
    """The file and every header of the project that it includes, directly or not, in a fixed order."""
    if path in seen or not path.is_file():
        return
    seen[path] = path.read_bytes()
    for name in INCLUDE.findall(seen[path].decode(errors="replace")):
        for place in (ROOT / "src", ROOT, path.parent):
            if (place / name).is_file():
                included_files(place / name, seen)
                break


def stamp_of(entry, configuration, checks):
    """The name of the stamp for one entry of compile_commands.json, looked at with these checks."""
    contents = {}
    included_files((BUILD / "release" / entry["file"]).resolve(), contents)
    digest = hashlib.sha256(configuration + "".join(checks).encode())
    digest.update(" ".join(shlex.split(entry["command"])).encode())
    for path, content in contents.items():
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + content + b"\0")
    return STAMPS / digest.hexdigest()


def is_test(entry):
    return entry["file"].endswith("_test.cpp") or "/testing/" in entry["file"]


def checks_for(entry, thorough):
    """What is left out: the analyzer takes half of the time, and sees leaks in the macros of the test library."""
    return [] if thorough and not is_test(entry) else ["--checks=-clang-analyzer-*"]


def tidy(entry, stamp, checks):
    outcome = run(["clang-tidy-14", "-p", BUILD / "release", "--quiet", *checks, entry["file"]],
                  timeout=TIMEOUT, cwd=ROOT)
    if outcome.good:
        stamp.touch()
    return outcome


def findings(outcomes):
    """Every finding once, however many sources include the header that it is in."""
    once = {}
    for outcome in outcomes:
        parts = FINDING.split(outcome.output)
        once.update(dict.fromkeys(part.rstrip() for part in parts[1:] or [tail(outcome.output)]))
    return list(once)


def check_tidy(tally, thorough):
    """One check: no source of src/ has a finding. Only a thorough one has the analyzer, and the unit tests in it."""
    if not build(tally, "release"):  # some headers are made by the build
        return
    STAMPS.mkdir(parents=True, exist_ok=True)
    configuration = (ROOT / ".clang-tidy").read_bytes() + Path(__file__).read_bytes()
    entries = json.loads((BUILD / "release/compile_commands.json").read_text())
    sources = [entry for entry in entries
               if entry["file"].startswith(str(ROOT / "src")) and (thorough or not is_test(entry))]
    jobs = [(entry, stamp_of(entry, configuration, checks), checks)
            for entry in sources for checks in [checks_for(entry, thorough)]]
    pending = [job for job in jobs if not job[1].exists()]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        outcomes = list(pool.map(lambda job: tidy(*job), pending))
    failed = [outcome for outcome in outcomes if not outcome.good]
    for finding in findings(failed):
        say(finding)
    tally.check(sources and not failed, f"clang-tidy: {len(sources)} sources, {len(pending)} of them not seen before")
