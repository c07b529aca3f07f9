# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Freezes the driver ABI as it is into tests/abi/frozen/NAME, and checks that nothing frozen was touched since.

import hashlib
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FROZEN = os.path.join(HERE, "frozen")
HEADERS = os.path.join(HERE, "..", "..", "include", "mortise", "driver")
SUMS = "SHA256SUMS"


def frozen_files(folder):
    """The files below a frozen folder, but for the list of their sums, as sorted relative paths."""
    found = []
    for directory, _subdirectories, names in os.walk(folder):
        found += [os.path.relpath(os.path.join(directory, name), folder) for name in names]
    return sorted(name for name in found if name != SUMS)


def sums(folder):
    """The text of SHA256SUMS, in the format of sha256sum."""
    lines = []
    for name in frozen_files(folder):
        with open(os.path.join(folder, name), "rb") as file:
            lines.append(f"{hashlib.sha256(file.read()).hexdigest()}  {name}\n")
    return "".join(lines)


def freeze(name):
    """Makes frozen/NAME from today's headers and driver; a draft may be made anew, a promise never."""
    folder = os.path.join(FROZEN, name)
    if os.path.exists(folder):
        if not name.endswith("-draft"):
            print(f"freeze.py: {folder} is a promise: it is never written again", file=sys.stderr)
            return 1
        shutil.rmtree(folder)
    shutil.copytree(HEADERS, os.path.join(folder, "include", "mortise", "driver"))
    shutil.copy(os.path.join(HERE, "frozen-driver.c"), os.path.join(folder, "driver.c"))
    with open(os.path.join(folder, SUMS), "w", encoding="utf-8") as file:
        file.write(sums(folder))
    return 0


def check(root):
    """Compares each frozen folder below the root with its list; the status of the program."""
    names = sorted(os.listdir(root))
    status = 0 if names else 1
    for name in names:
        folder = os.path.join(root, name)
        with open(os.path.join(folder, SUMS), encoding="utf-8") as file:
            if file.read() != sums(folder):
                print(f"{folder} is not as it was frozen; sha256sum -c {SUMS} tells the file. "
                      f"To change the draft of the ABI: freeze.py {name}", file=sys.stderr)
                status = 1
    return status


def main():
    """freeze.py NAME | --check [DIRECTORY]"""
    if len(sys.argv) >= 2 and sys.argv[1] == "--check":
        return check(sys.argv[2] if len(sys.argv) > 2 else FROZEN)
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print("freeze.py: name what to freeze, such as 1.0-draft, or --check", file=sys.stderr)
        return 2
    return freeze(sys.argv[1])


if __name__ == "__main__":
    sys.exit(main())
