#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Containers outlive who started them, also when that was killed at any moment; and a person can talk to them.

import fcntl
import glob
import os
import select
import signal
import struct
import subprocess
import time

from command_testing import COMMAND, DEADLINE, EXIT_FAILED, environment, mortise, start
from lxc_testing import ContainerTest, groups_left, has_ended, links, main, needs_network, processes_of

STEPS = 12  # moments of a start at which its owner is killed


class Owner(ContainerTest):
    """Each run of the command is another owner."""

    @needs_network
    def test_killed_owner(self):
        self.define("job", init="/bin/sleep", arguments=("1000",),
                    devices="<console type='pty'/><interface type='ethernet'/>")
        begun = time.monotonic()
        self.done("start", "job")
        length = time.monotonic() - begun
        self.done("destroy", "job")
        outcomes = set()
        for step in range(STEPS):
            process = subprocess.Popen([COMMAND, "-c", self.uri, "start", "job"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, env=environment())
            try:
                process.wait(length * (step + 0.5) / STEPS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self.await_true(lambda: not self.state("job").startswith("unknown"), "nobody knows what the start became")
            state = self.state("job").split(" (")[0]
            outcomes.add(state)
            self.assertIn(state, ("running", "shut off", "crashed"))
            if state != "running":
                self.await_true(lambda: links() == self.before, "links are left")
            if state == "running":
                self.assertFalse(has_ended(self.init("job")))
                self.done("destroy", "job")
            self.done("start", "job")
            self.done("destroy", "job")
        self.assertTrue(outcomes)

    def test_end_without_owner(self):
        self.run_shell("job", "while test ! -e /tmp/go; do sleep 0.01; done; exit 7")
        pid = self.init("job")
        with open(os.path.join(self.root, "tmp", "go"), "w", encoding="utf-8"):
            pass
        self.await_true(lambda: has_ended(pid), "the container did not end")
        self.await_state("job", "shut off (failed)")

    def test_end_before_the_lock_is_let_go(self):
        """What has said its last word has ended, also while its lock is still held; and that is waited for."""
        self.run_shell("job", "while test ! -e /tmp/go; do sleep 0.01; done; exit 7")
        path, = glob.glob(self.folder.name + "/run/*/lock")
        with open(path, "r+b") as lock:
            with open(os.path.join(self.root, "tmp", "go"), "w", encoding="utf-8"):
                pass
            fcntl.flock(lock, fcntl.LOCK_EX)
            with start("domstate", "job", "--reason", uri=self.uri) as process:
                self.await_true(lambda: process.poll() is not None or self.waits_for_a_lock(process.pid),
                                "it neither ends nor waits")
                fcntl.flock(lock, fcntl.LOCK_UN)
                self.assertEqual(process.communicate()[0].splitlines()[0], "shut off (failed)")

    @staticmethod
    def waits_for_a_lock(pid):
        """Whether the kernel lists a process as one that waits for a lock of this kind."""
        with open("/proc/locks", encoding="utf-8") as file:
            return any(line.split()[1:3] == ["->", "FLOCK"] and line.split()[5] == str(pid) for line in file)

    def test_between_two_lives(self):
        """What is asked for when an init has just ended is refused, and not done to nobody."""
        self.run_shell("job", "sleep 1000", body="<on_crash>restart</on_crash>", devices="<console type='pty'/>")
        init = self.init("job")
        monitor, = processes_of(self.folder.name)
        os.kill(monitor, signal.SIGSTOP)
        os.kill(init, signal.SIGKILL)
        self.await_true(lambda: has_ended(init), "init does not end")
        ram = self.file("ram.xml", "<filesystem type='ram'><source usage='1024'/><target dir='/ram'/></filesystem>")
        try:
            for words in (("suspend",), ("setmem", "48M"), ("schedinfo", "cpu_shares=512"), ("emulatorpin", "0"),
                          ("shutdown",), ("reboot",), ("attach-device", ram), ("console",), ("enter", "--", "true")):
                failed = mortise(words[0], "job", *words[1:], uri=self.uri)
                self.assertEqual(failed.code, EXIT_FAILED, words)
                self.assertIn("is just ending, or being started again", " ".join(failed.err.split()), words)
            self.done("domstats", "job")
        finally:
            os.kill(monitor, signal.SIGCONT)
        self.await_true(lambda: self.init("job") not in (init, monitor), "it was not started again")
        self.done("suspend", "job")
        self.done("resume", "job")

    def test_paused_without_owner(self):
        self.run_shell("job", "sleep 1000")
        self.done("suspend", "job")
        self.assertEqual(self.state("job").split()[0], "paused")
        self.done("resume", "job")
        self.assertEqual(self.state("job").split()[0], "running")

    def test_restart_after_crash(self):
        self.run_shell("job", "sleep 1000", body="<on_crash>restart</on_crash>")
        first = self.init("job")
        os.kill(first, signal.SIGKILL)
        self.await_true(lambda: self.state("job") == "running (booted)" and self.init("job") != first,
                        "it was not started again")
        self.done("destroy", "job")
        self.assertEqual(self.state("job"), "shut off (destroyed)")

    def test_killed_monitor_and_groups_in_groups(self):
        """Whatever group of its own an init is in, it does not live on without its monitor."""
        self.run_shell("job", "sleep 1000", os_more="<inituser>nobody</inituser>")
        init = self.init("job")
        group = next(path for path in groups_left() if self.uuids()[0] in path and "." not in path and
                     os.path.dirname(path) in ("/sys/fs/cgroup/freezer", "/sys/fs/cgroup"))
        for _ in range(20):
            group = os.path.join(group, "inner")
            os.mkdir(group)
        with open(os.path.join(group, "cgroup.procs"), "w", encoding="utf-8") as file:
            file.write(str(init))
        with open(f"/proc/{init}/stat", encoding="utf-8") as file:
            os.kill(int(file.read().rpartition(")")[2].split()[1]), signal.SIGKILL)
        self.await_state("job", "crashed (crashed)")
        self.assertTrue(has_ended(init))

    def test_no_restart_after_reboot(self):
        self.run_shell("job", "reboot -f", body="<on_reboot>destroy</on_reboot>")
        self.await_state("job", "shut off (shutdown)")

    def test_reboots_for_ever(self):
        self.run_shell("job", "reboot -f")
        self.await_state("job", "crashed (crashed)")

    def test_console(self):
        self.define("job", init="/bin/sh", devices="<console type='pty'/>")
        self.done("start", "job")
        session = self.begin_session(32)
        busy = mortise("console", "job", uri=self.uri)
        self.assertEqual(busy.code, EXIT_FAILED)
        self.assertIn("in use", busy.err)
        session.stdin.write(b"exit\n")
        session.stdin.flush()
        session.communicate(timeout=DEADLINE)
        self.await_state("job", "shut off (shutdown)")

    def test_console_again(self):
        """Who has left may come back at once, whatever is still on its way out."""
        self.define("job", init="/bin/sh", devices="<console type='pty'/>")
        self.done("start", "job")
        for number in range(10):
            self.begin_session(number).communicate(b"\x1d", timeout=DEADLINE)
        self.await_true(lambda: not any(b"console" in word for word in self.helper_words()), "a helper stays")

    def begin_session(self, turn, *more):
        """A session on the console, in which a command was answered."""
        session = subprocess.Popen([COMMAND, "-c", self.uri, "console", "job", *more], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        session.stdin.write(f"echo turn-$(({turn}+10))\n".encode())
        session.stdin.flush()
        seen = b""
        while f"turn-{turn + 10}".encode() not in seen:
            self.assertTrue(select.select([session.stdout], [], [], DEADLINE)[0], seen)
            got = os.read(session.stdout.fileno(), 4096)
            self.assertTrue(got, "the session has ended")
            seen += got
        session.seen = seen
        return session

    def test_console_before_session(self):
        """What is written while nobody looks is shown to who comes next, once."""
        self.define("job", init="/bin/sh", devices="<console type='pty'/>",
                    arguments=("-c", "echo early-$((40+2)); >/tmp/said; exec sh"))
        self.done("start", "job")
        self.await_file("tmp/said")
        for turn, seen in ((1, True), (2, False)):
            session = self.begin_session(turn)
            self.assertEqual(b"early-42" in session.seen, seen, session.seen)
            session.communicate(b"\x1d", timeout=DEADLINE)

    def test_console_taken_over(self):
        self.define("job", init="/bin/sh", devices="<console type='pty'/>")
        self.done("start", "job")
        first = self.begin_session(1)
        busy = mortise("console", "job", uri=self.uri)
        self.assertEqual(busy.code, EXIT_FAILED)
        self.assertIn(f"in use by process {first.pid} (mortise)", busy.err)
        self.assertIn("--force", busy.err)
        second = self.begin_session(2, "--force")
        out, _ = first.communicate(timeout=DEADLINE)
        self.assertIn(b"taken this console over", out)
        third = self.begin_session(3, "--force")
        second.communicate(timeout=DEADLINE)
        third.stdin.write(b"\x1d")
        third.communicate(timeout=DEADLINE)
        self.begin_session(4).communicate(b"\x1d", timeout=DEADLINE)

    def test_console_before_init(self):
        self.define("job", init="/bin/sh", devices="<console type='pty'/>")
        self.done("start", "--paused", "job")
        failed = mortise("console", "job", uri=self.uri)
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertIn("Resume it first", failed.err)

    def helper_words(self):
        """Words of the helpers that work for this test."""
        words = []
        for pid in os.listdir("/proc"):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    line = file.read()
            except OSError:
                continue
            if b"mortise-lxc-helper" in line and self.folder.name.encode() in line:
                words += line.split(b"\0")
        return words

    def test_shutdown_that_is_not_understood(self):
        self.define("job", init="/bin/sleep", arguments=("1000",))
        self.done("start", "job")
        failed = mortise("shutdown", "job", uri=self.uri)
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertIn("takes no request to shut down", failed.err)

    def test_shutdown_by_initctl(self):
        """A FIFO where sysvinit has its own is written to, and nothing else that stands there."""
        self.run_shell("job", "busybox mkdir -p /run; busybox mkfifo /run/initctl; exec 3<>/run/initctl; "
                       "echo >/tmp/ready; busybox head -c 384 <&3 >/tmp/asked; exit 0")
        self.await_file("tmp/ready")
        self.done("shutdown", "job", "--mode", "initctl")
        self.await_state("job", "shut off (shutdown)")
        with open(os.path.join(self.root, "tmp", "asked"), "rb") as file:
            self.assertEqual(file.read(12), struct.pack("=III", 0x03091969, 1, ord("0")))
        self.run_shell("other", "sleep 1000")
        place = os.path.join(self.root, "run", "initctl")
        os.unlink(place)
        with open(place, "wb"):
            pass
        failed = mortise("shutdown", "other", "--mode", "initctl", uri=self.uri)
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertIn("takes no request to shut down", failed.err)
        self.assertEqual(os.path.getsize(place), 0)

    def test_shutdown_before_init_listens(self):
        """What the kernel would drop is not sent: this one looks like busybox's init in its first moments."""
        os.symlink("/bin/busybox", os.path.join(self.root, "tmp", "init"))
        self.run_shell("job", "exec -a sleep /tmp/init 1000")
        self.await_true(lambda: self.done("enter", "job", "--", "cat", "/proc/1/comm") == "init\n", "it is no init")
        for verb in ("shutdown", "reboot"):
            failed = mortise(verb, "job", uri=self.uri)
            self.assertEqual(failed.code, EXIT_FAILED)
            self.assertIn("takes no requests yet", " ".join(failed.err.split()))

    def test_polite_program(self):
        self.run_shell("job", "trap 'exit 0' TERM; echo >/tmp/ready; while true; do sleep 0.01; done")
        self.await_file("tmp/ready")
        self.done("shutdown", "job")
        self.await_state("job", "shut off (shutdown)")


if __name__ == "__main__":
    main()
