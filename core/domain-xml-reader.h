// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading XML from outside: well formed, within limits, without DTD and entities, and with errors that have lines.
#pragma once

#include <glib.h>
#include <libxml/tree.h>

/* An element as it stands in the text; offsets are in bytes from the beginning of the text. */
typedef struct {
    const char *name;             /* without its prefix */
    const char *prefix;           /* NULL when there is none */
    const char *uri;              /* of its namespace; NULL when it is in none */
    const char *const *fields;    /* of the attributes, as the parser gives them: use mortise_xml_attribute */
    int attributes;
    guint depth;                  /* 1 for the root */
    gsize begin;                  /* of its start tag */
    gsize inside;                 /* behind its start tag */
} MortiseXmlElement;

/* Each returns FALSE with an error to end the reading. `end` is behind the end tag. */
typedef struct {
    gboolean (*start)(const MortiseXmlElement *element, gpointer data, GError **error);
    gboolean (*end)(guint depth, gsize end, gpointer data, GError **error);
    void (*text)(const char *text, gsize length, gpointer data);
    void (*instruction)(const char *target, guint depth, gsize end, gpointer data);
} MortiseXmlHandlers;

/*
 * FALSE with invalid-xml (the first error with its line; all of them in the details), limit-exceeded, or what a
 * handler said. `what` names the document in errors ("domain XML"). Offsets are those in `text`, which has no
 * byte order mark. Any thread; touches nothing global of libxml2; prints nothing.
 */
gboolean mortise_xml_read(const char *text, const char *what, const MortiseXmlHandlers *handlers, gpointer data,
                          GError **error);

/* The same as a tree. Free with xmlFreeDoc. */
xmlDocPtr mortise_xml_read_tree(const char *text, const char *what, GError **error);

/* The value of an attribute that is in no namespace; NULL when absent. Free with g_free. */
char *mortise_xml_attribute(const MortiseXmlElement *element, const char *name);

/*
 * The name of a namespace, or the value of an attribute, as the document means it: where libxml2 substitutes no
 * entities it leaves '&' as "&#38;" in them. NULL for NULL. Free with g_free.
 */
char *mortise_xml_plain(const char *value);

/* The line, from 1, of an offset. */
guint mortise_xml_line(const char *text, gsize offset);

/*
 * A message as one line of valid UTF-8, cut off where it gets long: it may quote the document. Free with g_free.
 */
char *mortise_xml_one_line(const char *message);

/* Whether every character of valid UTF-8 may stand in an XML document. */
gboolean mortise_xml_is_text(const char *text);
