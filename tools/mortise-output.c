// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Printing, with one place for each form, so that no verb invents its own.
#include "mortise-output.h"

#include <errno.h>
#include <string.h>

static char *
tame(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *tamed = g_string_sized_new(strlen(valid));
    for (const char *c = valid; *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar character = g_utf8_get_char(c);
        gboolean harmless = character == '\n' || character == '\t' || !g_unichar_iscntrl(character);
        g_string_append_unichar(tamed, harmless ? character : '?');
    }
    return g_string_free(tamed, FALSE);
}

void
output_text(FILE *stream, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *tamed = tame(text);
    (void) fputs(tamed, stream);
}

void
output_document(const char *text)
{
    (void) fputs(text, stdout);
    if (!g_str_has_suffix(text, "\n")) {
        (void) fputc('\n', stdout);
    }
}

gboolean
output_flush(void)
{
    errno = 0;
    return fflush(stdout) == 0 && !ferror(stdout);
}

static void
print_json(FILE *stream, JsonBuilder *builder, gboolean pretty)
{
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    g_autofree char *text = json_to_string(root, pretty);
    (void) fprintf(stream, "%s\n", text);
}

void
output_json(JsonBuilder *builder)
{
    print_json(stdout, builder, TRUE);
}

void
output_json_line(FILE *stream, JsonBuilder *builder)
{
    print_json(stream, builder, FALSE);
}

static void
add_text(JsonBuilder *builder, const char *text)
{
    if (text == NULL) {
        json_builder_add_null_value(builder);
        return;
    }
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    json_builder_add_string_value(builder, valid);
}

void
json_add_text(JsonBuilder *builder, const char *member, const char *text)
{
    json_builder_set_member_name(builder, member);
    add_text(builder, text);
}

void
json_add_number(JsonBuilder *builder, const char *member, gint64 number)
{
    json_builder_set_member_name(builder, member);
    json_builder_add_int_value(builder, number);
}

void
json_add_known_number(JsonBuilder *builder, const char *member, gint64 number)
{
    json_builder_set_member_name(builder, member);
    if (number < 0) {
        json_builder_add_null_value(builder);
    } else {
        json_builder_add_int_value(builder, number);
    }
}

void
json_add_unsigned(JsonBuilder *builder, const char *member, guint64 number)
{
    if (number <= G_MAXINT64) {
        json_add_number(builder, member, (gint64) number);
        return;
    }
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, number);
    json_add_text(builder, member, text);
}

void
json_add_flag(JsonBuilder *builder, const char *member, gboolean flag)
{
    json_builder_set_member_name(builder, member);
    json_builder_add_boolean_value(builder, flag);
}

void
json_add_texts(JsonBuilder *builder, const char *member, const char *const *texts)
{
    json_builder_set_member_name(builder, member);
    json_builder_begin_array(builder);
    for (guint i = 0; texts != NULL && texts[i] != NULL; i++) {
        add_text(builder, texts[i]);
    }
    json_builder_end_array(builder);
}
