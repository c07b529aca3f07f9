// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Numbers of a migration, as a line and as a list.
#include "mortise-migration.h"
#include "mortise-output.h"

#include <string.h>

gboolean
progress_number(GVariant *values, const char *key, guint64 *number)
{
    gint64 negative = 0;
    if (g_variant_lookup(values, key, "t", number)) {
        return TRUE;
    }
    gboolean found = g_variant_lookup(values, key, "x", &negative);
    *number = (guint64) MAX(negative, 0);
    return found;
}

static void
add_bytes(GString *line, GVariant *values, const char *key, const char *what)
{
    guint64 number = 0;
    if (progress_number(values, key, &number)) {
        g_autofree char *size = g_format_size_full(number, G_FORMAT_SIZE_IEC_UNITS);
        g_string_append_printf(line, ", %s%s", size, what);
    }
}

char *
progress_line(GVariant *values)
{
    GString *line = g_string_new(NULL);
    const char *phase = "";
    guint64 total = 0;
    guint64 remaining = 0;
    guint64 number = 0;
    (void) g_variant_lookup(values, "phase", "&s", &phase);
    if (progress_number(values, "data.total", &total) && total > 0
        && progress_number(values, "data.remaining", &remaining)) {
        guint64 percent = remaining >= total ? 0 : (total - remaining) / (total / 100 + 1);
        g_string_append_printf(line, "%3d %%", phase[0] == 'c' || remaining == 0 ? 100 : (int) percent);
    } else {
        g_string_append(line, phase);
    }
    add_bytes(line, values, "data.processed", " sent");
    add_bytes(line, values, "data.remaining", " left");
    add_bytes(line, values, "bandwidth", "/s");
    if (progress_number(values, "memory.dirty_rate", &number)) {
        g_string_append_printf(line, ", %" G_GUINT64_FORMAT " pages/s dirty", number);
    }
    if (progress_number(values, "downtime.expected", &number)) {
        g_string_append_printf(line, ", downtime %" G_GUINT64_FORMAT " ms expected", number);
    } else if (progress_number(values, "downtime", &number)) {
        g_string_append_printf(line, ", downtime %" G_GUINT64_FORMAT " ms", number);
    }
    return g_string_free(line, FALSE);
}

static gint
by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
sorted_keys(GVariant *values)
{
    /* copies: looking something up may move what the values have inside */
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    GVariantIter iter;
    const char *key = NULL;
    g_variant_iter_init(&iter, values);
    while (g_variant_iter_next(&iter, "{&sv}", &key, NULL)) {
        g_ptr_array_add(keys, g_strdup(key));
    }
    g_ptr_array_sort(keys, by_name);
    return keys;
}

void
progress_print(Command *command, const char *domain, GVariant *values)
{
    g_autoptr(GPtrArray) keys = sorted_keys(values);
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_text(builder, "domain", domain);
    for (guint i = 0; i < keys->len; i++) {
        const char *key = g_ptr_array_index(keys, i);
        const char *text = NULL;
        guint64 number = 0;
        if (g_variant_lookup(values, key, "&s", &text)) {
            json_add_text(builder, key, text);
        } else if (progress_number(values, key, &number)) {
            json_add_unsigned(builder, key, number);
        }
        if (!command->json && text != NULL) {
            output_text(stdout, "%-20s %s\n", key, text);
        } else if (!command->json) {
            output_text(stdout, "%-20s %" G_GUINT64_FORMAT "\n", key, number);
        }
    }
    json_builder_end_object(builder);
    if (command->json) {
        output_json(builder);
    }
}
