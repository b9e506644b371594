#!/usr/bin/env python3
"""How fast are our learners beside another library's? Both train by turns in the same run, and the median ratio of times counts.

    tests/bench/peers.py [--sac PROGRAM] [--sac-wide PROGRAM] [--ppo PROGRAM] [--ours build/release/carryover]
                         [--isa v4] [--threads 1 2] [--rounds 5]

PROGRAM is a command that trains pendulum once and exits: SAC for 10,000 steps with [64, 64] and batches of 100, one
update a step from the hundredth on; --sac-wide for 2,000 steps with [256, 256] and batches of 256, from step 256 on;
PPO for 303,104 steps of 4 worlds with rollouts of 1,024, minibatches of 256 and
two epochs. What it says in a line `Time: 1.23s` is taken as the time of its training, and its last mean return as its
return; one that says no time counts from its start to its end, with whatever else it does. The time on processors is
that of the whole process for the peer, and of the training for ours. Every round runs the peer once and ours with each
number of threads, every second round backwards, so what else the machine does hits all alike. The peer chooses its own
threads (OPENBLAS_NUM_THREADS). Not part of CI: no peer is kept here.
"""

import argparse
import json
import os
import re
import resource
import shlex
import statistics
import subprocess
import sys
import time

LEARNERS = {  # what ours is told, so that both do the same work
    "sac": ("sac", "--hidden", "64,64", "--batch", "100", "--steps", "10000", "--set", "learning.start_steps=100"),
    "sac-wide": ("sac", "--hidden", "256,256", "--batch", "256", "--steps", "2000", "--set", "learning.start_steps=256"),
    "ppo": ("ppo", "--envs", "4", "--horizon", "1024", "--minibatch", "256", "--epochs", "2", "--steps", "303104",
            "--set", "learning.gamma=0.9", "--set", "learning.rate=1e-3"),
}
TIME = re.compile(r"^Time:\s*([0-9.]+)\s*s", re.MULTILINE)
RETURN = re.compile(r"mean(?: return)?:\s*(-?[0-9.]+)", re.IGNORECASE)


def run(command):
    """What a command printed, and the time it took: on the clock and on processors [s]."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(command)}: {done.stderr.strip()}")
    return done.stdout, wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def train_theirs(command):
    """Time of a training [s], of processors [s], and its return when the peer says one."""
    said, wall, processors = run(command)
    times = TIME.findall(said)
    returns = RETURN.findall(said)
    return float(times[-1]) if times else wall, processors, float(returns[-1]) if returns else None


def train_ours(arguments, learner, threads):
    """The same of ours, as `carryover bench` says."""
    kind, *settings = LEARNERS[learner]
    said, _, _ = run([arguments.ours, "bench", kind, "--task", "pendulum", "--isa", arguments.isa, "--threads", str(threads),
                      *settings, "--repeat", "1", "--json", "-q"])
    found = json.loads(said)
    return found["wall_s"], found["cpu_s"], found["return"]["mean"]


def compare(arguments, learner, command):
    """Trainings of the peer (None) and of ours by number of threads, in the order of rounds."""
    sides = {None: []} | {threads: [] for threads in arguments.threads}
    for number in range(arguments.rounds):
        for side in list(sides)[::-1 if number % 2 else 1]:
            sides[side].append(train_ours(arguments, learner, side) if side else train_theirs(command))
    return sides


def middle(runs, column):
    known = [run[column] for run in runs if run[column] is not None]
    return statistics.median(known) if known else None


def report(arguments, learner, sides):
    """A line of the table for each number of threads."""
    theirs = sides[None]
    said = middle(theirs, 2)
    for threads in arguments.threads:
        ours = sides[threads]
        ratios = sorted(our[0] / their[0] for our, their in zip(ours, theirs))
        on_processors = statistics.median(our[1] / their[1] for our, their in zip(ours, theirs))
        print(f"| {learner} | {arguments.isa}, {threads} | {middle(ours, 0):.2f} | {middle(theirs, 0):.2f} | "
              f"{statistics.median(ratios):.2f} | {ratios[0]:.2f} to {ratios[-1]:.2f} | {middle(ours, 1):.2f} | "
              f"{middle(theirs, 1):.2f} | {on_processors:.2f} | {middle(ours, 2):.0f} | "
              f"{'not said' if said is None else f'{said:.0f}'} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for learner in LEARNERS:
        parser.add_argument(f"--{learner}", metavar="PROGRAM", type=shlex.split, help="the peer's, with its arguments")
    parser.add_argument("--ours", default="build/release/carryover")
    parser.add_argument("--isa", choices=["v4", "v3", "scalar"], default="v4")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    arguments.ours = os.path.abspath(arguments.ours)
    named = {learner: getattr(arguments, learner.replace("-", "_")) for learner in LEARNERS}
    commands = {learner: command for learner, command in named.items() if command}
    if not commands or arguments.rounds < 1:
        parser.error("a program of a peer is needed, --sac, --sac-wide or --ppo, and one round or more")
    began = os.getloadavg()[0]
    print("| learner | level, threads | ours [s] | theirs [s] | median ratio | all ratios | processors, ours [s] | theirs [s] | "
          "ratio | return, ours | theirs |\n|---|---|---|---|---|---|---|---|---|---|---|", flush=True)
    for learner, command in commands.items():
        report(arguments, learner, compare(arguments, learner, command))
    ended = os.getloadavg()[0]
    print(f"\n{arguments.rounds} rounds, {os.cpu_count()} processors, load {began:.1f} before and {ended:.1f} after.")


if __name__ == "__main__":
    main()
