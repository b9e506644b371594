#!/usr/bin/env python3
"""The pages: README, docs and what the sources cite of them.

Prose has 100 columns. Links and their anchors lead somewhere; paths, file names and names of C in code spans exist. What
a comment cites is there: `docs/methods.md rule 16` is a numbered rule, `docs/methods.md#metrics` a heading, and rules are
cited in no other way. Every page of docs/ is linked from another one.
"""

import glob
import os
import re
import sys

from test_format import FOLDERS, SOURCE

COLUMNS_MAX, BLOCK_COLUMNS_MAX = 100, 120  # of prose; of code blocks, which readers scroll
CODE = (".c", ".h", ".py", ".cfg", ".cmake", ".txt", "")
LINK = re.compile(r"\]\(([^)\s]+)\)")
SPAN = re.compile(r"`([^`]+)`")
PATH = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w./-]+")
FILE = re.compile(r"[\w-]+\.(?:[ch]|py)")
NAME = re.compile(r"\b(?:co_|CO_)\w+")
CITED = re.compile(r"docs/[\w/-]+\.md(?:#[\w-]+| rule \d+)?")
# how pages that are not in the repository were cited
LOST = re.compile(r"\bmethods 4a\b|\binterface\.md|\bmethods\.md section|design\.md section|(?<!docs/methods\.md )\brule \d+\b")


def read(path):
    with open(os.path.join(SOURCE, path), encoding="utf-8") as file:
        return file.read()


def pages():
    for pattern in ("*.md", "docs/**/*.md"):
        for path in sorted(glob.glob(os.path.join(SOURCE, pattern), recursive=True)):
            yield os.path.relpath(path, SOURCE)


def sources():
    for folder in FOLDERS:
        for place, folders, names in os.walk(os.path.join(SOURCE, folder)):
            folders[:] = sorted(f for f in folders if not f.startswith((".", "__")))
            for name in sorted(names):
                if os.path.splitext(name)[1] in CODE and name != os.path.basename(__file__):
                    yield os.path.relpath(os.path.join(place, name), SOURCE)


def without_blocks(text):
    """Code blocks as empty lines, so that line numbers stay."""
    return re.sub(r"^```.*?^```$", lambda block: "\n" * block.group().count("\n"), text, flags=re.M | re.S)


def is_long(line):
    """Longer than it need be: a table cannot be wrapped, and neither can a code span or a link."""
    if len(line) <= COLUMNS_MAX or line.startswith(("|", "<!--")):
        return False
    whole = SPAN.sub(lambda span: "x" * len(span.group()), line.strip().removeprefix("* "))
    return " " in whole


def long_lines(text):
    prose = without_blocks(text).split("\n")
    for number, (line, said) in enumerate(zip(text.split("\n"), prose), 1):
        if is_long(said) or (line != said and len(line) > BLOCK_COLUMNS_MAX):
            yield f"{number}: {len(line)} columns"


def anchors(text):
    """Headings as the anchors that GitHub makes of them."""
    for heading in re.findall(r"^#+ (.*)$", without_blocks(text), re.M):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def rules(text):
    return re.findall(r"^(\d+)\. \*\*", text, re.M)


def is_there(path):
    return os.path.exists(os.path.join(SOURCE, path))


def dead_links(path, text):
    for target in LINK.findall(without_blocks(text)):
        file, _, anchor = target.partition("#")
        if "://" in target:
            continue
        file = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
        if not is_there(file):
            yield f"no {target}"
        elif anchor and anchor not in anchors(read(file)):
            yield f"no heading {target}"


def all_names():
    """Base names of all sources, and what of C begins with the program's prefix."""
    files, names = set(), set()
    for path in sources():
        files.add(os.path.basename(path))
        if path.endswith((".c", ".h")):
            names.update(NAME.findall(read(path)))
    return files, names


def dead_names(text, files, names):
    for span in SPAN.findall(without_blocks(text)):
        if FILE.fullmatch(span) and span not in files and not re.search(r"[A-Z]{3}|^mj", span):
            yield f"no file {span}"
        for name in NAME.findall(span):
            if name not in names:
                yield f"no {name}"


def dead_paths(text):
    for span in SPAN.findall(without_blocks(text)):
        for path in PATH.findall(span) if PATH.match(span) else ():
            if not is_there(path) and not re.search(r"[A-Z]{3}|\*", span):
                yield f"no {path}"


def dead_citations(text):
    plain = re.sub(r"\s*\n\s*(?://|#)?\s*", " ", text)  # a citation may go on in the next line of a comment
    for found in CITED.findall(plain):
        file, mark = re.match(r"([^# ]+)(.*)", found).groups()
        if not is_there(file):
            yield f"no {file}"
        elif mark.startswith("#") and mark[1:] not in anchors(read(file)):
            yield f"no heading {found}"
        elif mark.startswith(" ") and mark.split()[1] not in rules(read(file)):
            yield f"no {found}"
    for found in LOST.findall(plain):
        yield f"cited as no page is: {found}"


def unlinked():
    linked = set()
    for path in pages():
        for target in LINK.findall(read(path)):
            linked.add(os.path.normpath(os.path.join(os.path.dirname(path), target.partition("#")[0])))
    return [path for path in pages() if path.startswith("docs/") and path not in linked]


def problems_of_page(path, files, names):
    text = read(path)
    for check in (long_lines(text), dead_links(path, text), dead_paths(text), dead_names(text, files, names)):
        yield from (f"{path}: {problem}" for problem in check)


def self_test(passed):
    """Proves that each check can fail."""
    def expect(name, true):
        passed.append((name, bool(true)))

    word = "word " * 30
    expect("a long line is found", list(long_lines(word)) == [f"1: {len(word)} columns"])
    expect("tables and code spans may be long", not list(long_lines(f"| {word} |\n* `{word}`\n")))
    expect("a long line of a block is found", list(long_lines(f"```sh\n{word}\n```\n")))
    expect("a dead link is found", list(dead_links("docs/a.md", "[x](nothing.md)")) == ["no nothing.md"])
    expect("a dead anchor is found", list(dead_links("README.md", "[x](docs/methods.md#nothing)")))
    expect("a live one is fine", not list(dead_links("docs/a.md", "[x](methods.md#metrics) [y](https://a.b/c)")))
    expect("a dead path is found", list(dead_paths("`core/nothing.c`")) == ["no core/nothing.c"])
    expect("a pattern of paths is none", not list(dead_paths("`docs/data/NAME/results.csv` `core/status.h`")))
    names = {"a.c"}, {"co_a"}
    expect("a file that is gone is found", list(dead_names("`b.c` `a.c`", *names)) == ["no file b.c"])
    expect("a name that is gone is found", list(dead_names("`co_b` `co_a()`", *names)) == ["no co_b"])
    page = "docs/methods.md"
    expect("rules are found", not list(dead_citations(f"// told apart ({page} rule\n// 16), {page}#metrics")))
    expect("a rule that is not there is found", list(dead_citations(f"{page} rule 99")))
    expect("a heading that is not there is found", list(dead_citations(f"{page}#nothing")))
    expect("a page that is not there is found", list(dead_citations("docs/nothing.md")))
    for text in ("methods 4a rule 7", "see interface.md", "rule 7"):
        expect(f"{text} is found", list(dead_citations("// " + text)))


def main():
    results, problems, cited = [], [], 0
    self_test(results)
    known = all_names()
    for path in pages():
        problems += problems_of_page(path, *known)
    for path in sources():
        text = read(path)
        cited += len(CITED.findall(text))
        problems += [f"{path}: {problem}" for problem in dead_citations(text)]
    problems += [f"{path}: no page links it" for path in unlinked()]
    results.append((f"{len(list(pages()))} pages, {cited} citations", not problems and cited > 10))
    for problem in problems:
        print(f"FAIL {problem}")
    for name, ok in results:
        if not ok:
            print(f"FAIL {name}")
    failed = sum(not ok for _, ok in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
