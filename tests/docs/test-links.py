#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every link of every page leads to a file and a heading that exist, and so does every page that sources mention.

import os
import re

import pages

LINK = re.compile(r"!?\[[^]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
MENTION = re.compile(r"(?<![\w./-])docs/[\w./-]+\.(?:md|svg|py)\b")
WRITTEN_BY_BENCH = "docs/performance.md"
SOURCES = [".c", ".h", ".py", ".sh", ".build", ".txt", ".def", ".1", ".md"]


def check_link(findings, page, target):
    """One link of a page."""
    path, _mark, anchor = target.partition("#")
    where = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
    full = os.path.join(pages.SOURCE, where)
    if where.startswith("..") or not os.path.exists(full):
        findings.add(page, f"the link to {target} leads nowhere")
    elif anchor and where.endswith(".md") and anchor not in pages.anchors(pages.read(where)):
        findings.add(page, f"the link to {target}: {where} has no heading '#{anchor}'")


def main():
    """Checks links, then mentions."""
    findings = pages.Findings()
    checked = 0
    for page in pages.pages():
        text = re.sub(r"`[^`\n]*`", "`code`", pages.INDENTED.sub("\n\n", pages.FENCE.sub("\n", pages.read(page))))
        for target in LINK.findall(text):
            if not re.match(r"https?:|mailto:", target):
                check_link(findings, page, target)
                checked += 1
    for source in pages.find(SOURCES) + ["dev"]:
        for mention in MENTION.findall(pages.read(source)):
            there = os.path.exists(os.path.join(pages.SOURCE, mention))
            findings.check(there or mention == WRITTEN_BY_BENCH, source, f"{mention} does not exist")
            checked += 1
    findings.end(checked)


if __name__ == "__main__":
    main()
