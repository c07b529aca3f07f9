#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Verb console: sessions on a terminal and through pipes, and the terminal's mode on every way out.

import os
import pty
import select
import signal
import socket
import subprocess
import termios

from command_testing import (BUILD, COMMAND, DEADLINE, DEFAULT, EXIT_DONE, EXIT_FAILED, CommandTest, environment, main,
                             mortise)

RUNNER = os.path.join(BUILD, "tests", "system", "command-terminal")
LEFT, HUNG_UP, CANCELLED, FAILED = range(4)  # of TerminalEnd
ESCAPE = b"\x1d"


class Terminal:
    """A run of a program on a terminal of its own."""

    def __init__(self, words, **how):
        self.master, self.slave = pty.openpty()
        self.mode = termios.tcgetattr(self.slave)
        how.setdefault("stdout", self.slave)
        self.process = subprocess.Popen(words, stdin=self.slave, stderr=subprocess.PIPE, env=environment(), **how)

    def is_raw(self):
        """Whether the terminal passes every byte on as it is."""
        return not termios.tcgetattr(self.slave)[3] & (termios.ICANON | termios.ECHO | termios.ISIG)

    def is_restored(self):
        """Whether the terminal is as it was before."""
        return termios.tcgetattr(self.slave) == self.mode

    def read_until(self, wanted):
        """Reads until the text has come, and returns all that came."""
        found = b""
        while wanted not in found:
            ready, _, _ = select.select([self.master], [], [], DEADLINE)
            if not ready:
                raise AssertionError(f"{wanted!r} did not come, but {found!r}")
            found += os.read(self.master, 4096)
        return found

    def write(self, data):
        """Types."""
        os.write(self.master, data)

    def end(self):
        """Waits for the end; the exit code and what was said on standard error."""
        error = self.process.stderr.read().decode()
        self.process.stderr.close()
        return self.process.wait(timeout=DEADLINE), error

    def close(self):
        """Gives the terminal back."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


class OnTerminal(CommandTest):
    """With a person at a terminal."""

    GREETING = "Connected to domain 'test'\nEscape character is ^] (Ctrl + ])\n"

    def open(self, *arguments):
        """Begins a session and waits until it echoes."""
        terminal = Terminal([COMMAND, "-c", DEFAULT, *arguments])
        self.addCleanup(terminal.close)
        terminal.write(b"?")
        while not terminal.is_raw():
            self.assertIsNone(terminal.process.poll())
            select.select([], [], [], 0.005)
        terminal.write(b"ready\x03\x1a\x1c\r")
        terminal.read_until(b"ready\x03\x1a\x1c\r")
        return terminal

    def test_escape(self):
        terminal = self.open("console", "test")
        terminal.write(ESCAPE)
        self.assertEqual(terminal.end(), (EXIT_DONE, self.GREETING + "\nLeft the console\n"))
        self.assertTrue(terminal.is_restored())

    def test_quiet(self):
        terminal = self.open("-q", "console", "test", "serial0")
        terminal.write(b"x" + ESCAPE)
        self.assertEqual(terminal.end(), (EXIT_DONE, ""))

    def test_start_with_console(self):
        uri = self.world(domains=[{"name": "test"}])
        terminal = self.open("-c", uri, "start", "--console", "test")
        terminal.write(ESCAPE)
        self.assertEqual(terminal.end(), (EXIT_DONE, self.GREETING + "\nLeft the console\n"))

    def test_signals(self):
        """The terminal is as before, whatever ends the session."""
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129),
                             (signal.SIGQUIT, -signal.SIGQUIT), (signal.SIGABRT, -signal.SIGABRT),
                             (signal.SIGSEGV, -signal.SIGSEGV)):
            terminal = self.open("console", "test")
            terminal.process.send_signal(number)
            self.assertEqual(terminal.end()[0], code)
            self.assertTrue(terminal.is_restored(), number)


class ThroughPipes(CommandTest):
    """With a program at both ends."""

    def open(self, *arguments):
        """Begins a session with pipes."""
        process = subprocess.Popen([COMMAND, "-c", DEFAULT, "console", *arguments], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_bytes(self):
        """What goes through is not changed, and nothing is added."""
        process = self.open("test")
        sent = bytes(byte for byte in range(256) if byte != ESCAPE[0]) * 400
        received = b""
        position = 0
        while len(received) < len(sent):
            ready = select.select([process.stdout], [process.stdin] if position < len(sent) else [], [], DEADLINE)
            self.assertNotEqual(ready, ([], [], []))
            if ready[1]:
                position += os.write(process.stdin.fileno(), sent[position:position + 4096])
            if ready[0]:
                received += os.read(process.stdout.fileno(), 65536)
        self.assertEqual(received, sent)
        out, err = process.communicate(ESCAPE + b"not sent", timeout=DEADLINE)
        self.assertEqual((process.returncode, out, err), (EXIT_DONE, b"", b""))

    def test_end_of_input(self):
        """The end of standard input does not end what the guest says."""
        process = self.open("test")
        process.stdin.write(b"hello\n")
        process.stdin.close()
        self.assertEqual(process.stdout.readline(), b"hello\n")
        self.assertIsNone(process.poll())
        process.terminate()
        self.assertEqual((process.stdout.read(), process.wait(timeout=DEADLINE)), (b"", 143))
        process.stdout.close()
        process.stderr.close()

    def test_reader_gone(self):
        process = self.open("test")
        process.stdin.write(b"hello\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), b"hello\n")
        process.stdout.close()
        process.stdin.write(b"hello\n")
        process.stdin.flush()
        self.assertEqual(process.wait(timeout=DEADLINE), EXIT_DONE)
        process.stdin.close()
        process.stderr.close()

    def test_failures(self):
        self.check(mortise("console", "test", "serial7"), EXIT_FAILED, "",
                   "mortise: domain 'test' has no console named 'serial7'; it has 1\n")
        self.assertEqual(mortise("console", "test", "--devname", "x", "--json").error["reason_id"], "no-device")
        uri = self.world(domains=[{"name": "off"}])
        self.assertEqual(mortise("console", "off", "--json", uri=uri).error["reason_id"], "domain-inactive")


class Session(CommandTest):
    """The session itself, on a console that the test holds."""

    def setUp(self):
        super().setUp()
        if not os.path.exists(RUNNER):
            self.skipTest(f"{RUNNER} was not built")
        self.console, other = socket.socketpair()
        self.addCleanup(self.console.close)
        self.other = other
        self.addCleanup(other.close)
        self.console.settimeout(DEADLINE)

    def begin(self, terminal=False, **how):
        """Runs a session with the other end of the console; lets go of that end."""
        words = [RUNNER, str(self.other.fileno())]
        how.update(pass_fds=[self.other.fileno()])
        if terminal:
            made = Terminal(words, **how)
            self.addCleanup(made.close)
        else:
            made = subprocess.Popen(words, stderr=subprocess.PIPE, env=environment(), **how)
            self.addCleanup(made.wait)
            self.addCleanup(made.kill)
            self.addCleanup(made.stderr.close)
        self.other.close()
        return made

    def test_hangs_up(self):
        process = self.begin(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.console.sendall(b"last words\n" * 1000)
        self.console.close()
        self.assertEqual(process.stdout.read(), b"last words\n" * 1000)
        self.assertEqual(process.wait(timeout=DEADLINE), HUNG_UP)
        process.stdout.close()

    def test_hangs_up_on_terminal(self):
        terminal = self.begin(terminal=True)
        self.console.sendall(b"bye")
        terminal.read_until(b"bye")
        self.console.close()
        self.assertEqual(terminal.end()[0], HUNG_UP)
        self.assertTrue(terminal.is_restored())

    def test_deaf_console(self):
        """A person can leave a console that takes nothing any more."""
        terminal = self.begin(terminal=True)
        self.console.sendall(b"ready")
        terminal.read_until(b"ready")
        typed = 0
        os.set_blocking(terminal.master, False)
        while typed < 2_000_000:
            if not select.select([], [terminal.master], [], DEADLINE)[1]:
                self.fail("what is typed is not read any more")
            typed += os.write(terminal.master, b"x" * 1000)
        os.set_blocking(terminal.master, True)
        terminal.write(ESCAPE)
        self.assertEqual(terminal.end()[0], LEFT)
        self.assertTrue(terminal.is_restored())

    def test_words_before_the_escape(self):
        process = self.begin(stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        process.stdin.write(b"poweroff\n" + ESCAPE + b"rest")
        process.stdin.close()
        self.assertEqual(process.wait(timeout=DEADLINE), LEFT)
        self.assertEqual(self.console.makefile("rb").read(), b"poweroff\n")

    def test_slow_reader(self):
        """A guest that says more than is read is held back, not buffered without bound."""
        process = self.begin(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.console.setblocking(False)
        sent = 0
        while select.select([], [self.console], [], 0.2)[1]:
            sent += self.console.send(b"y" * 4096)
            self.assertLess(sent, 8_000_000)
        self.console.close()
        self.assertEqual(len(process.stdout.read()), sent)
        self.assertEqual(process.wait(timeout=DEADLINE), HUNG_UP)
        process.stdout.close()


if __name__ == "__main__":
    main()
