// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The store: definitions and running states of domains in files that are never half written.
#pragma once

#include "root.h"

/*
 * Files, one a domain:
 *   config_directory/domains/UUID.xml   the definition; a processing instruction in front carries schema and autostart
 *   run_directory/domains/UUID.json     what runs: schema, boot id, phase, the XML it runs with, the driver's text
 * Each is replaced atomically (write, fsync, rename, fsync of the directory). A file of an unknown schema version, or
 * one that cannot be parsed, is left alone and reported; the domain is not listed and its UUID and name (when legible) are refused.
 */

/* A domain as the files say. */
typedef struct {
    guint8 uuid[16];
    char *definition;        /* XML; NULL of a transient domain */
    gboolean autostart;
    /* of what runs; NULL and 0 when nothing does */
    char *driver;            /* name of the driver that runs it */
    char *phase;             /* "starting", "running", "stopping" */
    char *running_xml;       /* the XML that it was started with */
    char *live_xml;          /* the last live XML that the driver published; NULL before the first */
    char *running_state;     /* the driver's text; NULL before the first */
    guint32 state;           /* MORTISE_STATE_... last published */
    gint64 id;
    char *state_reason;      /* NULL when none */
} MortiseStoredDomain;

void mortise_stored_domain_free(MortiseStoredDomain *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseStoredDomain, mortise_stored_domain_free)

typedef struct MortiseStore MortiseStore;

/* `root` must outlive the store. Does no I/O. */
MortiseStore *mortise_store_new(const MortiseRoot *root);
void mortise_store_free(MortiseStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseStore, mortise_store_free)

/* Called for each file that was left alone: its path and why. */
typedef void (*MortiseStoreComplaint)(const char *path, const GError *error, gpointer data);

/*
 * Reads everything: definitions and what runs (entries of an earlier boot are removed). Left-over temporary files of this store are
 * removed. Returns MortiseStoredDomain elements; NULL only when a directory cannot be read. Blocks for the disk.
 */
GPtrArray *mortise_store_load(MortiseStore *self, MortiseStoreComplaint complaint, gpointer data, GError **error);

/* Each is durable when it returns TRUE; FALSE with file-error (path and cause), and then the old file is still whole. Any
 * thread; calls for the same domain must not overlap. Block for the disk. */
gboolean mortise_store_write_definition(MortiseStore *self, const guint8 uuid[16], const char *xml, gboolean autostart,
                                        GError **error);
gboolean mortise_store_remove_definition(MortiseStore *self, const guint8 uuid[16], GError **error);
/* Writes the running part of `domain` (driver, phase, XML, state, ...). */
gboolean mortise_store_write_running(MortiseStore *self, const MortiseStoredDomain *domain, GError **error);
/* TRUE also when there was none. */
gboolean mortise_store_remove_running(MortiseStore *self, const guint8 uuid[16], GError **error);
