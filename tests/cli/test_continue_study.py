"""Studies whose trials learn by PPO and by SAC are stopped and killed, and go on to the same bytes."""

import csv
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

from common import OK, PROGRAM, Tests, run, scratch, train
from studies import TINY, empty, files, no_workers, promised, read, start, workers
from trainings import CALM, INTERRUPT, INTERRUPTED, KILLS, LEFT_OUT, can_trace, damage, newest

t = Tests()
folder = scratch("continue_study")
rng = random.Random(20261124)


def path(name):
    return os.path.join(folder, name)


def changed(text, *pairs):
    for old, new in pairs:
        if old not in text:
            sys.exit(f"the tiny study lacks {old!r}")
        text = text.replace(old, new)
    return text


def ppo_study():
    return changed(TINY, ("steps = 128", "steps = 9600"), ('"full"; }', '"full"; }, { name = "partial"; }'))


def sac_study():
    """One source learns by SAC; the other is a policy that PPO has trained, and goes on by SAC."""
    given = train(folder, "pendulum", 4096, "given.safetensors", "--set", 'learning.activation="relu"')
    return changed(
        TINY, ("envs = 2; horizon = 32; hidden = (8, 8); epochs = 2; warmup_steps = 32;",
               "horizon = 50; hidden = (64, 64); batch = 16; replay = 700;"),
        ("steps = 128", "steps = 1500"),
        ('{ name = "a"; task = "pendulum"; steps = 1500; }',
         '{ name = "a"; task = "pendulum"; algorithm = "sac"; steps = 1500; },\n'
         f'    {{ name = "given"; task = "pendulum"; algorithm = "sac"; policy = "{given}"; }}'))


class Study:
    """A study and the bytes of a run on one thread that was never stopped."""

    def __init__(self, name, text):
        self.file, self.name = path(name + ".cfg"), name
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(text)
        self.run(path(name), "a run", "--jobs", 1, "--threads", 1)
        self.want = promised(path(name))
        trains = {entry.split("/")[1] for entry in self.want if entry.endswith("/log.csv")}
        t.check(len(trains) >= 6, f"{name}: {trains} train")

    def start(self, out, *more):
        return start("run", self.file, "--out", out, "--checkpoint", 0, *more)

    def run(self, out, text, *more):
        done = run("run", self.file, "--out", out, "-q", *more)
        t.equal(done.code, OK, f"{self.name}: {text}: {done.err}")

    def finish(self, out, text, *more):
        self.run(out, text, *more)
        self.check_same(out, text)

    def check_same(self, out, text):
        got = promised(out)
        t.equal(sorted(got), sorted(self.want), f"{self.name}: {text}: files")
        for name in sorted(set(got) & set(self.want)):
            t.check(got[name] == self.want[name], f"{self.name}: {text}: {name} has other bytes")


def has_checkpoint(out):
    return any(re.search(r"/checkpoint\.[01]$", name) for name in files(out))


def wait_for_checkpoint(process, out):
    while process.poll() is None and not has_checkpoint(out):
        time.sleep(0.002)


def went_on(out):
    """How many trials' logs say that they went on from a checkpoint."""
    return sum(b"goes on from step" in read(out, name) for name in files(out) if name.endswith("log.txt"))


def kill_study(process, out, how):
    victims = workers(out)
    if how == "group":
        os.killpg(process.pid, signal.SIGKILL)
    elif how == "worker" and victims:
        try:
            os.kill(rng.choice(victims), signal.SIGKILL)
        except ProcessLookupError:
            pass
        time.sleep(0.05)
        process.kill()
    else:
        process.kill()
    process.wait()
    t.check(no_workers(out), f"{how}: workers live on")


def killed(study):
    """kill -9 at any instant, with other threads and jobs each time; parent, workers or all of them."""
    out, ended, resumed = path("killed_" + study.name), 0, 0
    for i in range(KILLS):
        how = ("parent", "group", "worker")[i % 3]
        process = study.start(out, "--jobs", 1 + i % 2, "--threads", 1 + i % 3)
        time.sleep(0.1 + 0.25 * rng.random())
        alive = process.poll() is None
        if alive:
            kill_study(process, out, how)
        _, said = process.communicate()
        resumed += went_on(out)
        if not alive:
            ended += 1
            t.equal(process.returncode, OK, f"{study.name}: kill {i} came too late: {said}")
            study.check_same(out, f"kill {i}")
            empty(out)
    t.check(ended < KILLS // 2, f"{study.name}: {ended} of {KILLS} kills came too late")
    t.check(resumed > 0, f"{study.name}: no trial went on from a checkpoint")
    study.finish(out, f"{KILLS} kills", "--jobs", 3, "--threads", 2)


def stopped(study, ways):
    """Every way of asking a study to stop: checkpoints, code 75, no failed trial; then the rest."""
    for how in ways:
        out = path(f"stopped_{study.name}_{how}")
        process = study.start(out, "--jobs", 2)
        wait_for_checkpoint(process, out)
        if how == "parent":
            process.terminate()
        elif how == "worker":
            os.kill(workers(out)[0], signal.SIGTERM)
        else:
            os.killpg(process.pid, signal.SIGTERM if how == "group" else signal.SIGINT)
        text, said = process.communicate()
        t.equal([process.returncode, text], [INTERRUPTED, ""], f"{how}: {said}")
        t.check("interrupted; the same command goes on from here" in said and "warning: trial" not in said, f"{how}: {said}")
        t.check(not workers(out), f"{how}: no worker is left")
        logs = [read(out, name).decode() for name in files(out) if name.endswith("log.txt")]
        t.check(any(re.search(INTERRUPT, log) for log in logs), f"{how}: no worker wrote a checkpoint: {logs}")
        study.finish(out, how, "--threads", 3)
        t.check(went_on(out) > 0, f"{how}: no trial went on")
        t.equal(counts(out), counts(path(study.name)), f"{how}: steps and operations of timing.csv")


def counts(out):
    """Steps and operations of timing.csv are those of the whole trial, wherever it was cut."""
    rows = read(out, "timing.csv").decode().splitlines()[1:]
    return sorted(row.split(",")[:2] + row.split(",")[4:] for row in rows)


def stopped_twice(study):
    """A second signal ends at once, with all workers."""
    out = path("twice_" + study.name)
    process = study.start(out, "--jobs", 2)
    wait_for_checkpoint(process, out)
    began = time.monotonic()
    while process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.0005)
    process.communicate()
    t.equal(process.returncode, INTERRUPTED, "two signals")
    t.check(no_workers(out), "two signals: workers live on")
    t.check(time.monotonic() - began < 2, "two signals end at once")
    study.finish(out, "two signals")


def killed_at_birth(study):
    """A parent is killed while its worker is born, which holds the study's lock for a moment longer."""
    if not can_trace():
        return
    out = path("born")
    trial = os.path.join(out, "trials", "source.a.-.-.s0")
    slow = ["strace", "-qq", "-f", "-o", os.devnull, "-P", os.path.join(trial, "log.txt"),
            "-e", "inject=openat:delay_enter=700000", PROGRAM, "run", study.file, "--out", out, "-q", "--jobs", "1"]
    process = subprocess.Popen(slow, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=CALM)
    parents = []
    while process.poll() is None and not any(map(children, parents)):
        time.sleep(0.002)
        parents = children(process.pid)
    time.sleep(0.1)  # the child is on its way to its log
    t.check(not os.path.exists(os.path.join(trial, "log.txt")), "the worker was born too soon")
    for parent in parents:
        os.kill(parent, signal.SIGKILL)
    study.finish(out, "killed at birth")
    process.wait()


def children(parent):
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            if int(read("/proc", entry, "stat").rsplit(b")", 1)[1].split()[1]) == parent:
                found.append(int(entry))
        except OSError:  # gone meanwhile
            continue
    return found


def leftovers(study):
    """A kill between the record and the removal of checkpoints leaves some, which the next call removes."""
    out, trial = path("left"), "source.a.-.-.s0"
    shutil.copytree(path(study.name), out)
    left = os.path.join(out, "trials", trial, "checkpoint")
    for more in ((), ("--trial", trial)):  # an element of a job array too
        os.makedirs(left)
        with open(os.path.join(left, "checkpoint.0"), "w", encoding="utf-8") as file:
            file.write("old")
        study.finish(out, "leftovers", *more)


def damaged(study, trial):
    """An element of a job array falls back to its older checkpoint."""
    out = path("damaged_" + study.name)
    args = ("run", study.file, "--out", out, "--trial", trial, "--checkpoint", 0)
    where = os.path.join(out, "trials", trial, "checkpoint")
    process = start(*args)
    while process.poll() is None and len(newest(where)) < 2:
        time.sleep(0.002)
    process.terminate()
    _, said = process.communicate()
    t.equal(process.returncode, INTERRUPTED, f"an element of a job array: {said}")
    t.check(re.search(INTERRUPT, said), said)
    damage(os.path.join(where, newest(where)[-1]))
    done = run(*args)
    t.equal(done.code, OK, done.err)
    t.check(f"warning: {trial}: {LEFT_OUT}" in done.err and "goes on from step" in done.err, done.err)
    for name in ("policy.safetensors", "done.json"):
        t.check(read(out, "trials", trial, name) == study.want[f"trials/{trial}/{name}"], f"damaged: {name} has other bytes")


TWO = """learning = { ppo = { envs = 2; horizon = 32; hidden = (8, 8); epochs = 2; warmup_steps = 32; };
    sac = { hidden = (8, 8); activation = "tanh"; horizon = 32; batch = 16; start_steps = 32; random_steps = 32; }; };"""


def two_algorithms():
    """A PPO source goes on with PPO and with SAC, each against scratch and oracle of its own, at one budget."""
    out, study = path("two"), path("two.cfg")
    text = changed(re.sub(r"learning = \{.*?\};", TWO, TINY), ("steps = 128; if", "steps = 128; oracle_steps = 256; if"),
                   ('"full"; }', '"full"; }, { name = "full_sac"; base = "full"; algorithm = "sac"; }'))
    with open(study, "w", encoding="utf-8") as file:
        file.write(text)
    found = t.json("run", study, "--out", out, "--jobs", "2", "--threads", "1")
    t.equal(found["trials"]["failed"], [], "two algorithms: failed")
    t.equal({row["strategy"]: (row["algorithm"], row["scratch"]) for row in found["strategies"]},
            {"zero_shot": ("ppo", "scratch"), "scratch": ("ppo", "scratch"), "full": ("ppo", "scratch"),
             "full_sac": ("sac", "scratch_sac"), "scratch_sac": ("sac", "scratch_sac")}, "strategies")
    t.equal({(row["strategy"], row["against"]) for row in found["comparisons"]},
            {("full", "scratch"), ("full_sac", "scratch_sac")}, "planned comparisons")
    finals = {row["strategy"]: sum(row["seeds"]) for row in found["final"]}
    better = max(("scratch", "scratch_sac"), key=finals.get)
    for row in found["strategies"]:
        against = better if row["scratch"] != better else None
        t.equal(row["against_best_scratch"]["against"], against, f"{row['strategy']}: the other scratch")
    rows = list(csv.DictReader(read(out, "results.csv").decode().splitlines()))
    t.equal({row["step"] for row in rows if row["kind"] == "transfer" and row["final"] == "1"}, {"0", "128"}, "one budget")
    t.equal({row["strategy"] for row in rows if row["kind"] == "oracle"}, {"scratch", "scratch_sac"}, "oracles")
    t.check(found["references"]["b"]["oracle_algorithm"] in ("ppo", "sac"), "the better oracle")
    done = json.loads(read(out, "trials", "transfer.a.b.full_sac.s0", "done.json"))
    t.check('algorithm = "sac"' in done["definition"], "a definition holds the algorithm")
    status = {tensor["name"]: tensor["status"] for tensor in done["tensors"]}
    t.equal({name for name, how in status.items() if how == "copied"},
            {name for name in status if name.startswith(("actor.trunk.", "obs_norm."))}, "what goes between heads")
    page = read(out, "report.html").decode()
    t.check("compared with scratch_sac" in page and f"Against {better}, the best of the scratches" in page, "report.html")
    before = promised(out)
    shutil.rmtree(out)
    t.equal(run("run", study, "--out", out, "--jobs", "1", "--threads", "2", "-q").code, OK, "again")
    t.check(promised(out) == before, "two algorithms on other threads: other bytes")


ppo, sac = Study("ppo", ppo_study()), Study("sac", sac_study())
for one in (ppo, sac):
    killed(one)
    stopped_twice(one)
    damaged(one, "source.a.-.-.s0")
stopped(ppo, ("parent", "group", "ctrl-c", "worker"))
stopped(sac, ("ctrl-c", "worker"))
leftovers(ppo)
killed_at_birth(ppo)
two_algorithms()
t.finish()
