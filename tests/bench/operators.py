"""Operators of programs against onnxruntime: by hand, with a Python that has numpy, onnx and onnxruntime.

tests/bench/operators.py RUN_GRAPH [--graphs 60] [--seed 1] [--only Pow,Gather]

RUN_GRAPH is the target bench_run_graph. For each operator that docs/formats.md names, graphs of that operator with random
versions of the operators, shapes, attributes and numbers (zeros of both signs, large and tiny ones, whole ones where the
operator takes them), inputs or constants; three rows at once. What sums products does so with small multiples of 1/8, whose
sums are exact. A row of the table: graphs that both ran, graphs that onnxruntime has no kernel for, the largest difference
of a number, absolute and relative to the number, or to 1 where it is smaller. Exit 1 where that is above 2e-6, where one is
no number and the other is, or where a graph is refused that onnxruntime runs.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROWS, TOLERANCE = 3, 2e-6
FIRST, LAST = 9, 21
EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e-3, -1e-20, 1e-38, 30.0, -100.0, 1e5, -1e9, 1e30]


class Input:
    """A value that goes in: numbers for each row, or the same constant for all."""

    def __init__(self, rows, fixed):
        self.rows, self.fixed = rows, fixed


class Draw:
    """Random shapes, numbers and attributes of one graph."""

    def __init__(self, seed, since):
        self.random = numpy.random.default_rng(seed)
        self.opset = self.int(since, LAST)

    def int(self, low, high):
        return int(self.random.integers(low, high + 1))

    def chance(self, share=0.5):
        return bool(self.random.random() < share)

    def pick(self, values):
        return values[self.int(0, len(values) - 1)]

    def shape(self, least=0, most=5, size=5):
        return [self.int(1, size) for _ in range(self.int(least, most))]

    def reals(self, shape, wild=False):
        x = self.random.normal(0, self.pick([0.3, 1, 4]), shape)
        edges = EDGES if wild else [0.0, -0.0, 1.0, -1.0, 0.25, 5.0]
        x = numpy.where(self.random.random(shape) < 0.25, self.random.choice(edges, shape), x)
        return numpy.asarray(x, numpy.float32)

    def eighths(self, shape, most=4):
        return numpy.asarray(self.random.integers(-8 * most, 8 * most + 1, shape) / 8, numpy.float32)

    def wholes(self, shape, low=-9, high=9):
        return numpy.asarray(self.random.integers(low, high + 1, shape), numpy.int64)

    def marks(self, shape):
        return numpy.asarray(self.random.random(shape) < 0.5, bool)

    def of(self, draw, fixed=None):
        """An input of what draw() gives: of the observation, or a constant."""
        fixed = self.chance(0.3) if fixed is None else fixed
        rows = [numpy.asarray(draw()) for _ in range(ROWS)]
        return Input(rows[:1] * ROWS if fixed else rows, fixed)

    def real(self, shape, wild=False, fixed=None):
        return self.of(lambda: self.reals(shape, wild), fixed)

    def whole(self, shape, low=-9, high=9, fixed=None):
        return self.of(lambda: self.wholes(shape, low, high), fixed)

    def exact(self, shape, fixed=None, most=4):
        return self.of(lambda: self.eighths(shape, most), fixed)

    def list(self, values):
        return Input([numpy.asarray(values, numpy.int64)] * ROWS, True)

    def broadcast(self, count):
        """Shapes that fit each other by NumPy's rules."""
        whole = self.shape(0, 4)
        shapes = []
        for _ in range(count):
            from_ = self.int(0, len(whole))
            shapes.append([1 if self.chance(0.25) else size for size in whole[from_:]])
        return shapes

    def axis(self, rank):
        return self.int(-rank, rank - 1)

    def axes(self, rank, least=0):
        chosen = self.random.permutation(rank)[: self.int(least, rank)]
        return [int(a) - rank * self.int(0, 1) for a in chosen]


# ---- what each operator takes: a function of Draw gives inputs (None: left out), attributes and how many outputs it has


def unary(wild=True, low=None, whole_since=None, **limits):
    def make(d):
        attributes = {name: float(numpy.float32(d.random.uniform(*range_))) for name, range_ in limits.items() if d.chance()}
        if whole_since and d.opset >= whole_since and d.chance(0.3):
            return [d.whole(d.shape(), -(1 << 20), 1 << 20, False)], attributes, 1
        shape = d.shape()
        return [d.of(lambda: numpy.abs(d.reals(shape, wild)) if low == 0 else d.reals(shape, wild), False)], attributes, 1
    return make


def logical(count):
    def make(d):
        shapes = d.broadcast(count)
        return [d.of(lambda s=s: d.marks(s), False if i == 0 else None) for i, s in enumerate(shapes)], {}, 1
    return make


def binary(whole_since=None, wild=True, zero=True):
    def make(d):
        a, b = d.broadcast(2)
        if whole_since and d.opset >= whole_since and d.chance(0.4):
            divisor = d.whole(b) if zero else d.of(lambda: d.wholes(b, 1, 9) * d.pick([-1, 1]))
            return [d.whole(a, fixed=False), divisor], {}, 1
        return [d.real(a, wild, False), d.real(b, wild)], {}, 1
    return make


def power(d):
    a, b = d.broadcast(2)
    kind = d.int(0, 3) if d.opset >= 12 else 0
    base = d.real(a, True, False) if kind < 2 else d.whole(a, -4, 4, False)
    if kind == 0 and d.chance():
        base = d.of(lambda: numpy.abs(d.reals(a, True)), False)
    exponents = [0, 1, 2, 3, 0.5, -1, -0.5, 1.5, -2, 17, -19, 100, 0.1]
    if kind == 2:  # of a whole number, to a real one: what the standard lets become a fraction is cut off
        base = d.whole(a, 1, 5, False)
        return [base, d.of(lambda: numpy.asarray(d.random.choice([0.0, 1, 2, 3, 0.5, 1.5], b), numpy.float32))], {}, 1
    if kind % 2:
        return [base, d.whole(b, -20 if kind == 1 else 0, 20)], {}, 1
    return [base, d.of(lambda: numpy.asarray(d.random.choice(exponents, b), numpy.float32))], {}, 1


def several(d):
    shapes = d.broadcast(d.int(1, 4))
    whole = d.opset >= 12 and d.chance(0.3)
    return [(d.whole if whole else d.real)(s, fixed=False if i == 0 else None) for i, s in enumerate(shapes)], {}, 1


def where(d):
    a, b, c = d.broadcast(3)
    draw = d.whole if d.chance(0.3) else d.real
    return [d.of(lambda: d.marks(a), False), draw(b), draw(c)], {}, 1


def clip(d):
    shape = d.shape()
    low, high = sorted(float(x) for x in d.reals([2]))
    if d.opset < 11:
        return [d.real(shape, True, False)], {k: v for k, v in (("min", low), ("max", high)) if d.chance(0.7)}, 1
    if d.opset >= 12 and d.chance(0.3):
        bounds = [d.list(x) if d.chance(0.7) else None for x in (-3, 4)]
        return [d.whole(shape, fixed=False), *bounds], {}, 1
    bounds = [Input([numpy.asarray(x, numpy.float32)] * ROWS, d.chance()) if d.chance(0.7) else None for x in (low, high)]
    return [d.real(shape, True, False), *bounds], {}, 1


def gelu(d):
    attributes = {"approximate": d.pick(["none", "tanh"])} if d.chance(0.7) else {}
    return [d.real(d.shape(), False, False)], attributes, 1


def gemm(d):
    m, k, n = d.int(1, 5), d.int(1, 40), d.int(1, 40)
    attributes = {name: d.int(0, 1) for name in ("transA", "transB") if d.chance()}
    attributes |= {name: d.int(-8, 8) / 4 for name in ("alpha", "beta") if d.chance()}
    a = d.exact([k, m] if attributes.get("transA") else [m, k], fixed=False)
    b = d.exact([n, k] if attributes.get("transB") else [k, n], fixed=d.chance(0.7))
    bias = d.exact(d.pick([[n], [1], [], [m, n], [1, n], [m, 1]]))
    return [a, b] + ([bias] if d.opset < 11 or d.chance(0.8) else []), attributes, 1


def matmul(d):
    m, k, n = d.int(1, 5), d.int(1, 40), d.int(1, 40)
    stacks = d.broadcast(2) if d.chance() else ([], [])
    a, b = [*stacks[0], m, k], [*stacks[1], k, n]
    if d.chance(0.2):
        a = [k]
    if d.chance(0.2):
        b = [k]
    return [d.exact(a, fixed=False), d.exact(b, fixed=d.chance(0.7))], {}, 1


def any_kind(d, shape, fixed=False):
    if d.chance(0.1):
        return d.of(lambda: d.marks(shape), fixed)
    return d.whole(shape, fixed=fixed) if d.chance(0.3) else d.real(shape, fixed=fixed)


def reshape(d):
    shape = d.shape(1, 4)
    wanted = [shape[i] for i in d.random.permutation(len(shape))] + [1] * d.int(0, 2)
    if d.chance():
        wanted[d.int(0, len(wanted) - 1)] = -1
    if d.chance(0.3):
        wanted = [0] * d.int(0, len(shape)) + [-1]
    return [any_kind(d, shape), d.list(wanted)], {"allowzero": 0} if d.opset >= 14 and d.chance() else {}, 1


def flatten(d):
    shape = d.shape(1, 5)
    rank = len(shape)
    axis = d.int(0, rank) if d.opset < 11 else d.int(-rank, rank)
    return [any_kind(d, shape)], {"axis": axis} if d.chance(0.8) else {}, 1


def axes_as(d, axes, since):
    """Axes as an attribute before version `since` of the operators, as an input from it on."""
    return ([d.list(axes)], {}) if d.opset >= since else ([], {"axes": axes})


def squeeze(d):
    shape = d.shape(1, 5)
    ones = [i for i in range(len(shape)) if d.chance()]
    for i in ones:
        shape[i] = 1
    if not ones or d.chance(0.3):
        return [any_kind(d, shape)], {}, 1
    negative = d.opset >= 11 and d.chance()
    inputs, attributes = axes_as(d, [i - len(shape) if negative else i for i in ones], 13)
    return [any_kind(d, shape), *inputs], attributes, 1


def unsqueeze(d):
    shape, more = d.shape(0, 4), d.int(1, 3)
    rank = len(shape) + more
    axes = [int(a) for a in d.random.permutation(rank)[:more]]
    if d.opset >= 11 and d.chance():
        axes = [a - rank for a in axes]
    if d.opset < 11:
        axes.sort()
    inputs, attributes = axes_as(d, axes, 13)
    return [any_kind(d, shape), *inputs], attributes, 1


CASTS = {TensorProto.FLOAT: 100, TensorProto.DOUBLE: 100, TensorProto.INT8: 100, TensorProto.UINT8: 100,
         TensorProto.INT16: 1000, TensorProto.INT32: 100000, TensorProto.INT64: 100000, TensorProto.BOOL: 2,
         TensorProto.UINT32: 1000}


def cast(d):
    to, shape = d.pick(list(CASTS)), d.shape()
    if d.chance():  # whole numbers beyond the type lose their higher digits
        return [d.whole(shape, -70000, 70000, False)], {"to": to}, 1
    most = CASTS[to]
    low = 0 if to in (TensorProto.UINT8, TensorProto.UINT32) else -most
    part = d.pick([0, 0.01, 1])
    return [d.of(lambda: numpy.asarray(d.random.uniform(low, most, shape) * part, numpy.float32), False)], {"to": to}, 1


def constant(d):
    shape = d.shape()
    values = [{"value": numpy_helper.from_array(d.reals(shape))}, {"value": numpy_helper.from_array(d.wholes(shape))}]
    if d.opset >= 12:
        values += [{"value_float": float(d.reals([]))}, {"value_int": d.int(-9, 9)}, {"value_ints": [3, -4]},
                   {"value_floats": [0.5, -2.0]}]
    return [], d.pick(values), 1


def concat(d):
    shape = d.shape(1, 4)
    axis = d.axis(len(shape)) if d.opset >= 11 else d.int(0, len(shape) - 1)
    draw, inputs = d.whole if d.chance(0.3) else d.real, []
    for i in range(d.int(1, 4)):
        part = list(shape)
        part[axis] = d.int(1, 4)
        inputs.append(draw(part, fixed=False if i == 0 else None))
    return inputs, {"axis": axis}, 1


def split(d):
    shape = d.shape(1, 4)
    axis = d.axis(len(shape)) if d.opset >= 11 else d.int(0, len(shape) - 1)
    attributes = {"axis": axis} if axis else {}
    parts = [d.int(1, 3) for _ in range(d.int(1, 4))]
    if d.chance(0.4):  # equal ones
        parts = [parts[0]] * len(parts)
        if d.opset >= 18:
            parts[-1] = d.int(1, parts[0])
            attributes["num_outputs"] = len(parts)
        shape[axis] = sum(parts)
        return [any_kind(d, shape)], attributes, len(parts)
    shape[axis] = sum(parts)
    if d.opset >= 13:
        return [any_kind(d, shape), d.list(parts)], attributes, len(parts)
    return [any_kind(d, shape)], attributes | {"split": parts}, len(parts)


def slice_(d):
    shape = d.shape(1, 4, 7)
    axes = sorted(int(a) for a in d.random.permutation(len(shape))[: d.int(1, len(shape))])
    starts, ends, steps = [], [], []
    for a in axes:
        size, by = shape[a], d.pick([1, 1, 2, 3, -1, -2])
        if d.opset < 10:
            by = 1
        first, last = sorted((d.int(0, size - 1), d.int(0, size - 1)))
        start, end = (first, last + 1) if by > 0 else (last, first - 1)
        if end == -1:
            end = -1000
        elif d.chance(0.3) and start < size:
            start -= size
        if by > 0 and d.chance(0.2):
            end = d.pick([2 ** 31, 2 ** 63 - 1])
        starts, ends, steps = [*starts, start], [*ends, end], [*steps, by]
    x = any_kind(d, shape)
    if d.opset >= 10 and d.chance():
        axes = [a - len(shape) for a in axes]
    if d.opset < 10:
        return [x], {"starts": starts, "ends": ends, "axes": axes}, 1
    return [x, *(d.list(v) for v in (starts, ends, axes, steps))], {}, 1


def transpose(d):
    shape = d.shape(0, 5)
    order = [int(a) for a in d.random.permutation(len(shape))]
    return [any_kind(d, shape)], {"perm": order} if shape and d.chance(0.8) else {}, 1


def shape_of(d):
    bounds = {k: d.int(-5, 5) for k in ("start", "end") if d.chance()} if d.opset >= 15 else {}
    return [any_kind(d, d.shape(1, 5))], bounds, 1


def filled(d):
    value = d.pick([{}, {"value": numpy_helper.from_array(d.reals([1]))}, {"value": numpy_helper.from_array(d.wholes([1]))}])
    return [d.list(d.shape(0, 4))], value, 1


def expand(d):
    a, b = d.broadcast(2)
    return [any_kind(d, a), d.list(b)], {}, 1


def gather(d):
    shape = d.shape(1, 4)
    axis = d.axis(len(shape))
    size = shape[axis]
    low = -size if d.opset >= 11 else 0
    return [any_kind(d, shape), d.whole(d.shape(0, 3, 3), low, size - 1)], {"axis": axis} if axis or d.chance() else {}, 1


def conv(d):
    groups, inside, outside, size = d.int(1, 3), d.int(1, 3), d.int(1, 3), d.int(1, 4)
    spread, pads = d.int(1, 2), [d.int(0, 3), d.int(0, 3)]
    length = max(1, (size - 1) * spread + 1 + d.int(0, 6) - sum(pads))
    attributes = {"group": groups, "dilations": [spread], "strides": [d.int(1, 3)], "pads": pads, "kernel_shape": [size]}
    attributes = {k: v for k, v in attributes.items() if k in ("group", "dilations", "pads") or d.chance()}
    inputs = [d.exact([d.int(1, 2), groups * inside, length], fixed=False), d.exact([groups * outside, inside, size])]
    return inputs + ([d.exact([groups * outside])] if d.chance() else []), attributes, 1


def reduce(since):
    def make(d):
        shape = d.shape(1, 4)
        attributes = {"keepdims": d.int(0, 1)} if d.chance(0.7) else {}
        x = d.exact(shape, fixed=False)
        if d.chance(0.25):
            if d.opset >= since and d.chance():
                attributes["noop_with_empty_axes"] = d.int(0, 1)
            return [x], attributes, 1
        axes = d.axes(len(shape), 1) if d.opset >= 11 else sorted(a % len(shape) for a in d.axes(len(shape), 1))
        inputs, more = axes_as(d, axes, since)
        return [x, *inputs], attributes | more, 1
    return make


def softmax(d):
    shape = d.shape(1, 4)
    axis = d.axis(len(shape)) if d.opset >= 11 else d.int(0, len(shape) - 1)
    return [d.real(shape if len(shape) > 1 or d.opset >= 13 else [1, *shape], fixed=False)], {"axis": axis}, 1


def layer_norm(d):
    shape = d.shape(1, 4, 8)
    shape[-1] = d.int(2, 9)  # of one number only the bias is left, and its sign is chance
    axis = d.axis(len(shape))
    width = shape[axis:]
    attributes = {"axis": axis} | ({"epsilon": d.pick([1e-5, 1e-3])} if d.chance() else {})
    inputs = [d.exact(shape, False), d.exact(width, most=1)]  # whose variance onnxruntime, too, has exactly
    return inputs + ([d.exact(width, most=1)] if d.chance(0.8) else []), attributes, 1


def batch_norm(d):
    shape = d.shape(2, 4)
    channels = [shape[1]]
    inputs = [d.real(shape, fixed=False), *(d.exact(channels, True, 1) for _ in range(3)),
              d.of(lambda: numpy.abs(d.reals(channels)) + numpy.float32(0.1), True)]
    return inputs, {"epsilon": d.pick([1e-5, 1e-3])} if d.chance() else {}, 1


def dropout(d):
    ratio = [Input([numpy.asarray(0.3, numpy.float32)] * ROWS, True)] if d.opset >= 12 and d.chance() else []
    return [d.real(d.shape(), True, False), *ratio], {"ratio": 0.3} if d.opset < 12 and d.chance() else {}, 1


def recurrent(gates):
    def make(d):
        width, inside, steps = d.int(1, 20), d.int(1, 20), d.int(1, 4)
        x = d.real([steps, 1, inside], fixed=False)
        shapes = [1, gates * width, inside], [1, gates * width, width], [1, 2 * gates * width]
        weights = [d.of(lambda s=s: d.eighths(s, 1) / numpy.float32(2), True) for s in shapes]  # gates that are not 0 or 1
        inputs = [x, *weights[:2], weights[2] if d.chance(0.8) else None, None]
        if d.chance(0.6):
            inputs += [d.real([1, 1, width]) for _ in range(2 if gates == 4 else 1)]
        attributes = {"hidden_size": width} | ({"linear_before_reset": d.int(0, 1)} if gates == 3 else {})
        return inputs, attributes, 3 if gates == 4 else 2
    return make


OPERATORS = {
    "Abs": unary(whole_since=9), "Add": binary(9), "And": logical(2), "BatchNormalization": batch_norm, "Cast": cast,
    "Clip": clip, "Concat": concat, "Constant": constant, "ConstantOfShape": filled, "Conv": conv, "Div": binary(9, zero=False),
    "Dropout": dropout, "Elu": unary(alpha=(0.1, 3)), "Equal": binary(9), "Erf": unary(), "Exp": unary(), "Expand": expand,
    "Flatten": flatten, "Gather": gather, "Gelu": gelu, "Gemm": gemm, "Greater": binary(9), "GreaterOrEqual": binary(12),
    "GRU": recurrent(3), "Identity": lambda d: ([any_kind(d, d.shape())], {}, 1), "LayerNormalization": layer_norm,
    "LeakyRelu": unary(alpha=(-1, 1)), "Less": binary(9), "LessOrEqual": binary(12), "Log": unary(low=0), "LSTM": recurrent(4),
    "MatMul": matmul, "Max": several, "Min": several, "Mul": binary(9), "Neg": unary(whole_since=9), "Not": logical(1),
    "Or": logical(2), "Pow": power, "Reciprocal": unary(), "ReduceL2": reduce(18), "ReduceMax": reduce(18),
    "ReduceMean": reduce(18), "ReduceMin": reduce(18), "ReduceSum": reduce(13), "ReduceSumSquare": reduce(18), "Relu": unary(),
    "Reshape": reshape, "Selu": unary(alpha=(0.5, 2), gamma=(0.5, 2)), "Shape": shape_of, "Sigmoid": unary(), "Slice": slice_,
    "Softmax": softmax, "Softplus": unary(), "Split": split, "Sqrt": unary(low=0), "Squeeze": squeeze, "Sub": binary(9),
    "Tanh": unary(), "Transpose": transpose, "Unsqueeze": unsqueeze, "Where": where,
}
SINCE = {"Gelu": 20, "GreaterOrEqual": 12, "LayerNormalization": 17, "LessOrEqual": 12}


# ---- one graph


def model_of(op, draw):
    """The model, and what its inputs are in each row; "z" is an observation for those that take constants only."""
    inputs, attributes, outputs = OPERATORS[op](draw)
    names, values, fixed = [], {"z": [numpy.zeros([1], numpy.float32)] * ROWS}, []
    for i, value in enumerate(inputs):
        names.append("" if value is None else f"x{i}")
        if value is not None and value.fixed:
            fixed.append(numpy_helper.from_array(value.rows[0], names[-1]))
        elif value is not None:
            values[names[-1]] = value.rows
    while names and not names[-1]:
        names.pop()
    made = [f"y{i}" for i in range(outputs)]
    node = helper.make_node(op, names, made, name=op.lower(), **attributes)
    ins = [helper.make_tensor_value_info(k, helper.np_dtype_to_tensor_dtype(v[0].dtype), v[0].shape) for k, v in values.items()]
    out = onnx.ValueInfoProto(name=draw.pick(made))
    graph = helper.make_graph([node], "g", ins, [out], fixed)
    version = helper.make_opsetid("", draw.opset)
    return helper.make_model(graph, ir_version=10 if draw.opset > 18 else 8, opset_imports=[version]), values


def theirs(model, values):
    """Their results row by row; None: onnxruntime has no kernel for it, or computes nothing."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        model = onnx.shape_inference.infer_shapes(model, strict_mode=True)
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        rows = [session.run(None, {k: v[r] for k, v in values.items()})[0] for r in range(ROWS)]
    except Exception as error:  # its exceptions have no common class
        return None, str(error)
    return (numpy.stack([r.astype(numpy.float32).ravel() for r in rows]), "") if rows[0].size else (None, "empty")


def ours(program, path, values):
    rows = [numpy.concatenate([v[r].astype(numpy.float32).ravel() for v in values.values()]) for r in range(ROWS)]
    done = subprocess.run([program, path, str(ROWS)], input=numpy.stack(rows).tobytes(), capture_output=True, check=False)
    if done.returncode:
        return None, done.stderr.decode(errors="replace").strip() or f"signal {-done.returncode}"
    return numpy.frombuffer(done.stdout, numpy.float32).reshape(ROWS, -1), ""


def differences(have, want):
    """The largest ones, absolute and relative to the number, or to 1."""
    if have.shape != want.shape:
        return numpy.inf, numpy.inf
    same = (have == want) | (numpy.isnan(have) & numpy.isnan(want))
    have, want = have.astype(float), want.astype(float)
    with numpy.errstate(all="ignore"):
        absolute = numpy.where(same, 0, numpy.abs(have - want))
    absolute = numpy.where(numpy.isnan(absolute), numpy.inf, absolute)
    relative = numpy.where(numpy.isfinite(want), absolute / numpy.fmax(1, numpy.abs(want)), absolute)
    return absolute.max(), relative.max()


def worst_of(have, want):
    """The number that differs most, as text."""
    if have.shape != want.shape:
        return f"{have.shape[1]} numbers, theirs {want.shape[1]}"
    with numpy.errstate(all="ignore"):
        at = numpy.nanargmax(numpy.abs(have - want) / numpy.fmax(1, numpy.abs(want)))
    return f"number {at % have.shape[1]} of row {at // have.shape[1]} is {have.flat[at]:.9g}, theirs {want.flat[at]:.9g}"


def attributes_of(model):
    return {a.name: str(helper.get_attribute_value(a))[:60] for a in model.graph.node[0].attribute}


def documented():
    with open(os.path.join(ROOT, "docs", "formats.md"), encoding="utf-8") as file:
        text = re.search(r"operator that its action needs is one of these: (.*?) \(Conv", file.read(), re.DOTALL).group(1)
    return set(re.split(r",\s+", text))


def run_operator(op, arguments, folder):
    """A row of the table; the first problem, or None."""
    ran = skipped = 0
    most, problem = [0.0, 0.0], None
    for number in range(arguments.graphs):
        draw = Draw([arguments.seed, sorted(OPERATORS).index(op), number], SINCE.get(op, FIRST))
        model, values = model_of(op, draw)
        want, why = theirs(model, values)
        if want is None:
            skipped += 1
            if arguments.verbose:
                print(f"  {op} {number} opset {draw.opset}: {why[:300]}")
            continue
        path = os.path.join(arguments.keep or folder, f"{op}_{number}.onnx")
        onnx.save(model, path)
        have, why = ours(arguments.program, path, values)
        ran += 1
        if have is None:
            problem = problem or f"graph {number}, opset {draw.opset}: {why}"
            continue
        absolute, relative = differences(have, want)
        most = [max(most[0], absolute), max(most[1], relative)]
        if relative > TOLERANCE:
            text = f"graph {number}, opset {draw.opset}: {absolute:.3g} absolute, {relative:.3g} relative"
            problem = problem or text
            if arguments.verbose:
                print(f"  {op} {text}: {worst_of(have, want)}; {attributes_of(model)}")
        if not arguments.keep:
            os.remove(path)
    print(f"| {op:18} | {ran:4} | {skipped:4} | {most[0]:8.2g} | {most[1]:8.2g} | {problem or ''}", flush=True)
    return problem or (None if ran else "no graph ran")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", metavar="RUN_GRAPH", type=os.path.abspath)
    parser.add_argument("--graphs", type=int, default=60, help="of each operator (60)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="operators with commas between them")
    parser.add_argument("--keep", metavar="DIR", help="folder that gets the graphs")
    parser.add_argument("--verbose", action="store_true", help="also why graphs were left out, and graphs that differ")
    arguments = parser.parse_args()
    if set(OPERATORS) != documented():
        sys.exit(f"operators that docs/formats.md and this script do not share: {set(OPERATORS) ^ documented()}")
    print("| operator           | both | left | absolute | relative | first problem\n|---|---|---|---|---|---|")
    wanted = arguments.only.split(",") if arguments.only else sorted(OPERATORS)
    with tempfile.TemporaryDirectory() as folder:
        problems = [op for op in wanted if run_operator(op, arguments, folder)]
    print(f"\n{len(wanted)} operators, {len(problems)} with problems; onnxruntime {onnxruntime.__version__}")
    sys.exit(len(problems) > 0)


if __name__ == "__main__":
    main()
