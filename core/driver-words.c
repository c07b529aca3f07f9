// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a driver says during one call, kept for the thread that is in it.
#include "driver-words.h"

#include "error.h"
#include "host-table.h"

#include <string.h>

static GPrivate current_words;

void
driver_words_begin(DriverWords *self, gint64 deadline)
{
    *self = (DriverWords){.deadline = deadline, .outer = g_private_get(&current_words)};
    g_private_set(&current_words, self);
}

void
driver_words_end(DriverWords *self)
{
    g_private_set(&current_words, self->outer);
}

void
driver_words_clear(DriverWords *self)
{
    g_clear_pointer(&self->reason, g_free);
    g_clear_pointer(&self->object, g_free);
    g_clear_pointer(&self->message, g_free);
    g_clear_pointer(&self->hint, g_free);
    g_clear_pointer(&self->misbehaved, g_free);
}

DriverWords *
driver_words_current(void)
{
    return g_private_get(&current_words);
}

void
driver_words_misbehaved(const char *format, ...)
{
    DriverWords *words = driver_words_current();
    if (words == NULL || words->misbehaved != NULL) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    words->misbehaved = g_strdup_vprintf(format, arguments);
    va_end(arguments);
}

static gboolean
judge_failure(const DriverWords *self, MortiseResult result, const char *driver, const char *function,
              GError **error)
{
    int code = self->reason != NULL ? mortise_error_code_of_reason(self->reason) : -1;
    if (self->message != NULL) {
        mortise_error_set(error, code >= 0 ? (MortiseError) code : MORTISE_ERROR_DRIVER_FAILED, self->object,
                          self->hint, "%s", self->message);
        if (code < 0 && error != NULL) {
            g_autofree char *details = g_strdup_printf("The driver gave the reason '%s'.",
                                                       self->reason != NULL ? self->reason : "");
            mortise_error_set_details(*error, details);
        }
    } else if (result == MORTISE_UNSUPPORTED) {
        mortise_error_set(error, MORTISE_ERROR_UNSUPPORTED, driver, NULL,
                          "the driver '%s' does not support %s here", driver, function);
    } else {
        mortise_error_set(error, MORTISE_ERROR_DRIVER_FAILED, driver,
                          "report this to the driver's vendor: a failure must come with its cause",
                          "the driver '%s' failed in %s and said nothing about the cause", driver, function);
    }
    return FALSE;
}

gboolean
driver_words_judge(DriverWords *self, MortiseResult result, const char *driver, const char *function,
                   GError **error)
{
    if (self->misbehaved != NULL) {
        mortise_error_set(error, MORTISE_ERROR_DRIVER_MISBEHAVED, driver, "report this to the driver's vendor",
                          "the driver '%s' broke the driver ABI in %s: %s", driver, function, self->misbehaved);
        return FALSE;
    }
    if (result == MORTISE_OK) {
        return TRUE;
    }
    if (result != MORTISE_FAILED && result != MORTISE_UNSUPPORTED) {
        mortise_error_set(error, MORTISE_ERROR_DRIVER_MISBEHAVED, driver, "report this to the driver's vendor",
                          "the driver '%s' returned %d from %s, which is no result", driver, result, function);
        return FALSE;
    }
    return judge_failure(self, result, driver, function, error);
}

/* Start-up runs outside of any call record, and may nest in one: its words live on the heap until judged. */
void
mortise_host_error_begin(void)
{
    driver_words_begin(g_new0(DriverWords, 1), 0);
}

gboolean
mortise_host_error_end(MortiseResult result, const char *driver, const char *function, GError **error)
{
    g_autofree DriverWords *words = driver_words_current();
    g_return_val_if_fail(words != NULL, FALSE);
    driver_words_end(words);
    gboolean good = driver_words_judge(words, result, driver, function, error);
    driver_words_clear(words);
    return good;
}
