#!/usr/bin/env python3
"""Does TensorBoard itself read our event files? Every scalar of a short training, compared with log.jsonl.

    tests/bench/tensorboard.py

Needs build/release/carryover (or CARRYOVER_PROGRAM) and the tensorboard package (python3 -m pip install tensorboard);
without the latter it says so and exits 0. CI reads the files with the standard library (tests/cli/test_logs.py).
"""

import json
import math
import os
import subprocess
import sys
import tempfile

# this file has the package's name: its folder must not come first
sys.path[:] = [place for place in sys.path if os.path.abspath(place or ".") != os.path.dirname(os.path.abspath(__file__))]

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("CARRYOVER_PROGRAM", os.path.join(ROOT, "build/release/carryover"))


def train(folder):
    policy = os.path.join(folder, "pendulum.safetensors")
    subprocess.run([PROGRAM, "train", "pendulum", "--steps", "40960", "--evaluations", "2", "--episodes", "2", "-q",
                    "--tensorboard", "--out", policy], check=True, stdout=subprocess.DEVNULL)
    return policy + ".log"


def main():
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        from tensorboard.version import VERSION
    except ImportError:
        print("skipped: the tensorboard package is not installed")
        return 0
    wrong = read = 0
    with tempfile.TemporaryDirectory() as folder:
        logs = train(folder)
        with open(os.path.join(logs, "log.jsonl"), encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        found = EventAccumulator(logs, size_guidance={"scalars": 0})
        found.Reload()
        names = [name for name in rows[0] if name != "env_steps" and any(row[name] is not None for row in rows)]
        if sorted(found.Tags()["scalars"]) != sorted("train/" + name for name in names):
            print(f"other tags: {found.Tags()['scalars']}")
            wrong += 1
        for name in names:
            want = [(row["env_steps"], row[name]) for row in rows if row[name] is not None]
            got = [(event.step, event.value) for event in found.Scalars("train/" + name)]
            read += len(got)
            same = len(got) == len(want) and all(
                a[0] == b[0] and math.isclose(a[1], b[1], rel_tol=1e-6, abs_tol=1e-30) for a, b in zip(got, want))
            if not same:
                print(f"train/{name}: TensorBoard reads {got[:3]}..., the log says {want[:3]}...")
                wrong += 1
    print(f"tensorboard {VERSION}: {read} scalars of {len(rows)} updates read, {wrong} tags differ")
    return 1 if wrong or not read else 0


if __name__ == "__main__":
    sys.exit(main())
