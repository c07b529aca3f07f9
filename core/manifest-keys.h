// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The keys of a manifest: how the value of each is read, and what to write there.
#pragma once

#include "manifest.h"

#include <json-glib/json-glib.h>

typedef struct {
    const char *key;
    gsize offset;             /* of the field of MortiseManifest */
    gsize size;
    /* Writes the field; FALSE with a clause that says what is wrong, to be freed. */
    gboolean (*read)(JsonNode *node, gpointer field, char **problem);
    const char *form;         /* what to do: "write ..." */
} MortiseManifestKey;

/* All keys of format 1; ends with a key that is NULL. */
extern const MortiseManifestKey mortise_manifest_keys[];

/* Row of a key; -1 when format 1 has no such key. */
int mortise_manifest_key_index(const char *key);

/* "driver", "filter", "provider"; "serial-all", ...; "", "store", "own": the words by their number, ended by NULL. */
extern const char *const mortise_manifest_kind_words[];
extern const char *const mortise_manifest_thread_words[];
extern const char *const mortise_manifest_state_words[];
