// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Making, moving and freeing the cause of a failure.
#include "failure.h"

void
driver_failure_set(DriverFailure **failure, const char *reason, const char *object, const char *hint,
                   const char *format, ...)
{
    va_list arguments;

    if (failure == NULL || *failure != NULL) {
        return;
    }
    *failure = g_new0(DriverFailure, 1);
    (*failure)->reason = g_strdup(reason);
    (*failure)->object = g_strdup(object);
    (*failure)->hint = g_strdup(hint);
    va_start(arguments, format);
    (*failure)->message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
}

void
driver_failure_prefix(DriverFailure *failure, const char *format, ...)
{
    g_autofree char *prefix = NULL;
    g_autofree char *message = NULL;
    va_list arguments;

    if (failure == NULL) {
        return;
    }
    va_start(arguments, format);
    prefix = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    message = g_steal_pointer(&failure->message);
    failure->message = g_strconcat(prefix, message, NULL);
}

void
driver_failure_propagate(DriverFailure **destination, DriverFailure *source)
{
    if (destination == NULL || *destination != NULL) {
        driver_failure_free(source);
        return;
    }
    *destination = source;
}

void
driver_failure_free(DriverFailure *failure)
{
    if (failure == NULL) {
        return;
    }
    g_free(failure->reason);
    g_free(failure->object);
    g_free(failure->message);
    g_free(failure->hint);
    g_free(failure);
}
