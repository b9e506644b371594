"""carryover run: film strips and replays in media/ and in the report, made while trainings run; without OpenGL there are
replays only, and it says so once."""

import os
import re
import signal
import time

from common import OK, Tests, run, scratch
from studies import start, workers
from trainings import INTERRUPTED

STUDY = """
study = {
  format = 1; name = "films"; seeds = 2; episodes = 1; final_episodes = 2; random_episodes = 2; evaluations = 2;
  bootstrap = 100;
  sources = ( { name = "earth"; task = "pendulum"; steps = 2048; } );
  targets = ( { name = "heavy"; task = "pendulum"; domain = ( { parameter = "option.gravity"; scale = 1.5; } );
                steps = 2048; if_not_live = "run"; } );
  strategies = ( { name = "scratch"; }, { name = "full"; } );
};
"""
NAMES = ["earth_to_heavy.full.png", "earth_to_heavy.zero_shot.png", "heavy.scratch.png"]
PAGES = [name.replace(".png", ".html") for name in NAMES]
ALL = sorted(NAMES + PAGES)

t = Tests()
folder = scratch("films")
study = os.path.join(folder, "study.cfg")
with open(study, "w", encoding="utf-8") as file:
    file.write(STUDY)


def media(out):
    path = os.path.join(out, "media")
    return sorted(os.listdir(path)) if os.path.isdir(path) else None


def read(out, name):
    with open(os.path.join(out, name), "rb") as file:
        return file.read()


def framed(report):
    """Each replay is in the report, as the document of a frame, and no script is outside of one."""
    frames = re.findall(rb'<iframe sandbox="allow-scripts" [^>]*srcdoc="([^"]*)"', report)
    t.equal(len(frames), 3, "replays in the report")
    t.check(all(b"&lt;script" in frame for frame in frames) and b"<script" not in report, "scripts in frames only")
    t.check(b"&lt;title&gt;full in earth | full in heavy&lt;/title&gt;" in report, "who is seen in which worlds")


def strips(out):
    done = run("run", study, "--out", out)
    t.equal(done.code, OK, done.err)
    t.equal(media(out), ALL, "a strip and a replay for every strategy, of the first seed")
    for name in NAMES:
        data = read(out, os.path.join("media", name))
        width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
        t.equal([width, height], [1412, 150 if "scratch" in name else 302], name)
    report = read(out, "report.html")
    t.equal(report.count(b'<figure class="wide"><img'), 3, "strips in the report")
    t.check(b"earth to heavy, full" in report, "caption")
    framed(report)


def again(out):
    """They are made when they are missing or older than their policy, and are the same."""
    before = {name: read(out, os.path.join("media", name)) for name in ALL}
    path = [os.path.join(out, "media", name) for name in NAMES]
    os.remove(path[0])
    os.remove(path[0].replace(".png", ".html"))
    old = os.stat(path[1]).st_mtime_ns
    os.utime(path[2], (1, 1))
    done = run("run", study, "--out", out, "--collect")
    t.equal(done.code, OK, f"once more: {done.err}")
    t.equal({name: read(out, os.path.join("media", name)) for name in ALL}, before, "the same pictures and replays")
    t.equal(os.stat(path[1]).st_mtime_ns, old, "what is there stays")
    t.check(os.stat(path[2]).st_mtime_ns > 10**9, "what is old is made again")


def wait_for(what, process):
    """Whether it comes true while the process lives; pictures wait for processors that nobody else wants."""
    end = time.monotonic() + 240
    while not what() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    return process.poll() is None and what()


def beside(out):
    """A training is held until the strip of an earlier trial is there; what ends the run leaves no part of another."""
    long = os.path.join(folder, "long.cfg")
    with open(long, "w", encoding="utf-8") as to:
        to.write(STUDY.replace("steps = 2048; if_not_live", "steps = 1000000; if_not_live"))
    process = start("run", long, "--out", out, "--jobs", 1)
    training = "transfer.-.heavy.scratch.s0"
    t.check(wait_for(lambda: workers(out, training), process), "the first long training")
    for pid in workers(out, training):
        os.kill(pid, signal.SIGSTOP)
    t.check(wait_for(lambda: NAMES[1] in (media(out) or []), process), "a strip while a training runs")
    t.check(not os.path.exists(os.path.join(out, "results.csv")), "which is not over")
    os.killpg(process.pid, signal.SIGTERM)
    os.killpg(process.pid, signal.SIGCONT)
    process.communicate()
    t.equal(process.returncode, INTERRUPTED, "ended")
    t.equal(media(out), sorted([NAMES[1], PAGES[1]]), "what was made, and nothing else")


def without(out):
    done = run("run", study, "--out", out, env={"CARRYOVER_GL": "off"})
    t.equal(done.code, OK, done.err)
    t.equal(done.err.count("no film strips in the report: no OpenGL: CARRYOVER_GL=off"), 1, "said once")
    t.equal(media(out), PAGES, "replays need none")
    framed(read(out, "report.html"))
    quiet = run("run", study, "--out", out, "--collect", "-q", env={"CARRYOVER_GL": "off"})
    t.equal([quiet.code, quiet.err], [OK, ""], "quiet")


with_pictures, bare = os.path.join(folder, "with"), os.path.join(folder, "bare")
without(bare)
probe = run("run", study, "--out", with_pictures)
if "no film strips" in probe.err and os.environ.get("CI") != "true":
    print("skipped: there is no OpenGL")
else:
    strips(with_pictures)
    again(with_pictures)
    beside(os.path.join(folder, "beside"))
    t.equal(read(with_pictures, "results.json"), read(bare, "results.json"), "results know nothing of pictures")
t.finish()
