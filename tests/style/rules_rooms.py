# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# The style rules on the rooms of the tree: who includes whom, and where no driver may be named.

import re

from registry import rule

HELPERS = "drivers/lib"
ABI = "include/mortise/driver"
API = "include/mortise"
GENERATED = "config.h"
ALWAYS_NAMED = ("qemu", "tcg", "kvm", "lxc", "xen", "esx")


def room_of(path):
    """The room that a file lies in: a driver's folder, drivers/lib, core, ..."""
    parts = path.split("/")
    if parts[0] in ("drivers", "plugins"):
        return "/".join(parts[:2]) if len(parts) > 2 else parts[0]
    if path.startswith(ABI + "/"):
        return ABI
    if path.startswith(API + "/"):
        return API
    return parts[0]


def allowed_rooms(room):
    """The rooms whose headers a room may include, or None for all."""
    top = room.split("/")[0]
    if room == HELPERS:
        return {HELPERS, ABI}
    if top in ("drivers", "plugins"):
        return {room, HELPERS, ABI}
    return {
        "core": {"core", API, ABI},
        "tools": {"tools", API},
        API: {API, ABI},
        ABI: {ABI},
    }.get(room)


def targets(source, name, quoted, tree):
    """The files of the tree that an #include can mean; none for a header of the system or a generated one."""
    folder = source.path.rsplit("/", 1)[0] if "/" in source.path else ""
    beside = normal(f"{folder}/{name}")
    if quoted and beside in tree.paths:
        return {beside}
    if name.startswith("mortise/"):
        return {f"include/{name}"}
    for path in (normal(name), f"drivers/{name}", f"{HELPERS}/{name}", f"include/{name}"):
        if path in tree.paths:
            return {path}
    if not quoted or name == GENERATED:
        return set()
    ending = "/" + normal(name).lstrip("/")
    return {path for path in tree.headers if ("/" + path).endswith(ending)}


def normal(path):
    """The path without its `.` and `..` parts."""
    parts = []
    for part in path.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


@rule("includes")
def includes(source, tree):
    """Who may include whom: drivers their own folder, drivers/lib and the ABI; core no driver; tools the API."""
    room = room_of(source.path)
    allowed = allowed_rooms(room) if source.is_c else None
    if allowed is None:
        return
    for line, mark, name in source.includes():
        found = targets(source, name, mark == '"', tree)
        rooms = {room_of(path) for path in found}
        if room == ABI and not rooms and name not in ("stdint.h", "stddef.h"):
            yield line, f"{name}: the driver ABI includes nothing but stdint.h, stddef.h and its own headers"
        elif rooms and not rooms & allowed:
            yield line, f"{name} is of {sorted(rooms)[0]}: {room} may include only {', '.join(sorted(allowed))}"
        elif name == GENERATED and not found and room.startswith(("drivers/", "plugins/")):
            yield line, "config.h: a module builds alone, out of the tree; take the value from its own meson.build"


@rule("driver-name")
def driver_name(source, tree):
    """No C source of core/ or tools/ names a driver, in a comment neither."""
    if not source.is_c or not source.under("core", "tools"):
        return
    pattern = names_pattern(tree.drivers)
    for number, line in enumerate(source.lines, 1):
        match = pattern.search(line)
        if match:
            yield number, f"'{match.group()}' names a driver: what a driver needs is told by its manifest or its tables"


def names_pattern(drivers):
    """Finds a driver's name as a word, as a part of a_word_like_this, and as a Part of AWordLikeThis."""
    names = sorted(set(drivers) | set(ALWAYS_NAMED))
    words = "|".join(re.escape(name) for name in names)
    capitals = "|".join(re.escape(name.capitalize()) for name in names)
    return re.compile(rf"(?<![A-Za-z0-9])(?i:{words})(?![A-Za-z0-9])|(?<=[a-z])(?:{capitals})(?![a-z])")
