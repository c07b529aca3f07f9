// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading --live, --config, --current and --persistent.
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

/* Whether it runs. FALSE: reported, and command->status is set. */
static gboolean
read_active(Command *command, MortiseDomain *domain, gboolean *active)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseDomainInfo) info = mortise_domain_get_info(domain, &error);
    if (info == NULL) {
        command->status = report_error(command, error);
        return FALSE;
    }
    *active = info->state != MORTISE_DOMAIN_STATE_SHUTOFF
              && (info->state != MORTISE_DOMAIN_STATE_CRASHED || info->id >= 0);
    return TRUE;
}

gboolean
target_add_persistent(Command *command, MortiseDomain *domain, MortiseModifyFlags *flags)
{
    gboolean active = FALSE;
    if (!command_flag(command, "persistent")) {
        return TRUE;
    }
    if (command_flag(command, "current")) {
        command->status = report_misuse(command, NULL, "--current excludes --persistent");
        return FALSE;
    }
    if (!read_active(command, domain, &active)) {
        return FALSE;
    }
    *flags |= MORTISE_MODIFY_CONFIG | (active ? MORTISE_MODIFY_LIVE : 0);
    return TRUE;
}

gboolean
target_require_active(Command *command, MortiseDomain *domain, MortiseModifyFlags flags)
{
    gboolean active = FALSE;
    if ((flags & MORTISE_MODIFY_LIVE) == 0) {
        return TRUE;
    }
    if (read_active(command, domain, &active) && !active) {
        command->status = report_fault(command, MORTISE_ERROR_DOMAIN_INACTIVE, "start it first",
                                       "the domain '%s' is not running", mortise_domain_get_name(domain));
    }
    return active;
}
