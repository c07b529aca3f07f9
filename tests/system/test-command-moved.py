#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Real guests between two roots by the command: there, back, and steered by other runs of it on the way.

import os
import shutil
import subprocess
import sys

from command_testing import (BUILD, EXIT_DONE, EXIT_FAILED, CommandTest, main, mortise, start)

KERNEL = os.environ.get("MORTISE_GUEST_KERNEL", "")
MODULE = os.path.join(BUILD, "drivers", "mortise-driver-tcg.so")
NEEDS = (("the module tcg was not built", os.path.exists(MODULE)),
         ("the guest was not built", bool(KERNEL) and os.path.exists(KERNEL)),
         ("qemu-system-x86_64 is not installed", shutil.which("qemu-system-x86_64") is not None))


class Moved(CommandTest):
    """One guest, two roots."""

    def setUp(self):
        super().setUp()
        self.here, self.there = (f"qemu:///embed?root={self.folder.name}/{name}" for name in "ab")
        xml = self.file("web.xml", f"""<domain type='qemu'><name>web</name><memory unit='KiB'>65540</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type><kernel>{KERNEL}</kernel><cmdline>pages=4096 busy</cmdline></os>
  <devices><serial type='pty'/></devices></domain>""")
        for uri in (self.here, self.there):
            for name in ("web", "new"):
                self.addCleanup(mortise, "destroy", name, uri=uri)
        self.check(mortise("create", xml, uri=self.here))

    def states(self):
        """Where it runs: here and there."""
        return [[row["state"] for row in mortise("list", "--all", "--json", uri=uri).json]
                for uri in (self.here, self.there)]

    def test_there_and_back(self):
        result = self.check(mortise("migrate", "--check", "web", self.there, "--json", uri=self.here))
        self.assertEqual(result.json[0]["verdict"], "compatible")
        self.check(mortise("migrate", "web", self.there, "--persistent", uri=self.here))
        self.assertEqual(self.states(), [[], ["running"]])
        # Whoever asks next, with nobody there who made it.
        for uri, side, other in ((self.here, "source", self.there), (self.there, "destination", self.here)):
            last = self.check(mortise("domjobinfo", "--completed", "web", "--json", uri=uri)).json
            self.assertEqual((last["phase"], last["side"], last["other"]), ("completed", side, other))
            self.assertGreater(last["memory.processed"], 0)
            self.assertNotIn("error", last)
        self.check(mortise("migrate", "web", self.here, "--undefine-source", "--paused", "--name", "new",
                           uri=self.there))
        self.assertEqual(self.states(), [["paused"], []])
        # As a user of virsh writes it.
        self.check(mortise("resume", "new", uri=self.here))
        self.check(mortise("migrate", "--live", "new", self.there, "--persistent", "--undefinesource", "--suspend",
                           "--dname", "web", uri=self.here))
        self.assertEqual(self.states(), [[], ["paused"]])
        self.check(mortise("destroy", "web", uri=self.there))

    def test_the_mark_of_autostart_moves_with_the_definition(self):
        xml = mortise("dumpxml", "web", uri=self.here).out
        self.check(mortise("define", self.file("defined.xml", xml), uri=self.here))
        self.check(mortise("autostart", "web", uri=self.here))
        # A copy has none: both hosts would start the same guest.
        self.check(mortise("migrate", "web", self.there, "--persistent", uri=self.here))
        self.assertEqual(self.marks(), [True, False])
        self.check(mortise("migrate", "web", self.here, "--persistent", "--undefine-source", uri=self.there))
        self.assertEqual(self.marks(), [True, None])
        self.check(mortise("migrate", "web", self.there, "--persistent", "--undefine-source", uri=self.here))
        self.assertEqual(self.marks(), [None, True])
        self.check(mortise("destroy", "web", uri=self.there))
        self.check(mortise("migrate", "--offline", "web", self.here, "--undefine-source", uri=self.there))
        self.assertEqual(self.marks(), [True, None])

    def marks(self):
        """The marks of autostart, here and there; None where there is no definition."""
        results = [mortise("dominfo", "web", "--json", uri=uri) for uri in (self.here, self.there)]
        return [result.json["autostart"] if result.code == EXIT_DONE else None for result in results]

    def await_count(self):
        """Waits until the guest writes its memory faster than it is to be sent: then no migration ends by itself."""
        console = start("console", "web", uri=self.here, stdin=subprocess.PIPE)
        with console.stdin, console.stdout, console.stderr:
            while "count " not in console.stdout.readline():
                self.assertIsNone(console.poll())
            console.kill()
            console.wait()

    def test_steered_by_others(self):
        """A root has one owner, and others reach the migration all the same."""
        self.await_count()
        process = start("migrate", "--verbose", "--bandwidth", "1", "--downtime", "1", "web", self.there, uri=self.here)
        while "sent" not in process.stderr.readline():
            self.assertIsNone(process.poll())
        result = mortise("domjobinfo", "web", "--json", uri=self.here)
        self.check(result)
        self.assertEqual(result.json["domain"], "web")
        self.assertIn("data.total", result.json)
        self.assertEqual(mortise("domjobinfo", "other", uri=self.here).code, EXIT_FAILED)
        self.check(mortise("migrate", "--abort", "web", uri=self.here))
        out, err = self.finish(process, EXIT_FAILED)
        self.assertEqual(out, "")
        self.assertIn("the migration was aborted", err)
        self.assertEqual(self.states(), [["running"], []])
        self.assertEqual(mortise("domjobinfo", "web", "--json", uri=self.here).error["reason_id"], "no-job")
        last = self.check(mortise("domjobinfo", "--completed", "web", "--json", uri=self.here)).json
        self.assertEqual((last["phase"], last["side"]), ("failed", "source"))
        self.assertIn("the migration was aborted", last["error"])
        self.assertEqual(mortise("domjobinfo", "--completed", "other", uri=self.here).code, EXIT_FAILED)
        self.check(mortise("migrate", "web", self.there, uri=self.here), EXIT_DONE)


if __name__ == "__main__":
    for reason, good in NEEDS:
        if not good:
            print(f"SKIP command-moved: {reason}")
            sys.exit(77)
    main(needs_driver=False)
