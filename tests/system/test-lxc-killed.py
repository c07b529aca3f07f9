#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# kill -9 of the owner at every step of attaching and detaching: what runs, the XML and the next life agree afterwards.

import fcntl
import glob
import json
import os
import re
import shutil
import signal
import subprocess

from command_testing import COMMAND, DEADLINE, environment, mortise, start
from lxc_testing import ContainerTest, links, main, needs_network

KILLER = os.environ.get("STEP_KILLER", "")
MOST_STEPS = 300
FEWEST_STEPS = 5
STRIDE = 4  # fewer than a change has steps
# A container that is started again more often in a row is taken for one that does nothing else.
REBOOTS = 4
WHERE = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
# Reboots when /tmp/goN is there in its life N.
LIVES = ("echo x >>/tmp/lives; lives=$(busybox wc -l </tmp/lives); until test -e /tmp/go$lives; do sleep 0.01; done; "
         "reboot -f")
BRIDGE = ("<interface type='bridge'><source bridge='testbr'/><mac address='00:16:3e:00:00:07'/>"
          "<target dev='testport'/><guest dev='lan7'/><ip address='192.0.2.7' prefix='24'/>"
          "<route address='198.51.100.0' prefix='24' gateway='192.0.2.2'/></interface>")
FILES = ("config", "images", "attached", "links", "routes")


def run(*words):
    """Runs a program that must succeed."""
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   env={**os.environ, "PATH": WHERE})


def read(path):
    """What a file holds; nothing when it is not there."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


class Killed(ContainerTest):
    """Each run of the command is another owner."""

    def directory(self):
        """The run directory of the container."""
        path, = glob.glob(self.folder.name + "/run/*/events.log")
        return os.path.dirname(path)

    def running(self):
        """The running file of the container: what the XML is, and what its owner has to know."""
        path, = glob.glob(self.folder.name + "/run/domains/*")
        with open(path, encoding="utf-8") as file:
            return json.load(file)

    def life(self):
        """The process number of the init that runs now."""
        return [line.split()[1] for line in read(self.directory() + "/events.log").splitlines()
                if line.startswith("init ")][-1]

    def loops(self):
        """Image files of this test that are devices."""
        return sorted(path for path in map(read, glob.glob("/sys/block/loop*/loop/backing_file"))
                      if self.folder.name in path)

    def allowed(self):
        """What the container may use, where version 1 of control groups tells that."""
        return sorted(line for path in glob.glob("/sys/fs/cgroup/devices/mortise-lxc-" + self.uuids()[0] +
                                                 "-????????/devices.list") for line in read(path).splitlines())

    def look(self):
        """All of the container that a device can be in: what runs, what the next life reads, what its XML says."""
        proc = "/proc/" + self.life()
        mounts = [line.split() for line in read(proc + "/mountinfo").splitlines()]
        files = {name: read(os.path.join(self.directory(), name)) for name in FILES}
        files["links"] = re.sub(r" \d+$", "", files["links"], flags=re.MULTILINE)
        return {
            "mounts": sorted((words[4], words[3], words[words.index("-") + 1]) for words in mounts),
            "node": os.path.lexists(proc + "/root/dev/fuse"),
            "inside": sorted(line.split(":")[0].strip() for line in read(proc + "/net/dev").splitlines()[2:]),
            "routes": read(proc + "/net/route"), "outside": links(), "loops": self.loops(), "allowed": self.allowed(),
            "xml": re.sub(r" id=.\d+.", "", self.running()["live_xml"]), **files,
        }

    def await_look(self, *wanted):
        """The number of the state that this is; the kernel takes loop devices away a moment later."""
        self.done("memtune", "job")  # the next owner, which waits until all is settled
        got = []
        self.await_true(lambda: got.append(self.look()) or got[-1] in wanted or len(got[-1]["loops"]) ==
                        str(got[-1]["mounts"]).count("/mnt/image"), "a loop device is left")
        near = min(wanted, key=lambda state: sum(state[part] != got[-1][part] for part in state))
        self.assertEqual(got[-1], near)
        return wanted.index(got[-1])

    def change(self, verb, killed=0):
        """Attaches or detaches the device, perhaps with a step at which the owner is killed; how that ended."""
        variables = environment(LD_PRELOAD=KILLER, STEP_KILLER_STEPS=str(killed)) if killed else environment()
        done = subprocess.run([COMMAND, "-c", self.uri, verb, "job", os.path.join(self.folder.name, "device.xml")],
                              env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=DEADLINE,
                              stderr=subprocess.PIPE, encoding="utf-8", check=False)
        self.assertIn(done.returncode, (0, -signal.SIGKILL) if killed else (0,), done.stderr)
        return done.returncode

    def begin(self, device):
        """A container that can reboot, and what it is without the device and with it."""
        self.file("device.xml", device)
        shutil.rmtree(os.path.join(self.root, "tmp"))
        os.mkdir(os.path.join(self.root, "tmp"))
        self.run_shell("job", LIVES)
        self.await_file("tmp/lives")
        self.change("attach-device")  # folders stay that were made for it, as does the order of lines
        self.change("detach-device")
        without = self.look()
        self.change("attach-device")
        there = self.look()
        for part in ("config", "xml"):
            self.assertNotEqual(without[part], there[part])
        self.states = without, there

    def make(self, is_there, there):
        """Attaches it, or detaches it, if it is not so already."""
        if is_there != there:
            self.change(("detach-device", "attach-device")[there])

    def is_under_way(self):
        """Whether the record has a change."""
        return "change" in json.loads(self.running()["running_state"])

    def kill_at(self, verb, step, there, meanwhile=lambda: None):
        """Whether a change was under way when its owner was killed, and whether the device is there afterwards."""
        self.make(there, int(verb == "detach-device"))
        self.change(verb, step)
        was_under_way = self.is_under_way()
        meanwhile()
        with self.subTest(verb, step=step):
            there = self.await_look(*self.states)
            self.assertFalse(self.is_under_way())
        return was_under_way, there

    def find_begin(self, verb, there):
        """A step shortly before the change is in the record, and whether the device is there then."""
        # Threads make it some steps earlier or later in each run.
        for step in 2 * list(range(STRIDE, MOST_STEPS, STRIDE)):
            under_way, there = self.kill_at(verb, step, there)
            if under_way:
                return step - STRIDE, there
        self.fail(f"{verb} is not under way at any step")

    def walk(self, verb, there):
        """Kills at each step from before the change is in the record until it is over; at which it was."""
        steps = []
        first, there = self.find_begin(verb, there)
        for step in range(first, MOST_STEPS):
            under_way, there = self.kill_at(verb, step, there)
            steps += [step] if under_way else []
            if len(steps) > FEWEST_STEPS and step > steps[-1] + STRIDE and there == int(verb == "attach-device"):
                return steps
        self.fail(f"{verb} is under way at too few steps, or at too many: {steps}")

    def live_on(self):
        """Lets the container reboot."""
        lives = len(self.await_file("tmp/lives")) // 2
        self.file(f"tree/tmp/go{lives}", "")
        self.await_true(lambda: self.await_file("tmp/lives") == "x\n" * (lives + 1), "it did not reboot")

    def walk_all(self, device):
        """Both ways, and both with a container that reboots before anybody knows what has happened."""
        for verb in ("attach-device", "detach-device"):
            self.begin(device)
            steps = self.walk(verb, 1)
            there = int(verb == "attach-device")
            for part in range(REBOOTS):
                _, there = self.kill_at(verb, steps[part * (len(steps) - 1) // (REBOOTS - 1)], there, self.live_on)
            self.end()

    def end(self):
        """Nothing is left of it."""
        self.done("destroy", "job")
        self.done("undefine", "job")
        self.assertEqual(self.before, links())
        self.await_true(lambda: not self.loops(), "loop devices are left")

    def directory_device(self):
        """A directory of the host."""
        os.mkdir(os.path.join(self.folder.name, "data"))
        return (f"<filesystem type='mount'><source dir='{self.folder.name}/data'/><target dir='/mnt/data'/>"
                "</filesystem>")

    def test_directory(self):
        self.walk_all(self.directory_device())

    def inside(self, *words):
        """Runs a program of the container in it, which is no owner."""
        run("nsenter", "--target", self.life(), "--mount", "--root", *words)

    def mounted(self):
        """What is mounted at the target."""
        lines = read(f"/proc/{self.life()}/mountinfo").splitlines()
        return [line.split()[line.split().index("-") + 2] for line in lines if line.split()[4] == "/mnt/data"]

    def test_own_mounts(self):
        """What the container itself has mounted there meanwhile is not taken away."""
        self.begin(self.directory_device())
        for verb in ("attach-device", "detach-device"):
            seen = set()
            step, there = self.find_begin(verb, int(verb == "attach-device"))
            while len(seen) < 2 and step < MOST_STEPS:
                self.make(there, int(verb == "detach-device"))
                self.change(verb, step)
                step += 1
                if self.is_under_way():
                    seen.add(len(self.mounted()))
                    self.inside("/bin/mount", "-t", "tmpfs", "own", "/mnt/data")
                    self.done("memtune", "job")
                    self.assertEqual(self.mounted()[-1], "own")
                    self.inside("/bin/umount", "/mnt/data")
                    if self.mounted() and "/mnt/data" not in self.done("dumpxml", "job"):
                        self.inside("/bin/umount", "/mnt/data")  # what was hidden could not go
                there = self.await_look(*self.states)
            self.assertEqual(seen, {0, 1}, verb)

    def begin_change(self, verb, there):
        """Lets an owner be killed as soon as its change is in the record."""
        step, there = self.find_begin(verb, there)
        for at in range(step, MOST_STEPS):
            self.make(there, int(verb == "detach-device"))
            self.change(verb, at)
            if self.is_under_way():
                return
            there = self.await_look(*self.states)
        self.fail(f"{verb} is not under way at any step")

    def test_helper_at_work(self):
        """Who comes next waits for what a killed owner's helper is at, while all that only reads does not."""
        self.begin(self.directory_device())
        self.begin_change("attach-device", 1)
        with open(self.directory() + "/change", "r+", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with start("memtune", "job", uri=self.uri) as waiting:
                inode = f" ino:{os.fstat(lock.fileno()).st_ino:x} "
                self.await_true(lambda: any(inode in read(path) for path in glob.glob(f"/proc/{waiting.pid}/fdinfo/*")),
                                "nobody waits for the lock")
                self.assertIsNone(waiting.poll())
                lock.close()
                out, _ = waiting.communicate(timeout=DEADLINE)
        self.assertEqual(waiting.returncode, 0, out)
        self.assertEqual(self.await_look(*self.states), 0)
        self.begin_change("attach-device", 0)
        with open(self.directory() + "/change", "r+", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertEqual(self.state("job").split()[0], "running")
            self.done("destroy", "job")

    def test_damaged_records(self):
        """What nobody understands is left alone, and the container can be used."""
        self.begin(self.directory_device())
        self.begin_change("attach-device", 1)
        path, = glob.glob(self.folder.name + "/run/domains/*")
        whole = read(path)
        damages = ({"place": 999}, {"place": -1}, {"place": "x"}, {"place": 2 ** 62}, {"xml": "<"}, {"xml": ""},
                   {"xml": "<domain/>"}, {"xml": 7}, {"action": "walk"}, {"action": "detach"}, {"action": None},
                   {"files": []}, {"files": {"config": 5}}, {"files": None}, {"init": None}, {"init": {"pid": "x"}},
                   {"init": {"pid": -7, "start": -1}}, {"mac": []}, {"handed": 1}, None)
        for damage in damages:
            with self.subTest(damage=damage):
                file = json.loads(whole)
                record = json.loads(file["running_state"])
                record["change"] = {**record["change"], **damage} if damage is not None else []
                file["running_state"] = json.dumps(record)
                with open(path, "w", encoding="utf-8") as out:
                    json.dump(file, out)
                self.assertEqual(mortise("memtune", "job", uri=self.uri).code, 0)
                for verb in ("attach-device", "detach-device"):
                    self.change(verb)
                self.assertFalse(self.is_under_way())

    @needs_network
    def test_ended_meanwhile(self):
        """Nothing is left of a container that ends before anybody knows of the change."""
        self.link("testbr", "type", "bridge")
        self.begin(BRIDGE)
        steps = self.walk("attach-device", 1)
        self.change("detach-device")
        for step in steps[::len(steps) // 4]:
            self.change("attach-device", step)
            os.kill(int(self.life()), signal.SIGKILL)
            self.await_state("job", "crashed (crashed)")
            self.await_true(lambda: links() == self.before, "links are left")
            self.done("start", "job")

    def test_image(self):
        if shutil.which("mkfs.ext4", path=WHERE) is None or not os.path.exists("/dev/loop-control"):
            self.skipTest("there is no mkfs.ext4 (Debian: e2fsprogs), or the kernel has no loop devices")
        path = os.path.join(self.folder.name, "image")
        with open(path, "wb") as file:
            file.truncate(16 << 20)
        run("mkfs.ext4", "-q", path)
        self.walk_all(f"<filesystem type='file'><driver type='loop' format='raw'/><source file='{path}'/>"
                      "<target dir='/mnt/image'/></filesystem>")

    def test_node(self):
        if not os.path.exists("/dev/fuse"):
            self.skipTest("this host has no /dev/fuse")
        self.walk_all("<hostdev mode='capabilities' type='misc'><source><char>/dev/fuse</char></source></hostdev>")

    @needs_network
    def test_bridge(self):
        self.link("testbr", "type", "bridge")
        self.walk_all(BRIDGE)

    @needs_network
    def test_direct(self):
        self.link("testwire", "type", "veth", "peer", "name", "testfar")
        self.walk_all("<interface type='direct'><source dev='testwire' mode='bridge'/>"
                      "<mac address='00:16:3e:00:00:08'/><guest dev='lan8'/></interface>")

    @needs_network
    def test_device_of_the_host(self):
        self.link("testdummy", "type", "veth", "peer", "name", "testpeer")
        self.walk_all("<hostdev mode='capabilities' type='net'><source><interface>testdummy</interface></source>"
                      "</hostdev>")

    def link(self, name, *words):
        """Makes a network device for the test."""
        run("ip", "link", "add", name, *words)
        self.addCleanup(setattr, self, "before", self.before)
        self.addCleanup(run, "ip", "link", "delete", name)
        run("ip", "link", "set", name, "up")
        self.before = links()


if __name__ == "__main__":
    main(needs=(("the killer cannot be preloaded beside a sanitizer", bool(KILLER)),))
