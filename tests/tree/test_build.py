#!/usr/bin/env python3
"""The build: an old or missing MuJoCo is refused with a sentence, and an installed program finds its data."""

import os
import subprocess
import sys
import tempfile

SOURCE = os.environ["CARRYOVER_SOURCE"]
BUILD = os.environ["CARRYOVER_BUILD_DIR"]
passed = failed = 0


def check(ok, what):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    if not ok:
        print(f"FAIL {what}")


def configure(root, build):
    command = ["cmake", "-G", "Ninja", "-S", SOURCE, "-B", build, f"-DMUJOCO_ROOT={root}", "-DCARRYOVER_TESTS=OFF"]
    return subprocess.run(command, capture_output=True, text=True)


def one_line(text):
    return " ".join(text.split())  # cmake wraps its messages


def test_mujoco(folder):
    header = os.path.join(folder, "old/include/mujoco/mujoco.h")
    os.makedirs(os.path.dirname(header))
    for number in (337, 4000000):
        with open(header, "w") as file:
            file.write(f"#define mjVERSION_HEADER {number}\n")
        result = configure(os.path.join(folder, "old"), os.path.join(folder, f"build{number}"))
        check(result.returncode != 0, f"version {number} is refused")
        check(f"too old (version number {number}): carryover needs 4.0.1" in one_line(result.stderr), result.stderr)
    result = configure(os.path.join(folder, "nothing"), os.path.join(folder, "build"))
    check(result.returncode != 0 and "No MuJoCo in" in one_line(result.stderr), result.stderr)


def test_install(folder):
    prefix = os.path.join(folder, "prefix")
    result = subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix], capture_output=True, text=True)
    check(result.returncode == 0, result.stderr)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CARRYOVER_") and k != "LD_LIBRARY_PATH"}
    program = os.path.join(prefix, "bin/carryover")
    result = subprocess.run([program, "check", "hopper"], capture_output=True, text=True, cwd=folder, env=environment)
    check(result.returncode == 0 and "mujoco" in result.stdout, result.stdout + result.stderr)
    moved = os.path.join(folder, "moved")
    os.rename(prefix, moved)  # nothing is tied to where it was installed
    program = os.path.join(moved, "bin/carryover")
    result = subprocess.run([program, "list", "studies"], capture_output=True, text=True, cwd="/", env=environment)
    check(result.returncode == 0 and "quickstart" in result.stdout, result.stdout + result.stderr)


with tempfile.TemporaryDirectory() as scratch:
    test_mujoco(scratch)
    test_install(scratch)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
