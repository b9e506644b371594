"""carryover replay: a trajectory computed here, the reference ones, and wrong ones."""

import json
import math
import os
import random

from common import CONFIG, DATA, HEAD, NO_INPUT, OK, USAGE, WANTING, Tests, reference, run, scratch

FIELDS = HEAD | {"task", "file", "steps", "tolerance", "ok", "fields", "terminated", "truncated", "windows",
                 "judged_steps", "fault", "worst", "disagrees"}
FIELD = {"max_abs", "at_step", "first_above", "tolerance"}

t = Tests()
folder = scratch("replay")


def swing(steps):
    """Gymnasium's pendulum, written down once more."""
    angle, rate = 0.7, -0.3
    log = {"task": "pendulum", "action_kind": "uniform", "init_qpos": [angle], "init_qvel": [rate],
           "init_obs": [math.cos(angle), math.sin(angle), rate]}
    for key in ("action", "obs", "reward", "terminated", "truncated", "state"):
        log[key] = []
    draw = random.Random(5)
    for step in range(steps):
        torque = draw.uniform(-2, 2)
        cost = ((angle + math.pi) % (2 * math.pi) - math.pi) ** 2 + 0.1 * rate ** 2 + 0.001 * torque ** 2
        rate = max(-8, min(8, rate + (15 * math.sin(angle) + 3 * torque) * 0.05))
        angle += rate * 0.05
        log["action"].append([torque])
        log["obs"].append([math.cos(angle), math.sin(angle), rate])
        log["reward"].append(-cost)
        log["terminated"].append(False)
        log["truncated"].append(step + 1 >= 200)
        log["state"].append([angle, rate])
    return {**log, "n_steps": steps, "info": {}, "extra": {}}


def write(log, name="swing.json"):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(log, file)
    return path


def agrees():
    found = t.json("replay", "pendulum", write(swing(220)))
    t.keys(found, FIELDS, "replay")
    t.equal([found["task"], found["steps"], found["ok"], found["windows"]], ["pendulum", 220, True, None], "replay")
    for name in ("obs", "reward", "state"):
        t.keys(found["fields"][name], FIELD, name)
        t.check(found["fields"][name]["max_abs"] < 1e-9, f"{name}: {found['fields'][name]}")
        t.equal(found["fields"][name]["first_above"], None, f"{name} is within the tolerance")
    for name in ("terminated", "truncated"):
        t.equal(found[name], {"mismatches": 0, "first": None}, name)


def differs():
    log = swing(60)
    log["reward"][41] += 0.5
    log["truncated"][50] = True
    found = t.json("replay", "pendulum", write(log), code=WANTING)
    t.equal(found["ok"], False, "a changed reward")
    t.equal([found["fields"]["reward"]["at_step"], found["fields"]["reward"]["first_above"]], [42, 42], "where")
    t.check(abs(found["fields"]["reward"]["max_abs"] - 0.5) < 1e-9, "by how much")
    t.equal(found["truncated"], {"mismatches": 1, "first": 51}, "a changed flag")
    done = run("replay", "pendulum", write(log))
    t.equal([done.code, "DIFFERS" in done.out], [WANTING, True], "text")
    log = swing(60)
    log["obs"][9][2] += 1e-3
    t.json("replay", "pendulum", write(log), code=WANTING)
    t.json("replay", "pendulum", write(log), "--tolerance", 0.01, code=OK)
    t.json("replay", "pendulum", write(swing(60)), "--set", "action.0.scale=0.9", code=WANTING)


def states():
    """A state that the observation does not show is named, too, once for each coordinate."""
    model = ("<mujoco><worldbody><body><joint name='hip' axis='0 1 0'/><geom size='.1' pos='.3 0 0'/></body></worldbody>"
             "<actuator><motor joint='hip' ctrlrange='-1 1'/></actuator></mujoco>")
    task = """task = { format = 1; model = "arm.xml"; substeps = 1; horizon = 9; observation = ( { term = "qvel"; } );
              action = ( { term = "ctrl"; } ); reward = ( { term = "alive"; } ); };"""
    for name, text in (("arm.xml", model), ("arm.cfg", task)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    log = {"data": [{"obs": [0.0], "action": [0.0], "qpos": [0.0], "qvel": [0.0]}], "final_qpos": [9.0],
           "final_qvel": [7.0]}
    found = t.json("replay", os.path.join(folder, "arm.cfg"), write(log, "arm.json"), code=WANTING)
    told = [[worst["element"], worst["step"], worst["recorded"]] for worst in found["worst"]]
    t.equal(told, [["qpos/hip", 1, 9.0], ["qvel/hip", 1, 7.0]], "elements of the state")
    log["data"][0]["obs"] = [3.0]
    found = t.json("replay", os.path.join(folder, "arm.cfg"), write(log, "arm.json"), code=WANTING)
    told = [[worst["element"], worst["step"], worst["recorded"]] for worst in found["worst"]]
    t.equal(told, [["qvel/hip", 0, 3.0], ["qpos/hip", 1, 9.0]], "what is observed comes first")


def references():
    table = {"hopper": "1", "half_cheetah": "2", "pendulum": "0", "inverted_pendulum": "x", "ant": "x", "humanoid": "0",
             "humanoid_standup": "2", "inverted_double_pendulum": "x", "pusher": "0", "reacher": "1", "swimmer": "2",
             "walker2d": "x"}
    for task, kind in table.items():
        name = f"{task}_{kind}"
        path = reference("golden", "traj", name + ".json")
        if not path:
            continue
        found = t.json("replay", task, path, "--windows")
        t.equal(found["ok"], True, name)
        if found["windows"]:
            t.keys(found["windows"], {"count", "restarts", "max_abs", "first_above"}, f"{name}: windows")
            t.equal(len(found["windows"]["restarts"]), found["windows"]["count"], f"{name}: restarts")


def errors():
    whole = swing(5)
    short, text = {**whole, "reward": whole["reward"][:3]}, {**whole, "action": "none"}
    broken = os.path.join(folder, "broken.json")
    with open(broken, "w", encoding="utf-8") as file:
        file.write('{"init_qpos": [1.0],\n "init_qvel": [')
    table = [
        (USAGE, r"expected: carryover replay TASK FILE", ["pendulum"]),
        (USAGE, r"--tolerance: \"-1\"", ["pendulum", write(whole), "--tolerance=-1"]),
        (NO_INPUT, r"nothing.json: cannot open", ["pendulum", os.path.join(folder, "nothing.json")]),
        (NO_INPUT, r"did you mean \"pendulum\"", ["pendulm", write(whole)]),
        (DATA, r"broken.json:2: ", ["pendulum", broken]),
        (DATA, r"short.json: reward", ["pendulum", write(short, "short.json")]),
        (DATA, r"text.json: action", ["pendulum", write(text, "text.json")]),
        (DATA, r"swing.json: init_qpos", ["hopper", write(whole)]),
        (DATA, r"g.json: kwargs.g: recorded with 9.81, which is not that of pendulum",
         ["pendulum", write({**whole, "kwargs": {"g": 9.81}}, "g.json")]),
        (CONFIG, r"--set: ", ["pendulum", write(whole), "--set", "substeps=0"]),
    ]
    for code, pattern, args in table:
        t.error(code, pattern, "replay", *args)
    t.full_disk("replay", "pendulum", write(whole))
    t.full_disk("replay", "pendulum", write(whole), "--json")


for test in (agrees, differs, states, references, errors):
    test()
t.finish()
