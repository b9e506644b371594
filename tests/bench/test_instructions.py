#!/usr/bin/env python3
"""Counts instructions of small works with callgrind and compares with what was counted before.

    tests/bench/test_instructions.py [--write]

Works are trainings (small_training.c), steps of worlds and an evaluation (small_worlds.c), and frames of the viewer
without its window (tests/viz/show/small_frames.c). Unlike times, counts do not depend on what else the machine does. More
than 3 % off in either direction is a failure: above, something has become slow; below, something has become fast and
--write makes it stay so. Instructions of MuJoCo are left out, which is not ours and would hide what is. Counts are kept in
instructions.json per compiler, since each makes other code, and for kernels x86-64-v3, the most that valgrind knows.
Runs on release builds only, and where valgrind is.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("CARRYOVER_BUILD_DIR") or os.path.join(HERE, "..", "..", "build", "release")
PROGRAMS = [os.path.join(BUILD, "tests", name) for name in ("small_training", "small_worlds", "small_frames")]
KEPT = os.path.join(HERE, "instructions.json")
TOLERANCE = 0.03
KERNELS = "x86-64-v3"


def instructions(lines):
    """Sum of a callgrind file's costs, without those in MuJoCo; names are given once and numbered from then on."""
    names, inside, total, skip = {}, "", 0, False
    for line in lines:
        if line.startswith(("ob=", "cob=")):  # where the following costs arise, and where a call goes
            number, _, name = line.partition("=")[2].strip().partition(" ")
            name = names.setdefault(number, name)
            inside = name if line[0] == "o" else inside
        elif line.startswith("calls="):
            skip = True  # the next line is what the call cost, which stands at the functions below, too
        elif line[0] in "0123456789+-*":
            if not skip and "libmujoco" not in inside:
                total += int(line.split()[1])
            skip = False
    return total


def count(program, name):
    """Instructions of a work, and the line that it printed."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--toggle-collect=count_this", program, name]
        done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
        if done.returncode != 0 or not os.path.exists(out):
            sys.exit(f"{' '.join(command)}: {done.stderr}")
        with open(out, encoding="utf-8") as file:
            return instructions(line for line in file if line.strip()), done.stdout.strip()


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


def same_as_alone(program, name, said):
    """Valgrind's arithmetic is the processor's: the hash, the last word, is the same."""
    alone = subprocess.run([program, name], capture_output=True, text=True, timeout=100, check=True).stdout
    return alone.split()[-1] == said.split()[-1]


def works():
    for program in PROGRAMS:
        for name in subprocess.run([program], capture_output=True, text=True, check=True).stdout.split():
            yield program, name


def main():
    if not shutil.which("valgrind"):
        print("valgrind is missing: instructions are not counted\n0 passed, 0 failed")
        return 0
    with open(KEPT, encoding="utf-8") as file:
        kept = json.load(file)
    passed = failed = 0
    for program, name in works():
        counted, said = count(program, name)
        if KERNELS not in said:
            print(f"{said}: not counted, this processor has no {KERNELS}")
            continue
        of_name = kept["instructions"].setdefault(name, {})
        if "--write" in sys.argv:
            of_name[compiler()] = counted
        good = check(name, counted, of_name.get(compiler())) and same_as_alone(program, name, said)
        passed, failed = passed + good, failed + (not good)
    if "--write" in sys.argv:
        with open(KEPT, "w", encoding="utf-8") as file:
            file.write(json.dumps(kept, indent=2, sort_keys=True) + "\n")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
