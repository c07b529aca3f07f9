#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Measures Mortise beside bare QEMU and beside libvirt, in turns, and writes docs/performance.md.
import argparse
import os
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bench_containers  # noqa: E402
import bench_figures  # noqa: E402
import bench_guests  # noqa: E402
import bench_page  # noqa: E402
from bench_tools import Absent  # noqa: E402

FIGURES = {
    "life": bench_guests.figure_life,
    "migration": bench_guests.figure_migration,
    "peer": bench_guests.figure_peer,
    "open": bench_figures.figure_open,
    "manifests": bench_figures.figure_manifests,
    "hung": bench_figures.figure_hung,
    "dispatch": bench_figures.figure_dispatch,
    "qmp": bench_guests.figure_qmp,
    "memory": bench_figures.figure_memory,
    "containers": bench_containers.figure_containers,
}
SKIPPED = 77


class Scale:
    """How much of everything: enough to tell, or just enough to see that it works."""

    def __init__(self, tiny):
        self.rounds = 1 if tiny else 15
        self.domains = 10 if tiny else 1000
        self.few = 1 if tiny else 10        # samples that a side takes in a round
        self.many = 1 if tiny else 20
        self.calls = 10 if tiny else 2000   # calls that one sample of something short is the mean of
        self.running = 1 if tiny else 10    # guests at once


def measure(name, scale):
    """The section of a figure: its title and either its rows or why there are none."""
    function = FIGURES[name]
    begin = time.monotonic()
    try:
        section = bench_page.Section(function.__doc__, function(scale), None)
    except Absent as absent:
        section = bench_page.Section(function.__doc__, [], str(absent))
    print(f"{name}: {section.absent or 'measured'} ({time.monotonic() - begin:.0f} s)", file=sys.stderr, flush=True)
    return section


def main():
    parser = argparse.ArgumentParser(description="Measures Mortise.")
    parser.add_argument("--tiny", action="store_true", help="only see that all of it works")
    parser.add_argument("--figure", action="append", choices=FIGURES, help="only this one")
    parser.add_argument("--write", metavar="FILE", help="write the page there instead of printing it")
    options = parser.parse_args()
    # So that a run that is ended leaves no guest, no daemon and no file behind either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    load = os.getloadavg()[0]
    sections = [measure(name, Scale(options.tiny)) for name in options.figure or FIGURES]
    text = bench_page.make(sections, options.tiny, load)
    if options.write:
        with open(options.write, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        print(text)
    return SKIPPED if all(section.absent for section in sections) else 0


if __name__ == "__main__":
    sys.exit(main())
