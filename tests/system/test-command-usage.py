#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# The command line: help, what is refused and in which words, and output that cannot be written.

import os
import subprocess
import unittest

from command_testing import (COMMAND, EXIT_DONE, EXIT_FAILED, EXIT_MISUSED, TEST_MODULE, CommandTest, environment,
                             main, mortise)


def misuse(message, verb=None, arguments="", hint=None):
    """The lines of an error about the command line."""
    usage = f"mortise {verb}{arguments}" if verb else "mortise [OPTION...] VERB [OPTION...] [ARGUMENT...]"
    lines = [f"mortise: {verb + ': ' if verb else ''}{message}"]
    lines += [f"  hint: {hint}"] if hint else []
    lines += [f"  usage: {usage}", f"  more: mortise help{' ' + verb if verb else ''}"]
    return "\n".join(lines) + "\n"


class Usage(CommandTest):
    """What is refused before anything is opened."""

    def refused(self, arguments, *words, **more):
        """Checks that the arguments are refused in these words."""
        self.check(mortise(*arguments, uri=None), EXIT_MISUSED, "", misuse(*words, **more))

    def test_no_verb(self):
        self.refused([], "no verb was given", hint="'mortise help' lists the verbs")

    def test_unknown_verb(self):
        self.refused(["lst"], "there is no verb 'lst'", hint="did you mean 'list'?")
        self.refused(["dominof", "x"], "there is no verb 'dominof'", hint="did you mean 'dominfo'?")
        self.refused(["frobnicate"], "there is no verb 'frobnicate'")

    def test_verb_of_virsh(self):
        stored = "no driver stores a running guest; 'suspend' pauses one, 'shutdown' ends it"
        for word in ("save", "restore", "managedsave", "managedsave-remove"):
            self.refused([word, "x"], f"there is no verb '{word}'", hint=stored)
        hint = "'mortise enter DOMAIN -- PROGRAM' does that"
        self.refused(["lxc-enter-namespace", "x"], "there is no verb 'lxc-enter-namespace'", hint=hint)
        self.refused(["help", "lxc-enter-namespace"], "there is no verb 'lxc-enter-namespace'", "help", " [VERB]",
                     hint=hint)

    def test_unknown_option(self):
        self.refused(["list", "--al"], "there is no option --al", "list", " [OPTION...]", hint="did you mean --all?")
        self.refused(["--jsno", "list"], "there is no option --jsno", hint="did you mean --json?")
        self.refused(["list", "--frobnicate"], "there is no option --frobnicate", "list", " [OPTION...]")

    def test_arguments(self):
        self.refused(["dominfo"], "DOMAIN is missing", "dominfo", " DOMAIN")
        self.refused(["metadata", "x"], "URI is missing", "metadata", " [OPTION...] DOMAIN URI")
        self.refused(["list", "x"], "'x' is one argument too many", "list", " [OPTION...]")
        self.refused(["list", "--", "--all"], "'--all' is one argument too many", "list", " [OPTION...]")
        self.refused(["start"], "DOMAIN is missing", "start", " [OPTION...] [DOMAIN]")

    def test_words_as_options(self):
        self.refused(["domstate", "--domain"], "Missing argument for --domain", "domstate", " [OPTION...] DOMAIN")
        self.refused(["domstate", "x", "--domain", "y"], "'x' is one argument too many", "domstate",
                     " [OPTION...] DOMAIN")
        self.refused(["attach-device", "--file", "x"], "DOMAIN is missing", "attach-device",
                     " [OPTION...] DOMAIN FILE")
        self.refused(["attach-device", "--domain=x"], "FILE is missing", "attach-device", " [OPTION...] DOMAIN FILE")
        self.refused(["list", "--domain", "x"], "there is no option --domain", "list", " [OPTION...]")

    @unittest.skipUnless(os.path.exists(TEST_MODULE), "the test driver was not built")
    def test_words_as_options_are_taken(self):
        for words in (["--domain", "test", "--file", "-"], ["--file=-", "test"], ["test", "--file", "-"]):
            result = mortise("detach-device", *words, text="<rng/>")
            self.assertEqual((result.code, result.out), (EXIT_FAILED, ""))
            self.assertIn("no such device: rng", result.err)
        self.check(mortise("domstate", "--domain", "test"), EXIT_DONE, "running\n")
        self.check(mortise("domname", "--domain=1"), EXIT_DONE, "test\n")

    def test_values(self):
        number = "--deadline takes a whole number from 1 to 2147483647, not '{}'"
        for value in ("0", "-1", "5x", "", "2147483648", "99999999999999999999"):
            self.refused([f"--deadline={value}", "list"], number.format(value))
        seconds = "--timeout takes seconds, such as 30 or 0.5, not '{}'"
        for value in ("0", "-1", "nan", "inf", "1h", "", "0x10", "1e99"):
            self.refused(["wait", f"--timeout={value}", "x", "running"], seconds.format(value), "wait",
                         " [OPTION...] DOMAIN STATE")
        self.refused(["list", "-c"], "Missing argument for -c", "list", " [OPTION...]")

    def test_words(self):
        modes = "modes are acpi, agent, initctl and signal"
        for value in ("button", "", "acpi,", "acpi,button"):
            wrong = value.split(",")[-1]
            self.refused(["shutdown", f"--mode={value}", "x"], f"there is no mode '{wrong}'", "shutdown",
                         " [OPTION...] DOMAIN", hint=modes)
        self.refused(["wait", "x", "happy"], "there is no state 'happy'", "wait", " [OPTION...] DOMAIN STATE",
                     hint="states are running, idle, paused, shutoff, crashed, pmsuspended, in-shutdown")
        self.refused(["event", "--event", "party"], "there is no event 'party'", "event", " [OPTION...]",
                     hint="'mortise event --list' names them")

    def test_contradictions(self):
        self.refused(["start", "--autostart", "x"], "--autostart starts all that are marked: it takes no DOMAIN",
                     "start", " [OPTION...] [DOMAIN]")
        for words in (["start", "x"], ["create", "x"]):
            result = mortise(*words, "--console", "--json", uri=None)
            self.assertEqual((result.code, result.error["message"]),
                             (EXIT_MISUSED, f"{words[0]}: --console does not go with --json"))
        self.refused(["metadata", "--set", "<a/>", "--remove", "x", "u"], "--set does not go with --remove",
                     "metadata", " [OPTION...] DOMAIN URI")
        self.refused(["metadata", "--key", "k", "x", "u"], "--key goes with --set only", "metadata",
                     " [OPTION...] DOMAIN URI")
        self.refused(["list", "--name", "--title"], "--name, --uuid and --id do not go with --table or --title",
                     "list", " [OPTION...]")
        self.refused(["console", "x", "serial0", "--devname", "serial1"],
                     "give the device once: as DEVICE or by --devname", "console", " [OPTION...] DOMAIN [DEVICE]")
        self.refused(["domstats", "x", "--list-active"], "give either domains or --list-... options", "domstats",
                     " [OPTION...] [DOMAIN...]")

    def test_json(self):
        """An error is JSON wherever --json stands, also behind what is wrong."""
        expected = {"reason_id": "invalid-argument", "message": "list: there is no option --al",
                    "details": "usage: mortise list [OPTION...]\nmore: mortise help list",
                    "hint": "did you mean --all?", "retryable": False}
        for words in (["--json", "list", "--al"], ["list", "--json", "--al"], ["list", "--al", "--json"]):
            result = mortise(*words, uri=None)
            self.assertEqual((result.code, result.out, result.error), (EXIT_MISUSED, "", expected))
            self.assertEqual(result.err.count("\n"), 1)

    def test_not_utf8(self):
        """Bytes that are no UTF-8 are refused, and not repeated to the terminal."""
        for words in ([b"dominfo", b"\xff"], [b"\xff"], [b"list", b"--\xff"], [b"event", b"--event", b"\xff"]):
            done = subprocess.run([COMMAND.encode()] + words, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  env=environment(), check=False)
            self.assertEqual((done.returncode, done.stdout), (EXIT_MISUSED, b""))
            done.stderr.decode("utf-8")

    def test_control_characters(self):
        """What a terminal would obey does not reach it."""
        result = mortise("\x1b[31mlist\x07\u009b", uri=None)
        self.assertEqual(result.err.split("\n")[0], "mortise: there is no verb '?[31mlist??'")


class Help(CommandTest):
    """Help, and the version."""

    def test_help(self):
        result = self.check(mortise("help", uri=None))
        self.assertTrue(result.out.startswith("usage: mortise [OPTION...] VERB [OPTION...] [ARGUMENT...]\n"))
        self.assertIn("\nReading domains:\n  list             list domains, those that run unless told", result.out)
        for words in (["--help"], ["-h"]):
            self.assertEqual(mortise(*words, uri=None).out, result.out)

    def test_help_of_a_verb(self):
        result = self.check(mortise("help", "destroy", uri=None))
        self.assertEqual(result.out.split("\n\nOptions of every verb:")[0],
                         "usage: mortise destroy [OPTION...] DOMAIN\n\nEnd a guest, whatever it is doing.\n\n"
                         "Options:\n      --graceful               let the emulator flush its disks first")
        for words in (["destroy", "--help"], ["-h", "destroy"], ["destroy", "x", "-h", "y"]):
            self.assertEqual(self.check(mortise(*words, uri=None)).out, result.out)
        self.check(mortise("help", "lst", uri=None), EXIT_MISUSED, "",
                   misuse("there is no verb 'lst'", "help", " [VERB]", hint="did you mean 'list'?"))

    def test_help_json(self):
        result = mortise("help", "destroy", "--json", uri=None)
        self.assertEqual(result.json, {
            "name": "destroy", "group": "Changing domains", "arguments": "DOMAIN",
            "summary": "end a guest, whatever it is doing", "help": None,
            "options": [{"name": "graceful", "letter": None, "value": None,
                         "help": "let the emulator flush its disks first"}]})
        everything = mortise("--json", "help", uri=None).json
        self.assertIn(result.json, everything["verbs"])
        self.assertEqual([option["name"] for option in everything["options"]],
                         ["connect", "json", "deadline", "quiet", "readonly", "help"])

    def test_version(self):
        for words in (["--version"], ["-V"]):
            self.assertRegex(self.check(mortise(*words, uri=None)).out, r"^mortise \d+\.\d+\.\d+\n$")


class Output(CommandTest):
    """Standard output that does not take what is written."""

    def test_full(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([COMMAND, "help"], stdout=full, stderr=subprocess.PIPE, check=False,
                                  encoding="utf-8", env=environment())
        self.assertEqual((done.returncode, done.stderr),
                         (EXIT_FAILED, "mortise: cannot write the output: No space left on device\n"))

    def test_reader_gone(self):
        with subprocess.Popen([COMMAND, "help", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=environment()) as process:
            process.stdout.close()
            error = process.stderr.read()
        self.assertEqual(error, b"")
        self.assertIn(process.returncode, (EXIT_DONE, -13))


if __name__ == "__main__":
    main(needs_driver=False)
