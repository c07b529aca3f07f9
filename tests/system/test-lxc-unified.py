#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Containers on control groups of version 2: limits, freezer, devices and numbers, held against the kernel's own files.

import glob
import os
import stat
import subprocess
import sys

import lxc_testing
from command_testing import EXIT_FAILED, mortise, start
from lxc_testing import ContainerTest

GROUPS = "/sys/fs/cgroup"
NODE = "<hostdev mode='capabilities' type='{0}'><source><{1}>{2}</{1}></source></hostdev>"
LIMITS = """
    <vcpu cpuset='0'>1</vcpu>
    <cputune><shares>2048</shares><period>50000</period><quota>25000</quota></cputune>
    <memtune><hard_limit unit='MiB'>32</hard_limit><soft_limit unit='MiB'>24</soft_limit>
      <swap_hard_limit unit='MiB'>40</swap_hard_limit></memtune>"""


def missing():
    """Why these tests cannot run here, or None."""
    try:
        with open(os.path.join(GROUPS, "cgroup.controllers"), encoding="utf-8") as file:
            controllers = file.read().split()
    except OSError:
        return f"no control groups of version 2 at {GROUPS}"
    left = sorted({"cpu", "cpuset", "io", "memory", "pids"} - set(controllers))
    return f"control groups of version 2 without {', '.join(left)}" if left else None


class Unified(ContainerTest):
    """The group of one container, `job`."""

    def group(self):
        """The container's control group."""
        found = glob.glob(f"{GROUPS}/mortise-lxc-{self.uuids()[0]}-*[0-9a-f]")
        self.assertEqual(len(found), 1, found)
        return found[0]

    def value(self, name):
        """What a file of the group says."""
        with open(os.path.join(self.group(), name), encoding="utf-8") as file:
            return file.read().strip()

    def member(self, name, word):
        """A number that stands behind a word in a file of the group."""
        return int(next(line.split()[1] for line in self.value(name).splitlines() if line.split()[0] == word))

    def test_limits(self):
        self.run_shell("job", "sleep 1000", body=LIMITS)
        for name, wanted in (("memory.max", str(32 << 20)), ("memory.high", str(24 << 20)), ("cpuset.cpus", "0"),
                             ("memory.swap.max", str(8 << 20)), ("cpu.max", "25000 50000"), ("cpu.weight", "79")):
            self.assertEqual(self.value(name), wanted, name)
        self.assertIn(str(self.init("job")), self.value("cgroup.procs").split())

    def test_limit_is_kept(self):
        """What wants more memory than it may have is killed by the kernel."""
        self.run_shell("job", "head -c 60000000 /dev/zero | tail -c 50000000 >/dev/null; touch /tmp/done; sleep 1000",
                       body="<memtune><hard_limit unit='MiB'>16</hard_limit></memtune>")
        self.await_file("tmp/done")
        self.assertGreaterEqual(self.member("memory.events", "max"), 1)
        self.assertLessEqual(int(self.value("memory.current")), 16 << 20)

    def test_freezer_and_numbers(self):
        self.run_shell("job", "while true; do :; done")
        self.await_true(lambda: self.member("cpu.stat", "usage_usec") > 100000, "it does not run")
        before = self.member("cpu.stat", "usage_usec")
        stats = self.stats("job")
        self.assertGreaterEqual(int(stats["cpu.time"]), before * 1000)
        self.assertEqual(int(stats["balloon.maximum"]), 64 << 10)
        self.assertGreater(int(stats["balloon.current"]), 0)
        self.done("suspend", "job")
        self.assertEqual(self.value("cgroup.freeze"), "1")
        self.assertEqual(self.member("cgroup.events", "frozen"), 1)
        # What is frozen is counted to its last moment when it has left the CPU.
        self.await_true(lambda: self.member("cpu.stat", "usage_usec") == self.member("cpu.stat", "usage_usec"),
                        "it still runs")
        stopped = self.member("cpu.stat", "usage_usec")
        self.assertEqual(self.state("job").split()[0], "paused")
        self.assertEqual(self.member("cpu.stat", "usage_usec"), stopped)
        self.done("resume", "job")
        self.assertEqual(self.member("cgroup.events", "frozen"), 0)
        self.await_true(lambda: self.member("cpu.stat", "usage_usec") > stopped, "it does not run again")
        self.done("suspend", "job")
        self.done("destroy", "job")

    def test_devices(self):
        """The kernel's log has a node that may be neither made nor read; what everybody has may."""
        self.run_shell("job", "(mknod /tmp/zero c 1 5 && head -c 4 /tmp/zero | wc -c; mknod /tmp/kmsg c 1 11 && "
                       "echo MADE) >/tmp/out 2>&1; echo >/tmp/done; sleep 1000",
                       body="<features><capabilities><mknod state='on'/></capabilities></features>")
        made = os.path.join(self.root, "tmp", "made")
        self.await_file("tmp/done")
        out = self.await_file("tmp/out")
        self.assertIn("4\n", out)
        self.assertNotIn("MADE", out)
        os.mknod(made, 0o20666, os.makedev(1, 11))
        entered = mortise("enter", "job", "--", "head", "-c", "1", "/tmp/made", uri=self.uri)
        self.assertEqual(entered.code, 1, entered.out)
        self.assertIn("Operation not permitted", entered.err + entered.out)

    def check_access(self, allowed, denied):
        """The container can open these files for reading and writing, and not those, for this reason."""
        script = f"for path in {' '.join(allowed + denied)}; do (exec 3<>$path && echo $path: open) 2>&1; done; true"
        said = self.done("enter", "job", "--", "sh", "-c", script)
        for path in allowed:
            self.assertIn(f"{path}: open\n", said)
        for path in denied:
            self.assertRegex(said, f"{path}: Operation not permitted\n")

    def run_with_nodes(self, **nodes):
        """A container with nodes in its root filesystem, by which their devices are asked for; it reboots once."""
        self.run_shell("job", "echo x >>/tmp/lives; until test -e /tmp/go; do sleep 0.01; done; rm /tmp/go; reboot -f",
                       body="<features><capabilities><mknod state='on'/></capabilities></features>",
                       devices=NODE.format("storage", "block", "/dev/loop6"))
        self.await_file("tmp/lives")
        for name, (kind, major, minor) in nodes.items():
            os.mknod(os.path.join(self.root, "tmp", name), kind | 0o666, os.makedev(major, minor))

    def change(self, verb, xml):
        """Runs a verb with a device; what became of it."""
        return mortise(verb, "job", self.file("device.xml", xml), uri=self.uri)

    def test_nodes(self):
        """What is attached is allowed from then on, what is detached is not; nothing else changes, nor at a reboot."""
        char, block = NODE.format("misc", "char", "/dev/loop-control"), NODE.format("storage", "block", "/dev/loop7")
        null = NODE.format("misc", "char", "/dev/null")
        self.run_with_nodes(control=(stat.S_IFCHR, 10, 237), seven=(stat.S_IFBLK, 7, 7), six=(stat.S_IFBLK, 7, 6),
                            # Unlike others only in one of three.
                            five=(stat.S_IFBLK, 7, 5), vcs=(stat.S_IFCHR, 7, 7), random=(stat.S_IFCHR, 1, 9))
        always, never = ["/dev/null", "/tmp/random"], ["/tmp/five", "/tmp/vcs"]
        self.check_access(["/tmp/six"] + always, ["/tmp/control", "/tmp/seven"] + never)
        for xml in (char, block, null):
            self.check(self.change("attach-device", xml))
        self.check_access(["/tmp/six", "/tmp/control", "/dev/loop-control", "/tmp/seven", "/dev/loop7"] + always,
                          never)
        made = mortise("enter", "job", "--", "mknod", "/tmp/new", "c", "10", "237", uri=self.uri)
        self.assertIn("Operation not permitted", made.err + made.out)
        for xml in (char, null):
            self.check(self.change("detach-device", xml))
        self.check_access(["/tmp/six", "/tmp/seven"] + always, ["/tmp/control"] + never)
        self.check(self.change("attach-device", char))
        self.check(self.change("detach-device", NODE.format("storage", "block", "/dev/loop6")))
        self.check_access(["/tmp/control", "/tmp/seven"] + always, ["/tmp/six"] + never)
        with open(os.path.join(self.root, "tmp", "go"), "w", encoding="utf-8"):
            pass
        self.await_true(lambda: self.await_file("tmp/lives") == "x\nx\n", "it did not reboot")
        self.check_access(["/tmp/control", "/dev/loop-control", "/tmp/seven", "/dev/loop7"] + always,
                          ["/tmp/six"] + never)
        self.check(self.change("detach-device", block))
        self.check_access(["/tmp/control"] + always, ["/tmp/six", "/tmp/seven"] + never)

    def test_node_that_cannot(self):
        """Where it cannot be mounted it is not allowed either; what is in use stays as it is."""
        char = NODE.format("misc", "char", "/dev/loop-control")
        self.run_with_nodes(control=(stat.S_IFCHR, 10, 237))
        self.done("enter", "job", "--", "busybox", "mkdir", "/dev/loop-control")
        failed = self.change("attach-device", char)
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertIn("mounting it failed", failed.err)
        self.check_access(["/dev/null"], ["/tmp/control"])
        self.assertNotIn("loop-control", self.done("dumpxml", "job"))
        self.done("enter", "job", "--", "busybox", "rmdir", "/dev/loop-control")
        self.check(self.change("attach-device", char))
        with start("enter", "job", "--", "sh", "-c", "exec 3<>/dev/loop-control; echo >/tmp/held; cat", uri=self.uri,
                   stdin=subprocess.PIPE) as user:
            self.await_file("tmp/held")
            busy = self.change("detach-device", char)
            user.communicate()
        self.assertEqual(busy.code, EXIT_FAILED)
        self.assertIn("something in the container uses it", busy.err)
        self.check_access(["/tmp/control"], [])
        self.check(self.change("detach-device", char))
        self.check_access([], ["/tmp/control"])

    def test_node_before_init(self):
        """Nobody waits for liblxc, which waits for the init; and nothing is done later on."""
        char = NODE.format("misc", "char", "/dev/loop-control")
        self.define("job", init="/bin/sleep", arguments=("1000",))
        self.done("start", "job", "--paused")
        early = self.change("attach-device", char)
        self.assertEqual(early.code, EXIT_FAILED)
        self.assertIn("Resume it first", early.err)
        self.done("resume", "job")
        os.mknod(os.path.join(self.root, "tmp", "control"), 0o20666, os.makedev(10, 237))
        self.check_access([], ["/tmp/control"])
        self.done("suspend", "job")
        self.check(self.change("attach-device", char))
        self.done("resume", "job")
        self.check_access(["/tmp/control", "/dev/loop-control"], [])

    def test_limit_that_cannot_be(self):
        self.define("job", body="<vcpu cpuset='4000'>1</vcpu>")
        failed = mortise("start", "job", uri=self.uri)
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertIn("cpuset", failed.err)
        self.assertTrue(self.state("job").startswith("shut off"))


if __name__ == "__main__":
    problem = missing()
    if problem:
        print(f"SKIP {os.path.basename(sys.argv[0])}: {problem}")
        sys.exit(77)
    lxc_testing.main()
