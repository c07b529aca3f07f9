#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Configures the tree where libraries of modules are missing: what is left out is told, what was asked for is an error.

import fnmatch
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ["MORTISE_TEST_SOURCE"]
HIDDEN = ("libnl-*.pc", "lxc.pc")
BARE = ("-Dtests=disabled", "-Dintrospection=disabled", "-Ddocs=disabled")


def find_packages():
    """Every description of a library that pkg-config finds here."""
    known = subprocess.run(["pkg-config", "--variable", "pc_path", "pkg-config"], check=True, stdout=subprocess.PIPE,
                           encoding="utf-8").stdout.strip()
    folders = [os.environ.get("PKG_CONFIG_PATH", ""), os.environ.get("PKG_CONFIG_LIBDIR") or known]
    for folder in ":".join(folders).split(":"):
        if folder and os.path.isdir(folder):
            yield from (os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".pc"))


class Options(unittest.TestCase):
    """Each configuration is made in a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mortise-options-")
        self.addCleanup(folder.cleanup)
        self.build = os.path.join(folder.name, "build")
        self.packages = os.path.join(folder.name, "packages")
        os.mkdir(self.packages)
        for path in find_packages():
            place = os.path.join(self.packages, os.path.basename(path))
            if not any(fnmatch.fnmatch(os.path.basename(path), name) for name in HIDDEN) and not os.path.exists(place):
                os.symlink(path, place)

    def configure(self, *options):
        """Runs meson where the libraries are hidden; its exit status and words."""
        variables = dict(os.environ, PKG_CONFIG_LIBDIR=self.packages)
        variables.pop("PKG_CONFIG_PATH", None)
        done = subprocess.run(["meson", "setup", self.build, SOURCE, *BARE, *options], env=variables, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              encoding="utf-8", errors="replace")
        return done.returncode, done.stdout

    def modules(self):
        """The modules that would be built."""
        with open(os.path.join(self.build, "meson-info", "intro-targets.json"), encoding="utf-8") as file:
            names = {target["name"] for target in json.load(file) if target["type"] == "shared module"}
        return names - {"example-driver", "mortise-driver-example"}

    def test_left_out(self):
        status, text = self.configure()
        self.assertEqual(status, 0, text)
        self.assertRegex(text, r"netlink +: libnl-3 or libnl-route-3 is missing \(Debian: libnl-3-dev")
        self.assertRegex(text, r"lxc +: .*liblxc.*\(Debian: .*lxc")
        self.assertRegex(text, r"tests +: switched off with -Dtests")
        self.assertRegex(text, r"introspection *: switched off with -Dintrospection")
        self.assertEqual({name for name in self.modules() if "netlink" in name or "lxc" in name}, set())
        self.assertIn("mortise-filter-trace", self.modules())

    def test_asked_for(self):
        status, text = self.configure("-Dplugins=trace,netlink", "-Ddrivers=none")
        self.assertNotEqual(status, 0)
        self.assertRegex(text, r"ERROR: .*netlink was asked for and cannot be built: .*Debian: libnl-3-dev")

    def test_driver_asked_for(self):
        status, text = self.configure("-Dplugins=none", "-Ddrivers=test,lxc")
        self.assertNotEqual(status, 0)
        self.assertRegex(text, r"ERROR: .*lxc was asked for and cannot be built: .*Debian: ")

    def test_introspection_asked_for(self):
        status, text = self.configure("-Dintrospection=enabled", "-Db_sanitize=address", "-Ddrivers=none")
        self.assertNotEqual(status, 0)
        self.assertRegex(text, r"ERROR: .*-Dintrospection=enabled: ")

    def test_unknown(self):
        status, text = self.configure("-Dplugins=netlnk")
        self.assertNotEqual(status, 0)
        self.assertRegex(text, r"ERROR: .*no plugin named netlnk; known are netlink, readonly, trace")

    def test_none(self):
        status, text = self.configure("-Dplugins=none", "-Ddrivers=none")
        self.assertEqual(status, 0, text)
        self.assertEqual(self.modules(), set())


if __name__ == "__main__":
    for program in ("meson", "pkg-config"):
        if shutil.which(program) is None:
            print(f"SKIP {os.path.basename(sys.argv[0])}: {program} is not installed")
            sys.exit(77)
    unittest.main(verbosity=2)
