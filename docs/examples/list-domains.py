#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Lists the domains of a connection and follows one of them down, through the introspection data.

import sys

import gi

gi.require_version("Mortise", "1.0")
from gi.repository import GLib, Mortise  # noqa: E402


def main():
    """Prints the domains, then shuts the first one down and waits for the event."""
    uri = sys.argv[1] if len(sys.argv) > 1 else "test:///default"
    connection = Mortise.Connection.open(uri, None)
    for domain in connection.list_domains(Mortise.ListFlags.ALL):
        info = domain.get_info()
        print(f"{info.name}: {Mortise.Domain.state_to_string(info.state)}, {info.vcpus} vCPUs")

    loop = GLib.MainLoop()

    def take_event(_watch, event):
        print(f"{event.domain} is {Mortise.Domain.state_to_string(event.state)} ({event.reason})")
        loop.quit()

    watch = connection.watch()
    watch.connect("event", take_event)
    domain = connection.lookup_domain("test")
    domain.shutdown(Mortise.ShutdownMode.DEFAULT, None)
    loop.run()
    watch.stop()

    try:
        domain.suspend(None)
    except GLib.Error as error:
        print(f"{Mortise.error_reason_of_code(error.code)}: {error.message}")
    connection.close()


if __name__ == "__main__":
    main()
