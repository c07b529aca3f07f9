# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# The table of sizes, offsets and constants of the driver ABI: prints it, writes it, or holds it against the headers.

import difflib
import os
import subprocess
import sys
import tempfile

from headers import constants, header_names, read_code, structs, words

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "layout-lp64.txt")
SKIPPED = 77
HEADING = """\
# Sizes, offsets and constants of the driver ABI where pointers have 64 bits (LP64).
# STRUCT SIZE, then MEMBER OFFSET SIZE; what stands here stays, and new members come after it (docs/abi-policy.md).
# Written by: python3 tests/abi/layout.py --write INCLUDE CC
"""


def program(include):
    """A C program that prints the table."""
    folder = os.path.join(include, "mortise", "driver")
    lines = ["#include <stddef.h>", "#include <stdio.h>"]
    body = []
    for name in header_names(folder):
        code = read_code(os.path.join(folder, name))
        lines.append(f"#include <mortise/driver/{name}>")
        body.append(f'    printf("\\n# {name}\\n");')
        for constant in constants(code):
            body.append(f'    printf("{constant} %lld\\n", (long long) ({constant}));')
        for constant, _text in words(code):
            body.append(f'    printf("{constant} \\"%s\\"\\n", {constant});')
        for struct, members in structs(code):
            body.append(f'    printf("{struct} %zu\\n", sizeof({struct}));')
            for member in members:
                place = f"offsetof({struct}, {member}), sizeof((({struct} *) 0)->{member})"
                body.append(f'    printf("    {member} %zu %zu\\n", {place});')
    return "\n".join([*lines, "int main(void)", "{", *body, "    return 0;", "}", ""])


def is_lp64(compiler):
    """Whether the compiler makes programs with 64-bit pointers and longs."""
    text = "int main(void) { return sizeof(void *) == 8 && sizeof(long) == 8 ? 0 : 1; }"
    return run_program(compiler, text, []).returncode == 0


def run_program(compiler, text, arguments):
    """Compiles the text and runs it."""
    with tempfile.TemporaryDirectory() as directory:
        binary = os.path.join(directory, "layout")
        subprocess.run([compiler, "-std=gnu11", "-x", "c", *arguments, "-o", binary, "-"], input=text, text=True,
                       check=True)
        return subprocess.run([binary], capture_output=True, text=True, check=False)


def make_table(include, compiler):
    """The table as the headers have it now."""
    return HEADING + run_program(compiler, program(include), ["-I", include]).stdout


def main():
    """layout.py --write|--check|--print INCLUDE CC"""
    action, include, compiler = sys.argv[1:4]
    if not is_lp64(compiler):
        print("SKIP layout: this machine is not LP64", file=sys.stderr)
        return SKIPPED
    table = make_table(include, compiler)
    if action == "--write":
        with open(TABLE, "w", encoding="utf-8") as file:
            file.write(table)
        return 0
    if action == "--print":
        print(table, end="")
        return 0
    with open(TABLE, encoding="utf-8") as file:
        expected = file.read()
    for line in difflib.unified_diff(expected.splitlines(), table.splitlines(), "layout-lp64.txt", "headers", n=1,
                                     lineterm=""):
        print(line, file=sys.stderr)
    return 0 if table == expected else 1


if __name__ == "__main__":
    sys.exit(main())
