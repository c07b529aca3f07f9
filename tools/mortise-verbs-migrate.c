// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verb migrate: moves a domain, asks where it could go, or ends a migration of another process.
#include "mortise-document.h"
#include "mortise-migration.h"
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-verbs.h"

#include <string.h>
#include <unistd.h>

#define MIB 1048576
#define SHOW_EVERY_MS 250

static const VerbOption migrate_options[] = {
    {"check", 0, OPTION_FLAG, NULL, "only say whether it could go, and every reason why not; takes several DESTs"},
    {"abort", 0, OPTION_FLAG, NULL, "end the migration of DOMAIN that is under way in another process"},
    {"offline", 0, OPTION_FLAG, NULL, "copy the definition only"},
    {"persistent", 0, OPTION_FLAG, NULL, "keep a definition at the destination"},
    {"undefine-source", 0, OPTION_FLAG, NULL, "remove the definition here when all else has gone well"},
    {"paused", 0, OPTION_FLAG, NULL, "leave it paused at the destination"},
    {"name", 0, OPTION_TEXT, "NAME", "its name at the destination"},
    {"xml", 0, OPTION_TEXT, "FILE", "what shall run at the destination, instead of what runs here"},
    {"bandwidth", 0, OPTION_NUMBER, "MIB", "MiB a second at most"},
    {"downtime", 0, OPTION_NUMBER, "MS", "milliseconds that the guest may stand still"},
    {"timeout", 0, OPTION_SECONDS, "SECONDS", "end it when it has not been sent by then"},
    {"timeout-postcopy", 0, OPTION_FLAG, NULL, "at --timeout switch to postcopy instead"},
    {"auto-converge", 0, OPTION_FLAG, NULL, "slow the guest down when it writes faster than is sent"},
    {"postcopy", 0, OPTION_FLAG, NULL, "allow 'mortise migrate-postcopy' to let it run there before all is sent"},
    {"multifd", 0, OPTION_FLAG_NUMBER, "N", "send over several connections, N of them"},
    {"copy-storage-all", 0, OPTION_FLAG, NULL, "copy disks that are not shared, whole"},
    {"copy-storage-inc", 0, OPTION_FLAG, NULL, "copy what they hold above their backing files"},
    {"transport", 0, OPTION_TEXT, "HOW", "where the destination listens: unix, tcp:HOST or tcp:HOST:PORT"},
    {"live", 0, OPTION_FLAG, NULL, "virsh's word for what is done anyway"},
    {"undefinesource", 0, OPTION_FLAG, NULL, "virsh's word for --undefine-source"},
    {"suspend", 0, OPTION_FLAG, NULL, "virsh's word for --paused"},
    {"dname", 0, OPTION_TEXT, "NAME", "virsh's word for --name"},
    {"verbose", 0, OPTION_FLAG, NULL, "show how far it is; with --check, show the good checks too"},
    {NULL},
};

static MortiseMigrationFlags
read_flags(Command *command)
{
    static const struct {
        const char *option;
        MortiseMigrationFlags flag;
    } known[] = {
        {"offline", MORTISE_MIGRATION_OFFLINE},
        {"persistent", MORTISE_MIGRATION_PERSISTENT},
        {"undefine-source", MORTISE_MIGRATION_UNDEFINE_SOURCE},
        {"undefinesource", MORTISE_MIGRATION_UNDEFINE_SOURCE},
        {"paused", MORTISE_MIGRATION_SUSPENDED},
        {"suspend", MORTISE_MIGRATION_SUSPENDED},
        {"auto-converge", MORTISE_MIGRATION_AUTO_CONVERGE},
        {"postcopy", MORTISE_MIGRATION_POSTCOPY},
        {"timeout-postcopy", MORTISE_MIGRATION_POSTCOPY},
        {"multifd", MORTISE_MIGRATION_MULTIFD},
        {"copy-storage-all", MORTISE_MIGRATION_COPY_STORAGE_ALL},
        {"copy-storage-inc", MORTISE_MIGRATION_COPY_STORAGE_INC},
    };
    MortiseMigrationFlags flags = MORTISE_MIGRATION_NONE;
    for (guint i = 0; i < G_N_ELEMENTS(known); i++) {
        flags |= command_flag(command, known[i].option) ? known[i].flag : MORTISE_MIGRATION_NONE;
    }
    return flags;
}

/* NULL: reported, and command->status is set. */
static MortiseMigrationOptions *
read_options(Command *command)
{
    g_autoptr(MortiseMigrationOptions) options = mortise_migration_options_new();
    const char *file = command_text(command, "xml");
    g_autofree char *xml = file != NULL ? document_read(command, file) : NULL;
    if (file != NULL && xml == NULL) {
        return NULL;
    }
    mortise_migration_options_set_flags(options, read_flags(command));
    mortise_migration_options_set_bandwidth(options, command_number(command, "bandwidth", 0) * MIB);
    mortise_migration_options_set_downtime(options, command_number(command, "downtime", 0));
    mortise_migration_options_set_channels(options, (guint) command_number(command, "multifd", 0));
    if (!command_flag(command, "timeout-postcopy")) {
        mortise_migration_options_set_timeout(options, (guint) command_number(command, "timeout", 0));
    }
    mortise_migration_options_set_transport(options, command_text(command, "transport"));
    const char *name = command_text(command, "name");
    mortise_migration_options_set_name(options, name != NULL ? name : command_text(command, "dname"));
    mortise_migration_options_set_xml(options, xml);
    return g_steal_pointer(&options);
}

static MortiseMigrationReport *
check_one(Command *command, MortiseMigrationOffer *offer, const char *host)
{
    g_autoptr(GError) error = NULL;
    MortiseMigrationReport *report = NULL;
    if (host_is_uri(host)) {
        g_autoptr(MortiseConnection) connection = host_open(command, host, &error);
        report = connection != NULL ? mortise_migration_offer_judge(offer, connection, command->cancellable, &error)
                                    : NULL;
    } else {
        g_autofree char *text = host_read_capabilities(command, host, &error);
        report = text != NULL ? mortise_migration_offer_judge_capabilities(offer, host, text, command->cancellable,
                                                                           &error)
                              : NULL;
    }
    /* one host that cannot be asked does not keep the others from being told */
    return report != NULL ? report : mortise_migration_offer_give_up(offer, host, error);
}

static int
run_check(Command *command, MortiseDomain *domain, MortiseMigrationOptions *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseMigrationOffer)
        offer = mortise_domain_offer_migration(domain, options, command->cancellable, &error);
    if (offer == NULL) {
        return report_error(command, error);
    }
    g_autoptr(GPtrArray) reports = g_ptr_array_new_with_free_func((GDestroyNotify) mortise_migration_report_free);
    for (guint i = 1; i < command->count; i++) {
        g_ptr_array_add(reports, check_one(command, offer, command->arguments[i]));
        if (g_cancellable_set_error_if_cancelled(command->cancellable, &error)) {
            return report_error(command, error);
        }
    }
    return reports_print(command, reports, command_flag(command, "verbose"));
}

/* A migration under way. */
typedef struct {
    Command *command;
    MortiseDomain *domain;
    gboolean bar;        /* show how far it is, on one line of a terminal */
    char *shown;         /* the last line */
    guint shows;
    MortiseDomain *there;
    GError *error;
    gboolean done;
} Migration;

static void
take_result(GObject *source, GAsyncResult *result, gpointer data)
{
    Migration *self = data;
    self->there = mortise_domain_migrate_finish(MORTISE_DOMAIN(source), result, &self->error);
    self->done = TRUE;
}

static void
show(Migration *self)
{
    g_autoptr(GVariant) values = mortise_domain_get_migration_progress(self->domain, NULL, NULL);
    g_autofree char *line = values != NULL ? progress_line(values) : NULL;
    if (line == NULL || g_strcmp0(line, self->shown) == 0) {
        return;
    }
    output_text(stderr, self->bar ? "\rMigration: %s  " : "Migration: %s\n", line);
    g_free(self->shown);
    self->shown = g_steal_pointer(&line);
}

static gboolean
show_again(gpointer data)
{
    Migration *self = data;
    /* a file is told once a second */
    if (self->bar || self->shows++ % (1000 / SHOW_EVERY_MS) == 0) {
        show(self);
    }
    return G_SOURCE_CONTINUE;
}

static gboolean
switch_now(gpointer data)
{
    Migration *self = data;
    g_autoptr(GError) error = NULL;
    if (!mortise_domain_switch_to_postcopy(self->domain, NULL, &error) && !self->command->json) {
        output_text(stderr, "mortise: postcopy: %s\n", mortise_error_get_summary(error));
    }
    return G_SOURCE_REMOVE;
}

static void
run_loop(Migration *self)
{
    Command *command = self->command;
    gboolean verbose = command_flag(command, "verbose");
    guint shower = verbose ? g_timeout_add(SHOW_EVERY_MS, show_again, self) : 0;
    g_autoptr(GSource) switcher = NULL;
    if (command_flag(command, "timeout-postcopy")) {
        switcher = g_timeout_source_new((guint) command_number(command, "timeout", 0));
        g_source_set_callback(switcher, switch_now, self, NULL);
        (void) g_source_attach(switcher, NULL);
    }
    while (!self->done) {
        (void) g_main_context_iteration(NULL, TRUE);
    }
    if (switcher != NULL) {
        g_source_destroy(switcher);
    }
    if (shower != 0) {
        (void) g_source_remove(shower);
        show(self);
        output_text(stderr, self->bar && self->shown != NULL ? "\n" : "%s", "");
    }
}

static int
say_migrated(Command *command, MortiseDomain *there, const char *destination, GVariant *values)
{
    guint64 total = 0;
    guint64 downtime = 0;
    gboolean knows_total = values != NULL && progress_number(values, "time.total", &total);
    gboolean knows_downtime = values != NULL && progress_number(values, "downtime", &downtime);
    const char *name = mortise_domain_get_name(there);
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        json_add_text(builder, "domain", name);
        json_add_text(builder, "uuid", mortise_domain_get_uuid(there));
        json_add_text(builder, "result", command_flag(command, "offline") ? "copied" : "migrated");
        json_add_text(builder, "destination", destination);
        json_add_known_number(builder, "total_ms", knows_total ? (gint64) total : -1);
        json_add_known_number(builder, "downtime_ms", knows_downtime ? (gint64) downtime : -1);
        json_builder_end_object(builder);
        output_json(builder);
    } else if (!command->quiet) {
        g_autofree char *time = knows_total ? g_strdup_printf(" in %" G_GUINT64_FORMAT " ms", total) : g_strdup("");
        g_autofree char *still = knows_downtime ? g_strdup_printf(", downtime %" G_GUINT64_FORMAT " ms", downtime)
                                                : g_strdup("");
        output_text(stdout, "Domain '%s' %s to %s%s%s\n", name,
                    command_flag(command, "offline") ? "copied" : "migrated", destination, time, still);
    }
    return COMMAND_DONE;
}

static int
move(Command *command, MortiseDomain *domain, MortiseMigrationOptions *options)
{
    g_autoptr(GError) error = NULL;
    const char *uri = command->arguments[1];
    g_autoptr(MortiseConnection) destination = host_open(command, uri, &error);
    if (destination == NULL) {
        return report_connection_error(command, error);
    }
    Migration migration = {.command = command, .domain = domain, .bar = isatty(STDERR_FILENO) && !command->json};
    mortise_domain_migrate_async(domain, destination, options, command->cancellable, take_result, &migration);
    run_loop(&migration);
    g_free(migration.shown);
    g_autoptr(MortiseDomain) there = migration.there;
    error = migration.error;
    int code = COMMAND_DONE;
    if (there == NULL) {
        code = report_error(command, error);
    } else {
        /* of a definition nothing was sent, and what was the last time is none of it */
        g_autoptr(GVariant) values = command_flag(command, "offline")
                                         ? NULL : mortise_domain_get_migration_progress(domain, NULL, NULL);
        code = say_migrated(command, there, uri, values);
    }
    mortise_connection_close(destination);
    return code;
}

/* What is wrong with the words, whatever the domain is; NULL when nothing is. */
static const char *
find_misuse(Command *command)
{
    gboolean check = command_flag(command, "check");
    gboolean end = command_flag(command, "abort");
    if (check && end) {
        return "--check and --abort exclude each other";
    }
    if (end && command->count > 1) {
        return "--abort takes a DOMAIN and nothing else";
    }
    if (!end && command->count < 2) {
        return "DEST is missing";
    }
    if (!check && command->count > 2) {
        return "a domain goes to one DEST; several are taken with --check";
    }
    if (command_flag(command, "copy-storage-all") && command_flag(command, "copy-storage-inc")) {
        return "--copy-storage-all and --copy-storage-inc exclude each other";
    }
    if (command_flag(command, "timeout-postcopy") && command_number(command, "timeout", 0) == 0) {
        return "--timeout-postcopy needs --timeout";
    }
    return NULL;
}

/* "--multifd 4 web DEST": 4 may be a domain's number, and so is none of connections. */
static const char *
hint_for_misuse(Command *command)
{
    const char *first = command->arguments[0];
    return command_flag(command, "multifd") && strspn(first, "0123456789") == strlen(first)
               ? "a number of connections is written as --multifd=N" : NULL;
}

static int
run_migrate(Command *command)
{
    const char *misuse = find_misuse(command);
    if (misuse != NULL) {
        return report_misuse(command, hint_for_misuse(command), "%s", misuse);
    }
    if (command_flag(command, "abort")) {
        return steer_run(command, "abort", 0, 0);
    }
    if (!command_flag(command, "check") && !host_is_uri(command->arguments[1])) {
        return report_misuse(command, "a file with capabilities goes with --check", "'%s' is no URI",
                             command->arguments[1]);
    }
    g_autoptr(MortiseMigrationOptions) options = read_options(command);
    g_autoptr(MortiseDomain) domain = options != NULL ? command_find_domain(command, command->arguments[0]) : NULL;
    if (domain == NULL) {
        return command->status;
    }
    return command_flag(command, "check") ? run_check(command, domain, options) : move(command, domain, options);
}

const Verb verbs_migrate[] = {
    {"migrate", GROUP_CHANGE, "DOMAIN [DEST...]", "move a running domain to another host or root",
     "DEST is the URI of a connection; with --check it may also be a file with the capabilities of a host. The domain "
     "is on exactly one side, whatever happens. SIGINT aborts. With --check the exit code is 0 when the domain can go "
     "to every DEST, 6 when it can go to some of them, 1 when to none that is known.",
     migrate_options, 1, NO_LIMIT, run_migrate},
    {NULL},
};
