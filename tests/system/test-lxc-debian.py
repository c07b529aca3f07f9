#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# A whole Debian, as debootstrap makes it, runs as a container: systemd boots it, restarts it and ends it.

import fcntl
import os
import shutil
import subprocess

from command_testing import BUILD, mortise
from lxc_testing import ContainerTest, main

CACHE = os.path.join(BUILD, "tests", "debian")
WHERE = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
SCRIPTS = "/usr/share/debootstrap/scripts"
# Made in memory, where it takes a third of the time; that and all its mounts are gone with its namespace, also when it
# is killed. What no container needs to boot is left out: the tree is copied for each test.
SCRIPT = """
set -e
mount -t tmpfs -o size=2g none /mnt
debootstrap --variant=minbase --include=systemd-sysv "$1" /mnt/tree "$2"
cd /mnt/tree
rm -rf usr/share/doc usr/share/locale usr/share/man var/cache/apt/* var/lib/apt/lists/* etc/hostname
cp -a . "$3"
"""


def mirror():
    """Address and release of the archive that this host installs its own system from, or None."""
    if shutil.which("apt-get", path=WHERE) is None:
        return None
    done = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, encoding="utf-8")
    for line in done.stdout.splitlines():
        words = line.split()
        if len(words) == 3 and words[2] == "main" and os.path.exists(os.path.join(SCRIPTS, words[1])):
            return words[0], words[1]
    return None


def bootstrap(address, release):
    """Makes the tree; what debootstrap said where it could not."""
    unfinished = os.path.join(CACHE, "unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    os.mkdir(unfinished)
    done = subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", SCRIPT, "sh", release, address,
                           unfinished], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, encoding="utf-8", env={**os.environ, "PATH": WHERE})
    if done.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        return f"debootstrap makes no {release} of {address}: {' / '.join(done.stdout.splitlines()[-2:])}"
    os.rename(unfinished, os.path.join(CACHE, "tree"))
    return None


def prepare():
    """Makes a Debian tree once for each build directory; why not, where that cannot be."""
    if shutil.which("debootstrap", path=WHERE) is None:
        return "debootstrap is not installed"
    source = mirror()
    if source is None:
        return "apt names no archive of a release that debootstrap knows"
    os.makedirs(CACHE, exist_ok=True)
    with open(os.path.join(CACHE, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return None if os.path.isdir(os.path.join(CACHE, "tree")) else bootstrap(*source)


# A service that leaves a mark when it is stopped in order.
UNIT = """[Unit]
Description=Mark
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'echo up >>/mark'
ExecStop=/bin/sh -c 'echo down >>/mark'
"""


class Debian(ContainerTest):
    """A copy of the tree for each test."""

    def setUp(self):
        super().setUp()
        self.root = os.path.join(self.folder.name, "debian")
        subprocess.run(["cp", "--archive", os.path.join(CACHE, "tree"), self.root], check=True)
        units = os.path.join(self.root, "etc", "systemd", "system")
        os.makedirs(os.path.join(units, "multi-user.target.wants"), exist_ok=True)
        with open(os.path.join(units, "mark.service"), "w", encoding="utf-8") as file:
            file.write(UNIT)
        os.symlink("../mark.service", os.path.join(units, "multi-user.target.wants", "mark.service"))

    def inside(self, *words):
        """What a program inside prints, whatever its exit code."""
        return mortise("enter", "debian", "--", *words, uri=self.uri).out

    def await_boot(self):
        """Waits until systemd has reached its target."""
        self.await_true(lambda: self.inside("systemctl", "is-active", "default.target") == "active\n",
                        "default.target was not reached")

    def mark(self):
        """What the service has written."""
        with open(os.path.join(self.root, "mark"), encoding="utf-8") as file:
            return file.read().split()

    def test_life(self):
        self.define("debian", init="/sbin/init", body="<memtune><hard_limit unit='MiB'>256</hard_limit></memtune>",
                    devices="<console type='pty'/>")
        self.done("start", "debian")
        self.await_boot()
        self.assertEqual(self.inside("cat", "/proc/1/comm"), "systemd\n")
        self.assertEqual(self.inside("systemd-detect-virt", "--container"), "lxc\n")
        self.assertEqual(self.inside("hostname"), "debian\n")
        limits = self.inside("sh", "-c", "cat /sys/fs/cgroup/memory/memory.limit_in_bytes "
                             "/sys/fs/cgroup/memory.max 2>/dev/null")
        self.assertEqual(limits.strip(), str(256 << 20))
        self.assertEqual(self.mark(), ["up"])
        first = self.init("debian")
        self.done("reboot", "debian")
        self.await_true(lambda: self.mark() == ["up", "down", "up"], "the container did not reboot")
        self.await_boot()
        self.assertNotEqual(self.init("debian"), first)
        self.done("shutdown", "debian")
        self.await_state("debian", "shut off (shutdown)")
        self.assertEqual(self.mark(), ["up", "down", "up", "down"])


if __name__ == "__main__":
    main(prepare)
