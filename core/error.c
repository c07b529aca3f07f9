// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Errors with a reason id: one GError domain whose errors carry object, hint and details beside their message.
#include "error.h"

#include <errno.h>

typedef struct {
    char *summary;
    char *object;
    char *hint;
    char *details;
} MortiseErrorPrivate;

static void
mortise_error_private_init(MortiseErrorPrivate *self)
{
    (void) self;   /* GLib hands it over zeroed */
}

static void
mortise_error_private_copy(const MortiseErrorPrivate *source, MortiseErrorPrivate *destination)
{
    destination->summary = g_strdup(source->summary);
    destination->object = g_strdup(source->object);
    destination->hint = g_strdup(source->hint);
    destination->details = g_strdup(source->details);
}

static void
mortise_error_private_clear(MortiseErrorPrivate *self)
{
    g_free(self->summary);
    g_free(self->object);
    g_free(self->hint);
    g_free(self->details);
}

G_DEFINE_EXTENDED_ERROR(MortiseError, mortise_error)

typedef struct {
    const char *reason;
    gboolean retryable;
} ErrorReason;

static const ErrorReason reasons[] = {
#define ERROR_REASON(code, id, retryable, meaning) [MORTISE_ERROR_##code] = {id, retryable},
#include "error-list.def"
#undef ERROR_REASON
};

static gboolean
is_code(int code)
{
    return code >= 0 && (gsize) code < G_N_ELEMENTS(reasons);
}

const char *
mortise_error_reason_of_code(int code)
{
    return reasons[is_code(code) ? code : MORTISE_ERROR_INTERNAL].reason;
}

gboolean
mortise_error_code_is_retryable(int code)
{
    return is_code(code) && reasons[code].retryable;
}

int
mortise_error_code_of_reason(const char *reason)
{
    for (gsize i = 0; reason != NULL && i < G_N_ELEMENTS(reasons); i++) {
        if (g_str_equal(reasons[i].reason, reason)) {
            return (int) i;
        }
    }
    return -1;
}

/* A path or a driver's words may be anything; what an error carries is UTF-8. */
static char *
valid_text(const char *text)
{
    return text != NULL ? g_utf8_make_valid(text, -1) : NULL;
}

void
mortise_error_set(GError **error, MortiseError code, const char *object, const char *hint, const char *format, ...)
{
    if (error == NULL) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *sentence = g_strdup_vprintf(format, arguments);
    va_end(arguments);

    g_autofree char *summary = valid_text(sentence);
    g_autofree char *valid_hint = hint != NULL && hint[0] != '\0' ? valid_text(hint) : NULL;
    g_autofree char *message =
        valid_hint != NULL ? g_strconcat(summary, "; ", valid_hint, NULL) : g_strdup(summary);
    GError *made = g_error_new_literal(MORTISE_ERROR, (int) code, message);
    MortiseErrorPrivate *private = mortise_error_get_private(made);
    private->summary = g_steal_pointer(&summary);
    private->hint = g_steal_pointer(&valid_hint);
    private->object = valid_text(object);
    g_propagate_error(error, made);
}

void
mortise_error_set_details(GError *error, const char *details)
{
    if (error == NULL || error->domain != MORTISE_ERROR || details == NULL || details[0] == '\0') {
        return;
    }
    MortiseErrorPrivate *private = mortise_error_get_private(error);
    g_autofree char *before = g_steal_pointer(&private->details);
    g_autofree char *valid = valid_text(details);
    private->details = before != NULL ? g_strconcat(before, "\n", valid, NULL) : g_steal_pointer(&valid);
}

void
mortise_error_set_errno(GError **error, int number, const char *doing, const char *path)
{
    MortiseError code = MORTISE_ERROR_FILE_ERROR;
    if (number == ENOENT || number == ENOTDIR) {
        code = MORTISE_ERROR_FILE_MISSING;
    } else if (number == EACCES || number == EPERM) {
        code = MORTISE_ERROR_PERMISSION_DENIED;
    }
    mortise_error_set(error, code, path, NULL, "%s %s: %s", doing, path, g_strerror(number));
}

static const MortiseErrorPrivate *
get_parts(const GError *error)
{
    return error != NULL && error->domain == MORTISE_ERROR ? mortise_error_get_private(error) : NULL;
}

const char *
mortise_error_get_reason(const GError *error)
{
    gboolean ours = error != NULL && error->domain == MORTISE_ERROR;
    return mortise_error_reason_of_code(ours ? error->code : MORTISE_ERROR_INTERNAL);
}

const char *
mortise_error_get_object(const GError *error)
{
    const MortiseErrorPrivate *parts = get_parts(error);
    return parts != NULL ? parts->object : NULL;
}

const char *
mortise_error_get_details(const GError *error)
{
    const MortiseErrorPrivate *parts = get_parts(error);
    return parts != NULL ? parts->details : NULL;
}

const char *
mortise_error_get_hint(const GError *error)
{
    const MortiseErrorPrivate *parts = get_parts(error);
    return parts != NULL ? parts->hint : NULL;
}

const char *
mortise_error_get_summary(const GError *error)
{
    if (error == NULL) {
        return "no error";
    }
    const MortiseErrorPrivate *parts = get_parts(error);
    /* A caller may have put words in front of the message (g_prefix_error); then only the whole has them. */
    gboolean as_made = parts != NULL && parts->summary != NULL && g_str_has_prefix(error->message, parts->summary);
    return as_made ? parts->summary : error->message;
}

gboolean
mortise_error_is_retryable(const GError *error)
{
    return error != NULL && error->domain == MORTISE_ERROR && mortise_error_code_is_retryable(error->code);
}
