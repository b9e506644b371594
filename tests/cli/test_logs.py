"""Logs of trainings: JSONL, CSV and TensorBoard events say the same; faults leave dumps that replay plays again."""

import csv
import json
import os
import shutil
import struct

from common import CONFIG, DATA, OK, WANTING, Tests, run, scratch
from event_file import crc32c, scalars
from studies import files, promised, read, tiny

DIVERGED = 76
SETTINGS = ("--evaluations", 2, "--episodes", 2, "-q")
EVENTS = "events.out.tfevents.carryover"
# physics steps ten times as long as the model's: the cheetah flies apart within a few control steps
APART = '{ parameter = "option.timestep"; set = 0.1; }'
# a little shorter, so that episodes get somewhere before; noise, delay and masses that differ between episodes
LATER = ("--domain", '{ parameter = "option.timestep"; set = 0.07; }',
         "--domain", '{ parameter = "action.noise"; select = "*"; set = 0.05; }',
         "--domain", '{ parameter = "body.mass"; select = "torso"; scale = { uniform = (0.9, 1.1); }; }')

SAC = ("--algorithm", "sac", "--set", "learning.hidden=(16, 16)", "--set", "learning.batch=32",
       "--set", "learning.horizon=100")

t = Tests()
folder = scratch("logs")


def path(*names):
    return os.path.join(folder, *names)


def train(name, task="pendulum", steps=10000, *more, code=OK):
    """Trains into `name`; the program's words."""
    done = run("train", task, "--steps", steps, *SETTINGS, "--out", path(name), *more)
    t.equal(done.code, code, f"train {name}: {done.err}")
    return done


def logs(name):
    return {entry: read(path(name + ".log"), entry) for entry in files(path(name + ".log"))}


def rows_of(text):
    return [json.loads(line, parse_constant=lambda word: t.check(False, f"{word} is no JSON")) for line in text.splitlines()]


def logged():
    """Names in the order of the table, of what is not a time."""
    return [m["name"] for m in t.json("list", "metrics")["metrics"] if m["file"] == "log" and not m["only"]]


def content():
    """A row after every update, the same numbers in all three files."""
    trained = json.loads(train("a", "pendulum", 10000, "--tensorboard", "--evaluations", 3, "--json").out)
    found = logs("a")
    t.equal(sorted(found), [EVENTS, "log.csv", "log.jsonl"], "files")
    rows, names = rows_of(found["log.jsonl"]), logged()
    t.equal([row["updates"] for row in rows], [1, 2, 3, 4, 5], "a row after every update")
    t.equal([row["env_steps"] for row in rows], [2048 * k for k in range(1, 6)], "env steps")
    curve = {point["step"]: point["return_mean"] for point in trained["evaluations"] if not point["final"]}
    t.equal(sorted(curve), [0, 6144, 10240], "points of the curve")  # the first is before any update
    t.equal({row["env_steps"]: row["evaluation_return"] for row in rows if row["evaluation_return"] is not None},
            {step: value for step, value in curve.items() if step}, "the evaluations' returns, in the rows of their updates")
    t.check(all(list(row) == names for row in rows), "names are those of the table, in its order")
    t.check(not any("_s" == name[-2:] for name in names), "no times")
    t.check(all(row["alpha"] is None and row["entropy"] > 0 for row in rows), "null is what PPO has not")
    table = list(csv.DictReader(found["log.csv"].decode().splitlines()))
    t.equal(len(table), len(rows), "rows of CSV")
    for cells, row in zip(table, rows):
        for name in names:
            want = "" if row[name] is None else row[name]
            t.equal(float(cells[name]) if cells[name] else "", want, f"{name}: CSV and JSONL")
    version, events = scalars(found[EVENTS])
    t.equal([version, len(events)], ["brain.Event:2", len(rows)], "event file")
    for (wall, step, values), row in zip(events, rows):
        t.equal([wall, step], [row["env_steps"]] * 2, "events are at env steps, and hold no time")
        want = {"train/" + name: struct.unpack("f", struct.pack("f", value))[0] for name, value in row.items()
                if value is not None and name != "env_steps"}
        t.equal(values, want, f"scalars of step {step}")


def terms():
    """A loss term of the strategy has a column behind those of the table, the same on any number of threads."""
    transfer = ("--from", path("a"), "--strategy", "kickstart", "--domain", '{ parameter = "option.gravity"; scale = 1.5; }')
    want = None
    for threads in (1, 2, 3):
        train("k", "pendulum", 6144, *transfer, "--tensorboard", "--threads", threads)
        want = want or logs("k")
        t.check(logs("k") == want, f"{threads} threads")
    rows = rows_of(want["log.jsonl"])
    t.check(all(list(row) == logged() + ["kl_to_source"] for row in rows), "its column")
    t.check(all(0 < row["kl_to_source"] < 10 for row in rows), f"divergence: {[row['kl_to_source'] for row in rows]}")
    t.check("train/kl_to_source" in scalars(want[EVENTS])[1][0][2], "its scalar")
    train("f", "pendulum", 6144, *transfer[:2], *transfer[4:], "--strategy", "full")
    t.check(all(list(row) == logged() for row in rows_of(logs("f")["log.jsonl"])), "no term, no column")


def reader():
    """The reader of this test would see a flipped bit."""
    t.equal(crc32c(b"123456789"), 0xE3069283, "check value of CRC-32C")
    data = bytearray(read(path("a.log"), EVENTS))
    for at in (3, 9, 40, len(data) // 2, len(data) - 2):
        data[at] ^= 1
        try:
            scalars(bytes(data))
            t.check(False, f"bit at {at} is not seen")
        except (ValueError, struct.error):
            t.check(True, "")
        data[at] ^= 1


def same_bytes():
    """On any number of threads, and again over old logs; without --tensorboard old events are gone."""
    want = logs("a")
    for threads in (1, 2, 3):
        train("b", "pendulum", 10000, "--tensorboard", "--evaluations", 3, "--threads", threads)
        t.check(logs("b") == want, f"{threads} threads")
    train("b", "pendulum", 4096)
    t.equal(sorted(logs("b")), ["log.csv", "log.jsonl"], "events only when asked for")
    t.equal(logs("b")["log.csv"].count(b"\n"), 3, "no rows of the training before")
    text = read(path("a")) + b"".join(want.values())
    t.check(folder.encode() not in text, "no paths")


def same_bytes_of_sac():
    """Losses are sums over a minibatch that threads share."""
    want = None
    for threads in (1, 2, 3):
        train("sac", "pendulum", 1500, *SAC, "--threads", threads)
        want = want or logs("sac")
        t.check(logs("sac") == want, f"SAC on {threads} threads")
    last = rows_of(want["log.jsonl"])[-1]
    t.check(last["value_loss"] > 0 and last["alpha"] > 0, f"SAC learns: {last}")


def study():
    """Trials that train have logs, equal for any number of jobs; --tensorboard reaches the workers."""
    done = {}
    for jobs, more in ((1, ()), (3, ("--tensorboard",))):
        code = run("run", tiny(folder), "--out", path(f"study{jobs}"), "--jobs", jobs, "-q", *more).code
        t.equal(code, OK, "study")
        done[jobs] = promised(path(f"study{jobs}"))
    events = {name for name in done[3] if name.endswith(EVENTS)}
    names = {name for name in done[1] if os.path.basename(name) in ("log.jsonl", "log.csv")}
    trials = {name.split("/")[1] for name in names}
    t.check(done[1] == {name: data for name, data in done[3].items() if name not in events}, "equal for 1 and 3 jobs")
    t.equal(trials, {name.split("/")[1] for name in events}, "event files are where logs are")
    restored(done[3], events)
    t.check("source.a.-.-.s0" in trials and "transfer.a.b.full.s1" in trials, f"who trains has logs: {trials}")
    t.check(not any("zero_shot" in trial or "random" in trial for trial in trials), f"only who trains: {trials}")


def restored(want, events):
    """Event files of finished trials that are lost, changed or asked for later are made from the logs."""
    out, again = path("study3"), ("run", path("tiny.cfg"), "--out", path("study3"), "-q")
    lost, changed, cut = (os.path.join(out, name) for name in sorted(events)[:3])
    os.remove(lost)
    for name, data in ((changed, b"x"), (cut, read(cut)[:-1])):
        with open(name, "wb") as file:
            file.write(data)
    stamps = {name: os.stat(os.path.join(out, name)).st_mtime_ns for name in want if name.endswith("done.json")}
    t.equal(run(*again).code, OK, "without --tensorboard")
    t.check(not os.path.exists(lost), "event files are not asked for")
    t.equal(run(*again, "--tensorboard").code, OK, "with --tensorboard")
    t.check(promised(out) == want, "the same event files again")
    t.equal({name: os.stat(os.path.join(out, name)).st_mtime_ns for name in stamps}, stamps, "no trial was done again")


def dumps(name):
    place = path(name + ".log", "faults")
    return [os.path.join(place, entry) for entry in sorted(os.listdir(place))] if os.path.isdir(place) else []


def replay(file, *more, domain=APART, code=OK):
    return t.json("replay", "half_cheetah", file, "--domain", domain, *more, code=code)


def faults():
    for name, rows, more in (("apart", 8, ()), ("apart_sac", 1, SAC)):
        faults_of(name, rows, more)


def faults_of(name, rows, learner):
    """Too many faulty episodes: exit code 76, where the dumps are, and each plays again to its fault."""
    done = train(name, "half_cheetah", 8192, "--domain", APART, *learner, code=DIVERGED)
    t.check("episodes ended in a non-finite or diverged state" in done.err, done.err)
    t.check(f"last states of faulty rows: {path(name + '.log', 'faults')}" in done.err, done.err)
    t.check(not os.path.exists(path(name)), "no policy")
    found = dumps(name)
    t.check(1 <= len(found) <= 10, f"{len(found)} dumps")
    for number, file in enumerate(found):
        dump = json.loads(read(file))
        t.equal(os.path.basename(file), f"{number:03}.json", "names count")
        t.equal([dump["task"], dump["seed"], dump["seed_number"]], ["half_cheetah", 1, 0], "whose")
        t.check(0 <= dump["row"] < rows and dump["reason"], f"row and reason: {dump['row']} {dump['reason']}")
        t.equal(len(dump["data"]), dump["step"] - dump["first"], "states up to the fault")
        t.equal([len(dump["data"][0][key]) for key in ("obs", "action", "qpos", "qvel")], [17, 6, 9, 9], "layout")
        for more in ((), ("--exact",), ("--windows",)):
            again = replay(file, *more)
            t.check(again.get("ok") and again["fields"]["state"]["max_abs"] == 0, f"{file} {more}: {again}")
            t.equal(again["fields"]["fault"]["max_abs"], 0, f"{file} {more}: the same fault")
    want = logs(name)
    for threads in (1, 3):
        train(name, "half_cheetah", 8192, "--domain", APART, *learner, "--threads", threads, code=DIVERGED)
        t.check(logs(name) == want, f"{name}: dumps on {threads} threads")


def last_hundred():
    """A fault late in an episode: 100 states from the middle of it, drawn numbers and noise included."""
    train("late", "half_cheetah", 8192, *LATER, code=DIVERGED)
    late = [file for file in dumps("late") if json.loads(read(file))["first"] > 0]
    t.check(late, "some episode goes on for more than 100 steps before it is faulty")
    for file in late:
        t.equal(len(json.loads(read(file))["data"]), 100, "the last hundred states")
        again = t.json("replay", "half_cheetah", file, *LATER)
        t.check(again.get("ok") and again["fields"]["state"]["max_abs"] == 0, f"{file}: {again}")


def wrong_dumps():
    """Another world is not the dump's, and a damaged row is found."""
    file = dumps("apart")[0]
    replay(file, domain='{ parameter = "option.timestep"; set = 0.005; }', code=WANTING)
    dump = json.loads(read(file))
    flipped = ("0" if dump["row_state"][100] != "0" else "1").join((dump["row_state"][:100], dump["row_state"][101:]))
    for change, words in (({"row_state": flipped}, "row_state: is damaged"),
                          ({"row_state": dump["row_state"][:-2]}, "row_state: is not a row of this task"),
                          ({"row_state": "zz" + dump["row_state"][2:]}, "row_state: must be hex digits"),
                          ({"row_state": 5}, "row_state: is not a row of this task"),
                          ({"row_hash": None}, "row_state: is damaged"),
                          ({"data": []}, "data: must be a list")):
        with open(path("wrong.json"), "w", encoding="utf-8") as out:
            json.dump({**dump, **change}, out)
        t.error(DATA, words, "replay", "half_cheetah", path("wrong.json"), "--domain", APART)
    t.error(CONFIG, "unknown parameter|gravty", "replay", "half_cheetah", file, "--domain", '{ parameter = "gravty"; }')
    without = {key: value for key, value in dump.items() if not key.startswith("row_")}
    with open(path("plain.json"), "w", encoding="utf-8") as out:
        json.dump(without, out)
    plain = t.json("replay", "half_cheetah", path("plain.json"), "--domain", APART, code=WANTING)
    t.check("fault" not in plain.get("fields", {"fault": 0}), "without the row it is a log like others")


def failed_trial():
    """In a study a training that flies apart is a failed trial, which keeps its dumps."""
    study_file = tiny(folder, 'task = "pendulum"; steps = 128; if_not_live = "run";\n    domain = ( { parameter = '
                      '"option.gravity"; scale = 2.0; } );',
                      f'task = "half_cheetah"; steps = 2048; if_not_live = "run"; domain = ( {APART} );', "apart.cfg")
    with open(study_file, encoding="utf-8") as file:
        text = file.read()
    with open(study_file, "w", encoding="utf-8") as file:
        file.write(text.replace('name = "a"; task = "pendulum"', 'name = "a"; task = "half_cheetah"')
                   .replace("seeds = 2", "seeds = 1").replace("horizon = 32", "horizon = 128"))
    done = run("run", study_file, "--out", path("failed"), "-q", "--jobs", 1)
    trial = path("failed", "trials", "transfer.-.b.scratch.s0")
    kept = files(os.path.join(trial, "faults")) if os.path.isdir(os.path.join(trial, "faults")) else []
    t.check(kept, f"dumps of a failed trial: {done.err}")
    record = json.loads(read(trial, "done.json"))
    t.check("non-finite or diverged" in record.get("failed", ""), f"failed: {record.get('failed')}")
    t.check(folder not in record.get("failed", ""), "no path in a record")
    for name in kept[:1]:
        again = replay(os.path.join(trial, "faults", name))
        t.check(again.get("ok"), f"{name}: {again}")


for test in (content, terms, reader, same_bytes, same_bytes_of_sac, study, faults, last_hundred, wrong_dumps, failed_trial):
    test()
shutil.rmtree(folder, ignore_errors=True)
t.finish()
