#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a container must not be able to do is tried from inside; and what must not be started is refused.

import glob
import os
import shutil
import signal
import subprocess

from command_testing import DEADLINE, EXIT_FAILED, mortise, start
from lxc_testing import ContainerTest, main

LXC = "http://libvirt.org/schemas/domain/lxc/1.0"


class Confined(ContainerTest):
    """Scripts that write down what they were allowed to do."""

    def try_inside(self, script, **how):
        """Runs a script to its end; its output."""
        self.run_shell("job", f"({script}) >/tmp/out 2>&1; echo >/tmp/done; sleep 1000", **how)
        self.await_file("tmp/done")
        out = self.await_file("tmp/out")
        self.done("destroy", "job")
        return out

    def bind_of_changed_source(self, change):
        """What is seen of a bind in a second life, after the first one has changed its source; None if there is none.

        OUTSIDE in what changes it stands for a folder of the host.
        """
        outside = os.path.join(self.folder.name, "outside")
        for path in (outside, os.path.join(self.root, "data"), os.path.join(self.root, "other")):
            os.mkdir(path)
            with open(os.path.join(path, "of-" + os.path.basename(path)), "wb"):
                pass
        self.run_shell("job", "busybox ls /mnt >/tmp/seen; test -e /tmp/again && { echo >/tmp/done; sleep 1000; }; "
                       f"touch /tmp/again; {change.replace('OUTSIDE', outside)}; reboot -f",
                       devices="<filesystem type='bind'><source dir='/data'/><target dir='/mnt'/></filesystem>")
        done = os.path.join(self.root, "tmp", "done")
        self.await_true(lambda: os.path.exists(done) or self.state("job").startswith("shut off"), "no second life")
        return self.await_file("tmp/seen").split() if os.path.exists(done) else None

    def test_source_that_became_a_link(self):
        """Links that a container makes of a bind's source lead nowhere but into its own root."""
        self.assertEqual(self.bind_of_changed_source("busybox rm -r /data; busybox ln -s /other /data"), ["of-other"])

    def test_source_that_leads_out(self):
        self.assertEqual(self.bind_of_changed_source("busybox rm -r /data; busybox ln -s OUTSIDE /data"), None)
        self.assertEqual(self.state("job"), "shut off (failed)")

    def test_target_that_became_a_link(self):
        """Nothing is made where a link leads that a container has put in the way of a mount."""
        outside, data = (os.path.join(self.folder.name, name) for name in ("outside", "data"))
        os.mkdir(outside)
        os.mkdir(data)
        self.run_shell("job", "busybox umount /mnt/deep/er; busybox rm -r /mnt; "
                       f"busybox ln -s {outside} /mnt; echo >/tmp/done; reboot -f", devices="<filesystem type='mount'>"
                       f"<source dir='{data}'/><target dir='/mnt/deep/er'/></filesystem>")
        self.await_file("tmp/done")
        self.await_state("job", "shut off (failed)")
        self.assertEqual(os.listdir(outside), [])

    def test_configuration_that_is_damaged(self):
        """Without its root filesystem a container would have this host's."""
        self.run_shell("job", "echo x >>/tmp/lives; until test -e /tmp/go; do sleep 0.01; done; reboot -f")
        self.await_file("tmp/lives")
        path, = glob.glob(self.folder.name + "/run/*/config")
        with open(path, encoding="utf-8") as file:
            lines = [line for line in file if not line.startswith("lxc.rootfs.path")]
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(lines)
        with open(os.path.join(self.root, "tmp", "go"), "w", encoding="utf-8"):
            pass
        self.await_state("job", "shut off (failed)")
        self.assertEqual(self.await_file("tmp/lives"), "x\n")

    def test_source_with_a_line_break(self):
        """A name that a container has chosen is no line of liblxc's configuration."""
        os.mkdir(os.path.join(self.root, "x\nlxc.uts.name = taken"))
        os.symlink("x\nlxc.uts.name = taken", os.path.join(self.root, "data"))
        self.run_shell("job", "hostname >/tmp/name; echo >/tmp/done; sleep 1000",
                       devices="<filesystem type='bind'><source dir='/data'/><target dir='/mnt'/></filesystem>")
        self.await_file("tmp/done")
        self.assertEqual(self.await_file("tmp/name").strip(), "job")

    def test_capabilities_and_devices(self):
        out = self.try_inside("mknod /tmp/disk b 254 0 && echo MADE; cat /dev/null && echo NULL; date -s 2020-01-01; "
                              "echo 1 >/proc/sys/kernel/panic && echo SYSCTL; ls /dev; cat /proc/self/status")
        for word in ("MADE", "SYSCTL"):
            self.assertNotIn(word + "\n", out)
        self.assertIn("can't set date", out)
        self.assertIn("NULL\n", out)
        self.assertIn("Seccomp:\t2", out)
        bounding = int(next(line.split()[1] for line in out.splitlines() if line.startswith("CapBnd")), 16)
        for number in (16, 17, 25, 27, 32, 33):  # sys_module, sys_rawio, sys_time, mknod, mac_override, mac_admin
            self.assertFalse(bounding >> number & 1, number)

    def test_mknod_allowed_and_device_denied(self):
        out = self.try_inside("mknod /tmp/disk b 254 0 && echo MADE; mknod /tmp/null c 1 3 && echo OK; "
                              "head -c 1 /tmp/disk >/dev/null && echo READ",
                              body="<features><capabilities><mknod state='on'/></capabilities></features>")
        self.assertIn("OK\n", out)
        self.assertNotIn("MADE\n", out)
        self.assertNotIn("READ\n", out)

    def test_policy_deny(self):
        out = self.try_inside("cat /proc/self/status; chroot / /bin/true && echo CHROOT", body="""
            <features><capabilities policy='deny'><chown state='on'/></capabilities></features>""")
        self.assertIn("CapBnd:\t0000000000000001", out)
        self.assertNotIn("CHROOT\n", out)

    def test_policy_allow(self):
        """Everything that the host's root may, but for what is switched off."""
        with open("/proc/self/status", encoding="utf-8") as file:
            own = int(next(line.split()[1] for line in file if line.startswith("CapBnd")), 16)
        out = self.try_inside("cat /proc/self/status; mknod /tmp/null c 1 3 && echo MADE; chroot / /bin/true && echo "
                              "CHROOT", body="""
            <features><capabilities policy='allow'><sys_chroot state='off'/></capabilities></features>""")
        bounding = int(next(line.split()[1] for line in out.splitlines() if line.startswith("CapBnd")), 16)
        self.assertEqual(bounding, own & ~(1 << 18))  # sys_chroot
        self.assertIn("MADE\n", out)
        self.assertNotIn("CHROOT\n", out)

    def test_enter(self):
        """What enters is inside in every way."""
        self.run_shell("job", "sleep 1000", body="<features><capabilities policy='deny'><chown state='on'/>"
                       "</capabilities></features>")
        out = self.done("enter", "job", "--", "sh", "-c", "hostname; echo $$; cat /proc/self/status /proc/self/cgroup; "
                        "mknod /tmp/disk b 254 0 2>&1; ls /proc/self/ns -l")
        self.assertEqual(out.splitlines()[0], "job")
        self.assertLess(int(out.splitlines()[1]), 100)
        self.assertIn("CapEff:\t0000000000000001", out)
        self.assertIn("Operation not permitted", out)
        for name in ("net", "ipc", "uts", "pid", "mnt"):
            self.assertNotIn(os.readlink(f"/proc/self/ns/{name}"), out)
        self.assertEqual(mortise("enter", "job", "--", "sh", "-c", "exit 9", uri=self.uri).code, 9)
        failed = mortise("enter", "job", "--", "nothere", uri=self.uri)
        self.assertIn("executing the program failed inside the container", failed.err)

    def test_enter_and_reboot(self):
        """Who waits for what has entered is not in the groups, which have to be empty when another life begins."""
        self.run_shell("job", "echo x >>/tmp/lives; until test -e /tmp/go; do sleep 0.01; done; rm /tmp/go; reboot -f")
        with start("enter", "job", "--", "sh", "-c", "echo >/tmp/in; sleep 1000", uri=self.uri) as user:
            self.await_file("tmp/in")
            with open(f"/proc/{user.pid}/task/{user.pid}/children", encoding="utf-8") as file:
                waiting, = file.read().split()
            with open(f"/proc/{waiting}/cgroup", encoding="utf-8") as file:
                groups = file.read()
            with open(os.path.join(self.root, "tmp", "go"), "w", encoding="utf-8"):
                pass
            self.assertEqual(user.wait(DEADLINE), 128 + signal.SIGKILL)
        self.assertNotIn(self.uuids()[0], groups)
        self.await_true(lambda: self.await_file("tmp/lives") == "x\nx\n", "it did not reboot")

    def test_enter_paused(self):
        """What would stand still with all others is refused, not left to wait."""
        self.run_shell("job", "sleep 1000")
        self.done("suspend", "job")
        failed = mortise("enter", "job", "--", "true", uri=self.uri)
        self.assertEqual(failed.code, EXIT_FAILED)
        self.assertIn("job is paused", failed.err)
        self.done("resume", "job")
        self.done("enter", "job", "--", "true")

    def test_enter_filtered(self):
        """What init is denied by the filter of system calls, what enters is denied as well."""
        tried = "swapoff /nothere 2>&1; umount -f /proc/sys 2>&1; cat /proc/self/status"
        inside = self.try_inside(tried)
        self.done("undefine", "job")
        self.run_shell("job", "sleep 1000")
        entered = self.done("enter", "job", "--", "sh", "-c", tried + "; cat /proc/self/cgroup")
        for out in (inside, entered):
            self.assertIn("swapoff: /nothere: Operation not permitted", out)
            self.assertRegex(out, "umount: .*Permission denied")
            self.assertIn("Seccomp:\t2", out)
            self.assertIn("NoNewPrivs:\t0", out)
        bounding = {line for line in (inside + entered).splitlines() if line.startswith("CapBnd")}
        self.assertEqual(len(bounding), 1)
        groups = [line for line in entered.splitlines() if line[0].isdigit() and line.count(":") == 2]
        self.assertEqual({line.rpartition(":")[2] for line in groups}, {"/"})

    def test_enter_no_new_privileges(self):
        self.define("job", init="/bin/setpriv", arguments=("--nnp", "sleep", "1000"))
        self.done("start", "job")
        self.await_true(lambda: "NoNewPrivs:\t1" in self.done("enter", "job", "--", "cat", "/proc/1/status"),
                        "init has not given up its privileges")
        self.assertIn("NoNewPrivs:\t1", self.done("enter", "job", "--", "cat", "/proc/self/status"))

    def test_namespaces(self):
        out = self.try_inside("hostname; ps; for i in net ipc uts pid mnt; do ls -l /proc/self/ns/$i; done; ls /")
        self.assertEqual(out.splitlines()[0], "job")
        self.assertLess(len([line for line in out.splitlines() if "root" in line and "{" not in line]), 20)
        for name in ("net", "ipc", "uts", "pid", "mnt"):
            self.assertNotIn(os.readlink(f"/proc/self/ns/{name}"), out)

    def test_user_namespace(self):
        os.chmod(self.folder.name, 0o755)
        for folder, folders, files in os.walk(self.root):
            for name in [folder] + [os.path.join(folder, entry) for entry in folders + files]:
                os.lchown(name, 100000, 100000)
        out = self.try_inside("id; cat /proc/self/uid_map; mount -t tmpfs none /root && echo TMPFS; "
                              "touch /tmp/mine; ls -ln /tmp; mknod /tmp/disk b 254 0 && echo MADE",
                              body="<idmap><uid start='0' target='100000' count='65536'/>"
                                   "<gid start='0' target='100000' count='65536'/></idmap>")
        self.assertIn("uid=0", out)
        self.assertIn("TMPFS\n", out)
        self.assertNotIn("MADE\n", out)
        self.assertRegex(out, r" 0 +0 .* mine\n")
        self.assertEqual(os.stat(os.path.join(self.root, "tmp", "mine")).st_gid, 100000)
        self.assertRegex(out, r"\b0 +100000 +65536\b")
        self.assertEqual(os.stat(os.path.join(self.root, "tmp", "out")).st_uid, 100000)

    def test_user_and_directory(self):
        out = self.try_inside("id; pwd; env", os_more="<initdir>/bin</initdir><inituser>nobody</inituser>"
                              "<initgroup>nogroup</initgroup><initenv name='COLOUR'>blue</initenv>")
        self.assertIn("uid=65534(nobody) gid=65534(nogroup)", out)
        self.assertIn("\n/bin\n", out)
        self.assertIn("COLOUR=blue", out)
        self.assertIn("container=lxc", out)

    def test_filesystems(self):
        data = os.path.join(self.folder.name, "some data")
        os.mkdir(data)
        with open(os.path.join(data, "file"), "w", encoding="utf-8") as file:
            file.write("content\n")
        out = self.try_inside("cat /data/file; touch /data/new && echo WRITTEN; cat /again/busybox >/dev/null && echo "
                              "BOUND; cat /proc/mounts; touch /ram/file && echo RAM", devices=f"""
            <filesystem type='mount'><source dir='{data}'/><target dir='/data'/><readonly/></filesystem>
            <filesystem type='bind'><source dir='/bin'/><target dir='/again'/></filesystem>
            <filesystem type='ram'><source usage='1024' units='KiB'/><target dir='/ram'/></filesystem>""")
        self.assertIn("content\n", out)
        self.assertNotIn("WRITTEN\n", out)
        self.assertIn("BOUND\n", out)
        self.assertIn("RAM\n", out)
        self.assertIn("size=1024k", out)

    def test_read_only_root(self):
        for name in ("ram", "data"):
            os.mkdir(os.path.join(self.root, name))
        self.define("job", init="/bin/sh", arguments=("-c", "touch /file; test ! -e /file"))
        text = self.definition("job", init="/bin/sh", arguments=("-c", "touch /file; test -e /file"))
        self.done("undefine", "job")
        self.done("define", self.file("read.xml", text.replace("<target dir='/'/>", "<target dir='/'/><readonly/>")))
        self.done("start", "job")
        self.await_state("job", "shut off (failed)")

    def limit(self, *names):
        """What the kernel keeps for the container in the first of these files that is there; None: in none."""
        for name in names:
            for pattern in ("/sys/fs/cgroup/mortise-lxc-*", "/sys/fs/cgroup/*/mortise-lxc-*"):
                for path in glob.glob(os.path.join(pattern, name)):
                    if any(uuid in path for uuid in self.uuids()) and ".monitor/" not in path:
                        with open(path, encoding="utf-8") as file:
                            return file.read().strip()
        return None

    def test_limits(self):
        self.run_shell("job", "sleep 1000", body="""
            <vcpu cpuset='0'>1</vcpu>
            <cputune><shares>512</shares><period>50000</period><quota>25000</quota></cputune>
            <memtune><hard_limit unit='MiB'>32</hard_limit></memtune>""")
        self.assertEqual(self.limit("memory.limit_in_bytes", "memory.max"), str(32 << 20))
        self.assertEqual(self.limit("cpuset.cpus"), "0")
        if self.limit("cpu.shares") is not None:
            self.assertEqual([self.limit("cpu." + name) for name in ("shares", "cfs_period_us", "cfs_quota_us")],
                             ["512", "50000", "25000"])
        else:
            self.assertEqual(self.limit("cpu.max"), "25000 50000")

    def test_block_weight(self):
        """The weight reaches the kernel, where its scheduler takes one."""
        self.define("job", init="/bin/sleep", arguments=("1000",), body="<blkiotune><weight>250</weight></blkiotune>")
        if not glob.glob("/sys/fs/cgroup/blkio/blkio.bfq.weight") and not glob.glob("/sys/fs/cgroup/*/io.weight"):
            self.skipTest("this host's block scheduler takes no weights (no blkio.bfq.weight, no io.weight)")
        self.done("start", "job")
        self.assertIn("250", self.limit("blkio.bfq.weight", "io.weight"))

    def refuse(self, text, *words, started=True):
        """Starting this definition fails, and these words say why."""
        path = self.file("refused.xml", text)
        self.done("define", path)
        failed = mortise("start", "job", uri=self.uri)
        self.assertEqual(failed.code, EXIT_FAILED, failed.out)
        for word in words:
            self.assertIn(word, " ".join(failed.err.split()))
        self.done("undefine", "job")

    def test_refused(self):
        good = self.definition("job")
        source = f"<source dir='{self.root}'/>"
        self.refuse(good.replace(source, "<source dir='/'/>"), "this host's own root filesystem", "line 8")
        self.refuse(good.replace(source, "<source dir='/proc/self/root'/>"), "this host's own root filesystem")
        self.refuse(good.replace("<target dir='/'/>", "<target dir='/mnt'/>"), "no root filesystem of its own")
        self.refuse(good.replace("/bin/init", "/bin/nothere"), "/bin/nothere is not there in the container's root")
        self.refuse(good.replace("<init>/bin/init</init>", ""), "there is no <init>")
        self.refuse(self.definition("job", devices="<graphics type='vnc'/>"), "domain/devices/graphics", "line 9")
        self.refuse(self.definition("job", devices="<interface type='network'><source network='default'/></interface>"),
                    "domain/devices/interface/@type")
        self.refuse(self.definition("job", body="<on_crash>preserve</on_crash>"), "cannot be preserved")
        self.refuse(self.definition("job", body="<vcpu cpuset='4095'>1</vcpu>"), "has CPU 4095, and this host has")
        self.refuse(self.definition("job", body=f"<lxc:namespace xmlns:lxc='{LXC}'><lxc:sharenet type='pid' "
                                    f"value='{2 ** 30}'/></lxc:namespace>"), f"the process '{2 ** 30}'", "is not there")

    def test_init_of_the_host(self):
        """Not even where a link or a mount brings it into a root of the container's own."""
        if not os.path.isfile("/sbin/init"):
            self.skipTest("this host has no /sbin/init")
        inside = os.path.join(self.root, "bin", "theirs")
        with open(inside, "w", encoding="utf-8"):
            pass
        subprocess.run(["mount", "--bind", os.path.realpath("/sbin/init"), inside], check=True)
        self.addCleanup(subprocess.run, ["umount", inside], check=True)
        self.refuse(self.definition("job", init="/bin/theirs"), "/bin/theirs is this host's own init", "line 5")

    def test_init_of_the_host_by_a_filesystem(self):
        """The root has a program there, and the definition mounts this host's over it."""
        if not os.path.isfile("/sbin/init"):
            self.skipTest("this host has no /sbin/init")
        init = os.path.realpath("/sbin/init")
        os.mkdir(os.path.join(self.root, "boot"))
        shutil.copy(os.path.join(self.root, "bin", "busybox"), os.path.join(self.root, "boot", os.path.basename(init)))
        os.symlink(f"/boot/{os.path.basename(init)}", os.path.join(self.root, "init"))
        over = "<filesystem type='mount'><source dir='{}'/><target dir='{}'/></filesystem>"
        for path, source, target in ((f"/boot/{os.path.basename(init)}", os.path.dirname(init), "/boot"),
                                     ("/init", os.path.dirname(init), "/boot"),
                                     (f"/boot/{os.path.basename(init)}", init, f"/boot/{os.path.basename(init)}")):
            self.refuse(self.definition("job", init=path, devices=over.format(source, target)),
                        f"{path} is this host's own init", "line 5")

    def test_init_of_the_host_by_a_bind(self):
        """What this host's mounts have brought into the root elsewhere is put over the root's own program."""
        if not os.path.isfile("/sbin/init"):
            self.skipTest("this host has no /sbin/init")
        host = os.path.realpath("/sbin/init")
        program = os.path.basename(host)
        for name in ("theirs", "boot", "data"):
            os.mkdir(os.path.join(self.root, name))
        shutil.copy(os.path.join(self.root, "bin", "busybox"), os.path.join(self.root, "boot", program))
        subprocess.run(["mount", "--bind", os.path.dirname(host), os.path.join(self.root, "theirs")], check=True)
        self.addCleanup(subprocess.run, ["umount", os.path.join(self.root, "theirs")], check=True)
        over = "<filesystem type='{}'><source dir='{}'/><target dir='{}'/></filesystem>"
        link = os.path.join(self.folder.name, "link")
        os.mkdir(link)
        os.symlink(f"/boot/{program}", os.path.join(link, "start"))
        self.make_program("data/start")
        bound = over.format("bind", "/theirs", "/boot")
        for path, devices in ((f"/boot/{program}", bound),
                              (f"/boot/{program}", over.format("bind", f"/theirs/{program}", f"/boot/{program}")),
                              # The link is in another filesystem than what it leads to.
                              ("/data/start", bound + over.format("mount", link, "/data"))):
            self.refuse(self.definition("job", init=path, devices=devices), f"{path} is this host's own init", "line 5")

    def make_program(self, path):
        """Another copy of busybox in the root."""
        shutil.copy(os.path.join(self.root, "bin", "busybox"), os.path.join(self.root, path))

    def test_hidden_bind(self):
        """A filesystem that another one covers keeps nothing from starting."""
        if not os.path.isfile("/sbin/init"):
            self.skipTest("this host has no /sbin/init")
        host = os.path.realpath("/sbin/init")
        own = os.path.join(self.folder.name, "own")
        for path in (own, os.path.join(self.root, "boot")):
            os.mkdir(path)
            shutil.copy(os.path.join(self.root, "bin", "busybox"), os.path.join(path, os.path.basename(host)))
        over = "<filesystem type='mount'><source dir='{}'/><target dir='/boot/{}'/></filesystem>"
        name = os.path.basename(host)
        good = over.format(host, name) + over.format(own, "")
        bad = over.format(own, "") + over.format(host, name)
        init = {"init": f"/boot/{name}", "arguments": ("sleep", "1000")}
        self.refuse(self.definition("job", devices=bad, **init), "is this host's own init")
        self.define("job", devices=good, **init)
        self.done("start", "job")

    def test_directory_of_init(self):
        """It may be in a filesystem that is mounted; where it is missing, the line is told."""
        data = os.path.join(self.folder.name, "data")
        os.makedirs(os.path.join(data, "inner"))
        mounted = (f"<filesystem type='mount'><source dir='{data}'/><target dir='/new/data'/></filesystem>"
                   "<filesystem type='ram'><source usage='1024' units='KiB'/><target dir='/ram'/></filesystem>")
        os.symlink("/etc", os.path.join(self.root, "settings"))
        for path in ("/new/data/inner", "/new", "/ram", "/settings", "/proc/self", "/bin/../etc"):
            self.assertIn("true\n", self.try_inside("pwd -P; echo true", os_more=f"<initdir>{path}</initdir>",
                                                    devices=mounted), path)
            self.done("undefine", "job")
            os.unlink(os.path.join(self.root, "tmp", "done"))
        for path, words in (("/nothere", "is not there in the container"), ("/new/data/other", "is not there"),
                            ("/settings/nothere", "is not there"), ("/etc/passwd", "is no directory")):
            self.refuse(self.definition("job", os_more=f"\n<initdir>{path}</initdir>", devices=mounted),
                        "line 6, domain/os/initdir", path, words)

    def test_directory_of_init_that_went(self):
        """What runs does not need it any more, and can still change."""
        work = os.path.join(self.root, "work")
        os.mkdir(work)
        self.run_shell("job", "cd /; echo >/tmp/done; sleep 1000", os_more="<initdir>/work</initdir>")
        self.await_file("tmp/done")
        os.rmdir(work)
        self.done("attach-device", "job", self.file("ram.xml", "<filesystem type='ram'><source usage='1024'/>"
                                                    "<target dir='/ram'/></filesystem>"))
        self.assertIn(" /ram tmpfs ", self.done("enter", "job", "--", "cat", "/proc/mounts"))

    def test_target_on_a_link(self):
        """Nothing is made where it leads to, in the root or on this host."""
        outside = os.path.join(self.folder.name, "outside")
        for path in (outside, os.path.join(self.root, "inside")):
            os.mkdir(path)
        os.symlink(outside, os.path.join(self.root, "out"))
        os.symlink("inside", os.path.join(self.root, "in"))
        os.symlink("/inside", os.path.join(outside, "in"))
        ram = "<filesystem type='ram'><source usage='1024' units='KiB'/><target dir='{}'/></filesystem>"
        data = f"<filesystem type='mount'><source dir='{outside}'/><target dir='/data'/></filesystem>"
        for before, target, link, leads in (("", "/out", "/out", outside), ("", "/out/new", "/out", outside),
                                            ("", "/in/new", "/in", "inside"),
                                            (data, "/data/in", "/data/in", "/inside")):
            self.refuse(self.definition("job", devices=before + "\n" + ram.format(target)), "line 10",
                        "domain/devices/filesystem/target/@dir", f"the target {target} is or passes a link of",
                        f"{link} to {leads}")
        self.assertEqual(os.listdir(outside), ["in"])
        self.assertEqual(os.listdir(os.path.join(self.root, "inside")), [])

    def test_link_out_of_the_root(self):
        os.symlink("/etc/hostname", os.path.join(self.root, "outside"))
        self.refuse(self.definition("job", init="/outside"), "/outside is not there")


if __name__ == "__main__":
    main()
