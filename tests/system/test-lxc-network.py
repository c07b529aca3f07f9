#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Containers on a bridge: they reach each other, their packets are counted, and no device is left, whatever happens.

import os
import signal
import subprocess

from command_testing import EXIT_FAILED, mortise
from lxc_testing import ContainerTest, has_ended, links, main


def run_ip(*words):
    """Configures the test's own network namespace."""
    subprocess.run(["ip", *words], check=True)


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
        self.run_shell("two", "ping -c 3 192.0.2.1 >/tmp/ping 2>&1; ip addr >/tmp/addresses; ip route >/tmp/routes;"
                       "echo $? >/tmp/done; sleep 1000", devices=interface(2, "<guest dev='lan0'/>"))
        self.await_file("tmp/done")
        self.assertIn("3 packets received", self.await_file("tmp/ping"))
        self.assertIn("lan0", self.await_file("tmp/addresses"))
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
        self.assertEqual([line.split()[1] for line in self.await_file("tmp/links").splitlines() if line[0] != " "],
                         ["lo:"])

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
        self.run_shell("job", "sleep 1000",
                       devices="<hostdev mode='capabilities' type='net'><source><interface>testdummy</interface>"
                               "</source></hostdev>")
        self.assertNotIn("testdummy", links())
        self.done("destroy", "job")
        self.assertIn("testdummy", links())

    def test_shared_namespace(self):
        self.run_shell("one", "sleep 1000", devices=interface(1))
        self.run_shell("two", "ip addr >/tmp/addresses; echo >/tmp/done; sleep 1000", body="""
            <lxc:namespace xmlns:lxc='http://libvirt.org/schemas/domain/lxc/1.0'>
              <lxc:sharenet type='name' value='one'/></lxc:namespace>""")
        self.await_file("tmp/done")
        self.assertIn("192.0.2.1", self.await_file("tmp/addresses"))

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
    main()
