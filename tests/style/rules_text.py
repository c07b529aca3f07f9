# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# The style rules on the text of any file: headers, lengths, white space, words.

import ast
import re

from registry import CODE, rule

FILE_LINES = 600
FUNCTION_LINES = 60
LINE_COLUMNS = 120
LIBRARY_LICENCE = "LGPL-2.1-or-later"
DRIVER_LICENCE = "MIT"
HEADED = CODE + ("assembler", "linker")
MARKS = re.compile(r'^\s*(?:/\*+|\*+/|\*|//+|#+|;+|""")?\s*(.*?)\s*(?:\*/|""")?\s*$')
PERMISSIVE = re.compile(r"(?:^|/)mortise/driver/|^plugins/[^/]*(?:template|example)[^/]*/")
UNFINISHED = re.compile(r"\b(?:T[O]DO|FIX[M]E|XX[X])\b")
WORKPLACE = re.compile(r"\bfarm-|\.[l]ibrary\b|\.\./shared\b|(?<![\w.~-])/w[o]rk/")
# A sleep in the background is no waiting: it stands for a program that runs long.
SHELL_SLEEP = re.compile(r"(?:^|[;&|({]|\b(?:do|then|else)\s)\s*u?sleep\s+[\d.$\"][^;&|]*(?!&(?!&))(?:$|[;|&)}])")
PYTHON_SLEEP = re.compile(r"\btime\.sleep\(|^from time import .*\bsleep\b")


def numbered(source):
    """The lines with their numbers, from 1."""
    return enumerate(source.lines, 1)


def licence_of(path):
    """The licence that a file has to carry: permissive where vendors copy it into their drivers."""
    return DRIVER_LICENCE if PERMISSIVE.search(path) else LIBRARY_LICENCE


@rule("header", whole_file=True)
def header(source, _tree):
    """Three first lines: copyright, licence identifier, a sentence that says what the file is for."""
    if source.kind not in HEADED:
        return
    start = 1 if source.lines and source.lines[0].startswith("#!") else 0
    lines = [MARKS.match(line).group(1) for line in source.lines[start:start + 3]] + [""] * 3
    if not re.match(r"SPDX-FileCopyrightText: 20\d\d \S", lines[0]):
        yield start + 1, "the first line is not 'SPDX-FileCopyrightText: YEAR HOLDER' in a comment"
    licence = licence_of(source.path)
    if lines[1] != f"SPDX-License-Identifier: {licence}":
        yield start + 2, f"the second line is not 'SPDX-License-Identifier: {licence}' in a comment"
    if not has_sentence(source.lines[start + 2:]):
        yield start + 3, "the third line is not a sentence, ended by a full stop, that says what the file is for"


def has_sentence(lines):
    """Whether the comment that the lines begin with holds a sentence of at least three words."""
    words = []
    for line in lines:
        if not re.match(r'\s*(?:/\*|\*|//|#|;|""")', line) or re.match(r"\s*#\s*(?:if|pragma|include|define)", line):
            break
        words.append(MARKS.match(line).group(1))
    sentence = " ".join(words).strip()
    return bool(re.search(r"\w\W+\w.*\w\W+\w.*[.:]", sentence)) and sentence[0] not in "@$"


@rule("file-length", whole_file=True)
def file_length(source, _tree):
    """A file of code has at most 600 lines."""
    if source.kind in HEADED and len(source.lines) > FILE_LINES:
        yield len(source.lines), f"{len(source.lines)} lines, at most {FILE_LINES}: split it by purpose"


@rule("line-length")
def line_length(source, _tree):
    """A line of code has at most 120 columns."""
    if source.kind not in HEADED:
        return
    for number, line in numbered(source):
        if len(line) > LINE_COLUMNS:
            yield number, f"{len(line)} columns, at most {LINE_COLUMNS}"


@rule("tab")
def tab(source, _tree):
    """Code is indented by spaces; there is no tab in it."""
    if source.kind not in CODE + ("data",):
        return
    for number, line in numbered(source):
        if "\t" in line:
            yield number, "a tab: use spaces, or \\t in a string"


@rule("trailing-space")
def trailing_space(source, _tree):
    """No line ends in white space, and the last one ends in a single line feed."""
    for number, line in numbered(source):
        if line != line.rstrip():
            yield number, "white space at the end of the line"
    if source.text and not source.text.endswith("\n"):
        yield len(source.lines), "no line feed at the end of the file"
    elif source.text.endswith("\n\n"):
        yield len(source.lines), "an empty line at the end of the file"


@rule("unfinished")
def unfinished(source, _tree):
    """No mark of unfinished work: do it, or write it down where work is planned."""
    for number, line in numbered(source):
        match = UNFINISHED.search(line)
        if match:
            yield number, f"'{match.group()}' marks unfinished work: do it, or plan it where work is planned"


@rule("workplace")
def workplace(source, _tree):
    """Nothing names a place of one developer's machine."""
    for number, line in numbered(source):
        match = WORKPLACE.search(line)
        if match:
            yield number, f"'{match.group()}' names a place that only one machine has"


@rule("script-sleep")
def script_sleep(source, _tree):
    """No timed sleep in a script: wait for the event, with a deadline."""
    pattern = {"shell": SHELL_SLEEP, "python": PYTHON_SLEEP}.get(source.kind)
    if pattern is None:
        return
    for number, line in numbered(source):
        if not line.lstrip().startswith("#") and pattern.search(line):
            yield number, "a timed sleep: wait for the event (read, wait, poll), with a deadline"


@rule("python-function")
def python_function(source, _tree):
    """A Python file parses, and its functions have at most 60 lines."""
    if source.kind != "python":
        return
    try:
        nodes = ast.walk(ast.parse(source.text))
    except SyntaxError as error:
        yield error.lineno or 1, f"Python cannot read this: {error.msg}"
        return
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = node.end_lineno - node.lineno + 1
            if length > FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {length} lines, at most {FUNCTION_LINES}"
