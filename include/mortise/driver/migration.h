/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: MIT */
/* Interface migration/1: judging where a running domain could go on, and moving it there in five steps. */
#ifndef MORTISE_DRIVER_MIGRATION_H
#define MORTISE_DRIVER_MIGRATION_H

#include <mortise/driver/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MORTISE_MIGRATION_ID "migration"
#define MORTISE_MIGRATION_VERSION 1u

#define MORTISE_MIGRATE_PAUSED 1u               /* leave it paused at the destination */
#define MORTISE_MIGRATE_AUTO_CONVERGE 2u        /* slow the guest down when it writes faster than is sent */
#define MORTISE_MIGRATE_POSTCOPY 4u             /* allow switch_to_postcopy */
#define MORTISE_MIGRATE_MULTIFD 8u              /* send over several connections */
#define MORTISE_MIGRATE_COPY_STORAGE_ALL 16u    /* copy the disks that are not shared, whole */
#define MORTISE_MIGRATE_COPY_STORAGE_INC 32u    /* copy what they hold above their backing files */
#define MORTISE_MIGRATE_DEFINITION 64u          /* begin only: the domain does not run, and `xml` is its definition */
#define MORTISE_MIGRATE_CHECK 128u              /* begin only: the offer is there to be judged alone */
#define MORTISE_MIGRATE_FLAGS_ALL 255u

/*
 * What the user asks of a migration; the same on both sides. Zero and NULL leave the choice to the driver. Strings are
 * borrowed for the call.
 */
typedef struct MortiseMigrationArguments {
    uint32_t struct_size;
    uint32_t flags;            /* MORTISE_MIGRATE_... */
    uint64_t bandwidth;        /* bytes a second; UINT64_MAX: no limit */
    uint64_t downtime;         /* milliseconds that the guest may stand still */
    uint32_t channels;         /* connections of multifd */
    uint32_t reserved;
    const char *transport;     /* "unix", "tcp:HOST" or "tcp:HOST:PORT", where the destination is to listen */
    const char *name;          /* at the destination; NULL: the same */
    const char *xml;           /* to run there instead of the source's; NULL: the source's live XML */
} MortiseMigrationArguments;

/*
 * The five steps are begin (source), prepare (destination), perform (source), finish (destination), confirm (source).
 * What one hands to the next is a text, JSON by habit, made by the driver and opaque to everybody else, so that source
 * and destination may be different processes or hosts; the receiver checks it like any input from outside.
 *
 * The promise: a migration that fails at any step, for any reason, a crash of the caller included, leaves the guest on
 * exactly one side as it was, and nothing of it on the other. begin starts and changes nothing. prepare starts a guest
 * that does not run yet and ends when its owner does, until finish has made it the one that lives. From perform's
 * success to confirm the source's guest stands still and may be ended or resumed, but by confirm alone.
 *
 * The core lets no other change through for the domain between the steps, on either side. NULL: not supported. Of a
 * driver that owns its domains, domain_open is called for a domain that it does not know, without a definition, before
 * prepare: it gives a handle, with which no other call than prepare and finish is made, and announces nothing; the
 * core's list has the domain until finish with `succeeded` 0, and on success its host handle is as good as one that
 * domain_announce returned.
 */
typedef struct MortiseMigration {
    MortiseInterface head;

    /*
     * Source. Writes the offer: what a destination has to know to judge, and to prepare. Fails for a domain that no
     * host could take as it stands, with the reason; the object of set_error then is the id of the check that it would
     * fail everywhere ("tsc-frequency"). With MORTISE_MIGRATE_CHECK that is no failure where an offer can be made all
     * the same: judge finds it bad then, beside all else. With MORTISE_MIGRATE_DEFINITION the offer is of the domain as
     * it would start here now, and there to be judged only: prepare refuses it. Nothing is started or changed. [blocks]
     * Mandatory.
     */
    MortiseResult (*begin)(void *domain, const MortiseMigrationArguments *arguments, MortiseSink *offer);
    /*
     * Judges an offer: every check of docs/migration.md that the driver can make, each as one finding, good ones too.
     * `capabilities` describes the host to judge; NULL: this one, where more can be looked at. MORTISE_OK when the
     * checks were made, whatever they found. Nothing is started or changed, on any host. [blocks] Mandatory.
     */
    MortiseResult (*judge)(void *connection, const MortiseMigrationArguments *arguments, const char *offer,
                           const char *capabilities, MortiseSink *findings);

    /*
     * Destination, on a domain that the core has listed for it. Judges once more, then makes ready to receive; writes
     * the ticket: where to send to, and what the source must know. On failure nothing is left. [blocks]
     */
    MortiseResult (*prepare)(void *domain, const MortiseMigrationArguments *arguments, const char *offer,
                             MortiseSink *ticket);
    /*
     * Source. Sends the guest, and returns when all is sent and the guest stands still here, or when that failed and
     * it runs on as before. Has no deadline but the caller's; ends soon after abort. Writes the outcome, for finish.
     * [blocks]
     */
    MortiseResult (*perform)(void *domain, const MortiseMigrationArguments *arguments, const char *ticket,
                             MortiseSink *outcome);
    /*
     * Destination. `succeeded` 1: makes the guest the one that lives, lets it run (or not, as asked) and publishes its
     * state; failing then means that it must go on at the source. 0: takes away all that prepare made. `outcome` is
     * NULL when perform gave none. 0 also comes after a 1 that failed, to be sure: then it is no
     * failure that nothing is left. [blocks]
     */
    MortiseResult (*finish)(void *domain, const MortiseMigrationArguments *arguments, const char *outcome,
                            uint32_t succeeded);
    /* Source. `succeeded` 1: the guest lives elsewhere; its remains here are ended. 0: it goes on here. [blocks] */
    MortiseResult (*confirm)(void *domain, const MortiseMigrationArguments *arguments, uint32_t succeeded);

    /* The rest comes beside a perform that is under way, from another thread and outside of the gate. */
    /* perform is to end soon, with the reason "cancelled". Comes again until perform has ended. [no blocking] */
    MortiseResult (*abort)(void *domain);
    /* New limits, as in the arguments. [blocks] */
    MortiseResult (*set_limits)(void *domain, uint64_t bandwidth, uint64_t downtime);
    /* Lets the guest run at the destination now, and the rest of its memory follow. [blocks] */
    MortiseResult (*switch_to_postcopy)(void *domain);
    /*
     * What is known of the job without asking the guest; after it has ended, of the last one. Keys: "phase" (text),
     * "data.total", "data.processed", "data.remaining", "memory.*", "disk.*" (bytes), "memory.dirty_rate" (pages a
     * second), "bandwidth" (bytes a second), "throttle" (per cent that auto-converge holds the guest up),
     * "time.elapsed", "downtime", "downtime.expected" (milliseconds).
     * [no blocking]
     */
    MortiseResult (*progress)(void *domain, MortiseSink *values);

    /*
     * Which of these hosts, each described by a capabilities document, can run a guest whose TSC has one frequency:
     * `frequency` in Hz, or 0 to look for one that the most of them share. Writes a JSON object {"frequency_khz":
     * number or null, "window_khz": [low, high] or null, "hosts": [{"host": index, "verdict": "compatible" |
     * "incompatible" | "unknown", "khz": number, "scaling": "yes" | "no" | "unknown", "window_khz": [low, high],
     * "excludes": [index, ...]}]}. [no blocking]
     */
    MortiseResult (*common_tsc)(void *connection, uint64_t frequency, const char *const *capabilities,
                                uint32_t count, MortiseSink *result);
} MortiseMigration;

#ifdef __cplusplus
}
#endif

#endif /* MORTISE_DRIVER_MIGRATION_H */
