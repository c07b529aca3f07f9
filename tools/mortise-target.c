// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading --live, --config and --current.
#include "mortise-target.h"

#include "mortise-report.h"

gboolean
target_read(Command *command, MortiseModifyFlags *flags)
{
    gboolean live = command_flag(command, "live");
    gboolean config = command_flag(command, "config");
    *flags = (live ? MORTISE_MODIFY_LIVE : 0) | (config ? MORTISE_MODIFY_CONFIG : 0);
    if (command_flag(command, "current") && *flags != 0) {
        command->status = report_misuse(command, NULL, "--current excludes --live and --config");
        return FALSE;
    }
    return TRUE;
}
