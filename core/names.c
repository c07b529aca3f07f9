// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The grammars of names that come from outside and go into paths, look-ups and lists.
#include "names.h"

#include <string.h>

#define NAME_LENGTH 32
#define INTERFACE_ID_LENGTH 63

static gboolean
is_word(const char *text, gsize length, const char *also)
{
    for (gsize i = 0; i < length; i++) {
        char c = text[i];
        gboolean good = g_ascii_islower(c) ||
                        (i > 0 && (g_ascii_isdigit(c) || (c != '\0' && strchr(also, c) != NULL)));
        if (!good) {
            return FALSE;
        }
    }
    return length > 0;
}

gboolean
mortise_name_is_valid(const char *name)
{
    gsize length = name != NULL ? strnlen(name, NAME_LENGTH + 1) : 0;
    return length <= NAME_LENGTH && is_word(name, length, "-");
}

gboolean
mortise_interface_id_is_valid(const char *id, gsize length)
{
    return id != NULL && length <= INTERFACE_ID_LENGTH && is_word(id, length, ".-");
}
