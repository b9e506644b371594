"""`carryover serve`: a client of the standard library, the same bytes for any threads, budgets, hidden rewards, and clients that
are wrong, silent or dead."""

import json
import os
import signal
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
from common import CONFIG, DATA, NO_INPUT, OK, PROGRAM, USAGE, WANTING, Tests  # noqa: E402

IO, INTERRUPTED = 74, 75
HEAD = struct.Struct("<IIq")
SIZES = {"<f4": ("f", 4), "|b1": ("?", 1)}

t = Tests()


class Client:
    def __init__(self, *args):
        command = [PROGRAM, "serve", *map(str, args)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.header = json.loads(self.process.stdout.readline())
        self.envs, self.answer = self.header["envs"], self.header["answer"]

    def send(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def receive(self):
        """The answer's bytes; {} of the arrays by name."""
        frame = self.process.stdout.read(self.answer["bytes"])
        t.equal((len(frame), HEAD.unpack_from(frame)[:2]), (self.answer["bytes"], (0, 0)), "an answer")
        arrays = {}
        for array in self.answer["arrays"]:
            count = 1
            for size in array["shape"]:
                count *= size
            kind, _ = SIZES[array["dtype"]]
            arrays[array["name"]] = struct.unpack_from(f"<{count}{kind}", frame, array["offset"])
        return frame, arrays

    def reset(self, seed=-1):
        self.send(b"r" + struct.pack("<q", seed))
        return self.receive()

    def put_step(self, actions):
        self.send(b"s" + struct.pack(f"<{len(actions)}f", *actions))

    def step(self, actions):
        self.put_step(actions)
        return self.receive()

    def error(self):
        """The error that an answer holds: code, text."""
        code, size, steps = HEAD.unpack(self.process.stdout.read(HEAD.size))
        return code, self.process.stdout.read(size).decode(), steps

    def end(self, code, text, label):
        """Closes and waits; the exit code, and one sentence on stderr."""
        out, err = self.process.communicate(timeout=60)
        t.equal(self.process.returncode, code, f"{label}: exit code ({err.decode()})")
        t.check(text in err.decode(), f"{label}: {err.decode()!r} does not say {text!r}")
        t.equal(err.decode().count("carryover: error: "), int(code != OK), f"{label}: sentences")
        return out


def actions_of(client, step):
    """Numbers within every action's range that are the same everywhere."""
    width = len(client.header["action"])
    return [((7 * step + 3 * i) % 11 - 5) / 10 for i in range(client.envs * width)]


def play(*args, steps=60):
    client = Client(*args, "-q")
    frames = [client.reset()[0]] + [client.step(actions_of(client, i))[0] for i in range(steps)]
    client.send(b"c")
    t.equal(client.end(OK, "", str(args)), b"", f"{args}: nothing behind the last answer")
    return frames


# ---- headers

def header():
    found = t.json("serve", "hopper", "--envs", 3, "--seed", 5, "--domain", '{ parameter = "option.gravity"; scale = 1.5; }')
    t.equal([found[key] for key in ("task", "envs", "seed", "budget", "rewards", "horizon")], ["hopper", 3, 5, None, True, 1000],
            "header")
    t.equal(found["domain"][0]["parameter"], "option.gravity", "header: domain")
    t.equal([len(found["observation"]), len(found["action"])], [11, 3], "header: elements")
    t.equal(found["action"][0], {"name": "ctrl/thigh_joint", "unit": "1", "low": -1.0, "high": 1.0}, "header: an action")
    t.equal({r["name"]: (r["first"], r["bytes"]) for r in found["requests"]},
            {"reset": ("r", 9), "step": ("s", 1 + 4 * 9), "close": ("c", 1)}, "header: requests")
    end = HEAD.size
    for array in found["answer"]["arrays"]:
        t.equal(array["offset"], end, f"header: {array['name']} begins where the one before ends")
        size = SIZES[array["dtype"]][1]
        for length in array["shape"]:
            size *= length
        end += size
    t.equal(found["answer"]["bytes"], end, "header: bytes")


def usage():
    t.error(USAGE, "--envs N", "serve", "hopper")
    t.error(USAGE, "--envs", "serve", "hopper", "--envs", 0)
    t.error(USAGE, "--envs", "serve", "hopper", "--envs", 10**9)
    t.error(USAGE, "--steps", "serve", "hopper", "--envs", 1, "--steps", 0)
    t.error(NO_INPUT, "hoper", "serve", "hoper", "--envs", 1)
    t.error(CONFIG, "horizon", "serve", "hopper", "--envs", 1, "--set", "horizon=-3")
    t.full_disk("serve", "hopper", "--envs", 1)


# ---- bytes

def same_bytes():
    for task in ("pendulum", "hopper", "quadruped_flat", "ant_maze"):
        args = (task, "--envs", 5, "--set", "horizon=25")
        one = play(*args, "--threads", 1)
        t.check(one == play(*args, "--threads", 3), f"{task}: the same bytes on three threads")
        t.check(one == play(*args, "--threads", 1, "--seed", 1), f"{task}: seed 1 is the default")
        t.check(one[0] != play(*args, "--threads", 1, "--seed", 2, steps=0)[0], f"{task}: another seed is another start")


def rows():
    """A row does not depend on those beside it; an end, its last observation, and what a seed does."""
    few, many = Client("pendulum", "--envs", 2, "--set", "horizon=20"), Client("pendulum", "--envs", 6, "--set", "horizon=20")
    starts = [client.reset()[1]["observation"][:6] for client in (few, many)]
    t.equal(starts[0], starts[1], "starts of two rows")
    for step in range(1, 41):
        a, b = (client.step([0.5] * client.envs)[1] for client in (few, many))
        t.equal(a["observation"][:6], b["observation"][:6], f"step {step}: observations")
        t.equal(a["truncated"], (step % 20 == 0,) * 2, f"step {step}: truncated")
        zero = (0.0,) * 6
        t.equal(a["final_observation"] != zero, step % 20 == 0, f"step {step}: a last observation at the end alone")
        t.equal(a["terminated"] + a["fault"], (False,) * 4, f"step {step}: nothing else")
        t.check(all(reward < 0 for reward in a["reward"]), f"step {step}: rewards {a['reward']}")
    t.equal(few.reset(1)[1]["observation"], starts[0], "seed 1 begins anew")
    t.check(few.reset()[1]["observation"] != starts[0], "without a seed episodes go on")
    few.send(b"c")
    few.end(OK, "80 env steps, 4 episodes, 0 of them", "two rows")
    many.process.stdin.close()  # an end of the pipe is an end
    many.process.stdin = None
    many.end(OK, "240 env steps", "six rows")


def hidden():
    client = Client("pendulum", "--envs", 2, "--hide-rewards")
    t.equal(client.header["rewards"], False, "hidden: header")
    client.reset()
    _, arrays = client.step([0, 0])
    t.equal(sorted(arrays), ["fault", "final_observation", "observation", "terminated", "truncated"], "hidden: arrays")
    client.end(OK, "2 env steps", "hidden")


def budget():
    client = Client("pendulum", "--envs", 4, "--steps", 10)
    t.equal(client.header["budget"], 10, "budget: header")
    client.reset()
    for steps in (4, 8):
        frame, _ = client.step([0] * 4)
        t.equal(HEAD.unpack_from(frame)[2], steps, "budget: steps so far")
    client.put_step([0] * 4)
    code, text, steps = client.error()
    t.equal((code, steps), (WANTING, 8), "budget: the answer")
    t.check("8 of 10 env steps" in text, f"budget: {text}")
    client.end(WANTING, text, "budget")


# ---- clients that go wrong

def wrong():
    for data, text in ((b"x", "offset 9: byte 0x78 begins no request"), (b"s\0\0", "offset 9: ends within a request, 3 of 9"),
                       (b"s" + struct.pack("<2f", 0, float("nan")), "offset 9: action of row 1, element 0 (ctrl/hinge): nan"),
                       (b"s" + struct.pack("<2f", float("-inf"), 0), "action of row 0, element 0 (ctrl/hinge): -inf")):
        client = Client("pendulum", "--envs", 2)
        client.reset()
        client.send(data)
        client.process.stdin.close()
        client.process.stdin = None
        code, said, _ = client.error()
        t.equal(code, DATA, f"{data}: code of the answer")
        client.end(DATA, said, str(data))
        t.check(text in said, f"{data}: {said!r} does not say {text!r}")
    client = Client("pendulum", "--envs", 2)
    client.put_step([0, 0])
    t.check("a step before the first reset" in client.error()[1], "a step before the first reset")
    client.end(DATA, "before the first reset", "a step before the first reset")


def dead():
    """A client that is gone, one that does not read, and signals while the program waits."""
    client = Client("pendulum", "--envs", 2)
    client.process.stdout.close()
    client.send(b"r" + struct.pack("<q", -1))
    client.process.stdout = None
    client.end(IO, "standard output: cannot write: Broken pipe", "a client that is gone")
    for number in (signal.SIGINT, signal.SIGTERM):
        client = Client("pendulum", "--envs", 2)
        client.process.send_signal(number)
        client.end(INTERRUPTED, "interrupted", f"signal {number}")
    client = Client("humanoid", "--envs", 64)  # larger than a pipe, so that it waits for the reader
    client.send(b"r" + struct.pack("<q", -1))
    client.process.send_signal(signal.SIGTERM)
    client.end(INTERRUPTED, "interrupted", "a signal while nobody reads")


def killed():
    """A client of which the end is the end of the program."""
    script = ("import subprocess, sys, time\n"
              "p = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
              "p.stdout.readline(); print(p.pid, flush=True); time.sleep(60)\n")
    client = subprocess.Popen([sys.executable, "-c", script, PROGRAM, "serve", "pendulum", "--envs", "2"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
    server = int(client.stdout.readline())
    client.kill()
    _, err = client.communicate(timeout=60)  # the server's standard error too, so it has ended
    t.check("0 env steps" in err.decode(), f"a client that is killed: {err}")
    t.check(not os.path.exists(f"/proc/{server}/exe"), "a client that is killed leaves nobody behind")


for test in (header, usage, same_bytes, rows, hidden, budget, wrong, dead, killed):
    test()
t.finish()
