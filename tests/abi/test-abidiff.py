# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# abidiff finds nothing but appended members between frozen headers and today's: test-abidiff.py OLD NOW.

import re
import shutil
import subprocess
import sys

SKIPPED = 77
FAILED, USAGE = 1, 2
# A struct may grow at its end; abidiff's own status does not tell that from the rest.
INCOMPATIBLE = re.compile(
    r"offset changed|member deletion|name changed from|was added|was removed|type changed|^\s*\[D\]", re.M)
SIZES = re.compile(r"size changed from (\d+) to (\d+)")


def is_incompatible(report):
    """Whether a report tells of more than growth."""
    shrunk = any(int(before) > int(now) for before, now in SIZES.findall(report))
    return shrunk or bool(INCOMPATIBLE.search(report))


def main():
    """Prints what abidiff says when it matters."""
    frozen, now = sys.argv[1:3]
    if shutil.which("abidiff") is None:
        print("SKIP abidiff: it is not installed (Debian package abigail-tools)", file=sys.stderr)
        return SKIPPED
    done = subprocess.run(["abidiff", "--no-show-locs", frozen, now], capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr, file=sys.stderr)
    return 1 if done.returncode & (FAILED | USAGE) or is_incompatible(done.stdout) else 0


if __name__ == "__main__":
    sys.exit(main())
