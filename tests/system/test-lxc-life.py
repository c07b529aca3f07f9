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
        self.done("shutdown", "web")
        self.await_state("web", "shut off (shutdown)")
        self.done("undefine", "web")

    def test_reboot(self):
        self.define("web")
        self.done("start", "web")
        first = self.init("web")
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
