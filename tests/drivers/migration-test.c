// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Two hosts and a guest that moves between them, for tests of the engine's migration with real QEMU.
#include "migration-test.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "fake-host-table.h"
#include "mortise-test.h"

#define WORD "count "

gboolean
pair_open(Pair *pair, const char *xml, const char *const *roots)
{
    *pair = (Pair){.at = 0};
    for (guint i = 0; i < 2; i++) {
        pair->hosts[i] = fake_host_new("tcg", roots ? roots[i] : NULL);
        pair->domains[i] = pair->hosts[i] ? fake_domain_open(pair->hosts[i], xml) : NULL;
    }
    return pair->domains[0] && pair->domains[1];
}

void
pair_close(Pair *pair)
{
    for (guint i = 0; i < 2; i++) {
        pair->hosts[i]->owns_root = TRUE;
        fake_host_free(pair->hosts[i]);
    }
}

void
pair_leave(Pair *pair)
{
    engine_leave(pair->hosts[0]);
    engine_leave(pair->hosts[1]);
}

const MortiseMigration *
pair_migration(const Pair *pair, guint side)
{
    return fake_host_interface(pair->hosts[side], MORTISE_MIGRATION_ID);
}

MortiseMigrationArguments
pair_arguments(guint flags)
{
    return (MortiseMigrationArguments){.struct_size = sizeof(MortiseMigrationArguments), .flags = flags};
}

void
pair_result_clear(PairResult *result)
{
    g_free(result->reason);
    g_free(result->message);
    g_free(result->ticket);
    g_free(result->after);
}

/* What the step says of itself is kept when it is the first that failed. */
static gboolean
note(PairResult *result, PairStep step, MortiseResult outcome)
{
    if (outcome != MORTISE_OK && result->failed == MIGRATED) {
        result->failed = step;
        result->reason = g_strdup(fake_call_error()->reason);
        result->message = g_strdup(fake_call_error()->message);
    }
    return outcome == MORTISE_OK;
}

static void
tell(Pair *pair, PairStep step, PairHook hook, gpointer data, gint64 milliseconds)
{
    if (hook) {
        hook(pair, step, data);
    }
    fake_call_begin(milliseconds);
}

typedef struct {
    Pair *pair;
    const MortiseMigrationArguments *arguments;
    gint64 milliseconds;
    PairHook hook;
    gpointer data;
    PairResult *result;
    void *source;
    void *destination;
    MortiseSink *offer;
    MortiseSink *ticket;
    MortiseSink *outcome;
} Walk;

static gboolean
send_over(Walk *walk)
{
    Pair *pair = walk->pair;
    const MortiseMigration *migration = pair_migration(pair, 0);

    tell(pair, STEP_BEGIN, walk->hook, walk->data, FAKE_AMPLE_MS);
    if (!note(walk->result, STEP_BEGIN, migration->begin(walk->source, walk->arguments, walk->offer))) {
        return FALSE;
    }
    tell(pair, STEP_PREPARE, walk->hook, walk->data, FAKE_AMPLE_MS);
    if (!note(walk->result, STEP_PREPARE, migration->prepare(walk->destination, walk->arguments,
                                                             walk->offer->text->str, walk->ticket))) {
        return FALSE;
    }
    walk->result->ticket = g_strdup(walk->ticket->text->str);
    tell(pair, STEP_PERFORM, walk->hook, walk->data, walk->milliseconds);
    return note(walk->result, STEP_PERFORM, migration->perform(walk->source, walk->arguments, walk->ticket->text->str,
                                                               walk->outcome));
}

static void
conclude(Walk *walk, gboolean sent)
{
    Pair *pair = walk->pair;
    const MortiseMigration *migration = pair_migration(pair, 0);
    gboolean good = sent;

    tell(pair, STEP_FINISH, walk->hook, walk->data, FAKE_AMPLE_MS);
    good &= note(walk->result, STEP_FINISH, migration->finish(walk->destination, walk->arguments,
                                                              walk->outcome->text->str, sent));
    walk->result->after = sent ? NULL : g_strdup(fake_call_error()->message);
    tell(pair, STEP_CONFIRM, walk->hook, walk->data, FAKE_AMPLE_MS);
    (void) note(walk->result, STEP_CONFIRM, migration->confirm(walk->source, walk->arguments, good));
}

void
pair_migrate(Pair *pair, const MortiseMigrationArguments *arguments, gint64 milliseconds, PairHook hook,
             gpointer data, PairResult *result)
{
    g_autoptr(MortiseSink) offer = fake_sink_new();
    g_autoptr(MortiseSink) ticket = fake_sink_new();
    g_autoptr(MortiseSink) outcome = fake_sink_new();
    Walk walk = {
        .pair = pair, .arguments = arguments, .milliseconds = milliseconds, .hook = hook, .data = data,
        .result = result, .offer = offer, .ticket = ticket, .outcome = outcome,
        .source = fake_domain_handle(pair->domains[pair->at]),
        .destination = fake_domain_handle(pair->domains[!pair->at]),
    };
    gboolean sent;

    *result = (PairResult){.failed = MIGRATED};
    sent = send_over(&walk);
    if (result->failed == STEP_BEGIN || result->failed == STEP_PREPARE) {
        return;
    }
    conclude(&walk, sent);
    if (result->failed == MIGRATED) {
        pair->at = !pair->at;
    }
}

/* Of the last whole line of that word; FALSE when there is none. */
static gboolean
last_count(const char *text, guint64 *count)
{
    const char *end = strrchr(text, '\n');
    g_autofree char *whole = end ? g_strndup(text, (gsize) (end - text)) : NULL;
    const char *word = whole ? g_strrstr(whole, ": " WORD) : NULL;

    if (!word) {
        return FALSE;
    }
    *count = g_ascii_strtoull(word + strlen(": " WORD), NULL, 10);
    return TRUE;
}

guint64
pair_hear_count(int console)
{
    const gint64 deadline = g_get_monotonic_time() + FAKE_AMPLE_MS * G_TIME_SPAN_MILLISECOND;
    g_autoptr(GString) heard = g_string_new(NULL);
    guint64 count = 0;

    while (!last_count(heard->str, &count) && g_get_monotonic_time() < deadline) {
        struct pollfd watched = {console, POLLIN, 0};
        char buffer[256];
        const gssize got = poll(&watched, 1, 1000) == 1 ? read(console, buffer, sizeof(buffer)) : 0;
        if (got < 0 && errno != EINTR && errno != EAGAIN) {
            break;
        }
        (void) g_string_append_len(heard, buffer, MAX(got, 0));
    }
    CHECK(!strstr(heard->str, "memory error"));
    CHECK(last_count(heard->str, &count));
    return count;
}

guint64
pair_drain_counts(int console, guint64 least)
{
    g_autoptr(GString) heard = g_string_new(NULL);
    struct pollfd watched = {console, POLLIN, 0};
    guint64 count = least;
    char buffer[256];
    gssize got = 1;

    while (got > 0 && poll(&watched, 1, 0) == 1) {
        got = read(console, buffer, sizeof(buffer));
        (void) g_string_append_len(heard, buffer, MAX(got, 0));
    }
    CHECK(!strstr(heard->str, "memory error"));
    (void) last_count(heard->str, &count);
    return MAX(count, least);
}

/* Pidfds of the emulators of that UUID; those that end meanwhile are left out. To be closed. `*last`: one's number. */
static GArray *
find_emulators(const char *uuid, gint64 *last)
{
    g_autoptr(GDir) processes = g_dir_open("/proc", 0, NULL);
    GArray *found = g_array_new(FALSE, TRUE, sizeof(struct pollfd));
    const char *name;

    while ((name = g_dir_read_name(processes))) {
        g_autofree char *path = g_build_filename("/proc", name, "cmdline", NULL);
        g_autofree char *text = NULL;
        gsize length = 0;
        if (g_ascii_isdigit(*name) && g_file_get_contents(path, &text, &length, NULL) &&
            strstr(text, "qemu-system") && memmem(text, length, uuid, strlen(uuid))) {
            const pid_t pid = (pid_t) g_ascii_strtoull(name, NULL, 10);
            const struct pollfd process = {pidfd_open(pid, 0), POLLIN, 0};
            *last = pid;
            (void) g_array_append_val(found, process);
        }
    }
    return found;
}

static void
close_all(GArray *found)
{
    for (guint i = 0; i < found->len; i++) {
        const int fd = g_array_index(found, struct pollfd, i).fd;
        if (fd >= 0) {
            (void) close(fd);
        }
    }
    g_array_unref(found);
}

gint64
pair_find_emulator(const char *uuid)
{
    gint64 last = -1;
    GArray *found = find_emulators(uuid, &last);
    const gboolean only = found->len == 1;

    close_all(found);
    return only ? last : -1;
}

gboolean
pair_count_emulators(const char *uuid, guint wanted)
{
    gint64 last = -1;
    GArray *found = find_emulators(uuid, &last);
    guint count = found->len;

    // Any of them may be the one that is about to end.
    while (count > wanted && poll((struct pollfd *) (void *) found->data, found->len, FAKE_AMPLE_MS) > 0) {
        close_all(found);
        found = find_emulators(uuid, &last);
        count = found->len;
    }
    close_all(found);
    if (count != wanted) {
        fprintf(stderr, "%u emulators of %s, not %u\n", count, uuid, wanted);
    }
    return count == wanted;
}

void
pair_wait_known(const Pair *pair, guint side)
{
    FakeHost *host = pair->hosts[side];
    const gint64 deadline = g_get_monotonic_time() + FAKE_AMPLE_MS * G_TIME_SPAN_MILLISECOND;
    gboolean in_time = TRUE;

    DRIVER_LOCK_SCOPE(&host->lock);
    while (pair->domains[side]->state == MORTISE_STATE_UNKNOWN && in_time) {
        in_time = driver_lock_wait(&host->lock, deadline);
    }
}

gboolean
pair_wait_state(const Pair *pair, guint side, const char *prefix)
{
    FakeHost *host = pair->hosts[side];
    const FakeDomain *domain = pair->domains[side];
    const gint64 deadline = g_get_monotonic_time() + FAKE_AMPLE_MS * G_TIME_SPAN_MILLISECOND;
    const guint wanted = g_str_equal(prefix, "running") ? MORTISE_STATE_RUNNING
                         : g_str_equal(prefix, "paused") ? MORTISE_STATE_PAUSED : MORTISE_STATE_SHUTOFF;
    gboolean in_time = TRUE;

    DRIVER_LOCK_SCOPE(&host->lock);
    while (domain->state != wanted && in_time) {
        in_time = driver_lock_wait(&host->lock, deadline);
    }
    if (domain->state != wanted) {
        fprintf(stderr, "side %u is in state %u (%s, %s), not %s\n", side, domain->state, domain->reason,
                domain->detail, prefix);
    }
    return domain->state == wanted;
}

guint64
pair_progress(const Pair *pair, guint side, const char *key)
{
    g_autoptr(MortiseSink) values = fake_sink_new();
    const char *text;

    (void) pair_migration(pair, side)->progress(fake_domain_handle(pair->domains[side]), values);
    text = g_hash_table_lookup(values->values, key);
    return text ? g_ascii_strtoull(text, NULL, 10) : 0;
}

guint
pair_number(void)
{
    return 0x8000u | ((guint) getpid() & 0x7fffu);
}

char *
pair_uuid(void)
{
    return g_strdup_printf("e0e0%04x-0000-4000-8000-000000000001", pair_number());
}

int
pair_open_counting(Pair *pair, const char *more)
{
    g_autofree char *xml = engine_guest_xml(pair_number(), more);

    CHECK(pair_open(pair, xml, NULL));
    CHECK_INT(fake_start(pair->domains[0], 0), MORTISE_OK);
    CHECK_TEXT(fake_call_error()->message, NULL);
    return engine_open_console(pair->domains[0]);
}

gboolean
pair_require_migrated(const PairResult *result)
{
    CHECK_TEXT(result->message, NULL);
    CHECK_INT(result->failed, MIGRATED);
    return result->failed == MIGRATED;
}

void
pair_require_count(Pair *pair, int *console, guint64 *count)
{
    guint64 now;

    *count = pair_drain_counts(*console, *count);
    (void) close(*console);
    *console = engine_open_console(pair->domains[pair->at]);
    now = pair_hear_count(*console);
    CHECK(now >= *count);
    *count = now;
}

void
pair_require_back(Pair *pair, int console, guint64 *count)
{
    g_autofree char *uuid = pair_uuid();
    g_autofree char *there = fake_domain_state(pair->domains[!pair->at]);
    guint64 now;

    CHECK(pair_wait_state(pair, pair->at, "running"));
    CHECK(g_str_has_prefix(there, "shutoff"));
    CHECK(pair_count_emulators(uuid, 1));
    CHECK(engine_is_clean(pair->hosts[!pair->at]));
    *count = pair_drain_counts(console, *count);
    now = pair_hear_count(console);
    CHECK(now > *count);
    *count = now;
}

int
pair_run_owner(const char *const *roots, const char *asked)
{
    g_autofree char *number = g_strdup_printf("%u", pair_number());
    const char *arguments[] = {"/proc/self/exe", "owner", roots[0], roots[1], number, asked, NULL};
    int status = 0;

    CHECK(g_spawn_sync(NULL, (char **) arguments, NULL, 0, NULL, NULL, NULL, NULL, &status, NULL));
    return status;
}

void
pair_require_whole(Pair *pair, guint side)
{
    g_autofree char *state = NULL;
    int console;

    CHECK(pair_wait_state(pair, side, "running"));
    if (side == 1) {
        // At the speed of the test it would take more than a minute.
        fake_call_begin(FAKE_AMPLE_MS);
        (void) pair_migration(pair, 0)->set_limits(fake_domain_handle(pair->domains[0]), G_MAXUINT64, 0);
    }
    CHECK(pair_wait_state(pair, !side, "shutoff"));
    console = engine_open_console(pair->domains[side]);
    (void) pair_hear_count(console);
    (void) close(console);
    state = fake_domain_state(pair->domains[side]);
    CHECK(!strstr(state, "failed"));
}

guint
migration_count_files(const char *folder)
{
    g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
    guint count = 0;

    while (g_dir_read_name(directory) != NULL) {
        count++;
    }
    return count;
}
