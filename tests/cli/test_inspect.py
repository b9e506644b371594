"""carryover inspect: policies, tasks, studies, and every byte of a damaged policy."""

import json
import os

from common import (DATA, HEAD, NO_INPUT, OK, SOURCE, USAGE, Tests, reference, rewrite_policy, run, scratch, train,
                    write_network)

FIELDS = HEAD | {"kind", "path", "hash", "tensors", "contract", "valid", "problems"}
OF_NETWORK = {"producer", "producer_version", "opset", "inputs", "outputs", "operators", "nodes", "metadata"}
OF_POLICY = {"verified", "task_text", "domain_text", "facts"}
WORLD = {"elements", "joints", "actuators", "sensors", "cameras", "keyframes", "geom_groups"}
TENSOR = {"name", "shape", "dtype", "hash", "mean", "std"}
TASK = os.path.join(SOURCE, "configs", "tasks", "hopper.cfg")
STUDY = os.path.join(SOURCE, "configs", "studies", "smoke.cfg")

t = Tests()
folder = scratch("inspect")
policy = train(folder)


def policies():
    found = t.json("inspect", policy)
    t.keys(found, FIELDS | OF_POLICY, "policy")
    t.check(found["task_text"].startswith("task = {") and found["domain_text"] is None and found["verified"], "its world")
    t.equal({fact["from"] for fact in found["facts"]}, {"trained"}, "facts of a policy of our own are first-hand")
    t.equal([found["kind"], found["path"], found["valid"], found["problems"]], ["policy", policy, True, []], "policy")
    names = [tensor["name"] for tensor in found["tensors"]]
    for name in ("actor.trunk.0.weight", "actor.mean.bias", "actor.log_std", "critic.0.value.weight", "obs_norm.mean"):
        t.check(name in names, f"tensor {name}")
    for tensor in found["tensors"]:
        t.keys(tensor, TENSOR, tensor["name"])
    shapes = {tensor["name"]: tensor["shape"] for tensor in found["tensors"]}
    t.equal(shapes["actor.trunk.0.weight"], [64, 3], "weights are (out x in)")
    contract = found["contract"]
    t.equal([e["name"] for e in contract["observation"]], ["cos/hinge", "sin/hinge", "qvel/hinge"], "observation")
    t.equal(contract["task"]["name"], "pendulum", "task")
    t.equal(found["hash"], t.json("eval", policy, "--episodes", 1)["policy_hash"], "the hash that eval tells")


def of_others():
    """Without a checksum, a text, or what only a learner needs, a policy acts the same and says what it lacks."""
    wanted = t.json("eval", policy, "--episodes", 2)["trace_hash"]
    whole = t.json("inspect", policy)
    optional = ("critic.", "reward_norm.")
    actor = [x for x in whole["tensors"] if not x["name"].startswith(optional)]
    path = rewrite_policy(policy, os.path.join(folder, "actor.safetensors"), keep=lambda name: not name.startswith(optional))
    found = t.json("inspect", path)
    t.equal(found["tensors"], actor, "parts that are missing are absent")
    t.equal([found["verified"], found["task_text"]], [False, whole["task_text"]], "unverified")
    for word in ("unverified", "no critics"):
        t.check(any(word in problem for problem in found["problems"]), f"{word}: {found['problems']}")
    t.check("(unverified: it has no checksum)" in run("eval", path, "--episodes", 1).out, "eval says so")
    played = t.json("eval", path, "--episodes", 2)
    t.equal([played["trace_hash"], played["verified"]], [wanted, False], "it acts the same")
    compared = t.json("diff", policy, path)
    t.equal([compared["a"]["verified"], compared["b"]["verified"], compared["meaning_equal"]], [True, False, True], "diff")
    t.equal({x["status"] for x in compared["tensors"]}, {"same", "only_a"}, "diff knows what is there")
    bare = rewrite_policy(policy, os.path.join(folder, "bare.safetensors"), keys=["carryover"])
    t.equal(t.json("eval", bare, "--episodes", 2)["trace_hash"], wanted, "its task is found by its name")
    for keep, name in ((lambda name: name != "critic.0.value.bias", "critic.0.value.bias"),
                       (lambda name: name != "reward_norm.var", "reward_norm.var"),
                       (lambda name: name != "actor.log_std", "actor.log_std"),
                       (lambda name: not name.startswith("obs_norm."), "obs_norm.mean")):
        part = rewrite_policy(policy, os.path.join(folder, "part.safetensors"), keep=keep)
        t.error(DATA, f'no tensor "{name}"', "inspect", part)
    t.error(DATA, "no contract in the metadata", "inspect",
            rewrite_policy(policy, os.path.join(folder, "none.safetensors"), keys=["task"]))
    t.error(DATA, "the checksum is not the first entry|checksum doesn't match", "inspect",
            rewrite_policy(policy, os.path.join(folder, "wrong.safetensors"), keys=["checksum", "carryover", "task"]))


def of_format_1():
    """A file as the first versions wrote it: no blocks, fewer facts, no text of the task."""
    path = os.path.join(folder, "format_1.safetensors")

    def first(text):
        contract = json.loads(text)
        members = ("network", "observation", "action", "default_pose", "timing", "observe", "history", "normaliser", "command",
                   "task", "domain", "model", "training")
        contract.update(format=1, provenance={member: {"from": "trained"} for member in members},
                        observation=[{key: element[key] for key in ("name", "term", "unit", "scale", "offset", "clip")}
                                     for block in contract["observation"] for element in block["elements"]])
        for action in contract["action"]:
            del action["drive"]
        for key in ("joints", "frames", "clocks"):
            del contract[key]
        del contract["history"]["order"]
        contract["model"]["hash"] = None  # that of its format is another
        return json.dumps(contract)

    rewrite_policy(policy, path, keys=["carryover"], edit=first)
    found = t.json("inspect", path)
    t.equal([found["contract"]["format"], found["task_text"]], [1, None], "format 1 is read")
    t.equal(t.json("eval", path, "--episodes", 2)["trace_hash"], t.json("eval", policy, "--episodes", 2)["trace_hash"],
            "and acts the same")


def networks():
    """An ONNX file: y = tanh(x W), W with 2 x 3 numbers; a long text in its metadata is cut for people only."""
    path = write_network(os.path.join(folder, "network.onnx"))
    found = t.json("inspect", path)
    t.keys(found, FIELDS | OF_NETWORK, "onnx")
    t.equal([found[key] for key in ("kind", "operators", "opset", "producer")], ["onnx", ["MatMul", "Tanh"], 13, "test"], "onnx")
    t.equal(found["inputs"], [{"name": "x", "dtype": None, "shape": None}], "what goes in")
    t.equal(found["nodes"][0],
            {"name": "first", "operator": "MatMul", "domain": "", "inputs": ["x", "w"], "outputs": ["h"]}, "node")
    tensor = found["tensors"][0]
    t.keys(tensor, TENSOR, "tensor")
    t.equal([tensor["name"], tensor["shape"], tensor["dtype"], tensor["mean"]], ["w", [2, 3], "float32", 3.5], "tensor")
    t.equal(found["metadata"], {"robot": "line 1\nline 2" * 20}, "metadata")
    text = run("inspect", path).out
    t.check("    0  MatMul x, w\n" in text and "line 1 line 2line 1" in text and "... (260 bytes)" in text, text)
    t.error(DATA, r'network.onnx: node 1 "" \(Tanh\) takes "z", which nothing makes', "inspect", write_network(path, taken="z"))
    for other in [reference("sim2sim", name) for name in ("unitree_go1", "unitree_g1_mjlab", "unitree_g1_isaaclab")]:
        if other:
            found = t.json("inspect", os.path.join(other, "policy.onnx"))
            with open(os.path.join(other, "facts.json"), encoding="utf-8") as file:
                about = json.load(file)["policy"]
            t.equal([found["inputs"][0]["name"], found["inputs"][0]["shape"][-1]], [about["input"], about["obs_dim"]], other)


def configs():
    for path, kind, key in ((TASK, "task", "observation"), (STUDY, "study", "targets")):
        found = t.json("inspect", path)
        t.keys(found, FIELDS | {"keys"} | (WORLD if kind == "task" else set()), kind)
        t.equal([found["kind"], found["tensors"], found["contract"]], [kind, [], {}], kind)
        t.check(key in found["keys"], f"{kind} has {key}")


def world():
    found = t.json("inspect", TASK)
    names = [(e["block"], e["index"], e["name"], e["unit"]) for e in found["elements"]]
    t.equal(names[0], ("observation", 0, "qpos/rootz", "m"), "first observation")
    t.equal(names[11], ("action", 0, "ctrl/thigh_joint", "1"), "first action")
    t.equal([j["name"] for j in found["joints"]],
            ["rootx", "rootz", "rooty", "thigh_joint", "leg_joint", "foot_joint"], "joints")
    t.equal([(a["joint"], a["low"], a["high"]) for a in found["actuators"]][2], ("foot_joint", -1, 1), "actuator")
    t.equal([c["name"] for c in found["cameras"]], ["track"], "cameras")
    done = run("inspect", TASK)
    t.equal(done.code, OK, "text: exit code")
    for word in ("  0  qpos/rootz [m]", "actuators", "geoms by group", "foot_joint"):
        t.check(word in done.out, f"text tells {word}")


def names():
    """The name of a task is as good as its path; what is there is looked at first."""
    by_name, by_path = t.json("inspect", "hopper"), t.json("inspect", TASK)
    t.equal({**by_name, "path": ""}, {**by_path, "path": ""}, "hopper")
    t.check(os.path.samefile(by_name["path"], TASK), "the path of hopper")
    t.error(NO_INPUT, r"hoper is neither a file nor a folder: no task .*did you mean \"hopper\"", "inspect", "hoper")


def judged():
    """What no command would take is not valid; all that comes along is."""
    for place in ("tasks", "domains", "studies"):
        where = os.path.join(SOURCE, "configs", place)
        for name in sorted(os.listdir(where))[::3]:
            found = t.json("inspect", os.path.join(where, name))
            t.equal([found.get("valid"), found.get("problems")], [True, []], name)
    for text, problem in (("task = { bogus = 1; };", "bogus: unknown key"),
                          ('task = { base = "hopper"; model = "none.xml"; };', 'no file "none.xml"'),
                          ('task = { base = "hopper"; reward = ( { term = "aliv"; } ); };', 'did you mean "alive"'),
                          ('domain = ( { parameter = "option.gravty"; scale = 2.0; } );', 'did you mean "option.gravity"'),
                          ('presets = ( { name = "x"; domain = ( { parameter = "body.mass"; } ); } );', "body.mass"),
                          ("study = { format = 1; };", "sources: missing key"),
                          ('strategies = ( { name = "m"; base = "partail"; } );', 'did you mean "partial"')):
        path = os.path.join(folder, "judged.cfg")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        found = t.json("inspect", path)
        t.check(not found["valid"] and any(problem in line for line in found["problems"]), f"{text}: {found['problems']}")
        with open(path, "w", encoding="utf-8-sig") as file:  # with a byte order mark, which changes nothing
            file.write(text)
        t.equal(t.json("inspect", path)["problems"], found["problems"], f"{text}: with a byte order mark")
        t.check(f"\nproblem: {found['problems'][0]}\n" in run("inspect", path).out, f"{text}: in words")


def text():
    done = run("inspect", policy)
    t.equal(done.code, OK, "text: exit code")
    for word in ("actor.mean.weight", "64 x 3", "cos/hinge", "pendulum"):
        t.check(word in done.out, f"text tells {word}")


def damaged():
    with open(policy, "rb") as file:
        whole = file.read()
    path = os.path.join(folder, "damaged.safetensors")
    step = max(1, len(whole) // 60)
    for at in list(range(0, 200, 13)) + list(range(200, len(whole), step)):
        with open(path, "wb") as file:
            file.write(whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1:])
        t.error(DATA, r"damaged.safetensors: ", "inspect", path)
    for size in (0, 1, 7, 8, 9, 100, len(whole) // 2, len(whole) - 1):
        with open(path, "wb") as file:
            file.write(whole[:size])
        t.error(DATA, r"damaged.safetensors: ", "inspect", path, "--json")


def errors():
    empty = scratch("inspect_empty")
    table = [
        (USAGE, r"missing argument", []),
        (NO_INPUT, r"nothing: ", [os.path.join(folder, "nothing")]),
        (NO_INPUT, r"not the folder of a study", [empty]),
    ]
    for code, pattern, args in table:
        t.error(code, pattern, "inspect", *args)
    t.full_disk("inspect", policy)
    t.full_disk("inspect", policy, "--json")


for test in (policies, of_others, of_format_1, networks, configs, world, names, judged, text, damaged, errors):
    test()
t.finish()
