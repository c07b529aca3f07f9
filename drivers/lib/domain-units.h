// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The plain values of a definition: numbers, sizes with units, UUIDs, MAC addresses, disk names.
#pragma once

#include <glib.h>

/* A decimal number without sign, or a hexadecimal one after "0x", within the bounds. FALSE: `value` is untouched. */
gboolean domain_number_parse(const char *text, guint64 minimum, guint64 maximum, guint64 *value);

/*
 * Kibibytes of `number` `unit`s, rounded up. Units as in libvirt, any case: b, byte, bytes; KB, MB, GB, TB, PB, EB are
 * powers of 1000; k, KiB, M, MiB, G, GiB, T, TiB, P, PiB, E, EiB are powers of 1024. NULL is KiB.
 * FALSE for an unknown unit or when the bytes do not fit in 63 bits.
 */
gboolean domain_memory_scale(guint64 number, const char *unit, guint64 *kib);

/* "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" in lower case of 32 hex digits with or without hyphens; NULL: it is none. */
char *domain_uuid_normalize(const char *text);

/* Six hex pairs with colons in lower case; NULL when it is none, is all zeros or is a multicast address. */
char *domain_mac_normalize(const char *text);

/* An address of QEMU's own range 52:54:00, always the same for a seed and a number; to be freed. */
char *domain_mac_derive(const char *seed, guint number);

/*
 * Position of a disk name: 0 for "vda", 25 for "hdz", 26 for "sdaa".
 * FALSE when the name is not hd, sd or vd and one to three lower-case letters.
 */
gboolean domain_disk_name_parse(const char *name, guint *index);

/* Only letters, digits and those of `more`, and not empty. */
gboolean domain_plain_text(const char *text, const char *more);

/* A copy for messages: valid UTF-8 of at most `limit` bytes, ending in "..." where it was cut; to be freed. */
char *domain_text_shorten(const char *text, gsize limit);
