#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Filesystems in image files and on block devices: mounted for a container, and no device is left of them in the end.

import glob
import os
import shutil
import signal
import subprocess

from command_testing import EXIT_FAILED, mortise
from lxc_testing import ContainerTest, main, processes_of

WHERE = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
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
            self.assertEqual(len(self.loops()), 4)
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
        self.refuse(self.image("data"), "no devices for a container with <idmap>", body="""
            <idmap><uid start='0' target='100000' count='65536'/><gid start='0' target='100000' count='65536'/></idmap>
            """)
        self.refuse(os.path.join(self.folder.name, "absent"), "cannot be used: No such file")


if __name__ == "__main__":
    main(prepare)
