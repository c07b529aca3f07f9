// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The formats of the store's files, apart from the disk.
#pragma once

#include "store.h"

#define MORTISE_STORE_SCHEMA 1

/* What a definition file begins with; constant text. */
const char *mortise_store_definition_head(gboolean autostart);

/*
 * Takes the head off `text`, in place, which then is the XML that was given. FALSE with state-schema or
 * file-error; `path` is for errors. The text is as it was then.
 */
gboolean mortise_store_definition_parse(char *text, gsize length, const char *path, gboolean *autostart,
                                        GError **error);

/* The content of a running file. NULL with invalid-argument or limit-exceeded. */
char *mortise_store_running_format(const MortiseStoredDomain *domain, const char *boot_id, GError **error);

typedef enum {
    MORTISE_RUNNING_BAD,          /* cannot be understood; @error is set */
    MORTISE_RUNNING_CURRENT,      /* `domain` is filled */
    MORTISE_RUNNING_EARLIER,      /* of another boot: nothing of it can run; `domain` is untouched */
} MortiseRunningAge;

/* Reads a running file into the running part of `domain`, whose uuid says what it must be about. */
MortiseRunningAge mortise_store_running_parse(const char *text, gsize length, const char *path, const char *boot_id,
                                              MortiseStoredDomain *domain, GError **error);

/* The XML in a running file, of whatever schema, for the name in it; NULL when that is not legible. */
char *mortise_store_running_peek_xml(const char *text, gsize length);

/* A domain of which load() left a file alone, and why. */
typedef struct {
    char *name;           /* of the domain; NULL when not legible */
    GError *definition;   /* NULL: not this file */
    GError *running;
} MortiseStoreRefused;

struct MortiseStore {
    char *definitions;        /* directories */
    char *runs;
    char *run_directory;
    char *tag;                /* of this store's temporary files */
    char *boot_id;            /* of the present boot */
    GMutex mutex;             /* for what follows */
    gboolean boot_recorded;
    GHashTable *refused;      /* 16 bytes of UUID -> MortiseStoreRefused */
};

#define MORTISE_STORE_DEFINITION_SUFFIX ".xml"
#define MORTISE_STORE_RUNNING_SUFFIX ".json"
#define MORTISE_STORE_BOOT_FILE "boot-id"

/* A table by the 16 bytes of a UUID, which its values hold or which are freed as its keys. */
GHashTable *mortise_store_table_new(GDestroyNotify free_key, GDestroyNotify free_value);
/* A table for refused. */
GHashTable *mortise_store_refused_table_new(void);
