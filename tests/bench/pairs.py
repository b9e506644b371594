#!/usr/bin/env python3
"""Is a new build as fast as an old one? Both run by turns, as many pairs as wanted, and the median ratio of times counts.

    tests/bench/pairs.py OLD NEW [--pairs 15] [--most 5] [--only NAME ...]

OLD and NEW are programs (build/release/carryover of two clones), each beside its own configs. What else the machine does
hits both halves of a pair alike, and every second pair begins with the new one. Exit 1 when the median of a work's ratios,
new over old, is more than --most percent above 1. Frames of the viewer need a display, or Xvfb. Not part of CI, where a
busy machine would decide; instructions are counted there (test_instructions.py). About ten minutes on two quiet cores.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def run(program, *args):
    command = [program, *args]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def bench(kind, *args):
    """A work whose time is that of one unit of `carryover bench` [us]."""
    def measure(program, _):
        once = ("--threads", "1", "--repeat", "1", "--seconds", "1", "--json", "-q")
        found = json.loads(run(program, "bench", kind, *args, *once))
        return 1e6 / found["value"]
    return measure


def evaluate(program, folder):
    """The evaluation of a policy that has learned a little, as a process of its own [us]."""
    began = time.perf_counter()
    run(program, "eval", os.path.join(folder, "policy"), "--episodes", "300", "--threads", "1", "--json", "-q")
    return 1e6 * (time.perf_counter() - began)


def view(program, _):
    """What a frame costs beside drawing [us], as `bench viewer` says."""
    return 1e3 * json.loads(run(program, "bench", "viewer", "--size", "640x400", "--scaled", "--repeat", "1", "--seconds", "2",
                                "--json", "-q"))["logic_ms"]


WORKS = {  # what one unit is, and how its time is found
    "env": ("env step of quadruped_flat", bench("env", "--task", "quadruped_flat")),
    "env_pendulum": ("env step of pendulum", bench("env", "--task", "pendulum")),
    "ppo": ("env step of a training, half_cheetah", bench("ppo", "--steps", "8192")),
    "sac": ("gradient update, half_cheetah", bench("sac", "--hidden", "64,64", "--steps", "1500")),
    "eval": ("300 episodes of hopper", evaluate),
    "viewer": ("logic of a frame, half_cheetah", view),
}


class Display:
    """The one there is, or an X server without a screen while it is needed; none without Xvfb."""

    def __enter__(self):
        self.server = None
        if not os.environ.get("DISPLAY") and shutil.which("Xvfb"):
            read, write = os.pipe()
            self.server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x1024x24", "-noreset"],
                                           pass_fds=[write], stderr=subprocess.DEVNULL)
            os.close(write)
            with os.fdopen(read) as pipe:
                os.environ["DISPLAY"] = ":" + pipe.readline().strip()
        return bool(os.environ.get("DISPLAY"))

    def __exit__(self, *_):
        if self.server:
            self.server.kill()
            self.server.wait()


def compare(measure, programs, folders, pairs):
    """Times of both, by pair."""
    times = ([], [])
    for pair in range(pairs):
        for side in ((0, 1), (1, 0))[pair % 2]:
            times[side].append(measure(programs[side], folders[side]))
    return times


def report(name, times, most):
    """A line of the table; whether the new one is not slower than allowed."""
    ratios = sorted(new / old for old, new in zip(*times))
    ratio = statistics.median(ratios)
    quarter = len(ratios) // 4
    old, new = (statistics.median(side) for side in times)
    slow = ratio > 1 + most / 100
    print(f"| {name} | {WORKS[name][0]} | {old:,.2f} | {new:,.2f} | {ratio:.3f} | {ratios[quarter]:.3f} to "
          f"{ratios[-1 - quarter]:.3f} |{' slower' if slow else ''}", flush=True)
    return not slow


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--most", type=float, default=5)
    parser.add_argument("--only", nargs="+", choices=list(WORKS), default=list(WORKS))
    arguments = parser.parse_args()
    programs = [os.path.abspath(arguments.old), os.path.abspath(arguments.new)]
    good = True
    with Display() as can_show, tempfile.TemporaryDirectory() as folder:
        folders = [os.path.join(folder, side) for side in ("old", "new")]
        for program, own in zip(programs, folders):
            os.makedirs(own)
            run(program, "train", "hopper", "--steps", "8192", "--out", os.path.join(own, "policy"), "-q")
        print("| work | unit | old [us] | new [us] | median ratio | half of all ratios |\n|---|---|---|---|---|---|", flush=True)
        for name in arguments.only:
            if name == "viewer" and not can_show:
                print("viewer: neither a display nor Xvfb, not measured", file=sys.stderr)
                continue
            good &= report(name, compare(WORKS[name][1], programs, folders, arguments.pairs), arguments.most)
    return 0 if good else 1


sys.exit(main())
