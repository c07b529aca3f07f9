// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A console session of the command on the descriptor that is named, for the test that holds its other end.
#include "mortise-terminal.h"

int
main(int count, char **arguments)
{
    guint64 fd = 0;
    if (count != 2 || !g_ascii_string_to_unsigned(arguments[1], 10, 3, G_MAXINT, &fd, NULL)) {
        return 99;
    }
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    return (int) terminal_run((int) fd, cancellable);
}
