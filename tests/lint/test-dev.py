#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# What ./dev says where it can install nothing, on another distribution, and to a verb that it does not have.

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

DEV = pathlib.Path(__file__).resolve().parents[2] / "dev"
AS_ROOT = [] if os.geteuid() == 0 else ["--map-root-user"]
# A mount namespace of its own, in which the system says that it is another distribution.
ELSEWHERE = ["unshare", "--mount", *AS_ROOT, "sh", "-c", 'mount --bind "$1" /etc/os-release && exec "$2" setup', "sh"]


class Dev(unittest.TestCase):
    def test_another_distribution(self):
        ended = subprocess.run([*ELSEWHERE, RELEASE.name, DEV], capture_output=True, text=True, check=False)
        self.assertEqual((ended.returncode, ended.stdout), (0, ""))
        self.assertIn("This is no Debian", ended.stderr)
        for package in "meson", "libglib2.0-dev", "qemu-system-x86", "busybox-static":
            self.assertIn(package, ended.stderr.split())

    def test_unknown_verb(self):
        ended = subprocess.run([DEV, "tset"], capture_output=True, text=True, check=False)
        self.assertEqual((ended.returncode, ended.stdout), (2, ""))
        self.assertIn("no verb is named 'tset'", ended.stderr)
        self.assertIn("usage: ./dev VERB", ended.stderr)


if __name__ == "__main__":
    with tempfile.NamedTemporaryFile("w", suffix="-os-release") as RELEASE:
        RELEASE.write('ID=elsewhere\nID_LIKE="something else"\n')
        RELEASE.flush()
        probe = [*ELSEWHERE, RELEASE.name, "/bin/true"]
        if not shutil.which("unshare") or subprocess.run(probe, check=False).returncode:
            print("SKIP test-dev.py: no mount namespace can be made here (as root, or as a user with namespaces)")
            sys.exit(77)
        unittest.main(verbosity=2)
