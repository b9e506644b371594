"""carryover data: sets of transitions, recorded, looked at, checked."""

import json
import os
import re
import subprocess
import sys

from common import DATA, HEAD, NO_INPUT, OK, SOURCE, USAGE, WANTING, Tests, run, scratch, train

CREATE = 73
FIELDS = HEAD | {"file", "file_format", "episodes", "transitions", "observation", "action", "observation_names",
                 "action_names", "return_mean", "length_mean", "terminated", "truncated", "actor", "policy_hash", "seed",
                 "contract", "hash", "problems"}

t = Tests()
folder = scratch("data")
hopper = train(folder, "hopper", 2048, "hopper.safetensors")


def path(name):
    return os.path.join(folder, name)


def read(name):
    with open(path(name), "rb") as file:
        return file.read()


def record(actor, name, *more):
    return t.json("data", "record", actor, "--out", path(name), *more)


def recorded():
    """Episodes of `eval`, the same bytes for any number of threads."""
    found = record(hopper, "a.codata", "--episodes", 9, "--seed", 3)
    t.keys(found, FIELDS, "record")
    t.equal([found["file"], found["file_format"], found["episodes"], found["observation"], found["action"], found["problems"]],
            [path("a.codata"), "codata", 9, 11, 3, []], "record")
    eval_ = t.json("eval", hopper, "--episodes", 9, "--seed", 3)
    t.check(abs(found["return_mean"] - eval_["return"]["mean"]) < 1e-9 * abs(found["return_mean"]), "returns are those of eval")
    t.equal(found["transitions"], sum(e["length"] for e in eval_["episodes"]), "and so are lengths")
    t.equal([found["actor"], found["policy_hash"], found["seed"]], ["policy", eval_["policy_hash"], 3], "who acted")
    for threads in (1, 3):
        record(hopper, "b.codata", "--episodes", 9, "--seed", 3, "--threads", threads)
        t.check(read("a.codata") == read("b.codata"), f"the same bytes with {threads} threads")
    t.equal({**t.json("data", "info", path("a.codata")), "file": 0}, {**found, "file": 0}, "info says the same")
    t.equal({**t.json("data", "check", path("a.codata")), "file": 0}, {**found, "file": 0}, "and check")
    other = record(hopper, "c.codata", "--episodes", 2, "--domain", '{ parameter = "option.gravity"; scale = 1.5; }')
    t.check(other["contract"] not in (None, found["contract"]), "another world has another contract")
    found = record("random", "r.codata", "--task", "pendulum", "--episodes", 3)
    t.equal([found["actor"], found["policy_hash"], found["transitions"], found["truncated"], found["terminated"]],
            ["random", None, 600, 3, 0], "random actions")
    done = run("data", "info", path("r.codata"))
    t.check("600 in 3 episodes" in done.out and "random, seed 1" in done.out, f"text: {done.out}")


def read_by_a_script():
    """The script of docs/formats.md reads what a policy has done."""
    with open(os.path.join(SOURCE, "docs", "formats.md"), encoding="utf-8") as file:
        section = file.read().split("\n## Data sets\n")[1]
    script = re.search(r"```python\n(def read.*?|import json.*?)^```$", section, re.M | re.S).group(1)
    script = script[:script.index('about, steps = read("')]
    script += 'about, steps = read(sys.argv[1])\njson.dump([about, steps], sys.stdout)\n'
    done = subprocess.run([sys.executable, "-c", "import sys\n" + script, path("a.codata")], capture_output=True, text=True,
                          check=False)
    if not t.equal(done.returncode, 0, done.stderr):
        return
    about, steps = json.loads(done.stdout)
    found = t.json("data", "info", path("a.codata"))
    t.equal(len(steps), found["transitions"], "transitions")
    t.equal([e["name"] for e in about["observation"]], found["observation_names"], "names")
    total = sum(step["reward"] for step in steps)
    t.check(abs(total / 9 - found["return_mean"]) < 1e-6 * abs(total), "rewards")
    contract = json.loads(about["contract"])
    t.equal([e["name"] for e in contract["action"]], found["action_names"], "the contract")
    ends = [step for step in steps if step["flags"] & 3]
    t.equal(len(ends), 9, "ends")
    for step, after in zip(steps, steps[1:]):
        if not step["flags"] & 3:
            t.passed += step["next_obs"] == after["obs"]
            t.failed += step["next_obs"] != after["obs"]
    t.check(all(len(end["next_obs"]) == 11 and end["next_obs"] != end["obs"] for end in ends), "observations behind the ends")


def damaged():
    whole = read("r.codata")
    flipped = whole[:-500] + b"x" + whole[-499:]
    for name, text in (("cut.codata", whole[:-100]), ("flipped.codata", flipped), ("none.codata", b"")):
        with open(path(name), "wb") as file:
            file.write(text)
        found = t.json("data", "check", path(name), code=WANTING)
        t.equal(len(found["problems"]), 1, f"{name}: {found['problems']}")
        t.check(f"{name}: offset " in found["problems"][0], found["problems"][0])
        t.equal([found["episodes"], found["observation"], found["return_mean"]], [0, None, None], "nothing is told of it")
        t.error(DATA, f"{name}: offset [0-9]+: ", "data", "info", path(name))
    done = run("data", "check", path("cut.codata"))
    t.check(done.code == WANTING and "cut.codata: offset 16: " in done.out, f"text: {done.out}")


def errors():
    t.error(NO_INPUT, "cannot open", "data", "info", path("nowhere.codata"))
    t.error(NO_INPUT, "cannot open", "data", "check", path("nowhere.codata"))
    t.error(NO_INPUT, "cannot open", "data", "record", path("no.safetensors"), "--out", path("x.codata"))
    t.error(USAGE, "--out FILE", "data", "record", "random", "--task", "pendulum")
    t.error(USAGE, "--task: random actions have no task", "data", "record", "random", "--out", path("x.codata"))
    t.error(USAGE, "--task: data info does not take it", "data", "info", path("r.codata"), "--task", "pendulum")
    t.error(USAGE, 'did you mean "info"', "data", "inof", path("r.codata"))
    t.error(USAGE, "unexpected argument", "data", "check", path("r.codata"), path("r.codata"))
    t.error(CREATE, "cannot create", "data", "record", "random", "--task", "pendulum", "--out", path("no/x.codata"))
    t.error(78, "observation", "data", "record", hopper, "--task", "pendulum", "--out", path("x.codata"))
    t.check(not os.path.exists(path("x.codata")), "what fails leaves no file")
    t.equal([name for name in os.listdir(folder) if ".tmp." in name], [], "nor a temporary one")
    for args in (("info", path("r.codata")), ("check", path("r.codata"))):
        t.full_disk("data", *args)


for test in (recorded, read_by_a_script, damaged, errors):
    test()
t.equal(run("data", "info", path("a.codata")).code, OK, "the set is still sound")
t.finish()
