"""docs/tasks.md against the program: its robot and task are built, trained and played outside the tree; its tables hold.

CARRYOVER_WRITE_DOCS=1 writes the part of docs/tasks.md that lists the terms.
"""

import os
import re
import shlex
import shutil
import sys
import tempfile

from common import CONFIG, NO_INPUT, OK, SOURCE, Tests, run

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
    lines = [line for block in blocks("sh") for line in block.splitlines()]
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
        for test in (commands, learns, mistakes, allowed):
            test(folder)
    t.finish()


main()
