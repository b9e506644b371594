#!/usr/bin/env python3
"""A type's name means one thing in the whole program, and folders and functions stay small enough to be read.

All public headers are compiled in one file, so that none of them clashes with another and each includes what it needs
(it is also compiled alone). Private headers, which never meet there, are searched for names that two of them define.
Memory comes from core/memory, which tells its failures, so that nobody else words them.
"""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.environ.get("CARRYOVER_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("CARRYOVER_BUILD_DIR") or os.path.join(SOURCE, "build", "release")
MODULES = ["core", "envs", "agents", "transfer", "diagnose", "viz", "cli"]
FOLDERS_WITH_TESTS = MODULES + ["tests"]
MOST_FILES = 40   # of a folder, folders in it not counted
MOST_LINES = 60   # of a function, from its first line to its brace

TYPE = re.compile(r"^(?:typedef\s+)?(?:struct|enum|union)\s+(\w+)\s*\{|^\}\s*(\w+)\s*;|"
                  r"^typedef\s+[^{;]*?\(\*\s*(\w+)\)\s*\(|^typedef\s+(?!struct|enum|union)[^{;(]*?\b(\w+)\s*;",
                  re.MULTILINE)
# a body whose brace is the last of its line, or alone on the next, up to a brace in the first column
FUNCTION = re.compile(r"^(?!static const|typedef|struct|enum|union|const|extern)[A-Za-z_][^;{}]*?\)\s*\{\n.*?^\}",
                      re.MULTILINE | re.DOTALL)
ALLOCATION = re.compile(r"(?<!\w)(?:malloc|calloc|realloc|aligned_alloc|posix_memalign|strn?dup)\(")
ALLOCATORS = ("core/memory.c", "core/arena.c", "core/count_alloc.c")


def files_below(root, modules, endings):
    for module in modules:
        for folder, folders, names in os.walk(os.path.join(root, module)):
            folders[:] = sorted(f for f in folders if not f.startswith((".", "__")))
            for name in sorted(names):
                if name.endswith(endings):
                    yield os.path.relpath(os.path.join(folder, name), root)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def types_of(text):
    text = re.sub(r"//.*", "", text)
    return {name for groups in TYPE.findall(text) for name in groups if name}


def doubled_types(root):
    places = {}
    for path in files_below(root, MODULES, ".h"):
        for name in types_of(read(root, path)):
            places.setdefault(name, []).append(path)
    for name, paths in sorted(places.items()):
        if len(paths) > 1:
            yield f"type {name} is defined in {' and in '.join(paths)}"


def long_functions(root):
    for path in files_below(root, MODULES, (".c", ".h")):
        text = read(root, path)
        for found in FUNCTION.finditer(text):
            lines = found.group(0).count("\n") + 1
            if lines > MOST_LINES:
                line = text.count("\n", 0, found.start()) + 1
                yield f"{path}:{line}: a function of {lines} lines, allowed {MOST_LINES}"


def full_folders(root):
    for module in FOLDERS_WITH_TESTS:
        for folder, folders, names in os.walk(os.path.join(root, module)):
            folders[:] = sorted(f for f in folders if not f.startswith((".", "__")))
            if len(names) > MOST_FILES:
                yield f"{os.path.relpath(folder, root)}/: {len(names)} files, allowed {MOST_FILES}"


def mujoco_include():
    """Of the build that the tests belong to."""
    cache = os.path.join(BUILD, "CMakeCache.txt")
    if not os.path.exists(cache):
        return os.path.join(SOURCE, "build", "deps", "mujoco", "include")
    with open(cache, encoding="utf-8") as file:
        root = re.search(r"^MUJOCO_ROOT:\w+=(.*)$", file.read(), re.MULTILINE).group(1)
    return os.path.join(root, "include")


def compiles(root, headers):
    """What the compiler says against one file that includes these headers, "" when nothing."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "headers.c")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f'#include "{header}"\n' for header in headers)
            file.write("int main(void) { return 0; }\n")
        command = [shutil.which("cc") or "gcc", "-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
                   "-Wno-unused-function", "-fsyntax-only", f"-I{root}", "-isystem", mujoco_include(), path]
        done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    return "" if done.returncode == 0 else done.stderr.strip() or "the compiler failed"


def check_headers(root):
    # what a module's sources expand and nobody includes for its declarations
    public = [h for h in files_below(root, MODULES[:-1], ".h") if "/private/" not in h]
    said = compiles(root, public)
    if said:
        yield f"all public headers in one file: {said[:2000]}"
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for header, one in zip(public, pool.map(lambda h: compiles(root, [h]), public)):
            if one:
                yield f"{header} alone: {one[:600]}"


def raw_allocations(root):
    for path in files_below(root, MODULES, ".c"):
        if path not in ALLOCATORS:
            for number, line in enumerate(read(root, path).splitlines(), 1):
                if ALLOCATION.search(line.split("//")[0]):
                    yield f"{path}:{number}: memory is taken from core/memory.h"


def problems_of(root):
    yield from raw_allocations(root)
    yield from doubled_types(root)
    yield from long_functions(root)
    yield from full_folders(root)


LONG = "int f(void) {\n" + "  g();\n" * MOST_LINES + "}\n"
# a small tree with one mistake each, and a piece of what must be found
VIOLATIONS = [
    ({"core/a.h": "typedef struct co_a {\n  int x;\n} co_a;\n", "viz/draw/b.h": "typedef enum co_a { CO_B } co_a;\n"},
     "type co_a is defined in core/a.h and in viz/draw/b.h"),
    ({"core/a.h": "struct co_a {\n  int x;\n};\n", "envs/private/b.h": "struct co_a {\n  int y;\n};\n"},
     "type co_a is defined in core/a.h and in envs/private/b.h"),
    ({"core/a.h": "typedef void (*co_f)(int);\n", "core/b.h": "typedef int co_f;\n"}, "type co_f is defined"),
    ({"core/a.c": "char *f(void) {\n  return strdup(\"a\");\n}\n"}, "core/a.c:2: memory is taken from core/memory.h"),
    ({"core/a.c": LONG}, "core/a.c:1: a function of 62 lines"),
    ({f"core/a{i}.c": "" for i in range(MOST_FILES + 1)}, "core/: 41 files"),
]
FINE = {
    "core/a.h": "typedef struct co_a co_a;\n// typedef struct co_b { int x; } co_b;\n",
    "core/b.h": "typedef struct co_a {\n  int x;\n} co_a;\ntypedef struct co_b {\n  co_a a;\n} co_b;\n",
    "core/c.c": LONG.replace("  g();\n", "", 2) + "\nint h(void) {\n}\n",
    "core/memory.c": "void *f(void) {\n  return malloc(1);\n}\n",
    "core/d.c": "// malloc(1)\nvoid *f(void) {\n  return co_strdup(co_alloc(1, 1));\n}\n",
}


def check_small_tree(files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        return list(problems_of(root))


def main():
    passed = failed = 0
    for files, piece in VIOLATIONS:
        problems = check_small_tree(files)
        found = len(problems) == 1 and piece in problems[0]
        passed, failed = passed + found, failed + (not found)
        if not found:
            print(f"FAIL not found: {piece!r}: {problems}")
    problems = [f"wrongly found: {problem}" for problem in check_small_tree(FINE)]
    problems += list(problems_of(SOURCE)) + list(check_headers(SOURCE))
    for problem in problems:
        print(f"FAIL {problem}")
    passed, failed = passed + (not problems), failed + len(problems)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
