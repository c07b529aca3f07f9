#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Splits a staged installation into one tree for each package: a module's package is the one that its manifest names.

import argparse
import json
import os
import re
import shutil
import sys

# Everything that is no module: the first pattern that matches a path (without its leading slash) says the package.
RULES = [
    (r"/libexec/mortise/mortise-guest-keeper$", "mortise-guest-keeper"),
    (r"/libexec/mortise/mortise-lxc-helper$", "mortise-lxc-helper"),
    (r"/include/mortise/driver/|/mortise-driver-1\.pc$|/bin/mortise-(manifest|check)$|/mortise-(manifest|check)\.1$",
     "mortise-driver-dev"),
    (r"/include/mortise/|/libmortise-1\.so$|/mortise-1\.pc$|/Mortise-1\.0\.gir$", "libmortise-dev"),
    (r"/libmortise-1\.so\.", "libmortise-1"),
    (r"/Mortise-1\.0\.typelib$", "gir1.2-mortise-1.0"),
    (r"/bin/mortise$|/completions/mortise$|/mortise\.1$|/share/doc/mortise/", "mortise"),
]


def find(stage):
    """All files of the staged installation, as paths from its top."""
    for folder, _folders, names in os.walk(stage):
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), stage)


def assign_modules(stage, paths):
    """The package of each manifest and of the module file that it names."""
    packages = {}
    for path in paths:
        if not re.search(r"/mortise/modules\.d/[^/]+\.json$", path):
            continue
        with open(os.path.join(stage, path), encoding="utf-8") as file:
            manifest = json.load(file)
        module = [other for other in paths if other.endswith("/mortise/" + manifest["module"])]
        if len(module) != 1 or not manifest.get("package"):
            sys.exit(f"{path}: no module file {manifest['module']}, or no package")
        packages[path] = packages[module[0]] = manifest["package"]
    return packages


def assign(stage):
    """The package of each file; ends with an error when a file has none."""
    paths = sorted(find(stage))
    packages = assign_modules(stage, paths)
    for path in paths:
        if path not in packages:
            matching = [package for pattern, package in RULES if re.search(pattern, "/" + path)]
            if not matching:
                sys.exit(f"{path}: in no package; add it to RULES")
            packages[path] = matching[0]
    return packages


def main():
    """Copies each file into the tree of its package and lists them."""
    parser = argparse.ArgumentParser(description="Splits a staged installation into packages.")
    parser.add_argument("stage", help="where DESTDIR pointed at `meson install`")
    parser.add_argument("output", help="directory that gets one tree for each package")
    arguments = parser.parse_args()
    packages = assign(arguments.stage)
    for path, package in sorted(packages.items(), key=lambda item: (item[1], item[0])):
        target = os.path.join(arguments.output, package, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(os.path.join(arguments.stage, path), target, follow_symlinks=False)
        print(f"{package}: /{path}")


if __name__ == "__main__":
    main()
