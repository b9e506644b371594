#!/usr/bin/env python3
"""Counts the instructions of small trainings (small_training.c) with callgrind and compares with what was counted before.

    tests/bench/test_instructions.py [--write]

Unlike times, counts do not depend on what else the machine does. More than 3 % off in either direction is a failure:
above, something has become slow; below, something has become fast and --write makes it stay so. Counts are kept in
instructions.json per compiler, since each makes other code, and for kernels x86-64-v3, the most that valgrind knows.
Runs on release builds only, and where valgrind is.
"""

import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("CARRYOVER_BUILD_DIR") or os.path.join(HERE, "..", "..", "build", "release")
PROGRAM = os.path.join(BUILD, "tests", "small_training")
KEPT = os.path.join(HERE, "instructions.json")
TOLERANCE = 0.03
KERNELS = "x86-64-v3"


def count(name):
    """Instructions of a training, and the line that it printed."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=count_this",
               PROGRAM, name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return int(found.group(1)), done.stdout.strip()


def compiler():
    """As kept: name and major version, which decide the code."""
    name = os.environ.get("CARRYOVER_COMPILER", "")
    return ".".join(name.split(".")[:1])


def check(name, counted, kept):
    if kept is None:
        print(f"{name}: {counted} instructions, none kept for {compiler()}: --write keeps them")
        return True
    off = counted / kept - 1
    print(f"{name}: {counted} instructions, {100 * off:+.2f} % of {kept}")
    if abs(off) <= TOLERANCE:
        return True
    print(f"{name}: more than {100 * TOLERANCE:.0f} % off; if that is meant, keep it with --write")
    return False


def same_policy_as_alone(name, said):
    """Valgrind's arithmetic is the processor's."""
    alone = subprocess.run([PROGRAM, name], capture_output=True, text=True, timeout=100, check=True).stdout
    return alone.split("policy")[1].strip() == said.split("policy")[1].strip()


def main():
    if not shutil.which("valgrind"):
        print("valgrind is missing: instructions are not counted\n0 passed, 0 failed")
        return 0
    with open(KEPT, encoding="utf-8") as file:
        kept = json.load(file)
    passed = failed = 0
    for name in subprocess.run([PROGRAM], capture_output=True, text=True, check=True).stdout.split():
        counted, said = count(name)
        if KERNELS not in said:
            print(f"{said}: not counted, this processor has no {KERNELS}")
            continue
        of_name = kept["instructions"].setdefault(name, {})
        if "--write" in sys.argv:
            of_name[compiler()] = counted
        good = check(name, counted, of_name.get(compiler())) and same_policy_as_alone(name, said)
        passed, failed = passed + good, failed + (not good)
    if "--write" in sys.argv:
        with open(KEPT, "w", encoding="utf-8") as file:
            file.write(json.dumps(kept, indent=2, sort_keys=True) + "\n")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
