# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# kill -9 of the owner at every step of a migration with a tap and a macvtap: one guest is left, with its devices alone.
import os
import signal
import sys
import time
import unittest

import owner
import owner_network
from owner_network import ip, links

MOST_STEPS = 600
FEWEST_STEPS = 20
SECONDS = 120
UUID = "e0e1d1ee-0000-4000-8000-000000000001"
WIRES = ("wire", "other")
XML = """<domain type='qemu'>
  <name>guest</name>
  <uuid>{uuid}</uuid>
  <memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type><kernel>{kernel}</kernel></os>
  <devices>
    <serial type='file'><source path='{serial}'/></serial>
    <interface type='bridge'><mac address='52:54:00:d1:ee:01'/><source bridge='br0'/></interface>
    <interface type='direct'><mac address='52:54:00:d1:ee:02'/><source dev='wire' mode='bridge'/></interface>
  </devices>
</domain>
"""


class NetworkMigrated(unittest.TestCase):
    """A bridge for both sides, and a device for the macvtap of each: two with one address cannot be on the same."""

    def setUp(self):
        self.assertTrue(ip("link", "add", "br0", "type", "bridge") and ip("link", "set", "br0", "up"))
        for name in WIRES:
            self.assertTrue(ip("link", "add", name, "type", "veth", "peer", "far-" + name))
            self.assertTrue(ip("link", "set", name, "up"))
        if not ip("link", "add", "probe", "link", "wire", "type", "macvtap"):
            self.skipTest("this kernel has no macvtap")
        ip("link", "del", "probe")
        self.empty = set(links())
        self.roots = []
        for _ in WIRES:
            self.roots.append(owner.Root())
            self.addCleanup(self.roots[-1].__exit__, None, None, None)

    def made(self):
        """The devices that guests have: what each is on."""
        return sorted(link.get("master") or link.get("link") for name, link in links().items()
                      if name not in self.empty)

    def states(self):
        """Of the guest at the source and at the destination; None where there is none. It never runs at both."""
        found = [root.states().get("guest") for root in self.roots]
        self.assertNotEqual(found, ["running", "running"])
        return [None if state == "shut off" else state for state in found]

    def settle(self, step=0):
        """Looks until the guest runs on one side, with that side's devices and no other; which side that is."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            states = self.states()
            made = self.made()
            for side, wire in enumerate(WIRES):
                if states[side] == "running" and states[1 - side] is None and made == ["br0", wire]:
                    self.assertEqual(len([pid for root in self.roots for pid in root.processes()]), 1)
                    return side
        return self.fail(f"step {step}: {states}: {made}")

    def begin(self):
        """The guest runs at the source, and the live XML is there with the destination's device."""
        self.roots[0].run("start", "guest")
        self.assertEqual(self.settle(), 0)
        text = self.roots[0].run("dumpxml", "guest").stdout
        path = self.roots[0].path("live.xml")
        self.assertIn('dev="wire"', text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace('dev="wire"', 'dev="other"'))
        return path

    def end(self, side):
        """Nothing is left of it."""
        self.roots[side].run("destroy", "guest")
        self.assertEqual(set(links()), self.empty)
        self.assertEqual(self.states(), [None, None])

    def test_owner_killed(self):
        """Kills at step 1, 2, ... until the migration ends before it is killed."""
        source, destination = self.roots
        path = source.path("guest.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(XML.format(uuid=UUID, kernel=owner.KERNEL, serial=source.path("guest.log")))
        source.run("define", path)
        live = self.begin()
        sides = []
        for step in range(1, MOST_STEPS):
            variables = {"LD_PRELOAD": os.environ["STEP_KILLER"], "STEP_KILLER_STEPS": str(step)}
            done = source.run("migrate", "--xml", live, "guest", destination.uri, check=False, environment=variables)
            self.assertIn(done.returncode, (0, -signal.SIGKILL), done.stderr)
            sides.append(self.settle(step))
            if sides[-1] == 1:
                self.end(1)
                if done.returncode == 0:
                    break
                live = self.begin()
        print(f"migrate: {len(sides) - 1} steps, {sum(sides) - 1} times the guest had moved", file=sys.stderr)
        self.assertEqual(done.returncode, 0, "it takes more steps than that")
        self.assertGreater(len(sides), FEWEST_STEPS, "the killer does not see the owner's steps")
        # It was killed before the guest had moved, and after.
        self.assertTrue(1 < sum(sides) < len(sides))


if __name__ == "__main__":
    owner_network.main()
