# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# What all figures of the benchmark share: workers that take turns, medians of what they say, and rows of a table.
import contextlib
import os
import select
import shutil
import signal
import statistics
import subprocess
import tempfile

BUILD = os.environ["MORTISE_TEST_BUILD"]
PROGRAMS = os.path.join(BUILD, "tests", "bench")
COMMAND = os.path.join(BUILD, "tools", "mortise")
KERNEL = os.environ.get("MORTISE_GUEST_KERNEL", "")
# Ninja fixes the PATH of a target when the build is set up, to the programs that were built.
os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), os.defpath, "/usr/sbin", "/sbin"])
PATIENCE = 300  # seconds for one answer: far more than any takes


class Absent(Exception):
    """Something that a figure needs is not here; the text says what."""


class Failed(Exception):
    """A worker could not do what it was told."""


class Worker:
    """A program that measures: takes one request at a time and answers with whole numbers."""

    def __init__(self, program, environment=None):
        path = os.path.join(PROGRAMS, program)
        if not os.path.exists(path):
            raise Absent(f"{program} was not built")
        self.program = program
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env={**os.environ, **(environment or {})})

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.stdin.close()
        try:
            status = self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.stdout.close()
        if status != 0 and kind is None:
            raise Failed(f"{self.program} ended with status {status}")

    def ask(self, *words):
        """Sends a request and returns the samples."""
        line = "\t".join(str(word) for word in words)
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        answer = self.process.stdout.readline().decode().rstrip("\n").split("\t") if ready else [""]
        if answer[0] != "ok":
            raise Failed(f"{self.program}: {line}: {' '.join(answer[1:]) or 'no answer'}")
        return [int(word) for word in answer[1:]]


class Place:
    """Directories for everything that a figure leaves, on a disk and in memory; removed at the end."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="mortise-bench-", dir="/var/tmp")
        self.memory = tempfile.mkdtemp(prefix="mortise-bench-", dir="/dev/shm")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid in self.users():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.directory, ignore_errors=True)
        shutil.rmtree(self.memory, ignore_errors=True)

    def users(self):
        """Processes that have something of the directory open: guests that a failure has left, and their keepers."""
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                files = [os.readlink(link.path) for link in os.scandir(f"/proc/{entry}/fd")]
            except OSError:
                continue
            if any(file.startswith((self.directory, self.memory)) for file in files) and int(entry) != os.getpid():
                found.append(int(entry))
        return found

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def folder(self, *parts):
        path = self.path(*parts)
        os.makedirs(path, mode=0o700, exist_ok=True)
        return path

    def write(self, name, text):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(text.encode() if isinstance(text, str) else text)
        return path

    def root(self, name):
        """The URI of a root of its own."""
        return f"qemu:///embed?root={self.folder(name)}"

    def memory_root(self, name):
        """The same in memory, which is where a system's or session's root keeps its running state (/run)."""
        path = os.path.join(self.memory, name)
        os.makedirs(path, mode=0o700, exist_ok=True)
        return f"qemu:///embed?root={path}"


class Series:
    """The samples of one side: a list for each round."""

    def __init__(self):
        self.rounds = []

    def add(self, samples):
        self.rounds.append(samples)

    def all(self):
        return [sample for samples in self.rounds for sample in samples]

    def median(self):
        return statistics.median(self.all())

    def quantile(self, part):
        """The sample that `part` of all are not above."""
        ordered = sorted(self.all())
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]

    def medians(self):
        return [statistics.median(samples) for samples in self.rounds]


def take_turns(rounds, sides):
    """Lets each side measure once a round, every other round in the opposite order; the first round only warms up.

    A side is a function that returns samples. Returns a Series for each.
    """
    series = {name: Series() for name in sides}
    for number in range(rounds + 1):
        names = list(sides) if number % 2 == 0 else list(reversed(sides))
        for name in names:
            samples = sides[name]()
            if number > 0:
                series[name].add(samples)
    return series


class Ratio:
    """How many times the other side: the middle of the rounds, and where the middle half of them lies."""

    def __init__(self, one, other):
        pairs = sorted(a / b for a, b in zip(one.medians(), other.medians()))
        self.middle = statistics.median(pairs)
        self.low = pairs[len(pairs) // 4]
        self.high = pairs[(3 * len(pairs)) // 4 - (1 if len(pairs) % 4 == 0 else 0)]

    def __str__(self):
        if self.middle < 0.1:
            return f"1/{number_text(1 / self.middle)} ({number_text(1 / self.high)}-{number_text(1 / self.low)})"
        return f"{number_text(self.middle)} ({number_text(self.low)}-{number_text(self.high)})"


def number_text(value):
    """Three digits, as far as they say something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def time_text(nanoseconds):
    """A time in the unit that suits it."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= size:
            return f"{number_text(nanoseconds / size)} {unit}"
    return f"{nanoseconds:.0f} ns"


class Row:
    """A line of a table: what, the number, the ratio, what it is held against, and a limit where there is one."""

    def __init__(self, what, value, ratio=None, against="", limit=None):
        self.what = what
        self.value = value
        self.ratio = ratio
        self.against = against
        self.limit = limit

    def limit_text(self):
        if self.limit is None:
            return ""
        met = self.ratio is not None and self.ratio.middle <= self.limit
        return f"at most {self.limit:g}: {'kept' if met else 'NOT kept'}"

    def cells(self):
        return [self.what, str(self.ratio) if self.ratio is not None else "", self.value, self.against,
                self.limit_text()]


def compare(what, one, other, against, limit=None):
    """The row of one series beside another."""
    return Row(what, time_text(one.median()), Ratio(one, other), f"{time_text(other.median())}: {against}", limit)
