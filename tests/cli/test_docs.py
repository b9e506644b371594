"""docs/commands.md and docs/output.md against the program: every option in both, every exit code, every field; and --help."""

import json
import os
import re

from common import BUILD, OK, SOURCE, USAGE, WANTING, Tests, run, scratch, train

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
    yield OK, ("run", "smoke", "--out", study, "-q")
    yield OK, ("report", study)
    yield OK, ("eval", policy, "--episodes", 2, "--domain", drawn)
    yield OK, ("record", policy, "--seconds", 0.1, "--size", "64x48", "--out", scratch("docs_record"))
    for what in (policy, "hopper", study, os.path.join(SOURCE, "configs", "strategies.cfg")):
        yield OK, ("inspect", what)
    yield OK, ("diff", policy, policy)
    yield OK, ("diff", "hopper", "hopper_backward")
    yield OK, ("check", "pendulum", "--domain", gravity, "--policy", policy)
    yield WANTING, ("replay", "hopper", recording(folder), "--windows")
    for kind in ("tasks", "domains", "terms", "parameters", "strategies", "studies", "metrics"):
        yield OK, ("list", kind)
    yield OK, ("bench", "env", "--task", "pendulum", *short)
    yield OK, ("bench", "ppo", "--task", "pendulum", "--steps", 512, *short)
    yield OK, ("bench", "sac", "--task", "pendulum", "--hidden", "8", "--steps", 200, *short)
    yield OK, ("bench", "nn", *short)
    yield OK, ("bench", "stats", "--reps", 10, *short)
    yield OK, ("bench", "learn", "--case", "sac_pendulum", "--steps", 200, "--seeds", 1, "-q", "--out", scratch("docs_learn"))
    yield OK, ("doctor",)


# members that are names of things, and those of a contract, which are of the file
NAMED = {"angle_square", "rate_square", "action_square", "smoke", "nominal", "heavy"}


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


def settings():
    """docs/studies.md has every setting of the learners, and no other."""
    for title, folder in (("PPO", "ppo"), ("SAC", "sac")):
        with open(os.path.join(SOURCE, "agents", "learn", folder, "settings.c"), encoding="utf-8") as file:
            fields = re.search(r"fields\[\] = \{(.*?)\n\};", file.read(), re.S).group(1)
        keys = re.findall(r"\b[A-Z]+\((\w+),", fields) + ["hidden"]
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


for test in (options, exit_codes, documented_fields, metrics, settings, worlds, program):
    test()
t.finish()
