"""carryover eval: fields, meaning of the figures, independence of threads, errors."""

import os
import re
import statistics
import zipfile

from common import CONFIG, DATA, HEAD, NO_INPUT, OK, USAGE, Tests, parse, run, scratch, train

FIELDS = HEAD | {"policy", "policy_hash", "task", "domain", "map_hash", "seed", "return", "length_mean", "success_rate", "terms",
                 "metrics", "faults", "trace_hash", "episodes", "steps", "commands", "limited", "verified"}
RETURN = {"mean", "std", "iqm", "lo", "hi"}
METRICS = {"tracking", "fall_rate", "vx"}
EPISODE = {"seed", "return", "length", "terminated", "truncated", "limited", "success", "fault"}
GRAVITY = '{ parameter = "option.gravity"; scale = %s; }'
MASS = '( { parameter = "body.mass"; select = "pole"; scale = 2.0; } )'

t = Tests()
folder = scratch("eval")
pendulum = train(folder)
hopper = train(folder, "hopper", 4096, "hopper.safetensors")


def fields():
    found = t.json("eval", pendulum)
    t.keys(found, FIELDS, "eval")
    t.keys(found["return"], RETURN, "return")
    t.keys(found["metrics"], METRICS, "metrics")
    for episode in found["episodes"]:
        t.keys(episode, EPISODE, "episode")
    t.equal(found["policy"], pendulum, "policy")
    t.equal(found["task"], "pendulum", "task is the contract's")
    t.equal(found["domain"], [], "domain is none")
    t.equal(len(found["episodes"]), 20, "episodes")
    t.equal([e["seed"] for e in found["episodes"]], list(range(20)), "streams of the episodes")
    t.equal(sorted(found["terms"]), ["action_square", "angle_square", "rate_square"], "terms")
    for key in ("policy_hash", "trace_hash"):
        t.check(len(found[key]) == 16 and int(found[key], 16) >= 0, f"{key}: {found[key]}")


def figures():
    found = t.json("eval", pendulum, "--episodes", 12, "--seed", 7)
    returns = sorted(e["return"] for e in found["episodes"])
    value = found["return"]
    t.check(abs(value["mean"] - statistics.mean(returns)) < 1e-9, "mean over the episodes")
    t.check(abs(value["std"] - statistics.stdev(returns)) < 1e-9, "standard deviation with n - 1")
    t.check(abs(value["iqm"] - statistics.mean(returns[3:9])) < 1e-9, "interquartile mean")
    t.check(returns[0] <= value["lo"] < value["iqm"] < value["hi"] <= returns[-1], "interval around the IQM")
    t.check(abs(sum(found["terms"].values()) - value["mean"]) < 1e-3, "terms sum to the return")
    t.equal(found["length_mean"], 200, "length")
    t.equal(found["seed"], 7, "seed")
    t.equal([found["success_rate"], found["metrics"]["fall_rate"], found["metrics"]["vx"]], [None] * 3,
            "a pendulum cannot succeed, fall or walk")
    one = t.json("eval", pendulum, "--episodes", 1)
    t.equal([one["return"]["std"], one["return"]["lo"], one["return"]["hi"]], [None] * 3, "one episode has no spread")


def dead_shifts():
    """Shifts that do nothing, and domains of another robot, are told; the answer is what it is."""
    plain = t.json("eval", pendulum, "--episodes", 2)
    for shifts, dead in ((GRAVITY % 1.0, True), (GRAVITY % 1.5, False)):
        done = run("eval", pendulum, "--episodes", 2, "--domain", shifts, "--json")
        t.equal(done.code, OK, f"{shifts}: {done.err}")
        t.equal("warning: option.gravity scale 1 does nothing in pendulum" in done.err, dead, f"{shifts}: {done.err}")
        t.equal(parse(done.out)["return"] == plain["return"], dead, f"{shifts}: return")
    for policy, stranger in ((hopper, False), (pendulum, True)):
        done = run("eval", policy, "--episodes", 2, "--domain", "gym_extensions/HopperGravityHalf-v0")
        said = "domain gym_extensions/HopperGravityHalf-v0 is meant for another robot, that of task hopper" in done.err
        t.equal(said, stranger, f"{policy}: {done.err}")


def walking():
    found = t.json("eval", hopper, "--episodes", 4)
    fell = sum(e["terminated"] for e in found["episodes"]) / 4
    t.equal(found["metrics"]["fall_rate"], fell, "fall rate")
    steps = sum(e["length"] for e in found["episodes"])
    t.check(abs(found["metrics"]["vx"] - found["terms"]["reward_forward"] * 4 / steps) < 1e-9, "speed")


def following():
    """A reward of width 0.5 and weight 1 is what `tracking` says; no other task of this file has commands."""
    quadruped = train(folder, "quadruped_flat", 2048, "quadruped.safetensors")
    found = t.json("eval", quadruped, "--episodes", 3)
    tracking = found["metrics"]["tracking"]
    t.check(0 < tracking <= 1 and abs(tracking - found["terms"]["track_linear"] / found["length_mean"]) < 1e-6, "tracking")
    t.check(isinstance(found["metrics"]["vx"], float), f"vx: {found['metrics']}")
    t.check("tracking" in run("eval", quadruped, "--episodes", 2).out, "text tells it")
    given_commands(quadruped)
    for other in (pendulum, hopper):
        t.equal(t.json("eval", other, "--episodes", 2)["metrics"]["tracking"], None, "no command, no tracking")


def limit():
    """--steps stops episodes, counts them as truncated, and tells how many."""
    whole = t.json("eval", hopper, "--episodes", 8)
    lengths = sorted(e["length"] for e in whole["episodes"])
    steps = lengths[3]
    found = t.json("eval", hopper, "--episodes", 8, "--steps", steps)
    t.equal([whole["steps"], whole["limited"], whole["commands"]], [None, 0, {}], "nothing is given")
    t.equal([found["steps"], found["limited"]], [steps, sum(n > steps for n in lengths)], "limit")
    for one, other in zip(whole["episodes"], found["episodes"]):
        t.equal(other["length"], min(one["length"], steps), "length")
        t.equal(other["limited"], one["length"] > steps, "limited")
        t.check(other["truncated"] or other["terminated"], "limited is truncated")
    t.equal(t.json("eval", hopper, "--episodes", 8, "--steps", 5000)["trace_hash"], whole["trace_hash"], "beyond the horizon")
    done = run("eval", hopper, "--episodes", 2, "--steps", 3).out
    t.check("2 episodes, seed 1, at most 3 steps\n" in done and "2 episodes, at the limit of steps\n" in done, done)


def given_commands(quadruped):
    """--command is a task that draws its commands from single values: the same bytes."""
    path = os.path.join(folder, "fixed.cfg")
    commands = {"vx": 0.25, "vy": -0.125, "yaw": 0.5}
    with open(path, "w", encoding="utf-8") as file:
        terms = ", ".join(f'{{ term = "uniform"; name = "{name}"; low = {value}; high = {value}; every = 250; }}'
                          for name, value in commands.items())
        file.write(f'task = {{ base = "quadruped_flat"; command = ( {terms} ); }};\n')
    given = [word for name, value in commands.items() for word in ("--command", f"{name}={value}")]
    task, found = t.json("eval", quadruped, "--task", path, "--episodes", 3), t.json("eval", quadruped, *given, "--episodes", 3)
    t.equal(found["trace_hash"], task["trace_hash"], "commands that a task fixes")
    t.equal(found["commands"], commands, "commands")
    t.check(found["trace_hash"] != t.json("eval", quadruped, "--episodes", 3)["trace_hash"], "they do something")
    some = run("eval", quadruped, "--episodes", 2, "--command", "vx=3")
    t.check("seed 1, vx = 3\n" in some.out, some.out)
    t.check("vx = 3 is beyond what task quadruped_flat commands, -0.6 to 1" in some.err, some.err)
    for pattern, args in (("there are: vx, vy, yaw", ["speed=1"]), ("expected NAME=VALUE", ["vx"]),
                          ("the value is no number", ["vx=fast"]), ("the value is no number", ["vx=inf"]),
                          ("the value is no number", ["vx="]), ("given twice", ["vx=1", "vx=1"])):
        t.error(USAGE, pattern, "eval", quadruped, *[word for arg in args for word in ("--command", arg)])
    t.error(USAGE, "--command vx=1: task hopper has none", "eval", hopper, "--command", "vx=1")
    t.error(USAGE, "--steps", "eval", hopper, "--steps", 0)


def same_bytes():
    first = run("eval", pendulum, "--json", "--threads", 1).out
    t.equal(run("eval", pendulum, "--json", "--threads", 3).out, first, "one and three threads")
    other = t.json("eval", pendulum, "--seed", 2)
    t.check(other["trace_hash"] != t.json("eval", pendulum)["trace_hash"], "another seed, other episodes")


def domains():
    found = t.json("eval", pendulum, "--domain", GRAVITY % "1.5", "--domain", MASS)
    t.equal(found["domain"], [{"parameter": "option.gravity", "select": "", "operation": "scale", "value": [1.5],
                               "distribution": None},
                              {"parameter": "body.mass", "select": "pole", "operation": "scale", "value": [2.0],
                               "distribution": None}],
            "two --domain lists are one")
    edited = t.json("eval", pendulum, "--domain", GRAVITY % "1.0", "--set", "domain.0.scale=1.5")
    plain = t.json("eval", pendulum, "--domain", GRAVITY % "1.5")
    t.equal(edited["trace_hash"], plain["trace_hash"], "an edited domain is the domain it says")
    path = os.path.join(folder, "heavy.cfg")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"domain = {MASS};\n")
    mixed = t.json("eval", pendulum, "--domain", GRAVITY % "1.5", "--domain", path)
    t.equal(mixed["trace_hash"], found["trace_hash"], "a file and text")
    t.check(found["trace_hash"] != t.json("eval", pendulum)["trace_hash"], "the domain does something")


def distributions():
    noise = '{ parameter = "observation.noise"; select = "*"; set = { uniform = (0.1, 0.5); each = true; }; }'
    found = t.json("eval", pendulum, "--domain", noise, "--threads", 1)
    t.equal(found["domain"], [{"parameter": "observation.noise", "select": "*", "operation": "set", "value": [0.1, 0.5],
                               "distribution": "uniform",
                               "draw": {"each": True, "clip": [], "from": 0.0, "over": 0}}], "a distribution")
    t.equal(t.json("eval", pendulum, "--domain", noise, "--threads", 2)["trace_hash"], found["trace_hash"],
            "draws do not depend on threads")
    done = run("eval", pendulum, "--domain", noise)
    t.check("domain observation.noise of * set uniform 0.1 0.5 each\n" in done.out, f"in words: {done.out}")
    widening = '{ parameter = "option.gravity"; scale = { normal = (1.0, 0.5); clip = (0.5, 2.0); from = 1.0; over = 20000; }; }'
    for done in (run("eval", pendulum, "--domain", widening), run("check", "pendulum", "--domain", widening)):
        t.check("option.gravity scale normal 1 0.5 clip 0.5 2, from 1 over 20000 steps\n" in done.out, f"curriculum: {done.out}")
    wrong = run("eval", pendulum, "--domain", noise.replace("(0.1", "(-0.1"))
    t.check("--domain:1: observation.noise cos/hinge would be -0.1, allowed 0 to" in wrong.err, f"range: {wrong.err}")


def edits():
    short = t.json("eval", pendulum, "--set", "horizon=50")
    t.equal(short["length_mean"], 50, "an edit of the task")
    t.equal(t.json("eval", pendulum, "--set", "task.horizon=50")["trace_hash"], short["trace_hash"], "with its prefix")


def write_map(members):
    path = os.path.join(folder, "map.cfg")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"map = {{ format = 1; {members} }};\n")
    return path


def maps():
    """A map that says nothing changes nothing; others do what a task says, and a policy may use other names."""
    plain = t.json("eval", pendulum, "--episodes", 3)
    t.equal(plain["map_hash"], None, "no map")
    hashes = set()
    for members, same in (("", True), ('observation = ({ element = "*"; from = "#0|#1|#2"; });', True),
                          ('action = ({ element = "*"; sign = -1; });', False),
                          ('observation = ({ element = "qvel/*"; delay = 2; });', False)):
        found = t.json("eval", pendulum, "--episodes", 3, "--map", write_map(members), "--threads", 2)
        t.equal(found["trace_hash"] == plain["trace_hash"], same, f"{members}: trace_hash")
        hashes.add(found["map_hash"])
    t.check(len(hashes) == 4 and all(len(value) == 16 for value in hashes), f"hashes of maps: {hashes}")
    late = t.json("eval", pendulum, "--episodes", 3, "--set", "observation.2.delay=2", "--map", "none")
    t.equal(found["trace_hash"], late["trace_hash"], "the bytes of a task that says so")
    done = run("eval", pendulum, "--map", write_map("action = ({ element = \"*\"; scale = 0.5; });"))
    t.check(re.search(r", domain none, map \S+map.cfg\n", done.out), f"in words: {done.out}")
    named = write_map('observation_order = ("sin/hinge", "cos/hinge", "qvel/hinge");')
    t.error(CONFIG, r'order: observation: \["cos/hinge","sin/hinge","qvel/hinge"\] in the policy, \["sin/hinge","cos/hinge"',
            "eval", pendulum, "--map", named)


def text():
    done = run("eval", pendulum, "--episodes", 3)
    t.equal(done.code, OK, "text: exit code")
    for word in ("IQM", "95 % interval", "angle_square", "expected"):
        t.check(word in done.out, f"text tells {word}")
    changed = run("eval", pendulum, "--set", "horizon=50")
    t.check("(\"pendulum\"): the task differs" in changed.err, "an edited task is noticed")


def errors():
    cut, not_policy = os.path.join(folder, "cut.safetensors"), os.path.join(folder, "text.cfg")
    with open(pendulum, "rb") as whole, open(cut, "wb") as part:
        part.write(whole.read()[:-9])
    with open(not_policy, "w", encoding="utf-8") as file:
        file.write("domain = ( { parameter = 3; } );\n")
    torch = os.path.join(folder, "model.pt")
    with zipfile.ZipFile(torch, "w") as file:
        file.writestr("model/data.pkl", b"\x80\x02}q.")
    table = [
        (DATA, r"model.pt: offset 0: this is a zip archive, as PyTorch.*not a policy", [torch]),
        (DATA, r"text.cfg: offset 0: this is text, such as a config, not a policy", [not_policy]),
        (USAGE, r"missing argument, expected: carryover eval POLICY", []),
        (USAGE, r"unexpected argument", [pendulum, pendulum]),
        (USAGE, r"--episodes: \"0\" is not a whole number", [pendulum, "--episodes", 0]),
        (USAGE, r"--episodes: \"x\"", [pendulum, "--episodes", "x"]),
        (USAGE, r"did you mean --episodes", [pendulum, "--epsodes", 3]),
        (USAGE, r"--seed needs a value", [pendulum, "--seed"]),
        (NO_INPUT, r"nothing.safetensors: cannot open", [os.path.join(folder, "nothing.safetensors")]),
        (DATA, r"cut.safetensors: offset \d+: ", [cut]),
        (DATA, r"text.cfg: offset 0: ", [not_policy]),
        (NO_INPUT, r"did you mean \"pendulum\"", [pendulum, "--task", "pendulun"]),
        (NO_INPUT, r"no domain \"moon\"", [pendulum, "--domain", "moon"]),
        (CONFIG, r"--domain: something stands behind the shifts", [pendulum, "--domain", f"{MASS}; more = (1)"]),
        (CONFIG, r"--domain:1: ", [pendulum, "--domain", "{ parameter = "]),
        (CONFIG, r"did you mean \"option.gravity\"", [pendulum, "--domain", "{ parameter=\"option.gravty\"; scale=2.0; }"]),
        (CONFIG, r"text.cfg:1: parameter: ", [pendulum, "--domain", not_policy]),
        (CONFIG, r"--set: horizont: .*did you mean \"horizon\"", [pendulum, "--set", "horizont=5"]),
        (CONFIG, r"--set: horizon: ", [pendulum, "--set", "horizon=-5"]),
        (CONFIG, r"expects 3 observations", [pendulum, "--task", "hopper"]),
        (CONFIG, r"map.cfg:1: observation_order: 2 names for the 3 observations of pendulum",
         [pendulum, "--map", write_map('observation_order = ("a", "b");')]),
        (NO_INPUT, r"nothing.cfg", [pendulum, "--map", os.path.join(folder, "nothing.cfg")]),
    ]
    for code, pattern, args in table:
        t.error(code, pattern, "eval", *args)
        t.error(code, pattern, "eval", *args, *(["--json"] if "--seed" not in args else []))
    t.full_disk("eval", pendulum, "--episodes", 2)
    t.full_disk("eval", pendulum, "--episodes", 2, "--json")


for test in (fields, figures, dead_shifts, walking, limit, following, same_bytes, domains, distributions, edits, maps, text,
             errors):
    test()
t.finish()
