#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Verbs about devices, memory, limits and weights: attach-device to domblklist, setmem to blkiotune.

from command_testing import EXIT_FAILED, EXIT_MISUSED, EXIT_NO_DOMAIN, EXIT_TIMED_OUT, CommandTest, main, mortise

XML = """<domain type='test'>
  <name>web</name>
  <uuid>11111111-2222-4333-8444-555555555555</uuid>
  <memory unit='MiB'>64</memory>
  <os><type>hvm</type></os>
  <devices>
    <disk type='file' device='cdrom'><source file='/a&amp;b.iso'/><target dev='hda'/></disk>
    <disk type='block'><source dev='/dev/vg/web'/><target dev='vda'/></disk>
    <interface type='bridge'>
      <mac address='52:54:00:AA:00:01'/>
      <source bridge='br0'/><target dev='web0'/><model type='virtio'/><link state='down'/>
    </interface>
    <interface type='user'/>
  </devices>
</domain>
"""
CARD = "<interface type='user'><mac address='52:54:00:00:00:07'/></interface>"


class Devices(CommandTest):
    """On a running domain, on one that does not run, and on those that refuse."""

    def setUp(self):
        super().setUp()
        self.uri = self.world(domains=[
            {"state": "running", "xml": XML}, {"name": "off"},
            {"name": "brief", "state": "running", "persistent": False},
            {"name": "deaf", "state": "running", "fail": {"detach-device": {
                "reason": "guest-not-responding", "message": "the guest does not answer"}}},
            {"name": "stuck", "state": "running", "hang": ["attach-device", "set-memory", "tuning"]}])
        self.card = self.file("card.xml", CARD)

    def fails(self, reason, part, *words, **how):
        result = mortise(*words, "--json", uri=self.uri, **how)
        self.assertEqual((result.code, result.out, result.error["reason_id"]), (EXIT_FAILED, "", reason), words)
        self.assertIn(part, result.error["message"])
        return result.error

    def misused(self, *words):
        self.assertEqual(mortise(*words, uri=self.uri).code, EXIT_MISUSED, words)

    def test_attach_and_detach(self):
        self.check(mortise("attach-device", "web", self.card, "--live", "--config", uri=self.uri),
                   out="Device attached successfully\n")
        self.check(mortise("attach-device", "off", "-", "--persistent", uri=self.uri, text=CARD),
                   out="Device attached successfully\n")
        disk = self.file("disk.xml", "<disk><target dev='vda'/></disk>")
        result = mortise("detach-device", "web", disk, "--json", uri=self.uri).json
        self.assertEqual((result["domain"], result["result"]), ("web", "detached"))
        self.check(mortise("update-device", "web", self.file("cd.xml", "<disk><target dev='hda'/></disk>"), "--config",
                           uri=self.uri), out="Device updated successfully\n")

    def test_refused(self):
        self.fails("no-device", "no such device: interface 52:54:00:00:00:07", "detach-device", "web", self.card)
        self.fails("guest-not-responding", "does not answer", "detach-device", "deaf", self.card)
        self.fails("domain-inactive", "not running", "attach-device", "off", self.card, "--live")
        self.fails("domain-inactive", "no definition", "attach-device", "brief", self.card, "--config")
        self.fails("invalid-xml", "device XML", "attach-device", "web", "-", text="<disk>")
        self.fails("invalid-argument", "has that device already", "attach-device", "web", "-",
                   text="<disk><target dev='vda'/></disk>")
        self.misused("attach-device", "web")
        self.misused("attach-device", "web", self.card, "--current", "--live")
        self.misused("attach-device", "web", self.card, "--current", "--persistent")
        result = mortise("--deadline", "50", "attach-device", "stuck", self.card, uri=self.uri)
        self.assertEqual((result.code, result.out), (EXIT_TIMED_OUT, ""))
        self.assertEqual(mortise("attach-device", "nobody", self.card, uri=self.uri).code, EXIT_NO_DOMAIN)

    def test_lists(self):
        self.check(mortise("domiflist", "web", uri=self.uri),
                   out=" Interface   Type     Source   Model    MAC\n"
                       "-----------------------------------------------------------\n"
                       " web0        bridge   br0      virtio   52:54:00:AA:00:01\n"
                       " -           user     -        -        -\n")
        self.assertEqual(mortise("domiflist", "web", "--inactive", "--json", uri=self.uri).json[0],
                         {"interface": "web0", "type": "bridge", "source": "br0", "model": "virtio",
                          "mac": "52:54:00:AA:00:01", "alias": None, "link": "down"})
        self.assertEqual(mortise("domiflist", "off", "--json", uri=self.uri).json, [])
        self.check(mortise("domblklist", "web", uri=self.uri),
                   out=" Target   Source\n-----------------------\n hda      /a&b.iso\n vda      /dev/vg/web\n")
        self.check(mortise("domblklist", "web", "--details", "-q", uri=self.uri),
                   out=" file    cdrom    hda      /a&b.iso\n block   disk     vda      /dev/vg/web\n")
        self.assertEqual(mortise("domblklist", "web", "--json", uri=self.uri).json[1],
                         {"type": "block", "device": "disk", "target": "vda", "source": "/dev/vg/web"})

    def test_link(self):
        self.check(mortise("domif-getlink", "web", "web0", uri=self.uri), out="web0 down\n")
        self.assertEqual(mortise("domif-getlink", "web", "52:54:00:aa:00:01", "--config", "--json", uri=self.uri).json,
                         {"interface": "52:54:00:aa:00:01", "link": "down"})
        self.check(mortise("domif-setlink", "web", "web0", "up", uri=self.uri), out="Device updated successfully\n")
        self.check(mortise("domif-setlink", "web", "52:54:00:aa:00:01", "up", "--config", uri=self.uri),
                   out="Device updated successfully\n")
        error = self.fails("no-device", "no interface 'eth7'", "domif-setlink", "web", "eth7", "up")
        self.assertEqual(error["hint"], "it has: web0")
        self.fails("no-device", "no interface 'eth7'", "domif-getlink", "off", "eth7")
        self.fails("unsupported", "nobody counts", "domifstat", "web", "web0")
        self.misused("domif-setlink", "web", "web0", "sideways")

    def test_memory(self):
        self.check(mortise("setmem", "web", "32M", uri=self.uri), out="Domain 'web' has 32768 KiB\n")
        self.check(mortise("setmem", "web", "1000", "--config", "--live", uri=self.uri),
                   out="Domain 'web' has 1000 KiB\n")
        self.check(mortise("setmaxmem", "off", "2GiB", uri=self.uri), out="Domain 'off' has at most 2097152 KiB\n")
        self.check(mortise("setmaxmem", "web", "1KB", "--config", uri=self.uri), out="Domain 'web' has at most 1 KiB\n")
        self.fails("invalid-argument", "can have 65536 KiB while it runs", "setmem", "web", "65537")
        self.fails("invalid-argument", "started for", "setmaxmem", "web", "1G")
        self.fails("invalid-argument", "no amount of memory", "setmem", "web", "0")
        for word in ("much", "-1", "1X", "1KiBs", "99999999999999999999", "9999999999E", ""):
            self.misused("setmem", "web", "--", word)
        result = mortise("--deadline", "50", "setmem", "stuck", "1", uri=self.uri)
        self.assertEqual((result.code, result.out), (EXIT_TIMED_OUT, ""))

    def test_memtune(self):
        self.check(mortise("memtune", "web", uri=self.uri),
                   out="hard_limit     : unlimited\nsoft_limit     : unlimited\nswap_hard_limit: unlimited\n")
        self.check(mortise("memtune", "off", uri=self.uri),
                   out="hard_limit     : unlimited\nsoft_limit     : unlimited\nswap_hard_limit: unlimited\n")
        self.check(mortise("memtune", "web", "--hard-limit", "8M", "--swap-hard-limit", "9000", "--config", "--live",
                           uri=self.uri), out="Domain 'web' changed\n")
        self.check(mortise("memtune", "web", "--hard-limit=-1", uri=self.uri), out="Domain 'web' changed\n")
        self.assertEqual(mortise("memtune", "web", "--live", "--json", uri=self.uri).json,
                         {"hard_limit": -1, "soft_limit": -1, "swap_hard_limit": -1})
        self.fails("invalid-argument", "hard_limit more", "memtune", "web", "--swap-hard-limit", "1M")
        self.fails("invalid-argument", "from 1 to", "memtune", "web", "--hard-limit", "0")
        self.misused("memtune", "web", "--hard-limit", "lots")

    def test_schedinfo(self):
        self.check(mortise("schedinfo", "web", uri=self.uri),
                   out="cpu_shares     : 1024\nvcpu_period    : 100000\nvcpu_quota     : -1\n")
        self.check(mortise("schedinfo", "off", uri=self.uri),
                   out="cpu_shares     : -\nvcpu_period    : -\nvcpu_quota     : -\n")
        self.check(mortise("schedinfo", "off", "cpu_shares=7", "--set", "vcpu_quota=-5", uri=self.uri),
                   out="Domain 'off' changed\n")
        error = self.fails("invalid-argument", "no setting 'cap' of cpu", "schedinfo", "web", "--set", "cap=1")
        self.assertIn("there are: cpu_shares, vcpu_period, vcpu_quota", error["message"])
        self.fails("invalid-argument", "from 2 to 262144", "schedinfo", "web", "cpu_shares=1")
        self.fails("invalid-argument", "given twice", "schedinfo", "web", "cpu_shares=2", "cpu_shares=3")
        for word in ("cpu_shares", "=1", "cpu_shares=many"):
            self.misused("schedinfo", "web", word)
        result = mortise("--deadline", "50", "schedinfo", "stuck", uri=self.uri)
        self.assertEqual((result.code, result.out), (EXIT_TIMED_OUT, ""))

    def test_blkiotune(self):
        self.check(mortise("blkiotune", "web", uri=self.uri), out="weight         : 500\n")
        self.check(mortise("blkiotune", "web", "--weight", "700", "--config", uri=self.uri),
                   out="Domain 'web' changed\n")
        self.fails("invalid-argument", "from 10 to 1000", "blkiotune", "web", "--weight", "5000")
        self.assertEqual(mortise("blkiotune", "web", "--config", "--json", uri=self.uri).json, {})


if __name__ == "__main__":
    main()
