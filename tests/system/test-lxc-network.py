#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Containers on a bridge: they reach each other, their packets are counted, and no device is left, whatever happens.

import os
import signal
import subprocess

from command_testing import BUILD, EXIT_FAILED, mortise
from lxc_testing import NETWORK, ContainerTest, has_ended, links, main

DRIVERS = os.path.join(BUILD, "drivers")


def run_ip(*words):
    """Configures the test's own network namespace."""
    subprocess.run(["ip", *words], check=True)


def shown(name):
    """What `ip` says about a device."""
    return subprocess.run(["ip", "-d", "link", "show", name], check=True, stdout=subprocess.PIPE,
                          encoding="utf-8").stdout


def interface(number, more=""):
    """An interface on the test's bridge."""
    return (f"<interface type='bridge'><source bridge='testbr'/><mac address='00:16:3e:00:00:0{number}'/>"
            f"<ip address='192.0.2.{number}' prefix='24'/>{more}</interface>")


class Network(ContainerTest):
    """All in a network namespace that the test has made."""

    def setUp(self):
        run_ip("link", "add", "testbr", "type", "bridge")
        run_ip("link", "set", "testbr", "up")
        self.addCleanup(run_ip, "link", "delete", "testbr")
        super().setUp()

    def test_two_reach_each_other(self):
        self.run_shell("one", "sleep 1000", devices=interface(1, "<route gateway='192.0.2.254'/><mtu size='1400'/>"))
        # The kernel brings links up by a work queue of its own, and drops what is sent before.
        self.run_shell("two", "until ping -c 1 -W 1 192.0.2.1; do :; done; "
                       "ping -c 3 192.0.2.1 >/tmp/ping 2>&1; ip addr >/tmp/addresses; ip route >/tmp/routes;"
                       "echo $? >/tmp/done; sleep 1000", devices=interface(2, "<guest dev='lan0'/>"))
        self.await_file("tmp/done")
        self.assertIn("3 packets received", self.await_file("tmp/ping"))
        self.assertIn("lan0", self.await_file("tmp/addresses"))
        self.assertIn("192.0.2.2/24 brd 192.0.2.255", self.await_file("tmp/addresses"))
        self.assertIn("00:16:3e:00:00:02", self.await_file("tmp/addresses"))
        stats = self.stats("two")
        self.assertEqual(stats["net.count"], "1")
        self.assertGreaterEqual(int(stats["net.0.rx.pkts"]), 3)
        self.assertGreaterEqual(int(stats["net.0.tx.pkts"]), 3)
        self.assertIn(stats["net.0.name"], links())
        self.assertIn(f"dev=\"{stats['net.0.name']}\"", self.done("dumpxml", "two"))
        for name in ("one", "two"):
            self.done("destroy", name)
        self.assertEqual(links(), self.before)

    def test_settings(self):
        """What the definition asks for is what the container and the host have."""
        self.run_shell("job", "ip addr >/tmp/addresses; ip route >/tmp/routes; ip -6 route >/tmp/routes6; "
                       "echo >/tmp/done; sleep 1000", devices=interface(
                           1, "<ip address='2001:db8::1' prefix='64'/><route gateway='192.0.2.254'/>"
                           "<route address='198.51.100.7' prefix='24' gateway='192.0.2.253'/>"
                           "<route address='203.0.113.0' netmask='255.255.255.0' gateway='192.0.2.252' metric='7'/>"
                           "<route family='ipv6' address='2001:db8:1::' prefix='48' gateway='2001:db8::2'/>"
                           "<target dev='testveth'/><mtu size='1400'/>"))
        self.await_file("tmp/done")
        addresses = self.await_file("tmp/addresses")
        self.assertIn("mtu 1400", addresses)
        self.assertIn("2001:db8::1/64", addresses)
        routes = self.await_file("tmp/routes")
        for words in ("default via 192.0.2.254 dev eth0", "198.51.100.0/24 via 192.0.2.253 dev eth0",
                      "203.0.113.0/24 via 192.0.2.252 dev eth0"):
            self.assertIn(words, routes)
        self.assertIn("metric 7", routes)
        self.assertIn("2001:db8:1::/48 via 2001:db8::2", self.await_file("tmp/routes6"))
        self.await_true(lambda: "state UP" in shown("testveth"), "the kernel has not brought it up")
        text = shown("testveth")
        for words in ("mtu 1400", "master testbr", "fe:16:3e:00:00:01",
                      "alias mortise:" + self.uuids()[0]):
            self.assertIn(words, text)
        self.assertIn("testveth", self.stats("job").values())

    def test_refused_route(self):
        """What the kernel does not take ends the start, and says which one it was."""
        self.define("job", init="/bin/sleep", arguments=("1000",),
                    devices=interface(1, "<route address='198.51.100.0' prefix='24' gateway='203.0.113.9'/>"))
        failed = mortise("start", "job", uri=self.uri)
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertIn("198.51.100.0/24 203.0.113.9", failed.err)
        self.assertIn("unreachable", failed.err)
        self.assertIn("A gateway has to be in a network", failed.err)
        self.assertNotIn("Script", failed.err)
        self.assertEqual(links(), self.before)

    def test_cable_pulled_out(self):
        self.run_shell("job", "cat /sys/class/net/eth0/carrier >/tmp/carrier; echo >/tmp/done; sleep 1000",
                       devices=interface(1, "<link state='down'/><target dev='testveth'/>"))
        self.await_file("tmp/done")
        self.assertEqual(self.await_file("tmp/carrier"), "0\n")
        self.assertIn("state DOWN", shown("testveth"))

    def test_bandwidth(self):
        self.define("job", init="/bin/sleep", arguments=("1000",), devices=interface(
            1, "<bandwidth><inbound average='100'/></bandwidth><target dev='testveth'/>"))
        started = mortise("start", "job", uri=self.uri)
        if started.code != 0:
            self.assertIn("/bandwidth", started.err)
            self.assertEqual(links(), self.before)
            self.skipTest("the kernel has no sch_tbf")
        self.assertIn("tbf", subprocess.run(["tc", "qdisc", "show", "dev", "testveth"], stdout=subprocess.PIPE,
                                            encoding="utf-8", check=True).stdout)

    def test_same_network_after_reboot(self):
        self.run_shell("job", "ip addr show eth0 >/tmp/addresses.$(date +%s%N); if test -e /tmp/again; then echo "
                       ">/tmp/done; sleep 1000; fi; touch /tmp/again; reboot -f", devices=interface(1))
        self.await_file("tmp/done")
        found = [name for name in os.listdir(os.path.join(self.root, "tmp")) if name.startswith("addresses")]
        self.assertGreaterEqual(len(found), 1)
        for name in found:
            self.assertIn("192.0.2.1/24", self.await_file("tmp/" + name))

    def test_end_without_owner(self):
        """The monitor alone takes back what was made, while nobody looks."""
        self.run_shell("job", "while test ! -e /tmp/go; do sleep 0.01; done", devices=interface(1) +
                       "<interface type='direct'><source dev='testbr' mode='bridge'/></interface>")
        with open(os.path.join(self.root, "tmp", "go"), "w", encoding="utf-8"):
            pass
        self.await_true(lambda: links() == self.before, "links are left")

    def test_taken_name(self):
        """A device of somebody else is neither used nor removed."""
        run_ip("link", "add", "mlptest", "type", "veth", "peer", "name", "testpeer")
        self.addCleanup(run_ip, "link", "delete", "testpeer")
        self.define("job", init="/bin/sleep", arguments=("1000",), devices=interface(1))
        run_ip("link", "set", "mlptest", "name", f"mlp{self.uuids()[0][:8]}.0")
        before = links()
        failed = mortise("start", "job", uri=self.uri)
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertEqual(links(), before)

    def test_without_provider(self):
        self.define("job", init="/bin/sleep", arguments=("1000",), devices=interface(1))
        failed = mortise("start", "job", uri=self.uri, variables={"MORTISE_MANIFEST_PATH": DRIVERS})
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertRegex(failed.err, r"^mortise: line \d+, domain/devices/interface/@type: the module 'netlink'")
        self.assertIn("mortise-provider-netlink", failed.err)
        self.assertNotIn("may be left", failed.err)

    def test_missing_bridge(self):
        self.define("job", devices="<interface type='bridge'><source bridge='nobr0'/></interface>")
        failed = mortise("start", "job", uri=self.uri)
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertIn("bridge 'nobr0' does not exist", failed.err)
        self.assertIn("ip link add nobr0 type bridge", failed.err)

    def test_failed_start_leaves_nothing(self):
        with open(os.path.join(self.root, "bin", "script"), "w", encoding="utf-8") as file:
            file.write("#!/bin/nowhere\n")
        os.chmod(file.name, 0o755)
        self.define("job", init="/bin/script", devices=interface(1))
        self.assertEqual(mortise("start", "job", uri=self.uri).code, EXIT_FAILED)
        self.assertEqual(links(), self.before)

    def test_no_device_without_interface(self):
        self.run_shell("job", "ip link >/tmp/links; echo >/tmp/done; sleep 1000")
        self.await_file("tmp/done")
        self.assertEqual([line.split()[1:3] for line in self.await_file("tmp/links").splitlines() if line[0] != " "],
                         [["lo:", "<LOOPBACK,UP,LOWER_UP>"]])

    def test_ethernet_and_macvlan(self):
        run_ip("link", "add", "testdummy", "type", "veth", "peer", "name", "testpeer")
        self.addCleanup(run_ip, "link", "delete", "testdummy")
        before = links()
        self.run_shell("job", "ip addr >/tmp/links; echo >/tmp/done; sleep 1000",
                       devices="<interface type='ethernet'><target dev='testveth'/></interface>"
                               "<interface type='direct'><source dev='testdummy' mode='bridge'/></interface>")
        self.await_file("tmp/done")
        self.assertIn("testveth", links())
        self.assertRegex(self.await_file("tmp/links"), "(?s)eth0.*eth1")
        self.done("destroy", "job")
        self.assertEqual(links(), before)

    def test_device_of_the_host(self):
        run_ip("link", "add", "testdummy", "type", "veth", "peer", "name", "testpeer")
        self.addCleanup(run_ip, "link", "delete", "testdummy")
        self.run_shell("job", "ip addr >/tmp/addresses; ip route >/tmp/routes; echo >/tmp/done; sleep 1000",
                       devices="<hostdev mode='capabilities' type='net'><source><interface>testdummy</interface>"
                               "</source><ip address='192.0.2.6' prefix='25'/><route gateway='192.0.2.1'/></hostdev>")
        self.assertNotIn("testdummy", links())
        self.await_file("tmp/done")
        self.assertIn("192.0.2.6/25 brd 192.0.2.127", self.await_file("tmp/addresses"))
        self.assertIn("default via 192.0.2.1", self.await_file("tmp/routes"))
        self.done("destroy", "job")
        self.assertIn("testdummy", links())

    def test_shared_namespace(self):
        self.run_shell("one", "sleep 1000", devices=interface(1))
        self.run_shell("two", "ip addr >/tmp/addresses; echo >/tmp/done; sleep 1000", body="""
            <lxc:namespace xmlns:lxc='http://libvirt.org/schemas/domain/lxc/1.0'>
              <lxc:sharenet type='name' value='one'/></lxc:namespace>""")
        self.await_file("tmp/done")
        self.assertIn("192.0.2.1", self.await_file("tmp/addresses"))

    def test_namespace_that_cannot_be_shared(self):
        """A process that has ended is there until somebody asks how, and has no namespaces any more."""
        with subprocess.Popen(["true"]) as ended:
            os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
            self.define("job", init="/bin/sleep", arguments=("1000",), body=f"""
                <lxc:namespace xmlns:lxc='http://libvirt.org/schemas/domain/lxc/1.0'>
                  <lxc:sharenet type='pid' value='{ended.pid}'/></lxc:namespace>""")
            failed = mortise("start", "job", uri=self.uri)
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertRegex(failed.err, fr"line \d+: /proc/{ended.pid}/ns/net, which is to be shared, cannot be opened")

    def test_killed_monitor(self):
        self.kill_monitor()

    def test_killed_monitor_of_another_user(self):
        """The kernel does not kill an init with its monitor that has changed its user."""
        self.kill_monitor(os_more="<inituser>nobody</inituser>")

    def kill_monitor(self, **how):
        """Kills a monitor while nobody is there; the next owner finds nothing left."""
        self.run_shell("job", "sleep 1000", devices=interface(1), **how)
        init = self.init("job")
        with open(f"/proc/{init}/stat", encoding="utf-8") as file:
            monitor = int(file.read().rpartition(")")[2].split()[1])
        os.kill(monitor, signal.SIGKILL)
        self.await_state("job", "crashed (crashed)")
        self.assertTrue(has_ended(init))
        self.assertEqual(links(), self.before)


if __name__ == "__main__":
    main(needs=[NETWORK])
