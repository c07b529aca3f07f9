// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Measures live migrations: by the library between two roots, and by nothing but QMP between two bare emulators.
#include "bench-emulator.h"

#include <mortise/mortise.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_MS 60000
#define GUEST "guest-0001"

typedef struct {
    MortiseConnection *sides[2];
    guint at; /* where the guest runs */
} Bench;

static void
bench_close(Bench *self)
{
    for (guint i = 0; i < 2; i++) {
        if (self->sides[i] != NULL) {
            mortise_connection_close(self->sides[i]);
        }
        g_clear_object(&self->sides[i]);
    }
    self->at = 0;
}

/* open ONE OTHER: two roots; the first has the guest, which is started. */
static gboolean
run_open(gpointer state, BenchRequest *request, GError **error)
{
    Bench *self = state;
    bench_close(self);
    for (guint i = 0; i < 2; i++) {
        self->sides[i] = mortise_connection_open(request->words[1 + i], NULL, error);
        if (self->sides[i] == NULL) {
            return FALSE;
        }
    }
    g_autoptr(MortiseDomain) domain = mortise_connection_lookup_domain(self->sides[0], GUEST, error);
    return domain != NULL && mortise_domain_start(domain, MORTISE_START_NONE, NULL, error);
}

/* id: the process of the emulator that runs. */
static gboolean
run_id(gpointer state, BenchRequest *request, GError **error)
{
    Bench *self = state;
    g_autoptr(MortiseDomain) domain = mortise_connection_lookup_domain(self->sides[self->at], GUEST, error);
    g_autoptr(MortiseDomainInfo) info = domain != NULL ? mortise_domain_get_info(domain, error) : NULL;
    if (info == NULL) {
        return FALSE;
    }
    bench_add(request, info->id);
    return TRUE;
}

/* migrate: two samples: all of it, and how long the guest stood still. */
static gboolean
run_migrate(gpointer state, BenchRequest *request, GError **error)
{
    Bench *self = state;
    guint64 downtime = 0;
    g_autoptr(MortiseDomain) domain = mortise_connection_lookup_domain(self->sides[self->at], GUEST, error);
    if (domain == NULL) {
        return FALSE;
    }
    gint64 begin = bench_now();
    g_autoptr(MortiseDomain) moved = mortise_domain_migrate(domain, self->sides[!self->at], NULL, NULL, error);
    bench_add_since(request, begin, 1);
    if (moved == NULL) {
        return FALSE;
    }
    self->at = !self->at;
    g_autoptr(GVariant) progress = mortise_domain_get_migration_progress(domain, NULL, error);
    if (progress == NULL || !g_variant_lookup(progress, "downtime", "t", &downtime)) {
        return progress == NULL || bench_fail(error, "the down time is not told");
    }
    bench_add(request, (gint64) downtime * 1000000);
    return TRUE;
}

/* stop: the guest, wherever it is. */
static gboolean
run_stop(gpointer state, BenchRequest *request G_GNUC_UNUSED, GError **error)
{
    Bench *self = state;
    g_autoptr(MortiseDomain) domain = mortise_connection_lookup_domain(self->sides[self->at], GUEST, error);
    gboolean stopped = domain != NULL && mortise_domain_stop(domain, MORTISE_STOP_NOW, NULL, error);
    bench_close(self);
    return stopped;
}

/* One emulator's monitor and what it has said beyond the last line that was looked for. */
typedef struct {
    Emulator *emulator;
    int fd;
    GString *text;
} Talk;

static void
talk_clear(Talk *self)
{
    g_clear_pointer(&self->emulator, emulator_free);
    if (self->text != NULL) {
        (void) g_string_free(self->text, TRUE);
    }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Talk, talk_clear)

/* Reads until a line has that part, and forgets all up to its end. */
static gboolean
talk_await(Talk *self, const char *part, GError **error)
{
    for (;;) {
        char buffer[4096];
        struct pollfd watched = {.fd = self->fd, .events = POLLIN};
        const char *found = strstr(self->text->str, part);
        const char *end = found != NULL ? strchr(found, '\n') : NULL;
        if (end != NULL) {
            (void) g_string_erase(self->text, 0, end - self->text->str + 1);
            return TRUE;
        }
        if (strstr(self->text->str, "{\"error\"") != NULL || TEMP_FAILURE_RETRY(poll(&watched, 1, PATIENCE_MS)) <= 0) {
            return bench_fail(error, "the emulator says: %s", self->text->str);
        }
        ssize_t got = TEMP_FAILURE_RETRY(read(self->fd, buffer, sizeof(buffer)));
        if (got <= 0) {
            return bench_fail(error, "the emulator has ended");
        }
        (void) g_string_append_len(self->text, buffer, got);
    }
}

static gboolean
talk_say(Talk *self, const char *command, const char *part, GError **error)
{
    return emulator_write(self->fd, command, strlen(command), error) && talk_await(self, part, error);
}

static gboolean
talk_begin(Talk *self, const char *file, GError **error)
{
    static const char negotiation[] = "{\"execute\":\"qmp_capabilities\"}\n";
    self->text = g_string_new(NULL);
    self->emulator = emulator_new(file, error);
    if (self->emulator == NULL || !emulator_execute(self->emulator, error)) {
        return FALSE;
    }
    self->fd = emulator_socket(self->emulator, "monitor", error);
    return self->fd >= 0 && talk_await(self, "\"QMP\"", error) && talk_say(self, negotiation, "\"return\"", error);
}

/* As the library has it: events, no limit of the bandwidth. */
static const char settings[] =
    "{\"execute\":\"migrate-set-capabilities\",\"arguments\":{\"capabilities\":[{\"capability\":\"events\",\"state\":"
    "true}]}}"
    "{\"execute\":\"migrate-set-parameters\",\"arguments\":{\"max-bandwidth\":9223372036854775807}}\n";

static gboolean
send_over(Talk *source, Talk *destination, const char *path, gint64 *stopped, GError **error)
{
    g_autofree char *listen =
        g_strdup_printf("{\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"unix:%s\"}}\n", path);
    g_autofree char *send = g_strdup_printf("{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"unix:%s\"}}\n", path);
    if (!talk_say(destination, settings, "\"return\"", error) || !talk_await(destination, "\"return\"", error)
        || !talk_say(destination, listen, "\"return\"", error) || !talk_say(source, settings, "\"return\"", error)
        || !talk_await(source, "\"return\"", error) || !talk_say(source, send, "\"STOP\"", error)) {
        return FALSE;
    }
    *stopped = bench_now();
    return talk_await(source, "\"completed\"", error) && talk_await(destination, "\"completed\"", error)
           && talk_say(destination, "{\"execute\":\"cont\"}\n", "\"return\"", error);
}

/*
 * bare SOURCE DESTINATION PATH: the same two samples between emulators with these command lines, by a socket at that
 * path. The source's start does not count, the destination's does, as does the source's end.
 */
static gboolean
run_bare(gpointer state G_GNUC_UNUSED, BenchRequest *request, GError **error)
{
    g_auto(Talk) source = {.fd = -1};
    g_auto(Talk) destination = {.fd = -1};
    gint64 stopped = 0;
    (void) unlink(request->words[3]);
    if (!talk_begin(&source, request->words[1], error)
        || !talk_say(&source, "{\"execute\":\"cont\"}\n", "\"return\"", error)) {
        return FALSE;
    }
    gint64 begin = bench_now();
    if (!talk_begin(&destination, request->words[2], error)
        || !send_over(&source, &destination, request->words[3], &stopped, error)) {
        return FALSE;
    }
    gint64 down = bench_now() - stopped;
    emulator_kill(source.emulator);
    bench_add_since(request, begin, 1);
    bench_add(request, down);
    return TRUE;
}

static const BenchVerb verbs[] = {
    {"bare", 3, run_bare}, {"id", 0, run_id}, {"migrate", 0, run_migrate}, {"open", 2, run_open}, {"stop", 0, run_stop},
};

int
main(void)
{
    Bench bench = {.at = 0};
    int status = bench_worker_run(verbs, G_N_ELEMENTS(verbs), &bench);
    bench_close(&bench);
    return status;
}
