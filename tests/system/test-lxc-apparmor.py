#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Containers where AppArmor is on: under which profile they are, what it denies, and what is said without it.

import glob
import os
import sys

import lxc_testing
from command_testing import EXIT_FAILED, mortise
from lxc_testing import ContainerTest

PROFILES = "/etc/apparmor.d/lxc-containers"
PROFILE = "lxc-container-default-cgns"
APPARMOR = "/sys/kernel/security/apparmor"


def missing():
    """Why these tests cannot run here, or None."""
    try:
        with open(os.path.join(APPARMOR, "profiles"), encoding="utf-8") as file:
            loaded = file.read()
    except OSError:
        return "this kernel has no AppArmor, or /sys/kernel/security is not mounted"
    if f"{PROFILE} (" not in loaded:
        return f"the profile {PROFILE} is not loaded (Debian: apparmor, liblxc-common)"
    return None


def tell_apparmor(name, data):
    """Writes to one of AppArmor's files, at once."""
    fd = os.open(os.path.join(APPARMOR, name), os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, data)
    finally:
        os.close(fd)


class AppArmor(ContainerTest):
    """What is inside says which profile it has; the kernel says what is denied."""

    def test_confined(self):
        """Root in a container mounts no sysfs, and writes nothing below the kernel's own files."""
        self.run_shell("job", "(cat /proc/self/attr/current; mkdir /tmp/sys; mount -t sysfs none /tmp/sys && "
                       "echo MOUNTED; echo 0 >/proc/sysrq-trigger && echo PRESSED) >/tmp/out 2>&1; echo >/tmp/done; "
                       "sleep 1000")
        self.await_file("tmp/done")
        out = self.await_file("tmp/out")
        self.assertEqual(out.splitlines()[0], PROFILE + " (enforce)")
        self.assertNotIn("MOUNTED", out)
        self.assertNotIn("PRESSED", out)

    def test_profile_not_loaded(self):
        """Without its profile a container is not started, and the words say what to do."""
        folder = glob.glob(f"{APPARMOR}/policy/profiles/{PROFILE}.*")[0]
        with open(os.path.join(folder, "raw_data"), "rb") as file:
            policy = file.read()
        self.define("job")
        tell_apparmor(".remove", PROFILE.encode())
        self.addCleanup(tell_apparmor, ".replace", policy)
        failed = mortise("start", "job", uri=self.uri)
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertIn(PROFILE, failed.err)
        self.assertIn("apparmor_parser -r " + PROFILES, " ".join(failed.err.split()))
        self.assertTrue(self.state("job").startswith("shut off"))


if __name__ == "__main__":
    problem = missing()
    if not problem and "MORTISE_TEST_OTHER_KERNEL" not in os.environ:
        problem = "it takes profiles away, which is done in a machine of its own only"
    if problem:
        print(f"SKIP {os.path.basename(sys.argv[0])}: {problem}")
        sys.exit(77)
    lxc_testing.main()
