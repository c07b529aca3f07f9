# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# The tests of the ABI find what they are for: each is shown something wrong. test-abi-tests.py CC

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = os.path.join(HERE, "..", "..", "include")
COMPILER = sys.argv.pop(1) if len(sys.argv) > 1 else "cc"


def run(script, *arguments):
    """Runs a test script; its status and what it said."""
    command = [sys.executable, "-B", os.path.join(HERE, script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr + done.stdout


class WithHeaders(unittest.TestCase):
    """A copy of the headers in which a test changes something."""

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.include = os.path.join(self.directory.name, "include")
        shutil.copytree(os.path.join(INCLUDE, "mortise", "driver"), os.path.join(self.include, "mortise", "driver"))

    def change(self, header, old, new):
        """Replaces a text in a header."""
        path = os.path.join(self.include, "mortise", "driver", header)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(old, text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new, 1))

    def headers(self, header, expected):
        """That the test of one header fails with a text."""
        status, said = run("test-headers.py", self.include, COMPILER, header)
        self.assertEqual(status, 1)
        self.assertIn(expected, said)

    def layout(self, expected):
        """That the table of the layout differs by a line."""
        status, said = run("layout.py", "--check", self.include, COMPILER)
        self.assertEqual(status, 1)
        self.assertIn(expected, said)


class Headers(WithHeaders):
    """What the test of the headers finds."""

    def test_good(self):
        self.assertEqual(run("test-headers.py", self.include, COMPILER, "driver.h"), (0, ""))

    def test_leaked_macro(self):
        self.change("stats.h", "#define MORTISE_STATS_VERSION 1u", "#define MORTISE_STATS_VERSION 1u\n#define LEAK 1")
        self.headers("stats.h", "stats.h: 'LEAK' is not Mortise's to declare")

    def test_leaked_type(self):
        self.change("abi.h", "typedef int32_t MortiseResult;", "typedef int32_t MortiseResult;\ntypedef int Leak;")
        self.headers("abi.h", "abi.h: 'Leak' is not Mortise's to declare")

    def test_leaked_pointer(self):
        self.change("abi.h", "typedef int32_t MortiseResult;",
                    "typedef int32_t MortiseResult;\ntypedef int (*leak)(int);")
        self.headers("abi.h", "abi.h: 'leak' is not Mortise's to declare")

    def test_bool(self):
        self.change("abi.h", "typedef int32_t MortiseResult;", "typedef _Bool MortiseResult;")
        self.headers("abi.h", "as c89")

    def test_enumeration(self):
        self.change("abi.h", "typedef int32_t MortiseResult;",
                    "typedef int32_t MortiseResult;\nenum MortiseColour { MORTISE_RED };")
        self.headers("abi.h", "abi.h: 'enum' has no fixed width")

    def test_bit_field(self):
        self.change("stats.h", "    MortiseInterface head;", "    MortiseInterface head;\n    uint32_t cold : 1;")
        self.headers("stats.h", "has no fixed width")

    def test_struct_without_size(self):
        self.change("vcpu.h", "    uint32_t struct_size;\n", "")
        self.headers("vcpu.h", "vcpu.h: MortiseVcpuSummary begins with 'model' and not with its size")

    def test_comment(self):
        self.change("abi.h", "/* The call failed", "// The call failed\n/* The call failed")
        self.headers("abi.h", "as c89")

    def test_missing_include(self):
        self.change("vcpu.h", "#include <mortise/driver/driver.h>", "")
        self.headers("vcpu.h", "vcpu.h as c11")


class Layout(WithHeaders):
    """What the table of the layout finds."""

    def test_good(self):
        status, said = run("layout.py", "--check", self.include, COMPILER)
        self.assertIn(status, (0, 77), said)

    def test_swapped_members(self):
        self.change("abi.h", "    const char *data;\n    uint64_t length;",
                    "    uint64_t length;\n    const char *data;")
        self.layout("-    data 0 8")

    def test_changed_constant(self):
        self.change("abi.h", "#define MORTISE_STATE_PAUSED 3u", "#define MORTISE_STATE_PAUSED 4u")
        self.layout("+MORTISE_STATE_PAUSED 4")

    def test_changed_word(self):
        self.change("stats.h", '"stats"', '"statistics"')
        self.layout('+MORTISE_STATS_ID "statistics"')

    def test_narrowed_member(self):
        self.change("abi.h", "uint64_t length;", "uint32_t length;")
        self.layout("+    length 8 4")


@unittest.skipIf(shutil.which("abidiff") is None, "abidiff is not installed")
class Abidiff(WithHeaders):
    """What abidiff finds, and what it is not asked about."""

    def build(self, include, name):
        """The module of all types, of some headers."""
        path = os.path.join(self.directory.name, name)
        source = os.path.join(HERE, "abi-types.c")
        subprocess.run([COMPILER, "-g", "-shared", "-fPIC", "-I", include, source, "-o", path], check=True)
        return path

    def diff(self, expected):
        """The status for the changed headers."""
        status, said = run("test-abidiff.py", self.build(INCLUDE, "old.so"), self.build(self.include, "now.so"))
        self.assertEqual(status, expected, said)

    def test_same(self):
        self.diff(0)

    def test_appended(self):
        self.change("lifecycle.h", "(*resume)(void *domain);", "(*resume)(void *domain);\n    void (*later)(void);")
        self.diff(0)

    def test_inserted(self):
        self.change("lifecycle.h", "(*resume)(void *domain);", "(*later)(void);\n    int32_t (*resume)(void *domain);")
        self.diff(1)

    def test_removed(self):
        self.change("lifecycle.h", "MortiseResult (*resume)(void *domain);", "")
        self.diff(1)

    def test_other_parameter(self):
        self.change("lifecycle.h", "(*stop)(void *domain, uint32_t flags)", "(*stop)(void *domain, uint64_t flags)")
        self.diff(1)

    def test_more_parameters(self):
        self.change("lifecycle.h", "(*reset)(void *domain)", "(*reset)(void *domain, uint32_t flags)")
        self.diff(1)


class Frozen(unittest.TestCase):
    """What the check of the frozen folders finds."""

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.frozen = os.path.join(self.directory.name, "frozen")
        shutil.copytree(os.path.join(HERE, "frozen"), self.frozen)

    def folder(self):
        """One of the frozen folders."""
        return os.path.join(self.frozen, sorted(os.listdir(self.frozen))[0])

    def check(self, expected):
        """That the check fails."""
        status, said = run("freeze.py", "--check", self.frozen)
        self.assertEqual(status, 1)
        self.assertIn(expected, said)

    def test_good(self):
        self.assertEqual(run("freeze.py", "--check", self.frozen), (0, ""))

    def test_changed(self):
        with open(os.path.join(self.folder(), "driver.c"), "a", encoding="utf-8") as file:
            file.write("\n")
        self.check("is not as it was frozen")

    def test_added(self):
        with open(os.path.join(self.folder(), "more.h"), "w", encoding="utf-8") as file:
            file.write("\n")
        self.check("is not as it was frozen")

    def test_removed(self):
        os.unlink(os.path.join(self.folder(), "include", "mortise", "driver", "vcpu.h"))
        self.check("is not as it was frozen")


if __name__ == "__main__":
    unittest.main()
