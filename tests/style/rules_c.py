# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# The style rules on C code: lengths, nesting, guards, jumps, statics, and functions that are not to be called.

import re

from registry import rule
from structure import is_constant, is_variable, structure

FUNCTION_LINES = 60
NESTING = 4
MODULES = ("drivers", "plugins")
LIBRARY = ("core",) + MODULES

UNSAFE = {
    "system": "GSubprocess, or the child helper of drivers/lib",
    "popen": "GSubprocess, or the child helper of drivers/lib",
    "sprintf": "g_strdup_printf or g_snprintf",
    "vsprintf": "g_strdup_vprintf or g_vsnprintf",
    "strcpy": "g_strdup or g_strlcpy",
    "strncpy": "g_strndup or g_strlcpy",
    "strcat": "g_strconcat or GString",
    "strncat": "g_strconcat or GString",
    "strtok": "g_strsplit",
    "gets": "GDataInputStream",
    "alloca": "g_malloc with g_autofree",
    "g_alloca": "g_malloc with g_autofree",
    "g_newa": "g_new with g_autofree",
    "strdupa": "g_strdup with g_autofree",
    "tmpnam": "g_dir_make_tmp or g_file_open_tmp",
    "mktemp": "g_dir_make_tmp or g_file_open_tmp",
    "tempnam": "g_dir_make_tmp or g_file_open_tmp",
}
NUMBERS = {
    "atoi", "atol", "atoll", "atof", "strtod",
    "strtol", "strtoll", "strtoimax", "strtoul", "strtoull", "strtoumax",
}
SLEEPS = {"sleep", "usleep", "g_usleep", "nanosleep", "clock_nanosleep", "thrd_sleep"}
ENVIRONMENT = {"getenv", "secure_getenv", "g_getenv", "g_get_environ"}
ENVIRONMENT_CHANGES = {"setenv", "unsetenv", "putenv", "clearenv", "g_setenv", "g_unsetenv"}
LOADING = {"dlopen", "dlmopen", "dlclose", "g_module_open", "g_module_open_full", "g_module_close"}
PRINTING = {"printf", "vprintf", "puts", "putchar", "perror", "g_print", "g_printerr", "psignal"}
ENDING = {"exit", "_exit", "_Exit", "quick_exit", "abort", "g_abort"}
CONSTRUCTORS = {"constructor", "__constructor__", "destructor", "__destructor__", "G_DEFINE_CONSTRUCTOR"}
EXIT_HANDLERS = {"atexit", "on_exit", "at_quick_exit", "pthread_atfork"}
TYPES = re.compile(
    r"G_(?:DEFINE|DECLARE)_(?:\w+_)?(?:TYPE|TYPE_\w+|INTERFACE|INTERFACE_\w+)$"
    r"|G_IMPLEMENT_INTERFACE\w*$|g_type_register_\w+$|g_type_module_\w+$"
    r"|g_(?:boxed_type|pointer_type|enum|flags)_register_\w+$"
)


def is_test(source):
    """Whether the file is of the tests."""
    return source.under("tests")


def calls(source, names):
    """Yields (name, line) of each call of one of the names; a member of that name is no call of it."""
    tokens = source.code()
    for index, token in enumerate(tokens[:-1]):
        if token.kind == "ident" and token.text in names and tokens[index + 1].text == "(":
            if index == 0 or tokens[index - 1].text not in (".", "->"):
                yield token.text, token.line


@rule("function-length")
def function_length(source, _tree):
    """A function has at most 60 lines, from its name to its closing brace."""
    if not source.is_c:
        return
    for function in structure(source).functions:
        if function.length > FUNCTION_LINES:
            message = f"{function.name} has {function.length} lines, at most {FUNCTION_LINES}"
            yield function.name_line, message, function.first_line


@rule("nesting")
def nesting(source, _tree):
    """Blocks nest at most 4 deep inside a function's body."""
    if not source.is_c:
        return
    for function in structure(source).functions:
        depth, line = function.deepest()
        if depth > NESTING:
            yield line, f"{function.name} nests {depth} blocks, at most {NESTING}: make a function of the inner ones"


@rule("goto")
def goto(source, _tree):
    """No goto: g_autoptr and g_autofree clean up, small functions return."""
    for token in source.code():
        if token.kind == "ident" and token.text == "goto":
            yield token.line, "goto: clean up by g_autoptr, g_autofree or a small function that returns"


@rule("pragma-once", whole_file=True)
def pragma_once(source, _tree):
    """A private header begins with #pragma once."""
    if not source.is_header or is_installed(source.path):
        return
    if not any(re.match(r"\s*#\s*pragma\s+once\b", token.text) for token in directives(source)):
        yield 1, "a private header without #pragma once"


@rule("guard", whole_file=True)
def guard(source, _tree):
    """An installed header has a classic guard named MORTISE_..._H, since its reader's compiler may be any."""
    if not source.is_header or not is_installed(source.path):
        return
    words = [re.sub(r"\s+", " ", re.sub(r"\s*#\s*", "#", token.text)).strip() for token in directives(source)[:2]]
    match = re.match(r"#ifndef (MORTISE_\w*H_?)$", words[0]) if words else None
    if not match or words[1:] != [f"#define {match.group(1)}"]:
        yield 1, "an installed header does not begin with #ifndef MORTISE_..._H and #define MORTISE_..._H"


def is_installed(path):
    """Whether the header is one that others include; frozen copies of such headers count too."""
    return path.startswith("include/") or "/include/mortise/" in path


def directives(source):
    """The directives of a source, in order."""
    return [token for token in source.tokens if token.kind == "directive"]


@rule("unsafe-call")
def unsafe_call(source, _tree):
    """No call of a function that overruns, that starts a shell, or that takes its memory from the stack."""
    for name, line in calls(source, UNSAFE):
        yield line, f"{name}: use {UNSAFE[name]}"


@rule("number-parsing")
def number_parsing(source, _tree):
    """Numbers are read by functions that refuse what is no number."""
    for name, line in calls(source, NUMBERS):
        yield line, f"{name}: use g_ascii_string_to_signed, g_ascii_string_to_unsigned or g_ascii_strtod"


@rule("sleep")
def sleep(source, _tree):
    """No timed sleep, in tests neither: wait for the event, with a deadline."""
    for name, line in calls(source, SLEEPS):
        yield line, f"{name}: wait for the event (poll, GCond, a main loop), with a deadline"


@rule("environment")
def environment(source, _tree):
    """The environment is read in core/environment.c and in tests, and changed by no library code."""
    if is_test(source):
        return
    for name, line in calls(source, ENVIRONMENT):
        if source.path != "core/environment.c" or name not in ("secure_getenv", "g_get_environ"):
            yield line, f"{name}: the environment is read by core/environment.c alone, through secure_getenv"
    for name, line in calls(source, ENVIRONMENT_CHANGES):
        yield line, f"{name}: another thread may be reading the environment; give the child one of its own"


@rule("assertion")
def assertion(source, _tree):
    """Outside tests nothing ends the program on a failed check: no g_error, no g_assert, no assert."""
    if is_test(source):
        return
    names = {token.text for token in source.code() if token.text.startswith("g_assert")} | {"assert", "g_error"}
    for name, line in calls(source, names):
        yield line, f"{name} ends the program: return an error, or g_return_val_if_fail for a programmer's mistake"


@rule("module-loading")
def module_loading(source, _tree):
    """Modules are loaded by core/module-*.c and nowhere else, and never closed."""
    if is_test(source) or re.match(r"core/module-[^/]*\.c$", source.path):
        return
    for name, line in calls(source, LOADING):
        yield line, f"{name}: modules are loaded by core/module-*.c alone"


@rule("printing")
def printing(source, _tree):
    """Library code prints nothing."""
    if not source.under(*LIBRARY):
        return
    for name, line in calls(source, PRINTING):
        yield line, f"{name}: library code prints nothing; set an error or log"
    tokens = source.code()
    for index, token in enumerate(tokens):
        if token.kind == "ident" and token.text in ("stdout", "stderr"):
            if index == 0 or tokens[index - 1].text not in (".", "->"):
                yield token.line, f"{token.text}: library code prints nothing; set an error or log"


@rule("ending")
def ending(source, _tree):
    """Library code does not end the program; the keeper and the helper, programs of their own, may _exit."""
    if not source.under(*LIBRARY):
        return
    keeper = source.path.startswith(("drivers/lib/keeper", "drivers/lxc/helper"))
    for name, line in calls(source, ENDING):
        if not (keeper and name == "_exit"):
            yield line, f"{name} ends the program: return an error"


@rule("constructor")
def constructor(source, _tree):
    """A module runs no code at load or exit: no constructors, no atexit, no pthread_atfork."""
    if not source.under(*MODULES):
        return
    for name, line in calls(source, EXIT_HANDLERS):
        yield line, f"{name}: a module leaves no handler behind; use the driver's shutdown"
    tokens = source.code()
    for index, token in enumerate(tokens):
        if token.text in CONSTRUCTORS and (token.text.isupper() or follows_attribute(tokens, index)):
            yield token.line, f"{token.text}: a module runs no code before the core calls it"


def follows_attribute(tokens, index):
    """Whether the token stands in an __attribute__ list."""
    return any(token.text == "__attribute__" for token in tokens[max(0, index - 12):index])


@rule("gtype")
def gtype(source, _tree):
    """A module registers no GType: types cannot be registered twice, nor taken back."""
    if not source.under(*MODULES):
        return
    for token in source.code():
        if token.kind == "ident" and TYPES.match(token.text):
            yield token.line, f"{token.text}: modules register no GType; use a struct"


@rule("static-state")
def static_state(source, _tree):
    """A module has no mutable variable at file scope and no mutable static in a function: state hangs on handles."""
    if not source.under(*MODULES):
        return
    found = structure(source)
    for declaration in found.declarations:
        words = [token.text for token in declaration]
        if words[0].startswith(("G_LOCK_DEFINE", "G_DEFINE_QUARK")) or is_mutable_variable(declaration, words):
            yield declaration[-1].line, "a mutable variable at file scope: hang it on a handle", declaration[0].line
    for function in found.functions:
        for index, token in enumerate(function.body):
            if token.kind == "ident" and token.text == "static" and not is_constant(statement(function.body, index)):
                yield token.line, f"a mutable static in {function.name}: hang it on a handle"


def is_mutable_variable(declaration, words):
    """Whether a declaration at file scope makes a variable that can change; the ABI's macro makes constants."""
    return is_variable(declaration) and not is_constant(words) and words[0] != "MORTISE_MODULE_DEFINE"


def statement(tokens, index):
    """The words of the statement that begins at index, without what stands in its braces."""
    words, depth = [], 0
    for token in tokens[index:]:
        depth -= token.text == "}"
        if depth == 0 and token.text == ";":
            break
        if depth == 0:
            words.append(token.text)
        depth += token.text == "{"
    return words
