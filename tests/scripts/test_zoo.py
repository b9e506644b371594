"""The zoo: its files are policies of their tasks and reach what they say; scripts/zoo makes the same bytes; names work."""

import math
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "cli"))

import common  # noqa: E402
from common import NO_INPUT, OK, PROGRAM, SOURCE, USAGE, Tests, run, scratch  # noqa: E402
from display import Display, available  # noqa: E402
from studies import read, tiny  # noqa: E402

POLICIES = os.path.join(SOURCE, "configs", "policies")
FILE_MOST, ALL_MOST = 200_000, 3_000_000  # bytes
QUICK = ("pendulum", "inverted_pendulum", "reacher")  # episodes of milliseconds
REMADE = ("pendulum", "inverted_pendulum")            # trainings of seconds

t = Tests()
folder = scratch("zoo")


def script(*args, **env):
    return subprocess.run([os.path.join(SOURCE, "scripts", "zoo"), *args], capture_output=True, text=True, check=False,
                          timeout=500, env={**os.environ, "CARRYOVER_PROGRAM": PROGRAM,
                                            "CARRYOVER_ZOO_WORK": os.path.join(folder, "work"), **env})


def names():
    return script("--list").stdout.split()


def files():
    """One for each name, small, whole, of the task of that name, with what it reaches and how it was made."""
    found = sorted(os.listdir(POLICIES))
    t.equal(found, sorted(f"{name}.safetensors" for name in names()), "files")
    sizes = {name: os.path.getsize(os.path.join(POLICIES, name)) for name in found}
    t.check(max(sizes.values()) <= FILE_MOST and sum(sizes.values()) <= ALL_MOST, f"sizes: {sizes}")
    for name in names():
        inspected = t.json("inspect", f"zoo:{name}")
        contract = inspected["contract"]
        t.check(inspected["valid"] and inspected["verified"], f"{name}: {inspected['problems']}")
        t.equal([contract["task"]["name"], contract["domain"]], [name, []], f"{name}: world")
        t.equal(contract["expected"]["episodes"], 100, f"{name}: episodes")
        t.check(contract["expected"]["interval"]["lo"] <= contract["expected"]["interval"]["hi"], f"{name}: interval")
        t.check(f": train {name} --seed 1 " in contract["note"], f"{name}: {contract['note']}")
        t.check(any(one["name"].startswith("critic.0.") for one in inspected["tensors"]), f"{name}: has a critic")
        t.check(t.json("diff", f"zoo:{name}", name)["meaning_equal"], f"{name}: contract of the task")


def lists():
    listed = {one["name"]: one for one in t.json("list", "zoo")["zoo"]}
    t.equal(sorted(listed), sorted(f"zoo:{name}" for name in names()), "list zoo")
    for name, one in listed.items():
        expected = t.json("inspect", name)["contract"]["expected"]
        t.equal([one["return"], one["lo"], one["hi"]],
                [expected["mean"], expected["interval"]["lo"], expected["interval"]["hi"]], f"{name}: return")
        t.equal(one["bytes"], os.path.getsize(os.path.join(POLICIES, one["task"] + ".safetensors")), f"{name}: size")


def returns():
    """The same episodes give the same return, to the last digit; others one within four standard errors."""
    for name in names():
        expected = t.json("inspect", f"zoo:{name}")["contract"]["expected"]
        if name not in QUICK:
            t.equal(t.json("eval", f"zoo:{name}", "--episodes", 1)["faults"], 0, f"{name} plays")
            continue
        seed = expected["interval"]["seed"]
        same = t.json("eval", f"zoo:{name}", "--episodes", expected["episodes"], "--seed", seed)["return"]
        t.equal([same[key] for key in ("mean", "std", "iqm", "lo", "hi")],
                [expected["mean"], expected["std"], *(expected["interval"][key] for key in ("iqm", "lo", "hi"))],
                f"{name}: the same episodes")
        other = t.json("eval", f"zoo:{name}", "--episodes", 20, "--seed", seed + 1)["return"]["mean"]
        error = expected["std"] * math.sqrt(1 / 20 + 1 / expected["episodes"])
        t.check(abs(other - expected["mean"]) <= 4 * error, f"{name}: {other} over other episodes, {expected}")


def remade():
    out = os.path.join(folder, "remade")
    done = script("--out", out, *REMADE)
    t.equal(done.returncode, 0, f"scripts/zoo: {done.stdout}{done.stderr}")
    t.equal(sorted(os.listdir(out)), sorted(f"{name}.safetensors" for name in REMADE), "no other file")
    for name in REMADE:
        t.check(read(out, f"{name}.safetensors") == read(POLICIES, f"{name}.safetensors"), f"{name}: not the bytes of the zoo")
    t.equal([one for one in os.listdir(os.path.join(folder, "work"))], [], "trainings are cleared away")
    t.equal([script("hoper").returncode, script("--hoper").returncode, script("--out").returncode], [2, 2, 2], "bad usage")


def everywhere():
    """zoo:NAME where a policy's file is taken."""
    def path(name):
        return os.path.join(folder, name)

    gravity = '{ parameter = "option.gravity"; scale = 2.0; }'
    for args in (("eval", "zoo:pendulum", "--episodes", 2), ("inspect", "zoo:pendulum"),
                 ("diff", "zoo:pendulum", "zoo:pendulum"),
                 ("record", "zoo:pendulum", "--seconds", 0.1, "--html", path("a.html")),
                 ("data", "record", "zoo:pendulum", "--episodes", 1, "--out", path("a.codata")),
                 ("check", "pendulum", "--domain", gravity, "--policy", "zoo:pendulum"),
                 ("train", "pendulum", "--from", "zoo:pendulum", "--steps", 2048, "--out", path("a.safetensors"), "-q")):
        done = run(*args)
        t.equal(done.code, OK, f"{' '.join(map(str, args))}: {done.err}")
    study = tiny(folder, "hidden = (8, 8); ", "", "with_zoo.cfg")
    text = read(study).decode().replace("steps = 128; }", 'policy = "zoo:pendulum"; }', 1)
    with open(study, "w", encoding="utf-8") as file:
        file.write(text)
    results = t.json("run", study, "--out", path("study"), "-q")
    t.equal(results["trials"]["done"], results["trials"]["total"], "a study's source")
    again = run("run", study, "--out", path("study"), "--dry-run")
    t.check("nothing to run" in again.out or " 0 " in again.out, f"it is the same at the next call: {again.out}")


def errors():
    t.error(NO_INPUT, r'no policy "hoper" in the zoo; did you mean "zoo:hopper"\?$', "eval", "zoo:hoper")
    t.error(NO_INPUT, r'no policy "zebra" in the zoo; there are: .*, walker2d$', "inspect", "zoo:zebra")
    t.error(NO_INPUT, r'hoper is no file: no policy "hoper" in the zoo; did you mean "zoo:hopper"', "eval", "hoper")
    for name in ("zoo:", "zoo:../tasks/hopper", "zoo:" + "x" * 5000):
        t.error(NO_INPUT, r"no policy \"", "eval", name)
    t.error(NO_INPUT, r"in the zoo", "train", "pendulum", "--from", "zoo:pendulu", "--out", os.path.join(folder, "b.safetensors"))
    for option in (("--task", "pendulum"), ("--domain", "gravity_x1.5"), ("--steps", 5), ("--set", "horizon=5")):
        t.error(USAGE, r"--keep", "eval", "pendulum", "--keep", os.path.join(folder, "c.safetensors"), *option)
    t.error(USAGE, r"--note.*--keep", "eval", "pendulum", "--note", "x")
    for note in ("", "two\nlines", "x" * 600):
        t.error(USAGE, r"--note: must be one line", "eval", "pendulum", "--keep", os.path.join(folder, "c.safetensors"),
                "--note", note)
    for args in (("eval", "pendulum", "--keep", "zoo:x"), ("train", "pendulum", "--steps", 2048, "--out", "zoo:x")):
        t.error(USAGE, r"zoo:x is a policy of the zoo, which is only read: name a file", *args, cwd=folder)
        t.check(not os.path.exists(os.path.join(folder, "zoo:x")), f"{args[0]} writes none")
    shifted = os.path.join(folder, "shifted.safetensors")
    gravity = '{ parameter = "option.gravity"; scale = 2.0; }'
    done = run("train", "pendulum", "--domain", gravity, "--steps", 1024, "--out", shifted)
    t.equal(done.code, OK, f"a policy of another world: {done.err}")
    t.error(USAGE, r"was trained with shifts", "eval", shifted, "--keep", os.path.join(folder, "c.safetensors"))
    t.equal(script("hop.*").returncode, USAGE, "a name is no pattern")
    t.check(not os.path.exists(os.path.join(folder, "c.safetensors")), "nothing is kept")


def bare():
    """A name alone where only a policy can be meant; a file of that name goes first."""
    t.equal(t.json("eval", "pendulum", "--episodes", 2)["policy"], "zoo:pendulum", "eval of a task's name")
    for page in ("b.html", "c.html"):
        t.equal(run("record", "pendulum" if page == "b.html" else "zoo:pendulum", "--seconds", 0.2, "--html",
                    os.path.join(folder, page)).code, OK, f"record: {page}")
    t.check(read(folder, "b.html") == read(folder, "c.html"), "record of a task's name")
    if available():
        quit_at_once = os.path.join(folder, "quit")
        with open(quit_at_once, "w", encoding="utf-8") as file:
            file.write("quit\n")
        with Display() as display:
            done = run("play", "pendulum", "--script", quit_at_once, env=display.env)
        t.equal(done.code, OK, f"play of a task's name: {done.err}")
    t.error(NO_INPUT, r"arm_push: is a task and not a policy, and the zoo has none for it", "play", "arm_push")
    t.error(NO_INPUT, r'hoper is no file: no policy "hoper" in the zoo; did you mean "zoo:hopper"', "record", "hoper", "--html",
            os.path.join(folder, "d.html"))
    shutil.copy(os.path.join(POLICIES, "hopper.safetensors"), os.path.join(folder, "pendulum"))
    found = t.json("eval", "pendulum", "--episodes", 2, cwd=folder)
    t.equal([found["policy"], found["task"]], ["pendulum", "hopper"], "a file of that name")


def installed():
    """In an installed tree the zoo is below share/carryover."""
    root = os.path.join(folder, "installed")
    os.makedirs(os.path.join(root, "bin"))
    os.makedirs(os.path.join(root, "share", "carryover", "envs"))
    shutil.copy(PROGRAM, os.path.join(root, "bin", "carryover"))
    shutil.copytree(os.path.join(SOURCE, "configs"), os.path.join(root, "share", "carryover", "configs"))
    os.symlink(os.path.join(SOURCE, "envs", "models"), os.path.join(root, "share", "carryover", "envs", "models"))
    os.remove(os.path.join(root, "share", "carryover", "configs", "policies", "walker2d.safetensors"))
    common.PROGRAM = os.path.join(root, "bin", "carryover")
    own = {"CARRYOVER_DATA": ""}  # which would go first
    t.equal(len(t.json("list", "zoo", env=own)["zoo"]), len(names()) - 1, "its own zoo")
    t.equal(t.json("eval", "hopper", "--episodes", 1, env=own)["policy"], "zoo:hopper", "eval")
    common.PROGRAM = PROGRAM


for test in (files, lists, returns, remade, everywhere, errors, bare, installed):
    test()
t.finish()
