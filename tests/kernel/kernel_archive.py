# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Writes the archive that the other kernel starts from: busybox, modules, a script. Format: cpio's "newc".

import os
import stat


class Archive:
    """An archive that grows by a member at a time."""

    def __init__(self):
        self.data = bytearray()
        self.count = 0

    def add(self, name, mode, data=b"", device=(0, 0)):
        """Appends a member; names and contents are padded to four bytes."""
        self.count += 1
        word = name.encode() + b"\0"
        numbers = (self.count, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(word), 0)
        for part in (b"070701" + b"".join(b"%08x" % number for number in numbers) + word, data):
            self.data += part + b"\0" * (-len(part) % 4)

    def folder(self, name):
        """Appends a folder."""
        self.add(name, stat.S_IFDIR | 0o755)

    def file(self, name, path, mode=0o644):
        """Appends a file of this machine."""
        with open(path, "rb") as file:
            self.add(name, stat.S_IFREG | mode, file.read())

    def write(self, path):
        """Ends the archive, and writes it."""
        self.add("TRAILER!!!", 0)
        with open(path, "wb") as file:
            file.write(self.data)


def write(path, busybox, init, parts, job):
    """The archive of a run; `job` is what it has to do, as JSON."""
    archive = Archive()
    for name in ("bin", "dev", "modules"):
        archive.folder(name)
    archive.add("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
    archive.file("bin/busybox", busybox, 0o755)
    archive.file("init", init, 0o755)
    archive.file("order", os.path.join(parts, "order"))
    with open(os.path.join(parts, "order"), encoding="utf-8") as file:
        for name in file.read().split():
            archive.file("modules/" + name, os.path.join(parts, "modules", name))
    archive.add("job", stat.S_IFREG | 0o644, job.encode())
    archive.write(path)
