"""A small network of another program, as ONNX, and what it does to a pendulum.

x W1 + b1, tanh, W2 + b2: 3 observations, 4 units, 1 action.
"""

import json
import math
import random
import struct

from common import message

draw = random.Random(7)

W1 = [[draw.uniform(-1, 1) for _ in range(4)] for _ in range(3)]
B1 = [draw.uniform(-0.5, 0.5) for _ in range(4)]
W2 = [[draw.uniform(-1, 1)] for _ in range(4)]
B2 = [0.25]


def tensor(name, rows):
    flat = [x for row in rows for x in row] if isinstance(rows[0], list) else rows
    dims = [(1, len(rows))] + ([(1, len(rows[0]))] if isinstance(rows[0], list) else [])
    return message(*dims, (2, 1), (8, name), (9, struct.pack(f"<{len(flat)}f", *flat)))


def value(name, width):
    dims = [(1, message((2, "batch"))), (1, message((1, width)))]
    return message((1, name), (2, message((1, message((1, 1), (2, message(*dims)))))))


def node(op, inputs, output):
    return (1, message(*((1, name) for name in inputs), (2, output), (3, f"/{output}"), (4, op)))


def save(path, nodes, tensors, sizes, metadata=()):
    """A graph between "obs" and "action" of these sizes as an ONNX file, with pairs of metadata. Returns the path."""
    graph = message(*nodes, (2, "policy"), *((5, tensor(*one)) for one in tensors), (11, value("obs", sizes[0])),
                    (12, value("action", sizes[1])))
    with open(path, "wb") as file:
        file.write(message((1, 8), (2, "test"), (7, graph), (8, message((2, 17))),
                           *((14, message((1, key), (2, text))) for key, text in metadata)))
    return path


def write_linear(path, obs, actions, metadata=()):
    """One layer of these sizes, with pairs of metadata. Returns the path."""
    rows = [[0.01 * ((3 * i + k) % 7 - 3) for k in range(actions)] for i in range(obs)]
    nodes = [node("MatMul", ["obs", "w"], "a"), node("Add", ["a", "b"], "action")]
    return save(path, nodes, [("w", rows), ("b", [0.0] * actions)], (obs, actions), metadata)


def write(path, mean=None, squash=False):
    """The network as an ONNX file; `mean` is taken from the observations first, and the rest divided by 2; `squash`: it ends in
    tanh. Returns the path."""
    nodes, tensors, taken = [], [("w1", W1), ("b1", B1), ("w2", W2), ("b2", B2)], "obs"
    if mean:
        nodes += [node("Sub", ["obs", "mean"], "centred"), node("Div", ["centred", "spread"], "scaled")]
        tensors += [("mean", mean), ("spread", [2.0] * 3)]
        taken = "scaled"
    nodes += [node("MatMul", [taken, "w1"], "a"), node("Add", ["a", "b1"], "b"), node("Tanh", ["b"], "c"),
              node("MatMul", ["c", "w2"], "d"), node("Add", ["d", "b2"], "e" if squash else "action")]
    if squash:
        nodes += [node("Tanh", ["e"], "action")]
    return save(path, nodes, tensors, (3, 1))


def write_tensors(path, **more):
    """The same as tensors under Stable-Baselines3's names, with others beside them. Returns the path."""
    transposed = [[[row[k] for row in rows] for k in range(len(rows[0]))] for rows in (W1, W2)]
    tensors = {"mlp_extractor.policy_net.0.weight": transposed[0], "mlp_extractor.policy_net.0.bias": B1,
               "action_net.weight": transposed[1], "action_net.bias": B2, **more}
    header, block = {}, b""
    for name, rows in tensors.items():
        flat = [x for row in rows for x in row] if isinstance(rows[0], list) else rows
        shape = [len(rows), len(rows[0])] if isinstance(rows[0], list) else [len(rows)]
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(block), len(block) + 4 * len(flat)]}
        block += struct.pack(f"<{len(flat)}f", *flat)
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + block)
    return path


def act(obs, mean=None):
    x = [(o - m) / 2 for o, m in zip(obs, mean)] if mean else obs
    hidden = [math.tanh(sum(x[i] * W1[i][k] for i in range(3)) + B1[k]) for k in range(4)]
    return sum(h * w[0] for h, w in zip(hidden, W2)) + B2[0]


def float32(number):
    return struct.unpack("f", struct.pack("f", number))[0]


def pendulum_log(steps, mean=None):
    """Gymnasium's pendulum under that network."""
    angle, rate, data = 0.7, -0.3, []
    for _ in range(steps):
        obs = [float32(math.cos(angle)), float32(math.sin(angle)), float32(rate)]
        torque = float32(act(obs, mean))
        data.append({"obs": obs, "action": [torque], "qpos": [angle], "qvel": [rate]})
        torque = max(-2, min(2, torque))
        rate = max(-8, min(8, rate + (15 * math.sin(angle) + 3 * torque) * 0.05))
        angle += rate * 0.05
    return {"data": data}
