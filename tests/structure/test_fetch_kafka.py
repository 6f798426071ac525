"""scripts/fetch-kafka.sh, with a stand-in for mvn: the folder appears whole or not at all."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TIME_LIMIT = 60
# Writes what the file `jars` names, one call a line in `calls`, and ends with what stands in `code`.
MVN = """\
#!/bin/bash
folder="$(dirname "$0")"
echo "$*" >>"$folder/calls"
for word in "$@"; do
  [[ "$word" != -DoutputDirectory=* ]] || target="${word#*=}"
done
while read -r name; do echo jar >"$target/$name"; done <"$folder/jars"
echo "what mvn says"
exit "$(cat "$folder/code")"
"""


class Checkout:
    def __init__(self, folder):
        self.folder, self.programs = folder / "checkout", folder / "programs"
        self.programs.mkdir()
        for path in ("scripts/fetch-kafka.sh", "tests/servers/pom.xml"):
            (self.folder / path).parent.mkdir(parents=True)
            shutil.copy(REPOSITORY / path, self.folder / path)
        script = self.folder / "scripts/fetch-kafka.sh"
        script.write_text(script.read_text().replace("\npause=5", "\npause=0"))
        mvn = self.programs / "mvn"
        mvn.write_text(MVN)
        mvn.chmod(0o755)

    def fetch(self, jars=("kafka_2.13-0.jar", "other.jar"), code=0):
        (self.programs / "jars").write_text("".join(f"{jar}\n" for jar in jars))
        (self.programs / "code").write_text(str(code))
        return subprocess.run([self.folder / "scripts/fetch-kafka.sh"], capture_output=True, text=True, check=False,
                              env={**os.environ, "PATH": f"{self.programs}:{os.environ['PATH']}"}, timeout=TIME_LIMIT)

    def calls(self):
        path = self.programs / "calls"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def fetched(self):
        return sorted(path.name for path in self.folder.glob("build/kafka*/*.jar"))


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def test_it_fetches_once(checkout):
    for _ in range(2):
        assert checkout.fetch().returncode == 0
        assert checkout.fetched() == ["kafka_2.13-0.jar", "other.jar"]
    assert checkout.calls() == 1


def test_it_fetches_again_when_other_versions_are_asked_for(checkout):
    checkout.fetch()
    with open(checkout.folder / "tests/servers/pom.xml", "a") as pom:
        pom.write("<!-- changed -->\n")
    assert checkout.fetch(jars=["kafka_2.13-1.jar"]).returncode == 0
    assert checkout.fetched() == ["kafka_2.13-1.jar"]


def test_half_a_fetch_is_none(checkout):
    done = checkout.fetch(jars=["kafka_2.13-0.jar"], code=1)
    assert done.returncode == 1 and "what mvn says" in done.stderr and "in 3 attempts" in done.stderr
    assert checkout.calls() == 3 and checkout.fetched() == []
    assert checkout.fetch(jars=["other.jar"]).returncode == 1, "no broker among them"
    assert checkout.fetched() == []
    assert checkout.fetch().returncode == 0 and len(checkout.fetched()) == 2


def test_what_an_interrupted_fetch_left_is_not_taken(checkout):
    (checkout.folder / "build/kafka").mkdir(parents=True)
    (checkout.folder / "build/kafka/kafka_2.13-0.jar").write_text("without the mark that comes last")
    assert checkout.fetch(jars=["kafka_2.13-1.jar"]).returncode == 0
    assert checkout.fetched() == ["kafka_2.13-1.jar"]
