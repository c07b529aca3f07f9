// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A driver built against frozen headers does in today's core what it did in its own: test-frozen DIRECTORY MODULES.
#include "mortise-test.h"

#include <mortise/mortise.h>
#include <unistd.h>

static MortiseConnection *connection;
static MortiseDomain *domain;

static void
test_module(MortiseRegistry *registry)
{
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(registry, "frozen");
    g_autoptr(GError) error = NULL;
    g_autofree char *reason = mortise_module_dup_reason(module);
    g_autoptr(GPtrArray) checks = mortise_module_probe(module, NULL, &error);
    CHECK_TEXT(reason, NULL);
    CHECK_NO_ERROR(error);
    CHECK_INT(checks != NULL ? checks->len : 0, 1);
    if (checks != NULL && checks->len == 1) {
        const MortiseCheck *check = g_ptr_array_index(checks, 0);
        CHECK_TEXT(check->object, "/dev/frozen");
        CHECK_TEXT(check->hint, "thaw it");
    }
}

static void
test_host(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseHostInfo) host = mortise_connection_get_host_info(connection, NULL, &error);
    CHECK_NO_ERROR(error);
    CHECK_INT(host != NULL ? host->cpus : 0, 3);
    CHECK_TEXT(host != NULL ? host->model : NULL, "ice");
    CHECK_INT(host != NULL ? host->hypervisor_version : 0, 1002003);
    g_autofree char *capabilities = mortise_connection_get_capabilities(connection, NULL, &error);
    CHECK_NO_ERROR(error);
    CHECK_CONTAINS(capabilities, "<host/>");
}

static void
check_state(MortiseDomainState expected, const char *expected_reason)
{
    g_autofree char *reason = NULL;
    CHECK_INT(mortise_domain_get_state(domain, &reason), expected);
    CHECK_TEXT(reason, expected_reason);
}

static void
test_lifecycle(void)
{
    g_autoptr(GError) error = NULL;
    CHECK(mortise_domain_start(domain, MORTISE_START_SUSPENDED, NULL, &error));
    CHECK_NO_ERROR(error);
    check_state(MORTISE_DOMAIN_STATE_PAUSED, "booted");
    CHECK(mortise_domain_resume(domain, NULL, &error));
    check_state(MORTISE_DOMAIN_STATE_RUNNING, "unpaused");
    CHECK(mortise_domain_suspend(domain, NULL, &error));
    check_state(MORTISE_DOMAIN_STATE_PAUSED, "user");
    CHECK_NO_ERROR(error);
    CHECK(!mortise_domain_shutdown(domain, MORTISE_SHUTDOWN_MODE_DEFAULT, NULL, &error));
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_GUEST_NOT_RESPONDING));
    CHECK_TEXT(error != NULL ? error->message : NULL, "the guest is frozen; look at the test");
    g_clear_error(&error);
    CHECK(!mortise_domain_reset(domain, NULL, &error));
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_UNSUPPORTED));
}

static void
test_reports(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseVcpuReport) report = mortise_domain_get_vcpus(domain, NULL, &error);
    CHECK_NO_ERROR(error);
    CHECK_TEXT(report != NULL ? report->reason : NULL, "no threads in the ice");
    CHECK_INT(report != NULL ? report->vcpus->len : 0, 1);
    g_autoptr(GPtrArray) stats =
        mortise_connection_collect_stats(connection, MORTISE_STATS_GROUP_ALL, MORTISE_LIST_ALL, 5000, NULL, &error);
    CHECK_NO_ERROR(error);
    CHECK_INT(stats != NULL ? stats->len : 0, 1);
    if (stats != NULL && stats->len == 1) {
        const MortiseDomainStats *values = g_ptr_array_index(stats, 0);
        guint64 time = 0;
        const char *name = NULL;
        CHECK(g_variant_lookup(values->values, "cpu.time", "t", &time));
        CHECK(g_variant_lookup(values->values, "net.0.name", "&s", &name));
        CHECK_INT(time, 77);
        CHECK_TEXT(name, "ice0");
    }
    int console = mortise_domain_open_console(domain, NULL, FALSE, NULL, &error);
    CHECK_NO_ERROR(error);
    CHECK(console >= 0);
    CHECK(console < 0 || close(console) == 0);
}

static void
test_xml(void)
{
    static const char with_disk[] = "<domain type='frozen'>\n<devices><disk/></devices><name>one</name></domain>";
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) checks = mortise_connection_check_xml(connection, with_disk, NULL, &error);
    CHECK_NO_ERROR(error);
    CHECK_INT(checks != NULL ? checks->len : 0, 1);
    g_autofree char *live = mortise_domain_get_xml(domain, MORTISE_XML_CURRENT, &error);
    CHECK_NO_ERROR(error);
    CHECK_CONTAINS(live, "<name>one</name>");
}

static void
test_end(void)
{
    g_autoptr(GError) error = NULL;
    CHECK(mortise_domain_stop(domain, MORTISE_STOP_NOW, NULL, &error));
    CHECK_NO_ERROR(error);
    check_state(MORTISE_DOMAIN_STATE_SHUTOFF, "destroyed");
    mortise_connection_close(connection);
}

/* One frozen driver from its first call to its last; the steps build on one another. */
static const char *const *directories;
static const char *module_directory;

static void
test_driver(void)
{
    g_autoptr(MortiseRegistry) registry = mortise_registry_new_for_directories(directories, module_directory);
    g_autoptr(GError) error = NULL;
    test_module(registry);
    connection = mortise_connection_open_full(registry, "frozen:///here?speed=3", MORTISE_OPEN_NONE, NULL, &error);
    CHECK_NO_ERROR(error);
    domain = connection != NULL ? mortise_connection_lookup_domain(connection, "one", &error) : NULL;
    CHECK_NO_ERROR(error);
    if (domain != NULL) {
        test_host();
        test_lifecycle();
        test_reports();
        test_xml();
        test_end();
    }
    g_clear_object(&domain);
    g_clear_object(&connection);
}

static const MortiseTest tests[] = {
    {"a driver of an earlier time", test_driver},
};

int
main(int argc, char **argv)
{
    static const char *given[] = {"/nowhere", NULL};
    given[0] = argc == 3 ? argv[1] : given[0];
    directories = given;
    module_directory = argc == 3 ? argv[2] : "/nowhere";
    return mortise_test_main("frozen", tests, G_N_ELEMENTS(tests));
}
