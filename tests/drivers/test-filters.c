// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The filters trace and readonly, as modules, on a fake host.
#include "../mortise-test.h"
#include "fake-host-simple.h"

#include <dlfcn.h>
#include <mortise/driver/filter.h>

typedef struct {
    FakeHost *host;
    const MortiseModuleDescriptor *descriptor;
    const MortiseFilterOperations *operations;
    void *filter;
} Fixture;

/* Loads the built module, as the core does; it stays loaded. */
static Fixture
fixture_open(const char *name)
{
    const char *build = g_getenv("MORTISE_TEST_BUILD");
    g_autofree char *file = g_strdup_printf("mortise-filter-%s.so", name);
    g_autofree char *path = g_build_filename(build != NULL ? build : ".", "plugins", file, NULL);
    Fixture fixture = {.host = fake_host_new()};

    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (module == NULL) {
        g_error("%s", dlerror());
    }
    fixture.descriptor = dlsym(module, "mortise_driver_v1");
    CHECK_TEXT(fixture.descriptor->name, name);
    CHECK_INT(fixture.descriptor->kind, MORTISE_KIND_FILTER);
    fixture.operations = fixture.descriptor->operations;
    MortiseResult started = fixture.operations->startup(fake_host_table(), fake_host_driver(fixture.host),
                                                        &fixture.filter);
    CHECK_INT(started, MORTISE_OK);
    return fixture;
}

static void
fixture_close(Fixture *fixture)
{
    fixture->operations->shutdown(fixture->filter);
    fake_host_free(fixture->host);
}

static MortiseCallInformation
call_to(const char *operation, guint32 operation_class, const char *interface_id, const char *domain)
{
    return (MortiseCallInformation) {
        .struct_size = sizeof(MortiseCallInformation),
        .operation_class = operation_class,
        .serial = 7,
        .operation = operation,
        .interface_id = interface_id,
        .driver = "test",
        .uri = "test:///default",
        .domain = domain,
        .deadline_milliseconds = 250,
        .reason = "",
    };
}

static void
test_trace(void)
{
    Fixture fixture = fixture_open("trace");
    MortiseCallInformation start = call_to("domain-start", MORTISE_CLASS_CHANGE, "lifecycle", "vm");
    MortiseCallInformation open = call_to("connection-open", MORTISE_CLASS_QUERY, "", "");

    CHECK_INT(fixture.operations->before(fixture.filter, &start), MORTISE_OK);
    start.duration_nanoseconds = 12345678;
    fixture.operations->after(fixture.filter, &start);
    start.result = MORTISE_FAILED;
    start.reason = "resource-busy";
    fixture.operations->after(fixture.filter, &start);
    start.timed_out = 1;
    start.reason = "timeout";
    fixture.operations->after(fixture.filter, &start);
    open.deadline_milliseconds = -1;
    CHECK_INT(fixture.operations->before(fixture.filter, &open), MORTISE_OK);
    fixture.operations->after(fixture.filter, &open);
    g_autofree char *log = fake_host_log(fixture.host);
    CHECK_TEXT(log, "1 #7 domain-start 'vm' begins (driver test, test:///default, 250 ms left)\n"
                    "1 #7 domain-start 'vm' is done after 12.345 ms\n"
                    "1 #7 domain-start 'vm' failed: resource-busy after 12.345 ms\n"
                    "1 #7 domain-start 'vm' is late: timeout after 12.345 ms\n"
                    "1 #7 connection-open begins (driver test, test:///default, no deadline)\n"
                    "1 #7 connection-open is done after 0.000 ms\n");
    fixture_close(&fixture);
}

/* The longest texts that the core lets through are written whole. */
static void
test_trace_long(void)
{
    Fixture fixture = fixture_open("trace");
    g_autofree char *name = g_strnfill(MORTISE_NAME_LIMIT, 'n');
    g_autofree char *uri = g_strnfill(2048, 'u');
    MortiseCallInformation start = call_to(name, MORTISE_CLASS_CHANGE, "lifecycle", name);

    start.driver = name;
    start.uri = uri;
    CHECK_INT(fixture.operations->before(fixture.filter, &start), MORTISE_OK);
    g_autofree char *log = fake_host_log(fixture.host);
    CHECK_CONTAINS(log, uri);
    CHECK(g_str_has_suffix(log, " 250 ms left)\n"));
    fixture_close(&fixture);
}

static void
test_readonly(void)
{
    static const struct {
        const char *operation;
        const char *interface_id;
        guint32 operation_class;
        gboolean passes;
    } cases[] = {
        {"connection-list", "", MORTISE_CLASS_READ, TRUE},
        {"domain-stats", "stats", MORTISE_CLASS_QUERY, TRUE},
        {"domain-console", "console", MORTISE_CLASS_QUERY, FALSE},
        {"domain-define", "config", MORTISE_CLASS_CHANGE, FALSE},
        {"domain-start", "lifecycle", MORTISE_CLASS_CHANGE, FALSE},
        {"domain-migrate", "migration", MORTISE_CLASS_JOB, FALSE},
        {"of-a-later-core", "", MORTISE_CLASS_LAST + 1, FALSE},
    };
    Fixture fixture = fixture_open("readonly");

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        MortiseCallInformation call =
            call_to(cases[i].operation, cases[i].operation_class, cases[i].interface_id, "vm");
        fake_call_begin(-1);
        CHECK_INT(fixture.operations->before(fixture.filter, &call), cases[i].passes ? MORTISE_OK : MORTISE_FAILED);
        CHECK_TEXT(fake_call_error()->reason, cases[i].passes ? "" : "refused-by-filter");
        CHECK_TEXT(fake_call_error()->object, cases[i].passes ? "" : "vm");
        if (!cases[i].passes) {
            CHECK_CONTAINS(fake_call_error()->message, cases[i].operation);
            CHECK_CONTAINS(fake_call_error()->hint, "MORTISE_FILTERS");
        }
    }
    CHECK(fixture.operations->after == NULL);
    fixture_close(&fixture);
}

static const MortiseTest tests[] = {
    {"trace", test_trace},
    {"trace of long names", test_trace_long},
    {"readonly", test_readonly},
};

MORTISE_TEST_MAIN("filters", tests)
