// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A host as its capabilities document describes it: what a guest could find there.
#pragma once

#include "qemu-capabilities.h"
#include "qemu-places.h"
#include "tsc-verdict.h"

/* Features of a CPU, or capabilities of a QEMU, in one list; each is compared with all of another. */
#define QEMU_WORD_LIMIT 2048u

/* Guests of one architecture. */
typedef struct {
    char *architecture;            /* as domains name it: "x86_64", "i686" */
    char *emulator;                /* path; NULL: not told */
    GPtrArray *types;              /* char *: types of domains that can run, "kvm" */
    gboolean told;                 /* its emulator was asked, and the document has its answer */
    QemuCapabilities *known;       /* machines, also of a document by libvirt; the rest only when told; never NULL */
    GHashTable *models;            /* char * CPU model -> char * features that it lacks here, between blanks */
} QemuHostGuests;

typedef struct {
    gboolean here;                 /* it is this host, where more can be looked at; set by who reads the document */
    char *name;                    /* NULL: not told, like what follows */
    char *boot;                    /* identity of its boot */
    char *architecture;
    TscHost tsc;
    guint64 cpus;                  /* 0: not told */
    guint64 memory_kib;
    GPtrArray *guests;             /* QemuHostGuests */
    QemuPlaces *places;            /* never NULL */
} QemuHost;

/* Whether a node is an element of our own namespace, of that name. */
gboolean qemu_host_is_ours(const xmlNode *node, const char *name);

/*
 * Reads a document of this driver, of another one, or of libvirt; what it does not say is not known. NULL with reason
 * "invalid-xml" or "limit-exceeded" and the line when it is no well-formed <capabilities> document, or says what cannot
 * be. Any thread; does not block.
 */
QemuHost *qemu_host_parse(const char *text, DriverFailure **failure);
void qemu_host_free(QemuHost *host);
/*
 * What it says of guests of that architecture: where drivers have put their documents together, of those with that type
 * of domains, and else of any. NULL: nothing.
 */
const QemuHostGuests *qemu_host_guests(const QemuHost *host, const char *architecture, const char *type);
/* Whether domains of that type are among them. */
gboolean qemu_host_guests_have(const QemuHostGuests *guests, const char *type);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuHost, qemu_host_free)
