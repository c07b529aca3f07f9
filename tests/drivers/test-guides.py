#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the guides show is true: the worlds of the test driver's page open, and the driver guide quotes the example.

import json
import os
import re
import subprocess
import sys
import tempfile

SOURCE = os.environ.get("MORTISE_TEST_SOURCE", "")
COMMAND = os.path.join(os.environ.get("MORTISE_TEST_BUILD", ""), "tools", "mortise")
PAGE = "drivers/test/README.md"
GUIDE = "docs/driver-guide.md"
EXAMPLE = "plugins/example/example-driver.c"


def read(path):
    """The text of a file of the tree."""
    with open(os.path.join(SOURCE, path), encoding="utf-8") as file:
        return file.read()


def blocks(path, language):
    """The blocks of code of that language in a page."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", read(path), re.MULTILINE | re.DOTALL)
    if not found:
        sys.exit(f"{path} has no block of {language}")
    return found


def test_worlds():
    """Each world of the page opens and lists the domains that it names."""
    for text in blocks(PAGE, "json"):
        world = json.loads(text)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "world.json")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            result = subprocess.run([COMMAND, "-c", f"test://{path}", "--json", "list", "--all"], check=False,
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                    universal_newlines=True, timeout=120)
        if result.returncode != 0:
            sys.exit(f"a world of {PAGE} does not open: {result.stderr}\n{text}")
        expected = sum(domain.get("count", 1) for domain in world.get("domains", []))
        if len(json.loads(result.stdout)) != expected:
            sys.exit(f"a world of {PAGE} shows {len(json.loads(result.stdout))} domains, not {expected}:\n{text}")


def test_members():
    """Every member that worlds may have is on the page."""
    page = read(PAGE)
    known = set()
    for name in ("world-parse.c", "world-script.c", "world-domains.c"):
        for table in re.findall(r"_members\[\] = \{(.*?)\}", read(f"drivers/test/{name}"), re.DOTALL):
            known.update(re.findall(r'"(\w+)"', table))
    known.update(re.findall(r'= "([a-z-]+)"', read("drivers/test/script.c")))
    missing = sorted(word for word in known if f"`{word}`" not in page and f'"{word}"' not in page)
    if len(known) < 50 or missing:
        sys.exit(f"{PAGE} says nothing of {missing}, out of {len(known)} words")


def test_quotes():
    """What the guide shows of the example stands in the example."""
    example = read(EXAMPLE)
    for text in blocks(GUIDE, "c"):
        if text not in example:
            sys.exit(f"{GUIDE} quotes what does not stand in {EXAMPLE}:\n{text}")


if not SOURCE:
    print("SKIP guides: it runs from the build: meson test -C build guides")
    sys.exit(77)
test_quotes()
test_members()
if not os.path.exists(COMMAND):
    print("SKIP worlds of the guides: the command was not built")
    sys.exit(77)
test_worlds()
