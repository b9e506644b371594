"""Nothing of a file drives the terminal: names, configs, models, recordings and policies are shown escaped everywhere."""

import json
import os
import re
import shutil
import subprocess

from common import DATA, OK, PROGRAM, SOURCE, Tests, run, scratch, train
from studies import SMOKE, read, tiny

ESC, BIDI, C1 = "\x1b[2J\x1b]0;owned\x07", "\u202egpj\u2066", "\u009b31m"
EVIL = ESC + BIDI + C1
SAFE = r"\u001b[2J\u001b]0;owned\u0007\u202egpj\u2066\u009b31m"
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

t = Tests()
folder = scratch("terminal")
hopper = os.path.join(SOURCE, "configs", "tasks", "hopper.cfg")


def write(name, data):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())
    return path


def shown(label, *args, escaped=(SAFE,), **options):
    """Both outputs as bytes: UTF-8 without a character that drives a terminal, and the escape is there."""
    done = subprocess.run([PROGRAM, *map(os.fsencode, map(str, args))], capture_output=True, check=False, **options)
    for name, data in (("stdout", done.stdout), ("stderr", done.stderr)):
        try:
            found = UNSAFE.search(data.decode())
        except UnicodeDecodeError as error:
            found = error
        t.check(not found, f"{label}: {name}: {found}")
    for text in escaped:
        t.check(text.encode() in done.stdout + done.stderr, f"{label}: no {text!r} in {done.stderr!r} {done.stdout[:300]!r}")
    return done


def names_of_files():
    for command in ("inspect", "eval", "run", "report", "check"):
        shown(f"{command} of a missing file", command, EVIL + ".cfg" if command in ("run", "check") else EVIL)
    shown("an unknown command", EVIL)
    shown("an unknown option", "eval", f"--{EVIL}")
    shown("bytes that are no text", "inspect", "\udcff\udcc3.safetensors", escaped=(r"\xff\xc3.safetensors",))
    shutil.copy(hopper, os.path.join(folder, EVIL.replace("/", "") + ".cfg"))
    done = shown("a task file", "check", os.path.join(folder, EVIL + ".cfg"))
    t.equal(done.returncode, OK, "a task of any name is a task")


def configs():
    task = read(hopper).decode()
    for label, text in (("an unknown key", task.replace("horizon", f'{"x"}x = "{EVIL}"; horizon')),
                        ("a pattern", task.replace("rootx", EVIL)),
                        ("a term", task.replace('"alive"', f'"{EVIL}"')),
                        ("a model", task.replace("hopper.xml", EVIL)),
                        ("bytes", task.replace("rootx", "\udcff\udcc3"))):
        path = write("task.cfg", text.encode("utf-8", "surrogateescape"))
        escaped = (r"\xff\xc3",) if label == "bytes" else () if label == "an unknown key" else (SAFE,)
        shown(label, "check", path, escaped=escaped)
        shown(label, "inspect", path, escaped=())
        shown(label, "inspect", path, "--json", escaped=())
    for value in (f'name = "{EVIL}"', f'name = "x"; doc = "{EVIL}"'):
        path = tiny(folder, 'name = "tiny"', value)
        shown("a study", "run", path, "--list", escaped=())
        shown("a study", "inspect", path, escaped=())
    shown("an edit", "check", "hopper", "--set", f"{EVIL}=1")
    shown("a domain", "check", "hopper", "--domain", f'{{ parameter = "{EVIL}"; scale = 2.0; }}',
          escaped=(r"\x1b[2J", r"\u202egpj"))  # of a config's text the first is config


def models():
    """Names in a model may be anything that is UTF-8."""
    model = read(SOURCE, "envs", "models", "hopper.xml").decode().replace("foot_joint", BIDI)
    write("evil.xml", model)
    task = write("evil.cfg", read(hopper).decode().replace("hopper.xml", "evil.xml").replace("qpos/*_joint|", "qpos/*|"))
    t.equal(shown("a model", "check", task, escaped=()).returncode, OK, "a model with such a name")
    policy = train(folder, task, 1024, "evil.safetensors")
    for words in (["inspect", policy], ["diff", policy, "hopper"], ["diff", policy, "hopper", "--json"],
                  ["inspect", policy, "--json"], ["eval", policy, "--task", "hopper"]):
        shown(words[0], *words, escaped=(r"\u202egpj\u2066",))
    found = t.json("inspect", policy)
    t.check(any(BIDI in element["name"] for element in found["contract"]["observation"]), "the value is the same")


def data():
    out = os.path.join(folder, "study")
    t.equal(run("run", SMOKE, "--out", out, "-q").code, OK, "run")
    apart = run("run", SMOKE, "--out", out)
    done = subprocess.run([PROGRAM, "run", SMOKE, "--out", out], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    t.check("report: " in apart.err and len(apart.out) > 0, apart.err)
    t.check(apart.out.encode() in done.stdout, "the table stays whole where both outputs are one file")
    t.check(done.stdout.splitlines()[-1].startswith(b"report: "), "and what is told of it comes behind")
    results = json.loads(read(out, "results.json"))
    results["verdict"] = EVIL
    write("study/results.json", json.dumps(results))
    t.equal(shown("report", "report", out, escaped=()).returncode, OK, "report")
    page = read(out, "report.html").decode()
    t.check(SAFE in page and not UNSAFE.search(page), "the page shows it too")
    log = write("log.json", json.dumps({"data": [{"obs": [1], EVIL: 1}]}))
    shown("a recording", "replay", "hopper", log, escaped=())
    t.equal(shown("a policy", "inspect", write("x.safetensors", f"{EVIL}".encode()), escaped=()).returncode, DATA, "no policy")


for test in (names_of_files, configs, models, data):
    test()
t.finish()
