"""Writes a task file from the facts that come with somebody else's policy.

make_task.py PAIR OUT writes OUT/NAME.xml, the model, and OUT/NAME.cfg, the task, NAME being that of the folder PAIR.
Nothing here knows a robot: names, orders, gains and scales are all read from PAIR/facts.json and the model. What cannot be
said in a task file raises Inexpressible.
"""

import json
import math
import os
import re
import shutil
import sys
import xml.etree.ElementTree as xml


class Inexpressible(Exception):
    """A fact for which there is no term."""


def number(value):
    return repr(float(value))


def numbers(values):
    """One number, or a list of them."""
    if isinstance(values, (int, float)):
        return number(values)
    return "( " + ", ".join(number(v) for v in values) + " )"


def entry(**keys):
    """{ term = "qpos"; of = "a|b"; }: strings are quoted, None is left out."""
    words = []
    for key, value in keys.items():
        if value is None:
            continue
        text = f'"{value}"' if isinstance(value, str) else str(value) if isinstance(value, int) else numbers(value)
        words.append(f"{key.rstrip('_')} = {text};")
    return "{ " + " ".join(words) + " }"


def one_of(group, names):
    return "|".join(f"{group}/{name}" for name in names)


class Pair:
    def __init__(self, folder):
        self.folder = folder
        self.name = os.path.basename(os.path.normpath(folder))
        with open(os.path.join(folder, "facts.json"), encoding="utf-8") as file:
            self.facts = json.load(file)
        self.model = xml.parse(os.path.join(folder, self.facts["model"]["file"]))
        self.history = self.facts.get("history", {}).get("length", 1)

    def site_of_sensor(self, name):
        for sensor in self.model.iter("sensor"):
            for one in sensor:
                if one.get("name") == name and one.get("site"):
                    return f"site/{one.get('site')}"
        raise Inexpressible(f"no sensor {name} at a site")

    def place_of_sensor(self, name):
        """Pattern of the object that a position sensor looks at."""
        for one in self.model.iter("framepos"):
            if one.get("name") == name and one.get("objtype") in ("body", "site"):
                return f"{one.get('objtype')}_pos/{one.get('objname')}.*"
        raise Inexpressible(f"no position sensor {name} of a body or site")

    def frame(self, term):
        """Where something is seen from: the sensor's site, a site, or the base."""
        if "sensor" in term:
            return self.site_of_sensor(term["sensor"])
        return f"site/{term['site']}" if "site" in term else f"body/{self.facts['base_body']}"

    # ---- observation terms, by the name that the facts give them

    def base_lin_vel(self, term):
        return [dict(term="linear_velocity", frame=self.frame(term))]

    def base_ang_vel(self, term):
        return [dict(term="angular_velocity", frame=self.frame(term))]

    def projected_gravity(self, term):
        return [dict(term="gravity", frame=self.frame(term))]

    def command(self, term):
        return [dict(term="command")]

    def joint_pos_rel(self, term):
        return [dict(term="joint_pos", of=one_of("qpos", self.facts["joints"]), order="given")]

    def joint_pos(self, term):
        return [dict(term="qpos", of=one_of("qpos", self.facts["joints"]), order="given")]

    def joint_vel(self, term):
        return [dict(term="qvel", of=one_of("qvel", self.facts["joints"]), order="given")]

    def last_action(self, term):
        return [dict(term="last_action")]

    def qpos(self, term):
        first, end = term["slice"]
        return [dict(term="qpos", from_=first, count=end - first)]

    def qvel(self, term):
        first, end = term["slice"]
        return [dict(term="qvel", from_=first, count=end - first, clip=term.get("clip"))]

    def time_feature(self, term):
        return [dict(term="time_left")]

    def joint_pos_minus_target(self, term):
        return [dict(term="relative", name="error", of=one_of("qpos", self.facts["joints"]),
                     to=one_of("ctrl", self.facts["action"]["actuators"]), order="given")]

    def cube_pos_error(self, term):
        first, second = re.findall(r"\w+_position", self.facts["observation_notes"][term["term"]])
        return [dict(term="relative", of=self.place_of_sensor(first), to=self.place_of_sensor(second))]

    def cube_ori_error(self, term):
        """Rows 2 and 3 of the cube's rotation from the goal; no term turns into another body's frame."""
        goal = next(body for body in self.model.iter("body") if body.get("mocap") == "true")
        if goal.get("quat", "1 0 0 0") != "1 0 0 0":
            raise Inexpressible("an orientation seen from another body")
        return [dict(term="body_mat", of=f"body_mat/{self.facts['base_body']}.*", from_=3, count=6)]

    def gait_phase(self, term):
        """cos, cos, sin, sin of the phases of two legs; term "phase" gives the sines first."""
        gait = self.facts["gait"]
        keys = dict(term="phase", frequency=gait["frequency"], angle=gait["phase0"], count=2)
        if "frequency_gain" in gait:
            keys.update(gain=gait["frequency_gain"] / 1.5, most=1.5)
        if "standing_phase" in gait:
            keys.update(stop=0.01, rest=gait["standing_phase"])
        return [dict(keys, from_=2), keys]

    def gait_clock(self, term):
        return [dict(term="phase", value=term["period"])]

    def observation(self):
        entries = []
        for term in self.facts["observation"]:
            write = getattr(self, term["term"], None)
            if not write:
                raise Inexpressible(f"observation {term['term']}")
            for one in write(term):
                scale = term.get("scale")
                past = self.history if self.history > 1 else None
                entries.append(entry(**{"scale": None if scale == 1 else scale, "history": past, **one}))
        return entries

    # ---- actions, by their kind

    def action(self):
        about = self.facts["action"]
        order = dict(actuators=one_of("ctrl", about["actuators"]), order="given") if "actuators" in about else \
            dict(actuators="*")
        keys = dict(order, scale=about.get("scale"), clip=about["clip"] if isinstance(about.get("clip"), list) else "none")
        if about["kind"] == "ctrl":
            return [entry(term="ctrl", **keys)]
        if about["kind"] == "joint position target":
            return [entry(term="position", **keys)]
        if about["kind"] == "joint position increment":
            return [entry(term="increment", **keys)]
        if about["kind"] == "pd torque":
            return [entry(term="pd", **keys, kp=about["kp"], kd=about["kd"], torque_limit=about.get("torque_limit"))]
        raise Inexpressible(f"action {about['kind']}")

    # ---- the rest of a task: start, command, end

    def commands(self):
        order = self.facts.get("command_order", [])
        if not any(term["term"] == "command" for term in self.facts["observation"]):
            return []
        names = [text.split()[0] for text in order]
        return [entry(term="uniform", name=name, low=float(value), high=float(value))
                for name, value in zip(names, self.facts["command"])]

    def reward(self):
        """Following the command, where there is one: what such policies are judged by."""
        base = self.facts.get("base_body")
        if not base or not {"vx", "vy", "yaw"} <= {text.split()[0] for text in self.facts["command_order"]}:
            return [entry(term="alive", weight=1.0)]
        return [entry(term="track_linear", frame=f"body/{base}", sigma=0.5),
                entry(term="track_yaw", frame=f"body/{base}", sigma=0.5)]

    def terminate(self):
        fall, base = self.facts.get("fall"), self.facts.get("base_body")
        if not fall:
            return [entry(term="non_finite")]
        low = entry(term="outside", of=f"body_pos/{base}.z", min=float(fall["base_height_min"]))
        if fall["up_z_min"] <= -1:
            return [low]
        return [low, entry(term="tilted", frame=f"body/{base}", max=math.acos(fall["up_z_min"]))]

    def task(self):
        sim = self.facts["sim"]
        lists = {
            "default_pose": [entry(of="qpos", value=self.facts["init"]["qpos"])],
            "command": self.commands(),
            "observation": self.observation(),
            "action": self.action(),
            "reward": self.reward(),
            "terminate": self.terminate(),
        }
        text = [f"# Made from the facts of {self.name}.", "task = {", "  format = 1;", f'  model = "{self.name}.xml";',
                f"  substeps = {sim.get('substeps') or sim['frame_skip']};",
                f"  horizon = {self.facts.get('horizon', 1000)};", '  observe = "fresh";']
        for key, entries in lists.items():
            if entries:
                text.append(f"  {key} = (\n    " + ",\n    ".join(entries) + "\n  );")
        return "\n".join(text) + "\n};\n"


    def write_model(self, path):
        """The model as it is, but for a time step or integrator that is set when it is run."""
        root, sim = self.model.getroot(), self.facts["sim"]
        option = root.find("option")
        if option is None:
            option = xml.SubElement(root, "option")
        if float(option.get("timestep", 0.002)) == sim["timestep"] and option.get("integrator", "Euler") == sim["integrator"]:
            shutil.copyfile(os.path.join(self.folder, self.facts["model"]["file"]), path)
            return
        option.set("timestep", repr(sim["timestep"]))
        option.set("integrator", sim["integrator"])
        self.model.write(path)


def make(folder, out):
    """Writes model and task; returns the task's path."""
    pair = Pair(folder)
    text = pair.task()
    os.makedirs(out, exist_ok=True)
    pair.write_model(os.path.join(out, pair.name + ".xml"))
    path = os.path.join(out, pair.name + ".cfg")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: make_task.py PAIR OUT")
    try:
        print(make(sys.argv[1], sys.argv[2]))
    except Inexpressible as reason:
        sys.exit(f"make_task.py: {sys.argv[1]}: {reason}")
