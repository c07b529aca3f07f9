#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes docs/support-matrix.md from the manifests of the modules that were built, and core/operation-list.def.

import json
import os
import sys

import generated

PAGE = "docs/support-matrix.md"
SKIPPED = 77
INTRODUCTION = """# Support matrix

<!-- Made by docs/make-matrix.py from the manifests of a build. To make it anew: ninja -C build update-docs -->

What each module of this tree offers, as its manifest says. `mortise drivers` and `mortise_module_get_interfaces()` tell
the same of the modules that are installed, vendors' included, without loading any.

An interface is a table of functions. A function that a driver leaves out, and a function that it has but that cannot be
had for this domain or on this host, fail with the reason `unsupported`. What a driver honours in a definition is on its
own page.
"""
STATES = {"store": "kept in files by the core", "own": "kept by the driver"}


def words(values):
    """A list of words as code."""
    return ", ".join(f"`{value}`" for value in values)


def page_of(manifest):
    """The module's name, linked to its page; drivers have one, others may."""
    name = manifest["name"]
    driver = manifest["kind"] == "driver"
    path = f"{'drivers' if driver else 'plugins'}/{name}/README.md"
    return f"[{name}](../{path})" if driver or os.path.exists(os.path.join(generated.TOP, path)) else name


def facts(drivers):
    """What a driver is and needs, a row a fact."""
    rows = [
        ["what it is", *[driver.get("summary", "") for driver in drivers]],
        ["URI schemes", *[words(driver["schemes"]) for driver in drivers]],
        ["domain types", *[words(driver["domain_types"]) for driver in drivers]],
        ["definitions", *[STATES[driver["state"]] for driver in drivers]],
        ["thread model", *[words([driver["thread_model"]]) for driver in drivers]],
        ["programs that it runs", *[words(driver.get("programs", [])) for driver in drivers]],
        ["package", *[words([driver["package"]]) for driver in drivers]],
    ]
    return generated.table(["", *map(page_of, drivers)], rows)


def offers(driver, interface):
    """Whether the driver's manifest names the interface in any version; all have the mandatory table."""
    return interface == "" or any(item.split("/")[0] == interface for item in driver["interfaces"])


# What a driver answers by an error that says what to use instead, although it has the interface.
ONLY = {("lxc", "domain-set-vcpus"): "no: a container has no vCPUs",
        ("lxc", "domain-pin"): "`emulatorpin` only"}


def answer(driver, name, interface):
    """Whether a driver does it."""
    return ONLY.get((driver["name"], name), "yes") if offers(driver, interface) else ""


def interfaces(drivers):
    """The interfaces by driver."""
    known = sorted({item for driver in drivers for item in driver["interfaces"]})
    rows = [[f"`{item}`", *["yes" if item in driver["interfaces"] else "" for driver in drivers]] for item in known]
    return generated.table(["interface", *map(page_of, drivers)], rows)


def calls(drivers):
    """The operations that reach a driver, by driver; reads are answered by the core for all."""
    rows = [[f"`{name}`", f"`{interface}`" if interface else "mandatory",
             *[answer(driver, name, interface) for driver in drivers]]
            for _code, name, kind, interface, _deadline in generated.operations() if kind != "READ"]
    return generated.table(["operation", "interface", *map(page_of, drivers)], rows)


def parameters(drivers):
    """The parameters of URIs."""
    rows = [[page_of(driver), f"`{item['key']}`", item["type"], f"`{item['default']}`" if "default" in item else "",
             item.get("help", "")] for driver in drivers for item in driver.get("parameters", [])]
    return generated.table(["driver", "parameter", "type", "default", "what it does"], rows) if rows else "None."


def others(modules):
    """Filters and providers."""
    rows = [[page_of(module), module["kind"], module.get("summary", ""), words([module["package"]])]
            for module in modules]
    return generated.table(["module", "kind", "what it does", "package"], rows) if rows else "None."


def make(manifests):
    """The text of the page."""
    drivers = [manifest for manifest in manifests if manifest["kind"] == "driver"]
    rest = [manifest for manifest in manifests if manifest["kind"] != "driver"]
    parts = [
        ("Drivers", facts(drivers)),
        ("Interfaces", interfaces(drivers)),
        ("Operations", "Reads (`connection-list`, `domain-info` and the like) are answered by the core from what is "
         "published, for every driver.\nThe classes and deadlines are in [architecture.md](architecture.md#operations)."
         "\n\n" + calls(drivers)),
        ("Parameters in URIs", parameters(drivers)),
        ("Filters and providers", others(rest)),
    ]
    return INTRODUCTION + "".join(f"\n## {title}\n\n{text}\n" for title, text in parts)


def main():
    """Makes the page, unless the build has fewer modules than the tree."""
    parser = generated.parser(PAGE)
    parser.add_argument("--left-out", default="", help="modules that the build lacks, with commas between")
    parser.add_argument("manifests", nargs="+", help="manifests of a build with all modules")
    arguments = parser.parse_args()
    if arguments.left_out:
        print(f"SKIP support-matrix: this build lacks {arguments.left_out}")
        sys.exit(SKIPPED)
    manifests = [json.loads(generated.read(os.path.abspath(path))) for path in arguments.manifests]
    manifests.sort(key=lambda manifest: (manifest["kind"], manifest["name"]))
    generated.finish(PAGE, make(manifests), arguments.write)


if __name__ == "__main__":
    main()
