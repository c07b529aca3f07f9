// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What to do where a verb that was given is none: verbs of virsh that go by another name here, and mistyped ones.
#include "mortise-options.h"
#include "mortise-verbs.h"

#define NOT_STORED "no driver stores a running guest; 'suspend' pauses one, 'shutdown' ends it"

typedef struct {
    const char *word;    /* with a '-' at its end: all that begin so */
    const char *hint;
} Instead;

/* A guess by letters would be wrong, and of 'restore' a guest's end: 'destroy'. */
static const Instead words[] = {
    {"connect", "the URI stands in front of the verb: mortise -c URI VERB"},
    {"cpu-stats", "'mortise domstats --cpu-total DOMAIN' tells it"},
    {"domblkstat", "'mortise domstats --block DOMAIN' tells it"},
    {"domiftune", "<bandwidth> of an interface is changed by 'update-device'"},
    {"dommemstat", "'mortise domstats --balloon DOMAIN' tells it"},
    {"edit", "change what 'mortise dumpxml --inactive DOMAIN' prints, and 'define' that"},
    // nocheck:driver-name It is a verb of virsh, and says nothing of a driver.
    {"lxc-enter-namespace", "'mortise enter DOMAIN -- PROGRAM' does that"},
    {"managedsave", NOT_STORED},
    {"managedsave-", NOT_STORED},
    {"net-", "there are no virtual networks; 'ip link' makes and lists bridges, which <interface> names"},
    {"pool-", "there are no storage pools; definitions name files, devices and directories"},
    {"restore", NOT_STORED},
    {"save", NOT_STORED},
    {"save-image-", NOT_STORED},
    {"snapshot-", "no driver makes snapshots"},
    {"vol-", "there are no storage pools; definitions name files, devices and directories"},
};

static gboolean
is_word(const Instead *instead, const char *word)
{
    return g_str_equal(instead->word, word) ||
           (g_str_has_suffix(instead->word, "-") && g_str_has_prefix(word, instead->word));
}

char *
verbs_hint(const char *word)
{
    g_autofree const char **names = verbs_names();
    const char *nearest;

    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (is_word(&words[i], word)) {
            return g_strdup(words[i].hint);
        }
    }
    nearest = options_nearest(word, names);
    return nearest != NULL ? g_strdup_printf("did you mean '%s'?", nearest) : NULL;
}
