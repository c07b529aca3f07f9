#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes docs/errors.md from core/error-list.def: a row for each reason that an error can have.

import re

import generated

PAGE = "docs/errors.md"
INTRODUCTION = """# Errors

<!-- Made by docs/make-errors.py from core/error-list.def. Change the list or the script, then run it with --write. -->

Every error of the library is a `GError` of the domain `MORTISE_ERROR`. It says what happened, why, and where possible
what to do next, and it says so twice: in words for a person, and in fields for a program.

| field | C | Python | `mortise --json` |
| --- | --- | --- | --- |
| code | `error->code` | `error.code` | |
| reason id | `mortise_error_get_reason(error)` | `Mortise.error_reason_of_code(error.code)` | `reason_id` |
| message | `mortise_error_get_summary(error)` | in `error.message` | `message` |
| hint: what to do next | `mortise_error_get_hint(error)` | in `error.message`, after `; ` | `hint` |
| details: further causes, what a program printed | `mortise_error_get_details(error)` | | `details` |
| object: the domain, file, element, module or package | `mortise_error_get_object(error)` | | |
| try again? | `mortise_error_is_retryable(error)` | `Mortise.error_code_is_retryable(error.code)` | `retryable` |

`error->message` is the message, followed by `; ` and the hint when there is one. Codes and reason ids are never
removed, renamed, renumbered or given another meaning; new ones are appended, so a program must be ready for one that it
does not know. "Try again" means: the same call may succeed later without anybody changing anything.

A driver says why a call failed by a reason id of this list (`MortiseHost.set_error`). An id that is not in it becomes
`driver-failed`, with the driver's own word in the details; a driver that fails and says nothing gets `driver-failed`
with a message that says so; one that breaks the ABI gets `driver-misbehaved`, and nothing that it returned is used.

The exit codes of the command are in [command.md](command.md#exit-codes). How an application handles errors is shown in
the [application guide](application-guide.md#errors).

## Reasons

"""


def main():
    """Makes the page."""
    arguments = generated.parser(PAGE).parse_args()
    codes = re.findall(r"^    MORTISE_ERROR_(\w+),$", generated.read("include/mortise/mortise-error.h"), re.MULTILINE)
    rows = []
    for number, (code, reason, retryable, meaning) in enumerate(generated.errors()):
        if reason.upper().replace("-", "_") != code:
            raise SystemExit(f"core/error-list.def: the code {code} and the reason id {reason} differ")
        if codes[number:number + 1] != [code]:
            raise SystemExit(f"mortise-error.h: code {number} is not MORTISE_ERROR_{code}, as in core/error-list.def")
        rows.append([f"`{reason}`", str(number), "yes" if retryable == "1" else "", meaning])
    if len(rows) != len(codes):
        raise SystemExit("mortise-error.h and core/error-list.def do not have the same number of codes")
    head = ["reason id", "code", "try again?", "what it means"]
    text = INTRODUCTION + generated.table(head, rows) + "\n\nThe name of a code in C is `MORTISE_ERROR_` and the " \
        "reason id in capitals, with `_` for `-`.\n"
    generated.finish(PAGE, text, arguments.write)


if __name__ == "__main__":
    main()
