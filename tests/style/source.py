# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Reads a source file for the style rules: its kind, its lines, and for C its tokens.

import bisect
import re
from collections import namedtuple

Token = namedtuple("Token", "kind text line")

TOKENS = re.compile(
    r"""
      (?P<directive>^[ \t]*\#(?:/\*.*?\*/|\\\n|[^\n])*)
    | (?P<comment>/\*.*?(?:\*/|\Z)|//(?:\\\n|[^\n])*)
    | (?P<string>(?:u8|[uUL])?"(?:[^"\\\n]|\\.)*"?)
    | (?P<char>[uUL]?'(?:[^'\\\n]|\\.)*'?)
    | (?P<ident>[A-Za-z_$]\w*)
    | (?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
    | (?P<punct>->|[^\s\w])
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
DIRECTIVE = re.compile(r"\s*#\s*(\w+)")
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
DEFINE = re.compile(r"\s*#\s*define\s+\w+(?:\([^)]*\))?")
SHEBANG = re.compile(r"#!.*\b(python|bash|sh)\b")
NOCHECK = re.compile(r"(?:/\*|//|#|<!--)\s*nocheck:([\w-]*)[ \t]*(.*?)\s*(?:\*/|-->|$)")

KINDS = {
    ".c": "c", ".h": "c", ".cpp": "c", ".S": "assembler", ".ld": "linker", ".py": "python", ".sh": "shell",
    ".build": "meson", ".md": "words", ".json": "data", ".xml": "data", ".in": "template",
}


def kind_of(path, text):
    """The kind of a file, by its name, or by its first line when the name has no ending."""
    name = path.rsplit("/", 1)[-1]
    if name in ("meson_options.txt", "meson.options"):
        return "meson"
    dot = name.rfind(".")
    if dot > 0:
        return KINDS.get(name[dot:], "text")
    match = SHEBANG.match(text)
    if not match:
        return "text"
    return "python" if match.group(1) == "python" else "shell"


class Optout:
    """One visible `nocheck:RULE reason` comment, and whether a hit needed it."""

    def __init__(self, line, rule, reason):
        self.line = line
        self.rule = rule
        self.reason = reason
        self.used = False


class Source:
    """A file of the tree, named by its path from the project's top."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split("\n")
        if self.lines[-1] == "":
            self.lines.pop()
        self.kind = kind_of(path, text)
        self._tokens = None
        self.cache = {}
        # The mark opens the comment: a mention of it in the middle of one opts out of nothing.
        self.optouts = [
            Optout(number, match.group(1), match.group(2))
            for number, line in enumerate(self.lines, 1)
            if "nocheck:" in line
            for match in NOCHECK.finditer(line)
        ]

    @property
    def is_c(self):
        return self.kind == "c"

    @property
    def is_header(self):
        return self.path.endswith(".h")

    def under(self, *folders):
        """Whether the file lies in one of the folders."""
        return any(self.path.startswith(folder.rstrip("/") + "/") for folder in folders)

    @property
    def tokens(self):
        """All tokens but comments; a directive is one token."""
        if self._tokens is None:
            self._tokens = list(tokenize(self.text)) if self.is_c else []
        return self._tokens

    def code(self):
        """Tokens of the code and of the bodies of macros, for rules on names."""
        if "code" not in self.cache:
            self.cache["code"] = [token for part in self.tokens for token in expand(part)]
        return self.cache["code"]

    def includes(self):
        """Yields (line, opening mark, name) of each #include."""
        for token in self.tokens:
            if token.kind == "directive":
                match = INCLUDE.match(token.text)
                if match:
                    yield token.line, match.group(1), match.group(2)


def tokenize(text, first_line=1):
    """Yields the tokens of C text, without white space and comments."""
    starts = [match.end() for match in re.finditer("\n", text)]
    for match in TOKENS.finditer(text):
        kind = match.lastgroup
        if kind != "comment":
            yield Token(kind, match.group(), first_line + bisect.bisect_right(starts, match.start()))


def expand(token):
    """A token itself, or the tokens of the body when it is the definition of a macro."""
    if token.kind != "directive":
        return [token]
    match = DEFINE.match(token.text)
    if not match:
        return []
    before = token.text.count("\n", 0, match.end())
    return list(tokenize(token.text[match.end():].replace("\\\n", " \n"), token.line + before))


def first_branch(tokens):
    """Yields the tokens outside directives and outside #else branches, whose braces would not balance."""
    skipping = []
    for token in tokens:
        if token.kind != "directive":
            if not any(skipping):
                yield token
            continue
        match = DIRECTIVE.match(token.text)
        word = match.group(1) if match else ""
        if word.startswith("if"):
            skipping.append(False)
        elif word.startswith("el") and skipping:
            skipping[-1] = True
        elif word == "endif" and skipping:
            skipping.pop()
