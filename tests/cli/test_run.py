"""carryover run: files, equal bytes however it is run or killed, job arrays, what is done again."""

import csv
import itertools
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time

from common import CONFIG, HEAD, NO_INPUT, OK, PROGRAM, SOURCE, USAGE, Tests, run, scratch
from studies import SMOKE, empty, files, no_workers, promised, read, start, tiny, workers

INTERNAL, INTERRUPTED = 70, 75
CSV = ("trial,kind,source,target,strategy,seed,step,evaluated_in,episodes,return_mean,return_std,length_mean,"
       "success_rate,faults,final")
TIMING = "trial,phase,wall_s,cpu_s,env_steps,gradient_steps,flop"
RESULTS = {"study", "study_hash", "seeds", "trials", "shifts", "references", "matrix", "verdict", "strategies", "curves"}
SHIFT = {"live", "first_step", "rms", "effective_friction", "limit_share", "visited_share", "reason", "moved",
         "num_moved", "kept", "grade"}
METRICS = {"carry_over", "zero_shot", "jumpstart", "final_iqm", "difference_to_scratch", "asymptotic_gain",
           "normalised_gain", "transfer_ratio", "time_to_threshold", "oracle_gap", "forgetting", "dip",
           "p_better_than_scratch", "negative_transfer", "normalised_score", "success_rate", "fall_rate"}
DONE = {"id", "definition_hash", "inputs", "policy_hash", "tensors", "step0_action_difference", "faults", "build", "libc"}
TENSOR = {"name", "shape", "status", "trained", "hash_before", "hash_after", "moved"}
KILLS = 20

t = Tests()
folder = scratch("run")


def path(name):
    return os.path.join(folder, name)


def same_files(got, want, text):
    """Compares two results of promised()."""
    t.equal(sorted(got), sorted(want), f"{text}: files")
    for name in sorted(set(got) & set(want)):
        t.check(got[name] == want[name], f"{text}: {name} has other bytes")


# ---- one run and its files ----


def layout(out):
    rows = read(out, "results.csv").decode().splitlines()
    t.equal(rows[0], CSV, "results.csv: head")
    table = list(csv.DictReader(rows))
    t.equal([row["trial"] for row in table], sorted(row["trial"] for row in table), "results.csv: order of trials")
    t.equal({row["kind"] for row in table}, {"source", "oracle", "random", "transfer"}, "results.csv: kinds")
    t.equal({row["evaluated_in"] for row in table}, {"source", "target"}, "results.csv: worlds")
    for row in table:
        kind, source, target, strategy, seed = row["trial"].split(".")
        t.equal([row["kind"], row["source"], row["target"], row["strategy"], "s" + row["seed"]],
                [kind, source, target, strategy, seed], f"results.csv: {row['trial']}")
        for name in ("return_mean", "return_std", "length_mean"):
            t.equal("%.17g" % float(row[name]), row[name], f"results.csv: {name} has 17 digits")
        t.equal(row["success_rate"], "", "results.csv: a pendulum has no success flag")
    finals = {(row["trial"], row["evaluated_in"]) for row in table if row["final"] == "1"}
    t.equal({row["final"] for row in table}, {"0", "1"}, "results.csv: final")
    t.equal({row["episodes"] for row in table if row["final"] == "1"} & {row["episodes"] for row in table if row["final"] == "0"},
            set(), "results.csv: the final evaluation has other episodes than the curve")
    home = {row["trial"]: "source" if row["target"] == "-" else "target" for row in table}
    t.check(set(home.items()) <= finals, "results.csv: each trial has a final evaluation in its own world")
    rows = read(out, "timing.csv").decode().splitlines()
    t.equal(rows[0], TIMING, "timing.csv: head")
    pictures = rows.pop(1).split(",")
    t.equal([pictures[:2], pictures[4:]], [["-", "pictures"], ["0", "0", "0"]], "timing.csv: of the study")
    t.equal({row.split(",")[1] for row in rows[1:]}, {"start", "train", "evaluate"}, "timing.csv: phases")
    for phase in ("start", "evaluate"):
        t.equal({row.split(",")[0] for row in rows[1:] if row.split(",")[1] == phase}, {row["trial"] for row in table},
                f"timing.csv: trials, {phase}")
    t.check(all(0 < float(row.split(",")[2]) < 60 for row in rows[1:]), f"timing.csv: times: {rows}")


def results_object(found, out):
    t.check(set(found) >= HEAD | RESULTS, f"results.json lacks {HEAD | RESULTS - set(found)}")
    t.equal(found["trials"], {"total": 16, "done": 16, "failed": [], "diverged": []}, "trials")
    t.equal([found["study"], found["seeds"]], ["smoke", 2], "study")
    t.keys(found["versions"], {"build", "engine", "libc"}, "versions")
    (shift,) = found["shifts"]
    t.check(set(shift) >= SHIFT, f"shift lacks {SHIFT - set(shift)}")
    t.equal([shift["grade"], shift["live"], shift["identical_share"]], ["live", True, 0], "shift")
    t.keys(found["references"]["heavy"], {"random", "oracle", "oracle_algorithm"}, "references")
    t.equal([len(row) for row in found["matrix"]["heavy"]], [2, 2], "matrix")
    t.equal([s["strategy"] for s in found["strategies"]], ["zero_shot", "scratch", "full", "partial", "new_head"], "strategies")
    for entry in found["strategies"]:
        t.check(set(entry["metrics"]) >= METRICS, f"metrics lack {METRICS - set(entry['metrics'])}")
        for name, metric in entry["metrics"].items():
            t.keys(metric, {"value", "lo", "hi", "n", "censored", "note"}, name)
    for curve in found["curves"]:
        points = 1 if curve["strategy"] == "zero_shot" else 3
        t.equal([len(curve[k]) for k in ("step", "iqm", "lo", "hi")], [points] * 4, f"curve of {curve['strategy']}")
    for text in (os.uname().nodename, out, "wall_s"):
        t.check(text not in json.dumps(found), f"results.json holds {text}")


def step_zero(found):
    start_of = {entry["strategy"]: entry for entry in found["step0"]}
    for name in ("zero_shot", "full", "partial"):
        t.equal([start_of[name]["action_difference"], start_of[name]["zero_shot_equal"]], [0, True], f"step 0 of {name}")
    t.equal(start_of["new_head"]["zero_shot_equal"], None, "step 0 of new_head")
    t.check(start_of["new_head"]["action_difference"] > 0, "new_head starts as another policy")
    t.check("scratch" not in start_of, "scratch has no source to differ from")


def records(out):
    for trial in sorted(os.listdir(os.path.join(out, "trials"))):
        done = json.loads(read(out, "trials", trial, "done.json"))
        t.check(set(done) >= DONE, f"{trial}: done.json lacks {DONE - set(done)}")
        t.equal(done["id"], trial, "id")
        for tensor in done["tensors"]:
            t.keys(tensor, TENSOR, f"{trial}: tensor")
            frozen = not tensor["trained"]
            t.check(not frozen or (tensor["moved"] == 0 and tensor["hash_before"] == tensor["hash_after"]),
                    f"{trial}: {tensor['name']} is frozen and moved")
        transfers = trial.startswith("transfer.nominal")
        t.equal(list(done["inputs"]), [f"source.nominal.-.-.{trial[-2:]}/policy.safetensors"] * transfers, f"{trial}: inputs")
        t.equal(done["step0_action_difference"] is None, not transfers, f"{trial}: step 0 is compared with a source")


def one_run():
    out = path("one")
    began = time.monotonic()
    done = run("run", SMOKE, "--out", out, "--json", "--jobs", 2)
    took = time.monotonic() - began
    t.equal(done.code, OK, f"run: {done.err}")
    t.equal(done.out.encode(), read(out, "results.json"), "results.json is what --json prints")
    t.check("report: " in done.err, "the report is named")
    spent = re.search(r"time: [0-9.]+ s for 16 trials, up to 2 at once: (\d+) % training, (\d+) % evaluation, "
                      r"(\d+) % starts, (\d+) % files and waiting; pictures [0-9.]+ s beside them and [0-9.]+ s behind, "
                      r"results [0-9.]+ s", done.err)
    t.check(spent and 95 <= sum(map(int, spent.groups())) <= 105, f"where the time went: {done.err}")
    found = json.loads(done.out)
    layout(out)
    results_object(found, out)
    step_zero(found)
    records(out)
    t.check(read(out, "report.html").startswith(b"<!DOCTYPE html>"), "report.html")
    t.check(not [name for name in files(out) if ".tmp" in name], "temporary files are gone")
    os.makedirs(os.path.join(out, "media"), exist_ok=True)
    for name in ("results.json.tmp.7.0", "report.html.tmp.99999.3", "media/a.png.tmp.7.0", "notes.tmp.txt"):
        with open(os.path.join(out, name), "w", encoding="utf-8") as file:
            file.write("half a fi")
    text = run("run", SMOKE, "--out", out)
    t.equal(text.code, OK, "a second call")
    t.check("time: " not in text.err, f"a call that runs nothing tells no time: {text.err}")
    t.equal([name for name in files(out) if ".tmp" in name], ["notes.tmp.txt"], "what a killed call left is gone")
    os.remove(os.path.join(out, "notes.tmp.txt"))
    t.check("IQM" in text.out and "scratch" in text.out, "a table for people")
    return promised(out), took


def equal_bytes(want):
    for jobs, threads in ((1, 1), (2, 2), (1, 3)):
        out = path(f"j{jobs}t{threads}")
        t.equal(run("run", SMOKE, "--out", out, "-q", "--jobs", jobs, "--threads", threads).code, OK, "run")
        same_files(promised(out), want, f"--jobs {jobs} --threads {threads}")


# ---- killed and called again ----


def kill_run(out, how, delay, rng):
    """Starts a run and kills some of it after a delay; whether it was still running."""
    process = start("run", SMOKE, "--out", out, "-q", "--jobs", 2)
    time.sleep(delay)
    alive = process.poll() is None
    if how == "worker":
        victims = workers(out)
        if victims:
            try:
                os.kill(rng.choice(victims), signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.communicate()
        t.equal(process.returncode, OK, f"a worker killed after {delay:.3f} s: exit code")
        return alive
    if how == "group":
        for pid in workers(out):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
    process.kill()
    process.communicate()
    t.check(no_workers(out), f"{how} killed after {delay:.3f} s: workers live on")
    return alive


def kills(want, took):
    rng = random.Random(20240607)
    hit = 0
    for i in range(KILLS):
        how = ("parent", "group", "worker")[i % 3]
        delay = took * (i + rng.random()) / KILLS
        out = empty(path("killed"))
        hit += kill_run(out, how, delay, rng)
        done = run("run", SMOKE, "--out", out, "-q", "--jobs", 2)
        t.equal(done.code, OK, f"{how} killed after {delay:.3f} s, second call: {done.err}")
        same_files({name: data for name, data in promised(out).items() if ".tmp." not in name}, want,
                   f"{how} killed after {delay:.3f} s")
        t.check(not workers(out), "no worker is left")
    t.check(hit >= KILLS // 4, f"only {hit} of {KILLS} kills met a living run")


def interrupt(want):
    for number in (signal.SIGINT, signal.SIGTERM):
        out = empty(path("interrupted"))
        process = start("run", SMOKE, "--out", out, "--jobs", 2)
        while not os.path.isdir(os.path.join(out, "trials")):
            time.sleep(0.002)
        os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
        text, errors = process.communicate()
        t.equal([process.returncode, text], [INTERRUPTED, ""], f"signal {number}: {errors}")
        t.check("interrupted; the same command goes on from here" in errors, f"signal {number}: {errors}")
        t.check("warning: trial" not in errors, f"signal {number} is no failure of a trial: {errors}")
        t.check(not workers(out), "no worker is left")
        t.equal(run("run", SMOKE, "--out", out, "-q").code, OK, "a call after an interrupt")
        same_files({name: data for name, data in promised(out).items() if ".tmp." not in name}, want, f"signal {number}")


def interrupt_early():
    """However early a signal comes, the end is orderly: code 75, and nothing half-written.

    Before its first line the program can catch nothing, nor has it written anything."""
    commands = (("run", tiny(folder), "--out", "@"), ("train", "pendulum", "--steps", 100000000, "--out", "@.safetensors"),
                ("bench", "learn", "--case", "ppo_hopper", "--steps", 100000000, "--out", "@", "--docs", "@.md"))
    for number, delay, command in itertools.product((signal.SIGINT, signal.SIGTERM), (0, 5, 20, 50, 100, 300), commands):
        out = path(f"early/{number}_{delay}_{command[0]}")
        os.makedirs(os.path.dirname(out), exist_ok=True)
        shutil.copy(os.path.join(SOURCE, "docs", "benchmarks.md"), out + ".md")
        process = start(*(str(word).replace("@", out) for word in command))
        time.sleep(delay / 1000)
        caught = catches(process.pid, number)
        process.send_signal(number)
        text, errors = process.communicate()
        label = f"{command[0]}, signal {number} after {delay} ms"
        if caught or delay >= 100:
            t.check(process.returncode in ((INTERRUPTED, OK) if command[0] == "run" else (INTERRUPTED,)), f"{label}: {errors}")
        t.check(process.returncode != INTERRUPTED or (text == "" and "error: interrupted" in errors), f"{label}: {errors}")
        t.equal([name for name in files(path("early")) if ".tmp." in name], [], f"{label}: half-written files")
        t.check(process.returncode == OK or not os.path.exists(os.path.join(out, "results.json")), f"{label}: no results")


def catches(pid, number):
    """Whether a process has a handler for a signal by now."""
    (line,) = [line for line in read("/proc", str(pid), "status").decode().splitlines() if line.startswith("SigCgt")]
    return bool(int(line.split()[1], 16) >> (number - 1) & 1)


VICTIM = "transfer.a.b.full.s0"


def crash_twice():
    """A trial whose worker is killed each time is given up; everything else goes on."""
    out = path("crash")
    study = tiny(folder, "steps = 128; if_not_live", "steps = 400000; if_not_live")
    process = start("run", study, "--out", out, "--jobs", 2, "--json", "--set", "seeds=1")
    killed = set()
    while process.poll() is None and len(killed) < 2:
        for pid in workers(out, VICTIM):
            if pid not in killed:
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
        time.sleep(0.002)
    text, errors = process.communicate()
    t.equal([len(killed), process.returncode], [2, INTERNAL], f"a trial that crashes twice: {errors}")
    t.check(f"trial {VICTIM} was killed by signal 9, tried once more" in errors, errors)
    t.check(f"trial {VICTIM} was killed by signal 9, given up" in errors, errors)
    t.check("1 trials failed" in errors or "1 trial failed" in errors, errors)
    t.check(f"their folders; the first: trial {VICTIM} was killed by signal 9, given up" in errors, errors)
    found = json.loads(text)
    t.equal(found["trials"]["failed"], [VICTIM], "failed trials")
    t.equal(found["trials"]["done"], found["trials"]["total"] - 1, "the others are done")
    final = {entry["strategy"]: entry["seeds"] for entry in found["final"]}
    t.equal(final["full"], [found["references"]["b"]["random"]], "a crash counts as random")
    t.check(final["scratch"][0] is not None, "other results are kept")
    t.equal(run("run", study, "--out", out, "-q", "--set", "seeds=1").code, OK, "the next call tries again")
    t.equal(json.loads(read(out, "results.json"))["trials"]["failed"], [], "nothing failed then")


def diverge():
    """Training that turns non-finite is a result: its last finite policy is kept, counted by docs/methods.md rule 18, listed."""
    out = path("diverge")
    study = tiny(folder, '{ name = "full"; }', '{ name = "full"; }, { name = "wild"; base = "full";\n'
                 '    rules = ( { tensors = "actor.*|critic.*"; rate = 1000; decay = 1.0; } ); }')
    edits = ("--set", "targets.0.learning={ rate = 1.0; }", "--set", "targets.0.steps=640")
    found = t.json("run", study, "--out", out, *edits)
    ids = [f"transfer.a.b.wild.s{s}" for s in (0, 1)]
    t.equal([found["trials"]["failed"], found["trials"]["diverged"]], [[], ids], "diverged trials")
    t.equal([row["diverged"] for row in found["strategies"] if row["strategy"] == "wild"], [2], "how many seeds")
    t.check("2 of 2 runs of wild diverged" in found["verdict"], found["verdict"])
    t.check("<b>2 trainings diverged</b>" in read(out, "report.html").decode(), "report.html")
    (seeds,) = [entry["seeds"] for entry in found["final"] if entry["strategy"] == "wild"]
    t.check(max(seeds) <= found["references"]["b"]["random"], f"{seeds} count at most as random")
    for trial in ids:
        done = json.loads(read(out, "trials", trial, "done.json"))
        t.equal([done["status"], "non-finite" in done["failed"]], ["diverged", True], f"{trial}: {done['failed']}")
        final = [point for point in done["evaluations"] if point["final"]]
        t.equal({point["step"] for point in final}, {done["env_steps"]}, f"{trial}: the last finite policy is evaluated")
        t.check(done["policy_hash"] and done["env_steps"] < 640, f"{trial}: and kept")
    before, times = promised(out), stamps(out)
    again = run("run", study, "--out", out, *edits)
    t.equal([again.code, "2 of 12 trials diverged" in again.err], [OK, True], "a second call")
    same_files(promised(out), before, "a diverged trial")
    t.equal(stamps(out), times, "a diverged trial is not run again")


# ---- job arrays, plans ----


def job_array(want):
    out = path("array")
    listed = run("run", SMOKE, "--list")
    t.equal([listed.code, listed.err], [OK, ""], "--list")
    ids = listed.out.split()
    t.equal(len(ids), 16, "--list: trials")
    found = t.json("run", SMOKE, "--list")
    t.equal([found["study"], found["ids"]], ["smoke", ids], "--list --json")
    first = "transfer.nominal.heavy.full.s0"
    done = run("run", SMOKE, "--out", out, "--trial", first)
    t.equal([done.code, done.out], [66, ""], "a trial before its needs")
    t.check("needs the policy of source.nominal.-.-.s0, which is not done" in done.err, done.err)
    for trial in ids:
        done = run("run", SMOKE, "--out", out, "--trial", trial, "-q")
        t.equal([done.code, done.out], [OK, ""], f"--trial {trial}: {done.err}")
    done = run("run", SMOKE, "--out", out, "--collect", "--json")
    t.equal([done.code, done.out.encode()], [OK, want["results.json"]], f"--collect: {done.err}")
    same_files(promised(out), want, "a job array")
    one = ("run", SMOKE, "--out", out, "--trial")
    t.error(USAGE, 'the study has no trial "random.a.-.-.s0" \\(--list prints all 16\\)', *one, "random.a.-.-.s0")
    t.error(USAGE, '"transfer.nope" is no trial: its target is neither a name nor -', *one, "transfer.nope")


def partial_collection():
    out = path("part")
    study = tiny(folder)
    for trial in ("source.a.-.-.s0", "random.-.b.-.s0", "random.a.-.-.s0", "transfer.a.b.zero_shot.s0"):
        t.equal(run("run", study, "--out", out, "--trial", trial, "-q").code, OK, trial)
    found = t.json("run", study, "--out", out, "--collect")
    t.equal(found["trials"], {"total": 10, "done": 4, "failed": [], "diverged": []}, "a partial collection")
    final = {entry["strategy"]: entry["seeds"] for entry in found["final"]}
    t.equal(final["full"], [None, None], "what has not run is not measured")
    t.check(final["zero_shot"][0] is not None and final["zero_shot"][1] is None, "what has run is")


def one_core(text, out):
    """Cores are those that this process may use, as job schedulers give them."""
    allowed = os.sched_getaffinity(0)
    t.check(f" with {len(allowed)} jobs" in text, f"{len(allowed)} cores: {text}")
    os.sched_setaffinity(0, {min(allowed)})
    text = run("run", SMOKE, "--out", out, "--dry-run").out
    os.sched_setaffinity(0, allowed)
    t.check(" with 1 jobs" in text, f"one core: {text}")


def first_process():
    """In a container the program may be process 1; its workers must not take it for gone."""
    alone = ["unshare", "--user", "--map-root-user", "--pid", "--fork"]
    if not shutil.which("unshare") or subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        return
    # the leak sanitizer looks for threads in /proc, which shows the processes outside
    environment = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
    done = subprocess.run([*alone, PROGRAM, "run", tiny(folder), "--out", path("first"), "-q"], capture_output=True, text=True,
                          timeout=500, check=False, env=environment)
    t.equal(done.returncode, OK, f"run as process 1: {done.stderr}")


def plans():
    out = path("plan")
    plan = t.json("run", SMOKE, "--out", out, "--dry-run")
    t.equal([plan["trials"], plan["train_env_steps"], plan["study"]],
            [16, 2 * (32768 + 34816 + 4 * 2048), "smoke"], "--dry-run")
    t.check(plan["estimated_s"] > 0 and plan["disk_bytes"] > 0 and plan["evaluation_episodes"] > 0, "--dry-run: estimates")
    text = run("run", SMOKE, "--out", out, "--dry-run").out
    t.equal([plan["planned_comparisons"], plan["seeds_needed"], plan["test"]], [3, 5, "unpaired permutation"],
            "--dry-run: family")
    t.check(abs(plan["smallest_p"] - 1) < 1e-12 and len(plan["advice"]) == 1, f"--dry-run: two seeds: {plan}")
    for seeds, edits, p in ((3, [], 0.3), (5, [], 3 * 2 / 252), (10, [], 3 * 2 / 1024),
                            (5, ["comparisons=({strategy=\"full\";})"], 2 / 252)):
        sets = [word for edit in [f"seeds={seeds}", *edits] for word in ("--set", edit)]
        done = run("run", SMOKE, "--out", out, "--dry-run", "--json", *sets)
        found, needs_more = json.loads(done.out), seeds == 3
        t.check(abs(found["smallest_p"] - p) < 1e-12, f"{sets}: {found}")
        says = "with 3 seeds and 3 planned comparisons the smallest p after correction is 0.3, above 0.05; 5 seeds are needed"
        t.equal([says in line for line in found["advice"]], [True] * needs_more, f"{sets}: advice")
        t.equal([says in done.err, "warning" in done.err], [needs_more, needs_more], f"{sets}: {done.err}")
    t.check("3 planned comparisons, unpaired test, smallest p after correction 1\nno strategy can be told" in text, text)
    t.check(text.startswith("study smoke: 16 trials, ") and " jobs, " in text and " of disk" in text, text)
    t.check(not os.path.exists(out), "a plan creates nothing")
    one_core(text, out)
    here = scratch("run_here")
    t.equal(run("run", tiny(folder), "-q", cwd=here).code, OK, "run without --out")
    t.check(os.path.exists(os.path.join(here, "runs", "tiny", "report.html")), "runs/NAME is the folder")


def plans_of_what_is_left():
    """Finished trials are in no estimate, and tell how long the others take."""
    out, study = path("left"), tiny(folder)
    whole = t.json("run", study, "--out", out, "--dry-run")
    t.equal([whole["trials"], whole["done"]], [10, 0], "--dry-run: nothing is done")
    t.equal(run("run", study, "--out", out, "-q").code, OK, "run")
    none = t.json("run", study, "--out", out, "--dry-run")
    t.equal([none[k] for k in ("trials", "done", "estimated_s", "disk_bytes")], [10, 10, 0, 0], "--dry-run: all is done")
    t.equal(none["train_env_steps"], whole["train_env_steps"], "--dry-run: steps of the whole study")
    os.remove(os.path.join(out, "trials", "transfer.a.b.full.s1", "done.json"))
    one = t.json("run", study, "--out", out, "--dry-run")
    t.equal([one["done"], one["disk_bytes"] * 10], [9, whole["disk_bytes"]], "--dry-run: one is left")
    t.check(0 < one["estimated_s"] < whole["estimated_s"] / 2, f"--dry-run: one of ten: {one}, {whole}")
    text = run("run", study, "--out", out, "--dry-run").out
    t.check("\n9 trials are done, what is left takes about " in text, text)


def plans_are_checked():
    """What would fail in the middle of a run is told by --dry-run, all of it, before anything is written."""
    out = path("unsound")
    study = path("unsound.cfg")
    with open(study, "w", encoding="utf-8") as file:
        file.write("""study = { format = 1; name = "unsound"; learning = { hidden = (8, 8); };
sources = ( { name = "a"; task = "pendulum"; steps = 128; } );
targets = ( { name = "b"; task = "pendulum"; steps = 128; domain = ( { parameter = "option.gravity"; scale = 2.0; } ); },
{ name = "c"; task = "pendulum"; steps = 128; domain = ( { parameter = "option.gravty"; scale = 2.0; } ); },
{ name = "d"; task = "pendulum"; steps = 128; learning = { hidden = (16, 16); }; } );
strategies = ( { name = "scratch"; },
{ name = "mine"; copy = "actor.*|critc.*"; } ); };
""")
    for more in (["--dry-run"], []):
        done = run("run", study, "--out", out, *more)
        t.equal([done.code, done.out], [CONFIG, ""], f"an unsound study {more}: {done.err}")
        for line, text in ((4, "gravty"), (5, "from a to d: "), (7, 'copy = "critc.*" matches no tensor')):
            found = any(f"unsound.cfg:{line}: " in row and text in row for row in done.err.splitlines())
            t.check(found, f"line {line}: {done.err}")
    t.error(NO_INPUT, r"--set: targets\.0\.task: no task \"nowhere\"", "run", study, "--out", out, "--dry-run", "--set",
            "targets.0.task=nowhere", "--set", "targets.1.domain=()")
    t.error(CONFIG, "heavy.* is inert", "run", SMOKE, "--out", out, "--dry-run", "--set", "targets.0.domain.0.scale=1.0")
    t.check(not os.path.exists(out), "an unsound study creates nothing")


# ---- what is done again ----


def stamps(out):
    return {trial: os.stat(os.path.join(out, "trials", trial, "done.json")).st_mtime_ns
            for trial in os.listdir(os.path.join(out, "trials"))}


def redone(out, study, *more, seconds=0.01):
    """Ids of trials that a call ran again, and of new ones."""
    before = stamps(out)
    time.sleep(seconds)
    done = run("run", study, "--out", out, "-q", *more)
    t.equal(done.code, OK, f"run {more}: {done.err}")
    after = stamps(out)
    return {i for i in before if after[i] != before[i]}, set(after) - set(before)


def large_seed():
    """A seed over 32 bits goes through study.cfg to the workers."""
    out, seed = path("seed"), 9 * 10**15
    done = run("run", tiny(folder), "--out", out, "--seed", seed, "-q")
    t.equal(done.code, OK, f"a large seed: {done.err}")
    t.check(f"seed = {seed}L;" in read(out, "study.cfg").decode(), "a large seed: study.cfg")


def grow():
    out = path("grow")
    study = tiny(folder)
    t.equal(run("run", study, "--out", out, "-q").code, OK, "run")
    t.equal(redone(out, study), (set(), set()), "nothing changed")
    again, new = redone(out, study, "--set", "seeds=3")
    t.equal(again, set(), "another seed")
    t.equal(new, {"source.a.-.-.s2", "transfer.-.b.scratch.s2", "transfer.a.b.full.s2", "transfer.a.b.zero_shot.s2"},
            "another seed")
    again, new = redone(out, study, "--set", "strategies.2={ name = \"mine\"; base = \"full\"; train = \"critic.*|*_norm.*\"; "
                        "obs_norm = \"keep\"; }")
    t.equal([again, new], [set(), {"transfer.a.b.mine.s0", "transfer.a.b.mine.s1"}], "a new strategy without C")
    moved = {tensor["name"]: tensor["moved"] > 0
             for tensor in json.loads(read(out, "trials", "transfer.a.b.mine.s0", "done.json"))["tensors"]}
    t.check(all(moved[name] == name.startswith(("critic.", "reward_norm.")) for name in moved),
            f"it trains what it says: {moved}")
    again, new = redone(out, study, "--set", "targets.1={ name = \"c\"; task = \"pendulum\"; steps = 64; if_not_live = \"run\"; "
                        "domain = ( { parameter = \"option.gravity\"; scale = 3.0; } ); }")
    t.equal(again, set(), "another target")
    t.equal(len(new), 1 + 2 * 3, "another target")


def change():
    out = path("change")
    study = tiny(folder)
    t.equal(run("run", study, "--out", out, "-q").code, OK, "run")
    want = promised(out)
    transfers = {f"transfer.{s}.b.{k}.s{n}" for s, k in (("-", "scratch"), ("a", "full")) for n in (0, 1)}
    again, _ = redone(out, study, "--set", "targets.0.steps=64", "--force")
    t.equal(again, transfers, "another budget of the target")
    again, _ = redone(out, study, "--force")
    t.equal(again, transfers, "back again")
    again, _ = redone(out, study, "--set", "sources.0.steps=64", "--force")
    t.equal(again, {f"{k}.s{n}" for n in (0, 1)
                    for k in ("source.a.-.-", "transfer.a.b.zero_shot", "transfer.a.b.full")}, "another source")
    again, _ = redone(out, study, "--force")
    same_files(promised(out), want, "back to the first study")
    victim = os.path.join(out, "trials", "source.a.-.-.s1", "policy.safetensors")
    data = bytearray(read(victim))
    data[len(data) // 2] ^= 1
    with open(victim, "wb") as file:
        file.write(data)
    again, _ = redone(out, study)
    t.equal(again, {"source.a.-.-.s1"}, "a damaged policy: its trial only, since the repaired one is the same")
    victim = os.path.join(out, "trials", "transfer.a.b.full.s1", "done.json")
    with open(victim, "r+b") as file:
        file.truncate(200)
    again, _ = redone(out, study)
    t.equal(again, {"transfer.a.b.full.s1"}, "a cut record")
    same_files(promised(out), want, "after repairs")


# ---- shifts that are not live ----

WEAK = '"option.gravity"; scale = 1.0001; } ); } );'


def not_live():
    for word in ("skip", "run", "stop"):
        out = path(f"weak_{word}")
        study = tiny(folder, '"option.gravity"; scale = 2.0; } ); } );', WEAK, f"{word}.cfg")
        edit = f"targets.0.if_not_live=\"{word}\""
        if word == "stop":
            t.error(CONFIG, 'target "b" is weak: .* \\(if_not_live = "skip" or "run" goes on\\)', "run", study, "--out", out,
                    "--set", edit)
            t.check(not os.path.exists(os.path.join(out, "results.json")), "a stopped study has no results")
            continue
        done = run("run", study, "--out", out, "--json", "--set", edit)
        t.equal(done.code, OK, f"{word}: {done.err}")
        found = json.loads(done.out)
        t.equal(found["shifts"][0]["grade"], "weak", f"{word}: grade")
        t.equal("transfer.a.b.full.s0" in os.listdir(os.path.join(out, "trials")), word == "run", f"{word}: trials of the target")
        t.equal(found["targets"][0]["state"], "skipped" if word == "skip" else "run", f"{word}: state")
        t.check("is weak" in found["targets"][0]["reason"], f"{word}: reason")
        t.equal("Left out of the comparison: b (its shift moves" in "".join(found["summary"]), word == "skip", f"{word}: summary")
        t.check(("refused: " if word == "skip" else "run all the same: ") + 'target "b" is weak' in done.err, done.err)
        if word == "skip":
            t.check('Refused: target "b" is weak' in found["verdict"], found["verdict"])
            t.equal([found["trials"]["total"], found["strategies"]], [5, []], "a skipped target has no results")


# ---- odd studies ----

ODD = [  # edits of the tiny study that are allowed, if not clever
    ("seeds=1", "episodes=1", "final_episodes=1", "random_episodes=1"),
    ("evaluations=50", "targets.0.steps=1", "sources.0.steps=1"),
    ('strategies=( { name = "zero_shot"; } )',),
    ('strategies=( { name = "full"; } )', "targets.0.oracle_steps=1"),
]


def curriculum():
    """What a target's domain is stands in its line, the curriculum too."""
    study = tiny(folder, "scale = 2.0;", "scale = { uniform = (1.5, 2.5); from = 1.5; over = 64; };", "widening.cfg")
    found = t.json("run", study, "--out", path("widening"), "--set", "seeds=1")
    line = "option.gravity × uniform of 1.5, 2.5, from 1.5 over 64 steps"
    t.equal(found["targets"][0]["domain"], line, "results.json")
    t.check(line in read(path("widening"), "report.html").decode(), "report.html")


def odd_studies():
    study = tiny(folder)
    for i, edits in enumerate(ODD):
        found = t.json("run", study, "--out", path(f"odd{i}"), *(word for edit in edits for word in ("--set", edit)))
        t.equal(found["trials"]["failed"], [], f"{edits}: failed")
        t.equal(found["trials"]["done"], found["trials"]["total"], f"{edits}: done")
    rows = list(csv.DictReader(read(path("odd0"), "results.csv").decode().splitlines()))
    t.equal({row["return_std"] for row in rows}, {""}, "one episode has no spread")


bytes_of_one, seconds = one_run()
equal_bytes(bytes_of_one)
kills(bytes_of_one, seconds)
interrupt(bytes_of_one)
interrupt_early()
crash_twice()
diverge()
job_array(bytes_of_one)
partial_collection()
first_process()
plans()
plans_of_what_is_left()
plans_are_checked()
large_seed()
grow()
change()
not_live()
curriculum()
odd_studies()
t.full_disk("run", SMOKE, "--out", path("one"), "--collect", "--json", "-q")
t.finish()
