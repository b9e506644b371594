"""scripts/release: the same bytes twice; in a root that holds nothing but a C library it trains, evaluates and finds its data."""

import json
import os
import shutil
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "cli"))

from common import BUILD, SOURCE, Tests, scratch  # noqa: E402

t = Tests()
LIBC = ("libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1")
LOADER = "/lib64/ld-linux-x86-64.so.2"


def release(out):
    script = os.path.join(SOURCE, "scripts", "release")
    done = subprocess.run([script, "--as-built", "--out", out], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=500)
    t.check(done.returncode == 0 and done.stdout.endswith(f"{out}\n"), f"release: {done.returncode} {done.stderr}")
    with open(out, "rb") as file:
        return file.read()


def bare_root(archive, folder):
    """A folder with the C library and the unpacked archive; the archive's own folder in it."""
    for name in (*LIBC, os.path.basename(LOADER)):
        found = LOADER if name in LOADER else os.path.join("/lib/x86_64-linux-gnu", name)
        place = os.path.join(folder, os.path.dirname(found).lstrip("/"))
        os.makedirs(place, exist_ok=True)
        shutil.copy(os.path.realpath(found), os.path.join(place, name))
    for name in ("tmp", "proc", "dev"):
        os.mkdir(os.path.join(folder, name))
    with tarfile.open(archive) as file:
        file.extractall(os.path.join(folder, "opt"))
    return os.path.join("/opt", os.listdir(os.path.join(folder, "opt"))[0])


def run_inside(folder, program, *args):
    """As nobody, with /proc, by which the program finds its data, and nothing else of the system."""
    script = 'mount -t proc proc "$1/proc" && root=$1 && shift && exec chroot --userspec=65534:65534 "$root" "$@"'
    return subprocess.run(["unshare", "--mount", "--pid", "--fork", "sh", "-c", script, "sh", folder, program, *args],
                          capture_output=True, text=True, check=False, timeout=300, env={"HOME": "/tmp"})


def works(folder, program):
    def ok(*args):
        done = run_inside(folder, program, *args)
        t.equal(done.returncode, 0, f"{' '.join(args)}: {done.stderr}")
        return done.stdout

    os.chmod(os.path.join(folder, "tmp"), 0o777)
    t.check(ok("--version").startswith("carryover "), "version")
    t.check("hopper" in ok("list", "tasks"), "the tasks come along")
    ok("train", "hopper", "--steps", "2048", "--set", "learning.envs=2", "--set", "learning.horizon=256", "--out",
       "tmp/h.safetensors", "--quiet")
    t.equal(len(json.loads(ok("eval", "tmp/h.safetensors", "--episodes", "2", "--json"))["episodes"]), 2, "episodes")


def contents(folder, place):
    root = folder + place
    for file in ("share/man/man1/carryover.1", "share/bash-completion/completions/carryover", "share/doc/carryover/LICENSE",
                 "share/zsh/site-functions/_carryover", "share/fish/vendor_completions.d/carryover.fish"):
        t.check(os.path.getsize(os.path.join(root, file)) > 0, file)
    t.check(len(os.listdir(os.path.join(root, "share/doc/carryover/licences"))) >= 5, "licences of the libraries")


def told():
    done = subprocess.run([os.path.join(SOURCE, "scripts", "release"), "--help"], capture_output=True, text=True, check=False)
    t.check(done.returncode == 0 and "tar.gz" in done.stdout and "--out FILE" in done.stdout, f"--help: {done.stdout}")


told()
if os.path.basename(BUILD) == "release" and not os.environ.get("CARRYOVER_TEST_SANITIZE"):
    here = scratch("release")
    first, second = os.path.join(here, "a.tar.gz"), os.path.join(here, "b.tar.gz")
    t.check(release(first) == release(second), "the same bytes twice")
    root = os.path.join(here, "root")
    os.mkdir(root)
    home = bare_root(first, root)
    contents(root, home)
    allowed = os.getuid() == 0 and subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], check=False,
                                                  capture_output=True).returncode == 0
    if allowed:
        works(root, f"{home}/bin/carryover")
    else:
        print("not root: nothing was run in the bare root")
    shutil.rmtree(root)
t.finish()
