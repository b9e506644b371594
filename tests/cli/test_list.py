"""carryover list: what it names exists, has a meaning, and is what the tables say."""

import os
import re
import subprocess

from common import HEAD, NO_INPUT, OK, SOURCE, USAGE, Tests, run, scratch

KEYS = {
    "tasks": {"name", "model", "observations", "actions", "horizon", "control_dt", "doc"},
    "zoo": {"name", "task", "algorithm", "steps", "return", "iqm", "lo", "hi", "episodes", "bytes", "path", "note", "doc"},
    "terms": {"kind", "name", "unit", "keys", "needs", "doc"},
    "parameters": {"name", "select", "values", "min", "max", "whole", "unit", "applied", "doc"},
    "strategies": {"name", "status", "copy", "train", "obs_norm", "rules", "cites", "doc"},
    "losses": {"name", "kind", "needs", "doc"},
    "metrics": {"name", "unit", "file", "only", "doc"},
    "studies": {"name", "sources", "targets", "strategies", "seeds", "path", "doc"},
}

t = Tests()


def files(folder):
    return sorted(name[:-4] for name in os.listdir(os.path.join(SOURCE, "configs", folder)) if name.endswith(".cfg"))


def fields():
    for kind, keys in KEYS.items():
        found = t.json("list", kind)
        t.keys(found, HEAD | {"kind", kind}, kind)
        t.equal(found["kind"], kind, "kind")
        t.check(len(found[kind]) >= (2 if kind == "losses" else 3), f"{kind}: {len(found[kind])} entries")
        for entry in found[kind]:
            t.keys(entry, keys, f"{kind} {entry['name']}")
            t.check(len(entry["doc"]) >= 3 and "\n" not in entry["doc"], f"{kind} {entry['name']}: doc {entry['doc']!r}")
        done = run("list", kind)
        t.equal(done.code, OK, f"{kind} as text")
        t.equal(len(done.out.splitlines()), 1 + len(found[kind]), f"{kind}: a heading, then a line for each")
        for entry in found[kind]:
            t.check(re.search(rf"\b{re.escape(entry['name'])}\b", done.out), f"text names {entry['name']}")


def contents():
    t.equal([task["name"] for task in t.json("list", "tasks")["tasks"]], files("tasks"), "tasks are the files")
    t.equal([study["name"] for study in t.json("list", "studies")["studies"]], files("studies"), "studies too")
    for name in files("studies"):
        t.equal(run("run", name, "--list").code, OK, f"run takes the name {name}")
        t.equal(t.json("inspect", name)["kind"], "study", f"so does inspect: {name}")
    t.error(NO_INPUT, r"no study \"quickstrt\".*did you mean \"quickstart\"", "run", "quickstrt")
    here = scratch("list")
    os.mkdir(os.path.join(here, "mine"))
    with open(os.path.join(here, "hopper.pt"), "w", encoding="utf-8") as file:
        file.write("x")
    t.error(NO_INPUT, r"no study \"mine\" in configs/studies, and what lies here .* is a folder", "run", "mine", cwd=here)
    t.error(NO_INPUT, r"no task \"hopper.pt\" .*what lies here .* is no file \*\.cfg$", "check", "hopper.pt", cwd=here)
    hopper = {task["name"]: task for task in t.json("list", "tasks")["tasks"]}["hopper"]
    t.equal([hopper["observations"], hopper["actions"], hopper["horizon"], hopper["model"]],
            [11, 3, 1000, "hopper.xml"], "hopper")
    parameters = {p["name"]: p for p in t.json("list", "parameters")["parameters"]}
    t.equal([parameters["option.gravity"]["select"], parameters["body.mass"]["select"]], [None, "body"], "select")
    for entry in parameters.values():
        t.check(entry["min"] < entry["max"], f"{entry['name']}: range")
    applied = [parameters[name]["applied"] for name in ("geom.friction", "body.mass", "limb.length", "action.delay")]
    t.equal(applied, ["field", "constants", "compiler", "signal"], "how parameters are applied")
    t.equal([parameters["option.solver"]["whole"], parameters["body.mass"]["whole"]], [True, False], "whole numbers")
    strategies = [s["name"] for s in t.json("list", "strategies")["strategies"]]
    for name in ("zero_shot", "scratch", "full", "partial", "new_head", "freeze_input", "layer_rates", "gradual",
                 "last_layers_fresh", "l2sp", "critic_warmup", "l2init", "shrink_perturb", "redo", "lora", "masked",
                 "rollout_warmup", "input_adapter", "output_adapter", "residual"):
        t.check(name in strategies, f"strategy {name}")
    losses = {loss["name"]: loss for loss in t.json("list", "losses")["losses"]}
    t.equal([(name, loss["kind"], loss["needs"]) for name, loss in losses.items()],
            [("kl_to_source", "term", ["source"]), ("l2sp", "rule", []), ("l2init", "rule", [])], "losses")
    terms = [metric["name"] for metric in t.json("list", "metrics")["metrics"] if metric["only"] == "term"]
    t.equal(terms, [name for name, loss in losses.items() if loss["kind"] == "term"], "each term has its column")


def standing():
    """How far a built-in strategy is known, and its paper; a study's own has neither."""
    known = {entry["name"]: entry for entry in t.json("list", "strategies")["strategies"]}
    for name, status, cites in (("full", "tested", None), ("critic_warmup", "experimental", None),
                                ("l2sp", "experimental", "Li et al. 2018, arXiv 1802.01483")):
        t.equal([known[name]["status"], known[name]["cites"]], [status, cites], name)
    text = run("list", "strategies").out
    for line in (r"full  +tested  .*  -  +all copied, all trained",
                 r"l2sp  +experimental  .*  Li et al\. 2018, arXiv 1802\.01483  +all copied, pulled back"):
        t.check(re.search(rf"^{line}", text, re.MULTILINE), f"as text: {line}")
    path = os.path.join(scratch("standing"), "mine.cfg")
    own = '{ name = "mine"; base = "full";\n%s = "%s"; }'
    study = ('study = { format = 1; name = "mine"; sources = ( { name = "a"; task = "pendulum"; steps = 2048; } );\n'
             'targets = ( { name = "b"; task = "pendulum"; steps = 2048; } ); strategies = ( %s ); };\n')
    strategies = "strategies = ( %s );\n"
    for key, value, text, problem in (
            ("status", "tested", study, r"mine.cfg:3: status: unknown key of strategy"),
            ("cites", "me", study, r"mine.cfg:3: cites: unknown key of strategy"),
            ("doc", "one of a study", study, None), ("status", "tested", strategies, None), ("cites", "me", strategies, None),
            ("status", "proven", strategies, r"mine.cfg:2: .*\"proven\", allowed \"experimental\"")):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text % (own % (key, value)))
        problems = t.json("inspect", path)["problems"]
        t.check(len(problems) == 1 and re.search(problem, problems[0]) if problem else not problems,
                f"{key} = {value} in a {text.split()[0]}: {problems}")


def domains():
    """Collections of benchmarks are complete, and single files are there by name."""
    found = t.json("list", "domains")["domains"]
    t.equal(len(found), len({entry["name"] for entry in found}), "names are different")
    for entry in found:
        t.keys(entry, {"name", "task", "parameters"}, entry["name"])
        t.check(entry["parameters"], f"{entry['name']}: has shifts")
    names = [entry["name"] for entry in found]
    t.equal(sum(name.startswith("odrl/") for name in names), 80, "shifts of ODRL")
    t.check(sum(name.startswith("gym_extensions/") for name in names) >= 59, "variants of gym-extensions")
    t.check("gravity_x1.5" in names, "a single file")
    tasks = files("tasks")
    for entry in found:
        t.check(entry["task"] is None or entry["task"] in tasks, f"{entry['name']}: task {entry['task']}")


def operators():
    """Those that the docs name, by name; the versions that are read; what trains."""
    found = t.json("list", "operators")
    t.keys(found, HEAD | {"kind", "operators"}, "operators")
    with open(os.path.join(SOURCE, "docs", "formats.md"), encoding="utf-8") as file:
        named = re.search(r"needs is one of these: (.*?) \(Conv", file.read(), re.DOTALL).group(1)
    t.equal([op["name"] for op in found["operators"]], sorted(re.split(r",\s+", named)), "those that the docs name")
    known = {op["name"]: op for op in found["operators"]}
    for op in found["operators"]:
        t.keys(op, {"name", "first", "last", "runs", "trains"}, op["name"])
        t.equal([op["last"], op["runs"]], [21, True], op["name"])
    t.equal([known[name]["first"] for name in ("Gemm", "GreaterOrEqual", "LayerNormalization", "Gelu")], [9, 12, 17, 20],
            "first versions")
    t.equal([known[name]["trains"] for name in ("Gemm", "LSTM", "Sqrt", "Reshape", "Conv")],
            ["stage", "stage", "pattern", "shape", None], "what trains")
    done = run("list", "operators")
    t.check(re.search(r"^Sqrt +9 +21 +yes +pattern$", done.out, re.MULTILINE), f"as text: {done.out[:200]!r}")
    t.check(re.search(r"^Conv +9 +21 +yes +-$", done.out, re.MULTILINE), f"as text: {done.out[:200]!r}")


def errors():
    t.error(USAGE, r"did you mean \"terms\"", "list", "termz")
    t.error(USAGE, r"expected: carryover list tasks\|zoo\|domains\|terms", "list", "everything")
    t.error(USAGE, r"missing argument", "list")
    t.error(USAGE, r"unexpected argument", "list", "tasks", "terms")
    for kind in [*KEYS, "operators"]:
        t.full_disk("list", kind)


def completion():
    """What bash offers, by its own means; the other forms name every command."""
    script = os.path.join(scratch("completion"), "carryover.bash")
    for kind in ("bash", "zsh", "fish", "man"):
        text = run("completion", kind).out
        for name in ("run", "train", "doctor"):
            t.check(re.search(rf"\b{name}\b", text), f"{kind} knows {name}")
    with open(script, "w", encoding="utf-8") as file:
        file.write(run("completion", "bash").out)

    def offered(*words):
        line = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _carryover; echo "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "-c", line, "bash", script, "carryover", *words], capture_output=True, text=True,
                              check=True)
        return done.stdout.split()

    t.equal(offered("rep"), ["replay", "report"], "commands")
    t.equal(offered("check", "half"), [name for name in files("tasks") if name.startswith("half")], "tasks")
    t.equal(offered("eval", "p.safetensors", "--task", "humanoid_s"), ["humanoid_standup"], "tasks behind --task")
    t.equal(offered("play", "quadruped_r"), ["quadruped_rough"], "tasks where a policy may stand, too")
    t.equal(offered("record", "hopper", "--policy", ""), ["zero", "random"], "who acts in one")
    t.equal(offered("train", "hopper", "--strategy", "scr"), ["scratch", "scratch_source_norm"], "strategies")
    t.equal(offered("eval", "zoo", ":", "hop"), ["hopper"], "behind the colon, which bash takes for a word")
    t.equal(offered("train", "hopper", "--from", "zoo", ":", "walk"), ["walker2d"], "and behind an option")
    t.check("hopper" in offered("eval", "zoo", ":"), "nothing but the prefix")
    t.equal(offered("eval", "zoo:hop"), ["zoo:hopper"], "where a colon is none")
    t.equal(offered("eval", "quadruped_f"), ["quadruped_flat"], "a task in place of its policy")
    t.equal(offered("list", "met"), ["metrics"], "what can be listed")
    t.equal(offered("train", "hopper", "--algorithm", "s"), ["sac"], "algorithms")
    t.check("--dry-run" in offered("run", "quickstart", "--"), "options")
    t.equal(offered("run", "--out", "sou"), [], "a file: the shell's own affair")
    t.error(USAGE, r'unknown "bsh", did you mean "bash"', "completion", "bsh")


for test in (fields, contents, standing, domains, operators, completion, errors):
    test()
t.finish()
