#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# What pages name exists: verbs and options of the command and of ./dev, functions, options of the build, files.

import glob
import json
import os
import re
import subprocess

import pages

COMMAND = re.compile(r"(?<![\w./?-])mortise((?: +-[-\w]+(?: +(?:[a-z]+://[^ `]*|[A-Z]+|\d+))?)*) +([a-z][a-z-]*)"
                     r"(?![a-z:-])([^\n|;&#]*)")
DEV = re.compile(r"\./dev +([a-z]+)\b")
FUNCTION = re.compile(r"\b(mortise_[a-z0-9_]+)\b")
BUILD_OPTION = re.compile(r"-D([a-z_]+)\b")
VARIABLE = re.compile(r"\b(MORTISE_[A-Z][A-Z_]*)\b")
PATH = re.compile(r"(?<![\w./$-])((?:core|docs|drivers|include|plugins|tests|tools)/[\w./*{}-]*)")
MESON_OPTIONS = {"prefix", "sysconfdir", "libdir", "werror", "b_sanitize", "buildtype", "c_args"}


def help_of_command():
    """Verbs with the options of each, and the options of all verbs."""
    text = subprocess.run(["mortise", "--json", "help"], capture_output=True, text=True, check=True).stdout
    told = json.loads(text)
    verbs = {verb["name"]: {option["name"] for option in verb["options"]} for verb in told["verbs"]}
    return verbs, {option["name"] for option in told["options"]}


def check_command(findings, page, piece, verbs, everywhere):
    """Verbs and long options of the command in one piece of code."""
    count = 0
    for before, verb, after in COMMAND.findall(piece):
        count += 1
        if verb not in verbs:
            findings.add(page, f"the command has no verb '{verb}': {piece.strip()[:80]}")
            continue
        for option in re.findall(r"(?<!\S)--([a-z-]+)", before + after):
            findings.check(option in verbs[verb] | everywhere, page, f"'mortise {verb}' has no option --{option}")
    return count


def check_names(findings, page, piece, known):
    """Functions, options of the build, variables and verbs of ./dev in one piece of code."""
    count = 0
    for what, pattern in (("function or symbol", FUNCTION), ("option of the build", BUILD_OPTION),
                          ("variable or constant", VARIABLE), ("verb of ./dev", DEV)):
        for name in pattern.findall(piece):
            count += 1
            findings.check(name in known[what], page, f"there is no {what} '{name}'")
    return count


def check_paths(findings, page, piece):
    """Files and folders of the tree in one piece of code; a word in capitals stands for any name."""
    named = [path for path in PATH.findall(piece) if not re.search(r"\b(?:NAME|UUID|DIR)", path)]
    for path in named:
        findings.check(glob.glob(os.path.join(pages.SOURCE, path.rstrip("."))), page, f"there is no {path}")
    return len(named)


def collect():
    """Everything that can be named."""
    sources = "\n".join(pages.read(path) for path in pages.find([".c", ".h", ".def", ".build"]))
    errors = {"MORTISE_ERROR_" + code for code in re.findall(r"ERROR_REASON\((\w+)", sources)}
    return {
        "function or symbol": set(FUNCTION.findall(sources)),
        "option of the build": set(re.findall(r"option\('(\w+)'", pages.read("meson_options.txt"))) | MESON_OPTIONS,
        "variable or constant": set(VARIABLE.findall(sources)) | errors,
        "verb of ./dev": set(re.findall(r"^  ([a-z]+) ", pages.read("dev").split("<<'END'")[1].split("\nEND")[0],
                                        re.MULTILINE)),
    }


def main():
    """Checks the code of all pages."""
    findings = pages.Findings()
    verbs, everywhere = help_of_command()
    known = collect()
    checked = 0
    for page in pages.pages():
        for piece in pages.code(pages.read(page)):
            checked += check_command(findings, page, piece, verbs, everywhere)
            checked += check_names(findings, page, piece, known)
            checked += check_paths(findings, page, piece)
    findings.end(checked)


if __name__ == "__main__":
    main()
