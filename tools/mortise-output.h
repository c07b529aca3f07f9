// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Printing: lines and tables for people, JSON for programs.
#pragma once

#include <json-glib/json-glib.h>
#include <stdio.h>

/*
 * Prints text for a person. Control characters other than line feed and tab become question marks: names and
 * messages come from guests and files, and a terminal obeys what it is sent.
 */
void output_text(FILE *stream, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Prints a document as it is, with a line feed at its end. */
void output_document(const char *text);
/* Writes out what is still buffered. FALSE: not all of stdout could be written; errno says why. */
gboolean output_flush(void);

/* What was built, indented, on stdout. */
void output_json(JsonBuilder *builder);
/* What was built, on one line. */
void output_json_line(FILE *stream, JsonBuilder *builder);

/* One member of the object that is open. A NULL text gives null. */
void json_add_text(JsonBuilder *builder, const char *member, const char *text);
void json_add_number(JsonBuilder *builder, const char *member, gint64 number);
/* A number, or null when it is below 0. */
void json_add_known_number(JsonBuilder *builder, const char *member, gint64 number);
/* Above 2^63 - 1 as text, since few readers of JSON know such a number. */
void json_add_unsigned(JsonBuilder *builder, const char *member, guint64 number);
void json_add_flag(JsonBuilder *builder, const char *member, gboolean flag);
/* An array of texts; NULL gives an empty one. */
void json_add_texts(JsonBuilder *builder, const char *member, const char *const *texts);

/* A table as virsh prints them. */
typedef struct Table Table;

/* Titles end with NULL. */
Table *table_new(const char *const *titles);
/* As many cells as there are titles; NULL is an empty cell. */
void table_add_row(Table *self, const char *const *cells);
/* `bare` leaves out the titles. */
void table_print(Table *self, gboolean bare);
void table_free(Table *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)
