#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Filesystems in image files and on block devices: mounted for a container, and no device is left of them in the end.

import glob
import os
import select
import shutil
import signal
import subprocess
import time

from command_testing import EXIT_FAILED, mortise, start
from lxc_testing import ContainerTest, main, processes_of

WHERE = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
IMAGE = ("<filesystem type='file'><driver type='loop' format='raw'/><source file='{}'/><target dir='{}'/>{}"
         "</filesystem>")
MAPPED = "<idmap><uid start='0' target='100000' count='65536'/><gid start='0' target='100000' count='65536'/></idmap>"
REBOOTS = "echo x >>/tmp/lives; while test ! -e /tmp/go; do sleep 0.01; done; rm /tmp/go; reboot -f"
STEPS = 8  # moments of an attach at which its owner is killed
PROGRAMS = {"mkfs.ext4": "e2fsprogs", "mksquashfs": "squashfs-tools", "losetup": "mount"}


def prepare():
    """What is missing."""
    for program, package in PROGRAMS.items():
        if shutil.which(program, path=WHERE) is None:
            return f"{program} is not installed (Debian: {package})"
    return None if os.path.exists("/dev/loop-control") else "the kernel has no loop devices"


def run(*words):
    """Runs a program that must succeed; what it printed."""
    return subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, encoding="utf-8", env={**os.environ, "PATH": WHERE}).stdout.strip()


class Images(ContainerTest):
    """Images made by the usual tools."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.look_for_loops)
        self.addCleanup(self.destroy_all)

    def listed(self):
        """Loop devices on files of this test: what, and whether it is only read. Others have theirs meanwhile."""
        lines = run("losetup", "--list", "--noheadings", "--raw", "--output", "BACK-FILE,RO").splitlines()
        return sorted(line for line in lines if self.folder.name in line)

    def loops(self):
        """Loop devices on files of this test."""
        found = []
        for path in glob.glob("/sys/block/loop*/loop/backing_file"):
            try:
                with open(path, encoding="utf-8") as file:
                    found += [path] if self.folder.name in file.read() else []
            except OSError:
                pass  # it was just taken away
        return found

    def look_for_loops(self):
        """The kernel takes a device away a moment after its last user has gone."""
        self.await_true(lambda: not self.loops(), "loop devices are left")

    def image(self, name, folder=None):
        """An ext4 image of a folder, which is by default one with a file of the image's name."""
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as file:
            file.truncate(16 << 20)
        run("mkfs.ext4", "-q", "-d", folder or self.content(name), path)
        return path

    def content(self, name):
        """A folder with one file."""
        folder = os.path.join(self.folder.name, name + ".content")
        os.mkdir(folder)
        with open(os.path.join(folder, "file"), "w", encoding="utf-8") as file:
            file.write(f"content of {name}\n")
        return folder

    def devices(self):
        """An image that is written, one that is not, a squashfs, a block device."""
        self.image("data")
        self.image("fixed")
        run("mksquashfs", self.content("packed"), os.path.join(self.folder.name, "packed"), "-quiet", "-no-progress")
        block = run("losetup", "--find", "--show", self.image("block"))
        self.addCleanup(run, "losetup", "--detach", block)
        parts = [("file", "file", "data", ""), ("file", "file", "fixed", "<readonly/>"), ("file", "file", "packed", "")]
        text = "".join(f"<filesystem type='{kind}' accessmode='passthrough'><source {key}='{self.folder.name}/{name}'/>"
                       f"<target dir='/mnt/{name}'/>{more}</filesystem>" for kind, key, name, more in parts)
        return text + (f"<filesystem type='block'><source dev='{block}'/><target dir='/mnt/block'/><readonly/>"
                       "</filesystem>")

    def test_mounted(self):
        script = ("cat /mnt/*/file; for i in data fixed packed block; do touch /mnt/$i/new && echo WROTE-$i; done; "
                  "cat /proc/mounts")
        self.run_shell("job", f"({script}) >/tmp/out 2>&1; echo >/tmp/done; while test ! -e /tmp/go; do sleep 0.01; "
                       "done; rm -f /tmp/go /tmp/done; reboot -f", devices=self.devices())
        for _ in range(2):  # the second time after a reboot, with the same devices
            self.await_file("tmp/done")
            out = self.await_file("tmp/out")
            for name in ("data", "fixed", "packed", "block"):
                self.assertIn(f"content of {name}\n", out)
                self.assertEqual(f"WROTE-{name}\n" in out, name == "data", out)
            self.await_loops(4)
            os.unlink(os.path.join(self.root, "tmp", "done"))
            with open(os.path.join(self.root, "tmp", "go"), "w", encoding="utf-8"):
                pass
        self.await_file("tmp/done")
        self.done("destroy", "job")
        self.await_true(lambda: len(self.loops()) == 1, "loop devices are left")

    def test_root(self):
        """A container whose root is an image keeps what it writes."""
        image = self.image("root", self.root)
        text = self.definition("job", init="/bin/sh", arguments=("-c", "test ! -e /again || exit 3; touch /again"))
        text = text.replace(f"<filesystem type='mount'><source dir='{self.root}'/>",
                            f"<filesystem type='file'><driver type='loop' format='raw'/><source file='{image}'/>")
        self.names.append("job")
        self.done("define", self.file("root.xml", text))
        self.done("start", "job")
        self.await_state("job", "shut off (shutdown)")
        self.done("start", "job")
        self.await_state("job", "shut off (failed)")

    def test_failed_start(self):
        with open(os.path.join(self.root, "bin", "script"), "w", encoding="utf-8") as file:
            file.write("#!/bin/nowhere\n")
        os.chmod(file.name, 0o755)
        image = self.image("data")
        self.define("job", init="/bin/script", devices=f"<filesystem type='file'><source file='{image}'/>"
                    "<target dir='/mnt'/></filesystem>")
        self.assertEqual(mortise("start", "job", uri=self.uri).code, EXIT_FAILED)
        self.look_for_loops()

    def test_killed_monitor(self):
        image = self.image("data")
        self.run_shell("job", "sleep 1000", devices=f"<filesystem type='file'><source file='{image}'/>"
                       "<target dir='/mnt'/></filesystem>")
        self.assertEqual(len(self.loops()), 1)
        for pid in processes_of(self.folder.name):
            os.kill(pid, signal.SIGKILL)
        self.look_for_loops()
        self.await_state("job", "crashed (crashed)")

    def change(self, verb, name, more="", target=None):
        """Runs a verb with an image file; what became of it."""
        return mortise(verb, "job", self.file("device.xml", IMAGE.format(
            os.path.join(self.folder.name, name), target or "/mnt/" + name, more)), uri=self.uri)

    def inside(self, script):
        """What a script in the container prints, and how it ends."""
        return mortise("enter", "job", "--", "sh", "-c", script, uri=self.uri)

    def await_loops(self, count):
        """The kernel takes a device away a moment after its last user has gone."""
        self.await_true(lambda: len(self.loops()) == count, f"there are not {count} loop devices")

    def live_on(self, lives):
        """Lets a container that runs REBOOTS begin another life."""
        with open(os.path.join(self.root, "tmp", "go"), "w", encoding="utf-8"):
            pass
        self.await_true(lambda: self.await_file("tmp/lives") == "x\n" * lives, "it did not reboot")

    def test_attached(self):
        """Written and read-only ones, taken away in turn, each device with its image."""
        for name in ("data", "fixed", "second"):
            self.image(name)
        run("mksquashfs", self.content("packed"), os.path.join(self.folder.name, "packed"), "-quiet", "-no-progress")
        self.run_shell("job", "sleep 1000")
        for count, (name, more) in enumerate((("data", ""), ("fixed", "<readonly/>"), ("packed", "")), 1):
            self.check(self.change("attach-device", name, more))
            self.assertEqual(len(self.loops()), count)
            self.assertEqual(self.inside(f"cat /mnt/{name}/file").out, f"content of {name}\n")
            self.assertEqual(self.inside(f"touch /mnt/{name}/new").code == 0, name == "data")
        self.assertIn(os.path.join(self.folder.name, "fixed") + " 1", self.listed())
        self.assertIn(os.path.join(self.folder.name, "data") + " 0", self.listed())
        self.assertIn("/mnt/fixed", self.done("dumpxml", "job"))
        options = {line.split()[1]: line.split()[3] for line in self.inside("cat /proc/mounts").out.splitlines()}
        self.assertTrue(options["/mnt/data"].startswith("rw,nodev"), options)
        self.assertTrue(options["/mnt/fixed"].startswith("ro,nodev"), options)
        self.assertNotEqual(self.change("attach-device", "data").code, 0)
        self.check(self.change("detach-device", "data"))
        self.await_loops(2)
        self.assertNotIn("/mnt/data", self.inside("cat /proc/mounts").out + self.done("dumpxml", "job"))
        self.check(self.change("attach-device", "data"))
        self.assertEqual(self.inside("ls /mnt/data/new").code, 0)
        self.check(self.change("attach-device", "second"))
        self.done("destroy", "job")
        self.await_true(lambda: self.listed() == [], "loop devices are left")

    def test_attached_in_use(self):
        """What something in the container uses stays, and goes later."""
        self.image("data")
        self.run_shell("job", "sleep 1000")
        self.check(self.change("attach-device", "data"))
        with start("enter", "job", "--", "sh", "-c", "cd /mnt/data; echo >/tmp/in; cat", uri=self.uri,
                   stdin=subprocess.PIPE) as user:
            self.await_file("tmp/in")
            busy = self.change("detach-device", "data")
            user.communicate()
        self.assertEqual(busy.code, EXIT_FAILED)
        self.assertIn("something in the container uses it", busy.err)
        self.assertEqual(self.inside("cat /mnt/data/file").out, "content of data\n")
        self.check(self.change("detach-device", "data"))
        self.await_loops(0)

    def test_reboots(self):
        """Images of the definition and others: there again, but for those that were taken away, and nothing twice."""
        for name in ("first", "other", "data", "fixed", "second"):
            self.image(name)
        self.run_shell("job", REBOOTS, devices="".join(IMAGE.format(os.path.join(self.folder.name, name),
                                                                    "/mnt/" + name, "") for name in ("first", "other")))
        self.await_file("tmp/lives")
        for name, more in (("data", ""), ("fixed", "<readonly/>"), ("second", "")):
            self.check(self.change("attach-device", name, more))
        self.await_loops(5)
        for name in ("first", "second"):
            self.check(self.change("detach-device", name))
        self.await_loops(3)
        os.unlink(os.path.join(self.folder.name, "first"))  # nothing needs it any more
        self.inside("echo kept >/mnt/data/new")
        self.live_on(2)
        self.await_loops(3)
        self.assertEqual(self.inside("cat /mnt/*/file").out,
                         "content of data\ncontent of fixed\ncontent of other\n")
        self.assertEqual(self.inside("cat /mnt/data/new").out, "kept\n")
        self.assertNotEqual(self.inside("touch /mnt/fixed/new").code, 0)
        self.check(self.change("attach-device", "second"))
        self.check(self.change("detach-device", "data"))
        self.live_on(3)
        self.assertEqual(self.inside("cat /mnt/*/file").out,
                         "content of fixed\ncontent of other\ncontent of second\n")
        for name, more in (("fixed", "<readonly/>"), ("other", ""), ("second", "")):
            self.check(self.change("detach-device", name, more))
        self.await_loops(0)
        self.live_on(4)
        self.await_loops(0)

    def test_same_device(self):
        """A file is no more than one device: what one container writes the other reads."""
        self.image("data")
        self.run_shell("job", "sleep 1000")
        self.define("second", init="/bin/sleep", arguments=("1000",), devices=IMAGE.format(
            os.path.join(self.folder.name, "data"), "/mnt/data", ""))
        self.check(self.change("attach-device", "data"))
        self.done("start", "second")
        self.assertEqual(len(self.loops()), 1)
        self.inside("echo told >/mnt/data/new")
        self.assertEqual(self.done("enter", "second", "--", "cat", "/mnt/data/new"), "told\n")
        refused = self.change("attach-device", "data", "<readonly/>", "/mnt/again")
        self.assertEqual(refused.code, EXIT_FAILED)
        self.assertIn("in use otherwise", refused.err)
        self.check(self.change("detach-device", "data"))
        self.assertEqual(self.done("enter", "second", "--", "cat", "/mnt/data/new"), "told\n")
        self.done("destroy", "second")
        self.await_loops(0)

    def test_attached_and_refused(self):
        """As at a start; and what fails on the way leaves no device."""
        data = self.image("data")
        self.run_shell("job", "sleep 1000")
        self.file("nothing", "no filesystem")
        with open(os.path.join(self.folder.name, "disk"), "wb") as file:
            file.write(b"QFI\xfb" + bytes(60))
        with open(data, "rb") as good, open(os.path.join(self.folder.name, "broken"), "wb") as file:
            file.write(bytes(1024) + good.read()[1024:1100] + bytes(65536))
        self.file("tree/mnt-file", "")
        for name, words in (("nothing", "no filesystem that is known"), ("disk", "qcow2 image"), ("absent", "No such"),
                            ("broken", "opening the source failed")):
            refused = self.change("attach-device", name)
            self.assertEqual(refused.code, EXIT_FAILED, name)
            self.assertIn(words, " ".join(refused.err.split()))
        refused = self.change("attach-device", "data", target="/mnt-file")
        self.assertIn("/mnt-file", refused.err)
        self.assertEqual(refused.code, EXIT_FAILED)
        self.await_loops(0)
        self.assertNotIn("type='file'", self.done("dumpxml", "job").replace('"', "'"))
        self.assertEqual(glob.glob(self.folder.name + "/run/*/image*"), [])

    def test_attached_to_mapped(self):
        for folder, names, files in os.walk(self.root):
            for name in [".", *names, *files]:
                os.lchown(os.path.join(folder, name), 100000, 100000)
        os.chmod(self.folder.name, 0o755)
        self.image("data")
        self.run_shell("job", "sleep 1000", body=MAPPED)
        refused = self.change("attach-device", "data")
        self.assertEqual(refused.code, EXIT_FAILED)
        self.assertIn("no devices for a container with <idmap>", " ".join(refused.err.split()))
        self.await_loops(0)

    def test_killed_owner(self):
        """Killed at any moment of an attach: the next owner knows of the image, or nothing of it stays."""
        self.image("data")
        self.run_shell("job", REBOOTS)
        self.await_file("tmp/lives")
        begun = time.monotonic()
        self.check(self.change("attach-device", "data"))
        length = time.monotonic() - begun
        self.check(self.change("detach-device", "data"))
        xml = os.path.join(self.folder.name, "device.xml")
        for step in range(STEPS):
            with start("attach-device", "job", xml, uri=self.uri) as process:
                select.select([], [], [], length * (step + 0.5) / STEPS)
                process.kill()
            mounts = self.inside("cat /proc/mounts").out
            there = "/mnt/data" in self.done("dumpxml", "job")
            self.assertEqual("/mnt/data" in mounts, there)
            if there:
                self.check(self.change("detach-device", "data"))
            self.await_loops(0)
        self.live_on(2)
        self.assertNotIn("/mnt/data", self.inside("cat /proc/mounts").out)
        self.await_loops(0)
        self.done("destroy", "job")
        self.await_true(lambda: self.listed() == [], "loop devices are left")

    def test_killed_monitor_of_attached(self):
        self.image("data")
        self.run_shell("job", "sleep 1000")
        self.check(self.change("attach-device", "data"))
        for pid in processes_of(self.folder.name):
            os.kill(pid, signal.SIGKILL)
        self.await_true(lambda: self.listed() == [], "loop devices are left")
        self.await_state("job", "crashed (crashed)")

    def refuse(self, image, *words, body=""):
        """A definition with that image does not start, and these words say why."""
        self.done("define", self.file("refused.xml", self.definition("job", body=body, devices=f"""
            <filesystem type='file'><source file='{image}'/><target dir='/mnt'/></filesystem>""")))
        failed = mortise("start", "job", uri=self.uri)
        self.assertEqual(failed.code, EXIT_FAILED, failed.out)
        for word in words:
            self.assertIn(word, " ".join(failed.err.split()))
        self.done("undefine", "job")

    def test_refused(self):
        nothing = self.file("nothing", "no filesystem")
        self.refuse(nothing, "no filesystem that is known")
        with open(nothing, "wb") as file:
            file.write(b"QFI\xfb" + bytes(60))
        self.refuse(nothing, "qcow2 image", "qemu-img convert")
        self.refuse(self.image("data"), "no devices for a container with <idmap>", body=MAPPED)
        self.refuse(os.path.join(self.folder.name, "absent"), "cannot be used: No such file")


if __name__ == "__main__":
    main(prepare)
