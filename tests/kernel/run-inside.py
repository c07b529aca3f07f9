#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Boots Debian's kernel in QEMU on top of this machine's files, and runs tests of this build in there.

import argparse
import json
import os
import re
import selectors
import subprocess
import sys
import tempfile
import time

import kernel_archive
import kernel_parts

FOLDER = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ["MORTISE_TEST_BUILD"]
EMULATOR = "qemu-system-x86_64"
EXIT_SKIPPED = 77
PROFILES = "/etc/apparmor.d/lxc-containers"
# A file of each package that a user's login needs.
LOGIN = {"/lib/systemd/systemd-logind": "systemd", "/usr/share/pam-configs/systemd": "libpam-systemd",
         "/usr/lib/systemd/user/dbus.socket": "dbus-user-session", "/usr/bin/newuidmap": "uidmap"}
SELINUX = "security=selinux selinux=1 enforcing=1"
POLICY = os.path.join(FOLDER, "selinux.cil")
COMPILER = "/usr/bin/secilc"
# The C library's loops for newer processors cost an emulator more than they save.
EMULATED = "Nehalem,+rdrand"
# A kernel's first word takes a moment where KVM is of use, more where much else runs; where it is not, it never comes.
KVM_SECONDS = 15
CONSOLE_LINES = 40
# As the tests in C and those in Python say it.
SKIPPED = re.compile(r"^SKIP |\.\.\. skipped ")
# What guards against hostile neighbours would cost an emulated machine half of its time.
COMMAND_LINE = ("console=ttyS0 earlyprintk=ttyS0 panic=-1 loglevel=5 random.trust_cpu=on mitigations=off tsc=reliable "
                "no5lvl nowatchdog")


def find_busybox():
    """A busybox that needs no libraries."""
    for path in ("/bin/busybox", "/usr/bin/busybox"):
        if os.path.exists(path):
            done = subprocess.run(["ldd", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            if done.returncode != 0:
                return path
    raise kernel_parts.Missing("no static busybox is installed (Debian: busybox-static)")


def tests_of(names):
    """Command, environment and folder of tests, as meson has written them down; NAME:WORD,WORD has words for it."""
    with open(os.path.join(BUILD, "meson-info", "intro-tests.json"), encoding="utf-8") as file:
        known = {test["name"]: test for test in json.load(file)}
    tests = []
    for name in names:
        test = known[name.partition(":")[0]]
        words = [word for word in name.partition(":")[2].split(",") if word]
        tests.append({"name": name, "cmd": test["cmd"] + words, "env": test["env"], "workdir": test["workdir"]})
    return tests


def output_words(number, name, fd):
    """A character device that writes to a descriptor of ours."""
    return ["-add-fd", f"fd={fd},set={number}", "-chardev", f"file,id={name},path=/dev/fdset/{number},append=on"]


def emulator_words(accelerator, archive, parts, outputs, options):
    """QEMU's command line; the console and the results go to descriptors."""
    cpu = "host" if accelerator == "kvm" else EMULATED
    return [EMULATOR, "-machine", "q35", "-accel", accelerator, "-cpu", cpu,
            "-smp", str(options.cpus), "-m", str(options.memory),
            "-display", "none", "-nodefaults", "-no-user-config", "-no-reboot", "-bios", "qboot.rom",
            "-kernel", os.path.join(parts, "vmlinux"), "-initrd", archive,
            "-append", f"{COMMAND_LINE} {SELINUX}" if options.selinux else COMMAND_LINE,
            "-virtfs", "local,path=/,mount_tag=host,security_model=passthrough,multidevs=remap,readonly=on",
            *output_words(1, "console", outputs[0]), *output_words(2, "results", outputs[1]),
            "-serial", "chardev:console", "-device", "virtio-serial-pci",
            "-device", "virtserialport,chardev=results,nr=1"]


class Machine:
    """A run of the other kernel."""

    def __init__(self, accelerator, archive, parts, options):
        pipes = os.pipe(), os.pipe()
        outputs = [pipe[1] for pipe in pipes]
        self.inputs = [pipe[0] for pipe in pipes]
        self.process = subprocess.Popen(emulator_words(accelerator, archive, parts, outputs, options),
                                        stdin=subprocess.DEVNULL, pass_fds=outputs)
        self.printed = b""
        self.pending = b""
        self.selector = selectors.DefaultSelector()
        for output, fd in zip(outputs, self.inputs):
            os.close(output)
            self.selector.register(fd, selectors.EVENT_READ)

    def lines(self, deadline):
        """Complete lines of results, until all ends; None whenever only the console has printed, or time is up."""
        while self.selector.get_map():
            ready = self.selector.select(max(0, deadline() - time.monotonic()))
            if not ready:
                yield None
            for key, _ in ready:
                yield from self.take(key.fd)

    def take(self, fd):
        """What a descriptor has to say."""
        data = os.read(fd, 65536)
        if not data:
            self.selector.unregister(fd)
        elif fd == self.inputs[0]:
            self.printed += data
            yield None
        else:
            *whole, self.pending = (self.pending + data).split(b"\n")
            yield from (line.decode(errors="replace") for line in whole)

    def end(self):
        """Ends the machine, if it has not ended by itself."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for fd in self.inputs:
            os.close(fd)


class Results:
    """What became of the tests."""

    def __init__(self, names, started, but):
        self.started = started
        self.but = but
        self.left = list(names)
        self.status = {}
        self.skipped = []
        self.ended = False

    def take(self, line):
        """One line of the other machine's."""
        try:
            record = json.loads(line)
        except ValueError:
            print(line, flush=True)
            return
        name = record.get("test")
        if "log" in record:
            place = f"[{name.partition(':')[0]}] " if name else ""
            print(f"{time.monotonic() - self.started:4.0f} s {place}{record['log']}", flush=True)
            if name and SKIPPED.search(record["log"]) and not (self.but and self.but in record["log"]):
                self.skipped.append(f"{name}: {record['log'].strip()}")
        elif "status" in record:
            self.status[name] = record["status"]
            self.left.remove(name)
        self.ended = self.ended or record.get("end", False)

    def bad(self, options):
        """Whether something failed, did not end, or was skipped although everything has to run."""
        return (self.left or not self.ended or options.everything and self.skipped or
                any(status not in (0, EXIT_SKIPPED) for status in self.status.values()))

    def judge(self, machine, seconds, accelerator, options):
        """Says what ran and what did not; the exit status."""
        for name, status in self.status.items():
            word = {0: "passed", EXIT_SKIPPED: "skipped"}.get(status, f"FAILED ({status})")
            print(f"{word}: {name}")
        for name in self.left:
            print(f"FAILED: {name}: it did not run to its end")
        for line in self.skipped:
            print(f"skipped inside: {line}")
        print(f"{len(self.status)} of {len(self.status) + len(self.left)} tests ran to their end "
              f"in {seconds:.0f} s ({accelerator})")
        if self.bad(options):
            if options.everything and self.skipped:
                print("FAILED: in this machine nothing may be skipped")
            print("The console's last lines:")
            print("\n".join(machine.printed.decode(errors="replace").splitlines()[-CONSOLE_LINES:]))
            return 1
        return EXIT_SKIPPED if all(status == EXIT_SKIPPED for status in self.status.values()) else 0


def run(accelerator, archive, parts, options):
    """One boot; None when KVM turns out to be of no use here."""
    started = time.monotonic()
    machine = Machine(accelerator, archive, parts, options)
    results = Results(options.tests + ["AppArmor's profile"] * options.apparmor +
                      ["SELinux's policy"] * options.selinux, started, options.but)

    def deadline():
        return started + (KVM_SECONDS if accelerator == "kvm" and not machine.printed else options.seconds)

    try:
        for line in machine.lines(deadline):
            if line is not None:
                results.take(line)
            elif time.monotonic() >= deadline():
                break
        if accelerator == "kvm" and not machine.printed:
            return None
    finally:
        machine.end()
    return results.judge(machine, time.monotonic() - started, accelerator, options)


def usual_accelerators(parts):
    """KVM first where it may be used, unless it was found to be of no use since this machine was started."""
    with open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:
        mark = os.path.join(os.path.dirname(parts), "no-kvm-" + file.read().strip())
    if os.access("/dev/kvm", os.R_OK | os.W_OK) and not os.path.exists(mark):
        return ["kvm", "tcg"], mark
    return ["tcg"], mark


def needed_files(options):
    """Files of this machine that are used in the other one, and the packages that have them."""
    return {**({PROFILES: "liblxc-common"} if options.apparmor else {}), **(LOGIN if options.systemd else {}),
            **({COMPILER: "secilc"} if options.selinux else {})}


def main():
    """Ends with 77 when the other kernel cannot be had."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--apparmor", action="store_true", help="load liblxc's profiles first")
    parser.add_argument("--selinux", action="store_true", help="turn SELinux on, and load a small policy first")
    parser.add_argument("--systemd", action="store_true", help="let systemd be the first process")
    parser.add_argument("--everything", action="store_true", help="what is skipped inside counts as failed")
    parser.add_argument("--but", metavar="REASON", help="except what is skipped for this reason")
    parser.add_argument("--cpus", type=int, default=1, help="emulated ones run several times faster alone")
    parser.add_argument("--memory", type=int, default=1536, help="MiB")
    parser.add_argument("--seconds", type=int, default=1700, help="until all has to be over")
    parser.add_argument("--accelerator", choices=("kvm", "tcg"))
    parser.add_argument("tests", nargs="+", metavar="TEST")
    options = parser.parse_args()
    try:
        kernel_parts.run([EMULATOR, "--version"])
        busybox = find_busybox()
        for path, package in needed_files(options).items():
            if not os.path.exists(path):
                raise kernel_parts.Missing(f"{path} is not installed (Debian: {package})")
        parts = kernel_parts.parts(os.path.join(BUILD, "tests", "kernel", "debian"))
    except kernel_parts.Missing as missing:
        print(f"SKIP: Debian's kernel cannot be booted here: {missing}")
        return EXIT_SKIPPED
    accelerators, mark = usual_accelerators(parts)
    job = {"parts": parts, "inside": os.path.join(FOLDER, "inside.py"), "apparmor": options.apparmor,
           "selinux": POLICY if options.selinux else None, "systemd": options.systemd, "tests": tests_of(options.tests)}
    with tempfile.TemporaryDirectory(prefix="mortise-kernel-") as folder:
        archive = os.path.join(folder, "archive")
        kernel_archive.write(archive, busybox, os.path.join(FOLDER, "init.sh"), parts, json.dumps(job))
        for accelerator in [options.accelerator] if options.accelerator else accelerators:
            status = run(accelerator, archive, parts, options)
            if status is not None:
                return status
            print("KVM starts no kernel here within a moment; without it, then.", flush=True)
            with open(mark, "w", encoding="utf-8"):
                pass
    return 1


if __name__ == "__main__":
    sys.exit(main())
