#!/usr/bin/env python3
"""What does a trial cost beside its own work, and how long do the results of thousands of trials take?

    tests/bench/many_trials.py [PROGRAM] [--trials 200] [--jobs 1] [--out DIR]
    tests/bench/many_trials.py [PROGRAM] --collect 2000 [--targets 2] [--out DIR]

Runs a study of trainings of 20,480 steps of a pendulum and prints by how much the trials take longer, from the first to the
last, than training and evaluation do by timing.csv: both are times of one run, so that what else the machine does hits both
alike. Then the same of processor time, all processes together, without what `run --collect` takes again: that tells more on
a busy machine, and counts what a trial's files and checks take while the next one computes. There are no pictures. With
--collect the trials are of a moment each, and what is timed is `run --collect` of all of them, then `report` alone. About a
minute. Not part of CI, where a busy machine would decide.
"""

import argparse
import csv
import os
import resource
import subprocess
import sys
import tempfile
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STRATEGIES = ("scratch", "full", "partial", "new_head")
TRAIN = "envs = 4; horizon = 1024; minibatch = 256; epochs = 4; hidden = (64, 64);"
MOMENT = "envs = 2; horizon = 16; hidden = (8, 8); epochs = 1; warmup_steps = 32;"


def write_study(folder, wanted, targets, steps, learning):
    """A study of about so many trials; its path. Of a seed there are a source and in each target zero-shot and all strategies."""
    seeds = max(1, round(wanted / (1 + targets * (1 + len(STRATEGIES)))))
    worlds = ",\n    ".join(
        f'{{ name = "t{i}"; task = "pendulum"; steps = {steps}; if_not_live = "run";\n'
        f'      domain = ( {{ parameter = "option.gravity"; scale = {1.5 + i / targets:.4f}; }} ); }}' for i in range(targets))
    path = os.path.join(folder, "many.cfg")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"""study = {{
  format = 1;
  name = "many";
  seeds = {seeds};
  episodes = 5;
  final_episodes = 20;
  random_episodes = 100;
  evaluations = 6;
  learning = {{ {learning} }};
  sources = ( {{ name = "nominal"; task = "pendulum"; steps = {steps}; }} );
  targets = (
    {worlds}
  );
  strategies = ( {", ".join('{ name = "' + name + '"; }' for name in STRATEGIES)} );
}};
""")
    return path


def run(program, *args):
    began = time.perf_counter()
    done = subprocess.run([program, *args], capture_output=True, text=True, check=False,
                          env={**os.environ, "CARRYOVER_GL": "off"})
    if done.returncode != 0:
        sys.exit(f"{program} {' '.join(args)}: {done.stderr.strip()}")
    return time.perf_counter() - began


def span(out):
    """Seconds from the beginning of the first trial to the last trial's record, by the files' times."""
    folders = [entry.path for entry in os.scandir(os.path.join(out, "trials"))]
    return (max(os.path.getmtime(os.path.join(path, "done.json")) for path in folders)
            - min(os.path.getmtime(os.path.join(path, "lock")) for path in folders))


def processor(program, *args):
    """Seconds of processor time of a run and all its processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(program, *args)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def phases(out, column, *wanted):
    with open(os.path.join(out, "timing.csv"), encoding="utf-8", newline="") as file:
        return sum(float(row[column]) for row in csv.DictReader(file) if row["phase"] in wanted)


def cost_of_trials(args, folder, out):
    study = write_study(folder, args.trials, args.targets, 20480, TRAIN)
    whole = processor(args.program, "run", study, "--out", out, "--jobs", str(args.jobs), "--threads", "1", "-q")
    own, used = phases(out, "wall_s", "train", "evaluate"), phases(out, "cpu_s", "train", "evaluate")
    count = len(os.listdir(os.path.join(out, "trials")))
    took = span(out) * args.jobs
    beside = whole - used - processor(args.program, "run", study, "--out", out, "--collect", "-q")
    print(f"{count} trials: {own:.1f} s of training and evaluation took {took:.1f} s of a job: "
          f"{100 * (took / own - 1):.1f} % more, {1e3 * (took - own) / count:.1f} ms a trial; "
          f"of processor time {100 * beside / used:.1f} %, {1e3 * beside / count:.1f} ms a trial")


def cost_of_results(args, folder, out):
    study = write_study(folder, args.collect, args.targets, 192, MOMENT)
    trials = run(args.program, "run", study, "--out", out, "--threads", "1", "-q")
    count = len(os.listdir(os.path.join(out, "trials")))
    collect = run(args.program, "run", study, "--out", out, "--collect", "-q")
    report = run(args.program, "report", out, "-q")
    size = os.path.getsize(os.path.join(out, "report.html"))
    print(f"{count} trials of a moment: {trials:.1f} s; run --collect {collect:.1f} s, of that or again report {report:.1f} s; "
          f"report.html {size / 1e6:.1f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", nargs="?", default=os.path.join(SOURCE, "build", "release", "carryover"))
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--targets", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--collect", type=int, metavar="N")
    parser.add_argument("--out", help="folder of the study, kept (a temporary one)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = args.out or os.path.join(folder, "out")
        (cost_of_results if args.collect else cost_of_trials)(args, folder, out)


if __name__ == "__main__":
    main()
