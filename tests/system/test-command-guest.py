#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# The command and a real guest: from definition to removal, a run of the command for each step.

import os
import shutil
import signal
import subprocess
import sys

from command_testing import (BUILD, COMMAND, DEADLINE, EXIT_DONE, EXIT_FAILED, CommandTest, environment, main, mortise)

KERNEL = os.environ.get("MORTISE_GUEST_KERNEL", "")
MODULE = os.path.join(BUILD, "drivers", "mortise-driver-tcg.so")
NEEDS = (("the module tcg was not built", os.path.exists(MODULE)),
         ("the guest was not built", bool(KERNEL) and os.path.exists(KERNEL)),
         ("qemu-system-x86_64 is not installed", shutil.which("qemu-system-x86_64") is not None))


class Guest(CommandTest):
    """One guest, many runs of the command."""

    def setUp(self):
        super().setUp()
        self.uri = "qemu:///embed?root=" + self.folder.name
        self.xml = self.file("web.xml", f"""<domain type='qemu'>
  <name>web</name>
  <memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type><kernel>{KERNEL}</kernel><cmdline>report=100</cmdline></os>
  <features><acpi/></features>
  <devices><serial type='pty'/></devices>
</domain>
""")
        self.addCleanup(mortise, "destroy", "web", uri=self.uri)

    def done(self, *arguments, out=None):
        """A run that must succeed; what it printed."""
        return self.check(mortise(*arguments, uri=self.uri), out=out).out

    def console(self, *arguments):
        """Begins a session through pipes."""
        process = subprocess.Popen([COMMAND, "-c", self.uri, *arguments], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for stream in (process.stdin, process.stdout, process.stderr):
            self.addCleanup(stream.close)
        return process

    def await_line(self, process, start):
        """Reads until a line begins like this."""
        for line in process.stdout:
            if line.startswith(b"mortise-guest: " + start):
                return
        self.fail(f"no line {start!r} came; {process.stderr.read()!r}")

    def await_end(self, process):
        """Waits for the end of a session. A pty forgets what was not read when the emulator ends."""
        with process.stdin, process.stdout, process.stderr:
            process.stdout.read()
            self.assertEqual((process.wait(timeout=DEADLINE), process.stderr.read()), (EXIT_DONE, b""))

    def test_life(self):
        self.done("define", "--validate", self.xml, out=f"Domain 'web' defined from {self.xml}\n")
        self.done("start", "web", out="Domain 'web' started\n")
        self.done("domstate", "web", "--reason", out="running (booted)\n")
        console = self.console("console", "web")
        self.await_line(console, b"count ")
        # The session does not hold the connection: these would wait for it.
        self.done("suspend", "web", out="Domain 'web' suspended\n")
        self.done("list", "--state-paused", "--name", out="web\n")
        self.done("resume", "web", out="Domain 'web' resumed\n")
        for _ in range(5):
            # Each run finds what the one before has done, however soon it comes.
            self.done("suspend", "web")
            self.done("domstate", "web", "--reason", out="paused (user)\n")
            self.done("resume", "web")
            self.done("domstate", "web", "--reason", out="running (unpaused)\n")
        report = mortise("vcpuinfo", "web", "--json", uri=self.uri).json
        self.assertEqual((report["model"], len(report["vcpus"])), ("per-vcpu", 1))
        self.done("shutdown", "web", out="Domain 'web' is being shutdown\n")
        self.done("wait", "web", "shutoff", "--timeout", str(DEADLINE), out="Domain 'web' is shut off (shutdown)\n")
        self.await_end(console)
        self.done("undefine", "web", out="Domain 'web' has been undefined\n")
        self.done("list", "--all", "--name", out="")

    def test_typing(self):
        """A domain without a definition, and a guest that obeys what is typed."""
        console = self.console("create", "--console", self.xml)
        self.await_line(console, b"count ")
        console.stdin.write(b"c")
        console.stdin.flush()
        self.await_line(console, b"cpu 0 count ")
        console.stdin.write(b"p")
        console.stdin.flush()
        self.await_end(console)
        self.assertIn(mortise("wait", "web", "shutoff", "--timeout", "60", uri=self.uri).code, (0, 3))
        self.done("list", "--all", "--name", out="")

    def test_owner(self):
        """While a run holds the connection, the next one waits, and is told who has it."""
        self.done("define", self.xml)
        holder = subprocess.Popen([COMMAND, "-c", self.uri, "event", "--loop"], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        self.addCleanup(holder.communicate)
        self.addCleanup(holder.kill)
        self.await_listening(holder)
        doctor = mortise("doctor", "--json", uri=self.uri)
        while doctor.json["usable"]:
            # It listens for signals a little before it has the connection.
            doctor = mortise("doctor", "--json", uri=self.uri)
        self.assertEqual(doctor.json["error"]["reason_id"], "root-owned")
        self.assertIn(str(holder.pid), doctor.json["error"]["message"])
        waiting = self.console("list", "--all", "--name")
        self.await_listening(waiting)
        holder.send_signal(signal.SIGTERM)
        self.assertEqual(waiting.communicate(timeout=DEADLINE), (b"web\n", b""))

    def test_validate(self):
        """Everything that cannot be honoured is named, with its line."""
        path = self.file("odd.xml", "<domain type='qemu'><name>odd</name><memory>32768</memory>\n"
                                    "<os><type>hvm</type></os>\n<devices>\n<frobnicator/>\n<gizmo/>\n</devices>\n"
                                    "</domain>\n")
        result = mortise("define", "--validate", path, "--json", uri=self.uri)
        self.assertEqual((result.code, result.out, result.error["reason_id"]),
                         (EXIT_FAILED, "", "element-unsupported"))
        told = result.error["message"] + (result.error["details"] or "")
        for word in ("frobnicator", "gizmo", "4", "5"):
            self.assertIn(word, told)
        self.done("list", "--all", "--name", out="")


if __name__ == "__main__":
    for reason, there in NEEDS:
        if not there:
            print(f"SKIP {os.path.basename(sys.argv[0])}: {reason}")
            sys.exit(77)
    # Out of time is no reason to leave a guest behind: what was begun is cleaned up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main(needs_driver=False)
