#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# The example of splitting an installation into packages, on a real one; and the examples of units.

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import pages

BUILD = os.environ["MORTISE_TEST_BUILD"]
EXAMPLES = os.path.join(pages.SOURCE, "docs", "examples")
PAGE = "docs/packaging.md"


def described_packages():
    """The packages in the page's table."""
    table = pages.read(PAGE).split("| package | files | needs |")[1].split("\n\n")[0]
    return set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE))


class Packaging(unittest.TestCase):
    """One staged installation for all tests."""

    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory(prefix="mortise-test-packaging-")
        cls.stage = os.path.join(cls.place.name, "stage")
        cls.output = os.path.join(cls.place.name, "packages")
        subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", cls.stage], check=True,
                       stdout=subprocess.DEVNULL)
        done = subprocess.run([sys.executable, "-B", os.path.join(EXAMPLES, "split-packages.py"), cls.stage,
                               cls.output], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        cls.lines = done.stdout.splitlines()

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    def find(self, top, ending):
        """The one file below the top whose path ends so."""
        found = [os.path.join(folder, name) for folder, _folders, names in os.walk(top) for name in names
                 if os.path.join(folder, name).endswith(ending)]
        self.assertEqual(len(found), 1, f"{ending}: {found}")
        return found[0]

    def test_every_file_is_in_one_package(self):
        staged = sum(len(names) for _folder, _folders, names in os.walk(self.stage))
        split = sum(len(names) for _folder, _folders, names in os.walk(self.output))
        self.assertGreater(staged, 20)
        self.assertEqual(staged, split)
        self.assertEqual(staged, len(self.lines))

    def test_the_page_describes_the_packages(self):
        made = set(os.listdir(self.output))
        described = described_packages()
        self.assertLessEqual(made, described, "packages that the page does not have")
        for package in described - made:
            self.assertRegex(package, "driver-|filter-|provider-|gir1.2-|-keeper|-helper",
                             "the page has it, and nothing is in it")

    def test_the_manifest_and_its_module_are_a_package(self):
        for line in self.lines:
            package, path = line.split(": ", 1)
            if path.endswith(".json"):
                with open(self.stage + path, encoding="utf-8") as file:
                    manifest = json.load(file)
                names = sorted(os.path.basename(other.split(": ", 1)[1]) for other in self.lines
                               if other.startswith(package + ": "))
                self.assertEqual(names, sorted([os.path.basename(path), manifest["module"]]))

    def test_a_file_in_no_package_is_an_error(self):
        with tempfile.TemporaryDirectory() as place:
            os.makedirs(os.path.join(place, "usr/share"))
            with open(os.path.join(place, "usr/share/unknown"), "w", encoding="utf-8"):
                pass
            done = subprocess.run([sys.executable, "-B", os.path.join(EXAMPLES, "split-packages.py"), place,
                                   os.path.join(place, "out")], capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("usr/share/unknown: in no package", done.stderr)

    def test_command_library_and_one_driver_are_enough(self):
        if "mortise-driver-test" not in os.listdir(self.output):
            self.skipTest("the driver test was not built")
        root = os.path.join(self.place.name, "root")
        for package in ("mortise", "libmortise-1", "mortise-driver-test"):
            shutil.copytree(os.path.join(self.output, package), root, symlinks=True, dirs_exist_ok=True)
        environment = {
            **os.environ,
            "MORTISE_MANIFEST_PATH": os.path.dirname(self.find(root, "/modules.d/test.json")),
            "MORTISE_MODULE_DIR": os.path.dirname(self.find(root, "/mortise-driver-test.so")),
            "LD_LIBRARY_PATH": os.path.dirname(self.find(root, "/libmortise-1.so.1")),
        }
        command = self.find(root, "/bin/mortise")
        drivers = json.loads(subprocess.run([command, "--json", "drivers"], env=environment, capture_output=True,
                                            text=True, check=True).stdout)
        self.assertEqual([(row["name"], row["state"]) for row in drivers], [("test", "available")])
        done = subprocess.run([command, "-c", "test:///default", "list", "--name"], env=environment, check=True,
                              capture_output=True, text=True)
        self.assertEqual(done.stdout, "test\n")


class Units(unittest.TestCase):
    """systemd takes the units as they are, but for the path of the command."""

    def test_systemd_understands_the_units(self):
        if shutil.which("systemd-analyze") is None:
            self.skipTest("systemd-analyze is not installed (package systemd)")
        units = [name for name in os.listdir(EXAMPLES) if name.endswith(".service")]
        self.assertEqual(len(units), 2)
        for name in units:
            text = pages.read(f"docs/examples/{name}")
            with tempfile.TemporaryDirectory() as place:
                path = os.path.join(place, name)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text.replace("/usr/bin/mortise", shutil.which("true")))
                done = subprocess.run(["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True,
                                      check=False)
            self.assertEqual(done.returncode, 0, f"{name}: {done.stderr}")
            self.assertNotIn(name, done.stderr)

    def test_the_commands_of_the_units_exist(self):
        told = json.loads(subprocess.run(["mortise", "--json", "help", "start"], capture_output=True, text=True,
                                         check=True).stdout)
        self.assertIn("autostart", [option["name"] for option in told["options"]])


if __name__ == "__main__":
    unittest.main(verbosity=2)
