"""Policies on another body: tensors by name or by place, in trainings and studies; the shipped study, small."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
from common import CONFIG, OK, SOURCE, Tests, run, scratch  # noqa: E402

t = Tests()
folder = scratch("bodies")
WALKER, LONG = "zoo:quadruped_flat", "quadruped_long_flat"


def training():
    """The walk goes over at step 0, and what became of every tensor is told."""
    out = os.path.join(folder, "policy.safetensors")
    found = t.json("train", LONG, "--from", WALKER, "--strategy", '{ base = "zero_shot"; match = "names"; }',
                   "--episodes", 10, "--out", out)
    status = {x["name"]: x["status"] for x in found["tensors"]}
    for name in ("actor.trunk.0.weight", "actor.mean.weight", "actor.mean.bias", "actor.log_std", "critic.0.trunk.0.weight",
                 "obs_norm.mean", "obs_norm.var"):
        t.equal(status[name], "mapped", name)
    for name in ("actor.trunk.0.bias", "actor.trunk.1.weight", "critic.0.value.weight", "obs_norm.count"):
        t.equal(status[name], "copied", name)
    t.check(found["evaluations"][-1]["return_mean"] > 1000, f"it walks: {found['evaluations'][-1]}")
    there = t.json("eval", out, "--episodes", 4)
    t.check(there["return"]["mean"] > 1000, "its contract is that of the other body")
    t.error(CONFIG, "differences of meaning", "train", LONG, "--from", WALKER, "--steps", 64, "--out", out)
    t.error(CONFIG, "source_env", "train", LONG, "--from", WALKER, "--steps", 64, "--out", out,
            "--strategy", '{ base = "full"; match = "names"; source_env = { steps_per_step = 1; share = 0.5; }; }',
            "--algorithm", "sac")


def study():
    """The shipped study with the zoo's policy and a few steps."""
    small = os.path.join(folder, "small.cfg")
    with open(os.path.join(SOURCE, "configs", "studies", "other_body.cfg"), encoding="utf-8") as file:
        text = file.read()
    with open(small, "w", encoding="utf-8") as file:
        file.write(text.replace("steps = 2000896;", f'policy = "{WALKER}";').replace("steps = 409600;", "steps = 4096;"))
    done = run("run", small, "--out", os.path.join(folder, "run"), "--json", "--set", "seeds=1", "--set", "bootstrap=100",
               "--set", "final_episodes=10", "--set", "random_episodes=4", "--set", "episodes=2", "--set", "evaluations=2")
    t.equal(done.code, OK, f"run: {done.err[-400:]}")
    final = {}
    with open(os.path.join(folder, "run", "results.csv"), encoding="utf-8") as file:
        names = file.readline().strip().split(",")
        for line in file:
            row = dict(zip(names, line.strip().split(",")))
            if row["kind"] == "transfer" and row["final"] == "1":
                final[row["strategy"]] = float(row["return_mean"])
    t.check(final["zero_shot"] > 1000, f"mapped, it walks at once: {final}")
    t.check(final["unmapped_zero_shot"] < 200, f"by place it falls: {final}")
    t.check(set(final) == {"scratch", "zero_shot", "mapped", "unmapped_zero_shot", "unmapped"}, f"{final}")


training()
study()
t.finish()
