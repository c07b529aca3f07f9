#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Verbs event and wait: what they print, what they wait for, and how they end.

import json
import signal

from command_testing import (DEADLINE, EXIT_DONE, EXIT_NO_DOMAIN, EXIT_TIMED_OUT, CommandTest, main, mortise, start)

KINDS = ["lifecycle", "defined", "undefined", "state", "guest", "hung", "recovered", "resync", "migration",
         "migration-started", "migration-completed", "migration-failed", "reboot", "reset", "watchdog",
         "io-error", "rtc-change", "panicked", "device-added", "device-removed", "device-changed"]


def happens(after_ms, domain, event, **members):
    """An event of a world."""
    return {"after_ms": after_ms, "domain": domain, "event": event, **members}


class Event(CommandTest):
    """Verb event. What happens, happens again and again: none of it has to be seen at its first time."""

    WATCHDOG = "event 'guest' for domain 'web': watchdog: it bit"
    PAUSED = "event 'state' for domain 'db': paused (user)"
    RUNNING = "event 'state' for domain 'db': running (unpaused)"

    def setUp(self):
        super().setUp()
        domains = [{"name": name, "state": "running"} for name in ("db", "web")]
        self.uri = self.world(domains=domains, events=[
            happens(20, "web", "watchdog", detail="it bit", repeat=True),
            happens(20, "db", "suspend", repeat=True), happens(20, "db", "resume", repeat=True)])

    def lines(self, *options, count=4, uri=None):
        """The first lines of a loop, which is then ended by a signal, and what else it says."""
        process = start("event", "--loop", *options, uri=uri or self.uri)
        lines = [process.stdout.readline().rstrip("\n") for _ in range(count)]
        out, err = self.finish(process, EXIT_DONE, signal.SIGTERM)
        self.assertEqual(err, "")
        return lines, out

    def test_one(self):
        self.check(mortise("event", "--domain", "web", uri=self.uri), out=self.WATCHDOG + "\nevents received: 1\n")
        self.check(mortise("event", "--domain", "web", "-q", uri=self.uri), out=self.WATCHDOG + "\n")

    def test_loop(self):
        lines, rest = self.lines("--all", count=20)
        self.assertEqual(set(lines), {self.WATCHDOG, self.PAUSED, self.RUNNING})
        *more, last, end = rest.split("\n")
        self.assertTrue(last.startswith("events received: "), rest)
        self.assertEqual((int(last.split()[2]), end), (20 + len(more) - 1, ""))
        self.assertEqual(more[-1], "event loop interrupted")

    def test_order(self):
        """Nothing is lost, and nothing comes before what happened before it."""
        lines, _ = self.lines("--domain", "db", count=10)
        first = lines.index(self.PAUSED)
        self.assertEqual(lines[first:], [self.PAUSED, self.RUNNING, *[self.PAUSED, self.RUNNING] * 4][:10 - first])

    def test_filters(self):
        states = {self.PAUSED, self.RUNNING}
        for options, expected in ((["--event", "state"], states), (["--domain", "db"], states),
                                  (["--event", "lifecycle", "--domain", "db"], states),
                                  (["--event", "watchdog"], {self.WATCHDOG}),
                                  (["--event", "guest"], {self.WATCHDOG}),
                                  (["--event", "guest:watchdog"], {self.WATCHDOG})):
            self.assertEqual(set(self.lines(*options)[0]), expected, options)

    def test_json(self):
        lines, _ = self.lines("--json", count=9)
        events = [json.loads(line) for line in lines]
        uuids = {row["name"]: row["uuid"] for row in mortise("list", "--json", uri=self.uri).json}
        numbers = [event.pop("sequence") for event in events]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 9)))
        times = [event.pop("time_us") for event in events]
        self.assertEqual(times, sorted(times))
        self.assertGreater(times[0], 1_700_000_000_000_000)
        database = {"kind": "state", "domain": "db", "uuid": uuids["db"], "id": 1, "detail": None}
        web = {"kind": "guest", "domain": "web", "uuid": uuids["web"], "id": 2, "state": "running",
               "reason": "watchdog", "detail": "it bit"}
        for expected in (web, {**database, "state": "paused", "reason": "user"},
                         {**database, "state": "running", "reason": "unpaused"}):
            self.assertIn(expected, events)

    def test_end_of_a_guest(self):
        uri = self.world(domains=[{"name": "web", "state": "running"}], events=[
            happens(20, "web", "crash", repeat=True), happens(20, "web", "start", repeat=True)])
        events = [json.loads(line) for line in self.lines("--json", count=4, uri=uri)[0]]
        crash = [event for event in events if event["state"] == "crashed"][0]
        self.assertEqual((crash["kind"], crash["id"], crash["reason"], crash["detail"]),
                         ("state", None, "panicked", "the guest crashed"))
        run = [event for event in events if event["state"] == "running"][0]
        self.assertEqual((run["reason"], run["id"] > 0), ("booted", True))

    def test_timestamp(self):
        result = mortise("event", "--timestamp", "--domain", "web", uri=self.uri)
        self.assertRegex(result.out.split("\n")[0],
                         r"^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+0000: event 'guest' for domain 'web': ")

    def test_timeout(self):
        self.check(mortise("event", "--timeout", "0.05"), EXIT_TIMED_OUT,
                   "event loop timed out\nevents received: 0\n")
        self.check(mortise("event", "--timeout", "0.05", "--json"), EXIT_TIMED_OUT, "")
        result = self.check(mortise("event", "--loop", "--timeout", "5", "--event", "watchdog", uri=self.uri))
        self.assertRegex(result.out, rf"^({self.WATCHDOG}\n)+event loop timed out\nevents received: \d+\n$")

    def test_signal(self):
        """Without --loop a signal is no usual end."""
        process = start("event")
        self.await_listening(process)
        out, _ = self.finish(process, 128 + signal.SIGINT, signal.SIGINT)
        self.assertIn(out, ("event loop interrupted\nevents received: 0\n", ""))

    def test_ignored_signal(self):
        """What nohup keeps away does not end it."""
        process = start("event", "--loop", "--domain", "web", uri=self.uri,
                        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.assertEqual(process.stdout.readline(), self.WATCHDOG + "\n")
        process.send_signal(signal.SIGHUP)
        for _ in range(10):
            self.assertEqual(process.stdout.readline(), self.WATCHDOG + "\n")
        self.finish(process, EXIT_DONE, signal.SIGTERM)

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
        self.assertIn(process.wait(timeout=DEADLINE), (EXIT_DONE, -signal.SIGPIPE))
        process.stderr.close()


class Wait(CommandTest):
    """Verb wait."""

    def world_with(self, event, **members):
        """A world in which this happens to domain web, and nothing else."""
        return self.world(domains=[{"name": "web", "state": "running", **members}],
                          events=[happens(50, "web", event)])

    def test_now(self):
        self.check(mortise("wait", "test", "running"), out="Domain 'test' is running (booted)\n")
        self.check(mortise("wait", "test", "running", "-q"), out="")

    def test_later(self):
        self.check(mortise("wait", "web", "paused", uri=self.world_with("suspend")),
                   out="Domain 'web' is paused (user)\n")
        for word in ("shutoff", "shut off", "shut-off", "SHUTOFF"):
            self.check(mortise("wait", "web", word, uri=self.world_with("shutdown")),
                       out="Domain 'web' is shut off (shutdown)\n")

    def test_gone(self):
        """A domain without a definition that ended is not running; it may be gone before it was found."""
        result = mortise("wait", "web", "shutoff", uri=self.world_with("shutdown", persistent=False))
        self.assertIn(result.code, (EXIT_DONE, EXIT_NO_DOMAIN))

    def test_json(self):
        answer = mortise("wait", "web", "shutoff", "--json", "--timeout", "100", uri=self.world_with("shutdown")).json
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
