"""carryover train: fresh, from a policy by a strategy, step 0, settings, errors."""

import os
import re

from common import CONFIG, DATA, HEAD, NO_INPUT, OK, USAGE, Tests, rewrite_policy, run, scratch
from studies import files, read

CREATE, INTERNAL, DIVERGED = 73, 70, 76
TRAIN = {"task", "algorithm", "strategy", "policy", "policy_hash", "env_steps", "gradient_steps", "step0_action_difference",
         "faults", "tensors", "evaluations"}
TENSOR = {"name", "shape", "status", "trained", "hash_before", "hash_after", "moved"}
POINT = {"step", "evaluated_in", "final", "episodes", "return_mean", "return_std", "length_mean", "success_rate"}
HEAVY = '{ parameter = "option.gravity"; scale = 1.5; }'
SMALL = ("--evaluations", 2, "--episodes", 3, "--set", "learning.horizon=64")  # 512 env steps per update
STATUS = {  # what each part of the policy got, and whether it moves
    "zero_shot": {"actor.": ("copied", False), "critic.": ("copied", False), "obs_norm.": ("copied", False)},
    "full": {"actor.": ("copied", True), "critic.": ("copied", True), "obs_norm.": ("copied", False)},
    "full_blend": {"actor.": ("copied", True), "critic.": ("copied", True), "obs_norm.": ("copied", True)},
    "partial": {"actor.trunk.": ("copied", False), "actor.mean.": ("copied", True), "critic.": ("copied", True),
                "obs_norm.": ("copied", False)},
    "new_head": {"actor.trunk.": ("copied", False), "actor.mean.": ("fresh", True), "actor.log_std": ("fresh", True),
                 "critic.": ("fresh", True), "obs_norm.": ("copied", False)},
    "scratch": {"actor.": ("fresh", True), "critic.": ("fresh", True), "obs_norm.": ("fresh", True)},
    '{ base = "partial"; rules = ( { tensors = "critic.*"; rate = 0.0; } ); }': {
        "actor.trunk.": ("copied", False), "actor.mean.": ("copied", True), "critic.": ("copied", False)},
}

t = Tests()
folder = scratch("train")


def path(name):
    return os.path.join(folder, name)


def fresh():
    found = t.json("train", "pendulum", "--steps", 2000, *SMALL, "--set", "learning.hidden=(16, 16)", "--out", path("a"))
    t.keys(found, HEAD | TRAIN, "train")
    t.equal([found["task"], found["algorithm"], found["strategy"], found["step0_action_difference"]],
            ["pendulum", "ppo", None, None], "a fresh policy")
    t.equal(found["env_steps"], 2048, "whole updates")
    for tensor in found["tensors"]:
        t.keys(tensor, TENSOR, "tensor")
        t.check(tensor["status"] == "fresh" and tensor["trained"] and tensor["moved"] > 0, f"{tensor}")
    for point in found["evaluations"]:
        t.keys(point, POINT, "evaluation")
    t.equal([(p["step"], p["final"], p["episodes"]) for p in found["evaluations"]],
            [(0, False, 5), (2048, False, 5), (2048, True, 3)], "evaluations")
    again = t.json("train", "pendulum", "--steps", 2000, *SMALL, "--set", "learning.hidden=(16, 16)", "--out", path("b"),
                   "--threads", 3)
    t.check(read(path("a")) == read(path("b")), "the same bytes for any number of threads")
    t.equal(again["policy_hash"], found["policy_hash"], "hash")
    other = t.json("train", "pendulum", "--steps", 2000, *SMALL, "--set", "learning.hidden=(16, 16)", "--out", path("b"),
                   "--seed", 2)
    t.check(other["policy_hash"] != found["policy_hash"], "another seed, another policy")


def zero_shot_return():
    found = t.json("train", "pendulum", "--from", path("a"), "--strategy", "zero_shot", "--domain", HEAVY, *SMALL, "--out",
                   path("z"))
    t.equal([found["env_steps"], found["gradient_steps"]], [0, 0], "zero_shot trains nothing")
    return found["evaluations"][0]["return_mean"]


def strategies():
    zero_shot = zero_shot_return()
    for strategy, status in STATUS.items():
        found = t.json("train", "pendulum", "--from", path("a"), "--strategy", strategy, "--domain", HEAVY, "--steps", 1000,
                       *SMALL, "--out", path("c"))
        t.equal(found["strategy"], strategy if strategy[0] != "{" else "given", "strategy")
        for tensor in found["tensors"]:
            for prefix, (got, moves) in status.items():
                if not tensor["name"].startswith(prefix):
                    continue
                t.equal([tensor["status"], tensor["trained"], tensor["moved"] > 0, tensor["hash_before"] != tensor["hash_after"]],
                        [got, moves, moves, moves], f"{strategy}: {tensor['name']}")
        copies_all = all(got == "copied" for got, _ in status.values())
        t.equal(found["step0_action_difference"] == 0, copies_all, f"{strategy}: action difference at step 0")
        t.equal(found["evaluations"][0]["return_mean"] == zero_shot, copies_all, f"{strategy}: T(0) is the zero-shot return")
        t.equal([p["evaluated_in"] for p in found["evaluations"]][-2:], ["target", "source"], f"{strategy}: back in the source")


def source_without_critics():
    """What only a learner needs is fresh where the source has none of it, and the table says so; all else is as before."""
    parts = ("critic.", "reward_norm.")
    actor = rewrite_policy(path("a"), path("actor"), keep=lambda name: not name.startswith(parts))
    wanted = t.json("eval", path("a"), "--episodes", 2)
    t.equal(t.json("eval", actor, "--episodes", 2)["trace_hash"], wanted["trace_hash"], "it acts as the whole one")
    t.error(USAGE, r"--strategy: data names sets of a study; --data gives files", "train", "pendulum", "--from", path("a"),
            "--strategy", '{ base = "full"; data = "own"; }', "--out", path("nothing"))
    t.error(CONFIG, r"--strategy: source_env: \"given\" trains nothing, so it learns from no steps", "train", "pendulum",
            "--from", path("a"), "--strategy", '{ base = "zero_shot"; source_env = { steps_per_step = 1; }; }',
            "--out", path("nothing"))
    for strategy in ("zero_shot", "full", "partial", "critic_warmup"):
        args = ("train", "pendulum", "--from", actor, "--strategy", strategy, "--domain", HEAVY, "--steps", 1000, *SMALL)
        found = t.json(*args, "--out", path("c"))
        for tensor in found["tensors"]:
            t.equal(tensor["status"], "fresh" if tensor["name"].startswith(parts) else "copied", f"{strategy}: {tensor['name']}")
        moved = {tensor["name"]: tensor["moved"] > 0 for tensor in found["tensors"]}
        t.equal([moved["critic.0.value.weight"], moved["actor.mean.weight"]],
                [strategy != "zero_shot", strategy in ("full", "partial")], f"{strategy}: what moves")
        t.equal(found["step0_action_difference"], 0, f"{strategy}: step 0")
        names = [tensor["name"] for tensor in t.json("inspect", path("c"))["tensors"]]
        t.check("critic.0.value.weight" in names, f"{strategy}: what comes of it is whole")
    told = run(*args, "--out", path("c"))
    t.check("the source policy is without 9 tensors that only a learner needs: fresh instead" in told.err, told.err)
    t.check(re.search(r"^critic.0.value.weight .*fresh", told.out, re.MULTILINE), f"the table: {told.out}")


def text():
    done = run("train", "pendulum", "--from", path("a"), "--strategy", "partial", "--domain", HEAVY, "--steps", 500, *SMALL,
               "--out", path("c"))
    t.equal(done.code, OK, f"train: {done.err}")
    t.check("pendulum: step 512: return -" in done.err, "evaluations are told on the way")
    t.check(done.out.startswith("tensor "), "the table of tensors")
    frozen = r"^actor.trunk.0.weight +16 x 3 +copied +frozen +([0-9a-f]{16}) +\1 +0$"
    t.check(re.search(frozen, done.out, re.MULTILINE), f"a frozen tensor: {done.out}")
    t.check("largest action difference to the source policy at step 0: 0\n" in done.out, "step 0")
    t.check(f"policy: {path('c')}" in done.out, "where the policy is")


def home_world():
    """The source's own world, shifted or not, is known from the policy."""
    found = t.json("train", "pendulum", "--domain", HEAVY, "--steps", 500, *SMALL, "--out", path("h"))
    final = found["evaluations"][-1]["return_mean"]
    found = t.json("train", "pendulum", "--from", path("h"), "--strategy", "zero_shot", *SMALL, "--out", path("z"))
    t.equal(found["step0_action_difference"], 0, "a source from a shifted world")
    t.equal([found["evaluations"][-1]["evaluated_in"], found["evaluations"][-1]["return_mean"]], ["source", final],
            "its return at home is the one it had")
    odd = '{ parameter = "body.mass"; select = "pole|\\\\pole"; scale = (1.5); }'  # text needs one backslash more
    found = t.json("train", "pendulum", "--domain", odd, "--steps", 0, *SMALL, "--out", path("h"))
    final = found["evaluations"][-1]["return_mean"]
    found = t.json("train", "pendulum", "--from", path("h"), "--strategy", "zero_shot", *SMALL, "--out", path("z"))
    t.equal([found["evaluations"][-1]["evaluated_in"], found["evaluations"][-1]["return_mean"]], ["source", final],
            "a home whose selector has a backslash")
    drawn = ('({ parameter = "action.delay"; set = { uniform = (0, 3); from = 0; over = 1000; }; },'
             ' { parameter = "observation.noise"; select = "*"; '
             'set = { normal = (0.2, 0.1); clip = (0.0, 0.4); each = true; }; })')
    found = t.json("train", "pendulum", "--domain", drawn, "--steps", 2000, *SMALL, "--out", path("h"), "--threads", 1)
    final = found["evaluations"][-1]["return_mean"]
    t.json("train", "pendulum", "--domain", drawn, "--steps", 2000, *SMALL, "--out", path("i"), "--threads", 3)
    t.check(read(path("h")) == read(path("i")), "draws do not depend on threads")
    found = t.json("train", "pendulum", "--from", path("h"), "--strategy", "zero_shot", *SMALL, "--out", path("z"))
    t.equal([found["evaluations"][-1]["evaluated_in"], found["evaluations"][-1]["return_mean"]], ["source", final],
            "a home that draws its numbers")


def defaults():
    here = scratch("train_here")
    t.equal(run("train", "pendulum", "--steps", 0, *SMALL, cwd=here).code, OK, "train without --out")
    t.equal(files(here), ["pendulum.safetensors"], "TASK.safetensors is the default")
    found = t.json("train", "pendulum", "--steps", 1, *SMALL, "--out", path("c"), "--set", "horizon=50")
    t.equal([found["env_steps"], found["evaluations"][0]["length_mean"]], [512, 50], "edits go to learning or to the task")
    found = t.json("train", "pendulum", "--steps", 600, "--evaluations", 100, "--episodes", 1, "--set", "learning.horizon=64",
                   "--out", path("c"))
    t.equal([p["step"] for p in found["evaluations"]], [0, 512, 1024, 1024], "at most one evaluation per update")


def replaced_source():
    """Without --out a training of the same task writes over the policy it starts from: told before it is."""
    here = scratch("train_replaced")
    again = ("train", "pendulum", "--steps", 0, *SMALL)
    t.equal(run(*again, cwd=here).code, OK, "the source")
    says = "warning: pendulum.safetensors, which this starts from, will be replaced (--out FILE keeps it)"
    done = run(*again, "--from", "pendulum.safetensors", cwd=here)
    t.check(says in done.err, f"replaced: {done.err}")
    done = run(*again, "--from", "pendulum.safetensors", "--out", "kept.safetensors", cwd=here)
    t.check(done.code == OK and "replaced" not in done.err, f"kept: {done.err}")


def faulty():
    """A world in which every episode ends in a fault has no figures, and says so."""
    wild = ("--set", "reset.0.scale=1e9")
    done = run("train", "hopper", *wild, "--steps", 0, "--episodes", 2, "--out", path("wild"))
    t.equal(done.code, OK, f"faulty: {done.err}")
    t.check("no return: all 5 episodes ended in a fault" in done.err, f"faulty: {done.err}")
    t.check(re.search(r"0  target +2 +- +-  2 faults  final", done.out), f"faulty: {done.out}")
    shift = ("--domain", '{ parameter = "option.gravity"; scale = 1.5; }')
    t.check("nan" not in done.out + done.err, f"faulty: {done.out} {done.err}")
    t.error(INTERNAL, "not to be graded: 2 of 2 episodes end in a fault without the shift, 2 of 2 with it", "check", "hopper",
            *wild, *shift, "--policy", path("wild"), "--episodes", 2)
    for more in ((), ("--json",)):
        t.error(INTERNAL, "no return: all 3 episodes in hopper end in a fault", "eval", path("wild"), *wild,
                "--episodes", 3, *more)


def errors():
    bad = path("bad")

    def fails(code, pattern, *args):
        t.error(code, pattern, "train", *args, "--out", bad)
        t.check(not os.path.exists(bad) and not [f for f in files(folder) if ".tmp." in f], f"{args}: a file is left")

    source = ("pendulum", "--from", path("a"), *SMALL)
    fails(NO_INPUT, r"no task \"pendlum\".*did you mean \"pendulum\"", "pendlum")
    fails(NO_INPUT, r"none: cannot open", "pendulum", "--from", path("none"))
    fails(USAGE, r"--strategy needs --from POLICY", "pendulum", "--strategy", "full")
    fails(CONFIG, r"unknown strategy \"ful\", did you mean \"full\"\?", *source, "--strategy", "ful")
    fails(CONFIG, r"--strategy:1: ", *source, "--strategy", "{ base = ")
    fails(CONFIG, r"--strategy:1: trian: unknown key .*did you mean \"train\"\?", *source, "--strategy",
          '{ trian = "critic.*"; }')
    fails(CONFIG, r"--strategy: something stands behind the group", *source, "--strategy", '{ train = "*"; }; more = { }')
    fails(CONFIG, r"train = \"critc.*\" matches no tensor", *source, "--strategy", '{ train = "critc.*"; }')
    fails(CONFIG, r"copied and frozen, but the observation normaliser in front of it would change",
          *source, "--strategy", '{ base = "partial"; obs_norm = "blend"; }')
    fails(CONFIG, r"cannot copy actor.trunk.0.weight: 16 x 3 in the source policy, 8 x 3 in the target", *source, "--set",
          "learning.hidden=(8)")
    fails(CONFIG, r"--set: learning.rate: -1 is out of range", "pendulum", "--set", "learning.rate=-1")
    fails(CONFIG, r"learning.raet: unknown key.*did you mean \"rate\"", "pendulum", "--set", "learning.raet=0.1")
    fails(CONFIG, r"no_such", "pendulum", "--set", "no_such=1", *SMALL)
    fails(CONFIG, r"option.gravty.*did you mean \"option.gravity\"", "pendulum", "--domain",
          '{ parameter = "option.gravty"; scale = 2.0; }')
    fails(USAGE, r"--steps: \"-1\" is not a whole number", "pendulum", "--steps", -1)
    fails(USAGE, r"--evaluations: \"1\" is not a whole number from 2", "pendulum", "--evaluations", 1)
    fails(USAGE, r"--algorithm: unknown algorithm \"td9\"", "pendulum", "--algorithm", "td9")
    fails(CONFIG, r"", "inverted_pendulum", "--from", path("a"), *SMALL)
    fails(DIVERGED, r"not finite|non-finite|finite", *source, "--steps", 5000, "--set", "learning.rate=1.0", "--strategy",
          '{ rules = ( { tensors = "actor.*|critic.*"; rate = 1000; decay = 1.0; } ); }')
    good = read(path("a"))
    for name, data in (("cut", good[:-1]), ("flipped", good[:300] + bytes([good[300] ^ 1]) + good[301:]), ("empty", b"")):
        with open(path(name), "wb") as file:
            file.write(data)
        fails(DATA, name + ": ", "pendulum", "--from", path(name))
    for out in (path("a/policy"), path("none/policy"), folder):  # told before the training, not after it
        t.error(CREATE, r"cannot create", "train", "pendulum", "--steps", 10**6, *SMALL, "--out", out)
    here = scratch("train_nowhere")
    os.makedirs(os.path.join(here, "pendulum.safetensors"))
    done = run("train", "pendulum", "--steps", 10**6, *SMALL, cwd=here)
    t.equal([done.code, "cannot create: it is a folder" in done.err, "step 0" in done.err], [CREATE, True, False],
            f"the default is looked at too: {done.err}")
    t.check(read(path("a")) == good, "the source is as it was")


fresh()
strategies()
source_without_critics()
text()
home_world()
defaults()
replaced_source()
faulty()
errors()
t.full_disk("train", "pendulum", "--steps", 0, *SMALL, "--out", path("c"))
t.finish()
