# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the makers of generated pages share: the lists of core/, tables, and writing a page or checking that it is fresh.

import argparse
import difflib
import os
import re
import sys

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def read(path):
    """The text of a file, named from the top of the tree or absolutely."""
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def parse_list(path, macro):
    """The rows of a list of macros such as OPERATION(...), each a list of its arguments without quotation marks."""
    text = re.sub(r"//[^\n]*", "", read(path))
    rows = re.findall(macro + r"\(((?:[^()\"]|\"(?:[^\"\\]|\\.)*\")*)\)", text)
    if len(rows) != text.count(macro + "(") or not rows:
        raise SystemExit(f"{path}: not every {macro}(...) could be read")
    return [[argument.strip().strip('"') for argument in re.findall(r'\s*("(?:[^"\\]|\\.)*"|[^,"]+)\s*,?', row)]
            for row in rows]


def operations():
    """Rows of core/operation-list.def: code, name, class, interface, default deadline in milliseconds."""
    return parse_list("core/operation-list.def", "OPERATION")


def errors():
    """Rows of core/error-list.def: code, reason id, "1" when worth another try, meaning."""
    return parse_list("core/error-list.def", "ERROR_REASON")


def table(head, rows):
    """A Markdown table."""
    lines = [head, ["---"] * len(head)] + rows
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def between(text, name):
    """The part of a page between the comments BEGIN name and END name, with its place in the text."""
    found = re.search(rf"(<!-- BEGIN {name}[^\n]*-->\n)(.*?)(<!-- END {name} -->)", text, re.DOTALL)
    if found is None:
        raise SystemExit(f"the page has no part between BEGIN {name} and END {name}")
    return found.start(2), found.end(2)


def finish(page, text, write):
    """Writes the page, or says how it differs and ends with 1."""
    old = read(page) if os.path.exists(os.path.join(TOP, page)) else ""
    if old == text:
        return
    if write:
        with open(os.path.join(TOP, page), "w", encoding="utf-8") as file:
            file.write(text)
        print(f"{page}: written")
        return
    sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), text.splitlines(True), page, "as it should be"))
    sys.exit(f"{page} is out of date: run docs/{os.path.basename(sys.argv[0])} --write")


def parser(what):
    """The command line that all makers have."""
    made = argparse.ArgumentParser(description=f"Checks that {what} is up to date, or writes it.")
    made.add_argument("--write", action="store_true", help="write the page instead of checking it")
    return made
