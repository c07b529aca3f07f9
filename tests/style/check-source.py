#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Checks the style of the tree: prints FILE:LINE: [rule] what is wrong, and exits 1 when there is any.

import argparse
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# Each of these files registers its rules when it is read.
import registry  # noqa: E402
import rules_c  # noqa: E402,F401
import rules_rooms  # noqa: E402,F401
import rules_text  # noqa: E402,F401
from source import Source  # noqa: E402

SKIPPED_FOLDERS = re.compile(r"^(?:\.git|\.cache|__pycache__|subprojects|build|build-.*)$")
# What a test reads is kept as it came; licences are kept as their authors wrote them.
DATA = re.compile(r"^tests/(?:.*/)?(?:data|corpus|seeds|fixtures)/|^COPYING|^LICENSES/|/data/")
NO_DRIVERS = ("lib", "test")


class Tree:
    """What the rules know of the whole tree: its files and the names of its drivers."""

    def __init__(self, paths):
        self.paths = set(paths)
        self.headers = {path for path in paths if path.endswith(".h") and not DATA.search(path)}
        folders = {path.split("/")[1] for path in paths if re.match(r"drivers/[^/]+/", path)}
        self.drivers = sorted(folders - set(NO_DRIVERS))


def listed_by_git(top):
    """The files that git tracks or would track, or None without git."""
    if not os.path.exists(os.path.join(top, ".git")):
        return None
    command = ["git", "-C", top, "ls-files", "-z", "-co", "--exclude-standard"]
    try:
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return [name for name in result.stdout.decode("utf-8", "surrogateescape").split("\0") if name]


def found_by_walk(top):
    """The files below the top, without what builds leave there."""
    paths = []
    for folder, folders, names in os.walk(top):
        if "build.ninja" in names:
            # a build directory, which may have any name
            folders.clear()
            continue
        folders[:] = [name for name in folders if not SKIPPED_FOLDERS.match(name)]
        paths.extend(os.path.relpath(os.path.join(folder, name), top) for name in names)
    return paths


def read(top, path):
    """The text of a file, or None when it is no text, or no regular file."""
    full = os.path.join(top, path)
    if os.path.islink(full) or not os.path.isfile(full):
        return None
    with open(full, "rb") as file:
        data = file.read()
    if b"\0" in data:
        return None
    return data.decode("utf-8", "surrogateescape")


def check_tree(top, only):
    """Checks the files of the tree, or those of them that are named; prints the hits and returns their number."""
    paths = sorted(set(listed_by_git(top) or found_by_walk(top)))
    tree = Tree(paths)
    count = 0
    for path in paths:
        if DATA.search(path) or (only and path not in only):
            continue
        text = read(top, path)
        if text is None:
            continue
        for line, rule, message in registry.check(Source(path, text), tree):
            print(f"{path}:{line}: [{rule}] {message}")
            count += 1
    return count


def main():
    """Reads the command line and checks."""
    parser = argparse.ArgumentParser(description="Checks the style of the sources.")
    parser.add_argument("top", nargs="?", default=".", help="the project's top folder")
    parser.add_argument("files", nargs="*", help="check only these, named from the top folder")
    parser.add_argument("--list", action="store_true", help="list the rules and end")
    arguments = parser.parse_args()
    if arguments.list:
        for name, rule in sorted(registry.RULES.items()):
            print(f"{name:16} {rule.summary}")
        return 0
    count = check_tree(arguments.top, set(arguments.files))
    if count:
        print(f"{count} breaches of style. A comment with its reason opts out of a rule: nocheck:RULE REASON.")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
