#!/usr/bin/env python3
"""`carryover serve` with the real packages, and how fast it is: run by hand where gymnasium and stable-baselines3 are.

    tests/bench/serve.py speed [--task hopper] [--envs 64] [--threads 2]
    tests/bench/serve.py gymnasium
    tests/bench/serve.py train [--steps 100000]

`speed` needs NumPy alone: a client that writes and reads frames against the C loop (`bench env`), by turns, medians of five.
`gymnasium` holds tools/vector_env.py to what Gymnasium's own vector envs do, and the pendulum's steps to Gymnasium's.
`train` lets Stable-Baselines3's PPO learn a task through it, beside `carryover train` with as many steps.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("CARRYOVER_PROGRAM") or os.path.join(SOURCE, "build", "release", "carryover")
sys.path.insert(0, os.path.join(SOURCE, "tools"))
sys.dont_write_bytecode = True


def answer_of(*args):
    return json.loads(subprocess.run([PROGRAM, *map(str, args), "--json"], capture_output=True, check=True).stdout)


# ---- speed

class Frames:
    """Writes and reads frames, and looks into none."""

    def __init__(self, *args):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([PROGRAM, "serve", *map(str, args), "-q"], stdin=pipe, stdout=pipe)
        self.header = json.loads(self.process.stdout.readline())
        self.answer = memoryview(bytearray(self.header["answer"]["bytes"]))

    def ask(self, request):
        self.process.stdin.write(request)
        self.process.stdin.flush()
        if self.process.stdout.readinto(self.answer) != len(self.answer):
            sys.exit("serve has ended")

    def close(self):
        self.process.communicate(b"c")


def requests_of(header, count):
    """Steps with uniform actions."""
    rng = np.random.default_rng(0)
    low, high = np.array([(e["low"], e["high"]) for e in header["action"]]).T
    shape = header["requests"][1]["arrays"][0]["shape"]
    return [b"s" + rng.uniform(low, high, shape).astype("<f4").tobytes() for _ in range(count)]


def steps_per_second(frames, requests, seconds):
    begin, done = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        for request in requests[:16]:
            frames.ask(request)
        requests = requests[16:] + requests[:16]
        done += 16 * frames.header["envs"]
    return done / (time.perf_counter() - begin)


def speed(args):
    world = ("--envs", args.envs, "--threads", args.threads)
    frames = Frames(args.task, *world)
    requests = requests_of(frames.header, 256)
    frames.ask(b"r" + np.array(-1, "<i8").tobytes())
    for request in requests[:64]:  # into the midst of episodes, as the loop is
        frames.ask(request)
    rounds = []
    for _ in range(5):
        loop = answer_of("bench", "env", "--task", args.task, *world, "--repeat", 1, "--seconds", args.seconds)["value"]
        served = steps_per_second(frames, requests, args.seconds)
        rounds.append((served / loop, served, loop))
        print(f"served {served:9.0f} env steps/s, C loop {loop:9.0f}: {served / loop:.2f}", flush=True)
    frames.close()
    ratio, served, loop = (statistics.median(column) for column in zip(*rounds))
    print(f"{args.task}, {args.envs} rows, {args.threads} threads: {100 * ratio:.0f} % of the C loop, medians "
          f"{served:.0f} and {loop:.0f} env steps/s; an answer has {len(frames.answer)} bytes")


# ---- Gymnasium

def check(condition, text):
    if not condition:
        sys.exit(f"FAILED: {text}")


def shape_of(value):
    """What is compared of infos: keys, types and sizes, not numbers."""
    if isinstance(value, dict):
        return {key: shape_of(member) for key, member in value.items()}
    return value.dtype.kind, value.shape


def reference(envs):
    """Gymnasium's pendulum whose infos have the same keys."""
    import gymnasium

    class Told(gymnasium.Wrapper):
        def step(self, action):
            *rest, _ = self.env.step(action)
            return *rest, {"success": False, "fault": False}

    mode = gymnasium.vector.AutoresetMode.SAME_STEP
    return gymnasium.vector.SyncVectorEnv([lambda: Told(gymnasium.make("Pendulum-v1"))] * envs, autoreset_mode=mode)


def same_semantics(wrap):
    """One episode and what follows it, step by step beside Gymnasium's."""
    from vector_env import Served
    ours = wrap(Served("pendulum", "--envs", 3, "-q", program=PROGRAM))
    theirs = wrap(reference(3))
    ours.action_space.seed(1)
    obs, other = ours.reset(seed=3)[0], theirs.reset(seed=3)[0]
    check(ours.metadata["autoreset_mode"] == theirs.metadata["autoreset_mode"], "autoreset mode")
    check(ours.action_space == theirs.action_space, f"action spaces: {ours.action_space} {theirs.action_space}")
    check((obs.shape, obs.dtype) == (other.shape, other.dtype), "observations")
    for step in range(1, 205):
        action = ours.action_space.sample()
        a, b = ours.step(action), theirs.step(action)
        for x, y, name in zip(a, b, ("observation", "reward", "terminated", "truncated")):
            check(x.shape == y.shape and x.dtype.kind == y.dtype.kind, f"step {step}: {name}: {x!r} {y!r}")
        check((a[2] == b[2]).all() and (a[3] == b[3]).all(), f"step {step}: ends {a[2:4]} {b[2:4]}")
        check(a[0] in ours.observation_space, f"step {step}: outside of its space")
        infos = [{key: shape_of(value) for key, value in x[4].items() if key.lstrip("_") not in ("success", "fault", "episode")}
                 for x in (a, b)]
        check(infos[0] == infos[1], f"step {step}: infos {infos}")
        if "final_obs" in a[4]:
            check(step == 200 and all(row.shape == (3,) for row in a[4]["final_obs"]), f"step {step}: final observations")
            check(np.abs(np.stack(a[4]["final_obs"]) - a[0]).max() > 1e-3, "the next episode has begun")
    again = ours.reset(seed=3)[0]
    check((again == obs).all() and (ours.reset()[0] != obs).any(), "seeds")
    ours.close()
    theirs.close()


def same_steps(steps):
    """Every step of the served pendulum as Gymnasium's pendulum makes it from the same state."""
    import gymnasium
    from vector_env import Served
    ours, theirs = Served("pendulum", "--envs", 4, "-q", program=PROGRAM), gymnasium.make("Pendulum-v1").unwrapped
    theirs.reset(seed=0)
    ours.action_space.seed(2)
    obs, worst = ours.reset(seed=1)[0], 0.0
    for _ in range(steps):
        action = ours.action_space.sample()
        after, reward, _, _, infos = ours.step(action)
        last = infos.get("final_obs", after)
        for row in range(4):
            theirs.state = np.array([np.arctan2(obs[row, 1], obs[row, 0]), obs[row, 2]], float)
            expected, paid, *_ = theirs.step(action[row])
            worst = max(worst, np.abs(expected - last[row]).max(), abs(paid - reward[row]))
        obs = after
    ours.close()
    check(worst < 2e-5, f"pendulum: differs by {worst}")
    return worst


def with_gymnasium(_):
    import gymnasium
    wrappers = gymnasium.wrappers.vector
    for wrap in (lambda env: env, wrappers.RecordEpisodeStatistics, wrappers.NormalizeReward,
                 lambda env: wrappers.ClipAction(wrappers.RecordEpisodeStatistics(env))):
        same_semantics(wrap)
    print(f"Gymnasium {gymnasium.__version__}: same semantics, alone and under its wrappers; "
          f"1,000 steps of 4 pendulums differ by at most {same_steps(1000):.1e}")


# ---- Stable-Baselines3

def stable_baselines(served):
    """A vector env of Gymnasium as one of Stable-Baselines3."""
    from stable_baselines3.common.vec_env import VecEnv

    class Adapter(VecEnv):
        def __init__(self):
            super().__init__(served.num_envs, served.single_observation_space, served.single_action_space)

        def reset(self):
            return served.reset()[0]

        def step_async(self, actions):
            self.actions = actions

        def step_wait(self):
            obs, rewards, terminated, truncated, infos = served.step(self.actions)
            told = [{} for _ in range(self.num_envs)]
            for row in np.flatnonzero(terminated | truncated):
                told[row] = {"terminal_observation": infos["final_obs"][row],
                             "TimeLimit.truncated": bool(truncated[row] and not terminated[row])}
            return obs, rewards, terminated | truncated, told

        def close(self):
            served.close()

        def get_attr(self, attr_name, indices=None):
            return [getattr(served, attr_name, None)] * self.num_envs

        def set_attr(self, attr_name, value, indices=None):
            raise NotImplementedError

        def env_method(self, method_name, *args, indices=None, **kwargs):
            raise NotImplementedError

        def env_is_wrapped(self, wrapper_class, indices=None):
            return [False] * self.num_envs

    return Adapter()


def train(args):
    import stable_baselines3
    import torch
    from stable_baselines3.common.evaluation import evaluate_policy
    from stable_baselines3.common.vec_env import VecMonitor, VecNormalize
    from vector_env import Served
    env = VecNormalize(VecMonitor(stable_baselines(
        Served(args.task, "--envs", 8, "--seed", 1, "--steps", args.steps, program=PROGRAM))))
    torch.set_num_threads(1)  # nets this small wait for threads longer than they compute
    begin = time.perf_counter()
    model = stable_baselines3.PPO("MlpPolicy", env, n_steps=256, batch_size=64, seed=1, device="cpu")
    model.learn(args.steps)
    wall = time.perf_counter() - begin
    steps = model.num_timesteps
    env.venv.close()
    there = VecNormalize(VecMonitor(stable_baselines(Served(args.task, "--envs", 8, "--seed", 1001, program=PROGRAM))),
                         training=False, norm_reward=False)
    there.obs_rms = env.obs_rms
    mean, spread = evaluate_policy(model, there, 20)
    there.close()
    print(f"Stable-Baselines3 {stable_baselines3.__version__}, PPO, {args.task}, {steps} env steps: return {mean:.0f} +- "
          f"{spread:.0f} over 20 episodes, {wall:.0f} s")
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "policy.safetensors")
        answer_of("train", args.task, "--steps", steps, "--out", out, "-q")
        found = answer_of("eval", out, "--episodes", 20)["return"]
    print(f"carryover train, PPO, as many steps: return {found['mean']:.0f} +- {found['std']:.0f} over 20 episodes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("speed", "gymnasium", "train"))
    parser.add_argument("--task", default="hopper")
    parser.add_argument("--envs", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=2.0, help="of a turn")
    parser.add_argument("--steps", type=int, default=102400, help="of a training; a multiple of 2048")
    args = parser.parse_args()
    {"speed": speed, "gymnasium": with_gymnasium, "train": train}[args.what](args)


main()
