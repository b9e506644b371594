"""A world of carryover as a gymnasium.vector.VectorEnv, stepped by `carryover serve`.

    from vector_env import Served
    env = Served("hopper", "--envs", 64, "--seed", 3)

The arguments are those of `carryover serve`; the program is looked for on the path unless `program`
says where it is. A row whose episode ends begins the next one in the same step (SAME_STEP); its last
observation is infos["final_obs"][row]. Where physics is no longer finite an episode is truncated, and
infos["final_info"]["fault"][row] says that nothing is to be learned from that step. Rewards that are
hidden are NaN. Needs Gymnasium 1.1 or newer.
"""

import contextlib
import json
from subprocess import PIPE, Popen

from gymnasium import spaces, vector
import numpy as np


class Served(vector.VectorEnv):
    metadata = {"autoreset_mode": vector.AutoresetMode.SAME_STEP}

    def __init__(self, *arguments, program="carryover"):
        self.process = Popen([program, "serve", *map(str, arguments)], stdin=PIPE, stdout=PIPE)
        self.header = json.loads(self.process.stdout.readline() or "{}")
        if not self.header:
            raise RuntimeError(f"carryover serve: exit code {self.process.wait()}")
        self.num_envs = self.header["envs"]
        self.single_observation_space, self.observation_space = self.spaces("observation")
        self.single_action_space, self.action_space = self.spaces("action")

    def spaces(self, name):
        low, high = np.array([(e["low"], e["high"]) for e in self.header[name]], "f4").T
        single = spaces.Box(np.nan_to_num(low, nan=-np.inf), np.nan_to_num(high, nan=np.inf))
        return single, vector.utils.batch_space(single, self.num_envs)

    def ask(self, request):
        self.process.stdin.write(request)
        self.process.stdin.flush()
        size, arrays = self.header["answer"]["bytes"], self.header["answer"]["arrays"]
        frame = bytearray(self.process.stdout.read(size))
        if len(frame) == size and not any(frame[:4]):
            return {a["name"]: np.ndarray(a["shape"], a["dtype"], frame, a["offset"]) for a in arrays}
        text = frame[16:] + self.process.stdout.read() if any(frame[:4]) else b"carryover serve has ended"
        raise RuntimeError(text.decode())

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.ask(b"r" + np.array(-1 if seed is None else seed, "<i8").tobytes())["observation"], {}

    def step(self, actions):
        got = self.ask(b"s" + np.asarray(actions, "<f4").reshape(self.action_space.shape).tobytes())
        got["truncated"] |= got["fault"]
        ended = got["terminated"] | got["truncated"]
        rewards = got.get("reward", np.full(self.num_envs, np.nan))
        told = {name: got[name] for name in ("success", "fault") if name in got}
        infos = {**told, **{"_" + name: ~ended for name in told}}
        if ended.any():
            infos.update(final_info={**told, **{"_" + name: ended for name in told}}, _final_info=ended)
            infos.update(final_obs=np.full(self.num_envs, None), _final_obs=ended)
            for row in ended.nonzero()[0]:
                infos["final_obs"][row] = got["final_observation"][row]
        return got["observation"], rewards, got["terminated"], got["truncated"], infos

    def close_extras(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.communicate(b"c")
        self.process.wait()
