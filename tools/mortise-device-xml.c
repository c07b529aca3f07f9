// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Writing the XML of a device from words of the command line.
#include "mortise-device-xml.h"

/* White space of a word stays what it is: a reader makes spaces of it in attributes. */
static void
add_escaped(GString *text, const char *word)
{
    g_autofree char *escaped = g_markup_escape_text(word, -1);
    g_autoptr(GString) whole = g_string_new(escaped);
    (void) g_string_replace(whole, "\n", "&#10;", 0);
    (void) g_string_replace(whole, "\t", "&#9;", 0);
    (void) g_string_replace(whole, "\r", "&#13;", 0);
    g_string_append_len(text, whole->str, (gssize) whole->len);
}

static guint
add_attributes(GString *text, const DeviceAttribute *attributes)
{
    guint count = 0;
    for (const DeviceAttribute *attribute = attributes; attribute->name != NULL; attribute++) {
        if (attribute->value != NULL) {
            g_string_append_printf(text, " %s='", attribute->name);
            add_escaped(text, attribute->value);
            g_string_append_c(text, '\'');
            count++;
        }
    }
    return count;
}

void
device_xml_open(GString *text, const char *element, const DeviceAttribute *attributes)
{
    g_string_append_printf(text, "<%s", element);
    (void) add_attributes(text, attributes);
    g_string_append(text, ">\n");
}

void
device_xml_add(GString *text, const char *element, const DeviceAttribute *attributes)
{
    gsize before = text->len;
    g_string_append_printf(text, "  <%s", element);
    if (add_attributes(text, attributes) == 0) {
        g_string_truncate(text, before);
    } else {
        g_string_append(text, "/>\n");
    }
}

void
device_xml_add_text(GString *text, const char *element, const char *content)
{
    if (content != NULL) {
        g_string_append_printf(text, "  <%s>", element);
        add_escaped(text, content);
        g_string_append_printf(text, "</%s>\n", element);
    }
}

void
device_xml_close(GString *text, const char *element)
{
    g_string_append_printf(text, "</%s>\n", element);
}
