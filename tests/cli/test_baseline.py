#!/usr/bin/env python3
"""What the program computes, as constants: short trainings, every task under random actions, the smoke study.

    tests/cli/test_baseline.py [--write]

The same bytes come out on every x86-64-v3 and -v4 machine with this MuJoCo and C library, for any number of threads: of the
trainings some run with one, some with two and some with three. The constants lie in tests/golden/baseline.json, in three groups:

    trainings   params: names, shapes and numbers of all tensors of the policy, in the order of their names, whatever the
                format of its file; returns: of every evaluation; log: the bytes of log.csv
    worlds      traces (observation, action, reward of every step), returns, lengths and ends of random episodes
    smoke       the bytes of results.csv, and params of every policy

Only --write changes them, and only after everything came out alike with one, two and three threads.
"""

import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from baseline_cases import FEW_TRAININGS, FEW_WORLDS, OWN_TASKS, TRAININGS, WORLDS
from common import OK, SOURCE, Tests, run, scratch
from studies import SMOKE, read

KEPT = os.path.join(SOURCE, "tests", "golden", "baseline.json")
WRITE = "--write" in sys.argv
SANITIZED = bool(os.environ.get("CARRYOVER_TEST_SANITIZE"))
ADVICE = ("Results have changed. If that is not meant, the last change is wrong; if it is, "
          "tests/cli/test_baseline.py --write keeps the new ones, and the commit says why.")

t = Tests()
folder = scratch("baseline")


def digest(*parts):
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def params(tensors, key):
    """Of a policy: what its numbers are, not how a file holds them."""
    return digest(*sorted(f"{x['name']} {x['shape']} {x[key]}".encode() for x in tensors))


def numbers(*values):
    """To the last bit."""
    return digest(*(repr(value).encode() for value in values))


def call(*args):
    """What a command prints with --json."""
    done = run(*args)
    if done.code != OK:
        sys.exit(f"{' '.join(map(str, args))}: {done.err}")
    return json.loads(done.out) if "--json" in args else None


# ---- trainings


def policy(name, threads):
    return os.path.join(folder, f"{name}.{threads}.safetensors")


def train(name, threads):
    task, steps, options = TRAININGS[name]
    options = [policy(option, threads) if option in TRAININGS else option for option in options]
    out = policy(name, threads)
    found = call("train", task, "--steps", steps, *options, "--evaluations", 2, "--episodes", 2, "--threads", threads,
                 "--checkpoint", 10000, "--out", out, "--json")
    returns = [(e["step"], e["return_mean"], e["length_mean"]) for e in found["evaluations"]]
    return {"params": params(found["tensors"], "hash_after"), "returns": numbers(*returns),
            "log": digest(read(out + ".log", "log.csv"))}


def family(name):
    """A training, and those that it starts from, directly or not."""
    origins = [option for option in TRAININGS[name][2] if option in TRAININGS]
    return [ancestor for origin in origins for ancestor in family(origin)] + [name]


def chains(names):
    """Lists of trainings that can run beside each other, each in the order in which they need each other."""
    found = {}
    for name in names:
        found.setdefault(family(name)[0], []).append(name)
    return list(found.values())


def train_chain(chain, threads):
    return {name: train(name, threads) for name in chain}


def trainings(side_by_side, threads_of):
    names = FEW_TRAININGS if SANITIZED else TRAININGS
    parts = side_by_side.map(lambda at: train_chain(at[1], threads_of(at[0])), enumerate(chains(names)))
    return {name: value for part in parts for name, value in part.items()}


# ---- worlds


def world_name(task, domain):
    return task if domain == "( )" else f"{task} {' '.join(domain.split())}"


def all_worlds():
    shipped = sorted(name[:-4] for name in os.listdir(os.path.join(SOURCE, "configs", "tasks")) if name.endswith(".cfg"))
    pairs = [(task, "( )") for task in shipped] + WORLDS
    return [pair for pair in pairs if not SANITIZED or pair[0] in FEW_WORLDS]


def play(number, task, domain, threads):
    """Random episodes, as studies take them for a reference: a study whose source is this world has them as a trial."""
    if task in OWN_TASKS:
        own, task = OWN_TASKS[task], os.path.join(folder, task + ".cfg")
        with open(task, "w", encoding="utf-8") as file:
            file.write(own)
    if domain[0] not in "({":
        domain = f'"{domain}"'
    study = os.path.join(folder, f"world{number}.cfg")
    out = os.path.join(folder, f"world{number}")
    with open(study, "w", encoding="utf-8") as file:
        file.write(f'study = {{ format = 1; name = "world"; seeds = 1; random_episodes = {1 if SANITIZED else 6};\n'
                   f'  sources = ( {{ name = "w"; task = "{task}"; domain = {domain}; steps = 1; }} ); }};\n')
    call("run", study, "--trial", "random.w.-.-.s0", "--threads", threads, "--out", out, "-q")
    done = json.loads(read(out, "trials", "random.w.-.-.s0", "done.json"))
    episodes = done["evaluations"][0]["episodes"]
    ends = ("terminated", "truncated", "success", "fault")
    return [" ".join([e["trace"], str(e["return"]), str(e["length"]), *(end for end in ends if e[end])]) for e in episodes]


def worlds(side_by_side, threads):
    pairs = all_worlds()
    found = side_by_side.map(lambda at: play(at[0], *at[1], threads), enumerate(pairs))
    return {world_name(*pair): value for pair, value in zip(pairs, found)}


# ---- the smoke study


def smoke(threads):
    out = os.path.join(folder, f"smoke{threads}")
    call("run", SMOKE, "--out", out, "--jobs", 2, "--threads", threads, "-q")
    found = {"results.csv": digest(read(out, "results.csv"))}
    for trial in sorted(os.listdir(os.path.join(out, "trials"))):
        path = os.path.join(out, "trials", trial, "policy.safetensors")
        if os.path.exists(path):
            found[trial] = params(call("inspect", path, "--json")["tensors"], "hash")
    return found


# ---- constants


def libraries():
    """What the bytes rest on beside this program."""
    checks = {check["name"]: check["text"] for check in json.loads(run("doctor", "--json").out)["checks"]}
    try:
        libc = os.confstr("CS_GNU_LIBC_VERSION")
    except (OSError, ValueError):
        libc = "unknown"
    return {"physics": checks["physics"], "libc": libc}


def compute(threads):
    """All groups. `threads` 0: one to three by turns."""
    with ThreadPoolExecutor(2) as side_by_side:
        found = {"trainings": trainings(side_by_side, lambda number: threads or 1 + number % 3),
                 "worlds": worlds(side_by_side, threads or 2)}
    if not SANITIZED:  # which runs this study elsewhere
        found["smoke"] = smoke(threads or 1)
    return found


def flat(tree, path=()):
    """(path, value) of all leaves."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from flat(value, (*path, key))
        else:
            yield ": ".join((*path, key)), value


def compare(found, want, text=""):
    got, wanted = dict(flat(found)), dict(flat(want))
    if SANITIZED:  # has fewer, and of each world the first episodes
        wanted = {name: value for name, value in wanted.items() if name in got}
        wanted = {name: value[:len(got[name])] if isinstance(value, list) else value for name, value in wanted.items()}
    t.equal(sorted(set(got) ^ set(wanted)), [], f"{text}names that only one side has")
    for name in sorted(set(got) & set(wanted)):
        t.check(got[name] == wanted[name], f"{text}{name}: expected {wanted[name]}, found {got[name]}")


def write():
    if SANITIZED:
        sys.exit("test_baseline: constants are written by a release build")
    found = compute(1)
    for threads in (2, 3):
        compare(compute(threads), found, f"{threads} threads: ")
    if not t.failed:
        with open(KEPT, "w", encoding="utf-8") as file:
            head = {"note": "written by tests/cli/test_baseline.py --write", "made_with": libraries()}
            file.write(json.dumps({**head, **found}, indent=1) + "\n")
    t.finish()


def main():
    with open(KEPT, encoding="utf-8") as file:
        kept = json.load(file)
    made_with = kept.pop("made_with")
    kept.pop("note")
    if libraries() != made_with:
        print(f"constants were made with {made_with}, here are {libraries()}: other bytes are no fault of the program")
        t.check(compute(0), "something is computed")
        t.finish()
    compare(compute(0), kept)
    if t.failed:
        print(ADVICE)
    t.finish()


if WRITE:
    write()
main()
