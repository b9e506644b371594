"""Random keys, clicks, drags and sizes for the window, the same for a seed."""

import os
import random
import re
import subprocess

from display import PATIENCE, Window

KEYS = ("space Right Left Home End equal minus Return d BackSpace n x s Prior Next v t Escape bracketright bracketleft Up "
        "Down comma period c f j m a F2 F3 F4 F5 F6 o Tab p r F1 F7 1 2 5 9 z y Delete").split()
CHORDS = ("ctrl+c ctrl+z ctrl+equal ctrl+minus ctrl+Left ctrl+Right shift+Right shift+Left "
          "shift+n shift+m shift+Next shift+Prior ctrl+p alt+x").split()
BATCH = 100  # events between two signs of life


def event(draw, width, height):
    """One line for xdotool; positions may lie a little outside."""
    x, y = draw.randint(-5, width + 5), draw.randint(-5, height + 5)
    kind = draw.random()
    if kind < 0.45:
        return f"key {draw.choice(KEYS)}"
    if kind < 0.55:
        return f"key {draw.choice(CHORDS)}"
    if kind < 0.75:
        return f"mousemove --window %1 {x} {y} click --repeat {draw.randint(1, 2)} --delay 5 {draw.choice((1, 1, 1, 2, 3, 4, 5))}"
    if kind < 0.97:
        to = f"{draw.randint(-5, width + 5)} {draw.randint(-5, height + 5)}"
        button, mod = draw.choice((1, 1, 2, 3)), draw.choice((None, None, "ctrl", "shift"))
        down, up = (f"keydown {mod} ", f" keyup {mod}") if mod else ("", "")
        return (f"mousemove --window %1 {x} {y} {down}mousedown {button} mousemove --window %1 {to} mousemove_relative 3 2 "
                f"mouseup {button}{up}")
    return f"windowsize %1 {draw.randint(160, 1270)} {draw.randint(160, 1000)}"


def send(window, lines):
    text = "".join(f"{line}\n" for line in lines).replace("%1", window.id)
    subprocess.run(["xdotool", "-"], input=text, env=window.display.env, text=True, timeout=10 * PATIENCE,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def is_alive(window):
    """It answers: a picture is saved."""
    count = len(re.findall("saved", window.text()))
    send(window, ["keyup ctrl keyup shift", "key Escape", "key Escape", "key ctrl+p"])
    return len(window.says("saved", count + 1)) > count


def play(display, folder, args, events, seed):
    """Does so many events; [(what went wrong)], and how often it was closed and opened again."""
    draw, done, closed, problems = random.Random(seed), 0, 0, []
    window = Window(display, folder, *args)
    while done < events and not problems:
        send(window, [f"windowfocus {window.id}"] + [event(draw, 1280, 1000) for _ in range(BATCH)])
        done += BATCH
        if window.process.poll() is None and not is_alive(window) and window.process.poll() is None:
            problems.append(f"no answer after {done} events")
        if window.process.poll() is not None:  # somebody hit "Quit"
            code = window.wait()
            if code != 0:
                problems.append(f"exit code {code} after {done} events: {window.text()[-3000:]}")
            window = Window(display, folder, *args)
            closed += 1
        for name in os.listdir(folder):  # pictures
            if name.startswith("carryover-"):
                os.remove(os.path.join(folder, name))
    send(window, ["key Escape", "key Escape", "key ctrl+q"])
    code = window.wait()
    if code != 0:
        problems.append(f"exit code {code} at the end: {window.text()[-6000:]}")
    return problems, closed
