// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// --live, --config and --current: what a change is made to.
#pragma once

#include "mortise-command.h"

#define TARGET_OPTIONS \
    {"live", 0, OPTION_FLAG, NULL, "the running domain"}, \
    {"config", 0, OPTION_FLAG, NULL, "the definition, which the next start takes"}, \
    {"current", 0, OPTION_FLAG, NULL, "the running domain while it runs, else its definition (this is the default)"}

#define PERSISTENT_OPTION {"persistent", 0, OPTION_FLAG, NULL, "the definition, and the running domain while it runs"}

/* What the options say. FALSE: reported, and command->status is set; so it is for each. */
gboolean target_read(Command *command, MortiseModifyFlags *flags);
/* Adds what --persistent means: the definition, and what runs, if anything does. */
gboolean target_add_persistent(Command *command, MortiseDomain *domain, MortiseModifyFlags *flags);
/* Whether a domain that is to be changed while it runs does run. */
gboolean target_require_active(Command *command, MortiseDomain *domain, MortiseModifyFlags flags);
