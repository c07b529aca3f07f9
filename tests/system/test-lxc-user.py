#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# A user who is not root starts containers: with subordinate ids, and control groups that were delegated.

import glob
import os
import re
import shutil
import subprocess
import unittest

from command_testing import COMMAND, DEADLINE, EXIT_FAILED, Result, environment
from lxc_testing import ContainerTest, main, processes_of

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
AVAILABLE = os.sched_getaffinity(0)
CONTROLLERS = ("cpu", "cpuset", "io", "memory", "pids")
LIMIT_FILES = ("memory.limit_in_bytes", "memory.max")
# Reboots when /tmp/goN is there in its life N; the third is long enough not to count as one of too many short ones.
LIVES = ("echo x >>/tmp/lives; lives=$(busybox wc -l </tmp/lives); [ $lives != 3 ] || sleep 2; "
         "until test -e /tmp/go$lives; do sleep 0.01; done; reboot -f")
ONLY_2 = unittest.skipUnless(UNIFIED, "the control groups here are not of version 2 alone")


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

    def delegate(self, more="", controllers=CONTROLLERS):
        """Control groups that belong to the user, in each hierarchy, and are where it is; taken away at the end."""
        self.groups = []
        for top in [TOP] if UNIFIED else glob.glob(TOP + "/*/"):
            path = os.path.join(top, f"mortise-user-{os.getpid()}{more}")
            if UNIFIED:
                self.write(os.path.join(os.path.dirname(path), "cgroup.subtree_control"),
                           " ".join("+" + word for word in controllers))
            os.mkdir(path)
            self.groups.append(path)
            self.addCleanup(self.remove_group, path)
            self.give_group(path)
        self.addCleanup(self.destroy_all)

    @staticmethod
    def give_group(path):
        """As systemd does with version 2, and what gives away groups of version 1."""
        above = os.path.dirname(path)
        for file in ("cpuset.cpus", "cpuset.mems"):
            if os.path.exists(os.path.join(path, file)) and os.path.exists(os.path.join(above, file)):
                shutil.copyfile(os.path.join(above, file), os.path.join(path, file))
        files = [os.path.join(path, file) for file in DELEGATED] if UNIFIED else glob.glob(path + "/*")
        for file in [path] + files:
            os.chown(file, USER, USER)

    def remove_group(self, path):
        """Only what is empty can be removed: nothing of a container may be left in it."""
        left = [folder for folder, _, _ in os.walk(path, topdown=False) if folder != path]
        for folder in left + [path]:
            os.rmdir(folder)
        own = [os.path.join(path, OWN), os.path.join(path, LEAF)] if UNIFIED else []
        self.assertEqual([folder for folder in left if folder not in own], [])

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
        self.delegate("-other")
        self.assertGreater(int(self.stats("job")["cpu.time"]), 0)
        self.assertRegex(self.done("memtune", "job"), r"hard_limit\s*:\s*65536")
        self.done("suspend", "job")
        self.assertEqual(self.state("job"), "paused (user)")
        self.done("resume", "job")
        self.done("destroy", "job")
        self.assertEqual(self.state("job"), "shut off (destroyed)")

    def entered_groups(self):
        """The groups of what enters `job`, as it sees them: that of the container is the top."""
        lines = self.done("enter", "job", "--", "cat", "/proc/self/cgroup").splitlines()
        return {line.split(":", 2)[1]: line.split(":", 2)[2] for line in lines}

    def test_enter_from_another_group(self):
        """From a scope beside, below what is the user's. With version 2 from nowhere else, which is said."""
        self.give_ids()
        self.delegate()
        self.delegate("/first")
        self.run_shell("job", "sleep 1000", body=MAP)
        self.delegate("/second")
        self.assertEqual(set(self.entered_groups().values()), {"/"})
        self.delegate("-other")
        if UNIFIED:
            failed = self.run_user("enter", "job", "--", "true")
            self.assertEqual(failed.code, EXIT_FAILED)
            for words in (f"from the control group /mortise-user-{os.getpid()}-other to /mortise-user-{os.getpid()}/",
                          f"cgroup.procs of {TOP}, which is above both", "systemd-run --user --scope"):
                self.assertIn(words, " ".join(failed.err.split()))
        else:
            # What is of version 2 beside version 1 limits nothing, and may be another.
            self.assertEqual({group for name, group in self.entered_groups().items() if name}, {"/"})

    def group_of(self, name, file):
        """A container's group that has this file, which has to be below what was given to the user."""
        uuid = self.done("domuuid", name).strip()
        found = [os.path.dirname(path) for base in self.groups for path in
                 glob.glob(os.path.join(base, OWN if UNIFIED else "", f"mortise-lxc-{uuid}-????????", file))]
        self.assertEqual(len(found), 1, (name, file, found))
        return found[0]

    def limit(self, name, *files):
        """What the kernel holds for a container, by the names of version 1 and 2."""
        with open(os.path.join(self.group_of(name, files[UNIFIED]), files[UNIFIED]), encoding="utf-8") as value:
            return value.read().strip()

    def live_on(self, lives):
        """Lets a container that runs LIVES reboot; nobody owns it meanwhile."""
        with open(os.path.join(self.root, "tmp", f"go{lives - 1}"), "w", encoding="utf-8"):
            pass
        self.await_true(lambda: self.await_file("tmp/lives") == "x\n" * lives, "it did not reboot")

    def check_limits(self, shares, mib):
        """The kernel limits and counts this life, as the command says."""
        with open(os.path.join(self.group_of("job", LIMIT_FILES[UNIFIED]), "cgroup.procs"), encoding="utf-8") as file:
            self.assertIn(str(self.init("job")), file.read().split())
        self.assertEqual(self.limit("job", *LIMIT_FILES), str(mib << 20))
        self.assertRegex(self.done("memtune", "job"), rf"hard_limit\s*:\s*{mib << 10}\b")
        told = re.search(r"cpu_shares\s*:\s*(\d+)", self.done("schedinfo", "job"))
        # The scale of version 2 is not as fine.
        self.assertAlmostEqual(int(told.group(1)), shares, delta=27)
        numbers = self.stats("job")
        self.assertEqual(numbers["balloon.maximum"], str(mib << 10))
        self.assertGreater(int(numbers["balloon.current"]), 0)
        self.assertGreater(int(numbers["cpu.time"]), 0)

    def groups_left(self):
        """Groups that a container has left below the user's."""
        return [folder for base in self.groups for folder, _, _ in os.walk(base) if "/mortise-lxc-" in folder]

    def test_reboots(self):
        """Each life is under the limits, in the groups of the first; at the end nothing is left of any."""
        self.give_ids()
        self.delegate()
        self.run_shell("job", LIVES, body=MAP + "<cputune><shares>512</shares></cputune>")
        self.await_file("tmp/lives")
        self.live_on(2)
        self.check_limits(512, 64)
        self.live_on(3)
        self.done("memtune", "job", "--hard-limit", "48M")
        self.done("schedinfo", "job", "cpu_shares=300")
        for lives in (4, 5, 6):
            self.live_on(lives)
        self.check_limits(300, 48)
        self.done("suspend", "job")
        self.done("resume", "job")
        self.assertEqual({group for name, group in self.entered_groups().items() if name or UNIFIED}, {"/"})
        self.done("destroy", "job")
        self.assertEqual(self.groups_left(), [])

    def test_end_without_owner(self):
        """The container has rebooted and ended before anybody looks, who then removes what is left of its groups."""
        self.give_ids()
        self.delegate()
        self.run_shell("job", "if test -e /tmp/again; then poweroff -f; fi; touch /tmp/again; reboot -f", body=MAP)
        self.await_true(lambda: not processes_of(self.folder.name), "it did not end")
        self.assertEqual(self.done("domstate", "job", "--reason").strip(), "shut off (shutdown)")
        self.assertEqual(self.groups_left(), [])

    @ONLY_2
    def test_two_of_version_2(self):
        """Both are below the user's group and limited there, also in the next life; what they made goes with them."""
        self.give_ids()
        self.delegate()
        self.run_shell("job", "mkdir -p /sys/fs/cgroup/a/b && [ -e /tmp/again ] && echo >/tmp/done && sleep 1000; "
                       "touch /tmp/again", body=MAP + "<on_poweroff>restart</on_poweroff>")
        self.await_file("tmp/done")
        self.run_shell("other", "sleep 1000", body=MAP + "<memtune><hard_limit unit='MiB'>32</hard_limit></memtune>")
        self.assertEqual(self.limit("job", *LIMIT_FILES), str(64 << 20))
        self.assertEqual(self.limit("other", *LIMIT_FILES), str(32 << 20))
        for name in ("job", "other"):
            self.assertIn(str(self.init(name)), self.limit(name, "", "cgroup.procs").split())
        self.done("setmem", "other", "48M")
        self.assertEqual(self.limit("other", *LIMIT_FILES), str(48 << 20))
        self.done("destroy", "job")
        self.done("destroy", "other")
        left = os.listdir(os.path.join(self.groups[0], OWN))
        self.assertEqual([name for name in left if name.startswith("mortise")], [])

    @ONLY_2
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

    @ONLY_2
    def test_controllers_of_version_2(self):
        """A limit is refused before anything is made when its controller was not delegated with the group."""
        self.give_ids()
        self.delegate()
        self.delegate("/few", controllers=("memory", "pids"))
        for name, body in (("cpu", "<cputune><shares>512</shares></cputune>"), ("cpuset", "<vcpu cpuset='0'>1</vcpu>"),
                           ("io", "<blkiotune><weight>200</weight></blkiotune>")):
            self.refuse(f"the controller '{name}' was not delegated to this user", "line 7", "delegate.conf",
                        body=MAP + "\n" + body)
            self.done("undefine", "job")
        self.assertFalse(os.path.exists(os.path.join(self.groups[0], OWN)))

    @ONLY_2
    def test_move_that_fails_of_version_2(self):
        """Where the controllers cannot be handed on at last, all is as it was."""
        self.give_ids()
        self.delegate("-busy")
        busy = os.path.join(self.groups[0], "cgroup.subtree_control")
        with subprocess.Popen(["sleep", "1000"], preexec_fn=self.enter_groups) as other:
            self.delegate()
            place = os.path.join(self.groups[0], "cgroup.subtree_control")
            # The kernel refuses what is written there, since the other group has a process.
            subprocess.run(["mount", "--bind", busy, place], check=True)
            try:
                self.refuse(f"Writing '+memory +pids +cpu +io +cpuset' to {place} failed", "busy")
                self.assertFalse(os.path.exists(os.path.join(self.groups[0], OWN)))
            finally:
                subprocess.run(["umount", place], check=True)
                other.kill()

    @ONLY_2
    def test_without_a_group_of_version_2(self):
        """liblxc uses no group of which the user has not each file, and would start the container without limits."""
        self.give_ids()
        self.delegate()
        self.write(os.path.join(self.groups[0], "cgroup.subtree_control"), "+memory +pids")
        for folder in (OWN, LEAF):
            os.mkdir(os.path.join(self.groups[0], folder))
            self.give_group(os.path.join(self.groups[0], folder))
        self.refuse("no control group", "was made, and the container would be under no limit",
                    "as root, by lxc:///system", init="/bin/sh", arguments=("-c", "sleep 1000"))
        self.assertEqual(self.state("job").split()[0:2], ["shut", "off"])

    def cpus_group(self):
        """The user's group that has the CPUs."""
        return next(group for group in self.groups if os.path.exists(os.path.join(group, "cpuset.cpus")))

    def test_cpus(self):
        """Those of the user's group, and no others."""
        first, last = min(AVAILABLE), max(AVAILABLE)
        if first == last:
            self.skipTest("this machine has one CPU")
        self.give_ids()
        self.delegate()
        self.run_shell("job", "sleep 1000", body=MAP)
        words = ("enter", "job", "--", "busybox", "grep", "Cpus_allowed_list", "/proc/self/status")
        for cpus in (str(first), str(last)):
            self.done("emulatorpin", "job", cpus)
            self.assertEqual(self.done(*words).split()[-1], cpus)
        self.done("destroy", "job")
        for folder, _, _ in os.walk(self.cpus_group(), topdown=False):
            self.write(os.path.join(folder, "cpuset.cpus"), str(first))
        self.done("start", "job")
        failed = self.run_user("emulatorpin", "job", str(last))
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertIn(f"CPU {last} cannot be used: the control group", " ".join(failed.err.split()))
        self.done("emulatorpin", "job", "r")
        self.assertEqual(self.done(*words).split()[-1], str(first))

    def test_cpus_without_controller(self):
        """The container runs where its user may, and whoever wants other CPUs is told what is missing."""
        self.give_ids()
        self.delegate()
        if UNIFIED:
            self.write(os.path.join(TOP, "cgroup.subtree_control"), "-cpuset")
        else:
            for name in [self.cpus_group()] + glob.glob(self.cpus_group() + "/*"):
                os.chown(name, 0, 0)
        self.run_shell("job", "sleep 1000", body=MAP)
        failed = self.run_user("emulatorpin", "job", str(min(AVAILABLE)))
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertIn("The controller 'cpuset' was not delegated to this user", failed.err)
        self.assertNotIn("cpuset", self.done("dumpxml", "job"))
        self.assertIn(str(max(AVAILABLE)), self.done("emulatorpin", "job"))

    def refuse(self, *words, body=MAP, **how):
        """The start fails, and these words say why."""
        self.define("job", body=body, **how)
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
