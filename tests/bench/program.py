"""Imported networks against onnxruntime on one core: by hand, with a Python that has numpy, onnx and onnxruntime.

tests/bench/program.py PROGRAM BENCH_NETWORK [--seconds 0.5] [--rounds 5]

BENCH_NETWORK is the target bench_network. A network 48-512-256-128-12 with ELU as an ONNX file: a call of 1 and of 256 rows
as the policy that `import` makes of it, as the same graph run as a program, and by onnxruntime's Python call with one
thread, of which a call of a graph that gives its input back is taken off. All of it is processor time, so that what else
the machine does counts little; medians of five rounds, each of which runs all of them. Then `import` of such a file of
1 MB, from start to end of the process, its waiting for the disk included. Exit 1 where ours is slower than onnxruntime at
the fastest level of this machine (onnxruntime always takes that), or an import takes 50 ms.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

ROWS, IMPORT_MS = (1, 256), 50
LEVELS = {"v3": "x86-64-v3", "v4": "x86-64-v4"}


def network(path, sizes):
    """Dense layers with ELU between them, as trainers of walking robots export them."""
    draw, nodes, tensors, value = numpy.random.default_rng(1), [], [], "obs"
    for i, (width, out) in enumerate(zip(sizes, sizes[1:])):
        for name, shape in ((f"{i}.weight", (out, width)), (f"{i}.bias", (out,))):
            tensors.append(numpy_helper.from_array((draw.normal(size=shape) * width ** -0.5).astype(numpy.float32), name))
        last = i + 2 == len(sizes)
        to = "actions" if last else f"h{i}"
        nodes.append(helper.make_node("Gemm", [value, f"{i}.weight", f"{i}.bias"], [to], transB=1))
        if not last:
            nodes.append(helper.make_node("Elu", [to], [f"e{i}"]))
        value = f"e{i}"
    save(path, nodes, tensors, sizes[0], "actions", sizes[-1])


def save(path, nodes, tensors, width, output, out):
    values = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size])] for name, size in
              (("obs", width), (output, out))]
    graph = helper.make_graph(nodes, "policy", *values, tensors)
    onnx.save(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]), path)


def session_of(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def call_time(session, rows, width, seconds):
    """Of one call [us]."""
    feed = {"obs": numpy.sin(0.7 * numpy.arange(rows * width, dtype=numpy.float32)).reshape(rows, width)}
    begin, calls = time.process_time(), 0
    while (now := time.process_time()) - begin < seconds:
        for _ in range(16):
            session.run(None, feed)
        calls += 16
    return 1e6 * (now - begin) / calls


def ours(arguments, path, level, rows):
    done = subprocess.run([arguments.network, path, LEVELS[level], str(rows), str(arguments.seconds)], capture_output=True,
                          text=True, check=False)
    if done.returncode == 2:
        return None  # the machine has not that level
    if done.returncode:
        sys.exit(done.stderr)
    return [float(number) for number in done.stdout.split()]


def compare(arguments, folder):
    """Prints the table of calls; whether ours was nowhere slower at the last level, which is the fastest."""
    sizes, path, same = [48, 512, 256, 128, 12], os.path.join(folder, "p.onnx"), os.path.join(folder, "same.onnx")
    network(path, sizes)
    save(same, [helper.make_node("Identity", ["obs"], ["y"])], [], sizes[0], "y", sizes[0])
    theirs, identity, slowest = session_of(path), session_of(same), []
    print("| rows | level | policy [us] | program [us] | onnxruntime [us] | policy, in parts of it | program |\n"
          "|---|---|---|---|---|---|---|")
    for rows in ROWS:
        runs = []
        for _ in range(arguments.rounds):
            peer = call_time(theirs, rows, sizes[0], arguments.seconds)
            peer -= call_time(identity, rows, sizes[0], arguments.seconds)
            runs.append((peer, {level: ours(arguments, path, level, rows) for level in LEVELS}))
        peer = statistics.median(run[0] for run in runs)
        for level in LEVELS:
            if runs[0][1][level] is None:
                continue
            own = [statistics.median(run[1][level][way] for run in runs) for way in (0, 1)]
            ratio = [statistics.median(run[1][level][way] / run[0] for run in runs) for way in (0, 1)]
            print(f"| {rows} | {level} | {own[0]:.1f} | {own[1]:.1f} | {peer:.1f} | {ratio[0]:.2f} | {ratio[1]:.2f} |",
                  flush=True)
        slowest.append(max(ratio))
    return max(slowest) <= 1


def import_time(arguments, folder):
    """Of `import` of 1 MB [ms]."""
    path, times = os.path.join(folder, "large.onnx"), []
    network(path, [48, 512, 384, 128, 12])
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(arguments.rounds):
        begin = time.perf_counter()
        subprocess.run([arguments.program, "import", path, "--normaliser", "none", "--out", os.path.join(folder, "p.safetensors"),
                        "--json"], check=True, stdout=subprocess.DEVNULL)
        times.append(1e3 * (time.perf_counter() - begin))
    ended, wall = resource.getrusage(resource.RUSAGE_CHILDREN), statistics.median(times)
    work = 1e3 * (ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime) / arguments.rounds
    print(f"\nimport of {os.path.getsize(path) / 1e6:.2f} MB: {wall:.1f} ms, of processor time {work:.1f}")
    return wall


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", metavar="PROGRAM", type=os.path.abspath)
    parser.add_argument("network", metavar="BENCH_NETWORK", type=os.path.abspath)
    parser.add_argument("--seconds", type=float, default=0.5, help="of each measurement (0.5)")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-1:])  # one core, for what is started here, too
    began = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        fast = compare(arguments, folder)
        soon = import_time(arguments, folder) < IMPORT_MS
    print(f"{arguments.rounds} rounds, onnxruntime {onnxruntime.__version__}, load {began:.1f} before and "
          f"{os.getloadavg()[0]:.1f} after")
    sys.exit(not (fast and soon))


if __name__ == "__main__":
    main()
