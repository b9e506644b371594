#!/usr/bin/env python3
"""Policies whose graph is no chain of dense layers: imported as programs, and used by everything that only runs a policy;
what would train them is refused with the operation."""

import json
import math
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
from common import CONFIG, DATA, OK, Tests, message, run, scratch  # noqa: E402

from display import Display, Window, available, pixels  # noqa: E402
from networks import W1, float32, node, tensor, value  # noqa: E402

t = Tests()
folder = scratch("program")
JOINED = [[0.5 * ((3 * i) % 5 - 2)] for i in range(8)]
ROUND = [[0.2 * ((i + 2 * k) % 5 - 2) for k in range(4)] for i in range(4)]
OUT = [[1.5], [-1.0], [0.5], [0.75]]


def path(name):
    return os.path.join(folder, name)


def with_axis(entry, axis):
    """The node with the attribute "axis"."""
    return entry[0], entry[1] + message((5, message((1, "axis"), (20, 2), (3, axis))))


def save(name, nodes, tensors, inputs, outputs):
    graph = message(*nodes, (2, "policy"), *((5, tensor(*one)) for one in tensors), *((11, value(*one)) for one in inputs),
                    *((12, value(*one)) for one in outputs))
    with open(path(name), "wb") as file:
        file.write(message((1, 8), (2, "test"), (7, graph), (8, message((2, 17)))))
    return path(name)


def branches(name="branches.onnx", joined=None, given="obs"):
    """tanh and sigmoid of the same product, joined."""
    nodes = [node("MatMul", [given, "w"], "x"), node("Tanh", ["x"], "bent"), node("Sigmoid", ["x"], "squeezed"),
             with_axis(node("Concat", ["bent", "squeezed"], "both"), 1), node("MatMul", ["both", "joined"], "action")]
    return save(name, nodes, [("w", W1), ("joined", joined or JOINED)], [(given, 3)], [("action", 1)])


def recurrent(name="recurrent.onnx"):
    """h = tanh(obs w + h r), whose square acts."""
    nodes = [node("MatMul", ["obs", "w"], "seen"), node("MatMul", ["h_in", "r"], "kept"), node("Add", ["seen", "kept"], "sum"),
             node("Tanh", ["sum"], "h_out"), node("Mul", ["h_out", "h_out"], "square"), node("MatMul", ["square", "o"], "action")]
    return save(name, nodes, [("w", W1), ("r", ROUND), ("o", OUT)], [("obs", 3), ("h_in", 4)], [("action", 1), ("h_out", 4)])


def imported(graph, name, *more):
    files = graph if isinstance(graph, list) else [graph]
    return t.json("import", *files, "--task", "pendulum", "--normaliser", "none", *more, "--out", path(name))


def import_both():
    for graph, name, operation in ((branches(), "b.safetensors", "Concat"), (recurrent(), "r.safetensors", "Mul")):
        found = imported(graph, name)
        t.equal([found["written"], found["trainable"], found["normaliser_known"]], [True, False, True], name)
        t.check(operation in found["operators"] and "node " in found["untrainable"], f"why: {found['untrainable']}")
        first = open(path(name), "rb").read()
        t.check(folder.encode() not in first, "no place of a file is in a policy")
        imported(graph, "again.safetensors")
        t.equal(open(path("again.safetensors"), "rb").read(), first, "the same bytes again")
    text = run("import", path("branches.onnx"), "--task", "pendulum", "--normaliser", "none", "--out", path("b.safetensors"))
    t.check("it runs and cannot be trained" in text.out and "written to" in text.out, text.out)


def inspected():
    found = t.json("inspect", path("r.safetensors"))
    program = found["program"]
    t.equal(found["valid"], True, "valid")
    t.equal([program["inputs"], program["states"]], [[{"name": "obs", "count": 3}], [{"name": "h_in", "count": 4}]], "ports")
    t.equal([program["operations"], program["constants"], program["numbers"]], [6, 3, 32], "sizes")
    t.equal([tensor["name"] for tensor in found["tensors"]],
            ["actor.log_std", "obs_norm.mean", "obs_norm.var", "obs_norm.count"], "tensors beside it")
    t.check("(Mul)" in program["untrainable"], f"the operation: {program['untrainable']}")
    text = run("inspect", path("r.safetensors")).out
    t.check("program     6 operations: MatMul, Add, Tanh, Mul; 32 numbers" in text and "states      h_in (4)" in text, text)


def differs():
    branches("other.onnx", [[x[0] + 0.25] for x in JOINED])
    imported(path("other.onnx"), "other.safetensors")
    same = t.json("diff", path("b.safetensors"), path("b.safetensors"))
    t.equal([same["equal"], same["other"]], [True, []], "the same")
    other = t.json("diff", path("b.safetensors"), path("other.safetensors"))
    t.equal([other["equal"], other["meaning_equal"], other["other"]], [False, True, ["program"]], "another program")
    t.check("also different: program" in run("diff", path("b.safetensors"), path("r.safetensors")).out, "told")


def act(kind, log):
    """The policy's own actions on the observations that a trace recorded."""
    h, actions = [0.0] * 4, []
    for obs in log:
        x = [sum(obs[i] * float32(W1[i][k]) for i in range(3)) for k in range(4)]
        if kind == "b":
            both = [math.tanh(a) for a in x] + [1 / (1 + math.exp(-a)) for a in x]
            actions.append(sum(a * float32(b[0]) for a, b in zip(both, JOINED)))
        else:
            h = [math.tanh(x[k] + sum(h[i] * float32(ROUND[i][k]) for i in range(4))) for k in range(4)]
            actions.append(sum(a * a * float32(b[0]) for a, b in zip(h, OUT)))
    return [max(-2.0, min(2.0, a)) for a in actions]


def acts():
    """Closed loop, on one thread and on several, and against the graph written out."""
    for kind in "br":
        policy = path(f"{kind}.safetensors")
        one = t.json("eval", policy, "--episodes", 6, "--threads", 1)
        t.equal(t.json("eval", policy, "--episodes", 6, "--threads", 3)["return"], one["return"], "threads")
        log = [[observed(i, k) for k in range(3)] for i in range(20)]
        steps = [{"obs": obs, "action": [a]} for obs, a in zip(log, act(kind, log))]
        with open(path("log.json"), "w", encoding="utf-8") as file:
            json.dump({"data": steps}, file)
        graph = path("branches.onnx" if kind == "b" else "recurrent.onnx")
        checked = t.json("import", graph, "--normaliser", "none", "--verify", path("log.json"), "--out", path("v.safetensors"))
        t.check(checked["verified"]["ok"] and checked["verified"]["max_abs"] < 1e-6, f"{kind}: {checked['verified']}")


def observed(i, k):
    return float32(0.3 * ((5 * i + 3 * k) % 11 - 5))


def joined_files():
    """An encoder and what it feeds, as two files."""
    encoder = save("encoder.onnx", [node("MatMul", ["obs", "w"], "x"), node("Tanh", ["x"], "bent"),
                                    node("Sigmoid", ["x"], "squeezed"),
                                    with_axis(node("Concat", ["bent", "squeezed"], "latent"), 1)],
                   [("w", W1)], [("obs", 3)], [("latent", 8)])
    head = save("head.onnx", [node("MatMul", ["latent", "joined"], "action")], [("joined", JOINED)], [("latent", 8)],
                [("action", 1)])
    imported([encoder, head], "two.safetensors")
    episodes = ("--episodes", 4)
    t.equal(t.json("eval", path("two.safetensors"), *episodes)["return"],
            t.json("eval", path("b.safetensors"), *episodes)["return"], "as in one file")


def several_ends():
    """Two inputs are the observation one behind the other; of two outputs one is said to act."""
    nodes = [with_axis(node("Concat", ["angle", "speed"], "obs"), 1), node("MatMul", ["obs", "w"], "x"),
             node("Tanh", ["x"], "bent"), node("Sigmoid", ["x"], "squeezed"),
             with_axis(node("Concat", ["bent", "squeezed"], "both"), 1), node("MatMul", ["both", "joined"], "torque"),
             node("MatMul", ["bent", "o"], "value")]
    graph = save("ends.onnx", nodes, [("w", W1), ("joined", JOINED), ("o", OUT)], [("angle", 2), ("speed", 1)],
                 [("torque", 1), ("value", 1)])
    t.error(DATA, "which output acts is not said", "import", graph, "--out", path("no.safetensors"))
    imported(graph, "ends.safetensors", "--action", "torque")
    t.equal(t.json("inspect", path("ends.safetensors"))["program"]["inputs"],
            [{"name": "angle", "count": 2}, {"name": "speed", "count": 1}], "inputs")
    t.equal(t.json("eval", path("ends.safetensors"), "--episodes", 4)["return"],
            t.json("eval", path("b.safetensors"), "--episodes", 4)["return"], "as with one input")


def used():
    """Recordings, data sets and checks run it."""
    policy = path("r.safetensors")
    t.json("record", policy, "--task", "pendulum", "--seconds", 0.1, "--out", path("film"))
    t.json("data", "record", policy, "--task", "pendulum", "--episodes", 2, "--out", path("set.codata"))
    t.json("check", "pendulum", "--domain", "gravity_x0.5", "--policy", policy)
    t.error(CONFIG, "acts by the operations of another program's file", "export", policy, "--to", "onnx",
            "--out", path("out.onnx"))


def played():
    """The window with all panels; what there is to be seen of a program are its ends."""
    if not available():
        return
    with open(path("do.script"), "w", encoding="utf-8") as file:
        file.write("key F3\nkey F4\nwait 0.3\nsave panels.png\nquit\n")
    with Display() as display:
        window = Window(display, folder, "play", path("r.safetensors"), "--domain", "gravity_x0.5", "--size", "640x480",
                        "--script", path("do.script"))
        t.equal(window.wait(), OK, f"play: exit code ({window.text()[-300:]})")
    picture = pixels(path("panels.png"))
    t.check(len({tuple(row[i:i + 3]) for row in picture for i in range(0, len(row), 3)}) > 20, "something is seen")


def study(strategies, name="study.cfg"):
    with open(path(name), "w", encoding="utf-8") as file:
        file.write("""study = { format = 1; name = "s"; seeds = 1; final_episodes = 4;
  sources = ( { name = "a"; task = "pendulum"; policy = "POLICY"; } );
  targets = ( { name = "t"; task = "pendulum"; domain = "gravity_x0.5"; steps = 64; } );
  strategies = ( STRATEGIES ); };
""".replace("POLICY", path("r.safetensors")).replace("STRATEGIES", ", ".join(f'{{ name = "{s}"; }}' for s in strategies)))
    return path(name)


def studied():
    done = run("run", study(["zero_shot"]), "--out", path("study"), "--quiet")
    t.equal(done.code, 0, f"a study of zero_shot: {done.err}")
    found = [os.path.join(at, name) for at, _, names in os.walk(path("study")) for name in names
             if name == "policy.safetensors" and "zero_shot" in at]
    t.check(len(found) == 1, f"the policy that was kept: {found}")
    t.equal(t.json("inspect", found[0])["program"]["hash"], t.json("inspect", path("r.safetensors"))["program"]["hash"],
            "the same program")
    t.equal(t.json("eval", found[0], "--task", "pendulum", "--episodes", 3)["return"],
            t.json("eval", path("r.safetensors"), "--task", "pendulum", "--episodes", 3)["return"], "the same actions")


def beside_scratch():
    """What learns anew needs nothing of the program."""
    done = run("run", study(["zero_shot", "scratch"], "both.cfg"), "--out", path("both"), "--quiet")
    t.equal(done.code, 0, f"a study of zero_shot and scratch: {done.err}")


def not_trained():
    says = r"\(Mul\): .*zero_shot takes it as it is"
    t.error(CONFIG, says, "run", study(["zero_shot", "full"]), "--out", path("no"))
    t.check(not os.path.exists(path("no/trials")), "nothing was begun")
    t.error(CONFIG, says, "train", "pendulum", "--from", path("r.safetensors"), "--steps", 64, "--out", path("no.safetensors"))
    t.check(not os.path.exists(path("no.safetensors")), "nothing was written")
    found = t.json("train", "pendulum", "--from", path("r.safetensors"), "--strategy", "zero_shot", "--out",
                   path("same.safetensors"))
    t.equal(found["step0_action_difference"], 0.0, "zero_shot is the same policy")


def damaged():
    """Truncated, flipped, and with a program that says other sizes."""
    whole = open(path("r.safetensors"), "rb").read()
    for name, data in (("cut", whole[:-5]), ("flipped", whole[:900] + bytes([whole[900] ^ 4]) + whole[901:])):
        with open(path(f"{name}.safetensors"), "wb") as file:
            file.write(data)
        t.error(DATA, rf"{name}.safetensors: offset \d+: ", "eval", path(f"{name}.safetensors"))
    length = struct.unpack("<Q", whole[:8])[0]
    header = json.loads(whole[8:8 + length])
    meta = header["__metadata__"]
    del meta["checksum"]
    meta["program"] = meta["program"].replace('"shape":[1,4]', '"shape":[1,4000000]')
    text = json.dumps(header).encode()
    with open(path("sized.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + whole[8 + length:])
    t.error(DATA, r"sized.safetensors: node \d+ ", "eval", path("sized.safetensors"))


for test in (import_both, inspected, differs, acts, joined_files, several_ends, used, played, studied,
             beside_scratch, not_trained, damaged):
    test()
t.finish()
