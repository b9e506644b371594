"""Random input for the window: it neither ends nor hangs; under sanitizers nothing is wrong or left behind."""

import os

from common import Tests, scratch, train
from display import Display, available
from random_hands import play

EVENTS = 300  # tests/bench/random_input.py does 10,000
GRAVITY = '{ parameter = "option.gravity"; scale = 1.5; }'

t = Tests()
if not available():
    print("no Xvfb or xdotool: the window is not tested")
    t.check(os.environ.get("CI") != "true", "CI has Xvfb and xdotool")
    t.finish()
folder = scratch("random_input")
hopper = train(folder, "hopper", 4096, "hopper.safetensors")
with Display() as display:
    problems, _ = play(display, folder, ("play", hopper, "--domain", GRAVITY), EVENTS, 1)
    t.equal(problems, [], "two worlds")
    problems, _ = play(display, folder, ("play", hopper), EVENTS // 3, 2)
    t.equal(problems, [], "one world")
t.finish()
