"""The pages against the program: every option of docs/commands.md in --help, every exit code, every field of docs/output.md, and
the members of the files that docs/formats.md describes, in both directions."""

import json
import os
import re
import signal
import struct
import time

from common import BUILD, OK, SOURCE, USAGE, WANTING, Tests, run, scratch, train, write_network
import networks
from studies import read, start

t = Tests()


def text_of(page):
    with open(os.path.join(SOURCE, "docs", page), encoding="utf-8") as file:
        return file.read()


def sections(page):
    return dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", text_of(page), re.M | re.S))


SECTIONS, OUTPUT = sections("commands.md"), sections("output.md")


def commands():
    done = run("--help")
    t.equal(done.code, OK, "--help: exit code")
    return re.findall(r"^  ([a-z]+) +\S", done.out.split("\n\n", 2)[2], re.M)


def options_of_help(text):
    return re.findall(r"^  --([a-z-]+)", text, re.M)


def options_of_table(text):
    return re.findall(r"^\| `--([a-z-]+)", text, re.M)


def options():
    common = options_of_table(SECTIONS["Common options"])
    names = commands()
    t.check(len(names) >= 10, f"commands: {names}")
    for name in names:
        done = run(name, "--help")
        t.equal(done.code, OK, f"{name} --help: exit code")
        lines = done.out.splitlines()
        t.check(f"{lines[0]} ".startswith(f"example: carryover {name} "), f"{name}: an example comes first")
        t.check(f"usage: carryover {name}" in done.out, f"{name}: usage")
        t.check(all(len(line) <= 120 for line in lines[1:]), f"{name}: help fits into 120 columns")
        if not t.check(name in SECTIONS, f"docs/commands.md has a section {name}"):
            continue
        documented = options_of_table(SECTIONS[name])
        t.equal(sorted(options_of_help(done.out)), sorted(documented + common), f"{name}: options in help and docs")
        t.equal(run(name, "-h").out, done.out, f"{name} -h")


def exit_codes():
    with open(os.path.join(SOURCE, "core", "status.h"), encoding="utf-8") as file:
        listed = re.findall(r'X\(CO_\w+, (\d+), "([^"]*)"\)', file.read())
    documented = re.findall(r"^\| (\d+) \| (.*) \|$", SECTIONS["Exit codes"], re.M)
    t.equal([code for code, _ in documented], [code for code, _ in listed], "exit codes")
    for (_, text), (code, meaning) in zip(documented, listed):
        t.check(text.startswith(meaning), f"exit code {code}: {text!r} is not {meaning!r}")


def fields(value, found):
    """Names of all members, at any depth."""
    if isinstance(value, dict):
        for key, member in value.items():
            found.add(key)
            fields(member, found)
    elif isinstance(value, list):
        for member in value:
            fields(member, found)
    return found


def recording(folder):
    """A log of three equal states, which no robot keeps."""
    state = {"obs": [0] * 11, "action": [0] * 3, "qpos": [0, 1.25, 0, 0, 0, 0], "qvel": [0] * 6}
    path = os.path.join(folder, "log.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"task": "hopper", "data": [state] * 3, "control_dt": 1}, file)
    return path


def calls():
    """Calls of every command that prints JSON, with their exit codes."""
    folder, policy = scratch("docs_output"), train(scratch("docs"))
    study = os.path.join(folder, "smoke")
    gravity = '{ parameter = "option.gravity"; scale = 1.5; }'
    drawn = '{ parameter = "option.gravity"; scale = { uniform = (0.5, 2.0); }; }'
    short = ("--repeat", 1, "--seconds", 0.02)
    few = ("--steps", 2048, "--evaluations", 2, "--episodes", 2, "-q")
    yield OK, ("train", "pendulum", "--from", policy, "--out", os.path.join(folder, "tuned.safetensors"), *few)
    yield OK, ("run", "smoke", "--dry-run", "--out", study)
    yield OK, ("run", "smoke", "--list", "--out", study)
    yield OK, ("run", "smoke", "--out", study, "-q", "--set", 'data=( { name = "own"; episodes = 1; } )')
    yield OK, ("report", study)
    yield OK, ("eval", policy, "--episodes", 2, "--domain", drawn)
    yield OK, ("record", policy, "--seconds", 0.1, "--size", "64x48", "--out", scratch("docs_record"))
    network = write_network(os.path.join(folder, "network.onnx"))
    for what in (policy, "hopper", study, os.path.join(SOURCE, "configs", "strategies.cfg"), network):
        yield OK, ("inspect", what)
    small, log = networks.write(os.path.join(folder, "small.onnx")), os.path.join(folder, "small.json")
    with open(log, "w", encoding="utf-8") as file:
        json.dump(networks.pendulum_log(20), file)
    yield OK, ("import", small, "--task", "pendulum", "--verify", log, "--episodes", 2, "--out",
               os.path.join(folder, "small.safetensors"))
    square, acts = os.path.join(folder, "square.onnx"), os.path.join(folder, "square.safetensors")
    nodes = [networks.node("MatMul", ["obs", "w"], "x"), networks.node("Mul", ["x", "x"], "action")]
    networks.save(square, nodes, [("w", [[1.0]] * 3)], (3, 1))
    yield OK, ("import", square, "--task", "pendulum", "--normaliser", "none", "--out", acts)
    yield OK, ("inspect", acts)
    data = os.path.join(folder, "policy.codata")
    yield OK, ("data", "record", policy, "--episodes", 2, "--out", data)
    yield OK, ("data", "check", data)
    model = os.path.join(SOURCE, "envs", "models", "quadruped.xml")
    yield OK, ("task", "--from", model, "--out", os.path.join(folder, "quadruped.cfg"))
    yield OK, ("diff", policy, policy)
    yield OK, ("export", policy, "--to", "onnx", "--out", os.path.join(folder, "export.onnx"))
    yield OK, ("diff", "hopper", "hopper_backward")
    yield OK, ("check", "pendulum", "--domain", gravity, "--policy", policy)
    yield WANTING, ("replay", "hopper", recording(folder), "--windows")
    for kind in ("tasks", "zoo", "domains", "terms", "parameters", "strategies", "losses", "studies", "metrics", "operators"):
        yield OK, ("list", kind)
    yield OK, ("bench", "env", "--task", "pendulum", *short)
    yield OK, ("bench", "ppo", "--task", "pendulum", "--steps", 512, *short)
    yield OK, ("bench", "sac", "--task", "pendulum", "--hidden", "8", "--steps", 200, *short)
    yield OK, ("bench", "nn", *short)
    yield OK, ("bench", "stats", "--reps", 10, *short)
    yield OK, ("bench", "learn", "--case", "sac_pendulum", "--steps", 200, "--seeds", 1, "-q", "--out", scratch("docs_learn"))
    yield OK, ("serve", "hopper", "--envs", 2)
    yield OK, ("doctor",)
    yield OK, ("completion", "bash")


# members that are names of things, and those of a contract, which are of the file
NAMED = {"robot", "angle_square", "rate_square", "action_square", "smoke", "nominal", "heavy"}


def documented_fields():
    """Every field that is printed stands in docs/output.md, and what its tables name is printed."""
    printed = {}
    head = text_of("output.md").split("\n## ")[0]
    for code, args in calls():
        found = t.json(*args, code=code)
        found.pop("contract", None)
        printed.setdefault(args[0], set()).update(fields(found, set()) - {"format", "command", "version"})
        section = OUTPUT[args[0]]
        text = head + section + "".join(OUTPUT[name] for name in re.findall(r"\(#(\w+)\)", section))
        for key in sorted(printed[args[0]] - NAMED):
            t.check(re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", text),
                    f"{' '.join(map(str, args[:2]))}: field {key} is in docs/output.md")
    t.equal(sorted(OUTPUT), sorted(set(commands()) - {"play"}), "sections of docs/output.md")
    for name, section in OUTPUT.items():
        column = " ".join(re.findall(r"^\| (`.*?`) \|", section, re.M))
        listed = set(re.findall(r"`(\w+)", column)) - {"contract"}
        t.equal(sorted(listed - printed.get(name, set())), [], f"{name}: fields of docs/output.md that nobody prints")


def metrics():
    """docs/output.md and docs/methods.md list the metrics of the program."""
    with open(os.path.join(BUILD, "scratch", "cli", "docs_output", "smoke", "results.json"), encoding="utf-8") as file:
        names = list(json.load(file)["strategies"][0]["metrics"])
    listed = re.search(r"^Metrics: (.*?)\.\n", OUTPUT["run"], re.M | re.S).group(1)
    t.equal(re.findall(r"`(\w+)`", listed), names, "metrics of docs/output.md")
    column = " ".join(re.findall(r"^\| (`.*?`) \|", sections("methods.md")["Metrics"], re.M))
    t.equal(sorted(re.findall(r"`(\w+)`", column)), sorted(names), "metrics of docs/methods.md")


# ---- files

# bytes of one; of other types there are as many as the training is large
SIZES = {"u8": 1, "i32": 4, "i64": 8, "u64": 8, "f64": 8, "i64 [3]": 24, "stream": 44}
INTERRUPTED, DIVERGED = 75, 76
# entries of networks with memory
REMEMBERED = {"actor.states", "collector.critic_states"}


def described(title, marks="##", page="formats.md"):
    """{name: (type, meaning)} of the tables under a heading of docs/formats.md."""
    text = re.search(rf"^{marks} {title}\n(.*?)(?=^{marks[:-1]}#? |^## |\Z)", text_of(page), re.M | re.S).group(1)
    found = {}
    for names, kind, meaning in re.findall(r"^\| (`[^|]*`) \| ([^|]*) \| ([^|]*) \|.*\|$", text, re.M):
        kinds = kind.split(", ") if "," in kind and kind.count(",") == names.count(",") else [kind] * (names.count(",") + 1)
        for name, one in zip(re.findall(r"`([^`]+)`", names), kinds):
            t.check(name not in found, f"{title}: {name} is described once")
            found[name] = (one, meaning)
    return found


def entries_of(pack):
    """{name: bytes} of a checkpoint's file, in its order."""
    found, at = {}, 8
    t.equal(pack[:8], b"COPACK01", "a pack")
    while pack[at:at + 4] != b"\xff" * 4:
        name = pack[at + 4:at + 4 + struct.unpack_from("<I", pack, at)[0]]
        begin = at + 12 + len(name)
        at = begin + struct.unpack_from("<Q", pack, begin - 8)[0]
        found[name.decode()] = pack[begin:at]
    t.equal(at + 12, len(pack), "the checksum is the end")
    return found


def stopped(algorithm, *more):
    """Entries of a checkpoint of a training that was stopped, and the names of the files beside it."""
    out = os.path.join(scratch("docs_" + algorithm), "policy")
    process = start("train", "pendulum", "--algorithm", algorithm, "--steps", 10**8, "--set", "learning.hidden=(8, 8)",
                    "--evaluations", 2, "--episodes", 1, "--checkpoint", 0, "--out", out, "-q", *more)
    first, end = os.path.join(out + ".checkpoint", "checkpoint.0"), time.monotonic() + 120
    while not os.path.exists(first) and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    t.equal([process.communicate()[1].count("interrupted"), process.returncode], [1, INTERRUPTED], algorithm)
    return entries_of(read(first)), os.listdir(out + ".checkpoint")


def checkpoints():
    """docs/formats.md has every entry of a checkpoint with its type, and no other."""
    listed = described("Checkpoints")
    # no actor remembers anything, no weight has an adapter or is held in part, no strategy a loss term, no replay
    # is kept; files
    rest = REMEMBERED | {"adam.adapters", "adam.moving", "loss.terms", "loss.NAME.mean", "loss.kl_to_source.source",
            "sac.begins", "checkpoint.0", "checkpoint.1", "replay.NNNNNN", "lock"}
    data = os.path.join(scratch("docs_data"), "pendulum.codata")
    t.json("data", "record", "random", "--task", "pendulum", "--episodes", 2, "--out", data)
    given = ("--data", data)
    for algorithm, other, more in (("ppo", ("sac.", "bc.", "data."), ()), ("sac", ("ppo.", "collector.", "bc."), given),
                                   ("bc", ("ppo.", "collector.", "sac.", "faults.", "env"), given)):
        found, names = stopped(algorithm, *more)
        tensors = {name.removeprefix("policy.") for name in found if name.startswith("policy.")}
        t.equal(tensors, {tensor["name"] for tensor in json.loads(found["record"])["tensors"]}, f"{algorithm}: tensors")
        entries = {re.sub(r"^policy\..*", "policy.NAME", re.sub(r"^data\.\d+", "data.N", name)): data
                   for name, data in found.items()}
        wanted = {name for name in listed if not name.startswith(other)} - rest
        t.equal(sorted(wanted ^ set(entries)), [], f"{algorithm}: entries that the page or the file alone has")
        for name in sorted(wanted & set(entries)):
            t.equal(len(entries[name]), SIZES.get(listed[name][0], len(entries[name])), f"{algorithm}: bytes of {name}")
        t.check({"checkpoint.0", "lock"} <= set(names), f"{algorithm}: files {names}")
        t.equal("replay.000000" in names, algorithm == "sac", f"{algorithm}: replay {names}")
    plain, _ = stopped("sac")
    source = os.path.join(scratch("docs_source"), "policy")
    t.equal(run("train", "pendulum", "--algorithm", "sac", "--steps", 200, "--set", "learning.hidden=(8, 8)", "--out", source,
                "-q").code, OK, "a source")
    found, names = stopped("sac", "--from", source, "--strategy", "cotrain")
    said = re.search(r"^Of co-training what plays(.*?)\n\n", text_of("formats.md"), re.M | re.S).group(1)
    twins = {f"sac.source.{name}": f"sac.{name}" for name in re.findall(r"`(\w+)`", re.search(r"\((.*?)\)", said, re.S).group(1))}
    twins |= {"source." + name: name for name in listed if name.startswith("faults.")} | {"source_env": "env"}
    t.equal(sorted(set(found) - set(plain) - {"sac.source.def"}), sorted(twins), "co-training: entries of the source")
    for name, twin in twins.items():
        t.equal(len(found[name]), len(found[twin]), f"co-training: bytes of {name}")
    t.equal(len(found["sac.source.def"]), 16, "co-training: bytes of its def")
    t.check("source_replay.000000" in names, f"co-training: files {names}")
    found, _ = stopped("ppo", "--set", 'learning.memory="gru"')
    t.equal(sorted(REMEMBERED - (set(found) & set(listed))), [], "ppo with memory: entries of states")
    others = {name for name in found if not name.startswith("policy.")} - set(listed)
    t.equal(sorted(others), [], "ppo with memory: entries that the file alone has")


def dumps():
    """The same of the recording that a fault leaves, of a record, and of the columns of a log."""
    out = os.path.join(scratch("docs_faults"), "policy")
    apart = '{ parameter = "option.timestep"; set = 0.1; }'  # the cheetah flies apart
    done = run("train", "half_cheetah", "--steps", 8192, "--domain", apart, "--episodes", 2, "--out", out, "-q")
    t.equal(done.code, DIVERGED, f"a training of faults: {done.err}")
    dump = json.loads(read(out + ".log", "faults", "000.json"))
    t.equal(sorted(dump), sorted(described("Dumps", "###")), "members of a dump")
    entry = set(described("Logs of a policy", "###")) - {"data", "final_qpos", "final_qvel"}
    t.equal(sorted(dump["data"][0]), sorted(entry), "members of its entries")
    trials = (BUILD, "scratch", "cli", "docs_output", "smoke", "trials")
    record, data, tuned = (json.loads(read(*trials, trial, "done.json"))
                           for trial in ("source.nominal.-.-.s0", "data.nominal.-.own.s0", "transfer.nominal.heavy.full.s0"))
    point = record["evaluations"][0]
    parts = (record, record["tensors"][0], tuned["layers"][0], point, point["episodes"][0], data, data["data"][0])
    listed = {member for value in parts for member in value}
    text = re.search(r"^### The record\n(.*?)(?=^##)", text_of("formats.md"), re.M | re.S).group(1)
    column = " ".join(re.findall(r"^\| (`.*?`) \|", text, re.M))
    # of tensors with an adapter and of co-training, which the smoke study has not
    others = {"lora", "adapter", "source_env_steps", "source_episodes"}
    t.equal(sorted(set(re.findall(r"`(\w+)`", column)) - others), sorted(listed), "members of a record")


def columns():
    logged = [metric for metric in t.json("list", "metrics")["metrics"] if metric["file"] == "log"]
    listed = described("Logs")
    units = [kind.split(", ")[-1] if "," in kind else "1" for kind, _ in listed.values()]
    t.equal(list(zip(listed, units)), [(metric["name"], metric["unit"]) for metric in logged], "columns of a log")


def settings():
    """docs/studies.md has every setting of the learners, and no other."""
    for title, folder in (("PPO", "ppo"), ("SAC", "sac"), ("BC", "bc")):
        with open(os.path.join(SOURCE, "agents", "learn", folder, "settings.c"), encoding="utf-8") as file:
            fields = re.search(r"fields\[\] = \{(.*?)\n\};", file.read(), re.S).group(1)
        keys = re.findall(r"\b[A-Z_]+\((\w+),", fields) + ["hidden", "activation"]
        table = re.search(rf"^\| learning \({title}\) .*?\n\n", text_of("studies.md") + "\n", re.M | re.S).group()
        listed = re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?`) \|", table, re.M)))
        t.equal(sorted(listed), sorted(keys), f"settings of {title}")


def worlds():
    """docs/worlds.md lists every task, and names no other."""
    table = re.findall(r"^\| (`.*?`) \|", sections("worlds.md")["All tasks"], re.M)
    named = [name for row in table for name in re.findall(r"`(\w+)`", row)]
    t.equal(sorted(named), [task["name"] for task in t.json("list", "tasks")["tasks"]], "tasks of docs/worlds.md")


def program():
    done = run("--version")
    t.check(done.code == OK and re.fullmatch(r"carryover \d+\.\d+\.\d+\n", done.out), f"--version: {done.out!r}")
    t.equal(run("-h").out, run("--help").out, "-h")
    for code, pattern, args in ((USAGE, r"did you mean \"eval\"", ["evla"]), (USAGE, r"see carryover --help", ["xyzzyq"])):
        t.error(code, pattern, *args)
    nothing = run()
    t.equal([nothing.code, nothing.out, "carryover --help" in nothing.err or "COMMAND --help" in nothing.err],
            [USAGE, "", True], "without a command")
    t.full_disk("--help")
    t.full_disk("--version")
    t.full_disk("eval", "--help")


for test in (options, exit_codes, documented_fields, metrics, checkpoints, dumps, columns, settings, worlds, program):
    test()
t.finish()
