// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// UUIDs and amounts of memory as text.
#include "domain-xml-private.h"

#include <string.h>

#define UUID_BYTES 16
#define UUID_TEXT 36

char *
mortise_uuid_to_text(const guint8 uuid[16])
{
    static const char digits[] = "0123456789abcdef";
    char *text = g_malloc(UUID_TEXT + 1);
    char *at = text;
    for (int i = 0; i < UUID_BYTES; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *at++ = '-';
        }
        *at++ = digits[uuid[i] >> 4];
        *at++ = digits[uuid[i] & 15];
    }
    *at = '\0';
    return text;
}

gboolean
mortise_uuid_from_text(const char *text, guint8 uuid[16])
{
    guint8 bytes[UUID_BYTES];
    gboolean hyphens = strlen(text) == UUID_TEXT;
    const char *at = text;
    for (int i = 0; i < UUID_BYTES; i++) {
        if (hyphens && (i == 4 || i == 6 || i == 8 || i == 10) && *at++ != '-') {
            return FALSE;
        }
        int high = g_ascii_xdigit_value(at[0]);
        int low = high >= 0 ? g_ascii_xdigit_value(at[1]) : -1;
        if (low < 0) {
            return FALSE;
        }
        bytes[i] = (guint8) (high << 4 | low);
        at += 2;
    }
    if (*at != '\0') {
        return FALSE;
    }
    memcpy(uuid, bytes, sizeof bytes);
    return TRUE;
}

/* Bytes in a unit of libvirt's format: a bare letter and "iB" count by 1024, "B" by 1000. 0: no unit. */
static guint64
unit_bytes(const char *unit)
{
    static const char letters[] = "kmgtpe";
    if (g_ascii_strcasecmp(unit, "b") == 0 || g_ascii_strcasecmp(unit, "bytes") == 0
        || g_ascii_strcasecmp(unit, "byte") == 0) {
        return 1;
    }
    const char *letter = unit[0] != '\0' ? strchr(letters, g_ascii_tolower(unit[0])) : NULL;
    gboolean binary = letter != NULL && (unit[1] == '\0' || g_ascii_strcasecmp(unit + 1, "iB") == 0);
    gboolean decimal = letter != NULL && g_ascii_strcasecmp(unit + 1, "B") == 0;
    guint64 bytes = binary || decimal ? 1 : 0;
    for (const char *at = letters; letter != NULL && at <= letter; at++) {
        bytes *= binary ? 1024 : 1000;
    }
    return bytes;
}

guint64
mortise_xml_memory_kib(const char *amount, const char *unit)
{
    g_autofree char *stripped = g_strstrip(g_strdup(amount));
    guint64 bytes = unit_bytes(unit != NULL ? unit : "KiB");
    guint64 number = 0;
    guint64 total = 0;
    if (bytes == 0 || !g_ascii_string_to_unsigned(stripped, 10, 0, G_MAXUINT64, &number, NULL)
        || !g_uint64_checked_mul(&total, number, bytes)) {
        return 0;
    }
    return total / 1024 + (total % 1024 != 0);
}
