# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the tests of the command share: running it, worlds for it to look at, and skipping without the test driver.

import glob
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest

BUILD = os.environ.get("MORTISE_TEST_BUILD", "")
SOURCE = os.environ.get("MORTISE_TEST_SOURCE", "")
COMMAND = os.path.join(BUILD, "tools", "mortise")
TEST_MODULE = os.path.join(BUILD, "drivers", "mortise-driver-test.so")
# Of a command that ought to end by itself; an emulated machine may be many times slower.
DEADLINE = 600 if "MORTISE_TEST_OTHER_KERNEL" in os.environ else 120

DEFAULT = "test:///default"
UUID = "6695eb01-f6a4-8304-79aa-97f2502e193f"
EXIT_DONE, EXIT_FAILED, EXIT_MISUSED, EXIT_NO_DOMAIN, EXIT_NO_CONNECTION, EXIT_TIMED_OUT, EXIT_PARTLY = range(7)


class Result:
    """How a run of the command ended, and what it said."""

    def __init__(self, code, out, err):
        self.code = code
        self.out = out
        self.err = err

    @property
    def json(self):
        """Standard output as JSON."""
        return json.loads(self.out)

    @property
    def error(self):
        """Standard error as the JSON object of one error."""
        return json.loads(self.err)


def environment(**changes):
    """The environment of a run: nothing of the user's own connection."""
    variables = dict(os.environ)
    variables.pop("MORTISE_DEFAULT_URI", None)
    variables.update({name: value for name, value in changes.items() if value is not None})
    return variables


def mortise(*arguments, uri=DEFAULT, text=None, variables=None):
    """Runs the command to its end."""
    words = [COMMAND] + (["-c", uri] if uri else []) + list(arguments)
    done = subprocess.run(words, input=text, stdin=None if text is not None else subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE, check=False,
                          encoding="utf-8", env=environment(**(variables or {})))
    return Result(done.returncode, done.stdout, done.stderr)


def start(*arguments, uri=DEFAULT, **how):
    """Begins a run that the test talks to; text, unless `how` says otherwise."""
    how.setdefault("encoding", "utf-8")
    how.setdefault("stdin", subprocess.DEVNULL)
    # whoever runs the tests may have kept a hang-up away from them
    how.setdefault("preexec_fn", lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))
    return subprocess.Popen([COMMAND, "-c", uri] + list(arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=environment(), **how)


def thread_names(pid):
    """The names of a process's threads."""
    names = []
    for path in glob.glob(f"/proc/{pid}/task/*/comm"):
        try:
            with open(path, encoding="utf-8") as file:
                names.append(file.read().strip())
        except OSError:
            pass  # it has ended meanwhile
    return names


class CommandTest(unittest.TestCase):
    """A test with a folder of its own and worlds in it."""

    maxDiff = None

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="mortise-command-")
        self.addCleanup(self.folder.cleanup)
        self.worlds = 0

    def file(self, name, text):
        """Writes a file in the test's folder and returns its path."""
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def world(self, **members):
        """The URI of a world with these members."""
        self.worlds += 1
        return "test://" + self.file(f"world-{self.worlds}.json", json.dumps({"format": 1, **members}))

    def check(self, result, code=EXIT_DONE, out=None, err=None):
        """Holds a result against what is expected; without `err`, nothing must have been said there."""
        self.assertEqual((result.code, result.err), (code, err if err is not None else ""))
        if out is not None:
            self.assertEqual(result.out, out)
        return result

    def await_listening(self, process):
        """Waits until the command listens for signals: it has a thread for them."""
        until = time.monotonic() + DEADLINE
        while time.monotonic() < until and process.poll() is None:
            if "signals" in thread_names(process.pid):
                return
            select.select([], [], [], 0.005)
        self.fail("the command does not listen for signals")

    def finish(self, process, code, signal=None):
        """Waits for the end of a run, after sending it a signal, and returns what else it said."""
        if signal is not None:
            process.send_signal(signal)
        # Not communicate(), which knows nothing of what was read ahead behind the last line.
        with process.stdout, process.stderr:
            out, err = process.stdout.read(), process.stderr.read()
        self.assertEqual(process.wait(timeout=DEADLINE), code, err)
        return out, err


def definition(name, body="", kind="test"):
    """A small definition."""
    return f"<domain type='{kind}'><name>{name}</name><memory>65536</memory>{body}</domain>"


def main(needs_driver=True):
    """Runs the tests of the file; ends with 77 when the test driver was not built."""
    if needs_driver and not os.path.exists(TEST_MODULE):
        print(f"SKIP {os.path.basename(sys.argv[0])}: the test driver was not built ({TEST_MODULE} is missing)")
        sys.exit(77)
    # Whoever ignores it when the tests begin (nohup) must not make the command ignore it too.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    unittest.main(verbosity=2)
