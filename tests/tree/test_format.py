#!/usr/bin/env python3
"""Form of the sources: clang-format, no leftover marks, no paths of one machine, no file too long.

Without clang-format its part is skipped, except where CI=true says that it has to be there.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.environ.get("CARRYOVER_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = ["core", "envs", "agents", "transfer", "diagnose", "viz", "cli", "tests", "configs", "scripts", "cmake",
           "docs"]
CODE = (".c", ".h", ".py", ".cmake", ".cfg", ".sh", "")
LINES_MAX = 600
COLUMNS_MAX = 130  # of Python; the rest is up to clang-format

# put together from pieces, since this file is checked too
MARK = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")
MACHINE_PATH = re.compile(r"(?<![\w.$}-])/(home|root|work|tmp|farm)/[a-z]")


def files_below(root):
    for folder in FOLDERS:
        for place, folders, names in os.walk(os.path.join(root, folder)):
            folders[:] = sorted(f for f in folders if not f.startswith((".", "__")))
            for name in sorted(names):
                yield os.path.relpath(os.path.join(place, name), root)
    for name in sorted(os.listdir(root)):
        if os.path.isfile(os.path.join(root, name)):
            yield name


def problems_of_text(path, text):
    lines = text.split("\n")
    code = os.path.splitext(path)[1] in CODE
    if code and len(lines) - 1 > LINES_MAX:
        yield f"{path}: {len(lines) - 1} lines, allowed {LINES_MAX}"
    if text and not text.endswith("\n"):
        yield f"{path}:{len(lines)}: no newline at the end"
    for number, line in enumerate(lines, 1):
        if MARK.search(line):
            yield f"{path}:{number}: a leftover mark: {line.strip()}"
        if MACHINE_PATH.search(line):
            yield f"{path}:{number}: a path of one machine: {line.strip()}"
        if line != line.rstrip() and not path.endswith(".md"):
            yield f"{path}:{number}: spaces at the end of the line"
        if path.endswith(".py") and len(line) > COLUMNS_MAX:
            yield f"{path}:{number}: {len(line)} columns, allowed {COLUMNS_MAX}"


def check_texts(root):
    problems, count = [], 0
    for path in files_below(root):
        try:
            with open(os.path.join(root, path), encoding="utf-8") as file:
                text = file.read()
        except UnicodeDecodeError:
            continue  # pictures and other binary files
        count += 1
        problems += problems_of_text(path, text)
    return problems, count


def check_format(root, paths):
    """Files that clang-format would change, as its messages; paths are relative to root, where .clang-format is."""
    problems = []
    for start in range(0, len(paths), 50):
        result = subprocess.run(["clang-format", "--dry-run", "-Werror", "--style=file"] + paths[start:start + 50],
                                cwd=root, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            found = re.findall(r"^(\S+?):\d+:\d+: error:", result.stderr, re.MULTILINE)
            problems += [f"{path}: not formatted" for path in sorted(set(found))] or [result.stderr]
    return problems


def self_test(passed):
    """Proves that each check can fail."""
    def expect(name, true):
        passed.append((name, bool(true)))

    def problems(text, path="core/a.c"):
        return list(problems_of_text(path, text))

    expect("a mark is found", problems("// " + "TO" + "DO later\n"))
    expect("a word that holds a mark is none", not problems("int X" + "XXL;\n"))
    expect("a machine path is found", problems('open("/' + 'home/someone/x")\n'))
    expect("a relative path is none", not problems("see ../work/x and build/" + "tmp/x\n"))
    expect("a long file is found", problems("\n" * (LINES_MAX + 1)))
    expect("a long text that is no code is fine", not problems("\n" * (LINES_MAX + 1), "docs/methods.md"))
    expect("a long line is found", problems("x" * (COLUMNS_MAX + 1) + "\n", "tests/a.py"))
    expect("a missing newline is found", problems("int a;"))
    expect("a clean file is fine", not problems("int a;\n"))
    if shutil.which("clang-format"):
        with tempfile.TemporaryDirectory() as root:
            shutil.copy(os.path.join(SOURCE, ".clang-format"), root)
            for name, text in (("good.c", "int a;\n"), ("bad.c", "int   a ;\n")):
                with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                    file.write(text)
            expect("clang-format finds", check_format(root, ["good.c", "bad.c"]) == ["bad.c: not formatted"])


def main():
    results = []
    self_test(results)
    problems, count = check_texts(SOURCE)
    results.append((f"texts of {count} files", not problems and count > 50))
    c_files = [p for p in files_below(SOURCE) if p.endswith((".c", ".h"))]
    if shutil.which("clang-format"):
        format_problems = check_format(SOURCE, c_files)
        results.append((f"format of {len(c_files)} files", not format_problems and c_files))
        problems += format_problems
    elif os.environ.get("CI") == "true":
        results.append(("clang-format is installed", False))
    else:
        print("skipped: clang-format is not installed")
    for problem in problems:
        print(f"FAIL {problem}")
    for name, ok in results:
        if not ok:
            print(f"FAIL {name}")
    failed = sum(not ok for _, ok in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
