"""A policy acts only where the same numbers mean the same, or where somebody has said what they mean."""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
from common import CONFIG, OK, SOURCE, USAGE, Tests, run, scratch  # noqa: E402

t = Tests()
folder = scratch("enforced")
WALKER, LONG = "zoo:quadruped_flat", "quadruped_long_flat"
HEAVY = '{ parameter = "option.gravity"; scale = 1.5; }'


def write(name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def refused():
    """Every command that lets a policy act, before it acts; nothing is written."""
    out = os.path.join(folder, "out.safetensors")
    for args in (["eval", WALKER, "--task", LONG, "--episodes", 1],
                 ["record", WALKER, "--task", LONG, "--html", os.path.join(folder, "page.html")],
                 ["play", WALKER, "--task", LONG, "--paused"],
                 ["data", "record", WALKER, "--task", LONG, "--episodes", 1, "--out", os.path.join(folder, "d.codata")],
                 ["train", LONG, "--from", WALKER, "--steps", 2048, "--out", out],
                 ["check", LONG, "--policy", WALKER, "--domain", HEAVY, "--episodes", 1]):
        done = run(*args)
        t.equal(done.code, CONFIG, f"{args[0]}: exit code ({done.err[:300]})")
        t.check(re.search(r"error: zoo:quadruped_flat: \d+ differences of meaning", done.err), f"{args[0]}: {done.err[:300]}")
        t.equal(len(re.findall(r" in the policy, ", done.err)), 10, f"{args[0]}: the first ten")
        t.check(re.search(r"error: and \d+ more\n", done.err), f"{args[0]}: how many there are")
        t.check('declared in default_pose: { of = "front_left_hip"; value = 0.82; }' in done.err, f"{args[0]}: config")
    t.equal(os.listdir(folder), [], "nothing is written")


def told():
    """One difference and the line that mends it; as it stands where that is asked for."""
    one = ["eval", "zoo:hopper", "--episodes", 2, "--set", "substeps=8"]
    t.error(CONFIG, r"control_period: timing.control_dt: 0.008 in the policy, 0.016 in the task\n"
            r"carryover: error: declared in task: substeps = 4;", *one)
    t.equal(t.json(*one, "--map", "none")["map_hash"], None, "--map none")
    kind = write("kind.cfg", 'map = { format = 1; accept = ( "control_period" ); };\n')
    t.json(*one, "--map", kind)
    other = write("other.cfg", 'map = { format = 1; accept = ( "gain" ); };\n')
    t.error(CONFIG, "1 difference of meaning", *one, "--map", other)


def not_a_mismatch():
    """Shifts, rewards, horizons; and what a map does itself."""
    plain = ["eval", "zoo:hopper", "--episodes", 2]
    for more in (["--domain", '{ parameter = "option.timestep"; scale = 2.0; }'],
                 ["--domain", '{ parameter = "actuator.gear"; select = "leg_joint"; scale = -1.0; }'],
                 ["--set", "horizon=50"], ["--set", "reward.0.weight=2.0"], ["--task", "hopper_stand"]):
        t.json(*plain, *more)
    late = write("late.cfg", 'map = { format = 1; action = ( { element = "*"; sign = -1; delay = 1; } ); };\n')
    t.json(*plain, "--map", late)


# What is set in place of scaled by 1.1: whole numbers, what is nominally 0, what not all elements have.
SET = {"option.wind": "(1.0, 0.0, 0.0)", "option.density": "1.0", "option.viscosity": "0.1", "option.integrator": "1",
       "option.solver": "1", "option.cone": "0", "option.iterations": "50", "geom.condim": "4", "body.force": "(1.0, 0.0, 0.0)",
       "control.substeps": "3", "action.delay": "2", "action.repeat": "2", "pd.delay": "2", "observation.delay": "2",
       "action.noise": "0.1", "observation.noise": "0.1", "observation.bias": "0.1", "observation.drop": "0.1",
       "observation.freeze": "0.1", "push.speed": "0.1", "joint.lock": "0.0", "body.remove": "1", "joint.armature": "0.1",
       "joint.frictionloss": "0.1", "action.gain": "-1.0", "reset.qpos": "0.1", "reset.qvel": "0.1",
       "actuator.forcerange": "(-20.0, 20.0)", "actuator.ctrlrange": "(-0.5, 0.5)", "joint.pos": "(0.0, 0.0, 0.01)",
       "body.com": "(0.0, 0.0, 0.01)", "body.pos": "(0.0, 0.0, 0.01)", "geom.pos": "(0.0, 0.0, 0.01)",
       "geom.quat": "(1.0, 0.0, 0.0, 0.0)", "joint.range": "(-2.0, 2.0)"}
PARTS = {"body": "thigh", "geom": "thigh_geom", "joint": "thigh_joint"}  # of the hopper


def domains():
    """Whatever a domain shifts, it is no mismatch; the same said by the task is one."""
    met = []
    for parameter in t.json("list", "parameters")["parameters"]:
        name, select = parameter["name"], parameter["select"]
        policy, part = (WALKER, "*") if select in ("pd", "observation") else ("zoo:hopper", PARTS.get(select, "*"))
        shift = (f'{{ parameter = "{name}"; ' + (f'select = "{part}"; ' if select else "")
                 + (f"set = {SET[name]}" if name in SET else "scale = 1.1") + "; }")
        done = run("eval", policy, "--episodes", 1, "--steps", 2, "--domain", shift)
        if t.check(done.code == OK or re.search("matches no|is neither a position nor", done.err), f"{shift}: {done.err}"):
            met += [name] * (done.code == OK)
    lacking = {p["name"] for p in t.json("list", "parameters")["parameters"]} - set(met)
    t.equal(lacking, {"pair.friction", "pair.solref", "actuator.target"}, "parameters of which no robot here has anything")
    for edit in ("action.0.kp=50.0", "action.0.kd=2.0", "action.0.torque_limit=20.0", "observation.0.delay=2",
                 "action.0.scale=-0.3", "substeps=5"):
        t.error(CONFIG, "differences? of meaning", "eval", WALKER, "--episodes", 1, "--set", edit)


def own_domain():
    """A policy of a shifted world acts in the plain one, and in one of another shift."""
    own = os.path.join(folder, "shifted.safetensors")
    shifts = ['{ parameter = "actuator.gear"; select = "*"; scale = 2.0; }', '{ parameter = "action.delay"; set = 1; }',
              '{ parameter = "observation.noise"; select = "*"; set = 0.1; }', '{ parameter = "option.timestep"; scale = 2.0; }']
    t.json("train", "hopper", *(word for shift in shifts for word in ("--domain", shift)), "--steps", 512, "--evaluations", 2,
           "--episodes", 2, "--set", "learning.horizon=64", "--out", own)
    for domain in ([], ["--domain", shifts[0]], ["--domain", shifts[3]]):
        t.json("eval", own, "--episodes", 2, *domain)
    t.error(CONFIG, "1 difference of meaning", "eval", own, "--episodes", 2, "--set", "substeps=6")


STUDY = """study = {{
  format = 1; name = "enforced"; seeds = 1; bootstrap = 100; final_episodes = 2; random_episodes = 2;
  episodes = 2; evaluations = 2; learning = {{ envs = 4; horizon = 64; hidden = (8); }};
  sources = ( {{ name = "a"; task = "quadruped_flat"; {source} }} );
  targets = ( {{ name = "b"; task = "{task}"; steps = 512; if_not_live = "run"; }} );
  strategies = ( {{ name = "scratch"; }}, {{ name = "full"; }} );
}};
"""


def studies():
    """Before the first training: between its worlds, and of policies from files, at their lines."""
    worlds = write("worlds.cfg", STUDY.format(source="steps = 512;", task=LONG))
    out = os.path.join(folder, "run")
    t.error(CONFIG, r"full|zero_shot", "run", worlds, "--out", out)
    same = write("same.cfg", open(os.path.join(SOURCE, "configs", "tasks", "quadruped_flat.cfg"), encoding="utf-8")
                 .read().replace("kp = 40.0", "kp = 50.0"))
    gains = write("gains.cfg", STUDY.format(source="steps = 512;", task=same))
    t.error(CONFIG, r"a: 12 differences of meaning between this policy, of task \"quadruped_flat\"", "run", gains, "--out", out)
    told = run("run", gains, "--out", out).err
    t.check('one for map = "FILE"), or the task; with map = "none" it acts as it is:' in told and "--map none" not in told, told)
    t.check(not os.path.exists(os.path.join(out, "trials", "source.a.s0")), "nothing was trained")
    meant = write("meant.cfg", STUDY.format(source="steps = 512;", task=same + '"; map = "none'))
    t.equal(run("run", meant, "--dry-run").code, OK, "a study that says so")
    files = write("files.cfg", STUDY.format(source=f'policy = "{WALKER}"; learning = {{ hidden = (64, 64); }};', task=same)
                  .replace('task = "quadruped_flat"', f'task = "{same}"'))
    t.error(CONFIG, r"files.cfg:\d+: .*policy.*zoo:quadruped_flat: 12 differences.*with map = \"none\" it acts", "run", files,
            "--out", out)


def way_back():
    """What is trained among other names cannot be evaluated at home, and is not lost by that."""
    out = os.path.join(folder, "back.safetensors")
    inner, small = '{ name = "inner"; copy = "actor.trunk.1.*"; }', ["--set", "learning.horizon=64", "--episodes", 2]
    args = ["train", LONG, "--from", WALKER, "--map", "none", "--steps", 512, "--evaluations", 2, *small, "--out", out]
    found = t.json(*args, "--strategy", inner)
    t.equal([p["evaluated_in"] for p in found["evaluations"]], ["target"] * 3, "it is evaluated where it was trained")
    t.equal([found["step0_action_difference"], os.path.exists(out)], [None, True], "and kept")
    t.check('note: nothing is shown of home, "quadruped_flat": its elements have other names' in
            run(*args, "--strategy", inner).err, "a note")
    os.remove(out)
    t.error(CONFIG, r'strategy "full": cannot copy actor.trunk.0.weight: observation 9 is joint_pos/front_left_abduction in '
            r'the source policy, joint_pos/rear_right_abduction in the target; match = "names" copies by names, '
            r'match = "place" by place', *args, "--strategy", "full")
    t.check(not os.path.exists(out), "before anything is trained")
    t.error(CONFIG, r'or the task; in its strategy match = "names" maps elements by name, match = "place" takes them as they '
            r'stand:', "train", LONG, "--from", WALKER, "--out", out)
    study = write("back.cfg", STUDY.format(source="steps = 512;", task=LONG + '"; map = "none')
                  .replace('hidden = (8)', 'hidden = (8, 8)')
                  .replace('{ name = "full"; }', f'{{ name = "zero_shot"; match = "place"; }}, {inner}'))
    t.error(CONFIG, r'back.cfg:\d+: name: from a to b: strategy "inner": observation 9 of the target is called otherwise in '
            r'the source, where what is trained is evaluated at the end: match', "run", study, "--dry-run")


def usage():
    t.error(USAGE, "--map", "play", "hopper", "--policy", "zero", "--map", "none")
    t.error(USAGE, "--map", "record", "hopper", "--policy", "zero", "--map", "none", "--out", folder)
    t.error(USAGE, "--map", "check", "hopper", "--map", "none")
    t.error(USAGE, "--map: random actions", "data", "record", "random", "--task", "hopper", "--map", "none", "--out",
            os.path.join(folder, "random.codata"))


refused()
told()
not_a_mismatch()
domains()
own_domain()
studies()
way_back()
usage()
t.finish()
