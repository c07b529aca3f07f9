#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# The verbs of migration on worlds of the test driver: moving, asking beforehand, what they print and how they end.

import signal
import unittest

from command_testing import (EXIT_DONE, EXIT_FAILED, EXIT_MISUSED, EXIT_NO_DOMAIN, EXIT_PARTLY, EXIT_TIMED_OUT,
                             CommandTest, main, mortise, start)

HERE = 2596096


def tuned(khz, name="web"):
    """A domain whose TSC has a frequency."""
    return {"state": "running", "xml": f"<domain type='test'><name>{name}</name><memory unit='MiB'>64</memory><clock>"
            f"<timer name='tsc' frequency='{khz * 1000}'/></clock>"
            "<cpu><feature name='invtsc' policy='require'/></cpu></domain>"}


class Migrate(CommandTest):
    """Moving a domain."""

    def test_a_domain_moves(self):
        there = self.world()
        result = mortise("migrate", "web", there, "--persistent", "--json", uri=self.world(domains=[tuned(HERE)]))
        self.check(result)
        self.assertEqual((result.json["domain"], result.json["result"], result.json["destination"]),
                         ("web", "migrated", there))
        self.assertGreaterEqual(result.json["total_ms"], 0)
        self.assertEqual(result.json["downtime_ms"], 0)

    def test_what_it_says(self):
        there = self.world()
        result = mortise("migrate", "web", there, uri=self.world(domains=[tuned(HERE)]))
        self.assertRegex(result.out, r"^Domain 'web' migrated to test:///.* in \d+ ms, downtime 0 ms\n$")
        result = mortise("migrate", "--offline", "web", there, uri=self.world(domains=[tuned(HERE)]))
        self.assertRegex(result.out, r"^Domain 'web' copied to ")

    def test_verbose_shows_how_far_it_is(self):
        world = self.world(domains=[tuned(HERE)], migration={"bandwidth": 134217728, "downtime_ms": 1})
        result = mortise("migrate", "--verbose", "web", self.world(), uri=world)
        self.assertEqual(result.code, EXIT_DONE)
        self.assertRegex(result.err, r"(?s)^Migration: .*\d+ %.* sent, .* left, 128\.0.MiB/s.*Migration: 100 %")

    def test_a_refusal_names_step_and_cause(self):
        result = mortise("migrate", "web", self.world(host={"tsc_khz": 2000000, "tsc_scaling": False}), "--json",
                         uri=self.world(domains=[tuned(HERE)]))
        self.assertEqual((result.code, result.error["reason_id"]), (EXIT_FAILED, "host-unsupported"))
        self.assertIn("prepare failed", result.error["message"])
        self.assertIn("2596096 kHz", result.error["message"])

    def test_an_interrupt_aborts(self):
        world = self.world(domains=[tuned(HERE)], migration={"bandwidth": 1, "downtime_ms": 1})
        process = start("migrate", "--verbose", "web", self.world(), uri=world)
        while "sent" not in process.stderr.readline():
            self.assertIsNone(process.poll())
        out, err = self.finish(process, 128 + signal.SIGINT, signal.SIGINT)
        self.assertEqual(out, "")
        self.assertIn("aborted", err)

    def test_a_timeout_aborts(self):
        world = self.world(domains=[tuned(HERE)], migration={"bandwidth": 1, "downtime_ms": 1})
        result = mortise("migrate", "web", self.world(), "--timeout", "0.2", "--json", uri=world)
        self.assertEqual((result.code, result.error["reason_id"]), (EXIT_TIMED_OUT, "timeout"))

    def test_offline_is_for_the_definition_alone(self):
        """What only a guest that runs can be asked for is not left out in silence; another XML is what is kept."""
        here, there = self.world(domains=[tuned(HERE)]), self.world()
        for option in ("--copy-storage-all", "--copy-storage-inc", "--postcopy", "--multifd", "--auto-converge",
                       "--paused"):
            result = mortise("migrate", "--offline", option, "web", there, "--json", uri=here)
            self.assertEqual((result.code, result.error["reason_id"]), (EXIT_FAILED, "invalid-argument"), option)
        self.assertEqual(mortise("list", "--all", "--name", uri=there).out, "")
        xml = mortise("dumpxml", "web", uri=here).out.replace("</domain>", "<title>another</title></domain>")
        result = mortise("migrate", "--offline", "web", there, "--xml", self.file("other.xml", xml), "--json", uri=here)
        self.check(result)
        self.assertEqual((result.json["result"], result.json["total_ms"], result.json["downtime_ms"]),
                         ("copied", None, None))

    def test_misuse(self):
        for words in (["web"], ["web", "test:///a", "test:///b"], ["web", "file.xml"],
                      ["--check", "--abort", "web", "x"], ["--abort", "web", "test:///default"],
                      ["--multifd=", "web", "test:///default"], ["--multifd=two", "web", "test:///default"],
                      ["--check=yes", "web", "test:///default"], ["--timeout-postcopy", "web", "test:///default"],
                      ["--copy-storage-all", "--copy-storage-inc", "web", "test:///default"]):
            self.assertEqual(mortise("migrate", *words).code, EXIT_MISUSED, words)

    def test_a_number_of_connections(self):
        there = self.world()
        for words in (["--multifd", "web", there], ["--multifd=4", "web", there], ["web", there, "--multifd"],
                      ["web", "--name", "--multifd", there]):
            result = mortise("migrate", *words, uri=self.world(domains=[tuned(HERE)]))
            self.assertEqual((result.code, result.err), (EXIT_DONE, ""), words)
        result = mortise("migrate", "--multifd", "4", "web", there, "--json", uri=self.world(domains=[tuned(HERE)]))
        self.assertEqual((result.code, result.error["hint"]),
                         (EXIT_MISUSED, "a number of connections is written as --multifd=N"))

    def test_nothing_to_steer(self):
        for words in (["migrate", "--abort", "web"], ["domjobinfo", "web"], ["migrate-setspeed", "web", "5"]):
            result = mortise(*words, "--json", uri=f"qemu:///embed?root={self.folder.name}/none")
            self.assertEqual((result.code, result.error["reason_id"]), (EXIT_FAILED, "no-job"))


class Check(CommandTest):
    """Asking beforehand."""

    def setUp(self):
        super().setUp()
        self.here = self.world(domains=[tuned(HERE), {"name": "inv", "count": 1}])
        self.hosts = {"slow": {"tsc_khz": 2000000, "tsc_scaling": False},
                      "scaling": {"tsc_khz": 2000000, "tsc_scaling": True}, "quiet": {}}

    def capabilities(self, name):
        """A file with the capabilities of a host."""
        text = mortise("capabilities", uri=self.world(host=self.hosts[name])).out
        return self.file(name + ".xml", text)

    def check_hosts(self, *hosts, domain="web"):
        """The reports for hosts."""
        result = mortise("migrate", "--check", domain, *hosts, "--json", uri=self.here)
        return result.code, result.json

    def test_the_form(self):
        slow = self.world(host=self.hosts["slow"])
        code, reports = self.check_hosts(slow)
        self.assertEqual((code, len(reports)), (EXIT_FAILED, 1))
        self.assertEqual(set(reports[0]), {"verdict", "destination", "checked_at", "checks"})
        self.assertEqual((reports[0]["verdict"], reports[0]["destination"]), ("incompatible", slow))
        self.assertRegex(reports[0]["checked_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        checks = {check["id"]: check for check in reports[0]["checks"]}
        tsc = checks["tsc-frequency"]
        facts = ("verdict", "requested_khz", "host_khz", "window_khz", "difference_ppm", "scaling")
        self.assertEqual({key: tsc[key] for key in facts},
                         {"verdict": "incompatible", "requested_khz": HERE, "host_khz": 2000000,
                          "window_khz": [1999500, 2000500], "difference_ppm": 298048, "scaling": "no"})
        for check in reports[0]["checks"]:
            self.assertLessEqual({"id", "verdict", "source", "destination", "message", "hint"}, set(check))
        self.assertEqual((checks["domain-name"]["verdict"], checks["domain-uuid"]["verdict"]), ("compatible",) * 2)

    def test_many_hosts_by_uri_and_by_file(self):
        hosts = [self.capabilities("slow"), self.capabilities("scaling"), self.capabilities("quiet"),
                 self.world(host=self.hosts["scaling"]), self.folder.name + "/none.xml", "test:///no/world"]
        code, reports = self.check_hosts(*hosts)
        self.assertEqual(code, EXIT_PARTLY)
        self.assertEqual([report["destination"] for report in reports], hosts)
        self.assertEqual([report["verdict"] for report in reports],
                         ["incompatible", "compatible", "unknown", "compatible", "unknown", "unknown"])
        names = {check["id"]: check["verdict"] for check in reports[1]["checks"]}
        self.assertEqual((names["domain-name"], names["domain-uuid"]), ("unknown", "unknown"))
        for check in reports[1]["checks"]:
            self.assertTrue(check["verdict"] != "unknown" or check["hint"], check)
        self.assertEqual(reports[4]["checks"][0]["id"], "destination-asked")

    def test_a_hundred_files(self):
        one = self.capabilities("scaling")
        code, reports = self.check_hosts(*[one] * 100)
        self.assertEqual((code, len(reports)), (EXIT_DONE, 100))

    def test_what_no_host_could_take(self):
        xml = ("<domain type='test'><name>inv</name><memory>65536</memory>"
               "<cpu><feature name='invtsc' policy='require'/></cpu></domain>")
        here = self.world(domains=[{"state": "running", "xml": xml}])
        result = mortise("migrate", "--check", "inv", self.world(), "--json", uri=here)
        self.assertEqual((result.code, result.json[0]["verdict"]), (EXIT_FAILED, "incompatible"))
        checks = {check["id"]: check for check in result.json[0]["checks"]}
        self.assertEqual((checks["tsc-frequency"]["verdict"], checks["tsc-frequency"]["requested_khz"]),
                         ("incompatible", None))
        self.assertIn("names no TSC frequency", checks["tsc-frequency"]["message"])

    def test_what_no_host_could_take_and_more(self):
        """That the source has a reason of its own keeps no other from being told."""
        xml = ("<domain type='test'><name>inv</name><memory>65536</memory>"
               "<cpu><feature name='invtsc' policy='require'/></cpu></domain>")
        here = self.world(domains=[{"state": "running", "xml": xml}])
        there = self.world(domains=[tuned(HERE, "other")], host=self.hosts["slow"])
        result = mortise("migrate", "--check", "inv", there, "--name", "other", "--json", uri=here)
        bad = [check["id"] for check in result.json[0]["checks"] if check["verdict"] == "incompatible"]
        self.assertEqual(sorted(bad), ["domain-name", "tsc-frequency"])
        checks = {check["id"]: check for check in result.json[0]["checks"]}
        self.assertEqual(checks["tsc-frequency"]["host_khz"], 2000000)
        result = mortise("migrate", "inv", self.world(), "--json", uri=here)
        self.assertEqual((result.code, result.error["reason_id"]), (EXIT_FAILED, "host-unsupported"))
        self.assertIn("begin failed", result.error["message"])

    def test_a_domain_that_does_not_run(self):
        stopped = dict(tuned(HERE), state="shutoff")
        self.here = self.world(domains=[stopped])
        slow = self.world(host=self.hosts["slow"])
        code, reports = self.check_hosts(slow, self.capabilities("scaling"), self.folder.name + "/none.xml")
        self.assertEqual(code, EXIT_PARTLY)
        self.assertEqual([report["verdict"] for report in reports], ["incompatible", "compatible", "unknown"])
        for report in reports:
            state = report["checks"][0]
            self.assertEqual((state["id"], state["verdict"], state["warning"]), ("domain-state", "compatible", True))
            self.assertIn("does not run", state["message"])
        self.assertEqual(mortise("list", "--name", uri=slow).out, "")
        result = mortise("migrate", "--check", "web", slow, uri=self.here)
        self.assertIn("judged as it would start here now", result.out)
        result = mortise("migrate", "web", slow, "--json", uri=self.here)
        self.assertEqual(result.error["reason_id"], "domain-inactive")

    def test_names_that_are_taken(self):
        there = self.world(domains=[{"name": "web", "uuid": "00000000-0000-4000-8000-000000000002"}])
        _code, reports = self.check_hosts(there)
        checks = {check["id"]: check["verdict"] for check in reports[0]["checks"]}
        self.assertEqual((reports[0]["verdict"], checks["domain-name"]), ("incompatible", "incompatible"))
        _code, reports = self.check_hosts(self.here)
        checks = {check["id"]: check["verdict"] for check in reports[0]["checks"]}
        self.assertEqual(checks["domain-uuid"], "incompatible")

    def test_for_people(self):
        result = mortise("migrate", "--check", "web", self.world(host=self.hosts["slow"]), uri=self.here)
        self.assertEqual(result.code, EXIT_FAILED)
        self.assertRegex(result.out, r"(?m)^  incompatible: tsc-frequency: .*\n    hint: ")
        self.assertNotIn("domain-name", result.out)
        result = mortise("migrate", "--check", "--verbose", "web", self.world(), uri=self.here)
        self.assertIn("compatible: domain-name", result.out)

    def test_nobody_is_asked_for_nobody(self):
        self.assertEqual(mortise("migrate", "--check", "nobody", self.world(), uri=self.here).code, EXIT_NO_DOMAIN)

    def test_common_frequencies(self):
        slow, scaling = self.capabilities("slow"), self.capabilities("scaling")
        result = mortise("tsc-common", "web", slow, scaling, "--json", uri=self.here)
        self.assertEqual((result.code, result.json["frequency_khz"]), (EXIT_PARTLY, HERE))
        self.assertEqual([(host["host"], host["verdict"]) for host in result.json["hosts"]],
                         [(slow, "incompatible"), (scaling, "compatible")])
        fast = self.world(host={"tsc_khz": 3000000, "tsc_scaling": False})
        result = mortise("tsc-common", "0", slow, fast, "--json", uri=self.here)
        self.assertEqual([host["excludes"] for host in result.json["hosts"]], [[fast], [slow]])
        result = mortise("tsc-common", "2000000000", slow, scaling, uri=self.here)
        self.assertEqual(result.code, EXIT_DONE)
        self.assertRegex(result.out, r"^Frequency: 2000000 kHz \(window 1999500-2000500\)\n Host")
        broken = self.file("broken.xml", "<capabilities><host>")
        result = mortise("tsc-common", "0", slow, broken, fast, uri=self.here)
        self.assertEqual((result.code, result.out), (EXIT_FAILED, ""))
        self.assertIn(f"mortise: {broken}: ", result.err)


if __name__ == "__main__":
    main()
