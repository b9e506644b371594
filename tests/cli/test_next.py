#!/usr/bin/env python3
"""What `run` says to try next: found in results, terminal and report, and every edit is a study that can be planned."""

import html
import json
import os
import shlex

from common import OK, Tests, run, scratch
from studies import read, tiny

t = Tests()
folder = scratch("next")

# what the rules write, whichever study they speak of
EDITS = (
    ["seeds=21"],
    ["strategies.2={ name = \"new_head\"; }"],
    ["strategies.2={ name = \"full_blend\"; }"],
    ["strategies.2={ name = \"full_keep\"; base = \"full\"; obs_norm = \"keep\"; }"],
    ["strategies.2={ name = \"full_slow\"; base = \"full\"; rules = ( { tensors = \"actor.*|critic.*\"; rate = 0.3; } ); }"],
    ["targets.0.steps=256", "targets.0.oracle_steps=384"],
)


def planned(study, edits, text):
    """The plan of a study with these edits, None where it is refused."""
    done = run("run", study, "--out", os.path.join(folder, "nothing"), "--dry-run", "--json",
               *(part for edit in edits for part in ("--set", edit)))
    t.equal(done.code, OK, f"{text}: {done.err}")
    return json.loads(done.out) if done.code == OK else None


def a_study_of_one_seed():
    study, out = tiny(folder, "seeds = 2", "seeds = 1"), os.path.join(folder, "one")
    done = run("run", study, "--out", out)
    t.equal(done.code, OK, f"run: {done.err}")
    found = json.loads(read(out, "results.json"))["next"]
    t.equal([one["rule"] for one in found], ["more_seeds"], "of one seed")
    t.equal(found[0]["set"], ["seeds=4"], "seeds that one comparison needs")
    t.check("--set seeds=4\n" in done.out, "the terminal has the edit on a line")
    t.check("<details id=\"next\">" in read(out, "report.html").decode(), "the report has it")
    # with what was said, the test can tell apart
    t.check(planned(study, found[0]["set"], "seeds")["smallest_p"] < 0.05, "with these seeds p can be small enough")


def a_study_without_scratch():
    study, out = tiny(folder, "{ name = \"scratch\"; }, ", "", "bare.cfg"), os.path.join(folder, "bare")
    t.equal(run("run", study, "--out", out, "--quiet").code, OK, "run without scratch")
    found = json.loads(read(out, "results.json"))["next"]
    t.equal([one["rule"] for one in found], ["add_scratch"], "without scratch")
    # as a shell takes what the report shows
    shown = html.unescape(read(out, "report.html").decode().split("<p><code>--set ")[1].split("</code>")[0])
    t.equal(shlex.split(shown), found[0]["set"], "arguments in the report")
    done = run("run", study, "--out", out, "--json", "--set", *shlex.split(shown))
    t.equal(done.code, OK, f"the same folder goes on: {done.err}")
    results = json.loads(done.out)
    t.equal(len(results["comparisons"]), 1, "now there is something to compare with")
    t.check("add_scratch" not in [one["rule"] for one in results["next"]], "and it is not said again")


def every_edit():
    for algorithm in ("ppo", "sac"):
        old, new = "task = \"pendulum\"; steps = 128; }", f"task = \"pendulum\"; algorithm = \"{algorithm}\"; steps = 128; }}"
        study = tiny(folder, old, new, f"{algorithm}.cfg")
        if algorithm == "sac":
            with open(study, encoding="utf-8") as file:
                text = file.read()
            with open(study, "w", encoding="utf-8") as file:
                file.write(text.replace("envs = 2; horizon = 32; hidden = (8, 8); epochs = 2; warmup_steps = 32;",
                                        "envs = 2; horizon = 32; hidden = (8, 8);"))
        for edits in EDITS:
            planned(study, edits, f"{algorithm}: {edits}")
    plan = ["comparisons=( { strategy = \"full\"; } )", "seed=2"]
    one = "comparisons.1={ strategy = \"full_blend\"; source = \"a\"; target = \"b\"; }"
    found = planned(tiny(folder), [*plan, EDITS[2][0], one], "a comparison behind others")
    t.equal(found and found["planned_comparisons"], 2, "both are planned")


a_study_of_one_seed()
a_study_without_scratch()
every_edit()
t.finish()
