"""Who may include whom: the direction of the modules, and where headers of other projects may appear."""

import re

from structure.tree import Finding

# A module may include itself and what stands here. daemon and cli are at the top: nothing includes daemon.
BELOW_EDGES = {"base", "core", "ports"}
LAYERS = {
    "base": set(),
    "core": {"base"},
    "ports": {"base", "core"},
    "engine": BELOW_EDGES,
    "cluster": BELOW_EDGES,
    "adapters": BELOW_EDGES | {"cluster"},
    "http": BELOW_EDGES,
    "cli": BELOW_EDGES | {"engine", "cluster", "adapters", "http"},
    "daemon": BELOW_EDGES | {"engine", "cluster", "adapters", "http", "cli"},
}

# Headers of other projects, by how they begin, and the places below src/ that may include them.
THIRD_PARTY = {
    "tl/": ("base/result.hpp",),
    "simdjson": ("core/json/", "cli/access_log/", "adapters/influxdb/"),
    "boost/unordered/": ("engine/", "cluster/stores/"),
    "boost/": ("http/",),
    "xxhash": ("engine/",),
    "zstd.h": ("engine/", "cli/input/"),
    "zlib.h": ("base/",),
    "spdlog/": ("daemon/",),
    "fmt/": ("daemon/",),
    "toml++/": ("daemon/", "cli/access_log/"),
    "CLI/": ("daemon/",),
    "prometheus/": ("daemon/",),
    "librdkafka/": ("adapters/kafka/",),
    "hiredis/": ("adapters/redis/",),
    "curl/": ("cli/server/", "adapters/influxdb/"),
    "gtest/": (),
    "gmock/": (),
    "benchmark/": (),
    "sanitizer/": (),
    "openssl/": ("cli/hashing/", "cluster/log/"),
}

# The operating system's headers, and those of the standard library that do input, output or threads: not for
# the modules that are pure.
SYSTEM = re.compile(r"^(sys|netinet|arpa|linux)/\w+\.h$|^(fcntl|unistd|dirent|poll|signal|pthread|netdb|sched|errno|stdlib)\.h$")
STANDARD = re.compile(r"^[a-z0-9_]+$")
IMPURE_STANDARD = {"fstream", "iostream", "filesystem", "thread", "future", "csignal"}
PURE = {"core", "ports"}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"(?P<own>[^"]+)"|<(?P<other>[^>]+)>)')


def is_test(path):
    return (path.endswith(("_test.cpp", "_test.hpp", "/simulate_main.cpp")) or "/testing/" in path
            or not path.startswith("src/"))


def own_fault(tree, path, included):
    """What is wrong with an include in quotes; None when nothing is."""
    module, target = path.split("/")[1], included.split("/")[0]
    if included.startswith("tests/") and is_test(path):
        return None
    if f"src/{included}" not in tree.paths and "/generated/" not in included:
        return f'"{included}" is not a header below src/'
    if target != module and target not in LAYERS.get(module, set()):
        return f'{module} must not include {target}: "{included}"'
    if module == target == "adapters" and included.split("/")[1] not in (path.split("/")[2], "testing"):
        return f'one adapter must not include another: "{included}"'
    if "/testing/" in included and not is_test(path):
        return f'what is made for tests is for tests: "{included}"'
    return None


def third_party_fault(path, header):
    """What is wrong with a header of another project; None when nothing is, or it is not of another project."""
    prefix = next((known for known in THIRD_PARTY if header.startswith(known)), None)
    if prefix is None:
        known = SYSTEM.match(header) or STANDARD.match(header)
        return None if known else f"<{header}> is in no table of known headers"
    allowed = tuple(f"src/{place}" for place in THIRD_PARTY[prefix])
    if is_test(path) or (allowed and path.startswith(allowed)):
        return None
    return f"<{header}> belongs to {', '.join(allowed) or 'tests and benchmarks'} only"


def other_fault(path, header):
    """What is wrong with an include in angle brackets; None when nothing is."""
    fault = third_party_fault(path, header)
    if fault:
        return fault
    pure = path.startswith("src/") and path.split("/")[1] in PURE and not is_test(path)
    if pure and (SYSTEM.match(header) or header in IMPURE_STANDARD):
        return f"{path.split('/')[1]} is pure and does no input or output: <{header}>"
    return None


def check_includes(tree):
    """Every include of C++ sources against the two tables above."""
    for path in tree.with_suffix(".cpp", ".hpp"):
        for number, line in tree.lines(path):
            include = INCLUDE.match(line)
            if not include:
                continue
            if include["other"]:
                fault = other_fault(path, include["other"])
            else:
                fault = own_fault(tree, path, include["own"]) if path.startswith("src/") else None
            if fault:
                yield Finding(path, number, fault)
