#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Counts the results of `meson test`: names what failed and what was skipped, and closes with a line of numbers.

import json
import os
import sys

PASSED = ("OK", "EXPECTEDFAIL")
SKIPPED = ("SKIP", "IGNORED")


def read(path):
    """The tests of a log that meson wrote, one JSON object a line; none when it wrote none."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", errors="replace") as file:
        return [json.loads(line) for line in file if line.strip()]


def last_line(test):
    """The last line that a test printed: a test that skips says there why."""
    for stream in ("stderr", "stdout"):
        lines = [line.strip() for line in (test.get(stream) or "").splitlines() if line.strip()]
        if lines:
            return lines[-1]
    return "it said no reason"


def tally(tests):
    """The tests that passed, those that did not, and those that were skipped."""
    passed = [test for test in tests if test["result"] in PASSED]
    skipped = [test for test in tests if test["result"] in SKIPPED]
    failed = [test for test in tests if test["result"] not in PASSED + SKIPPED]
    return passed, failed, skipped


def main():
    """Prints the tally; fails when a test failed, when none ran, or when meson itself did."""
    path, status = sys.argv[1], int(sys.argv[2])
    passed, failed, skipped = tally(read(path))
    print()
    for test in skipped:
        print(f"skipped: {test['name']}: {last_line(test)}")
    for test in failed:
        print(f"failed: {test['name']}: {test['result']}")
    # What stops meson before its first test, or between two, counts as one failure more.
    trouble = int(not failed and (status != 0 or not passed + skipped))
    if trouble:
        print(f"meson test ended with status {status} and {len(passed + skipped)} results")
    print(f"{len(passed)} passed, {len(failed) + trouble} failed, {len(skipped)} skipped")
    return 1 if failed or trouble else 0


if __name__ == "__main__":
    sys.exit(main())
