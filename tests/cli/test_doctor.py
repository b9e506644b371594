"""carryover doctor: its lines, and what it says where something is missing."""

import os
import re
import shutil

from common import HEAD, OK, PROGRAM, SOURCE, USAGE, WANTING, Tests, run, scratch

t = Tests()


def sound():
    found = t.json("doctor")
    t.keys(found, HEAD | {"build", "ok", "checks"}, "doctor")
    t.equal(found["ok"], True, "this machine")
    names = [check["name"] for check in found["checks"]]
    for name in ("processor", "kernels", "memory", "physics", "data", "tasks", "bytes", "folder", "environment", "opengl",
                 "ffmpeg", "hdf5"):
        t.check(name in names, f"looks at {name}")
    for check in found["checks"]:
        t.keys(check, {"name", "level", "text"}, check["name"])
        t.check(check["level"] in ("ok", "warn"), f"{check['name']}: {check['level']}")
    done = run("doctor")
    t.equal([done.code, "mujoco 4." in done.out], [OK, True], "text")


def bytes_of_results():
    """Known trainings end where they have to, unless something of theirs is not what it was."""
    found = t.json("doctor")
    libc = os.confstr("CS_GNU_LIBC_VERSION")
    (line,) = [check for check in found["checks"] if check["name"] == "bytes"]
    if libc == "glibc 2.36":
        t.equal(line["level"], "ok", f"bytes: {line['text']}")
    t.check(found["build"] in line["text"] and libc in line["text"] and "mujoco" in line["text"], f"bytes: {line['text']}")
    folder = scratch("doctor_bytes")
    shutil.copytree(os.path.join(SOURCE, "configs"), os.path.join(folder, "configs"))
    os.makedirs(os.path.join(folder, "envs"))
    os.symlink(os.path.join(SOURCE, "envs", "models"), os.path.join(folder, "envs", "models"))
    task = os.path.join(folder, "configs", "tasks", "walker2d.cfg")
    with open(task, encoding="utf-8") as file:
        text = file.read()
    with open(task, "w", encoding="utf-8") as file:
        file.write(text.replace("horizon = 1000", "horizon = 10"))
    found = t.json("doctor", env={"CARRYOVER_DATA": folder}, code=WANTING if libc == "glibc 2.36" else OK)
    (line,) = [check for check in found["checks"] if check["name"] == "bytes"]
    t.check(re.search("ppo in walker2d ends at [0-9a-f]{16} in place of [0-9a-f]{16}: results will not be the same bytes "
                      "as elsewhere|results are other bytes", line["text"]), f"other bytes: {line['text']}")
    t.check(libc in line["text"], f"other bytes: {line['text']}")


def environment():
    found = t.json("doctor", env={"OPENBLAS_CORETYPE": "Haswell"})
    lines = [check for check in found["checks"] if check["name"] == "environment"]  # one for each that is set
    t.equal([line["level"] for line in lines if "OPENBLAS_CORETYPE=Haswell" in line["text"]], ["warn"], "environment")


def without_data():
    """A program alone in a folder finds no tasks and says where it looked and what to set."""
    folder = scratch("doctor")
    alone = os.path.join(folder, "carryover")
    shutil.copy(PROGRAM, alone)
    done = run("doctor", env={"CARRYOVER_DATA": folder})
    if done.code == OK:  # found above the build folder
        t.check("tasks in" in done.out, "data are found above the build folder")
        return
    t.equal(done.code, WANTING, "no data: exit code")
    t.check("set CARRYOVER_DATA" in done.out, "no data: what to do")


def broken_task():
    folder = scratch("doctor_data")
    os.makedirs(os.path.join(folder, "configs", "tasks"))
    with open(os.path.join(folder, "configs", "tasks", "bad.cfg"), "w", encoding="utf-8") as file:
        file.write("task = { format = 1; }\n")
    found = t.json("doctor", env={"CARRYOVER_DATA": folder}, code=WANTING)
    (line,) = [check for check in found["checks"] if check["level"] == "fail"]
    t.equal([line["name"], "bad.cfg:1: " in line["text"]], ["task", True], "a broken task is named")


def pictures():
    """Studies need neither OpenGL nor ffmpeg: what lacks is told and is no failure."""
    folder = scratch("doctor_pictures")
    found = t.json("doctor", env={"CARRYOVER_GL": "off", "PATH": folder})
    lines = {check["name"]: check for check in found["checks"]}
    t.equal([lines["opengl"]["level"], lines["ffmpeg"]["level"]], ["warn", "warn"], "nothing to draw with")
    t.check("no OpenGL: CARRYOVER_GL=off" in lines["opengl"]["text"], lines["opengl"]["text"])
    with open(os.path.join(folder, "ffmpeg"), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o755)
    found = t.json("doctor", env={"CARRYOVER_GL": "off", "PATH": f"none::{folder}"})
    lines = {check["name"]: check for check in found["checks"]}
    t.equal(lines["ffmpeg"]["level"], "ok", "ffmpeg is found")


def errors():
    t.error(USAGE, r"unexpected argument", "doctor", "now")
    t.full_disk("doctor")
    t.full_disk("doctor", "--json")


for test in (sound, bytes_of_results, environment, without_data, broken_task, pictures, errors):
    test()
t.finish()
