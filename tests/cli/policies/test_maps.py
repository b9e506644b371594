"""Maps that `diff --write-map` writes and --map reads: a policy acts elsewhere as it does at home."""

import os
import random
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
from common import CONFIG, OK, SOURCE, USAGE, WANTING, Tests, run, scratch  # noqa: E402

t = Tests()
folder = scratch("maps")
WALKER = "zoo:quadruped_flat"
JOINTS = [f"{end}_{side}_{part}" for end in ("front", "rear") for side in ("left", "right")
          for part in ("abduction", "hip", "knee")]


def path(name):
    return os.path.join(folder, name)


def permuted(rng, name):
    """The walker's task with its joints, actuators and terms in another order."""
    def joints():
        return "|".join(rng.sample(JOINTS, len(JOINTS)))
    with open(os.path.join(SOURCE, "configs", "tasks", "quadruped_flat.cfg"), encoding="utf-8") as file:
        text = file.read()
    begin, end = text.index("  observation = (\n"), text.index("  action = (\n")
    terms = re.findall(r"\{[^}]*\}", text[begin:end])
    rng.shuffle(terms)
    terms = [re.sub(r'of = "[^"]*"', lambda _: f'of = "{joints()}"; order = "given"', term) for term in terms]
    text = text[:begin] + "  observation = (\n    " + ",\n    ".join(terms) + "\n  );\n" + text[end:]
    text = text.replace('actuators = "*"', f'actuators = "{joints()}"; order = "given"')
    with open(path(name), "w", encoding="utf-8") as file:
        file.write(text)
    return path(name)


def permutations():
    rng = random.Random(3)
    home = t.json("eval", WALKER, "--episodes", 2, "--steps", 100)
    for k in range(3):
        task = permuted(rng, f"task{k}.cfg")
        at = path(f"map{k}.cfg")
        t.error(CONFIG, r"\d+ differences? of meaning", "eval", WALKER, "--task", task, "--episodes", 2)
        found = t.json("diff", WALKER, task, "--write-map", at)
        t.equal(found["map"], {"file": at, "left": []}, "nothing is left")
        there = t.json("eval", WALKER, "--task", task, "--map", at, "--episodes", 2, "--steps", 100)
        t.equal([e["length"] for e in there["episodes"]], [e["length"] for e in home["episodes"]], "lengths")
        for a, b in zip(there["episodes"], home["episodes"]):
            t.check(abs(a["return"] - b["return"]) < 1e-4, f"returns: {a['return']} and {b['return']}")


def bodies():
    """Longer legs, other order, knees of the other sign: what is left is told, and may be accepted."""
    at = path("long.cfg")
    done = run("diff", WALKER, "quadruped_long_flat", "--write-map", at)
    t.equal(done.code, WANTING, "gains are left")
    t.check("no map changes" in done.out and "gain: action.0.kp" in done.out, done.out[-300:])
    text = open(at, encoding="utf-8").read()
    t.check('# accept = ( "scale", "gain", "torque_limit" );' in text, text[:300])
    t.check('sign = -1.0;' in text and 'value = 1.5;' in text, "knees are mirrored")
    there = ["--task", "quadruped_long_flat", "--episodes", 4]
    t.error(CONFIG, "36 differences of meaning", "eval", WALKER, *there, "--map", at)
    with open(at, "w", encoding="utf-8") as file:
        file.write(text.replace("  format = 1;\n", '  format = 1;\n  accept = ( "gain", "torque_limit" );\n'))
    mapped = t.json("eval", WALKER, *there, "--map", at)
    plain = t.json("eval", WALKER, *there, "--map", "none")
    mean, fell = mapped["return"]["mean"], plain["return"]["mean"]
    t.check(mean > 1000 > 100 > fell, f"it walks: {mean}, {fell}")
    page = path("walk.html")
    done = run("record", WALKER, "--task", "quadruped_long_flat", "--map", at, "--seconds", 1, "--html", page)
    t.equal(done.code, OK, "record")
    trained = path("trained.safetensors")
    t.json("train", "quadruped_long_flat", "--from", WALKER, "--strategy", "zero_shot", "--map", at, "--episodes", 4,
           "--out", trained)
    again = t.json("eval", trained, "--task", "quadruped_long_flat", "--episodes", 4, "--map", at)
    t.check(again["return"]["mean"] > 1000, f"what is trained behind a map acts behind it: {again['return']}")
    t.error(CONFIG, "differences of meaning", "eval", trained, "--episodes", 2)


def refused():
    t.error(USAGE, "B must be a task", "diff", WALKER, "zoo:hopper", "--write-map", path("no.cfg"))
    t.error(CONFIG, "has no partner", "diff", WALKER, "hopper", "--write-map", path("no.cfg"))
    t.check(not os.path.exists(path("no.cfg")), "no file")


permutations()
bodies()
refused()
t.finish()
