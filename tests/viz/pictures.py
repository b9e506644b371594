#!/usr/bin/env python3
"""Makes every picture of docs/viewer.md anew, on a display of its own:

    tests/viz/pictures.py [build/release/carryover]

Two policies are trained first (a minute); a script for the window does what a person would. Look at what comes out.
"""

import os
import subprocess
import sys
import tempfile

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
IMAGES = os.path.join(SOURCE, "docs", "images")
sys.path.insert(0, os.path.join(SOURCE, "tests", "cli"))

HEAVY = '{ parameter = "option.gravity"; scale = 1.5; }'
# name, what is played, size, script
PICTURES = (
    ("viewer_split", ("play", "hopper", "--domain", HEAVY), "1280x800",
     "seek 110\nkey Shift+M\nkey F3\nwait 0.2\n"),
    ("viewer_ghost", ("play", "hopper", "--domain", HEAVY), "960x600",
     "key Tab\nkey F2\nkey V\nkey F\nkey M\nseek 96\nwait 0.2\n"),
    ("viewer_shift", ("play", "hopper", "--domain", HEAVY), "1280x1000",
     "seek 60\nshift body.mass torso 0.75\nseek 80\nshift limb.length leg 0.6\nseek 100\nwait 0.2\n"),
    ("viewer_mapping", ("play", "half_cheetah", "--task", "half_cheetah", "--domain",
                        '{ parameter = "actuator.gear"; select = "bfoot"; scale = -1.0; }'), "1280x800",
     "key Tab\nkey F2\nkey F4\nkey Shift+M\nseek 60\nwait 0.2\n"),
)


def main():
    os.environ["CARRYOVER_PROGRAM"] = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        SOURCE, "build", "release", "carryover"))
    from common import PROGRAM
    from display import Display, Window
    os.makedirs(IMAGES, exist_ok=True)
    failed = 0
    with tempfile.TemporaryDirectory() as folder, Display() as display:
        for task in ("hopper", "half_cheetah"):
            subprocess.run([PROGRAM, "train", task, "--steps", "300000", "--out", os.path.join(folder, task)], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for name, args, size, text in PICTURES:
            path = os.path.join(folder, "do.script")
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"{text}save {os.path.join(IMAGES, name)}.png\nquit\n")
            code = Window(display, folder, *args, "--size", size, "--script", path).wait()
            print(f"{name}: {'done' if code == 0 else f'exit code {code}'}")
            failed += code != 0
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
