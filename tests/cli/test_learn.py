"""carryover bench learn: the learners still learn, what is measured is shown, and a long run goes on where it was."""

import os
import re
import shutil
import signal
import time

from common import DATA, HEAD, NO_INPUT, OK, SOURCE, USAGE, Tests, run, scratch
from studies import files, promised, read, start

BENCH = HEAD | {"bench", "machine", "repeats", "value", "best", "unit", "runs", "limit", "limit_name", "ratio", "cases", "docs"}
CASE = {"name", "task", "algorithm", "steps", "seeds_done", "seeds", "iqm", "lo", "hi", "returns", "random",
        "learner", "published"}
BEGIN, END = "<!-- carryover bench learn: begin -->\n", "<!-- carryover bench learn: end -->\n"
KEPT = "| `ppo_ant` | 1,000,000 | 3 of 10 | 2.0 | 1.0, 2.0, 3.0 | `0123456789abcdef` | somebody's |\n"
INTERRUPTED = 75

# A learner of 64 units at a higher rate learns the pendulum in a second.
SMALL_SAC = ("--case", "sac_pendulum", "--set", "evaluations=2", "--set",
             "sources.0.learning={ random_steps = 500; start_steps = 200; hidden = (64, 64); batch = 64; rate = 1e-3; }")

# arguments, task, random return within, IQM at least: far above random, far below what is usual
SANE = [
    # usual -120 to -200; random -1200, upright without ever moving 0
    (("--steps", 8000, "--seeds", 2, *SMALL_SAC), "pendulum", (-1400, -1000), -600),
    # usual 250 to 320; random 18
    (("--case", "ppo_hopper", "--steps", 40960, "--seeds", 2, "--set", "evaluations=2"), "hopper", (10, 30), 120),
]

t = Tests()
folder = scratch("learn")


def path(name):
    return os.path.join(folder, name)


def document(name, rows=KEPT):
    with open(path(name), "w", encoding="utf-8") as file:
        file.write(f"# Figures\n\n| `ppo_ant` | not in the section |\n{BEGIN}{rows}{END}\nthe rest, a NUL-free 100 %\n")
    return path(name)


def trimmed_mean(values):
    """The interquartile mean as scipy's trim_mean cuts it."""
    cut = len(values) // 4
    kept = sorted(values)[cut:len(values) - cut]
    return sum(kept) / len(kept)


def learners_learn():
    for args, task, (low, high), least in SANE:
        found = t.json("bench", "learn", *args, "--out", path("sane"), "-q")
        if not t.keys(found, BENCH, "bench learn") or not t.equal(len(found["cases"]), 1, "one case"):
            continue
        t.equal([found["bench"], found["repeats"], found["limit"], found["docs"]], ["learn", 1, None, None], "learn")
        t.check(found["value"] > 0, "steps per second")
        (case,) = found["cases"]
        seeds = args[args.index("--seeds") + 1]
        t.keys(case, CASE, "case")
        t.equal([case["task"], case["seeds"], case["seeds_done"], len(case["returns"])], [task] + [seeds] * 3, "seeds")
        t.check(abs(case["iqm"] - trimmed_mean(case["returns"])) < 1e-9 * abs(case["iqm"]), f"{case['name']}: IQM")
        order = [min(case["returns"]), case["lo"], case["iqm"], case["hi"], max(case["returns"])]
        t.check(all(a <= b + 1e-9 * abs(b) for a, b in zip(order, order[1:])), f"{case['name']}: interval {order}")
        t.check(low < case["random"] < high, f"{task}: random actions return {case['random']}")
        t.check(case["iqm"] >= least, f"{case['name']} no longer learns: {case['returns']}, at least {least}")


def row_of(text, case):
    rows = [line for line in text.splitlines() if line.startswith(f"| `{case}`")]
    return [cell.strip() for cell in rows[-1].strip("|").split("|")] if rows else []


SHORT = (*SMALL_SAC, "--steps", 1000, "--seeds", 2, "-q")


def section():
    docs = document("section.md")
    before = read(docs).decode()
    found = t.json("bench", "learn", *SHORT, "--out", path("section"), "--docs", docs)
    text = read(docs).decode()
    t.equal(found.get("docs"), docs, "the file is named")
    t.equal([text.split(BEGIN)[0], text.split(END)[1]], [before.split(BEGIN)[0], before.split(END)[1]], "all else stays")
    inside = text.split(BEGIN)[1].split(END)[0]
    t.check(KEPT in inside, "a case that was not run keeps its row")
    cells = row_of(inside, "sac_pendulum")
    t.equal(cells[1:3], ["1,000", "2 of 2"], "what was run")
    shown = [float(value.replace("−", "-")) for value in cells[4].split(", ")]
    returns = found["cases"][0]["returns"]
    t.check(all(abs(a - b) <= 0.5 for a, b in zip(shown, returns)), f"every seed: {shown} for {returns}")
    t.check(re.fullmatch(r"−\d+ \[−\d+, −\d+\]", cells[3]), f"IQM and interval: {cells[3]}")
    t.equal([cells[5], found["cases"][0]["learner"]], ["–", None], "nobody has said which learner it is")
    t.equal(row_of(inside, "ppo_hopper")[2:6], ["0 of 10", "–", "–", "–"], "what nobody has measured")
    t.equal(row_of(inside, "ppo_swimmer")[0], "`ppo_swimmer`, gamma = 0.9999; lambda = 0.99", "a case says what it sets")
    page = shutil.copy(os.path.join(SOURCE, "docs", "benchmarks.md"), path("page.md"))
    old = read(page).decode().splitlines()
    t.equal(run("bench", "learn", *SHORT, "--out", path("section"), "--docs", page).code, OK, "the page itself")
    t.equal([line[:15] for line in set(old) - set(read(page).decode().splitlines())], ["| `sac_pendulum"], "lines of the page")
    t.equal(run("bench", "learn", *SHORT, "--out", path("section"), "--docs", docs).code, OK, "once more")
    t.equal(read(docs).decode(), text, "the same table again")
    told_learner(docs, text)
    before = promised(path("section"))
    other = t.json("bench", "learn", *SHORT, "--seeds", 1, "--out", path("section"))
    t.equal(read(docs).decode(), text, "a shortened call writes nowhere unless told")
    t.equal(other["cases"][0]["returns"], returns[:1], "fewer seeds are the first ones")
    t.equal([other["cases"][0][key] for key in ("lo", "hi")], [None, None], "one seed has no interval")
    t.check(all(name.startswith("sac_pendulum_other/") for name in before), "other trainings than the case's, other folder")


def told_learner(docs, text):
    """The learner is the one whose hash lies in the case's folder; what is no hash comes into no page."""
    stamp, again = os.path.join(path("section"), "sac_pendulum_other", "learner"), (*SHORT, "--out", path("section"))
    for said, shown in (("0123456789abcdef", "`0123456789abcdef`"), ("0123456789abcdex", "–"), ("0123456789abcdef0", "–")):
        with open(stamp, "w", encoding="utf-8") as file:
            file.write(said)
        case, = t.json("bench", "learn", *again, "--docs", docs)["cases"]
        t.equal(case["learner"], None if shown == "–" else said, f"learner {said}")
        row = row_of(text, "sac_pendulum")
        t.equal(row_of(read(docs).decode(), "sac_pendulum"), [*row[:5], shown, *row[6:]], f"its row: {said}")
    os.remove(stamp)


def partial(docs):
    """(done, planned) seeds of the pendulum in a document."""
    return tuple(map(int, row_of(read(docs).decode(), "sac_pendulum")[2].split(" of ")))


def stopped():
    docs, whole = document("stopped.md"), document("whole.md")
    args = ("bench", "learn", *SMALL_SAC, "--steps", 1500, "--seeds", 4, "--jobs", 1, "-q", "--checkpoint", 0)
    call = start(*args, "--out", path("stopped"), "--docs", docs)
    first = os.path.join(path("stopped"), "sac_pendulum_other", "trials", "source.pendulum.-.-.s0", "done.json")
    end = time.monotonic() + 120
    while not os.path.exists(first) and call.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    call.send_signal(signal.SIGTERM)
    out, err = call.communicate()
    if not t.equal([call.returncode, out], [INTERRUPTED, ""], f"SIGTERM: {err}"):
        return
    done, planned = partial(docs)
    t.check(1 <= done < 4 and planned == 4, f"a partial run says so: {done} of {planned}")
    ended = t.json(*args, "--out", path("stopped"), "--docs", docs)
    reference = t.json(*args, "--out", path("whole"), "--docs", whole)
    t.equal(ended["cases"], reference["cases"], "stopped and continued is as never stopped")
    t.equal(read(docs), read(whole), "the same document")
    t.equal(promised(path("stopped")), promised(path("whole")), "the same files")


def errors():
    bare = path("bare.md")
    with open(bare, "w", encoding="utf-8") as file:
        file.write(f"# nothing marked\n{END}{BEGIN}")
    for code, pattern, args in (
            (USAGE, r"--case: unknown \"ppo_hoper\", there are .*sac_pendulum", ("--case", "ppo_hoper")),
            (USAGE, r"takes no --repeat", ("--repeat", 2)),
            (USAGE, r"--seeds", ("--seeds", 0)),
            (USAGE, r"--out: needs the name", (*SHORT, "--out", "")),
            (NO_INPUT, r"nowhere.md", (*SHORT, "--docs", path("nowhere.md"))),
            (DATA, r"bare.md: lacks the lines", (*SHORT, "--docs", bare)),
            (78, r"gama: unknown key.*did you mean \"gamma\"", (*SHORT, "--set", "sources.0.learning.gama=1"))):
        t.error(code, pattern, "bench", "learn", *args, *(() if "--out" in args else ("--out", path("errors"))))
    t.equal(read(bare).decode(), f"# nothing marked\n{END}{BEGIN}", "a file without the lines stays")
    t.equal(files(path("errors")) if os.path.exists(path("errors")) else [], [], "nothing is trained in vain")
    t.error(USAGE, "takes no --case", "bench", "ppo", "--case", "ppo_hopper")


for test in (learners_learn, section, stopped, errors):
    test()
shutil.rmtree(folder, ignore_errors=True)
t.finish()
