"""How often the 95 % interval of an interquartile mean holds the true value: the figures of docs/methods.md rule 15.

Run by hand, half a minute: python3 tests/bench/coverage.py
"""

import math
import random

REPETITIONS, TRIALS = 400, 1500
RETURNS = {"normal": random.gauss, "lognormal": lambda m, s: math.exp(random.gauss(m, s))}


def iqm(values):
    cut = len(values) // 4
    kept = sorted(values)[cut:len(values) - cut]
    return sum(kept) / len(kept)


def covers(draw, n, truth):
    seeds = [draw(0, 1) for _ in range(n)]
    found = sorted(iqm(random.choices(seeds, k=n)) for _ in range(REPETITIONS))
    tail = round(0.025 * (REPETITIONS - 1))
    return found[tail] <= truth <= found[-1 - tail]


random.seed(1)
for name, law in RETURNS.items():
    for count in (3, 5, 10, 20):
        expected = [iqm([law(0, 1) for _ in range(count)]) for _ in range(20000)]
        mean = sum(expected) / len(expected)  # what the estimate aims at with so many seeds
        share = sum(covers(law, count, mean) for _ in range(TRIALS)) / TRIALS
        print(f"{name}, n = {count}: {100 * share:.0f} %")
