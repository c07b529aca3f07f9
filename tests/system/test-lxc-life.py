#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# The life of real containers, from definition to removal, a run of the command for each step; and how it ended.

import os
import signal

from command_testing import EXIT_FAILED, mortise
from lxc_testing import ContainerTest, has_ended, main


class Life(ContainerTest):
    """System containers (busybox init) and application containers (one program)."""

    def test_system_container(self):
        self.define("web", devices="<console type='pty'/>")
        self.assertEqual(self.done("start", "web"), "Domain 'web' started\n")
        self.assertEqual(self.state("web"), "running (booted)")
        self.done("suspend", "web")
        self.assertEqual(self.done("list", "--state-paused", "--name"), "web\n")
        self.done("resume", "web")
        self.assertEqual(self.done("list", "--name"), "web\n")
        self.await_init("web")
        self.done("shutdown", "web")
        self.await_state("web", "shut off (shutdown)")
        self.done("undefine", "web")

    def test_start_paused(self):
        """Nothing of the program runs until it is resumed, whoever owns it by then."""
        self.define("job", init="/bin/sh", arguments=("-c", "echo >/tmp/ran; sleep 1000"))
        self.done("start", "--paused", "job")
        self.assertEqual(self.state("job"), "paused (starting-up)")
        pid = self.init("job")
        self.assertTrue(os.readlink(f"/proc/{pid}/exe").endswith("mortise-lxc-helper"))
        self.assertFalse(os.path.exists(os.path.join(self.root, "tmp", "ran")))
        self.done("resume", "job")
        self.await_file("tmp/ran")
        self.assertEqual(self.state("job").split()[0], "running")
        self.assertEqual(self.init("job"), pid)
        self.done("suspend", "job")
        self.assertEqual(self.state("job"), "paused (user)")

    def test_start_paused_and_destroy(self):
        self.define("job", init="/bin/sh", arguments=("-c", "echo >/tmp/ran; sleep 1000"))
        self.done("start", "--paused", "job")
        pid = self.init("job")
        self.done("destroy", "job")
        self.assertEqual(self.state("job"), "shut off (destroyed)")
        self.assertTrue(has_ended(pid))
        self.assertFalse(os.path.exists(os.path.join(self.root, "tmp", "ran")))

    def test_start_paused_and_reboot(self):
        """Only the first life begins paused."""
        self.run_paused("job", "if test -e /tmp/ran; then echo >/tmp/again; sleep 1000; fi; echo >/tmp/ran; reboot -f")
        self.done("resume", "job")
        self.await_file("tmp/again")
        self.assertEqual(self.state("job"), "running (booted)")

    def run_paused(self, name, script):
        """Defines a container that runs a script, and starts it paused."""
        self.define(name, init="/bin/sh", arguments=("-c", f"<![CDATA[{script}]]>"))
        self.done("start", "--paused", name)

    def test_reboot(self):
        self.define("web")
        self.done("start", "web")
        first = self.init("web")
        self.await_init("web")
        self.done("reboot", "web")
        self.await_init_after("web", first)
        self.assertEqual(self.state("web"), "running (booted)")
        self.done("destroy", "web")
        self.assertEqual(self.state("web"), "shut off (destroyed)")

    def await_init_after(self, name, first):
        """Waits until another init runs."""
        self.await_true(lambda: self.init(name) != first, "the container did not reboot")

    def test_reasons(self):
        for script, reason in (("exit 0", "shut off (shutdown)"), ("exit 3", "shut off (failed)"),
                               ("poweroff -f", "shut off (shutdown)")):
            self.run_shell("job", script)
            self.await_state("job", reason)
            self.done("undefine", "job")

    def test_killed_init(self):
        self.run_shell("job", "sleep 1000")
        os.kill(self.init("job"), signal.SIGKILL)
        self.await_state("job", "crashed (crashed)")

    def test_destroy_paused(self):
        self.run_shell("job", "sleep 1000")
        self.done("suspend", "job")
        pid = self.init("job")
        self.done("destroy", "job")
        self.assertTrue(has_ended(pid))

    def test_missing_interpreter(self):
        with open(os.path.join(self.root, "bin", "script"), "w", encoding="utf-8") as file:
            file.write("#!/bin/nowhere\n")
        os.chmod(file.name, 0o755)
        self.define("job", init="/bin/script")
        failed = mortise("start", "job", uri=self.uri)
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertIn('Failed to exec "/bin/script"', failed.err)
        self.assertTrue(self.state("job").startswith("shut off"))


if __name__ == "__main__":
    main()
