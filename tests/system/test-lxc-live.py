#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Changes of containers that run: limits, weights, devices; as the kernel holds them and as the next owner finds them.

import glob
import os
import re
import subprocess

from command_testing import EXIT_FAILED, mortise
from lxc_testing import ContainerTest, links, main, needs_network

MIB = 1024 * 1024
REBOOT = ("echo x >>/tmp/lives; while test ! -e /tmp/go; do sleep 0.01; done; "
          "if test -e /tmp/again; then sleep 1000; fi; touch /tmp/again; reboot -f")
# Reboots when /tmp/goN is there in its life N.
LIVES = ("echo x >>/tmp/lives; lives=$(busybox wc -l </tmp/lives); until test -e /tmp/go$lives; do sleep 0.01; done; "
         "reboot -f")


class Limits(ContainerTest):
    """Each run of the command is another owner."""

    def kernel(self, *names):
        """What a file of the container's control group holds; the first of these names that is there."""
        for name in names:
            for path in glob.glob(f"/sys/fs/cgroup/*/mortise-lxc-{self.uuids()[0]}-????????/{name}") + \
                    glob.glob(f"/sys/fs/cgroup/mortise-lxc-{self.uuids()[0]}-????????/{name}"):
                with open(path, encoding="utf-8") as file:
                    return file.read().strip()
        return None

    def hard_limit(self):
        """The limit of memory in bytes."""
        return int(self.kernel("memory.limit_in_bytes", "memory.max"))

    def test_memory(self):
        self.run_shell("job", "sleep 1000")
        self.done("setmem", "job", "48M")
        self.assertEqual(self.hard_limit(), 48 * MIB)
        self.assertRegex(self.done("dumpxml", "job"), "<currentMemory[^>]*>49152</currentMemory>")
        self.assertRegex(self.done("memtune", "job"), r"hard_limit\s*:\s*49152")
        self.done("memtune", "job", "--hard-limit", "56M", "--soft-limit", "40M")
        self.assertEqual(self.hard_limit(), 56 * MIB)
        self.assertRegex(self.done("memtune", "job"), r"soft_limit\s*:\s*40960")
        self.assertRegex(self.done("dumpxml", "job"), "<soft_limit[^>]*>40960</soft_limit>")

    def test_less_than_in_use(self):
        """The kernel refuses, and all that was set before is put back."""
        self.run_shell("job", "mkdir -p /ram; mount -t tmpfs none /ram; dd if=/dev/zero of=/ram/file bs=1M count=24 "
                       "2>/dev/null; echo >/tmp/done; sleep 1000", body="<memtune><swap_hard_limit unit='MiB'>64"
                       "</swap_hard_limit></memtune>" if self.has_swap_limit() else "")
        self.await_file("tmp/done")
        failed = mortise("memtune", "job", "--soft-limit", "8M", "--hard-limit", "1M", uri=self.uri)
        if failed.code == 0:
            self.skipTest("the host's swap takes what is over the limit")
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertIn("the container uses more", failed.err)
        self.assertEqual(self.hard_limit(), 64 * MIB)
        self.assertNotIn("8192", self.done("memtune", "job"))

    def has_swap_limit(self):
        """Whether the host counts swap."""
        return os.path.exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes")

    def test_swap_in_any_order(self):
        if not self.has_swap_limit():
            self.skipTest("the host's control groups do not count swap")
        self.run_shell("job", "sleep 1000")
        for hard, swap in ((40, 50), (60, 70), (20, 30)):
            self.done("memtune", "job", "--hard-limit", f"{hard}M", "--swap-hard-limit", f"{swap}M")
            self.assertEqual(self.hard_limit(), hard * MIB)
            self.assertEqual(self.kernel("memory.memsw.limit_in_bytes"), str(swap * MIB))

    def test_swap_below_memory(self):
        """What cannot be is refused in words, and nothing changes."""
        self.run_shell("job", "sleep 1000")
        failed = mortise("memtune", "job", "--hard-limit", "40M", "--swap-hard-limit", "30M", uri=self.uri)
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertIn("swap_hard_limit is 30720 KiB, and hard_limit more", failed.err)
        self.assertEqual(self.hard_limit(), 64 * MIB)

    def test_memory_of_the_definition(self):
        """The amount that is set is the limit of the next life, also where the definition names a limit."""
        self.define("job", init="/bin/sleep", arguments=("1000",))
        self.done("setmem", "job", "40M", "--config")
        self.done("start", "job")
        self.assertEqual(self.hard_limit(), 40 * MIB)
        self.done("memtune", "job", "--hard-limit", "56M", "--config")
        self.done("setmem", "job", "48M", "--live", "--config")
        self.assertEqual(self.hard_limit(), 48 * MIB)
        self.assertRegex(self.done("memtune", "job", "--config"), r"hard_limit\s*:\s*49152")
        self.done("destroy", "job")
        self.done("start", "job")
        self.assertEqual(self.hard_limit(), 48 * MIB)

    def test_cpu_and_weight(self):
        self.run_shell("job", "sleep 1000")
        self.done("schedinfo", "job", "cpu_shares=512", "vcpu_period=50000", "vcpu_quota=25000")
        text = self.done("schedinfo", "job")
        for words in (r"cpu_shares\s*:\s*51[12]", r"vcpu_period\s*:\s*50000", r"vcpu_quota\s*:\s*25000"):
            self.assertRegex(text, words)
        self.assertIn(self.kernel("cpu.cfs_quota_us", "cpu.max"), ("25000", "25000 50000"))
        self.done("schedinfo", "job", "vcpu_quota=-1")
        self.assertIn(self.kernel("cpu.cfs_quota_us", "cpu.max"), ("-1", "max 50000"))
        changed = mortise("blkiotune", "job", "--weight", "200", uri=self.uri)
        if changed.code != 0:
            self.assertIn("no weight", changed.err)
        else:
            self.assertIn("200", self.done("blkiotune", "job"))

    def test_reboot(self):
        """What was changed holds in the next life."""
        self.run_shell("job", REBOOT)
        self.done("memtune", "job", "--hard-limit", "40M")
        self.done("schedinfo", "job", "cpu_shares=300")
        with open(os.path.join(self.root, "tmp", "go"), "w", encoding="utf-8"):
            pass
        self.await_true(lambda: self.await_file("tmp/lives") == "x\nx\n", "it did not reboot")
        self.assertEqual(self.hard_limit(), 40 * MIB)
        self.assertRegex(self.done("schedinfo", "job"), r"cpu_shares\s*:\s*(300|29\d)")

    def test_definition(self):
        self.define("job", init="/bin/sleep", arguments=("1000",))
        self.done("memtune", "job", "--hard-limit", "40M", "--config")
        self.done("schedinfo", "job", "cpu_shares=512", "--config")
        self.done("start", "job")
        self.assertEqual(self.hard_limit(), 40 * MIB)
        self.assertRegex(self.done("schedinfo", "job"), r"cpu_shares\s*:\s*51[12]")


class Devices(ContainerTest):
    """What is given to a container that runs is there inside, and gone again without a trace."""

    def setUp(self):
        for words in (("add", "testbr", "type", "bridge"), ("set", "testbr", "up")):
            subprocess.run(["ip", "link", *words], check=True)
        self.addCleanup(subprocess.run, ["ip", "link", "delete", "testbr"], check=True)
        super().setUp()

    def change(self, verb, xml):
        """Runs a verb with a device; what became of it."""
        return mortise(verb, "job", self.file("device.xml", xml), uri=self.uri)

    def inside(self, *words):
        """What a program in the container prints."""
        return self.done("enter", "job", "--", *words)

    @needs_network
    def test_interface(self):
        card = ("<interface type='bridge'><source bridge='testbr'/><mac address='00:16:3e:00:00:07'/>"
                "<ip address='192.0.2.7' prefix='24'/><route gateway='192.0.2.1'/>"
                "<route address='198.51.100.0' prefix='24' gateway='192.0.2.2'/><guest dev='lan7'/>"
                "<mtu size='1300'/>{more}</interface>")
        self.run_shell("job", "sleep 1000", devices="<interface type='ethernet'/>")
        before = links()
        self.check(self.change("attach-device", card.format(more="")))
        host = next(name for name in links() if name not in before)
        text = self.inside("ip", "addr", "show", "lan7")
        for words in ("192.0.2.7/24", "mtu 1300", "00:16:3e:00:00:07"):
            self.assertIn(words, text)
        self.assertIn("198.51.100.0/24 via 192.0.2.2 dev lan7", self.inside("ip", "route"))
        self.assertEqual(self.stats("job")["net.count"], "2")
        self.assertIn(f"dev='{host}'", self.done("dumpxml", "job").replace('"', "'"))
        again = self.change("attach-device", card.format(more=""))
        self.assertEqual(again.code, EXIT_FAILED)
        self.check(self.change("update-device", card.format(more="<link state='down'/>")))
        self.assertEqual(self.inside("cat", "/sys/class/net/lan7/carrier").strip(), "0")
        self.check(self.change("update-device", card.format(more="")))
        self.assertEqual(self.inside("cat", "/sys/class/net/lan7/carrier").strip(), "1")
        refused = self.change("update-device", card.format(more="").replace("1300", "1200"))
        self.assertEqual(refused.code, EXIT_FAILED)
        self.assertIn("mtu", refused.err)
        self.check(self.change("detach-device", "<interface type='bridge'><mac address='00:16:3e:00:00:07'/>"
                               "</interface>"))
        self.assertEqual(links(), before)
        self.assertNotIn("lan7", self.inside("ip", "link"))
        self.assertNotIn("lan7", self.done("dumpxml", "job"))
        self.assertEqual(self.stats("job")["net.count"], "1")

    @needs_network
    def test_interface_in_words(self):
        """A definition need not say the address that the running interface has; both are taken away again."""
        self.run_shell("job", "sleep 1000")
        before = links()
        self.done("attach-interface", "job", "bridge", "testbr", "--mac", "00:16:3e:00:00:08", "--target", "testport")
        self.assertIn("testport", links())
        self.assertIn("00:16:3e:00:00:08", self.inside("ip", "link"))
        self.done("attach-interface", "job", "ethernet", "--persistent")
        self.assertEqual(self.stats("job")["net.count"], "2")
        self.assertIn("<interface type='ethernet'", self.done("dumpxml", "job", "--inactive").replace('"', "'"))
        # A second one in the same words is one more, and then those words speak of neither.
        self.done("attach-interface", "job", "ethernet")
        self.assertEqual(self.stats("job")["net.count"], "3")
        refused = mortise("detach-interface", "job", "ethernet", uri=self.uri)
        self.assertEqual(refused.code, EXIT_FAILED)
        address = re.findall(r"ethernet +- +- +(\S+)", self.done("domiflist", "job"))[1]
        self.done("detach-interface", "job", "ethernet", "--mac", address)
        self.done("detach-interface", "job", "ethernet", "--persistent")
        self.assertNotIn("<interface", self.done("dumpxml", "job", "--inactive"))
        refused = mortise("attach-disk", "job", "/dev/null", "vda", uri=self.uri)
        self.assertEqual(refused.code, EXIT_FAILED)
        self.assertIn("disk", refused.err)
        self.done("detach-interface", "job", "bridge", "--mac", "00:16:3e:00:00:08")
        self.assertEqual(links(), before)
        self.assertNotIn("<interface", self.done("dumpxml", "job"))

    @needs_network
    def test_interface_that_cannot(self):
        """What was made for an interface that fails half way is taken back."""
        self.run_shell("job", "sleep 1000")
        before = links()
        failed = self.change("attach-device", "<interface type='bridge'><source bridge='testbr'/><guest dev='lan7'/>"
                             "<route address='198.51.100.0' prefix='24' gateway='203.0.113.1'/></interface>")
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertIn("route", failed.err)
        self.assertEqual(links(), before)
        self.assertNotIn("lan7", self.inside("ip", "link"))
        missing = self.change("attach-device", "<interface type='bridge'><source bridge='nobr0'/></interface>")
        self.assertIn("bridge 'nobr0' does not exist", missing.err)

    @needs_network
    def test_bandwidth_that_cannot(self):
        """A limit that the kernel does not take leaves the one before."""
        def limits():
            text = subprocess.run(["tc", "qdisc", "show", "dev", "testveth"], stdout=subprocess.PIPE, encoding="utf-8",
                                  check=True).stdout
            return [word for word in text.split() if word.endswith("bit")]

        card = ("<interface type='bridge'><source bridge='testbr'/><mac address='00:16:3e:00:00:07'/>"
                "<bandwidth><inbound average='{}' burst='{}'/></bandwidth><target dev='testveth'/></interface>")
        self.run_shell("job", "sleep 1000")
        attached = self.change("attach-device", card.format(100, 64))
        if attached.code != 0:
            self.assertIn("bandwidth", attached.err)
            self.skipTest("the kernel has no sch_tbf")
        self.assertEqual(limits(), ["800Kbit"])
        self.check(self.change("update-device", card.format(200, 64)))
        self.assertEqual(limits(), ["1600Kbit"])
        # a burst that is over sooner than the kernel's clock can tell
        refused = self.change("update-device", card.format(2000000, 1))
        self.assertEqual(refused.code, EXIT_FAILED)
        self.assertIn("bandwidth", refused.err)
        self.assertEqual(limits(), ["1600Kbit"])

    def live_on(self, lives):
        """Lets a container that runs LIVES reboot, and waits for that life."""
        with open(os.path.join(self.root, "tmp", f"go{lives - 1}"), "w", encoding="utf-8"):
            pass
        self.await_true(lambda: self.await_file("tmp/lives") == "x\n" * lives, "it did not reboot")

    @needs_network
    def test_interfaces_after_reboots(self):
        """As the live XML says: what came is there again, as it was last, and what went is not."""
        self.run_shell("job", LIVES, devices="<interface type='ethernet'><guest dev='lan0'/></interface>"
                       "<interface type='ethernet'><mac address='00:16:3e:00:00:01'/><guest dev='lan1'/>"
                       "<ip address='203.0.113.9' prefix='24'/><route address='198.51.100.128' prefix='25' "
                       "gateway='203.0.113.1'/></interface>")
        card = ("<interface type='bridge'><source bridge='testbr'/><mac address='00:16:3e:00:00:02'/>"
                "<target dev='testport'/><guest dev='lan2'/><ip address='192.0.2.7' prefix='24'/>"
                "<route address='198.51.100.0' prefix='25' gateway='192.0.2.2'/>{more}</interface>")
        ethernet = "<interface type='ethernet'><mac address='00:16:3e:00:00:0{0}'/><guest dev='lan{0}'/></interface>"
        for xml in (card.format(more=""), ethernet.format(3), ethernet.format(4)):
            self.check(self.change("attach-device", xml))
        for number in (1, 3):
            self.check(self.change("detach-device", f"<interface type='ethernet'><mac address='00:16:3e:00:00:0"
                                   f"{number}'/></interface>"))
        self.check(self.change("attach-device", ethernet.format(5)))
        self.check(self.change("attach-device", ethernet.format(6).replace("<guest", "<target dev='testsix'/><guest")))
        for lives in (2, 3):
            self.live_on(lives)
            text = self.inside("ip", "addr")
            for words in ("lan0", "lan2", "lan4", "lan5", "lan6", "192.0.2.7/24", "00:16:3e:00:00:02",
                          "00:16:3e:00:00:05"):
                self.assertIn(words, text)
            self.assertEqual([name for name in ("lan1", "lan3") if name in text], [])
            self.assertIn("198.51.100.0/25 via 192.0.2.2 dev lan2", self.inside("ip", "route"))
            xml = self.done("dumpxml", "job")
            self.assertEqual([number for number in range(7) if f"lan{number}" in xml], [0, 2, 4, 5, 6])
            self.assertEqual(self.stats("job")["net.count"], "5")
            self.assertEqual(self.inside("cat", "/sys/class/net/lan2/carrier").strip(), str(3 - lives))
            # In the last life the cable is still pulled out.
            self.check(self.change("update-device", card.format(more="<link state='down'/>")))
        self.check(self.change("detach-device", card.format(more="")))
        self.assertNotIn("testport", links())

    def test_all_else_after_reboot(self):
        data = os.path.join(self.folder.name, "data")
        os.mkdir(data)
        given = [f"<filesystem type='mount'><source dir='{data}'/><target dir='/new/data'/><readonly/></filesystem>",
                 "<filesystem type='ram'><source usage='1024' units='KiB'/><target dir='/ram'/></filesystem>"]
        taken = "<filesystem type='mount'><source dir='{0}'/><target dir='/{1}'/></filesystem>"
        node = "<hostdev mode='capabilities' type='misc'><source><char>/dev/{}</char></source></hostdev>"
        other = next((name for name in ("net/tun", "loop-control", "kvm") if os.path.exists("/dev/" + name)), None)
        nodes = other and os.path.exists("/dev/fuse") and os.path.exists("/sys/fs/cgroup/devices")
        self.run_shell("job", LIVES, devices=taken.format(data, "first") + (node.format("fuse") if nodes else ""))
        for xml in given + [taken.format(data, "second")] + ([node.format(other)] if nodes else []):
            self.check(self.change("attach-device", xml))
        for xml in [taken.format(data, "first"), taken.format(data, "second")] + \
                ([node.format("fuse")] if nodes else []):
            self.check(self.change("detach-device", xml))
        self.live_on(2)
        mounts = [line.split() for line in self.inside("cat", "/proc/mounts").splitlines()]
        options = {words[1]: words[3] for words in mounts}
        self.assertTrue(options["/new/data"].startswith("ro,"))
        self.assertIn("size=1024k", options["/ram"])
        self.assertEqual({"/first", "/second"} & set(options), set())
        if nodes:
            allowed = self.listed()
            number = os.stat("/dev/" + other).st_rdev
            self.assertIn(f"c {os.major(number)}:{os.minor(number)} rw\n", allowed)
            self.assertNotIn("c 10:229", allowed)
            self.inside("test", "-c", "/dev/" + other)

    @needs_network
    def test_device_of_the_host_comes_home(self):
        """With its name, after a reboot and whatever ends the container."""
        card = ("<hostdev mode='capabilities' type='net'><source><interface>testdummy</interface></source></hostdev>")
        subprocess.run(["ip", "link", "add", "testdummy", "type", "veth", "peer", "name", "testpeer"], check=True)
        self.addCleanup(subprocess.run, ["ip", "link", "delete", "testpeer"], check=True)
        self.run_shell("job", LIVES)
        self.check(self.change("attach-device", card))
        self.live_on(2)
        self.assertNotIn("testdummy", links())
        self.assertIn("eth0", self.inside("ip", "link"))
        self.done("destroy", "job")
        self.assertIn("testdummy", links())
        self.define("brief", init="/bin/sh", arguments=("-c", "until test -e /tmp/end; do sleep 0.01; done"))
        self.done("start", "brief")
        self.check(mortise("attach-device", "brief", self.file("device.xml", card), uri=self.uri))
        with open(os.path.join(self.root, "tmp", "end"), "w", encoding="utf-8"):
            pass
        self.await_state("brief", "shut off (shutdown)")
        self.assertIn("testdummy", links())

    def test_filesystems(self):
        data = os.path.join(self.folder.name, "data")
        os.mkdir(data)
        with open(os.path.join(data, "file"), "w", encoding="utf-8") as file:
            file.write("content\n")
        self.run_shell("job", "while test ! -e /data/wait; do sleep 0.01; done; cd /data; echo >/tmp/in; sleep 1000")
        tree = f"<filesystem type='mount'><source dir='{data}'/><target dir='/data'/>{{more}}</filesystem>"
        ram = "<filesystem type='ram'><source usage='1024' units='KiB'/><target dir='/new/ram'/></filesystem>"
        self.check(self.change("attach-device", tree.format(more="<readonly/>")))
        self.assertEqual(self.inside("cat", "/data/file"), "content\n")
        self.assertNotEqual(mortise("enter", "job", "--", "touch", "/data/new", uri=self.uri).code, 0)
        self.assertNotEqual(self.change("attach-device", tree.format(more="")).code, 0)
        self.check(self.change("detach-device", tree.format(more="<readonly/>")))
        self.check(self.change("attach-device", tree.format(more="")))
        self.inside("touch", "/data/wait")
        self.await_file("tmp/in")
        busy = self.change("detach-device", tree.format(more=""))
        self.assertEqual(busy.code, EXIT_FAILED)
        self.assertIn("something in the container uses it", busy.err)
        self.assertIn("/data", self.done("dumpxml", "job"))
        self.check(self.change("attach-device", ram))
        self.assertIn("size=1024k", next(line for line in self.inside("cat", "/proc/mounts").splitlines()
                                         if " /new/ram " in line))
        self.check(self.change("detach-device", ram))
        self.assertNotIn("/new/ram", self.inside("cat", "/proc/mounts"))
        failed = self.change("attach-device", tree.replace(data, data + "/nothere").format(more=""))
        self.assertEqual(failed.code, EXIT_FAILED)

    def test_unreadable_configuration(self):
        """What the next life would not know of is not given to this one, and nothing is written over."""
        self.run_shell("job", "sleep 1000")
        ram = "<filesystem type='ram'><source usage='1024' units='KiB'/><target dir='/new/ram'/></filesystem>"
        path, = glob.glob(self.folder.name + "/run/*/config")
        os.rename(path, path + ".kept")
        failed = self.change("attach-device", ram)
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertIn(path, failed.err)
        self.assertFalse(os.path.exists(path))
        self.assertNotIn("/new/ram", self.inside("cat", "/proc/mounts"))
        os.rename(path + ".kept", path)
        self.check(self.change("attach-device", ram))
        self.assertIn("/new/ram", self.inside("cat", "/proc/mounts"))

    def listed(self):
        """The devices that the container may use, as version 1 of control groups tells them; else nothing."""
        for path in glob.glob(f"/sys/fs/cgroup/devices/mortise-lxc-{self.uuids()[0]}-????????/devices.list"):
            with open(path, encoding="utf-8") as file:
                return file.read()
        return ""

    def test_node(self):
        null = "<hostdev mode='capabilities' type='misc'><source><char>/dev/null</char></source></hostdev>"
        node = "<hostdev mode='capabilities' type='misc'><source><char>/dev/fuse</char></source></hostdev>"
        if not os.path.exists("/dev/fuse"):
            self.skipTest("this host has no /dev/fuse")
        self.run_shell("job", "sleep 1000")
        os.mknod(os.path.join(self.root, "tmp", "fuse"), 0o20666, os.makedev(10, 229))
        self.assertNotEqual(mortise("enter", "job", "--", "sh", "-c", ": </tmp/fuse", uri=self.uri).code, 0)
        for xml in (node, null):
            self.check(self.change("attach-device", xml))
        self.inside("sh", "-c", ": </dev/fuse; : </tmp/fuse")
        if self.listed():
            self.assertIn("c 10:229 rw\n", self.listed())
        for xml in (node, null):
            self.check(self.change("detach-device", xml))
        self.assertNotEqual(mortise("enter", "job", "--", "test", "-e", "/dev/fuse", uri=self.uri).code, 0)
        self.assertNotEqual(mortise("enter", "job", "--", "sh", "-c", ": </tmp/fuse", uri=self.uri).code, 0)
        # What every container may use it may still.
        self.inside("sh", "-c", "echo >/dev/null")
        if self.listed():
            self.assertNotIn("c 10:229", self.listed())
            self.assertIn("c 1:3 rwm\n", self.listed())

    @needs_network
    def test_device_of_the_host(self):
        card = ("<hostdev mode='capabilities' type='net'><source><interface>testdummy</interface></source></hostdev>")
        subprocess.run(["ip", "link", "add", "testdummy", "type", "veth", "peer", "name", "testpeer"], check=True)
        self.addCleanup(subprocess.run, ["ip", "link", "delete", "testpeer"], check=True)
        self.run_shell("job", "sleep 1000")
        self.check(self.change("attach-device", card.replace("</hostdev>", "<ip address='192.0.2.8'/></hostdev>")))
        self.assertNotIn("testdummy", links())
        self.assertIn("192.0.2.8/24", self.inside("ip", "addr"))
        # That the host has it no more is no obstacle to what else is attached.
        memory = "<filesystem type='ram'><source usage='64'/><target dir='/tmp/ram'/></filesystem>"
        self.check(self.change("attach-device", memory))
        self.check(self.change("detach-device", memory))
        self.check(self.change("detach-device", card))
        self.assertIn("testdummy", links())


if __name__ == "__main__":
    main()
