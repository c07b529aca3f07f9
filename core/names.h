// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The grammars of names that come from outside and go into paths, look-ups and lists.
#pragma once

#include <glib.h>

/* A module, URI scheme or domain type: [a-z][a-z0-9-]{0,31}. NULL is none. */
gboolean mortise_name_is_valid(const char *name);

/*
 * The first `length` bytes of `id` as an interface id: [a-z][a-z0-9.-]{0,62}, such as "lifecycle" or
 * "com.example.tape".
 */
gboolean mortise_interface_id_is_valid(const char *id, gsize length);
