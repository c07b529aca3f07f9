# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# A built manifest is what mortise-manifest says of its module now: test-built-manifest.py TOOL MODULE MANIFEST.

import difflib
import subprocess
import sys


def main():
    """Prints the differences."""
    tool, module, manifest = sys.argv[1:4]
    now = subprocess.run([tool, module], capture_output=True, text=True, check=True).stdout
    with open(manifest, encoding="utf-8") as file:
        built = file.read()
    for line in difflib.unified_diff(built.splitlines(), now.splitlines(), manifest, module, lineterm=""):
        print(line, file=sys.stderr)
    return 0 if now == built else 1


if __name__ == "__main__":
    sys.exit(main())
