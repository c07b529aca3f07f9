#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the tests of containers share: a network namespace of their own, a root filesystem, looking for what is left.

import ctypes
import glob
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from command_testing import BUILD, DEADLINE, CommandTest, mortise

MODULE = os.path.join(BUILD, "drivers", "mortise-driver-lxc.so")
HELPER = os.path.join(BUILD, "drivers", "lxc", "helper", "mortise-lxc-helper")
KEPT_OF_SYS = ("/sys/fs/cgroup", "/sys/kernel/security")
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
APPLETS = ("sh", "init", "sleep", "ls", "cat", "mount", "mknod", "ping", "ip", "id", "pwd", "env", "poweroff", "reboot",
           "date", "dd", "hostname", "kill", "touch", "test", "ps", "chroot", "true", "echo", "head", "stty",
           "swapoff", "umount", "setpriv")


def find_busybox():
    """The path of a busybox that needs no libraries, or None."""
    for path in ("/bin/busybox", "/usr/bin/busybox"):
        if os.path.exists(path):
            done = subprocess.run(["ldd", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            if done.returncode != 0:
                return path
    return None


NETWORK = ("the module netlink was not built", os.path.exists(os.path.join(BUILD, "plugins", "netlink.json")))
NEEDS = (("the module lxc was not built", os.path.exists(MODULE)),
         ("containers are started by root", os.geteuid() == 0),
         ("no static busybox is installed (Debian: busybox-static)", find_busybox() is not None),
         ("no control groups are mounted", bool(glob.glob("/sys/fs/cgroup/*"))))


def make_root(folder):
    """Makes a root filesystem of busybox, with a user `nobody`."""
    for name in ("bin", "etc", "proc", "sys", "dev", "tmp", "root"):
        os.makedirs(os.path.join(folder, name))
    os.chmod(os.path.join(folder, "tmp"), 0o1777)
    shutil.copy(find_busybox(), os.path.join(folder, "bin", "busybox"))
    for applet in APPLETS:
        os.symlink("busybox", os.path.join(folder, "bin", applet))
    os.symlink("bin", os.path.join(folder, "sbin"))
    with open(os.path.join(folder, "etc", "passwd"), "w", encoding="utf-8") as file:
        file.write("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533:nobody:/:/bin/sh\n")
    with open(os.path.join(folder, "etc", "group"), "w", encoding="utf-8") as file:
        file.write("root:x:0:\nnogroup:x:65534:\n")
    with open(os.path.join(folder, "etc", "inittab"), "w", encoding="utf-8") as file:
        file.write("console::askfirst:-/bin/sh\n")


def groups_left():
    """Control groups of containers."""
    return [path for path in glob.glob("/sys/fs/cgroup/mortise-lxc-*") + glob.glob("/sys/fs/cgroup/*/mortise-lxc-*")]


def processes_of(folder, task=None):
    """Monitors and helpers that work in a folder; only those with this task, where there is one."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"mortise-lxc-helper") and any(folder.encode() in word for word in words) and \
                task in (None, words[1]):
            found.append(int(path.split("/")[2]))
    return found


def mounts_of(folder):
    """Mounts below a folder that this namespace sees."""
    with open("/proc/self/mounts", encoding="utf-8") as file:
        return [line for line in file if folder in line]


def links():
    """Names of the network devices of this network namespace."""
    with open("/proc/self/net/dev", encoding="utf-8") as file:
        return sorted(line.split(":")[0].strip() for line in file.readlines()[2:])


def has_ended(pid):
    """Whether a process is gone, or nothing but its status is left of it."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


class ContainerTest(CommandTest):
    """A root of its own, with containers in it, of which nothing may be left."""

    def setUp(self):
        super().setUp()
        self.uri = "lxc:///embed?root=" + self.folder.name
        self.root = os.path.join(self.folder.name, "tree")
        make_root(self.root)
        self.before = links()
        self.names = []
        self.addCleanup(self.look_for_remains)
        self.addCleanup(self.destroy_all)

    def destroy_all(self):
        """Ends what a failed test has left running."""
        for name in self.names:
            mortise("destroy", name, uri=self.uri)

    def look_for_remains(self):
        """All that a container may leave must be gone."""
        self.assertEqual([path for path in groups_left() if any(uuid in path for uuid in self.uuids())], [])
        # That of a console goes when it has noticed that its user has gone; nobody waits for it.
        self.await_true(lambda: not processes_of(self.folder.name, b"console"), "a console's helper stays")
        self.assertEqual([pid for pid in processes_of(self.folder.name) if not has_ended(pid)], [])
        self.assertEqual(mounts_of(self.folder.name), [])
        self.assertEqual(links(), self.before)
        run = os.path.join(self.folder.name, "run")
        # A test that was skipped has opened nothing.
        left = os.listdir(run) if os.path.isdir(run) else []
        self.assertEqual(sorted(set(left) - {"boot-id", "domains", "owner.lock"}), [])
        self.assertEqual([path for path in glob.glob("/run/lxc/lock/run/.*")
                          if any(uuid in path for uuid in self.uuids())], [])

    def uuids(self):
        """The UUIDs of all that was defined."""
        return [os.path.basename(path)[:-4] for path in glob.glob(self.folder.name + "/etc/domains/*")]

    def definition(self, name, init="/bin/init", body="", devices="", os_more="", arguments=()):
        """The XML of a container on the test's root filesystem."""
        words = "".join(f"<initarg>{word}</initarg>" for word in arguments)
        return f"""<domain type='lxc'>
  <name>{name}</name>
  <memory unit='MiB'>64</memory>
  <os><type>exe</type><init>{init}</init>{words}{os_more}</os>
  {body}
  <devices>
    <filesystem type='mount'><source dir='{self.root}'/><target dir='/'/></filesystem>
    {devices}
  </devices>
</domain>
"""

    def define(self, name, **how):
        """Defines a container; nothing is left of it at the end of the test."""
        self.names.append(name)
        self.done("define", self.file(name + ".xml", self.definition(name, **how)))

    def run_shell(self, name, script, **how):
        """Defines and starts a container that runs a shell script."""
        self.define(name, init="/bin/sh", arguments=("-c", f"<![CDATA[{script}]]>"), **how)
        self.done("start", name)

    def done(self, *arguments):
        """A run that must succeed; what it printed."""
        return self.check(mortise(*arguments, uri=self.uri)).out

    def state(self, name):
        """State and reason, as `domstate --reason` prints them."""
        return self.done("domstate", name, "--reason").strip()

    def await_true(self, condition, message):
        """Waits until something is so; what it is about tells nobody when it changes."""
        until = time.monotonic() + DEADLINE
        while not condition() and time.monotonic() < until:
            select.select([], [], [], 0.01)
        self.assertTrue(condition(), message)

    def await_state(self, name, *wanted):
        """Waits until the state is one of those wanted."""
        self.await_true(lambda: self.state(name) in wanted, f"{name} is not {wanted}")

    def await_file(self, name):
        """Waits until a file in the container's root is there, and returns what is in it."""
        path = os.path.join(self.root, name)
        self.await_true(lambda: os.path.exists(path), f"{name} is not there")
        with open(path, encoding="utf-8") as file:
            return file.read()

    def init(self, name):
        """The process number of a container's init."""
        return int(next(line.split()[0] for line in self.done("list").splitlines() if f" {name} " in line))

    def await_init(self, name):
        """Waits until the busybox that is a container's init takes requests: the kernel drops what comes before."""
        def listens():
            with open(f"/proc/{self.init(name)}/status", encoding="utf-8") as file:
                text = file.read()
            return text.startswith("Name:\tinit\n") and "SigCgt:\t0000000000000000\n" not in text

        self.await_true(listens, "init takes no requests")

    def stats(self, name):
        """The numbers of a container."""
        return dict(line.strip().split("=", 1) for line in self.done("domstats", name).splitlines() if "=" in line)


def enter_namespaces():
    """Leaves the machine's network behind; /sys shows that of the own namespace then, which liblxc looks at."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        return os.strerror(ctypes.get_errno())
    kept = [path for path in KEPT_OF_SYS if os.path.ismount(path)]
    # Removed as folders only: nothing must ever be removed from what is mounted there.
    places = [tempfile.mkdtemp(prefix="mortise-groups-") for _ in kept]
    for words in (["--make-rprivate", "/"], *(["--rbind", *pair] for pair in zip(kept, places)),
                  ["-t", "sysfs", "none", "/sys"], *(["--rbind", *pair] for pair in zip(places, kept))):
        done = subprocess.run(["mount", *words], check=False, stderr=subprocess.PIPE, encoding="utf-8")
        if done.returncode != 0:
            return done.stderr
    for place in places:
        subprocess.run(["umount", "--lazy", place], check=True)
        os.rmdir(place)
    return None


def skip(reason):
    """Ends without having tested."""
    print(f"SKIP {os.path.basename(sys.argv[0])}: {reason}")
    sys.exit(77)


def needs_network(test):
    """Skips a test by name where containers get no interfaces."""
    reason, there = NETWORK
    return unittest.skipUnless(there, reason)(test)


def main(prepare=None, needs=()):
    """Runs the tests of the file in namespaces of its own; ends with 77 when something is missing.

    `prepare` is called before, where the network of the machine can be reached, and says what is missing; `needs` has
    reasons to skip all, and whether what each names is there.
    """
    for reason, there in NEEDS + tuple(needs):
        if not there:
            skip(reason)
    problem = prepare() if prepare is not None else None
    if problem:
        skip(problem)
    problem = enter_namespaces()
    if problem:
        skip(f"no namespaces can be made for it: {problem}")
    unittest.main(verbosity=2)
