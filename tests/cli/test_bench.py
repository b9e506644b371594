"""carryover bench: fields, determinism, statistics against a twin written here, errors."""

import json
import os
import shutil
import statistics
import subprocess

from common import CONFIG, DATA, HEAD, NO_INPUT, OK, PROGRAM, USAGE, Tests, reference, run, scratch

BENCH = HEAD | {"bench", "machine", "repeats", "value", "best", "unit", "runs", "limit", "limit_name", "ratio"}
MACHINE = {"cpu", "cores", "isa", "threads", "blas", "blas_core", "mujoco", "build", "libc",
           "load_before", "load_after"}
ENV = BENCH | {"task", "domain", "bare", "envs", "visit", "substeps", "physics_steps_per_s", "cpu_us", "limit_cpu_us",
               "bytes_per_env", "resets", "faults", "obs_hash"}
PPO = BENCH | {"task", "envs", "horizon", "hidden", "epochs", "minibatch", "steps", "seed", "env_steps", "wall_s",
               "cpu_s", "share", "allocations", "final_return", "params_hash", "set", "return"}
SAC = BENCH | {"task", "envs", "hidden", "batch", "updates_per_step", "steps", "seed", "env_steps", "gradient_steps",
               "wall_s", "cpu_s", "updates_per_s", "env_steps_per_s", "gflop_per_update", "allocations", "final_return",
               "params_hash", "set", "return", "phases"}
PHASES = ["env", "acting", "gather", "targets", "critics", "actor", "steps", "waiting", "other"]
NN = BENCH | {"case", "shape", "rows", "us", "gflops", "openblas_us", "max_error"}
NN_ALL = BENCH | {"rows", "max_error"}
NN_ROW = {"case", "shape", "rows", "us", "openblas_us", "ratio", "of_peak"}
REACH = BENCH | {"task", "metric", "threshold", "every", "episodes", "steps", "envs", "horizon", "hidden", "epochs",
                 "minibatch", "set", "wall_s", "seeds"}
REACH_SEED = {"seed", "reached", "env_steps", "wall_s", "evaluation_s", "value"}
RETURN = {"episodes", "mean", "std", "iqm", "lo", "hi"}
STATS = BENCH | {"reps", "seeds", "tasks", "wall_s", "iqm_wall_s", "point", "interval"}
SCORES = {"mean", "median", "iqm", "optimality_gap", "p_improvement"}
SHORT = ("--repeat", 3, "--seconds", 0.05)

t = Tests()
folder = scratch("bench")


def common(found, keys, kind, limit):
    t.keys(found, keys, kind)
    t.keys(found["machine"], MACHINE, f"{kind}: machine")
    t.equal([found["bench"], found["repeats"], len(found["runs"])], [kind, 3, 3], kind)
    t.equal(found["value"], statistics.median(found["runs"]), f"{kind}: median")
    t.equal(found["best"], max(found["runs"]), f"{kind}: best")
    t.equal(found["limit_name"], limit, f"{kind}: limit")
    t.equal(found["ratio"] is None, limit is None, f"{kind}: ratio")
    t.check(found["machine"]["cores"] >= 1 and found["machine"]["mujoco"].startswith("4."), f"{kind}: machine")


def env():
    found = t.json("bench", "env", "--task", "hopper", "--envs", 4, *SHORT)
    common(found, ENV, "env", "bare stepping")
    t.equal([found["task"], found["envs"], found["substeps"], found["faults"]], ["hopper", 4, 4, 0], "env")
    t.check(abs(found["physics_steps_per_s"] - 4 * found["value"]) < 1e-6 * found["value"], "physics steps")
    t.check(found["resets"] > 0 and found["bytes_per_env"] > 1000, "a hopper falls; memory")
    t.check(found["cpu_us"] > 0 and found["limit_cpu_us"] > 0, "processor time of a step")
    other = t.json("bench", "env", "--task", "hopper", "--envs", 4, "--threads", 1, "--visit", 1, *SHORT)
    t.equal(other["visit"], 1, "steps per visit")
    t.equal(other["obs_hash"], found["obs_hash"], "observations do not depend on threads and visits")
    heavy = t.json("bench", "env", "--task", "hopper", "--envs", 4, "--domain",
                   '{ parameter = "option.gravity"; scale = 1.5; }', *SHORT)
    t.check(heavy["obs_hash"] != found["obs_hash"], "another domain, other observations")
    bare = t.json("bench", "env", "--task", "hopper", "--bare", *SHORT)
    common(bare, ENV, "env", "bare stepping")
    t.equal([bare["bare"], bare["obs_hash"]], [True, None], "bare")


def reach():
    args = ("bench", "reach", "--task", "pendulum", "--metric", "return", "--envs", 4, "--horizon", 32, "--hidden", "8,8",
            "--minibatch", 64, "--steps", 512, "--every", 256, "--episodes", 2, *SHORT)
    found = t.json(*args, "--value", -5000)
    common(found, REACH, "reach", "bare stepping")
    for i, seed in enumerate(found["seeds"]):
        t.keys(seed, REACH_SEED, "reach: seed")
        t.equal([seed["seed"], seed["reached"], seed["env_steps"]], [1 + i, True, 128], "the first evaluation is enough")
    t.equal(found["wall_s"], statistics.median(seed["wall_s"] for seed in found["seeds"]), "median wait")
    t.equal([found["metric"], found["threshold"], found["hidden"]], ["return", -5000, [8, 8]], "settings")
    never = t.json(*args, "--value", 0)
    t.equal([(seed["reached"], seed["env_steps"]) for seed in never["seeds"]], 3 * [(False, 512)], "no return of 0")
    t.equal(never["wall_s"], None, "no median of forever")
    other = t.json(*args, "--value", 0, "--threads", 1)
    t.equal([seed["value"] for seed in other["seeds"]], [seed["value"] for seed in never["seeds"]], "threads")
    t.error(CONFIG, "pendulum has no tracking", "bench", "reach", "--task", "pendulum", "--seconds", 0.01)
    t.error(USAGE, '"speed" is none of tracking, vx, return', "bench", "reach", "--metric", "speed")


def ppo():
    args = ("bench", "ppo", "--task", "pendulum", "--envs", 4, "--horizon", 64, "--hidden", "16,16", "--epochs", 2,
            "--minibatch", 32, "--steps", 2048, *SHORT)
    found = t.json(*args)
    common(found, PPO, "ppo", "bare stepping")
    t.keys(found["share"], {"physics", "inference", "update", "other"}, "share")
    t.check(abs(sum(found["share"].values()) - 1) < 0.2, f"shares of the wall time: {found['share']}")
    t.equal([found["hidden"], found["steps"], found["minibatch"]], [[16, 16], 2048, 32], "settings")
    t.check(found["env_steps"] >= 2048 and found["wall_s"] > 0 and found["cpu_s"] > 0, "cost")
    t.equal(found["allocations"], 0, "a training loop allocates nothing")
    t.check(found["final_return"] < 0, "return of a pendulum")
    t.equal(found["set"], [], "no edits")
    returns(found, 20)
    few = t.json(*args, "--episodes", 3)
    t.equal(few["params_hash"], found["params_hash"], "the evaluation changes no training")
    returns(few, 3)
    for threads in (1, 3):
        other = t.json(*args, "--threads", threads)
        t.equal(other["params_hash"], found["params_hash"], f"{threads} threads, the same parameters")
    other = t.json(*args, "--seed", 2)
    t.check(other["params_hash"] != found["params_hash"], "another seed, other parameters")


def returns(found, episodes):
    """What the trained policy reaches is that of eval: a mean below 0 of a pendulum, in its interval."""
    t.keys(found["return"], RETURN, "return")
    t.equal(found["return"]["episodes"], episodes, "return: episodes")
    t.check(found["return"]["lo"] <= found["return"]["iqm"] <= found["return"]["hi"] < 0, f"return: {found['return']}")
    t.check(-2000 < found["return"]["mean"] < 0 < found["return"]["std"], f"return: {found['return']}")


def same_return():
    """A bench trains what train trains, and evaluates it as train does."""
    path = os.path.join(folder, "policy.safetensors")
    edits = ("--set", "learning.gamma=0.9", "--set", "learning.hidden=(8, 8)", "--set", "horizon=60")
    done = t.json("train", "pendulum", "--steps", 2048, "--evaluations", 2, "--out", path, "-q", *edits)
    found = t.json("bench", "ppo", "--task", "pendulum", "--steps", 2048, "--repeat", 1, "--seconds", 0.05, *edits)
    t.equal(found["set"], ["learning.gamma=0.9", "learning.hidden=(8, 8)", "horizon=60"], "edits")
    t.equal(found["hidden"], [8, 8], "an edit of what an option says too")
    returns(found, 20)
    final = done["evaluations"][-1]
    t.equal([final["return_mean"], final["return_std"]], [found["return"]["mean"], found["return"]["std"]],
            "return of bench and of train")


def settings():
    """--set learning.X is what the option of the same setting is, and edits what has none."""
    args = ("bench", "sac", "--task", "pendulum", "--hidden", "16,16", "--steps", 200, "--repeat", 1, "--seconds", 0.05)
    want = t.json(*args, "--batch", 32)
    found = t.json(*args, "--set", "learning.batch=32")
    t.equal([found["batch"], found["hidden"], found["params_hash"]], [32, [16, 16], want["params_hash"]], "edited batch")
    found = t.json(*args, "--batch", 32, "--set", "learning.gamma=0.5")
    t.check(found["params_hash"] != want["params_hash"], "edited gamma")
    lines = run(*args, "--batch", 32).out
    t.check("return.mean" in lines, "text: return")
    for kind in ("ppo", "sac"):
        t.error(CONFIG, f"--set: learning.gama: unknown key of {kind}, .* did you mean \"gamma\"", "bench", kind,
                "--set", "learning.gama=0.9")
        t.error(CONFIG, r"--set: learning.gamma: 2 is out of range", "bench", kind, "--set", "learning.gamma=2")
        t.error(CONFIG, r"--set: horizn: unknown key of task", "bench", kind, "--set", "horizn=3")
    t.error(CONFIG, r"--set: learning.horizon: envs x horizon", "bench", "ppo", "--envs", 4096, "--set",
            "learning.horizon=60000")


def sac():
    args = ("bench", "sac", "--task", "pendulum", "--hidden", "16,16", "--batch", 32, "--steps", 400, *SHORT)
    found = t.json(*args)
    common(found, SAC, "sac", "multiply-add peak of all threads")
    t.equal([found["hidden"], found["batch"], found["updates_per_step"]], [[16, 16], 32, 1], "sac: settings")
    t.equal([found["env_steps"], found["gradient_steps"]], [400, 361], "sac: a tenth of the steps goes before")
    t.equal(found["allocations"], 0, "sac: a training loop allocates nothing")
    returns(found, 20)
    t.check(found["updates_per_s"] > 0 and found["env_steps_per_s"] > 0 and found["gflop_per_update"] > 0, "sac: cost")
    t.equal(found["phases"], None, "sac: phases are not timed unless asked for")
    timed = t.json(*args, "--phases")
    t.equal(timed["params_hash"], found["params_hash"], "sac: phases change no training")
    t.equal([phase["name"] for phase in timed["phases"]], PHASES, "sac: phases")
    t.check(abs(sum(phase["share"] for phase in timed["phases"]) - 1) < 1e-6, f"sac: shares {timed['phases']}")
    t.check(all(phase["s"] >= 0 for phase in timed["phases"]), f"sac: seconds {timed['phases']}")
    t.check(0 < sum(phase["s"] for phase in timed["phases"]) <= timed["wall_s"], "sac: seconds of the training")
    for threads in (1, 3):
        other = t.json(*args, "--threads", threads)
        t.equal(other["params_hash"], found["params_hash"], f"sac: {threads} threads, the same parameters")


def nn():
    for case, rows in (("latency", 1), ("forward", 256), ("update", 256)):
        found = t.json("bench", "nn", "--case", case, "--repeat", 3, "--seconds", 0.02)
        common(found, NN, "nn", "multiply-add peak of one core")
        t.equal([found["case"], found["shape"], found["rows"]], [case, [17, 64, 64, 6], rows], "nn: settings")
        t.check(found["us"] > 0 and found["gflops"] == found["value"], "nn: time")
        t.check(0 < found["max_error"] < 1e-5, f"nn {case}: error {found['max_error']} against double")
        t.check(found["ratio"] < 1.1, f"nn {case}: {found['ratio']} of what the processor can do")
        # the opponent is optional; where it is, it is named
        t.equal(found["openblas_us"] is None, found["machine"]["blas"] is None, "nn: OpenBLAS")
    for case in ("backward", "gradient"):
        found = t.json("bench", "nn", "--case", case, "--shape", "13,70", "--rows", 5, "--repeat", 1, "--seconds", 0.02)
        t.check(0 < found["max_error"] < 1e-5, f"nn {case}: error {found['max_error']} against double")
        t.check(abs(found["gflops"] * found["us"] * 1e3 / (2 * 5 * 13 * 70) - 1) < 1e-9, f"nn {case}: operations")
    for case, gates in (("lstm", 4), ("gru", 3)):
        found = t.json("bench", "nn", "--case", case, "--shape", "5,33", "--rows", 3, "--repeat", 1, "--seconds", 0.02)
        t.check(0 < found["max_error"] < 1e-5, f"nn {case}: error {found['max_error']} against double")
        step = 2 * gates * 33 * (5 + 33) + 2 * gates * 33 * (5 + 2 * 33)
        t.check(abs(found["gflops"] * found["us"] * 1e3 / (32 * 3 * step) - 1) < 1e-9, f"nn {case}: operations")
    flop = 2 * 33 * (5 * 33 + 33 * 70 + 70 * 3)
    found = t.json("bench", "nn", "--shape", "5,33,70,3", "--rows", 33, "--repeat", 1, "--seconds", 0.02)
    t.check(abs(found["gflops"] * found["us"] * 1e3 / flop - 1) < 1e-9, "nn: operations of odd sizes")
    done = run("bench", "nn", "--repeat", 1, "--seconds", 0.02, "--json", env={"OPENBLAS_CORETYPE": "Prescott"})
    t.check(json.loads(done.out)["machine"]["blas_core"] != "Prescott", "nn: OpenBLAS chooses its core itself")


def nn_all():
    layers, networks = [[64, 64], [256, 256], [512, 512]], [[17, 64, 64, 6], [23, 256, 256, 1], [111, 256, 256, 8]]
    want = [(case, shape, rows) for shapes, cases in ((layers, ("forward", "backward", "gradient")),
                                                      (networks, ("forward", "update")))
            for shape in shapes for case in cases for rows in (1, 32, 64, 256)]
    want += [(case, shape, rows) for shape in ([17, 64], [23, 256]) for case in ("lstm", "gru") for rows in (1, 8, 32)]
    found = t.json("bench", "nn", "--all", "--repeat", 3, "--seconds", 0.01)
    common(found, NN_ALL, "nn", "multiply-add peak of one core")
    t.equal([(row["case"], row["shape"], row["rows"]) for row in found["rows"]], want, "nn --all: rows")
    t.check(0 < found["max_error"] < 1e-5, f"nn --all: error {found['max_error']} against double")
    for row in found["rows"]:
        label = f"nn --all: {row['case']} {row['shape']} {row['rows']}"
        t.keys(row, NN_ROW, label)
        t.check(row["us"] > 0 and row["of_peak"] > 0, f"{label}: time")
        t.equal([row["openblas_us"] is None, row["ratio"] is None], [found["machine"]["blas"] is None] * 2, label)
        if row["case"] in ("forward", "backward", "gradient") and len(row["shape"]) == 2:
            flop = 2 * row["rows"] * row["shape"][0] * row["shape"][1]
            peak = flop / row["us"] / row["of_peak"] * 1e-3  # a median of each
            t.check(0.3 < peak / found["limit"] < 3, f"{label}: {row['of_peak']} of the peak")
    lines = run("bench", "nn", "--all", "--repeat", 1, "--seconds", 0.01).out.splitlines()
    head = lines.index("  rows") + 1
    t.equal(lines[head].split(), ["case", "shape", "rows", "us", "openblas_us", "ratio", "of_peak"], "nn --all: head")
    t.equal([tuple(line.split()[:3]) for line in lines[head + 1:head + 1 + len(want)]],
            [(case, ",".join(map(str, shape)), str(rows)) for case, shape, rows in want], "nn --all: table")
    t.equal(len({len(line) for line in lines[head:head + 1 + len(want)]}), 1, "nn --all: columns")


def lacks(level):
    """Whether this processor has no such kernels; the flags are those of /proc/cpuinfo."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        flags = next((line.split() for line in file if line.startswith("flags")), [])
    return {"scalar": False, "v3": not {"avx2", "fma"} <= set(flags), "v4": "avx512bw" not in flags}[level]


def isa():
    """Every level learns the same numbers, and OpenBLAS is told to stand at that level too."""
    ppo = ("bench", "ppo", "--task", "pendulum", "--horizon", 64, "--steps", 512, "--repeat", 1, "--seconds", 0.05)
    want = t.json(*ppo)
    for level, name, core in (("scalar", "scalar", "Prescott"), ("v3", "x86-64-v3", "Haswell"),
                              ("v4", "x86-64-v4", "SkylakeX")):
        if lacks(level):
            t.error(USAGE, f"--isa: this processor lacks instructions of {name}", "bench", "nn", "--isa", level)
            continue
        found = t.json(*ppo, "--isa", level)
        t.equal([found["machine"]["isa"], found["params_hash"]], [name, want["params_hash"]], f"--isa {level}: ppo")
        machine = t.json("bench", "nn", "--repeat", 1, "--seconds", 0.02, "--isa", level)["machine"]
        t.equal(machine["isa"], name, f"--isa {level}: nn")
        if "DYNAMIC_ARCH" in (machine["blas"] or ""):
            t.equal(machine["blas_core"], core, f"--isa {level}: OpenBLAS")
    if shutil.which("valgrind") and not os.environ.get("CARRYOVER_TEST_SANITIZE"):  # its processor has no AVX-512
        done = subprocess.run(["valgrind", PROGRAM, "bench", "nn", "--isa", "v4"], capture_output=True, text=True,
                              timeout=500, check=False)
        t.equal([done.returncode, done.stdout], [USAGE, ""], "--isa that the processor lacks: exit code and output")
        t.check("carryover: error: --isa: this processor lacks instructions of x86-64-v4\n" in done.stderr,
                f"--isa that the processor lacks: {done.stderr}")


def optimality_gap(table):
    return 1 - statistics.mean(min(score, 1) for row in table for score in row)


def trimmed_mean(table):
    scores = sorted(score for row in table for score in row)
    cut = len(scores) // 4
    return statistics.mean(scores[cut:len(scores) - cut])


def improvement(x, y):
    wins = []
    for task in range(len(x[0])):
        pairs = [(a[task], b[task]) for a in x for b in y]
        wins.append(statistics.mean((a > b) + 0.5 * (a == b) for a, b in pairs))
    return statistics.mean(wins)


def stats():
    x = [[0.5, 1.25, 0.0], [0.75, 1.0, 0.5], [0.25, 0.875, 0.125], [1.0, 1.5, 0.25]]
    y = [[0.5, 0.75, 0.0], [0.5, 1.0, 0.25]]
    path = os.path.join(folder, "scores.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"X": x, "Y": y}, file)
    found = t.json("bench", "stats", "--data", path, "--reps", 500, "--repeat", 3)
    common(found, STATS, "stats", None)
    t.keys(found["point"], SCORES, "point")
    t.keys(found["interval"], SCORES, "interval")
    means = [statistics.mean(column) for column in zip(*x)]
    want = {"mean": statistics.mean(means), "median": statistics.median(means), "iqm": trimmed_mean(x),
            "optimality_gap": optimality_gap(x), "p_improvement": improvement(x, y)}
    for name, value in want.items():
        t.check(abs(found["point"][name] - value) < 1e-12, f"{name}: {found['point'][name]} is not {value}")
        lo, hi = found["interval"][name]
        t.check(lo <= value <= hi and lo < hi, f"{name}: interval {lo} to {hi}")
    again = t.json("bench", "stats", "--data", path, "--reps", 500, "--repeat", 1, "--threads", 3)
    t.equal(again["interval"], found["interval"], "intervals do not depend on threads")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"X": x}, file)
    alone = t.json("bench", "stats", "--data", path, "--reps", 100, "--repeat", 1)
    t.equal([alone["point"]["p_improvement"], alone["interval"]["p_improvement"]], [None, [None, None]], "without Y")
    example = t.json("bench", "stats", "--reps", 200, "--repeat", 1)
    t.equal([example["seeds"], example["tasks"]], [10, 20], "the example of its own")


def golden():
    path = reference("golden", "stats", "rliable.json")
    if not path:
        return
    with open(path, encoding="utf-8") as file:
        want = json.load(file)
    found = t.json("bench", "stats", "--data", path, "--repeat", 1)
    columns = want["ci"]["columns"]
    for name in columns:
        t.check(abs(found["point"][name] - want["point"]["X"][name]) < 1e-9, f"rliable's {name}")
    t.check(abs(found["point"]["p_improvement"] - want["point"]["P(X>Y)"]) < 1e-9, "rliable's P(X > Y)")
    bounds = want["ci"]["50000"]["X"]["per_seed"][0]  # one bootstrap seed: its bounds move by 6e-4
    for k, name in enumerate(columns):
        for side in (0, 1):
            t.check(abs(found["interval"][name][side] - bounds[side][k]) < 1.2e-3, f"rliable's interval of {name}")


def write(text):
    path = os.path.join(folder, "bad.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def errors():
    table = [
        (USAGE, r"expected: carryover bench env\|ppo\|sac\|stats\|nn\|learn", []),
        (USAGE, r"did you mean \"stats\"", ["stat"]),
        (USAGE, r"bench env: takes no --reps", ["env", "--reps", 3]),
        (USAGE, r"bench stats: takes no --envs", ["stats", "--envs", 3]),
        (USAGE, r"--isa: \"v5\" is none of v4, v3, scalar", ["stats", "--isa", "v5"]),
        (USAGE, r"--repeat: \"0\"", ["env", "--repeat", 0]),
        (USAGE, r"--seconds: \"nan\"", ["env", "--seconds", "nan"]),
        (USAGE, r"--hidden: \"64,\"", ["ppo", "--hidden", "64,"]),
        (USAGE, r"--hidden: ", ["ppo", "--hidden", ",".join(65 * "4")]),
        (USAGE, r"--hidden: ", ["ppo", "--hidden", "0000000000000064"]),  # 6 where it is cut
        (USAGE, r"--case: \"train\" is none of", ["nn", "--case", "train"]),
        (USAGE, r"--case: backward is of one layer", ["nn", "--case", "backward"]),
        (USAGE, r"--rows: .*2048", ["nn", "--case", "lstm", "--rows", "2049"]),
        (USAGE, r"--case: gru is of one layer", ["nn", "--case", "gru", "--shape", "17,64,6"]),
        (USAGE, r"--all and --rows exclude each other", ["nn", "--all", "--rows", 3]),
        (USAGE, r"bench ppo: takes no --all", ["ppo", "--all"]),
        (USAGE, r"bench ppo: takes no --phases", ["ppo", "--phases"]),
        (USAGE, r"--shape: ", ["nn", "--shape", "17"]),
        (USAGE, r"--shape: ", ["nn", "--shape", "17,0,6"]),
        (USAGE, r"--shape: ", ["nn", "--shape", ",".join(67 * "1")]),
        (USAGE, r"--rows: ", ["nn", "--rows", 0]),
        (USAGE, r"bench nn: takes no --task", ["nn", "--task", "hopper"]),
        (NO_INPUT, r"did you mean \"hopper\"", ["ppo", "--task", "hoper"]),
        (NO_INPUT, r"nothing.json: cannot open", ["stats", "--data", os.path.join(folder, "nothing.json")]),
    ]
    for code, pattern, args in table:
        t.error(code, pattern, "bench", *args)
    for pattern, text in ((r"bad.json:1: ", "{"), (r"bad.json: X: ", "{}"), (r"bad.json: X: ", '{"X": []}'),
                          (r"bad.json: X.1: ", '{"X": [[1, 2], [3]]}'), (r"bad.json: X.0.1: ", '{"X": [[1, null]]}'),
                          (r"bad.json: Y: 1 tasks", '{"X": [[1, 2]], "Y": [[1]]}')):
        t.error(DATA, pattern, "bench", "stats", "--data", write(text))
    t.full_disk("bench", "stats", "--reps", 10, "--repeat", 1)
    t.full_disk("bench", "stats", "--reps", 10, "--repeat", 1, "--json")


def text():
    done = run("bench", "env", "--task", "pendulum", *SHORT)
    t.equal(done.code, OK, "text: exit code")
    for word in ("median of 3", "of bare stepping", "obs_hash", "isa"):
        t.check(word in done.out, f"text tells {word}")


for test in (env, ppo, reach, same_return, sac, settings, nn, nn_all, isa, stats, golden, errors, text):
    test()
t.finish()
