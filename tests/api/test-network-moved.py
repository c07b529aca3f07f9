# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Two roots of one host and a guest with a macvtap that is to move: neither side ever touches the other's device.
import json
import os
import signal
import sys
import time
import unittest

import owner
import owner_network
from owner_network import ip, links

MOST_STEPS = 400
FEWEST_STEPS = 5
SECONDS = 120
UUID = "e0e1d1ec-0000-4000-8000-000000000001"
MAC = "52:54:00:d1:ec:01"
XML = """<domain type='qemu'>
  <name>guest</name>
  <uuid>{uuid}</uuid>
  <memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type><kernel>{kernel}</kernel></os>
  <devices>
    <serial type='file'><source path='{serial}'/></serial>
    <interface type='direct'>
      <mac address='{mac}'/><source dev='{wire}' mode='bridge'/><model type='virtio'/>{more}
    </interface>
  </devices>
</domain>
"""


def macvtaps():
    """Of all macvtaps: the device below each, and its name, index and alias."""
    return sorted((item["link"], name, item["ifindex"], item.get("ifalias", "")) for name, item in links().items()
                  if item.get("linkinfo", {}).get("info_kind") == "macvtap")


class NetworkMoved(unittest.TestCase):
    def setUp(self):
        self.roots = []
        for name in ("wire", "other"):
            self.assertTrue(ip("link", "add", name, "type", "veth", "peer", "far-" + name))
            self.assertTrue(ip("link", "set", name, "up"))
            self.addCleanup(ip, "link", "del", name)
        if not ip("link", "add", "probe", "link", "wire", "type", "macvtap"):
            self.skipTest("this kernel has no macvtap")
        ip("link", "del", "probe")
        for _ in range(2):
            self.roots.append(owner.Root())
            self.addCleanup(self.roots[-1].__exit__, None, None, None)

    def write(self, root, wire, more=""):
        """A file with the definition, on that device."""
        path = root.path(wire + ".xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(XML.format(uuid=UUID, mac=MAC, kernel=owner.KERNEL, wire=wire, more=more,
                                  serial=root.path("guest.log")))
        return path

    def start(self, more=""):
        """The guest runs at the first root, on the first device; its macvtap."""
        source = self.roots[0]
        source.run("define", self.write(source, "wire", more))
        source.run("start", "guest")
        made = macvtaps()
        self.assertEqual(len(made), 1)
        self.assertTrue(made[0][3].startswith(f"mortise:{UUID}:"), made)
        return made[0]

    def elsewhere(self):
        """A file with the live XML, on the other device."""
        text = self.roots[0].run("dumpxml", "guest").stdout
        path = self.roots[0].path("live.xml")
        self.assertIn('dev="wire"', text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace('dev="wire"', 'dev="other"'))
        return path

    def refused(self, words):
        """Preflight and migration say so, and nothing has happened."""
        source, destination = self.roots
        before = macvtaps()
        done = source.run("--json", "migrate", "--check", "guest", destination.uri, check=False)
        report = json.loads(done.stdout)[0]
        self.assertEqual(report["verdict"], "incompatible", report)
        bad = [check for check in report["checks"] if check["verdict"] == "incompatible"]
        self.assertEqual([check["id"] for check in bad], ["network"], bad)
        self.assertIn(words, bad[0]["message"])
        self.assertIn("--xml", bad[0]["hint"])
        done = source.run("migrate", "guest", destination.uri, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(words, done.stderr)
        self.assertEqual(source.states(), {"guest": "running"})
        self.assertEqual(destination.states(), {})
        self.assertEqual(macvtaps(), before)

    def test_refused_on_one_device(self):
        made = self.start()
        self.refused(f"the device 'wire' has a macvtap with the address {MAC} already, '{made[1]}'")

    def test_moves_to_another_device(self):
        source, destination = self.roots
        made = self.start()
        source.run("migrate", "--xml", self.elsewhere(), "guest", destination.uri)
        self.assertEqual((source.states().get("guest"), destination.states()), ("shut off", {"guest": "running"}))
        moved = macvtaps()
        self.assertEqual([link[0] for link in moved], ["other"])
        self.assertNotEqual(moved[0][3], made[3])
        destination.run("destroy", "guest")
        self.assertEqual(macvtaps(), [])

    def test_name_is_taken(self):
        self.start("<target dev='tap-of-guest'/>")
        self.assertEqual([link[1] for link in macvtaps()], ["tap-of-guest"])
        source, destination = self.roots
        done = source.run("migrate", "--xml", self.elsewhere(), "guest", destination.uri, check=False)
        self.assertIn("there is a device 'tap-of-guest' already", done.stderr)
        self.assertEqual((source.states(), destination.states()), ({"guest": "running"}, {}))

    def settle(self, root, mine):
        """Looks until the domain of the second root runs or is shut off, with its device or without."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            state = root.states().get("guest")
            others = [link for link in macvtaps() if link != mine]
            if (state, len(others)) in (("running", 1), ("shut off", 0)):
                return state
        return self.fail(f"{state}: {others}")

    def test_killed_beside_the_other(self):
        """kill -9 at each step of a start of the same UUID and address in the second root: the first one's stays."""
        second = self.roots[1]
        mine = self.start()
        second.run("define", self.write(second, "other"))
        for step in range(1, MOST_STEPS):
            variables = {"LD_PRELOAD": os.environ["STEP_KILLER"], "STEP_KILLER_STEPS": str(step)}
            done = second.run("start", "guest", check=False, environment=variables)
            with self.subTest(step=step):
                self.assertIn(done.returncode, (0, -signal.SIGKILL), done.stderr)
                state = self.settle(second, mine)
                self.assertIn(mine, macvtaps())
            if state == "running":
                second.destroy("guest")
                self.assertEqual(self.settle(second, mine), "shut off")
                self.assertEqual(macvtaps(), [mine])
            if done.returncode == 0:
                print(f"start: {step - 1} steps", file=sys.stderr)
                self.assertGreater(step, FEWEST_STEPS, "the killer does not see the owner's steps")
                return
        self.fail(f"it takes more than {MOST_STEPS} steps")


if __name__ == "__main__":
    owner_network.main()
