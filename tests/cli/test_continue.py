"""Trainings and studies that are stopped, killed or out of disk go on to the same bytes."""

import os
import random
import re
import shutil
import signal
import subprocess
import time

from common import OK, PROGRAM, USAGE, Tests, run, scratch
from studies import TINY, empty, files, no_workers, promised, read, start, workers

INTERRUPTED, IO = 75, 74
KILLS = 20
# small updates, so that there are many checkpoints; one training takes about a second
SETTINGS = ("--evaluations", 4, "--episodes", 3, "--set", "learning.horizon=64")  # 512 env steps per update
TRAIN = ("train", "pendulum", "--steps", 30000, *SETTINGS, "--checkpoint", 0)
SHORT = ("train", "pendulum", "--steps", 1536, *SETTINGS, "--checkpoint", 0, "--threads", 1)  # three updates
INTERRUPT = "interrupted at step [0-9]+; the same command goes on from here"

t = Tests()
folder = scratch("continue")
LOGS = {}  # of trainings that were never stopped, by the bytes of their policies
rng = random.Random(20261124)


def path(name):
    return os.path.join(folder, name)


def empty_training(out):
    if os.path.exists(out):
        os.remove(out)
    shutil.rmtree(out + ".checkpoint", ignore_errors=True)
    return out


def checkpoints(out):
    names = files(out + ".checkpoint") if os.path.isdir(out + ".checkpoint") else []
    return [name for name in names if re.fullmatch(r"checkpoint\.[01]", name)]


def damage(name, at=0.5):
    data = bytearray(read(name))
    data[int(len(data) * at)] ^= 4
    with open(name, "wb") as file:
        file.write(data)


def logs(out):
    return {name: read(out + ".log", name) for name in files(out + ".log")}


def finish(out, want, text, *more, args=TRAIN):
    """The same command ends well, with the bytes of one that was never stopped, and leaves nothing else."""
    done = run(*args, "--out", out, "--checkpoint", 10, *more)
    t.equal(done.code, OK, f"{text}: {done.err}")
    t.check(os.path.exists(out) and read(out) == want, f"{text}: other bytes")
    t.check(not os.path.exists(out + ".checkpoint"), f"{text}: checkpoints are left")
    t.check(logs(out) == LOGS[want], f"{text}: other logs")
    return done


def interrupted(out, number=signal.SIGTERM, args=TRAIN):
    """A training that was told to stop once it had a checkpoint; its words."""
    process = start(*args, "--out", empty_training(out))
    while process.poll() is None and len(checkpoints(out)) < 2:
        time.sleep(0.002)
    process.send_signal(number)
    text, errors = process.communicate()
    t.equal([process.returncode, text], [INTERRUPTED, ""], f"signal {number}: {errors}")
    t.check(re.search("error: " + INTERRUPT, errors), f"signal {number}: {errors}")
    t.check(checkpoints(out) and not os.path.exists(out), f"signal {number}: what is left")
    return errors


# ---- one training ----


def one_training():
    done = run(*TRAIN, "--out", path("want"), "--json")
    t.equal(done.code, OK, f"train: {done.err}")
    t.equal(files(folder), ["want", "want.log/log.csv", "want.log/log.jsonl"], "policy and logs are left, nothing else")
    LOGS[read(path("want"))] = logs(path("want"))
    return read(path("want")), done.out.replace(path("want"), "FILE")


def stopped(want, said):
    for i, number in enumerate((signal.SIGINT, signal.SIGTERM)):
        out = path(f"stopped{number}")
        step = re.search("at step ([0-9]+)", interrupted(out, number)).group(1)
        done = finish(out, want, f"after signal {number}", "--threads", 1 + 2 * i, "--json")
        t.check(f"goes on from step {step} (" in done.err, f"signal {number}: {done.err}")
        t.equal(done.out.replace(out, "FILE"), said, "--json of a training that went on")


def stopped_twice(want):
    """Two signals in a row end at once, whatever is done."""
    out = path("twice")
    process = start(*TRAIN, "--out", out, "--steps", 10**7)
    while not checkpoints(out):
        time.sleep(0.002)
    began = time.monotonic()
    while process.poll() is None:
        process.send_signal(signal.SIGTERM)
        time.sleep(0.0005)
    process.communicate()
    t.equal(process.returncode, INTERRUPTED, "two signals")
    t.check(time.monotonic() - began < 2, "two signals end at once")
    finish(out, want, "after two signals of another training")  # other steps: from the beginning


def killed(want):
    """kill -9 at any instant, over and over; each call goes on from what the last one left."""
    out, done = path("killed"), 0
    for i in range(KILLS):
        process = start(*TRAIN, "--out", out, "-q", "--threads", 1 + i % 3)
        time.sleep(0.02 + 0.15 * rng.random())
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if process.returncode == OK:
            done += 1
            t.check(read(out) == want, f"kill {i}: other bytes")
    t.check(done < KILLS // 2, f"{done} of {KILLS} kills came too late")
    finish(out, want, f"{KILLS} kills")


def fell_back(want):
    """A damaged newest checkpoint: the other one serves, and this is said; without any, from the beginning."""
    for name, damaged in (("newest", 1), ("both", 2)):
        out = path(name)
        interrupted(out)
        found = sorted(checkpoints(out), key=lambda c: os.stat(os.path.join(out + ".checkpoint", c)).st_mtime_ns)
        t.equal(len(found), 2, "two generations")
        for checkpoint in found[-damaged:]:
            damage(os.path.join(out + ".checkpoint", checkpoint), rng.random())
        done = finish(out, want, f"{name} damaged")
        t.equal(done.err.count("warning: pendulum: damaged checkpoint left out: "), damaged, f"{name}: {done.err}")
        t.check(re.search(r"checkpoint\.[01]: offset [0-9]+: ", done.err), f"{name}: {done.err}")
        t.equal("goes on from step" in done.err, damaged == 1, f"{name}: {done.err}")
        t.equal("no whole checkpoint is left: starts from the beginning" in done.err, damaged == 2, f"{name}: {done.err}")


def other_definition(want):
    """What belongs to another training is not used, and is gone when this one begins."""
    for more in (("--seed", 2), ("--set", "learning.rate=1e-4"), ("--set", "horizon=150"), ("--steps", 29000),
                 ("--domain", '{ parameter = "option.gravity"; scale = 1.5; }')):
        out = path("other")
        interrupted(out, args=(*TRAIN, *more))
        done = finish(out, want, f"after {more}")
        t.check("goes on from" not in done.err and "warning" not in done.err, f"{more}: {done.err}")


def errors():
    out = path("held")
    process = start(*TRAIN, "--out", out, "--steps", 10**7, "-q")
    while len(checkpoints(out)) < 2:
        time.sleep(0.002)
    t.error(73, "held.checkpoint/lock: is in use by another carryover", *TRAIN, "--out", out)
    kept = checkpoints(out)
    process.kill()
    process.communicate()
    t.equal(len(kept), 2, "the holder's checkpoints are not touched")
    t.error(65, "none of a policy|no policy|offset", *TRAIN, "--from", os.path.join(out + ".checkpoint", "lock"), "--out", out)
    t.equal(len(checkpoints(out)), 2, "a mistake on the command line costs no checkpoint")
    t.error(USAGE, "--checkpoint: \"x\" is not a number", *TRAIN, "--out", out, "--checkpoint", "x")
    shutil.rmtree(out + ".checkpoint")
    t.error(78, "unknown key", *TRAIN, "--set", "learning.raet=1", "--out", out)
    t.check(not os.path.exists(out + ".checkpoint"), "a command that fails leaves no folder")


# ---- every write of a checkpoint fails or is the last one ----

CALLS = ("openat", "write", "fsync", "rename", "close")


def strace(*args, out, inject=None):
    command = ["strace", "-qq", "-y", "-e", "trace=" + ",".join(CALLS), "-o", path("trace")]
    command += ["-e", f"inject={inject}"] if inject else []
    calm = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}  # that of a sanitized build cannot work in a traced process
    done = subprocess.run([*command, PROGRAM, *map(str, args), "--out", out], capture_output=True, text=True, timeout=100,
                          check=False, env=calm)
    return done.returncode, done.stderr


def can_trace():
    if not shutil.which("strace"):
        print("strace is missing: writes that fail are not tested")
        return False
    if subprocess.run(["strace", "-qq", "-o", os.devnull, "true"], capture_output=True, check=False).returncode:
        print("strace may not trace here: writes that fail are not tested")
        return False
    return True


def places(out):
    """(call, number of the call) of all that writes a checkpoint."""
    count, found = dict.fromkeys(CALLS, 0), []
    for line in read(path("trace")).decode(errors="replace").splitlines():
        match = re.match(r"(\w+)\(", line)
        if not match or match.group(1) not in count:
            continue
        count[match.group(1)] += 1
        if f"{out}.checkpoint" in line and "lock" not in line and (match.group(1) != "openat" or "O_CREAT" in line):
            found.append((match.group(1), count[match.group(1)]))
    return found


def every_write():
    if not can_trace():
        return
    out = path("traced")
    code, said = strace(*SHORT, out=out)
    want = read(out)
    LOGS[want] = logs(out)
    found = places(out)
    t.equal(code, OK, f"traced: {said}")
    t.check(len(found) >= 3 * 6, f"only {found} write three checkpoints")
    for call, number in found:
        if call in ("openat", "write", "fsync", "rename"):
            code, said = strace(*SHORT, out=empty_training(out), inject=f"{call}:error=ENOSPC:when={number}")
            t.equal([code, read(out) == want], [OK, True], f"{call} {number} without room: {said}")
            t.check("warning: pendulum: no checkpoint: " in said, f"{call} {number}: {said}")
        code, _ = strace(*SHORT, out=empty_training(out), inject=f"{call}:signal=KILL:when={number}")
        t.equal(code, -signal.SIGKILL, f"{call} {number} is the last")
        whole = len(checkpoints(out))
        done = finish(out, want, f"killed at {call} {number}", args=SHORT)
        t.check("warning" not in done.err, f"killed at {call} {number}: {done.err}")
        t.equal("goes on from step" in done.err, whole > 0, f"killed at {call} {number}: {done.err}")


# ---- a study ----


def study_file():
    name = path("study.cfg")
    with open(name, "w", encoding="utf-8") as file:
        file.write(TINY.replace("steps = 128", "steps = 25600").replace('"full"; }', '"full"; }, { name = "partial"; }'))
    return name


def run_study(study, out, *more):
    return run("run", study, "--out", out, "-q", *more)


def same_study(out, want, text):
    got = promised(out)
    t.equal(sorted(got), sorted(want), f"{text}: files")
    for name in sorted(set(got) & set(want)):
        t.check(got[name] == want[name], f"{text}: {name} has other bytes")


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


def went_on(out):
    """How many trials' logs say that they went on from a checkpoint."""
    trials = os.path.join(out, "trials")
    return sum(b"goes on from step" in read(trials, name, "log.txt") for name in os.listdir(trials))


def killed_study(study, want):
    out, ended, resumed = path("killed_study"), 0, 0
    for i in range(KILLS):
        how = ("parent", "group", "worker")[i % 3]
        process = start("run", study, "--out", out, "--checkpoint", 0, "--jobs", 1 + i % 2, "--threads", 1 + i % 3)
        time.sleep(0.1 + 0.25 * rng.random())
        alive = process.poll() is None
        if alive:
            kill_study(process, out, how)
        process.communicate()
        resumed += went_on(out) if os.path.isdir(os.path.join(out, "trials")) else 0
        if not alive:
            ended += 1
            same_study(out, want, f"kill {i}")
            empty(out)
    t.check(ended < KILLS // 2, f"{ended} of {KILLS} kills came too late")
    t.check(resumed > 0, "no trial went on from a checkpoint")
    done = run_study(study, out)
    t.equal(done.code, OK, f"{KILLS} kills of a study: {done.err}")
    same_study(out, want, f"{KILLS} kills of a study")


def stopped_study(study, want):
    """Every way of asking a study to stop: checkpoints, code 75, no failed trial; then the rest."""
    for how in ("parent", "group", "ctrl-c", "worker"):
        out = path("stopped_" + how)
        process = start("run", study, "--out", out, "--checkpoint", 0, "--jobs", 2)
        while process.poll() is None and not [name for name in files(out) if re.search(r"/checkpoint\.[01]$", name)]:
            time.sleep(0.002)
        if how == "parent":
            process.terminate()
        elif how == "worker":
            os.kill(workers(out)[0], signal.SIGTERM)
        else:
            os.killpg(process.pid, signal.SIGTERM if how == "group" else signal.SIGINT)
        text, said = process.communicate()
        t.equal([process.returncode, text], [INTERRUPTED, ""], f"{how}: {said}")
        t.check("interrupted; the same command goes on from here" in said and "warning" not in said, f"{how}: {said}")
        t.check(not workers(out), f"{how}: no worker is left")
        logs = [read(out, name).decode() for name in files(out) if name.endswith("log.txt")]
        t.check(any(re.search(INTERRUPT, log) for log in logs), f"{how}: no worker wrote a checkpoint: {logs}")
        done = run_study(study, out, "--threads", 3)
        t.equal(done.code, OK, f"{how}: {done.err}")
        t.check(went_on(out) > 0, f"{how}: no trial went on")
        same_study(out, want, how)


def leftovers(study, want):
    """A kill between the record and the removal of checkpoints leaves some, which the next call removes."""
    out = path("left")
    t.equal(run_study(study, out).code, OK, "run")
    left = os.path.join(out, "trials", "source.a.-.-.s0", "checkpoint")
    os.makedirs(left)
    with open(os.path.join(left, "checkpoint.0"), "w", encoding="utf-8") as file:
        file.write("old")
    t.equal(run_study(study, out).code, OK, "run again")
    same_study(out, want, "leftovers")
    os.makedirs(left)
    done = run("run", study, "--out", out, "--trial", "source.a.-.-.s0", "-q")
    t.equal([done.code, os.path.exists(left)], [OK, False], f"leftovers of a job array: {done.err}")


def damaged_in_study(study, want):
    out = path("damaged_study")
    trial = "source.a.-.-.s0"
    args = ("run", study, "--out", out, "--trial", trial, "--checkpoint", 0)
    process = start(*args)
    where = os.path.join(out, "trials", trial, "checkpoint")
    while process.poll() is None and not os.path.exists(os.path.join(where, "checkpoint.1")):
        time.sleep(0.002)
    process.terminate()
    _, said = process.communicate()
    t.equal(process.returncode, INTERRUPTED, f"an element of a job array: {said}")
    t.check(re.search(INTERRUPT, said), said)
    newest = max(files(where), key=lambda name: os.stat(os.path.join(where, name)).st_mtime_ns)
    damage(os.path.join(where, newest))
    done = run(*args)
    t.equal(done.code, OK, done.err)
    t.check(f"warning: {trial}: damaged checkpoint left out: " in done.err and "goes on from step" in done.err, done.err)
    for name in ("policy.safetensors", "done.json"):
        t.check(read(out, "trials", trial, name) == want[f"trials/{trial}/{name}"], f"damaged: {name} has other bytes")


def timings(study):
    """Steps and operations of timing.csv are those of the whole trial, wherever it was cut."""
    def counts(out):
        rows = read(out, "timing.csv").decode().splitlines()[1:]
        return sorted(row.split(",")[:2] + row.split(",")[4:] for row in rows)

    t.equal(counts(path("stopped_parent")), counts(path("study")), f"timing.csv of {study}")


bytes_of_one, json_of_one = one_training()
stopped(bytes_of_one, json_of_one)
stopped_twice(bytes_of_one)
killed(bytes_of_one)
fell_back(bytes_of_one)
other_definition(bytes_of_one)
errors()
every_write()
config = study_file()
t.equal(run_study(config, path("study")).code, OK, "the study")
bytes_of_study = promised(path("study"))
killed_study(config, bytes_of_study)
stopped_study(config, bytes_of_study)
leftovers(config, bytes_of_study)
damaged_in_study(config, bytes_of_study)
timings(config)
t.finish()
