# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# What tests of owners with network devices share: a network namespace of their own, and the links in it.
import json
import os
import shutil
import subprocess
import sys
import unittest

import owner

INSIDE = "--inside"


def ip(*words):
    """Runs ip; whether it did it."""
    return subprocess.run(["ip", *words], capture_output=True, check=False).returncode == 0


def links():
    """What ip tells of all links, by their names."""
    done = subprocess.run(["ip", "-json", "-details", "link"], capture_output=True, text=True, check=True)
    return {item["ifname"]: item for item in json.loads(done.stdout)}


def main():
    """Runs the tests of the program once more, in a network namespace; ends with 77 when that cannot be."""
    owner.require_guest()
    for program in ("ip", "unshare"):
        if shutil.which(program) is None:
            owner.skip(program + " is not installed")
    if os.geteuid() != 0:
        owner.skip("root is needed for a network namespace")
    if INSIDE not in sys.argv:
        os.execvp("unshare", ["unshare", "--net", sys.executable, "-B", os.path.abspath(sys.argv[0]), INSIDE])
    sys.argv.remove(INSIDE)
    unittest.main(verbosity=2)
