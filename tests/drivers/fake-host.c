// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A host of store-backed drivers for tests: loads a module, keeps running states in files, and can die in any call.
#include "fake-host.h"

#include <dlfcn.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "fake-host-table.h"

#define PATIENCE (FAKE_AMPLE_MS * G_TIME_SPAN_MILLISECOND)

static char *
make_folder(const char *root, const char *name)
{
    char *path = g_build_filename(root, name, NULL);

    (void) g_mkdir_with_parents(path, 0700);
    return path;
}

static const MortiseModuleDescriptor *
load(FakeHost *host, const char *driver)
{
    const char *build = g_getenv("MORTISE_TEST_BUILD");
    g_autofree char *file = g_strdup_printf("mortise-driver-%s.so", driver);
    g_autofree char *path = g_build_filename(build ? build : ".", "drivers", file, NULL);

    host->module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!host->module) {
        fprintf(stderr, "%s\n", dlerror());
        return NULL;
    }
    return dlsym(host->module, "mortise_driver_v1");
}

static gboolean
open_connection(FakeHost *host)
{
    g_autofree char *config = make_folder(host->root, "config");
    g_autofree char *state = make_folder(host->root, "state");
    g_autofree char *run = make_folder(host->root, "run");
    g_autofree char *cache = make_folder(host->root, "cache");
    const MortiseConnectionArguments arguments = {
        .struct_size = sizeof(arguments),
        .root = MORTISE_ROOT_EMBED,
        .uri = "qemu:///embed",
        .scheme = "qemu",
        .host = "",
        .user = "",
        .path = "/embed",
        .config_directory = config,
        .state_directory = state,
        .run_directory = run,
        .cache_directory = cache,
    };

    return host->operations->startup(fake_host_table(), (MortiseHostDriver *) host, &host->driver) == MORTISE_OK &&
           host->operations->open(host->driver, &arguments, (MortiseHostConnection *) host, &host->connection) ==
               MORTISE_OK;
}

FakeHost *
fake_host_new(const char *driver, const char *root)
{
    FakeHost *host = g_new0(FakeHost, 1);

    driver_lock_init(&host->lock);
    host->owns_root = root == NULL;
    host->root = root ? g_strdup(root) : g_dir_make_tmp("mortise-engine-XXXXXX", NULL);
    host->domains = g_ptr_array_new();
    fake_call_begin(-1);
    host->descriptor = load(host, driver);
    if (!host->descriptor) {
        return NULL;
    }
    host->operations = host->descriptor->operations;
    if (!open_connection(host)) {
        fprintf(stderr, "the driver %s cannot be opened: %s\n", driver, fake_call_error()->message);
        return NULL;
    }
    return host;
}

static void
domain_free(FakeDomain *domain)
{
    g_free(domain->name);
    g_free(domain->uuid);
    g_free(domain->xml);
    g_free(domain->reason);
    g_free(domain->detail);
    g_free(domain->live_xml);
    (void) g_string_free(domain->events, TRUE);
    g_free(domain);
}

static void
remove_tree(const char *path)
{
    g_autoptr(GDir) directory = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    const char *name;

    while (directory && (name = g_dir_read_name(directory))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        remove_tree(inner);
    }
    (void) g_remove(path);
}

void
fake_host_free(FakeHost *host)
{
    for (guint i = 0; i < host->domains->len; i++) {
        FakeDomain *domain = host->domains->pdata[i];
        // A test that fails must not leave emulators behind.
        if (host->owns_root) {
            (void) fake_stop(domain, 0);
        }
        host->operations->domain_close(domain->handle);
        domain_free(domain);
    }
    host->operations->close(host->connection);
    if (host->operations->shutdown) {
        host->operations->shutdown(host->driver);
    }
    if (host->owns_root) {
        remove_tree(host->root);
    }
    g_ptr_array_unref(host->domains);
    driver_lock_clear(&host->lock);
    g_free(host->root);
    g_free(host);
}

const char *
fake_host_root(const FakeHost *host)
{
    return host->root;
}

const MortiseModuleDescriptor *
fake_host_descriptor(const FakeHost *host)
{
    return host->descriptor;
}

void *
fake_host_driver(const FakeHost *host)
{
    return host->driver;
}

void *
fake_host_connection(const FakeHost *host)
{
    return host->connection;
}

const void *
fake_host_interface(const FakeHost *host, const char *id)
{
    for (guint i = 0; host->descriptor->interfaces[i]; i++) {
        if (g_str_equal(host->descriptor->interfaces[i]->id, id)) {
            return host->descriptor->interfaces[i];
        }
    }
    g_error("the driver has no interface %s", id);
}

void
fake_host_die_at(FakeHost *host, guint call)
{
    DRIVER_LOCK_SCOPE(&host->lock);
    host->die_at = call;
    host->calls = 0;
}

guint
fake_host_calls(FakeHost *host)
{
    DRIVER_LOCK_SCOPE(&host->lock);
    return host->calls;
}

void
fake_host_refuse_state(FakeHost *host, gboolean refuse)
{
    DRIVER_LOCK_SCOPE(&host->lock);
    host->refuse_state = refuse;
}

/* The text of the first element of that name. */
static char *
element_text(const char *xml, const char *name)
{
    g_autofree char *open = g_strdup_printf("<%s>", name);
    const char *begin = strstr(xml, open);
    const char *end = begin ? strstr(begin, "</") : NULL;

    return end ? g_strndup(begin + strlen(open), (gsize) (end - begin) - strlen(open)) : NULL;
}

static void
parse_uuid(const char *text, guint8 *uuid)
{
    guint used = 0;

    for (const char *at = text; *at && used < 16;) {
        if (*at == '-') {
            at++;
            continue;
        }
        uuid[used++] = (guint8) (g_ascii_xdigit_value(at[0]) * 16 + g_ascii_xdigit_value(at[1]));
        at += 2;
    }
}

FakeDomain *
fake_domain_open(FakeHost *host, const char *xml)
{
    FakeDomain *domain = g_new0(FakeDomain, 1);
    MortiseDomainArguments arguments = {.struct_size = sizeof(arguments), .persistent = 1, .type = "qemu"};
    g_autofree char *running = NULL;

    domain->host = host;
    domain->xml = g_strdup(xml);
    domain->name = element_text(xml, "name");
    domain->uuid = element_text(xml, "uuid");
    domain->state = MORTISE_STATE_SHUTOFF;
    domain->id = -1;
    domain->events = g_string_new(NULL);
    running = fake_domain_running_state(domain);
    parse_uuid(domain->uuid, arguments.uuid);
    arguments.name = domain->name;
    arguments.inactive_xml = domain->xml;
    arguments.running_state = running;
    if (host->operations->domain_open(host->connection, &arguments, domain, &domain->handle) != MORTISE_OK) {
        domain_free(domain);
        return NULL;
    }
    g_ptr_array_add(host->domains, domain);
    return domain;
}

void *
fake_domain_handle(const FakeDomain *domain)
{
    return domain->handle;
}

MortiseResult
fake_start(FakeDomain *domain, guint flags)
{
    const MortiseLifecycle *lifecycle = fake_host_interface(domain->host, MORTISE_LIFECYCLE_ID);
    const MortiseStartArguments arguments = {.struct_size = sizeof(arguments), .flags = flags, .xml = domain->xml};

    fake_call_begin(FAKE_AMPLE_MS);
    return lifecycle->start(domain->handle, &arguments);
}

MortiseResult
fake_stop(FakeDomain *domain, guint flags)
{
    const MortiseLifecycle *lifecycle = fake_host_interface(domain->host, MORTISE_LIFECYCLE_ID);

    fake_call_begin(FAKE_AMPLE_MS);
    return lifecycle->stop(domain->handle, flags);
}

/* Under the lock. */
static char *
state_text(const FakeDomain *domain)
{
    static const char *const words[] = {"unknown", "running",  "blocked", "paused",
                                        "shutdown", "shutoff", "crashed", "suspended"};

    return g_strdup_printf("%s %s", words[domain->state], domain->reason ? domain->reason : "-");
}

char *
fake_domain_state(FakeDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->host->lock);
    return state_text(domain);
}

char *
fake_domain_detail(FakeDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->host->lock);
    return g_strdup(domain->detail ? domain->detail : "");
}

gint64
fake_domain_id(FakeDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->host->lock);
    return domain->id;
}

char *
fake_domain_live_xml(FakeDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->host->lock);
    return g_strdup(domain->live_xml);
}

char *
fake_domain_running_state(FakeDomain *domain)
{
    g_autofree char *path = fake_state_file(domain);
    char *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) ? text : NULL;
}

gboolean
fake_domain_wait(FakeDomain *domain, const char *wanted)
{
    const gint64 deadline = g_get_monotonic_time() + PATIENCE;
    gboolean in_time = TRUE;

    DRIVER_LOCK_SCOPE(&domain->host->lock);
    for (;;) {
        g_autofree char *state = state_text(domain);
        if (g_str_equal(state, wanted)) {
            return TRUE;
        }
        if (!in_time) {
            fprintf(stderr, "%s is %s (%s), not %s\n", domain->name, state, domain->detail, wanted);
            return FALSE;
        }
        in_time = driver_lock_wait(&domain->host->lock, deadline);
    }
}

gboolean
fake_domain_wait_event(FakeDomain *domain, const char *part)
{
    const gint64 deadline = g_get_monotonic_time() + PATIENCE;
    gboolean in_time = TRUE;

    DRIVER_LOCK_SCOPE(&domain->host->lock);
    while (!strstr(domain->events->str, part) && in_time) {
        in_time = driver_lock_wait(&domain->host->lock, deadline);
    }
    if (!strstr(domain->events->str, part)) {
        fprintf(stderr, "%s had no event %s, only: %s\n", domain->name, part, domain->events->str);
    }
    return strstr(domain->events->str, part) != NULL;
}
