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


def torch_file(value):
    data, out = io.BytesIO(), io.BytesIO()
    Pickler(data, 2).dump(value)
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("archive/data.pkl", data.getvalue())
        archive.writestr("archive/data/0", struct.pack("<6f", *WEIGHT))
    return out.getvalue()


def convert(folder, content):
    path, out = os.path.join(folder, "in.pt"), os.path.join(folder, "out.safetensors")
    with open(path, "wb") as file:
        file.write(content)
    run = subprocess.run([sys.executable, os.path.join(SOURCE, "tools", "convert.py"), path, "--out", out],
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

        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w") as archive:
            archive.writestr("policy.pth", torch_file({"mlp_extractor.policy_net.0.weight": weight}))
            archive.writestr("data", '{"clip_range": 0.2}')
        run, tensors = convert(folder, zipped.getvalue())
        assert run.returncode == 0 and list(tensors) == ["mlp_extractor.policy_net.0.weight"], run.stderr
        with open(os.path.join(folder, "out.facts.json"), encoding="utf-8") as file:
            policy = json.load(file)["policy"]
        assert policy["algorithm"] == "PPO" and policy["activation"] == "tanh", policy

        run, tensors = convert(folder, torch_file({"w": Tensor((3, 2), (1, 3))}))  # transposed there
        assert tensors["w"] == ([3, 2], [0.5, 4.0, -1.25, 5.0, 3.0, -6.5]), tensors

        mark = os.path.join(folder, "executed")
        attack = torch_file({"w": weight})
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr("archive/data.pkl", b"cos\nsystem\n(S'touch " + mark.encode() + b"'\ntR.")
        for content, text in [(data.getvalue(), "os.system"),
                              (torch_file({"w": Tensor((4, 3), (3, 1))}), "beyond its storage"),
                              (attack[:60], "no zip"), (torch_file({"w": 1}), "no tensors")]:
            run, _ = convert(folder, content)
            assert run.returncode == 65 and text in run.stderr and "Traceback" not in run.stderr, run.stderr
        assert not os.path.exists(mark)
    print("convert: fine")


if __name__ == "__main__":
    main()
