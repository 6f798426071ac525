"""The structure check finds what it is there to find: each test breaks one rule in a small tree of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).resolve().parents[2] / "scripts/check_structure.py"

CLEAN = {
    "src/base/result.hpp": "#pragma once\n#include <tl/expected.hpp>\n#include <utility>\n",
    "src/core/hour.hpp": '#pragma once\n#include "base/result.hpp"\n',
    "src/core/json/line.cpp": "#include <simdjson.h>\n",
    "src/ports/store.hpp": '#pragma once\n#include "core/hour.hpp"\n',
    "src/engine/engine.hpp": '#pragma once\n#include <unistd.h>\n#include "ports/store.hpp"\n',
    "src/engine/users.cpp": "#include <boost/unordered/unordered_flat_set.hpp>\n",
    "src/http/server.hpp": '#pragma once\n#include <boost/asio.hpp>\n#include "ports/store.hpp"\n',
    "src/http/server_test.cpp": '#include <openssl/sha.h>\n#include <gtest/gtest.h>\n#include "http/server.hpp"\n',
    "src/adapters/kafka/producer.hpp": "#pragma once\n#include <librdkafka/rdkafka.h>\n",
    "src/adapters/redis/store.hpp": '#pragma once\n#include "ports/store.hpp"\n',
    "src/daemon/main.cpp": '#include <CLI/CLI.hpp>\n#include "engine/engine.hpp"\n#include "http/server.hpp"\n',
    "README.md": "Hourglass counts.\n",
}


@pytest.fixture
def tree(tmp_path):
    """Writes the clean tree with the given changes and returns what the check says about it."""

    def check(changes=None):
        for path, text in {**CLEAN, **(changes or {})}.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        done = subprocess.run([sys.executable, "-B", CHECK, tmp_path], capture_output=True, text=True, timeout=60)
        assert done.stderr == ""
        assert done.returncode == (1 if done.stdout else 0)
        return done.stdout.splitlines()

    return check


def assert_only(findings, beginning, *words):
    assert len(findings) == 1, findings
    assert findings[0].startswith(beginning)
    for word in words:
        assert word in findings[0]


def test_clean_tree_has_no_findings(tree):
    assert tree() == []


@pytest.mark.parametrize("path, included", [
    ("src/base/other.hpp", "core/hour.hpp"),
    ("src/core/other.hpp", "ports/store.hpp"),
    ("src/ports/other.hpp", "engine/engine.hpp"),
    ("src/http/other.cpp", "engine/engine.hpp"),
    ("src/http/other_test.cpp", "engine/engine.hpp"),
    ("src/http/other.cpp", "adapters/redis/store.hpp"),
    ("src/engine/other.cpp", "http/server.hpp"),
    ("src/adapters/kafka/other.cpp", "http/server.hpp"),
    ("src/adapters/kafka/other.cpp", "adapters/redis/store.hpp"),
    ("src/cli/other.cpp", "daemon/settings.hpp"),
])
def test_include_against_the_direction_is_caught(tree, path, included):
    findings = tree({path: f'#include <string>\n#include "{included}"\n', "src/daemon/settings.hpp": "#pragma once\n"})
    assert_only(findings, f"{path}:2:", included)


def test_what_is_made_for_tests_is_for_tests_of_all_adapters(tree):
    shared = {"src/adapters/testing/server.hpp": "#pragma once\n"}
    included = '#include "adapters/testing/server.hpp"\n'
    assert tree({**shared, "src/adapters/redis/testing/redis.cpp": included, "src/adapters/kafka/a_test.cpp": included}) == []
    assert_only(tree({**shared, "src/adapters/kafka/other.cpp": included}), "src/adapters/kafka/other.cpp:1:", "for tests")


def test_include_of_an_unknown_file_is_caught(tree):
    assert_only(tree({"src/core/other.cpp": '#include "hour.hpp"\n'}), "src/core/other.cpp:1:", "hour.hpp")


@pytest.mark.parametrize("path, header", [
    ("src/core/other.cpp", "simdjson.h"),
    ("src/core/other.cpp", "tl/expected.hpp"),
    ("src/base/other.hpp", "spdlog/spdlog.h"),
    ("src/engine/other.cpp", "boost/asio.hpp"),
    ("src/engine/other.cpp", "spdlog/spdlog.h"),
    ("src/http/other.cpp", "prometheus/registry.h"),
    ("src/http/other.cpp", "openssl/ssl.h"),
    ("src/daemon/other.cpp", "zlib.h"),
    ("src/daemon/other.cpp", "gtest/gtest.h"),
    ("src/adapters/redis/other.cpp", "librdkafka/rdkafka.h"),
    ("src/daemon/other.cpp", "rocksdb/db.h"),
])
def test_header_of_another_project_in_the_wrong_place_is_caught(tree, path, header):
    assert_only(tree({path: f"#include <{header}>\n"}), f"{path}:1:", header)


@pytest.mark.parametrize("header", ["unistd.h", "sys/socket.h", "fstream", "thread"])
def test_input_and_output_in_a_pure_module_is_caught(tree, header):
    assert_only(tree({"src/core/other.cpp": f"#include <{header}>\n"}), "src/core/other.cpp:1:", "pure")


def test_length_of_files(tree):
    assert tree({"src/core/table.cpp": "int x;\n" * 400}) == []
    assert_only(tree({"src/core/table.cpp": "int x;\n" * 401}), "src/core/table.cpp:401:", "401 lines")


def function(header, lines, inside="  work();\n"):
    """A function of that many lines."""
    body = (inside * lines).splitlines(keepends=True)[:lines - 2]
    return f"{header} {{\n{''.join(body)}}}\n"


LONG_FUNCTIONS = {
    "free": "int count(int from, int to)",
    "member": "Result<int> Engine::count(const Hour& hour) const noexcept",
    "template": "template <typename T, typename = std::enable_if_t<(sizeof(T) > 4)>>\nauto count(T value) -> T",
    "operator": "bool operator()(const Key& a, const Key& b) const",
    "test": "TEST_F(EngineTest, Counts)",
    "struct result": "struct stat status_of(int file)",
    "constructor": "Engine::Engine(Settings s) : a_{s.a}, b_(s.b), c_{{1, 2}}",
    "braces in text": "void print(const char* text = \"{\", char open = '{')",
}


@pytest.mark.parametrize("kind", LONG_FUNCTIONS)
def test_length_of_functions(tree, kind):
    header = LONG_FUNCTIONS[kind]
    extra = header.count("\n")
    source = "namespace a {\n// A comment with a { in it.\n%s\n}  // namespace a\n"
    assert tree({"src/core/long.cpp": source % function(header, 70 - extra)}) == []
    findings = tree({"src/core/long.cpp": source % function(header, 71 - extra)})
    assert_only(findings, "src/core/long.cpp:3:", "71 lines")


@pytest.mark.parametrize("inside", [
    "  if (a) {\n    b();\n  }\n",
    "  const auto f = [&](int x) {\n    return x;\n  };\n",
    '  log("}}}");\n  put(\'}\');\n  number = 1\'000;\n',
    '  const char* json = R"({"a": "}"})";\n',
    "  struct Local {\n    int a{1};\n  };\n",
    "  // }\n  /* }\n  } */\n",
])
def test_what_is_inside_a_function_counts_to_it(tree, inside):
    source = "class A {\n public:\n" + function("  void work(int a)", 71, inside * 3 + "  b();\n") + "  int b() { return 1; }\n};\n"
    findings = tree({"src/core/long.cpp": source})
    assert len(findings) == 1 and findings[0].startswith("src/core/long.cpp:3:"), findings


def test_member_functions_of_a_long_class_are_not_one_function(tree):
    members = "".join(f"  int f{i}(int x) const {{\n    return x;\n  }}\n" for i in range(60))
    assert tree({"src/core/many.hpp": f"class A final : public B<decltype(c)> {{\n public:\n{members}\n int x_{{1}};\n}};\n"}) == []


def test_length_of_python_functions(tree):
    source = "def work():\n" + "    pass\n" * 69
    assert tree({"scripts/a.py": source}) == []
    assert_only(tree({"scripts/a.py": source + "    pass\n"}), "scripts/a.py:1:", "71 lines")


@pytest.mark.parametrize("path, text", [
    ("src/core/util.hpp", ""),
    ("src/common/hour.hpp", ""),
    ("src/core/string_utils.cpp", ""),
    ("src/core/hours.hpp", "class HourMan" "ager {};\n"),
    ("src/core/hours.hpp", "struct ParseHel" "per {};\n"),
])
def test_name_that_says_nothing_is_caught(tree, path, text):
    assert_only(tree({path: text}), f"{path}:1:", "says nothing")


@pytest.mark.parametrize("text", ["// TO" "DO: later\n", "// FIX" "ME\n"])
def test_unfinished_text_is_caught(tree, text):
    assert_only(tree({"src/core/hours.hpp": "#pragma once\n" + text}), "src/core/hours.hpp:2:", "finish it")


@pytest.mark.parametrize("path", ["/ro" "ot/project", "/tm" "p/data", "/ho" "me/me"])
def test_path_of_one_machine_is_caught(tree, path):
    assert_only(tree({"README.md": f"Look into {path}.\n"}), "README.md:1:", "machine")
