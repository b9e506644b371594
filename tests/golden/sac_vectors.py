#!/usr/bin/env python3
"""Recipe of sac_vectors.json: updates of SAC by automatic differentiation in double, with jax and optax.

    pip install jax optax
    python3 tests/golden/sac_vectors.py tests/golden/sac_vectors.json > new && mv new tests/golden/sac_vectors.json

Not part of the build or the tests, which read the file only. Everything here is written from the papers (Haarnoja et al.
2018, eq. 5 to 9 and appendix C; Kingma & Ba 2015; Ba et al. 2016), nothing from agents/: a 3-5-4 actor with mean and
log_std of two actions, two 5-5-4-1 critics, elu, in one case with layer norm. Which transitions and what noise an update
takes is the learner's to draw: `draws` of the file is kept as it is, and the test prints what it should be.
"""

import json
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax

jax.config.update("jax_enable_x64", True)
TRANSITIONS, BATCH, UPDATES, OBS, HIDDEN, ACT = 20, 9, 3, 3, (5, 4), 2
SETTINGS = {"gamma": 0.9, "tau": 0.05, "rate": 3e-3, "adam_epsilon": 1e-8, "log_std_min": -1.0, "target_entropy": -1.5}
CASES = {"plain": {}, "narrow": {"log_std_min": 0.5, "target_entropy": 2.0, "gamma": 1.0, "tau": 1.0},
         "norm": {"layer_norm": True}}
LOG_STD_MAX = 2.0
NORM_EPSILON = 1e-5


def make_params(draw):
    params = {"actor.log_alpha": np.array([-0.7])}
    parts = [("actor", OBS, "mean", ACT), ("critic.0", OBS + ACT, "value", 1), ("critic.1", OBS + ACT, "value", 1)]
    for part, width, head, out in parts:
        sizes = (width,) + HIDDEN + (out,)
        for layer in range(len(sizes) - 1):
            name = f"{part}.trunk.{layer}" if layer < len(HIDDEN) else f"{part}.{head}"
            params[name + ".weight"] = 0.7 * draw(sizes[layer], sizes[layer + 1])
            params[name + ".bias"] = 0.3 * draw(sizes[layer + 1])
    params["actor.log_std.weight"] = 0.8 * draw(HIDDEN[-1], ACT)
    params["actor.log_std.bias"] = np.array([-0.9, 1.8])  # some rows below log_std_min, some above 2
    return params


def make_norms(draw):
    """Weights and biases of the norm before each hidden layer's activation."""
    return {f"{part}.trunk.{layer}.norm.{which}": base + 0.3 * draw(width)
            for part in ("actor", "critic.0", "critic.1") for layer, width in enumerate(HIDDEN)
            for which, base in (("weight", 1.0), ("bias", 0.0))}


def normalised(params, name, x):
    if name + ".weight" not in params:
        return x
    x = (x - x.mean(axis=-1, keepdims=True)) / jnp.sqrt(x.var(axis=-1, keepdims=True) + NORM_EPSILON)
    return x * params[name + ".weight"] + params[name + ".bias"]


def hidden(params, part, x):
    for layer in range(len(HIDDEN)):
        name = f"{part}.trunk.{layer}"
        x = jax.nn.elu(normalised(params, name + ".norm", x @ params[name + ".weight"] + params[name + ".bias"]))
    return x


def value_of(params, k, obs, action):
    x = hidden(params, f"critic.{k}", jnp.concatenate([obs, action], axis=-1))
    return (x @ params[f"critic.{k}.value.weight"] + params[f"critic.{k}.value.bias"])[:, 0]


def smaller_value(params, obs, action):
    return jnp.minimum(value_of(params, 0, obs, action), value_of(params, 1, obs, action))


def act(params, obs, noise, s):
    """The action and its log probability: the Gaussian's, less the logarithm of tanh's derivative."""
    x = hidden(params, "actor", obs)
    mean = x @ params["actor.mean.weight"] + params["actor.mean.bias"]
    log_std = jnp.clip(x @ params["actor.log_std.weight"] + params["actor.log_std.bias"], s["log_std_min"], LOG_STD_MAX)
    u = mean + jnp.exp(log_std) * noise
    # 1 - tanh(u)^2 = 4 sigmoid(2 u) sigmoid(-2 u), of which the left has no digits where |u| is large
    slope = jnp.log(4) + jax.nn.log_sigmoid(2 * u) + jax.nn.log_sigmoid(-2 * u)
    log_prob = -0.5 * noise**2 - log_std - 0.5 * jnp.log(2 * jnp.pi) - slope
    return jnp.tanh(u), log_prob.sum(axis=-1)


def critic_loss(critics, params, target, b, noise, s):
    action, log_prob = act(params, b["next_obs"], noise, s)
    after = smaller_value(target, b["next_obs"], action) - jnp.exp(params["actor.log_alpha"][0]) * log_prob
    goal = jax.lax.stop_gradient(b["reward"] + s["gamma"] * (1 - b["terminated"]) * after)
    values = [value_of(critics, k, b["obs"], b["action"]) for k in range(2)]
    return sum(0.5 * ((q - goal) ** 2).mean() for q in values), sum(q.mean() for q in values) / 2


def actor_loss(actor, critics, alpha, b, noise, s):
    action, log_prob = act(actor, b["obs"], noise, s)
    return (alpha * log_prob - smaller_value(critics, b["obs"], action)).mean(), log_prob.mean()


def part_of(params, prefix):
    return {key: value for key, value in params.items() if key.startswith(prefix)}


class Learner:
    """Parameters and Adam's moments, one state for all: steps of different tensors do not touch."""

    def __init__(self, params, target, s):
        self.params, self.target, self.s = dict(params), dict(target), s
        self.adam = optax.adam(s["rate"], eps=s["adam_epsilon"])
        self.state = {key: self.adam.init(value) for key, value in params.items()}

    def step(self, grads):
        for key, grad in grads.items():
            change, self.state[key] = self.adam.update(grad, self.state[key])
            self.params[key] = self.params[key] + change

    def update(self, b, draws):
        s, noise = self.s, exact({key: np.reshape(draws[key], (BATCH, ACT)) for key in ("next_noise", "noise")})
        alpha, actor = jnp.exp(self.params["actor.log_alpha"][0]), part_of(self.params, "actor.")
        (of_critics, value), grads = jax.value_and_grad(critic_loss, has_aux=True)(
            part_of(self.params, "critic."), self.params, self.target, b, noise["next_noise"], s)
        square = optax.global_norm(grads) ** 2
        self.step(grads)
        critics = part_of(self.params, "critic.")
        self.target = {key: self.target[key] + s["tau"] * (critics[key] - self.target[key]) for key in critics}
        (of_actor, log_prob), grads = jax.value_and_grad(actor_loss, has_aux=True)(
            actor, critics, alpha, b, noise["noise"], s)
        del grads["actor.log_alpha"]
        square += optax.global_norm(grads) ** 2
        grads["actor.log_alpha"] = jnp.array([-(log_prob + s["target_entropy"])])
        self.step(grads)
        return [float(x) for x in (of_actor, of_critics, -log_prob, value, jnp.sqrt(square))]


def run(params, target, replay, draws, s):
    learner, figures = Learner(params, target, s), []
    for drawn in draws:
        figures.append(learner.update({key: value[np.array(drawn["index"])] for key, value in replay.items()}, drawn))
    names = ("policy_loss", "value_loss", "entropy", "mean_value", "grad_norm")
    return {**dict(zip(names, np.mean(figures, axis=0).tolist())), "params": flat(learner.params),
            "target": flat(learner.target)}


def flat(arrays):
    return {key: np.ravel(value).tolist() for key, value in sorted(arrays.items())}


def exact(arrays):
    """As the floats that the learner starts from."""
    return {key: np.float32(value).astype(np.float64) for key, value in arrays.items()}


def main():
    generator = np.random.default_rng(23)
    draw = lambda *shape: generator.normal(size=shape)
    params = exact(make_params(draw))
    target = exact({key: value + 0.1 * draw(*value.shape) for key, value in part_of(params, "critic.").items()})
    replay = exact({"obs": draw(TRANSITIONS, OBS), "action": np.tanh(draw(TRANSITIONS, ACT)),
                    "next_obs": draw(TRANSITIONS, OBS), "reward": draw(TRANSITIONS),
                    "terminated": draw(TRANSITIONS) > 0.5})
    with open(sys.argv[1], encoding="utf-8") as file:
        draws = json.load(file)["draws"]
    normed = params | exact(make_norms(draw))
    normed_target = target | exact({key: value + 0.1 * draw(*value.shape)
                                    for key, value in part_of(normed, "critic.").items() if key not in target})
    cases = {}
    for name, changed in CASES.items():
        s = SETTINGS | changed
        start = (normed, normed_target) if s.get("layer_norm") else (params, target)
        cases[name] = {"settings": s, "params": flat(start[0]), "target": flat(start[1]),
                       "after": run(*start, replay, draws, s)}
    note = f"made by tests/golden/sac_vectors.py with jax {jax.__version__}, optax {optax.__version__}, float64"
    print(json.dumps({"note": note, "draws": draws, "replay": flat(replay), "cases": cases}))


main()
