"""carryover play: the whole window on a display of its own, by keys, mouse and script; and the ways it can fail."""

import os
import re
import shutil
import subprocess
import time

from common import CONFIG, IO, NO_INPUT, OK, USAGE, Tests, run, scratch, train
from display import Display, Source, Window, available, pixels
from studies import tiny

INTERNAL = 70
GRAVITY = '{ parameter = "option.gravity"; scale = 1.5; }'
SMALL = ("--size", "560x420")

t = Tests()
folder = scratch("play")
hopper = train(folder, "hopper", 4096, "hopper.safetensors")
other = train(folder, "hopper", 4096, "other.safetensors", "--seed", 5)


def at(name):
    return os.path.join(folder, name)


def script(text):
    with open(at("do.script"), "w", encoding="utf-8") as file:
        file.write(text)
    return ("--script", at("do.script"))


def part(picture, x0, y0, x1, y1):
    """Colours in a part of a picture, in shares of its sides."""
    width, height = len(picture[0]) // 3, len(picture)
    return [tuple(row[3 * x:3 * x + 3]) for row in picture[int(y0 * height):int(y1 * height)]
            for x in range(int(x0 * width), int(x1 * width))]


def is_sky(colour):
    return colour[2] > colour[0] + 25 and colour[2] > 120


def is_robot(colour):
    return colour[0] > colour[2] + 40 and colour[0] > 90


def is_arrow(colour):
    return colour[0] > 120 and colour[1] > 110 and colour[2] < 70


def is_ghost(colour):
    return colour[2] > colour[0] + 60 and colour[1] < colour[2] - 20 and colour[2] < 230 and colour[0] < 130


# --- without a display

def errors():
    alone = {"DISPLAY": "", "WAYLAND_DISPLAY": ""}
    t.error(INTERNAL, r"no window: .*display.*carryover record", "play", hopper, env=alone)
    t.error(INTERNAL, r"no window: .*carryover record", "play", hopper, env={**alone, "DISPLAY": ":4242"})
    t.error(INTERNAL, "no window", "bench", "viewer", "--repeat", 1, env=alone)
    t.error(NO_INPUT, "nothing.safetensors", "play", at("nothing.safetensors"), env=alone)
    t.error(NO_INPUT, "no_such_task", "play", hopper, "--task", "no_such_task", env=alone)
    t.error(CONFIG, "option.gravitas", "play", hopper, "--domain", GRAVITY.replace("gravity", "gravitas"), env=alone)
    t.error(CONFIG, "pendulum|observation", "play", hopper, "--task", "pendulum", env=alone)
    t.error(USAGE, "--size: must be WxH", "play", hopper, "--size", "12x9", env=alone)
    t.error(USAGE, "--size: must be WxH", "play", hopper, "--size", "640x480x3", env=alone)
    t.error(USAGE, "--text-size", "play", hopper, "--text-size", 20, env=alone)
    t.error(USAGE, "--episode", "play", hopper, "--episode", -1, env=alone)
    t.error(CONFIG, r"do.script:2: unknown \"pres\"", "play", hopper, *script("wait 0\npres F1\n"), env=alone)
    t.error(USAGE, "--versus goes with a policy", "play", folder, "--versus", hopper, env=alone)
    t.error(NO_INPUT, "no study's folder", "play", folder, env=alone)
    t.error(INTERNAL, "no window", "play", "hopper", "--policy", "sliders", env=alone)
    t.error(USAGE, 'must be zero, random or sliders, is "sldiers".*did you mean "sliders"', "play", "hopper", "--policy",
            "sldiers", env=alone)
    t.error(USAGE, "goes with a TASK in place of a policy", "play", hopper, "--policy", "zero", env=alone)
    t.error(USAGE, "not with a study's folder|not with /", "play", folder, "--policy", "zero", env=alone)
    t.error(USAGE, "--source goes with a study's folder, not with a task", "play", "hopper", "--policy", "zero", "--source",
            "a", env=alone)
    t.error(NO_INPUT, 'no task "hoppr".*did you mean "hopper"', "play", "hoppr", "--policy", "zero", env=alone)


def lost_display():
    """The server dies under an open window: a sentence and an exit code, not Xlib's."""
    with Display() as display:
        window = Window(display, folder, "play", hopper, *SMALL)
        time.sleep(0.5)
        display.close()
        t.equal(window.wait(), IO, "the display is lost: exit code")
        t.check(re.search("carryover: error: .*display is gone.*carryover record", window.text()),
                f"the display is lost: {window.text()!r}")


# --- by script

def views(display):
    """Side by side, ghost, one side; panels; nothing black."""
    text = "key Tab\nkey F2\nseek 12\nkey F6\nwait 0.2\nsave split.png\nkey V\nsave ghost.png\nkey V\nsave one.png\nkey F6\n" \
           "key V\nkey F2\nkey F3\nkey F4\nsave panels.png\nkey F1\nsave help.png\nquit\n"
    window = Window(display, folder, "play", hopper, "--domain", GRAVITY, "--size", "640x480", *script(text))
    t.equal(window.wait(), OK, f"views: exit code ({window.text()[-300:]})")
    split, ghost, one, panels, help_ = (pixels(at(f"{name}.png")) for name in ("split", "ghost", "one", "panels", "help"))
    t.equal([len(split), len(split[0])], [480, 3 * 640], "size of a picture")
    left, right = part(split, 0, 0, 0.49, 0.9), part(split, 0.51, 0, 1, 0.9)
    for name, side in (("left", left), ("right", right)):
        t.check(sum(map(is_robot, side)) > len(side) / 200, f"side by side: the robot on the {name}")
        t.check(sum(map(is_sky, side)) > len(side) / 10, f"side by side: the sky on the {name}")
    t.check(left != right, "side by side: two worlds")
    scene = part(ghost, 0, 0, 1, 0.9)
    t.check(sum(map(is_robot, scene)) > len(scene) / 200, "ghost: the robot")
    t.check(sum(map(is_ghost, scene)) > sum(map(is_ghost, part(one, 0, 0, 1, 0.9))) + 50, "ghost: another colour")
    t.check(part(one, 0, 0, 1, 0.9) != scene, "one side: no ghost")
    t.check(len(set(part(panels, 0.6, 0, 1, 0.9))) > 20, "panels: something is in them")
    t.check(sum(map(is_sky, part(help_, 0, 0, 1, 0.9))) < 640 * 480 / 100, "help covers the scenes")


def timeline_height(name):
    """Rows of the time line at a picture's lower edge: those above are the scene's."""
    picture = pixels(at(f"{name}.png"))
    column = [tuple(row[-6:-3]) for row in reversed(picture)]
    return next(i for i, colour in enumerate(column) if max(colour) > 80)


def sizes(display):
    """Text by key and option, all of the screen and back; on a screen of twice as many pixels all of it is twice as large."""
    quiet = "key Tab\nkey F2\nwait 0.2\n"
    text = quiet + "save usual.png\nkey Shift+=\nkey Shift+=\nwait 0.2\nsave larger.png\nkey Ctrl+0\nkey F11\n" \
        "wait 0.5\nsave full.png\nkey F11\nwait 0.5\nsave back.png\nquit\n"
    window = Window(display, folder, "play", hopper, *SMALL, *script(text))
    t.equal(window.wait(), OK, f"sizes: exit code ({window.text()[-300:]})")
    usual, larger = timeline_height("usual"), timeline_height("larger")
    t.check(1.8 * usual < larger < 2.2 * usual, f"larger text: {usual} and {larger} pixels of time line")
    for name, size in (("usual", (560, 420)), ("full", (1280, 1024)), ("back", (560, 420))):
        picture = pixels(at(f"{name}.png"))
        t.equal((len(picture[0]) // 3, len(picture)), size, f"size of the window: {name}")
    t.equal(timeline_height("full"), usual, "the whole screen has the usual text again")
    option = Window(display, folder, "play", hopper, *SMALL, "--text-size", 200, *script(quiet + "save option.png\nquit\n"))
    t.equal(option.wait(), OK, "--text-size: exit code")
    t.equal(timeline_height("option"), larger, "--text-size is the same size")
    with Display("1600x1200", dpi=192) as fine:
        window = Window(fine, folder, "play", hopper, *SMALL, *script(quiet + "save fine.png\nquit\n"))
        t.equal(window.wait(), OK, "a fine screen: exit code")
    picture = pixels(at("fine.png"))
    t.equal((len(picture[0]) // 3, len(picture)), (1120, 840), "a fine screen: as many points")
    t.equal(timeline_height("fine"), larger, "a fine screen: text of as many points")


def probe(name):
    """Size, seconds and the first frame's colours of a video."""
    shown = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=width,height,duration", "-of", "csv=p=0",
                            at(name)], stdout=subprocess.PIPE, text=True, check=False).stdout.split(",")
    if not t.equal(len(shown), 3, f"{name} is a video"):
        return 0, 0, 0.0, []
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", at(name), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
                         stdout=subprocess.PIPE, check=False).stdout
    return int(shown[0]), int(shown[1]), float(shown[2]), list(zip(raw[::3], raw[1::3], raw[2::3]))


def recording(display):
    """F9: a video of the window by the clock, under a name that is free; what is in the way is told and ends nothing else."""
    text = "key F9\nwait 0.1\nkey Ctrl+P\nkey Right\nquit\n"
    window = Window(display, folder, "play", hopper, *SMALL, "--out", at("nowhere"), *script(text))
    t.equal(window.wait(), OK, "a folder that is not there: exit code")
    for name in ("mp4", "png"):
        t.check(re.search(f"nowhere/carryover-001.{name}.*: No such file", window.text()), f"a folder that is not there: {name}")
    t.check("FORWARD" in window.text(), "a folder that is not there: the window goes on")
    if not shutil.which("ffmpeg") or not shutil.which("ffprobe"):
        print("no ffmpeg: recordings of the window are not tested")
        t.check(os.environ.get("CI") != "true", "CI has ffmpeg")
        return
    os.makedirs(at("taken"))
    with open(at("taken/carryover-002.mp4"), "w", encoding="utf-8") as file:
        file.write("mine")
    text = "key Tab\nkey F2\nkey F9\nwait 1.2\nkey F9\nwait 0.1\nkey F9\nwait 0.3\nkey F11\nwait 0.5\nkey F9\nwait 0.3\nquit\n"
    window = Window(display, folder, "play", hopper, *SMALL, "--out", at("taken"), *script(text))
    t.equal(window.wait(), OK, f"recording: exit code ({window.text()[-300:]})")
    said = window.text()
    t.equal(re.findall(r"recording \S*taken/(\S+) \(F9", said),
            ["carryover-001.mp4", "carryover-003.mp4", "carryover-004.mp4"], "names that are free")
    t.check(re.search("saved .*carryover-003.mp4, .* s.*: the window has another size", said), "another size ends it")
    width, height, seconds, colours = probe("taken/carryover-001.mp4")
    lost = sum(map(float, re.findall(r"carryover-001.mp4.*, ([0-9.]+) s left out", said)))
    t.equal((width, height), (560, 420), "size of the video")
    t.check(1 < seconds + lost < 8, f"{seconds} s of video, {lost} s left out")
    t.check(sum(map(is_sky, colours)) > len(colours) / 20, "the scene is in it")
    t.equal(probe("taken/carryover-004.mp4")[:2], (1280, 1024), "what is closed is saved, of the whole screen")
    with open(at("taken/carryover-002.mp4"), encoding="utf-8") as file:
        t.equal(file.read(), "mine", "nothing is overwritten")
    t.equal(sorted(os.listdir(at("taken"))), [f"carryover-00{i}.mp4" for i in range(1, 5)], "no other file is left")


def dropping(display):
    """Files that are dropped onto the window: a policy takes over on that side, anything else is told in a sentence."""
    stranger = train(folder, "pendulum", 2048, "stranger.safetensors")
    with open(at("broken.safetensors"), "wb") as file, open(hopper, "rb") as whole:
        file.write(whole.read()[:-100])
    text = f"seek 5\ndrop {other} 0.9 0.3\nwait 0.1\nkey PageDown\nwait 0.1\ndrop {other} 0.1 0.3\nwait 0.1\n" \
        f"drop {stranger} 0.5 0.3\ndrop {at('broken.safetensors')} 0.5 0.3\ndrop {at('none.safetensors')} 0.5 0.3\n" \
        f"drop {folder} 0.5 0.3\nkey Right\nquit\n"
    window = Window(display, folder, "play", hopper, "--domain", GRAVITY, *SMALL, *script("key Tab\nkey F2\n" + text))
    t.equal(window.wait(), OK, f"dropping: exit code ({window.text()[-300:]})")
    said = window.text()
    t.equal(re.findall(r"CHOICES side \d: (\d)", said), ["2", "3"], "what fits joins the list")
    t.equal(re.findall(r"POLICY side (\d): (\d)", said), [("1", "1"), ("1", "0"), ("0", "2")],
            "and takes over where it is dropped")
    for name, why in (("stranger.safetensors", "observation"), ("broken.safetensors", "offset|damaged|hash|size"),
                      ("none.safetensors", "No such file"), (os.path.basename(folder), "is a folder")):
        t.check(re.search(f"{name}: .*({why})", said), f"dropped: {name} ({said[-700:]!r})")
    t.check(re.search("FORWARD.*$", said.rsplit("is a folder", 1)[-1], re.S), "the window goes on")
    window = Window(display, folder, "play", hopper, "--domain", GRAVITY, "--paused", *SMALL)
    left, top = map(int, re.findall(r"Position: (\d+),(\d+)", display.tool("getwindowgeometry", window.id))[0])
    t.check(Source(display).drop(int(window.id), other, left + 300, top + 200), "a file of a file manager is taken")
    t.check(window.says(r"POLICY side \d: 1"), f"and takes over ({window.text()[-300:]})")
    window.keys("ctrl+q")
    t.equal(window.wait(), OK, "quit: exit code")


def live_shift(display):
    """A shift by script is in the config that is copied; one of the shape keeps the state."""
    text = "seek 10\nshift body.mass torso 1\nshift limb.length leg 0.6\nkey Ctrl+C\nkey Right\nwait 0.1\n" \
           "policy 0\nkey Ctrl+Z\nkey Ctrl+C\nquit\n"
    window = Window(display, folder, "play", hopper, "--domain", GRAVITY, *SMALL, *script(text))
    t.equal(window.wait(), OK, "shifts: exit code")
    said = window.text()
    configs = re.findall(r"domain = \((.*?)\);\n\n", said, re.S)
    t.equal(len(configs), 2, f"shifts: configs that were copied ({said[-500:]})")
    if len(configs) == 2:
        t.check('parameter = "body.mass"; select = "torso"; scale = 10' in configs[0], configs[0])
        t.check('parameter = "limb.length"; select = "leg"; scale = 1.1' in configs[0], configs[0])
        t.equal(configs[1].count("parameter"), 1, "taken back")
        # the same text is a domain
        found = t.json("eval", hopper, "--domain", f"({configs[0]})", "--episodes", 1)
        t.equal(len(found.get("domain", [])), 3, "what was copied is a domain")
    t.check("closed at step 11" in said, f"shifts: {said[-200:]!r}")


def determinism(display):
    """The same script, the same picture."""
    text = "key Tab\nseek 15\nshift geom.friction floor 0.2\nseek 25\nsave {}.png\nquit\n"
    for name in ("once", "twice"):
        window = Window(display, folder, "play", hopper, "--domain", GRAVITY, *SMALL, *script(text.format(name)))
        t.equal(window.wait(), OK, "a script: exit code")
    with open(at("once.png"), "rb") as once, open(at("twice.png"), "rb") as twice:
        t.check(once.read() == twice.read(), "the same script, the same picture")


# --- by hand

def transport(display):
    window = Window(display, folder, "play", hopper, "--domain", GRAVITY, "--paused", *SMALL)
    window.keys("Right", "Right", "Right", "Left")
    t.equal(len(window.says("FORWARD", 3)), 3, "three steps forward")
    t.equal(len(window.says("BACK")), 1, "one back")
    window.keys("space")
    t.equal(window.says(r"TOGGLE"), ["TOGGLE"], "run")
    time.sleep(0.5)
    window.keys("space", "n", "shift+n", "equal", "minus", "Home", "End", "BackSpace", "d", "x")
    for what in ("TOGGLE", "EPISODE side 1: 1", "EPISODE side 1: 0", "SPEED side 1: 1", "SPEED side 1: 0", "SEEK", "RESET",
                 "PARTING", "FAILURE"):
        t.check(window.says(what), f"transport: {what}")
    window.keys("ctrl+p")
    t.check(window.says("saved ./carryover-001.png"), "a picture")
    t.check(any(any(row) for row in pixels(at("carryover-001.png"))), "not black")
    started = time.monotonic()
    window.keys("ctrl+q")
    t.equal(window.wait(), OK, "quit: exit code")
    if not os.environ.get("CARRYOVER_TEST_SANITIZE"):  # which looks for leaks at the end
        t.check(time.monotonic() - started < 2, "closing is instant")


def mouse(display):
    """Time line, sidebar, camera, a push, a selection; positions are those of a window of 1280 x 1000."""
    window = Window(display, folder, "play", hopper, "--domain", GRAVITY, "--paused", "--size", "1280x1000")
    window.keys(*["Right"] * 8)
    window.says("FORWARD", 8)
    window.drag(8, 984, 30, 984)  # the time line
    t.check(window.says("SEEK side"), "scrub")
    window.click(70, 51)  # Run / pause
    t.equal(window.says("TOGGLE"), ["TOGGLE"], "the sidebar runs")
    window.click(70, 51)
    window.says("TOGGLE", 2)
    window.click(185, 171)  # Difference
    t.check(window.says("PARTING"), "the sidebar: first difference")
    window.drag(150, 816, 250, 816)  # the slider, of gravity
    shift = r"SHIFT side 1: option.gravity  scale ([0-9.]+)"
    window.until(lambda: float((re.findall(shift, window.text()) or [0])[-1]) > 2)
    t.check(float((window.says(shift) or [0])[-1]) > 2, f"the slider: {window.says(shift)}")
    window.click(70, 906)  # Copy config
    t.check(window.says(r'domain = \(\s*{ parameter = "option.gravity"; scale = [0-9.]+; }'), "copied")
    before = window.says(r"saved (\S+)")
    window.drag(600, 300, 700, 330)  # the camera
    window.keys("ctrl+p")
    t.check(len(window.says(r"saved (\S+)", len(before) + 1)) > len(before), "a picture after the camera moved")
    window.click(681, 370, repeat=2)  # select
    window.drag(681, 370, 720, 350, key="ctrl")  # push
    t.check(window.says(r"PUSH side 1: -1"), "let go")
    window.display.tool("windowclose", window.id)  # by force: not asked, the window is gone
    t.equal(window.wait(), IO, "the window is taken away")


def two_policies(display):
    text = "seek 5\nkey PageDown\nkey S\nkey PageDown\nwait 0.1\nquit\n"
    window = Window(display, folder, "play", hopper, "--versus", other, *SMALL, *script(text))
    t.equal(window.wait(), OK, "versus: exit code")
    t.equal(re.findall(r"POLICY side (\d): (\d)", window.text()), [("1", "0"), ("0", "1")], "flipping through policies")


def without_policy(display):
    """A task by itself: chance, then the hand, which steers both worlds; shifts, pushes and panels work as ever."""
    text = "key F2\nkey F3\nkey F4\nseek 5\nkey PageDown\nkey S\nkey PageDown\naction thigh_joint 0.5\naction leg_joint -1\n" \
           "key Right\nkey Right\nsave hand.png\nshift body.mass torso 0.8\nkey Right\nkey Ctrl+C\nkey D\nwait 0.1\nquit\n"
    window = Window(display, folder, "play", "hopper", "--policy", "random", "--domain", GRAVITY, "--size", "900x700",
                    *script(text))
    t.equal(window.wait(), OK, f"without a policy: exit code ({window.text()[-300:]})")
    said = window.text()
    t.equal(re.findall(r"ACTION side (\d): (\d) (\S+)", said),
            [("0", "0", "0.5"), ("1", "0", "0.5"), ("0", "1", "-1"), ("1", "1", "-1")], "both sides are steered")
    t.check('parameter = "body.mass"; select = "torso"' in said, f"shifts without a policy: {said[-300:]}")
    picture = pixels(at("hand.png"))
    t.check(sum(map(is_robot, part(picture, 0.2, 0, 0.7, 0.9))) > 100, "the robot")
    # a hand moves a slider: positions are those of a window of 1280 x 1000
    window = Window(display, folder, "play", "hopper", "--policy", "sliders", "--paused", "--size", "1280x1000")
    window.keys("Right", "Right")
    window.says("FORWARD", 2)
    window.drag(150, 299, 228, 299)
    t.check(window.says(r"ACTION side 0: 0"), f"the slider: {window.text()[-300:]}")
    window.keys("x")
    t.check(window.says("what sliders do is not searched"), "no search of what a hand does")
    window.keys("ctrl+q")
    t.equal(window.wait(), OK, "sliders: exit code")


def quick_hand(display):
    """Keys faster than frames: each counts, up to the slowest; a stride plays on beyond what was reached."""
    window = Window(display, folder, "play", hopper, "--domain", GRAVITY, "--paused", "--size", "1280x800")
    display.tool("windowfocus", window.id)
    display.tool("key", "--delay", 1, *["minus"] * 6)
    t.check(window.says("SPEED side 1: -6"), f"six times half as fast: {re.findall('SPEED side 1: .*', window.text())}")
    display.tool("key", "--delay", 1, *["minus"] * 6)
    t.check(window.says("SPEED side 1: -7"), "and no slower than the slowest")
    display.tool("key", "--delay", 1, *["n"] * 5)
    t.check(window.says("EPISODE side 1: 5"), f"five episodes on: {re.findall('EPISODE side 1: .*', window.text())}")
    window.keys("shift+Right")
    t.check(window.says("FORWARD side 1: 25"), "a stride")
    window.keys("ctrl+q")
    t.equal(window.wait(), OK, "a quick hand: exit code")
    t.check("closed at step 25 of episode 5" in window.text(), f"a stride plays on: {window.text()[-200:]!r}")


def pushes(display):
    """The floor is not pushed, and the robot is not in its place; a body is, with an arrow."""
    text = "key Tab\nkey F2\nkey F6\nseek 12\nsave before.png\ndouble 0.75 0.8\nkey Ctrl+Right\nwait 0.2\nsave floor.png\n" \
           "double 0.1 0.05\nkey Ctrl+Right\nwait 0.2\nsave pushed.png\nquit\n"
    window = Window(display, folder, "play", hopper, "--domain", GRAVITY, *SMALL, *script(text))
    t.equal(window.wait(), OK, f"pushes: exit code ({window.text()[-300:]})")
    t.equal(len(re.findall(r"PUSH side 0: [0-9]+", window.text())), 1, "the sky is no body: the robot is pushed")
    t.equal(len(re.findall(r"PUSH side 1: [0-9]+", window.text())), 0, "the floor is not pushed")
    arrows = {name: sum(map(is_arrow, part(pixels(at(f"{name}.png")), 0, 0, 0.5, 0.6))) for name in ("before", "pushed")}
    t.check(arrows["pushed"] > arrows["before"] + 50, f"an arrow for a push: {arrows}")


def study(display):
    """A study's folder: its strategies one after another, from the state that is shown."""
    path = tiny(folder)
    done = run("run", path, "--out", at("study"), "-q")
    if not t.equal(done.code, OK, f"run: {done.err}"):
        return
    text = "seek 5\n" + "key PageDown\nkey Right\n" * 4 + "save study.png\nquit\n"
    window = Window(display, folder, "play", at("study"), *SMALL, *script(text))
    t.equal(window.wait(), OK, f"a study: exit code ({window.text()[-300:]})")
    t.equal(len(re.findall("POLICY side 1", window.text())), 4, "its policies")
    t.check("closed at step 9" in window.text(), f"from the same state: {window.text()[-200:]!r}")


def bench(display):
    found = t.json("bench", "viewer", "--repeat", 1, "--seconds", 4, "--size", "480x360", env=display.env)
    for key in ("frames_per_s", "p99_ms", "logic_ms", "speed_ratio"):
        t.check(isinstance(found.get(key), (int, float)) and found[key] > 0, f"bench viewer: {key}")
    t.check(found.get("renderer") and isinstance(found.get("software"), bool), "bench viewer: renderer")
    t.equal([found.get("value"), found.get("limit")], [found.get("frames_per_s"), None], "bench viewer: value")
    t.check(found.get("logic_ms", 9) < 20, f"bench viewer: logic takes {found.get('logic_ms')} ms")


errors()
if not available():
    print("no Xvfb or xdotool: the window is not tested")
    t.check(os.environ.get("CI") != "true", "CI has Xvfb and xdotool")
    t.finish()
lost_display()
with Display() as shared:
    for case in (views, sizes, recording, dropping, live_shift, determinism, transport, mouse, quick_hand, pushes, two_policies,
                 without_policy, study, bench):
        case(shared)
t.finish()
