#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes the table of operations in docs/architecture.md from core/operation-list.def.

import generated

PAGE = "docs/architecture.md"


def seconds(milliseconds, kind):
    """A deadline for a person."""
    number = int(milliseconds)
    if number == 0:
        return "never waits" if kind == "READ" else "only the caller's"
    return f"{number / 1000:g} s"


def main():
    """Makes the part of the page between its marks."""
    arguments = generated.parser("the table of operations in " + PAGE).parse_args()
    rows = [[f"`{name}`", kind.lower(), f"`{interface}`" if interface else "", seconds(deadline, kind)]
            for _code, name, kind, interface, deadline in generated.operations()]
    text = generated.read(PAGE)
    start, end = generated.between(text, "operations")
    made = generated.table(["operation", "class", "interface", "default deadline"], rows) + "\n"
    generated.finish(PAGE, text[:start] + made + text[end:], arguments.write)


if __name__ == "__main__":
    main()
