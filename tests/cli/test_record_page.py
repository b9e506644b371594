"""carryover record --html: what the page holds against recorded trajectories, as two readers see it: one in Python, and
the page's own in headless Chromium."""

import base64
import html
import json
import math
import os
import re
import shutil
import struct
import subprocess
import zlib

from common import OK, SOURCE, USAGE, Tests, run, scratch, train
from display import pixels

CREATE, NO_GL = 73, {"CARRYOVER_GL": "off"}
GRAVITY = '{ parameter = "option.gravity"; scale = 1.5; }'
STEP = 0.5 * 1e-5 + 1e-9  # the error of a joint's position that the format allows
CI = os.environ.get("CI") == "true"

t = Tests()
folder = scratch("record_page")
hopper = train(folder, "hopper", 4096, "hopper.safetensors")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def at(name):
    return os.path.join(folder, name)


def record(name, *args):
    path = at(name)
    found = t.json("record", *args, "--html", path, env=NO_GL)
    t.equal(found.get("files"), [path], f"{name}: files")
    t.equal([found.get("renderer", 0), found.get("software", 0)], [None, None], f"{name}: nothing is rendered")
    return path, found


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


# ---- the first reader: docs/formats.md

class Columns:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count, step):
        out, last = [], 0
        for _ in range(count):
            rest = shift = 0
            while True:
                byte = self.data[self.at]
                self.at += 1
                rest |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
            last += (rest >> 1) ^ -(rest & 1)
            last = (last + 2**31) % 2**32 - 2**31
            out.append(math.nan if last == -2**31 else last * step)
        return out


def unpack(path):
    """The head, with the columns of meshes and sides in it."""
    data = re.search(r'<script type="text/plain" id="data">([^<]*)</script>', text_of(path)).group(1)
    whole = zlib.decompress(base64.b64decode(data))
    size = struct.unpack("<I", whole[:4])[0]
    head, columns = json.loads(whole[4:4 + size]), Columns(whole[4 + size:])
    frames, step = head["frames"], head["step"]
    for mesh in head["meshes"]:
        if mesh["kind"] == "field":
            mesh["height"] = columns.take(mesh["rows"] * mesh["cols"], mesh["step"])
        else:
            mesh["vertex"] = [columns.take(mesh["vertices"], mesh["step"]) for _ in range(3)]
            mesh["face"] = [columns.take(mesh["faces"], 1) for _ in range(3)]
    for side in head["sides"]:
        side["pose"] = [[columns.take(frames, step["position" if k < 3 else "quaternion"]) for k in range(7)]
                        for _ in side["bodies"]]
        side["joints"] = {one["name"]: columns.take(frames, step["coordinate"]) for one in side["coordinates"]}
        side["count"], side["return"] = columns.take(frames, 1), columns.take(frames, step["reward"])
        side["reward"] = columns.take(frames, step["reward"])
        side["lookat"] = [columns.take(frames, step["position"]) for _ in range(3)]
    t.equal(columns.at, len(columns.data), f"{path}: all columns are read")
    return head


# ---- the second: the page in a browser

def browse(path, mark, *args):
    flags = ("--headless", "--no-sandbox", "--hide-scrollbars", "--enable-unsafe-swiftshader", "--virtual-time-budget=5000",
             f"--user-data-dir={at('chromium')}")
    done = subprocess.run([CHROMIUM, *flags, *args, f"file://{path}{mark}"], capture_output=True, text=True, timeout=120,
                          check=False)
    t.equal(done.returncode, OK, f"chromium: {done.stderr[-300:]}")
    return done.stdout


def numbers(path, times):
    """What the page itself reads at these times."""
    dom = browse(path, "#read=" + ",".join(map(str, times)), "--dump-dom")
    found = re.search(r"<pre[^>]*>(.*?)</pre>", dom, re.S)
    if not t.check(found, f"{path}: the page answers: {dom[-300:]!r}"):
        return None
    return json.loads(html.unescape(found.group(1)))


# ---- tests

def played(name):
    """A recorded trajectory played again: joints at each frame are those of its observations."""
    with open(os.path.join(SOURCE, "tests", "golden", name + ".json"), encoding="utf-8") as file:
        golden = json.load(file)
    first = {"hopper": 1, "half_cheetah": 1, "inverted_pendulum": 0}[name]  # coordinate that observations begin with
    path, _ = record(name + ".html", "--task", name, "--log", os.path.join(SOURCE, "tests", "golden", name + ".json"),
                     "--fps", 1000)
    return path, golden, first


def joints_at(golden, first, step):
    qpos = golden["init_qpos"] if step == 0 else [None] * first + golden["obs"][step - 1][:len(golden["init_qpos"]) - first]
    return qpos if step < len(golden["obs"]) else golden["final_qpos"]


def against_trajectories():
    for name in ("hopper", "half_cheetah", "inverted_pendulum"):
        path, golden, first = played(name)
        head = unpack(path)
        side, steps, worst = head["sides"][0], len(golden["obs"]), 0
        for frame in range(head["frames"]):
            wanted = joints_at(golden, first, int(side["count"][frame]))
            errors = [abs(joint[frame] - value) for joint, value in zip(side["joints"].values(), wanted) if value is not None]
            worst = max([worst, *errors])
        # observations pass through float32 in no place; the trajectory is another build's
        t.check(worst < STEP + 1e-6, f"{name}: joints differ by {worst:g} at most")
        t.equal(max(side["count"]), steps, f"{name}: all steps are shown")
        seen = {side["count"][frame] for frame in range(head["frames"])}
        t.equal(len(seen), steps + 1, f"{name}: each of them")
        total = sum(golden["reward"])
        t.check(abs(side["return"][-1] - total) < 1e-3, f"{name}: return {side['return'][-1]} and {total}")


def in_the_browser():
    """Joint positions at three times, as the page reads them, against the trajectory and the first reader."""
    path, golden, first = played("hopper")
    head = unpack(path)
    side, times = head["sides"][0], [0, 0.1, 0.2005]
    found = numbers(path, times)
    if not found:
        return
    t.equal([found["format"], found["fps"], found["frames"]], [1, 1000, head["frames"]], "head")
    for time, one in zip(times, found["at"]):
        frame, step = int(time * 1000 + 1e-6), int(math.floor(time / 0.008 + 1e-6))
        seen = one["sides"][0]
        t.equal([one["frame"], seen["step"]], [frame, step], f"{time} s")
        for (name, value), wanted in zip(seen["joints"].items(), joints_at(golden, first, step)):
            t.check(wanted is None or abs(value - wanted) < STEP + 1e-6, f"{time} s, {name}: {value} and {wanted}")
        t.equal(list(seen["joints"].values()), [joint[frame] for joint in side["joints"].values()], f"{time} s: both readers")
        t.equal([body["pos"] + body["quat"] for body in seen["bodies"]],
                [[column[frame] for column in pose] for pose in side["pose"]], f"{time} s: bodies")
        # a hopper's torso moves along x and z, and turns about y by its first joints
        joints, torso = seen["joints"], next(body for body in seen["bodies"] if body["name"] == "torso")
        t.check(abs(torso["pos"][0] - joints["rootx"]) < 1e-3 and abs(torso["pos"][2] - joints["rootz"]) < 1e-3,
                f"{time} s: the torso at {torso['pos']}")
        t.check(abs(abs(torso["quat"][0]) - abs(math.cos(joints["rooty"] / 2))) < 1e-3, f"{time} s: its turn")


def shown():
    """The scene is drawn: a robot before sky and floor, both sides apart; in the dark it is dark."""
    path, _ = record("both.html", hopper, "--split", "--domain", GRAVITY, "--seconds", 1)
    dom = browse(path, "#t=0.5", "--dump-dom")
    t.check(re.search(r'<p id="note" role="alert" hidden="">', dom), "no complaint")
    t.check("step 62, 0.50 s" in dom and "option.gravity scale 1.5" in dom, "captions")
    picture = at("both.png")
    browse(path, "#t=0.5", "--window-size=800,500", f"--screenshot={picture}")
    rows = pixels(picture)
    t.equal(len(rows[0]), 3 * 800, "width")

    def robots(rows, left, right):
        """Pixels of the robot's colour, which is neither grey nor blue."""
        return sum(row[3 * x] > row[3 * x + 2] + 40 for row in rows[60:400:4] for x in range(left, right, 4))

    t.check(robots(rows, 0, 400) > 50 and robots(rows, 400, 800) > 50, "a robot on each side")
    t.check(sum(rows[30][3 * 300:3 * 300 + 3]) > 500, "a bright sky")
    browse(path, "#t=0.5", "--window-size=800,500", f"--screenshot={picture}", "--blink-settings=preferredColorScheme=0")
    dark = pixels(picture)
    t.check(sum(dark[30][3 * 300:3 * 300 + 3]) < 250, "a dark sky")
    t.check(robots(dark, 0, 800) > 100, "robots in the dark")


def humanoid():
    """20 s are below 3 MB, the same bytes each time."""
    policy = train(folder, "humanoid", 2048, "humanoid.safetensors")
    path, found = record("humanoid.html", policy, "--seconds", 20)
    t.equal([found["frames"], found["seconds"]], [1000, 20], "frames")
    t.check(os.path.getsize(path) < 3e6, f"{os.path.getsize(path)} bytes")
    again, _ = record("again.html", policy, "--seconds", 20)
    t.check(text_of(path) == text_of(again), "the same bytes")
    head = unpack(path)
    side = head["sides"][0]
    kinds = {shape["kind"] for shape in side["looks"][0]}
    t.equal(kinds, {"plane", "capsule", "sphere"}, "shapes")
    t.check(len(head["episodes"]) > 1 and len(side["looks"]) == 1, "several episodes, one look")
    ends = [end["text"] for end in side["ends"]]
    t.check(set(ends) <= {"fell", "time is up"} and len(ends) >= len(head["episodes"]) - 1, f"ends: {ends}")
    for pose in side["pose"]:
        for frame in (0, 500, 999):
            t.check(abs(math.hypot(*(column[frame] for column in pose[3:])) - 1) < 1e-4, "quaternions of length 1")


def other_worlds():
    """Terrain is there; what is drawn anew in each episode has its own look; a fault is told and holds no numbers."""
    rough = train(folder, "quadruped_rough", 2048, "rough.safetensors")
    head = unpack(record("rough.html", rough, "--seconds", 1)[0])
    t.equal([mesh["kind"] for mesh in head["meshes"]], ["field"], "terrain")
    t.check(max(head["meshes"][0]["height"]) > 0.01, "with heights")
    drawn = '{ parameter = "geom.size"; select = "foot*"; scale = { uniform = (0.5, 2.0); }; }'
    head = unpack(record("drawn.html", hopper, "--domain", drawn, "--seconds", 8)[0])
    looks = [episode["look"][0] for episode in head["episodes"]]
    t.check(len(looks) > 2 and len(set(looks)) > 1, f"looks of the episodes: {looks}")
    path, found = record("wild.html", hopper, "--set", "reset.0.scale=1e9")
    t.equal(found["faults"], 1, "faults")
    t.equal([end["text"] for end in unpack(path)["sides"][0]["ends"]], ["fault"], "the end")
    path, _ = record("ghost.html", hopper, "--versus", hopper, "--ghost", "--seconds", 0.2)
    head = unpack(path)
    t.check(head["ghost"] and head["sides"][0]["pose"] == head["sides"][1]["pose"], "a ghost of the same policy")


def meshes():
    """A mesh that two geoms share is there once, in its place and size, with faces that are seen from outside."""
    corners = [(0, 0, 0), (0.3, 0, 0), (0, 0.2, 0), (0, 0, 0.1)]
    faces = [(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)]
    mesh = f'<mesh name="wedge" vertex="{flat(corners)}" face="{flat(faces)}"/>'
    geom = '<geom type="mesh" mesh="wedge" mass="0.001" contype="0" conaffinity="0" pos="{} 0 0.5"/>'
    model = text_of(os.path.join(SOURCE, "envs", "models", "hopper.xml"))
    model = re.sub(r"(<geom name=\"torso_geom\")", geom.format(1) + geom.format(2) + r"\1", model)
    model = model.replace("<worldbody>", f"<asset>{mesh}</asset><worldbody>")
    task = text_of(os.path.join(SOURCE, "configs", "tasks", "hopper.cfg")).replace('"hopper.xml"', '"wedged.xml"')
    for name, text in (("wedged.xml", model), ("wedged.cfg", task)):
        with open(at(name), "w", encoding="utf-8") as file:
            file.write(text)
    head = unpack(record("wedged.html", hopper, "--task", at("wedged.cfg"), "--seconds", 0.1)[0])
    t.equal([(one["kind"], one["vertices"], one["faces"]) for one in head["meshes"]], [("mesh", 4, 4)], "one mesh")
    shapes = [shape for shape in head["sides"][0]["looks"][0] if shape["kind"] == "mesh"]
    t.equal([shape["mesh"] for shape in shapes], [0, 0], "two shapes")
    points = list(zip(*head["meshes"][0]["vertex"]))
    for x, shape in enumerate(shapes, 1):
        placed = [place(shape, point) for point in points]
        for corner in corners:
            wanted = (corner[0] + x, corner[1], corner[2] + 0.5)
            t.check(min(math.dist(found, wanted) for found in placed) < 1e-4, f"no corner at {wanted}: {placed}")
    for face in zip(*head["meshes"][0]["face"]):
        a, b, c = (points[int(i)] for i in face)
        normal = cross([y - x for x, y in zip(a, b)], [y - x for x, y in zip(a, c)])
        inside = [sum(p[k] for p in points) / 4 - a[k] for k in range(3)]
        t.check(sum(n * i for n, i in zip(normal, inside)) < 0, f"face {face} looks outwards")


def flat(rows):
    return " ".join(str(number) for row in rows for number in row)


def cross(a, b):
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def place(shape, point):
    """A point of a shape in its body's frame."""
    w, *v = shape["quat"]
    twice = [2 * x for x in cross(v, point)]
    turned = [p + w * q + r for p, q, r in zip(point, twice, cross(v, twice))]
    return [p + q for p, q in zip(turned, shape["pos"])]


def errors():
    page = ("--html", at("e.html"))
    t.error(USAGE, "or --html FILE.html", "record", hopper)
    t.error(USAGE, r"--html: must be a file \*.html, is .*e.mp4", "record", hopper, "--html", at("e.mp4"))
    t.error(USAGE, r"--html: must be a file \*.html", "record", hopper, "--html", at("e"))
    for option in (("--out", at("e")), ("--size", "8x8"), ("--preset", "fast"), ("--camera", "track"), ("--plain",),
                   ("--overlay", "mass")):
        t.error(USAGE, f"{option[0]}: goes with pictures, not with --html", "record", hopper, *page, *option)
    t.error(USAGE, "more than 30000 frames", "record", hopper, *page, "--seconds", 1000, "--fps", 50)
    t.error(USAGE, "fps", "record", hopper, *page, "--fps", 0)
    t.error(USAGE, "--ghost: needs", "record", hopper, *page, "--ghost")
    t.error(CREATE, "No such file", "record", hopper, "--html", os.path.join(at("missing"), "a.html"), "--seconds", 0.1)
    t.check(not os.path.exists(at("e.html")), "nothing is made")
    done = run("record", hopper, *page, "--seconds", 0.1, env=NO_GL)
    t.equal([done.code, done.out], [OK, f"{at('e.html')}: 5 frames, 0.1 s\n"], done.err)


def small():
    """The scene's script stays small enough to be read, and the page refers to nothing outside."""
    for name in ("scene.js", "player.js"):
        lines = text_of(os.path.join(SOURCE, "viz", "film", "web", name)).split("\n")
        t.check(len(lines) <= 301, f"{name}: {len(lines) - 1} lines")
        t.check(max(map(len, lines)) <= 132, f"{name}: {max(map(len, lines))} columns")
    page = text_of(record("small.html", hopper, "--seconds", 0.1)[0])
    t.check(not re.search(r"https?:|src=|href=|import\s|url\(", page), "no reference")


for test in (against_trajectories, humanoid, other_worlds, meshes, errors, small):
    test()
if CHROMIUM:
    in_the_browser()
    shown()
elif t.check(not CI, "CI has no chromium"):
    print("skipped: there is no chromium")
t.finish()
