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
    exact = re.findall(r'^  #   "(.*)",?$', text, re.MULTILINE)
    wanted = [f"{kind}: action.{i}.{key} (" for i in range(12)
              for kind, key in (("gain", "kp"), ("gain", "kd"), ("torque_limit", "torque_limit"))]
    t.equal([e[:len(w)] for e, w in zip(exact, wanted)], wanted, "each fact by its own name")
    t.check('sign = -1.0;' in text and 'value = 1.5;' in text, "knees are mirrored")
    there = ["--task", "quadruped_long_flat", "--episodes", 4]
    t.error(CONFIG, r'36 differences of meaning between this policy, of task "quadruped_flat", and task '
            r'"quadruped_long_flat" behind its map. `accept` in the map says which .*; with --map none it acts as it is:\n'
            r'carryover: error: gain: action.0.kp \(pd/front_left_abduction\): 40 in the policy, 100 behind the map\n',
            "eval", WALKER, *there, "--map", at)
    t.check("declared in" not in run("eval", WALKER, *there, "--map", at).err, "no config of a task that is not seen")
    with open(at, "w", encoding="utf-8") as file:
        file.write(re.sub(r'^  # ( *("|accept|\);))', r"  \1", text, flags=re.MULTILINE))
    t.error(CONFIG, r"1 difference of meaning.*\n.*control_period: timing.control_dt: 0.02 in the policy, 0.025 behind the map",
            "eval", WALKER, *there, "--map", at, "--set", "substeps=5")
    t.error(CONFIG, r"8 differences of meaning.*\n.*sign: observation.9.scale \(joint_pos/front_left_abduction\): ",
            "eval", WALKER, *there, "--map", at, "--set", "observation.3.scale=-1.0")
    every_command(at)
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


STUDY = """study = {{
  format = 1; name = "long"; seeds = 1; bootstrap = 100; final_episodes = 2; random_episodes = 2; episodes = 2;
  evaluations = 2; learning = {{ envs = 4; horizon = 64; hidden = (96, 96); }};
  sources = ( {{ name = "a"; task = "quadruped_flat"; policy = "zoo:quadruped_flat"; }} );
  targets = ( {{ name = "b"; task = "quadruped_long_flat"; steps = 256; if_not_live = "run"; {more} }} );
  strategies = ( {{ name = "scratch"; }}, {{ name = "full"; }} );
}};
"""


def study(name, more=""):
    with open(path(name), "w", encoding="utf-8") as file:
        file.write(STUDY.format(more=more))
    return path(name)


def every_command(at):
    """`at` is a map that may be used: each command that lets a policy act takes it, and needs it."""
    task, heavy = ["--task", "quadruped_long_flat"], '{ parameter = "option.gravity"; scale = 1.2; }'
    out, alone = path("every.safetensors"), {"env": {"DISPLAY": "", "WAYLAND_DISPLAY": ""}}
    for code, options, args in (
            ([OK], {}, ["eval", WALKER, *task, "--episodes", 1]),
            ([70], alone, ["play", WALKER, *task]),  # comes as far as the window, which there is none for
            ([OK], {}, ["record", WALKER, *task, "--seconds", 1, "--html", path("every.html")]),
            ([OK], {}, ["data", "record", WALKER, *task, "--episodes", 1, "--out", path("every.codata")]),
            ([OK], {}, ["train", *task[1:], "--from", WALKER, "--strategy", "zero_shot", "--episodes", 1, "--out", out]),
            ([OK], {}, ["run", study("every.cfg"), "--dry-run"]),
            ([OK, WANTING], {}, ["check", "quadruped_long_flat", "--policy", WALKER, "--domain", heavy, "--episodes", 2])):
        t.error(CONFIG, r"differences of meaning|cannot copy", *args, **options)
        done = run(*args, "--map", at, **options)
        t.check(done.code in code, f"{args[0]} --map: {done.code}: {done.err[:400]}")
        if code == [70]:
            t.check("no window" in done.err, done.err)
    t.equal(run("run", study("own.cfg", f'map = "{at}";'), "--dry-run").code, OK, "a study that says so")
    folders = path("run")
    t.equal(run("run", study("every.cfg"), "--map", at, "--out", folders, "--jobs", 1).code, OK, "a whole study behind a map")
    with open(os.path.join(folders, "results.csv"), encoding="utf-8") as file:
        mean = [float(line.split(",")[9]) for line in file if line.startswith("transfer.a.b.zero_shot.")][-1]
    t.check(mean > 1000, f"zero_shot walks there: {mean}")


MOTOR = '    <motor name="{0}_joint" joint="{0}_joint"{1}/>\n'
HINGES = ("thigh", "leg", "foot")


def renamed(name, motor="", qpos="", qvel="", task=("", "")):
    """The hopper with other names of joints and actuators, these and angles in another order; `motor`
    is said of the thigh's, `qpos` and `qvel` of these terms, `task` replaces text."""
    def read(*parts):
        with open(os.path.join(SOURCE, *parts), encoding="utf-8") as file:
            return file.read()
    texts = [read("envs", "models", "hopper.xml"), read("configs", "tasks", "hopper.cfg")]
    for at, old, new in (
            (0, "".join(MOTOR.format(j, "") for j in HINGES),
             "".join(MOTOR.format(j, motor if j == "thigh" else "") for j in HINGES[::-1])),
            (1, '"qpos"; from = 1;', f'"qpos"; of = "foot_joint|leg_joint|thigh_joint|rooty|rootz"; order = "given"; {qpos}'),
            (1, '{ term = "qvel";', f'{{ term = "qvel"; {qvel}'), (1, *task)):
        t.check(old in texts[at], f"{old} to be replaced")
        texts[at] = texts[at].replace(old, new, 1)
    for part, other in zip(HINGES, ("upper", "lower", "toe")):
        texts = [text.replace(part + "_joint", other + "_hinge") for text in texts]
    texts[1] = texts[1].replace("_joint", "_hinge").replace('"hopper.xml"', f'"{name}.xml"')
    for text, kind in zip(texts, ("xml", "cfg")):
        with open(path(f"{name}.{kind}"), "w", encoding="utf-8") as file:
            file.write(text)
    return path(name + ".cfg")


def names_alone():
    """A map that says which element is which excuses nothing of what they mean."""
    joints = ["thigh_joint", "leg_joint", "foot_joint"]
    seen = ["qpos/rootz", "qpos/rooty", *(f"qpos/{j}" for j in joints),
            *(f"qvel/{j}" for j in ("rootx", "rootz", "rooty", *joints))]
    names = path("names.cfg")
    others = {j: o for j, o in zip(joints, ("upper_hinge", "lower_hinge", "toe_hinge"))}

    def pairs(kind):
        return ", ".join(f'{{ element = "{kind}{j}"; from = "{kind}{o}"; }}' for j, o in others.items())
    with open(names, "w", encoding="utf-8") as file:
        file.write("map = { format = 1;\n  observation_order = ( " + ", ".join(f'"{s}"' for s in seen) + " );\n"
                   f"  observation = ( {pairs('qpos/')}, {pairs('qvel/')} );\n"
                   "  action_order = ( " + ", ".join(f'"ctrl/{j}"' for j in joints) + " );\n  action = ( "
                   + ", ".join(f'{{ element = "ctrl/{o}"; from = "ctrl/{j}"; }}' for j, o in others.items()) + " );\n};\n")
    same = ["eval", "zoo:hopper", "--episodes", 1, "--map", names, "--task"]
    home = t.json("eval", "zoo:hopper", "--episodes", 1)
    there = t.json(*same, renamed("same"))
    t.equal(there["return"]["mean"], home["return"]["mean"], "the same robot by other names")
    for name, kind, place, edit in (
            ("gear", "gain", "action.0.drive.gear (ctrl/thigh_joint)", {"motor": ' gear="100"'}),
            ("turned", "sign", "action.0.drive.gear (ctrl/thigh_joint)", {"motor": ' gear="-200"'}),
            ("bound", "scale", "action.0.low (ctrl/thigh_joint)", {"motor": ' ctrlrange="-2 1"'}),
            ("degrees", "scale", "observation.2.scale (qpos/thigh_joint)", {"qpos": "scale = (1.0, 1.0, 57.3, 1.0, 1.0);"}),
            ("mirror", "sign", "observation.2.scale (qpos/thigh_joint)", {"qpos": "scale = (1.0, 1.0, -1.0, 1.0, 1.0);"}),
            ("offset", "offset", "observation.0.offset (qpos/rootz)", {"qpos": "offset = (0.0, 0.0, 0.0, 0.0, 0.5);"}),
            ("late", "history", "observation.5.delay (qvel/rootx)", {"qvel": "delay = 2;"}),
            ("slow", "control_period", "timing.control_dt", {"task": ("substeps = 4", "substeps = 8")})):
        t.error(CONFIG, rf"1 difference of meaning.*\n.*{kind}: {re.escape(place)}: " if kind != "history" else
                rf"\n.*{kind}: {re.escape(place)}: ", *same, renamed(name, **edit))


def refused():
    meant = path("meant.cfg")
    run("diff", WALKER, "quadruped_long_flat", "--write-map", meant)
    t.error(CONFIG, r'meant.cfg:2: task: the map was written for task "quadruped_long_flat", and this is "quadruped_flat"',
            "eval", WALKER, "--map", meant)
    for members, told in (('observation = ( { element = "qpos/no"; } );',
                           'element: "qpos/no" matches none of 11 observations of the policy'),
                          ('action = ( { element = "*"; from = "no"; } );', 'from: "no" matches none of 3 actions of the policy'),
                          ('observation_order = ( "a", "a" );', "observation_order: 2 names for the 11 observations")):
        with open(path("bad.cfg"), "w", encoding="utf-8") as file:
            file.write(f"map = {{ format = 1;\n{members} }};\n")
        t.error(CONFIG, "bad.cfg:2: " + re.escape(told), "eval", "zoo:hopper", "--map", path("bad.cfg"))
    t.error(66, r"targets.0.map: \S*nowhere.cfg: cannot open", "run", study("every.cfg"), "--dry-run", "--map",
            path("nowhere.cfg"))
    t.error(CONFIG, r'error: map: must be the name of a file or "none", is ""$', "eval", "zoo:hopper", "--map", "")
    t.error(USAGE, "needs the name of a file", "diff", WALKER, "quadruped_long_flat", "--write-map", "")
    t.error(USAGE, "B must be a task", "diff", WALKER, "zoo:hopper", "--write-map", path("no.cfg"))
    t.error(CONFIG, "has no partner", "diff", WALKER, "hopper", "--write-map", path("no.cfg"))
    t.check(not os.path.exists(path("no.cfg")), "no file")


permutations()
bodies()
names_alone()
refused()
t.finish()
