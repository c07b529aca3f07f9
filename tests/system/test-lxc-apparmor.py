#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Containers where AppArmor is on: under which profile they and what enters them are, what it denies, and what is said
# without it.

import glob
import os
import subprocess
import sys

import lxc_testing
from command_testing import COMMAND, DEADLINE, EXIT_FAILED, mortise
from lxc_testing import ContainerTest

PROFILES = "/etc/apparmor.d/lxc-containers"
PROFILE = "lxc-container-default-cgns"
APPARMOR = "/sys/kernel/security/apparmor"
# May do everything but take another label.
BOUND = "mortise-test-bound"
BOUND_PROFILE = "profile " + BOUND + " flags=(attach_disconnected,mediate_deleted) { file, capability, network, " \
                "unix, mount, umount, pivot_root, ptrace, signal, }\n"
# Becomes a profile's, and then another program.
UNDER = 'printf "exec %s" "$0" >/proc/thread-self/attr/apparmor/exec && exec "$@"'


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

    def test_enter(self):
        """What enters is under the profile of init, and is denied what init is denied."""
        self.run_shell("job", "sleep 1000")
        out = self.done("enter", "job", "--", "sh", "-c", "cat /proc/self/attr/current; mkdir /tmp/sys; "
                        "mount -t sysfs none /tmp/sys 2>&1 && echo MOUNTED; echo 0 2>&1 >/proc/sysrq-trigger && "
                        "echo PRESSED; cat /proc/1/attr/current")
        self.assertEqual(out.splitlines()[0], PROFILE + " (enforce)")
        self.assertEqual(out.splitlines()[-1], PROFILE + " (enforce)")
        self.assertNotIn("MOUNTED", out)
        self.assertNotIn("PRESSED", out)

    def test_enter_with_false_proc(self):
        """A container that mounts something else on /proc keeps nobody who enters from being confined."""
        self.run_shell("job", "mkdir /tmp/sys; mount -t tmpfs none /proc; mkdir -p /proc/thread-self/attr/apparmor "
                       "/proc/self/attr/apparmor; for i in self thread-self; do touch /proc/$i/attr/exec "
                       "/proc/$i/attr/apparmor/exec; done; echo >/tmp/done; sleep 1000")
        self.await_file("tmp/done")
        out = self.done("enter", "job", "--", "sh", "-c", "ls /proc; mount -t sysfs none /tmp/sys 2>&1 && "
                        "echo MOUNTED; true")
        self.assertEqual(out.splitlines()[:2], ["self", "thread-self"])
        self.assertNotIn("MOUNTED", out)

    def test_enter_refused(self):
        """Where the label cannot be taken, nothing is run."""
        self.run_shell("job", "sleep 1000")
        subprocess.run(["apparmor_parser", "--replace", "--skip-cache"], input=BOUND_PROFILE, check=True,
                       encoding="utf-8", timeout=DEADLINE)
        self.addCleanup(tell_apparmor, ".remove", BOUND.encode())
        entered = [COMMAND, "-c", self.uri, "enter", "job", "--", "touch", "/tmp/entered"]
        done = subprocess.run(["sh", "-c", UNDER, BOUND, *entered], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, encoding="utf-8", timeout=DEADLINE)
        self.assertEqual(done.returncode, EXIT_FAILED)
        self.assertIn("taking its security label failed", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.root, "tmp", "entered")))
        self.done("enter", "job", "--", "touch", "/tmp/entered")
        self.assertTrue(os.path.exists(os.path.join(self.root, "tmp", "entered")))

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
