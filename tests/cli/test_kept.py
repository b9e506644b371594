"""Finished work is not replaced in silence: what a call on a folder with results lists, keeps and refuses."""

import os
import shutil

from common import CONFIG, NO_INPUT, OK, Tests, run, scratch
from studies import files, read, tiny

t = Tests()
folder = scratch("kept")


def path(name):
    return os.path.join(folder, name)


def everything(out):
    """Bytes and times of all files: what must not have changed at all."""
    return {name: (read(out, name), os.stat(os.path.join(out, name)).st_mtime_ns) for name in files(out)}


KEPT = [  # edits of the study, and what is said of which trials
    (("seed=2",), 10, [r"seed 1 -> 2: source.a.-.-.s0, source.a.-.-.s1, .*transfer.a.b.full.s1 \(10\)"]),
    (("targets.0.steps=64",), 4, [r"steps 128 -> 64: transfer.-.b.scratch.s0, .* \(4\)"]),
    (("sources.0.steps=64",), 6, [r"steps 128 -> 64: source.a.-.-.s0, source.a.-.-.s1 \(2\)",
                                  r"starts from source.a.-.-.s1, which is done again: transfer.a.b.zero_shot.s1, "]),
    (("episodes=3", "learning.hidden=(4, 8)"), 8, [r"episodes 2 -> 3, learning.hidden \(8.0, 8.0\) -> \(4.0, 8.0\): "]),
    (("targets.0.domain.0.scale=3.0",), 7, [r'world.shift "option.gravity  scale 2" -> "option.gravity  scale 3": ']),
    (('strategies.1.rules=( { tensors = "*"; rate = 0.5; } )',), 2, [r"strategy.rule.rate none -> 0.5"]),
]


def kept():
    """Finished trials of another definition are listed and stay, unless --force is said."""
    out = path("kept")
    study = tiny(folder)
    t.equal(run("run", study, "--out", out, "-q").code, OK, "run")
    before = everything(out)
    for edits, count, patterns in KEPT:
        more = [word for edit in edits for word in ("--set", edit)]
        for mode, what in (((), "done again"), (("--dry-run",), "done again"), (("--collect",), "left out")):
            for pattern in (rf"kept: {count} finished trials of another definition would be {what} \(--force does so", *patterns):
                t.error(CONFIG, pattern, "run", study, "--out", out, *mode, *more)
    t.error(CONFIG, r"seed 1 -> 2: transfer.a.b.full.s0 \(1\)", "run", study, "--out", out, "--seed", 2, "--trial",
            "transfer.a.b.full.s0")
    t.equal(everything(out), before, "nothing was changed")
    shutil.rmtree(os.path.join(out, "trials", "transfer.a.b.full.s1"))
    t.equal(run("run", study, "--out", out, "-q").code, OK, "what was never finished replaces nothing")
    after = everything(out)
    done = [name for name in before if name.endswith("done.json") and before[name] != after[name]]
    t.equal(done, ["trials/transfer.a.b.full.s1/done.json"], "what is done again")
    os.remove(os.path.join(out, "trials", "source.a.-.-.s0", "done.json"))
    done = run("run", study, "--out", out, "-q", "--set", "sources.0.steps=64")
    t.check(done.code == CONFIG and "64: source.a.-.-.s1 (1)" in done.err, f"the finished ones still count: {done.err}")


def nothing_to_collect():
    study = tiny(folder)
    for name in ("never", "bare"):
        out = path(name)
        if name == "bare":
            os.makedirs(out)
        t.error(NO_INPUT, r"nothing to collect: no trial of the study is done there", "run", study, "--out", out, "--collect")
        t.equal(os.path.isdir(out) and os.listdir(out), [] if name == "bare" else False, f"{name}: nothing is written")
    os.makedirs(os.path.join(out, "trials", "source.a.-.-.s0"))
    t.error(NO_INPUT, r"nothing to collect", "run", study, "--out", out, "--collect")
    t.equal([name for name in files(out) if name != "lock"], [], "nor where trials were begun only")


kept()
nothing_to_collect()
t.finish()
