#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# The CPUs of containers that run, held against their control groups and what their processes may use.

import glob
import os

from command_testing import EXIT_FAILED, mortise
from lxc_testing import ContainerTest, main

AVAILABLE = sorted(os.sched_getaffinity(0))
# Writes down what it may use, and reboots when it is told to.
SCRIPT = ("echo x >>/tmp/lives; while true; do busybox grep Cpus_allowed_list /proc/self/status >/tmp/now; "
          "busybox mv /tmp/now /tmp/cpus; if test -e /tmp/go; then busybox rm /tmp/go; reboot -f; sleep 1000; fi; "
          "sleep 0.01; done")


class Cpus(ContainerTest):
    """Each run of the command is another owner."""

    def setUp(self):
        super().setUp()
        self.all = self.online()
        self.run_shell("job", SCRIPT)

    @staticmethod
    def online():
        """The CPUs that are online, as the kernel writes them."""
        with open("/sys/devices/system/cpu/online", encoding="utf-8") as file:
            return file.read().strip()

    def group(self):
        """The container's control group."""
        found = [path for path in glob.glob(f"/sys/fs/cgroup/mortise-lxc-{self.uuids()[0]}-*[0-9a-f]/cpuset.cpus") +
                 glob.glob(f"/sys/fs/cgroup/cpuset/mortise-lxc-{self.uuids()[0]}-*[0-9a-f]/cpuset.cpus")]
        self.assertEqual(len(found), 1, found)
        return os.path.dirname(found[0])

    def value(self, *names):
        """The first of these files that the container's group has."""
        path = next(path for name in names for path in [os.path.join(self.group(), name)] if os.path.exists(path))
        with open(path, encoding="utf-8") as file:
            return file.read().strip()

    def pin(self, *words):
        """What `emulatorpin` says of the container."""
        return mortise("emulatorpin", "job", *words, "--json", uri=self.uri).json["emulator"]

    def runs_on(self, cpus):
        """The kernel, the container's own processes, what enters it, and the command say the same."""
        self.assertEqual(self.value("cpuset.effective_cpus", "cpuset.cpus.effective"), cpus)
        self.assertEqual(self.pin(), cpus)
        self.await_true(lambda: self.await_file("tmp/cpus").split()[-1:] == [cpus], f"it does not run on {cpus}")
        entered = self.done("enter", "job", "--", "busybox", "grep", "Cpus_allowed_list", "/proc/self/status")
        self.assertEqual(entered.split()[-1], cpus)

    def live_on(self, lives):
        """Lets it reboot, and waits for that life."""
        with open(os.path.join(self.root, "tmp", "go"), "w", encoding="utf-8"):
            pass
        self.await_true(lambda: self.await_file("tmp/lives") == "x\n" * lives, "it did not reboot")

    def fails(self, reason, part, *words):
        """The command fails for that reason."""
        failed = mortise(*words, "--json", uri=self.uri)
        self.assertEqual((failed.code, failed.error["reason_id"]), (EXIT_FAILED, reason), failed)
        self.assertIn(part, failed.error["message"] + (failed.error["hint"] or ""))

    def test_live(self):
        """It stays over a reboot, and goes with a stop, after which the definition's counts."""
        first, last = str(AVAILABLE[0]), str(AVAILABLE[-1])
        self.assertEqual(self.pin("--config"), None)
        self.runs_on(self.all)
        before = self.done("dumpxml", "job")
        for cpus in (first, last):
            self.done("emulatorpin", "job", cpus)
            self.assertEqual(self.value("cpuset.cpus"), cpus)
            self.runs_on(cpus)
            self.assertIn(f"<vcpu cpuset='{cpus}'>", self.done("dumpxml", "job"))
        self.live_on(2)
        self.runs_on(last)
        # All CPUs again, in this life and the next.
        self.done("emulatorpin", "job", "r")
        self.runs_on(self.all)
        self.live_on(3)
        self.runs_on(self.all)
        self.assertEqual(self.done("dumpxml", "job").replace("<vcpu>1</vcpu>", "").split(), before.split())
        self.done("emulatorpin", "job", last, "--live")
        self.done("emulatorpin", "job", first, "--config")
        self.done("destroy", "job")
        self.done("start", "job")
        self.runs_on(first)
        self.done("emulatorpin", "job", "r", "--live", "--config")
        self.runs_on(self.all)
        self.assertEqual(self.pin("--config"), None)

    def test_definition(self):
        """Only what was asked for changes, and the container that runs is left alone."""
        before = self.done("dumpxml", "job", "--inactive")
        self.done("emulatorpin", "job", "0,^5", "--config")
        self.assertEqual(self.pin("--config"), "0,^5")
        self.assertEqual(self.done("dumpxml", "job", "--inactive").replace("<vcpu cpuset='0,^5'>1</vcpu>", "").split(),
                         before.split())
        self.runs_on(self.all)
        # Whether this host has it is a matter of the start.
        self.done("emulatorpin", "job", "4000", "--config")
        self.done("destroy", "job")
        self.fails("host-unsupported", "4000", "start", "job")

    def test_refused(self):
        """What cannot be is said, and nothing has changed."""
        self.done("emulatorpin", "job", str(AVAILABLE[0]))
        before = self.done("dumpxml", "job")
        self.fails("invalid-argument", "this host has", "emulatorpin", "job", "4000")
        self.fails("invalid-argument", "leaves no CPU", "emulatorpin", "job", "0,^0")
        self.fails("invalid-argument", "no set of CPUs", "emulatorpin", "job", "x", "--live", "--config")
        self.runs_on(str(AVAILABLE[0]))
        self.assertEqual(self.done("dumpxml", "job"), before)
        self.done("destroy", "job")
        self.fails("domain-inactive", "not running", "emulatorpin", "job", "0", "--live")

    def test_no_vcpus(self):
        """The number of the definition limits nothing; who wants it to is told what does."""
        for flag in ("--live", "--config"):
            self.fails("unsupported", "limits nothing", "setvcpus", "job", "2", flag)
            self.fails("unsupported", "schedinfo", "setvcpus", "job", "2", flag)
            self.fails("unsupported", "emulatorpin", "vcpupin", "job", "0", "0", flag)
            self.assertEqual(mortise("vcpupin", "job", flag, "--json", uri=self.uri).json, [])
        report = mortise("vcpuinfo", "job", "--json", uri=self.uri).json
        self.assertEqual((report["model"], report["pinnable"], report["vcpus"]), ("none", False, []))
        self.assertIn("limits nothing", report["reason"])
        self.assertEqual(mortise("vcpucount", "job", "--json", uri=self.uri).json,
                         {"maximum": {"config": 1, "live": 1}, "current": {"config": 1, "live": 1}})

    def test_paused(self):
        """What is frozen is moved, too."""
        self.done("suspend", "job")
        self.done("emulatorpin", "job", str(AVAILABLE[-1]))
        self.assertEqual(self.state("job").split()[0], "paused")
        self.done("resume", "job")
        self.runs_on(str(AVAILABLE[-1]))

    def test_groups_in_it(self):
        """A container's own groups of version 1 do not keep its owner from taking CPUs away."""
        group = self.group()
        if os.path.exists(os.path.join(group, "cgroup.controllers")):
            self.skipTest("of version 2, they never could")
        first, last = str(AVAILABLE[0]), str(AVAILABLE[-1])
        inner = [os.path.join(group, "inner"), os.path.join(group, "inner", "most"), os.path.join(group, "other")]
        for path, cpus in zip(inner, (f"{first},{last}", last, first)):
            os.mkdir(path)
            with open(os.path.join(path, "cpuset.cpus"), "w", encoding="utf-8") as file:
                file.write(cpus)
        for cpus in (first, last):
            self.done("emulatorpin", "job", cpus)
            self.runs_on(cpus)
            for path in inner:
                with open(os.path.join(path, "cpuset.cpus"), encoding="utf-8") as file:
                    self.assertEqual(file.read().strip(), cpus, path)


if __name__ == "__main__":
    main(needs=[("this machine has one CPU", len(AVAILABLE) > 1)])
