# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Fetches Debian's own kernel and what else the other machine needs, without installing any of it; kept between runs.

import fcntl
import json
import lzma
import os
import re
import shutil
import subprocess
import tarfile
import tempfile

# What is loaded in the other machine, in this order; what they need comes before them.
MODULES = ("virtio_pci", "virtio_console", "9p", "9pnet_virtio", "overlay",
           "veth", "bridge", "8021q", "macvlan", "macvtap", "tun", "dummy",
           "sch_tbf", "sch_ingress", "cls_matchall", "act_police", "loop", "crc32c_generic", "ext4")
KERNEL = "linux-image-amd64"
ATTEMPT_SECONDS = 300
# Raised when what is kept has another form than before.
FORMAT = 2


class Missing(Exception):
    """What cannot be had here, and why: the tests that need it are skipped."""


def run(words, **how):
    """A program that must succeed; what it printed."""
    try:
        done = subprocess.run(words, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding="utf-8", timeout=ATTEMPT_SECONDS, **how)
    except FileNotFoundError as error:
        raise Missing(f"{words[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise Missing(f"{' '.join(words)} took too long") from error
    if done.returncode != 0:
        raise Missing(f"{' '.join(words)} failed: {' '.join(done.stderr.split())[-300:]}")
    return done.stdout


class Packages:
    """Debian packages by apt; with lists of its own where those of the machine are missing or too old."""

    def __init__(self, folder):
        self.folder = folder
        self.options = ["-qq", "-o", "APT::Sandbox::User="]

    def renew(self):
        """Fetches lists into the cache, and uses them from now on."""
        state = os.path.join(self.folder, "apt")
        os.makedirs(os.path.join(state, "lists", "partial"), exist_ok=True)
        self.options += ["-o", "Dir::State::Lists=" + os.path.join(state, "lists"), "-o", "Dir::Cache=" + state]
        run(["apt-get", *self.options, "update"])

    def depends(self, name):
        """The first package that this one depends on, which for the kernel has its version in its name."""
        text = run(["apt-cache", *self.options, "show", "--no-all-versions", name])
        found = re.search(r"^Depends: *([a-z0-9.+-]+)", text, re.MULTILINE)
        if found is None:
            raise Missing(f"apt knows no package {name}")
        return found.group(1)

    def download(self, name, folder):
        """Fetches a package's file; its path."""
        run(["apt-get", *self.options, "download", name], cwd=folder)
        return next(os.path.join(folder, file) for file in os.listdir(folder) if file.startswith(name + "_"))


def unpack(package, wanted, folder):
    """Writes those files and folders of a package below a folder for which `wanted` returns a name."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as process:
        with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
            for member in archive:
                name = wanted(member.name.removeprefix("./"))
                if name is None or not (member.isfile() or member.isdir()):
                    continue
                path = os.path.join(folder, name)
                os.makedirs(path if member.isdir() else os.path.dirname(path), exist_ok=True)
                if member.isdir():
                    continue
                with open(path, "wb") as file:
                    shutil.copyfileobj(archive.extractfile(member), file)
                os.chmod(path, member.mode & 0o777)
        process.stdout.read()
    if process.returncode != 0:
        raise Missing(f"{package} cannot be unpacked")


def kernel_file(name):
    """The kernel, and modules by their base names."""
    if name.startswith("boot/vmlinuz-"):
        return "vmlinuz"
    return "modules/" + os.path.basename(name) if name.endswith(".ko") else None


def apparmor_file(name):
    """The parser and what profiles include; programs are below /usr whatever the package says."""
    if name.startswith(("etc/apparmor", "usr/share/apparmor-features/")):
        return name
    return "usr/sbin/apparmor_parser" if name.endswith("sbin/apparmor_parser") else None


def unpack_vmlinux(folder):
    """The kernel in a form that is started without a boot loader, and unpacked by us and not by a slow guest."""
    with open(os.path.join(folder, "vmlinuz"), "rb") as file:
        data = file.read()
    at = data.find(b"\xfd7zXZ\x00")
    if at < 0:
        raise Missing("the package's kernel is not packed by xz")
    with open(os.path.join(folder, "vmlinux"), "wb") as file:
        file.write(lzma.LZMADecompressor().decompress(data[at:]))


def needs_of(path):
    """The names of the modules that one needs, as it says itself."""
    with open(path, "rb") as file:
        found = re.search(rb"\0depends=([^\0]*)\0", file.read())
    return [name.replace("-", "_") for name in found.group(1).decode().split(",") if name] if found else []


def loading_order(folder):
    """The paths of all modules to load, those that are needed first; what the kernel has built in is not there."""
    there = {name[:-3].replace("-", "_"): os.path.join(folder, name) for name in os.listdir(folder)}
    order = []

    def add(name):
        if name in there and there[name] not in order:
            for needed in needs_of(there[name]):
                add(needed)
            order.append(there[name])

    for name in MODULES:
        add(name)
    return order


def keep_modules(folder):
    """Removes the modules that are not loaded; writes the order of the others down."""
    modules = os.path.join(folder, "modules")
    order = [os.path.basename(path) for path in loading_order(modules)]
    for name in set(os.listdir(modules)) - set(order):
        os.unlink(os.path.join(modules, name))
    with open(os.path.join(folder, "order"), "w", encoding="utf-8") as file:
        file.write("".join(name + "\n" for name in order))


def make(packages, folder, name):
    """Fills a new folder with the parts; it gets its name when it is complete."""
    with tempfile.TemporaryDirectory(dir=folder) as new:
        parts = os.path.join(new, "parts")
        unpack(packages.download(name, new), kernel_file, parts)
        unpack_vmlinux(parts)
        keep_modules(parts)
        unpack(packages.download("apparmor", new), apparmor_file, os.path.join(parts, "apparmor"))
        with open(os.path.join(parts, "made-for"), "w", encoding="utf-8") as file:
            json.dump([FORMAT, *MODULES], file)
        os.rename(parts, os.path.join(folder, name))


def is_complete(folder):
    """Whether the parts were made by this program, for these modules."""
    try:
        with open(os.path.join(folder, "made-for"), encoding="utf-8") as file:
            return json.load(file) == [FORMAT, *MODULES]
    except (OSError, ValueError):
        return False


def find(packages, folder):
    """The folder of the parts, made when they are not there."""
    name = packages.depends(KERNEL)
    parts = os.path.join(folder, name)
    if not is_complete(parts):
        shutil.rmtree(parts, ignore_errors=True)
        make(packages, folder, name)
    return parts


def kept(folder):
    """Parts of an earlier run, where apt has no answer now; or None."""
    complete = [path for path in sorted(os.listdir(folder)) if is_complete(os.path.join(folder, path))]
    return os.path.join(folder, complete[-1]) if complete else None


def parts(folder):
    """The folder with `vmlinux`, `modules`, `order` and `apparmor`; Missing says why there is none."""
    os.makedirs(folder, exist_ok=True)
    if os.uname().machine != "x86_64":
        raise Missing("the other kernel is for x86_64")
    with open(os.path.join(folder, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        packages = Packages(folder)
        try:
            return find(packages, folder)
        except Missing as missing:
            found = kept(folder)
            if found is None and "is not installed" not in str(missing):
                packages.renew()
                found = find(packages, folder)
            if found is None:
                raise
            return found
