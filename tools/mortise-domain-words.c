// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// How domains are described, the same by every verb.
#include "mortise-domain-words.h"

#include "mortise-output.h"

#include <string.h>

char *
words_of_id(gint64 id)
{
    return id >= 0 ? g_strdup_printf("%" G_GINT64_FORMAT, id) : g_strdup("-");
}

char *
words_of_duration(gint64 milliseconds)
{
    gint64 seconds = milliseconds / 1000;
    if (seconds < 1) {
        return g_strdup_printf("%d ms", (int) milliseconds);
    }
    if (seconds < 120) {
        return g_strdup_printf("%d s", (int) seconds);
    }
    if (seconds < 7200) {
        return g_strdup_printf("%d min", (int) (seconds / 60));
    }
    return g_strdup_printf("%" G_GINT64_FORMAT " h %d min", seconds / 3600, (int) (seconds / 60 % 60));
}

char *
words_of_hung(const char *operation, gint64 for_ms)
{
    if (operation == NULL) {
        return NULL;
    }
    const char *prefix = "domain-";
    const char *name = g_str_has_prefix(operation, prefix) ? operation + strlen(prefix) : operation;
    g_autofree char *duration = words_of_duration(for_ms);
    return g_strdup_printf("%s late for %s", name, duration);
}

char *
words_of_state(const MortiseDomainInfo *info)
{
    const char *state = mortise_domain_state_to_string(info->state);
    g_autofree char *hung = words_of_hung(info->hung_operation, info->hung_ms);
    return hung != NULL ? g_strdup_printf("%s (%s)", state, hung) : g_strdup(state);
}

static char *
squeezed(const char *word)
{
    g_auto(GStrv) parts = g_strsplit_set(word, " -_", -1);
    g_autofree char *joined = g_strjoinv("", parts);
    return g_ascii_strdown(joined, -1);
}

gboolean
words_read_state(const char *word, MortiseDomainState *state)
{
    g_autofree char *wanted = squeezed(word);
    for (int i = MORTISE_DOMAIN_STATE_UNKNOWN; i <= MORTISE_DOMAIN_STATE_SUSPENDED; i++) {
        g_autofree char *known = squeezed(mortise_domain_state_to_string(i));
        if (g_str_equal(wanted, known)) {
            *state = i;
            return TRUE;
        }
    }
    return FALSE;
}

void
words_add_hung(JsonBuilder *builder, const char *operation, gint64 for_ms)
{
    json_builder_set_member_name(builder, "hung");
    if (operation == NULL) {
        json_builder_add_null_value(builder);
        return;
    }
    json_builder_begin_object(builder);
    json_add_text(builder, "operation", operation);
    json_add_number(builder, "for_ms", for_ms);
    json_builder_end_object(builder);
}
