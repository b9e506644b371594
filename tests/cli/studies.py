"""What the tests of studies share: the smoke study, its files as bytes, its workers."""

import os
import shutil
import subprocess
import time

from common import PROGRAM, SOURCE

SMOKE = os.path.join(SOURCE, "configs", "studies", "smoke.cfg")

# A study of two updates each, for what needs any study at all.
TINY = """study = {
  format = 1;
  name = "tiny";
  seeds = 2;
  episodes = 2;
  final_episodes = 3;
  random_episodes = 4;
  evaluations = 3;
  bootstrap = 100;
  learning = { envs = 2; horizon = 32; hidden = (8, 8); epochs = 2; warmup_steps = 32; };
  sources = ( { name = "a"; task = "pendulum"; steps = 128; } );
  targets = ( { name = "b"; task = "pendulum"; steps = 128; if_not_live = "run";
    domain = ( { parameter = "option.gravity"; scale = 2.0; } ); } );
  strategies = ( { name = "scratch"; }, { name = "full"; } );
};
"""


def tiny(folder, old="", new="", name="tiny.cfg"):
    """Writes the tiny study with one change; its path."""
    assert old in TINY
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(TINY.replace(old, new, 1) if old else TINY)
    return path


def read(*parts):
    with open(os.path.join(*parts), "rb") as file:
        return file.read()


def files(folder):
    """All files below a folder, by their relative paths."""
    return sorted(os.path.relpath(os.path.join(base, name), folder)
                  for base, _, names in os.walk(folder) for name in names)


def promised(folder):
    """Bytes of all files that hold no time, host or path."""
    return {name: read(folder, name) for name in files(folder)
            if os.path.basename(name) not in ("timing.csv", "log.txt", "lock")}


def trial_of(pid, folder):
    """The trial whose log a process of a study's folder writes as its standard error; "": it is no worker."""
    try:
        log = os.readlink(f"/proc/{pid}/fd/2")
    except OSError:  # gone meanwhile
        return ""
    head, name = os.path.split(log)
    trials, trial = os.path.split(head)
    return trial if name == "log.txt" and trials == os.path.join(os.path.realpath(folder), "trials") else ""


def workers(folder, trial=""):
    """Ids of living worker processes of a study's folder, by what the system says of them."""
    logs = {int(entry): trial_of(entry, folder) for entry in os.listdir("/proc") if entry.isdigit()}
    return [pid for pid, found in logs.items() if found and trial in ("", found)]


def no_workers(folder, seconds=5):
    """Whether all workers of a folder are gone within some seconds."""
    end = time.monotonic() + seconds
    while workers(folder):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def start(*args, **options):
    """Starts the program in a process group of its own."""
    return subprocess.Popen([PROGRAM, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            start_new_session=True, text=True, **options)


def empty(path):
    shutil.rmtree(path, ignore_errors=True)
    return path
