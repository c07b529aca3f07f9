// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading and scaling the plain values of a definition.
#include "domain-units.h"

#include <string.h>

#define UUID_DIGITS 32u
#define DISK_LETTERS 3u

gboolean
domain_number_parse(const char *text, guint64 minimum, guint64 maximum, guint64 *value)
{
    if (g_str_has_prefix(text, "0x") || g_str_has_prefix(text, "0X")) {
        /* GLib takes a second "0x" in base 16. */
        return g_ascii_isxdigit(text[2]) && text[3] != 'x' && text[3] != 'X' &&
               g_ascii_string_to_unsigned(text + 2, 16, minimum, maximum, value, NULL);
    }
    return g_ascii_string_to_unsigned(text, 10, minimum, maximum, value, NULL);
}

/* The power of the unit's letter: 1 for kilo, 6 for exa; 0 for no such letter. */
static guint
letter_power(char letter)
{
    const char *letters = "kmgtpe";
    const char *found = strchr(letters, g_ascii_tolower(letter));

    return letter != '\0' && found != NULL ? (guint) (found - letters) + 1 : 0;
}

static gboolean
unit_factor(const char *unit, guint64 *factor)
{
    static const char *const ones[] = {"b", "byte", "bytes", NULL};
    guint power = letter_power(unit[0]);
    guint64 base;

    *factor = 1;
    for (guint i = 0; ones[i] != NULL; i++) {
        if (g_ascii_strcasecmp(unit, ones[i]) == 0) {
            return TRUE;
        }
    }
    if (power == 0) {
        return FALSE;
    }
    if (unit[1] == '\0' || g_ascii_strcasecmp(unit + 1, "ib") == 0) {
        base = 1024;
    } else if (g_ascii_strcasecmp(unit + 1, "b") == 0) {
        base = 1000;
    } else {
        return FALSE;
    }
    for (; power > 0; power--) {
        *factor *= base;
    }
    return TRUE;
}

gboolean
domain_memory_scale(guint64 number, const char *unit, guint64 *kib)
{
    guint64 factor;
    guint64 bytes;

    if (!unit_factor(unit != NULL ? unit : "KiB", &factor)) {
        return FALSE;
    }
    if (!g_uint64_checked_mul(&bytes, number, factor) || bytes > G_MAXINT64) {
        return FALSE;
    }
    *kib = bytes / 1024 + (bytes % 1024 != 0 ? 1 : 0);
    return TRUE;
}

char *
domain_uuid_normalize(const char *text)
{
    g_autoptr(GString) uuid = g_string_new(NULL);
    guint digits = 0;

    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '-' && digits > 0 && at[1] != '-') {
            continue;
        }
        if (!g_ascii_isxdigit(*at) || digits == UUID_DIGITS) {
            return NULL;
        }
        if (digits == 8 || digits == 12 || digits == 16 || digits == 20) {
            g_string_append_c(uuid, '-');
        }
        g_string_append_c(uuid, g_ascii_tolower(*at));
        digits++;
    }
    return digits == UUID_DIGITS ? g_string_free(g_steal_pointer(&uuid), FALSE) : NULL;
}

char *
domain_mac_normalize(const char *text)
{
    static const char nothing[] = "00:00:00:00:00:00";
    g_autofree char *mac = g_ascii_strdown(text, -1);

    if (strlen(mac) != strlen(nothing) || strcmp(mac, nothing) == 0) {
        return NULL;
    }
    for (guint i = 0; i < strlen(nothing); i++) {
        if (nothing[i] == ':' ? mac[i] != ':' : !g_ascii_isxdigit(mac[i])) {
            return NULL;
        }
    }
    if (g_ascii_xdigit_value(mac[1]) % 2 == 1) {
        return NULL;
    }
    return g_steal_pointer(&mac);
}

char *
domain_mac_derive(const char *seed, guint number)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *position = g_strdup_printf("/%u", number);
    guint8 digest[32];
    gsize length = sizeof(digest);

    g_checksum_update(checksum, (const guchar *) seed, -1);
    g_checksum_update(checksum, (const guchar *) position, -1);
    g_checksum_get_digest(checksum, digest, &length);
    return g_strdup_printf("52:54:00:%02x:%02x:%02x", digest[0], digest[1], digest[2]);
}

gboolean
domain_disk_name_parse(const char *name, guint *index)
{
    guint position = 0;
    gsize length = strlen(name);

    if (!g_str_has_prefix(name, "hd") && !g_str_has_prefix(name, "sd") && !g_str_has_prefix(name, "vd")) {
        return FALSE;
    }
    if (length < 3 || length > 2 + DISK_LETTERS) {
        return FALSE;
    }
    for (const char *at = name + 2; *at != '\0'; at++) {
        if (!g_ascii_islower(*at)) {
            return FALSE;
        }
        position = position * 26 + (guint) (*at - 'a') + 1;
    }
    *index = position - 1;
    return TRUE;
}

gboolean
domain_plain_text(const char *text, const char *more)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (!g_ascii_isalnum(*at) && strchr(more, *at) == NULL) {
            return FALSE;
        }
    }
    return *text != '\0';
}

char *
domain_text_shorten(const char *text, gsize limit)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    const char *end;

    if (strlen(valid) <= limit) {
        return g_steal_pointer(&valid);
    }
    end = g_utf8_find_prev_char(valid, valid + limit - strlen("...") + 1);
    return g_strdup_printf("%.*s...", end != NULL ? (int) (end - valid) : 0, valid);
}
