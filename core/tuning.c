// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Names and ranges of limits and weights; the ranges are those of the kernel's control groups and of libvirt.
#include "tuning.h"

#include "error.h"

#include <mortise/driver/tuning.h>

/* KiB that the kernel can count in bytes. */
#define MEMORY_MOST (G_MAXINT64 / 1024)
#define MEMORY(name) {name, " KiB", 1, MEMORY_MOST, MORTISE_TUNING_MEMORY, TRUE}

static const TuningKey keys[] = {
    MEMORY("hard_limit"),
    MEMORY("soft_limit"),
    MEMORY("swap_hard_limit"),
    {"cpu_shares", "", 2, 262144, MORTISE_TUNING_CPU, FALSE},
    {"vcpu_period", " microseconds", 1000, 1000000, MORTISE_TUNING_CPU, FALSE},
    {"vcpu_quota", " microseconds", 1000, 17592186044415, MORTISE_TUNING_CPU, TRUE},
    {"weight", "", 10, 1000, MORTISE_TUNING_BLOCK, FALSE},
};

const char *
tuning_group_name(guint group)
{
    static const char *const names[] = {
        [MORTISE_TUNING_MEMORY] = "memory",
        [MORTISE_TUNING_CPU] = "cpu",
        [MORTISE_TUNING_BLOCK] = "block",
    };
    return group < G_N_ELEMENTS(names) ? names[group] : NULL;
}

const TuningKey *
tuning_find(guint group, const char *key, GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (keys[i].group == group && g_str_equal(keys[i].key, key)) {
            return &keys[i];
        }
        if (keys[i].group == group) {
            g_string_append_printf(known, "%s%s", known->len > 0 ? ", " : "", keys[i].key);
        }
    }
    mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, key, NULL,
                      "there is no setting '%.60s' of %s; there are: %s", key, tuning_group_name(group), known->str);
    return NULL;
}

gboolean
tuning_check(const TuningKey *key, gint64 number, GError **error)
{
    if ((number >= key->least && number <= key->most) || (key->unlimited && number == MORTISE_TUNING_UNLIMITED)) {
        return TRUE;
    }
    mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, key->key, NULL,
                      "%s is from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT "%s%s, and %" G_GINT64_FORMAT " is not",
                      key->key, key->least, key->most, key->unit,
                      key->unlimited ? ", or -1 for no limit" : "", number);
    return FALSE;
}
