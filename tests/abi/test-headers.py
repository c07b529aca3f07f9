# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each header of the driver ABI compiles alone in four language standards and declares nothing but Mortise's names.

import os
import re
import shutil
import subprocess
import sys

from headers import declared, header_names, read_code, structs

STRICT = ["-pedantic", "-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
STANDARDS = (("c89", "c"), ("c11", "c"), ("c17", "c"), ("c++11", "c++"))
OURS = re.compile(r"mortise_|MORTISE_|Mortise")


# The smallest module there could be; not a good one, but one that every language has to take.
MODULE = """
static const char *const words[] = {"example", NULL};
MORTISE_MODULE_DEFINE = {
    MORTISE_DESCRIPTOR_HEAD, MORTISE_KIND_DRIVER, MORTISE_THREADS_PARALLEL, MORTISE_DRIVER_USES_STORE, "example", "1",
    "MIT", "Somebody", "An example", "example", words, words, NULL, NULL, NULL, NULL, NULL
};
"""


def run(command, text):
    """Runs a compiler with the text as its input."""
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def check_compiles(compilers, include, header):
    """Yields what compilers say of the header alone, included twice."""
    text = f"#include <mortise/driver/{header}>\n#include <mortise/driver/{header}>\n" \
           "typedef int mortise_test_not_empty;\n" + (MODULE if header == "driver.h" else "")
    for standard, language in STANDARDS:
        compiler = compilers[language]
        if compiler is None:
            continue
        done = run([compiler, f"-std={standard}", "-x", language, *STRICT, "-I", include, "-"], text)
        if done.returncode != 0:
            yield f"{header} as {standard}: {done.stderr.strip()}"


def macros(compiler, include, text):
    """The names of all macros after the text."""
    done = run([compiler, "-std=c11", "-dM", "-E", "-x", "c", "-I", include, "-"], text)
    return set(re.findall(r"^#define (\w+)", done.stdout, re.M))


def check_names(compiler, include, header):
    """Yields each macro and each identifier at file scope that is not Mortise's."""
    text = f"#include <mortise/driver/{header}>\n"
    added = macros(compiler, include, text) - macros(compiler, include, "#include <stddef.h>\n#include <stdint.h>\n")
    preprocessed = run([compiler, "-std=c11", "-E", "-x", "c", "-I", include, "-"], text).stdout
    found = declared(preprocessed, os.path.join(include, "mortise"))
    if not found:
        yield f"{header}: nothing was found in it; this test looks at the wrong place"
    for name in sorted(added | found):
        if not OURS.match(name):
            yield f"{header}: '{name}' is not Mortise's to declare"


# What has another size on another compiler, or with another option; and what cannot be appended to.
UNFIT = re.compile(r"\b(enum|bool|_Bool|off_t|time_t|long|short|unsigned\s+int|float|double)\b")
BIT_FIELD = re.compile(r"\w\s*:\s*\d+\s*;")
# Their size is part of the ABI as a whole: a pair that is passed by value.
SIZELESS = {"MortiseText"}


def check_structs(include, header):
    """Yields each struct that does not begin with its size, and types that are not fixed."""
    code = read_code(os.path.join(include, "mortise", "driver", header))
    for name, members in structs(code):
        begins = members[0] in ("struct_size", "head") or members[:2] == ["magic", "struct_size"]
        if not begins and name not in SIZELESS:
            yield f"{header}: {name} begins with '{members[0]}' and not with its size"
    for found in UNFIT.findall(re.sub(r'^#.*$|"C"', "", code, flags=re.M)) + BIT_FIELD.findall(code):
        yield f"{header}: '{found}' has no fixed width"


def check_headers(compilers, include, names):
    """Yields all that is wrong."""
    for header in names or header_names(os.path.join(include, "mortise", "driver")):
        yield from check_compiles(compilers, include, header)
        yield from check_names(compilers["c"], include, header)
        yield from check_structs(include, header)


def main():
    """test-headers.py INCLUDE C-COMPILER [HEADER...]"""
    include, compiler = sys.argv[1:3]
    cplusplus = shutil.which("clang++" if "clang" in os.path.basename(compiler) else "g++") or shutil.which("c++")
    if cplusplus is None:
        print("SKIP c++11: there is no C++ compiler", file=sys.stderr)
    problems = list(check_headers({"c": compiler, "c++": cplusplus}, include, sys.argv[3:]))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
