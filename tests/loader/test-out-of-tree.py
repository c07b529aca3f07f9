#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds the example for vendors alone, with the headers and the pkg-config file of an installed tree and nothing else.

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

BUILD = os.environ.get("MORTISE_TEST_BUILD", "")
SOURCE = os.environ.get("MORTISE_TEST_SOURCE", "")
EXAMPLE = os.path.join(SOURCE, "plugins", "example")
SYMBOLS = {"mortise_driver_v1", "mortise_module_marker"}
LIBRARIES = re.compile(r"^(?:libc\.so|ld-linux|libc\.musl|libasan|libubsan|libtsan)")


def skip(reason):
    """Ends the test as skipped."""
    print(f"SKIP out-of-tree: {reason}")
    sys.exit(77)


def run(command, **options):
    """Runs a command; its output, or the end of the test with all that it said."""
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            universal_newlines=True, check=False, **options)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)} failed with {result.returncode}:\n{result.stdout}")
    return result.stdout


def check(condition, message):
    """Ends the test when the condition does not hold."""
    if not condition:
        sys.exit(f"not true: {message}")


def find(top, name):
    """The one file of that name below the top."""
    found = [os.path.join(folder, name) for folder, _, names in os.walk(top) if name in names]
    check(len(found) == 1, f"one {name} is installed, not {found}")
    return found[0]


def install(work):
    """Installs the build into a folder of its own, and says where its prefix is and where its pkg-config files are."""
    root = os.path.join(work, "root")
    run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", root])
    original = find(root, "mortise-driver-1.pc")
    with open(original, encoding="utf-8") as file:
        text = file.read()
    prefix = re.search(r"^prefix=(.*)$", text, re.MULTILINE).group(1)
    moved = root + prefix
    folder = os.path.join(work, "pkgconfig")
    os.mkdir(folder)
    # The installed tree stands elsewhere than it was configured for, as in a package being built.
    with open(os.path.join(folder, "mortise-driver-1.pc"), "w", encoding="utf-8") as file:
        file.write(re.sub(rf"(?m)^(\w+)={re.escape(prefix)}(?=/|$)", rf"\1={moved}", text))
    return moved, folder


def build(work, pkgconfig):
    """Copies the example away from the tree, builds it there, and installs it beside the others."""
    vendor = os.path.join(work, "vendor")
    shutil.copytree(EXAMPLE, vendor)
    folder = os.path.join(work, "vendor-build")
    environment = dict(os.environ, PKG_CONFIG_LIBDIR=pkgconfig)
    environment.pop("PKG_CONFIG_PATH", None)
    environment.pop("CFLAGS", None)
    run(["meson", "setup", "--werror", folder, os.path.join(vendor, "standalone")], env=environment)
    run(["meson", "compile", "-C", folder], env=environment)
    run(["meson", "install", "-C", folder, "--quiet"], env=environment)


def check_module(module):
    """The module exports the two symbols of the ABI and needs nothing but the C library."""
    exported = {line.split()[-1].split("@")[0] for line in run(["nm", "-D", "--defined-only", module]).splitlines()}
    check(exported == SYMBOLS, f"the module exports {sorted(SYMBOLS)}, not {sorted(exported)}")
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", run(["readelf", "-d", module]))
    strangers = [name for name in needed if not LIBRARIES.match(name)]
    check(not strangers, f"the module needs no library but the C library's, not {strangers}")


def check_manifest(path):
    """The manifest says what the driver is."""
    with open(path, encoding="utf-8") as file:
        manifest = json.load(file)
    for key, expected in {"name": "example", "kind": "driver", "module": "mortise-driver-example.so",
                          "schemes": ["example"], "domain_types": ["example"], "interfaces": ["lifecycle/1"],
                          "thread_model": "serial-per-connection", "licence": "MIT"}.items():
        check(manifest.get(key) == expected, f"{key} of the manifest is {expected}, not {manifest.get(key)}")


def check_command(prefix, module, manifest):
    """The installed command finds the driver, loads it and runs its machine."""
    command = os.path.join(prefix, "bin", "mortise")
    if not os.path.exists(command):
        print("SKIP loading the example: the command was not built")
        return
    library = os.path.dirname(find(prefix, "libmortise-1.so.1"))
    environment = dict(os.environ, LD_LIBRARY_PATH=library, MORTISE_MANIFEST_PATH=os.path.dirname(manifest),
                       MORTISE_MODULE_DIR=os.path.dirname(module))
    listed = json.loads(run([command, "-c", "example:///", "--json", "list", "--all"], env=environment))
    check([(domain["name"], domain["type"]) for domain in listed] == [("alpha", "example")],
          f"the example lists its machine, not {listed}")
    run([command, "-c", "example:///", "start", "alpha"], env=environment)
    drivers = json.loads(run([command, "--json", "drivers"], env=environment))
    check([entry["state"] for entry in drivers if entry["name"] == "example"] == ["available"],
          f"the example is available, not {drivers}")


def main():
    """Installs, builds, looks and loads."""
    if not BUILD or not SOURCE:
        skip("it runs from the build: meson test -C build out-of-tree")
    for program in ("meson", "ninja", "pkg-config", "nm", "readelf"):
        if shutil.which(program) is None:
            skip(f"{program} is not installed")
    lines = sum(1 for _ in open(os.path.join(EXAMPLE, "example-driver.c"), encoding="utf-8"))
    check(lines <= 150, f"the example has at most 150 lines, not {lines}")
    # Below the build and not in /tmp, since root trusts no module in a folder that others may write.
    with tempfile.TemporaryDirectory(prefix="out-of-tree-", dir=BUILD) as work:
        prefix, pkgconfig = install(work)
        build(work, pkgconfig)
        module, manifest = find(prefix, "mortise-driver-example.so"), find(prefix, "example.json")
        check_module(module)
        check_manifest(manifest)
        check_command(prefix, module, manifest)


if __name__ == "__main__":
    main()
