#!/usr/bin/env python3
"""Fails on an #include against the plan of the house (docs/design/house.md).

Each module has wings, folders listed here from the ground up. A file sees its own wing and those that WINGS lists for
it, which stand above it in the list, so wings can have no circle. agents/ and transfer/ see one header of envs/, the
contract of a vectorised env. A header in a wing's private/ is seen by that wing, what lies below its folder and their
tests only, and by no public header. Files have no circles either, whatever their folders. Third-party headers stay
inside their fence, so that one file knows each library.
"""

import os
import re
import sys
import tempfile

SOURCE = os.environ.get("CARRYOVER_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODULES = ["core", "envs", "agents", "transfer", "diagnose", "viz", "cli", "tests"]

CORE = ["core", "core/config", "core/stats"]
ENVS = ["envs", "envs/physics", "envs/physics/mujoco", "envs/task/terms", "envs/task", "envs/domain", "envs/world",
        "envs/record", "envs/verify", "envs/draft", "envs/source", "envs/serve"]
AGENTS = ["agents/nn/kernels", "agents/nn", "agents/formats", "agents/program", "agents/contract", "agents/policy",
          "agents/import", "agents/export", "agents/data", "agents/learn", "agents/learn/loss", "agents/learn/ppo",
          "agents/learn/sac", "agents/learn/bc"]
TRANSFER = ["transfer/study", "transfer/run", "transfer/measure", "transfer/report", "transfer/inspect", "transfer/import",
            "transfer/export", "transfer/folder"]
VIZ = ["viz/draw", "viz/play", "viz/film", "viz/show"]

# wing: what it may include, a wing listed before it or a single header of one
WINGS = {
    "core": [],
    "core/config": ["core"],
    "core/stats": ["core"],
    "envs": ["core", "core/config"],  # env.h, the contract of a vectorised env
    "envs/physics": ["core", "core/config"],
    "envs/physics/mujoco": ["core", "envs/physics"],
    "envs/task/terms": ["core", "core/config", "envs", "envs/physics"],
    "envs/task": ["core", "core/config", "envs", "envs/physics", "envs/task/terms"],
    "envs/domain": ["core", "core/config", "envs", "envs/physics", "envs/task"],
    "envs/world": ["core", "core/config", "envs", "envs/physics", "envs/task/terms/space.h", "envs/task", "envs/domain"],
    "envs/record": ["core", "envs/world"],
    "envs/verify": ["core", "core/config", "envs", "envs/physics/mujoco", "envs/task", "envs/domain", "envs/world"],
    "envs/draft": ["core", "envs", "envs/physics", "envs/physics/mujoco"],
    "envs/source": ["envs", "envs/world", "envs/verify"],
    "envs/serve": ["core", "envs"],
    "agents/nn/kernels": ["core"],
    "agents/nn": ["core", "envs", "agents/nn/kernels"],
    "agents/formats": ["core"],
    "agents/program": ["core", "agents/nn/kernels", "agents/nn", "agents/formats"],
    "agents/contract": ["core", "envs", "agents/nn", "agents/formats"],
    "agents/policy": ["core", "core/config", "core/stats", "envs", "agents/nn", "agents/formats", "agents/program",
                      "agents/contract"],
    "agents/import": ["core", "core/config", "envs", "agents/nn", "agents/formats", "agents/program", "agents/contract",
                      "agents/policy"],
    "agents/export": ["core", "envs", "agents/nn", "agents/formats", "agents/program", "agents/contract", "agents/policy",
                      "agents/import/own.h"],
    "agents/data": ["core", "envs", "agents/nn", "agents/formats", "agents/contract", "agents/policy"],
    "agents/learn": ["core", "core/config", "envs", "agents/nn", "agents/policy", "agents/data"],
    "agents/learn/loss": ["core", "agents/nn", "agents/policy", "agents/learn"],
    "agents/learn/ppo": ["core", "agents/nn", "agents/policy", "agents/learn", "agents/learn/loss"],
    "agents/learn/sac": ["core", "agents/nn", "agents/policy", "agents/data", "agents/learn", "agents/learn/loss"],
    "agents/learn/bc": ["core", "agents/nn", "agents/policy", "agents/data", "agents/learn"],
    "transfer/study": CORE + ["agents/policy", "agents/import/chain.h", "agents/learn", "agents/learn/loss"],
    "transfer/run": CORE + ["agents/formats", "agents/policy", "agents/data", "agents/learn", "transfer/study"],
    "transfer/measure": CORE + ["envs", "agents/contract", "transfer/study", "transfer/run"],
    # reads results and names of metrics, nothing else; what several studies come to is in no results, so it has statistics
    "transfer/report": ["core", "core/stats", "transfer/measure/metric_table.h"],
    "transfer/inspect": CORE + ["agents/formats", "agents/contract", "agents/policy", "transfer/study"],
    "transfer/import": CORE + ["envs", "agents/nn", "agents/formats", "agents/program", "agents/contract", "agents/policy",
                              "agents/import", "agents/data/npy.h"],
    # what is written is imported again
    "transfer/export": ["core", "agents/policy", "agents/export", "transfer/import"],
    "transfer/folder": ["core", "core/config", "agents/policy", "transfer/study", "transfer/run", "transfer/measure",
                        "transfer/report"],
    "viz/draw": ["core", "envs", "envs/physics/mujoco", "envs/world", "agents/contract/contract.h"],
    "viz/play": ["core", "envs/physics", "envs/physics/mujoco", "envs/world", "envs/record", "agents/policy"],
    "viz/film": ["core", "envs", "viz/draw", "viz/play"],
    "viz/show": ["core", "core/stats", "envs", "envs/physics/mujoco", "envs/world", "agents/contract", "agents/policy",
                 "viz/draw", "viz/play", "viz/film"],
    "cli": CORE + ENVS + AGENTS + TRANSFER + VIZ,
    "cli/policies": CORE + ENVS + AGENTS + TRANSFER + VIZ + ["cli"],  # of other programs: in and out
    "cli/bench": CORE + ENVS + AGENTS + TRANSFER + VIZ + ["cli"],
    "cli/serve": CORE + ENVS + AGENTS + TRANSFER + VIZ + ["cli"],
    "cli/diff": CORE + ENVS + AGENTS + TRANSFER + VIZ + ["cli"],
}

# header of a library: (pattern of the files that may include it, most files outside of tests or None)
FENCES = {
    r"libconfig\.h": (r"core/config/\w+\.c", 1),
    r"jansson\.h": (r"core/json\.c", 1),
    r"Random123/.*": (r"core/rng\.c", 1),
    r"xxhash\.h": (r"core/hash\.c", 1),
    r"mujoco/.*": (r"(envs|viz)/.*|tests/(envs|viz|bench)/.*", None),
    r"cblas\.h": (r"agents/.*\.c|tests/.*", 1),
    r"GLFW/.*": (r"viz/.*\.c", 1),
    r"EGL/.*|GL/.*": (r"viz/.*\.c", None),
    r"png\.h": (r"viz/.*\.c", None),
    r"hdf5\.h": (r"agents/data/hdf5\.c", 1),
    r"zlib\.h": (r"agents/data/zip\.c|viz/film/columns\.c", 2),
    r"protobuf-c/.*|onnx\.pb-c\.h": (r"agents/formats/.*", None),
    r"yaml\.h": (r"agents/formats/yaml\.c", 1),
    r"check\.h": (r"tests/.*", None),
}
# headers that may show a library's types: private ones of the module that wraps it
SHOWN_IN_HEADERS = {r"mujoco/.*": r"(envs|viz|tests/envs)/.*", r"check\.h": r"tests/.*"}

# the C library, POSIX, and the compiler's own
SYSTEM = re.compile(
    r"(assert|complex|ctype|dirent|dlfcn|errno|fcntl|fenv|float|getopt|immintrin|xmmintrin|cpuid|inttypes|limits|locale|"
    r"malloc|math|poll|pthread|sched|setjmp|signal|spawn|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|"
    r"stdnoreturn|string|strings|termios|time|unistd|glob|fnmatch|sys/\w+)\.h")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def files_of(root):
    for module in MODULES:
        for folder, folders, names in os.walk(os.path.join(root, module)):
            folders.sort()
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def wing_of(path):
    folder = os.path.dirname(path)
    return os.path.dirname(folder) if folder.endswith("/private") else folder


def is_private(path):
    return os.path.dirname(path).endswith("/private")


def check_own(path, header, problems):
    wing, other = wing_of(path), wing_of(header)
    tests = path.startswith("tests/")
    if not tests and wing not in WINGS:
        problems.append(f"{path}: {wing}/ is no wing that this test knows")
    elif not tests and other != wing and other not in WINGS[wing] and header not in WINGS[wing]:
        problems.append(f"{path}: must not include {header} (allowed: {', '.join(WINGS[wing])})")
    elif is_private(header) and not ((wing[6:] if tests else wing) + "/").startswith(other + "/"):
        problems.append(f"{path}: must not include {header}, which is private to {other}/")
    elif is_private(header) and path.endswith(".h") and not tests and not is_private(path):
        problems.append(f"{path}: a public header must not include {header}, which is private")


def check_order(wings):
    """A wing that is listed before what it sees could stand in a circle."""
    known = []
    for wing, allowed in wings.items():
        for other in allowed:
            place = other if not other.endswith(".h") else wing_of(other)
            if place not in known and place != wing:
                yield f"WINGS: {wing} sees {other}, which does not stand below it"
        known.append(wing)


def unit_of(path):
    """A source and its header are one unit, wherever the header lies."""
    return os.path.splitext(path)[0].replace("/private/", "/")


def units(includes):
    """What each unit includes of others. A header without a source that its unit alone uses is no unit of its own."""
    sources = {unit_of(path) for path in includes if path.endswith(".c")}
    users = {}
    for path, headers in includes.items():
        for header in headers:
            users.setdefault(unit_of(header), set()).add(unit_of(path))
    seen = {}
    for path, headers in includes.items():
        one = unit_of(path)
        for header in headers:
            other = unit_of(header)
            inner = one not in sources and other in users.get(one, set())
            if other != one and not inner:
                seen.setdefault(one, set()).add(other)
    return seen


def circles(seen):
    """Groups of units that reach each other (Tarjan's strongly connected components)."""
    index, low, stack, found = {}, {}, [], []

    def visit(unit):
        index[unit] = low[unit] = len(index)
        stack.append(unit)
        for other in sorted(seen.get(unit, ())):
            if other not in index:
                visit(other)
                low[unit] = min(low[unit], low[other])
            elif other in stack:
                low[unit] = min(low[unit], index[other])
        if low[unit] == index[unit]:
            group = []
            while not group or group[-1] != unit:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(sorted(group))

    sys.setrecursionlimit(10000)
    for unit in sorted(seen):
        if unit not in index:
            visit(unit)
    return found


def check_library(path, header, users, problems):
    if SYSTEM.fullmatch(header):
        return
    for library, (place, _) in FENCES.items():
        if not re.fullmatch(library, header):
            continue
        if not re.fullmatch(place, path):
            problems.append(f"{path}: {header} is only for {place}")
        elif path.endswith(".h") and not re.fullmatch(SHOWN_IN_HEADERS.get(library, "-"), path):
            problems.append(f"{path}: {header} must not be shown in a header")
        users.setdefault(library, []).append(path)
        return
    problems.append(f"{path}: {header} is the header of an unknown library")


def check(root):
    """All problems of the tree below root, and the number of includes read."""
    problems, users, includes, count = [], {}, {}, 0
    for path in files_of(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        includes[path] = []
        for own, system in INCLUDE.findall(text):
            count += 1
            if own and os.path.exists(os.path.join(root, own)):
                check_own(path, own, problems)
                includes[path].append(own)
            elif own:
                problems.append(f"{path}: {own} does not exist, or is not named from the root")
            else:
                check_library(path, system, users, problems)
    for group in circles(units(includes)):
        problems.append(f"circle of files: {', '.join(group)}")
    for library, (_, most) in FENCES.items():
        product = sorted({p for p in users.get(library, []) if not p.startswith("tests/")})
        if most and len(product) > most:
            names = ", ".join(product)
            problems.append(f"{library} is included by {len(product)} files, allowed {most}: {names}")
    return problems, count


# a violation each, which the check must find: files of a small tree, and a piece of the problem
VIOLATIONS = [
    ({"core/a.c": '#include "agents/nn/b.h"', "agents/nn/b.h": ""}, "core/a.c: must not include agents/nn/b.h"),
    ({"core/a.c": '#include "core/stats/b.h"', "core/stats/b.h": ""}, "core/a.c: must not include core/stats/b.h"),
    ({"agents/nn/a.c": '#include "envs/task/b.h"', "envs/task/b.h": ""}, "must not include envs/task/b.h"),
    ({"agents/nn/a.c": '#include "agents/learn/b.h"', "agents/learn/b.h": ""}, "must not include agents/learn/b.h"),
    ({"agents/formats/a.c": '#include "transfer/run/b.h"', "transfer/run/b.h": ""}, "must not include transfer/run/b.h"),
    ({"transfer/run/a.c": '# include "envs/world/b.h"', "envs/world/b.h": ""}, "must not include envs/world/b.h"),
    ({"transfer/run/a.c": '#include "cli/cli.h"', "cli/cli.h": ""}, "must not include cli/cli.h"),
    ({"transfer/report/a.c": '#include "transfer/run/b.h"', "transfer/run/b.h": ""}, "must not include transfer/run/b.h"),
    ({"envs/task/a.c": '#include "agents/nn/b.h"', "agents/nn/b.h": ""}, "must not include agents/nn/b.h"),
    ({"viz/show/a.c": '#include "agents/learn/b.h"', "agents/learn/b.h": ""}, "must not include agents/learn/b.h"),
    ({"viz/draw/a.c": '#include "agents/contract/b.h"', "agents/contract/b.h": ""}, "must not include agents/contract/b.h"),
    ({"envs/new/a.c": '#include "core/b.h"', "core/b.h": ""}, "envs/new/ is no wing"),
    ({"viz/film/a.c": '#include "viz/play/private/b.h"', "viz/play/private/b.h": ""}, "which is private to viz/play/"),
    ({"tests/viz/film/a.c": '#include "viz/play/private/b.h"', "viz/play/private/b.h": ""}, "private to viz/play/"),
    ({"viz/play/a.h": '#include "viz/play/private/b.h"', "viz/play/private/b.h": ""}, "a public header must not"),
    ({"core/a.c": '#include "core/b.h"', "core/a.h": "", "core/b.h": '#include "core/a.h"', "core/b.c": ""},
     "circle of files: core/a, core/b"),
    ({"core/a.c": '#include "core/none.h"'}, "core/none.h does not exist"),
    ({"core/a.c": '#include "status.h"', "core/status.h": ""}, "status.h does not exist, or is not named"),
    ({"agents/nn/a.c": "#include <mujoco/mujoco.h>"}, "agents/nn/a.c: mujoco/mujoco.h is only for"),
    ({"core/config/a.h": "#include <libconfig.h>"}, "core/config/a.h: libconfig.h is only for"),
    ({"core/json.h": "#include <jansson.h>"}, "core/json.h: jansson.h is only for"),
    ({"core/config/a.c": "#include <libconfig.h>", "core/config/b.c": "#include <libconfig.h>"}, "included by 2 files"),
    ({"agents/nn/a.c": "#include <cblas.h>", "agents/nn/b.c": "#include <cblas.h>"}, "included by 2 files"),
    ({"agents/nn/a.h": "#include <cblas.h>"}, "agents/nn/a.h: cblas.h is only for"),
    ({"agents/formats/a.h": "#include <protobuf-c/protobuf-c.h>"}, "must not be shown in a header"),
    ({"core/a.c": "#include <check.h>"}, "core/a.c: check.h is only for"),
    ({"core/a.c": "#include <curl/curl.h>"}, "unknown library"),
]
FINE = {
    "core/a.c": '#include "core/a.h"\n#include <stdio.h>\n#include <sys/stat.h>',
    "core/config/a.c": "#include <libconfig.h>",
    "core/a.h": '#include <stddef.h>\n// #include "agents/nn/b.h"',
    "envs/env.h": '#include "core/a.h"',
    "envs/physics/physics.h": "#include <mujoco/mujoco.h>",
    "agents/nn/b.c": '#include "envs/env.h"\n#include <cblas.h>',
    "agents/learn/private/c.h": '#include "agents/learn/d.h"',
    "agents/learn/d.h": "",
    "agents/learn/d.c": '#include "agents/learn/private/c.h"\n#include "agents/learn/d.h"',
    "agents/learn/ppo/p.c": '#include "agents/learn/private/c.h"',
    "tests/agents/learn/ppo/t.c": '#include "agents/learn/private/c.h"',
    "tests/agents/t.c": '#include "envs/env.h"\n#include <cblas.h>\n#include <check.h>',
}
BAD_ORDER = {"a": [], "b": ["c"], "c": ["a"]}


def check_small_tree(files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text + "\n")
        return check(root)[0]


def main():
    passed = failed = 0
    for files, piece in VIOLATIONS:
        problems = check_small_tree(files)
        found = len(problems) == 1 and piece in problems[0]
        passed, failed = passed + found, failed + (not found)
        if not found:
            print(f"FAIL not found: {piece!r} in {files}: {problems}")
    problems = check_small_tree(FINE)
    passed, failed = passed + (not problems), failed + bool(problems)
    for problem in problems:
        print(f"FAIL wrongly found: {problem}")
    found = len(list(check_order(BAD_ORDER))) == 1
    passed, failed = passed + found, failed + (not found)
    problems, count = check(SOURCE)
    problems += check_order(WINGS)
    if count < 50:
        problems.append(f"only {count} includes in {SOURCE}: is this the source tree?")
    for problem in problems:
        print(f"FAIL {problem}")
    passed, failed = passed + (not problems), failed + len(problems)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
