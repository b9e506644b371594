#!/usr/bin/env python3
"""What a built-in strategy says of itself is so.

`status = "tested"` stands on a known answer, its row in test_strategy_plan.c, and on a finding: a row of a table in
docs/findings.md that begins with its name. What has both is not called experimental either. A paper that is cited stands
in docs/methods.md, by the same authors, year and number.
"""

import os
import re
import sys

SOURCE = os.environ.get("CARRYOVER_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ENTRY = re.compile(r'^  \{ name = "(\w+)";(.*?)\};?[,)]?$(?=\n  \{|\n\);)', re.MULTILINE | re.DOTALL)


def read(path):
    with open(os.path.join(SOURCE, path), encoding="utf-8") as file:
        return file.read()


def member(body, key):
    found = re.search(rf'\b{key} = "([^"]*)"', body)
    return found.group(1) if found else None


def known_answers(text):
    return set(re.findall(r'^    \{"(\w+)", "[cfz CFZ]+", (?:true|false)', text, re.MULTILINE))


def findings(text):
    return set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE))


def problems_of(config, answers, found, methods):
    """A sentence for each strategy of the config that says what is not so."""
    methods = re.sub(r"\s+", " ", methods)
    for name, body in ENTRY.findall(config):
        has = {"known answer": name in answers, "finding": name in found}
        tested = member(body, "status") == "tested"
        if tested and not all(has.values()):
            yield f"{name} is tested, without a {' or a '.join(what for what, is_there in has.items() if not is_there)}"
        if not tested and all(has.values()):
            yield f"{name} has a known answer and a finding: it is tested"
        cites = member(body, "cites")
        for part in cites.split(", ") if cites is not None else []:
            if not re.search(rf"\b{re.escape(part)}(?!\w)", methods):
                yield f"{name} cites {cites}, and docs/methods.md knows no {part!r}"


def self_test():
    methods = "The pull is L2-SP (Li et al.\n2018, arXiv 1802.01483)."
    entry = '(\n  {{ name = "a"; {}\n    copy = "*"; rules = ( {{ rate = 0; }} ); }},\n  {{ name = "b"; }}\n);'
    for members, answers, found, count in (
            ('status = "tested";', {"a"}, {"a"}, 0), ('status = "tested";', {"a"}, set(), 1),
            ('status = "tested";', set(), {"a"}, 1), ("", {"a"}, {"a"}, 1), ("", {"a"}, set(), 0),
            ('cites = "Li et al. 2018, arXiv 1802.01483";', {"a"}, set(), 0),
            ('cites = "Li et al. 2018, arXiv 1802.01484";', {"a"}, set(), 1), ('cites = "";', {"a"}, set(), 0),
            ('cites = "Lee et al. 2018, arXiv 1802.0148";', {"a"}, set(), 2)):
        got = list(problems_of(entry.format(members), answers, found, methods))
        assert len(got) == count and all(text.startswith("a ") for text in got), (members, got)
    assert known_answers('    {"full", "cccc cc CCC", false, true},\n    {"x", "actor.mean", {.rate = 1}},') == {"full"}
    assert findings("| `full`: full fine-tuning | 7 |\n| `full` against `scratch` | x |\nnot `l2sp`") == {"full"}


def main():
    self_test()
    config = read("configs/strategies.cfg")
    names = [name for name, _ in ENTRY.findall(config)]
    answers, found = known_answers(read("tests/transfer/study/test_strategy_plan.c")), findings(read("docs/findings.md"))
    problems = list(problems_of(config, answers, found, read("docs/methods.md")))
    if names != re.findall(r'^  \{ name = "(\w+)"', config, re.MULTILINE) or set(names) != answers:
        problems.append(f"read {len(names)} strategies and {len(answers)} known answers: not all of them, or not the same")
    print("\n".join(problems) if problems else f"{len(names)} strategies say what is so")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
