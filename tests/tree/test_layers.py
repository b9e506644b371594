#!/usr/bin/env python3
"""Fails on an #include against the picture of the modules (docs/design/modules.md).

An arrow from a module to another is allowed when ARROWS lists it; agents/ and transfer/ see one header of envs/, the
contract of a vectorised env. Third-party headers stay inside their fence, so that one file knows each library.
"""

import os
import re
import sys
import tempfile

SOURCE = os.environ.get("CARRYOVER_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# module: what it may include, a folder "x/" or a single header
ARROWS = {
    "core": ["core/"],
    "envs": ["envs/", "core/"],
    "agents": ["agents/", "envs/env.h", "core/"],
    "transfer": ["transfer/", "agents/", "envs/env.h", "core/"],
    "diagnose": ["diagnose/", "transfer/", "agents/", "envs/env.h", "core/"],
    "viz": ["viz/", "envs/", "agents/policy/policy.h", "agents/policy/trace.h", "agents/contract/contract.h",
            "agents/contract/diff.h", "core/"],
    "cli": ["cli/", "diagnose/", "transfer/", "agents/", "envs/", "viz/", "core/"],
    "tests": ["tests/", "core/", "envs/", "agents/", "transfer/", "diagnose/", "viz/", "cli/"],
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
    r"protobuf-c/.*": (r"agents/formats/.*", None),
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
    for module in sorted(ARROWS):
        for folder, folders, names in os.walk(os.path.join(root, module)):
            folders.sort()
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def check_own(path, header, problems):
    allowed = ARROWS[path.split("/")[0]]
    if not any(header == a or (a.endswith("/") and header.startswith(a)) for a in allowed):
        problems.append(f"{path}: must not include {header} (allowed: {', '.join(allowed)})")


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
    problems, users, count = [], {}, 0
    for path in files_of(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        for own, system in INCLUDE.findall(text):
            count += 1
            if own and os.path.exists(os.path.join(root, own)):
                check_own(path, own, problems)
            elif own:
                problems.append(f"{path}: {own} does not exist, or is not named from the root")
            else:
                check_library(path, system, users, problems)
    for library, (_, most) in FENCES.items():
        product = sorted({p for p in users.get(library, []) if not p.startswith("tests/")})
        if most and len(product) > most:
            names = ", ".join(product)
            problems.append(f"{library} is included by {len(product)} files, allowed {most}: {names}")
    return problems, count


# a violation each, which the check must find: files of a small tree, and a piece of the problem
VIOLATIONS = [
    ({"core/a.c": '#include "agents/b.h"', "agents/b.h": ""}, "core/a.c: must not include agents/b.h"),
    ({"agents/a.c": '#include "envs/task/task.h"', "envs/task/task.h": ""}, "agents/a.c: must not include envs/task/task.h"),
    ({"agents/f/a.c": '#include "transfer/b.h"', "transfer/b.h": ""}, "must not include transfer/b.h"),
    ({"transfer/a.c": '# include "envs/world/world.h"', "envs/world/world.h": ""}, "must not include envs/world/world.h"),
    ({"transfer/a.c": '#include "cli/cli.h"', "cli/cli.h": ""}, "must not include cli/cli.h"),
    ({"envs/a.c": '#include "agents/b.h"', "agents/b.h": ""}, "must not include agents/b.h"),
    ({"viz/a.c": '#include "agents/learn/ppo/ppo.h"', "agents/learn/ppo/ppo.h": ""}, "must not include agents/learn/ppo/ppo.h"),
    ({"core/a.c": '#include "core/none.h"'}, "core/none.h does not exist"),
    ({"core/a.c": '#include "status.h"', "core/status.h": ""}, "status.h does not exist, or is not named"),
    ({"agents/a.c": "#include <mujoco/mujoco.h>"}, "agents/a.c: mujoco/mujoco.h is only for"),
    ({"core/a.h": "#include <libconfig.h>"}, "core/a.h: libconfig.h is only for"),
    ({"core/json.h": "#include <jansson.h>"}, "core/json.h: jansson.h is only for"),
    ({"core/config/a.c": "#include <libconfig.h>", "core/config/b.c": "#include <libconfig.h>"}, "included by 2 files"),
    ({"agents/a.c": "#include <cblas.h>", "agents/b.c": "#include <cblas.h>"}, "included by 2 files"),
    ({"agents/a.h": "#include <cblas.h>"}, "agents/a.h: cblas.h is only for"),
    ({"agents/formats/a.h": "#include <protobuf-c/protobuf-c.h>"}, "must not be shown in a header"),
    ({"core/a.c": "#include <check.h>"}, "core/a.c: check.h is only for"),
    ({"core/a.c": "#include <curl/curl.h>"}, "unknown library"),
]
FINE = {
    "core/a.c": '#include "core/a.h"\n#include <stdio.h>\n#include <sys/stat.h>',
    "core/config/a.c": "#include <libconfig.h>",
    "core/a.h": '#include <stddef.h>\n// #include "agents/b.h"',
    "envs/env.h": '#include "core/a.h"',
    "envs/physics/physics.h": "#include <mujoco/mujoco.h>",
    "agents/b.c": '#include "envs/env.h"\n#include <cblas.h>',
    "tests/agents/t.c": '#include "envs/env.h"\n#include <cblas.h>\n#include <check.h>',
}


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
    problems, count = check(SOURCE)
    if count < 50:
        problems.append(f"only {count} includes in {SOURCE}: is this the source tree?")
    for problem in problems:
        print(f"FAIL {problem}")
    passed, failed = passed + (not problems), failed + len(problems)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
