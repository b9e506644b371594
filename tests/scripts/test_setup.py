"""scripts/setup where packages are missing and cannot be had: what stops it, and what does not."""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "cli"))

from common import SOURCE, Tests, scratch  # noqa: E402

t = Tests()
folder = scratch("setup")
tools = os.path.join(folder, "bin")
SAY_YES = "exit 0"
BUILDERS = ("gcc", "cmake", "ninja", "pkg-config", "protoc-c", "python3")


def pretend(name, script):
    path = os.path.join(tools, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\n{script}\n")
    os.chmod(path, 0o755)


def setup(missing=(), apt=None, libraries="", user=0):
    """Runs a copy among tools that only pretend; without `libraries` there is no OpenGL."""
    shutil.rmtree(tools, ignore_errors=True)
    os.makedirs(tools)
    for name in ("bash", "env", "dirname", "mkdir", "cat", "grep", "seq"):
        os.symlink(shutil.which(name), os.path.join(tools, name))
    for name in BUILDERS:
        if name not in missing:
            pretend(name, "cat >/dev/null" if name == "gcc" else SAY_YES)
    pretend("ldconfig", libraries or SAY_YES)
    pretend("id", f"echo {user}")
    if apt:
        pretend("apt-get", apt)
    os.makedirs(os.path.join(folder, "scripts"), exist_ok=True)
    shutil.copy(os.path.join(SOURCE, "scripts", "setup"), os.path.join(folder, "scripts", "setup"))
    done = subprocess.run([os.path.join(tools, "bash"), os.path.join(folder, "scripts", "setup"), "--yes"], text=True,
                          capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=60,
                          env={"PATH": tools, "MUJOCO_ROOT": folder})
    return done.returncode, done.stdout, done.stderr


def ready(result, text, *parts):
    code, out, err = result
    t.check(code == 0 and "carryover is ready" in out, f"{text}: {code} {out} {err}")
    for part in parts:
        t.check(part in out + err, f"{text}: {part} not in: {out} {err}")


def refused(result, text, *parts):
    code, out, err = result
    t.check(code == 1 and "is ready" not in out, f"{text}: {code} {out} {err}")
    for part in parts:
        t.check(part in err, f"{text}: {part} not in: {err}")


PICTURES = "for pictures, the viewer and HDF5 please install: libegl1"
ready(setup(), "no apt-get, no OpenGL", PICTURES)
ready(setup(apt="exit 100"), "no network, no OpenGL", "apt-get failed", PICTURES)
ready(setup(apt="exit 100", user=1000), "nobody's sudo, no OpenGL", PICTURES)
refused(setup(("ninja",)), "no apt-get, no ninja", "please install: ninja-build")
refused(setup(("ninja",), apt="exit 100"), "no network, no ninja", "apt-get failed", "please install: ninja-build")
refused(setup(("ninja", "cmake"), apt=SAY_YES), "an apt-get that installs nothing", "please install: cmake ninja-build")
installs = f"[ $1 = update ] || printf '#!/bin/sh\\n' >'{tools}/ninja'; {shutil.which('chmod')} -f 755 '{tools}/ninja'"
ready(setup(("ninja",), apt=f"{installs}; exit 0"), "apt-get installs it", "installing ninja-build")
# a list longer than a pipe holds, with what is looked for at its beginning
many = "echo libEGL.so.1; seq 100000"
code, words, _ = setup(libraries=many)
t.check(code == 0 and "libegl1" not in words, f"a long list of libraries: {words}")
t.finish()
