"""carryover diff: policies and tasks against each other, wrong facts one by one, and config that mends them."""

import os
import re
import sys

from common import CONFIG, DATA, HEAD, NO_INPUT, OK, SOURCE, USAGE, WANTING, Tests, draft_of, reference, run, scratch, train

FIELDS = HEAD | {"a", "b", "equal", "meaning_equal", "differences", "tensors", "unknown", "other", "map"}
SIDE = {"kind", "path", "hash", "task", "domain"}
DIFFERENCE = {"path", "kind", "element", "a", "b", "changes_meaning", "inferred", "config"}
KINDS = ("name order size unit sign scale offset frame default_pose action_kind gain torque_limit control_period history "
         "normaliser domain mujoco model").split()
LIGHT = '{ parameter = "body.mass"; select = "torso"; scale = 0.5; }'
SMALL = ("--set", "learning.hidden=(8, 8)")

# an edit of quadruped_flat, and what then differs from it in meaning: kind and how often
WRONG = [
    ("observation.0.scale=0.5", {"scale": 3}),
    ("observation.1.scale=-1.0", {"sign": 3}),
    ("observation.1.frame=\"body/trunk\"", {"frame": 3}),
    ("observation.3.offset=0.25", {"offset": 12}),
    ("observation.4.clip=(-5.0, 5.0)", {"scale": 12}),
    ("observation.3.term=\"qpos\"", {"default_pose": 12}),
    ("observation.3.of=\"*_knee|*_hip|*_abduction\"", {}),
    ("observation.3={term=\"joint_pos\";of=\"*_knee|*_hip|*_abduction\";order=\"given\";}", {"order": 1}),
    ("observation.5.history=2", {"history": 13, "size": 1}),
    ("observation.3.of=\"*_hip|*_knee\"", {"name": 4, "size": 1}),
    ("action.0.scale=0.25", {"scale": 12}),
    ("action.0.scale=-0.3", {"sign": 12}),
    ("action.0.offset=0.1", {"offset": 12}),
    ("action.0.kp=20.0", {"gain": 12}),
    ("action.0.kd=0.0", {"gain": 12}),
    ("action.0.torque_limit=20.0", {"torque_limit": 12}),
    ("action.0.clip=(-1.0, 1.0)", {"scale": 24}),
    ("default_pose.0.value=0.7", {"default_pose": 4}),
    ("substeps=2", {"control_period": 1}),
    ("observe=\"fresh\"", {"history": 1}),
    ("observation.3.hold=0.0", {"name": 12}),
    ("stack=3", {"history": 91, "size": 1}),
    ("fill=\"zero\"", {}),
    ("horizon=500", {}),
    ("command.0.high=2.0", {}),
]

# the same with other people's robots: which, the edit, the kinds
FOREIGN = [
    ("unitree_go1", "action.0.scale=0.4", {"scale": 12}),
    ("unitree_go1", "observation.0.frame=\"body/world\"", {"frame": 3}),
    ("unitree_go2_robotlab", "observation.3.order=\"model\"", {"order": 1}),
    ("unitree_g1_isaaclab", "observation.3.order=\"model\"", {"order": 1}),
    ("unitree_g1_isaaclab", "observation.4.scale=0.1", {"scale": 145}),
    ("unitree_g1_isaaclab", "observation.1.history=3", {"history": 6, "size": 1}),
    ("unitree_g1_isaaclab", "action.0.order=\"model\"", {"order": 2, "gain": 20, "torque_limit": 13}),
    ("sb3_walker2d_ppo", "substeps=3", {"control_period": 1}),
]

ROBOT = '''<mujoco><option gravity="0 0 0" integrator="implicitfast"/><default><joint armature=".1" damping=".5"/></default>
<worldbody><body name="trunk" pos="0 0 1"><freejoint name="root"/><geom size=".1"/>
<site name="imu" pos="0 0 .1" euler="0 0 0"/>
<body name="thigh" pos="0 0 -.1"><joint name="hip" axis="0 1 0" range="-60 60"/><geom size=".05"/>
<body name="shank" pos="0 0 -.3"><joint name="knee" axis="0 1 0" range="-60 60"/><geom size=".05"/>
</body></body></body></worldbody>
<actuator><motor name="hip_motor" joint="hip" gear="3" ctrlrange="-1 1"/>
<position name="knee_servo" joint="knee" kp="20" kv="1" ctrlrange="-1 1"/></actuator>
<sensor><gyro name="rate" site="imu"/><velocimeter name="speed" site="imu"/>
<framelinvel name="drift" objtype="xbody" objname="trunk"/></sensor></mujoco>'''

TASK = '''task = {
  format = 1; model = "%s"; substeps = 4; horizon = 50; observe = "fresh";
  observation = (
    { term = "qpos"; of = "hip|knee"; },
    { term = "qvel"; of = "hip|knee"; },
    { term = "angular_velocity"; frame = "site/imu"; },
    { term = "linear_velocity"; frame = "site/imu"; },
    { term = "phase"; value = 0.5; }
  );
  action = (
    { term = "ctrl"; }
  );
  reward = ( { term = "alive"; } );
};
'''

# an edit of the model or of the task, the kinds of what differs then in meaning, and a path among them
FACTS = [
    ("{ term = \"qpos\"; of = \"hip|knee\"; }", "{ term = \"qpos\"; of = \"hip|knee\"; delay = 2; }", {"history": 2},
     "observation.0.delay"),
    ("{ term = \"qvel\"; of = \"hip|knee\"; }", "{ term = \"qvel\"; of = \"hip|knee\"; noise = 0.1; }", {"domain": 2},
     "observation.2.noise"),
    ("value = 0.5", "value = 0.7", {"scale": 1}, "clocks.phase.period"),
    ("kp=\"20\"", "kp=\"10\"", {"gain": 1}, "action.1.drive.kp"),
    ("kv=\"1\"", "kv=\"3\"", {"gain": 1}, "action.1.drive.kv"),
    ("gear=\"3\"", "gear=\"-3\"", {"sign": 1}, "action.0.drive.gear"),
    ("gear=\"3\"", "gear=\"6\"", {"gain": 1}, "action.0.drive.gear"),
    ("<joint name=\"knee\" axis=\"0 1 0\"", "<joint name=\"knee\" axis=\"0 -1 0\"", {"sign": 3}, "observation.1.scale"),
    ("euler=\"0 0 0\"", "euler=\"0 0 90\"", {"frame": 1}, "frames.site/imu.quat"),
    ("name=\"imu\" pos=\"0 0 .1\"", "name=\"imu\" pos=\".3 0 .1\"", {"frame": 1}, "frames.site/imu.pos"),
    ("{ term = \"linear_velocity\"; frame = \"site/imu\"; }", "{ term = \"qvel\"; name = \"v\"; of = \"root.x|root.y|root.z\"; }",
     {"frame": 3}, "observation.7.frame"),
    ("{ term = \"linear_velocity\"; frame = \"site/imu\"; }", "{ term = \"sensor\"; of = \"drift.*\"; }", {"frame": 3},
     "observation.7.frame"),
    ("{ term = \"linear_velocity\"; frame = \"site/imu\"; }", "{ term = \"sensor\"; of = \"speed.*\"; }", {}, None),
    ("{ term = \"angular_velocity\"; frame = \"site/imu\"; }", "{ term = \"sensor\"; of = \"rate.*\"; }", {}, None),
]

t = Tests()
folder = scratch("diff")


def path(name):
    return os.path.join(folder, name)


def write(name, text):
    with open(path(name), "w", encoding="utf-8") as file:
        file.write(text)
    return path(name)


def diff(a, b, *more, code=OK):
    """The object, its form checked."""
    found = t.json("diff", a, b, *more, code=code)
    label = f"diff {a} {b} {' '.join(map(str, more))}"
    t.keys(found, FIELDS, label)
    for side in ("a", "b"):
        of_policy = {"verified"} if found.get(side, {}).get("kind") == "policy" else set()
        t.keys(found.get(side, {}), SIDE | of_policy, f"{label}: {side}")
    for difference in found.get("differences", []):
        t.keys(difference, DIFFERENCE, label)
        t.check(difference["kind"] in KINDS, f"{label}: kind {difference['kind']}")
    for tensor in found.get("tensors", []):
        t.keys(tensor, {"name", "status", "max_abs"}, label)
    changed = any(difference["changes_meaning"] for difference in found.get("differences", []))
    t.equal(found.get("meaning_equal"), not changed, f"{label}: meaning_equal")
    t.equal(code, WANTING if changed else OK, f"{label}: exit code")
    return found


def meaning(found):
    """How many differences of each kind change the meaning."""
    count = {}
    for difference in found["differences"]:
        if difference["changes_meaning"]:
            count[difference["kind"]] = count.get(difference["kind"], 0) + 1
    return count


def others(found):
    return [(d["kind"], d["path"]) for d in found["differences"] if not d["changes_meaning"]]


policy = train(folder, "hopper", 256, "hopper.safetensors", *SMALL)


def one_policy():
    found = diff(policy, policy)
    t.equal([found["equal"], found["differences"], found["other"]], [True, [], []], "a policy and itself")
    t.equal({(d["status"], d["max_abs"]) for d in found["tensors"]}, {("same", 0)}, "its tensors")
    t.equal([found["a"]["kind"], found["a"]["task"], found["b"]["path"]], ["policy", "hopper", policy], "its side")
    found = diff(policy, "hopper")
    t.equal([found["equal"], found["differences"], found["tensors"]], [True, [], []], "a policy and its task")
    t.equal(found["b"]["kind"], "task", "its side")


def trained_further():
    tuned = train(folder, "hopper", 256, "tuned.safetensors", "--from", policy, "--strategy", "partial")
    found = diff(policy, tuned)
    t.equal([found["equal"], meaning(found)], [False, {}], "trained further")
    t.check("training" in found["other"], f"training is another: {found['other']}")
    status = {tensor["name"]: tensor["status"] for tensor in found["tensors"]}
    t.equal([status["actor.trunk.0.weight"], status["actor.mean.weight"]], ["same", "changed"], "frozen and trained")
    wide = train(folder, "hopper", 256, "wide.safetensors", "--set", "learning.hidden=(16, 8, 8)")
    found = diff(policy, wide)
    status = {tensor["name"]: (tensor["status"], tensor["max_abs"]) for tensor in found["tensors"]}
    t.equal(status["actor.trunk.0.weight"], ("shape", None), "another width")
    t.equal(status["actor.trunk.2.weight"], ("only_b", None), "another layer")
    t.check("network" in found["other"], "another network")
    turned = {tensor["name"]: tensor["status"] for tensor in diff(wide, policy)["tensors"]}
    t.equal(turned["actor.trunk.2.weight"], "only_a", "another layer, from the other side")


def domains():
    light = train(folder, "hopper", 256, "light.safetensors", *SMALL, "--domain", LIGHT)
    found = diff(light, "hopper")
    t.equal(others(found), [("domain", "domain.body.mass/torso")], "a domain")
    shift = found["differences"][0]
    t.equal([shift["a"], shift["b"], shift["config"]], ["scale 0.5", None, LIGHT], "a shift")
    t.equal(diff(light, "hopper", "--domain", shift["config"])["equal"], True, "its config as --domain")
    t.equal(diff("hopper", light, "--domain", LIGHT)["equal"], True, "--domain for a task that stands first")
    found = diff("hopper", "hopper", "--domain", LIGHT)
    t.equal(others(found), [("domain", "domain.body.mass/torso")], "two tasks: --domain is of the second")


def tasks():
    found = diff("hopper", "hopper_backward")
    t.equal(others(found), [("name", "task.name")], "another reward")
    t.equal([found["a"]["kind"], found["equal"]], ["task", False], "tasks")
    found = diff("hopper", "half_cheetah", code=WANTING)
    t.equal(meaning(found), {"size": 2, "name": 27, "scale": 3, "control_period": 1}, "another robot")
    t.equal(diff("half_cheetah", "hopper", code=WANTING)["meaning_equal"], False, "from the other side")


def wrong_facts():
    for edit, want in WRONG:
        found = diff("quadruped_flat", "quadruped_flat", "--set", edit, code=WANTING if want else OK)
        t.equal(meaning(found), want, f"quadruped_flat with {edit}")
        t.check("task.hash" in [p for _, p in others(found)], f"{edit}: the task's hash")
        for difference in found["differences"]:
            if difference["changes_meaning"] and difference["kind"] != "size" and difference["path"] != "history.length":
                in_b = difference["a"] is None and difference["kind"] in ("name", "history")
                t.equal(difference["config"] is None, in_b, f"{edit}: config of {difference['path']}")


def foreign():
    made = {}
    for name, edit, want in FOREIGN:
        if not reference("sim2sim", name):
            continue
        made[name] = made.get(name) or draft_of(name, folder)
        found = diff(made[name], made[name], "--set", edit, code=WANTING)
        counted = {kind: count for kind, count in meaning(found).items()}
        t.equal(counted, want, f"{name} with {edit}")
        t.equal(diff(made[name], made[name])["equal"], True, name)
        if "history" in want:
            continue
        with open(made[name], encoding="utf-8") as file:
            mended_task = write(f"{name}_mended.cfg", paste(file.read(), found))
        t.equal(meaning(diff(made[name], mended_task)), {}, f"mended: {name} with {edit}")


# ---- config that gives B what A has


def paste(task, found):
    """The text of a task with the entries of the differences: of a term in place of its own, else behind the list."""
    done = set()
    for difference in found["differences"]:
        config, where = difference["config"], difference["path"].split(".")[0]
        if not config or config in done:
            continue
        done.add(config)
        if config[0] != "{":
            task = re.sub(rf"^  {config.split()[0]} = .*;(?:  //.*)?$", f"  {config}", task, flags=re.M)
        elif where in ("observation", "action"):
            term = re.match(r'\{ term = "(\w+)"', config).group(1)
            begin = re.search(rf"^  {where} = \($", task, re.M).end()
            old = re.compile(rf'\{{ (?:[a-z]+ = [^;]*; )*term = "{term}";[^}}]*\}}').search(task, begin)
            task = task[:old.start()] + config + task[old.end():]
        else:
            end = task.index("\n  );", re.search(rf"^  {where} = \($", task, re.M).end())
            task = f"{task[:end]},\n    {config}{task[end:]}"
    return task


def read_task(name):
    with open(os.path.join(SOURCE, "configs", "tasks", f"{name}.cfg"), encoding="utf-8") as file:
        return file.read()


def mended():
    """Every wrong fact of a task that the config takes away again."""
    for edit, want in WRONG:
        if not want or "history" in edit or "term=\"qpos\"" in edit or edit.startswith("observation.3={"):
            continue
        found = diff("quadruped_flat", "quadruped_flat", "--set", edit, code=WANTING)
        task = write("mended.cfg", paste(read_task("quadruped_flat"), found))
        t.equal(meaning(diff("quadruped_flat", task)), {}, f"mended: {edit}")


def other_robot():
    """Other order of legs, knees that bend the other way, gains: all but the standing pose is mended."""
    found = diff("quadruped_flat", "quadruped_long_flat", code=WANTING)
    t.equal(meaning(found), {"order": 4, "sign": 12, "scale": 12, "gain": 24, "torque_limit": 12, "default_pose": 8},
            "quadruped_long_flat")
    t.equal({d["element"] for d in found["differences"] if d["kind"] == "sign" and d["inferred"]},
            {f"{term}/{leg}_knee" for term in ("joint_pos", "qvel", "pd")
             for leg in ("front_left", "front_right", "rear_left", "rear_right")}, "knees bend the other way")
    order = next(d for d in found["differences"] if d["kind"] == "order" and d["element"] == "pd")
    t.equal([order["a"][0], order["b"][0], sorted(order["a"])],
            ["pd/front_left_abduction", "pd/rear_right_abduction", sorted(order["b"])], "order of the actions")
    t.equal(sorted(others(found)), [("model", "model.name"), ("name", "task.name")], "another world")
    task = write("long_mended.cfg", paste(read_task("quadruped_long_flat"), found))
    t.equal(run("check", task).code, OK, "a mended task is sound")
    left = diff("quadruped_flat", task, code=WANTING)
    t.equal(meaning(left), {"default_pose": 4}, "what is left: the knees' pose")
    back = diff("quadruped_long_flat", "quadruped_flat", code=WANTING)
    t.equal(meaning(back), meaning(found), "from the other side")


# ---- facts of models


def make(name, edits):
    """A task file with its model."""
    model, task = ROBOT, TASK % f"{name}.xml"
    for old, new in edits:
        t.check(old in model or old in task, f"{old} is there")
        model, task = model.replace(old, new), task.replace(old, new)
    write(f"{name}.xml", model)
    return write(f"{name}.cfg", task), task


def paste_facts(task, found):
    """A small task with the terms of the config in place of its own, and the shifts of it."""
    shifts = []
    for config in dict.fromkeys(d["config"] for d in found["differences"] if d["config"] and d["changes_meaning"]):
        if config.startswith("{ parameter"):
            shifts += ["--domain", config]
            continue
        term = re.match(r'\{ term = "(\w+)"', config).group(1)
        old = re.search(rf'^    \{{ term = "{term}";.*?\}}(?=,?$)', task, re.M)
        old = old or re.search(r'^    \{ term = "(?:qvel"; name|sensor").*?\}(?=,?$)', task, re.M)
        task = task[:old.start()] + "    " + config + task[old.end():]
    return write("facts_mended.cfg", task), shifts


small, _ = make("plain", [])
small_policy = train(folder, small, 256, "small.safetensors", *SMALL)


def facts():
    for old, new, want, changed in FACTS:
        label = f"{old} -> {new}"
        other, text = make("other", [(old, new)])
        for a in (small, small_policy):
            found = diff(a, other, code=WANTING if want else OK)
            t.equal(meaning(found), want, label)
            t.check(changed is None or changed in [d["path"] for d in found["differences"] if d["changes_meaning"]],
                    f"{label}: {changed} in {[d['path'] for d in found['differences']]}")
            t.equal(found["unknown"], [], f"{label}: all is known")
        if not want or changed.startswith("frames."):  # no task can move a sensor
            continue
        mended, shifts = paste_facts(text, found)
        t.equal(meaning(diff(small, mended, *shifts)), {}, f"mended: {label}")


def twice():
    """What undoes itself is no difference: a gear and a scale, an axis and a link that is turned."""
    other, _ = make("twice", [("gear=\"3\"", "gear=\"-3\""),
                              ("{ term = \"ctrl\"; }", "{ term = \"ctrl\"; scale = ( -1.0, 1.0 ); }")])
    t.equal(meaning(diff(small, other)), {}, "a gear and a scale")
    other, _ = make("turned", [("name=\"shank\"", "name=\"shank\" euler=\"0 0 180\""),
                               ("<joint name=\"knee\" axis=\"0 1 0\"", "<joint name=\"knee\" axis=\"0 -1 0\"")])
    t.equal(meaning(diff(small, other)), {}, "an axis and its link")


def known_facts():
    found = t.json("inspect", small_policy)["contract"]
    t.equal(found["provenance"], {"from": "trained"}, "provenance")
    t.equal([joint["name"] for joint in found["joints"]], ["hip", "knee"], "joints")
    told = run("inspect", small_policy).out
    for line in ("ctrl/hip_motor [1] ctrl, -1 to 1; a motor of hip, gear 3\n",
                 "; a position servo of knee, gear 1, kp 20, kv 1\n", "  axes        hip 0 1 0, knee 0 1 0\n",
                 "  frame       site/imu in trunk at 0 0 0.1, turned 1 0 0 0\n", "  clock       phase, period 0.5 s\n",
                 ", seen from site/imu, angular_velocity.x of trunk\n"):
        t.check(line in told, f"inspect tells {line!r}: {told}")
    other, _ = make("told", [("name=\"imu\" pos=\"0 0 .1\"", "name=\"imu\" pos=\".3 0 .1\""), ("kp=\"20\"", "kp=\"10\"")])
    told = run("diff", small, other).out
    for pattern in (r"^  gain +ctrl/knee_servo kp +20 +10$", r"^  frame +frames.site/imu.pos +0 0 0.1 +0.3 0 0.1$",
                    r"^  in domain:\n    \{ parameter = \"actuator.kp\"; select = \"knee_servo\"; scale = 2.0; \}$"):
        t.check(re.search(pattern, told, re.M), f"text: {pattern!r} in {told}")


# ---- text, documentation, errors


def text():
    done = run("diff", "quadruped_flat", "quadruped_long_flat")
    t.equal(done.code, WANTING, "text: exit code")
    for pattern in (r"^A  task quadruped_flat: model quadruped.xml, 45 observations, 12 actions, domain none$",
                    r"^  kind +A +B$", r"^  gain +pd/\* \(12\) kp +40 +100$", r"^  default_pose +\*_knee \(4\) +-1.5 +1.27$",
                    r"^  sign +qvel/\*_knee \(4\) scale +0.05 +-0.05  \(from the joint's axis\)$",
                    r"^  order +action/pd \(12\) +front_left_abduction, front_left_hip, ... +rear_right_abduction, ",
                    r"^  in action:\n    \{ term = \"pd\"; ", r"^72 differences of meaning between A and B$"):
        t.check(re.search(pattern, done.out, re.M), f"text: {pattern!r} in {done.out}")
    done = run("diff", policy, path("wide.safetensors"))
    t.check(re.search(r"^tensors: .*\d+ changed.*\d+ shape.*\d+ only_b$", done.out, re.M), f"text: tensors: {done.out}")
    t.check("also different: " in done.out and "network" in done.out, "text: other members")
    t.check(run("diff", policy, policy).out.endswith("\nA and B are equal\n"), "text: equal")
    t.check(run("diff", "hopper", "hopper_backward").out.endswith("\nthe same numbers mean the same in A and B\n"),
            "text: the same meaning")
    long = [line for line in run("diff", "pusher", "humanoid").out.splitlines() if line.startswith("  name")]
    t.check(long and all(len(line) < 200 for line in long), f"text: lines {[len(line) for line in long]}")


def documentation():
    sections = []
    for page in ("output.md", "commands.md"):
        with open(os.path.join(SOURCE, "docs", page), encoding="utf-8") as file:
            sections.append(re.search(r"^## diff\n(.*?)^## ", file.read(), re.M | re.S).group(1))
    section = "".join(sections)
    for word in KINDS + sorted(FIELDS - HEAD) + sorted(DIFFERENCE | SIDE) + ["same", "changed", "shape", "only_a", "only_b"]:
        t.check(f"`{word}`" in section or f"`{word}[]`" in section, f"docs tell {word}")
    t.equal(re.findall(r"^\| `(\w+)` \| (?!\w+ or null)", section.split("| kind |")[1], re.M)[:len(KINDS)], KINDS,
            "kinds of docs/commands.md")


def long_frame():
    """Names of bodies may be longer than a contract's."""
    for letters, code in ((58, OK), (59, CONFIG)):
        name = "b" * letters
        write("long.xml", f'<mujoco><worldbody><body name="{name}"><joint name="j"/><geom size="1"/></body></worldbody>'
              '<actuator><motor name="m" joint="j" ctrlrange="-1 1" ctrllimited="true"/></actuator></mujoco>')
        task = write("long.cfg", f'''task = {{ format = 1; model = "long.xml"; substeps = 1; horizon = 9;
          observation = ( {{ term = "gravity"; frame = "body/{name}"; }} ); action = ( {{ term = "ctrl"; actuators = "m"; }} );
          reward = ( {{ term = "alive"; }} ); }};''')
        if code == OK:
            t.equal(diff(task, task)["equal"], True, "a frame of 63 letters")
        else:
            t.error(code, r"long.cfg:2: .*frame: .* is longer than 63 bytes", "diff", task, task)


def errors():
    damaged = path("damaged.safetensors")
    with open(policy, "rb") as file:
        whole = file.read()
    for at in range(0, len(whole), max(1, len(whole) // 40)):
        with open(damaged, "wb") as file:
            file.write(whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1:])
        t.error(DATA, r"damaged.safetensors: ", "diff", *([policy, damaged] if at % 2 else [damaged, "hopper", "--json"]))
    table = [
        (USAGE, r"missing argument", ["hopper"]),
        (USAGE, r"missing argument", []),
        (USAGE, r"unexpected argument", ["hopper", "hopper", "hopper"]),
        (USAGE, r"unknown option", ["hopper", "hopper", "--task", "hopper"]),
        (USAGE, r"--domain and --set need a task", [policy, policy, "--domain", LIGHT]),
        (USAGE, r"--domain and --set need a task", [policy, policy, "--set", "horizon=5"]),
        (NO_INPUT, r"hoper is neither a file nor a task: .*did you mean \"hopper\"", ["hoper", policy]),
        (NO_INPUT, r"nothing.safetensors: ", [path("nothing.safetensors"), "hopper"]),
        (NO_INPUT, r"nothing.cfg", ["hopper", path("nothing.cfg")]),
        (CONFIG, r"bad.cfg:1: ", ["hopper", write("bad.cfg", "task = {")]),
        (CONFIG, r"no such|unknown", ["hopper", "hopper", "--domain", '{ parameter = "body.mas"; scale = 2.0; }']),
        (CONFIG, r"horizon", ["hopper", "hopper", "--set", "horizon=-1"]),
        (DATA, r"text.safetensors: ", [write("text.safetensors", "x"), "hopper"]),
        (DATA, r"plain: ", [write("plain", "hello"), "hopper"]),
    ]
    for code, pattern, args in table:
        t.error(code, pattern, "diff", *args)
    t.full_disk("diff", policy, "hopper")
    t.full_disk("diff", policy, "hopper_backward", "--json")


for test in (one_policy, trained_further, domains, tasks, wrong_facts, foreign, mended, other_robot, facts, twice,
             known_facts, text, documentation, long_frame, errors):
    test()
t.finish()
