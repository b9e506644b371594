"""Exported ONNX files against onnx's checker and onnxruntime: by hand, with a Python that has both and numpy.

tests/bench/export.py PROGRAM: each policy of the zoo as ONNX and as C, 100 observations around its normaliser's mean; the
largest difference of an action, relative to the largest action.
"""

import os
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime

PROGRAM = os.path.abspath(sys.argv[1])
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MAIN = """#include "p.h"
#include <stdio.h>
int main(void) {
  static policy_state s;
  float x[policy_observations], y[policy_actions];
  policy_reset(&s);
  while (fread(x, sizeof x, 1, stdin) == 1) policy_act(x, &s, y), fwrite(y, sizeof y, 1, stdout);
  return 0;
}
"""


def export(name, form, out):
    subprocess.run([PROGRAM, "export", f"zoo:{name}", "--to", form, "--out", out], check=True, stdout=subprocess.DEVNULL)


with tempfile.TemporaryDirectory() as folder:
    for name in sorted(file.split(".")[0] for file in os.listdir(os.path.join(ROOT, "configs", "policies"))):
        graph = os.path.join(folder, "p.onnx")
        export(name, "onnx", graph)
        export(name, "c", os.path.join(folder, "p.c"))
        model = onnx.load(graph)
        onnx.checker.check_model(model, full_check=True)
        weights = {w.name: onnx.numpy_helper.to_array(w) for w in model.graph.initializer}
        draw = numpy.random.default_rng(1)
        obs = weights["obs_norm.mean"] + draw.normal(size=(100, len(weights["obs_norm.mean"]))) / weights["obs_norm.factor"]
        obs = obs.astype(numpy.float32)
        got = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"]).run(["actions"], {"obs": obs})[0]
        with open(os.path.join(folder, "main.c"), "w", encoding="utf-8") as file:
            file.write(MAIN)
        subprocess.run(["cc", "-O2", "-std=c99", "-o", "run", "main.c", "p.c"], cwd=folder, check=True)
        raw = subprocess.run(["./run"], cwd=folder, input=obs.tobytes(), stdout=subprocess.PIPE, check=True).stdout
        want = numpy.frombuffer(raw, numpy.float32).reshape(got.shape)
        most = numpy.abs(got - want).max()
        print(f"{name}: {most:.2e} absolute, {most / max(1, numpy.abs(want).max()):.2e} relative")
