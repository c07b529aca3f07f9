#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Verbs that change domains: what they say, what they refuse, and that they pass on what was asked.

import os
import signal

from command_testing import (EXIT_FAILED, EXIT_NO_CONNECTION, EXIT_PARTLY, EXIT_TIMED_OUT, UUID,
                             CommandTest, definition, main, mortise, start)


class Done(CommandTest):
    """The sentence, the JSON and the silence of each change."""

    def says(self, arguments, sentence, result, uri, domain, uuid=None):
        """Checks the three forms of one change."""
        self.check(mortise(*arguments, uri=uri), out=sentence + "\n")
        self.check(mortise("-q", *arguments, uri=uri), out="")
        answer = self.check(mortise("--json", *arguments, uri=uri)).json
        self.assertEqual(answer, {"domain": domain, "uuid": uuid or answer["uuid"], "result": result})

    def test_running(self):
        uri = self.world(domains=[{"name": "web", "state": "running"}])
        for arguments, sentence, result in (
                (["suspend"], "suspended", "suspended"), (["resume"], "resumed", "resumed"),
                (["reset"], "was reset", "reset"), (["destroy"], "destroyed", "destroyed"),
                (["destroy", "--graceful"], "destroyed", "destroyed"),
                (["shutdown"], "is being shutdown", "shutdown-requested"),
                (["shutdown", "--mode", "acpi,agent,signal,initctl"], "is being shutdown", "shutdown-requested"),
                (["reboot", "--mode=agent"], "is being rebooted", "reboot-requested"),
                (["undefine"], "has been undefined", "undefined"),
                (["autostart"], "marked as autostarted", "autostart"),
                (["autostart", "--disable"], "unmarked as autostarted", "no-autostart")):
            self.says([*arguments, "web"], f"Domain 'web' {sentence}", result, uri, "web")

    def test_start(self):
        uri = self.world(domains=[{"name": "web"}])
        self.says(["start", "web"], "Domain 'web' started", "started", uri, "web")
        self.says(["start", "--paused", "web"], "Domain 'web' started", "started", uri, "web")

    def test_define(self):
        path = self.file("web.xml", definition("web", f"<uuid>{UUID}</uuid>"))
        uri = self.world(domains=[])
        self.says(["define", path], f"Domain 'web' defined from {path}", "defined", uri, "web", UUID)
        self.says(["define", "--validate", path], f"Domain 'web' defined from {path}", "defined", uri, "web", UUID)
        self.says(["create", path], f"Domain 'web' created from {path}", "created", uri, "web", UUID)
        self.says(["create", "--paused", path], f"Domain 'web' created from {path}", "created", uri, "web", UUID)

    def test_texts(self):
        uri = self.world(domains=[{"name": "web", "state": "shutoff"}])
        for arguments, sentence, result in (
                (["desc", "web", "two", "words"], "Domain description updated successfully", "description-updated"),
                (["desc", "web", ""], "Domain description removed successfully", "description-removed"),
                (["desc", "web", "--title", "T"], "Domain title updated successfully", "title-updated"),
                (["desc", "web", "--title", ""], "Domain title removed successfully", "title-removed"),
                (["metadata", "web", "http://x", "--set", "<a/>", "--key", "k"], "Metadata modified",
                 "metadata-modified"),
                (["metadata", "web", "http://x", "--remove"], "Metadata removed", "metadata-removed")):
            self.says(arguments, sentence, result, uri, "web")


class Input(CommandTest):
    """Where definitions come from."""

    def test_standard_input(self):
        self.check(mortise("define", "-", text=definition("web")), out="Domain 'web' defined from -\n")

    def test_unreadable(self):
        path = os.path.join(self.folder.name, "none.xml")
        self.check(mortise("define", path), EXIT_FAILED, "",
                   f"mortise: cannot open {path}: No such file or directory\n")
        self.assertEqual(mortise("--json", "define", path).error["reason_id"], "file-missing")
        self.check(mortise("create", self.folder.name), EXIT_FAILED, "",
                   f"mortise: cannot read {self.folder.name}: Error reading from file descriptor: Is a directory\n")
        self.check(mortise("define", "/dev/null"), EXIT_FAILED, "", "mortise: /dev/null is empty\n")
        self.check(mortise("define", "-", text=""), EXIT_FAILED, "", "mortise: standard input is empty\n")

    def test_no_text(self):
        self.check(mortise("define", "-", text="<domain\0/>"), EXIT_FAILED, "",
                   "mortise: standard input has a zero byte in it: it is no text, or of an encoding such as UTF-16\n"
                   "  hint: save it as UTF-8\n")
        self.check(mortise("define", "/dev/zero"), EXIT_FAILED, "",
                   "mortise: /dev/zero is larger than 4 MiB: that is no definition\n")

    def test_no_definition(self):
        for text in ("hello", "<domain>", "<network/>", definition("a/b"), definition("x" * 300)):
            result = mortise("--json", "define", "-", text=text)
            self.assertEqual((result.code, result.out, result.error["reason_id"]), (EXIT_FAILED, "", "invalid-xml"))

    def test_another_type(self):
        result = mortise("--json", "define", "-", text=definition("web", kind="nothing"))
        self.assertEqual((result.code, result.out, result.error["reason_id"]),
                         (EXIT_NO_CONNECTION, "", "driver-missing"))

    def test_validate(self):
        """All that is wrong is told at once."""
        findings = [{"verdict": "bad", "id": "element-unsupported", "message": f"<{name}> cannot be honoured",
                     "line": line} for name, line in (("tpm", 3), ("panic", 9))]
        uri = self.world(domains=[], findings=findings)
        result = self.check_error(mortise("--json", "define", "--validate", "-", text=definition("w"), uri=uri),
                                  "element-unsupported")
        for finding in findings:
            self.assertIn(finding["message"], result.error["details"] or result.error["message"])
        result = mortise("define", "--validate", "-", text=definition("w"), uri=uri)
        self.assertEqual((result.code, result.out), (EXIT_FAILED, ""))
        self.assertRegex(result.err, r"(?m)^  .*<panic> cannot be honoured")
        self.check(mortise("define", "-", text=definition("w"), uri=uri), out="Domain 'w' defined from -\n")

    def check_error(self, result, reason):
        """Checks for a failure with that reason."""
        self.assertEqual((result.code, result.out, result.error["reason_id"]), (EXIT_FAILED, "", reason))
        return result


class Texts(CommandTest):
    """What desc and metadata print."""

    def setUp(self):
        super().setUp()
        body = ("<title>The shop</title><description>Sells things\nto people</description>"
                "<metadata><a:tag xmlns:a='http://a'>1</a:tag></metadata>")
        self.uri = self.world(domains=[{"xml": definition("web", body)}, {"name": "bare"}])

    def test_desc(self):
        self.check(mortise("desc", "web", uri=self.uri), out="Sells things\nto people\n")
        self.check(mortise("desc", "web", "--title", uri=self.uri), out="The shop\n")
        self.check(mortise("desc", "bare", uri=self.uri), out="No description for domain: bare\n")
        self.check(mortise("desc", "bare", "--title", uri=self.uri), out="No title for domain: bare\n")
        answer = mortise("desc", "web", "--json", uri=self.uri).json
        self.assertEqual(answer, {"domain": "web", "uuid": answer["uuid"], "description": "Sells things\nto people"})
        self.assertIsNone(mortise("desc", "bare", "--title", "--json", uri=self.uri).json["title"])

    def test_metadata(self):
        result = self.check(mortise("metadata", "web", "http://a", uri=self.uri))
        self.assertIn(">1</", result.out)
        answer = mortise("metadata", "web", "http://a", "--json", uri=self.uri).json
        self.assertEqual(answer, {"domain": "web", "uuid": answer["uuid"], "uri": "http://a",
                                  "xml": result.out.rstrip("\n")})
        self.check(mortise("metadata", "web", "http://b", uri=self.uri), EXIT_FAILED, "",
                   "mortise: the domain has no metadata of the namespace http://b\n")

    def test_refused(self):
        for arguments in (["desc", "web", "--title", "two\nlines"], ["metadata", "web", "http://a", "--set", "<a>"]):
            result = mortise("--json", *arguments, uri=self.uri)
            self.assertEqual((result.code, result.out), (EXIT_FAILED, ""))
            self.assertIn(result.error["reason_id"], ("invalid-argument", "invalid-xml"))


class Autostart(CommandTest):
    """start --autostart: all that are marked, and only these."""

    FAULT = {"start": {"reason": "resource-busy", "message": "the disk is in use", "hint": "end the other"}}

    def domains(self, *names, **members):
        """Domains that are marked."""
        return [{"name": name, "autostart": True, **members} for name in names]

    def test_all(self):
        uri = self.world(domains=self.domains("a", "b", "c", "d", "e", "f") + [{"name": "unmarked"}]
                         + self.domains("runs", state="running"))
        self.check(mortise("start", "--autostart", uri=uri),
                   out="".join(f"Domain '{name}' started\n" for name in "abcdef"))
        rows = self.check(mortise("start", "--autostart", "--paused", "--json", uri=uri)).json
        self.assertEqual([(row["domain"], row["result"], row["error"]) for row in rows],
                         [(name, "started", None) for name in "abcdef"])
        self.check(mortise("start", "--autostart", "-q", uri=uri), out="")

    def test_none(self):
        self.check(mortise("start", "--autostart"), out="")
        self.assertEqual(mortise("start", "--autostart", "--json").json, [])

    def test_some(self):
        uri = self.world(domains=self.domains("a", "c") + self.domains("b", fail=self.FAULT))
        self.check(mortise("start", "--autostart", uri=uri), EXIT_PARTLY,
                   "Domain 'a' started\nDomain 'c' started\n",
                   "mortise: b: the disk is in use\n  hint: end the other\n")
        result = self.check(mortise("start", "--autostart", "--json", uri=uri), EXIT_PARTLY)
        self.assertEqual([row["result"] for row in result.json], ["started", "failed", "started"])
        self.assertEqual(result.json[1]["error"], {"reason_id": "resource-busy", "message": "the disk is in use",
                                                   "details": None, "hint": "end the other", "retryable": True})

    def test_failed(self):
        uri = self.world(domains=self.domains("a", "b", fail=self.FAULT))
        result = mortise("start", "--autostart", uri=uri)
        self.assertEqual((result.code, result.out), (EXIT_FAILED, ""))


class Failures(CommandTest):
    """Changes that the driver refuses, or does not finish."""

    def test_reasons(self):
        self.check(mortise("start", "test"), EXIT_FAILED, "", "mortise: the domain 'test' is already running\n")
        error = mortise("start", "test", "--json").error
        self.assertEqual(error, {"reason_id": "domain-active", "message": "the domain 'test' is already running",
                                 "details": None, "hint": None, "retryable": False})
        uri = self.world(domains=[{"name": "off"}])
        for verb in ("shutdown", "reboot", "reset", "destroy", "suspend", "resume"):
            self.assertEqual(mortise("--json", verb, "off", uri=uri).error["reason_id"], "domain-inactive", verb)

    def test_silent_driver(self):
        uri = self.world(domains=[{"name": "web", "state": "running", "fail": {"suspend": {"silent": True}}}])
        result = mortise("--json", "suspend", "web", uri=uri)
        self.assertEqual((result.code, result.error["reason_id"]), (EXIT_FAILED, "driver-failed"))
        self.assertNotEqual(result.error["message"], "")

    def test_deadline(self):
        uri = self.world(domains=[{"name": "web", "state": "running", "hang": ["suspend"]}])
        result = mortise("--deadline", "50", "suspend", "web", "--json", uri=uri)
        self.assertEqual((result.code, result.out, result.error["reason_id"]), (EXIT_TIMED_OUT, "", "timeout"))

    def test_interrupt(self):
        """A signal ends a call that hangs; the exit code says which one."""
        uri = self.world(domains=[{"name": "web", "hang": ["start"]}])
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process = start("start", "web", "--json", uri=uri)
            self.await_listening(process)
            out, err = self.finish(process, 128 + number, number)
            self.assertEqual(out, "")
            self.assertIn('"reason_id":"cancelled"', err)


if __name__ == "__main__":
    main()
