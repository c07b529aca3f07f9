# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Writes what was measured as docs/performance.md.
import os
import platform
import re
import subprocess

from bench_peer import find
from bench_tools import BUILD

HEAD = """# Performance

<!-- Made by tests/bench/bench.py; run ./dev bench to make it anew. -->

Measured by `./dev bench` in one run on one machine. In each comparison the sides take turns, round by round; the first
round only warms up. A ratio is the middle of the ratios of all rounds, in brackets the range of the middle half of
them; a time is the median of all samples. Times differ from machine to machine and from hour to hour; ratios taken in
one run hold, so they stand first. A limit is what this project asks of itself, with whether this run kept it.

"""
TITLES = ["", "ratio", "Mortise", "beside", "limit"]


class Section:
    """A title with either rows or the reason why there are none."""

    def __init__(self, title, rows, absent):
        self.title = title
        self.rows = rows
        self.absent = absent


def first_line(*command):
    """What a program prints first, or nothing when it is not there."""
    path = find(command[0])
    if path is None:
        return ""
    done = subprocess.run([path, *command[1:]], capture_output=True, text=True, check=False, timeout=60)
    return done.stdout.strip().splitlines()[0] if done.stdout.strip() else ""


def version_in(text):
    """The first thing in a text that looks like a version."""
    match = re.search(r"\d+(?:\.\d+)+", text)
    return match.group() if match else ""


def distribution():
    """The name of the system, as it calls itself."""
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    except OSError:
        return "Linux"


def package_version(name):
    """The version of a library, as pkg-config knows it."""
    return first_line("pkg-config", "--modversion", name)


def file_system(path):
    """The type of the file system that a path is on."""
    with open("/proc/self/mounts", encoding="utf-8") as file:
        mounts = [line.split()[1:3] for line in file]
    holding = [(len(point), kind) for point, kind in mounts if os.path.commonpath([point, path]) == point]
    return max(holding)[1]


def machine(load):
    """What it was measured on, in versions and counts."""
    versions = [
        ("QEMU", version_in(first_line("qemu-system-x86_64", "--version"))),
        ("libvirt", version_in(first_line("libvirtd", "--version"))),
        ("GLib", package_version("glib-2.0")),
        ("libxml2", package_version("libxml-2.0")),
        ("json-glib", package_version("json-glib-1.0")),
    ]
    shown = ", ".join(f"{name} {version}" for name, version in versions if version)
    cpus = len(os.sched_getaffinity(0))
    own = version_in(first_line(os.path.join(BUILD, "tools", "mortise"), "--version"))
    build_type = os.environ.get("MORTISE_BENCH_BUILD_TYPE", "unknown")
    return (f"{distribution()}, Linux {version_in(platform.release())}, {platform.machine()}, {cpus} CPUs, files on "
            f"{file_system('/var/tmp')}; {shown}. Mortise {own}, built as `{build_type}`. Load average when it began: "
            f"{load:.1f}.\n\n")


NOTES = {
    "Beside libvirt": """The same definition (a guest under TCG of 32 MiB that boots the tests' kernel) on libvirt's
QEMU driver: a libvirtd of the benchmark's own, with its defaults but for `security_driver = "none"` and guests that run
as root, asked by a C client over its local socket. Mortise has no daemon: its calls stay in the process of the caller,
and part of the difference is that. A command of Mortise opens the root with all its definitions each time; virsh asks
a daemon that has them.
""",
    "Definition, start and end of a guest under TCG": """The bare emulator is the command line that the driver really
used, read from /proc and executed by posix_spawn with sockets of the same kinds. It has started when it has sent its
greeting and answered qmp_capabilities, query-status and cont, which are sent in one go.
""",
    "QMP": """QEMU (7.2 at least) takes commands in byte by byte, with several system calls for each: most of these
times is its own.
""",
    "Containers": """Beside libvirt: its LXC driver in a libvirtd of the benchmark's own, asked by a C client; the same
busybox in a network namespace, with a console. Its destroy sends SIGTERM, looks every 200 ms, and sends SIGKILL after
1.6 s; so that this wait is not measured, the init of these containers ends at SIGTERM, and both sides wait until it has
begun. Mortise sends SIGKILL at once. libvirt 9.0 starts no container where control groups of version 2 are mounted
beside those of version 1 ("Unable to create directory /sys/fs/cgroup/unified: No such file or directory"); there its
daemon is in a mount namespace that has no version 2.
""",
    "Resident memory": """Of a process that has opened the connection and listed its domains.
""",
}


def table(rows):
    """A table in Markdown; columns that would be empty throughout are left out."""
    lines = [row.cells() for row in rows]
    used = [column for column in range(len(TITLES)) if column == 0 or any(line[column] for line in lines)]
    text = [[TITLES[column] for column in used], ["---" for _ in used]]
    text += [[line[column] for column in used] for line in lines]
    return "".join("|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|\n" for cells in text)


def make(sections, tiny, load):
    """The whole page."""
    text = HEAD + machine(load)
    if tiny:
        text += "**Taken with tiny numbers, only to see that all of it works: these figures say nothing.**\n\n"
    for section in sections:
        text += f"## {section.title}\n\n"
        if section.absent:
            text += f"Not measured: {section.absent}.\n\n"
            continue
        text += table(section.rows) + "\n"
        if section.title in NOTES:
            text += NOTES[section.title] + "\n"
    return text.rstrip("\n") + "\n"
