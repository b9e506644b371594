#!/usr/bin/env python3
"""Turns checkpoints that are pickles into safetensors and facts, which carryover reads.

    convert.py policy.zip [--normaliser vecnormalize.pkl] --out policy.safetensors

Reads zips of Stable-Baselines3, checkpoints of rsl_rl and skrl, and TorchScript archives. Nothing in
them is executed: their pickles are read with a list of the globals that tensors need, and any other
one ends the program with its name. No more than 256 MiB are unpacked. Needs Python alone.
"""

import argparse
import collections
import io
import json
import math
import os
import pickle
import re
import struct
import sys
import zipfile
import zlib

# storages of torch: the element's name in safetensors and its bytes; the others hold no numbers of a policy
STORAGES = {"FloatStorage": ("F32", 4), "DoubleStorage": ("F64", 8), "HalfStorage": ("F16", 2),
            "BFloat16Storage": ("BF16", 2), "LongStorage": ("I64", 8), "IntStorage": ("I32", 4),
            "ByteStorage": ("U8", 1), "BoolStorage": ("BOOL", 1)}

# what TorchScript wraps lists and dictionaries in, to remember their type
TYPED_LISTS = ("restore_type_tag", "build_intlist", "build_tensorlist", "build_doublelist", "build_boollist")

UNPACKED = 256 << 20  # most bytes that an archive's members, or a tensor, may have
MEMBERS = 100_000     # most members of dictionaries in a checkpoint
SCATTERED = 1 << 24   # most numbers of a tensor that are brought to their order one by one

# an array: element, shape, bytes in row-major order
Array = collections.namedtuple("Array", "element shape data")


class Refused(Exception):
    pass


class Archive:
    """The members of a zip, which together unpack to UNPACKED bytes at most."""

    def __init__(self, data):
        self.zip = zipfile.ZipFile(io.BytesIO(data))
        self.names = set(self.zip.namelist())
        self.left = UNPACKED
        self.known = {}

    def read(self, name):
        if name not in self.known:
            self.left -= self.zip.getinfo(name).file_size  # of which zipfile gives no more
            if self.left < 0:
                raise Refused(f"it unpacks to more than {UNPACKED >> 20} MiB")
            self.known[name] = self.zip.read(name)
        return self.known[name]


class Blank:
    """Stands for an object whose class is not imported; its state is kept as it was pickled."""

    def __init__(self, *args, **kwargs):
        self.state = {}

    def __setstate__(self, state):
        self.state = state if isinstance(state, dict) else {}


class Dtype:
    """Stands for numpy.dtype; the two that statistics have."""

    def __init__(self, name, *_):
        self.name = str(name)

    def __setstate__(self, state):
        if state[1] not in ("<", "|"):
            raise Refused("an array of numpy that is not little-endian")


class Ndarray:
    """Stands for numpy.ndarray."""

    def __setstate__(self, state):
        _, self.shape, self.dtype, self.fortran, self.data = state

    def numbers(self):
        code = {"f4": "f", "f8": "d"}.get(self.dtype.name)
        if not code or not isinstance(self.data, bytes) or len(self.shape) != 1:
            raise Refused("statistics that are no list of plain numbers")
        return list(struct.unpack(f"<{self.shape[0]}{code}", self.data))


def rebuild_ndarray(*_):
    return Ndarray()


def rebuild_scalar(dtype, data):
    code = {"f8": "<d", "f4": "<f", "i8": "<q"}.get(dtype.name)
    return struct.unpack(code, data)[0] if code else None


def rebuild_tensor(storage, offset, size, stride, *_):
    element, item, data = storage
    count = math.prod(size)
    last = sum((n - 1) * s for n, s in zip(size, stride)) if all(size) else -1
    if offset < 0 or min([0, *stride, *size]) < 0 or (offset + last + 1) * item > len(data):
        raise Refused("a tensor reaches beyond its storage")
    if count * item > UNPACKED:  # a step of 0 repeats what is there
        raise Refused(f"a tensor of more than {UNPACKED >> 20} MiB")
    rows = [math.prod(size[d + 1:]) for d in range(len(size))]
    if all(n == 1 or step == row for n, step, row in zip(size, stride, rows)):  # as it lies there
        return Array(element, list(size), data[offset * item:(offset + count) * item])
    if count > SCATTERED:
        raise Refused(f"a tensor of more than {SCATTERED} numbers that do not lie in their order")
    at = [offset]
    for n, step in zip(size, stride):
        at = [first + k * step for first in at for k in range(n)]
    return Array(element, list(size), b"".join(data[i * item:(i + 1) * item] for i in at))


def rebuild_parameter(data, *_):
    return data


# The reader of the standard library that is written in Python: the one in C fills as much memory as a number in the
# pickle says, before it looks for what is to be there.
class Reader(pickle._Unpickler):  # pylint: disable=protected-access
    def __init__(self, data, storage=None):
        super().__init__(io.BytesIO(data))
        self.storage = storage

    def load_bytearray8(self):
        raise Refused("bytes as protocol 5 of pickle has them, which neither torch nor numpy write by themselves")

    dispatch = {**pickle._Unpickler.dispatch, pickle.BYTEARRAY8[0]: load_bytearray8}

    def find_class(self, module, name):
        known = {("collections", "OrderedDict"): collections.OrderedDict,
                 ("torch._utils", "_rebuild_tensor_v2"): rebuild_tensor,
                 ("torch._utils", "_rebuild_parameter"): rebuild_parameter,
                 ("numpy", "dtype"): Dtype, ("numpy", "ndarray"): Ndarray,
                 ("_codecs", "encode"): lambda text, code: text.encode("latin1")}
        if (module, name) in known:
            return known[module, name]
        if module in ("numpy.core.multiarray", "numpy._core.multiarray") and name in ("_reconstruct", "scalar"):
            return rebuild_ndarray if name == "_reconstruct" else rebuild_scalar
        if module.startswith("numpy.random."):  # of an env's spaces, which draw from it
            return Blank
        if module == "torch.jit._pickle" and name in TYPED_LISTS:
            return rebuild_parameter
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        if module.startswith("__torch__.torch.nn.modules.activation"):
            return type(name, (Blank,), {})
        if module.startswith("__torch__") or module.startswith("stable_baselines3.") or module.startswith("gym"):
            return Blank
        raise Refused(f"the pickle asks for {module}.{name}, which no tensor needs; it is not executed")

    def persistent_load(self, pid):
        if self.storage is None or pid[0] != "storage" or not isinstance(pid[1], tuple):
            raise Refused("the pickle asks for an object outside of it")
        return self.storage(pid[1], str(pid[2]))


def read_torch(data):
    """The object of a file that torch.save or torch.jit.save has written, and whether it was the latter."""
    archive = Archive(data)
    name = next((n for n in sorted(archive.names) if n.endswith("/data.pkl")), None)
    if not name:
        raise Refused("no data.pkl in it: not a file of torch")
    root = name[:-len("data.pkl")]

    def storage(kind, key):
        if not re.fullmatch(r"\w+", key):
            raise Refused("a storage with a strange name")
        return (*kind, archive.read(f"{root}data/{key}"))

    return Reader(archive.read(name), storage).load(), root + "constants.pkl" in archive.names


def members(value):
    """All members of nested dictionaries and modules, under their joined names; a tree, and no larger than MEMBERS."""
    todo, seen = [("", value)], 0
    while todo:
        name, value = todo.pop()
        seen += 1
        if seen > MEMBERS or name.count(".") > 64:
            raise Refused("more members than a policy has, or one within itself")
        yield name, value
        inner = value.state if isinstance(value, Blank) else value
        if isinstance(inner, dict):
            todo += [(f"{name}.{key}" if name else str(key), member) for key, member in reversed(inner.items())]


def flatten(value, prefix=""):
    """All tensors."""
    return {prefix + name: member for name, member in members(value) if isinstance(member, Array)}


def plain_names(tensors):
    """Layers that came from an ONNX file have its paths: "actor/actor/2/Gemm.weight" is layer 2 of a Sequential."""
    found = {name: re.fullmatch(r"(.*/)(\d+)/Gemm\.(weight|bias)", name) for name in tensors}
    if not tensors or not all(found.values()) or len({at.group(1) for at in found.values()}) > 1:
        return tensors
    return {f"actor.{at.group(2)}.{at.group(3)}": tensors[name] for name, at in found.items()}


def activation_of(module):
    """What stands between the layers of a module of TorchScript; {} where it has no module for that."""
    placed = [(name, type(member).__name__) for name, member in members(module) if type(member) not in (dict, Blank)
              and isinstance(member, Blank) and not re.match(r"(.*\.)?(critic|value)", name)]
    kinds = sorted({kind for _, kind in placed})
    if len(kinds) > 1:
        raise Refused(f"different activations ({', '.join(kinds)}), which tensors cannot say; export it as ONNX")
    for name, kind in placed:
        at = re.fullmatch(r"(.*?)(\d+)", name)
        layers = [int(number) for number in re.findall(rf"^{re.escape(at.group(1))}(\d+)\.weight$", "\n".join(flatten(module)),
                                                       re.M)] if at else []
        if layers and int(at.group(2)) > max(layers):
            raise Refused(f"{kind} behind its last layer, which tensors cannot say; export it as ONNX")
    return {"activation": kinds[0].lower()} if kinds else {}


def word(value, data):
    """The algorithm or activation that the text of an SB3 zip names."""
    found = re.search(value, data)
    return found.group(1) if found else None


def bounds(space):
    """The two ends of a Box, as its text says them; None where they are not finite."""
    sides = [[float(x) for x in re.findall(r"[-+.\w]+", str(space.get(side, "")))] for side in ("low", "high")]
    size = math.prod(space.get("_shape") or [0])
    fine = all(len(side) == size and all(map(math.isfinite, side)) for side in sides)
    return sides if size and fine and all(low < high for low, high in zip(*sides)) else None


def singles(numbers):
    return Array("F32", [len(numbers)], struct.pack(f"<{len(numbers)}f", *numbers))


def read_sb3(archive):
    tensors = flatten(read_torch(archive.read("policy.pth"))[0])
    data = archive.read("data").decode("utf-8", "replace") if "data" in archive.names else "{}"
    keep = {k: v for k, v in tensors.items() if not re.match(r"(critic|actor_target|value_net|.*value_net\.)", k)}
    on_policy = any(k.startswith("mlp_extractor.") or k == "action_net.weight" for k in keep)
    if any(k.startswith("actor.latent_pi.") for k in keep):
        algorithm = "TQC" if "sb3_contrib" in data else "SAC"
    elif any(k.startswith("actor.mu.") for k in keep):
        algorithm = "TD3"
    elif on_policy:
        # layers alone do not tell these apart, settings do; else nothing is said
        algorithm = "PPO" if '"clip_range"' in data else "TRPO" if '"cg_max_steps"' in data else None
    else:
        algorithm = "ARS"
    stated = word(r"activation\.(\w+)", data)
    facts = {"policy": {"activation": (stated or ("tanh" if on_policy else "relu")).lower()}}
    if algorithm:
        facts["policy"]["algorithm"] = algorithm
    ends = bounds(json.loads(data).get("action_space") or {})
    if ends:
        facts["action"] = dict(zip(("low", "high"), ends))
    linear = algorithm == "ARS" and sum(k.endswith(".weight") for k in keep) == 1
    if ends and not on_policy and not linear and set(ends[0]) | set(ends[1]) != {-1, 1}:
        # what comes out of tanh is spread over the range
        keep["action_scale"] = singles([(high - low) / 2 for low, high in zip(*ends)])
        keep["action_bias"] = singles([(high + low) / 2 for low, high in zip(*ends)])
    return keep, facts


def doubles(numbers):
    return Array("F64", [len(numbers)], struct.pack(f"<{len(numbers)}d", *numbers))


def read_normaliser(path):
    with open(path, "rb") as file:
        state = getattr(Reader(file.read()).load(), "state", {})
    rms = getattr(state.get("obs_rms"), "state", {})
    if not {"mean", "var", "count"} <= set(rms) or not {"clip_obs", "epsilon"} <= set(state):
        raise Refused("no VecNormalize of one list of observations in it")
    mean, var = rms["mean"].numbers(), rms["var"].numbers()
    return ({"obs_rms.mean": doubles(mean), "obs_rms.var": doubles(var), "obs_rms.count": doubles([rms["count"]])},
            {"norm_clip": repr(float(state["clip_obs"])), "norm_epsilon": repr(float(state["epsilon"]))})


def read_checkpoint(data):
    value, script = read_torch(data)
    if not script and isinstance(value, dict) and "actor_state_dict" in value:  # rsl_rl 5
        return flatten(value["actor_state_dict"], "actor."), {}
    if not script and isinstance(value, dict) and "model_state_dict" in value:  # rsl_rl
        tensors = flatten(value["model_state_dict"])
        tensors.update(flatten(value.get("obs_norm_state_dict") or {}, "obs_normalizer."))
        return tensors, {}
    if not script and isinstance(value, dict) and "policy" in value:  # skrl
        tensors = flatten(value["policy"])
        tensors.update(flatten(value.get("state_preprocessor") or {}, "state_preprocessor."))
        return tensors, {}
    return plain_names(flatten(value)), {"policy": activation_of(value)} if script else {}


def write(path, tensors, metadata):
    header, blocks, at = {"__metadata__": metadata}, [], 0
    wide = {name: size for name, size in STORAGES.values()}
    for name, value in sorted(tensors.items(), key=lambda item: -wide[item[1].element]):
        header[name] = {"dtype": value.element, "shape": value.shape, "data_offsets": [at, at + len(value.data)]}
        blocks.append(value.data)
        at += len(value.data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.writelines([text, *blocks])


def put(files):
    """Writes {path: function of a path}: all of them, or nothing is changed."""
    made = {path: f"{path}.{os.getpid()}.tmp" for path in files}
    try:
        for path, fill in files.items():
            fill(made[path])
        for path in files:
            os.replace(made[path], path)
    finally:
        for path in made.values():
            if os.path.exists(path):
                os.remove(path)


def write_facts(path, facts):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(facts, file, indent=1)
        file.write("\n")


# What a file that is damaged or made up can bring about.
FAULTS = (ValueError, KeyError, TypeError, AttributeError, EOFError, IndexError, struct.error, MemoryError,
          pickle.UnpicklingError, zipfile.BadZipFile, zlib.error, RuntimeError, OverflowError)


class Fault(Exception):
    pass


def in_file(path, read, *args):
    """What `read` gives; else the sentence that names the file."""
    try:
        return read(*args)
    except Refused as error:
        raise Fault(f"{path}: {error}") from error
    except FAULTS as error:
        raise Fault(f"{path}: damaged, or none of the files that are read ({error!r})") from error


def read_policy(path):
    with open(path, "rb") as file:
        data = file.read()
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise Refused("no zip: neither Stable-Baselines3 nor a file of torch 1.6 or later")
    archive = Archive(data)
    tensors, facts = read_sb3(archive) if "policy.pth" in archive.names else read_checkpoint(data)
    if not tensors:
        raise Refused("no tensors in it")
    return tensors, facts


def convert(path, normaliser, out):
    tensors, facts = in_file(path, read_policy, path)
    said = facts.get("policy", {})
    metadata = {key: value for key, value in said.items() if key == "activation"}
    if normaliser:
        added, more = in_file(normaliser, read_normaliser, normaliser)
        tensors.update(added)
        metadata.update(more)
    facts = {"name": os.path.splitext(os.path.basename(out))[0], **facts,
             "policy": {"file": os.path.basename(out), "format": "safetensors", **said}}
    put({out: lambda to: write(to, tensors, metadata),
         os.path.splitext(out)[0] + ".facts.json": lambda to: write_facts(to, facts)})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--normaliser", help="vecnormalize.pkl")
    parser.add_argument("--out", required=True, help="FILE.safetensors")
    args = parser.parse_args()
    if os.path.exists(args.out) and os.path.samefile(args.file, args.out):
        parser.error("--out is the file that is read")
    try:
        convert(args.file, args.normaliser, args.out)
    except (Fault, OSError) as error:
        print(error, file=sys.stderr)
        return 65
    return 0


if __name__ == "__main__":
    sys.exit(main())
