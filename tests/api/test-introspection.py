# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# The application API from Python, through its introspection data alone.
import json
import os
import sys
import tempfile
import time
import unittest

try:
    import gi
    gi.require_version("Mortise", "1.0")
    from gi.repository import Gio, GLib, Mortise
except (ImportError, ValueError) as error:
    print(f"SKIP introspection: {error}")
    sys.exit(77)

XML = """<domain type='test'><name>{name}</name><memory unit='MiB'>64</memory><vcpu>2</vcpu>
<os><type>hvm</type></os></domain>"""


class Introspection(unittest.TestCase):
    def setUp(self):
        self.connection = Mortise.Connection.open("test:///default", None)

    def tearDown(self):
        self.connection.close()

    def iterate_until(self, done):
        context = GLib.MainContext.default()
        guard = GLib.timeout_source_new_seconds(120)
        expired = []
        guard.set_callback(lambda *_: expired.append(True))
        guard.attach(context)
        while not done() and not expired:
            context.iteration(True)
        guard.destroy()
        self.assertTrue(done())

    def test_modules_are_listed_without_loading(self):
        registry = Mortise.Registry.new()
        modules = {module.get_name(): module for module in registry.list_modules()}
        self.assertIn("test", modules)
        self.assertEqual(modules["test"].get_state(), Mortise.ModuleState.AVAILABLE)
        self.assertIn("lifecycle/1", modules["test"].get_interfaces())
        self.assertFalse(modules["test"].is_loaded())

    def test_a_domain_lives(self):
        domain = self.connection.define_domain(XML.format(name="py"), Mortise.DefineFlags.NONE, None)
        self.assertEqual(domain.get_name(), "py")
        domain.start(Mortise.StartFlags.NONE, None)
        state, reason = domain.get_state()
        self.assertEqual(state, Mortise.DomainState.RUNNING)
        self.assertTrue(reason)
        report = domain.get_vcpus(None)
        self.assertEqual(len(report.vcpus), 2)
        stats = domain.get_stats(Mortise.StatsGroups.ALL, None)
        self.assertIn("state.state", stats.values.unpack())
        domain.set_title("a title", None)
        self.assertEqual(domain.get_title(), "a title")
        domain.stop(Mortise.StopFlags.NOW, None)
        domain.undefine(None)
        with self.assertRaises(GLib.Error):
            domain.get_info()

    def test_devices_and_limits(self):
        domain = self.connection.define_domain(XML.format(name="limited"), Mortise.DefineFlags.NONE, None)
        domain.start(Mortise.StartFlags.NONE, None)
        both = Mortise.ModifyFlags.LIVE | Mortise.ModifyFlags.CONFIG
        domain.attach_device("<rng model='virtio'/>", both, None)
        self.assertIn("<rng", domain.get_xml(Mortise.XmlFlags.INACTIVE))
        domain.detach_device("<rng/>", both, None)
        self.assertNotIn("<rng", domain.get_xml(Mortise.XmlFlags.CURRENT))
        domain.set_memory(32768, both, None)
        self.assertEqual(domain.get_info().memory_kib, 32768)
        domain.set_tuning(Mortise.TuningGroup.CPU, GLib.Variant("a{sx}", {"cpu_shares": 512, "vcpu_quota": -1}),
                          both, None)
        values = domain.get_tuning(Mortise.TuningGroup.CPU, Mortise.ModifyFlags.CONFIG, None).unpack()
        self.assertEqual(values, {"cpu_shares": 512, "vcpu_quota": -1})
        done = []
        domain.update_device_async("<disk/>", both, None, lambda source, result: done.append((source, result)))
        self.iterate_until(lambda: done)
        with self.assertRaises(GLib.Error) as caught:
            done[0][0].update_device_finish(done[0][1])
        self.assertEqual(Mortise.error_reason_of_code(caught.exception.code), "no-device")

    def test_errors_carry_code_and_hint(self):
        with self.assertRaises(GLib.Error) as caught:
            self.connection.lookup_domain("nobody")
        error = caught.exception
        self.assertTrue(error.matches(Mortise.error_quark(), Mortise.Error.NO_SUCH_DOMAIN))
        self.assertEqual(Mortise.error_reason_of_code(error.code), "no-such-domain")
        self.assertIn("mortise list", error.message)

    def test_events_and_asynchronous_calls(self):
        seen = []
        watch = self.connection.watch()
        watch.connect("event", lambda _watch, event: seen.append((event.kind, event.domain, event.sequence)))
        done = []
        domain = self.connection.define_domain(XML.format(name="async"), Mortise.DefineFlags.NONE, None)
        domain.start_async(Mortise.StartFlags.NONE, None,
                           lambda source, result: done.append(source.start_finish(result)))
        self.iterate_until(lambda: done and any(kind == Mortise.EventKind.STATE for kind, _, _ in seen))
        self.assertEqual(done, [True])
        self.assertEqual([number for _, _, number in seen], sorted(number for _, _, number in seen))
        self.assertEqual(seen[0][:2], (Mortise.EventKind.DEFINED, "async"))
        watch.stop()
        domain.stop(Mortise.StopFlags.NOW, None)
        count = len(seen)
        while GLib.MainContext.default().iteration(False):
            pass
        self.assertEqual(len(seen), count)

    def answer(self, source, call, *arguments):
        """What the asynchronous form of a call answers, or its error raised."""
        done = []
        getattr(source, call + "_async")(*arguments, None, lambda _source, result: done.append(result))
        self.iterate_until(lambda: done)
        return getattr(source, call + "_finish")(done[0])

    def test_questions_without_waiting(self):
        self.assertIn("<capabilities>", self.answer(self.connection, "get_capabilities"))
        self.assertEqual(self.answer(self.connection, "get_host_info").cpus, self.connection.get_host_info(None).cpus)
        findings = self.answer(self.connection, "check_xml", XML.format(name="x").replace("<os>", "<nonsense/><os>"))
        self.assertEqual([finding.verdict for finding in findings], [Mortise.Verdict.BAD])
        with self.assertRaises(GLib.Error):
            self.answer(self.connection, "check_xml", "<domain")
        domain = self.connection.lookup_domain("test")
        self.assertEqual(len(self.answer(domain, "get_vcpus").vcpus), 2)
        self.assertIn("cpu.time", self.answer(domain, "get_stats", Mortise.StatsGroups.ALL).values.unpack())
        state = self.answer(domain, "get_stats", Mortise.StatsGroups.STATE).values.unpack()
        self.assertEqual(sorted(state), ["state.reason", "state.state"])
        rows = self.answer(self.connection, "collect_stats", Mortise.StatsGroups.ALL, Mortise.ListFlags.ALL, 5000)
        self.assertEqual([row.name for row in rows], ["test"])
        os.close(self.answer(domain, "open_console", None, True))

    def test_a_console_that_nobody_fetches(self):
        domain = self.connection.lookup_domain("test")
        done = []
        domain.open_console_async(None, False, None, lambda *_: done.append(True))
        self.iterate_until(lambda: done)
        ends = time.monotonic() + 120
        while True:
            # refused for as long as somebody has it, and as the other end has not heard of its closing
            try:
                os.close(domain.open_console(None, False, None))
                return
            except GLib.Error as error:
                self.assertTrue(error.matches(Mortise.error_quark(), Mortise.Error.RESOURCE_BUSY))
                self.assertLess(time.monotonic(), ends, "it is still open")

    def test_questions_after_the_end(self):
        domain = self.connection.lookup_domain("test")
        self.connection.close()
        everything = (Mortise.StatsGroups.ALL, Mortise.ListFlags.ALL, 0)
        for source, call, arguments in ((self.connection, "get_capabilities", ()),
                                        (self.connection, "get_host_info", ()),
                                        (self.connection, "collect_stats", everything), (domain, "get_vcpus", ()),
                                        (domain, "get_stats", (Mortise.StatsGroups.STATE,)),
                                        (domain, "open_console", (None, False))):
            with self.subTest(call), self.assertRaises(GLib.Error) as caught:
                self.answer(source, call, *arguments)
            self.assertTrue(caught.exception.matches(Mortise.error_quark(), Mortise.Error.CONNECTION_CLOSED))

    def test_a_collection_is_cancelled(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as world:
            json.dump({"format": 1, "domains": [{"name": "stuck", "state": "running", "hang": ["stats"]}]}, world)
            world.flush()
            connection = Mortise.Connection.open(f"test://{world.name}", None)
        connection.set_deadline(3600 * 1000)
        cancellable = Gio.Cancellable()
        done = []
        connection.collect_stats_async(Mortise.StatsGroups.ALL, Mortise.ListFlags.ALL, 3600 * 1000, cancellable,
                                       lambda _source, result: done.append(result))
        GLib.idle_add(cancellable.cancel)
        self.iterate_until(lambda: done)
        with self.assertRaises(GLib.Error) as caught:
            connection.collect_stats_finish(done[0])
        self.assertTrue(caught.exception.matches(Mortise.error_quark(), Mortise.Error.CANCELLED))
        connection.close()

    def test_a_cancelled_call_says_so(self):
        cancellable = Gio.Cancellable()
        cancellable.cancel()
        domain = self.connection.lookup_domain("test")
        with self.assertRaises(GLib.Error) as caught:
            domain.suspend(cancellable)
        self.assertTrue(caught.exception.matches(Mortise.error_quark(), Mortise.Error.CANCELLED))


if __name__ == "__main__":
    unittest.main(verbosity=2)
