"""scripts/figures: pages, kept rows and learner go together; a study's rows give the figures that the program gives."""

import glob
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "cli"))

from common import SOURCE, Tests, scratch  # noqa: E402

SCRIPTS = os.path.join(SOURCE, "scripts")
sys.path.insert(0, SCRIPTS)

from study_statistics import Study, above, holm, interval, iqm, permutation_p, sign_flip_p  # noqa: E402

t = Tests()
PAGE = """# A page

<!-- figures smoke targets -->
<!-- end of figures -->

<!-- figures smoke strategies full scratch -->
old | figures
<!-- end of figures -->

<!-- figures smoke sources -->
<!-- end of figures -->

<!-- figures smoke comparisons 2 3 -->
<!-- end of figures -->
"""
# an arm that is said to be there within 0.2 m, which hardly trained policies are in some episodes
REACH = """<!-- figures reach strategies -->
<!-- end of figures -->

<!-- figures reach sources -->
<!-- end of figures -->
"""
REACH_TASK = """task = {
  base = "arm_reach";
  success = ( { term = "near"; of = "site_pos/tool.*"; to = "mocap_pos/goal.*"; radius = 0.2; } );
};
"""
REACH_STUDY = """study = {
  format = 1;
  name = "reach";
  seeds = 2;
  random_episodes = 4;
  evaluations = 2;
  bootstrap = 100;
  learning = { envs = 2; horizon = 32; hidden = (8, 8); epochs = 1; warmup_steps = 32; };
  sources = ( { name = "a"; task = "arm_reach"; steps = 64; } );
  targets = ( { name = "b"; task = "%s"; steps = 64; if_not_live = "run"; } );
  strategies = ( { name = "scratch"; }, { name = "full"; } );
};
"""


def figures(*args):
    done = subprocess.run([sys.executable, "-B", os.path.join(SCRIPTS, "figures"), *args], capture_output=True, text=True,
                          check=False, timeout=500)
    return done.returncode, done.stdout + done.stderr


def pages():
    """README and docs hold the figures of the kept rows, measured with the learner of the tests' constants."""
    t.equal(figures("--check"), (0, ""), "scripts/figures --check")


def room():
    """Shipped studies plan no more than their seeds can tell apart with room; smoke has two and is for tests."""
    for path in sorted(glob.glob(os.path.join(SOURCE, "configs", "studies", "*.cfg"))):
        plan = t.json("run", path, "--dry-run")
        if plan["study"] != "smoke" and plan["planned_comparisons"]:
            t.check(plan["smallest_p"] <= 0.025, f"{path}: {plan}")


def tree():
    """A small one, whose page quotes the smoke study."""
    root = scratch("figures")
    for path in ("configs/studies/smoke.cfg", "configs/strategies.cfg", "tests/golden/baseline.json"):
        os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
        shutil.copy(os.path.join(SOURCE, path), os.path.join(root, path))
    write(PAGE, root, "README.md")
    return root


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return file.read()


def write(text, *parts):
    with open(os.path.join(*parts), "w", encoding="utf-8") as file:
        file.write(text)


def near(got, want, text):
    t.check(abs(got - want) <= 1e-9 * max(1, abs(want)), f"{text}: got {got}, want {want}")


def twin(root):
    """The same numbers as the program's, to the last digits, intervals included."""
    study = Study(os.path.join(root, "configs/studies/smoke.cfg"), os.path.join(root, "docs/data/smoke/results.csv"), 3)
    found = json.loads(read(root, "runs", "figures", "smoke", "results.json"))
    t.equal(len(found["strategies"]), 5, "strategies")
    for one in found["strategies"]:
        metric = one["metrics"]["final_iqm"]
        near(iqm(study.returns("heavy", one["strategy"])), metric["value"], f"{one['strategy']}: value")
        for got, end in zip(study.interval("heavy", one["strategy"]), ("lo", "hi")):
            near(got, metric[end], f"{one['strategy']}: {end}")
    near(iqm(study.oracle("heavy")), found["references"]["heavy"]["oracle"], "oracle")
    for one in found["comparisons"]:
        key = ("heavy", one["strategy"], one["against"])
        near(study.tested[key][0], one["p_holm"], f"{one['strategy']}: corrected p")
        t.equal(study.told_apart(*key), one["told_apart"], f"{one['strategy']}: told apart")
        difference = study.differences(*key)
        near(iqm(difference), one["difference"], f"{one['strategy']}: difference")
        for got, end in zip(interval(difference, study, len(study.oracle("heavy"))), ("lo", "hi")):
            near(got, one[end], f"{one['strategy']}: difference's {end}")
        p = permutation_p(study.returns("heavy", one["strategy"]), study.returns("heavy", one["against"]))
        near(p, one["p"], f"{one['strategy']}: p")


def known():
    """Tests of samples that can be counted by hand."""
    near(permutation_p([3.0, 4.0, 5.0], [0.0, 1.0, 2.0]), 0.1, "permutation")
    near(permutation_p([1.0, 1.0], [1.0, 1.0]), 1, "permutation of ties")
    near(sign_flip_p([1.0, 2.0, 3.0, 4.0]), 0.125, "sign flip")
    t.equal(holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06], "Holm")
    near(above([1.0, 2.0], [1.0, 0.0]), 0.875, "P(X > Y)")


def command():
    root = tree()
    t.equal(figures("--root", root, "--no-run", "smoke"), (1, "figures: no study smoke was measured\n"), "not measured")
    t.equal(figures("--root", root, "heavier"), (1, "figures: no study heavier below configs/studies\n"), "no study")
    code, said = figures("--root", root, "--no-baseline", "smoke")
    t.check(code == 1 and "figures: smoke: 2 seeds were kept, 3 are asked for" in said, f"too few seeds: {said}")
    two = read(root, "docs/data/smoke/results.csv").splitlines()
    code, said = figures("--root", root, "--no-baseline", "--seeds", "3", "smoke")
    t.equal(code, 0, f"smoke: {said}")
    three = read(root, "docs/data/smoke/results.csv").splitlines()
    t.equal([line for line in three if line.split(",")[5] != "2"], two, "more seeds change no row of the others")
    page = read(root, "README.md")
    learner = json.loads(read(root, "docs/data/smoke/measured.json"))["learner"]
    t.equal(page.count(f"Learner `{learner}`, measured by `scripts/figures smoke`.\n"), 4, f"page: {page}")
    t.check("| planned | 2 seeds | 3 seeds |" in page, f"two numbers of seeds: {page}")
    t.equal(page.split("by seed: ")[1].split(".\n")[0].count(","), 1, "sources of as many seeds as the study's file says")
    t.check("| success |" not in page, f"the pendulum knows no success: {page}")
    t.check("old | figures" not in page and "| `full`: full fine-tuning | −" in page, f"page: {page}")
    twin(root)
    t.equal(figures("--root", root, "--check"), (0, ""), "what was written")
    write(page.replace("| `full`: full fine-tuning | −", "| `full`: full fine-tuning | −1"), root, "README.md")
    t.equal(figures("--root", root, "--check"), (1, "figures: README.md: not the figures of the kept rows: "
                                                 "scripts/figures --no-run\n"), "a digit more")
    t.equal(figures("--root", root, "--no-run"), (0, "figures: README.md\n"), "it is mended")
    t.equal(read(root, "README.md"), page, "as before")
    old = json.loads(read(root, "tests/golden/baseline.json"))
    old["trainings"]["sac_wide"]["params"] = old["trainings"]["ppo_newer"] = {"params": "0"}
    write(json.dumps(old), root, "tests/golden/baseline.json")
    t.equal(figures("--root", root, "--check"), (0, ""), "another algorithm and another case")
    old["trainings"]["ppo_hopper"]["params"] = "0"
    write(json.dumps(old), root, "tests/golden/baseline.json")
    code, said = figures("--root", root, "--check")
    t.check(code == 1 and "docs/data/smoke: measured with another learner (ppo_hopper)" in said, f"another learner: {said}")
    with open(os.path.join(root, "docs/data/smoke/results.csv"), "a", encoding="utf-8") as file:
        file.write("\n")
    t.check("not the rows that were measured" in figures("--root", root, "--check")[1], "other rows")


def success():
    """Where a task knows success, its share and interval are the program's, and stand in the page."""
    root = tree()
    task = os.path.join(root, "nearly.cfg")
    write(REACH_TASK, task)
    write(REACH_STUDY % task, root, "configs", "studies", "reach.cfg")
    write(REACH, root, "README.md")
    code, said = figures("--root", root, "--no-baseline", "reach")
    t.equal(code, 0, f"reach: {said}")
    study = Study(os.path.join(root, "configs/studies/reach.cfg"), os.path.join(root, "docs/data/reach/results.csv"))
    found = json.loads(read(root, "runs", "figures", "reach", "results.json"))
    for one in found["strategies"]:
        metric = one["metrics"]["success_rate"]
        for got, end in zip(study.success("b", one["strategy"]), ("value", "lo", "hi")):
            near(got, metric[end], f"{one['strategy']}: success, {end}")
    home = [float(row["success_rate"]) for row in study.some(kind="source", evaluated_in="source")]
    near(study.success_at_home()[0], sum(home) / len(home), "success of the sources at home")
    shares = [one["metrics"]["success_rate"]["value"] for one in found["strategies"]]
    t.check(any(0 < share < 1 for share in shares), f"both ends occur: {shares}")
    page = read(root, "README.md")
    t.check(f" {100 * study.success('b', 'full')[0]:.0f} % [" in page and "| success |" in page, f"page: {page}")
    t.check(f"\nSuccess in {100 * study.success_at_home()[0]:.0f} % [" in page, f"page: {page}")


# stands for `bench learn`: a row of the page with the hash from the case's folder
TRAINER = """#!{python}
import os, sys
said = dict(zip(sys.argv[3::2], sys.argv[4::2]))
case, out, page = said["--case"], said["--out"], said["--docs"]
learner = open(os.path.join(out, case, "learner"), encoding="utf-8").read()
lines = open(page, encoding="utf-8").read().splitlines()
row = "| `%s` | 1 | 2 of 2 | 5 | 4, 6 | `%s` | 7 |" % (case, learner)
lines = [row if line.startswith("| `%s`" % case) else line for line in lines]
print(*lines, sep=chr(10), file=open(page, "w", encoding="utf-8"))
open(os.path.join(out, case, "trained"), "w", encoding="utf-8").close()
"""
RETURNS = """<!-- carryover bench learn: begin -->
| case | env steps | seeds | IQM | every seed | learner | published |
|---|---|---|---|---|---|---|
| `ppo_hopper`, gamma = 0.9 | 1 | 2 of 2 | 5 | 4, 6 | – | 7 |
| `sac_hopper` | 1 | 0 of 2 | – | – | – | 7 |
<!-- carryover bench learn: end -->
"""


def returns():
    """The table of returns: a row is of the tests' learner, or the check fails until it is trained again."""
    root = tree()
    os.remove(os.path.join(root, "README.md"))
    os.makedirs(os.path.join(root, "docs"))
    write(RETURNS, root, "docs", "benchmarks.md")
    trainer = os.path.join(root, "trainer")
    write(TRAINER.replace("{python}", sys.executable), trainer)
    os.chmod(trainer, 0o755)
    unknown = "docs/benchmarks.md: ppo_hopper: docs/data/learners.json does not know its learner: scripts/figures ppo_hopper"
    t.equal(figures("--root", root, "--check"), (1, f"figures: {unknown}\n"), "a row without a learner")
    t.equal(figures("--root", root, "ppo_hoper")[0], 1, "neither study nor case")
    os.environ["CARRYOVER_PROGRAM"] = trainer
    train = ("--root", root, "--no-baseline", "ppo_hopper")
    t.equal(figures(*train), (0, ""), "a case is trained")
    page, kept = read(root, "docs", "benchmarks.md"), json.loads(read(root, "docs", "data", "learners.json"))
    t.check(len(kept) == 1 and f"`{list(kept)[0]}`" in page, f"its row has the learner hash: {page} {list(kept)}")
    t.check(all(case.startswith("ppo") for values in kept.values() for case in values), "constants of its algorithm")
    t.equal(figures("--root", root, "--check"), (0, ""), "what was trained")
    trained = os.path.join(root, "runs", "figures", "learn", "ppo_hopper", "trained")
    old = json.loads(read(root, "tests/golden/baseline.json"))
    old["trainings"]["sac_wide"]["params"] = old["trainings"]["ppo_newer"] = {"params": "0"}
    write(json.dumps(old), root, "tests/golden/baseline.json")
    t.equal(figures("--root", root, "--check"), (0, ""), "another algorithm and another constant")
    old["trainings"]["ppo_ant"]["params"] = "0"
    write(json.dumps(old), root, "tests/golden/baseline.json")
    moved = "docs/benchmarks.md: ppo_hopper: measured with another learner (ppo_ant): scripts/figures ppo_hopper"
    t.equal(figures("--root", root, "--check"), (1, f"figures: {moved}\n"), "another learner")
    write("x", trained)
    t.equal(figures(*train), (0, ""), "trained again")
    t.equal([read(trained), figures("--root", root, "--check")], ["", (0, "")], "from the beginning, with the new learner")
    del os.environ["CARRYOVER_PROGRAM"]
    t.equal(len(json.loads(read(root, "docs", "data", "learners.json"))), 1, "what no row has goes")


for test in (pages, room, known, command, success, returns):
    test()
t.finish()
