// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The functions that the fake host hands to a driver.
#include "fake-host-table.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static __thread FakeError last_error;
static __thread gint64 call_deadline;

void
fake_call_begin(gint64 milliseconds)
{
    g_clear_pointer(&last_error.reason, g_free);
    g_clear_pointer(&last_error.object, g_free);
    g_clear_pointer(&last_error.message, g_free);
    g_clear_pointer(&last_error.hint, g_free);
    call_deadline = milliseconds < 0 ? -1 : g_get_monotonic_time() + milliseconds * 1000;
}

const FakeError *
fake_call_error(void)
{
    return &last_error;
}

static void
host_log(MortiseHostDriver *driver G_GNUC_UNUSED, uint32_t level G_GNUC_UNUSED, const char *message)
{
    fprintf(stderr, "log: %s\n", message);
}

static void
host_set_error(MortiseHostDriver *driver G_GNUC_UNUSED, const char *reason, const char *object, const char *message,
               const char *hint)
{
    const gint64 deadline = call_deadline;

    fake_call_begin(-1);
    call_deadline = deadline;
    last_error = (FakeError){g_strdup(reason), g_strdup(object), g_strdup(message), g_strdup(hint)};
}

static int64_t
host_call_remaining(MortiseHostDriver *driver G_GNUC_UNUSED)
{
    return call_deadline < 0 ? -1 : MAX(0, call_deadline - g_get_monotonic_time()) / 1000;
}

static void
host_sink_text(MortiseSink *sink, const char *data, uint64_t length)
{
    (void) g_string_append_len(sink->text, data, (gssize) length);
}

static void
host_sink_value(MortiseSink *sink, const MortiseValue *value)
{
    (void) g_hash_table_insert(sink->values, g_strdup(value->key),
                               value->type == MORTISE_VALUE_TEXT
                                   ? g_strdup(value->text)
                                   : g_strdup_printf("%" G_GUINT64_FORMAT, value->number));
}

static void
note_values(MortiseSink *sink, const MortiseFinding *finding)
{
    GString *text = g_string_new(finding->id);

    g_string_append_printf(text, " [%s] [%s]", finding->source ? finding->source : "-",
                           finding->destination ? finding->destination : "-");
    for (guint i = 0; i < finding->fact_count; i++) {
        const MortiseValue *fact = &finding->facts[i];
        if (fact->type == MORTISE_VALUE_TEXT) {
            g_string_append_printf(text, " %s=%s", fact->key, fact->text);
        } else {
            g_string_append_printf(text, " %s=%" G_GINT64_FORMAT, fact->key, (gint64) fact->number);
        }
    }
    g_ptr_array_add(sink->compared, g_string_free(text, FALSE));
}

static void
host_sink_finding(MortiseSink *sink, const MortiseFinding *finding)
{
    g_ptr_array_add(sink->findings, g_strdup_printf("%u %s %u %s: %s | %s", finding->verdict, finding->id,
                                                    finding->line, finding->object ? finding->object : "-",
                                                    finding->message, finding->hint ? finding->hint : "-"));
    note_values(sink, finding);
}

static void
host_sink_vcpu(MortiseSink *sink, const MortiseVcpu *vcpu)
{
    MortiseVcpu copy = *vcpu;

    copy.affinity = g_strdup(vcpu->affinity);
    g_ptr_array_add(sink->texts, (gpointer) copy.affinity);
    (void) g_array_append_val(sink->vcpus, copy);
}

/* Dies when this is the call to die in. */
static void
count_call(FakeHost *host)
{
    DRIVER_LOCK_SCOPE(&host->lock);
    host->calls++;
    if (host->calls == host->die_at) {
        (void) raise(SIGKILL);
    }
}

static void
host_domain_status(MortiseHostDomain *domain, const MortiseDomainStatus *status)
{
    count_call(domain->host);
    DRIVER_LOCK_SCOPE(&domain->host->lock);
    domain->state = MIN(status->state, MORTISE_STATE_LAST);
    domain->id = status->id;
    g_free(domain->reason);
    domain->reason = g_strdup(status->reason);
    g_free(domain->detail);
    domain->detail = g_strdup(status->detail);
    driver_lock_announce(&domain->host->lock);
}

static void
host_domain_live_xml(MortiseHostDomain *domain, const char *xml)
{
    count_call(domain->host);
    DRIVER_LOCK_SCOPE(&domain->host->lock);
    g_free(domain->live_xml);
    domain->live_xml = g_strdup(xml);
}

char *
fake_state_file(const FakeDomain *domain)
{
    g_autofree char *name = g_strconcat(domain->uuid, ".json", NULL);

    return g_build_filename(domain->host->root, "run", name, NULL);
}

static gboolean
refuses_state(FakeHost *host)
{
    DRIVER_LOCK_SCOPE(&host->lock);
    return host->refuse_state;
}

static MortiseResult
host_domain_running_state(MortiseHostDomain *domain, const char *state)
{
    g_autofree char *path = fake_state_file(domain);
    const GFileSetContentsFlags flags = G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE;
    gboolean good;

    // Once before and once after: both sides of the change are places to die at.
    count_call(domain->host);
    if (refuses_state(domain->host)) {
        return MORTISE_FAILED;
    }
    good = state ? g_file_set_contents_full(path, state, -1, flags, 0600, NULL)
                 : g_unlink(path) == 0 || !g_file_test(path, G_FILE_TEST_EXISTS);
    count_call(domain->host);
    return good ? MORTISE_OK : MORTISE_FAILED;
}

static void
host_domain_event(MortiseHostDomain *domain, const char *kind, const char *detail)
{
    DRIVER_LOCK_SCOPE(&domain->host->lock);
    g_string_append_printf(domain->events, "%s %s\n", kind, detail ? detail : "");
    driver_lock_announce(&domain->host->lock);
}

static MortiseResult
host_helper_path(MortiseHostDriver *driver G_GNUC_UNUSED, const char *name, char *path, uint64_t size)
{
    const char *list = g_getenv("MORTISE_LIBEXEC_DIR");
    g_auto(GStrv) folders = g_strsplit(list ? list : ".", ":", -1);

    for (guint i = 0; folders[i]; i++) {
        g_snprintf(path, (gulong) size, "%s/%s", folders[i], name);
        if (access(path, X_OK) == 0) {
            return MORTISE_OK;
        }
    }
    return MORTISE_FAILED;
}

static const void *
host_provider(MortiseHostDriver *driver G_GNUC_UNUSED, const char *interface_id G_GNUC_UNUSED,
              uint32_t version G_GNUC_UNUSED)
{
    return NULL;
}

const MortiseHost *
fake_host_table(void)
{
    // No announcing and no timers: an engine that calls them has no business there and crashes the test.
    static const MortiseHost table = {
        .struct_size = sizeof(MortiseHost),
        .abi_major = MORTISE_ABI_MAJOR,
        .abi_minor = MORTISE_ABI_MINOR,
        .log = host_log,
        .set_error = host_set_error,
        .call_remaining = host_call_remaining,
        .sink_text = host_sink_text,
        .sink_value = host_sink_value,
        .sink_finding = host_sink_finding,
        .sink_vcpu = host_sink_vcpu,
        .domain_status = host_domain_status,
        .domain_live_xml = host_domain_live_xml,
        .domain_running_state = host_domain_running_state,
        .domain_event = host_domain_event,
        .helper_path = host_helper_path,
        .provider = host_provider,
    };

    return &table;
}

MortiseSink *
fake_sink_new(void)
{
    MortiseSink *sink = g_new0(MortiseSink, 1);

    sink->text = g_string_new(NULL);
    sink->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    sink->findings = g_ptr_array_new_with_free_func(g_free);
    sink->compared = g_ptr_array_new_with_free_func(g_free);
    sink->vcpus = g_array_new(FALSE, TRUE, sizeof(MortiseVcpu));
    sink->texts = g_ptr_array_new_with_free_func(g_free);
    return sink;
}

void
fake_sink_free(MortiseSink *sink)
{
    (void) g_string_free(sink->text, TRUE);
    g_hash_table_unref(sink->values);
    g_ptr_array_unref(sink->findings);
    g_ptr_array_unref(sink->compared);
    g_array_unref(sink->vcpus);
    g_ptr_array_unref(sink->texts);
    g_free(sink);
}
