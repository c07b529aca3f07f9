# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the tests with real guests share: a root of their own, the command, and a look at what runs.
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile

BUILD = os.environ["MORTISE_TEST_BUILD"]
COMMAND = os.path.join(BUILD, "tools", "mortise")
KERNEL = os.environ.get("MORTISE_GUEST_KERNEL", "")

XML = """<domain type='{type}'>
  <name>{name}</name>
  <memory unit='MiB'>32</memory>
  <vcpu>{vcpus}</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><kernel>{kernel}</kernel><cmdline>{cmdline}</cmdline></os>
  <features><acpi/><apic/></features>
  {cpu}
  <devices>
    <serial type='file'><source path='{serial}'/></serial>
  </devices>
</domain>
"""


def skip(reason):
    print(f"SKIP: {reason}")
    sys.exit(77)


def require_guest():
    if not KERNEL:
        skip("the guest kernel was not built: the compiler cannot do -m32")
    if shutil.which("qemu-system-x86_64") is None:
        skip("qemu-system-x86_64 is not installed (package qemu-system-x86)")


def wait_readable(descriptor, seconds):
    """Whether the descriptor (a pidfd: the end of its process) became readable in time."""
    ready, _, _ = select.select([descriptor], [], [], seconds)
    return bool(ready)


def wait_end(pid, seconds):
    """Whether a process that is no child of ours has ended in time."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return wait_readable(watched, seconds)
    finally:
        os.close(watched)


def came_late(done):
    """Whether a command found the guest ended: by what an owner had sent it before that one was killed."""
    return done.returncode != 0 and "is not running" in done.stderr


class Root:
    """A root directory of one test; whatever still runs in it is ended when the test ends."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="mortise-root-")
        self.uri = f"qemu:///embed?root={self.directory}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        shutil.rmtree(self.directory, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def run(self, *arguments, check=True, environment=None, timeout=300, **more):
        done = subprocess.run([COMMAND, "-c", self.uri, *arguments], capture_output=True, text=True, timeout=timeout,
                              env={**os.environ, **(environment or {})}, check=False, **more)
        if check and done.returncode != 0:
            raise AssertionError(f"{arguments} ended with {done.returncode}: {done.stderr}")
        return done

    def destroy(self, name):
        """Ends a guest, unless it is just ending by itself."""
        done = self.run("destroy", name, check=False)
        if done.returncode != 0 and not came_late(done):
            raise AssertionError(f"destroy ended with {done.returncode}: {done.stderr}")

    def wait_serial(self, name, text, seconds=120):
        """Waits until the guest has said something on its serial port."""
        follow = f"tail -n +1 -F '{self.path(name + '.log')}' 2>/dev/null | grep -q -m1 '{text}'"
        subprocess.run(["timeout", str(seconds), "sh", "-c", follow], check=True)

    def json(self, *arguments):
        return json.loads(self.run("--json", *arguments).stdout)

    def states(self):
        return {row["name"]: row["state"] for row in self.json("list", "--all")}

    def write_xml(self, name, domain_type="qemu", vcpus=1, cmdline="", cpu=""):
        path = self.path(f"{name}.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(XML.format(type=domain_type, name=name, vcpus=vcpus, kernel=KERNEL, cmdline=cmdline, cpu=cpu,
                                  serial=self.path(f"{name}.log")))
        return path

    def processes(self):
        """Emulators of this root: processes that name the root, or have one of its files as their log."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            program = os.path.basename(words[0]).decode(errors="replace")
            if program.startswith("qemu-system") and any(self.directory.encode() in word for word in words):
                found.append(int(entry))
        return found
