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
studies()
way_back()
usage()
t.finish()
