// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The format of definition files: one processing instruction in front of the XML as it was given.
#include "store-private.h"

#include "error.h"

#include <string.h>

#define HEAD_BEGIN "<?mortise "
#define HEAD_END "?>\n"
/* More than any head of a version to come needs; keeps a search for the end short in a file of something else. */
#define HEAD_BYTES 1024

const char *
mortise_store_definition_head(gboolean autostart)
{
    return autostart ? HEAD_BEGIN "schema=\"1\" autostart=\"yes\"" HEAD_END
                     : HEAD_BEGIN "schema=\"1\" autostart=\"no\"" HEAD_END;
}

/* The value of `key` in a head, as key="value"; NULL when it is not there. */
static char *
head_value(const char *head, const char *key)
{
    g_autofree char *begin = g_strdup_printf(" %s=\"", key);
    const char *found = strstr(head, begin);
    if (found == NULL) {
        return NULL;
    }
    const char *value = found + strlen(begin);
    const char *end = strchr(value, '"');
    return end != NULL ? g_strndup(value, (gsize) (end - value)) : NULL;
}

static gboolean
refuse(GError **error, const char *path, const char *why)
{
    mortise_error_set(error, MORTISE_ERROR_FILE_ERROR, path,
                      "repair or remove it, then open the connection again", "%s %s; it is left alone", path, why);
    return FALSE;
}

static gboolean
check_schema(const char *head, const char *path, GError **error)
{
    g_autofree char *schema = head_value(head, "schema");
    guint64 number = 0;
    if (schema == NULL || !g_ascii_string_to_unsigned(schema, 10, 1, G_MAXUINT32, &number, NULL)) {
        return refuse(error, path, "has no schema number in its first line");
    }
    if (number != MORTISE_STORE_SCHEMA) {
        mortise_error_set(error, MORTISE_ERROR_STATE_SCHEMA, path,
                          "use the version of Mortise that wrote it, or a newer one",
                          "%s has schema %" G_GUINT64_FORMAT ", this version of Mortise knows %d; it is left alone",
                          path, number, MORTISE_STORE_SCHEMA);
        return FALSE;
    }
    return TRUE;
}

gboolean
mortise_store_definition_parse(char *text, gsize length, const char *path, gboolean *autostart, GError **error)
{
    if (memchr(text, '\0', length) != NULL) {
        return refuse(error, path, "has a NUL byte in it");
    }
    if (!g_str_has_prefix(text, HEAD_BEGIN)) {
        return refuse(error, path, length == 0 ? "is empty" : "does not begin with <?mortise schema=");
    }
    const char *end = g_strstr_len(text, HEAD_BYTES, HEAD_END);
    if (end == NULL) {
        return refuse(error, path, "has a first line that does not end in \"?>\"");
    }
    g_autofree char *head = g_strndup(text, (gsize) (end - text));
    if (!check_schema(head, path, error)) {
        return FALSE;
    }
    g_autofree char *mark = head_value(head, "autostart");
    if (g_strcmp0(mark, "yes") != 0 && g_strcmp0(mark, "no") != 0) {
        return refuse(error, path, "has neither autostart=\"yes\" nor autostart=\"no\" in its first line");
    }
    const char *xml = end + strlen(HEAD_END);
    gsize xml_length = length - (gsize) (xml - text);
    if (xml_length == 0) {
        return refuse(error, path, "ends after its first line");
    }
    if (!g_utf8_validate_len(xml, xml_length, NULL)) {
        return refuse(error, path, "is not UTF-8");
    }
    *autostart = g_str_equal(mark, "yes");
    memmove(text, xml, xml_length + 1);
    return TRUE;
}
