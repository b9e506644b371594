#!/usr/bin/env python3
"""Recipe of ppo_vectors.json: updates of PPO by automatic differentiation in double, with jax and optax.

    pip install jax optax && python3 tests/golden/ppo_vectors.py > tests/golden/ppo_vectors.json

Not part of the build or the tests, which read the file only. Everything here is written from the papers (Schulman et al.
2016, eq. 16; 2017, eq. 7; Kingma & Ba 2015), nothing from agents/: two rows of six steps, one terminated and one cut by
the time limit in the middle, a 3-5-4-1 actor and a 3-5-4-1 critic with tanh, one minibatch that holds all samples.
"""

import json

import jax
import jax.numpy as jnp
import numpy as np
import optax

jax.config.update("jax_enable_x64", True)
ROWS, STEPS, OBS, HIDDEN, ACT = 2, 6, 3, (5, 4), 1
SETTINGS = {"gamma": 0.97, "lambda": 0.9, "clip": 0.2, "value_coefficient": 0.5, "entropy": 0.0, "max_grad_norm": 0.5,
            "adam_epsilon": 1e-5, "rate": 3e-3, "value_clip": 0.0, "epochs": 1, "recompute_advantages": False}
CASES = {"plain": {}, "options": {"entropy": 0.02, "value_clip": 0.1, "max_grad_norm": 10.0, "clip": 0.1},
         "recomputed": {"epochs": 3, "recompute_advantages": True}}


def make_params(draw):
    params = {}
    for part, head, out in (("actor", "mean", ACT), ("critic.0", "value", 1)):
        sizes = (OBS,) + HIDDEN + (out,)
        for layer in range(len(sizes) - 1):
            name = f"{part}.trunk.{layer}" if layer < len(HIDDEN) else f"{part}.{head}"
            params[name + ".weight"] = 0.6 * draw(sizes[layer], sizes[layer + 1])
            params[name + ".bias"] = 0.3 * draw(sizes[layer + 1])
    params["actor.log_std"] = 0.3 * draw(ACT)
    return params


def perceptron(params, part, head, x):
    for layer in range(len(HIDDEN)):
        x = jnp.tanh(x @ params[f"{part}.trunk.{layer}.weight"] + params[f"{part}.trunk.{layer}.bias"])
    return x @ params[f"{part}.{head}.weight"] + params[f"{part}.{head}.bias"]


def value_of(params, obs):
    return perceptron(params, "critic.0", "value", obs)[..., 0]


def log_prob(params, obs, action):
    z = (action - perceptron(params, "actor", "mean", obs)) * jnp.exp(-params["actor.log_std"])
    return jnp.sum(-0.5 * z**2 - params["actor.log_std"] - 0.5 * jnp.log(2 * jnp.pi), axis=-1)


def make_batch(params, draw):
    batch = {"obs": draw(ROWS, STEPS, OBS), "final_obs": draw(ROWS, STEPS, OBS), "last_obs": draw(ROWS, OBS),
             "action": draw(ROWS, STEPS, ACT), "reward": draw(ROWS, STEPS)}
    done, cut = np.zeros((ROWS, STEPS)), np.zeros((ROWS, STEPS))
    done[0, 3] = done[1, 2] = cut[1, 2] = 1  # row 0 terminated, row 1 was cut by the time limit
    batch["done"], batch["cut"] = done, cut
    batch["log_prob"] = np.float32(log_prob(params, batch["obs"], batch["action"]) + 0.2 * draw(ROWS, STEPS))
    batch["value"] = np.float32(value_of(params, batch["obs"]) + 0.2 * draw(ROWS, STEPS))
    batch["final_value"] = np.float32(value_of(params, batch["final_obs"]) * cut)
    batch["last_value"] = np.float32(value_of(params, batch["last_obs"]))
    return {key: np.asarray(value, dtype=np.float64) for key, value in batch.items()}


def advantages(batch, s):
    out = np.zeros((ROWS, STEPS))
    for row in range(ROWS):
        for t in range(STEPS):
            factor = 1.0
            for k in range(t, STEPS):  # the sum of eq. 16, term by term
                done, after = batch["done"][row, k], batch["final_value"][row, k]
                if not done:
                    after = batch["value"][row, k + 1] if k + 1 < STEPS else batch["last_value"][row]
                out[row, t] += factor * (batch["reward"][row, k] + s["gamma"] * after - batch["value"][row, k])
                factor *= s["gamma"] * s["lambda"] * (1 - done)
    return out


def losses(params, batch, advantage, target, s):
    ratio = jnp.exp(log_prob(params, batch["obs"], batch["action"]) - batch["log_prob"])
    scaled = (advantage - advantage.mean()) / (advantage.std(ddof=1) + 1e-8)
    policy = -jnp.minimum(ratio * scaled, jnp.clip(ratio, 1 - s["clip"], 1 + s["clip"]) * scaled).mean()
    value = value_of(params, batch["obs"])
    square = (value - target) ** 2
    if s["value_clip"] > 0:
        held = batch["value"] + jnp.clip(value - batch["value"], -s["value_clip"], s["value_clip"])
        square = jnp.maximum(square, (held - target) ** 2)
    entropy = jnp.sum(params["actor.log_std"] + 0.5 * jnp.log(2 * jnp.pi * jnp.e))
    kl = (ratio - 1 - jnp.log(ratio)).mean()
    clipped = (jnp.abs(ratio - 1) > s["clip"]).mean()
    total = policy + s["value_coefficient"] * square.mean() - s["entropy"] * entropy
    return total, (policy, s["value_coefficient"] * square.mean(), kl, clipped)


def run(params, batch, s):
    optimiser = optax.chain(optax.clip_by_global_norm(s["max_grad_norm"]), optax.adam(s["rate"], eps=s["adam_epsilon"]))
    state = optimiser.init(params)
    batch, figures = dict(batch), []
    for epoch in range(s["epochs"]):
        if epoch > 0 and s["recompute_advantages"]:
            batch["value"] = np.asarray(value_of(params, batch["obs"]))
            batch["final_value"] = np.asarray(value_of(params, batch["final_obs"]) * batch["cut"])
            batch["last_value"] = np.asarray(value_of(params, batch["last_obs"]))
        advantage = advantages(batch, s)
        target = advantage + batch["value"]
        (_, parts), grad = jax.value_and_grad(losses, has_aux=True)(params, batch, advantage, target, s)
        figures.append([float(x) for x in parts] + [float(optax.global_norm(grad))])
        updates, state = optimiser.update(grad, state, params)
        params = optax.apply_updates(params, updates)
    mean = np.mean(figures, axis=0)
    return {"advantage": advantage.ravel().tolist(), "target": target.ravel().tolist(),
            **dict(zip(("policy_loss", "value_loss", "approx_kl", "clip_fraction", "grad_norm"), mean.tolist())),
            "params": {key: np.ravel(value).tolist() for key, value in sorted(params.items())}}


def main():
    generator = np.random.default_rng(20)
    draw = lambda *shape: np.float32(generator.normal(size=shape)).astype(np.float64)
    params = {key: np.float32(value).astype(np.float64) for key, value in make_params(draw).items()}
    batch = make_batch(params, draw)
    cases = {name: {"settings": SETTINGS | changed, "after": run(params, batch, SETTINGS | changed)}
             for name, changed in CASES.items()}
    flat = lambda arrays: {key: np.ravel(value).tolist() for key, value in sorted(arrays.items())}
    note = f"made by tests/golden/ppo_vectors.py with jax {jax.__version__}, optax {optax.__version__}, float64"
    print(json.dumps({"note": note, "params": flat(params), "batch": flat(batch), "cases": cases}))


main()
