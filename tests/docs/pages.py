# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# The project's Markdown pages: finding them, their headings, their code, their text.

import os
import re
import sys

sys.dont_write_bytecode = True
SOURCE = os.environ["MORTISE_TEST_SOURCE"]
SKIPPED = re.compile(r"(?:^|/)(?:\.git|build|build-[^/]*|fixtures|data|seeds|corpus|__pycache__)(?:/|$)")
FENCE = re.compile(r"^(```+|~~~+)([^\n]*)\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?:(?<=\n\n)|\A)(?: {4}[^\n]*\n|\n(?= {4}))+")


def read(path):
    """The text of a file, named from the top of the tree."""
    with open(os.path.join(SOURCE, path), encoding="utf-8") as file:
        return file.read()


def find(suffixes, top="."):
    """Files with one of the suffixes, named from the top of the tree; not those that tests feed on."""
    found = []
    for folder, folders, names in os.walk(os.path.join(SOURCE, top)):
        here = os.path.normpath(os.path.relpath(folder, SOURCE))
        if "build.ninja" in names:
            # a build directory, which may have any name
            folders.clear()
            continue
        folders[:] = [name for name in folders if not SKIPPED.search(os.path.normpath(os.path.join(here, name)))]
        found += [os.path.normpath(os.path.join(here, name)) for name in names if name.endswith(tuple(suffixes))]
    return sorted(found)


def pages():
    """All Markdown pages."""
    return find([".md"])


def fences(text):
    """(language, code, the line before it) of each fenced block."""
    for match in FENCE.finditer(text):
        before = text[:match.start()].rstrip("\n").rsplit("\n", 1)[-1]
        yield match.group(2).strip(), match.group(3), before


def code(text):
    """All code of a page: blocks and spans, a piece each."""
    pieces = [block for _language, block, _before in fences(text)]
    rest = FENCE.sub("\n", text)
    pieces += [match.group() for match in INDENTED.finditer(rest)]
    return pieces + re.findall(r"`([^`\n]+)`", INDENTED.sub("\n", rest))


def prose(text):
    """A page without its code."""
    return re.sub(r"`[^`\n]*`", "", INDENTED.sub("\n\n", FENCE.sub("\n", text)))


def anchors(text):
    """The anchors that a git forge gives to the headings of a page."""
    found = set()
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", FENCE.sub("\n", text), re.MULTILINE):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        number = 0
        while slug + (f"-{number}" if number else "") in found:
            number += 1
        found.add(slug + (f"-{number}" if number else ""))
    return found


class Findings:
    """Collects what is wrong, so that one run tells all of it."""

    def __init__(self):
        self.count = 0

    def add(self, where, what):
        """Prints one thing that is wrong."""
        print(f"{where}: {what}")
        self.count += 1

    def check(self, condition, where, what):
        """Adds what is wrong unless the condition holds."""
        if not condition:
            self.add(where, what)

    def end(self, checked):
        """Ends the program; a run that has checked nothing has failed too."""
        print(f"{checked} checked, {self.count} wrong")
        sys.exit(0 if checked and not self.count else 1)
