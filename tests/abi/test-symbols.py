# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is exported, both ways: a module its two symbols, the library what its headers promise; no code at load.

import glob
import os
import re
import subprocess
import sys

MODULE_SYMBOLS = {"mortise_driver_v1", "mortise_module_marker"}
POINTER = 8


def exported(path):
    """The symbols that a file exports; those of the compiler's own (two underscores) and version names left out."""
    done = subprocess.run(["nm", "-D", "--defined-only", path], capture_output=True, text=True, check=True)
    symbols = set()
    for line in done.stdout.splitlines():
        parts = line.split()
        if len(parts) == 3 and parts[1] != "A":
            symbols.add(parts[2].split("@")[0])
    return {name for name in symbols if not name.startswith("_")}


def promised(include):
    """What the application's headers declare as exported."""
    names = set()
    for path in glob.glob(os.path.join(include, "mortise", "*.h")):
        with open(path, encoding="utf-8") as file:
            text = re.sub(r"/\*.*?\*/|^#.*?$", " ", file.read(), flags=re.S | re.M)
        for prefix in re.findall(r"G_DECLARE_\w+\(\s*\w+\s*,\s*(\w+)", text):
            names.add(prefix + "_get_type")
        text = re.sub(r"MORTISE_EXPORT\s+G_DECLARE_\w+\([^)]*\)", " ", text)
        for declaration in re.findall(r"MORTISE_EXPORT\s+([^;]*?);", text, re.S):
            names.add(re.search(r"(\w+)\s*\(", declaration).group(1))
    return names


def compare(path, found, expected):
    """Yields what is missing and what is too much."""
    for name in sorted(expected - found):
        yield f"{path}: '{name}' is not exported"
    for name in sorted(found - expected):
        yield f"{path}: '{name}' is exported and should not be"


def section_sizes(path):
    """The sizes of the sections of a file, by name."""
    done = subprocess.run(["readelf", "-SW", path], capture_output=True, text=True, check=True)
    found = re.findall(r"\]\s+(\.\S+)\s+\S+\s+[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)", done.stdout)
    return {name: int(size, 16) for name, size in found}


def check_constructors(path):
    """Yields the tables of functions to be run at load or exit that hold more than the compiler's own single entry."""
    for name, size in section_sizes(path).items():
        if re.match(r"\.(init_array|fini_array|ctors|dtors|preinit_array)", name) and size > POINTER:
            yield f"{path}: {name} has {size // POINTER} entries: a module runs no code of its own at load or exit"


def check(include, library, sanitized, modules):
    """Yields all that is wrong."""
    yield from compare(library, exported(library), promised(include))
    for module in modules:
        yield from compare(module, exported(module), MODULE_SYMBOLS)
        if not sanitized:
            yield from check_constructors(module)


def main():
    """test-symbols.py INCLUDE LIBRARY SANITIZER MODULE..."""
    include, library, sanitizer = sys.argv[1:4]
    problems = list(check(include, library, sanitizer != "none", sys.argv[4:]))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
