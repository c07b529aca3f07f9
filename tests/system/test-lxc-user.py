#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# A user who is not root starts containers: with subordinate ids, and control groups that were delegated.

import glob
import os
import shutil
import subprocess
import unittest

from command_testing import COMMAND, DEADLINE, EXIT_FAILED, Result, environment
from lxc_testing import ContainerTest, main

USER, FIRST = 54321, 700000
MAP = f"<idmap><uid start='0' target='{FIRST}' count='65536'/><gid start='0' target='{FIRST}' count='65536'/></idmap>"
HINT = "systemd-run --user --scope"
TOP = "/sys/fs/cgroup"
# With version 2 alone, where the processes of a user's group are.
OWN = "mortise.own"
LEAF = OWN + "/init.scope"
UNIFIED = os.path.exists(os.path.join(TOP, "cgroup.procs"))
# What systemd gives to a user, besides the folder itself.
DELEGATED = ("cgroup.procs", "cgroup.subtree_control", "cgroup.threads")
CONTROLLERS = ("cpu", "cpuset", "io", "memory", "pids")


def become_user():
    """In a child, before it is executed."""
    os.setgroups([])
    os.setgid(USER)
    os.setuid(USER)


def prepare():
    """What is missing."""
    if shutil.which("newuidmap") is None:
        return "newuidmap is not installed (Debian: uidmap)"
    if subprocess.run(["test", "-x", COMMAND], preexec_fn=become_user, check=False).returncode != 0:
        return "the directory of the build cannot be read by other users"
    return None


class User(ContainerTest):
    """As a user that exists in the mount namespace of this test only."""

    def setUp(self):
        super().setUp()
        self.groups = []
        os.chmod(self.folder.name, 0o755)
        os.chown(self.folder.name, USER, USER)
        for folder, folders, files in os.walk(self.root):
            for name in [folder] + [os.path.join(folder, entry) for entry in folders + files]:
                os.lchown(name, FIRST, FIRST)
        with open("/etc/passwd", encoding="utf-8") as file:
            self.hide("/etc/passwd", file.read() + f"tester:x:{USER}:{USER}::{self.folder.name}:/bin/sh\n")

    def hide(self, path, text):
        """Shows something else at a path, until the end of the test and for nobody but this test."""
        source = self.file(os.path.basename(path), text)
        os.chmod(source, 0o644)
        subprocess.run(["mount", "--bind", source, path], check=True)
        self.addCleanup(subprocess.run, ["umount", path], check=True)

    def give_ids(self):
        """Subordinate ids of the user."""
        for path in ("/etc/subuid", "/etc/subgid"):
            if not os.path.exists(path):
                self.skipTest(path + " does not exist")
            self.hide(path, f"tester:{FIRST}:65536\n")

    @staticmethod
    def write(path, text):
        """Says something to the kernel."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def delegate(self, more=""):
        """Control groups that belong to the user, in each hierarchy; taken away at the end."""
        name = f"mortise-user-{os.getpid()}{more}"
        if UNIFIED:
            self.write(os.path.join(TOP, "cgroup.subtree_control"), " ".join("+" + word for word in CONTROLLERS))
        for top in [TOP] if UNIFIED else glob.glob(TOP + "/*/"):
            path = os.path.join(top, name)
            os.mkdir(path)
            self.groups.append(path)
            self.addCleanup(self.remove_group, path)
            for file in ("cpuset.cpus", "cpuset.mems"):
                if os.path.exists(os.path.join(path, file)) and os.path.exists(os.path.join(top, file)):
                    shutil.copyfile(os.path.join(top, file), os.path.join(path, file))
            files = [os.path.join(path, file) for file in DELEGATED] if UNIFIED else glob.glob(path + "/*")
            for file in [path] + files:
                os.chown(file, USER, USER)
        self.addCleanup(self.destroy_all)

    def remove_group(self, path):
        """Only what is empty can be removed: nothing of a container may be left in it."""
        left = [folder for folder, _, _ in os.walk(path, topdown=False) if folder != path]
        for folder in left + [path]:
            os.rmdir(folder)
        own = [os.path.join(path, OWN), os.path.join(path, LEAF)] if UNIFIED else []
        self.assertEqual([folder for folder in left if not folder.endswith(".pivot/lxc.pivot")
                          and not folder.endswith(".pivot") and folder not in own], [])

    def enter_groups(self):
        """In a child: under the groups, as the user."""
        for path in self.groups:
            leaf = os.path.join(path, LEAF)
            # Once there are containers below, processes are beside them, as whatever their owner starts would be.
            self.write(os.path.join(leaf if os.path.exists(leaf) else path, "cgroup.procs"), str(os.getpid()))
        become_user()

    def run_user(self, *words):
        """Runs the command as the user."""
        done = subprocess.run([COMMAND, "-c", self.uri, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=DEADLINE, check=False, encoding="utf-8",
                              env=environment(HOME=self.folder.name), preexec_fn=self.enter_groups)
        return Result(done.returncode, done.stdout, done.stderr)

    def done(self, *arguments):
        return self.check(self.run_user(*arguments)).out

    def destroy_all(self):
        for name in self.names:
            self.run_user("destroy", name)
        self.names = []

    def test_life(self):
        self.give_ids()
        self.delegate()
        self.run_shell("job", "mknod /tmp/disk b 254 0; echo >/tmp/done; sleep 1000", body=MAP)
        self.await_file("tmp/done")
        self.assertFalse(os.path.exists(os.path.join(self.root, "tmp", "disk")))
        self.assertEqual(os.stat(os.path.join(self.root, "tmp", "done")).st_uid, FIRST)
        self.assertEqual(os.stat(f"/proc/{self.init('job')}").st_uid, FIRST)
        out = self.done("enter", "job", "--", "sh", "-c", "id; cat /proc/self/uid_map /proc/self/status; ls -ln /tmp")
        self.assertIn("uid=0(root)", out)
        self.assertRegex(out, rf"\b0 +{FIRST} +65536\b")
        self.assertIn("Seccomp:\t2", out)
        self.assertRegex(out, r" 0 +0 .* done")
        self.assertEqual(self.stats("job")["balloon.maximum"], "65536")
        self.done("suspend", "job")
        self.done("resume", "job")
        self.done("destroy", "job")
        self.assertEqual(self.state("job"), "shut off (destroyed)")

    def test_from_another_group(self):
        """Each `systemd-run --scope` is a group of its own, and a container stays where it was started."""
        self.give_ids()
        self.delegate()
        self.run_shell("job", "echo >/tmp/done; sleep 1000", body=MAP)
        self.await_file("tmp/done")
        self.groups = []
        self.delegate("-other")
        self.assertGreater(int(self.stats("job")["cpu.time"]), 0)
        self.assertRegex(self.done("memtune", "job"), r"hard_limit\s*:\s*65536")
        self.done("suspend", "job")
        self.assertEqual(self.state("job"), "paused (user)")
        self.done("resume", "job")
        self.done("destroy", "job")
        self.assertEqual(self.state("job"), "shut off (destroyed)")

    def group_value(self, uuid, file):
        """What a file of a container's group says, which has to be below the one that was delegated."""
        found = glob.glob(f"{self.groups[0]}/{OWN}/mortise-lxc-{uuid}-*[0-9a-f]/{file}")
        self.assertEqual(len(found), 1, (uuid, file))
        with open(found[0], encoding="utf-8") as value:
            return value.read().strip()

    @unittest.skipUnless(UNIFIED, "the control groups here are not of version 2 alone")
    def test_two_of_version_2(self):
        """Both are below the user's group and limited there, also in the next life; what they made goes with them."""
        self.give_ids()
        self.delegate()
        self.run_shell("job", "mkdir -p /sys/fs/cgroup/a/b && [ -e /tmp/again ] && echo >/tmp/done && sleep 1000; "
                       "touch /tmp/again", body=MAP + "<on_poweroff>restart</on_poweroff>")
        first = self.uuids()[0]
        self.await_file("tmp/done")
        self.run_shell("other", "sleep 1000", body=MAP + "<memtune><hard_limit unit='MiB'>32</hard_limit></memtune>")
        second = next(uuid for uuid in self.uuids() if uuid != first)
        self.assertEqual(self.group_value(first, "memory.max"), str(64 << 20))
        self.assertEqual(self.group_value(second, "memory.max"), str(32 << 20))
        self.assertIn(str(self.init("job")), self.group_value(first, "cgroup.procs").split())
        self.assertIn(str(self.init("other")), self.group_value(second, "cgroup.procs").split())
        self.done("setmem", "other", "48M")
        self.assertEqual(self.group_value(second, "memory.max"), str(48 << 20))
        self.done("destroy", "job")
        self.done("destroy", "other")
        left = os.listdir(os.path.join(self.groups[0], OWN))
        self.assertEqual([name for name in left if name.startswith("mortise")], [])

    @unittest.skipUnless(UNIFIED, "the control groups here are not of version 2 alone")
    def test_beside_others_of_version_2(self):
        """The kernel would hand nothing on from a group where others are: that is said, and nothing is changed."""
        self.give_ids()
        self.delegate()
        with subprocess.Popen(["sleep", "1000"], preexec_fn=self.enter_groups) as other:
            try:
                self.refuse(f"Other processes are in the control group /{os.path.basename(self.groups[0])}",
                            f"(sleep, process {other.pid})", HINT)
            finally:
                other.kill()
        self.assertFalse(os.path.exists(os.path.join(self.groups[0], OWN)))
        with open(os.path.join(self.groups[0], "cgroup.subtree_control"), encoding="utf-8") as file:
            self.assertEqual(file.read().strip(), "")
        self.assertEqual(self.state("job").split()[0:2], ["shut", "off"])

    def refuse(self, *words, body=MAP):
        """The start fails, and these words say why."""
        self.define("job", body=body)
        failed = self.run_user("start", "job")
        self.assertEqual(failed.code, EXIT_FAILED, failed.out)
        for word in words:
            self.assertIn(word, " ".join(failed.err.split()))

    def test_without_map(self):
        self.refuse("needs a user namespace", "Add an <idmap>", body="")

    def test_without_ids(self):
        if not os.path.exists("/etc/subuid"):
            self.skipTest("/etc/subuid does not exist")
        self.hide("/etc/subuid", "tester:100000:65536\n")
        self.refuse("/etc/subuid does not give the ids 700000 to 765535 to the user tester")

    def test_without_groups(self):
        self.give_ids()
        self.refuse("does not belong to this user", HINT)


if __name__ == "__main__":
    main(prepare)
