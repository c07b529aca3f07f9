# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Reads the driver ABI's headers for the tests: their structs with members, their constants, and what they declare.

import os
import re

KEYWORDS = {
    "const", "double", "enum", "extern", "float", "int", "char", "long", "short", "signed", "static", "struct",
    "typedef", "union", "unsigned", "void", "volatile", "inline", "size_t", "int8_t", "int16_t", "int32_t", "int64_t",
    "uint8_t", "uint16_t", "uint32_t", "uint64_t", "__attribute__",
}


def header_names(directory):
    """The headers of a mortise/driver folder, by name."""
    return sorted(name for name in os.listdir(directory) if name.endswith(".h"))


def read_code(path):
    """The text of a header without its comments."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def member_name(declaration):
    """The name that a member's declaration gives: of a function pointer, an array or a plain one."""
    pointer = re.search(r"\(\s*\*\s*(\w+)\s*\)\s*\(", declaration)
    if pointer:
        return pointer.group(1)
    return re.search(r"(\w+)\s*(?:\[[^\]]*\])?\s*$", declaration).group(1)


def structs(code):
    """Yields (name, members) of each struct that is defined, in the order of the text."""
    for match in re.finditer(r"typedef\s+struct\s+(\w+)\s*\{(.*?)\}\s*(\w+)\s*;", code, re.S):
        members = [part.strip() for part in match.group(2).split(";") if part.strip()]
        yield match.group(3), [member_name(member) for member in members]


def constants(code):
    """Yields the names of the numbers that are defined; macros that are no numbers are left out."""
    for match in re.finditer(r"^#define\s+(MORTISE_\w+)\s+(\S.*)$", code, re.M):
        if re.match(r"\(*\s*(?:\(MortiseResult\)\s*)?[-0-9(]", match.group(2)):
            yield match.group(1)


def words(code):
    """Yields the words that are constants for texts."""
    for match in re.finditer(r'^#define\s+(MORTISE_\w+)\s+(".*")\s*$', code, re.M):
        yield match.group(1), match.group(2)


def file_scope(text):
    """The text outside of all braces and parentheses, with the names of function pointers kept."""
    text = re.sub(r"\(\s*\*\s*(\w+)\s*\)\s*\(", r" \1 (", text)
    text = re.sub(r'extern\s+"C"\s*\{', " ", text)
    kept, depth = [], 0
    for char in text:
        if char in "({":
            depth += 1
        elif char in ")}":
            depth = max(0, depth - 1)
        elif depth == 0:
            kept.append(char)
    return "".join(kept)


def declared(preprocessed, directory):
    """The identifiers at file scope that come from headers in the directory, of a preprocessed text."""
    lines, inside = [], False
    for line in preprocessed.splitlines():
        marker = re.match(r'#\s*\d+\s+"([^"]*)"', line)
        if marker:
            inside = os.path.realpath(marker.group(1)).startswith(os.path.realpath(directory) + os.sep)
        elif inside and not line.startswith("#"):
            lines.append(line)
    text = re.sub(r'"[^"]*"', " ", file_scope("\n".join(lines)))
    return set(re.findall(r"\b[A-Za-z_]\w*", text)) - KEYWORDS
