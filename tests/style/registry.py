# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# The list of the style rules and the running of them over a file.

RULES = {}
CODE = ("c", "python", "shell", "meson")
FILE_LEVEL = 12  # a rule on a whole file is opted out within its first lines


class Rule:
    """One rule: a function that yields (line, message) for a source."""

    def __init__(self, name, function, whole_file):
        self.name = name
        self.function = function
        self.whole_file = whole_file
        self.summary = function.__doc__.strip().split("\n")[0]


def rule(name, whole_file=False):
    """Registers the function that follows under the rule's name; its docstring says the rule."""

    def register(function):
        RULES[name] = Rule(name, function, whole_file)
        return function

    return register


def opted_out(source, checked, line, first):
    """Whether a comment on the hit's lines, or on the line above them, opts out of the rule; marks it as used."""
    lines = range(1, FILE_LEVEL + 1) if checked.whole_file else range(first - 1, line + 1)
    for optout in source.optouts:
        if optout.rule == checked.name and optout.line in lines:
            optout.used = True
            return True
    return False


def check(source, tree):
    """All hits of all rules in a source, as sorted (line, rule, message)."""
    hits = []
    for checked in RULES.values():
        for hit in checked.function(source, tree):
            line, message = hit[0], hit[1]
            first = hit[2] if len(hit) > 2 else line
            if not opted_out(source, checked, line, first):
                hits.append((line, checked.name, message))
    hits.extend(check_optouts(source))
    return sorted(hits)


def check_optouts(source):
    """An opt-out names a rule that exists, gives its reason and is needed."""
    for optout in source.optouts:
        if optout.rule not in RULES:
            yield optout.line, "nocheck", f"no rule is named '{optout.rule}'; see check-source.py --list"
        elif len(optout.reason) < 8:
            yield optout.line, "nocheck", f"opting out of {optout.rule} needs its reason: nocheck:{optout.rule} REASON"
        elif not optout.used:
            yield optout.line, "nocheck", f"nothing here breaks {optout.rule}: remove the comment"
