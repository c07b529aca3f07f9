// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Tables with the look of virsh's: a space, columns that line up, titles over a rule.
#include "mortise-output.h"

#include <string.h>

struct Table {
    guint columns;
    GPtrArray *rows; /* of GStrv; the first holds the titles */
    gsize *widths;
};

/* Columns of a terminal that a text takes: wide characters take two, combining ones none. */
static gsize
width_of(const char *text)
{
    gsize width = 0;
    for (const char *c = text; *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar character = g_utf8_get_char(c);
        if (!g_unichar_iszerowidth(character)) {
            width += g_unichar_iswide(character) ? 2 : 1;
        }
    }
    return width;
}

static void
free_row(gpointer row)
{
    g_strfreev(row);
}

Table *
table_new(const char *const *titles)
{
    Table *self = g_new0(Table, 1);
    self->columns = g_strv_length((char **) titles);
    self->rows = g_ptr_array_new_with_free_func(free_row);
    self->widths = g_new0(gsize, self->columns);
    table_add_row(self, titles);
    return self;
}

void
table_add_row(Table *self, const char *const *cells)
{
    char **row = g_new0(char *, self->columns + 1);
    for (guint i = 0; i < self->columns; i++) {
        row[i] = g_utf8_make_valid(cells[i] != NULL ? cells[i] : "", -1);
        g_strdelimit(row[i], "\n\t", ' ');
        self->widths[i] = MAX(self->widths[i], width_of(row[i]));
    }
    g_ptr_array_add(self->rows, row);
}

static void
print_row(Table *self, char **row)
{
    g_autoptr(GString) line = g_string_new(NULL);
    for (guint i = 0; i < self->columns; i++) {
        g_string_append_printf(line, "%s%s", i == 0 ? " " : "   ", row[i]);
        if (i + 1 < self->columns) {
            for (gsize width = width_of(row[i]); width < self->widths[i]; width++) {
                g_string_append_c(line, ' ');
            }
        }
    }
    g_strchomp(line->str);
    output_text(stdout, "%s\n", line->str);
}

static void
print_rule(Table *self)
{
    gsize length = 0;
    for (guint i = 0; i < self->columns; i++) {
        length += self->widths[i] + 3;
    }
    g_autofree char *rule = g_strnfill(length, '-');
    output_text(stdout, "%s\n", rule);
}

void
table_print(Table *self, gboolean bare)
{
    for (guint i = bare ? 1 : 0; i < self->rows->len; i++) {
        print_row(self, g_ptr_array_index(self->rows, i));
        if (i == 0) {
            print_rule(self);
        }
    }
}

void
table_free(Table *self)
{
    g_ptr_array_unref(self->rows);
    g_free(self->widths);
    g_free(self);
}
