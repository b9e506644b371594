"""Policies as other programs run them: every policy of the zoo as ONNX comes back bit for bit, as C it compiles."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
from common import CONFIG, DATA, NO_INPUT, OK, SOURCE, USAGE, Tests, run, scratch  # noqa: E402

t = Tests()
folder = scratch("export")
ZOO = sorted(name[:-len(".safetensors")] for name in os.listdir(os.path.join(SOURCE, "configs", "policies"))
             if name.endswith(".safetensors"))
PLAYED = ("hopper", "pendulum", "quadruped_flat")

for name in ZOO:
    out = os.path.join(folder, f"{name}.onnx")
    found = t.json("export", f"zoo:{name}", "--to", "onnx", "--out", out)
    t.equal(found.get("files"), [out], f"{name}: files")
    t.check(0 <= found.get("max_abs") < 1e-5, f"{name}: its operations, in float32")
    t.equal(run("inspect", out).code, OK, f"{name}: inspect")
    # and through both commands: what it does, and what it says of itself
    back = os.path.join(folder, f"{name}.safetensors")
    t.equal(t.json("import", out, "--out", back)["normaliser_known"], True, f"{name}: its normaliser comes back")
    played = [t.json("eval", one, "--episodes", 1)["trace_hash"] for one in (f"zoo:{name}", back)] if name in PLAYED else [0, 0]
    t.equal(*played, f"{name}: one episode, there and back")

# operations that somebody has changed are not what the contract inside is about
with open(os.path.join(folder, "hopper.onnx"), "rb") as file:
    data = file.read()
t.check(b"Tanh" in data, "hopper's layers are tanh")
with open(os.path.join(folder, "edited.onnx"), "wb") as file:
    file.write(data.replace(b"Tanh", b"Relu"))
t.error(DATA, "its graph gives other actions", "import", os.path.join(folder, "edited.onnx"), "--out",
        os.path.join(folder, "edited.safetensors"))
t.check(not os.path.exists(os.path.join(folder, "edited.safetensors")), "nothing is written of it")

# tensors under names of other programs, with facts beside them: as they are, and as the task's policy
for name in ZOO:
    out, facts, back = (os.path.join(folder, f"{name}.{end}") for end in ("t.safetensors", "t.facts.json", "b.safetensors"))
    found = t.json("export", f"zoo:{name}", "--to", "safetensors", "--out", out)
    t.equal(found.get("files"), [out, facts], f"{name}: tensors and facts")
    t.equal(found.get("max_abs"), 0, f"{name}: tensors read back")
    t.equal(found.get("left_out"), [], f"{name}: facts hold all")
    t.equal(t.json("import", out, facts, "--task", name, "--out", back)["normaliser_known"], True, f"{name}: normaliser")
    played = [t.json("eval", one, "--episodes", 1)["trace_hash"] for one in (f"zoo:{name}", back)] if name in PLAYED else [0, 0]
    t.equal(*played, f"{name}: one episode, there and back as tensors")

# what algorithms and layers make: squashed heads, memory, layer norm; trained here for a moment
MADE = {"squashed": ("pendulum", ["--algorithm", "sac", "--set", "learning.hidden=[16, 16]", "--steps", 400]),
        "memory": ("inverted_pendulum", ["--set", "learning.memory=\"gru\"", "--steps", 512]),
        "unscaled": ("reacher", ["--set", "learning.normalize_obs=false", "--steps", 512])}
for name, (task, options) in MADE.items():
    policy, out, facts, back = (os.path.join(folder, f"made_{name}.{end}") for end in
                                ("safetensors", "t.safetensors", "t.facts.json", "b.safetensors"))
    t.json("train", task, "--out", policy, *options)
    t.equal(t.json("export", policy, "--to", "safetensors", "--out", out).get("max_abs"), 0, f"{name}: tensors read back")
    t.json("import", out, facts, "--task", task, "--out", back)
    t.equal(*[t.json("eval", one, "--episodes", 1)["trace_hash"] for one in (policy, back)], f"{name}: one episode, as tensors")
    one, two = (t.json("inspect", path)["contract"]["network"] for path in (policy, back))
    t.equal(one["heads"].keys() - {"value", "q"}, two["heads"].keys() - {"value", "q"}, f"{name}: the same head")

# settings and network of a controller on a robot: what has no key is told, and both come back as the policy
deploy = os.path.join(folder, "deploy")
found = t.json("export", "quadruped_flat", "--to", "deploy", "--out", deploy)
network, settings = (os.path.join(deploy, name) for name in ("policy.onnx", "deploy.yaml"))
t.equal(found.get("files"), [network, settings], "deploy: files")
t.check(0 < found.get("max_abs") < 1e-5, "deploy: float32 is measured, and not 0")
t.equal([text.split(":")[0] for text in found.get("left_out")],
        ["joint_ids_map", "action.torque_limit", "timing.timestep", "action.low"], "deploy: what has no key")
with open(settings, encoding="utf-8") as file:
    text = file.read()
for want in ("stiffness: [40.0, 40.0,", "step_dt: 0.02\n", "      lin_vel_x: [-0.6, 1.0]\n", "    offset: [0.0, 0.82, -1.5,",
             "  joint_vel_rel:\n", "# action.torque_limit: "):
    t.check(want in text, f"deploy.yaml: {want!r}")
back = os.path.join(folder, "deployed.safetensors")
t.json("import", network, settings, "--out", back)
t.equal(*[t.json("eval", one, "--episodes", 1)["trace_hash"] for one in ("zoo:quadruped_flat", back)], "deploy: one episode")
for was, now, where in (("step_dt: 0.02", "step_dt: 0.03", "timing.control_dt"),
                        ("    scale: [0.3,", "    scale: [0.4,", "action.0.scale"),
                        ("stiffness: [40.0", "stiffness: [41.0", "action.0.kp"),
                        ("    scale: [0.25", "    scale: [0.5", "observation.0.scale")):
    t.check(was in text, f"deploy.yaml has {was}")
    with open(settings, "w", encoding="utf-8") as file:
        file.write(text.replace(was, now))
    t.error(CONFIG, where, "import", network, settings, "--out", os.path.join(folder, "other.safetensors"))
t.error(CONFIG, "action.kind", "export", "hopper", "--to", "deploy", "--out", os.path.join(folder, "none"))
t.check(not os.path.exists(os.path.join(folder, "none")), "no folder is made for what is refused")
found = t.json("export", "quadruped_flat", "--to", "deploy", "--out", os.path.join(folder, "go.yaml"))
both = [os.path.join(folder, name) for name in ("go.onnx", "go.yaml")]
t.equal(found.get("files"), both, "deploy: a file, and the network beside")

# whole or not at all: a folder in the place of either file, a folder that is a file
PLACES = (("whole.safetensors", "whole.facts.json"), ("half.safetensors", "half.safetensors"), ("pair.c", "pair.h"))
for name, place in PLACES:
    os.makedirs(os.path.join(folder, place))
    form = "c" if name.endswith(".c") else "safetensors"
    done = run("export", "hopper", "--to", form, "--out", os.path.join(folder, name))
    t.check(done.code not in (OK, USAGE) and "is a folder" in done.err, f"{name}: {done.err}")
    stem = name.split(".")[0]
    t.equal([other for other in os.listdir(folder) if other.startswith(stem + ".")], [place], f"{name}: nothing half-written")
done = run("export", "quadruped_flat", "--to", "deploy", "--out", os.path.join(folder, "hopper.onnx", "x"))
t.check(done.code not in (OK, USAGE) and "cannot create the folder" in done.err, f"deploy: below a file: {done.err}")

source = os.path.join(folder, "walk.c")
found = t.json("export", "quadruped_flat", "--to", "c", "--out", source, "--name", "walk")
t.equal(found.get("files"), [source, source[:-1] + "h"], "C: files")
t.equal(found.get("max_abs"), 0, "C: its numbers read back")
done = subprocess.run(["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-c", "-o",
                       os.path.join(folder, "walk.o"), source], stderr=subprocess.PIPE, text=True)
t.equal(done.returncode, 0, f"C: compiled: {done.stderr}")

t.error(USAGE, "--to FORM and --out FILE", "export", "hopper")
t.error(USAGE, "it is one of onnx", "export", "hopper", "--to", "tflite", "--out", os.path.join(folder, "x"))
t.error(USAGE, "ending .safetensors", "export", "hopper", "--to", "safetensors", "--out", os.path.join(folder, "x.pt"))
t.error(USAGE, "ending .c", "export", "hopper", "--to", "c", "--out", os.path.join(folder, "x.cc"))
t.error(USAGE, "no beginning of names", "export", "hopper", "--to", "c", "--out", source, "--name", "2 b")
t.error(NO_INPUT, "", "export", os.path.join(folder, "none.safetensors"), "--to", "onnx", "--out",
        os.path.join(folder, "x.onnx"))
t.error(DATA, "", "export", os.path.join(folder, "hopper.onnx"), "--to", "c", "--out", os.path.join(folder, "x.c"))
t.check(not os.path.exists(os.path.join(folder, "x.c")), "what failed has written nothing")
t.finish()
