"""Units of a policy's output: the same motor in controls of any range learns the same, and what is carried over acts the same."""

import os

from common import WANTING, Tests, run, scratch

MODEL = """<mujoco>
  <option timestep="0.02"/>
  <worldbody>
    <body name="cart">
      <joint name="slider" type="slide" axis="1 0 0" damping="1"/>
      <geom name="cart" size="0.1"/>
    </body>
  </worldbody>
  <actuator>
    <general name="push" joint="slider" gainprm="{gain}" biastype="affine" biasprm="{bias} 0 0" ctrllimited="true"
             ctrlrange="{low} {high}"/>
  </actuator>
</mujoco>
"""
TASK = """task = {{ format = 1; model = "{name}.xml"; substeps = 2; horizon = 100;
  observation = ( {{ term = "qpos"; }}, {{ term = "qvel"; }} );
  action = ( {{ term = "ctrl"; actuators = "*"; }} );
  reward = ( {{ term = "square"; of = "qpos/slider"; value = 1.0; weight = -1.0; }} );
  terminate = ( {{ term = "non_finite"; }} );
  reset = ( {{ term = "uniform"; of = "qpos"; scale = 0.5; }} ); }};
"""
# controls that stand for forces of -20 to 20 N: lowest, highest, force per unit
RANGES = {"unit": (-1, 1, 20), "four": (-4, 4, 5), "half": (0, 1, 40), "wide": (0, 256, 40 / 256),
          "byte": (0, 255, 40 / 255)}
SHORT = ("--steps", 3000, "--evaluations", 3, "--episodes", 4, "--set", "learning.hidden=(16, 16)",
         "--set", "learning.horizon=64")

t = Tests()
folder = scratch("action_range")


def path(name):
    return os.path.join(folder, name)


def write(name, low, high, gain):
    bias = -20 - gain * low
    with open(path(name + ".xml"), "w", encoding="utf-8") as file:
        file.write(MODEL.format(low=low, high=high, gain=repr(float(gain)), bias=repr(float(bias))))
    with open(path(name + ".cfg"), "w", encoding="utf-8") as file:
        file.write(TASK.format(name=name))


def train(name, *more):
    return t.json("train", path(name + ".cfg"), *SHORT, *more, "--out", path(name))


def curve(found):
    return [point["return_mean"] for point in found["evaluations"]]


def the_same_motor_learns_the_same():
    found = {name: train(name) for name in RANGES}
    curves = {name: curve(result) for name, result in found.items()}
    t.check(curves["unit"][-1] > 0.5 * curves["unit"][0], f"it learns: {curves['unit']}")
    for name, other in (("four", "unit"), ("wide", "half")):  # powers of two: not a bit differs
        t.equal(curves[name], curves[other], f"{name} and {other}: curve")
        t.equal(*([tensor["hash_after"] for tensor in found[key]["tensors"]] for key in (name, other)), f"{name} and {other}")
    for name in ("half", "byte"):
        for got, want in zip(curves[name], curves["unit"]):
            t.check(abs(got - want) <= 0.01 * abs(want), f"{name}: {curves[name]}, not {curves['unit']}")


def the_contract_says_so():
    contract = t.json("inspect", path("byte"))["contract"]
    t.equal([contract["output"], "output_range" in contract], ["range", False], "contract")
    t.check("output in units of the range" in run("inspect", path("byte")).out, "inspect")


STUDY = """study = {{ format = 1; name = "ranges"; seeds = 2; episodes = 2; final_episodes = 2;
  random_episodes = 2; evaluations = 2; bootstrap = 100;
  learning = {{ envs = 2; horizon = 32; hidden = (8, 8); epochs = 2; warmup_steps = 32; }};
  sources = ( {{ name = "home"; task = "{home}"; steps = 128; }} );
  targets = ( {targets} );
  strategies = ( {{ name = "zero_shot"; }}, {{ name = "full"; }}, {{ name = "new_head"; }} ); }};
"""
# other bounds of a control are other numbers: that policies act by them all the same is declared
TARGET = '{{ name = "{name}"; task = "{task}"; map = "none"; steps = 128; if_not_live = "run"; }}'


def carried_over():
    """An actor does in a world of other bounds what it did at home."""
    names = ("byte", "four", "unit")
    targets = ", ".join(TARGET.format(name=name, task=path(name + ".cfg")) for name in names)
    with open(path("ranges.cfg"), "w", encoding="utf-8") as file:
        file.write(STUDY.format(home=path("half.cfg"), targets=targets))
    found = t.json("run", path("ranges.cfg"), "--out", path("run"))
    starts = {(s["target"], s["strategy"]): s for s in found["step0"]}
    for name in names:
        full, fresh = starts[name, "full"], starts[name, "new_head"]
        t.equal([full["action_difference"], full["zero_shot_equal"]], [0, True], f"{name}: step 0 of full")
        t.check(fresh["action_difference"] > 0, f"{name}: a new head starts as another policy")


def the_file_says_by_which_range():
    for name in ("byte", "four", "unit"):
        train(name, "--from", path("half"), "--map", "none", "--strategy", "full")
        found = t.json("inspect", path(name))["contract"].get("output_range")
        t.equal(found, [{"low": 0.0, "high": 1.0}], f"{name}: range")
    train("wide")
    for name, want in (("byte", ["action.0.high"]), ("wide", ["action.0.high", "output_range.0"])):
        differences = t.json("diff", path(name), path("byte" if name == "wide" else "half"), code=WANTING)["differences"]
        t.equal([d["path"] for d in differences if d["kind"] == "scale"], want, f"diff of {name}")
    train("byte", "--from", path("half"), "--map", "none", "--strategy", "new_head")
    t.check("output_range" not in t.json("inspect", path("byte"))["contract"], "a new head is in units of its own range")


for name, (low, high, gain) in RANGES.items():
    write(name, low, high, gain)
the_same_motor_learns_the_same()
the_contract_says_so()
carried_over()
the_file_says_by_which_range()
t.finish()
