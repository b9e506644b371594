#!/usr/bin/env python3
"""Thousands of random keys, clicks, drags and sizes for the window of a build, best of one with sanitizers:

    tests/bench/random_input.py build/dev/carryover POLICY [EVENTS] [SEED]
"""

import os
import sys
import tempfile
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(SOURCE, "tests", "cli"))


def main():
    os.environ["CARRYOVER_PROGRAM"] = os.path.abspath(sys.argv[1])
    from display import Display
    from random_hands import play
    policy = os.path.abspath(sys.argv[2])
    events, seed = (int(sys.argv[i]) if len(sys.argv) > i else default for i, default in ((3, 10000), (4, 1)))
    domain = ("--domain", '{ parameter = "option.gravity"; scale = 1.5; }')
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Display() as display:
        problems, closed = play(display, folder, ("play", policy, *domain), events, seed)
    for problem in problems:
        print(problem)
    print(f"{events} events in {time.monotonic() - started:.0f} s, closed and opened again {closed} times, "
          f"{len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
