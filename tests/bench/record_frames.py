#!/usr/bin/env python3
"""How long a video takes: 500 frames of a task without a policy, 640x480, five times; the median is printed.

record_frames.py [PROGRAM] [TASK]: PROGRAM is build/release/carryover if not given, TASK hopper. A machine that does
something else meanwhile says so by its load; two processors of a larger one are `taskset -c 0,1 record_frames.py`.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

FRAMES, FPS, REPEATS = 500, 50, 5
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def record(program, task, out):
    """Seconds of wall and of processor time of one recording, and what it tells of itself."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    done = subprocess.run([program, "record", task, "--policy", "random", "--seconds", str(FRAMES / FPS), "--fps", str(FPS),
                           "--out", out, "--json"], check=True, capture_output=True, text=True)
    wall, now = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    told = json.loads(done.stdout)
    assert told["frames"] == FRAMES, told["frames"]
    return wall, now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime, told


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "release", "carryover")
    task = sys.argv[2] if len(sys.argv) > 2 else "hopper"
    with tempfile.TemporaryDirectory() as folder:
        for name in ("video.mp4", "frames"):
            runs = [record(program, task, os.path.join(folder, name)) for _ in range(REPEATS)]
            wall, cpu = (statistics.median(run[i] for run in runs) for i in (0, 1))
            print(f"{name}: {wall:.2f} s, {cpu:.2f} s of processor time for {FRAMES} frames of {task}; "
                  f"{len(os.sched_getaffinity(0))} processors, load {os.getloadavg()[0]:.1f}, {runs[0][2]['renderer']}")


if __name__ == "__main__":
    main()
