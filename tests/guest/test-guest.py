#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Boots the test guest on real QEMU and holds it to what README.md says. TAP; skips by name what is absent.

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from machine import Machine, Skip  # noqa: E402

X86_64 = 'qemu-system-x86_64'
# qboot is QEMU's small firmware: where KVM has to emulate real mode, SeaBIOS takes ten seconds and qboot half a one.
KVM = ['-accel', 'kvm', '-cpu', 'qemu64', '-bios', 'qboot.rom']
SCENARIOS = []


def scenario(name, *arguments):
    """Registers a function as a test, once for each use, with its arguments."""
    def register(function):
        SCENARIOS.append((name, function, arguments))
        return function
    return register


def counts(machine):
    """Asks for the counters: the total and one number a CPU."""
    machine.type('c')
    total = int(machine.wait_line(r'count (\d+)$')[1])
    cpus = []
    while True:
        line = machine.wait_line(r'cpu \d+ count (\d+)|memory errors (\d+)')
        if line[1] is None:
            break
        cpus.append(int(line[1]))
    assert line[2] == '0', f'{line[2]} memory errors'
    return total, cpus


def expect_shutdown(machine, reason='guest-shutdown'):
    data = machine.wait_event('SHUTDOWN')['data']
    assert data == {'guest': True, 'reason': reason}, data
    assert machine.wait_exit() == 0, 'QEMU failed'


def expect_all_count(machine, cpus):
    """Passes when the total and each CPU's count have risen between two answers."""
    total, first = counts(machine)
    assert len(first) == cpus, first
    later = first
    while not all(new > old for new, old in zip(later, first)):
        newer, later = counts(machine)
        assert newer >= total, f'the total fell from {total} to {newer}'
    assert newer > total, f'the total stayed at {total}'


@scenario('tcg pc, 1 cpu', ['-machine', 'pc', '-accel', 'tcg'], 1)
@scenario('tcg pc, 3 cpus', ['-machine', 'pc', '-accel', 'tcg'], 3)
@scenario('tcg q35, 1 cpu', ['-machine', 'q35', '-accel', 'tcg'], 1)
@scenario('tcg q35, 3 cpus', ['-machine', 'q35', '-accel', 'tcg'], 3)
@scenario('tcg thread=single, 3 cpus', ['-machine', 'q35', '-accel', 'tcg,thread=single'], 3)
@scenario('kvm pc, 3 cpus', [*KVM, '-machine', 'pc'], 3)
@scenario('kvm q35, 1 cpu', [*KVM, '-machine', 'q35'], 1)
def whole_life(arguments, cpus):
    if 'kvm' in arguments and not os.access('/dev/kvm', os.R_OK | os.W_OK):
        raise Skip('/dev/kvm cannot be opened')
    with Machine(X86_64, [*arguments, '-smp', str(cpus)]) as machine:
        machine.wait_line(rf'ready, {cpus} cpus$')
        expect_all_count(machine, cpus)
        machine.type('r')
        machine.wait_line('rebooting$')
        assert machine.wait_event('RESET')['data']['guest']
        machine.wait_line(rf'ready, {cpus} cpus$')
        machine.command('system_powerdown')
        machine.wait_line('power button, shutting down$')
        expect_shutdown(machine)


@scenario('kvm pc, unplug', 'pc', 'unplug', r'giving cpu 2 back$')
@scenario('kvm q35, unplug', 'q35', 'unplug', r'giving cpu 2 back$')
@scenario('kvm q35, unplug ignored', 'q35', 'ignore-unplug', r'cpu 2 is wanted back, ignored$')
def unplug(machine_type, word, answer):
    # Not under TCG: QEMU 7.2 crashes when an emulated CPU goes.
    if not os.access('/dev/kvm', os.R_OK | os.W_OK):
        raise Skip('/dev/kvm cannot be opened')
    with Machine(X86_64, [*KVM, '-machine', machine_type, '-smp', '3,maxcpus=4'], word) as machine:
        machine.wait_line(r'ready, 3 cpus$')
        last = machine.command('query-cpus-fast')[-1]['qom-path']
        machine.command('device_del', id=last)
        machine.wait_line(answer)
        if word == 'ignore-unplug':
            machine.type('u')
            machine.wait_line(r'giving cpu 2 back$')
        machine.wait_event('DEVICE_DELETED', lambda data: data['path'] == last)
        assert len(machine.command('query-cpus-fast')) == 2
        machine.type('c')
        machine.wait_line(r'memory errors 0')


@scenario('qemu-system-i386, no memory to spare', 'qemu-system-i386')
def on_i386(program):
    with Machine(program, ['-accel', 'tcg', '-m', '2'], 'pages=1000000') as machine:
        machine.wait_line(r'only \d+ pages are free, not 1000000$')
        machine.wait_line('ready, 1 cpus$')
        machine.type('p')
        machine.wait_line('powering off$')
        expect_shutdown(machine)


@scenario('present cpus only: 2 of 6, in two sockets', ['-smp', '2,maxcpus=6,sockets=2,cores=3'], 2)
@scenario('16 cpus that never halt', ['-smp', '16', '-accel', 'tcg,thread=single'], 16)
def cpus_in_other_numbers(arguments, cpus):
    with Machine(X86_64, arguments, 'busy') as machine:
        machine.wait_line(rf'ready, {cpus} cpus$')
        expect_all_count(machine, cpus)


@scenario('no acpi')
def without_acpi():
    with Machine(X86_64, ['-machine', 'pc,acpi=off', '-smp', '2']) as machine:
        machine.wait_line('no ACPI power management')
        machine.wait_line('ready, 1 cpus$')
        machine.type('p')
        machine.wait_line('error: cannot power off')
        expect_all_count(machine, 1)


@scenario('command line')
def command_line():
    words = 'pages=12x report=40 nonsense'
    with Machine(X86_64, ['-m', '96'], words) as machine:
        memory = int(machine.wait_line(r'memory (\d+) KiB$')[1])
        assert 90 * 1024 < memory <= 96 * 1024, memory
        machine.wait_line(f'command line: {words}$')
        machine.wait_line(r'tsc about \d+ kHz$')
        machine.wait_line('bad number in pages=12x, using 1024$')
        machine.wait_line('unknown word nonsense, ignored$')
        machine.wait_line('ready, 1 cpus$')
        first = int(machine.wait_line(r'count (\d+)$')[1])
        assert int(machine.wait_line(r'count (\d+)$')[1]) > first


@scenario('letters: help, unknown, ignored power button, nmi, no pvpanic, hang')
def letters():
    with Machine(X86_64, ['-smp', '2'], 'ignore-powerbutton report=0') as machine:
        machine.wait_line('ready, 2 cpus$')
        machine.type('?')
        machine.wait_line('c count, r reboot')
        machine.type('\r\nx')
        machine.wait_line('unknown command x, [?] for help$')
        machine.command('system_powerdown')
        machine.wait_line('power button, ignored$')
        machine.command('inject-nmi')
        machine.wait_line('non-maskable interrupt$')
        machine.type('k')
        machine.wait_line('no pvpanic device')
        machine.type('h')
        machine.wait_line('hanging with interrupts off$')
        halted = ''
        while 'HLT=1' not in halted:
            halted = machine.monitor('info registers')
        flags = int(re.search(r'EFL=([0-9a-f]+)', halted)[1], 16)
        assert flags & 0x200 == 0, f'interrupts are on: {flags:x}'


@scenario('panic, then triple fault')
def crashes():
    arguments = ['-device', 'pvpanic', '-action', 'panic=pause']
    with Machine(X86_64, arguments) as machine:
        machine.wait_line('ready, 1 cpus$')
        machine.type('k')
        assert machine.wait_event('GUEST_PANICKED')['data']['action'] == 'pause'
        machine.command('system_reset')
        machine.command('cont')
        machine.wait_line('ready, 1 cpus$')
        machine.type('t')
        machine.wait_line('triple fault$')
        assert machine.wait_event('RESET', lambda data: data['guest'])
        machine.wait_line('ready, 1 cpus$')


@scenario('a damaged page is noticed')
def memory_error():
    with Machine(X86_64, ['-smp', '2'], 'pages=32 report=0') as machine:
        area = int(machine.wait_line(r'counting in 32 pages at 0x([0-9a-f]+)$')[1], 16)
        machine.wait_line('ready, 2 cpus$')
        while min(counts(machine)[1]) <= 16:
            pass  # each of the two has to have written its 16 pages once: before, there is nothing to damage
        machine.write_memory(area + 20 * 4096 + 8, b'\xde\xad')
        error = machine.wait_line(r'memory error at 0x([0-9a-f]+) in pass \d+: 0x[0-9a-f]+, must be 0x[0-9a-f]+$')
        assert int(error[1], 16) == area + 20 * 4096 + 8, error[0]
        machine.type('c')
        machine.wait_line('memory errors 1$')


@scenario('serial port in a file', 'file')
@scenario('serial port on a pty', 'pty')
def serial_elsewhere(kind):
    with Machine(X86_64, [], 'report=100', serial=kind) as machine:
        if kind == 'pty':
            # Neither the first line nor the last is sure to come: QEMU looks once a second whether somebody has opened
            # the pty, and what nobody has read yet is gone when it closes its end.
            machine.wait_line(r'count \d+$')
            machine.type('p')
        else:
            machine.wait_line('ready, 1 cpus$')
            machine.wait_line(r'count \d+$')
            machine.command('system_powerdown')
        expect_shutdown(machine)


def run(name, function, arguments):
    """Runs one scenario; returns its TAP line without the number, and what to say about it."""
    try:
        function(*arguments)
        return 'ok', name, ''
    except Skip as skip:
        return 'ok', f'{name} # SKIP {skip}', ''
    except (AssertionError, OSError, subprocess.SubprocessError, KeyError) as error:
        return 'not ok', name, f'{type(error).__name__}: {error}'


def main():
    if not os.environ.get('MORTISE_GUEST_KERNEL'):
        print('1..0 # SKIP no test guest: MORTISE_GUEST_KERNEL is not set (the compiler cannot build it?)')
        return 0
    if shutil.which(X86_64) is None:
        print(f'1..0 # SKIP {X86_64} is not installed')
        return 0
    tempfile.tempdir = tempfile.gettempdir() if len(tempfile.gettempdir()) < 60 else '/tmp'
    failures = 0
    print(f'1..{len(SCENARIOS)}')
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        results = [pool.submit(run, *parts) for parts in SCENARIOS]
        for number, result in enumerate(results, start=1):
            verdict, name, complaint = result.result()
            print(f'{verdict} {number} - {name}', flush=True)
            for line in complaint.splitlines():
                print(f'# {line}', flush=True)
            failures += verdict != 'ok'
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
