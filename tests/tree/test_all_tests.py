#!/usr/bin/env python3
"""scripts/test: which builds and tests it runs, that their counts are added up, where it says the time went."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.environ["CARRYOVER_SOURCE"]
passed = failed = 0
holder = tempfile.TemporaryDirectory()
folder = holder.name
tools = os.path.join(folder, "bin")

# ctest of each build: its tests, one of them failing where the name says so
CTEST = r"""
case "$*" in
*build/release*) set -- 3 0; echo "1/3 Test   #1: core/test_a .......   Passed   12.50 sec"
  for i in 2 3; do echo "$i/3 Test  #$i: tree/test_b$i .......   Passed    0.0$i sec"; done;;
*build/relassert*"-L ^asserts"*) set -- 1 0; echo "1/1 Test #62: envs/test_every_task ......   Passed   56.67 sec";;
*build/tsan*"-L ^threads"*) set -- 8 0
  for i in 1 2 3 4 5 6 7 8; do echo "$i/8 Test  #$i: core/test_t$i .......   Passed    3.0$i sec"; done;;
*build/dev*) set -- 2 1; echo "1/2 Test  #1: core/test_a ......***Failed    9.00 sec"
  echo "2/2 Test  #2: core/test_c .......   Passed  100.25 sec";;
*) exit 1;;
esac
echo "99% tests passed, $2 tests failed out of $1"
[ "$2" = 0 ]
"""


def check(ok, what):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    if not ok:
        print(f"FAIL {what}")


def pretend(path, script):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\n{script}\n")
    os.chmod(path, 0o755)


def run(*arguments, broken="none"):
    """Runs a copy among a set-up, a cmake and a ctest that only pretend; the build `broken` fails."""
    calls = os.path.join(folder, "calls")
    pretend(os.path.join(folder, "scripts", "setup"), f'echo "setup $*" >{calls}')
    pretend(os.path.join(tools, "cmake"), f'echo "$*" >>{calls}\ncase "$*" in "--build build/{broken} "*)'
            ' echo "it is broken"; exit 1;; esac')
    pretend(os.path.join(tools, "ctest"), CTEST)
    os.makedirs(os.path.join(folder, "build"), exist_ok=True)
    shutil.copy(os.path.join(SOURCE, "scripts", "test"), os.path.join(folder, "scripts", "test"))
    done = subprocess.run([os.path.join(folder, "scripts", "test"), *arguments], text=True, capture_output=True,
                          check=False, timeout=60, env={"PATH": f"{tools}:{os.environ['PATH']}", "MUJOCO_ROOT": folder})
    with open(calls, encoding="utf-8") as file:
        called = file.read()
    return done.returncode, done.stdout.rstrip("\n").split("\n"), called


code, lines, called = run("--yes")
check(code == 0 and lines[-1] == "3 passed, 0 failed", f"one build: {code} {lines}")
check("setup --yes\n" in called and "--build build/release --target all" in called and "tsan" not in called, called)

code, lines, called = run("--all", "--yes")
check(code == 1 and lines[-1] == "13 passed, 1 failed", f"all builds: {code} {lines[-1]}")
for part in ("setup --yes\n", "build/relassert --target tests_asserts", "build/dev --target all",
             "build/tsan --target tests_threads"):
    check(part in called, f"{part} not in: {called}")
places = [re.sub(" +", " ", line) for line in lines[-16:-1]]
for at, preset in enumerate(("release", "relassert", "dev", "tsan")):
    check(re.fullmatch(rf"{preset} \d s of build \d s of tests", places[at]), f"{preset}: {places}")
check(places[4:9] == ["the slowest tests:", " 100.25 s dev core/test_c", " 56.67 s relassert envs/test_every_task",
                      " 12.50 s release core/test_a", " 9.00 s dev core/test_a"], f"slowest: {places}")
check(places[-1] == " 3.03 s tsan core/test_t3", f"ten of them: {places}")

code, lines, called = run("--all", broken="relassert")
check(code == 1 and lines[-1] == "12 passed, 2 failed", f"a build that fails: {code} {lines[-1]}")
check("it is broken" in lines and "test: the relassert build failed, see above" in lines, f"its text: {lines}")
check(not any("test_every_task" in line for line in lines), f"nothing of the run before: {lines}")
holder.cleanup()
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
