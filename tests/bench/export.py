"""Exported ONNX files against onnx's checker and onnxruntime: by hand, with a Python that has both and numpy.

tests/bench/export.py PROGRAM: each policy of the zoo as ONNX and as C, 100 observations around its normaliser's mean; the
largest difference of an action, relative to the largest action; and what of it the normaliser alone makes, which the
graph has in float32 and the simulator and the C in float64: the network behind both, computed in float64.
"""

import json
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


def actions(model, weights, x):
    """Layers of the graph and what stands behind them, in float64."""
    for node in model.graph.node:
        if node.op_type == "Gemm":
            x = x @ weights[node.input[1]].astype(numpy.float64).T + weights[node.input[2]]
        elif node.op_type in FUNCTIONS and node.name not in ("centred", "standardised"):
            x = FUNCTIONS[node.op_type](x, *(weights[name].astype(numpy.float64) for name in node.input[1:]))
    return x


def of_normaliser(model, weights, obs):
    exact = {entry.key: entry.value for entry in model.metadata_props}
    epsilon, most = json.loads(exact["carryover"])["normaliser"]["epsilon"], weights["obs_norm.high"]
    mean, var = (numpy.array(json.loads(exact["carryover_tensors"])[f"obs_norm.{name}"]) for name in ("mean", "var"))
    ours = ((obs.astype(numpy.float64) - mean) / numpy.sqrt(var + epsilon)).astype(numpy.float32)
    graphs = (obs - weights["obs_norm.mean"]) * weights["obs_norm.factor"]
    acted = [actions(model, weights, numpy.clip(x, -most, most).astype(numpy.float64)) for x in (ours, graphs)]
    return numpy.abs(acted[0] - acted[1]).max()


FUNCTIONS = {"Tanh": numpy.tanh, "Mul": numpy.multiply, "Add": numpy.add, "Max": numpy.maximum, "Min": numpy.minimum}

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
        alone = of_normaliser(model, weights, obs)
        relative = most / max(1, numpy.abs(want).max())
        print(f"{name}: {most:.2e} absolute, {relative:.2e} relative; normaliser alone {alone:.2e}")
