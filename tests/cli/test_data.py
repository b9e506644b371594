"""carryover data: sets of transitions, recorded, looked at, checked."""

import ast
import base64
import csv
import json
import math
import os
import random
import re
import struct
import subprocess
import sys
import time
import zipfile
import zlib

import studies
from common import CONFIG, DATA, HEAD, NO_INPUT, OK, SOURCE, USAGE, WANTING, Tests, run, scratch, train

CREATE = 73
FIELDS = HEAD | {"file", "file_format", "episodes", "transitions", "observation", "action", "observation_names",
                 "action_names", "return_mean", "length_mean", "terminated", "truncated", "actor", "policy_hash", "seed",
                 "contract", "hash", "problems"}

# files of h5py 3, compressed: two episodes of Minari, and D4RL's arrays of four steps in float64 without next_observations
MINARI = ("c-rk)zfT)66t;aiVNoh2{3zE@ksC7xDMPjdDTgv3S`{jlED(~DnxP50gqDpA4C%%nP^qX>NB#sxW~QoBMpSj^$QC&KoM49}C*_dt6u;%mv){dQp5OC*e"
    "%}iDjhD0WS>y_(D1xHsv2;O<gsAiReLxJ@2K+_%IDVKjU_1u?WxJjCmgQP^CE@Ss=nM^{WE!Plt-o{eBj`!MD<az2ht)>CV(+CSeND>Kl*jiD%in^=^i"
    "R6C{LMgFWz<%x{B?DHUh1M<{h(nxUrNntz1DE`Qkng9?5`!K(m+ky`CP5_=bO$^t=w08`OQ!9?X9<Yj0mEjo0?b$avt+Mzg!aSZa}9~dH`djvshrRvl9"
    "ptHV^?jejLfVb{|>SGG=CBFLEgT0;RhUfBk;cohO7jq_7hj&cN2?q!k?pAS#_K!&|@zEOHKT9`F@l9B>t|mF@qr|KNk`G}q5QWbU%jeZX_T4xm|t`Ql^"
    "GvRACmAtg$bC{dzh5@Ebj@A1V}Y_vV+pUIigb|&E2{AfFV|2tn8ZO89h7mMNKm6~*K9n?9mOaSLJ(K1ELCukh6Jcccq3ly&$j0amU#$r6QiFx%Y6>mIT"
    "+5yjxaq&p9eg$EVL@9riqK);<ZR?>|@xkIrG(0}vspvVZ`QcYQegrfgPxq(f`}(;4)Y)s*pHls)!Twazc;5b$*Y6*Z>U#3N%1@~0RG{iv=2gGr-gs5Z@"
    "W!idR=n}5+c(~L6<rM{uObqUBEIpeYbx$cIKG?2x4Qa6#R?B6uNsVpUp(S36+MSFKm3Zvzd*+04oaxX@c")
D4RL = ("c-rgqaB<`1lHy_j0S*oZ76t(ZWbhvfb||9qVe$!3nh{EOK<O1sFmXn(oCH){5NbZUx{x4OSCH!eXaHu90Skn-U>F4>5qP*d27u@dP<{ZE-XKR?dl?znA"
    "ZeQs#@B$*Ob`KRvSffJV+=ksFy(_(3M$w$aDYV|7)-bsO#U-N<XM5DAbBQch=JS;3Sd4X+&&I)4oXQ)%SkLrg`3X-%~8xu%oVH%tC_%3C?P~$5bWpg0t"
    "ypYe%>HXAl{(#2WixDLP7?bpXFfwfdB<&{N^b@=>rn@)oDQK3zGQN!OD{dQuIyFpz@9pOL<2qId9-c<)f!Jj?toG6pVsVFbYP&C>RB!U|4~Qxa0%}Hu*"
    "OTdDuCQGA?CZu!UpFw1!JYd<^mLnSovF276SD3_ig44$!uu1GG8LI2x{_U=)mkQ7{Td!C(fA46H<rN5ZOfbUtD{QXVR&z#z`SAYKoZhmS`xK@5bCGcul"
    "ojywsVw@3zActG6C$cP#qEExVLFdmEH|9epXE1<ccW00p0LgAqSnV(^TXc6FmY2{#WbMy&zWdMy;hPuKM5$^E$$B%0AP)#4y3J)fM!5JRd=i|`F;|a~j"
    "6+pAW=y>zU1hDzI2nN(zAp&gzBRxMc2f6<7ppyOhNyVu}Wr-!3`FX`4equ6&S(I9ySd>!CP?B1do0*rGQw&vKl9`*DUs?j=GGykZ<rgElD`9}jA7*&DL"
    "uviQ28{xVL0vyV<_{U+<wk=1XkH=*001DznkW")

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
    for name in ("zoo:pendulum", "pendulum"):
        found = record(name, "zoo.codata", "--episodes", 2)
        t.equal([found["actor"], found["observation"]], ["policy", 3], f"{name} is one of the zoo")
    found = record("random", "r.codata", "--task", "pendulum", "--episodes", 3)
    t.equal([found["actor"], found["policy_hash"], found["transitions"], found["truncated"], found["terminated"]],
            ["random", None, 600, 3, 0], "random actions")
    done = run("data", "info", path("r.codata"))
    t.check("600 in 3 episodes" in done.out and "random, seed 1" in done.out, f"text: {done.out}")


def page_script(title):
    """The first script behind a title of docs/formats.md."""
    with open(os.path.join(SOURCE, "docs", "formats.md"), encoding="utf-8") as file:
        section = file.read().split(f"\n{title}\n")[1]
    return re.search(r"```python\n(.*?)^```$", section, re.M | re.S).group(1)


def read_as_the_page_says(name):
    script = page_script("## Data sets")
    script = script[:script.index('about, steps = read("')]
    script += 'about, steps = read(sys.argv[1])\njson.dump([about, steps], sys.stdout)\n'
    done = subprocess.run([sys.executable, "-c", "import sys\n" + script, path(name)], capture_output=True, text=True,
                          check=False)
    return json.loads(done.stdout) if t.equal(done.returncode, 0, done.stderr) else (None, None)


def read_by_a_script():
    """The script of docs/formats.md reads what a policy has done."""
    about, steps = read_as_the_page_says("a.codata")
    if not about:
        return
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


def write_with_memory(cell, width):
    """The page's linear policy behind a memory of random numbers; its tensors."""
    rng, gates = random.Random(width), {"lstm": 4, "gru": 3}[cell] * width
    shapes = {"weight": [gates, 3], "bias": [gates], "recurrent.weight": [gates, width], "recurrent.bias": [gates]}
    if cell == "lstm":
        del shapes["recurrent.bias"]
    memory = {name: [rng.uniform(-1, 1) for _ in range(math.prod(shape))] for name, shape in shapes.items()}
    more = {f"actor.trunk.0.memory.{name}": ("F32", shapes[name], values) for name, values in memory.items()}
    script = page_script("## Policies").replace('"activation": "tanh"', f'"activation": "tanh", "memory": '
                                                f'{{"cell": "{cell}", "width": {width}}}')
    script = script.replace('[1, 3], [0, -10, -2]', f"[1, {width}], {[1] * width}")
    script = script.replace("header, data =", f"tensors.update({more})\nheader, data =")
    subprocess.run([sys.executable, "-c", script], cwd=folder, check=True)
    return {name: values if len(shapes[name]) == 1 else
            [values[row * shapes[name][1]:][:shapes[name][1]] for row in range(gates)] for name, values in memory.items()}


def memory_as_the_page_says():
    """What a policy with memory does along an episode is what the page's functions do with the observations."""
    page = {}
    exec(page_script("### Memory"), page)  # pylint: disable=exec-used
    for cell, width in (("lstm", 3), ("gru", 5)):
        tensors = write_with_memory(cell, width)
        record(path("policy.safetensors"), "m.codata", "--episodes", 2)
        t.check(f"{cell} {width}, then " in run("inspect", path("policy.safetensors")).out, "inspect tells of it")
        episode, differs = None, 0
        for step in read_as_the_page_says("m.codata")[1] or []:
            if step["episode"] != episode:
                episode, state = step["episode"], [[0] * width] * {"lstm": 2, "gru": 1}[cell]
            state = page[cell](tensors, step["obs"], *state)
            state = state if cell == "lstm" else [state]
            differs = max(differs, abs(sum(state[0]) - step["action"][0]))
        t.check(episode == 1 and differs < 1e-5, f"{cell}: actions differ by {differs}")


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


def npy(kind, shape, values):
    """An array as NumPy writes it."""
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    code = {"<f4": "f", "<f8": "d", "|b1": "?", "<i8": "q"}[kind]
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text + struct.pack(f"<{len(values)}{code}", *values)


def array(name, archive):
    """Shape and values of an array of an archive."""
    raw = archive.read(name + ".npy")
    size = struct.unpack("<H", raw[8:10])[0]
    head = ast.literal_eval(raw[10:10 + size].decode())
    code = {"<f4": "f", "|b1": "?", "<u4": "I", "|u1": "B"}[head["descr"]]
    return head["shape"], struct.unpack(f"<{(len(raw) - 10 - size) // struct.calcsize('<' + code)}{code}", raw[10 + size:])


def converted():
    """Archives and tables hold what the set does, and come back as it."""
    found = t.json("data", "convert", path("a.codata"), path("a.npz"))
    t.equal([found["file"], found["file_format"], found["problems"]], [path("a.npz"), "npz", []], "npz")
    first = t.json("data", "info", path("a.codata"))
    t.equal({**found, "file": 0, "file_format": 0, "hash": 0}, {**first, "file": 0, "file_format": 0, "hash": 0}, "as it was")
    with zipfile.ZipFile(path("a.npz")) as archive:
        t.equal(archive.testzip(), None, "a sound archive")
        steps = found["transitions"]
        t.equal(array("observations", archive)[0], (steps, 11), "observations")
        t.equal(array("rewards", archive)[0], (steps,), "rewards")
        ends = [a or b for a, b in zip(array("terminals", archive)[1], array("timeouts", archive)[1])]
        t.equal(sum(ends), 9, "ends")
        now, after = array("observations", archive)[1], array("next_observations", archive)[1]
        t.check(all(ends[i] or after[11 * i:11 * i + 11] == now[11 * i + 11:11 * i + 22] for i in range(steps)), "steps follow")
        t.check(abs(sum(array("rewards", archive)[1]) / 9 - first["return_mean"]) < 1e-6 * abs(first["return_mean"]), "rewards")
    t.json("data", "convert", path("a.npz"), path("b.codata"))
    t.check(read("a.codata") == read("b.codata"), "the same bytes come back")
    t.json("data", "convert", path("a.codata"), path("a.csv"))
    found = t.json("data", "convert", path("a.csv"), path("c.codata"))
    t.equal([found["hash"], found["contract"], found["action_names"]], [first["hash"], None, first["action_names"]], "by a table")
    with open(path("a.csv"), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    t.equal(len(rows), steps, "rows of the table")
    t.check(all((row["next_obs/qpos/rootz"] != "") == (row["terminated"] == "1" or row["truncated"] == "1") for row in rows),
            "observations behind the ends")
    t.equal(t.json("data", "check", path("a.npz"))["problems"], [], "check of an archive")
    text = read("a.npz")
    with open(path("bad.npz"), "wb") as file:
        file.write(text[:5000] + bytes([text[5000] ^ 1]) + text[5001:])
    found = t.json("data", "check", path("bad.npz"), code=WANTING)
    t.check(re.search("bad.npz: offset [0-9]+: observations.npy: its checksum", found["problems"][0]), found["problems"])


def foreign():
    """An archive as others write them: deflated, float64, without what was observed behind a step."""
    arrays = {"observations": npy("<f8", (4, 2), [0.5, 1, 2, 3, 4, 0.1, 6, 7]), "actions": npy("<f4", (4, 1), [1, 2, 3, 4]),
              "rewards": npy("<f8", (4,), [1, 2, 3, 4]), "terminals": npy("|b1", (4,), [False, True, False, False]),
              "infos/goal": b"whatever"}
    for name, more, want in (
            ("old.npz", {}, [2, 3, 1, 1, ["cut where", "left out", "does not tell", "rounded to float32"]]),
            ("new.npz", {"timeouts": npy("<i8", (4,), [0, 0, 0, 1]),
                         "next_observations": npy("<f8", (4, 2), [2, 3, 0, 0, 6, 7, 8, 9])}, [2, 4, 1, 1, ["rounded"]])):
        with zipfile.ZipFile(path(name), "w", zipfile.ZIP_DEFLATED) as archive:
            for key, value in {**arrays, **more}.items():
                archive.writestr(key + ".npy", value)
        found = t.json("data", "convert", path(name), path("f.codata"))
        t.equal([found[key] for key in ("episodes", "transitions", "terminated", "truncated")], want[:4], name)
        t.equal(len(found["problems"]), len(want[4]), f"{name}: {found['problems']}")
        t.check(all(re.search(w, p) for w, p in zip(want[4], found["problems"])), f"{name}: {found['problems']}")
        t.equal([found["actor"], found["observation_names"], found["seed"]], ["unknown", [], None], f"{name}: unknown")
    with zipfile.ZipFile(path("less.npz"), "w") as archive:
        archive.writestr("observations.npy", arrays["observations"])
    t.error(DATA, 'less.npz: offset 0: no array "actions"', "data", "convert", path("less.npz"), path("f.codata"))


def hdf5():
    (line,) = [check for check in t.json("doctor")["checks"] if check["name"] == "hdf5"]
    for name, packed in (("minari.hdf5", MINARI), ("d4rl.h5", D4RL)):
        with open(path(name), "wb") as file:
            file.write(zlib.decompress(base64.b85decode(packed)))
    if line["level"] != "ok":
        t.error(CONFIG, "built without HDF5|cannot be loaded", "data", "info", path("minari.hdf5"))
        return
    found = t.json("data", "convert", path("minari.hdf5"), path("m.csv"))
    t.equal([found[key] for key in ("episodes", "transitions", "observation", "action", "return_mean", "problems")],
            [2, 5, 2, 1, 4.5, []], "Minari")
    t.equal(read("m.csv").decode().splitlines()[3:], ["0,0,1,0,3,4.5,5.5,2,6.5,7.5", "1,0,0,0,1,100.5,101.5,0,,",
                                                      "1,0,0,1,2,102.5,103.5,1,104.5,105.5"], "Minari, numbers")
    found = t.json("data", "convert", path("d4rl.h5"), path("d.csv"))
    t.equal([found["transitions"], found["terminated"], found["truncated"], len(found["problems"])], [3, 1, 1, 2], "D4RL")
    t.equal(read("d.csv").decode().splitlines()[1:], ["0,0,0,0,0,0,1,1,,", "0,0,1,0,1,2,3,1,2,3", "1,0,0,1,2,4,5,1,6,7"],
            "D4RL, numbers")
    found = t.json("data", "convert", path("a.codata"), path("a.hdf5"))
    t.equal([found["file_format"], found["problems"]], ["hdf5", []], "to HDF5")
    t.json("data", "convert", path("a.hdf5"), path("h.codata"))
    t.check(read("a.codata") == read("h.codata"), "the same bytes come back from HDF5")
    t.error(DATA, "cut.hdf5: offset 0: the library cannot open it", "data", "info", cut("a.hdf5", "cut.hdf5"))


def cut(name, to):
    with open(path(to), "wb") as file:
        file.write(read(name)[:3000])
    return path(to)


# ids of a study's trials of kind data
SETS = ("data.a.-.own.s0", "data.a.-.own.s1", "data.a.b.away.s0", "data.a.b.away.s1", "data.-.b.chance.s0", "data.-.b.chance.s1")


def of_studies():
    """Trials of kind data and who learns from them: the same bytes for any jobs, after a kill, and as a job array."""
    study = studies.tiny(folder, "  strategies", """  data = ( { name = "own"; episodes = 3; },
           { name = "away"; in = "target"; actions = "sampled"; episodes = 2; },
           { name = "chance"; in = "target"; actions = "random"; episodes = 4; } );
  strategies""", "sets.cfg")
    clone = '{ name = "clone"; algorithm = "bc"; copy = ""; data = ("own", "chance"); }'
    study = (study, "--set", f'strategies=( {{ name = "scratch"; }}, {{ name = "full"; }}, {clone} )', "--set",
             "learning={ ppo = { envs = 2; horizon = 32; hidden = (8, 8); epochs = 2; warmup_steps = 32; };"
             " bc = { interval = 64; }; }")
    plan = run("run", *study, "--dry-run")
    t.check(", 18 recorded episodes" in plan.out, plan.out)
    t.equal(t.json("run", *study, "--dry-run")["recorded_episodes"], 18, "--dry-run --json")
    out = path("sets")
    done = run("run", *study, "--out", out, "--jobs", 1, "--json")
    t.equal(done.code, OK, done.err)
    want, found = studies.promised(out), json.loads(done.out)
    log = studies.read(out, "trials", SETS[0], "log.txt").decode()
    t.check("data.a.-.own.s0: 3 episodes, 600 transitions, return" in log, log)
    t.equal([[entry[key] for key in ("name", "source", "target", "actions", "sets", "episodes", "transitions")]
             for entry in found["data"]],
            [["own", "a", None, "policy", 2, 6, 1200], ["away", "a", "b", "sampled", 2, 4, 800],
             ["chance", None, "b", "random", 2, 8, 1600]], "results.json: data")
    t.equal([row["algorithm"] for row in found["strategies"] if row["strategy"] == "clone"], ["bc"], "results.json: a clone")
    t.check("Data sets" in studies.read(out, "report.html").decode(), "report.html")
    for trial in SETS:
        record = json.loads(studies.read(out, "trials", trial, "done.json"))
        file = os.path.join(out, "trials", trial, "data.codata")
        told = t.json("data", "check", file)
        t.equal([record["data"][0][key] for key in ("file", "episodes", "transitions", "return_mean")],
                ["data.codata", told["episodes"], told["transitions"], told["return_mean"]], f"{trial}: done.json")
        t.equal([record["evaluations"], record["policy_hash"]], [[], None], f"{trial}: done.json")
    done = json.loads(studies.read(out, "trials", "transfer.a.b.clone.s1", "done.json"))
    t.equal([list(done["inputs"]), done["env_steps"], done["gradient_steps"]],
            [["data.a.-.own.s1/data.codata", "data.-.b.chance.s1/data.codata"], 0, 128], "a clone")
    rows = [line.split(",") for line in studies.read(out, "results.csv").decode().splitlines()]
    t.check(not [row for row in rows if row[1] == "data"], "there are no evaluations")
    again = studies.empty(path("again"))
    process = studies.start("run", *study, "--out", again, "-q", "--jobs", 2)
    time.sleep(0.1)
    process.kill()
    process.communicate()
    studies.no_workers(again)
    t.equal(run("run", *study, "--out", again, "-q", "--jobs", 2).code, OK, "a second call")
    same = {name: data for name, data in studies.promised(again).items() if ".tmp." not in name} == want
    t.check(same, "killed, --jobs 2: equal bytes")
    array = path("set_array")
    needs = run("run", *study, "--out", array, "--trial", SETS[0])
    t.equal([needs.code, "needs the policy of source.a.-.-.s0" in needs.err], [66, True], needs.err)
    for trial in run("run", *study, "--list").out.split():
        t.equal(run("run", *study, "--out", array, "--trial", trial, "-q").code, OK, trial)
    t.equal(run("run", *study, "--out", array, "--collect", "-q").code, OK, "--collect")
    t.check(studies.promised(array) == want, "a job array: equal bytes")
    without = t.json("run", studies.tiny(folder), "--out", out)
    t.check("data" not in without, "a study without data does not speak of it")


def kept():
    """A source that keeps its replay, and who learns from it: the same bytes for any jobs and after a kill."""
    study = studies.tiny(folder, "steps = 128; } );", """steps = 256; algorithm = "sac"; keep_replay = true; } );
  data = ( { name = "replay"; actions = "kept"; } );""", "kept.cfg")
    clone = '{ name = "clone"; algorithm = "bc"; copy = ""; data = "replay"; }'
    study = (study, "--set", f'strategies=( {{ name = "scratch"; }}, {{ name = "full"; }}, {clone} )', "--set",
             "learning={ sac = { envs = 2; horizon = 16; hidden = (8, 8); batch = 16; replay = 200; };"
             " bc = { interval = 64; }; }")
    out = path("kept")
    done = run("run", *study, "--out", out, "--jobs", 1, "--json")
    t.equal(done.code, OK, done.err)
    want, found = studies.promised(out), json.loads(done.out)
    t.equal([[entry[key] for key in ("name", "source", "target", "actions", "sets", "episodes", "transitions")]
             for entry in found["data"]], [["replay", "a", None, "kept", 2, 4, 400]], "results.json: data")
    for seed in range(2):
        trial = f"source.a.-.-.s{seed}"
        record = json.loads(studies.read(out, "trials", trial, "done.json"))
        told = t.json("data", "check", os.path.join(out, "trials", trial, "replay.codata"))
        t.equal([record["data"][0][key] for key in ("file", "episodes", "transitions", "return_mean")],
                ["replay.codata", told["episodes"], told["transitions"], told["return_mean"]], f"{trial}: done.json")
        t.equal([told["actor"], told["policy_hash"], told["terminated"], told["truncated"]], ["policy", None, 0, 2], trial)
        done = json.loads(studies.read(out, "trials", f"transfer.a.b.clone.s{seed}", "done.json"))
        t.equal(list(done["inputs"]), [f"{trial}/replay.codata"], "a clone")
    again = studies.empty(path("kept_again"))
    process = studies.start("run", *study, "--out", again, "-q", "--jobs", 2)
    time.sleep(0.2)
    process.kill()
    process.communicate()
    studies.no_workers(again)
    t.equal(run("run", *study, "--out", again, "-q", "--jobs", 2).code, OK, "a second call")
    same = {name: data for name, data in studies.promised(again).items() if ".tmp." not in name} == want
    t.check(same, "killed, --jobs 2: equal bytes")
    sets = []
    for threads in (1, 2):
        file = path(f"kept{threads}.codata")
        done = run("train", "pendulum", "--algorithm", "sac", "--steps", 400, "--set", "learning.hidden=(8, 8)", "--set",
                   "learning.replay=300", "--episodes", 1, "--evaluations", 2, "--threads", threads, "--keep-replay", file,
                   "--out", path("kept.safetensors"))
        t.equal(done.code, OK, done.err)
        sets.append(studies.read(file))
    t.equal(t.json("data", "check", file)["transitions"], 300, "train --keep-replay")
    t.check(sets[0] == sets[1], "train --keep-replay: the same bytes for any threads")
    t.error(USAGE, "--keep-replay: ppo has no replay", "train", "pendulum", "--keep-replay", path("no.codata"))
    t.error(USAGE, "without a training", "train", "pendulum", "--algorithm", "sac", "--steps", 0, "--keep-replay",
            path("no.codata"))
    t.error(CREATE, "no/where", "train", "pendulum", "--algorithm", "sac", "--keep-replay", path("no/where.codata"))
    refused = run("run", studies.tiny(folder, "steps = 128; } );", "steps = 128; keep_replay = true; } );", "ppo.cfg"))
    t.equal(refused.code, CONFIG, refused.err)
    t.check("keep_replay: ppo, which trains \"a\", has no replay" in refused.err, refused.err)


def errors():
    t.error(NO_INPUT, "cannot open", "data", "info", path("nowhere.codata"))
    t.error(NO_INPUT, "cannot open", "data", "check", path("nowhere.codata"))
    t.error(NO_INPUT, "cannot open", "data", "record", path("no.safetensors"), "--out", path("x.codata"))
    t.error(USAGE, "--out FILE", "data", "record", "random", "--task", "pendulum")
    t.error(USAGE, "--task: random actions have no task", "data", "record", "random", "--out", path("x.codata"))
    t.error(USAGE, "--sampled: random actions have no policy", "data", "record", "random", "--task", "pendulum", "--sampled",
            "--out", path("x.codata"))
    t.error(USAGE, "--task: data info does not take it", "data", "info", path("r.codata"), "--task", "pendulum")
    t.error(USAGE, 'did you mean "info"', "data", "inof", path("r.codata"))
    t.error(USAGE, "unexpected argument", "data", "check", path("r.codata"), path("r.codata"))
    t.error(USAGE, "--out .*x.npz: a set is written as", "data", "record", "random", "--task", "pendulum", "--out", path("x.npz"))
    t.error(USAGE, "which format", "data", "convert", path("r.codata"), path("x.txt"))
    t.error(USAGE, "missing argument", "data", "convert", path("r.codata"))
    t.error(CREATE, "cannot create", "data", "convert", path("r.codata"), path("no/x.npz"))
    t.error(CREATE, "cannot create", "data", "record", "random", "--task", "pendulum", "--out", path("no/x.codata"))
    t.error(CONFIG, "observation", "data", "record", hopper, "--task", "pendulum", "--out", path("x.codata"))
    t.check(not os.path.exists(path("x.codata")), "what fails leaves no file")
    t.equal([name for name in os.listdir(folder) if ".tmp." in name], [], "nor a temporary one")
    for args in (("info", path("r.codata")), ("check", path("r.codata"))):
        t.full_disk("data", *args)


def cloned():
    """A clone of a policy does in its world what the policy does, and can go on by other algorithms."""
    seen = ("--seed", 7, "--episodes", 20)
    teacher = train(folder, "inverted_pendulum", 20480, "teacher.safetensors")
    record(teacher, "teacher.codata", "--episodes", 20)
    want = t.json("eval", teacher, *seen)["return"]["mean"]
    clone = ("train", "inverted_pendulum", "--algorithm", "bc", "--data", path("teacher.codata"), "--steps", 6000,
             "--set", "learning.interval=1000", "--out", path("clone.safetensors"))
    found = t.json(*clone, "--evaluations", 3)
    t.equal([found["algorithm"], found["env_steps"], found["gradient_steps"]], ["bc", 0, 6000], "steps of a clone")
    t.equal([point["step"] for point in found["evaluations"]], [0, 3000, 6000, 6000], "points over gradient steps")
    t.equal({tensor["name"].split(".")[0] for tensor in found["tensors"]}, {"actor", "obs_norm"}, "no critic")
    have = t.json("eval", path("clone.safetensors"), *seen)["return"]["mean"]
    t.check(have >= 0.9 * want and want > 200, f"a clone returns {have}, its teacher {want}")
    rows = [json.loads(line) for line in read("clone.safetensors.log/log.jsonl").splitlines()]
    t.equal([(row["env_steps"], row["gradient_steps"], row["value_loss"]) for row in rows],
            [(0, 1000 * k, None) for k in range(1, 7)], "rows of the log")
    t.check(rows[-1]["held_out_loss"] < rows[0]["held_out_loss"], f"held out: {[row['held_out_loss'] for row in rows]}")
    for algorithm, more in (("ppo", ()), ("sac", ()), ("sac", ("--data", path("teacher.codata")))):
        done = run("train", "inverted_pendulum", "--from", path("clone.safetensors"), "--algorithm", algorithm, "--steps", 256,
                   "--set", "learning.horizon=32", "--out", path("on.safetensors"), "--json", *more)
        t.equal(done.code, OK, f"a clone goes on by {algorithm}: {done.err}")
    t.error(USAGE, "--data: bc learns from data, and none are given", "train", "pendulum", "--algorithm", "bc",
            "--out", path("x"))
    t.error(USAGE, "--data: ppo has no use for data, and some are given", "train", "pendulum", "--data", path("r.codata"),
            "--out", path("x"))
    t.error(CONFIG, "teacher.codata: it has 4 observation elements, the task has 3", "train", "pendulum", "--algorithm", "bc",
            "--data", path("teacher.codata"), "--out", path("x"))
    t.error(NO_INPUT, "cannot open", "train", "pendulum", "--algorithm", "bc", "--data", path("no.codata"), "--out", path("x"))


for test in (recorded, read_by_a_script, memory_as_the_page_says, damaged, converted, foreign, hdf5, of_studies, kept, errors,
             cloned):
    test()
t.equal(run("data", "info", path("a.codata")).code, OK, "the set is still sound")
t.finish()
