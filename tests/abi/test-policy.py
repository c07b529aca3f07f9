# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# docs/abi-policy.md names tests that there are, docs/manifest.md the keys, variables and states that the core knows.

import glob
import os
import re
import sys


def read(*path):
    """The text of a file of the tree."""
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def rows(text, pattern):
    """The rows of tables whose first cell matches: its first group, and the whole row."""
    return [(match.group(1), match.group(0)) for match in re.finditer(rf"^\|\s*{pattern}\s*\|.*$", text, re.M)]


def check_rules(top, kind):
    """Yields what is wrong with the rules of one kind."""
    found = rows(read(top, "docs", "abi-policy.md"), rf"MORTISE-{kind}-(\d+)")
    numbers = [int(number) for number, _row in found]
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        yield f"MORTISE-{kind}: the numbers are {numbers}; each stays, and the next comes last"
    for number, row in found:
        tests = re.findall(r"`(tests/[^`]+)`", row)
        if not tests:
            yield f"MORTISE-{kind}-{number}: it names no test"
        for test in tests:
            if not os.path.exists(os.path.join(top, test)):
                yield f"MORTISE-{kind}-{number}: there is no {test}"


def compare(what, documented, known):
    """Yields the differences between the page and the code."""
    for name in sorted(known - documented):
        yield f"docs/manifest.md does not have the {what} {name}"
    for name in sorted(documented - known):
        yield f"docs/manifest.md has the {what} {name}, which the core does not know"


def known_variables(top):
    """MORTISE_... variables that the core reads."""
    names = set()
    for path in glob.glob(os.path.join(top, "core", "*.c")):
        readers = r"(?:mortise_environment_get(?:_list)?|add_directories)\([^;]*?"
        names |= set(re.findall(readers + r'"(MORTISE_[A-Z_]+)"', read(path)))
    return names


def check_manifest_page(top):
    """Yields what the page on manifests lacks or has too much."""
    page = read(top, "docs", "manifest.md")
    keys, states = page.split("## Keys")[1].split("## When")[0], page.split("## States")[1].split("## One")[0]
    table = read(top, "core", "manifest-keys.c").split("mortise_manifest_keys[] = {")[1]
    words = read(top, "core", "enums.c").split("mortise_module_state_to_string")[1].split("};")[0]
    known_keys = set(re.findall(r'^    \{"(\w+)",', table, re.M))
    yield from compare("key", {name for name, _row in rows(keys, r"`(\w+)`")}, known_keys)
    known_states = set(re.findall(r'= "([\w-]+)"', words))
    yield from compare("state", {name for name, _row in rows(states, r"`([\w-]+)`")}, known_states)
    yield from compare("variable", {name for name, _row in rows(page, r"`(MORTISE_\w+)`")}, known_variables(top))


def main():
    """test-policy.py SOURCE"""
    top = sys.argv[1]
    problems = [*check_rules(top, "DRV"), *check_rules(top, "CORE"), *check_manifest_page(top)]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
