#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Holds help, manual, completion and docs/command.md against one another: verbs, options, exit codes.

import os
import re
import shutil
import subprocess
import unittest

from command_testing import COMMAND, SOURCE, TEST_MODULE, CommandTest, definition, environment, main, mortise

COMPLETION = os.path.join(SOURCE, "tools", "completion", "mortise")
MANUAL = os.path.join(SOURCE, "docs", "man", "mortise.1")
REFERENCE = os.path.join(SOURCE, "docs", "command.md")
VERB_SECTIONS = ("MODULES AND HOST", "READING DOMAINS", "CHANGING DOMAINS", "FOLLOWING DOMAINS", "HELP")
OPTION = re.compile(r"--([a-z][a-z-]*)")


def read(path):
    """A file's text."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def help_verbs():
    """What help says: options by verb."""
    verbs = mortise("help", "--json", uri=None).json["verbs"]
    return {verb["name"]: {option["name"] for option in verb["options"]} for verb in verbs}


def manual_verbs():
    """What the manual says: text by verb."""
    text = read(MANUAL).replace("\\-", "-")
    text = re.sub(r"\\f[BRIP]", "", text)
    verbs = {}
    for section in re.split(r"^\.SH ", text, flags=re.MULTILINE)[1:]:
        title, body = section.split("\n", 1)
        if title.strip('"') in VERB_SECTIONS:
            for entry in re.split(r"^\.TP\n", body, flags=re.MULTILINE)[1:]:
                verbs[re.match(r"\.[BRI]+ \"?([a-z][a-z-]*)", entry).group(1)] = entry
    return verbs


def reference_verbs():
    """What docs/command.md says: row by verb, and what stands under its own title."""
    section = read(REFERENCE).split("\n## Verbs\n")[1].split("\n## ")[0]
    verbs = {match.group(1): match.group(0) for match in re.finditer(r"^\| `([a-z-]+)` \|.*$", section, re.MULTILINE)
             if not match.group(1).startswith("-")}
    for part in re.split(r"^####? ", section, flags=re.MULTILINE)[1:]:
        title, body = part.split("\n", 1)
        if title in verbs:
            verbs[title] += body
    return verbs


def completion_verbs():
    """What the completion knows: options by verb."""
    script = ('source "$1"; for verb in "${!_mortise_options[@]}"; do echo $verb ${_mortise_options[$verb]}; done')
    text = subprocess.run(["bash", "-c", script, "bash", COMPLETION], stdout=subprocess.PIPE, check=True,
                          encoding="utf-8").stdout
    return {words[0]: {word[2:] for word in words[1:]} for words in map(str.split, text.splitlines())}


class Words(CommandTest):
    """Each source says the same."""

    def test_verbs(self):
        expected = set(help_verbs())
        self.assertGreater(len(expected), 30)
        self.assertEqual(set(manual_verbs()), expected)
        self.assertEqual(set(reference_verbs()), expected)
        self.assertEqual(set(completion_verbs()), expected)

    def test_options(self):
        verbs = help_verbs()
        self.assertEqual(completion_verbs(), verbs)
        manual = {verb: set(OPTION.findall(text)) for verb, text in manual_verbs().items()}
        reference = {verb: set(OPTION.findall(text)) for verb, text in reference_verbs().items()}
        for verb, options in verbs.items():
            self.assertLessEqual(options, manual[verb], f"manual, {verb}")
            self.assertLessEqual(options, reference[verb], f"docs/command.md, {verb}")
            # What a text mentions beyond the verb's own are options of other verbs.
            everything = set().union(*verbs.values())
            self.assertLessEqual(manual[verb], everything, f"manual, {verb}")
            self.assertLessEqual(reference[verb], everything, f"docs/command.md, {verb}")

    def test_common_options(self):
        options = {option["name"] for option in mortise("help", "--json", uri=None).json["options"]}
        manual = read(MANUAL).replace("\\-", "-").split(".SH OPTIONS")[1].split(".SH")[0]
        self.assertEqual(set(OPTION.findall(manual)), options | {"version"})
        reference = read(REFERENCE).split("\n## ")[0]
        self.assertLessEqual(options | {"version"}, set(OPTION.findall(reference)))

    def test_exit_codes(self):
        manual = read(MANUAL).split('.SH "EXIT STATUS"')[1].split(".SH")[0]
        reference = read(REFERENCE).split("\n## Exit codes\n")[1].split("\n## ")[0]
        codes = {str(code) for code in range(7)} | {"128"}
        self.assertEqual(set(re.findall(r"^\.TP\n\.BR? (\d+)", manual, re.MULTILINE)), codes)
        self.assertEqual(set(re.findall(r"^\| (\d+)", reference, re.MULTILINE)), codes)

    def test_json_forms(self):
        """Each verb has its form in docs/command.md, and no other has."""
        section = read(REFERENCE).split("\n## JSON\n")[1]
        named = set()
        for paragraph in section.split("\n\n"):
            named.update(re.findall(r"`([a-z][a-z-]*)(?: [A-Z-][^`]*)?`", paragraph.split(":")[0]))
        self.assertLessEqual(set(help_verbs()), named)

    def test_manual_renders(self):
        if shutil.which("groff") is None:
            self.skipTest("groff is not installed")
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", MANUAL], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=True, encoding="utf-8")
        self.assertEqual(done.stderr, "")
        plain = re.sub(".\b", "", done.stdout)
        for verb in help_verbs():
            self.assertRegex(plain, rf"(?m)^ +{verb}\b")


@unittest.skipIf(shutil.which("bash") is None, "bash is not installed")
class Completion(CommandTest):
    """What the completion offers."""

    def complete(self, line):
        """The offers for a line, with the cursor at its end."""
        script = 'source "$1"; COMP_LINE=$2; COMP_POINT=${#2}; _mortise; printf "%s\\n" "${COMPREPLY[@]}"'
        folder = os.path.dirname(COMMAND)
        done = subprocess.run(["bash", "-c", script, "bash", COMPLETION, line], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=True, encoding="utf-8",
                              env=environment(PATH=folder + ":" + os.environ["PATH"]))
        self.assertEqual(done.stderr, "")
        return sorted(done.stdout.split("\n")[:-1]) if done.stdout.strip() else []

    def test_verbs(self):
        self.assertEqual(self.complete("mortise dom"),
                         ["domblklist", "domid", "domif-getlink", "domif-setlink", "domiflist", "domifstat", "dominfo",
                          "domjobabort", "domjobinfo", "domname", "domstate", "domstats", "domuuid"])
        self.assertEqual(self.complete("mortise --json -c test:///default und"), ["undefine"])
        self.assertEqual(self.complete("mortise --v"), ["--version"])
        self.assertEqual(self.complete("mortise help re"), ["reboot", "reset", "resume"])
        self.assertEqual(self.complete("mortise "), sorted(help_verbs()))

    def test_options(self):
        self.assertEqual(self.complete("mortise list --state-"),
                         ["--state-other", "--state-paused", "--state-running", "--state-shutoff"])
        self.assertEqual(self.complete("mortise shutdown --mode a"), ["acpi", "agent"])
        self.assertEqual(self.complete("mortise event --event re"), ["reboot", "recovered", "reset", "resync"])
        self.assertEqual(self.complete("mortise attach-disk --mode "), ["readonly", "shareable"])
        self.assertEqual(self.complete("mortise attach-disk --cache none --mode r"), ["readonly"])
        self.assertEqual(self.complete("mortise attach-interface --mac x web d"), ["direct"])
        self.assertEqual(self.complete("mortise -c "), [])
        self.assertEqual(self.complete("mortise nothing --"), [])

    @unittest.skipUnless(os.path.exists(TEST_MODULE), "the test driver was not built")
    def test_domains(self):
        xml = definition("with a space")
        uri = self.world(domains=[{"name": "web:1", "state": "running"}, {"name": "web:2"}, {"xml": xml}])
        self.assertEqual(self.complete(f"mortise -c {uri} dominfo "), ["web:1", "web:2", "with\\ a\\ space"])
        self.assertEqual(self.complete(f"mortise --connect={uri} start w"), ["web:2", "with\\ a\\ space"])
        self.assertEqual(self.complete(f"mortise destroy -c {uri} "), ["web:1"])
        self.assertEqual(self.complete(f"mortise -c {uri} dominfo web:"), ["1", "2"])
        self.assertEqual(self.complete(f"mortise -c {uri} wait web:1 sh"), ["shutoff"])
        self.assertEqual(self.complete(f"mortise -c {uri} dominfo web:1 "), [])
        self.assertEqual(self.complete(f"mortise -c {uri} event --domain web:2"), ["2"])
        self.assertIn("test", self.complete("mortise doctor "))


if __name__ == "__main__":
    main(needs_driver=False)
