"""Trainings by SAC that are stopped, killed, damaged or out of disk go on to the same bytes, with a replay on disk."""

import os

from common import OK, run
from trainings import Training, cut, damage

SETTINGS = ("--algorithm", "sac", "--set", "learning.hidden=(16, 16)", "--set", "learning.batch=32",
            "--set", "learning.horizon=100", "--set", "learning.replay=2000")  # it wraps around
sac = Training("sac", SETTINGS, 6000, 300)
several = Training("several_critics", SETTINGS + ("--set", "learning.critics=3"), 6000, 300)
several.t = sac.t
source = os.path.join(sac.folder, "source.safetensors")
sac.t.equal(run("train", "pendulum", *SETTINGS, "--steps", 1000, "--out", source).code, OK, "source")
cotrained = Training("cotrained", (*SETTINGS, "--from", source, "--strategy", "cotrain"), 3000, 300)
cotrained.t = sac.t


def segment(out):
    return os.path.join(out + ".checkpoint", "replay.000000")


def damaged_replay():
    """What a checkpoint refers to is as good as a part of it."""
    said = sac.falls_back("replay cut", 1, lambda kept, out: cut(segment(out), 5))
    sac.t.check("replay.000000: offset " in said and "the segment is cut off" in said, said)
    said = sac.falls_back("last piece flipped", 1, lambda kept, out: damage(segment(out), 1))
    sac.t.check("the checksum doesn't match" in said, said)
    sac.falls_back("header flipped", 2, lambda kept, out: damage(segment(out), 0))
    sac.falls_back("no replay", 2, lambda kept, out: os.remove(segment(out)))
    sac.falls_back("newest checkpoint and last piece", 1, lambda kept, out: [damage(kept[1]), damage(segment(out), 1)])


sac.stopped()
sac.stopped_twice()
sac.killed()
sac.damaged_checkpoints()
sac.damaged_logs()
damaged_replay()
sac.other_definition()
sac.every_write(3 * 9)
several.killed()
cotrained.killed()
sac.t.finish()
