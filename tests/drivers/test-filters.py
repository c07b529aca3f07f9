#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# The filters around real calls: the command with MORTISE_FILTERS set, on the driver without a hypervisor.

import json
import os
import re
import subprocess
import sys

COMMAND = os.path.join(os.environ.get("MORTISE_TEST_BUILD", ""), "tools", "mortise")


def mortise(filters, *arguments, log=False):
    """Runs the command; its exit status, what it printed and what it complained of."""
    environment = dict(os.environ, MORTISE_FILTERS=filters)
    environment.pop("G_MESSAGES_DEBUG", None)
    if log:
        environment["G_MESSAGES_DEBUG"] = "Mortise"
    result = subprocess.run([COMMAND, "-c", "test:///default", "--json", *arguments], env=environment,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            universal_newlines=True, check=False, timeout=120)
    return result.returncode, result.stdout, result.stderr


def check(condition, message):
    """Ends the test when the condition does not hold."""
    if not condition:
        sys.exit(f"not true: {message}")


def test_readonly():
    """What looks is let through; what changes is refused, with the way to allow it."""
    status, output, _ = mortise("readonly", "list")
    check(status == 0 and json.loads(output)[0]["state"] == "running", f"list passes: {output}")
    for verb in (("suspend", "test"), ("console", "test"), ("undefine", "test"), ("autostart", "test")):
        status, _, complaint = mortise("readonly", *verb)
        check(status != 0, f"{verb[0]} is refused")
        error = json.loads(complaint)
        check(error["reason_id"] == "refused-by-filter", f"{verb[0]} is refused by the filter: {error}")
        check("MORTISE_FILTERS" in error["hint"], f"the hint says how to allow it: {error}")


def test_option():
    """virsh's -r: the same by an option, inside of which other filters stay; refused when the filter is missing."""
    for words in (("-r", "suspend", "test"), ("undefine", "--readonly", "test"), ("-r", "domjobabort", "test")):
        status, _, complaint = mortise("", *words)
        error = json.loads(complaint)
        check(status != 0 and error["reason_id"] == "refused-by-filter", f"{words} is refused: {error}")
        check("--readonly" in error["hint"], f"the hint says how to allow it: {error}")
    status, output, _ = mortise("", "-r", "list")
    check(status == 0 and json.loads(output)[0]["state"] == "running", f"list passes: {output}")
    status, _, complaint = mortise("no-such-filter", "-r", "list")
    check(status != 0 and "no-such-filter" in complaint, f"other filters are still wanted: {complaint}")
    os.environ["MORTISE_MANIFEST_PATH"] = os.path.join(os.environ["MORTISE_TEST_BUILD"], "drivers")
    status, _, complaint = mortise("", "-r", "list")
    error = json.loads(complaint)
    check(status != 0 and error["reason_id"] == "module-missing", f"without the filter nothing is done: {error}")
    check("mortise-filter-readonly" in error["hint"], f"the hint names the package: {error}")


def test_trace():
    """Each call has a line before and a line after it, with the same number."""
    status, output, complaint = mortise("trace", "suspend", "test", log=True)
    log = output + complaint
    begun = re.search(r"#(\d+) domain-suspend 'test' begins \(driver test, test:///default, \d+ ms left\)", log)
    check(status == 0 and begun, f"a line when the call begins: {log}")
    check(re.search(rf"#{begun.group(1)} domain-suspend 'test' is done after \d+\.\d\d\d ms", log),
          f"a line when it is done: {log}")


def test_both():
    """A call that a filter refuses is seen by the one before it."""
    status, output, complaint = mortise("trace:readonly", "suspend", "test", log=True)
    log = output + complaint
    check(status != 0 and "domain-suspend 'test' begins" in log, f"trace sees the call: {log}")
    check(re.search(r"domain-suspend 'test' failed: refused-by-filter after", log), f"and its end: {log}")


if not os.path.exists(COMMAND):
    print("SKIP filters: the command was not built")
    sys.exit(77)
test_readonly()
test_trace()
test_both()
test_option()
