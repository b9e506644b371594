#!/usr/bin/env python3
"""How near to bare stepping is the env, and what does a step cost as rows grow in number?

    tests/bench/env_table.py [--seconds 1] [--repeat 5] [--threads 2] [--envs 8,64,512] [--domain NAME] [TASK ...]
    tests/bench/env_table.py --curve [--visits 8,1] [--most 5] [TASK ...]

The first prints every Gymnasium task at 8, 64 and 512 rows as a markdown table: medians of `--repeat` repeats of
`carryover bench env`, in each of which env and bare loop step by ten turns. Exit 1 when a task on MuJoCo stays below
--least percent (95; with --domain 90). About ten minutes on two quiet cores.

--curve prints the processor time of an env step, and in brackets of a bare one, at 8, 64, 512 and 4096 rows, for a
group of eight rows that steps 8 times before it is the next one's turn, as in a rollout, and once, as under a client
that steps all rows at a time. Exit 1 when 8 steps per visit cost over --most percent more than at the fewest rows.
About ten minutes and 3 GB.

Not part of CI. Needs build/release/carryover.
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
CURVE_TASKS = ["hopper", "half_cheetah", "humanoid"]
CLOSED_FORM = {"pendulum"}  # its step costs less than its observation: no limit is set


def bench(task, envs, arguments, visit=8):
    command = [PROGRAM, "bench", "env", "--task", task, "--envs", str(envs), "--threads", str(arguments.threads),
               "--visit", str(visit), "--seconds", str(arguments.seconds), "--repeat", str(arguments.repeat), "--json",
               "-q"]
    if arguments.domain:
        command += ["--domain", arguments.domain]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}: {result.stderr.strip()}")
    return json.loads(result.stdout)


def table(arguments, sizes):
    """Shares of bare stepping; what stays below the least."""
    least = arguments.least if arguments.least is not None else 90 if arguments.domain else 95
    below = []
    print("| task | " + " | ".join(f"{size} rows" for size in sizes) + " | KB per row |")
    print("|---" * (len(sizes) + 2) + "|")
    for task in arguments.tasks or TASKS:
        cells = []
        for size in sizes:
            out = bench(task, size, arguments)
            share = 100 * out["ratio"]
            cells.append(f"{share:.0f} %, {out['value'] / 1000:.1f} k/s")
            if share < least and task not in CLOSED_FORM:
                below.append(f"below {least:g} %: {task} at {size} rows: {share:.1f} %")
        print(f"| {task} | " + " | ".join(cells) + f" | {out['bytes_per_env'] / 1000:.0f} |", flush=True)
    return below


def curve(arguments, sizes):
    """Processor time of a step; where it is not flat."""
    above = []
    print("| task | steps per visit | " + " | ".join(f"{size} rows" for size in sizes) + " | KB per row |")
    print("|---" * (len(sizes) + 3) + "|")
    for task in arguments.tasks or CURVE_TASKS:
        for visit in (int(number) for number in arguments.visits.split(",")):
            found = [bench(task, size, arguments, visit) for size in sizes]
            cells = [f"{out['cpu_us']:.1f} ({out['limit_cpu_us']:.1f}) µs" for out in found]
            cells.append(f"{found[-1]['bytes_per_env'] / 1000:.0f}")
            print(f"| {task} | {visit} | " + " | ".join(cells) + " |", flush=True)
            for size, out in zip(sizes, found):
                more = 100 * (out["cpu_us"] / found[0]["cpu_us"] - 1)
                if visit >= 8 and more > arguments.most:
                    above.append(f"{task} at {size} rows: {more:.1f} % above {sizes[0]} rows")
    return above


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK")
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--envs")
    parser.add_argument("--domain")
    parser.add_argument("--least", type=float)
    parser.add_argument("--curve", action="store_true")
    parser.add_argument("--visits", default="8,1")
    parser.add_argument("--most", type=float, default=5)
    arguments = parser.parse_args()
    sizes = [int(size) for size in (arguments.envs or ("8,64,512,4096" if arguments.curve else "8,64,512")).split(",")]
    faults = curve(arguments, sizes) if arguments.curve else table(arguments, sizes)
    for line in faults:
        print(line, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
