# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Figures with real emulators: the life of a guest beside the bare emulator and beside libvirt, and QMP.
import os
import shutil

from bench_figures import filled_root, need_driver, resident, write_xml
from bench_peer import Peer, find
from bench_tools import COMMAND, KERNEL, Absent, Place, Row, Worker, compare, number_text, take_turns, time_text

EMULATOR = "qemu-system-x86_64"


def need_guest():
    """The path of the emulator; fails by name when something is absent."""
    need_driver("tcg")
    if not KERNEL:
        raise Absent("the guest kernel was not built: the compiler cannot do -m32")
    path = shutil.which(EMULATOR)
    if path is None:
        raise Absent(f"{EMULATOR} is not installed (package qemu-system-x86)")
    return path


def define_guest(place, uri):
    """Puts one definition that boots into a root; the root's URI."""
    with Worker("bench-library") as library:
        library.ask("open", uri)
        library.ask("define", write_xml(place, KERNEL, need_guest()), "guest", 1, 1)
    return uri


def take_command_line(place, pid, name="command-line"):
    """Keeps the command line of a running emulator for others to execute."""
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return place.write(name, file.read())


class Turns:
    """Start and stop are measured in one go and belong to two series: the second half waits here."""

    def __init__(self):
        self.kept = {}

    def keep(self, name, samples):
        self.kept[name] = samples
        return []

    def take(self, name):
        return self.kept.pop(name)


def one_life(turns, name, start, stop):
    """Measures a start now, and keeps the stop that follows for later."""
    samples = start()
    turns.keep(name, stop())
    return samples


def life_sides(place, turns, library, on_disk, bare):
    """The sides of figure_life: the library with each root, the command, and the emulator alone."""
    uri = define_guest(place, place.memory_root("by-command"))
    command = (COMMAND, "-q", "-c", uri)
    line = {}

    def by_library():
        started = library.ask("start")
        line.setdefault("file", take_command_line(place, library.ask("id")[0]))
        turns.keep("library", library.ask("stop"))
        return started

    def by_itself():
        started, killed = bare.ask("emulator", line["file"])
        turns.keep("bare", [killed])
        return [started]

    sides = {
        "library": by_library,
        "bare": by_itself,
        "disk": lambda: one_life(turns, "disk", lambda: on_disk.ask("start"), lambda: on_disk.ask("stop")),
        "command": lambda: one_life(turns, "command", lambda: bare.ask("program", *command, "start", "guest-0001"),
                                    lambda: bare.ask("program", *command, "destroy", "guest-0001")),
    }
    return sides


def figure_life(scale):
    """Definition, start and end of a guest under TCG"""
    with Place() as place, Worker("bench-library") as library, Worker("bench-library") as on_disk, \
            Worker("bench-bare") as bare:
        turns = Turns()
        for worker, root in ((library, place.memory_root("by-library")), (on_disk, place.root("by-library"))):
            worker.ask("open", define_guest(place, root))
            worker.ask("domain", "guest-0001")
        sides = life_sides(place, turns, library, on_disk, bare)
        by_library = sides["library"]
        by_library()
        turns.kept.clear()
        stops = {f"{name} stop": lambda name=name: turns.take(name) for name in sides}
        series = take_pairs(scale.rounds, sides, stops)
        kept = place.folder("kept")
        define = define_series(scale, place, on_disk, bare, kept)
    return [
        compare("start to running, by the library", series["library"], series["bare"],
                "the bare emulator: the same command line, executed; greeting, 3 commands", 1.1),
        compare("the same, the running state of an embedded root on a disk", series["disk"], series["bare"],
                "the same"),
        compare("`mortise start`, from exec to exit", series["command"], series["bare"], "the same"),
        compare("stop at once, by the library", series["library stop"], series["bare stop"], "SIGKILL and waitpid"),
        compare("`mortise destroy`, from exec to exit", series["command stop"], series["bare stop"], "the same"),
        compare("define", define["library"], define["bare"], "keeping 1 KiB: write, fsync, rename, fsync"),
    ]


def take_pairs(rounds, starts, stops):
    """take_turns, where each start is followed by its own stop."""
    series = take_turns(rounds, {name: lambda name=name: (starts[name](), stops[f"{name} stop"]()) for name in starts})
    result = {}
    for name, pairs in series.items():
        for key, index in ((name, 0), (f"{name} stop", 1)):
            result[key] = type(pairs)()
            for pair in pairs.rounds:
                result[key].add(pair[index])
    return result


def define_series(scale, place, library, bare, kept):
    """Definitions beside the bare keeping of a file."""
    xml = place.path("domain.xml")
    number = iter(range(1, 1000000, scale.few))
    return take_turns(scale.rounds, {
        "library": lambda: library.ask("define", xml, "defined", next(number), scale.few),
        "bare": lambda: bare.ask("keep", kept, next(number), scale.few),
    })


def split(series, index):
    """One of the samples that are taken together."""
    result = type(series)()
    for samples in series.rounds:
        result.add([samples[index]])
    return result


def figure_migration(scale):
    """Live migration of a guest of 32 MiB under TCG that writes to its memory, between two roots"""
    with Place() as place, Worker("bench-migration") as library, Worker("bench-migration") as bare:
        library.ask("open", define_guest(place, place.memory_root("one")), place.memory_root("other"))
        source = take_command_line(place, library.ask("id")[0], "source")
        library.ask("migrate")
        destination = take_command_line(place, library.ask("id")[0], "destination")
        series = take_turns(scale.many, {
            "library": lambda: library.ask("migrate"),
            "bare": lambda: bare.ask("bare", source, destination, place.path("socket")),
        })
        library.ask("stop")
    total, still = split(series["library"], 0), split(series["library"], 1)
    rows = [
        compare("all of it, from call to return", total, split(series["bare"], 0),
                "plain QMP: the same emulators, the destination's started, the source's killed", 1.1),
        compare("the guest stands still", still, split(series["bare"], 1), "plain QMP", 1.1),
        Row("each in turn: all of it", each_text(total)),
        Row("each in turn: the guest stands still", each_text(still)),
    ]
    return rows + migration_peer(scale)


def each_text(series):
    """Every sample in milliseconds."""
    return ", ".join(f"{sample / 1e6:.0f}" for samples in series.rounds for sample in samples) + " ms"


def migration_peer(scale):
    """The same in turns with libvirt, between two daemons of its own that speak to each other."""
    try:
        with Place() as place, Peer(place, "one") as one, Peer(place, "other") as other, \
                Worker("bench-migration") as library, Worker("bench-libvirt") as peer:
            library.ask("open", define_guest(place, place.memory_root("one")), place.memory_root("other"))
            peer.ask("pair", one.uri, other.uri, place.path("domain.xml"))
            series = take_turns(scale.many, {
                "mortise": lambda: library.ask("migrate"),
                "libvirt": lambda: peer.ask("move", place.path("socket")),
            })
            library.ask("stop")
            peer.ask("unpair")
    except Absent as absent:
        return [Row("beside libvirt", f"not measured: {absent}")]
    return [
        compare("all of it, beside libvirt", split(series["mortise"], 0), split(series["libvirt"], 0),
                "libvirt, `--p2p` by a Unix socket between two daemons"),
        compare("the guest stands still, beside libvirt", split(series["mortise"], 1), split(series["libvirt"], 1),
                "libvirt"),
    ]


def figure_qmp(scale):
    """QMP"""
    emulator = need_guest()
    words = [emulator, "-S", "-nodefaults", "-no-user-config", "-display", "none", "-machine", "none"]
    for number, name in enumerate(("raw", "client"), 10):
        words += ["-chardev", f"socket,id={name},fd={number},server=on,wait=off"]
        words += ["-mon", f"chardev={name},mode=control"]
    with Place() as place, Worker("bench-qmp") as qmp, Worker("bench-library") as library:
        qmp.ask("start", place.write("words", "".join(word + "\0" for word in words)))
        library.ask("open", define_guest(place, place.memory_root("reports")))
        library.ask("domain", "guest-0001")
        library.ask("start")
        single, batch = max(1, scale.calls // 40), max(1, scale.calls // 400)
        series = take_turns(scale.rounds, {
            "client single": lambda: qmp.ask("client-single", scale.few, single),
            "raw single": lambda: qmp.ask("raw-single", scale.few, single),
            "client batch": lambda: qmp.ask("client-batch", scale.few, batch),
            "raw batch": lambda: qmp.ask("raw-batch", scale.few, batch),
            "report": lambda: library.ask("vcpus", scale.few, single),
        })
        library.ask("stop")
    rows = [
        compare("a command, one by one", series["client single"], series["raw single"], "write and read of the same"),
        compare("a command, 64 under way", series["client batch"], series["raw batch"], "the same"),
        compare("a vCPU report of a running guest, by the library", series["report"], series["raw single"],
                "one command, bare"),
    ]
    for row, name in zip(rows, ("client single", "client batch", "report")):
        row.value += f", {number_text(1e9 / series[name].median())} a second"
    return rows


def peer_sides(verb, words, library, peer):
    return {"mortise": lambda: library.ask(verb, *words), "libvirt": lambda: peer.ask(verb, *words)}


def peer_life(scale, library, peer):
    """Start and destroy of the same definition."""
    workers = {"mortise": library, "libvirt": peer}
    starts = {name: lambda worker=worker: worker.ask("start") for name, worker in workers.items()}
    stops = {f"{name} stop": lambda worker=worker: worker.ask("stop") for name, worker in workers.items()}
    series = take_pairs(max(1, scale.rounds // 2), starts, stops)
    return [
        compare("start of a guest under TCG", series["mortise"], series["libvirt"], "libvirt"),
        compare("destroy of it", series["mortise stop"], series["libvirt stop"], "libvirt"),
    ]


def peer_define(scale, place, library, peer, rows):
    """All definitions but the one that is there, in turns."""
    xml = place.path("domain.xml")
    step = max(1, (rows - scale.running - 1) // (scale.rounds + 1))
    numbers = {"mortise": scale.running + 1, "libvirt": scale.running + 1}

    def define(name, worker):
        first = numbers[name] + 1
        numbers[name] = min(rows, first + step - 1)
        return worker.ask("define", xml, "guest", first, numbers[name] - first + 1)

    series = take_turns(scale.rounds, {"mortise": lambda: define("mortise", library),
                                       "libvirt": lambda: define("libvirt", peer)})
    for name, worker in (("mortise", library), ("libvirt", peer)):
        if numbers[name] < rows:
            worker.ask("define", xml, "guest", numbers[name] + 1, rows - numbers[name])
    return [compare("define", series["mortise"], series["libvirt"], "libvirt")]


def peer_reads(scale, library, peer, rows):
    """Reads with all definitions there and nothing running."""
    wanted = [
        ("list", (rows, scale.few), f"list of {rows:,}"),
        ("info", (scale.few, scale.calls // 10 or 1), "information on one"),
        ("xml", (scale.few, scale.calls // 10 or 1), "XML of one"),
        ("stats", (rows, scale.few), f"statistics of {rows:,} that do not run"),
    ]
    result = []
    for verb, words, what in wanted:
        series = take_turns(scale.rounds, peer_sides(verb, words, library, peer))
        result.append(compare(what, series["mortise"], series["libvirt"], "libvirt"))
    return result


def peer_running(scale, place, library, peer):
    """Statistics of guests that run, a few on each side."""
    xml = place.path("domain.xml")
    rows = scale.running
    workers = {"mortise": library, "libvirt": peer}
    for worker in workers.values():
        worker.ask("define", xml, "guest", 2, rows)
        for number in range(1, rows + 1):
            worker.ask("domain", f"guest-{number:04}")
            worker.ask("start")
    series = take_turns(scale.rounds, {name: lambda worker=worker: worker.ask("stats-active", rows, scale.few)
                                       for name, worker in workers.items()})
    for worker in workers.values():
        for number in range(1, rows + 1):
            worker.ask("domain", f"guest-{number:04}")
            worker.ask("stop")
    return [compare(f"statistics of {rows} that run", series["mortise"], series["libvirt"], "libvirt")]


def peer_commands(scale, place, uri, daemon, rows):
    """The two commands, which both come and go; only one of them has a daemon that stays."""
    virsh = find("virsh")
    if virsh is None:
        return []
    ours = ("program", COMMAND, "-c", uri)
    theirs = ("program", virsh, "-c", daemon.uri)
    environment = {"XDG_CACHE_HOME": place.folder("cache"), "LC_ALL": "C"}
    with Worker("bench-bare", environment) as bare:
        lists = take_turns(scale.rounds, {
            "mortise": lambda: bare.ask(*ours, "list", "--all"),
            "virsh": lambda: bare.ask(*theirs, "list", "--all"),
        })
        starts = {"mortise": lambda: bare.ask(*ours, "start", "guest-0001"),
                  "virsh": lambda: bare.ask(*theirs, "start", "guest-0001")}
        stops = {"mortise stop": lambda: bare.ask(*ours, "destroy", "guest-0001"),
                 "virsh stop": lambda: bare.ask(*theirs, "destroy", "guest-0001")}
        lives = take_pairs(max(1, scale.rounds // 3), starts, stops)
    return [
        compare(f"`mortise list --all` of {rows:,}", lists["mortise"], lists["virsh"], "`virsh list --all`"),
        compare(f"`mortise start` beside {rows:,} definitions", lives["mortise"], lives["virsh"], "`virsh start`"),
        compare("`mortise destroy` there", lives["mortise stop"], lives["virsh stop"], "`virsh destroy`"),
    ]


def figure_peer(scale):
    """Beside libvirt"""
    rows = scale.domains
    need_guest()
    with Place() as place, Peer(place) as daemon, Worker("bench-library") as library, Worker("bench-libvirt") as peer:
        uri = define_guest(place, place.root("mortise"))
        library.ask("open", uri)
        peer.ask("open", daemon.uri)
        peer.ask("capabilities")
        peer.ask("define", place.path("domain.xml"), "guest", 1, 1)
        for worker in (library, peer):
            worker.ask("domain", "guest-0001")
        result = peer_life(scale, library, peer)
        running = peer_running(scale, place, library, peer)
        result += peer_define(scale, place, library, peer, rows) + running
        result += peer_reads(scale, library, peer, rows)
        memory = daemon.memory_kib()
        library.ask("close")
        result += peer_commands(scale, place, uri, daemon, rows)
        own = resident(uri, rows)[0]
    result.append(Row(f"resident memory with {rows:,} definitions", f"{own / 1024:.1f} MiB",
                      against=f"{memory / 1024:.1f} MiB: libvirtd, without its clients"))
    return result
