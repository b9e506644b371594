#!/usr/bin/env python3
"""Names of tensors are made in one file, and no other source looks into one.

Code asks facts of a tensor (agents/nn/tensor_facts.h). A string literal that is a name of a tensor, or a piece of one,
shows code that asks its name instead: "actor.", ".weight", "obs_norm.mean", "critic.%d". A piece without a dot, as
"log_std", does so where strings are compared. Sentences are for people and may name tensors. Files of other programs, and
graphs that go to them, have nothing but names: the sources that know these are listed.
"""

import os
import re
import sys

SOURCE = os.environ.get("CARRYOVER_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODULES = ["core", "envs", "agents", "transfer", "diagnose", "viz", "cli"]
NAMING = "agents/nn/tensor_facts.c"
OTHERS = {"agents/import/preset.c", "agents/import/preset_layout.c",  # how libraries name tensors
          "agents/export/tensors.c",
          "agents/import/own.h", "agents/export/onnx_graph.c"}        # values of ONNX graphs that are written here
PIECES = {"actor", "critic", "obs_norm", "reward_norm", "trunk", "mean", "log_std", "value", "weight", "bias", "norm",
          "log_alpha", "var", "count", "recurrent", "memory"}
ALONE = {"actor", "critic", "trunk", "log_std", "log_alpha"}  # that mean nothing else where they stand alone

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"((?:[^"\\\n]|\\.)*)"|\'(?:[^\'\\\n]|\\.)*\'', re.DOTALL)
COMPARES = re.compile(r"\b(str(n?(case)?cmp|str|r?chr|(c?)spn|pbrk)|starts_with|ends_with|has_prefix|fnmatch)\(")


def literals(text):
    """(offset, value) of the string literals outside comments."""
    return [(m.start(), m.group(1)) for m in TOKEN.finditer(text) if m.group(1) is not None]


def is_piece(value):
    """A name of a tensor or a part of one that has a dot: nothing else than pieces, numbers and wildcards."""
    if "." not in value or not re.fullmatch(r"[a-z_0-9.*%]+", value):
        return False
    words = [w for w in value.split(".") if not re.fullmatch(r"|\d+|%d|%s|\*", w)]
    return bool(words) and all(w in PIECES for w in words)


def line_of(text, offset):
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    return text[start:end if end >= 0 else len(text)]


def problems_of(path, text):
    for offset, value in literals(text):
        compared = value in ALONE and COMPARES.search(line_of(text, offset))
        if is_piece(value) or compared:
            yield f'{path}:{text.count(chr(10), 0, offset) + 1}: "{value}" looks into the name of a tensor: ask its facts'


def sources(root):
    for module in MODULES:
        for place, folders, names in os.walk(os.path.join(root, module)):
            folders.sort()
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(place, name), root)


def check(root):
    problems, count = [], 0
    for path in sources(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        count += 1
        found = list(problems_of(path, text))
        if path not in {NAMING, *OTHERS}:
            problems += found
        elif not found:
            problems.append(f"{path}: makes no names, so this test looks at the wrong file")
    return problems, count


def self_test():
    bad = ['strstr(name, ".weight")', 'starts_with(name, "actor.")', 'find(t, n, "critic.0.value.bias")',
           'snprintf(b, n, "critic.%d", k)', 'strcmp(name, "log_std") == 0', 'f(x, "obs_norm.*")', 'g("actor.trunk.*")']
    good = ['// "actor."', 'f("copy obs_norm.* and say keep")', 'json(heads, "log_std", 3)', 'strcmp(p, "observation.bias")',
            'f("policy.safetensors")', 'f("%.9g", x)', "c == '\"' ? \"mean\" : x", 'f("norm")', 'f(".")', 'f("...")']
    for text in bad:
        assert list(problems_of("x.c", text)), text
    for text in good:
        assert not list(problems_of("x.c", text)), text


def main():
    self_test()
    problems, count = check(SOURCE)
    print("\n".join(problems) if problems else f"{count} sources ask facts")
    return 1 if problems or count < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
