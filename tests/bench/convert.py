"""Models of other libraries through tools/convert.py and `import`: by hand, with a Python that has stable-baselines3, torch and
numpy; sb3-contrib, rsl_rl and skrl where they are installed.

tests/bench/convert.py PROGRAM: networks with random weights of every algorithm, 100 observations; the largest difference of an
action between the library's own and the imported policy's, which 1e-5 bounds. A library that is not there is told.
"""

import json
import os
import subprocess
import sys
import tempfile

sys.path.pop(0)  # where a script is called like a package that torch wants

import gymnasium  # noqa: E402
import numpy  # noqa: E402
import stable_baselines3  # noqa: E402
import torch  # noqa: E402
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize  # noqa: E402

PROGRAM = os.path.abspath(sys.argv[1])
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OBSERVATIONS, OBS, ACT = 100, 11, 3  # of a hopper
TOLERANCE = 1e-5


class Hopper(gymnasium.Env):
    """The sizes of a hopper; nothing is simulated."""

    observation_space = gymnasium.spaces.Box(-numpy.inf, numpy.inf, (OBS,), numpy.float64)
    action_space = gymnasium.spaces.Box(numpy.float32([-2, -1, -0.4]), numpy.float32([2, 1, 0.8]), dtype=numpy.float32)

    def __init__(self):
        self.random = numpy.random.default_rng(1)

    def reset(self, **_):
        return self.random.normal(1, 2, OBS), {}

    def step(self, action):
        return self.random.normal(1, 2, OBS), 0.0, False, False, {}


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def shake(module):
    """Weights as far from their beginnings as a training would bring them."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for value in module.parameters():
            value.add_(torch.randn(value.shape, generator=generator) * value.shape[-1] ** -0.5)


def compare(folder, name, file, act, *options, normaliser=None, inside=False):
    """One row: the file converted, imported, and compared with act(observations); `inside` it has a normaliser of its own."""
    seen = numpy.random.default_rng(3).normal(1, 2, (OBSERVATIONS, OBS)).astype(numpy.float32)
    action = act(seen)
    log = os.path.join(folder, "log.json")
    with open(log, "w", encoding="utf-8") as out:
        json.dump({"data": [{"obs": x.tolist(), "action": y.tolist()} for x, y in zip(seen.astype(float), action.astype(float))]},
                  out)
    tensors, policy = os.path.join(folder, "p.safetensors"), os.path.join(folder, "imported.safetensors")
    extra = ("--normaliser", normaliser) if normaliser else ()
    code, _, error = run(sys.executable, os.path.join(ROOT, "tools", "convert.py"), file, *extra, "--out", tensors)
    if code:
        return name, "convert", error.strip()
    if not normaliser and not inside:
        options = ("--normaliser", "none", *options)
    code, out, error = run(PROGRAM, "import", tensors, "--facts", os.path.join(folder, "p.facts.json"), *options, "--verify", log,
                           "--tolerance", str(TOLERANCE), "--out", policy, "--json")
    if not out:
        return name, "import", error.strip()
    found = json.loads(out)
    return name, "ok" if code == 0 and found["trainable"] else "differs", f"{found['verified']['max_abs']:.2g}"


def sb3_rows(folder):
    """Zips, their actions from policy.predict: the deterministic ones, within bounds, scaled back where that is done."""
    makers = {name: getattr(stable_baselines3, name) for name in ("PPO", "A2C", "SAC", "TD3", "DDPG")}
    try:
        import sb3_contrib
        makers |= {name: getattr(sb3_contrib, name) for name in ("TQC", "TRPO", "ARS")}
    except ImportError:
        yield "sb3-contrib", "absent", ""
    env = DummyVecEnv([Hopper])
    normalise = VecNormalize(env)
    normalise.reset()
    for _ in range(300):
        normalise.step(numpy.zeros((1, ACT)))
    saved = os.path.join(folder, "vecnormalize.pkl")
    normalise.save(saved)
    for name, make in makers.items():
        variants = [("", {}), (" net_arch, ELU", {"net_arch": [32, 16], "activation_fn": torch.nn.ELU})]
        variants += [(" linear", {"net_arch": []})] if name in ("PPO", "TRPO") else []
        if name == "ARS":
            variants = [("", {}), (" linear", None)]
        for label, keywords in variants:
            kind = "LinearPolicy" if keywords is None else "MlpPolicy"
            model = make(kind, env, policy_kwargs=keywords or {})
            shake(model.policy)
            model.policy.set_training_mode(False)
            file = os.path.join(folder, "m.zip")
            model.save(file)
            for normaliser in (None, saved):
                def act(seen):
                    return model.predict(normalise.normalize_obs(seen) if normaliser else seen, deterministic=True)[0]
                yield compare(folder, f"sb3 {name}{label}{', VecNormalize' if normaliser else ''}", file, act,
                              normaliser=normaliser)


class Scripted(torch.nn.Module):
    def __init__(self, activation):
        super().__init__()
        self.actor = torch.nn.Sequential(torch.nn.Linear(OBS, 32), activation(), torch.nn.Linear(32, 16), activation(),
                                         torch.nn.Linear(16, ACT))

    def forward(self, x):
        return self.actor(x)


def torchscript_rows(folder):
    for activation in (torch.nn.ELU, torch.nn.Tanh):
        for how in ("script", "trace"):
            module = Scripted(activation).eval()
            shake(module)
            file = os.path.join(folder, "p.pt")
            (torch.jit.script(module) if how == "script" else torch.jit.trace(module, torch.zeros(1, OBS))).save(file)
            yield compare(folder, f"torch.jit.{how} {activation.__name__}", file,
                          lambda seen, m=module: m(torch.from_numpy(seen)).detach().numpy())


def rsl_rl_rows(folder):
    try:
        from rsl_rl.models import MLPModel
        from tensordict import TensorDict
    except ImportError as error:
        yield "rsl_rl", "absent", str(error)
        return
    for normalised in (False, True):
        batch = TensorDict({"policy": torch.zeros(1, OBS)}, batch_size=[1])
        model = MLPModel(batch, {"actor": ["policy"]}, "actor", ACT, [32, 16], "elu", obs_normalization=normalised)
        shake(model)
        if normalised:
            for _ in range(20):
                model.update_normalization(TensorDict({"policy": torch.randn(64, OBS) * 2 + 1}, batch_size=[64]))
        model.eval()
        file = os.path.join(folder, "model_1.pt")
        torch.save({"actor_state_dict": model.state_dict(), "iter": 1}, file)

        def act(seen, m=model):
            return m(TensorDict({"policy": torch.from_numpy(seen)}, batch_size=[len(seen)])).detach().numpy()

        yield compare(folder, f"rsl_rl{' normalised' if normalised else ''}", file, act, inside=normalised)


def skrl_rows(folder):
    try:
        from skrl.models.torch import GaussianMixin, Model
    except ImportError as error:
        yield "skrl", "absent", str(error)
        return

    class Policy(GaussianMixin, Model):
        def __init__(self):
            Model.__init__(self, observation_space=OBS, action_space=ACT, device="cpu")
            GaussianMixin.__init__(self)
            self.net_container = torch.nn.Sequential(torch.nn.Linear(OBS, 32), torch.nn.ELU(), torch.nn.Linear(32, 16),
                                                     torch.nn.ELU())
            self.policy_layer = torch.nn.Linear(16, ACT)
            self.log_std_parameter = torch.nn.Parameter(torch.zeros(ACT))

        def compute(self, inputs, role=""):
            return self.policy_layer(self.net_container(inputs["observations"])), {"log_std": self.log_std_parameter}

    model = Policy()
    shake(model)
    file = os.path.join(folder, "agent.pt")
    torch.save({"policy": model.state_dict()}, file)
    facts = os.path.join(folder, "more.json")
    with open(facts, "w", encoding="utf-8") as out:
        json.dump({"policy": {"activation": "elu"}}, out)  # which no file of skrl says
    yield compare(folder, "skrl", file, lambda seen: model.compute({"observations": torch.from_numpy(seen)})[0].detach().numpy(),
                  "--facts", facts)


wrong = 0
with tempfile.TemporaryDirectory() as where:
    print(f"{'model':40} {'':8} largest difference")
    for rows in (sb3_rows, torchscript_rows, rsl_rl_rows, skrl_rows):
        for row, state, figure in rows(where):
            wrong += state not in ("ok", "absent")
            print(f"{row:40} {state:8} {figure}", flush=True)
sys.exit(wrong > 0)
