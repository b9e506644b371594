"""Writes a task file from the facts that come with somebody else's policy.

make_task.py PAIR OUT puts PAIR/model.xml and a task beside it as OUT/NAME.xml and OUT/NAME.cfg, NAME being the folder's.
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

RUNS_FREE = 1e4  # clip of actions that upstream does not clip


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

    def observation(self):
        entries = []
        for term in self.facts["observation"]:
            write = getattr(self, term["term"], None)
            if not write:
                raise Inexpressible(f"observation {term['term']}")
            for one in write(term):
                scale = term.get("scale")
                entries.append({**one, "scale": None if scale == 1 else scale,
                                "history": self.history if self.history > 1 else None})
        return [entry(**{key.rstrip("_"): value for key, value in one.items()}) for one in entries]

    # ---- actions, by their kind

    def action(self):
        about = self.facts["action"]
        low, high = about["clip"] if isinstance(about.get("clip"), list) else (-RUNS_FREE, RUNS_FREE)
        order = dict(actuators=one_of("ctrl", about["actuators"]), order="given") if "actuators" in about else \
            dict(actuators="*")
        keys = dict(order, scale=about.get("scale"), clip=[low, high])
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
        names = ["".join(re.findall(r"\w+", text.split("(")[0])) for text in order]
        return [entry(term="uniform", name=name, low=float(value), high=float(value))
                for name, value in zip(names, self.facts["command"])]

    def terminate(self):
        fall, base = self.facts.get("fall"), self.facts.get("base_body")
        if not fall:
            return [entry(term="non_finite")]
        return [entry(term="outside", of=f"body_pos/{base}.z", min=float(fall["base_height_min"])),
                entry(term="outside", of=f"body_mat/{base}.zz", min=float(fall["up_z_min"]))]

    def task(self):
        sim = self.facts["sim"]
        lists = {
            "default_pose": [entry(of="qpos", value=self.facts["init"]["qpos"])],
            "command": self.commands(),
            "observation": self.observation(),
            "action": self.action(),
            "reward": [entry(term="alive", weight=1.0)],
            "terminate": self.terminate(),
        }
        text = [f"# Made from the facts of {self.name}.", "task = {", "  format = 1;", f'  model = "{self.name}.xml";',
                f"  substeps = {sim.get('substeps') or sim['frame_skip']};",
                f"  horizon = {self.facts.get('horizon', 1000)};", '  observe = "fresh";']
        for key, entries in lists.items():
            if entries:
                text.append(f"  {key} = (\n    " + ",\n    ".join(entries) + "\n  );")
        return "\n".join(text) + "\n};\n"


def make(folder, out):
    """Writes model and task; returns the task's path."""
    pair = Pair(folder)
    text = pair.task()
    os.makedirs(out, exist_ok=True)
    shutil.copyfile(os.path.join(folder, pair.facts["model"]["file"]), os.path.join(out, pair.name + ".xml"))
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
