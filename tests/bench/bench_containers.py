# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Figures of containers: starting, listing and ending them, beside liblxc's own programs and libvirt's driver.
import glob
import os
import select
import shutil
import subprocess
import time

from bench_figures import need_driver
from bench_guests import take_pairs
from bench_peer import Peer
from bench_tools import (COMMAND, PATIENCE, Absent, Failed, Place, Row, Worker, compare, number_text, take_turns,
                         time_text)

XML = """<domain type='lxc'>
  <name>{name}</name>
  <memory unit='MiB'>64</memory>
  <os><type>exe</type><init>/bin/sleep</init><initarg>1000000</initarg></os>
  <devices><filesystem type='mount'><source dir='{root}'/><target dir='/'/></filesystem></devices>
</domain>
"""
# libvirt wants a console, and its destroy waits 1.6 s where init does not heed SIGTERM: this one does, and says when.
PEER_XML = """<domain type='lxc'>
  <name>@NAME@</name>
  <memory unit='MiB'>64</memory>
  <os><type>exe</type><init>/bin/sh</init><initarg>-c</initarg>
    <initarg>trap 'exit 0' TERM; echo &gt;/begun; sleep 1000000 &amp; wait</initarg></os>
  <features><privnet/></features>
  <devices><filesystem type='mount'><source dir='{root}'/><target dir='/'/></filesystem><console type='pty'/></devices>
</domain>
"""
# What the driver asks of liblxc for this definition, as far as it costs time.
CONFIG = """lxc.uts.name = beside
lxc.rootfs.path = dir:{root}
lxc.net.0.type = empty
lxc.autodev = 1
lxc.mount.auto = proc:mixed sys:mixed cgroup:mixed
lxc.tty.max = 0
lxc.console.path = none
lxc.init.cmd = /bin/sleep 1000000
"""


def timed(*words):
    """Nanoseconds from exec to exit of a program that must succeed."""
    begin = time.monotonic_ns()
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(words)}: {done.stderr.decode(errors='replace')}")
    return time.monotonic_ns() - begin


def pivots():
    """Control groups that lxc-start makes and leaves."""
    return set(glob.glob("/sys/fs/cgroup/lxc.pivot") + glob.glob("/sys/fs/cgroup/*/lxc.pivot"))


def need_root():
    """Fails by name where containers cannot be started."""
    if os.geteuid() != 0:
        raise Absent("containers are started by root")
    if not os.path.exists("/bin/busybox"):
        raise Absent("busybox is not installed (package busybox-static)")


def make_root(place):
    """A root filesystem of busybox."""
    root = place.folder("tree")
    for name in ("bin", "proc", "sys", "dev"):
        os.makedirs(os.path.join(root, name), exist_ok=True)
    shutil.copy("/bin/busybox", os.path.join(root, "bin", "busybox"))
    for name in ("sleep", "sh"):
        os.symlink("busybox", os.path.join(root, "bin", name))
    return root


class Containers:
    """Defined containers of a root, driven by the command."""

    def __init__(self, place, count):
        self.uri = f"lxc:///embed?root={place.folder('root')}"
        self.names = [f"web{number}" for number in range(count)]
        root = make_root(place)
        self.tree = root
        for name in self.names:
            self.run("define", place.write("domain.xml", XML.format(name=name, root=root)))

    def run(self, *words):
        """Nanoseconds of a run of the command."""
        return timed(COMMAND, "-c", self.uri, *words)

    def end(self):
        """Ends what runs."""
        for name in self.names:
            subprocess.run([COMMAND, "-c", self.uri, "destroy", name], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)


def proportional_kib(word):
    """Memory of all processes whose command line has a word, what they share divided among them; and how many."""
    total, count = 0, 0
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                if word.encode() not in file.read():
                    continue
            with open(os.path.join(os.path.dirname(path), "smaps_rollup"), encoding="ascii") as file:
                total += next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
                count += 1
        except OSError:
            continue
    return total, count


def take_life(scale, containers, place):
    """Start and end of one, by the command and by liblxc's programs, in turns."""
    name = containers.names[0]
    folder = place.folder("lxc/beside")
    place.write("lxc/beside/config", CONFIG.format(root=containers.tree))
    lxc = ["-P", os.path.dirname(folder), "-n", "beside"]
    return take_turns(scale.rounds, {
        "ours": lambda: [containers.run("start", name) + containers.run("destroy", name)],
        "theirs": lambda: [timed("lxc-start", *lxc) + timed("lxc-stop", "-k", *lxc)],
    })


class Box:
    """The container of one side of the comparison with libvirt, by a worker."""

    def __init__(self, worker, begun):
        self.worker = worker
        self.begun = begun

    def define(self, uri, xml):
        """Opens the connection and makes the definition."""
        self.worker.ask("open", uri)
        self.worker.ask("define", xml, "box", 1, 1)
        self.worker.ask("domain", "box-0001")

    def start(self):
        """Samples of a start."""
        return self.worker.ask("start")

    def stop(self):
        """Samples of a destroy, once init runs and heeds signals."""
        ready, _, _ = select.select([self.begun], [], [], PATIENCE)
        if not ready:
            raise Failed("the init of a container does not begin")
        self.begun.read(1)
        return self.worker.ask("stop")


def try_libvirt(box, uri, xml):
    """Starts and ends the container by libvirt once; what it says when it cannot is why there are no figures."""
    try:
        box.define(uri, xml)
        box.start()
        box.stop()
    except Failed as failed:
        raise Absent(" ".join(str(failed).replace("|", "/").split())) from failed


def take_boxes(scale, place):
    """Start and end of one container by the library, in turns with libvirt's driver of containers."""
    root = make_root(place)
    xml = place.write("peer.xml", PEER_XML.format(root=root))
    os.mkfifo(os.path.join(root, "begun"))
    with Peer(place, driver="lxc") as daemon, Worker("bench-library") as library, Worker("bench-libvirt") as peer, \
            open(os.path.join(root, "begun"), "r+b", buffering=0) as begun:
        boxes = {"mortise": Box(library, begun), "libvirt": Box(peer, begun)}
        try_libvirt(boxes["libvirt"], daemon.uri, xml)
        boxes["mortise"].define(f"lxc:///embed?root={place.folder('root')}", xml)
        return take_pairs(scale.rounds, {name: box.start for name, box in boxes.items()},
                          {f"{name} stop": box.stop for name, box in boxes.items()})


def peer_rows(scale):
    """The rows beside libvirt, or the one that says why there are none."""
    try:
        with Place() as place:
            series = take_boxes(scale, place)
    except Absent as absent:
        return [Row("beside libvirt", f"not measured: {absent}")]
    return [
        compare("start of one container, by the library", series["mortise"], series["libvirt"], "libvirt"),
        compare("destroy of it", series["mortise stop"], series["libvirt stop"], "libvirt"),
    ]


def figure_containers(scale):
    """Containers"""
    need_driver("lxc")
    need_root()
    if shutil.which("lxc-start") is None:
        raise Absent("lxc-start is not installed (package lxc)")
    count = 2 if scale.rounds == 1 else 50
    before = pivots()
    with Place() as place:
        containers = Containers(place, count)
        try:
            life = take_life(scale, containers, place)
            started = [containers.run("start", name) for name in containers.names]
            listed = containers.run("list")
            memory, monitors = proportional_kib(containers.uri.split("=")[1])
            ended = [containers.run("destroy", name) for name in containers.names]
        finally:
            containers.end()
            for path in pivots() - before:
                os.rmdir(path)
    return [
        compare("start and end of one container, by the command", life["ours"], life["theirs"],
                "`lxc-start` and `lxc-stop -k`, the same settings"),
        Row(f"start of {count} one after the other, each", time_text(sum(started) / count)),
        Row(f"`mortise list` with {count} that run", time_text(listed)),
        Row(f"end of {count} one after the other, each", time_text(sum(ended) / count)),
        Row("memory of a monitor (Pss)", f"{number_text(memory / max(monitors, 1))} KiB"),
    ] + peer_rows(scale)
