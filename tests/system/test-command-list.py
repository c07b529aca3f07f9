#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Verb list: its table, its columns, its filters, and what it loads.

import re
import subprocess

from command_testing import (COMMAND, DEADLINE, DEFAULT, EXIT_DONE, EXIT_NO_CONNECTION, UUID, CommandTest, environment,
                             main, mortise, start)

STATES = {"db": "shutoff", "idle": "blocked", "mail": "paused", "old": "crashed", "web": "running"}


class Table(CommandTest):
    """What a person sees."""

    def test_default(self):
        self.check(mortise("list"), out=" Id   Name   State\n----------------------\n 1    test   running\n")

    def test_empty(self):
        self.check(mortise("list", "--inactive"), out=" Id   Name   State\n--------------------\n")
        self.check(mortise("-q", "list", "--inactive"), out="")
        self.check(mortise("list", "--inactive", "--name"), out="")

    def test_columns_line_up(self):
        uri = self.world(domains=[{"name": "\u5bb6\u30b5\u30fc\u30d0", "state": "running"},
                                  {"name": "Zo\u00eb", "state": "running"}, {"name": "a-rather-long-name"}])
        self.check(mortise("list", "--all", uri=uri),
                   out=" Id   Name                 State\n"
                       "-------------------------------------\n"
                       " 2    Zo\u00eb                  running\n"
                       " -    a-rather-long-name   shut off\n"
                       " 1    \u5bb6\u30b5\u30fc\u30d0             running\n")

    def test_title(self):
        xml = "<domain type='test'><name>web</name><title>The shop</title><memory>65536</memory></domain>"
        uri = self.world(domains=[{"xml": xml, "state": "running"}, {"name": "zero", "state": "running"}])
        self.check(mortise("list", "--title", uri=uri),
                   out=" Id   Name   State     Title\n---------------------------------\n"
                       " 1    web    running   The shop\n 2    zero   running\n")

    def test_words(self):
        self.check(mortise("list", "--name"), out="test\n")
        self.check(mortise("list", "--uuid"), out=UUID + "\n")
        self.check(mortise("list", "--id"), out="1\n")
        self.check(mortise("list", "--name", "--uuid", "--id"), out=f"1 {UUID} test\n")
        self.check(mortise("list", "--all", "--id", "--name", uri=self.world(domains=[{"name": "db"}])), out="- db\n")


class Filters(CommandTest):
    """Which domains are listed."""

    def setUp(self):
        super().setUp()
        domains = [{"name": name, "state": state} for name, state in STATES.items()]
        domains += [{"name": "auto", "autostart": True}, {"name": "live", "state": "running", "persistent": False}]
        self.uri = self.world(domains=domains)

    def names(self, *options):
        """The names that are listed."""
        return self.check(mortise("list", "--name", *options, uri=self.uri)).out.split()

    def test_activity(self):
        self.assertEqual(self.names(), ["idle", "live", "mail", "web"])
        self.assertEqual(self.names("--inactive"), ["auto", "db", "old"])
        self.assertEqual(self.names("--all"), ["auto", "db", "idle", "live", "mail", "old", "web"])
        self.assertEqual(self.names("--all", "--inactive"), self.names("--all"))

    def test_states(self):
        self.assertEqual(self.names("--state-running"), ["live", "web"])
        self.assertEqual(self.names("--state-paused"), ["mail"])
        self.assertEqual(self.names("--state-shutoff"), ["auto", "db"])
        self.assertEqual(self.names("--state-other"), ["idle", "old"])
        self.assertEqual(self.names("--state-paused", "--state-shutoff"), ["auto", "db", "mail"])
        self.assertEqual(self.names("--inactive", "--state-running"), [])

    def test_kinds(self):
        self.assertEqual(self.names("--transient"), ["live"])
        self.assertEqual(self.names("--persistent"), ["idle", "mail", "web"])
        self.assertEqual(self.names("--autostart"), [])
        self.assertEqual(self.names("--all", "--autostart"), ["auto"])
        self.assertEqual(self.names("--all", "--no-autostart", "--state-shutoff"), ["db"])


class Programs(CommandTest):
    """What a program reads."""

    def test_json(self):
        rows = self.check(mortise("list", "--json")).json
        self.assertIsInstance(rows[0]["age_ms"], int)
        rows[0]["age_ms"] = 0
        self.assertEqual(rows, [{"name": "test", "uuid": UUID, "id": 1, "type": "test", "state": "running",
                                 "age_ms": 0, "hung": None}])

    def test_json_of_all(self):
        domains = [{"name": name, "state": state} for name, state in STATES.items()]
        rows = mortise("list", "--json", "--all", uri=self.world(domains=domains)).json
        self.assertEqual([(row["name"], row["state"], row["id"] is None) for row in rows],
                         [("db", "shut off", True), ("idle", "idle", False), ("mail", "paused", False),
                          ("old", "crashed", True), ("web", "running", False)])
        self.assertEqual(mortise("list", "--json", "--inactive").json, [])

    def test_many(self):
        rows = mortise("list", "--json", uri=DEFAULT + "?domains=1000").json
        self.assertEqual(len(rows), 1001)
        self.assertEqual(rows[1000]["name"], "test-1000")


class Loading(CommandTest):
    """No module is mapped that is not needed."""

    def loaded(self, *arguments):
        """The modules that the loader of the system opened for a run."""
        done = subprocess.run([COMMAND, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, timeout=DEADLINE, check=True, encoding="utf-8",
                              env=environment(LD_DEBUG="files"))
        self.assertIn("file=libglib-2.0.so.0", done.stderr)
        return set(re.findall(r"file=\S*/(mortise-[a-z]+-[a-z0-9-]+)\.so", done.stderr))

    def test_drivers_loads_nothing(self):
        self.assertEqual(self.loaded("drivers"), set())
        self.assertEqual(self.loaded("help"), set())

    def test_list_loads_one(self):
        self.assertEqual(self.loaded("-c", DEFAULT, "list"), {"mortise-driver-test"})

    def test_maps(self):
        uri = self.world(domains=[{"name": "web", "state": "running"}],
                         events=[{"after_ms": 20, "domain": "web", "event": "watchdog", "repeat": True}])
        process = start("event", "--loop", uri=uri)
        self.assertIn("watchdog", process.stdout.readline())
        with open(f"/proc/{process.pid}/maps", encoding="utf-8") as maps:
            mapped = set(re.findall(r"/(mortise-(?:driver|filter|provider)-\S+)", maps.read()))
        process.terminate()
        self.finish(process, EXIT_DONE)
        self.assertEqual(mapped, {"mortise-driver-test.so"})


class Failures(CommandTest):
    """Connections that cannot be opened."""

    def test_no_driver(self):
        self.check(mortise("list", uri="nothing:///x"), EXIT_NO_CONNECTION, "",
                   "mortise: no module serves the URI scheme 'nothing'\n"
                   "  hint: 'mortise drivers' lists what there is\n")

    def test_json(self):
        error = mortise("list", "--json", uri="nothing:///x").error
        self.assertEqual(error, {"reason_id": "driver-missing", "details": None, "retryable": False,
                                 "message": "no module serves the URI scheme 'nothing'",
                                 "hint": "'mortise drivers' lists what there is"})

    def test_world(self):
        path = self.file("broken.json", "{")
        result = mortise("list", "--json", uri="test://" + path)
        self.assertEqual((result.code, result.out, result.error["reason_id"]),
                         (EXIT_NO_CONNECTION, "", "invalid-argument"))
        self.assertTrue(result.error["message"].startswith(path + ":1:"))

    def test_uri_of_the_environment(self):
        uri = DEFAULT + "?domains=1"
        variables = {"MORTISE_DEFAULT_URI": uri}
        self.check(mortise("uri", uri=None, variables=variables), out=uri + "\n")
        self.check(mortise("uri", uri=DEFAULT, variables=variables), out=DEFAULT + "\n")
        self.check(mortise("uri", "-c", DEFAULT, uri=None, variables=variables), out=DEFAULT + "\n")


if __name__ == "__main__":
    main()
