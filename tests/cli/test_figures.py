"""scripts/figures: pages, kept rows and learner go together; a study's rows give the figures that the program gives."""

import json
import os
import shutil
import subprocess
import sys

from common import SOURCE, Tests, scratch

SCRIPTS = os.path.join(SOURCE, "scripts")
sys.path.insert(0, SCRIPTS)

from study_statistics import Study, above, holm, iqm, permutation_p, sign_flip_p  # noqa: E402

t = Tests()
PAGE = """# A page

<!-- figures smoke targets -->
<!-- end of figures -->

<!-- figures smoke strategies full scratch -->
old | figures
<!-- end of figures -->

<!-- figures smoke sources -->
<!-- end of figures -->
"""


def figures(*args):
    done = subprocess.run([sys.executable, "-B", os.path.join(SCRIPTS, "figures"), *args], capture_output=True, text=True,
                          check=False, timeout=500)
    return done.returncode, done.stdout + done.stderr


def pages():
    """README and docs hold the figures of the kept rows, measured with the learner of the tests' constants."""
    t.equal(figures("--check"), (0, ""), "scripts/figures --check")


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
    study = Study(os.path.join(root, "configs/studies/smoke.cfg"), os.path.join(root, "docs/data/smoke/results.csv"))
    found = json.loads(read(root, "runs", "figures", "smoke", "results.json"))
    t.equal(len(found["strategies"]), 5, "strategies")
    for one in found["strategies"]:
        metric = one["metrics"]["final_iqm"]
        near(iqm(study.returns("heavy", one["strategy"])), metric["value"], f"{one['strategy']}: value")
        for got, end in zip(study.interval("heavy", one["strategy"]), ("lo", "hi")):
            near(got, metric[end], f"{one['strategy']}: {end}")
    near(iqm(study.oracle("heavy")), found["references"]["heavy"]["oracle"], "oracle")
    apart = {("heavy", one["strategy"], one["against"]): one["told_apart"] for one in found["comparisons"]}
    t.equal(study.told_apart, apart, "told apart")
    for one in found["comparisons"]:
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
    t.equal(code, 0, f"smoke: {said}")
    page = read(root, "README.md")
    learner = json.loads(read(root, "docs/data/smoke/measured.json"))["learner"]
    t.equal(page.count(f"Learner `{learner}`, measured by `scripts/figures smoke`.\n"), 3, f"page: {page}")
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


for test in (pages, known, command):
    test()
t.finish()
