#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Verbs on modules, connection and host: drivers, doctor, uri, version, capabilities, nodeinfo.

import json
import os
import shutil
import unittest

from command_testing import (DEFAULT, EXIT_DONE, EXIT_NO_CONNECTION, TEST_MODULE, CommandTest, definition, main,
                             mortise)

QEMU_MODULE = os.path.join(os.path.dirname(TEST_MODULE), "mortise-driver-qemu.so")
GOOD = "  good     no-hypervisor: the test driver needs nothing of this host\n"


class Modules(CommandTest):
    """Verb drivers and verb doctor, with a folder of manifests of their own."""

    def setUp(self):
        super().setUp()
        shutil.copy(TEST_MODULE, self.folder.name)
        shutil.copy(os.path.join(os.path.dirname(TEST_MODULE), "test.json"), self.folder.name)

    def manifest(self, name, **members):
        """Writes the manifest of a driver that is like the test driver but for these members."""
        with open(os.path.join(self.folder.name, "test.json"), encoding="utf-8") as file:
            manifest = json.load(file)
        manifest.update({"name": name, "module": f"mortise-driver-{name}.so", "schemes": [name],
                         "domain_types": [name], **members})
        self.file(name + ".json", json.dumps(manifest))

    def run_here(self, *arguments, uri=DEFAULT):
        """Runs the command with the modules of the folder."""
        variables = {"MORTISE_MANIFEST_PATH": self.folder.name, "MORTISE_MODULE_DIR": self.folder.name}
        return mortise(*arguments, uri=uri, variables=variables)

    def test_drivers(self):
        self.check(self.run_here("drivers", uri=None),
                   out=" Name   Kind     State       Schemes\n--------------------------------------\n"
                       " test   driver   available   test\n")
        self.check(self.run_here("-q", "drivers", uri=None), out=" test   driver   available   test\n")

    def test_missing(self):
        self.manifest("gone", package="mortise-driver-gone")
        self.manifest("masked", enabled=False)
        result = self.check(self.run_here("drivers", uri=None))
        table, *reasons = result.out.split("\n\n")
        self.assertEqual(table, " Name     Kind     State            Schemes\n"
                                "---------------------------------------------\n"
                                " gone     driver   missing-module   gone\n"
                                " masked   driver   masked           masked\n"
                                " test     driver   available        test")
        self.assertEqual([reason.split(":")[0] for reason in reasons], ["gone", "masked"])
        self.assertEqual(reasons[0].count("mortise-driver-gone.so"), 1)
        self.assertIn("install the package mortise-driver-gone", reasons[0])

    @unittest.skipUnless(os.path.exists(QEMU_MODULE), "the module qemu was not built")
    def test_companion(self):
        # One driver of two that share a scheme: the other's module and manifest are those of a package that is missing.
        shutil.copy(QEMU_MODULE, self.folder.name)
        shutil.copy(os.path.join(os.path.dirname(QEMU_MODULE), "qemu.json"), self.folder.name)
        uri = f"qemu:///embed?root={self.folder.name}/root"
        here = self.file("here.xml", definition("here", kind="kvm", body="<os><type>hvm</type></os>"))
        there = self.file("there.xml", definition("there", kind="qemu", body="<os><type>hvm</type></os>"))
        self.check(self.run_here("define", here, uri=uri))
        result = self.run_here("define", there, "--json", uri=uri)
        self.assertEqual(result.code, EXIT_NO_CONNECTION)
        self.assertEqual(result.error["reason_id"], "driver-missing")
        self.assertEqual(result.error["message"], "no module serves <domain type='qemu'> under the scheme 'qemu', and "
                                                  "the module 'tcg' is not installed")
        self.assertEqual(result.error["hint"], "install the module 'tcg', by habit the package mortise-driver-tcg")
        self.assertEqual(self.check(self.run_here("list", "--all", "--name", uri=uri)).out.split(), ["here"])

    def test_json(self):
        self.manifest("gone")
        self.file("broken.json", "{")
        modules = self.run_here("drivers", "--json", uri=None).json
        self.assertEqual([(module["name"], module["state"]) for module in modules],
                         [("broken", "bad-manifest"), ("gone", "missing-module"), ("test", "available")])
        for module in modules[:2]:
            self.assertIsInstance(module["reason"], str)
        self.assertEqual(modules[2], {
            "name": "test", "kind": "driver", "state": "available", "reason": None, "schemes": ["test"],
            "domain_types": ["test"],
            "interfaces": ["lifecycle/1", "config/1", "vcpu/1", "stats/1", "console/1", "migration/1",
                           "device/1", "memory/1", "tuning/1"]})
        self.assertEqual(set(modules[0]), set(modules[2]))

    def test_doctor(self):
        self.check(self.run_here("doctor"),
                   out=f"driver test: available\n{GOOD}connection {DEFAULT}: usable\n")
        self.check(self.run_here("doctor", "test"), out=f"driver test: available\n{GOOD}")

    def test_doctor_of_what_is_broken(self):
        self.manifest("gone", package="mortise-driver-gone")
        result = self.check(self.run_here("doctor"))
        self.assertTrue(result.out.startswith("driver gone: missing-module\n  "))
        self.assertIn("install the package mortise-driver-gone\n", result.out)
        self.assertIn(f"connection {DEFAULT}: usable\n", result.out)
        self.assertEqual(self.run_here("doctor", "gone").code, EXIT_NO_CONNECTION)
        self.assertEqual(self.run_here("doctor", "gone", "test").code, EXIT_NO_CONNECTION)
        result = self.check(self.run_here("doctor", uri="gone:///x"), EXIT_NO_CONNECTION)
        self.assertIn("\nconnection gone:///x: not usable\n  bad      ", result.out)

    def test_doctor_of_what_is_unknown(self):
        self.check(self.run_here("doctor", "nope"), EXIT_NO_CONNECTION, "",
                   "mortise: there is no module 'nope'\n  hint: 'mortise drivers' lists all\n")

    def test_doctor_json(self):
        finding = {"id": "no-hypervisor", "verdict": "good", "object": None,
                   "message": "the test driver needs nothing of this host", "hint": None}
        module = {"name": "test", "kind": "driver", "state": "available", "reason": None,
                  "package": "mortise-driver-test", "fit": True, "findings": [finding], "error": None}
        self.assertEqual(self.check(self.run_here("doctor", "--json")).json,
                         {"uri": DEFAULT, "usable": True, "error": None, "modules": [module]})
        self.assertEqual(self.run_here("doctor", "--json", "test").json,
                         {"uri": None, "usable": True, "error": None, "modules": [module]})
        report = self.run_here("doctor", "--json", uri="nothing:///x")
        self.assertEqual((report.code, report.json["usable"]), (EXIT_NO_CONNECTION, False))
        self.assertEqual(report.json["error"]["reason_id"], "driver-missing")


class Host(CommandTest):
    """What the host is."""

    def test_uri(self):
        self.check(mortise("uri"), out=DEFAULT + "\n")
        self.assertEqual(self.check(mortise("uri", "--json")).json, {"uri": DEFAULT})

    def test_version(self):
        version = mortise("--version", uri=None).out.split()[1]
        self.check(mortise("version"), out=f"Compiled against library: mortise {version}\n"
                                           f"Using library: mortise {version}\nRunning hypervisor: TEST 0.1.0\n")
        self.assertEqual(mortise("version", "--json").json,
                         {"compiled": version, "library": version, "hypervisor": "TEST",
                          "hypervisor_version": "0.1.0"})

    def test_nodeinfo(self):
        self.check(mortise("nodeinfo"),
                   out="CPU model:           test\nCPU(s):              16\nCPU frequency:       1400 MHz\n"
                       "CPU socket(s):       2\nCore(s) per socket:  2\nThread(s) per core:  2\n"
                       "NUMA cell(s):        2\nMemory size:         3145728 KiB\n")
        self.assertEqual(mortise("nodeinfo", "--json").json,
                         {"hostname": "test", "model": "test", "cpus": 16, "mhz": 1400, "numa_nodes": 2, "sockets": 2,
                          "cores": 2, "threads": 2, "memory_kib": 3145728})

    def test_unknown_clock(self):
        uri = self.world(host={"mhz": 0})
        self.assertNotIn("frequency", self.check(mortise("nodeinfo", uri=uri)).out)
        self.assertIsNone(mortise("nodeinfo", "--json", uri=uri).json["mhz"])

    def test_capabilities(self):
        result = self.check(mortise("capabilities"))
        self.assertTrue(result.out.startswith("<capabilities>\n") and result.out.endswith("</capabilities>\n"))
        self.assertEqual(mortise("capabilities", "--json").json, {"xml": result.out})

    def test_failures(self):
        uri = self.world(fail={"host-info": {"reason": "host-unsupported", "message": "no", "hint": "buy one"}})
        for verb in ("nodeinfo", "version"):
            self.check(mortise(verb, uri=uri), 1, "", "mortise: no\n  hint: buy one\n")
        self.assertEqual(mortise("uri", uri=uri).code, EXIT_DONE)


if __name__ == "__main__":
    main()
