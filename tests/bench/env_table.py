#!/usr/bin/env python3
"""How near to bare stepping is the env? Every Gymnasium task at 8, 64 and 512 rows, as a markdown table.

    tests/bench/env_table.py [--seconds 1] [--repeat 5] [--threads 2] [--envs 8,64,512] [--domain NAME] [TASK ...]

Each figure is the median of `--repeat` pairs of `carryover bench env`, both halves of a pair measured one after the
other. Exit 1 when a task on MuJoCo stays below --least percent (95; with --domain 90). Not part of CI: about ten
minutes on two quiet cores. Needs build/release/carryover.
"""

import argparse
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("CARRYOVER_PROGRAM", os.path.join(ROOT, "build/release/carryover"))

TASKS = ["ant", "half_cheetah", "hopper", "humanoid", "humanoid_standup", "inverted_double_pendulum",
         "inverted_pendulum", "pusher", "reacher", "swimmer", "walker2d", "pendulum"]
CLOSED_FORM = {"pendulum"}  # its step costs less than its observation: no limit is set


def bench(task, envs, arguments):
    command = [PROGRAM, "bench", "env", "--task", task, "--envs", str(envs), "--threads", str(arguments.threads),
               "--seconds", str(arguments.seconds), "--repeat", str(arguments.repeat), "--json", "-q"]
    if arguments.domain:
        command += ["--domain", arguments.domain]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}: {result.stderr.strip()}")
    return json.loads(result.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", default=TASKS, metavar="TASK")
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--envs", default="8,64,512")
    parser.add_argument("--domain")
    parser.add_argument("--least", type=float)
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.envs.split(",")]
    least = arguments.least if arguments.least is not None else 90 if arguments.domain else 95
    below = []
    print("| task | " + " | ".join(f"{size} rows" for size in sizes) + " | KB per row |")
    print("|---" * (len(sizes) + 2) + "|")
    for task in arguments.tasks:
        cells = []
        for size in sizes:
            out = bench(task, size, arguments)
            share = 100 * out["ratio"]
            cells.append(f"{share:.0f} %, {out['value'] / 1000:.1f} k/s")
            if share < least and task not in CLOSED_FORM:
                below.append(f"{task} at {size} rows: {share:.1f} %")
        print(f"| {task} | " + " | ".join(cells) + f" | {out['bytes_per_env'] / 1000:.0f} |", flush=True)
    for line in below:
        print(f"below {least:g} %: {line}", file=sys.stderr)
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
