"""carryover task: drafts from models, from URDF, and from facts; what cannot be said is told; nothing is written over."""

import json
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
from common import CONFIG, DATA, NO_INPUT, OK, SOURCE, USAGE, Tests, reference, run, scratch  # noqa: E402

import networks  # noqa: E402

CREATE = 73
MODELS = os.path.join(SOURCE, "envs", "models")

t = Tests()
folder = scratch("task")


def place(name):
    return os.path.join(folder, name)


def write(name, text):
    os.makedirs(os.path.dirname(place(name)), exist_ok=True)
    with open(place(name), "w", encoding="utf-8") as file:
        file.write(text)
    return place(name)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def draft(model, name, *more):
    return t.json("task", "--from", model, "--out", place(name), *more)


def opens(found):
    return {item["key"] for item in found["open"]}


def shipped():
    """Every model that comes with the program gets a task that plays."""
    for name in sorted(os.listdir(MODELS)):
        found = draft(os.path.join(MODELS, name), name.replace(".xml", ".cfg"))
        t.equal([found["model"], found["copied"]], [name, []], f"{name} is named, not copied")
        t.check(t.json("check", found["task"])["checks"][0]["ok"], f"{name}: {run('check', found['task']).out}")
        text = read(found["task"])
        t.check(max(map(len, text.split("\n"))) <= 100, f"{name}: lines of at most 100 columns")
        for item in found["open"]:
            t.check(f"open: {item['key']}:" in text, f"{name}: {item['key']} is a comment")
    for name, want in (("quadruped", ["pd"]), ("hopper", ["ctrl"]), ("arm", ["position", "ctrl"])):
        text = read(place(f"{name}.cfg"))
        got = re.findall(r'term = "(\w+)"; actuators', text)
        t.equal(got, want, f"{name}: action")
    text = read(place("quadruped.cfg"))
    for word in ('"track_linear"', '"track_yaw"', 'name = "yaw"; low = -1.0; high = 1.0', "zero = 0.5", '"tilted"',
                 'frame = "site/imu"'):
        t.check(word in text, f"quadruped: {word}")


def used():
    """What a newcomer does next."""
    task = place("quadruped.cfg")
    for words in (["train", task, "--steps", 2048, "--episodes", 1, "--out", place("q.safetensors")],
                  ["record", place("q.safetensors"), "--task", task, "--seconds", 0.1, "--out", place("frames")],
                  ["eval", place("q.safetensors"), "--task", task, "--episodes", 1]):
        done = run(*words)
        t.equal(done.code, OK, f"{words[0]}: {done.err}")


LINK = "<link name='{name}'><inertial><mass value='{mass}'/><inertia ixx='.02' ixy='0' ixz='0' iyy='.02' iyz='0' izz='.02'/>" \
       "</inertial><collision><origin xyz='0 0 {at}'/><geometry>{shape}</geometry></collision></link>"
JOINT = "<joint name='{name}' type='revolute'><parent link='{parent}'/><child link='{child}'/><origin xyz='{at}'/>" \
        "<axis xyz='0 1 0'/><limit lower='{low}' upper='{high}' effort='{effort}' velocity='5'/></joint>"


def urdf(legs):
    text = "<robot name='r'>" + LINK.format(name="base", mass=5, at=0, shape="<box size='.4 .2 .1'/>")
    for leg in range(legs):
        capsule = "<capsule length='.2' radius='.03'/>"
        text += LINK.format(name=f"thigh{leg}", mass=1, at=-.1, shape=capsule)
        text += LINK.format(name=f"shank{leg}", mass=0.5, at=-.1, shape=capsule)
        text += JOINT.format(name=f"hip{leg}", parent="base", child=f"thigh{leg}", at=f"0 {leg - 1} 0", low=-1, high=1,
                             effort=30)
        text += JOINT.format(name=f"knee{leg}", parent=f"thigh{leg}", child=f"shank{leg}", at="0 0 -.2", low=-2, high=-.4,
                             effort=20)
    return text + "</robot>"


def urdf_models():
    """What URDF does not say is open; several chains are legs, one is an arm."""
    found = draft(write("walker.urdf", urdf(2)), "walker.cfg")
    text = read(found["task"])
    for word in ('free = "base";', "floor = 0.0;", 'joint = "hip0"; kind = "motor"; ctrlrange = ( -30.0, 30.0 );',
                 '"track_yaw"', 'of = "knee1"; value = -0.56;', 'of = "root.z"'):
        t.check(word in text, f"walker: {word} in {text}")
    asked = {"free", "floor", "actuators", "timestep", "default_pose", "action.kp", "joint.armature"}
    t.check(asked <= opens(found), f"{found['open']}")
    t.check(t.json("check", found["task"])["checks"][0]["ok"], run("check", found["task"]).out)
    found = draft(write("arm.urdf", urdf(1)), "one_arm.cfg")
    text = read(found["task"])
    t.check("free" not in opens(found) and "free =" not in text and '"alive"' in text, f"an arm: {text}")
    t.check(t.json("check", found["task"])["checks"][0]["ok"], run("check", found["task"]).out)


ODD = ['a"b', "c|d", "e*f", "g\\\\h", "$(touch x)", "i;j", "qpos", "k'l"]


def odd_names():
    """Names with letters of patterns, strings and shells are names."""
    odd = [name.replace('"', "&quot;") for name in ODD]
    joints = "".join(f'<body pos="0 0 .1"><joint name="{name}" range="-1 1" limited="true"/><geom size=".05"/>' for name in odd)
    joints += "</body>" * len(ODD)
    motors = "".join(f'<position name="{name}" joint="{name}" kp="5"/>' for name in odd)
    text = f'<mujoco model="odd"><worldbody>{joints}</worldbody><actuator>{motors}</actuator></mujoco>'
    os.makedirs(place("it's $HOME"), exist_ok=True)
    found = draft(write("it's $HOME/odd \".xml", text), "it's $HOME/odd.cfg")
    t.check(t.json("check", found["task"])["checks"][0]["ok"], run("check", found["task"]).err)
    names = [e["name"] for e in t.json("inspect", found["task"])["elements"] if e["block"] == "action"]
    t.equal(len(names), len(ODD), f"{names}")
    t.check(not os.path.exists("x"), "nothing was run")


def elsewhere():
    """A model outside of the task's folder is copied with what it reads."""
    mesh = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"
    write("far/meshes/a.obj", mesh)
    body = '<body name="b"><joint name="j"/><geom type="mesh" mesh="a"/></body>'
    write("far/robot/part.xml", f"<mujoco><worldbody>{body}</worldbody></mujoco>")
    model = write("far/robot/robot.xml", '<mujoco><asset><mesh name="a" file="../meshes/a.obj"/></asset>'
                  '<include file="part.xml"/><actuator><motor joint="j" ctrlrange="-1 1"/></actuator></mujoco>')
    os.makedirs(place("near"), exist_ok=True)
    found = draft(model, "near/t.cfg")
    t.equal(found["model"], "t_model/robot/robot.xml", "the model's copy")
    t.equal(len(found["copied"]), 3, f"with its files: {found['copied']}")
    shutil.rmtree(place("far"))
    t.check(t.json("check", found["task"])["checks"][0]["ok"], "it stands alone")
    other = write("far/robot.xml", read(os.path.join(MODELS, "hopper.xml")).replace('timestep="0.002"', 'timestep="0.001"'))
    t.equal(draft(other, "near/h.cfg")["model"], "h.xml", "one file")
    with open(place("near/h.xml"), "a", encoding="utf-8") as file:
        file.write("<!-- mine -->")
    os.remove(place("near/h.cfg"))
    t.error(CREATE, "h.xml: is there and is not the model's", "task", "--from", other, "--out", place("near/h.cfg"))
    t.check(not os.path.exists(place("near/h.cfg")), "nothing was written")


def written_over():
    """A draft is replaced until somebody has edited it."""
    hopper, out = os.path.join(MODELS, "hopper.xml"), place("again.cfg")
    draft(hopper, "again.cfg")
    first = read(out)
    draft(os.path.join(MODELS, "walker2d.xml"), "again.cfg")
    t.check(read(out) != first, "replaced")
    draft(hopper, "again.cfg")
    t.equal(read(out), first, "the same again")
    write("again.cfg", first.replace("horizon = 1000", "horizon = 500"))
    t.error(CREATE, "again.cfg: is there, and is no draft as this command wrote it", "task", "--from", hopper, "--out", out)
    t.check("horizon = 500" in read(out), "edits are kept")


def facts_of(change):
    with open(reference("sim2sim", "unitree_go1", "facts.json"), encoding="utf-8") as file:
        facts = json.load(file)
    change(facts)
    return write("facts.json", json.dumps(facts))


# a change of go1's facts, and what is said of it
HOSTILE = [
    (lambda f: f["joints"].__setitem__(2, "FR_calf_joynt"), r'no joint "FR_calf_joynt"; did you mean "FR_calf_joint"'),
    (lambda f: f["action"]["actuators"].__setitem__(1, "$(id)"), r'no actuator "\$\(id\)"'),
    (lambda f: f.update(base_body="saddle"), r'no body "saddle"'),
    (lambda f: f["observation"][0].update(sensor="speed"), r'no sensor "speed"'),
    (lambda f: f["observation"][2].update(site="imo"), r'no site "imo"'),
    (lambda f: f["init"].update(qpos=[0.0] * 18), r"18 positions"),
    (lambda f: f["action"].update(scale=[0.5] * 3), r"action.scale|scale"),
    (lambda f: f["action"].update(kind="pd torque", kp=1.0, kd=1.0), r'needs motors, and "FR_hip" of model.xml is none'),
    (lambda f: f["sim"].update(timestep=0.003, substeps=None), r"timestep|control_dt|control step"),
    (lambda f: f.update(history={"length": 3, "layout": "per term", "order": "newest_first"}), r"oldest first|dim|numbers"),
    (lambda f: f["observation"][6].update(dim=4), r"dim|start|numbers"),
]


def hostile_facts():
    """Facts that contradict the model or themselves are told, and nothing is written."""
    model = reference("sim2sim", "unitree_go1", "model.xml")
    if not model:
        return
    out = place("hostile.cfg")
    for change, says in HOSTILE:
        t.error(DATA, says, "task", "--from", model, "--facts", facts_of(change), "--out", out)
    text = read(facts_of(lambda f: None))
    for size in range(0, len(text) - 1, 397):
        done = run("task", "--from", model, "--facts", write("cut.json", text[:size]), "--out", out)
        t.equal(done.code, DATA, f"{size} bytes of facts: {done.err}")
    t.check(not os.path.exists(out) and not os.path.exists(place("hostile.xml")), "nothing is written")
    done = draft(model, "named.cfg", "--facts", facts_of(lambda f: f.update(name="go1 } ; task = 1")))
    t.check(t.json("check", done["task"])["checks"][0]["ok"], "a name is no config")


def with_facts():
    """What facts state is stated; what they leave out is open, at its place."""
    model = reference("sim2sim", "unitree_go1", "model.xml")
    if not model:
        return
    found = draft(model, "go1.cfg", "--facts", facts_of(lambda f: None))
    stated = {"substeps", "default_pose", "observation", "action", "action.scale", "terminate"}
    t.check(stated <= set(found["stated"]), f"{found}")
    t.equal(opens(found), {"command.vx", "command.vy", "command.yaw", "reward", "reset"}, "what is open")
    found = draft(model, "ranges.cfg", "--facts", facts_of(lambda f: f.update(command_low=[-1, 0, 0], command_high=[1.5, 0, 2])))
    t.check("command.vx" not in opens(found) and 'low = -1.0; high = 1.5;' in read(found["task"]), "stated ranges")


ARM = """<mujoco model="arm"><worldbody><body name="thigh0" pos="0 0 1"><joint name="hip0" axis="0 1 0" range="-1 1"
limited="true"/><geom size=".05"/><body name="shank0" pos="0 0 -.2"><joint name="knee0" axis="0 1 0" range="-2 2"
limited="true"/><geom size=".05"/></body></body></worldbody>ACTUATORS</mujoco>"""
MOTORS = '<actuator><motor joint="hip0"/><motor joint="knee0"/></actuator>'  # without names
SERVOS = '<actuator><position name="h" joint="hip0" kp="30" kv="1.5"/>' \
         '<position name="k" joint="knee0" kp="30" kv="1.5"/></actuator>'


def arm_facts(**gains):
    return {"joints": ["hip0", "knee0"], "default_pose": [0.1, -0.5], "sim": {"control_dt": 0.02},
            "action": {"kind": "joint position target", "scale": 0.5, **gains}, "normalisation": {"where": "none"},
            "observation": [{"term": term, "dim": 2} for term in ("joint_pos_rel", "joint_vel", "last_action")]}


def targets():
    """A target is one whatever follows it: draft, import and eval agree without an edit, and gains are compared."""
    network = networks.write_linear(place("arm.onnx"), 6, 2)
    models = {"urdf": write("bare.urdf", urdf(1)), "none": write("none.xml", ARM.replace("ACTUATORS", "")),
              "motors": write("motors.xml", ARM.replace("ACTUATORS", MOTORS)),
              "servos": write("servos.xml", ARM.replace("ACTUATORS", SERVOS))}
    said = {"unsaid": arm_facts(), "law": arm_facts(kp=30, kd=1.5),
            "servo": {**arm_facts(), "gains": {"kp": 30, "kd_actuator": 1.5}}}
    for name, facts in said.items():
        facts = write(f"{name}.json", json.dumps(facts))
        alone = place(f"{name}.safetensors")
        t.json("import", network, "--facts", facts, "--out", alone)
        for robot, model in models.items():
            task, policy = f"{robot}_{name}.cfg", place(f"{robot}_{name}.safetensors")
            draft(model, task, "--facts", facts)
            task = place(task)
            text = read(task)
            t.equal('term = "pd"' in text, robot != "servos", f"{task}: {text}")
            if robot != "servos" and name != "unsaid":
                t.check("kp = 30.0; kd = 1.5;" in text, f"{task}: gains of the facts: {text}")
            t.json("import", network, "--facts", facts, "--task", task, "--out", policy)
            for one in (policy, alone):
                t.json("eval", one, "--task", task, "--episodes", 1)
            if name == "unsaid":
                continue
            change = ("kp = 30.0;", "kp = 20.0;") if robot != "servos" else ("", "")
            other = write(f"other_{robot}_{name}.cfg", text.replace(*change))
            if robot == "servos":
                soft = write("soft.xml", ARM.replace("ACTUATORS", SERVOS.replace('kp="30"', 'kp="20"')))
                write(f"other_{robot}_{name}.cfg", text.replace('"servos.xml"', f'"{os.path.basename(soft)}"'))
            t.error(CONFIG, r"action\.0\.(drive\.)?kp: .* 30 .*the task has 20", "import", network, "--facts", facts, "--task",
                    other, "--out", policy)
            t.error(CONFIG, r"gain: action\.0\.(drive\.)?kp", "eval", alone, "--task", other, "--episodes", 1)


DEPLOY = """joint_ids_map: [1, 0]
step_dt: 0.02
stiffness: [30.0, 40.0]
damping: [1.5, 2.0]
default_joint_pos: [-0.5, 0.1]
commands: {}
actions: {JointPositionAction: {clip: null, scale: [0.5, 0.5], offset: [-0.5, 0.1]}}
observations:
  joint_pos_rel: {params: {}, clip: null, scale: [1.0, 1.0], history_length: 1}
  joint_vel_rel: {params: {}, clip: null, scale: [1.0, 1.0], history_length: 1}
  last_action: {params: {}, clip: null, scale: [1.0, 1.0], history_length: 1}
"""


def unnamed_joints():
    """Settings that number joints: by the robot's motors, by an order that the user states, or not at all."""
    network = networks.write_linear(place("numbered.onnx"), 6, 2)
    model = write("motors.xml", ARM.replace("ACTUATORS", MOTORS))
    facts = write("deploy.yaml", DEPLOY)
    found = draft(model, "numbered.cfg", "--facts", facts)
    text = re.sub(r"\s+", " ", read(found["task"]))
    t.check("joints" in opens(found), f"told: {found['open']}")
    for word in ('of = "knee0|hip0"; order = "given"; value = ( -0.5, 0.1 );', "kp = ( 40.0, 30.0 ); kd = ( 2.0, 1.5 );"):
        t.check(word in text, f"{word} in {text}")
    t.check("offset" not in text, f"the offset is the pose: {text}")
    made = t.json("import", network, facts, "--task", found["task"], "--normaliser", "none", "--out", place("n.safetensors"))
    t.equal([fact["from"] for fact in made["facts"] if fact["path"] == "action.name"], ["user"], "names of the task")
    t.json("eval", place("n.safetensors"), "--task", found["task"], "--episodes", 1)
    alone = write("alone.yaml", DEPLOY.replace("joint_ids_map: [1, 0]\n", ""))
    out = place("alone.cfg")
    t.error(DATA, r'alone.yaml:4: 2 joints whose order nobody states: add --facts with \{"joints": .*\} or, .*"order"', "task",
            "--from", model, "--facts", alone, "--out", out)
    for more in ({"joints": ["knee0", "hip0"]}, {"order": "alphabetical"}):
        named = draft(model, "alone.cfg", "--facts", alone, "--facts", write("more.json", json.dumps(more)))
        first = "knee0|hip0" if "joints" in more else "hip0|knee0"
        t.check(f'"{first}"' in read(named["task"]), f"{more}: {read(named['task'])}")
    metadata = [("joint_names", "hip0,knee0"), ("default_joint_pos", "0.100,-0.500"), ("joint_stiffness", "30.000,30.000"),
                ("joint_damping", "1.500,1.500"), ("action_scale", "0.500,0.500"),
                ("observation_names", "joint_pos,joint_vel,actions")]
    carried = networks.write_linear(place("carried.onnx"), 6, 2, metadata)
    found = draft(model, "carried.cfg", "--facts", carried)
    t.check("kp = 30.0; kd = 1.5;" in read(found["task"]), f"metadata: {read(found['task'])}")
    t.json("import", carried, "--task", found["task"], "--normaliser", "none", "--out", place("c.safetensors"))
    t.json("eval", place("c.safetensors"), "--episodes", 1)


def mistakes():
    hopper = os.path.join(MODELS, "hopper.xml")
    t.error(USAGE, "--from MODEL", "task", "--out", place("x.cfg"))
    t.error(USAGE, "--out T.cfg", "task", "--from", hopper)
    t.error(USAGE, "ends in .cfg", "task", "--from", hopper, "--out", place("x.xml"))
    t.error(NO_INPUT, "no such file|nowhere.xml", "task", "--from", place("nowhere.xml"), "--out", place("x.cfg"))
    t.error(DATA, "broken.xml", "task", "--from", write("broken.xml", "<mujoco><worldbody>"), "--out", place("x.cfg"))
    still = write("still.xml", "<mujoco><worldbody><geom size='1'/></worldbody></mujoco>")
    t.error(DATA, "has no actuators, and no joints to drive", "task", "--from", still, "--out", place("x.cfg"))
    t.error(CREATE, "no such folder", "task", "--from", hopper, "--out", place("no/where/x.cfg"))
    t.check(not os.path.exists(place("x.cfg")), "nothing is half written")


def main():
    for test in (shipped, used, urdf_models, targets, unnamed_joints, odd_names, elsewhere, written_over, with_facts,
                 hostile_facts, mistakes):
        test()
    t.finish()


main()
