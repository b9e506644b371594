"""Success flags through the program: train, eval and run on tasks that have one."""

import csv
import json
import os

from common import OK, Tests, run, scratch, train

# goals of the target lie elsewhere, and count as reached from 2 m away
FAR = """task = {
  base = "arm_reach_far";
  success = ( { term = "near"; of = "site_pos/tool.*"; to = "mocap_pos/goal.*"; radius = 2.0; } );
};
"""
# one update per run
STUDY = """study = {
  format = 1;
  name = "reach";
  seeds = 2;
  episodes = 2;
  final_episodes = 4;
  random_episodes = 4;
  evaluations = 2;
  bootstrap = 100;
  learning = { envs = 2; horizon = 32; hidden = (8, 8); epochs = 1; warmup_steps = 32; };
  sources = ( { name = "a"; task = "arm_reach"; steps = 64; } );
  targets = ( { name = "b"; task = "%s"; steps = 64; if_not_live = "run"; } );
  strategies = ( { name = "scratch"; }, { name = "full"; } );
};
"""

t = Tests()
folder = scratch("success")
arm = train(folder, "arm_reach", 2048, "arm.safetensors")


def radius(value):
    return "--set", f"success.0.radius={value}"


def rates():
    for value, rate in (("1e-6", 0), ("2.0", 1)):
        found = t.json("eval", arm, "--episodes", 5, *radius(value))
        t.equal(found["success_rate"], rate, f"success_rate within {value} m")
        t.equal({e["success"] for e in found["episodes"]}, {bool(rate)}, f"episodes within {value} m")
        t.equal(found["metrics"]["fall_rate"], None, "arms do not fall")
    found = t.json("eval", arm, "--episodes", 40, *radius(0.2))
    won = sum(e["success"] for e in found["episodes"])
    t.equal(found["success_rate"], won / 40, "rate is the share of the episodes")
    t.check(0 < won < 40, f"both ends occur: {won} of 40")


def steps_in_a_row():
    """A flag once set stays with its episode; a longer hold is harder."""
    once, held = (t.json("eval", arm, "--episodes", 40, *radius(0.2), "--set", f"success.0.count={count}")
                  for count in (1, 100))
    t.check(held["success_rate"] < once["success_rate"], "100 steps in a row are rarer than one")
    t.equal(once["return"], held["return"], "the flag pays nothing in this task")
    t.equal(once["trace_hash"], held["trace_hash"], "and changes no step")


def ends():
    """What ends with success is no fall."""
    over = '({ term = "near"; of = "site_pos/tool.*"; to = "mocap_pos/goal.*"; radius = 2.0; })'
    found = t.json("eval", arm, "--episodes", 5, *radius("2.0"), "--set", "success.0.count=1", "--set", f"terminate={over}")
    t.equal([found["length_mean"], found["success_rate"], found["metrics"]["fall_rate"]], [1, 1, 0], "success ends")
    found = t.json("eval", arm, "--episodes", 5, *radius("1e-6"), "--set", f"terminate={over}")
    t.equal([found["success_rate"], found["metrics"]["fall_rate"]], [0, 1], "an end without it is a fall")


def text():
    done = run("eval", arm, "--episodes", 5, *radius("2.0"))
    t.check("  success        100 %\n" in done.out, f"eval says it in words: {done.out}")
    t.equal(run("eval", arm, "--task", "arm_reach_far", "--episodes", 2).code, OK, "a policy of one goal region in another")


def contract():
    found = t.json("inspect", arm)["contract"]
    t.equal(found["default_pose"]["elbow"], 1.45, "default pose")
    t.equal(found["history"], {"length": 1, "layout": "term", "reset": "first", "order": "oldest_first"}, "history")
    t.equal([found["command"], found["action"][0]["kp"]], [[], None], "no command, no torque of its own")


def study():
    task, path, out = (os.path.join(folder, name) for name in ("far.cfg", "reach.cfg", "out"))
    with open(task, "w", encoding="utf-8") as file:
        file.write(FAR)
    with open(path, "w", encoding="utf-8") as file:
        file.write(STUDY % task)
    done = run("run", path, "--out", out)
    if not t.equal(done.code, OK, f"run: {done.err}"):
        return
    with open(os.path.join(out, "results.csv"), encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        t.equal(row["success_rate"], "1" if row["evaluated_in"] == "target" else "0", f"results.csv: {row['trial']}")
    with open(os.path.join(out, "results.json"), encoding="utf-8") as file:
        results = json.load(file)
    for entry in results["strategies"]:
        rate = entry["metrics"]["success_rate"]
        t.check(rate["value"] == 1 and rate["lo"] < 1, f"results.json: {entry['strategy']} {rate}")
        t.equal(entry["metrics"]["fall_rate"]["value"], 0, "no falls")
    with open(os.path.join(out, "report.html"), encoding="utf-8") as file:
        t.check("Share of final episodes that succeed." in file.read(), "the report shows it")


for test in (rates, steps_in_a_row, ends, text, contract, study):
    test()
t.finish()
