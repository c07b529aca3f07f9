# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Real guests: a stopped emulator delays nobody, guests outlive their starter, and a missing module is named.
import os
import signal
import unittest

import owner


class RealGuests(unittest.TestCase):
    def test_a_stopped_emulator_delays_nobody(self):
        with owner.Root() as root:
            for name in ("stuck", "well"):
                root.run("define", root.write_xml(name))
            root.run("start", "stuck")
            [pid] = root.processes()
            os.kill(pid, signal.SIGSTOP)
            rows = {row["name"]: row for row in root.json("list", "--all")}
            self.assertEqual(rows["stuck"]["state"], "running")
            self.assertIn("running", root.run("dominfo", "stuck").stdout)
            late = root.run("--deadline", "300", "--json", "vcpuinfo", "stuck", check=False)
            self.assertNotEqual(late.returncode, 0)
            self.assertIn(owner.json.loads(late.stderr)["reason_id"], ("timeout", "monitor-timeout"))
            root.run("start", "well")
            # the keeper notes the guest's first step a moment after the start has returned
            root.run("wait", "well", "running", "--timeout", "120")
            self.assertEqual(root.states(), {"stuck": "running", "well": "running"})
            os.kill(pid, signal.SIGCONT)
            self.assertEqual(root.json("vcpuinfo", "stuck")["model"], "per-vcpu")
            os.kill(pid, signal.SIGSTOP)
            root.run("destroy", "stuck")
            root.run("destroy", "well")
            self.assertEqual(root.processes(), [])

    def test_the_end_of_a_guest_is_known_with_its_reason(self):
        with owner.Root() as root:
            root.run("define", root.write_xml("guest"))
            root.run("start", "guest")
            root.wait_serial("guest", "ready")
            root.run("shutdown", "guest")
            root.run("wait", "guest", "shut off", "--timeout", "120")
            self.assertIn("shutdown", root.run("domstate", "--reason", "guest").stdout)
            root.run("start", "guest")
            [pid] = root.processes()
            watched = os.pidfd_open(pid)
            os.kill(pid, signal.SIGKILL)
            self.assertTrue(owner.wait_readable(watched, 120))
            os.close(watched)
            # whoever comes before its keeper has taken note, on a busy host, is told so later
            root.run("wait", "guest", "shut off", "--timeout", "120")
            reason = root.run("domstate", "--reason", "guest").stdout
            self.assertIn("shut off", reason)
            self.assertTrue("crashed" in reason or "killed" in reason or "signal" in reason, reason)

    def test_without_its_module_a_domain_gets_an_error_that_names_it(self):
        with owner.Root() as root:
            path = root.write_xml("guest")
            without = {"MORTISE_MODULES_DISABLE": "tcg"}
            refused = root.run("--json", "define", path, check=False, environment=without)
            self.assertEqual(refused.returncode, 4, refused.stderr)
            error = owner.json.loads(refused.stderr)
            self.assertEqual(error["reason_id"], "driver-missing")
            self.assertIn("tcg", error["message"])
            kvm = root.write_xml("hosted", domain_type="kvm")
            root.run("define", kvm, environment=without)
            self.assertEqual(root.states(), {"hosted": "shut off"})


if __name__ == "__main__":
    owner.require_guest()
    unittest.main(verbosity=2)
