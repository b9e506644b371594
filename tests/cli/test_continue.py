"""Trainings by PPO that are stopped, killed, damaged or out of disk go on to the same bytes; who else wants their folder;
clones too."""

import os
import shutil
import subprocess

from common import CONFIG, DATA, PROGRAM, USAGE, run, scratch
from studies import start
from trainings import CALM, CREATE, Training, can_trace, newest

# 512 env steps per update
ppo = Training("ppo", ("--set", "learning.horizon=64"), 30000, 1536)
t = ppo.t


def errors():
    out = ppo.path("held")
    process = start(*ppo.args, "--out", out, "--steps", 10**7, "-q")
    ppo.when_kept(process, out)
    t.error(CREATE, "held.checkpoint/lock: is in use by another carryover", *ppo.args, "--out", out)
    kept = newest(out + ".checkpoint")
    process.kill()
    process.communicate()
    t.equal(len(kept), 2, "the holder's checkpoints are not touched")
    lock = os.path.join(out + ".checkpoint", "lock")
    t.error(DATA, "none of a policy|no policy|offset", *ppo.args, "--from", lock, "--out", out)
    t.equal(len(newest(out + ".checkpoint")), 2, "a mistake on the command line costs no checkpoint")
    for text in ("x", "-1", "nan", "1e10", ""):
        t.error(USAGE, f'--checkpoint: "{text}" is not a number', *ppo.args, "--out", out, "--checkpoint", text)
    shutil.rmtree(out + ".checkpoint")
    t.error(CONFIG, "unknown key", *ppo.args, "--set", "learning.raet=1", "--out", out)
    t.check(not os.path.exists(out + ".checkpoint"), "a command that fails leaves no folder")
    for name in ("checkpoint", "log"):
        with open(out + "." + name, "w", encoding="utf-8") as file:
            file.write("mine")
        t.error(CREATE, rf"held.{name}: cannot create the folder: File exists", *ppo.args, "--out", out)
        shutil.rmtree(out + ".log") if name == "checkpoint" and os.path.isdir(out + ".log") else None
        os.remove(out + "." + name)


def removed_lock():
    """A lock that its holder takes away with the folder before we have it is none."""
    if not can_trace():
        return
    out = ppo.path("late")
    holder = start(*ppo.args, "--out", out, "-q")
    ppo.when_kept(holder, out, 1)
    slow = ["strace", "-qq", "-o", os.devnull, "-e", "inject=flock:delay_enter=2000000", PROGRAM]
    done = subprocess.run([*slow, *map(str, ppo.args), "--out", out], capture_output=True, text=True, check=False, timeout=100,
                          env=CALM)
    holder.communicate()
    t.equal([holder.returncode, done.returncode], [0, CREATE], f"the holder was done meanwhile: {done.stderr}")
    t.check("late.checkpoint/lock: is in use by another carryover" in done.stderr, done.stderr)


def clones():
    """Trainings that take no step in an env, from data that are their input too."""
    data = [os.path.join(scratch("continue_data"), name) for name in ("a.codata", "b.codata")]
    for seed, name in enumerate(data):
        run("data", "record", "random", "--task", "pendulum", "--episodes", 4, "--seed", seed, "--out", name)
    bc = Training("bc", ("--algorithm", "bc", "--data", data[0], "--set", "learning.interval=100"), 10000, 300)
    bc.stopped()
    bc.killed()
    bc.damaged_checkpoints()
    out = bc.path("other")
    bc.interrupted(out, args=(*bc.args, "--data", data[1]))
    done = bc.finish(out, "after other data")
    bc.t.check("checkpoints are of another definition" in done.err, f"other data: {done.err}")
    bc.every_write(3 * 5)
    t.equal(bc.t.failed, 0, "trainings by bc")


ppo.stopped()
ppo.stopped_twice()
ppo.killed()
ppo.damaged_checkpoints()
ppo.damaged_logs()
ppo.other_definition()
errors()
removed_lock()
ppo.every_write(3 * 5)
clones()
t.finish()
