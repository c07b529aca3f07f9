#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Real guests between two roots by the command: there, back, and steered by other runs of it on the way.

import os
import shutil
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
        xml = self.file("web.xml", f"""<domain type='qemu'><name>web</name><memory unit='MiB'>64</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type><kernel>{KERNEL}</kernel><cmdline>pages=4096 busy</cmdline></os>
  <devices><serial type='pty'/></devices></domain>""")
        for uri in (self.here, self.there):
            self.addCleanup(mortise, "destroy", "web", uri=uri)
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
        self.check(mortise("migrate", "web", self.here, "--undefine-source", "--paused", "--name", "new",
                           uri=self.there))
        self.assertEqual(self.states(), [["paused"], []])
        self.check(mortise("destroy", "new", uri=self.here))

    def test_steered_by_others(self):
        """A root has one owner, and others reach the migration all the same."""
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
        self.check(mortise("migrate", "web", self.there, uri=self.here), EXIT_DONE)


if __name__ == "__main__":
    for reason, good in NEEDS:
        if not good:
            print(f"SKIP command-moved: {reason}")
            sys.exit(77)
    main(needs_driver=False)
