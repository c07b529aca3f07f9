// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Moving running domains to other hosts, and asking beforehand where they could go.
#ifndef MORTISE_MIGRATION_H
#define MORTISE_MIGRATION_H

#include <mortise/mortise-connection.h>
#include <mortise/mortise-domain.h>

G_BEGIN_DECLS

/**
 * MortiseMigrationFlags:
 * @MORTISE_MIGRATION_NONE: nothing special
 * @MORTISE_MIGRATION_SUSPENDED: leave it paused at the destination
 * @MORTISE_MIGRATION_AUTO_CONVERGE: slow the guest down when it writes faster than is sent
 * @MORTISE_MIGRATION_POSTCOPY: allow mortise_domain_switch_to_postcopy()
 * @MORTISE_MIGRATION_MULTIFD: send over several connections
 * @MORTISE_MIGRATION_COPY_STORAGE_ALL: copy the disks that are not shared, whole
 * @MORTISE_MIGRATION_COPY_STORAGE_INC: copy what they hold above their backing files
 * @MORTISE_MIGRATION_PERSISTENT: keep a definition at the destination
 * @MORTISE_MIGRATION_UNDEFINE_SOURCE: remove the definition at the source, after all else has gone well
 * @MORTISE_MIGRATION_OFFLINE: copy the definition only, whether or not the domain runs
 */
typedef enum { /*< flags >*/
    MORTISE_MIGRATION_NONE = 0,
    MORTISE_MIGRATION_SUSPENDED = 1 << 0,
    MORTISE_MIGRATION_AUTO_CONVERGE = 1 << 1,
    MORTISE_MIGRATION_POSTCOPY = 1 << 2,
    MORTISE_MIGRATION_MULTIFD = 1 << 3,
    MORTISE_MIGRATION_COPY_STORAGE_ALL = 1 << 4,
    MORTISE_MIGRATION_COPY_STORAGE_INC = 1 << 5,
    MORTISE_MIGRATION_PERSISTENT = 1 << 16,
    MORTISE_MIGRATION_UNDEFINE_SOURCE = 1 << 17,
    MORTISE_MIGRATION_OFFLINE = 1 << 18,
} MortiseMigrationFlags;

#define MORTISE_TYPE_MIGRATION_OPTIONS (mortise_migration_options_get_type())
MORTISE_EXPORT G_DECLARE_FINAL_TYPE(MortiseMigrationOptions, mortise_migration_options, MORTISE, MIGRATION_OPTIONS,
                                    GObject)

/*
 * What is asked of a migration. Read when a call is made with it; changes afterwards have no effect on that call. Not
 * to be changed by one thread while another uses it.
 */

/**
 * mortise_migration_options_new:
 *
 * Returns: (transfer full): options that leave all to the driver
 */
MORTISE_EXPORT MortiseMigrationOptions *mortise_migration_options_new(void);

/**
 * mortise_migration_options_set_flags:
 * @self: options
 * @flags: all that shall hold
 */
MORTISE_EXPORT void mortise_migration_options_set_flags(MortiseMigrationOptions *self, MortiseMigrationFlags flags);

/**
 * mortise_migration_options_set_bandwidth:
 * @self: options
 * @bytes: bytes a second; 0 leaves it to the driver, %G_MAXUINT64 is no limit
 */
MORTISE_EXPORT void mortise_migration_options_set_bandwidth(MortiseMigrationOptions *self, guint64 bytes);

/**
 * mortise_migration_options_set_downtime:
 * @self: options
 * @milliseconds: how long the guest may stand still; 0 leaves it to the driver
 */
MORTISE_EXPORT void mortise_migration_options_set_downtime(MortiseMigrationOptions *self, guint64 milliseconds);

/**
 * mortise_migration_options_set_timeout:
 * @self: options
 * @milliseconds: after which the migration is aborted; 0 for never
 *
 * The time ends when the guest has been sent: what then remains takes a moment and is no longer given up.
 */
MORTISE_EXPORT void mortise_migration_options_set_timeout(MortiseMigrationOptions *self, guint milliseconds);

/**
 * mortise_migration_options_set_channels:
 * @self: options
 * @channels: connections of %MORTISE_MIGRATION_MULTIFD; 0 leaves it to the driver
 */
MORTISE_EXPORT void mortise_migration_options_set_channels(MortiseMigrationOptions *self, guint channels);

/**
 * mortise_migration_options_set_transport:
 * @self: options
 * @transport: (nullable): "unix", "tcp:HOST" or "tcp:HOST:PORT", where the destination is to listen; %NULL leaves it to
 *   the driver
 */
MORTISE_EXPORT void mortise_migration_options_set_transport(MortiseMigrationOptions *self, const char *transport);

/**
 * mortise_migration_options_set_name:
 * @self: options
 * @name: (nullable): the domain's name at the destination; %NULL for the same
 */
MORTISE_EXPORT void mortise_migration_options_set_name(MortiseMigrationOptions *self, const char *name);

/**
 * mortise_migration_options_set_xml:
 * @self: options
 * @xml: (nullable): what shall run at the destination; %NULL for what runs at the source
 *
 * It must have the domain's UUID, and the guest must see the same hardware in it; what differs may be what the host
 * gives, such as paths, bridges and the TSC's frequency.
 */
MORTISE_EXPORT void mortise_migration_options_set_xml(MortiseMigrationOptions *self, const char *xml);

/**
 * mortise_domain_migrate:
 * @self: a running domain; with %MORTISE_MIGRATION_OFFLINE, one that has a definition
 * @destination: where it shall go on; another connection than the domain's own
 * @options: (nullable): how
 * @cancellable: (nullable): aborts the migration; not any more when the guest has been sent
 * @error: return location of an error
 *
 * Moves the domain: begin (source), prepare (destination), perform (source), finish (destination), confirm (source);
 * docs/migration.md tells of each. No other change of the domain gets through on either side meanwhile; reads do. No
 * deadline but that of the options applies. When this fails, the guest is on exactly one side, and the error's details
 * name the step that failed, and which side that is: the source before "confirm", where nothing but an error of its own
 * kept it from running on; the destination from then on. When a side hangs, the error comes all the same, the domain is
 * marked (see hung_operation in its information), and what is left to do is done when that side goes on.
 *
 * Returns: (transfer full): the domain at the destination; or %NULL with domain-inactive, domain-exists, domain-busy,
 *   host-unsupported (it cannot run there), unsupported, timeout, cancelled, state-unknown (nobody can tell on which
 *   side it runs: it stands still at the source), or what the drivers say
 */
MORTISE_EXPORT MortiseDomain *mortise_domain_migrate(MortiseDomain *self, MortiseConnection *destination,
                                                     MortiseMigrationOptions *options, GCancellable *cancellable,
                                                     GError **error);

/**
 * mortise_domain_migrate_async:
 * @self: a domain
 * @destination: where it shall go on
 * @options: (nullable): how
 * @cancellable: (nullable): aborts the migration
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_migrate(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_migrate_async(MortiseDomain *self, MortiseConnection *destination,
                                                 MortiseMigrationOptions *options, GCancellable *cancellable,
                                                 GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_migrate_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: (transfer full): as mortise_domain_migrate()
 */
MORTISE_EXPORT MortiseDomain *mortise_domain_migrate_finish(MortiseDomain *self, GAsyncResult *result,
                                                            GError **error);

/**
 * mortise_domain_get_migration_progress:
 * @self: a domain, at the source or, afterwards, at the destination
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * What is known of the migration that is under way, or of the last one: an a{sv} with "phase" ("begin", "prepare",
 * "perform", "finish", "confirm", "completed", "failed"), "time.total" (milliseconds) and, as far as the driver tells,
 * "data.total", "data.processed", "data.remaining", "memory.*" and "disk.*" (bytes), "memory.dirty_rate" (pages a
 * second), "bandwidth" (bytes a second), "throttle" (per cent of its time that auto-converge holds the guest up),
 * "time.elapsed", "downtime" and "downtime.expected" (milliseconds). Also of a domain that is gone from the source, and
 * of migrations that earlier processes made since the host has booted: these have "side" ("source" or "destination"),
 * "other" (the other side's URI), "ended" (a time in UTC) and, when it failed, "error" as well. Does not wait for the
 * guest.
 *
 * Returns: (transfer full): the values, or %NULL with no-job when nothing is known of a migration
 */
MORTISE_EXPORT GVariant *mortise_domain_get_migration_progress(MortiseDomain *self, GCancellable *cancellable,
                                                               GError **error);

/**
 * mortise_domain_abort_migration:
 * @self: a domain at the source
 * @error: return location of an error
 *
 * Asks for an end of the migration under way. It fails with cancelled, soon, unless the guest has been sent already.
 * Does not block.
 *
 * Returns: %TRUE, or %FALSE with no-job
 */
MORTISE_EXPORT gboolean mortise_domain_abort_migration(MortiseDomain *self, GError **error);

/**
 * mortise_domain_set_migration_limits:
 * @self: a domain at the source
 * @bandwidth: bytes a second; 0 leaves it as it is
 * @downtime: milliseconds that the guest may stand still; 0 leaves it as it is
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Changes the limits of the migration under way.
 *
 * Returns: %TRUE, or %FALSE with no-job, unsupported
 */
MORTISE_EXPORT gboolean mortise_domain_set_migration_limits(MortiseDomain *self, guint64 bandwidth, guint64 downtime,
                                                            GCancellable *cancellable, GError **error);

/**
 * mortise_domain_switch_to_postcopy:
 * @self: a domain at the source, that is migrated with %MORTISE_MIGRATION_POSTCOPY
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Lets the guest run at the destination now, and the rest of its memory follow. From then on the migration cannot be
 * aborted: its memory is on both sides.
 *
 * Returns: %TRUE, or %FALSE with no-job, unsupported
 */
MORTISE_EXPORT gboolean mortise_domain_switch_to_postcopy(MortiseDomain *self, GCancellable *cancellable,
                                                          GError **error);

/**
 * mortise_migration_steer:
 * @uri: URI of the source, of a root
 * @domain: name, UUID or number of the domain there
 * @action: "abort", "progress", "limits" (@first: bandwidth, @second: downtime), "postcopy" or "completed"
 * @first: a number of the action; else 0
 * @second: another one
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Steers a migration that another process of the same user has under way: a root has one owner, so its URI cannot be
 * opened meanwhile. Blocks until that process has answered, for at most 15 seconds. "completed" asks nobody: it gives
 * what is kept of the last migration of the domain that has ended, at its source or at its destination.
 *
 * Returns: (transfer full): the values of "progress" and "completed" as mortise_domain_get_migration_progress() gives
 *   them, an empty a{sv} of other actions; or %NULL with no-job, invalid-uri, unsupported
 */
MORTISE_EXPORT GVariant *mortise_migration_steer(const char *uri, const char *domain, const char *action,
                                                 guint64 first, guint64 second, GCancellable *cancellable,
                                                 GError **error);

/**
 * MortiseMigrationVerdict:
 * @MORTISE_MIGRATION_COMPATIBLE: nothing is in the way
 * @MORTISE_MIGRATION_INCOMPATIBLE: at least one check says no
 * @MORTISE_MIGRATION_UNKNOWN: no check says no, and at least one cannot tell
 */
typedef enum {
    MORTISE_MIGRATION_COMPATIBLE,
    MORTISE_MIGRATION_INCOMPATIBLE,
    MORTISE_MIGRATION_UNKNOWN,
} MortiseMigrationVerdict;

/* "compatible", "incompatible" or "unknown". */
MORTISE_EXPORT const char *mortise_migration_verdict_to_string(MortiseMigrationVerdict verdict);

#define MORTISE_TYPE_MIGRATION_REPORT (mortise_migration_report_get_type())

/**
 * MortiseMigrationReport:
 * @verdict: all checks together
 * @destination: URI or name of the host
 * @checked_us: when, in microseconds since 1970
 * @checks: (element-type MortiseCheck): each check, the good ones too
 *
 * Whether a domain can go to one host, with every reason. docs/migration.md lists the checks by id.
 */
typedef struct {
    MortiseMigrationVerdict verdict;
    char *destination;
    gint64 checked_us;
    GPtrArray *checks;
} MortiseMigrationReport;

MORTISE_EXPORT GType mortise_migration_report_get_type(void);
MORTISE_EXPORT MortiseMigrationReport *mortise_migration_report_copy(const MortiseMigrationReport *self);
MORTISE_EXPORT void mortise_migration_report_free(MortiseMigrationReport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseMigrationReport, mortise_migration_report_free)

#define MORTISE_TYPE_MIGRATION_OFFER (mortise_migration_offer_get_type())
MORTISE_EXPORT G_DECLARE_FINAL_TYPE(MortiseMigrationOffer, mortise_migration_offer, MORTISE, MIGRATION_OFFER, GObject)

/*
 * A domain as it would be offered to destinations: made once, judged for any number of hosts. It keeps what the domain
 * was when it was made. Any thread may judge. Nothing is started or changed anywhere.
 */

/**
 * mortise_domain_offer_migration:
 * @self: a domain
 * @options: (nullable): how it would be migrated
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * A domain that no host could take as it stands gives an offer all the same, whose reports say why. One that does not
 * run is offered as it would start here now, from its definition; its reports then have the check "domain-state".
 *
 * Returns: (transfer full): an offer; or %NULL with no-such-domain, unsupported, invalid-xml, timeout
 */
MORTISE_EXPORT MortiseMigrationOffer *mortise_domain_offer_migration(MortiseDomain *self,
                                                                     MortiseMigrationOptions *options,
                                                                     GCancellable *cancellable, GError **error);

/**
 * mortise_migration_offer_judge:
 * @self: an offer
 * @destination: a connection
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Returns: (transfer full): the report; or %NULL when the checks could not be made: connection-closed, timeout and what
 *   the driver says
 */
MORTISE_EXPORT MortiseMigrationReport *mortise_migration_offer_judge(MortiseMigrationOffer *self,
                                                                     MortiseConnection *destination,
                                                                     GCancellable *cancellable, GError **error);

/**
 * mortise_migration_offer_judge_capabilities:
 * @self: an offer
 * @destination: name of the host, for the report
 * @capabilities: the capabilities of that host, as mortise_connection_get_capabilities() gave them there
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * What cannot be told from capabilities, such as whether the name is taken, is unknown in the report and leaves its
 * verdict as it is.
 *
 * Returns: (transfer full): the report; or %NULL when the checks could not be made: invalid-xml and what the driver
 *   says
 */
MORTISE_EXPORT MortiseMigrationReport *
mortise_migration_offer_judge_capabilities(MortiseMigrationOffer *self, const char *destination,
                                           const char *capabilities, GCancellable *cancellable, GError **error);

/**
 * mortise_migration_offer_give_up:
 * @self: an offer
 * @destination: URI or name of a host
 * @cause: why it could not be asked
 *
 * Returns: (transfer full): a report whose verdict is unknown, for a list in which no host shall be missing
 */
MORTISE_EXPORT MortiseMigrationReport *mortise_migration_offer_give_up(MortiseMigrationOffer *self,
                                                                       const char *destination, const GError *cause);

/**
 * mortise_connection_find_common_tsc:
 * @self: a connection whose driver knows TSCs
 * @frequency_hz: of a guest; 0 to look for one that the most hosts share
 * @capabilities: (array zero-terminated=1): the capabilities of each host
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Which hosts can run a guest of one TSC frequency. JSON: {"frequency_khz": number or null, "window_khz": [low, high]
 * or null, "hosts": [{"host": index, "verdict": "compatible" | "incompatible" | "unknown", "khz", "scaling",
 * "window_khz", "excludes": [index, ...]}]}; docs/migration.md explains it.
 *
 * Returns: (transfer full): the document, or %NULL with unsupported, invalid-xml
 */
MORTISE_EXPORT char *mortise_connection_find_common_tsc(MortiseConnection *self, guint64 frequency_hz,
                                                        const char *const *capabilities, GCancellable *cancellable,
                                                        GError **error);

G_END_DECLS

#endif
