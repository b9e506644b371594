#!/usr/bin/env python3
"""tools/convert.py: tensors of torch's files come out as they went in, and nothing in a pickle is executed.

The files are made here, by pickling stand-ins that have the names of torch's functions.
"""

import io
import json
import os
import pickle
import struct
import subprocess
import sys
import tempfile
import types
import zipfile

SOURCE = os.environ.get("CARRYOVER_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WEIGHT = [0.5, -1.25, 3.0, 4.0, 5.0, -6.5]  # (2 x 3)


def stand_in(module, name):
    def function(*_):
        return None

    function.__module__, function.__qualname__, function.__name__ = module, name, name
    for part in (module.split(".")[0], module):
        sys.modules.setdefault(part, types.ModuleType(part))
    setattr(sys.modules[module], name, function)
    return function


REBUILD = stand_in("torch._utils", "_rebuild_tensor_v2")
STORAGE = stand_in("torch", "FloatStorage")


class Tensor:
    def __init__(self, size, stride):
        self.size, self.stride = size, stride

    def __reduce__(self):
        return REBUILD, (Held(), 0, self.size, self.stride, False, None)


class Held:
    pass


class Pickler(pickle.Pickler):
    def persistent_id(self, obj):
        return ("storage", STORAGE, "0", "cpu", len(WEIGHT)) if isinstance(obj, Held) else None


def module(kind, **members):
    """As torch.jit.save pickles one: an object of that class with its members as state."""
    name = f"__torch__.torch.nn.modules.{kind}"
    place, _, last = name.rpartition(".")
    if not hasattr(sys.modules.get(place), last):
        made = type(last, (), {"__module__": place, "__qualname__": last})
        for end in range(1, place.count(".") + 2):
            sys.modules.setdefault(".".join(place.split(".")[:end]), types.ModuleType(place))
        setattr(sys.modules[place], last, made)
    out = object.__new__(getattr(sys.modules[place], last))
    out.__dict__.update({key.removeprefix("_"): value for key, value in members.items()}, training=False)
    return out


def scripted(*layers):
    """A Sequential named actor: a tensor is a linear layer, a text an activation."""
    made = [module(f"activation.{x}") if isinstance(x, str) else module("linear.Linear", weight=x) for x in layers]
    return module("container.Whole", actor=module("container.Sequential", **{f"_{i}": x for i, x in enumerate(made)}))


def torch_file(value, script=False):
    data, out = io.BytesIO(), io.BytesIO()
    Pickler(data, 2).dump(value)
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("archive/data.pkl", data.getvalue())
        archive.writestr("archive/data/0", struct.pack("<6f", *WEIGHT))
        if script:
            archive.writestr("archive/constants.pkl", b"")
    return out.getvalue()


def sb3_zip(tensors, data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("policy.pth", torch_file(tensors))
        archive.writestr("data", json.dumps(data))
    return out.getvalue()


def unpacking(size):
    """A small file whose tensors say that they are large."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("archive/data.pkl", bytes(size))
    return out.getvalue()


def pickled(data):
    """A file of torch whose pickle is these bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("archive/data.pkl", data)
    return out.getvalue()


def within_itself():
    out = {}
    out["again"] = out
    return out


def doubled(depth):
    """2^depth members in a few lines."""
    out = {}
    for _ in range(depth):
        out = {"a": out, "b": out}
    return out


class Typed:
    """A list or dictionary with its type, as TorchScript keeps them; what another function of Python's makes of a value."""

    def __init__(self, value, function, *more, place="torch.jit._pickle"):
        self.value, self.function, self.more, self.place = value, function, more, place

    def __reduce__(self):
        return typed(self.function, self.place), (self.value, *self.more)


def typed(name, place):
    for end in range(1, place.count(".") + 2):
        sys.modules.setdefault(".".join(place.split(".")[:end]), types.ModuleType(place))
    function = types.FunctionType((lambda data, *_: data).__code__, {}, name)
    function.__module__, function.__qualname__ = place, name
    setattr(sys.modules[place], name, function)
    return function


def facts_in(folder):
    with open(os.path.join(folder, "out.facts.json"), encoding="utf-8") as file:
        return json.load(file)


def convert(folder, content, *more):
    path, out = os.path.join(folder, "in.pt"), os.path.join(folder, "out.safetensors")
    with open(path, "wb") as file:
        file.write(content)
    run = subprocess.run([sys.executable, os.path.join(SOURCE, "tools", "convert.py"), path, "--out", out, *more],
                         capture_output=True, text=True, check=False)
    if run.returncode:
        return run, {}
    with open(out, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            tensors[name] = (entry["shape"], list(struct.unpack(f"<{(end - begin) // 4}f", data[begin:end])))
    return run, tensors


def main():
    weight = Tensor((2, 3), (3, 1))
    with tempfile.TemporaryDirectory() as folder:
        cases = [({"model_state_dict": {"actor.0.weight": weight}}, "actor.0.weight"),
                 ({"actor_state_dict": {"mlp.0.weight": weight}}, "actor.mlp.0.weight"),
                 ({"policy": {"net_container.0.weight": weight}}, "net_container.0.weight")]
        for value, name in cases:
            run, tensors = convert(folder, torch_file(value))
            assert run.returncode == 0, run.stderr
            assert tensors == {name: ([2, 3], WEIGHT)}, tensors

        zipped = sb3_zip({"mlp_extractor.policy_net.0.weight": weight}, {"clip_range": 0.2})
        run, tensors = convert(folder, zipped)
        assert run.returncode == 0 and list(tensors) == ["mlp_extractor.policy_net.0.weight"], run.stderr
        facts = facts_in(folder)
        assert facts["policy"]["algorithm"] == "PPO" and facts["policy"]["activation"] == "tanh", facts
        assert "action" not in facts, facts

        # tanh's -1 and 1 are the ends of the action space; the bounds of a mean are told alone
        space = {"action_space": {"low": "[-2. -1.]", "high": "[2.  1.5]", "_shape": [2]}}
        run, tensors = convert(folder, sb3_zip({"actor.latent_pi.0.weight": weight, "critic.qf0.0.weight": weight}, space))
        assert run.returncode == 0 and sorted(tensors) == ["action_bias", "action_scale", "actor.latent_pi.0.weight"], tensors
        assert tensors["action_scale"] == ([2], [2.0, 1.25]) and tensors["action_bias"] == ([2], [0.0, 0.25]), tensors
        assert facts_in(folder)["action"] == {"low": [-2, -1], "high": [2, 1.5]}, facts_in(folder)
        run, tensors = convert(folder, sb3_zip({"mlp_extractor.policy_net.0.weight": weight}, space))
        assert len(tensors) == 1 and facts_in(folder)["action"]["high"] == [2, 1.5], tensors
        space["action_space"]["high"] = "[2. inf]"
        run, tensors = convert(folder, sb3_zip({"actor.mu.0.weight": weight}, space))
        assert len(tensors) == 1 and "action" not in facts_in(folder), tensors

        # which activation a module has is told by its class, not by a habit
        run, tensors = convert(folder, torch_file(scripted(weight, "Tanh", weight), script=True))
        assert sorted(tensors) == ["actor.0.weight", "actor.2.weight"], run.stderr
        assert facts_in(folder)["policy"]["activation"] == "tanh", facts_in(folder)
        run, tensors = convert(folder, torch_file(scripted(weight), script=True))
        assert run.returncode == 0 and "activation" not in facts_in(folder)["policy"], run.stderr

        # lists with a type are read over, dictionaries with one are dictionaries; names of a converted ONNX graph are plain
        for function, value in (("build_tensorlist", [weight]), ("restore_type_tag", {"w": weight})):
            run, tensors = convert(folder, torch_file({"a": weight, "b": Typed(value, function, "List[Tensor]")}))
            assert sorted(tensors) == ["a", "b.w"][:len(tensors)] and len(tensors) == 1 + isinstance(value, dict), run.stderr
        drawn = Typed("PCG64", "__generator_ctor", place="numpy.random._pickle")  # of a space, beside statistics
        run, tensors = convert(folder, torch_file({"a": weight, "b": drawn}))
        assert list(tensors) == ["a"], run.stderr
        with open(os.path.join(folder, "norm.pkl"), "wb") as file:
            file.write(b"cos\nsystem\n(S'true'\ntR.")
        run, _ = convert(folder, torch_file({"a": weight}), "--normaliser", os.path.join(folder, "norm.pkl"))
        assert run.returncode == 65 and "norm.pkl: the pickle asks for os.system" in run.stderr, run.stderr
        run, tensors = convert(folder, torch_file({"net/net/0/Gemm.weight": weight, "net/net/2/Gemm.bias": weight}))
        assert sorted(tensors) == ["actor.0.weight", "actor.2.bias"], run.stderr
        run, tensors = convert(folder, torch_file({"a/0/Gemm.weight": weight, "b/2/Gemm.bias": weight}))
        assert sorted(tensors) == ["a/0/Gemm.weight", "b/2/Gemm.bias"], run.stderr

        run, tensors = convert(folder, torch_file({"w": Tensor((3, 2), (1, 3))}))  # transposed there
        assert tensors["w"] == ([3, 2], [0.5, 4.0, -1.25, 5.0, 3.0, -6.5]), tensors

        mark = os.path.join(folder, "executed")
        attack = torch_file({"w": weight})
        for content, text in [(pickled(b"cos\nsystem\n(S'touch " + mark.encode() + b"'\ntR."), "os.system"),
                              # numbers that ask for memory: a place in the memo, a length, steps of 0
                              (pickled(b"\x80\x02}r\x00\x00\x00\x7f."), "no tensors"),
                              (pickled(b"\x80\x04\x8e" + struct.pack("<Q", 1 << 40) + b"."), "EOFError"),
                              (pickled(b"\x80\x05\x96" + struct.pack("<Q", 1 << 34) + b"."), "protocol 5"),
                              (torch_file({"w": Tensor((3, 1 << 23), (0, 0))}), "do not lie in their order"),
                              (torch_file({"w": Tensor((4, 3), (3, 1))}), "beyond its storage"),
                              (torch_file(scripted(weight, "ELU", weight, "Tanh", weight), True), "different activations"),
                              (torch_file(scripted(weight, "Tanh", weight, "Tanh"), True), "behind its last layer"),
                              (torch_file({"w": Tensor((2, 1 << 28), (0, 0))}), "more than 256 MiB"),
                              (torch_file(within_itself()), "within itself"),
                              (torch_file(doubled(40)), "more members"),
                              (unpacking((256 << 20) + 1), "unpacks to more than 256 MiB"),
                              (attack[:60], "no zip"), (torch_file({"w": 1}), "no tensors")]:
            run, _ = convert(folder, content)
            assert run.returncode == 65 and text in run.stderr and "Traceback" not in run.stderr, run.stderr
        assert not os.path.exists(mark)
        # nothing is half-written, what was there stays, and the file that is wrong is named
        run, _ = convert(folder, torch_file({"w": weight}))
        before = sorted(os.listdir(folder))
        wrong = os.path.join(folder, "in.pt")
        for more, text in [(["--normaliser", wrong], "in.pt: "), (["--out", os.path.join(folder, "none", "o")], "none"),
                           (["--out", wrong], "is the file that is read")]:
            command = [sys.executable, os.path.join(SOURCE, "tools", "convert.py"), wrong, "--out",
                       os.path.join(folder, "more.safetensors"), *more]
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            assert run.returncode != 0 and text in run.stderr and "Traceback" not in run.stderr, run.stderr
        assert sorted(os.listdir(folder)) == before, os.listdir(folder)
    print("convert: fine")


if __name__ == "__main__":
    main()
