# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# abidiff finds nothing incompatible between the types of frozen headers and of today's: test-abidiff.py FROZEN NOW.

import shutil
import subprocess
import sys

SKIPPED = 77
FAILED, USAGE, INCOMPATIBLE = 1, 2, 8


def main():
    """Prints what abidiff says when it matters."""
    frozen, now = sys.argv[1:3]
    if shutil.which("abidiff") is None:
        print("SKIP abidiff: it is not installed (Debian package abigail-tools)", file=sys.stderr)
        return SKIPPED
    done = subprocess.run(["abidiff", "--no-show-locs", frozen, now], capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr, file=sys.stderr)
    return 1 if done.returncode & (FAILED | USAGE | INCOMPATIBLE) else 0


if __name__ == "__main__":
    sys.exit(main())
