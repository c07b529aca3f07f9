#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Devices said in words: attach-interface, detach-interface, attach-disk, detach-disk.

import os
import xml.etree.ElementTree

from command_testing import EXIT_FAILED, EXIT_MISUSED, CommandTest, main, mortise

XML = """<domain type='test'>
  <name>web</name>
  <uuid>11111111-2222-4333-8444-555555555555</uuid>
  <memory unit='MiB'>64</memory>
  <os><type>hvm</type></os>
  <devices>
    <disk type='file'><source file='/a.img'/><target dev='vda'/></disk>
    <disk type='file'><source file='/same.img'/><target dev='vdb'/></disk>
    <disk type='file'><source file='/same.img'/><target dev='vdc'/></disk>
    <interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br0'/><link state='down'/></interface>
    <interface type='user'><mac address='52:54:00:00:00:02'/></interface>
    <interface type='user'><mac address='52:54:00:00:00:03'/></interface>
  </devices>
</domain>
"""
HOSTILE = "a'\"<&>/b\n\tc"


class Attach(CommandTest):
    """The XML that is made of words, and the device that is looked up."""

    def setUp(self):
        super().setUp()
        self.uri = self.world(domains=[{"state": "running", "xml": XML}, {"name": "off"}])

    def run_verb(self, *words):
        """A run that must succeed; what it printed."""
        return self.check(mortise(*words, uri=self.uri)).out

    def printed(self, *words):
        """The element that --print-xml shows, and its children by name."""
        element = xml.etree.ElementTree.fromstring(self.run_verb(*words, "--print-xml"))
        children = {child.tag: dict(child.attrib) or child.text for child in element}
        self.assertEqual(len(children), len(element))
        return element, children

    def fails(self, reason, part, *words):
        """A run that must fail for a reason; its error."""
        result = mortise(*words, "--json", uri=self.uri)
        self.assertEqual((result.code, result.out, result.error["reason_id"]), (EXIT_FAILED, "", reason), words)
        self.assertIn(part, result.error["message"])
        return result.error

    def misused(self, part, *words):
        """A run whose command line is refused."""
        result = mortise(*words, uri=self.uri)
        self.assertEqual((result.code, result.out), (EXIT_MISUSED, ""), words)
        self.assertIn(part, result.err)

    def test_interface(self):
        element, children = self.printed(
            "attach-interface", "web", "bridge", "br1", "--target", "web7", "--mac", "52:54:00:00:00:07", "--model",
            "virtio", "--alias", "ua-seven", "--script", "/s", "--inbound", "1,2,3", "--outbound", "4,,5,6")
        self.assertEqual((element.tag, element.attrib), ("interface", {"type": "bridge"}))
        limits = {limit.tag: limit.attrib for limit in element.find("bandwidth")}
        self.assertEqual(limits, {"inbound": {"average": "1", "peak": "2", "burst": "3"},
                                  "outbound": {"average": "4", "burst": "5", "floor": "6"}})
        del children["bandwidth"]
        self.assertEqual(children, {
            "source": {"bridge": "br1"}, "target": {"dev": "web7"}, "mac": {"address": "52:54:00:00:00:07"},
            "model": {"type": "virtio"}, "alias": {"name": "ua-seven"}, "script": {"path": "/s"}})
        for words, source in ((("network", "lan"), {"network": "lan"}), (("user",), None), (("ethernet",), None),
                              (("direct", "eth0", "--source-mode", "vepa"), {"dev": "eth0", "mode": "vepa"})):
            element, children = self.printed("attach-interface", "web", *words)
            self.assertEqual((element.attrib, children), ({"type": words[0]}, {"source": source} if source else {}))

    def test_disk(self):
        element, children = self.printed(
            "attach-disk", "web", "/b.iso", "sdb", "--targetbus", "sata", "--driver", "qemu", "--subdriver", "raw",
            "--cache", "none", "--io", "native", "--iothread", "1", "--type", "cdrom", "--mode", "readonly", "--serial",
            "s7", "--wwn", "5000c50015ea71aa", "--alias", "ua-b", "--rawio")
        self.assertEqual(element.attrib, {"type": "file", "device": "cdrom", "rawio": "yes"})
        self.assertEqual(children, {
            "driver": {"name": "qemu", "type": "raw", "iothread": "1", "cache": "none", "io": "native"},
            "source": {"file": "/b.iso"}, "target": {"dev": "sdb", "bus": "sata"}, "readonly": None, "serial": "s7",
            "wwn": "5000c50015ea71aa", "alias": {"name": "ua-b"}})
        for words, kind, source in ((("/a", "vdx"), "file", {"file": "/a"}),
                                    (("/a", "vdx", "--sourcetype", "block"), "block", {"dev": "/a"}),
                                    (("", "vdx", "--mode", "shareable"), "file", None)):
            element, children = self.printed("attach-disk", "web", *words)
            self.assertEqual((element.attrib, children.get("source")), ({"type": kind}, source))
        self.assertIn("shareable", children)

    def test_block_device_is_seen(self):
        devices = [f"/dev/{name}" for name in os.listdir("/sys/block") if os.path.exists(f"/dev/{name}")]
        if not devices:
            self.skipTest("this host shows no block device")
        element, children = self.printed("attach-disk", "web", devices[0], "vdx")
        self.assertEqual((element.attrib, children["source"]), ({"type": "block"}, {"dev": devices[0]}))

    def test_words_stay_words(self):
        """Whatever a word has in it, it ends in its attribute, and changes no other."""
        element, children = self.printed("attach-disk", "web", HOSTILE, "vdx", "--serial", HOSTILE)
        self.assertEqual((element.attrib, children["source"], children["serial"]),
                         ({"type": "file"}, {"file": HOSTILE}, HOSTILE))
        _, children = self.printed("attach-interface", "web", "bridge", HOSTILE, "--target", "x'/><script path='/y")
        self.assertEqual(children, {"source": {"bridge": HOSTILE}, "target": {"dev": "x'/><script path='/y"}})
        self.fails("invalid-xml", "device XML", "attach-interface", "web", "bridge", "br\x01")

    def test_attached_and_detached(self):
        self.assertEqual(self.run_verb("attach-interface", "web", "bridge", "br0", "--live", "--config"),
                         "Device attached successfully\n")
        self.assertEqual(self.run_verb("attach-disk", "off", "/b.img", "vdb", "--persistent"),
                         "Device attached successfully\n")
        result = mortise("detach-disk", "web", "/a.img", "--json", uri=self.uri).json
        self.assertEqual((result["domain"], result["result"]), ("web", "detached"))
        for words in (("detach-disk", "web", "vdb", "--config"), ("detach-disk", "web", "vdb", "--persistent"),
                      ("detach-interface", "web", "bridge"), ("detach-interface", "web", "user", "--mac",
                                                              "52:54:00:00:00:03", "--live", "--config")):
            self.assertEqual(self.run_verb(*words), "Device detached successfully\n")
        self.assertEqual(mortise("attach-disk", "web", "/a", "vdx", "--print-xml", "--json", uri=self.uri).json,
                         {"name": "web", "uuid": "11111111-2222-4333-8444-555555555555",
                          "xml": self.run_verb("attach-disk", "web", "/a", "vdx", "--print-xml")})

    def test_print_of_what_is_there(self):
        element, children = self.printed("detach-interface", "web", "bridge")
        self.assertEqual((element.attrib, children["link"], children["mac"]),
                         ({"type": "bridge"}, {"state": "down"}, {"address": "52:54:00:00:00:01"}))
        _, children = self.printed("detach-disk", "web", "/a.img")
        self.assertEqual(children, {"source": {"file": "/a.img"}, "target": {"dev": "vda"}})

    def test_none_or_several(self):
        error = self.fails("no-device", "domain 'web' has no interface of the type 'direct'", "detach-interface", "web",
                           "direct")
        self.assertEqual(error["hint"], "it has: 52:54:00:00:00:01, 52:54:00:00:00:02, 52:54:00:00:00:03")
        self.fails("no-device", "with the MAC address 52:54:00:00:00:01", "detach-interface", "web", "user", "--mac",
                   "52:54:00:00:00:01")
        error = self.fails("invalid-argument", "has more than one interface of the type 'user': 2", "detach-interface",
                           "web", "user")
        self.assertEqual(error["hint"], "say which with --mac, of: 52:54:00:00:00:02, 52:54:00:00:00:03")
        self.fails("no-device", "no disk with the target or source 'vdq'", "detach-disk", "web", "vdq")
        error = self.fails("invalid-argument", "more than one disk", "detach-disk", "web", "/same.img", "--config")
        self.assertEqual(error["hint"], "name it by its target, of: vdb, vdc")
        self.assertIsNone(self.fails("no-device", "domain 'off' has no disk", "detach-disk", "off", "vda")["hint"])
        self.fails("domain-inactive", "the domain 'off' is not running", "detach-disk", "off", "vda", "--live")
        self.fails("domain-inactive", "the domain 'off' is not running", "attach-disk", "off", "/a", "vda", "--live")
        self.fails("invalid-argument", "has that device already", "attach-disk", "web", "/a", "vda")

    def test_misuse(self):
        self.misused("there is no type 'hostdev'", "attach-interface", "web", "hostdev", "0000:00:01.0")
        self.misused("SOURCE is missing", "attach-interface", "web", "bridge")
        self.misused("has no SOURCE", "attach-interface", "web", "user", "eth0")
        self.misused("--source-mode goes with", "attach-interface", "web", "bridge", "b", "--source-mode", "vepa")
        for limit in ("", "x", "1,x", ",2,3", "1,2,3,4,5", "-1", "1.5", "99999999999999999999"):
            self.misused("--inbound takes", "attach-interface", "web", "bridge", "b", f"--inbound={limit}")
        self.misused("a mode is readonly or shareable", "attach-disk", "web", "/a", "vdx", "--mode", "sideways")
        self.misused("no source type 'network'", "attach-disk", "web", "/a", "vdx", "--sourcetype", "network")
        self.misused("TARGET is missing", "attach-disk", "web", "/a")
        for words in (("attach-interface", "web", "user"), ("attach-disk", "web", "/a", "vdx"),
                      ("detach-interface", "web", "user"), ("detach-disk", "web", "vda")):
            self.misused("--current excludes", *words, "--current", "--live")
            self.misused("--current excludes", *words, "--current", "--persistent")


class Definitions(CommandTest):
    """In the definition of a driver that knows each element, and where a network card has an address or none."""

    def setUp(self):
        super().setUp()
        if not os.path.exists(os.path.join(os.environ.get("MORTISE_TEST_BUILD", ""), "drivers",
                                           "mortise-driver-tcg.so")):
            self.skipTest("the module tcg was not built")
        self.uri = "qemu:///embed?root=" + self.folder.name
        text = XML.replace("type='test'", "type='qemu'").replace("<type>", "<type arch='x86_64' machine='pc'>")
        self.check(mortise("define", self.file("web.xml", text), uri=self.uri))

    def defined(self):
        """The devices of the definition."""
        return xml.etree.ElementTree.fromstring(self.check(mortise("dumpxml", "web", uri=self.uri)).out).find("devices")

    def test_defined(self):
        self.check(mortise("attach-disk", "web", "/new.img", "vdd", "--targetbus", "virtio", "--driver", "qemu",
                           "--subdriver", "qcow2", "--cache", "none", "--io", "native", "--serial", "7", "--mode",
                           "readonly", "--config", uri=self.uri))
        disk = self.defined().findall("disk")[-1]
        self.assertEqual((disk.find("target").get("dev"), disk.find("driver").get("type")), ("vdd", "qcow2"))
        self.check(mortise("attach-interface", "web", "bridge", "br0", "--model", "virtio", "--inbound", "100",
                           "--persistent", uri=self.uri))
        card = self.defined().findall("interface")[-1]
        self.assertEqual(card.find("bandwidth/inbound").get("average"), "100")
        self.check(mortise("detach-disk", "web", "vdd", uri=self.uri))
        self.assertNotIn("vdd", [target.get("dev") for target in self.defined().iter("target")])
        result = mortise("attach-disk", "web", "/new.img", "vde", "--rawio", uri=self.uri)
        self.assertEqual(result.code, EXIT_FAILED)
        self.assertIn("rawio", result.err)


if __name__ == "__main__":
    main()
