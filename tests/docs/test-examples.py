#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# The application guide shows its examples as they are in their files, and what they print as they print it.

import os
import re
import subprocess
import sys

import pages

PAGES = ["docs/application-guide.md", "docs/migration.md", "README.md"]
FOLDER = "docs/examples"
PART = re.compile(r"<!-- part of: (\S+) -->")
OUTPUT = re.compile(r"<!-- output of: (\S+) -->")
ARGUMENTS = {"cancel": [f"test://{pages.SOURCE}/{FOLDER}/slow-world.json"]}
SKIPPED = 77
TEST_MODULE = os.path.join(os.environ["MORTISE_TEST_BUILD"], "drivers", "mortise-driver-test.so")


def check_parts(findings):
    """Blocks of C and Python are contiguous parts of the file that they name; all examples are shown."""
    shown = set()
    for page in PAGES:
        for language, block, before in pages.fences(pages.read(page)):
            named = PART.match(before)
            if language in ("c", "python") and not named:
                findings.add(page, f"a block of {language} does not say which example it is part of:\n{block}")
            elif named:
                shown.add(named.group(1))
                findings.check(block in pages.read(named.group(1)), page, f"this is not in {named.group(1)}:\n{block}")
    for name in os.listdir(os.path.join(pages.SOURCE, FOLDER)):
        path = f"{FOLDER}/{name}"
        shown_elsewhere = f"](examples/{name})" in pages.read("docs/packaging.md") + pages.read(PAGES[0])
        findings.check(path in shown or shown_elsewhere, path, "no page shows it")
    return len(shown)


def check_outputs(findings, commands):
    """Each program prints what the pages show, and every program has its output shown."""
    shown = set()
    for page in PAGES:
        for _language, block, before in pages.fences(pages.read(page)):
            named = OUTPUT.match(before)
            if not named or named.group(1) not in commands:
                continue
            shown.add(named.group(1))
            done = subprocess.run(commands[named.group(1)], capture_output=True, text=True, timeout=240, check=False)
            said = done.stdout.rstrip("\n") + "\n"
            findings.check(done.returncode == 0, named.group(1), f"ended with {done.returncode}: {done.stderr}")
            findings.check(said == block, page, f"{named.group(1)} prints:\n{said}")
    for name in set(commands) - shown:
        findings.add(PAGES[0], f"it does not show what {name} prints")
    return len(shown)


def main():
    """With --python the example in Python, else those in C, built in a directory."""
    findings = pages.Findings()
    if not os.path.exists(TEST_MODULE):
        print(f"SKIP docs-examples: the test driver was not built ({TEST_MODULE} is missing)")
        sys.exit(SKIPPED)
    if sys.argv[1] == "--python":
        if subprocess.run([sys.executable, "-c", "import gi"], capture_output=True, check=False).returncode != 0:
            print("SKIP docs-example-python: Python has no module gi (package python3-gi)")
            sys.exit(SKIPPED)
        script = os.path.join(pages.SOURCE, FOLDER, "list-domains.py")
        findings.end(check_outputs(findings, {"list-domains.py": [sys.executable, "-B", script]}))
    directory, names = sys.argv[1], sys.argv[2:]
    commands = {name: [os.path.join(directory, "example-" + name), *ARGUMENTS.get(name, [])] for name in names}
    written = {name[:-2] for name in os.listdir(os.path.join(pages.SOURCE, FOLDER)) if name.endswith(".c")}
    findings.check(written == set(names), FOLDER, f"built are {sorted(names)}, and there are {sorted(written)}")
    findings.end(check_parts(findings) + check_outputs(findings, commands))


if __name__ == "__main__":
    main()
