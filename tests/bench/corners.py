"""The ends of every parameter's legal range, long: 100,000 random steps each on hopper, ant and pusher.

usage: tests/bench/corners.py [BUILD] [STEPS]        about 40 minutes on one core

CI runs the same test with 2,000 steps. Nothing may crash, hang or leave a number that is not finite without a fault.
"""

import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

build = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "release")
steps = sys.argv[2] if len(sys.argv) > 2 else "100000"
environment = dict(os.environ, CARRYOVER_CORNER_STEPS=steps, CARRYOVER_SOURCE=ROOT, CARRYOVER_DATA=ROOT,
                   CARRYOVER_BUILD_DIR=build)
sys.exit(subprocess.call([os.path.join(build, "tests", "envs_physics_test_parameters")], env=environment))
