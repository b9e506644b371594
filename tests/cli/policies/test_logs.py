"""Logs of policies: other people's robots as task files, replayed from their recordings; wrong facts; damaged logs."""

import json
import math
import os
import random
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
from common import CONFIG, DATA, OK, SOURCE, USAGE, WANTING, Tests, draft_of, reference, run, scratch  # noqa: E402

PAIRS = ["apptronik_apollo", "berkeley_humanoid", "leap_hand_cube", "sb3_halfcheetah_sac", "sb3_hopper_trpo",
         "sb3_swimmer_ars", "sb3_walker2d_ars", "sb3_walker2d_ppo", "unitree_g1", "unitree_g1_12dof",
         "unitree_g1_isaaclab", "unitree_g1_mjlab", "unitree_go1", "unitree_go2_robotlab", "unitree_h1_2"]

# a fact that is wrong: which pair, the edit of its task, what then differs
WRONG = [
    ("unitree_go1", "action.0.scale=0.4", {"obs", "state"}),
    ("apptronik_apollo", "observation.7.gain=0.0", {"obs"}),
    ("apptronik_apollo", "observation.8.angle=(0.0,0.0)", {"obs"}),
    ("apptronik_apollo", "observation.7.stop=0.6", {"obs"}),
    ("unitree_go2_robotlab", "observation.3.order=\"model\"", {"obs"}),
    ("unitree_go1", "observation.0.frame=\"body/world\"", {"obs"}),
    ("unitree_go1", "observation.2.scale=-1", {"obs"}),
    ("unitree_g1_isaaclab", "observation.3.order=\"model\"", {"obs"}),
    ("unitree_g1_isaaclab", "observation.4.scale=0.1", {"obs"}),
    ("unitree_g1_isaaclab", "action.0.order=\"model\"", {"obs", "state"}),
    ("unitree_g1_isaaclab", "action.0.torque_limit=20.0", {"obs", "state"}),
    ("unitree_g1_isaaclab", "action.0.kd=0.0", {"obs", "state"}),
    ("sb3_walker2d_ppo", "horizon=500", {"obs"}),
    ("sb3_walker2d_ppo", "substeps=3", {"obs", "state"}),
    ("sb3_walker2d_ppo", "observation.1.clip=(-5.0,5.0)", {"obs"}),
]

t = Tests()
folder = scratch("sim2sim")


def float32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def write(log, name="log.json"):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(log, file)
    return path


def pendulum_log(steps):
    """Gymnasium's pendulum under random torques, as a log."""
    angle, rate, data, draw = 0.7, -0.3, [], random.Random(5)
    for _ in range(steps):
        torque = float32(draw.uniform(-2, 2))
        data.append({"obs": [float32(math.cos(angle)), float32(math.sin(angle)), float32(rate)], "action": [torque],
                     "qpos": [angle], "qvel": [rate]})
        rate = max(-8, min(8, rate + (15 * math.sin(angle) + 3 * torque) * 0.05))
        angle += rate * 0.05
    return {"steps": steps, "data": data, "final_qpos": [angle], "final_qvel": [rate]}


def above(found):
    """Names of the fields whose difference is too large."""
    return {name for name, field in found.get("fields", {}).items() if field["first_above"] is not None}


def plain_log():
    found = t.json("replay", "pendulum", write(pendulum_log(80)), "--windows")
    t.equal([found["ok"], found["steps"], found["tolerance"]], [True, 80, 1e-5], "a log")
    t.equal(sorted(found["fields"]), ["final_qpos", "final_qvel", "obs", "state"], "fields of a log")
    t.equal(found["windows"]["restarts"], list(range(79)), "windows of a log")
    t.equal([found["terminated"], found["truncated"]], [{"mismatches": 0, "first": None}] * 2, "a log has no flags")
    t.check("agrees" in run("replay", "pendulum", write(pendulum_log(5))).out, "text")


def changed_log():
    """Each number of a log is compared, at its step."""
    for key, field, step in (("obs", "obs", 30), ("qpos", "state", 30), ("qvel", "state", 31), ("obs", "obs", 0)):
        log = pendulum_log(60)
        log["data"][step][key][0] += 0.25
        found = t.json("replay", "pendulum", write(log), code=WANTING)
        if step:
            t.equal(above(found), {field}, f"{key} of step {step} changed")
            t.equal(found["fields"][field]["at_step"], step, f"{key} of step {step}: where")
            t.check(abs(found["fields"][field]["max_abs"] - 0.25) < 1e-5, f"{key} of step {step}: by how much")
    log = pendulum_log(60)
    log["data"][20]["action"][0] += 0.5
    found = t.json("replay", "pendulum", write(log), "--windows", code=WANTING)
    t.equal(above(found), {"obs", "state", "final_qpos", "final_qvel"}, "an action changed")
    t.equal([found["fields"]["state"]["first_above"], found["windows"]["first_above"]], [21, 21], "from where on")
    log = pendulum_log(60)
    log["final_qvel"][0] += 1e-3
    t.equal(above(t.json("replay", "pendulum", write(log), code=WANTING)), {"final_qvel"}, "the end changed")
    t.json("replay", "pendulum", write(log), "--tolerance", 0.01, code=OK)
    t.json("replay", "pendulum", write(log), "--exact", code=WANTING)


def claims():
    """What the file says of its world is compared, too; the worst elements are named."""
    log = pendulum_log(40)
    log.update(control_dt=0.05, timestep=0.05, substeps=1, command=[0, 0, 0], mujoco=None)
    found = t.json("replay", "pendulum", write(log))
    t.equal([found["disagrees"], found["ok"]], [[], True], "what agrees")
    log.update(control_dt=0.02, timestep=0.01, substeps=2, command=[1, 0, 0], mujoco="3.1.0")
    for step, element, change in ((7, 0, 0.25), (9, 2, -0.5)):
        log["data"][step]["obs"][element] += change
    found = t.json("replay", "pendulum", write(log), code=WANTING)
    t.equal([(c["member"], c["recorded"]) for c in found["disagrees"]],
            [("control_dt", "0.02"), ("timestep", "0.01"), ("substeps", "2"), ("command", "1, 0, 0"), ("mujoco", "3.1.0")],
            "what does not")
    t.equal([(w["element"], w["step"]) for w in found["worst"]][:2], [("qvel/hinge", 9), ("cos/hinge", 7)], "the worst elements")
    worst = found["worst"][0]
    t.equal(worst["recorded"], log["data"][9]["obs"][2], "as recorded")
    t.check(abs(worst["computed"] - worst["recorded"] - 0.5) < 1e-5, f"as computed: {worst}")
    done = run("replay", "pendulum", write(log))
    t.check(all(f"warning: {write(log)}: {member}: recorded with" in done.err for member in ("control_dt", "command")), done.err)
    t.check("  qvel/hinge" in done.out, f"in words: {done.out}")
    for member, value in (("control_dt", "fast"), ("command", 1), ("mujoco", 4)):
        t.error(DATA, f"{member}: must be", "replay", "pendulum", write({**log, member: value}))


def partial_log():
    log = pendulum_log(40)
    for entry in log["data"][10:]:
        del entry["obs"]
    t.json("replay", "pendulum", write(log), "--windows", code=OK)
    log["data"][9]["obs"][2] += 1
    t.equal(above(t.json("replay", "pendulum", write(log), code=WANTING)), {"obs"}, "an observation that is left")


def damaged_log():
    def damage(change):
        log = pendulum_log(6)
        change(log)
        return log

    table = [
        (r"data: must be a list", lambda log: log.update(data={})),
        (r"data: must be a list", lambda log: log.update(data=[])),
        (r"data: must be a list", lambda log: log.update(data="none")),
        (r"data\[3\]: must be \{obs, action, qpos, qvel\}", lambda log: log["data"].__setitem__(3, 7)),
        (r"data\.obs\[0\]: is missing", lambda log: log["data"][0].pop("obs")),
        (r"data\.obs\[4\]: must be 3 numbers", lambda log: log["data"][4]["obs"].pop()),
        (r"data\.obs\[4\]: must be 3 numbers", lambda log: log["data"][4].update(obs=1)),
        (r"data\.action\[2\]: must be 1 number", lambda log: log["data"][2].pop("action")),
        (r"data\.action\[2\]: must be finite numbers", lambda log: log["data"][2].update(action=["a"])),
        (r"data\.action\[2\]: must be finite numbers", lambda log: log["data"][2].update(action=[None])),
        (r"data\.qpos\[0\]: must be 1 number", lambda log: log["data"][0].update(qpos=[])),
        (r"data\.qvel\[5\]: must be 1 number", lambda log: log["data"][5].update(qvel=[1, 2])),
        (r"final_qpos: must be 1 number", lambda log: log.update(final_qpos=[1, 2])),
        (r"final_qvel: must be 1 number", lambda log: log.update(final_qvel="end")),
    ]
    for number, (pattern, change) in enumerate(table):
        path = write(damage(change), f"damaged_{number}.json")
        t.error(DATA, rf"damaged_{number}.json: {pattern}", "replay", "pendulum", path)
    t.error(DATA, r"data\.qpos\[0\]: must be 6 numbers", "replay", "hopper", write(pendulum_log(6)))


def other_formats():
    """A list of steps and a table are the same log."""
    log = {"data": pendulum_log(30)["data"]}
    wanted = t.json("replay", "pendulum", write(log))["fields"]
    t.equal(t.json("replay", "pendulum", write(log["data"], "list.json"))["fields"], wanted, "a list")
    table = os.path.join(folder, "log.csv")
    with open(table, "w", encoding="utf-8") as file:
        file.write("obs_0,obs_1,obs_2,action_0,qpos_0,qvel_0\n")
        for entry in log["data"]:
            file.write(",".join(repr(x) for key in ("obs", "action", "qpos", "qvel") for x in entry[key]) + "\n")
    t.equal(t.json("replay", "pendulum", table)["fields"], wanted, "a table")
    with open(table, "a", encoding="utf-8") as file:
        file.write("1,2,3\n")
    t.error(DATA, "log.csv:32: has fewer cells", "replay", "pendulum", table)


def led():
    """Every step ends in the recorded state: a wrong action shows in what a step makes, not in observations."""
    log = pendulum_log(40)
    found = t.json("replay", "pendulum", write(log), "--led")
    t.equal([found["ok"], sorted(found["fields"])], [True, ["obs", "state_step"]], "fields")
    log["data"][20]["action"][0] += 0.5
    found = t.json("replay", "pendulum", write(log), "--led", code=WANTING)
    t.equal([above(found), found["fields"]["state_step"]["at_step"]], [{"state_step"}, 21], "an action changed")
    log = pendulum_log(40)
    log["data"][20]["obs"][1] += 0.5
    found = t.json("replay", "pendulum", write(log), "--led", code=WANTING)
    t.equal([above(found), found["worst"][0]["step"]], [{"obs"}, 20], "an observation changed")
    log = pendulum_log(40)
    log["data"][20]["qpos"][0] += 0.5
    found = t.json("replay", "pendulum", write(log), "--led", code=WANTING)
    t.equal([above(found), found["fields"]["obs"]["at_step"]], [{"obs", "state_step"}, 20], "a state changed")
    t.error(USAGE, "--led", "replay", "pendulum", write(log), "--led", "--windows")
    for name in ("unitree_g1_isaaclab", "unitree_g1_12dof"):  # histories and clocks go through the recording
        if reference("sim2sim", name):
            found = t.json("replay", task_of(name), reference("sim2sim", name, "reference.json"), "--led")
            t.check(found["fields"]["state_step"]["max_abs"] == 0, f"{name}: {found['fields']}")


def task_of(name):
    return draft_of(name, folder)


def pairs():
    """Observations to 1e-5, states to the last bit."""
    for name in PAIRS:
        if not reference("sim2sim", name):
            continue
        found = t.json("replay", task_of(name), reference("sim2sim", name, "reference.json"), "--exact", "--windows")
        t.equal([found["ok"], found["disagrees"]], [True, []], name)
        t.check(found["fields"]["obs"]["max_abs"] <= 1e-5, f"{name}: observations {found['fields']['obs']}")
        for field in set(found["fields"]) - {"obs"}:
            t.equal(found["fields"][field]["max_abs"], 0, f"{name}: {field}")
        t.json("check", task_of(name))


def wrong_facts():
    for name, edit, want in WRONG:
        if not reference("sim2sim", name):
            continue
        found = t.json("replay", task_of(name), reference("sim2sim", name, "reference.json"), "--set", edit, code=WANTING)
        t.check(want <= above(found) and ("state" in want or "state" not in above(found)),
                f"{name} with {edit}: {above(found)}, want {want}")


def no_robot_in_the_code():
    """Terms and engines know objects by the model's names only."""
    names = set(PAIRS)
    for name in PAIRS:
        path = reference("sim2sim", name, "facts.json")
        if path:
            with open(path, encoding="utf-8") as file:
                names |= set(json.load(file).get("joints", []))
    for place, _, files in os.walk(os.path.join(SOURCE, "envs")):
        for file in files:
            if file.endswith((".c", ".h")):
                with open(os.path.join(place, file), encoding="utf-8") as source:
                    text = source.read()
                t.equal([name for name in names if name in text], [], f"robots named in {file}")


def inexpressible():
    """A fact without a term is refused, not dropped."""
    if not reference("sim2sim", "unitree_go1"):
        return
    with open(reference("sim2sim", "unitree_go1", "facts.json"), encoding="utf-8") as file:
        facts = json.load(file)
    del facts["policy"]
    for change, says in (({"observation": [{"term": "lidar", "dim": 4}]}, "no term of a task shows .lidar.*count = 4"),
                         ({"action": {"kind": "muscle"}}, "no action of a task is a .muscle")):
        out = os.path.join(folder, "inexpressible.cfg")
        t.error(DATA, says, "task", "--from", reference("sim2sim", "unitree_go1", "model.xml"), "--facts",
                write({**facts, **change}, "facts.json"), "--out", out)
        t.check(not os.path.exists(out), "nothing is written")


for test in (plain_log, changed_log, claims, partial_log, damaged_log, other_formats, led, pairs, wrong_facts,
             no_robot_in_the_code, inexpressible):
    test()
t.finish()
