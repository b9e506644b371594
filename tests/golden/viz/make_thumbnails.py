#!/usr/bin/env python3
"""Draws the thumbnails that tests/viz/test_canvas.c compares with anew: BUILD is a build folder with its tests."""

import os
import subprocess
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

if len(sys.argv) != 2:
    sys.exit("usage: make_thumbnails.py BUILD")
environment = dict(os.environ, CARRYOVER_SOURCE=SOURCE, CARRYOVER_DATA=SOURCE, CARRYOVER_WRITE_THUMBNAILS="1")
program = os.path.join(sys.argv[1], "tests", "viz_test_canvas")
sys.exit(subprocess.run([program], env=environment, check=False).returncode)
