"""docs/operating/troubleshooting.md says what to do about every alarm that a partition of a cluster can raise by itself."""

import re

from documents import REPOSITORY

CALL = re.compile(r'(?:raise_alarm\(|store_fault\(Remedy::person,)\s*((?:"[^"]*"\s*)+)[;)]')


def alarms():
    texts = set()
    for source in sorted((REPOSITORY / "src/cluster").rglob("*.cpp")):
        if not source.name.endswith("_test.cpp") and "testing" not in source.parts:
            texts |= {"".join(re.findall(r'"([^"]*)"', found)) for found in CALL.findall(source.read_text())}
    return texts


def test_every_alarm_is_explained():
    page = (REPOSITORY / "docs/operating/troubleshooting.md").read_text()
    assert not [text for text in alarms() if f"`{text}`" not in page]


def test_sources_have_alarms():
    assert len(alarms()) >= 8
