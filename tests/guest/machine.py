# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# One QEMU with the test guest in it, for tests: its serial port, its monitor, its end; every wait has a deadline.

import json
import os
import re
import select
import shutil
import socket
import subprocess
import tempfile
import time

PATIENCE = 240.0  # seconds that a whole test may take, far more than it needs


class Skip(Exception):
    """Raised when something that the test needs is absent."""


class Lines:
    """Text from a file descriptor, line by line."""

    def __init__(self, read, fileno):
        self.read = read
        self.fileno = fileno
        self.rest = b''

    def take(self):
        """The next whole line, or None when it has not come yet."""
        line, newline, rest = self.rest.partition(b'\n')
        if not newline:
            return None
        self.rest = rest
        return line.decode(errors='replace').rstrip('\r')

    def fill(self):
        """Reads what is there; False at the end."""
        data = self.read(65536)
        self.rest += data
        return bool(data)


class Machine:
    """Starts QEMU with the guest; use it in a with statement, which leaves no process and no file behind."""

    def __init__(self, program, arguments, words='', serial='socket'):
        if shutil.which(program) is None:
            raise Skip(f'{program} is not installed')
        self.deadline = time.monotonic() + PATIENCE
        self.serial_kind = serial
        self.arguments = [program, '-nodefaults', '-no-user-config', '-display', 'none', '-S',
                          '-kernel', os.environ['MORTISE_GUEST_KERNEL'], '-append', words, *arguments]
        self.seen = []
        self.events = []
        self.closing = []

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix='mg-')
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        monitor = self.listen('qmp')
        self.arguments += ['-qmp', f'unix:{self.directory}/qmp',
                           '-gdb', f'unix:{self.directory}/gdb,server=on,wait=off']
        serial = self.prepare_serial()
        self.log = open(f'{self.directory}/log', 'w+')
        self.closing.append(self.log)
        self.process = subprocess.Popen(self.arguments + ['-serial', 'chardev:serial'], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log)
        self.pidfd = os.pidfd_open(self.process.pid)
        self.monitor_socket = self.accept(monitor)
        self.monitor_lines = Lines(self.monitor_socket.recv, self.monitor_socket.fileno())
        self.wait_message(lambda message: 'QMP' in message)
        self.command('qmp_capabilities')
        self.open_serial(serial)
        self.command('cont')

    def stop(self):
        if hasattr(self, 'process'):
            self.process.kill()
            self.process.wait()
            os.close(self.pidfd)
        for thing in self.closing:
            thing.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def fail(self, what):
        self.log.seek(0)
        tail = '\n'.join(self.seen[-12:])
        raise AssertionError(f'{what}\nthe guest said:\n{tail}\nQEMU said:\n{self.log.read()}')

    def wait_readable(self, *descriptors):
        """Waits for one of the descriptors; fails at the deadline."""
        ready = select.select(descriptors, [], [], max(0.0, self.deadline - time.monotonic()))[0]
        if not ready:
            self.fail(f'nothing came in {PATIENCE:.0f} s')
        return ready

    # Sockets

    def listen(self, name):
        listener = socket.socket(socket.AF_UNIX)
        self.closing.append(listener)
        listener.bind(f'{self.directory}/{name}')
        listener.listen(1)
        return listener

    def accept(self, listener):
        if listener.fileno() not in self.wait_readable(listener.fileno(), self.pidfd):
            self.fail('QEMU ended before it connected')
        connection = listener.accept()[0]
        self.closing.append(connection)
        return connection

    # The serial port: QEMU connects to a socket, or writes to a file (a FIFO, which can be waited for), or opens a pty

    def prepare_serial(self):
        path = f'{self.directory}/serial'
        if self.serial_kind == 'socket':
            self.arguments += ['-chardev', f'socket,id=serial,path={path}']
            return self.listen('serial')
        if self.serial_kind == 'file':
            os.mkfifo(path)
            self.arguments += ['-chardev', f'file,id=serial,path={path}']
            return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self.arguments += ['-chardev', 'pty,id=serial']
        return None

    def open_serial(self, prepared):
        if self.serial_kind == 'socket':
            self.serial = self.accept(prepared).makefile('rwb', buffering=0)
        elif self.serial_kind == 'file':
            self.serial = open(prepared, 'rb', buffering=0)
        else:
            chardevs = self.command('query-chardev')
            path = next(chardev['filename'] for chardev in chardevs if chardev['label'] == 'serial')
            # A session leader (meson's tests are) would take it for its controlling terminal: SIGHUP at QEMU's end.
            self.serial = os.fdopen(os.open(path.removeprefix('pty:'), os.O_RDWR | os.O_NOCTTY), 'r+b', buffering=0)
        self.closing.append(self.serial)
        self.serial_lines = Lines(lambda size: self.serial.read(size) or b'', self.serial.fileno())

    def type(self, letters):
        self.serial.write(letters.encode())

    def wait_line(self, pattern):
        """Waits for a line of the guest that begins as the pattern says; returns the match."""
        while True:
            line = self.serial_lines.take()
            if line is None:
                self.wait_readable(self.serial_lines.fileno)
                if not self.serial_lines.fill():
                    self.fail(f'the serial port closed, waiting for: {pattern}')
                continue
            self.seen.append(line)
            match = re.match(f'mortise-guest: (?:{pattern})', line)
            if match:
                return match

    # The monitor

    def wait_message(self, wanted):
        """Waits for a message for which wanted() is true; events on the way are kept."""
        while True:
            line = self.monitor_lines.take()
            if line is None:
                self.wait_readable(self.monitor_lines.fileno)
                if not self.monitor_lines.fill():
                    self.fail('the monitor closed')
                continue
            message = json.loads(line)
            if wanted(message):
                return message
            if 'event' in message:
                self.events.append(message)

    def command(self, name, **arguments):
        request = json.dumps({'execute': name, 'arguments': arguments})
        self.monitor_socket.sendall(request.encode() + b'\n')
        reply = self.wait_message(lambda message: 'return' in message or 'error' in message)
        if 'error' in reply:
            self.fail(f'{name}: {reply["error"]["desc"]}')
        return reply['return']

    def monitor(self, line):
        """Runs a command of QEMU's human monitor and returns its text."""
        return self.command('human-monitor-command', **{'command-line': line})

    def wait_event(self, name, wanted=lambda data: True):
        """Waits for an event, or takes one that came before; each is given once."""
        def matches(message):
            return message.get('event') == name and wanted(message.get('data', {}))
        for event in self.events:
            if matches(event):
                self.events.remove(event)
                return event
        return self.wait_message(matches)

    def wait_exit(self):
        self.wait_readable(self.pidfd)
        return self.process.wait()

    def write_memory(self, address, data):
        """Changes the guest's memory behind its back, by QEMU's gdb stub."""
        request = f'M{address:x},{len(data):x}:{data.hex()}'
        with socket.socket(socket.AF_UNIX) as stub:
            stub.connect(f'{self.directory}/gdb')
            for packet in (request, 'D'):
                stub.sendall(f'${packet}#{sum(packet.encode()) % 256:02x}'.encode())
                answer = b''
                while b'OK#9a' not in answer:
                    self.wait_readable(stub.fileno())
                    answer += stub.recv(4096)
                stub.sendall(b'+')
        # Attaching has paused the guest and detaching lets it run; this one makes sure of it.
        self.command('cont')
