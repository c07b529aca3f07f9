// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A thousand domains of which three hang: every read answers for all, and the others go on.
#include "mortise-test.h"

#include <glib/gstdio.h>
#include <mortise/mortise.h>

#define DOMAINS 1000

static const char world[] = "{\"format\": 1, \"domains\": ["
                            "{\"name\": \"good\", \"count\": 997, \"state\": \"running\", \"memory_kib\": 1024},"
                            "{\"name\": \"hung-stats\", \"state\": \"running\", \"hang\": [\"stats\"]},"
                            "{\"name\": \"hung-suspend\", \"state\": \"running\", \"hang\": [\"suspend\"]},"
                            "{\"name\": \"hung-stop\", \"state\": \"running\", \"hang\": [\"stop\"]}]}";

typedef struct {
    char *directory;
    char *file;
    MortiseConnection *connection;
} World;

static void
world_open(World *self)
{
    g_autoptr(GError) error = NULL;
    self->directory = g_dir_make_tmp("mortise-world-XXXXXX", &error);
    CHECK_NO_ERROR(error);
    self->file = g_build_filename(self->directory, "world.json", NULL);
    CHECK(g_file_set_contents(self->file, world, -1, &error));
    g_autofree char *uri = g_strdup_printf("test://%s", self->file);
    self->connection = mortise_connection_open(uri, NULL, &error);
    CHECK_NO_ERROR(error);
}

static void
world_close(World *self)
{
    g_clear_object(&self->connection);
    (void) g_unlink(self->file);
    (void) g_rmdir(self->directory);
    g_free(self->file);
    g_free(self->directory);
}

static gboolean
is_hung(MortiseDomain *domain)
{
    g_autoptr(MortiseDomainInfo) info = mortise_domain_get_info(domain, NULL);
    return info == NULL || info->hung_operation != NULL;
}

static void
call_into_the_void(MortiseDomain *domain, guint which)
{
    g_autoptr(GError) error = NULL;
    if (which == 0) {
        g_autoptr(MortiseDomainStats) stats = mortise_domain_get_stats(domain, MORTISE_STATS_GROUP_ALL, NULL, &error);
        CHECK(stats == NULL);
    } else {
        CHECK(!(which == 1 ? mortise_domain_suspend(domain, NULL, &error)
                           : mortise_domain_stop(domain, MORTISE_STOP_NOW, NULL, &error)));
    }
    CHECK_TEXT(mortise_error_get_reason(error), "timeout");
}

/* Lets each of the three hang in a call of its own, until the core has marked it. */
static void
hang_three(World *self)
{
    static const char *const names[] = {"hung-stats", "hung-suspend", "hung-stop"};
    mortise_connection_set_deadline(self->connection, 50);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(MortiseDomain) domain = mortise_connection_lookup_domain(self->connection, names[i], &error);
        CHECK_NO_ERROR(error);
        /* where no worker comes to a call in its time, it is dropped, and marks nothing */
        while (!is_hung(domain)) {
            call_into_the_void(domain, i);
        }
    }
    mortise_connection_set_deadline(self->connection, 120000);
}

static guint
count_hung(GPtrArray *domains)
{
    guint hung = 0;
    for (guint i = 0; i < domains->len; i++) {
        g_autoptr(MortiseDomainInfo) info = mortise_domain_get_info(g_ptr_array_index(domains, i), NULL);
        CHECK(info != NULL && info->state == MORTISE_DOMAIN_STATE_RUNNING);
        if (info->hung_operation != NULL) {
            CHECK(info->hung_ms >= 50);
            hung++;
        }
    }
    return hung;
}

static void
test_reads_answer_for_all(void)
{
    World self = {0};
    world_open(&self);
    hang_three(&self);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) domains = mortise_connection_list_domains(self.connection, MORTISE_LIST_ACTIVE, &error);
    CHECK_NO_ERROR(error);
    CHECK_INT(domains->len, DOMAINS);
    CHECK_INT(count_hung(domains), 3);
    g_autoptr(GPtrArray) rows = mortise_connection_collect_stats(self.connection, MORTISE_STATS_GROUP_ALL,
                                                                 MORTISE_LIST_ALL, 5000, NULL, &error);
    CHECK_NO_ERROR(error);
    CHECK_INT(rows->len, DOMAINS);
    guint fresh = 0;
    guint hung = 0;
    for (guint i = 0; i < rows->len; i++) {
        const MortiseDomainStats *row = g_ptr_array_index(rows, i);
        fresh += row->age_ms >= 0;
        hung += row->hung_operation != NULL;
    }
    CHECK_INT(fresh, DOMAINS - 3);
    CHECK_INT(hung, 3);
    g_clear_pointer(&domains, g_ptr_array_unref);
    world_close(&self);
}

static void
count_end(GObject *source, GAsyncResult *result, gpointer data)
{
    guint *good = data;
    *good += mortise_domain_stop_finish(MORTISE_DOMAIN(source), result, NULL);
}

static void
count_start(GObject *source, GAsyncResult *result, gpointer data)
{
    guint *good = data;
    *good += mortise_domain_start_finish(MORTISE_DOMAIN(source), result, NULL);
}

static gboolean
expire(gpointer data)
{
    *(gboolean *) data = TRUE;
    return G_SOURCE_REMOVE;
}

static void
iterate_until(const guint *count, guint wanted)
{
    gboolean expired = FALSE;
    guint guard = g_timeout_add_seconds(60, expire, &expired);
    while (*count < wanted && !expired) {
        (void) g_main_context_iteration(NULL, TRUE);
    }
    CHECK_INT(*count, wanted);
    if (!expired) {
        (void) g_source_remove(guard);
    }
}

static void
test_the_others_stop_and_start(void)
{
    World self = {0};
    world_open(&self);
    hang_three(&self);
    g_autoptr(GPtrArray) domains = mortise_connection_list_domains(self.connection, MORTISE_LIST_ACTIVE, NULL);
    guint stopped = 0;
    guint started = 0;
    for (guint i = 0; i < domains->len; i++) {
        MortiseDomain *domain = g_ptr_array_index(domains, i);
        if (g_str_has_prefix(mortise_domain_get_name(domain), "good")) {
            mortise_domain_stop_async(domain, MORTISE_STOP_NOW, NULL, count_end, &stopped);
        }
    }
    iterate_until(&stopped, DOMAINS - 3);
    for (guint i = 0; i < domains->len; i++) {
        MortiseDomain *domain = g_ptr_array_index(domains, i);
        if (g_str_has_prefix(mortise_domain_get_name(domain), "good")) {
            mortise_domain_start_async(domain, MORTISE_START_NONE, NULL, count_start, &started);
        }
    }
    iterate_until(&started, DOMAINS - 3);
    g_clear_pointer(&domains, g_ptr_array_unref);
    world_close(&self);
}

static const MortiseTest tests[] = {
    {"reads answer for all", test_reads_answer_for_all},
    {"the others stop and start", test_the_others_stop_and_start},
};

MORTISE_TEST_MAIN("a thousand domains", tests)
