// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// --live, --config and --current: what a change is made to.
#pragma once

#include "mortise-command.h"

#define TARGET_OPTIONS \
    {"live", 0, OPTION_FLAG, NULL, "the running domain"}, \
    {"config", 0, OPTION_FLAG, NULL, "the definition, which the next start takes"}, \
    {"current", 0, OPTION_FLAG, NULL, "the running domain while it runs, else its definition (this is the default)"}

/* What the options say. FALSE: reported, and command->status is set. */
gboolean target_read(Command *command, MortiseModifyFlags *flags);
