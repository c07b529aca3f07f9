// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Judging whether a host can take a guest: all checks, each with what both sides say. See docs/migration-checks.md.
#pragma once

#include "qemu-command-machine.h"
#include "qemu-migration-host.h"
#include "qemu-migration-offer.h"

/* What one check has found. */
typedef struct {
    guint verdict;             /* MORTISE_VERDICT_... */
    char *id;
    char *object;              /* NULL: none, like what follows */
    char *message;
    char *hint;
    char *source;
    char *destination;
    GArray *facts;             /* MortiseValue, whose texts are borrowed from constants */
} QemuVerdict;

/* What the checks share. */
typedef struct {
    const QemuEngine *engine;
    uint32_t flags;                        /* MORTISE_MIGRATE_... */
    gboolean replaced;                     /* another XML than the source's is to run there */
    const QemuOffer *offer;
    const DomainDefinition *running;       /* as the source has it */
    const DomainDefinition *definition;    /* as it is to run there; may be the same */
    const QemuMachine *machine;            /* of `definition`; NULL: not known here */
    const char *architecture;              /* of the guest, as domains name it */
    QemuHost *host;
    const QemuHostGuests *guests;          /* what the host says of such guests; NULL: nothing */
    GPtrArray *verdicts;                   /* QemuVerdict */
} QemuJudgement;

/*
 * Makes all checks of an offer; `capabilities` NULL looks at this host. NULL when they could not be made: the offer,
 * the XML or the document cannot be read, or this host's emulator does not answer. [blocks]
 */
QemuJudgement *qemu_judgement_new(const QemuEngine *engine, const MortiseMigrationArguments *arguments,
                                  const char *offer, const char *capabilities, DriverFailure **failure);
void qemu_judgement_free(QemuJudgement *judgement);

/*
 * For prepare: judges for this host, and refuses when a check is bad. FALSE with the reason "host-unsupported" and all
 * bad ones in the message, or why it could not be judged. [blocks]
 */
gboolean qemu_migration_require(const QemuEngine *engine, const MortiseMigrationArguments *arguments, const char *offer,
                                DriverFailure **failure);

/* Adds what a check has found; strings are copied. `object` and `hint` may be NULL. */
QemuVerdict *qemu_judgement_add(QemuJudgement *judgement, guint verdict, const char *id, const char *object,
                                const char *hint, const char *format, ...) G_GNUC_PRINTF(6, 7);
/* The two values; both are taken over, and may be NULL. */
void qemu_verdict_compare(QemuVerdict *verdict, char *source, char *destination);
void qemu_verdict_number(QemuVerdict *verdict, const char *key, guint64 number);
void qemu_verdict_signed(QemuVerdict *verdict, const char *key, gint64 number);
/* Key and text must be constants. */
void qemu_verdict_word(QemuVerdict *verdict, const char *key, const char *word);
/* "this host", or the document's name for it. */
const char *qemu_judgement_place(const QemuJudgement *judgement);
/* What tells what the host's CPUs can be to such a guest; NULL: nothing, or of another accelerator. */
const QemuHostGuests *qemu_judgement_cpus(const QemuJudgement *judgement);
/* "7.2.22", to be freed; "unknown" for 0. */
char *qemu_version_text(guint version);

/*
 * qemu-migration-judge-same.c: what of `other` the guest that runs with `one` would see change, as a constant for
 * "... differs"; NULL: nothing that the XML tells. What `other` leaves out is left to the emulator. Pure.
 */
const char *qemu_judge_difference(const DomainDefinition *one, const DomainDefinition *other);

/* The checks, in the order in which they are told. */
void qemu_judge_tsc(QemuJudgement *judgement);
void qemu_judge_cpu_model(QemuJudgement *judgement);
void qemu_judge_cpu_features(QemuJudgement *judgement);
void qemu_judge_accelerator(QemuJudgement *judgement);
void qemu_judge_machine(QemuJudgement *judgement);
void qemu_judge_memory(QemuJudgement *judgement);
void qemu_judge_vcpus(QemuJudgement *judgement);
void qemu_judge_version(QemuJudgement *judgement);
void qemu_judge_migration(QemuJudgement *judgement);
void qemu_judge_definition(QemuJudgement *judgement);
void qemu_judge_disks(QemuJudgement *judgement);
void qemu_judge_host_devices(QemuJudgement *judgement);
void qemu_judge_networks(QemuJudgement *judgement);
void qemu_judge_firmware(QemuJudgement *judgement);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuJudgement, qemu_judgement_free)
