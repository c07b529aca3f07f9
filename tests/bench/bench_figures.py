# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Figures that need no emulator: opening, manifests, dispatch, and reads while some domains hang.
import json
import os

from bench_tools import BUILD, COMMAND, Absent, Place, Row, Worker, compare, number_text, take_turns, time_text

XML = """<domain type='qemu'>
  <name>@NAME@</name>
  <memory unit='MiB'>32</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><kernel>{kernel}</kernel><cmdline>pages=0 report=0</cmdline></os>
  <features><acpi/><apic/></features>
  <devices>
    <emulator>{emulator}</emulator>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
  </devices>
</domain>
"""
FILLERS = 199   # manifests beside the one that is wanted
MODULES = os.path.join(BUILD, "drivers")


def need_driver(name):
    """Fails by name when the driver was not built."""
    if not os.path.exists(os.path.join(MODULES, f"{name}.json")):
        raise Absent(f"the driver {name} was not built")


def write_xml(place, kernel="/boot/vmlinuz", emulator="/usr/bin/qemu-system-x86_64"):
    """The file of the definition that is defined again and again under other names."""
    return place.write("domain.xml", XML.format(kernel=kernel, emulator=emulator))


def filled_root(place, name, domains):
    """The URI of a root with so many definitions, and the directory that holds them."""
    uri = place.root(name)
    with Worker("bench-library") as library:
        library.ask("open", uri)
        library.ask("define", write_xml(place), "guest", 1, domains)
    return uri, place.path(name, "etc", "domains")


def world_uri(rows):
    """The default world of the test driver, which has one domain, with more."""
    return f"test:///default?domains={rows - 1}"


def open_and_close(library, uri, rows, times):
    """Opens a root so many times and gives it back, for others to open."""
    samples = library.ask("open-list", uri, rows, times)
    library.ask("close")
    return samples


def figure_open(scale):
    """Opening and the first list"""
    need_driver("test")
    need_driver("tcg")
    rows = scale.domains
    with Place() as place, Worker("bench-library") as library, Worker("bench-bare") as bare:
        uri, files = filled_root(place, "filled", rows)
        bare.ask("program", COMMAND, "-c", uri, "list", "--all")
        series = take_turns(scale.rounds, {
            "one": lambda: library.ask("open-list", world_uri(1), 1, scale.few),
            "many": lambda: library.ask("open-list", world_uri(rows), rows, scale.few),
            "store": lambda: open_and_close(library, uri, rows, scale.few),
            "files": lambda: bare.ask("files", files, rows, scale.few),
            "command": lambda: bare.ask("program", COMMAND, "-c", uri, "list", "--all"),
            "version": lambda: bare.ask("program", COMMAND, "--version"),
        })
    return [
        compare(f"a root with {rows:,} definitions", series["store"], series["files"], "reading the files"),
        compare("`mortise list --all` there, from exec to exit", series["command"], series["version"],
                "`mortise --version`"),
        compare(f"{world_uri(rows)}", series["many"], series["one"], "test:///default, with 1 domain"),
    ]


def write_manifests(place):
    """Two directories of manifests: the test driver's alone, and the same among 199 others."""
    with open(os.path.join(MODULES, "test.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    for folder, fillers in (("one", 0), ("many", FILLERS)):
        place.folder(folder)
        place.write(f"{folder}/test.json", json.dumps(manifest, indent=2))
        for number in range(fillers):
            name = f"other-{number:03}"
            other = {**manifest, "name": name, "schemes": [name], "domain_types": [name]}
            place.write(f"{folder}/{name}.json", json.dumps(other, indent=2))


def first_open(place, folder):
    """The first opening in a new process, with the manifests of one folder."""
    environment = {"MORTISE_MANIFEST_PATH": place.path(folder), "MORTISE_MODULE_DIR": MODULES}
    with Worker("bench-library", environment) as library:
        return library.ask("open", "test:///default")


def bare_files(place, scale):
    """The reading of the manifests' files and nothing else."""
    with Worker("bench-bare") as bare:
        return bare.ask("files", place.path("many"), FILLERS + 1, scale.few)


def figure_manifests(scale):
    """200 manifests installed, or 1"""
    need_driver("test")
    with Place() as place:
        write_manifests(place)
        few = {"MORTISE_MANIFEST_PATH": place.path("one"), "MORTISE_MODULE_DIR": MODULES}
        many = {**few, "MORTISE_MANIFEST_PATH": place.path("many")}
        command = ("program", COMMAND, "-c", "test:///default", "list")
        with Worker("bench-bare", few) as bare_few, Worker("bench-bare", many) as bare_many:
            series = take_turns(scale.rounds * 2, {
                "one": lambda: first_open(place, "one"),
                "many": lambda: first_open(place, "many"),
                "command one": lambda: bare_few.ask(*command),
                "command many": lambda: bare_many.ask(*command),
            })
        with Worker("bench-library", few) as beside_none, Worker("bench-library", many) as beside_others:
            later = take_turns(scale.rounds, {
                "one": lambda: beside_none.ask("open-list", "test:///default", 1, scale.many),
                "many": lambda: beside_others.ask("open-list", "test:///default", 1, scale.many),
            })
            found = take_turns(scale.rounds, {
                "many": lambda: beside_none.ask("registry", place.path("many"), MODULES, scale.few)[0::2],
                "files": lambda: bare_files(place, scale),
            })
    return [
        compare("`mortise -c test:///default list`, from exec to exit", series["command many"], series["command one"],
                "with 1 manifest", 1.2),
        compare("the first opening in a process: reads all manifests and loads the module", series["many"],
                series["one"], "with 1 manifest"),
        compare("each later opening", later["many"], later["one"], "with 1 manifest", 1.2),
        compare("finding 200 manifests", found["many"], found["files"], "reading the files"),
    ]


def figure_dispatch(scale):
    """A call to the test driver, and reads of what is published"""
    need_driver("test")
    with Worker("bench-library") as library, Worker("bench-bare") as bare:
        library.ask("open", "test:///default")
        library.ask("domain", "test")
        series = take_turns(scale.rounds, {
            "call": lambda: [pair // 2 for pair in library.ask("suspend-resume", scale.few, scale.calls)],
            "hand-off": lambda: bare.ask("hand-off", scale.few, scale.calls),
            "state": lambda: library.ask("state", scale.few, scale.calls * 10),
            "info": lambda: library.ask("info", scale.few, scale.calls * 10),
            "xml": lambda: library.ask("xml", scale.few, scale.calls),
        })
    return [
        compare("a call: suspend or resume, through a worker thread and back", series["call"], series["hand-off"],
                "giving nothing to a GThreadPool and waiting for it"),
        Row("read of a state", time_text(series["state"].median())),
        Row("read of all information on a domain", time_text(series["info"].median())),
        Row("read of a domain's XML", time_text(series["xml"].median())),
    ]


def resident(uri, rows):
    """Memory of a process that has opened and listed: all of it, and what is no file."""
    with Worker("bench-library") as library:
        library.ask("open-list", uri, rows, 1)
        return library.ask("memory")


def figure_memory(scale):
    """Resident memory"""
    need_driver("test")
    need_driver("tcg")
    rows = scale.domains
    with Place() as place:
        with Worker("bench-library") as library:
            before = library.ask("memory")
        one = resident(filled_root(place, "one", 1)[0], 1)
        many = resident(filled_root(place, "many", rows)[0], rows)
        test = resident(world_uri(rows), rows)
    each = max(0, many[1] - one[1]) / max(1, rows - 1)
    return [
        Row("a process that has loaded libmortise and opened nothing", memory_text(before)),
        Row("with a root of 1 definition open, the QEMU drivers loaded", memory_text(one)),
        Row(f"with a root of {rows:,} definitions open: {number_text(each)} KiB more a domain", memory_text(many)),
        Row(f"with {world_uri(rows)} open", memory_text(test)),
    ]


def memory_text(pair):
    """Resident, and how much of it is the process's own."""
    return f"{pair[0] / 1024:.1f} MiB, {pair[1] / 1024:.1f} MiB of it anonymous"


def write_world(place, name, domains, hangs):
    """A world for the test driver, with three domains that hang in a call each, or do not."""
    plain = {"state": "running", "memory_kib": 1024}
    listed = [{"name": "good", "count": domains - 3, **plain}]
    for call in ("stats", "suspend", "stop"):
        listed.append({"name": f"hung-{call}", **plain, **({"hang": [call]} if hangs else {})})
    return "test://" + place.write(f"{name}.json", json.dumps({"format": 1, "domains": listed}))


def figure_hung(scale):
    """Reads while three of the domains hang, each in another call"""
    need_driver("test")
    rows = scale.domains
    with Place() as place, Worker("bench-library") as hung, Worker("bench-library") as well:
        hung.ask("open", write_world(place, "hung", rows, True))
        well.ask("open", write_world(place, "well", rows, False))
        for call in ("stats", "suspend", "stop"):
            hung.ask("hang", f"hung-{call}", call, 50)
        # Statistics first: what the reads after them have to look at is then as much as it ever is.
        wanted = [("stats", "statistics of all", scale.few), ("list", "list of all", scale.many),
                  ("infos", "information on each", scale.many)]
        result = []
        for verb, what, times in wanted:
            series = take_turns(scale.rounds, {
                "hung": lambda verb=verb, times=times: hung.ask(verb, rows, times),
                "well": lambda verb=verb, times=times: well.ask(verb, rows, times),
            })
            row = compare(f"{what}, {rows:,} domains", series["hung"], series["well"], "none hangs")
            row.value += f", p99 {time_text(series['hung'].quantile(0.99))}"
            result.append(row)
    return result
