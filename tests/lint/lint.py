#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs clang-tidy and cppcheck over the project's own C sources: lint.py BUILD. It prints findings and nothing else.

import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
CONFIGURATION = os.path.join(TOP, ".clang-tidy")
# Options that say where the compiler writes, with the number of words after them.
OUTPUT_OPTIONS = {"-o": 1, "-MF": 1, "-MQ": 1, "-MD": 0, "-c": 0}
# A program has its main function for itself, and a test ends at the first thing that it cannot do.
PROGRAMS = ("tests/", "tools/", "drivers/lib/keeper/")
NOT_IN_PROGRAMS = "-concurrency-mt-unsafe"
NOT_IN_TESTS = NOT_IN_PROGRAMS + ",-cert-err33-c"
CPPCHECK = [
    "cppcheck", "--quiet", "--enable=warning,performance,portability", "--inline-suppr", "--error-exitcode=1",
    "--std=c11", "--library=posix", "--library=gtk", "--max-configs=4",
    f"--suppressions-list={HERE}/cppcheck-suppressions.txt", f"--library={HERE}/cppcheck-mortise.cfg",
    "--template={file}:{line}: [{id}] {message}",
]


def run(command, **options):
    """Runs a command with nothing on its standard input, and catches what it prints."""
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True, errors="replace", check=False, **options)


def own_entries(build):
    """The compile commands of the project's own C sources, one a file, the first where there are several."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        entries = json.load(file)
    chosen = {}
    for entry in entries:
        path = os.path.realpath(os.path.join(entry["directory"], entry["file"]))
        inside = path.startswith(TOP + "/") and not path.startswith(os.path.realpath(build) + "/")
        if inside and path.endswith(".c") and path not in chosen:
            chosen[path] = {"directory": entry["directory"], "file": path, "command": entry["command"]}
    return [chosen[path] for path in sorted(chosen)]


def preprocessed(entry):
    """The text that the compiler sees, comments too, since some of them speak to clang-tidy."""
    words, kept = shlex.split(entry["command"]), []
    if os.path.basename(words[0]) == "ccache":
        words = words[1:]
    index = 0
    while index < len(words):
        skipped = OUTPUT_OPTIONS.get(words[index])
        if skipped is None:
            kept.append(words[index])
        index += 1 + (skipped or 0)
    return run(kept + ["-E", "-C"], cwd=entry["directory"]).stdout


class Tidy:
    """clang-tidy over many files, which remembers the ones that it found clean."""

    def __init__(self, build, entries):
        self.folder = os.path.join(build, "tidy")
        os.makedirs(os.path.join(self.folder, "clean"), exist_ok=True)
        with open(os.path.join(self.folder, "compile_commands.json"), "w", encoding="utf-8") as file:
            json.dump(entries, file)
        with open(CONFIGURATION, encoding="utf-8") as file:
            self.settings = file.read() + run(["clang-tidy", "--version"]).stdout

    def check(self, entry):
        """What clang-tidy says of one file: nothing when it is clean."""
        path = os.path.relpath(entry["file"], TOP)
        command = ["clang-tidy", "-p", self.folder, "--quiet"]
        if path.startswith(PROGRAMS):
            command.append(f"--checks={NOT_IN_TESTS if path.startswith('tests/') else NOT_IN_PROGRAMS}")
        text = preprocessed(entry)
        inputs = "\0".join([self.settings, *command, entry["command"], text])
        mark = os.path.join(self.folder, "clean", hashlib.sha256(inputs.encode("utf-8", "replace")).hexdigest())
        if text and os.path.exists(mark):
            return ""
        result = run(command + [entry["file"]], cwd=TOP)
        if result.returncode == 0 and not result.stdout.strip():
            open(mark, "w", encoding="utf-8").close()
            return ""
        return (result.stdout.strip() or result.stderr.strip() or f"{path}: clang-tidy failed") + "\n"


def run_cppcheck(build, entries):
    """What cppcheck says of all the files."""
    folder = os.path.join(build, "cppcheck")
    os.makedirs(folder, exist_ok=True)
    files = [os.path.relpath(entry["file"], TOP) for entry in entries]
    options = [f"--cppcheck-build-dir={folder}", "-Iinclude", "-I.", f"-j{os.cpu_count() or 1}"]
    result = run(CPPCHECK + options + files, cwd=TOP)
    if result.returncode == 0:
        return ""
    return (result.stderr + result.stdout).strip() + "\n"


def main():
    """Prints all findings; fails when there is one."""
    build = sys.argv[1]
    entries = own_entries(build)
    if not entries:
        print(f"lint: {build}/compile_commands.json names no source of the project")
        return 1
    tidy = Tidy(build, entries)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        findings = [text for text in pool.map(tidy.check, entries) if text]
    findings.append(run_cppcheck(build, entries))
    sys.stdout.write("".join(findings))
    return 1 if any(findings) else 0


if __name__ == "__main__":
    sys.exit(main())
