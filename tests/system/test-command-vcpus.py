#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Verbs about the number of vCPUs and where they run: setvcpus, vcpucount, vcpupin, emulatorpin.

from command_testing import EXIT_FAILED, EXIT_MISUSED, EXIT_TIMED_OUT, CommandTest, main, mortise

XML = """<domain type='test'>
  <name>web</name>
  <uuid>11111111-2222-4333-8444-555555555555</uuid>
  <memory unit='MiB'>64</memory>
  <!-- how many --><vcpu placement="static"  current='2'>4</vcpu>
  <os><type>hvm</type></os>
</domain>
"""


class Vcpus(CommandTest):
    """On a running domain, on one that does not run, and on one whose vCPUs share a thread."""

    def setUp(self):
        super().setUp()
        self.uri = self.world(host={"cpus": 8}, domains=[
            {"state": "running", "xml": XML}, {"name": "off", "vcpus": 2},
            {"name": "one", "state": "running", "persistent": False, "vcpus": 2, "vcpu_model": "shared"},
            {"name": "deaf", "state": "running", "vcpus": 2, "fail": {"set-vcpus": {
                "reason": "guest-not-responding", "message": "the guest does not answer; it has 2 vCPUs"}}},
            {"name": "stuck", "state": "running", "vcpus": 2, "hang": ["set-vcpus"]}])

    def fails(self, reason, part, *words):
        result = mortise(*words, "--json", uri=self.uri)
        self.assertEqual((result.code, result.out, result.error["reason_id"]), (EXIT_FAILED, "", reason), words)
        self.assertIn(part, result.error["message"])

    def test_counts(self):
        self.check(mortise("vcpucount", "web", uri=self.uri),
                   out="maximum      config         4\nmaximum      live           4\n"
                       "current      config         2\ncurrent      live           2\n")
        self.check(mortise("vcpucount", "off", uri=self.uri),
                   out="maximum      config         2\ncurrent      config         2\n")
        self.check(mortise("vcpucount", "one", uri=self.uri),
                   out="maximum      live           2\ncurrent      live           2\n")
        self.check(mortise("vcpucount", "web", "--maximum", "--config", uri=self.uri), out="4\n")
        self.check(mortise("vcpucount", "web", "--active", uri=self.uri), out="2\n")
        self.check(mortise("vcpucount", "web", "--current", uri=self.uri), out="2\n")
        self.assertEqual(mortise("vcpucount", "one", "--json", uri=self.uri).json,
                         {"maximum": {"config": None, "live": 2}, "current": {"config": None, "live": 2}})
        self.assertEqual(mortise("vcpucount", "web", "--live", "--maximum", "--json", uri=self.uri).json,
                         {"maximum": 4})
        self.fails("domain-inactive", "not running", "vcpucount", "off", "--live")
        self.fails("domain-inactive", "no definition", "vcpucount", "one", "--config")

    def test_set(self):
        self.check(mortise("setvcpus", "web", "4", uri=self.uri), out="Domain 'web' has 4 vCPUs\n")
        self.check(mortise("setvcpus", "web", "1", "--config", "--live", uri=self.uri), out="Domain 'web' has 1 vCPU\n")
        self.check(mortise("setvcpus", "off", "8", "--maximum", uri=self.uri),
                   out="Domain 'off' has at most 8 vCPUs\n")
        result = mortise("setvcpus", "off", "1", "--json", uri=self.uri).json
        self.assertEqual((result["domain"], result["result"]), ("off", "changed"))

    def test_refused(self):
        self.fails("invalid-argument", "1 to 4 vCPUs while it runs", "setvcpus", "web", "5")
        self.fails("invalid-argument", "allows 4 vCPUs", "setvcpus", "web", "5", "--config")
        self.fails("invalid-argument", "started for", "setvcpus", "web", "5", "--maximum", "--live")
        self.fails("invalid-argument", "at most 4096", "setvcpus", "off", "5000", "--maximum")
        self.fails("domain-inactive", "not running", "setvcpus", "off", "1", "--live")
        self.fails("guest-not-responding", "it has 2 vCPUs", "setvcpus", "deaf", "1")
        for words in (("web", "0"), ("web", "-1"), ("web", "many"), ("web",), ("web", "1", "--current", "--live")):
            self.assertEqual(mortise("setvcpus", *words, uri=self.uri).code, EXIT_MISUSED, words)
        result = mortise("--deadline", "50", "setvcpus", "stuck", "1", uri=self.uri)
        self.assertEqual((result.code, result.out), (EXIT_TIMED_OUT, ""))

    def test_pins(self):
        self.check(mortise("vcpupin", "web", uri=self.uri),
                   out=" VCPU   CPU Affinity\n----------------------\n 0      0-7\n 1      0-7\n")
        self.assertEqual(mortise("vcpupin", "web", "1", "--json", uri=self.uri).json, [{"id": 1, "affinity": "0-7"}])
        self.assertEqual(mortise("vcpupin", "web", "--config", "--json", uri=self.uri).json,
                         [{"id": number, "affinity": None} for number in range(4)])
        self.check(mortise("vcpupin", "web", "1", "0-3,^2", uri=self.uri),
                   out="vCPU 1 of domain 'web' is pinned to 0-3,^2\n")
        self.check(mortise("vcpupin", "web", "--vcpu", "1", "--cpulist", "3", "--config", uri=self.uri),
                   out="vCPU 1 of domain 'web' is pinned to 3\n")
        self.check(mortise("vcpupin", "web", "0", "r", uri=self.uri),
                   out="vCPU 0 of domain 'web' is not pinned any more\n")
        self.check(mortise("emulatorpin", "web", uri=self.uri),
                   out="emulator: CPU Affinity\n----------------------------------\n       *: 0-7\n")
        self.check(mortise("emulatorpin", "web", "5", "--live", uri=self.uri),
                   out="The emulator of domain 'web' is pinned to 5\n")
        self.assertEqual(mortise("emulatorpin", "one", "--json", uri=self.uri).json, {"emulator": "0-7"})
        self.check(mortise("emulatorpin", "one", "1", uri=self.uri),
                   out="The emulator of domain 'one' is pinned to 1\n")

    def test_pins_refused(self):
        self.fails("unsupported", "one thread runs all vCPUs", "vcpupin", "one", "0", "1")
        self.fails("invalid-argument", "'8' has CPU 8", "vcpupin", "web", "0", "8")
        self.fails("invalid-argument", "no set of CPUs", "vcpupin", "web", "0", "a")
        self.fails("invalid-argument", "vCPUs 0 to 3, and 4 is none of them", "vcpupin", "web", "4", "1", "--config")
        self.fails("invalid-argument", "leaves no CPU", "emulatorpin", "web", "1,^1", "--config")
        self.assertEqual(mortise("vcpupin", "web", "--cpulist", "1", uri=self.uri).code, EXIT_MISUSED)
        self.assertEqual(mortise("vcpupin", "web", "1", "--vcpu", "1", uri=self.uri).code, EXIT_MISUSED)


if __name__ == "__main__":
    main()
