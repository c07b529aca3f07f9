#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# The demo to its end, and the demo interrupted in the middle: either way nothing is left of it.

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "demo.sh")
BUILD = os.environ["MORTISE_TEST_BUILD"]
README = os.path.join(os.environ["MORTISE_TEST_SOURCE"], "README.md")
LIMIT_SECONDS = 240


def processes_of(directory):
    """Process numbers and command lines of what names the directory."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                words = file.read()
        except OSError:
            continue
        if entry.isdigit() and directory.encode() in words:
            found.append((entry, words.replace(b"\0", b" ").decode(errors="replace")))
    return found


def comparable(line):
    """A line without what differs from run to run: numbers, widths, places, what a vCPU does, who was late first."""
    if line.startswith("mortise: "):
        return "an error"
    line = re.sub(r"/\S*/mortise-demo\.\w+", "PLACE", line)
    line = re.sub(r"^(State: +)\w+$", r"\1", line)
    return re.sub(r"[-\s]+", " ", re.sub(r"\d+", "N", line)).strip()


def is_of_missing_module(line):
    """Whether a line of the list of modules names one that this build leaves out."""
    module = re.match(r" (\w+) +(?:driver|filter|provider) +available", line)
    return module and not any(os.path.exists(os.path.join(BUILD, folder, module.group(1) + ".json"))
                              for folder in ("drivers", "plugins"))


def shown_session():
    """The lines that README.md shows of the demo, but for those that say that something is left out."""
    with open(README, encoding="utf-8") as file:
        block = re.search(r"<!-- session: tests/demo/demo.sh -->\n```text\n(.*?)```", file.read(), re.DOTALL).group(1)
    return [line for line in block.splitlines() if line.strip() and not re.match(r"\.\.\.$|  hint: ", line)
            and not is_of_missing_module(line)]


class Demo(unittest.TestCase):
    """Each run has a directory for temporary files of its own."""

    def setUp(self):
        self.place = tempfile.TemporaryDirectory(prefix="mortise-test-demo-")
        self.addCleanup(self.place.cleanup)

    def start(self, build=BUILD):
        """The demo, with its output in a pipe; it is ended when the test takes too long."""
        demo = subprocess.Popen(["bash", DEMO, build], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, env={**os.environ, "TMPDIR": self.place.name})
        limit = threading.Timer(LIMIT_SECONDS, demo.terminate)
        limit.start()
        self.addCleanup(limit.cancel)
        self.addCleanup(demo.stdout.close)
        return demo

    def check_nothing_left(self, output):
        """Neither a file nor a process."""
        self.assertEqual(os.listdir(self.place.name), [], output)
        self.assertEqual(processes_of(self.place.name), [], output)

    def test_it_comes_to_its_end(self):
        demo = self.start()
        output = demo.communicate()[0]
        print(output)
        if demo.returncode == 77:
            self.skipTest(output.strip().rsplit("\n", 1)[-1])
        self.assertEqual(demo.returncode, 0, output)
        for words in ("mortise-guest: ready, 2 cpus", "paused (user)", "CPU 0/TCG", "power button, shutting down",
                      "is shut off (shutdown)", "Domain 'demo' has been undefined"):
            self.assertIn(words, output)
        self.check_readme(output)
        self.check_nothing_left(output)

    def check_readme(self, output):
        """What README.md shows is printed, in that order."""
        printed = iter([comparable(line) for line in output.splitlines()])
        shown = shown_session()
        self.assertGreater(len(shown), 30)
        for line in shown:
            self.assertIn(comparable(line), printed, f"README.md shows this, and the demo does not print it: {line}")

    def test_it_takes_everything_along_when_interrupted(self):
        demo = self.start()
        output = ""
        for line in demo.stdout:
            output += line
            if "mortise-guest: ready" in line:
                demo.send_signal(signal.SIGTERM)
                break
        output += demo.stdout.read()
        demo.wait()
        if demo.returncode == 77:
            self.skipTest(output.strip())
        self.assertEqual(demo.returncode, 128 + signal.SIGTERM, output)
        self.assertIn("did not come to its end", output)
        self.check_nothing_left(output)

    def test_it_says_what_it_lacks(self):
        demo = self.start(self.place.name)
        output = demo.communicate()[0]
        self.assertEqual(demo.returncode, 77, output)
        self.assertRegex(output, "SKIP demo: .*(not installed|not built)")


if __name__ == "__main__":
    program = unittest.main(verbosity=2, exit=False)
    skipped = len(program.result.skipped)
    sys.exit(77 if program.result.wasSuccessful() and skipped == 2 else not program.result.wasSuccessful())
