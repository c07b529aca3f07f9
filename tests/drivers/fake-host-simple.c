// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The fake host's table: errors, sinks, and the domains that a driver announces.
#include "fake-host-private.h"

#include <string.h>

static const char *const state_words[] = {
    "unknown", "running", "blocked", "paused", "shutdown", "shutoff", "crashed", "suspended",
};

static void
words_free(gpointer data)
{
    FakeWords *words = data;
    g_free(words->error.reason);
    g_free(words->error.object);
    g_free(words->error.message);
    g_free(words->error.hint);
    g_free(words);
}

static FakeWords *
words_of_thread(void)
{
    static GPrivate private = G_PRIVATE_INIT(words_free);
    FakeWords *words = g_private_get(&private);

    if (words == NULL) {
        words = g_new0(FakeWords, 1);
        g_private_set(&private, words);
    }
    return words;
}

static void
set(char **place, const char *text)
{
    g_free(*place);
    *place = g_strdup(text);
}

void
fake_call_begin(gint64 deadline_ms)
{
    FakeWords *words = words_of_thread();

    set(&words->error.reason, "");
    set(&words->error.object, "");
    set(&words->error.message, "");
    set(&words->error.hint, "");
    words->deadline = deadline_ms >= 0 ? g_get_monotonic_time() + deadline_ms * 1000 : -1;
}

const FakeError *
fake_call_error(void)
{
    return &words_of_thread()->error;
}

void
fake_breach(FakeHost *host, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *line = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_mutex_lock(&host->lock);
    g_string_append_printf(host->breaches, "%s%s", host->breaches->len > 0 ? "\n" : "", line);
    g_mutex_unlock(&host->lock);
}

static void
check_text(FakeHost *host, const char *text, gboolean optional, gsize most, const char *what)
{
    if (text == NULL) {
        if (!optional) {
            fake_breach(host, "%s is NULL", what);
        }
    } else if (strlen(text) > most || !g_utf8_validate(text, -1, NULL)) {
        fake_breach(host, "%s is too long or not UTF-8", what);
    }
}

static void
host_log(MortiseHostDriver *driver, uint32_t level, const char *message)
{
    FakeHost *host = (FakeHost *) driver;

    g_mutex_lock(&host->lock);
    g_string_append_printf(host->log, "%u %s\n", level, message);
    g_cond_broadcast(&host->changed);
    g_mutex_unlock(&host->lock);
}

static void
host_set_error(MortiseHostDriver *driver, const char *reason, const char *object, const char *message, const char *hint)
{
    FakeWords *words = words_of_thread();

    check_text((FakeHost *) driver, reason, FALSE, MORTISE_NAME_LIMIT, "an error's reason");
    check_text((FakeHost *) driver, object, TRUE, MORTISE_MESSAGE_LIMIT, "an error's object");
    check_text((FakeHost *) driver, message, FALSE, MORTISE_MESSAGE_LIMIT, "an error's message");
    check_text((FakeHost *) driver, hint, TRUE, MORTISE_MESSAGE_LIMIT, "an error's hint");
    set(&words->error.reason, reason);
    set(&words->error.object, object != NULL ? object : "");
    set(&words->error.message, message);
    set(&words->error.hint, hint != NULL ? hint : "");
}

static int64_t
host_call_remaining(MortiseHostDriver *driver)
{
    const FakeWords *words = words_of_thread();

    (void) driver;
    return words->deadline > 0 ? MAX(0, (words->deadline - g_get_monotonic_time()) / 1000) : -1;
}

static void
sink_text(MortiseSink *sink, const char *data, uint64_t length)
{
    g_string_append_len(sink->text, data, (gssize) length);
}

static void
sink_value(MortiseSink *sink, const MortiseValue *value)
{
    char *text = value->type == MORTISE_VALUE_TEXT ? g_strdup(value->text)
                                                   : g_strdup_printf("%" G_GUINT64_FORMAT, value->number);
    g_hash_table_insert(sink->values, g_strdup(value->key), text);
}

static void
sink_finding(MortiseSink *sink, const MortiseFinding *finding)
{
    g_ptr_array_add(sink->findings, g_strdup_printf("%u %s %u %s: %s", finding->verdict, finding->id, finding->line,
                                                    finding->object != NULL ? finding->object : "-", finding->message));
}

static void
sink_vcpu(MortiseSink *sink, const MortiseVcpu *vcpu)
{
    g_ptr_array_add(sink->vcpus, g_strdup_printf("%u %u %" G_GINT64_FORMAT " %d %s %s", vcpu->id, vcpu->state,
                                                 vcpu->thread_id, vcpu->cpu, vcpu->cpu_time >= 0 ? "time" : "-",
                                                 vcpu->affinity != NULL ? vcpu->affinity : "-"));
}

/* Whether the handle is of a domain in the list; `lock` is held. */
static gboolean
is_listed(const MortiseHostDomain *domain)
{
    return domain != NULL && !domain->withdrawn;
}

static void
host_domain_status(MortiseHostDomain *domain, const MortiseDomainStatus *status)
{
    FakeHost *host = domain->connection->host;

    check_text(host, status->reason, TRUE, MORTISE_NAME_LIMIT, "a state's reason");
    check_text(host, status->detail, TRUE, MORTISE_MESSAGE_LIMIT, "a state's detail");
    g_mutex_lock(&host->lock);
    gboolean good = is_listed(domain) && status->state <= MORTISE_STATE_LAST &&
                    status->struct_size == sizeof(MortiseDomainStatus);
    domain->known.state = status->state;
    domain->known.id = status->id;
    set(&domain->known.reason, status->reason);
    set(&domain->known.detail, status->detail);
    g_cond_broadcast(&host->changed);
    g_mutex_unlock(&host->lock);
    if (!good) {
        fake_breach(host, "a bad status of '%s'", domain->known.name);
    }
}

static void
host_domain_live_xml(MortiseHostDomain *domain, const char *xml)
{
    FakeHost *host = domain->connection->host;

    check_text(host, xml, TRUE, MORTISE_TEXT_LIMIT, "a live XML");
    g_mutex_lock(&host->lock);
    gboolean good = is_listed(domain);
    set(&domain->known.live_xml, xml);
    g_mutex_unlock(&host->lock);
    if (!good) {
        fake_breach(host, "a live XML of '%s', which is not listed", domain->known.name);
    }
}

static MortiseResult
host_domain_running_state(MortiseHostDomain *domain, const char *state)
{
    fake_breach(domain->connection->host, "a running state from a driver that owns its domains: %s", state);
    return MORTISE_FAILED;
}

static void
host_domain_event(MortiseHostDomain *domain, const char *kind, const char *detail)
{
    FakeHost *host = domain->connection->host;

    check_text(host, kind, FALSE, MORTISE_NAME_LIMIT, "an event's kind");
    g_mutex_lock(&host->lock);
    gboolean good = is_listed(domain);
    domain->known.events++;
    g_free(domain->known.last_event);
    domain->known.last_event = detail != NULL ? g_strdup_printf("%s: %s", kind, detail) : g_strdup(kind);
    g_cond_broadcast(&host->changed);
    g_mutex_unlock(&host->lock);
    if (!good) {
        fake_breach(host, "an event of '%s', which is not listed", domain->known.name);
    }
}

static MortiseHostDomain *
host_domain_announce(MortiseHostConnection *connection, const MortiseDomainIdentity *identity)
{
    FakeHost *host = connection->host;

    check_text(host, identity->name, FALSE, MORTISE_NAME_LIMIT, "a domain's name");
    check_text(host, identity->type, FALSE, MORTISE_NAME_LIMIT, "a domain's type");
    check_text(host, identity->inactive_xml, identity->persistent == 0, MORTISE_TEXT_LIMIT, "a definition");
    g_mutex_lock(&host->lock);
    gboolean refused = g_strcmp0(host->refused, identity->name) == 0;
    MortiseHostDomain *domain = refused ? NULL : g_hash_table_lookup(connection->listed, identity->name);
    if (!refused && domain == NULL) {
        domain = g_new0(MortiseHostDomain, 1);
        domain->connection = connection;
        domain->known.name = g_strdup(identity->name);
        memcpy(domain->known.uuid, identity->uuid, sizeof domain->known.uuid);
        g_ptr_array_add(connection->domains, domain);
        g_hash_table_insert(connection->listed, domain->known.name, domain);
    }
    gboolean same = domain == NULL || memcmp(domain->known.uuid, identity->uuid, 16) == 0;
    if (domain != NULL) {
        set(&domain->known.type, identity->type);
        set(&domain->known.inactive_xml, identity->inactive_xml);
        domain->known.persistent = identity->persistent != 0;
        domain->known.autostart = identity->autostart != 0;
    }
    g_cond_broadcast(&host->changed);
    g_mutex_unlock(&host->lock);
    if (!same || identity->struct_size != sizeof *identity) {
        fake_breach(host, "'%s' announced with the UUID of another", identity->name);
    }
    return domain;
}

static void
host_domain_withdraw(MortiseHostDomain *domain)
{
    FakeHost *host = domain->connection->host;

    g_mutex_lock(&host->lock);
    gboolean good = is_listed(domain);
    domain->withdrawn = TRUE;
    (void) g_hash_table_remove(domain->connection->listed, domain->known.name);
    g_cond_broadcast(&host->changed);
    g_mutex_unlock(&host->lock);
    if (!good) {
        fake_breach(host, "'%s' withdrawn twice", domain->known.name);
    }
}

static MortiseResult
host_helper_path(MortiseHostDriver *driver, const char *name, char *path, uint64_t size)
{
    (void) path;
    (void) size;
    host_set_error(driver, "program-missing", name, "the fake host has no helper programs", NULL);
    return MORTISE_FAILED;
}

static const void *
host_provider(MortiseHostDriver *driver, const char *interface_id, uint32_t version)
{
    (void) version;
    host_set_error(driver, "module-missing", interface_id, "the fake host has no providers", NULL);
    return NULL;
}

const MortiseHost *
fake_host_table(void)
{
    static const MortiseHost table = {
        .struct_size = sizeof table,
        .abi_major = MORTISE_ABI_MAJOR,
        .abi_minor = MORTISE_ABI_MINOR,
        .log = host_log,
        .set_error = host_set_error,
        .call_remaining = host_call_remaining,
        .sink_text = sink_text,
        .sink_value = sink_value,
        .sink_finding = sink_finding,
        .sink_vcpu = sink_vcpu,
        .domain_status = host_domain_status,
        .domain_live_xml = host_domain_live_xml,
        .domain_running_state = host_domain_running_state,
        .domain_event = host_domain_event,
        .domain_announce = host_domain_announce,
        .domain_withdraw = host_domain_withdraw,
        .timer_add = fake_timer_add,
        .watch_add = fake_watch_add,
        .source_remove = fake_source_remove,
        .helper_path = host_helper_path,
        .provider = host_provider,
    };

    return &table;
}

FakeDomain *
fake_domain_get(MortiseHostConnection *connection, const char *name)
{
    FakeDomain *copy = NULL;

    g_mutex_lock(&connection->host->lock);
    const MortiseHostDomain *domain = g_hash_table_lookup(connection->listed, name);
    if (domain != NULL) {
        copy = g_memdup2(&domain->known, sizeof domain->known);
        copy->name = g_strdup(copy->name);
        copy->type = g_strdup(copy->type);
        copy->inactive_xml = g_strdup(copy->inactive_xml);
        copy->live_xml = g_strdup(copy->live_xml);
        copy->reason = g_strdup(copy->reason);
        copy->detail = g_strdup(copy->detail);
        copy->last_event = g_strdup(copy->last_event);
    }
    g_mutex_unlock(&connection->host->lock);
    return copy;
}

void
fake_domain_clear(FakeDomain *domain)
{
    g_free(domain->name);
    g_free(domain->type);
    g_free(domain->inactive_xml);
    g_free(domain->live_xml);
    g_free(domain->reason);
    g_free(domain->detail);
    g_free(domain->last_event);
}

void
fake_domain_free(FakeDomain *domain)
{
    if (domain != NULL) {
        fake_domain_clear(domain);
        g_free(domain);
    }
}

/* `lock` is held. */
static char *
state_of(MortiseHostConnection *connection, const char *name)
{
    const MortiseHostDomain *domain = g_hash_table_lookup(connection->listed, name);

    if (domain == NULL) {
        return g_strdup("gone");
    }
    return g_strdup_printf("%s %s %" G_GINT64_FORMAT, state_words[domain->known.state],
                           domain->known.reason != NULL ? domain->known.reason : "-", domain->known.id);
}

char *
fake_domain_state(MortiseHostConnection *connection, const char *name)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&connection->host->lock);

    return state_of(connection, name);
}

gboolean
fake_domain_wait(MortiseHostConnection *connection, const char *name, const char *wanted)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&connection->host->lock);
    gint64 until = g_get_monotonic_time() + FAKE_WAIT_US;

    for (;;) {
        g_autofree char *state = state_of(connection, name);
        if (g_str_equal(state, wanted)) {
            return TRUE;
        }
        if (!g_cond_wait_until(&connection->host->changed, &connection->host->lock, until)) {
            return FALSE;
        }
    }
}

gboolean
fake_domain_wait_events(MortiseHostConnection *connection, const char *name, guint count)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&connection->host->lock);
    const MortiseHostDomain *domain = g_hash_table_lookup(connection->listed, name);
    gint64 until = g_get_monotonic_time() + FAKE_WAIT_US;

    while (domain != NULL && domain->known.events < count) {
        if (!g_cond_wait_until(&connection->host->changed, &connection->host->lock, until)) {
            return FALSE;
        }
    }
    return domain != NULL;
}

gboolean
fake_host_wait_log(FakeHost *host, const char *part)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&host->lock);
    gint64 until = g_get_monotonic_time() + FAKE_WAIT_US;

    while (strstr(host->log->str, part) == NULL) {
        if (!g_cond_wait_until(&host->changed, &host->lock, until)) {
            return FALSE;
        }
    }
    return TRUE;
}

char *
fake_host_log(FakeHost *host)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&host->lock);

    return g_strdup(host->log->str);
}

MortiseSink *
fake_sink_new(void)
{
    MortiseSink *sink = g_new0(MortiseSink, 1);

    sink->text = g_string_new(NULL);
    sink->findings = g_ptr_array_new_with_free_func(g_free);
    sink->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    sink->vcpus = g_ptr_array_new_with_free_func(g_free);
    return sink;
}

void
fake_sink_free(MortiseSink *sink)
{
    (void) g_string_free(sink->text, TRUE);
    g_ptr_array_unref(sink->findings);
    g_hash_table_unref(sink->values);
    g_ptr_array_unref(sink->vcpus);
    g_free(sink);
}
