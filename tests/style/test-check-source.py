#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Proves that each style rule finds what its bad fixtures mark, and nothing in its good ones.

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "check-source.py")
FIXTURES = os.path.join(HERE, "fixtures")
# The tree that the fixtures pretend to lie in: two drivers, a core, tools.
OTHER_FILES = [
    "core/module.h", "core/config.h.in", "drivers/alpha/alpha.h", "drivers/beta/beta.h", "drivers/lib/child.h",
    "drivers/test/world.h", "include/mortise/mortise.h", "include/mortise/registry.h",
    "include/mortise/driver/driver.h", "include/mortise/driver/config.h", "plugins/trace/trace.h", "tools/verb.h",
]
# What a fixture cannot spell out, since searches for such words over the whole tree would find it.
SPELLINGS = {
    "@T@": "TO" + "DO", "@F@": "FIX" + "ME", "@X@": "XX" + "X",
    "@UP@": ".." + "/", "@W@": "wo" + "rk", "@L@": "lib" + "rary", "@FARM@": "fa" + "rm",
}

spec = importlib.util.spec_from_file_location("check_source", PROGRAM)
program = importlib.util.module_from_spec(spec)
spec.loader.exec_module(program)


def load(path):
    """A fixture as a source: its first line says where it pretends to lie, FILL:N stands for N lines."""
    with open(path, encoding="utf-8", newline="") as file:
        first, _, text = file.read().partition("\n")
    for mark, spelling in SPELLINGS.items():
        text = text.replace(mark, spelling)
    lines = []
    for line in text.split("\n"):
        start, mark, count = line.partition("FILL:")
        lines.extend([start + "filler"] * int(count) if mark else [line])
    return program.Source(first.split("STYLE-PATH: ")[1].split(" ")[0], "\n".join(lines))


def hits_of(source):
    """The hits in a fixture, in a tree that has the other files too."""
    return program.registry.check(source, program.Tree(OTHER_FILES + [source.path]))


def fixtures():
    """Yields (rule, file) of each fixture."""
    for rule in sorted(os.listdir(FIXTURES)):
        for name in sorted(os.listdir(os.path.join(FIXTURES, rule))):
            yield rule, name


class Rules(unittest.TestCase):
    """Each rule with its fixtures."""

    def test_each_rule_has_both_fixtures(self):
        names = {}
        for rule, name in fixtures():
            names.setdefault(rule, set()).add(name.split(".")[0].split("-")[0])
        for rule in list(program.registry.RULES) + ["nocheck"]:
            self.assertEqual(names.pop(rule, set()), {"good", "bad"}, f"fixtures of {rule}")
        self.assertEqual(names, {}, "fixtures of rules that do not exist")

    def test_good_fixtures_are_silent(self):
        for rule, name in fixtures():
            if name.startswith("good"):
                with self.subTest(rule=rule, name=name):
                    self.assertEqual(hits_of(load(os.path.join(FIXTURES, rule, name))), [])

    def test_bad_fixtures_are_found(self):
        for rule, name in fixtures():
            if name.startswith("bad"):
                with self.subTest(rule=rule, name=name):
                    self.check_bad(rule, load(os.path.join(FIXTURES, rule, name)))

    def check_bad(self, rule, source):
        """The rule fires, on each marked line and on no other, and no other rule does."""
        hits = hits_of(source)
        others = [hit for hit in hits if hit[1] != rule and not (rule == "nocheck" and hit[1] == "unsafe-call")]
        self.assertEqual(others, [], "hits of another rule")
        found = {line for line, name, _ in hits if name == rule}
        self.assertTrue(found, "the rule found nothing")
        marked = {number for number, line in enumerate(source.lines, 1) if "EXPECT" in line}
        if marked:
            self.assertEqual(found, marked)


class Command(unittest.TestCase):
    """The program as meson runs it."""

    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="mortise-style-")
        self.addCleanup(shutil.rmtree, self.top)
        header = ["SPDX-FileCopyrightText: 2026 Me", "SPDX-License-Identifier: LGPL-2.1-or-later", "A file of mine."]
        self.good = "".join(f"// {line}\n" for line in header)
        self.bad = self.good + "int a; \n"

    def write(self, path, text):
        full = os.path.join(self.top, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def run_program(self, *arguments):
        command = [sys.executable, PROGRAM, self.top, *arguments]
        return subprocess.run(command, stdout=subprocess.PIPE, universal_newlines=True, timeout=60)

    def test_silence_on_a_good_tree(self):
        self.write("core/a.c", self.good)
        result = self.run_program()
        self.assertEqual((result.returncode, result.stdout), (0, ""))

    def test_a_hit_is_named_by_file_line_and_rule(self):
        self.write("core/a.c", self.bad)
        result = self.run_program()
        self.assertEqual(result.returncode, 1)
        self.assertIn("core/a.c:4: [trailing-space] ", result.stdout)

    def test_only_named_files_are_checked(self):
        self.write("core/a.c", self.bad)
        self.write("core/b.c", self.good)
        self.assertEqual(self.run_program("core/b.c").returncode, 0)
        self.assertEqual(self.run_program("core/a.c").returncode, 1)

    def test_builds_data_and_binaries_are_left_out(self):
        self.write("core/a.c", self.good)
        self.write("of-any-name/build.ninja", "")
        for path in ("build/b.c", "build-asan/b.c", "of-any-name/b.c", "of-any-name/core/b.c", "tests/unit/data/b.c",
                     "tests/fuzz/seeds/b.c"):
            self.write(path, self.bad)
        self.write("core/b.bin", "\0 \n")
        self.assertEqual(self.run_program().returncode, 0)

    @unittest.skipUnless(shutil.which("git"), "git is not installed")
    def test_git_says_what_is_ignored(self):
        subprocess.run(["git", "init", "-q", self.top], check=True)
        self.write(".gitignore", "/generated/\n")
        self.write("generated/a.c", self.bad)
        self.assertEqual(self.run_program().returncode, 0)
        self.write("core/untracked.c", self.bad)
        self.assertEqual(self.run_program().returncode, 1)


if __name__ == "__main__":
    unittest.main()
