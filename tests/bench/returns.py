#!/usr/bin/env python3
"""Do trained policies reach the published returns? Five seeds of a million steps per task, two at once.

    tests/bench/returns.py [--steps 1000000] [--seeds 5] [TASK ...]

Prints every seed, the interquartile mean, and the published figures beside it (Gymnasium v4/v5 at 1M steps: CleanRL;
Tianshou). Exit 1 when the mean of a task stays below the lower published mean minus its standard deviation. Not part
of CI: about ten minutes on two cores. Needs build/release/carryover.
"""

import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("CARRYOVER_PROGRAM", os.path.join(ROOT, "build/release/carryover"))

# task: [(who, mean, standard deviation)]
PUBLISHED = {
    "hopper": [("CleanRL", 2383, 272), ("Tianshou", 2609, 701)],
    "half_cheetah": [("CleanRL", 1443, 46), ("Tianshou", 5784, 1244)],
    "inverted_pendulum": [("CleanRL", 1000, 0)],
}


def train(task, seed, steps, folder):
    out = os.path.join(folder, f"{task}.{seed}.safetensors")
    command = [PROGRAM, "train", task, "--steps", str(steps), "--seed", str(seed), "--threads", "1",
               "--evaluations", "2", "--out", out, "--json", "-q"]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}: {result.stderr}")
    final = [e for e in json.loads(result.stdout)["evaluations"] if e["final"]]
    return final[-1]["return_mean"]


def iqm(values):
    """25 % trimmed mean, as scipy's trim_mean cuts it."""
    cut = len(values) // 4
    kept = sorted(values)[cut:len(values) - cut]
    return sum(kept) / len(kept)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=1000000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("tasks", nargs="*", default=["hopper", "half_cheetah"])
    args = parser.parse_args()
    low = []
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = {(task, seed): pool.submit(train, task, seed, args.steps, folder)
                for task in args.tasks for seed in range(1, args.seeds + 1)}
        for task in args.tasks:
            returns = [jobs[task, seed].result() for seed in range(1, args.seeds + 1)]
            mean = sum(returns) / len(returns)
            published = PUBLISHED.get(task, [])
            print(f"{task}: {' '.join(f'{r:.0f}' for r in returns)}; IQM {iqm(returns):.0f}, mean {mean:.0f}; "
                  + "; ".join(f"{who} {m} +- {s}" for who, m, s in published), flush=True)
            if published and mean < min(m - s for _, m, s in published):
                low.append(task)
    for task in low:
        print(f"{task}: below the published returns")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
