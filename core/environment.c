// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The one place that reads environment variables, and that knows whether they may be believed.
#include "environment.h"

#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

const char *
mortise_environment_get(const char *name)
{
    const char *value = secure_getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

char **
mortise_environment_get_list(const char *name)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    const char *value = mortise_environment_get(name);
    g_auto(GStrv) parts = g_strsplit(value != NULL ? value : "", ":", -1);
    for (char **part = parts; *part != NULL; part++) {
        if ((*part)[0] != '\0') {
            g_strv_builder_add(builder, *part);
        }
    }
    return g_strv_builder_end(builder);
}

gboolean
mortise_environment_is_privileged(void)
{
    /* AT_SECURE and not a comparison of ids: file capabilities and security modules change no id. */
    return getauxval(AT_SECURE) != 0 || geteuid() == 0;
}
