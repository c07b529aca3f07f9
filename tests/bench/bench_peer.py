# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# A libvirt daemon for the benchmark alone: its own configuration, state and sockets, hidden from the rest of the host.
import glob
import os
import shutil
import subprocess
import time
import uuid

from bench_tools import Absent

# Hidden behind empty directories in a mount namespace: the daemon sees, changes and starts nothing of the host's.
HIDDEN = ["/etc/libvirt", "/var/lib/libvirt", "/var/cache/libvirt", "/var/log/libvirt", "/run"]
CONFIGURATION = 'user = "root"\ngroup = "root"\nsecurity_driver = "none"\n'
# Two daemons of one host would take each other for themselves, and their guests have control groups of the same names.
APART = "cgroup_controllers = []\n"
# Where version 2 is mounted there, beside version 1, libvirt 9.0 starts no container: it makes this directory in sysfs.
UNIFIED = "/sys/fs/cgroup/unified"
SCRIPT = r"""
set -e
place=$1
without=$2
shift 2
if [ -n "$without" ]; then
    umount "$without"
fi
for path in "$@"; do
    mkdir -p "$place$path"
    mount --bind "$place$path" "$path"
done
cp "$place/qemu.conf" "$place/libvirtd.conf" /etc/libvirt/
mkdir -p /run/lock
exec 3<&0
virtlogd >"$place/log" 2>&1 &
libvirtd >"$place/log" 2>&1 &
cat <&3 &
wait $!
"""
SOCKET = "run/libvirt/libvirt-sock"
LOG_SOCKET = "run/libvirt/virtlogd-sock"
PATIENCE = 60


class Peer:
    """Runs while the with statement does; `uri` reaches a driver. With a name it can be one of two on this host."""

    def __init__(self, place, name=None, driver="qemu"):
        missing = [program for program in ("libvirtd", "virtlogd", "unshare") if find(program) is None]
        if missing:
            raise Absent(f"{missing[0]} is not installed")
        if os.geteuid() != 0:
            raise Absent("a libvirtd of one's own beside the system's needs root")
        self.place = place
        self.name = name or "peer"
        self.apart = name is not None
        self.driver = driver
        self.groups = set(groups())

    def __enter__(self):
        self.place.folder(self.name)
        self.place.write(f"{self.name}/qemu.conf", CONFIGURATION + (APART if self.apart else ""))
        self.place.write(f"{self.name}/libvirtd.conf", f'host_uuid = "{uuid.uuid4()}"\n' if self.apart else "")
        without = UNIFIED if self.driver == "lxc" and os.path.ismount(UNIFIED) else ""
        # The shell reaps what nobody else does, and ends when its standard input does; all others end with it.
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "--pid", "--mount-proc", "--fork", "sh", "-c", SCRIPT,
             "sh", self.place.path(self.name), without, *HIDDEN], stdin=subprocess.PIPE)
        try:
            self.wait_for(SOCKET)
            self.wait_for(LOG_SOCKET)
        except BaseException:
            self.stop()
            raise
        socket = self.place.path(self.name, SOCKET)
        self.uri = f"{self.driver}+unix:///system?socket={socket}"
        return self

    def __exit__(self, *_):
        self.stop()

    def wait_for(self, path):
        """Until the socket is there; it appears under the directory that hides the host's."""
        deadline = time.monotonic() + PATIENCE
        while not os.path.exists(self.place.path(self.name, path)):
            try:
                self.process.wait(0.05)
            except subprocess.TimeoutExpired:
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                with open(self.place.path(self.name, "log"), encoding="utf-8", errors="replace") as log:
                    raise Absent(f"libvirtd does not start here: {log.read()[-300:].strip() or 'it says nothing'}")

    def stop(self):
        """The process namespace of the daemons ends with its shell, and with it every guest that they left."""
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        for path in set(groups()) - self.groups:
            remove_group(path)

    def memory_kib(self):
        """Resident memory of libvirtd."""
        for pid in children(self.process.pid):
            values = status_of(pid)
            if values.get("Name") == "libvirtd":
                return int(values["VmRSS"].split()[0])
        return 0


def groups():
    """Control groups at the place where libvirt makes those of its guests."""
    return glob.glob("/sys/fs/cgroup/machine*") + glob.glob("/sys/fs/cgroup/*/machine*")


def remove_group(path):
    """Removes an empty control group and those below it; what is not empty is somebody's."""
    for folder, _, _ in os.walk(path, topdown=False):
        try:
            os.rmdir(folder)
        except OSError:
            return


def find(program):
    """The path of a program that may lie where only root looks."""
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def children(pid):
    """All processes below one."""
    found = []
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        for child in file.read().split():
            found += [int(child)] + children(int(child))
    return found


def status_of(pid):
    """/proc/PID/status by key."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return {key: value.strip() for key, _, value in (line.partition(":") for line in file)}
