"""docs/tasks.md against the program: its robot and task are built, trained and played outside the tree; its tables hold.

CARRYOVER_WRITE_DOCS=1 writes the part of docs/tasks.md that lists the terms.
"""

import os
import re
import shlex
import shutil
import sys
import tempfile

from common import CONFIG, NO_INPUT, OK, SOURCE, USAGE, Tests, rewrite_policy, run, scratch, train
from studies import TINY

DOCUMENT = os.path.join(SOURCE, "docs", "tasks.md")
BLOCK = re.compile(r"(<!-- terms:.*?-->\n)(.*?)(<!-- end of terms -->)", re.S)
KINDS = ["observation", "action", "reward", "terminate", "reset", "command"]  # success has the terms of terminate

t = Tests()


def read():
    with open(DOCUMENT, encoding="utf-8") as file:
        return file.read()


TEXT = read()


def blocks(language):
    return [text for name, text in re.findall(r"^```([^\n]*)\n(.*?)^```$", TEXT, re.M | re.S) if name == language]


def section(title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", TEXT, re.M | re.S).group(1)


def table(text):
    """Rows of the first table below its heading: cells."""
    rows = [re.split(r" \| ", line[2:-2]) for line in text.splitlines() if line.startswith("| ")]
    return rows[1:]


# ---- the reference of terms

def terms():
    return t.json("list", "terms")["terms"]


def sentence(term):
    return term["doc"].replace("|", "\\|")


def write_terms():
    """One table for each kind: name, keys that are needed, other keys, what it is."""
    lines = []
    for kind in KINDS:
        title = "terminate and success" if kind == "terminate" else kind
        lines += ["", f"**{title}**", "", "| term | needs | may have | what it is |", "|---|---|---|---|"]
        for term in (term for term in terms() if term["kind"] == kind):
            other = [key for key in term["keys"] if key not in term["needs"]]
            cells = [f"`{term['name']}`", " ".join(term["needs"]), " ".join(other),
                     sentence(term) + (f" [{term['unit']}]" if term["unit"] not in (None, "1") else "")]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines[1:]) + "\n\n"


def reference_of_terms():
    found = BLOCK.search(TEXT)
    t.equal(found.group(2), write_terms(), "docs/tasks.md lists the terms as they are (CARRYOVER_WRITE_DOCS=1 writes it)")
    names = [{term["name"] for term in terms() if term["kind"] == kind} for kind in ("terminate", "success")]
    t.equal(names[0], names[1], "success has the terms of terminate")


def keys():
    """Every key of a task and of a term is explained, and no other."""
    documented = set(re.findall(r"`(\w+)`", " ".join(row[0] for row in table(section("Keys of a term")))))
    used = {key for term in terms() for key in term["keys"]}
    t.equal(documented, used, "keys of terms")
    documented = set(re.findall(r"`(\w+)`", " ".join(row[0] for row in table(section("Keys of a task")))))
    refused = run("check", "pendulum", "--set", "xyzzy=1")
    used = set(re.search(r"allowed ([\w, ]+)", refused.err).group(1).split(", "))
    t.equal(documented, used | {"base"}, "keys of a task")


# ---- the robot, in a folder outside the tree

def build(folder):
    for name, text in (("balancer.xml", blocks("xml")[0]), ("balancer.cfg", blocks("cfg task")[0])):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


def commands(folder):
    """The commands of the document, as they stand."""
    lines = [line for block in blocks("sh") for line in block.replace("\\\n", " ").splitlines()]
    t.check(len(lines) >= 5, f"commands: {lines}")
    for line in lines:
        words = shlex.split(line)
        t.equal(words[0], "carryover", line)
        done = run(*words[1:], cwd=folder)
        t.equal(done.code, OK, f"{line}: {done.err}")


def learns(folder):
    """The numbers behind the commands: it gets better than it was, and meets its faults and flags."""
    trained = t.json("train", "balancer.cfg", "--steps", 20480, "--episodes", 5, "--out", "again.safetensors", cwd=folder)
    curve = trained.get("evaluations", [])
    t.check(len(curve) > 1 and curve[-1]["return_mean"] > 2 * curve[0]["return_mean"], f"it learns: {curve}")
    played = t.json("eval", "again.safetensors", "--task", "balancer.cfg", "--episodes", 5, cwd=folder)
    t.check(played != {}, "eval")
    found = t.json("inspect", "again.safetensors", cwd=folder)
    names = [element["name"] for element in found["contract"]["observation"]]
    wanted = ["qvel/right_wheel", "qvel/left_wheel", "joint_pos/lean@-2", "joint_pos/lean@-1", "joint_pos/lean"]
    at = names.index(wanted[0]) if wanted[0] in names else 0
    t.equal(names[at:at + 5], wanted, "order and history")


# ---- its world is found, or asked for, and never replaced by another one of its name

ALONE = {"DISPLAY": "", "WAYLAND_DISPLAY": ""}  # a window is the last thing that play needs
MASS = '{ parameter = "body.mass"; select = "mast"; scale = 2.0; }'
NO_WINDOW = 70


def edit(path, old, new):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert old in text
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new))


def asked_for(folder):
    """A policy without a text asks for --task; with it, in every other folder, they play."""
    policy, task = (os.path.join(folder, name) for name in ("balancer.safetensors", "balancer.cfg"))
    nameless = rewrite_policy(policy, os.path.join(folder, "nameless.safetensors"), ["carryover"])
    for words in (["eval", nameless], ["play", nameless], ["play", nameless, "--domain", MASS],
                  ["record", nameless, "--out", os.path.join(folder, "frames")]):
        t.error(NO_INPUT, r"nameless.safetensors: the task it was trained in \(--task FILE names it\): no task \"balancer\"",
                *words, env=ALONE)
    t.error(USAGE, "--model: .*holds no task", "eval", nameless, "--model", os.path.join(folder, "balancer.xml"))
    for words in (["--domain", MASS], []):
        t.error(NO_WINDOW, "no window", "play", policy, "--task", task, *words, env=ALONE)
    done = run("record", policy, "--task", task, "--seconds", 0.1, "--out", os.path.join(folder, "frames"))
    t.equal(done.code, OK, f"record: {done.err}")
    again = run("train", task, "--from", policy, "--steps", 1024, "--episodes", 1, "--out", os.path.join(folder, "b.safetensors"))
    t.check("action difference to the source policy at step 0: 0\n" in again.out, f"train --from knows home: {again.err}")
    t.equal(t.json("diff", policy, task).get("equal"), True, "diff takes the file")


def travels(folder):
    """The file is enough where the model is found: beside it, in this folder, or by --model."""
    policy, model = (os.path.join(folder, name) for name in ("balancer.safetensors", "balancer.xml"))
    away, here = os.path.join(folder, "away"), os.path.join(folder, "here")
    for place in (away, here):
        os.makedirs(place)
    shutil.copy(policy, away)
    moved = os.path.join(away, "balancer.safetensors")
    wanted = t.json("eval", policy, "--task", os.path.join(folder, "balancer.cfg"), "--episodes", 2)["trace_hash"]
    for words in (["eval", moved], ["play", moved], ["record", moved, "--out", os.path.join(folder, "frames")]):
        t.error(NO_INPUT, r"balancer.safetensors: the task it was trained in \(--model FILE names its model\): task \"balancer\""
                r":\d+: no model \"balancer.xml\" next to the policy, in envs/models, in the folders of CARRYOVER_MODEL_PATH or "
                "in this folder", *words, env=ALONE, cwd=here)
    t.equal(t.json("eval", moved, "--episodes", 2, "--model", model)["trace_hash"], wanted, "--model")
    t.error(NO_WINDOW, "no window", "play", moved, "--model", model, env=ALONE)
    t.error(USAGE, "--model: is that of the policy's own task", "eval", moved, "--model", model, "--task", "hopper")
    t.equal(t.json("eval", moved, "--episodes", 2, cwd=folder)["trace_hash"], wanted, "in this folder")
    shutil.copy(model, away)
    t.equal(t.json("eval", moved, "--episodes", 2, cwd=here)["trace_hash"], wanted, "beside it")
    t.error(NO_WINDOW, "no window", "play", moved, "--domain", MASS, env=ALONE, cwd=here)
    done = run("record", moved, "--seconds", 0.1, "--out", os.path.join(folder, "frames"), cwd=here)
    t.equal((done.code, done.err), (OK, ""), "record")
    edit(os.path.join(away, "balancer.xml"), 'mass="0.4"', 'mass="0.5"')
    t.check("note: " in run("eval", moved, "--episodes", 1, cwd=here).err, "another model is noted")
    with open(policy, "rb") as file:
        t.check(folder.encode() not in file.read(), "no folder is in the file")


def odd_name(folder):
    """A file that happens to lie here is not taken for a policy's task."""
    for name in ("odd.cfg", "odd.cfg.cfg"):
        shutil.copy(os.path.join(SOURCE, "configs", "tasks", "pendulum.cfg"), os.path.join(folder, name))
    policy = train(folder, os.path.join(folder, "odd.cfg.cfg"), 512, "odd.safetensors")
    t.equal(t.json("eval", policy, "--episodes", 1, cwd=folder).get("task"), "odd.cfg", "its text is")
    policy = rewrite_policy(policy, os.path.join(folder, "odd_nameless.safetensors"), ["carryover"])
    t.error(NO_INPUT, r"\"odd.cfg\" \(--task FILE names it\)", "eval", policy, cwd=folder)


def namesake(folder):
    """A robot called hopper is not the hopper that comes along."""
    own = os.path.join(folder, "own")
    os.makedirs(own)
    task, policy = os.path.join(own, "hopper.cfg"), os.path.join(own, "hopper.safetensors")
    shutil.copy(os.path.join(SOURCE, "configs", "tasks", "hopper.cfg"), own)
    train(own, task, 1024, "hopper.safetensors")
    with open(os.path.join(SOURCE, "envs", "models", "hopper.xml"), encoding="utf-8") as model, \
            open(os.path.join(own, "own.xml"), "w", encoding="utf-8") as other:
        other.write(model.read().replace('timestep="0.002"', 'timestep="0.001"'))
    t.equal(run("eval", policy, "--episodes", 1).err, "", "a copy is the same world")
    for change in (("horizon = 1000", "horizon = 20"), ('"hopper.xml"', '"own.xml"')):
        edit(task, *change)
        train(own, task, 1024, "hopper.safetensors")
        nameless = rewrite_policy(policy, os.path.join(own, "nameless.safetensors"), ["carryover"])
        for words in (["eval", nameless], ["play", nameless], ["record", nameless, "--out", os.path.join(own, "frames")]):
            t.error(NO_INPUT, r"another task \"hopper\".*--task FILE", *words, env=ALONE)
        for words in ([], ["--task", task]):
            t.equal(run("eval", policy, "--episodes", 1, *words).err, "", "its own world")


def edited(folder):
    """What was edited since the training is noted."""
    policy, task = (os.path.join(folder, name) for name in ("balancer.safetensors", "balancer.cfg"))
    frames = os.path.join(folder, "frames")
    for name, old, new, what in (("balancer.cfg", "horizon = 500", "horizon = 400", "the task differs"),
                                 ("balancer.xml", 'mass="0.4"', 'mass="0.5"', "the task and the model differ")):
        edit(os.path.join(folder, name), old, new)
        for words in (["eval", policy, "--episodes", 1], ["play", policy],
                      ["record", policy, "--seconds", 0.1, "--out", frames]):
            said = run(*words, "--task", task, env=ALONE).err
            t.check(re.search(rf"note: task .* not the one this policy was trained in .*: {what}", said), f"{words[0]}: {said}")


def studies(folder):
    """A study of one's own robot is played from everywhere."""
    text = TINY.replace('"pendulum"', '"balancer.cfg"')
    with open(os.path.join(folder, "tiny.cfg"), "w", encoding="utf-8") as file:
        file.write(text)
    done = run("run", "tiny.cfg", "-q", cwd=folder)
    t.equal(done.code, OK, f"run: {done.err}")
    study = os.path.join(folder, "runs", "tiny")
    for cwd in (folder, "/"):
        t.error(NO_WINDOW, "no window", "play", study, cwd=cwd, env=ALONE)
    t.error(USAGE, "--domain goes with a policy", "play", study, "--domain", MASS, env=ALONE)
    t.error(USAGE, "--task goes with a policy", "play", study, "--task", "balancer.cfg", cwd=folder, env=ALONE)
    away = os.path.join(scratch("own_robot"), "study")
    shutil.move(study, away)
    t.error(NO_INPUT, r"\"balancer.cfg\" is neither here nor above.*--task FILE", "play", away, env=ALONE)
    t.error(NO_WINDOW, "no window", "play", away, "--task", os.path.join(folder, "balancer.cfg"), env=ALONE)


def mistakes(folder):
    """Each row of the table: the change gives the message."""
    rows = table(section("When something is wrong"))
    t.check(len(rows) >= 15, f"mistakes: {len(rows)}")
    for change, message in rows:
        change, message = change.strip("`"), message.strip("`")
        done = run("check", "balancer.cfg", "--set", change, cwd=folder)
        missing = "no file" in message
        t.equal(done.code, NO_INPUT if missing else CONFIG, f"{change}: {done.err}")
        t.check(message in done.err, f"{change}: {message!r} is not in {done.err!r}")


def allowed(folder):
    """A model outside the task's folder is refused until its folder is listed."""
    inner = os.path.join(folder, "inner")
    os.makedirs(inner)
    shutil.copy(os.path.join(folder, "balancer.cfg"), inner)
    t.error(NO_INPUT, r"no file \"balancer.xml\"", "check", "balancer.cfg", cwd=inner)
    edit = ("--set", 'model="../balancer.xml"')
    t.error(CONFIG, r"outside the folder.*CARRYOVER_MODEL_PATH", "check", "balancer.cfg", *edit, cwd=inner)
    for words in (edit, ()):
        done = run("check", "balancer.cfg", *words, cwd=inner, env={"CARRYOVER_MODEL_PATH": f"/nowhere:{folder}"})
        t.equal(done.code, OK, f"allowed {words}: {done.err}")


def main():
    if os.environ.get("CARRYOVER_WRITE_DOCS") == "1":
        text = BLOCK.sub(lambda found: found.group(1) + write_terms() + found.group(3), TEXT)
        with open(DOCUMENT, "w", encoding="utf-8") as file:
            file.write(text)
        sys.exit(0)
    reference_of_terms()
    keys()
    with tempfile.TemporaryDirectory() as folder:
        build(folder)
        for test in (commands, learns, asked_for, travels, odd_name, namesake, studies, mistakes, allowed, edited):
            test(folder)
    t.finish()


main()
