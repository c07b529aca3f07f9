// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The store: definitions and running states of domains in files that are never half written.
#pragma once

#include "root.h"

/*
 * Files, one a domain; UUID in small letters:
 *   config_directory/domains/UUID.xml   the definition: the line <?mortise schema="1" autostart="yes|no"?>, then
 *                                       the XML exactly as it was given
 *   run_directory/domains/UUID.json     what runs: schema, boot id, phase, the XML it runs with, the driver's text
 *   run_directory/boot-id               the boot that the files above are of
 * Each is replaced atomically (write, fsync, rename, fsync of the directory; without the fsync where a loss of
 * power makes the file worthless anyhow, see mortise_store_load). A file of an unknown schema version, or one
 * that cannot be understood, is left alone and reported; the domain is not listed and its UUID and name (when
 * legible) are refused.
 */

/* A domain as the files say. */
typedef struct {
    guint8 uuid[16];
    char *definition;        /* XML; NULL of a transient domain */
    gboolean autostart;
    /* of what runs; NULL and 0 when nothing does */
    char *driver;            /* name of the driver that runs it */
    char *phase;             /* "starting", "running", "stopping"; "ended" of one that runs no more */
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

/*
 * Called for each file that was left alone: its path and why (state-schema, file-error, permission-denied,
 * limit-exceeded).
 */
typedef void (*MortiseStoreComplaint)(const char *path, const GError *error, gpointer data);

/*
 * Reads everything: definitions and what runs (entries of an earlier boot are removed). Left-over temporary
 * files of this store are removed. Returns MortiseStoredDomain elements; NULL only when a directory cannot be
 * read (permission-denied, file-error), or holds more than MORTISE_LIMIT_DOMAINS files (limit-exceeded). Blocks
 * for the disk. The definition is not parsed: whether it is XML is the caller's question. A domain that runs
 * and whose definition was left alone is listed as transient; one whose running file was left alone is not
 * listed, since nobody can tell whether it runs. Records the present boot. From then on running files are
 * written without fsync: after a loss of power, what ran is gone.
 */
GPtrArray *mortise_store_load(MortiseStore *self, MortiseStoreComplaint complaint, gpointer data, GError **error);

/*
 * Whether a new domain may have that UUID and name as far as the files that load() left alone go; FALSE with
 * state-schema or file-error that names the file. Either may be NULL. Any thread; does not block.
 */
gboolean mortise_store_check_free(MortiseStore *self, const guint8 uuid[16], const char *name, GError **error);

/*
 * Each survives kill -9 and, but for running files, a loss of power when it returns TRUE; FALSE with file-error
 * (path and cause), and then the old file is still whole. Also FALSE, with nothing touched: permission-denied,
 * limit-exceeded (larger than what load() would take), invalid-argument (not UTF-8), and state-schema or
 * file-error when load() left the file alone. Any thread; calls for the same domain must not overlap. Block for
 * the disk.
 */
gboolean mortise_store_write_definition(MortiseStore *self, const guint8 uuid[16], const char *xml, gboolean autostart,
                                        GError **error);
gboolean mortise_store_remove_definition(MortiseStore *self, const guint8 uuid[16], GError **error);
/* Writes the running part of `domain` (driver, phase, XML, state, ...); driver, phase and running_xml must be set. */
gboolean mortise_store_write_running(MortiseStore *self, const MortiseStoredDomain *domain, GError **error);
/* TRUE also when there was none. */
gboolean mortise_store_remove_running(MortiseStore *self, const guint8 uuid[16], GError **error);
