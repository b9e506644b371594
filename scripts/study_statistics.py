"""The statistics of docs/methods.md in Python's standard library, from the rows of results.csv.

A second way to the figures of a study, beside core/stats and transfer/measure: the same interquartile means, bootstrap
intervals from the same random streams, and planned tests. It knows studies with a source policy per seed and at most twenty
seeds, whose trials have all ended with a return.
"""

import csv
import functools
import math
import re
import statistics

WORD, LEVEL = 1 << 32, 0.05
BOOTSTRAP_PURPOSE, BLOCK = 9, 256  # core/rng.h, core/stats/bootstrap.c


# ---- random numbers: Philox4x32-10 (Salmon et al. 2011), as core/rng.h names its streams

def philox(key, counter):
    a, b, c, d = counter
    k, l = key
    for _ in range(10):
        p, q = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (q >> 32) ^ b ^ k, q % WORD, (p >> 32) ^ d ^ l, p % WORD
        k, l = (k + 0x9E3779B9) % WORD, (l + 0xBB67AE85) % WORD
    return a, b, c, d


def words(seed, row):
    key, block = (seed % WORD, seed >> 32), 0
    while True:
        yield from philox(key, (block % WORD, block >> 32, row, BOOTSTRAP_PURPOSE))
        block += 1


# ---- statistics of docs/methods.md#intervals

def iqm(values):
    cut = len(values) // 4
    kept = sorted(values)[cut:len(values) - cut]
    return sum(kept) / len(kept)


def quantile(ordered, p):
    at = p * (len(ordered) - 1)
    low = int(at)
    above = ordered[min(low + 1, len(ordered) - 1)]
    return ordered[low] + (at - low) * (above - ordered[low])


def draws(bound, stream):
    """`bound` uniform draws below `bound`, several from one word: core/stats/bootstrap.c."""
    most = 1
    while most < 24 and bound ** (most + 1) <= 1 << 24:
        most += 1
    digits = math.ceil(bound / math.ceil(bound / most))
    threshold = (WORD - bound ** digits) % bound ** digits
    found = []
    while len(found) < bound:
        drawn, rest = [], next(stream)
        for _ in range(digits):
            product = rest * bound
            drawn.append(product >> 32)
            rest = product % WORD
        if rest >= threshold:
            found += drawn
    return found[:bound]


@functools.lru_cache(maxsize=None)
def resamples(seed, repetitions, units, oracles):
    """Units of each repetition. Oracle runs are a stratum of their own, drawn after the units."""
    found = []
    for start in range(0, repetitions, BLOCK):
        stream = words(seed, start // BLOCK)
        for _ in range(min(BLOCK, repetitions - start)):
            found.append(draws(units, stream))
            if oracles:
                draws(oracles, stream)
    return found


def interval(values, study, oracles):
    """95 % of the interquartile mean of one value per source seed."""
    drawn = resamples(study.seed, study.bootstrap, len(values), oracles)
    found = sorted(iqm([values[unit] for unit in units]) for units in drawn)
    return quantile(found, 0.025), quantile(found, 0.975)


def wilson(successes, trials):
    """95 % of a share (Wilson 1927)."""
    z, share = statistics.NormalDist().inv_cdf(0.975), successes / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return 0.0 if successes == 0 else centre - half, 1.0 if successes == trials else centre + half


# ---- tests of docs/methods.md#tests

def sign_flip_p(difference):
    observed = abs(sum(difference)) - 1e-9 * sum(map(abs, difference))
    sums = [difference[0]]  # the opposite vectors have the same size
    for value in difference[1:]:
        sums = [s + value for s in sums] + [s - value for s in sums]
    return sum(abs(s) >= observed for s in sums) / len(sums)


def permutation_p(x, y):
    ordered = sorted(x + y)
    twice = [2 * ordered.index(value) + 1 + ordered.count(value) for value in x + y]  # double midranks
    ways = [{0: 1}] + [{} for _ in x]
    for rank in twice:
        for taken in range(len(x), 0, -1):
            for total, count in ways[taken - 1].items():
                ways[taken][total + rank] = ways[taken].get(total + rank, 0) + count
    middle = len(x) * (len(ordered) + 1)
    distance = abs(sum(twice[:len(x)]) - middle)
    return sum(count for total, count in ways[-1].items() if abs(total - middle) >= distance) / math.comb(len(ordered), len(x))


def above(x, y):
    return sum((a > b) + 0.5 * (a == b) for a in x for b in y) / (len(x) * len(y))


def holm(p):
    adjusted, level = [0.0] * len(p), 0.0
    for step, index in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        level = max(level, min(1, (len(p) - step) * p[index]))
        adjusted[index] = level
    return adjusted


# ---- a study

class Study:
    """The rows of a study, those of its first `seeds` seeds (as many as its file says), and what the file says of streams
    and comparisons."""

    def __init__(self, config, rows, seeds=None):
        def number(key, default):
            found = re.search(rf"(?<!\w){key} = (\d+);", text)
            return int(found.group(1)) if found else default

        with open(config, encoding="utf-8") as file:
            text = re.sub(r"(//|#).*", "", file.read())
        self.seed, self.seeds, self.bootstrap = number("seed", 1), seeds or number("seeds", 5), number("bootstrap", 50000)
        with open(rows, encoding="utf-8", newline="") as file:
            final = [row for row in csv.DictReader(file) if row["final"] == "1"]
        self.kept = 1 + max(int(row["seed"]) for row in final)
        self.final = [row for row in final if int(row["seed"]) < self.seeds]
        self.planned = self.declared(text) or self.all_against_scratch()

    def declared(self, text):
        listed = re.search(r"comparisons = \((.*?)\);", text, re.S)
        found = []
        for entry in re.findall(r"\{(.*?)\}", listed.group(1)) if listed else []:
            said = dict(re.findall(r'(\w+) = "(.*?)"', entry))
            targets = [said["target"]] if "target" in said else self.targets()
            found += [(target, said["strategy"], said.get("against", "scratch")) for target in targets]
        return [one for one in found if self.trains(*one[:2])]

    def all_against_scratch(self):
        return [(target, strategy, "scratch") for target in self.targets() for strategy in self.strategies(target)
                if strategy != "scratch" and self.trains(target, strategy)]

    def some(self, **wanted):
        return [row for row in self.final if all(row[key] == value for key, value in wanted.items())]

    def targets(self):
        return list(dict.fromkeys(row["target"] for row in self.some(kind="transfer")))

    def strategies(self, target):
        return list(dict.fromkeys(row["strategy"] for row in self.some(kind="transfer", target=target)))

    def trains(self, target, strategy):
        return any(row["step"] != "0" for row in self.some(kind="transfer", target=target, strategy=strategy))

    def by_seed(self, where="target", **wanted):
        """Final returns in the order of seeds; [] where there are none."""
        rows = {int(row["seed"]): row["return_mean"] for row in self.some(evaluated_in=where, **wanted)}
        if rows and (sorted(rows) != list(range(self.seeds)) or "" in rows.values()):
            raise ValueError(f"not every seed has a final return: {wanted}")
        return [float(rows[seed]) for seed in sorted(rows)]

    def returns(self, target, strategy):
        return self.by_seed(kind="transfer", target=target, strategy=strategy)

    def oracle(self, target):
        return self.by_seed(kind="oracle", target=target)

    def sources(self):
        return self.by_seed("source", kind="source")

    def interval(self, target, strategy):
        return interval(self.returns(target, strategy), self, len(self.oracle(target)))

    def success(self, target, strategy):
        """Share of all final episodes that succeed, with its interval; None where the task knows no success."""
        return self.success_of(kind="transfer", target=target, strategy=strategy, evaluated_in="target")

    def success_at_home(self):
        return self.success_of(kind="source", evaluated_in="source")

    def success_of(self, **wanted):
        rows = self.some(**wanted)
        if not rows or any(row["success_rate"] == "" for row in rows):
            return None
        trials = sum(int(row["episodes"]) for row in rows)
        successes = sum(round(float(row["success_rate"]) * int(row["episodes"])) for row in rows)
        return (successes / trials, *wilson(successes, trials))

    def differences(self, target, strategy, against):
        return [a - b for a, b in zip(self.returns(target, strategy), self.returns(target, against))]

    @functools.cached_property
    def tested(self):
        """{(target, strategy, against): (p after Holm's correction, whether told apart)} of the planned family."""
        count = len(self.planned)
        paired = count * 2.0 ** (1 - self.seeds) <= LEVEL
        found, p = [], []
        for target, strategy, against in self.planned:
            x, y = self.returns(target, strategy), self.returns(target, against)
            difference = self.differences(target, strategy, against)
            p.append(sign_flip_p(difference) if paired else permutation_p(x, y))
            tested = sum(difference) if paired else above(x, y) - 0.5
            found.append(iqm(difference) * tested > 0)
        return {key: (level, same and level < LEVEL) for key, same, level in zip(self.planned, found, holm(p))}

    def told_apart(self, *key):
        """None where it was not planned."""
        return self.tested[key][1] if key in self.tested else None
