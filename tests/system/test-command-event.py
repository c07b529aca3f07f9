#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Verbs event and wait: what they print, what they wait for, and how they end.

import json
import signal

from command_testing import (EXIT_DONE, EXIT_NO_DOMAIN, EXIT_TIMED_OUT, CommandTest, main, mortise, start)

KINDS = ["lifecycle", "defined", "undefined", "state", "guest", "hung", "recovered", "resync", "reboot", "reset",
         "watchdog", "io-error", "rtc-change", "panicked"]


def happens(after_ms, domain, event, **members):
    """An event of a world."""
    return {"after_ms": after_ms, "domain": domain, "event": event, **members}


class Event(CommandTest):
    """Verb event."""

    def setUp(self):
        super().setUp()
        domains = [{"name": name, "state": "running"} for name in ("db", "web")]
        self.uri = self.world(domains=domains, events=[
            happens(10, "web", "watchdog", detail="it bit"), happens(200, "db", "suspend"),
            happens(400, "web", "crash")])

    def lines(self, *options, count, uri=None):
        """The first lines of a loop, which is then ended by a signal."""
        process = start("event", "--loop", *options, uri=uri or self.uri)
        lines = [process.stdout.readline().rstrip("\n") for _ in range(count)]
        out, err = self.finish(process, EXIT_DONE, signal.SIGTERM)
        self.assertEqual(err, "")
        return lines, out

    def test_one(self):
        self.check(mortise("event", uri=self.uri),
                   out="event 'guest' for domain 'web': watchdog: it bit\nevents received: 1\n")
        self.check(mortise("event", "-q", uri=self.uri), out="event 'guest' for domain 'web': watchdog: it bit\n")

    def test_loop(self):
        lines, rest = self.lines("--all", count=3)
        self.assertEqual(lines, ["event 'guest' for domain 'web': watchdog: it bit",
                                 "event 'state' for domain 'db': paused (user)",
                                 "event 'state' for domain 'web': crashed (panicked): the guest crashed"])
        self.assertEqual(rest, "event loop interrupted\nevents received: 3\n")

    def test_filters(self):
        crash = "event 'state' for domain 'web': crashed (panicked): the guest crashed"
        watchdog = "event 'guest' for domain 'web': watchdog: it bit"
        suspend = "event 'state' for domain 'db': paused (user)"
        for options, expected in ((["--event", "state"], [suspend, crash]), (["--domain", "db"], [suspend]),
                                  (["--event", "lifecycle", "--domain", "web"], [crash]),
                                  (["--event", "watchdog"], [watchdog]), (["--event", "guest"], [watchdog]),
                                  (["--event", "guest:watchdog"], [watchdog])):
            lines, _ = self.lines(*options, count=len(expected))
            self.assertEqual(lines, expected, options)

    def test_json(self):
        lines, rest = self.lines("--json", count=3)
        events = [json.loads(line) for line in lines]
        self.assertEqual(rest, "")
        uuids = {row["name"]: row["uuid"] for row in mortise("list", "--json", uri=self.uri).json}
        numbers = [event.pop("sequence") for event in events]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 3)))
        times = [event.pop("time_us") for event in events]
        self.assertEqual(times, sorted(times))
        self.assertGreater(times[0], 1_700_000_000_000_000)
        self.assertEqual(events, [
            {"kind": "guest", "domain": "web", "uuid": uuids["web"], "id": 2, "state": "running",
             "reason": "watchdog", "detail": "it bit"},
            {"kind": "state", "domain": "db", "uuid": uuids["db"], "id": 1, "state": "paused", "reason": "user",
             "detail": None},
            {"kind": "state", "domain": "web", "uuid": uuids["web"], "id": None, "state": "crashed",
             "reason": "panicked", "detail": "the guest crashed"}])

    def test_timestamp(self):
        result = mortise("event", "--timestamp", uri=self.uri)
        self.assertRegex(result.out.split("\n")[0],
                         r"^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+0000: event 'guest' for domain 'web': ")

    def test_timeout(self):
        self.check(mortise("event", "--timeout", "0.05"), EXIT_TIMED_OUT,
                   "event loop timed out\nevents received: 0\n")
        self.check(mortise("event", "--timeout", "0.05", "--json"), EXIT_TIMED_OUT, "")
        uri = self.world(domains=[{"name": "web", "state": "running"}], events=[happens(1, "web", "watchdog")])
        self.check(mortise("event", "--loop", "--timeout", "1", uri=uri),
                   out="event 'guest' for domain 'web': watchdog\nevent loop timed out\nevents received: 1\n")

    def test_signal(self):
        """Without --loop a signal is no usual end."""
        process = start("event")
        self.await_listening(process)
        out, _ = self.finish(process, 128 + signal.SIGINT, signal.SIGINT)
        self.assertIn(out, ("event loop interrupted\nevents received: 0\n", ""))

    def test_list(self):
        self.check(mortise("event", "--list", uri=None), out="\n".join(KINDS) + "\n")
        self.assertEqual(mortise("event", "--list", "--json", uri=None).json, KINDS)

    def test_nobody(self):
        result = mortise("event", "--domain", "nobody")
        self.assertEqual((result.code, result.out), (EXIT_NO_DOMAIN, ""))

    def test_reader_gone(self):
        uri = self.world(domains=[{"name": "web", "state": "running"}],
                         events=[happens(5, "web", "watchdog", repeat=True)])
        process = start("event", "--loop", uri=uri)
        process.stdout.readline()
        process.stdout.close()
        process.wait(timeout=120)
        self.assertIn(process.returncode, (EXIT_DONE, -signal.SIGPIPE))
        process.stderr.close()


class Wait(CommandTest):
    """Verb wait."""

    def setUp(self):
        super().setUp()
        self.uri = self.world(domains=[{"name": "web", "state": "running"},
                                       {"name": "live", "state": "running", "persistent": False}],
                              events=[happens(50, "web", "suspend"), happens(150, "web", "shutdown"),
                                      happens(50, "live", "shutdown")])

    def test_now(self):
        self.check(mortise("wait", "test", "running"), out="Domain 'test' is running (booted)\n")
        self.check(mortise("wait", "test", "running", "-q"), out="")

    def test_later(self):
        self.check(mortise("wait", "web", "paused", uri=self.uri), out="Domain 'web' is paused (user)\n")
        for word in ("shutoff", "shut off", "shut-off", "SHUTOFF"):
            self.check(mortise("wait", "web", word, uri=self.uri), out="Domain 'web' is shut off (shutdown)\n")

    def test_gone(self):
        """A domain without a definition that ended is not running."""
        self.assertEqual(self.check(mortise("wait", "live", "shutoff", uri=self.uri)).code, EXIT_DONE)

    def test_json(self):
        answer = mortise("wait", "web", "shutoff", "--json", "--timeout", "100", uri=self.uri).json
        self.assertEqual(answer, {"domain": "web", "uuid": answer["uuid"], "result": "reached", "state": "shut off",
                                  "reason": "shutdown"})

    def test_timeout(self):
        self.check(mortise("wait", "test", "shutoff", "--timeout", "0.05"), EXIT_TIMED_OUT, "",
                   "mortise: domain 'test' is still running, not shut off\n")
        error = mortise("wait", "test", "in-shutdown", "--timeout", "0.05", "--json").error
        self.assertEqual(error, {"reason_id": "timeout", "details": None, "hint": None, "retryable": True,
                                 "message": "domain 'test' is still running, not in shutdown"})

    def test_signal(self):
        process = start("wait", "test", "crashed")
        self.await_listening(process)
        out, err = self.finish(process, 128 + signal.SIGTERM, signal.SIGTERM)
        self.assertEqual(out, "")
        self.assertTrue(err.startswith("mortise: "), err)

    def test_nobody(self):
        self.assertEqual(mortise("wait", "nobody", "running").code, EXIT_NO_DOMAIN)


if __name__ == "__main__":
    main()
