// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The one place that reads environment variables, and that knows whether they may be believed.
#pragma once

#include <glib.h>

/*
 * The value of a MORTISE_... or XDG_... variable; NULL when unset, empty, or when the process is privileged
 * (AT_SECURE).
 */
const char *mortise_environment_get(const char *name);

/* The value split at ':', empty parts left out. Never NULL. Free with g_strfreev. */
char **mortise_environment_get_list(const char *name);

/* Whether the process has privileges that its caller lacks (AT_SECURE), or runs as root. */
gboolean mortise_environment_is_privileged(void);
