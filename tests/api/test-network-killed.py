# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# kill -9 of the owner at every step of starting and stopping a guest with a macvtap and a tap: no device is left.
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
XML = """<domain type='qemu'>
  <name>guest</name>
  <memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type><kernel>{kernel}</kernel></os>
  <devices>
    <serial type='file'><source path='{serial}'/></serial>
    <interface type='bridge'><source bridge='br0'/></interface>
    <interface type='direct'><source dev='wire' mode='bridge'/></interface>
  </devices>
</domain>
"""


class NetworkKilled(unittest.TestCase):
    def settle(self, root):
        """Looks until the domain either runs or is shut off, with its devices or without."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            state = root.states().get("guest")
            extra = set(links()) - self.empty
            if (state == "running" and len(extra) == 2) or (state == "shut off" and not extra):
                return
        self.fail(f"{state}: {extra}")

    def walk(self, root, arguments, prepare):
        """Kills at step 1, 2, ... until the command ends before it is killed."""
        for step in range(1, MOST_STEPS):
            variables = {"LD_PRELOAD": os.environ["STEP_KILLER"], "STEP_KILLER_STEPS": str(step)}
            prepare()
            with self.subTest(arguments[0], step=step):
                done = root.run(*arguments, check=False, environment=variables)
                if owner.came_late(done):
                    prepare()
                    done = root.run(*arguments, check=False, environment=variables)
                self.assertIn(done.returncode, (0, -signal.SIGKILL), done.stderr)
                self.settle(root)
            if done.returncode == 0:
                print(f"{arguments[0]}: {step - 1} steps", file=sys.stderr)
                self.assertGreater(step, FEWEST_STEPS, "the killer does not see the owner's steps")
                return
        self.fail(f"{arguments[0]} takes more than {MOST_STEPS} steps")

    def begin(self, root):
        """Stops it if it runs."""
        if root.states().get("guest") == "running":
            root.destroy("guest")
        self.settle(root)

    def running(self, root):
        """Starts it if it does not run."""
        if root.states().get("guest") != "running":
            root.run("start", "guest")
        self.settle(root)

    def test_owner_killed(self):
        self.assertTrue(ip("link", "add", "br0", "type", "bridge") and ip("link", "set", "br0", "up"))
        self.assertTrue(ip("link", "add", "wire", "type", "veth", "peer", "far") and ip("link", "set", "wire", "up"))
        if not ip("link", "add", "probe", "link", "wire", "type", "macvtap"):
            self.skipTest("this kernel has no macvtap")
        ip("link", "del", "probe")
        self.empty = set(links())
        with owner.Root() as root:
            path = root.path("guest.xml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(XML.format(kernel=owner.KERNEL, serial=root.path("guest.log")))
            root.run("define", path)
            self.walk(root, ("start", "guest"), lambda: self.begin(root))
            self.walk(root, ("destroy", "guest"), lambda: self.running(root))


if __name__ == "__main__":
    owner_network.main()
