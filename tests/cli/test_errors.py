"""What goes wrong around a study: one clear error, the right exit code, empty stdout, nothing half-written."""

import contextlib
import itertools
import os
import re
import resource
import signal
import subprocess
import tempfile
import time

from common import CONFIG, DATA, IO, NO_INPUT, OK, PROGRAM, USAGE, Tests, run, scratch, train
from studies import SMOKE, TINY, empty, files, no_workers, promised, read, start, tiny, trial_of, workers

MEMORY, CREATE = 71, 73
NOBODY = 65534

t = Tests()
folder = scratch("errors")


def path(name):
    return os.path.join(folder, name)


def write(name, data):
    with open(path(name), "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())
    return path(name)


def refuses(code, pattern, *args, out="none", **options):
    """`run` fails as it should and makes no folder."""
    empty(path(out))
    t.error(code, pattern, "run", *args, "--out", path(out), **options)
    t.check(not os.path.exists(path(out)), f"{pattern}: a folder is left: {files(path(out))}")


# ---- the study file ----

STUDIES = [  # what is replaced in the tiny study, by what, exit code, the error
    ("seeds = 2", "sedes = 2", CONFIG, r"/bad.cfg:4: sedes: unknown key .*did you mean \"seeds\"\?"),
    ("seeds = 2", 'seeds = "2"', CONFIG, r"/bad.cfg:4: seeds: expected an integer"),
    ("seeds = 2", "seeds = 0", CONFIG, r"/bad.cfg:4: seeds: 0 is out of range"),
    ("seeds = 2", "seeds = 99999999999", CONFIG, r"/bad.cfg:4: .*99999999999"),
    ("seeds = 2", "seeds = 1e99", CONFIG, r"/bad.cfg:4: seeds: "),
    ("evaluations = 3", "evaluations = 1", CONFIG, r"/bad.cfg:8: evaluations: 1 is out of range"),
    ("epochs = 2", "epoch = 2", CONFIG, r"/bad.cfg:10: epoch: unknown key .*did you mean \"epochs\"\?"),
    ("horizon = 32", "horizon = -1", CONFIG, r"/bad.cfg:10: horizon: -1 is out of range"),
    ('task = "pendulum"; steps = 128; }', 'task = "pendlum"; steps = 128; }', NO_INPUT,
     r"/bad.cfg:11: task: no task \"pendlum\" .*did you mean \"pendulum\""),
    ('task = "pendulum"; steps = 128; }', 'task = "no/such/task.cfg"; steps = 128; }', NO_INPUT,
     r"/bad.cfg:11: task: .*no/such/task.cfg"),
    ('domain = ( { parameter = "option.gravity"; scale = 2.0; } );', 'domain = "moon";', NO_INPUT,
     r"/bad.cfg:13: domain: no domain \"moon\""),
    ('"option.gravity"; scale = 2.0', '"option.gravty"; scale = 2.0', CONFIG,
     r"/bad.cfg:13: .*option.gravty.*did you mean \"option.gravity\"\?"),
    ('"option.gravity"; scale = 2.0', '"option.gravity"; scale = 1.0', CONFIG, r"/bad.cfg:13: domain: target \"b\" is inert"),
    ('"option.gravity"; scale = 2.0', '"body.mass"; select = "wheel*"; scale = 2.0', CONFIG, r"/bad.cfg:13: .*wheel\*"),
    ('"option.gravity"; scale = 2.0', '"body.mass"; scale = -2.0', CONFIG, r"/bad.cfg:13: "),
    ('{ name = "full"; }', '{ name = "x"; base = "ful"; }', CONFIG,
     r"/bad.cfg:14: base: unknown strategy \"ful\", did you mean \"full\"\?"),
    ('name = "tiny"', 'name = "../tiny"', CONFIG, r"/bad.cfg:3: name: \"../tiny\" is no name"),
    ('name = "tiny"', 'name = "ti ny"', CONFIG, r"/bad.cfg:3: name: \"ti ny\" is no name"),
    ("strategies", "# strategies", CONFIG, r"/bad.cfg:1: strategies: missing"),
    ("};\n", "\n", CONFIG, r"/bad.cfg:1: "),
]


def bad_studies():
    for old, new, code, pattern in STUDIES:
        text = TINY[::-1].replace(old[::-1], new[::-1], 1)[::-1] if old == "};\n" else None
        study = write("bad.cfg", text) if text else tiny(folder, old, new, "bad.cfg")
        refuses(code, pattern, study)
    lines = run("run", tiny(folder, "seeds = 2;\n  episodes = 2;", "sedes = 2;\n  episodes = 0;", "bad.cfg")).err.splitlines()
    t.equal(len(lines), 2, f"two mistakes, two lines: {lines}")
    t.check(all(re.match(r"carryover: error: .*/bad.cfg:[45]: ", line) for line in lines), f"{lines}")


def bad_files():
    refuses(NO_INPUT, r"none.cfg: cannot open", path("none.cfg"))
    refuses(CONFIG, r"empty.cfg:1: study: missing", write("empty.cfg", ""))
    refuses(CONFIG, r"bytes.cfg:1: ", write("bytes.cfg", b"\xff\xfe\x00study"))
    refuses(CONFIG, r"bytes.cfg:", write("bytes.cfg", TINY.encode().replace(b"tiny", b"t\xc3\x28ny")))
    refuses(CONFIG, r"bytes.cfg:", write("bytes.cfg", TINY.encode().replace(b"seeds", b"se\0ds")))
    refuses(IO, r"not a regular file", folder)
    refuses(CONFIG, r"deep.cfg:1: ", write("deep.cfg", "study = " + "(" * 100000))
    for edit, pattern in (("sedes=3", r"--set: sedes: unknown key"), ("targets.9.steps=1", r"targets"), ("seeds", r"seeds"),
                          ("seeds=0", r"--set: seeds: 0 is out of range"),
                          ("format=2", r"--set: format: must be 1, is 2$"),
                          ("learning.rate=-1", r"--set: learning\.rate: -1 is out of range"),
                          ("strategies.1.name=partail", r"--set: strategies\.1\.name: strategy \"partail\""),
                          ('targets.0.domain=({ scal = 2; })', r"--set: targets\.0\.domain\.0\.scal: unknown"),
                          ('strategies.1={ doc = "x"; }', r"--set: strategies\.1\.name: missing")):
        refuses(CONFIG, pattern, SMOKE, "--set", edit)
    same = tiny(folder, 'domain = ( { parameter = "option.gravity"; scale = 2.0; } );', "", "same.cfg")
    refuses(CONFIG, r"same\.cfg:12: domain: target \"b\" is inert: .*the two worlds are the same", same)


def bad_arguments():
    refuses(USAGE, r"--jobs: \"0\" is not a whole number from 1", SMOKE, "--jobs", 0)
    refuses(USAGE, r"--threads: \"x\" is not", SMOKE, "--threads", "x")
    refuses(USAGE, r"unknown option --job, did you mean --jobs\?|--job", SMOKE, "--jbos", 1)
    refuses(USAGE, r"unexpected argument", SMOKE, "more")
    t.error(USAGE, r"--out: needs the name of a folder", "run", SMOKE, "--out", "")
    t.error(USAGE, r"missing argument", "run")
    t.error(USAGE, r"run: argument 1 is empty, expected: carryover run STUDY.cfg", "run", "")
    refuses(USAGE, r"run: option --list takes no value", SMOKE, "--list=yes")
    refuses(USAGE, r"--trial: \"x\" is no trial: it begins with no kind of trial", SMOKE, "--trial", "x")


MODES = (("--list",), ("--dry-run",), ("--collect",), ("--trial", "x"))
CONTRARY = [  # options that cannot both be meant
    *((("run", SMOKE), *pair) for pair in itertools.combinations(MODES, 2)),
    (("run", SMOKE), ("--trial", "x"), ("--json",)),
    (("run", SMOKE), ("--list",), ("--force",)),
    (("replay", "hopper", "x.json"), ("--exact",), ("--tolerance", 1)),
    (("play", "x.safetensors"), ("--log", "x.json"), ("--versus", "y.safetensors")),
    (("record", "x.safetensors", "--out", "x"), ("--log", "x.json"), ("--versus", "y.safetensors")),
    *(((command,), ("-q",), ("-v",)) for command in ("doctor", "list", "run", "train", "eval", "bench")),
]


def contrary_options():
    names = {"-q": "--quiet", "-v": "--verbose"}
    for command, a, b in CONTRARY:
        for first, second in ((a, b), (b, a)):
            done = run(*command, *first, *second)
            t.equal([done.code, done.out], [USAGE, ""], f"{command} {first} {second}: {done.err}")
            for word in (names.get(first[0], first[0]), names.get(second[0], second[0])):
                t.check(word in done.err, f"{command} {first} {second} does not name {word}: {done.err}")
    refuses(USAGE, r"run: --seed and --set seed exclude each other", SMOKE, "--set", "seed=3", "--seed", 4)
    t.error(USAGE, r"check: --episodes does nothing without --policy", "check", "pendulum", "--episodes", 3)
    for option in ("--source", "--target"):
        t.error(USAGE, rf"play: {option} goes with a study's folder", "play", "x.safetensors", option, "x")
    t.error(USAGE, r"play: --domain goes with a policy", "play", folder, "--domain", "x")


# ---- policies that are given ----


def given_policies():
    policy = train(folder, "pendulum", 512, "given.safetensors", "--set", "learning.hidden=(8, 8)")
    good = read(policy)
    study = tiny(folder, "steps = 128; }", f'policy = "{policy}"; }}', "given.cfg")
    t.equal(run("run", study, "--out", path("given"), "-q").code, OK, "a policy that is whole")
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 8
    for name, data in (("flipped", bytes(flipped)), ("cut", good[:-1]), ("empty", b"")):
        write("given.safetensors", data)
        out = empty(path("damaged"))
        t.error(DATA, r"given.cfg:\d+: policy: .*/given.safetensors: ", "run", study, "--out", out)
        t.check(not os.path.exists(os.path.join(out, "results.json")), f"{name}: no results")
        t.check(not [f for f in files(out) if f.endswith("done.json") and f.startswith("trials/source")], f"{name}: no record")
    os.remove(policy)
    t.error(NO_INPUT, r"given.safetensors: cannot open", "run", study, "--out", path("damaged"))
    several = tiny(folder, "steps = 128; }", f'policy = ("{policy}", "{policy}"); }}', "several.cfg")
    t.error(NO_INPUT, r"several.cfg:\d+: policy: .*/given.safetensors: cannot open", "run", several, "--dry-run")
    train(folder, "inverted_pendulum", 512, "given.safetensors", "--set", "learning.hidden=(8, 8)")
    t.error(CONFIG, r"given.safetensors: ", "run", study, "--out", path("damaged"))
    train(folder, "pendulum", 512, "given.safetensors", "--set", "learning.hidden=(4)")
    t.error(CONFIG, r"its hidden layers are \(4\), learning.hidden says \(8, 8\)", "run", study, "--out", path("damaged"))


# ---- the folder ----


def folders():
    out = path("owned")
    study = tiny(folder)
    t.equal(run("run", study, "--out", out, "-q").code, OK, "run")
    before = promised(out)
    other = tiny(folder, 'name = "tiny"', 'name = "other"', "other.cfg")
    says = r"owned: the folder belongs to study \"tiny\", not \"other\": give another --out"
    for more in ((), ("--collect",), ("--trial", "source.a.-.-.s0")):
        t.error(CONFIG, says, "run", other, "--out", out, *more)
    t.equal(promised(out), before, "the folder is as it was")
    with open(os.path.join(out, "study.cfg"), "w", encoding="utf-8") as file:
        file.write("study = {")
    t.error(CONFIG, r"the folder's own study cannot be read", "run", study, "--out", out)


def two_at_once():
    out = path("busy")
    study = tiny(folder, "steps = 128; }", "steps = 100000000; }", "long.cfg")
    process = start("run", study, "--out", out, "--jobs", 1)
    while not workers(out):
        time.sleep(0.01)
    t.error(CREATE, r"busy/lock: is in use by another carryover", "run", study, "--out", out)
    (worker,) = workers(out)
    trial = trial_of(worker, out)
    while b"step 0" not in read(out, "trials", trial, "log.txt"):  # by then it holds the lock
        time.sleep(0.01)
    t.error(CREATE, r"is in use by another carryover", "run", study, "--out", out, "--trial", trial)
    t.equal(workers(out), [worker], "the first run goes on")
    process.kill()
    process.communicate()
    t.check(no_workers(out), "no worker is left")


def replaced_study():
    """Somebody writes another study.cfg during a run, which goes on with what it has read; the next call says what it found."""
    out = path("replaced")
    study = tiny(folder, "steps = 128; if_not_live", "steps = 400000; if_not_live")
    process = start("run", study, "--out", out, "--jobs", 1, "--set", "seeds=1")
    while not workers(out):
        time.sleep(0.01)
    other = read(tiny(folder, 'name = "tiny"', 'name = "other"', "other.cfg"))
    os.replace(write("replaced/other.cfg", other), os.path.join(out, "study.cfg"))
    for worker in workers(out):
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
            os.kill(worker, signal.SIGKILL)
    _, says = process.communicate(timeout=60)
    t.equal(process.returncode, OK, f"a replaced study.cfg: {says}")
    t.error(CONFIG, r"the folder belongs to study \"other\", not \"tiny\"", "run", study, "--out", out, "--set", "seeds=1")


def limited(*args, size=6000):
    """Runs where no file may grow beyond a size: a write fails in the middle, like on a full disk."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run([PROGRAM, *map(str, args)], capture_output=True, text=True, preexec_fn=limit, check=False)


def no_half_files(out, text):
    """What failed took its temporary file away (a second worker, ended in the middle, could not)."""
    t.check(not [name for name in files(out) if ".tmp." in name], f"{text}: temporary files {files(out)}")
    t.check(not os.path.exists(os.path.join(out, "results.json")), f"{text}: no results")


def full_disk():
    study, want = tiny(folder), path("disk_want")
    t.equal(run("run", study, "--out", want, "-q").code, OK, "run")
    for size in (100, 2000, 6000):
        out = empty(path("disk"))
        done = limited("run", study, "--out", out, "--jobs", 1, size=size)
        t.equal([done.returncode, done.stdout], [IO, ""], f"files of {size} bytes at most: {done.stderr}")
        t.check("cannot write: File too large" in done.stderr, f"{size}: {done.stderr}")
        t.equal(sum("error" in line for line in done.stderr.splitlines()), 1, f"{size}: one error: {done.stderr}")
        no_half_files(out, f"{size} bytes")
        t.equal(run("run", study, "--out", out, "-q").code, OK, "a call with space")
        t.equal(promised(out), promised(want), f"{size}: the same bytes then")


def lost_log():
    """What a worker says reaches the caller though the trial's log takes nothing."""
    out = path("lost_log")
    trial = os.path.join(out, "trials", "source.a.-.-.s0")
    os.makedirs(os.path.join(trial, "done.json", "in the way"))
    os.symlink("/dev/full", os.path.join(trial, "log.txt"))
    says = r"trial source.a.-.-.s0 cannot go on: \S+/source.a.-.-.s0/done.json: cannot create: not a regular file"
    t.error(CREATE, says, "run", tiny(folder), "--out", out, "--jobs", 1)


def full_file_system():
    """The same on a file system of its own, where the system allows to mount one."""
    place = empty(path("small"))
    os.makedirs(place)
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True, check=False)
    if mount.returncode != 0:
        return
    try:
        out = os.path.join(place, "study")
        # the trial's log is full as well, so its sentence comes another way
        says = r"trial \S+ cannot go on: \S+/study/trials/\S+: .*No space left on device"
        t.error(IO, says, "run", tiny(folder), "--out", out, "--jobs", 1)
        no_half_files(out, "full file system")
        mount = subprocess.run(["mount", "-o", "remount,size=8m", place], capture_output=True, check=False)
        t.equal(run("run", tiny(folder), "--out", out, "-q").code, OK, "a call with space")
    finally:
        subprocess.run(["umount", place], check=False)


def no_permission():
    study = tiny(folder)
    file = write("a_file", "x")
    for more in ((), ("--trial", "source.a.-.-.s0")):
        t.error(CREATE, r"a_file.*: cannot create the folder", "run", study, "--out", os.path.join(file, "study"), *more)
    t.error(NO_INPUT, r"nothing to collect", "run", study, "--out", os.path.join(file, "study"), "--collect")
    t.equal(read(file), b"x", "the file is as it was")
    as_nobody(study)


def as_nobody(study):
    """A folder without write permission; root has to become somebody else to see one."""
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755 if os.geteuid() == 0 else 0o555)
        options = {"user": NOBODY} if os.geteuid() == 0 else {}
        options |= {"capture_output": True, "text": True, "check": False}
        try:
            if subprocess.run([PROGRAM, "run", study, "--list"], **options).returncode != OK:
                return  # nobody can't read the files it needs
        except OSError:  # nor start the program
            return
        done = subprocess.run([PROGRAM, "run", study, "--out", os.path.join(place, "study")], **options)
        t.equal([done.returncode, done.stdout], [CREATE, ""], f"no permission: {done.stderr}")
        t.check("/study: cannot create the folder: Permission denied" in done.stderr, f"no permission: {done.stderr}")
        t.equal(os.listdir(place), [], "nothing is made")


# ---- what the caller's shell and the system withhold ----


def closed_files():
    """Standard files that are closed: what the program opens must not take their place."""
    study, want = tiny(folder), path("closed_want")
    t.equal(run("run", study, "--out", want, "-q").code, OK, "run")
    for closed in ((0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)):
        out = empty(path("closed"))
        shell = " ".join(f"{fd}>&-" for fd in closed)
        done = subprocess.run(["sh", "-c", f'exec "$0" "$@" {shell}', PROGRAM, "run", study, "--out", out, "--json"],
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        t.equal(done.returncode, IO if 1 in closed else OK, f"{shell}: exit code")
        t.equal(done.stdout, b"" if 1 in closed else read(want, "results.json"), f"{shell}: stdout")
        t.equal(promised(out), promised(want), f"{shell}: the same bytes")
        logs = [name for name in files(want) if name.endswith(("lock", "log.txt"))]
        t.equal([read(out, name) for name in logs], [read(want, name) for name in logs], f"{shell}: logs and locks")


def little_memory():
    """An address space that ends somewhere: no crash, and never taken for a bad file or a failed training."""

    def with_memory(mega, *args):
        limit = mega << 20
        return subprocess.run([PROGRAM, *args], capture_output=True, text=True, check=False,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))

    if with_memory(2048, "--version").returncode != OK:
        return  # a sanitizer wants all there is
    out, codes = path("memory.safetensors"), set()
    for mega in range(30, 400, 12):
        done = with_memory(mega, "train", "inverted_pendulum", "--steps", "2048", "--threads", "1", "--out", out, "-q")
        if done.returncode == 127:
            continue  # not even the loader had enough
        codes.add(done.returncode)
        t.check(done.returncode in (OK, MEMORY), f"{mega} MB: exit code {done.returncode}: {done.stderr}")
        t.equal(os.path.exists(out), done.returncode == OK, f"{mega} MB: a policy if and only if it trained")
        t.check(done.returncode == OK or "carryover: error: " in done.stderr, f"{mega} MB: {done.stderr!r}")
        if os.path.exists(out):
            os.remove(out)
    t.check(MEMORY in codes, f"memory never was too little: {codes}")


# ---- report ----


def reports():
    out = path("reported")
    t.equal(run("run", tiny(folder), "--out", out, "-q").code, OK, "run")
    page = read(out, "report.html")
    os.remove(os.path.join(out, "report.html"))
    done = run("report", out)
    t.equal([done.code, done.out, done.err], [OK, f"{out}/report.html\n", ""], "report")
    t.equal(read(out, "report.html"), page, "the same page again")
    t.equal(t.json("report", out).get("report"), f"{out}/report.html", "report --json")
    t.error(NO_INPUT, r"results.json: cannot open", "report", path("nowhere"))
    figures, tables = path("figures"), path("tables.tex")
    written = t.json("report", out, "--figures", figures, "--latex", tables)["files"]
    t.check(written[0] == f"{out}/report.html" and written[-1] == path("tables.bib"), f"files: {written}")
    t.check(all(os.path.getsize(file) > 0 for file in written) and len(written) > 6, f"files are there: {written}")
    t.error(USAGE, r"--latex: the references lie in .*\.bib", "report", out, "--latex", path("tables.bib"))
    results = os.path.join(out, "results.json")
    for data in (b"", b"{", b"\xff", read(results)[:-50]):
        write("reported/results.json", data)
        t.error(DATA, r"results.json:\d+: |results.json: ", "report", out)
    for data in (b"[]", b"{}", b'{"strategies": 7, "curves": "x", "targets": [null], "final": [{}]}'):
        write("reported/results.json", data)
        done = run("report", out)
        t.check(done.code in (OK, DATA), f"report of {data}: exit {done.code}, {done.err}")


bad_studies()
bad_files()
bad_arguments()
contrary_options()
given_policies()
folders()
two_at_once()
replaced_study()
full_disk()
lost_log()
full_file_system()
no_permission()
closed_files()
little_memory()
reports()
t.finish()
