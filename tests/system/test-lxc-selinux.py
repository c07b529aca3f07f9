#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Containers where SELinux is on: what enters one has the label of its init, or is not run.

import os
import shutil
import subprocess
import sys

import lxc_testing
from command_testing import COMMAND, DEADLINE, EXIT_FAILED
from lxc_testing import ContainerTest

# Of the policy that the other machine has: tests/kernel/selinux.cil.
HOST, BOUND, CONTAINER = (f"system_u:system_r:{name}" for name in ("host_t", "bound_t", "container_t"))
INIT_FILE = b"system_u:object_r:init_exec_t\0"
OWN_LABEL = "/proc/self/attr/current"
# Has the next program that it executes under another label.
UNDER = 'printf "%s" "$0" >/proc/thread-self/attr/exec && exec "$@"'


def own_label():
    """The label of this process."""
    with open(OWN_LABEL, encoding="utf-8") as file:
        return file.read().rstrip("\0\n")


def missing():
    """Why these tests cannot run here, or None."""
    if not os.path.exists("/sys/fs/selinux/enforce"):
        return "SELinux is not on, or /sys/fs/selinux is not mounted"
    if own_label() != HOST:
        return "the policy is not the one of these tests"
    return None


class Selinux(ContainerTest):
    """A container with an init whose file is labelled, so that the policy gives it another label than the host's."""

    def setUp(self):
        super().setUp()
        init = os.path.join(self.root, "bin", "init")
        os.unlink(init)
        shutil.copy(os.path.join(self.root, "bin", "busybox"), init)
        os.setxattr(init, "security.selinux", INIT_FILE)
        self.define("job")
        self.done("start", "job")

    def label(self):
        """The label of the container's init."""
        with open(f"/proc/{self.init('job')}/attr/current", encoding="utf-8") as file:
            return file.read().rstrip("\0\n")

    def test_enter(self):
        """Another program than init, which nothing but `enter` gives the label."""
        self.assertEqual(self.label(), CONTAINER)
        out = self.done("enter", "job", "--", "cat", OWN_LABEL)
        self.assertEqual(out.rstrip("\0\n"), CONTAINER)
        self.assertEqual(own_label(), HOST)

    def test_enter_refused(self):
        """Where the policy does not let it have that label, nothing is run, and the words say so."""
        entered = [COMMAND, "-c", self.uri, "enter", "job", "--", "touch", "/tmp/entered"]
        done = subprocess.run(["sh", "-c", UNDER, BOUND, *entered], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, encoding="utf-8", timeout=DEADLINE)
        self.assertEqual(done.returncode, EXIT_FAILED)
        self.assertIn("executing the program failed inside the container: Permission denied", done.stderr)
        self.assertIn("SELinux's policy does not let this process take the label of the container's init",
                      " ".join(done.stderr.split()))
        self.assertFalse(os.path.exists(os.path.join(self.root, "tmp", "entered")))
        self.done("enter", "job", "--", "touch", "/tmp/entered")
        self.assertTrue(os.path.exists(os.path.join(self.root, "tmp", "entered")))


if __name__ == "__main__":
    problem = missing()
    if problem:
        print(f"SKIP {os.path.basename(sys.argv[0])}: {problem}")
        sys.exit(77)
    lxc_testing.main()
