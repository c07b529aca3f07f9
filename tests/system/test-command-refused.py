#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest under KVM with an invariant TSC, and destinations that cannot give it: refused by the command, everywhere by
# the same words, while the guest goes on.

import os
import re
import shutil
import sys

from command_testing import (BUILD, EXIT_FAILED, CommandTest, main, mortise)

KERNEL = os.environ.get("MORTISE_GUEST_KERNEL", "")
MODULE = os.path.join(BUILD, "drivers", "mortise-driver-qemu.so")
NEEDS = (("the module qemu was not built", os.path.exists(MODULE)),
         ("the guest was not built", bool(KERNEL) and os.path.exists(KERNEL)),
         ("qemu-system-x86_64 is not installed", shutil.which("qemu-system-x86_64") is not None),
         ("there is no qboot.rom", os.path.exists("/usr/share/qemu/qboot.rom")),
         ("/dev/kvm cannot be used", os.access("/dev/kvm", os.R_OK | os.W_OK)))
OTHER_KHZ = 2000000
COUNTER = re.compile(r'<counter name="tsc" frequency="(\d+)000" scaling="no"/>')


class Refused(CommandTest):
    """One guest that asks for its host's own frequency."""

    def setUp(self):
        super().setUp()
        self.here, self.there = (f"qemu:///embed?root={self.folder.name}/{name}" for name in "ab")
        self.capabilities = self.check(mortise("capabilities", uri=self.here)).out
        counter = COUNTER.search(self.capabilities)
        if counter is None or abs(int(counter[1]) - OTHER_KHZ) < OTHER_KHZ // 1000:
            self.skipTest("the TSC of this host can be scaled, or runs at 2 GHz")
        self.khz = int(counter[1])
        self.addCleanup(mortise, "destroy", "tuned", uri=self.here)
        self.check(mortise("create", self.definition("tuned", f"<timer name='tsc' frequency='{self.khz}000'/>"),
                           uri=self.here))

    def definition(self, name, timer):
        """A file with a domain whose clock has this timer."""
        return self.file(name + ".xml", f"""<domain type='kvm'
    xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>{name}</name><memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type><kernel>{KERNEL}</kernel></os>
  <cpu mode='custom'><model>qemu64</model><feature policy='require' name='invtsc'/></cpu>
  <clock offset='utc'>{timer}</clock><devices><serial type='pty'/></devices>
  <qemu:commandline><qemu:arg value='-bios'/><qemu:arg value='qboot.rom'/></qemu:commandline></domain>""")

    def check_untouched(self):
        """It runs here, and nothing is there."""
        states = [[row["state"] for row in mortise("list", "--all", "--json", uri=uri).json]
                  for uri in (self.here, self.there)]
        self.assertEqual(states, [["running"], []])

    def words(self, result):
        """What an error says of the frequency."""
        self.assertEqual((result.code, result.error["reason_id"]), (EXIT_FAILED, "host-unsupported"))
        found = re.search(r"a TSC of 2000000 kHz cannot be had[^;]*", result.error["message"])
        self.assertIsNotNone(found, result.error["message"])
        return found[0].rstrip(".")

    def test_a_definition_that_asks_this_host_for_2_ghz(self):
        live = self.check(mortise("dumpxml", "tuned", uri=self.here)).out
        other, changes = re.subn(r'frequency="\d+"', f'frequency="{OTHER_KHZ}000"', live)
        self.assertEqual(changes, 1)
        path = self.file("other.xml", other)
        result = mortise("migrate", "tuned", self.there, "--xml", path, "--json", uri=self.here)
        self.assertIn("prepare failed", result.error["message"])
        words = self.words(result)
        self.assertIn(f"the host runs at {self.khz} kHz", words)
        self.check_untouched()
        last = self.check(mortise("domjobinfo", "--completed", "tuned", "--json", uri=self.here)).json
        self.assertEqual((last["phase"], last.get("memory.processed", 0)), ("failed", 0), last)
        self.assertIn(words, last["error"])
        started = mortise("create", self.definition("new", f"<timer name='tsc' frequency='{OTHER_KHZ}000'/>"),
                          "--json", uri=self.there)
        self.assertEqual(self.words(started), words)

    def test_capabilities_of_a_host_of_2_ghz(self):
        for scaling, verdict in (("no", "incompatible"), ("yes", "compatible")):
            text = COUNTER.sub(f'<counter name="tsc" frequency="{OTHER_KHZ}000" scaling="{scaling}"/>',
                               self.capabilities)
            path = self.file(f"scaling-{scaling}.xml", text)
            reports = mortise("migrate", "--check", "tuned", path, "--json", uri=self.here).json
            tsc = {check["id"]: check for check in reports[0]["checks"]}["tsc-frequency"]
            self.assertEqual((tsc["verdict"], tsc["requested_khz"], tsc["host_khz"]), (verdict, self.khz, OTHER_KHZ))
        self.check_untouched()

    def test_a_guest_that_names_no_frequency(self):
        self.addCleanup(mortise, "destroy", "unnamed", uri=self.here)
        self.check(mortise("create", self.definition("unnamed", ""), uri=self.here))
        result = mortise("migrate", "unnamed", self.there, "--json", uri=self.here)
        self.assertEqual((result.code, result.error["reason_id"]), (EXIT_FAILED, "host-unsupported"))
        self.assertIn("has the CPU feature invtsc and names no TSC frequency", result.error["message"])
        self.assertEqual(mortise("list", "--all", "--json", uri=self.there).json, [])


if __name__ == "__main__":
    for reason, good in NEEDS:
        if not good:
            print(f"SKIP command-refused: {reason}")
            sys.exit(77)
    main(needs_driver=False)
