#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Verbs that read one domain or its numbers: domstate, dominfo, domid, domuuid, domname, dumpxml, vcpuinfo, domstats.

from command_testing import (EXIT_DONE, EXIT_FAILED, EXIT_NO_DOMAIN, EXIT_PARTLY, EXIT_TIMED_OUT, UUID, CommandTest,
                             definition, main, mortise)

NOBODY = ("mortise: there is no domain with the name 'nobody' on test:///default\n"
          "  hint: 'mortise list --all' shows what there is\n")
LATE = "4000"  # milliseconds: enough for every call that does not hang
XML = f"""<domain type='test'>
  <name>test</name>
  <uuid>{UUID}</uuid>
  <memory unit='KiB'>8388608</memory>
  <currentMemory unit='KiB'>2097152</currentMemory>
  <vcpu>2</vcpu>
  <os>
    <type>hvm</type>
  </os>
  <devices>
    <console type='pty'/>
  </devices>
</domain>
"""


class Names(CommandTest):
    """How a domain is named."""

    def test_forms(self):
        for word in ("test", "1", UUID, UUID.upper(), UUID.replace("-", "")):
            self.check(mortise("domname", word), out="test\n")
            self.check(mortise("domuuid", word), out=UUID + "\n")
            self.check(mortise("domid", word), out="1\n")

    def test_order(self):
        """A number is that of a domain that runs, a UUID goes before a name, and both may be names."""
        uri = self.world(domains=[{"name": "2", "state": "running"}, {"name": "b", "state": "running"},
                                  {"name": "7"}, {"name": UUID},
                                  {"name": "c", "uuid": "11111111-2222-4333-8444-555555555555"},
                                  {"name": "11111111-2222-4333-8444-555555555555"}])
        for word, name in (("1", "2"), ("2", "b"), ("7", "7"), (UUID, UUID),
                           ("11111111-2222-4333-8444-555555555555", "c")):
            self.check(mortise("domname", word, uri=uri), out=name + "\n")

    def test_nobody(self):
        for verb in ("domname", "domuuid", "domid", "domstate", "dominfo", "dumpxml", "vcpuinfo", "console", "start",
                     "destroy", "undefine", "desc"):
            self.check(mortise(verb, "nobody"), EXIT_NO_DOMAIN, "", NOBODY)
        for word in ("2", "", "6695eb01-f6a4-8304-79aa-97f2502e1930", "-"):
            self.assertEqual(mortise("--json", "domname", word).error["reason_id"], "no-such-domain", word)

    def test_json(self):
        for verb in ("domname", "domuuid", "domid"):
            self.assertEqual(mortise(verb, "test", "--json").json, {"name": "test", "uuid": UUID, "id": 1})
        uri = self.world(domains=[{"name": "db"}])
        self.assertIsNone(mortise("domid", "db", "--json", uri=uri).json["id"])
        self.check(mortise("domid", "db", uri=uri), out="-\n")


class State(CommandTest):
    """domstate, dominfo and dumpxml."""

    def test_domstate(self):
        self.check(mortise("domstate", "test"), out="running\n")
        self.check(mortise("domstate", "test", "--reason"), out="running (booted)\n")
        result = mortise("domstate", "test", "--json").json
        self.assertIsInstance(result.pop("age_ms"), int)
        self.assertEqual(result, {"name": "test", "uuid": UUID, "state": "running", "reason": "booted", "detail": None,
                                  "hung": None})

    def test_every_state(self):
        words = {"running": "running (booted)", "blocked": "idle (unknown)", "paused": "paused (user)",
                 "shutdown": "in shutdown (unknown)", "shutoff": "shut off (unknown)", "crashed": "crashed (panicked)",
                 "suspended": "pmsuspended (unknown)"}
        uri = self.world(domains=[{"name": state, "state": state} for state in words])
        for state, line in words.items():
            self.check(mortise("domstate", "--reason", state, uri=uri), out=line + "\n")

    def test_dominfo(self):
        self.check(mortise("dominfo", "test"),
                   out=f"Id:             1\nName:           test\nUUID:           {UUID}\nType:           test\n"
                       "Driver:         test\nState:          running\nReason:         booted\nCPU(s):         2\n"
                       "Max memory:     8388608 KiB\nUsed memory:    2097152 KiB\nPersistent:     yes\n"
                       "Autostart:      disable\n")

    def test_dominfo_of_another(self):
        xml = definition("web", "<title>The shop</title>")
        uri = self.world(domains=[{"xml": xml, "autostart": True}])
        uuid = mortise("domuuid", "web", uri=uri).out.strip()
        self.check(mortise("dominfo", "web", uri=uri),
                   out=f"Id:             -\nName:           web\nUUID:           {uuid}\nTitle:          The shop\n"
                       "Type:           test\nDriver:         test\nState:          shut off\nCPU(s):         1\n"
                       "Max memory:     65536 KiB\nUsed memory:    65536 KiB\nPersistent:     yes\n"
                       "Autostart:      enable\n")
        result = mortise("dominfo", "web", "--json", uri=uri).json
        self.assertIsInstance(result.pop("age_ms"), int)
        self.assertEqual(result, {
            "name": "web", "uuid": uuid, "id": None, "type": "test", "driver": "test", "title": "The shop",
            "state": "shut off", "reason": None, "detail": None, "hung": None, "persistent": True, "autostart": True,
            "memory_kib": 65536, "maximum_memory_kib": 65536, "vcpus": 1, "cpu_time_ns": 0})

    def test_dumpxml(self):
        self.check(mortise("dumpxml", "test", "--inactive"), out=XML)
        self.check(mortise("dumpxml", "test", "--inactive", "--security-info"), out=XML)
        self.check(mortise("dumpxml", "test"), out=XML.replace("<domain ", "<domain id='1' "))
        self.assertEqual(mortise("dumpxml", "--inactive", "--json", "test").json,
                         {"name": "test", "uuid": UUID, "xml": XML})

    def test_no_definition(self):
        uri = self.world(domains=[{"name": "live", "state": "running", "persistent": False}])
        result = mortise("dumpxml", "--inactive", "--json", "live", uri=uri)
        self.assertEqual((result.code, result.out, result.error["reason_id"]), (EXIT_FAILED, "", "domain-inactive"))


class Vcpus(CommandTest):
    """Verb vcpuinfo."""

    def setUp(self):
        super().setUp()
        self.uri = self.world(host={"cpus": 4}, domains=[
            {"name": "own", "state": "paused", "vcpus": 2}, {"name": "off"},
            {"name": "shared", "state": "running", "vcpus": 1, "vcpu_model": "shared"},
            {"name": "stuck", "state": "running", "hang": ["vcpus"]}])

    def test_own_threads(self):
        report = self.check(mortise("vcpuinfo", "own", "--json", uri=self.uri)).json
        self.assertEqual(list(report), ["model", "pinnable", "reason", "vcpus"])
        self.assertEqual((report["model"], report["pinnable"]), ("per-vcpu", True))
        for number, vcpu in enumerate(report["vcpus"]):
            self.assertEqual(vcpu, {"id": number, "state": "blocked", "thread_id": vcpu["thread_id"], "cpu": number,
                                    "cpu_time_ns": 0, "affinity": "0-3"})
            self.assertGreater(vcpu["thread_id"], 0)

    def test_shared_thread(self):
        reason = "one thread runs all vCPUs of this domain, as its world says"
        report = mortise("vcpuinfo", "shared", "--json", uri=self.uri).json
        self.assertEqual(report, {"model": "shared", "pinnable": False, "reason": reason,
                                  "vcpus": [{"id": 0, "state": "running", "thread_id": None, "cpu": None,
                                             "cpu_time_ns": None, "affinity": None}]})
        self.check(mortise("vcpuinfo", "shared", uri=self.uri),
                   out=f"Thread model:   shared\nPinnable:       no ({reason})\n\nVCPU:           0\n"
                       "State:          running\n")

    def test_table(self):
        report = mortise("vcpuinfo", "own", "--json", uri=self.uri).json
        expected = f"Thread model:   per-vcpu\nPinnable:       yes ({report['reason']})\n"
        for vcpu in report["vcpus"]:
            expected += (f"\nVCPU:           {vcpu['id']}\nCPU:            {vcpu['cpu']}\nState:          blocked\n"
                         f"Thread:         {vcpu['thread_id']}\nCPU time:       0.0s\nCPU Affinity:   0-3\n")
        self.check(mortise("vcpuinfo", "own", "--pretty", uri=self.uri), out=expected)

    def test_inactive(self):
        self.assertEqual(mortise("vcpuinfo", "off", "--json", uri=self.uri).error["reason_id"], "domain-inactive")

    def test_late(self):
        result = mortise("--deadline", "50", "vcpuinfo", "stuck", "--json", uri=self.uri)
        self.assertEqual((result.code, result.out), (EXIT_TIMED_OUT, ""))
        self.assertEqual((result.error["reason_id"], result.error["retryable"]), ("timeout", True))


class Numbers(CommandTest):
    """Verb domstats."""

    def setUp(self):
        super().setUp()
        self.uri = self.world(domains=[{"name": "db"}, {"name": "stuck", "state": "running", "hang": ["stats"]},
                                       {"name": "web", "state": "running", "memory_kib": 65536, "vcpus": 2}])

    def test_groups(self):
        self.check(mortise("domstats", "web", "--balloon", uri=self.uri),
                   out="Domain: 'web'\n  balloon.current=65536\n  balloon.maximum=65536\n  balloon.rss=65536\n")
        self.check(mortise("domstats", "web", "--state", uri=self.uri),
                   out="Domain: 'web'\n  state.reason=booted\n  state.state=1\n")
        keys = list(mortise("domstats", "web", "--json", uri=self.uri).json[0]["values"])
        self.assertEqual(keys, ["balloon.current", "balloon.maximum", "balloon.rss", "cpu.system", "cpu.time",
                                "cpu.user", "state.reason", "state.state", "vcpu.0.state", "vcpu.0.time",
                                "vcpu.1.state", "vcpu.1.time", "vcpu.current", "vcpu.maximum"])

    def test_order_of_numbers(self):
        uri = self.world(domains=[{"name": "big", "state": "running", "vcpus": 11}])
        keys = list(mortise("domstats", "--vcpu", "--json", uri=uri).json[0]["values"])
        states = [key for key in keys if key.endswith(".state")]
        self.assertEqual(states, [f"vcpu.{number}.state" for number in range(11)])

    def test_late(self):
        """One domain that does not answer is marked; the others answer."""
        rows = self.check(mortise("--deadline", LATE, "domstats", "--balloon", "--json", uri=self.uri)).json
        self.assertEqual([row["name"] for row in rows], ["db", "stuck", "web"])
        self.assertEqual([row["age_ms"] is None for row in rows], [True, True, False])
        self.assertEqual((rows[0]["hung"], rows[0]["values"]), (None, {}))
        self.assertEqual(rows[1]["hung"]["operation"], "domain-stats")
        self.assertGreaterEqual(rows[1]["hung"]["for_ms"], int(LATE))
        self.assertEqual((rows[2]["hung"], rows[2]["values"]["balloon.rss"]), (None, 65536))

    def test_late_for_people(self):
        result = self.check(mortise("--deadline", LATE, "domstats", "--balloon", uri=self.uri))
        db, stuck, web = result.out.split("\n\n")
        self.assertEqual(db, "Domain: 'db'")
        self.assertRegex(stuck, r"^Domain: 'stuck'\n  \(stats late for \d+ m?s; no numbers yet\)$")
        self.assertTrue(web.startswith("Domain: 'web'\n  balloon.current=65536\n"))

    def test_partly(self):
        """Of several that are named, some may fail."""
        result = mortise("--deadline", LATE, "domstats", "--state", "--balloon", "stuck", "web", "--json",
                         uri=self.uri)
        self.assertEqual((result.code, [row["name"] for row in result.json]), (EXIT_PARTLY, ["web"]))
        self.assertEqual(result.error["reason_id"], "timeout")
        self.assertTrue(result.error["message"].startswith("stuck: "))
        result = mortise("--deadline", LATE, "domstats", "--balloon", "stuck", uri=self.uri)
        self.assertEqual((result.code, result.out), (EXIT_TIMED_OUT, ""))
        self.assertTrue(result.err.startswith("mortise: stuck: "))
        result = mortise("domstats", "--state", "web", "nobody", uri=self.uri)
        self.assertEqual((result.code, result.out.split("\n")[0]), (EXIT_PARTLY, "Domain: 'web'"))

    def test_nowait(self):
        rows = self.check(mortise("domstats", "--nowait", "--json", uri=self.uri)).json
        self.assertEqual([(row["name"], row["age_ms"], row["hung"]) for row in rows],
                         [("db", None, None), ("stuck", None, None), ("web", None, None)])
        rows = self.check(mortise("domstats", "--nowait", "--json", "web", "db", uri=self.uri)).json
        self.assertEqual([row["name"] for row in rows], ["web", "db"])
        self.assertEqual(mortise("domstats", "--nowait", "nobody", uri=self.uri).code, EXIT_NO_DOMAIN)

    def test_filters(self):
        for options, names in ((["--list-active"], ["stuck", "web"]), (["--list-inactive"], ["db"]),
                               (["--list-running"], ["stuck", "web"]), (["--list-shutoff"], ["db"]),
                               (["--list-paused"], []), (["--list-transient"], []), (["--list-other"], []),
                               (["--list-persistent", "--list-shutoff"], ["db"])):
            result = mortise("domstats", "--nowait", "--json", *options, uri=self.uri)
            self.assertEqual((result.code, [row["name"] for row in result.json]), (EXIT_DONE, names), options)


if __name__ == "__main__":
    main()
