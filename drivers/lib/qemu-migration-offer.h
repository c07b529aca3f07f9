// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The offer of a migration: what a source says of a guest, so that a destination can judge and prepare.
#pragma once

#include "qemu-migration-disk.h"
#include "qemu-migration.h"
#include "qemu-places.h"

typedef struct {
    char *target;              /* "vda" */
    char *path;
    QemuFile file;             /* at the source, when it was offered */
    char *location;            /* on shared storage, "nas:/images/a.img"; NULL: not on such a one */
} QemuOfferDisk;

/* What the guest boots from beside its disks. */
typedef struct {
    QemuPlaceFile *file;       /* at the source, when it was offered; never NULL */
    char *location;            /* as above */
} QemuOfferFile;

/* An offer as it was read. What is not in it is NULL or 0. */
typedef struct {
    char *uuid;
    char *name;
    char *xml;                 /* to run at the destination; never NULL */
    char *boot;                /* identity of the source host's boot */
    char *hostname;
    gboolean running;
    gboolean defined;          /* of a definition: it can be judged, and nothing comes of it */
    guint version;             /* of the source's QEMU */
    guint64 tsc_khz;           /* that the guest's TSC runs at; 0: not known, or emulated */
    char **features;           /* CPU features that the guest has; NULL: not told */
    char **missing;            /* those of its CPU model that it lacks; NULL: not told */
    char **migration;          /* migration capabilities of the source's QEMU; NULL: not told */
    GPtrArray *disks;          /* QemuOfferDisk */
    GPtrArray *files;          /* QemuOfferFile */
    char **refusals;           /* why no host could take it as it stands: a sentence and a hint each; NULL: nothing */
} QemuOffer;

/*
 * Makes the offer of a running domain, as JSON text, to be freed:
 *   schema, uuid, name, boot, running, and xml: the live XML without what belongs to this run alone
 *   source: {hostname, qemu_version, tsc_khz, cpu_features, cpu_missing, migration_capabilities}
 *   disks: [{target, path, there, device, inode, size, filesystem, place, location,
 *           virtual_size, backing, backing_format}], the last three of the image, where QEMU tells them
 *   files: [{path, size, sha256, location}], kernel and initial RAM disk
 *   refusals: [sentence, hint, ...], only when it was made to be judged
 * NULL when no host could take it as it stands: "host-unsupported" for invtsc without a TSC frequency and for whatever
 * else QEMU says is in the way, unless it is made `to_check`; or when the domain does not run or its monitor does not
 * answer. [blocks]
 */
char *qemu_offer_make(QemuDomain *domain, gboolean to_check, DriverFailure **failure);

/* Reads one, from anywhere: "invalid-argument" when it is no offer of this schema. Any thread; does not block. */
QemuOffer *qemu_offer_parse(const char *text, DriverFailure **failure);
void qemu_offer_free(QemuOffer *offer);
const QemuOfferDisk *qemu_offer_disk(const QemuOffer *offer, const char *target);
const QemuOfferFile *qemu_offer_file(const QemuOffer *offer, const char *path);

/*
 * The same of a definition, for a domain that does not run: as if it were started here now. It has "defined" instead of
 * "running", and instead of cpu_features, unless the CPU follows the host, cpu_missing: what its model lacks here.
 */
char *qemu_offer_make_defined(const QemuDomain *domain, const char *xml, gboolean to_check, DriverFailure **failure);

/* qemu-migration-offer-xml.c */
/* The CPU model, as QEMU names it; NULL: the machine's own. */
const char *qemu_offer_model(const DomainDefinition *definition);
/* A guest with invtsc and without a frequency of its own is refused. */
gboolean qemu_offer_require_frequency(const QemuDomain *domain, const DomainDefinition *definition, gboolean tsc_given,
                                      DriverFailure **failure);
/* An offer with what it says of the domain's identity. */
JsonNode *qemu_offer_begin(const QemuDomain *domain);
/* The member "source"; the lists may be NULL. `features` are told without those that are missing. */
JsonObject *qemu_offer_describe_source(guint version, const DomainDefinition *definition, char *const *features,
                                       char *const *missing, char *const *migration);
/* The live XML without what belongs to this run. The definition's own tree is changed for it. To be freed. */
char *qemu_offer_migratable_xml(DomainDefinition *definition, gboolean tsc_given, char *const *missing);

/* qemu-migration-offer-files.c: "disks" and "files" of an offer. [blocks for the file system] */
JsonArray *qemu_offer_describe_disks(const DomainDefinition *definition);
JsonArray *qemu_offer_describe_files(const DomainDefinition *definition);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuOffer, qemu_offer_free)
