"""carryover record: frames and videos, what two stages show, and every way it can fail."""

import json
import os
import shutil
import subprocess

from common import CONFIG, HEAD, NO_INPUT, OK, SOURCE, USAGE, IO, Tests, run, scratch, train
from display import pixels

FIELDS = HEAD | {"frames", "seconds", "faults", "renderer", "software", "files"}
CREATE, INTERNAL = 73, 70
GRAVITY = '{ parameter = "option.gravity"; scale = 1.5; }'
SMALL = ("--size", "96x72", "--fps", 10)

t = Tests()
folder = scratch("record")
hopper = train(folder, "hopper", 4096, "hopper.safetensors")
other = train(folder, "hopper", 4096, "other.safetensors", "--seed", 5)
pendulum = train(folder)
CI = os.environ.get("CI") == "true"


def at(name):
    return os.path.join(folder, name)


def halves(rows):
    return [row[:len(row) // 2] for row in rows], [row[len(row) // 2:] for row in rows]


def frames():
    out = at("frames")
    found = t.json("record", hopper, "--out", out, "--seconds", 0.5, *SMALL)
    t.keys(found, FIELDS, "record")
    t.equal([found["frames"], found["seconds"]], [5, 0.5], "frames of half a second")
    t.equal(found["files"], [os.path.join(out, f"00000{i}.png") for i in range(5)], "files")
    t.equal(sorted(os.listdir(out)), [f"00000{i}.png" for i in range(5)], "the folder")
    t.check(found["renderer"] and isinstance(found["software"], bool), "renderer")
    first = pixels(found["files"][0])
    t.equal([len(first), len(first[0])], [72, 3 * 96], "size")
    t.check(len({row[:3] for row in first}) > 5, "not a plain colour")
    t.check(any(max(row) for row in first), "not black")
    # shorter again: nothing of the first stays
    found = t.json("record", hopper, "--out", out, "--seconds", 0.2, *SMALL)
    t.equal(sorted(os.listdir(out)), ["000000.png", "000001.png"], "frames of a longer recording are removed")
    t.equal(pixels(found["files"][0]), first, "the same frame again")


def episodes():
    """A whole episode has as many frames as eval counts steps, and its end is held for half a second."""
    length = t.json("eval", hopper, "--episodes", 1)["episodes"][0]["length"]
    found = t.json("record", hopper, "--out", at("episode"), *SMALL)
    at_end = -(-length * 8 // 100)  # frames until the step that ends it, 0.008 s each
    t.equal(found["frames"], at_end + 5, f"an episode of {length} steps")
    longer = t.json("record", hopper, "--out", at("longer"), "--seconds", found["seconds"] + 0.3, *SMALL)
    t.equal(longer["frames"], found["frames"] + 3, "the next episode follows")
    last = [pixels(os.path.join(at("longer"), f"{found['frames'] + i:06}.png")) for i in (-1, 0)]
    t.check(last[0] != last[1], "and starts anew")
    second = t.json("record", hopper, "--out", at("second"), "--episode", 1, "--seconds", 0.1, *SMALL, "--plain")
    t.equal(second["frames"], 1, "one frame")


def faulty():
    """An episode that ends in a fault is drawn, and said to."""
    wild = ("--set", "reset.0.scale=1e9", "--out", at("wild"), *SMALL)
    t.equal(t.json("record", hopper, *wild)["faults"], 1, "faults")
    said = run("record", hopper, *wild).err
    t.check("warning: " in said and "1 of the episodes shown end in a fault" in said, f"faulty: {said}")
    t.equal(t.json("record", hopper, "--out", at("sound"), "--seconds", 0.1, *SMALL)["faults"], 0, "no fault")


def stages():
    def picture(name, *args):
        done = t.json("record", *args, "--out", at(name), "--seconds", 0.4, "--fps", 5, "--size", "96x48", "--plain")
        return pixels(done["files"][-1])

    left, right = halves(picture("same", hopper, "--versus", hopper))
    t.check(left == right, "the same policy twice looks the same")
    left, right = halves(picture("versus", hopper, "--versus", other))
    t.check(left != right, "other policies look different")
    left, right = halves(picture("split", hopper, "--split", "--domain", GRAVITY))
    t.check(left != right, "other worlds look different")
    both = picture("ghost", hopper, "--split", "--ghost", "--domain", GRAVITY)
    alone = picture("alone", hopper, "--domain", GRAVITY)

    def blue(rows):
        return sum(row[3 * x + 2] > row[3 * x] + 25 for row in rows[24:] for x in range(96))

    t.check(blue(both) > blue(alone) + 10, f"the ghost is blue: {blue(both)} and {blue(alone)} pixels")
    for overlay in ("contacts", "forces", "friction", "limits", "mass", "velocity"):
        t.check(picture("overlay", hopper, "--overlay", overlay) is not None, overlay)
    t.check(picture("full", pendulum, "--preset", "full") != picture("fast", pendulum, "--preset", "fast"), "presets")
    t.check(picture("fixed", hopper, "--camera", "track"), "camera")


def replayed():
    """Recorded actions: the end of the recording is the end of the film."""
    log = os.path.join(SOURCE, "tests", "golden", "hopper.json")
    with open(log, encoding="utf-8") as file:
        steps = len(json.load(file)["action"])
    done = t.json("record", "--task", "hopper", "--log", log, "--out", at("log"), *SMALL)
    t.equal(done["frames"], -(-steps * 8 // 100) + 5, f"{steps} recorded steps")
    with_policy = t.json("record", hopper, "--log", log, "--out", at("log2"), "--seconds", 0.4, *SMALL)
    t.equal(with_policy["frames"], 4, "cut")
    t.equal(pixels(with_policy["files"][3]), pixels(done["files"][3]), "the actions are the recorded ones")


def without_policy():
    """A task by itself: nobody acts, or chance by the seed, as data sets record it."""
    def shots(name, *args):
        done = t.json("record", "hopper", "--out", at(name), "--seconds", 0.4, "--plain", *SMALL, *args)
        return [pixels(file) for file in done["files"]]

    zero, random = shots("zero", "--policy", "zero"), shots("random", "--policy", "random")
    t.check(zero[0] == random[0] and zero[3] != random[3], "nobody and chance")
    t.check(shots("other", "--policy", "random", "--seed", 2)[3] != random[3], "by the seed")
    t.equal(shots("again", "--policy", "random")[3], random[3], "the same again")
    heavy = shots("heavy", "--policy", "zero", "--domain", GRAVITY)
    t.check(heavy[3] != zero[3], "in another world")
    both = pixels(t.json("record", "hopper", "--policy", "random", "--versus", hopper, "--out", at("both"), "--seconds", 0.4,
                         "--plain", *SMALL)["files"][3])
    t.check(halves(both)[0] != halves(both)[1], "chance beside a policy")
    # as long as the first episode that a set holds of it
    run("data", "record", "random", "--task", "hopper", "--episodes", 1, "--out", at("set.codata"))
    steps = t.json("data", "info", at("set.codata"))["transitions"]
    done = t.json("record", "hopper", "--policy", "random", "--out", at("episode"), *SMALL)
    t.equal(done["frames"], -(-steps * 8 // 100) + 5, f"an episode of {steps} steps")


def video():
    if not shutil.which("ffmpeg"):
        t.check(not CI, "CI has no ffmpeg")
        return
    path = at("a.mp4")
    found = t.json("record", hopper, "--out", path, "--seconds", 1, "--fps", 10, "--size", "65x49")  # odd
    t.equal([found["files"], found["frames"]], [[path], 10], "a video")
    probe = subprocess.run(["ffmpeg", "-hide_banner", "-i", path, "-f", "null", "-"], capture_output=True, text=True,
                           check=False)
    t.equal(probe.returncode, 0, probe.stderr)
    t.check("66x50" in probe.stderr and "yuv420p" in probe.stderr and "10 fps" in probe.stderr, probe.stderr)
    t.equal([n for n in os.listdir(folder) if ".tmp" in n], [], "nothing is left beside it")
    done = run("record", hopper, "--out", path, "--seconds", 0.1, *SMALL)
    t.check("frames" in done.out and "drawn by" in done.out, done.out)


def no_opengl():
    out = at("never")
    t.error(INTERNAL, "no OpenGL: CARRYOVER_GL=off", "record", hopper, "--out", out, env={"CARRYOVER_GL": "off"})
    t.error(CONFIG, "CARRYOVER_GL=x: must be egl, device, osmesa or off", "record", hopper, "--out", out,
            env={"CARRYOVER_GL": "x"})
    t.check(not os.path.exists(out), "no folder is made in vain")


def no_ffmpeg():
    empty = scratch("record_path")
    t.error(CREATE, "please install ffmpeg", "record", hopper, "--out", at("b.mp4"), *SMALL, env={"PATH": empty})
    with open(os.path.join(empty, "ffmpeg"), "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\necho 'the disk is full' >&2\nexit 1\n")
        os.fchmod(file.fileno(), 0o755)
    t.error(IO, "b.mp4: ffmpeg failed: the disk is full", "record", hopper, "--out", at("b.mp4"), "--seconds", 1,
            "--size", "640x480", env={"PATH": empty})
    t.equal([n for n in os.listdir(folder) if "b.mp4" in n], [], "no half video")


def sizes():
    for size in ("1x1", "2x1", "33x4"):
        t.json("record", pendulum, "--out", at("size"), "--size", size, "--seconds", 0.1, "--fps", 10)
    for size in ("0x10", "10x0", "4097x10", "10x4097", "99999x1"):
        t.error(USAGE, "1 x 1 to 4096 x 4096", "record", pendulum, "--out", at("s"), "--size", size)
    for size in ("10", "10x", "x10", "10x10x10", "10 x 10 ", "axb", ""):
        t.error(USAGE, "--size: must be like 640x480", "record", pendulum, "--out", at("s"), "--size", size)
    t.error(USAGE, "2 panes need more than 1 pixel", "record", pendulum, "--versus", pendulum, "--out", at("s"),
            "--size", "1x1")


def errors():
    out = ("--out", at("e"))
    t.error(USAGE, "--out: needs FILE.mp4 or a folder", "record", hopper)
    t.error(USAGE, "needs a POLICY", "record", *out)
    t.error(USAGE, "--task TASK", "record", "--log", "x.json", *out)
    t.error(USAGE, "no --versus", "record", hopper, "--versus", other, "--log", "x.json", *out)
    t.error(USAGE, "--ghost: needs", "record", hopper, "--ghost", *out)
    t.error(USAGE, r'no camera "top"; there are: track', "record", hopper, "--camera", "top", *out)
    t.error(USAGE, "--preset", "record", hopper, "--preset", "best", *out)
    t.error(USAGE, 'did you mean "contacts"', "record", hopper, "--overlay", "contact", *out)
    t.error(USAGE, "fps", "record", hopper, "--fps", 0, *out)
    t.error(USAGE, "seconds", "record", hopper, "--seconds", -1, *out)
    for task in ("arm_push", os.path.join(SOURCE, "configs", "tasks", "hopper.cfg")):
        t.error(NO_INPUT, "is a task and not a policy, and the zoo has none for it; --policy zero, random", "record", task, *out)
    t.error(USAGE, "--policy sliders: is for `carryover play`", "record", "hopper", "--policy", "sliders", *out)
    t.error(USAGE, "--policy: must be zero, random or sliders", "record", "hopper", "--policy", hopper, *out)
    t.error(USAGE, "--policy: goes with a TASK", "record", hopper, "--policy", "zero", *out)
    t.error(USAGE, "--policy: needs a TASK", "record", "--policy", "zero", *out)
    for other_option in (("--task", "ant"), ("--model", "x.xml"), ("--log", "x.json")):
        t.error(USAGE, f"--policy and {other_option[0]} exclude", "record", "hopper", "--policy", "zero", *other_option, *out)
    t.error(NO_INPUT, 'no task "hoppr"', "record", "hoppr", "--policy", "zero", *out)
    t.error(USAGE, r"must be a file \*.mp4", "record", hopper, "--out", at("a.gif"))
    t.error(NO_INPUT, "none.safetensors", "record", at("none.safetensors"), *out)
    t.error(NO_INPUT, "none.json", "record", hopper, "--log", at("none.json"), *out)
    t.error(CONFIG, "hopper", "record", pendulum, "--task", "hopper", *out)
    t.check(not os.path.exists(at("e")), "nothing is made")
    with open(at("file"), "w", encoding="utf-8") as file:
        file.write("x")
    t.error(CREATE, "file", "record", hopper, "--out", os.path.join(at("file"), "below"), *SMALL)
    t.error(CREATE, "No such file", "record", hopper, "--out", os.path.join(at("missing"), "a.mp4"), *SMALL)
    t.full_disk("record", hopper, "--out", at("full_disk"), "--seconds", 0.1, *SMALL)


if run("record", pendulum, "--out", at("probe"), "--seconds", 0.1, "--size", "8x8").code == INTERNAL and not CI:
    print("skipped: there is no OpenGL")
    t.check(True, "")
else:
    for test in (frames, episodes, faulty, stages, replayed, without_policy, video, sizes):
        test()
for test in (no_opengl, no_ffmpeg, errors):
    test()
t.finish()
