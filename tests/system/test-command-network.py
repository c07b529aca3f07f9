#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Guests on the host's network, in a network namespace of the test's own: taps, macvtaps, and nothing left of them.

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

from command_testing import BUILD, DEADLINE, EXIT_DONE, EXIT_FAILED, CommandTest, main, mortise

KERNEL = os.environ.get("MORTISE_GUEST_KERNEL", "")
DRIVERS = os.path.join(BUILD, "drivers")
NEEDS = (("the module tcg was not built", os.path.exists(os.path.join(DRIVERS, "mortise-driver-tcg.so"))),
         ("the module netlink was not built", os.path.exists(os.path.join(BUILD, "plugins", "netlink.json"))),
         ("the guest was not built", bool(KERNEL) and os.path.exists(KERNEL)),
         ("qemu-system-x86_64 is not installed", shutil.which("qemu-system-x86_64") is not None),
         ("ip (iproute2) is not installed", shutil.which("ip") is not None),
         ("unshare is not installed", shutil.which("unshare") is not None),
         ("root is needed", os.geteuid() == 0))
INSIDE = "--inside"
MAC = "52:54:00:0a:0b:0c"


def ip(*words):
    """Runs ip; its standard output."""
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


def link(name):
    """What ip tells of a link; None when there is none."""
    done = subprocess.run(["ip", "-json", "-details", "link", "show", name], capture_output=True, text=True,
                          check=False)
    return json.loads(done.stdout)[0] if done.returncode == 0 else None


def names():
    """The names of all links."""
    return sorted(item["ifname"] for item in json.loads(ip("-json", "link")))


def queues(tap):
    """How many queues are open; QEMU puts those aside that the guest has not asked for."""
    data = tap["linkinfo"]["info_data"]
    return data["numqueues"] + data.get("numdisabled", 0)


def ask(monitor, line):
    """The answer of QEMU's monitor for people, over one for programs."""
    for command in ({"execute": "qmp_capabilities"},
                    {"execute": "human-monitor-command", "arguments": {"command-line": line}}):
        monitor.write(json.dumps(command) + "\n")
        monitor.flush()
        answer = json.loads(monitor.readline())
        while "event" in answer:
            answer = json.loads(monitor.readline())
    return answer["return"]


class Network(CommandTest):
    """One domain with interfaces, and the links of an empty namespace."""

    def setUp(self):
        super().setUp()
        self.uri = "qemu:///embed?root=" + self.folder.name
        ip("link", "set", "lo", "up")
        self.begin = names()
        ip("link", "add", "br0", "type", "bridge")
        ip("link", "set", "br0", "up")
        self.addCleanup(ip, "link", "del", "br0")
        self.addCleanup(mortise, "destroy", "net", uri=self.uri)

    def write(self, interfaces, emulator="", more=""):
        """Writes the definition; its path."""
        return self.file("net.xml", f"""<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>net</name>
  <memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type><kernel>{KERNEL}</kernel></os>
  <devices>{emulator}
{interfaces}
  </devices>{more}
</domain>
""")

    def start(self, interfaces, more=""):
        """A domain that runs."""
        self.check(mortise("define", self.write(interfaces, more=more), uri=self.uri))
        self.check(mortise("start", "net", uri=self.uri))

    def refused(self, interfaces, emulator="", variables=None):
        """The error of a start that must fail, and leave nothing."""
        before = names()
        result = mortise("create", self.write(interfaces, emulator), "--json", uri=self.uri, variables=variables)
        self.assertEqual((result.code, result.out), (EXIT_FAILED, ""), result.err)
        self.assertEqual(names(), before)
        return result.error

    def destroyed(self):
        """Ends it, and holds what is left against what was there."""
        self.check(mortise("destroy", "net", uri=self.uri))
        self.assertEqual(names(), sorted(self.begin + ["br0"]))

    def statistics(self):
        """The domain's numbers of its interfaces."""
        report = mortise("domstats", "net", "--interface", "--json", uri=self.uri)
        self.assertEqual(report.code, EXIT_DONE, report.err)
        return report.json[0]["values"]

    def test_bridge(self):
        self.start(f"""<interface type='bridge'>
          <mac address='{MAC}'/><source bridge='br0'/><model type='virtio'/><driver name='qemu' queues='2'/>
          <mtu size='1400'/><link state='down'/></interface>
          <interface type='bridge'><source bridge='br0'/><target dev='guest-side'/></interface>""")
        tap, other = link("vnet0"), link("guest-side")
        self.assertEqual((tap["master"], tap["mtu"], tap["address"]), ("br0", 1400, "fe" + MAC[2:]))
        self.assertEqual((other["master"], other["mtu"]), ("br0", 1500))
        self.assertIn("UP", tap["flags"])
        self.assertEqual(queues(tap), 2)
        xml = self.check(mortise("dumpxml", "net", uri=self.uri)).out
        self.assertIn('<target dev="vnet0"/>', xml)
        self.assertIn('<target dev="guest-side"/>', xml)
        self.destroyed()
        # The live XML starts again, under whatever name is free then.
        ip("tuntap", "add", "vnet0", "mode", "tap")
        self.addCleanup(ip, "link", "del", "vnet0")
        live = self.file("live.xml", xml)
        self.check(mortise("undefine", "net", uri=self.uri))
        self.check(mortise("create", live, uri=self.uri))
        self.assertEqual(link("vnet1")["master"], "br0")
        self.check(mortise("destroy", "net", uri=self.uri))
        self.assertIsNone(link("vnet1"))

    @staticmethod
    def card_place(monitor):
        """Where the card's registers are; the firmware gives them a place, within the deadline."""
        until = time.monotonic() + DEADLINE
        place = None
        while place is None and time.monotonic() < until:
            shown = ask(monitor, "info pci")
            place = re.search(r"Ethernet controller.*?BAR1: 32 bit memory at (0x(?!f{8})[0-9a-f]{8}) ", shown, re.S)
        return int(place.group(1), 16)

    @staticmethod
    def card_has_link(monitor, place):
        """What an rtl8139 itself says of its cable: bit 2 of its media status stands for none."""
        value = ask(monitor, f"xp /1xb {place + 0x58:#x}").split()[-1]
        return not int(value, 16) & 4

    def test_link(self):
        """A cable that is pulled out and put in again while the guest runs."""
        path = os.path.join(self.folder.name, "monitor")
        self.start(f"""<interface type='bridge'><mac address='{MAC}'/><source bridge='br0'/><model type='rtl8139'/>
          </interface>""", more=f"""<qemu:commandline><qemu:arg value='-qmp'/>
          <qemu:arg value='unix:{path},server=on,wait=off'/></qemu:commandline>""")
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(DEADLINE)
            connection.connect(path)
            monitor = connection.makefile("rw", encoding="utf-8")
            monitor.readline()
            place = self.card_place(monitor)
            self.assertTrue(self.card_has_link(monitor, place))
            self.check(mortise("domif-setlink", "net", "vnet0", "down", uri=self.uri),
                       out="Device updated successfully\n")
            self.assertFalse(self.card_has_link(monitor, place))
            self.check(mortise("domif-setlink", "net", MAC.upper(), "up", uri=self.uri))
            self.assertTrue(self.card_has_link(monitor, place))
            self.check(mortise("domif-setlink", "net", "vnet0", "down", uri=self.uri))
        # Another process, and so another owner, knows it too.
        self.check(mortise("domif-getlink", "net", MAC, uri=self.uri), out=f"{MAC} down\n")
        self.assertIn('<link state="down"/>', self.check(mortise("dumpxml", "net", uri=self.uri)).out)
        self.assertNotIn("<link", self.check(mortise("dumpxml", "net", "--inactive", uri=self.uri)).out)
        self.check(mortise("domif-setlink", "net", "vnet0", "up", uri=self.uri))
        self.assertIn('<link state="up"/>', self.check(mortise("dumpxml", "net", uri=self.uri)).out)
        self.check(mortise("domif-setlink", "net", MAC, "down", "--config", uri=self.uri))
        self.assertIn('<link state="down"/>', self.check(mortise("dumpxml", "net", "--inactive", uri=self.uri)).out)
        self.check(mortise("domif-getlink", "net", "vnet0", uri=self.uri), out="vnet0 up\n")
        self.assertEqual(mortise("domiflist", "net", "--json", uri=self.uri).json,
                         [{"interface": "vnet0", "type": "bridge", "source": "br0", "model": "rtl8139", "mac": MAC,
                           "alias": "net0", "link": "up"}])

    def device_refused(self, verb, xml, *options):
        """The error of a change that must fail."""
        result = mortise(verb, "net", "-", *options, "--json", uri=self.uri, text=xml)
        self.assertEqual((result.code, result.out), (EXIT_FAILED, ""), result.err)
        return result.error

    def test_devices(self):
        """What the engine cannot do while the guest runs it says, and what can be done instead."""
        self.start(f"<interface type='bridge'><mac address='{MAC}'/><source bridge='br0'/></interface>")
        before = self.check(mortise("dumpxml", "net", uri=self.uri)).out
        card = "<interface type='user'><mac address='52:54:00:00:00:99'/></interface>"
        for verb in ("attach-device", "detach-device"):
            error = self.device_refused(verb, card, "--live")
            self.assertEqual(error["reason_id"], "unsupported")
            self.assertIn("change the definition only", error["hint"])
        error = self.device_refused("update-device", f"<interface type='bridge'><mac address='{MAC}'/>"
                                                     "<source bridge='br1'/></interface>")
        self.assertIn("<source> of the interface " + MAC + " is not as it runs", error["message"])
        error = self.device_refused("update-device", f"<interface type='user'><mac address='{MAC}'/></interface>")
        self.assertIn("the attribute type", error["message"])
        error = self.device_refused("update-device",
                                    f"<interface><mac address='{MAC}'/><link state='off'/></interface>")
        self.assertIn("up or down, and not 'off'", error["message"])
        error = self.device_refused("update-device", "<memballoon model='virtio'/>")
        self.assertEqual((error["reason_id"], "<link>" in error["message"]), ("unsupported", True))
        self.assertEqual(self.check(mortise("dumpxml", "net", uri=self.uri)).out, before)
        # The definition takes what can be started, and nothing else.
        self.check(mortise("attach-device", "net", "-", "--config", uri=self.uri, text=card))
        error = self.device_refused("attach-device", "<tpm model='tpm-tis'/>", "--config")
        self.assertEqual(error["reason_id"], "element-unsupported")
        self.assertIn("domain/devices/tpm", error["message"])
        error = mortise("memtune", "net", "--hard-limit", "1G", "--config", "--json", uri=self.uri).error
        self.assertEqual(error["reason_id"], "unsupported")
        self.assertEqual(len(mortise("domiflist", "net", "--inactive", "--json", uri=self.uri).json), 2)
        self.assertEqual(len(mortise("domiflist", "net", "--json", uri=self.uri).json), 1)
        self.check(mortise("setmem", "net", "16M", "--config", uri=self.uri))
        self.assertIn("<currentMemory>16384</currentMemory>",
                      self.check(mortise("dumpxml", "net", "--inactive", uri=self.uri)).out)
        self.check(mortise("detach-device", "net", "-", "--config", uri=self.uri, text=card))
        self.assertNotIn("52:54:00:00:00:99", self.check(mortise("dumpxml", "net", "--inactive", uri=self.uri)).out)

    def test_statistics(self):
        """What the bridge sends to everybody, the guest receives."""
        self.start("""<interface type='user'/>
          <interface type='bridge'><source bridge='br0'/><model type='virtio'/></interface>""")
        ip("address", "add", "192.0.2.1/24", "dev", "br0")
        until = time.monotonic() + DEADLINE
        counted = {}
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            while time.monotonic() < until and counted.get("net.1.rx.pkts", 0) == 0:
                sender.sendto(b"hello", ("192.0.2.255", 9))
                counted = self.statistics()
        self.assertEqual((counted["net.count"], counted["net.1.name"]), (2, "vnet0"))
        self.assertGreater(counted["net.1.rx.pkts"], 0)
        self.assertGreater(counted["net.1.rx.bytes"], 0)
        self.assertEqual((counted["net.1.tx.pkts"], counted["net.1.tx.drop"]), (0, 0))
        self.assertNotIn("net.0.name", counted)
        cards = mortise("domiflist", "net", "--json", uri=self.uri).json
        self.assertEqual([(card["interface"], card["type"]) for card in cards], [(None, "user"), ("vnet0", "bridge")])
        report = self.check(mortise("domifstat", "net", "vnet0", uri=self.uri)).out.splitlines()
        self.assertEqual([line.split()[:2] for line in report], [["vnet0", f"{way}_{what}"] for way in ("rx", "tx")
                                                                 for what in ("bytes", "packets", "errs", "drop")])
        self.assertGreater(mortise("domifstat", "net", cards[1]["mac"], "--json", uri=self.uri).json["rx_packets"], 0)
        error = mortise("domifstat", "net", cards[0]["mac"], "--json", uri=self.uri).error
        self.assertEqual(error["reason_id"], "unsupported")
        self.destroyed()

    def test_ethernet(self):
        ip("tuntap", "add", "mine", "mode", "tap", "multi_queue")
        self.addCleanup(ip, "link", "del", "mine")
        self.start("""<interface type='ethernet'><target dev='made'/><mtu size='1300'/></interface>
          <interface type='ethernet'><target dev='mine' managed='no'/><model type='virtio'/><driver queues='3'/>
          </interface>""")
        self.assertEqual(link("made")["mtu"], 1300)
        self.assertEqual(queues(link("mine")), 3)
        self.check(mortise("destroy", "net", uri=self.uri))
        self.assertIsNone(link("made"))
        self.assertIsNotNone(link("mine"))

    def direct(self):
        """A guest with a macvtap, on a veth; skipped where the kernel has none."""
        ip("link", "add", "wire", "type", "veth", "peer", "far")
        self.addCleanup(ip, "link", "del", "wire")
        ip("link", "set", "wire", "up")
        probe = subprocess.run(["ip", "link", "add", "probe", "link", "wire", "type", "macvtap"], check=False,
                               capture_output=True)
        if probe.returncode != 0:
            self.skipTest("this kernel has no macvtap")
        ip("link", "del", "probe")
        self.start(f"""<interface type='direct'><mac address='{MAC}'/><source dev='wire' mode='bridge'/>
          <model type='virtio'/></interface>""")
        made = link("macvtap0")
        self.assertEqual((made["address"], made["link"]), (MAC, "wire"))
        self.assertEqual(made["linkinfo"]["info_data"]["mode"], "bridge")

    def test_direct(self):
        self.direct()
        self.assertIn('<target dev="macvtap0"/>', self.check(mortise("dumpxml", "net", uri=self.uri)).out)
        self.check(mortise("destroy", "net", uri=self.uri))
        self.assertIsNone(link("macvtap0"))

    def test_direct_killed(self):
        """Nobody of ours is there when the emulator dies; the next who looks cleans up."""
        self.direct()
        emulator = int(mortise("domid", "net", uri=self.uri).out)
        os.kill(emulator, signal.SIGKILL)
        until = time.monotonic() + DEADLINE
        while link("macvtap0") is not None and time.monotonic() < until:
            self.check(mortise("list", "--all", uri=self.uri))
        self.assertIsNone(link("macvtap0"))
        self.assertIn("shut off", self.check(mortise("domstate", "net", uri=self.uri)).out)

    def test_bandwidth(self):
        self.start("""<interface type='bridge'><source bridge='br0'/>
          <bandwidth><inbound average='1000' peak='2000' burst='64'/></bandwidth></interface>""")
        if shutil.which("tc"):
            shown = subprocess.run(["tc", "qdisc", "show", "dev", "vnet0"], check=True, capture_output=True,
                                   text=True).stdout
            for word in ("qdisc tbf", "rate 8Mbit", "burst 64Kb", "peakrate 16Mbit"):
                self.assertIn(word, shown)
        self.destroyed()

    def test_refusals(self):
        error = self.refused("<interface type='bridge'>\n<source bridge='br7'/></interface>")
        self.assertEqual((error["reason_id"], error["hint"]),
                         ("link-missing", "create it with: ip link add br7 type bridge"))
        self.assertRegex(error["message"], r"line \d+, domain/devices/interface/source: bridge 'br7' does not exist")
        error = self.refused("<interface type='direct'><source dev='eth9'/></interface>")
        self.assertIn("device 'eth9' does not exist", error["message"])
        error = self.refused("<interface type='ethernet'><target dev='none' managed='no'/></interface>")
        self.assertIn("device 'none' does not exist", error["message"])
        error = self.refused("<interface type='bridge'><source bridge='lo'/></interface>")
        self.assertIn("'lo' is no bridge", error["message"])
        # The first is made before the second fails.
        error = self.refused("""<interface type='bridge'><source bridge='br0'/></interface>
            <interface type='ethernet'><target dev='br0'/></interface>""")
        self.assertEqual(error["reason_id"], "link-exists")
        error = self.refused("<interface type='bridge'><source bridge='br0'/></interface>",
                             emulator="<emulator>/bin/false</emulator>")
        self.assertEqual(error["reason_id"], "emulator-ended")

    def test_without_provider(self):
        error = self.refused("<interface type='bridge'>\n<source bridge='br0'/></interface>",
                             variables={"MORTISE_MANIFEST_PATH": DRIVERS})
        self.assertEqual(error["reason_id"], "host-unsupported")
        self.assertRegex(error["message"], r"line \d+, domain/devices/interface/@type: the module 'netlink'")
        self.assertIn("mortise-provider-netlink", error["hint"])


if __name__ == "__main__":
    for reason, there in NEEDS:
        if not there:
            print(f"SKIP {os.path.basename(sys.argv[0])}: {reason}")
            sys.exit(77)
    if INSIDE not in sys.argv:
        os.execvp("unshare", ["unshare", "--net", sys.executable, "-B", os.path.abspath(__file__), INSIDE])
    sys.argv.remove(INSIDE)
    # Out of time is no reason to leave a guest behind: what was begun is cleaned up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main(needs_driver=False)
