"""docs/commands.md against the program: every option in both, every exit code, every field; and --help itself."""

import os
import re

from common import OK, SOURCE, USAGE, Tests, run, scratch, train

t = Tests()

with open(os.path.join(SOURCE, "docs", "commands.md"), encoding="utf-8") as file:
    TEXT = file.read()
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", TEXT, re.M | re.S))


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


def documented_fields():
    policy = train(scratch("docs"))
    gravity = '{ parameter = "option.gravity"; scale = 1.5; }'
    short = ("--repeat", 1, "--seconds", 0.02)
    # members that are names of things, not fields
    named = {"angle_square", "rate_square", "action_square"}
    for args in (("eval", policy, "--episodes", 2), ("check", "pendulum", "--domain", gravity, "--policy", policy),
                 ("diff", policy, policy), ("diff", "hopper", "hopper_backward"),
                 ("doctor",), ("record", policy, "--seconds", 0.1, "--size", "64x48", "--out", scratch("docs_record")),
                 ("list", "tasks"), ("list", "domains"), ("list", "terms"), ("list", "parameters"),
                 ("list", "strategies"), ("list", "studies"), ("bench", "env", "--task", "pendulum", *short),
                 ("bench", "ppo", "--task", "pendulum", "--steps", 512, *short),
                 ("bench", "sac", "--task", "pendulum", "--hidden", "8", "--steps", 200, *short),
                 ("bench", "stats", "--reps", 10, *short),
                 ("bench", "learn", "--case", "sac_pendulum", "--steps", 200, "--seeds", 1, "-q", "--out",
                  scratch("docs_learn"))):
        found = t.json(*args)
        for key in sorted(fields(found, set()) - named - {"format", "command", "version"}):
            t.check(re.search(rf"(?<![\w-])(--)?{re.escape(key)}(?![\w-])", SECTIONS[args[0]]),
                    f"{' '.join(map(str, args[:2]))}: field {key} is documented")


def worlds():
    """docs/worlds.md lists every task, and names no other."""
    with open(os.path.join(SOURCE, "docs", "worlds.md"), encoding="utf-8") as page:
        text = page.read()
    listed = re.search(r"^## All tasks\n(.*?)^## ", text, re.M | re.S).group(1)
    table = re.findall(r"^\| (`.*?`) \|", listed, re.M)
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


for test in (options, exit_codes, documented_fields, worlds, program):
    test()
t.finish()
