// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Domains whose driver uses the store: definitions, transient domains, re-adoption, files that are left alone.
#include "../mortise-test.h"

#include <glib/gstdio.h>
#include <mortise/driver/config.h>
#include <mortise/driver/lifecycle.h>
#include <mortise/mortise.h>
#include <string.h>

#define UUID "11111111-2222-3333-4444-555555555555"
#define XML(name, extra) \
    "<domain type='kept'><name>" name "</name><uuid>" UUID "</uuid><memory unit='MiB'>64</memory>" extra "</" \
                                                                                                         "domain>"

/* What the driver has seen; a module lives as long as its process, and so does this. */
static const MortiseHost *host;
static MortiseHostDriver *self_driver;
static char *adopted_state;
static gboolean fail_start;

typedef struct {
    MortiseHostDomain *host;
} KeptDomain;

static MortiseResult
kept_startup(const MortiseHost *given, MortiseHostDriver *self, void **driver)
{
    host = given;
    self_driver = self;
    *driver = self;
    return MORTISE_OK;
}

static MortiseResult
kept_probe(void *driver G_GNUC_UNUSED, uint32_t full G_GNUC_UNUSED, MortiseSink *findings G_GNUC_UNUSED)
{
    return MORTISE_OK;
}

static MortiseResult
kept_open(void *driver, const MortiseConnectionArguments *arguments,
          MortiseHostConnection *connection G_GNUC_UNUSED, void **opened)
{
    CHECK(g_file_test(arguments->run_directory, G_FILE_TEST_IS_DIR));
    *opened = driver;
    return MORTISE_OK;
}

static void
kept_close(void *connection G_GNUC_UNUSED)
{
}

static MortiseResult
kept_capabilities(void *connection G_GNUC_UNUSED, MortiseSink *xml)
{
    host->sink_text(xml, "<capabilities/>", strlen("<capabilities/>"));
    return MORTISE_OK;
}

static MortiseResult
kept_host_information(void *connection G_GNUC_UNUSED, MortiseHostInformation *information)
{
    information->cpus = 1;
    return MORTISE_OK;
}

static void
publish(KeptDomain *domain, guint32 state, const char *reason)
{
    MortiseDomainStatus status = {sizeof(status), state, state == MORTISE_STATE_SHUTOFF ? -1 : 9, reason, NULL};
    host->domain_status(domain->host, &status);
}

static MortiseResult
kept_domain_open(void *connection G_GNUC_UNUSED, const MortiseDomainArguments *arguments, MortiseHostDomain *given,
                 void **opened)
{
    KeptDomain *domain = g_new0(KeptDomain, 1);
    domain->host = given;
    if (arguments->running_state != NULL) {
        g_free(adopted_state);
        adopted_state = g_strdup(arguments->running_state);
        publish(domain, MORTISE_STATE_RUNNING, "adopted");
    } else {
        publish(domain, MORTISE_STATE_SHUTOFF, "unknown");
    }
    *opened = domain;
    return MORTISE_OK;
}

static void
kept_domain_close(void *domain)
{
    g_free(domain);
}

static MortiseResult
kept_start(void *handle, const MortiseStartArguments *arguments)
{
    KeptDomain *domain = handle;
    CHECK_INT(host->domain_running_state(domain->host, "half"), MORTISE_OK);
    if (fail_start) {
        host->set_error(self_driver, "program-failed", NULL, "no luck today", NULL);
        return MORTISE_FAILED;
    }
    host->domain_live_xml(domain->host, arguments->xml);
    CHECK_INT(host->domain_running_state(domain->host, "whole"), MORTISE_OK);
    publish(domain, MORTISE_STATE_RUNNING, "booted");
    return MORTISE_OK;
}

static MortiseResult
kept_stop(void *handle, uint32_t flags G_GNUC_UNUSED)
{
    KeptDomain *domain = handle;
    CHECK_INT(host->domain_running_state(domain->host, NULL), MORTISE_OK);
    host->domain_live_xml(domain->host, NULL);
    publish(domain, MORTISE_STATE_SHUTOFF, "destroyed");
    return MORTISE_OK;
}

static MortiseResult
kept_check(void *connection G_GNUC_UNUSED, const char *xml, MortiseSink *findings)
{
    if (strstr(xml, "<teapot/>") != NULL) {
        MortiseFinding finding = {sizeof(finding), MORTISE_VERDICT_BAD, 1,        0, "element",
                                  "teapot",        "no teapots here",   "drop it"};
        host->sink_finding(findings, &finding);
        host->sink_finding(findings, &finding);
    }
    return MORTISE_OK;
}

static const MortiseDriverOperations operations = {
    .struct_size = sizeof(operations),
    .startup = kept_startup,
    .probe = kept_probe,
    .open = kept_open,
    .close = kept_close,
    .capabilities = kept_capabilities,
    .host_information = kept_host_information,
    .domain_open = kept_domain_open,
    .domain_close = kept_domain_close,
};
static const MortiseLifecycle lifecycle = {
    .head = {sizeof(lifecycle), MORTISE_LIFECYCLE_VERSION, MORTISE_LIFECYCLE_ID},
    .start = kept_start,
    .stop = kept_stop,
};
static const MortiseConfig config = {
    .head = {sizeof(config), MORTISE_CONFIG_VERSION, MORTISE_CONFIG_ID},
    .check = kept_check,
};
static const char *const words[] = {"kept", NULL};
static const MortiseInterface *const interfaces[] = {&lifecycle.head, &config.head, NULL};
static const MortiseModuleDescriptor descriptor = {
    MORTISE_DESCRIPTOR_HEAD,
    .kind = MORTISE_KIND_DRIVER,
    .thread_model = MORTISE_THREADS_SERIAL_PER_DOMAIN,
    .flags = MORTISE_DRIVER_USES_STORE,
    .name = "kept",
    .version = "1",
    .licence = "MIT",
    .vendor = "tests",
    .summary = "a driver that uses the store",
    .package = "none",
    .schemes = words,
    .domain_types = words,
    .interfaces = interfaces,
    .operations = &operations,
};

typedef struct {
    char *directory;
    char *uri;
    MortiseRegistry *registry;
    MortiseConnection *connection;
} Root;

static void
root_reopen(Root *self)
{
    g_autoptr(GError) error = NULL;
    g_clear_object(&self->connection);
    self->connection = mortise_connection_open_full(self->registry, self->uri, MORTISE_OPEN_NO_WAIT, NULL, &error);
    CHECK_NO_ERROR(error);
}

static void
root_open(Root *self)
{
    static const char *const nowhere[] = {NULL};
    g_autoptr(GError) error = NULL;
    *self = (Root){.directory = g_dir_make_tmp("mortise-kept-XXXXXX", NULL)};
    self->uri = g_strdup_printf("kept:///embed?root=%s", self->directory);
    self->registry = mortise_registry_new_for_directories(nowhere, "/nonexistent");
    CHECK(mortise_registry_add_static(self->registry, &descriptor, &error));
    CHECK_NO_ERROR(error);
    fail_start = FALSE;
    g_clear_pointer(&adopted_state, g_free);
    root_reopen(self);
}

static void
remove_tree(const char *path)
{
    g_autoptr(GDir) directory = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    const char *name = NULL;
    while (directory != NULL && (name = g_dir_read_name(directory)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        remove_tree(child);
    }
    (void) g_remove(path);
}

static void
root_close(Root *self)
{
    g_clear_object(&self->connection);
    g_clear_object(&self->registry);
    remove_tree(self->directory);
    g_free(self->directory);
    g_free(self->uri);
    g_clear_pointer(&adopted_state, g_free);
}

static MortiseDomain *
define(Root *self, const char *xml, const char *expected_reason)
{
    g_autoptr(GError) error = NULL;
    MortiseDomain *domain = mortise_connection_define_domain(self->connection, xml, MORTISE_DEFINE_VALIDATE, NULL,
                                                             &error);
    if (expected_reason == NULL) {
        CHECK_NO_ERROR(error);
    } else {
        CHECK(domain == NULL);
        CHECK_TEXT(mortise_error_get_reason(error), expected_reason);
    }
    return domain;
}

static void
test_definitions_survive(void)
{
    Root root;
    root_open(&root);
    g_autoptr(MortiseDomain) domain = define(&root, XML("one", "<odd attribute='kept'/>"), NULL);
    CHECK(mortise_domain_set_autostart(domain, TRUE, NULL, NULL));
    CHECK(mortise_domain_set_title(domain, "a title", NULL, NULL));
    CHECK(mortise_domain_set_metadata(domain, "urn:x", "x", "<mark/>", NULL, NULL));
    g_clear_object(&domain);
    root_reopen(&root);
    domain = mortise_connection_lookup_domain_by_uuid(root.connection, UUID, NULL);
    CHECK(domain != NULL);
    g_autoptr(MortiseDomainInfo) info = mortise_domain_get_info(domain, NULL);
    CHECK(info->autostart && info->persistent);
    CHECK_TEXT(info->title, "a title");
    CHECK_INT(info->maximum_memory_kib, 64 * 1024);
    g_autofree char *xml = mortise_domain_get_xml(domain, MORTISE_XML_INACTIVE, NULL);
    CHECK_CONTAINS(xml, "<odd attribute='kept'/>");
    g_autofree char *mark = mortise_domain_get_metadata(domain, "urn:x", NULL);
    CHECK_CONTAINS(mark, "mark");
    CHECK(mortise_domain_undefine(domain, NULL, NULL));
    g_autoptr(GError) error = NULL;
    CHECK(mortise_domain_get_info(domain, &error) == NULL);
    CHECK_TEXT(mortise_error_get_reason(error), "no-such-domain");
    g_clear_object(&domain);
    root_reopen(&root);
    g_autoptr(GPtrArray) none = mortise_connection_list_domains(root.connection, MORTISE_LIST_ALL, NULL);
    CHECK_INT(none->len, 0);
    root_close(&root);
}

static void
test_refusals(void)
{
    Root root;
    root_open(&root);
    g_autoptr(MortiseDomain) domain = define(&root, XML("one", ""), NULL);
    (void) define(&root, XML("two", ""), "domain-exists");
    (void) define(&root, "<domain type='kept'><name>one</name></domain>", "domain-exists");
    (void) define(&root, "<domain type='strange'><name>x</name></domain>", "driver-missing");
    (void) define(&root, "<domain type='kept'><name>x</name>", "invalid-xml");
    g_autoptr(GError) error = NULL;
    CHECK(mortise_connection_define_domain(root.connection, XML("one", "<teapot/>"), MORTISE_DEFINE_VALIDATE, NULL,
                                           &error)
          == NULL);
    CHECK_TEXT(mortise_error_get_reason(error), "element-unsupported");
    CHECK_CONTAINS(error->message, "and 1 more");
    CHECK_CONTAINS(mortise_error_get_details(error), "no teapots here\n");
    g_autoptr(MortiseDomain) kept = mortise_connection_define_domain(root.connection, XML("one", "<teapot/>"),
                                                                     MORTISE_DEFINE_NONE, NULL, NULL);
    CHECK(kept != NULL);
    g_clear_error(&error);
    CHECK(mortise_connection_open_full(root.registry, root.uri, MORTISE_OPEN_NO_WAIT, NULL, &error) == NULL);
    CHECK_TEXT(mortise_error_get_reason(error), "root-owned");
    CHECK(mortise_error_is_retryable(error));
    g_clear_object(&domain);
    g_clear_object(&kept);
    root_close(&root);
}

static void
test_a_running_domain_is_found_again(void)
{
    Root root;
    root_open(&root);
    g_autoptr(MortiseDomain) domain = define(&root, XML("one", ""), NULL);
    CHECK(mortise_domain_start(domain, MORTISE_START_NONE, NULL, NULL));
    g_clear_object(&domain);
    root_reopen(&root);
    CHECK_TEXT(adopted_state, "whole");
    domain = mortise_connection_lookup_domain(root.connection, "one", NULL);
    g_autofree char *reason = NULL;
    CHECK_INT(mortise_domain_get_state(domain, &reason), MORTISE_DOMAIN_STATE_RUNNING);
    CHECK_TEXT(reason, "adopted");
    CHECK(mortise_domain_undefine(domain, NULL, NULL));
    g_autoptr(MortiseDomainInfo) info = mortise_domain_get_info(domain, NULL);
    CHECK(!info->persistent);
    CHECK(mortise_domain_stop(domain, MORTISE_STOP_NOW, NULL, NULL));
    CHECK(mortise_domain_get_info(domain, NULL) == NULL);
    g_clear_object(&domain);
    g_clear_pointer(&adopted_state, g_free);
    root_reopen(&root);
    CHECK(adopted_state == NULL);
    root_close(&root);
}

static void
test_transient_domains(void)
{
    Root root;
    root_open(&root);
    g_autoptr(GError) error = NULL;
    fail_start = TRUE;
    CHECK(mortise_connection_create_domain(root.connection, XML("one", ""), MORTISE_START_NONE, NULL, &error)
          == NULL);
    CHECK_CONTAINS(error->message, "no luck today");
    g_autoptr(GPtrArray) none = mortise_connection_list_domains(root.connection, MORTISE_LIST_ALL, NULL);
    CHECK_INT(none->len, 0);
    fail_start = FALSE;
    g_clear_error(&error);
    g_autoptr(MortiseDomain) domain = mortise_connection_create_domain(root.connection, XML("one", ""),
                                                                       MORTISE_START_NONE, NULL, &error);
    CHECK_NO_ERROR(error);
    CHECK(mortise_domain_get_xml(domain, MORTISE_XML_INACTIVE, &error) == NULL);
    CHECK_TEXT(mortise_error_get_reason(error), "domain-inactive");
    g_clear_object(&domain);
    root_reopen(&root);
    domain = mortise_connection_lookup_domain(root.connection, "one", NULL);
    CHECK(domain != NULL);
    CHECK(mortise_domain_stop(domain, MORTISE_STOP_NOW, NULL, NULL));
    CHECK(mortise_connection_lookup_domain(root.connection, "one", NULL) == NULL);
    g_clear_object(&domain);
    root_close(&root);
}

static void
test_a_failed_start_leaves_nothing(void)
{
    Root root;
    root_open(&root);
    g_autoptr(MortiseDomain) domain = define(&root, XML("one", ""), NULL);
    fail_start = TRUE;
    g_autoptr(GError) error = NULL;
    CHECK(!mortise_domain_start(domain, MORTISE_START_NONE, NULL, &error));
    CHECK_INT(mortise_domain_get_state(domain, NULL), MORTISE_DOMAIN_STATE_SHUTOFF);
    g_clear_object(&domain);
    root_reopen(&root);
    CHECK(adopted_state == NULL);
    root_close(&root);
}

static void
test_a_newer_file_is_left_alone(void)
{
    Root root;
    root_open(&root);
    g_autoptr(MortiseDomain) domain = define(&root, XML("one", ""), NULL);
    g_clear_object(&domain);
    g_clear_object(&root.connection);
    g_autofree char *find = g_strdup_printf("find %s -name '%s.xml'", root.directory, UUID);
    g_autofree char *found = NULL;
    CHECK(g_spawn_command_line_sync(find, &found, NULL, NULL, NULL));
    g_strchomp(found);
    static const char newer[] = "<?mortise schema=\"9\" autostart=\"no\"?>\n<domain/>";
    CHECK(g_file_set_contents(found, newer, -1, NULL));
    root_reopen(&root);
    g_autoptr(GPtrArray) none = mortise_connection_list_domains(root.connection, MORTISE_LIST_ALL, NULL);
    CHECK_INT(none->len, 0);
    (void) define(&root, XML("one", ""), "state-schema");
    g_autofree char *content = NULL;
    CHECK(g_file_get_contents(found, &content, NULL, NULL));
    CHECK_TEXT(content, newer);
    root_close(&root);
}

static void
test_why_a_guest_ended_is_kept(void)
{
    Root root;
    root_open(&root);
    g_autoptr(MortiseDomain) domain = define(&root, XML("one", ""), NULL);
    CHECK(mortise_domain_start(domain, MORTISE_START_NONE, NULL, NULL));
    CHECK(mortise_domain_stop(domain, MORTISE_STOP_NOW, NULL, NULL));
    g_clear_object(&domain);
    root_reopen(&root);
    CHECK(adopted_state == NULL);
    domain = mortise_connection_lookup_domain(root.connection, "one", NULL);
    g_autofree char *reason = NULL;
    CHECK_INT(mortise_domain_get_state(domain, &reason), MORTISE_DOMAIN_STATE_SHUTOFF);
    CHECK_TEXT(reason, "destroyed");
    CHECK(mortise_domain_start(domain, MORTISE_START_NONE, NULL, NULL));
    CHECK(mortise_domain_stop(domain, MORTISE_STOP_NOW, NULL, NULL));
    CHECK(mortise_domain_undefine(domain, NULL, NULL));
    g_clear_object(&domain);
    root_reopen(&root);
    g_autoptr(GPtrArray) none = mortise_connection_list_domains(root.connection, MORTISE_LIST_ALL, NULL);
    CHECK_INT(none->len, 0);
    root_close(&root);
}

static const MortiseTest tests[] = {
    {"definitions survive", test_definitions_survive},
    {"refusals", test_refusals},
    {"a running domain is found again", test_a_running_domain_is_found_again},
    {"transient domains", test_transient_domains},
    {"why a guest ended is kept", test_why_a_guest_ended_is_kept},
    {"a failed start leaves nothing", test_a_failed_start_leaves_nothing},
    {"a newer file is left alone", test_a_newer_file_is_left_alone},
};

MORTISE_TEST_MAIN("kept domains", tests)
