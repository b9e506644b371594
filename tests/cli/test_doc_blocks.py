"""Every code block of README and docs is used as it stands, and prints what the page says.

The word behind the fence says what a block is:

    text             a drawing or a scheme; nothing to run
    xml, json        parses
    cfg study        a study: `run FILE --dry-run`
    cfg domain TASK  a domain file: `check TASK --domain FILE`; also a collection
    cfg task TASK    members of a task: `check` of TASK with them, or of the whole task where it is one
    cfg map TASK     a map: `eval` of a policy of TASK through it, which may not have the names that it says
    c FILE           a program of C99 beside policy.c, which a command of the page has exported: compiled with all warnings,
                     needs nothing but what it includes, and acts as the policy does
    python           a script for the standard library alone, run in the page's folder; at most 30 lines
    sh               commands, line by line in one folder of the page
    console          the same behind "$ ", each followed by what it prints; "..." stands for anything; a line
                     "exit code N" ends what a command prints when N is not 0

Trainings and studies are shortened, windows open on a display of their own, and policies that a page takes for granted are
trained for a moment. scripts/quickstart and scripts/test are what runs this; here they only must be there.
"""

import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml

from common import OK, PROGRAM, SOURCE, WANTING, Tests, run, scratch, train
from display import Display, available

BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.M | re.S)
SHORT_TRAINING = ("--steps", 2048, "--evaluations", 2, "--episodes", 2)
SHORT_BENCH = ("--repeat", 1, "--seconds", 0.02)

t = Tests()


class Page:
    """One page: its text and the folder in which its commands run."""

    def __init__(self, path):
        self.name = os.path.relpath(path, SOURCE)
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.folder = scratch(os.path.join("doc_blocks", self.name.replace(os.sep, "_")))
        self.files = 0

    def blocks(self):
        for found in BLOCK.finditer(self.text):
            line = self.text.count("\n", 0, found.start()) + 1
            yield f"{self.name}:{line}", found.group(1).split(), found.group(2)

    def write(self, text, name=None):
        self.files += 1
        name = name or f"block{self.files}.cfg"
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        return name


def shorten(text):
    """A study that takes a moment and is otherwise the same."""
    for key, value in (("seeds", 1), ("episodes", 2), ("final_episodes", 2), ("random_episodes", 2), ("evaluations", 2),
                       ("bootstrap", 100), ("steps", 2048), ("oracle_steps", 4096)):
        text = re.sub(rf"(?<!\w){key} = \d+", f"{key} = {value}", text)
    text = re.sub(r'if_not_live = "\w+"; *', "", text)
    before, targets, after = (re.split(r"(targets = .*?strategies = )", text, flags=re.S) + ["", ""])[:3]
    # policies that have learned nothing may never meet a shift
    return before + re.sub(r"(?<!\w)(steps = \d+;)", r'\1 if_not_live = "run";', targets) + after


# ---- config blocks

def study(page, where, _, text):
    page.write(text)  # under a number; and under the name that the page's commands give it
    name = re.search(r'^\s*(?:study = \{[^{}]*?)?name = "(\w+)"', text, re.M)
    done = run("run", page.write(text, "whole.cfg"), "--dry-run", cwd=page.folder)
    t.equal(done.code, OK, f"{where}: {done.err}")
    page.write(shorten(text), f"{name.group(1) if name else 'study'}.cfg")


def domain(page, where, words, text):
    file = page.write(re.sub(r",\s*\.\.\.", "", text))
    if text.lstrip().startswith("presets"):
        found = t.json("inspect", file, cwd=page.folder)
        t.equal(found.get("valid"), True, f"{where}: {found.get('problems')}")
        return
    done = run("check", words[0], "--domain", file, cwd=page.folder)
    t.check(done.code in (OK, WANTING), f"{where}: {done.err}")


def task(page, where, words, text):
    whole = text.lstrip().startswith(("task =", "//"))
    file = page.write(text if whole else f'task = {{ base = "{words[0]}"; horizon = 100;\n{text}}};\n')
    done = run("check", file, cwd=page.folder)
    t.equal(done.code, OK, f"{where}: {done.err}{done.out if done.code == WANTING else ''}")


def a_map(page, where, words, text):
    policy = f"{words[0]}.safetensors"
    prepare(page, [policy])
    done = run("eval", policy, "--map", page.write(text), "--episodes", 1, cwd=page.folder)
    told = done.err.split("acts as it is:\n")[-1].splitlines()
    t.check(done.code == OK or all(re.match("carryover: error: (name|order): ", line) for line in told), f"{where}: {done.err}")


CONFIGS = {"study": study, "domain": domain, "task": task, "map": a_map}


def config(page, where, words, text):
    if t.check(words and words[0] in CONFIGS, f"{where}: cfg is one of {', '.join(CONFIGS)}"):
        CONFIGS[words[0]](page, where, words[1:], text)


# ---- scripts

def script(page, where, _, text):
    """Without what is installed beside the standard library; with the program on the path."""
    t.check(text.count("\n") <= 30, f"{where}: over 30 lines")
    path = os.pathsep.join((os.path.dirname(os.path.abspath(PROGRAM)), os.environ.get("PATH", "")))
    done = subprocess.run([sys.executable, "-I", "-S", page.write(text, "script.py")], cwd=page.folder, capture_output=True,
                          text=True, env={**os.environ, "PATH": path})
    t.equal((done.returncode, done.stderr), (0, ""), where)


# ---- programs

STRICT = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O2"]
LIBRARY = {"memcpy", "memset", "__memcpy_chk", "__memset_chk", "__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_"}


def program(page, where, words, text):
    """Observations go in, an action for each comes out; policy.c has neither an allocator nor a library for numbers."""
    t.check(text.count("\n") <= 36, f"{where}: over 36 lines")
    page.write(text, words[0])
    done = subprocess.run(["cc", *STRICT, "-o", "program", words[0], "policy.c"], cwd=page.folder, capture_output=True, text=True)
    t.equal((done.returncode, done.stderr), (0, ""), where)
    subprocess.run(["cc", *STRICT, "-c", "policy.c"], cwd=page.folder, check=True)
    needed = subprocess.run(["nm", "-u", "policy.o"], cwd=page.folder, check=True, capture_output=True, text=True).stdout.split()
    t.equal(set(needed) - {"U"} - LIBRARY, set(), f"{where}: policy.c needs")
    lines = "1 0 0\n0.5 0.8 -2\n-1 0 7\n"
    done = subprocess.run(["./program"], cwd=page.folder, input=lines, capture_output=True, text=True)
    actions = [float(word) for word in done.stdout.split()]
    t.equal((done.returncode, len(actions)), (0, 3), f"{where}: an action for each observation")
    t.check(all(-2 <= action <= 2 for action in actions) and len(set(actions)) == 3, f"{where}: {actions}")


# ---- commands

def prepare(page, words):
    """Files that a page takes for granted."""
    for word in words:
        path = os.path.join(page.folder, word)
        if word.endswith(".safetensors") and not os.path.exists(path) and words[words.index(word) - 1] != "--out":
            known = os.path.join(SOURCE, "configs", "tasks", word.replace(".safetensors", ".cfg"))
            train(page.folder, os.path.basename(known)[:-4] if os.path.exists(known) else "hopper", 2048, word)
        if word.startswith("configs/studies/") and not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(os.path.join(SOURCE, word), encoding="utf-8") as whole, open(path, "w", encoding="utf-8") as short:
                short.write(shorten(whole.read()))
        if re.search(r"faults/\d+\.json$", word) and not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            start = {"obs": [0] * 11, "action": [0] * 3, "qpos": [0, 1.25, 0, 0, 0, 0], "qvel": [0] * 6}
            with open(path, "w", encoding="utf-8") as file:
                json.dump({"task": "hopper", "data": [start] * 3}, file)


def options(page, words):
    """What makes a command short without changing what it does."""
    if words[0] == "train":
        long = "--steps" not in words or int(words[words.index("--steps") + 1]) > 30000
        return SHORT_TRAINING if long else ()
    if words[0] == "bench" and words[1:2] != ["learn"]:
        return SHORT_BENCH
    if words[0] == "play":
        return ("--script", page.write("quit\n", "quit.script"))
    return ()


def command(page, where, line):
    """Runs one line of a page; None for what is not run here."""
    words = shlex.split(line, comments=True)
    if words[0].startswith("scripts/"):
        t.check(os.access(os.path.join(SOURCE, words[0]), os.X_OK), f"{where}: {words[0]}")
        return None
    words[0] = os.path.basename(words[0])
    if not t.check(words[0] == "carryover", f"{where}: {line}"):
        return None
    prepare(page, words)
    arguments = [*words[1:], *options(page, words[1:])]
    if any(word.endswith(".mp4") for word in words) and not shutil.which("ffmpeg"):
        return None
    if words[1] != "play":
        return run(*arguments, cwd=page.folder)
    if not available():
        return None
    with Display() as display:
        return run(*arguments, cwd=page.folder, env=display.env)


def commands(page, where, _, text):
    for line in text.replace("\\\n", " ").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        done = command(page, where, line)
        wanted = re.search(r"#.*exit code (\d+)", line)
        if done:
            t.equal(done.code, int(wanted.group(1)) if wanted else OK, f"{where}: {line}: {done.err}")


def console(page, where, _, text):
    for session in re.split(r"^\$ ", text, flags=re.M)[1:]:
        line, _, printed = session.partition("\n")
        code = re.search(r"^exit code (\d+)\n", printed, re.M)
        printed = re.sub(r"^exit code \d+\n", "", printed, flags=re.M)
        done = command(page, where, line)
        pattern = re.escape(printed.strip()).replace(r"\.\.\.", ".*")
        t.equal(done.code, int(code.group(1)) if code else OK, f"{where}: {line}: {done.err}")
        t.check(re.fullmatch(pattern, (done.out + done.err).strip(), re.S),
                f"{where}: {line}: prints\n{done.out}{done.err}instead of\n{printed}")


def drawing(*_):
    pass


KINDS = {"text": drawing, "xml": lambda _, where, words, text: xml.fromstring(text),
         "json": lambda _, where, words, text: json.loads(text), "cfg": config, "python": script, "c": program,
         "sh": commands, "console": console}

pages = [os.path.join(SOURCE, "README.md")]
pages += sorted(glob.glob(os.path.join(SOURCE, "docs", "**", "*.md"), recursive=True))
for path in pages:
    page = Page(path)
    if len(sys.argv) > 1 and page.name not in sys.argv[1:]:
        continue
    if page.name == "docs/tasks.md":  # its robot: the commands run beside its files
        robot = {words[0]: text for _, words, text in page.blocks() if words and words[0] in ("xml", "cfg")}
        for kind, text in robot.items():
            page.write(text, f"balancer.{kind}")
    for where, words, text in page.blocks():
        if t.check(words and words[0] in KINDS, f"{where}: a block says which kind it is: {', '.join(KINDS)}"):
            KINDS[words[0]](page, where, words[1:], text)
    shutil.rmtree(page.folder, ignore_errors=True)
t.finish()
