"""Reference worlds in which an answer was once wrong: each gives the value that its folder states."""

import json
import re

from common import OK, WANTING, Tests, reference, run

t = Tests()

GEAR = '{ parameter = "actuator.gear"; select = "%s"; scale = 0.5; }'
LONGER = '{ parameter = "limb.length"; select = "%s"; scale = 2.0; }'
LARGER = '{ parameter = "geom.size"; select = "%s"; scale = 2.0; }'
SLIPPERY = '{ parameter = "geom.friction"; select = "floor"; scale = 3.0; }'


def replay(folder, task, log, *options):
    """The comparison of a log with a task, whatever comes of it; its exit code is not looked at."""
    done = run("replay", task, log, *options, "--json", cwd=folder)
    if not t.check(done.out, f"{folder}: replay {task} {log}: {done.err}"):
        return {}
    return {name: field["max_abs"] for name, field in json.loads(done.out)["fields"].items()}


def near(found, field, want, tolerance, text):
    value = found.get(field)
    t.check(value is not None and abs(value - want) <= tolerance, f"{text}: {field} {value}, want {want}")


def shift(folder, domain, code):
    """What `check` says of a domain."""
    found = t.json("check", "t.cfg", "--domain", domain, code=code, cwd=folder)
    return found["checks"][0] if found else {"shift": {"reason": "", "live": None}, "tests": []}


def settles(folder, number):
    """A servo with a gear goes to the target that the task commands."""
    near(replay(folder, "t.cfg", "log.json"), "final_qpos", 0, 1e-3, number)


def torque(folder, number):
    """The torque that `pd` asks for arrives at the joint behind a gear."""
    near(replay(folder, "t.cfg", "log.json"), "obs", 0, 1e-3, number)


def total_mass(folder, number):
    """A heavier leg leaves the torso as it was. The log holds zeros, so differences of observations are masses."""
    for domain in (LONGER % "leg", LARGER % "gl"):
        torso = replay(folder, "t_a.9.cfg", "l1.json", "--domain", domain)
        leg = replay(folder, "t_leg.9.cfg", "l1.json", "--domain", domain)
        near(torso, "obs", 6.858, 1e-3, f"{number}: {domain}")
        t.check(leg.get("obs", 0) > 1.5 * (10 - 6.858), f"{number}: {domain}: the leg is heavier: {leg}")


def pair(folder, number):
    found = shift(folder, SLIPPERY, WANTING)["shift"]
    t.check("pair" in found["reason"] and "pair.friction" in found["reason"], f"{number}: {found['reason']}")
    own = '{ parameter = "pair.friction"; select = "pf"; scale = 3.0; }'
    t.equal(shift(folder, own, OK)["shift"]["live"], True, f"{number}: pair.friction")


def bar(folder, number):
    t.equal(run("check", "t.cfg", cwd=folder).code, OK, f"{number}: names with / . * and a bar")
    escaped = run("check", "t.cfg", "--domain", LARGER % "g\\|1", cwd=folder)
    t.equal([escaped.code, escaped.err], [OK, ""], f"{number}: a bar behind a backslash")
    plain = run("check", "t.cfg", "--domain", LARGER % "g|1", cwd=folder)
    t.check(plain.code == 78 and 'did you mean "g|1"' not in plain.err and "\\|" in plain.err,
            f"{number}: a bar alone: {plain.err}")


def damping_ratio(folder, number):
    for domain in (LONGER % "arm", '{ parameter = "body.mass"; select = "arm"; scale = 2.0; }'):
        near(replay(folder, "t.cfg", "log.json", "--domain", domain), "obs", 1.1227, 1e-4, f"{number}: {domain}")


def late_push(folder, number):
    push = '{ parameter = "push.speed"; select = "qvel/s"; set = 1.0; }'
    found = shift(folder, push, WANTING)["shift"]
    t.equal(found["live"], False, f"{number}: a push after the end")
    t.check(re.search(r"\b200\b", found["reason"]) and re.search(r"\b250\b", found["reason"]),
            f"{number}: {found['reason']}")


def muscle(folder, number):
    """Length ranges that are given stay; automatic ones follow the gear."""
    for task, log in (("t.cfg", "g.json"), ("t2.cfg", "g3.json")):
        near(replay(folder, task, log, "--domain", GEAR % "m"), "state", 0, 1e-9, f"{number}: {task}")
    near(replay(folder, "t.cfg", "nom.json"), "state", 0, 1e-9, f"{number}: nominal")


def explicit_inertia(folder, number):
    """A larger geom weighs no more where the body states its inertia, and `check` says so."""
    found = shift(folder, LARGER % "ga", OK)
    t.equal([found["shift"].get("kept"), found["shift"].get("moved")], ["a", []], f"{number}: mass and inertia")
    told = [test["text"] for test in found["tests"] if test["name"] == "moved along"]
    t.check(told and "mass and inertia stay" in told[0], f"{number}: {told}")


def priority(folder, number):
    found = shift(folder, SLIPPERY, WANTING)["shift"]
    t.check("priority" in found["reason"] and "at least as large" not in found["reason"],
            f"{number}: {found['reason']}")


def servo_gear(folder, number):
    for options in ((), ("--domain", GEAR % "p")):
        near(replay(folder, "t.cfg", "log.json", *options), "final_qpos", 0, 1e-3, f"{number}: {options}")


CASES = {"01": settles, "02": torque, "06": total_mass, "08": pair, "12": bar, "20": damping_ratio, "25": late_push,
         "34": muscle, "50": explicit_inertia, "53": priority, "54": servo_gear}

walked = 0
for number, test in CASES.items():
    folder = reference("cases", number)
    if folder:
        test(folder, number)
        walked += 1
t.equal(walked, len(CASES) if reference("cases") else 0, "folders that were walked")
t.finish()
