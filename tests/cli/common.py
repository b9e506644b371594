"""What the tests of the command line share: the program, its answers, a count of checks."""

import json
import os
import re
import shutil
import struct
import subprocess
import sys

SOURCE = os.environ.get("CARRYOVER_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("CARRYOVER_BUILD_DIR") or os.path.join(SOURCE, "build", "release")
PROGRAM = os.environ.get("CARRYOVER_PROGRAM") or os.path.join(BUILD, "carryover")

# exit codes, as documented
OK, WANTING, USAGE, DATA, NO_INPUT, IO, CONFIG = 0, 1, 2, 65, 66, 74, 78

HEAD = {"format", "command", "version"}


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


def run(*args, cwd=None, env=None, stdout=subprocess.PIPE):
    """Runs the program, with nothing to read; text of both outputs."""
    done = subprocess.run([PROGRAM, *map(str, args)], stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, cwd=cwd,
                          env={**os.environ, **(env or {})}, timeout=500, text=True, errors="replace")
    return Result(done.returncode, done.stdout or "", done.stderr)


def scratch(name):
    """An empty folder of this test below the build folder."""
    path = os.path.join(BUILD, "scratch", "cli", name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def reference(*parts):
    """A file of the reference data, or None where they are missing and need not be there."""
    root = os.environ.get("CARRYOVER_SHARED") or os.path.join(SOURCE, "..", "shared")
    path = os.path.join(root, *parts)
    if os.path.exists(path):
        return path
    if os.environ.get("CARRYOVER_REQUIRE_SHARED") == "1":
        sys.exit(f"{path}: reference data are missing")
    return None


def draft_of(name, folder):
    """The task that `carryover task` makes of the facts of a pair of the reference data: its path."""
    out = os.path.join(folder, name + ".cfg")
    done = run("task", "--from", reference("sim2sim", name, "model.xml"), "--facts", reference("sim2sim", name, "facts.json"),
               "--out", out)
    if done.code:
        sys.exit(f"task of {name}: {done.err}")
    return out


def _refuse(text):
    raise ValueError(f"{text} is no JSON number")


def parse(text):
    """One JSON object on one line, all numbers finite."""
    if text.count("\n") != 1 or not text.endswith("\n"):
        raise ValueError("not one line")
    return json.loads(text, parse_constant=_refuse)


class Tests:
    """Counts checks; a failed one is printed and makes the script fail."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, condition, text):
        if condition:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {text}")
        return bool(condition)

    def equal(self, got, want, text):
        return self.check(got == want, f"{text}: got {got!r}, want {want!r}")

    def keys(self, value, want, text):
        return self.equal(sorted(value), sorted(want), f"{text}: keys")

    def json(self, *args, code=OK, **options):
        """The object that a command prints with --json; {} when it does not."""
        done = run(*args, "--json", **options)
        label = " ".join(map(str, args))
        self.equal(done.code, code, f"{label}: exit code ({done.err.strip()})")
        try:
            found = parse(done.out)
        except ValueError as error:
            self.check(False, f"{label}: {error}: {done.out[:200]!r}")
            return {}
        self.equal([found.get("format"), found.get("command")], [1, args[0]], f"{label}: head")
        return found

    def error(self, code, pattern, *args, **options):
        """The command fails with this code, one sentence on stderr and nothing on stdout."""
        done = run(*args, **options)
        label = " ".join(map(str, args))
        self.equal(done.code, code, f"{label}: exit code ({done.err.strip()})")
        self.equal(done.out, "", f"{label}: stdout")
        lines = [line for line in done.err.splitlines() if line.startswith("carryover: error: ")]
        self.check(lines and re.search(pattern, "\n".join(lines)),
                   f"{label}: {done.err!r} does not say {pattern!r}")

    def full_disk(self, *args, **options):
        """A command whose output cannot be written says so."""
        if not os.path.exists("/dev/full"):
            return
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = run(*args, stdout=full, **options)
        label = " ".join(map(str, args))
        self.equal(done.code, IO, f"{label} to a full disk: exit code")
        self.check("standard output: cannot write" in done.err, f"{label} to a full disk: {done.err!r}")

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)


def train(folder, task="pendulum", steps=2048, name="policy.safetensors", *more):
    """A policy trained for a moment; its path."""
    path = os.path.join(folder, name)
    done = run("train", task, "--steps", steps, "--evaluations", 2, "--episodes", 2, "--out", path, "-q", *more)
    if done.code != OK:
        sys.exit(f"train {task}: {done.err}")
    return path


def message(*fields):
    """Bytes of a protobuf message: (field, number), (field, text) or (field, bytes)."""
    def varint(value):
        out = b""
        while value > 0x7f:
            out, value = out + bytes([value & 0x7f | 0x80]), value >> 7
        return out + bytes([value])

    out = b""
    for field, value in fields:
        if isinstance(value, int):
            out += varint(field << 3) + varint(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += varint(field << 3 | 2) + varint(len(data)) + data
    return out


def write_network(path, taken="h"):
    """An ONNX file: y = tanh(x W), W with 2 x 3 numbers; `taken` is what the tanh takes. Returns the path."""
    weight = message((1, 2), (1, 3), (2, 1), (8, "w"), (9, struct.pack("<6f", 1, 2, 3, 4, 5, 6)))
    graph = message((1, message((1, "x"), (1, "w"), (2, "h"), (3, "first"), (4, "MatMul"))),
                    (1, message((1, taken), (2, "y"), (4, "Tanh"))), (5, weight),
                    (11, message((1, "x"))), (12, message((1, "y"))))
    with open(path, "wb") as file:
        file.write(message((2, "test"), (7, graph), (8, message((2, 13))),
                           (14, message((1, "robot"), (2, "line 1\nline 2" * 20)))))
    return path


def rewrite_policy(source, path, keys=("carryover", "task", "domain"), keep=lambda name: True, edit=lambda text: text):
    """A copy as another program would write it: these keys of the metadata and tensors only, no checksum; `edit` is done to
    the contract's text."""
    with open(source, "rb") as file:
        whole = file.read()
    start = 8 + struct.unpack("<Q", whole[:8])[0]
    header = json.loads(whole[8:start])
    metadata = header.pop("__metadata__")
    metadata["carryover"] = edit(metadata["carryover"])
    kept, block = {"__metadata__": {key: metadata[key] for key in keys if key in metadata}}, b""
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        if keep(name):
            begin, end = entry["data_offsets"]
            kept[name] = {**entry, "data_offsets": [len(block), len(block) + end - begin]}
            block += whole[start + begin:start + end]
    text = json.dumps(kept).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + block)
    return path
