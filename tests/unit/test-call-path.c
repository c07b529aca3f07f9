// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The way of a call: results, failures, deadlines, cancellation, lateness, closing, and what drivers may not
// return.
#include "../mortise-test.h"
#include "static-driver.h"

#include "host-table.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static MortiseConnection *
open_static(MortiseRegistry *registry)
{
    g_autoptr(GError) error = NULL;
    MortiseConnection *connection = mortise_connection_open_full(registry, "static:///x", MORTISE_OPEN_NONE, NULL,
                                                                 &error);
    CHECK_NO_ERROR(error);
    return connection;
}

static MortiseDomain *
lookup(MortiseConnection *connection, const char *name)
{
    g_autoptr(GError) error = NULL;
    MortiseDomain *domain = mortise_connection_lookup_domain(connection, name, &error);
    CHECK_NO_ERROR(error);
    return domain;
}

static void
test_results_and_states(void)
{
    StaticDriver driver;
    static_driver_use(&driver);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseRegistry) registry = static_driver_registry(MORTISE_THREADS_PARALLEL);
    g_autoptr(MortiseConnection) connection = open_static(registry);
    g_autoptr(MortiseDomain) a = lookup(connection, "a");
    g_autoptr(MortiseDomain) b = lookup(connection, "b");
    CHECK_INT(mortise_domain_get_state(a, NULL), MORTISE_DOMAIN_STATE_RUNNING);
    CHECK(mortise_domain_start(b, MORTISE_START_NONE, NULL, &error));
    CHECK_NO_ERROR(error);
    CHECK_INT(mortise_domain_get_state(b, NULL), MORTISE_DOMAIN_STATE_RUNNING);
    CHECK(mortise_domain_suspend(b, NULL, &error));
    CHECK_INT(mortise_domain_get_state(b, NULL), MORTISE_DOMAIN_STATE_PAUSED);
    CHECK(!mortise_domain_resume(b, NULL, &error));
    CHECK_TEXT(mortise_error_get_reason(error), "unsupported");
    g_clear_error(&error);
    CHECK(mortise_domain_stop(b, MORTISE_STOP_NOW, NULL, &error));
    CHECK(!mortise_domain_stop(b, MORTISE_STOP_NOW, NULL, &error));
    CHECK_TEXT(mortise_error_get_reason(error), "domain-inactive");
    g_clear_error(&error);
    g_autoptr(MortiseDomainStats) stats = mortise_domain_get_stats(a, MORTISE_STATS_GROUP_ALL, NULL, &error);
    CHECK_NO_ERROR(error);
    guint64 time = 0;
    CHECK(stats != NULL && g_variant_lookup(stats->values, "cpu.time", "t", &time));
    CHECK_INT(time, 1234);
    mortise_connection_close(connection);
    CHECK(driver.closed);
    CHECK_INT(driver.closed_domains, driver.opened_domains);
    static_driver_clear(&driver);
}

static void
test_failures_keep_the_drivers_words(void)
{
    StaticDriver driver;
    static_driver_use(&driver);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseRegistry) registry = static_driver_registry(MORTISE_THREADS_PARALLEL);
    g_autoptr(MortiseConnection) connection = open_static(registry);
    g_autoptr(MortiseDomain) b = lookup(connection, "b");
    driver.result = MORTISE_FAILED;
    driver.reason = "host-unsupported";
    CHECK(!mortise_domain_start(b, MORTISE_START_NONE, NULL, &error));
    CHECK_TEXT(mortise_error_get_reason(error), "host-unsupported");
    CHECK_TEXT(mortise_error_get_summary(error), "it broke");
    CHECK_TEXT(mortise_error_get_hint(error), "mend it");
    CHECK_TEXT(mortise_error_get_object(error), "thing");
    g_clear_error(&error);
    driver.reason = "a-word-of-its-own";
    CHECK(!mortise_domain_start(b, MORTISE_START_NONE, NULL, &error));
    CHECK_TEXT(mortise_error_get_reason(error), "driver-failed");
    CHECK_CONTAINS(mortise_error_get_details(error), "a-word-of-its-own");
    g_clear_error(&error);
    driver.reason = NULL;
    CHECK(!mortise_domain_start(b, MORTISE_START_NONE, NULL, &error));
    CHECK_CONTAINS(error->message, "said nothing");
    g_clear_error(&error);
    driver.result = 42;
    CHECK(!mortise_domain_start(b, MORTISE_START_NONE, NULL, &error));
    CHECK_TEXT(mortise_error_get_reason(error), "driver-misbehaved");
    CHECK_INT(mortise_domain_get_state(b, NULL), MORTISE_DOMAIN_STATE_SHUTOFF);
    static_driver_clear(&driver);
}

static MortiseResult
report_same_thread(MortiseVcpuSummary *summary, MortiseSink *sink)
{
    summary->model = MORTISE_VCPU_MODEL_PER_VCPU;
    MortiseVcpu vcpu = {sizeof(vcpu), 0, MORTISE_VCPU_RUNNING, 0, 100, 5, NULL};
    mortise_host_table()->sink_vcpu(sink, &vcpu);
    vcpu.id = 1;
    mortise_host_table()->sink_vcpu(sink, &vcpu);
    return MORTISE_OK;
}

static MortiseResult
report_main_thread(MortiseVcpuSummary *summary, MortiseSink *sink)
{
    summary->model = MORTISE_VCPU_MODEL_PER_VCPU;
    MortiseVcpu vcpu = {sizeof(vcpu), 0, MORTISE_VCPU_RUNNING, 0, 7, 5, NULL};
    mortise_host_table()->sink_vcpu(sink, &vcpu);
    return MORTISE_OK;
}

static MortiseResult
report_shared_but_pinnable(MortiseVcpuSummary *summary, MortiseSink *sink G_GNUC_UNUSED)
{
    summary->model = MORTISE_VCPU_MODEL_SHARED;
    summary->pinnable = 1;
    return MORTISE_OK;
}

static MortiseResult
report_unterminated(MortiseVcpuSummary *summary, MortiseSink *sink G_GNUC_UNUSED)
{
    memset(summary->reason, 'x', sizeof(summary->reason));
    return MORTISE_OK;
}

static void
test_lying_reports_are_refused(void)
{
    static const struct {
        MortiseResult (*report)(MortiseVcpuSummary *summary, MortiseSink *sink);
        const char *part;
    } lies[] = {
        {report_same_thread, "same thread"},
        {report_main_thread, "main thread of the emulator"},
        {report_shared_but_pinnable, "pinnable without threads"},
        {report_unterminated, "longer than"},
    };
    StaticDriver driver;
    static_driver_use(&driver);
    g_autoptr(MortiseRegistry) registry = static_driver_registry(MORTISE_THREADS_PARALLEL);
    g_autoptr(MortiseConnection) connection = open_static(registry);
    g_autoptr(MortiseDomain) a = lookup(connection, "a");
    for (gsize i = 0; i < G_N_ELEMENTS(lies); i++) {
        g_autoptr(GError) error = NULL;
        driver.report = lies[i].report;
        g_autoptr(MortiseVcpuReport) report = mortise_domain_get_vcpus(a, NULL, &error);
        CHECK(report == NULL);
        CHECK_TEXT(mortise_error_get_reason(error), "driver-misbehaved");
        CHECK_CONTAINS(error->message, lies[i].part);
    }
    g_autoptr(GError) error = NULL;
    driver.capabilities = "<capabilities>\xff</capabilities>";
    CHECK(mortise_connection_get_capabilities(connection, NULL, &error) == NULL);
    CHECK_CONTAINS(error->message, "not UTF-8");
    g_clear_error(&error);
    driver.status_state = 99;
    g_autoptr(MortiseDomain) b = lookup(connection, "b");
    CHECK(!mortise_domain_start(b, MORTISE_START_NONE, NULL, &error));
    CHECK_CONTAINS(error->message, "state 99");
    CHECK_INT(mortise_domain_get_state(b, NULL), MORTISE_DOMAIN_STATE_SHUTOFF);
    static_driver_clear(&driver);
}

static MortiseResult
report_none(MortiseVcpuSummary *summary, MortiseSink *sink G_GNUC_UNUSED)
{
    summary->model = MORTISE_VCPU_MODEL_NONE;
    summary->maximum = 3;
    return MORTISE_OK;
}

static MortiseResult
report_gone(MortiseVcpuSummary *summary, MortiseSink *sink G_GNUC_UNUSED)
{
    summary->model = MORTISE_VCPU_MODEL_SHARED;
    summary->maximum = 3;
    return MORTISE_OK;
}

/* A domain without vCPUs has as many as its driver says; one that has some has those that are reported. */
static void
test_number_without_vcpus(void)
{
    StaticDriver driver;
    static_driver_use(&driver);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseRegistry) registry = static_driver_registry(MORTISE_THREADS_PARALLEL);
    g_autoptr(MortiseConnection) connection = open_static(registry);
    g_autoptr(MortiseDomain) a = lookup(connection, "a");
    driver.report = report_none;
    g_autoptr(MortiseVcpuPins) none = mortise_domain_get_vcpu_pins(a, MORTISE_MODIFY_LIVE, NULL, &error);
    CHECK(none != NULL);
    CHECK_INT(none->current, 3);
    CHECK_INT(none->maximum, 3);
    CHECK_INT(none->vcpus->len, 0);
    CHECK_TEXT(none->emulator, "0-1");
    driver.report = report_gone;
    g_autoptr(MortiseVcpuPins) gone = mortise_domain_get_vcpu_pins(a, MORTISE_MODIFY_LIVE, NULL, &error);
    CHECK(gone != NULL);
    CHECK_INT(gone->current, 0);
    CHECK_INT(gone->maximum, 3);
    static_driver_clear(&driver);
}

static void
check_vcpus_fail(MortiseDomain *domain, MortiseModifyFlags flags, const char *reason, const char *part)
{
    g_autoptr(GError) error = NULL;
    CHECK(!mortise_domain_set_vcpus(domain, 1, flags, NULL, &error));
    CHECK_TEXT(mortise_error_get_reason(error), reason);
    CHECK_CONTAINS(error->message, part);
}

static void
test_lying_edits_are_refused(void)
{
    StaticDriver driver;
    static_driver_use(&driver);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseRegistry) registry = static_driver_registry(MORTISE_THREADS_PARALLEL);
    g_autoptr(MortiseConnection) connection = open_static(registry);
    g_autoptr(MortiseDomain) a = lookup(connection, "a");
    g_autofree char *before = mortise_domain_get_xml(a, MORTISE_XML_INACTIVE, NULL);
    check_vcpus_fail(a, MORTISE_MODIFY_LIVE, "unsupported", "does not offer changing the number of vCPUs");
    driver.edited = "<domain type='static'><name>a</name>"
                    "<uuid>99999999-0000-4000-8000-000000000009</uuid></domain>";
    check_vcpus_fail(a, MORTISE_MODIFY_CONFIG, "driver-misbehaved", "one of another domain");
    driver.edited = "<domain type='static'><name>a</name>";
    check_vcpus_fail(a, MORTISE_MODIFY_CONFIG, "invalid-xml", "line 1");
    driver.edited = "";
    check_vcpus_fail(a, MORTISE_MODIFY_CONFIG, "invalid-xml", "domain XML");
    g_autofree char *after = mortise_domain_get_xml(a, MORTISE_XML_INACTIVE, NULL);
    CHECK_TEXT(after, before);
    for (driver.vcpus = 0; driver.vcpus <= 3; driver.vcpus += 3) {
        CHECK(mortise_domain_get_vcpu_pins(a, MORTISE_MODIFY_CONFIG, NULL, &error) == NULL);
        CHECK_TEXT(mortise_error_get_reason(error), "driver-misbehaved");
        CHECK_CONTAINS(error->message, "of 2 vCPUs");
        g_clear_error(&error);
    }
    static_driver_clear(&driver);
}

/* The definition of "a" with that in it. */
#define A_WITH(inside) \
    "<domain type='static'><name>a</name><uuid>%s</uuid>" inside "<memory>1024</memory></domain>"

static void
check_attach(MortiseDomain *domain, MortiseModifyFlags flags, const char *reason, const char *part)
{
    g_autoptr(GError) error = NULL;
    gboolean good = mortise_domain_attach_device(domain, "<rng/>", flags, NULL, &error);
    CHECK_INT(good, reason == NULL);
    CHECK_TEXT(error != NULL ? mortise_error_get_reason(error) : NULL, reason);
    CHECK_CONTAINS(error != NULL ? error->message : "", part);
}

/* What a driver makes of a definition is looked at before it is kept. */
static void
test_edits_are_checked(void)
{
    StaticDriver driver;
    static_driver_use(&driver);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseRegistry) registry = static_driver_registry(MORTISE_THREADS_PARALLEL);
    g_autoptr(MortiseConnection) connection = open_static(registry);
    g_autoptr(MortiseDomain) a = lookup(connection, "a");
    g_autofree char *before = mortise_domain_get_xml(a, MORTISE_XML_INACTIVE, NULL);
    g_autofree char *odd = g_strdup_printf(A_WITH("<odd/>"), mortise_domain_get_uuid(a));
    g_autofree char *absent = g_strdup_printf(A_WITH("<absent/>"), mortise_domain_get_uuid(a));
    check_attach(a, MORTISE_MODIFY_LIVE, "unsupported", "does not offer attaching devices while a domain runs");
    check_attach(a, MORTISE_MODIFY_LIVE | MORTISE_MODIFY_CONFIG, "unsupported", "change the definition only");
    driver.edited = "<domain type='static'><name>a</name>"
                    "<uuid>99999999-0000-4000-8000-000000000009</uuid></domain>";
    check_attach(a, MORTISE_MODIFY_CONFIG, "driver-misbehaved", "one of another domain");
    driver.edited = odd;
    check_attach(a, MORTISE_MODIFY_CONFIG, "element-unsupported", "<odd/>: it cannot be had");
    check_attach(a, MORTISE_MODIFY_CONFIG | MORTISE_MODIFY_MAXIMUM, "invalid-argument", "no maximum");
    g_autofree char *same = mortise_domain_get_xml(a, MORTISE_XML_INACTIVE, NULL);
    CHECK_TEXT(same, before);
    CHECK(!mortise_domain_set_memory(a, 1024, MORTISE_MODIFY_CONFIG, NULL, &error));
    CHECK_CONTAINS(error->message, "does not offer changing the amount of memory");
    g_clear_error(&error);
    driver.edited = absent; /* what a host lacks now it may have at the next start */
    if (mortise_domain_attach_device(a, "<rng/>", MORTISE_MODIFY_CONFIG, NULL, &error)) {
        g_autofree char *after = mortise_domain_get_xml(a, MORTISE_XML_INACTIVE, NULL);
        CHECK_TEXT(after, absent);
    } else {
        CHECK_TEXT(mortise_error_get_reason(error), "unsupported"); /* by a driver that keeps no definitions */
    }
    static_driver_clear(&driver);
}

static void
test_lying_settings_are_refused(void)
{
    static const struct {
        MortiseValue value;
        const char *part;
    } lies[] = {
        {{sizeof(MortiseValue), MORTISE_VALUE_SIGNED, "nonsense", 1, NULL}, "no setting 'nonsense' of cpu"},
        {{sizeof(MortiseValue), MORTISE_VALUE_SIGNED, "hard_limit", 1, NULL}, "no setting 'hard_limit' of cpu"},
        {{sizeof(MortiseValue), MORTISE_VALUE_UNSIGNED, "cpu_shares", 1, NULL}, "'cpu_shares' is no number"},
        {{sizeof(MortiseValue), MORTISE_VALUE_SIGNED, "vcpu_quota", (uint64_t) -2, NULL}, "'vcpu_quota' is no"},
    };
    StaticDriver driver;
    static_driver_use(&driver);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseRegistry) registry = static_driver_registry(MORTISE_THREADS_PARALLEL);
    g_autoptr(MortiseConnection) connection = open_static(registry);
    g_autoptr(MortiseDomain) a = lookup(connection, "a");
    for (gsize i = 0; i < G_N_ELEMENTS(lies); i++) {
        driver.setting = lies[i].value;
        CHECK(mortise_domain_get_tuning(a, MORTISE_TUNING_GROUP_CPU, MORTISE_MODIFY_CONFIG, NULL, &error) == NULL);
        CHECK_TEXT(mortise_error_get_reason(error), "driver-misbehaved");
        CHECK_CONTAINS(error->message, lies[i].part);
        g_clear_error(&error);
    }
    driver.setting = (MortiseValue) {sizeof(MortiseValue), MORTISE_VALUE_SIGNED, "cpu_shares", 7, NULL};
    g_autoptr(GVariant) values
        = mortise_domain_get_tuning(a, MORTISE_TUNING_GROUP_CPU, MORTISE_MODIFY_CONFIG, NULL, &error);
    CHECK_NO_ERROR(error);
    gint64 number = 0;
    CHECK(values != NULL && g_variant_lookup(values, "cpu_shares", "x", &number) && number == 7);
    CHECK(mortise_domain_get_tuning(a, MORTISE_TUNING_GROUP_CPU, MORTISE_MODIFY_LIVE, NULL, &error) == NULL);
    CHECK_CONTAINS(error->message, "does not offer limits and weights of a running domain");
    static_driver_clear(&driver);
}

static void
test_late_call_marks_the_domain_and_nothing_else(void)
{
    StaticDriver driver;
    static_driver_use(&driver);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseRegistry) registry = static_driver_registry(MORTISE_THREADS_SERIAL_PER_DOMAIN);
    g_autoptr(MortiseConnection) connection = open_static(registry);
    g_autoptr(MortiseDomain) a = lookup(connection, "a");
    g_autoptr(MortiseDomain) b = lookup(connection, "b");
    driver.held_domain = "a";
    driver.hold = TRUE;
    mortise_connection_set_deadline(connection, 30);
    g_autoptr(MortiseDomainInfo) hung = NULL;
    /* where no worker comes to a call in its time, it is dropped, and marks nothing */
    while (hung == NULL || hung->hung_operation == NULL) {
        CHECK(!mortise_domain_suspend(a, NULL, &error));
        CHECK_TEXT(mortise_error_get_reason(error), "timeout");
        CHECK(mortise_error_is_retryable(error));
        g_clear_error(&error);
        g_clear_pointer(&hung, mortise_domain_info_free);
        hung = mortise_domain_get_info(a, NULL);
    }
    CHECK_TEXT(hung->hung_operation, "domain-suspend");
    CHECK(hung->hung_ms >= 30);
    CHECK(!mortise_domain_suspend(a, NULL, &error));
    CHECK_TEXT(mortise_error_get_reason(error), "domain-busy");
    CHECK_CONTAINS(error->message, "domain-suspend has been under way");
    g_clear_error(&error);
    mortise_connection_set_deadline(connection, 120000);
    CHECK(mortise_domain_start(b, MORTISE_START_NONE, NULL, &error));
    CHECK_NO_ERROR(error);
    guint entered = driver.entered;
    static_driver_release(&driver);
    /* the next call passes only after the late one has left, and the one that gave up while waiting never runs */
    CHECK(mortise_domain_stop(a, MORTISE_STOP_NOW, NULL, &error));
    CHECK_INT(driver.entered, entered + 1);
    g_autoptr(MortiseDomainInfo) well = mortise_domain_get_info(a, NULL);
    CHECK(well->hung_operation == NULL);
    static_driver_clear(&driver);
}

static gpointer
cancel_when_inside(gpointer data)
{
    gpointer *both = data;
    CHECK(static_driver_wait_inside(both[0], 1));
    g_cancellable_cancel(both[1]);
    return NULL;
}

static void
test_cancellation_returns_at_once(void)
{
    StaticDriver driver;
    static_driver_use(&driver);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseRegistry) registry = static_driver_registry(MORTISE_THREADS_PARALLEL);
    g_autoptr(MortiseConnection) connection = open_static(registry);
    g_autoptr(MortiseDomain) a = lookup(connection, "a");
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    gpointer both[] = {&driver, cancellable};
    driver.hold = TRUE;
    GThread *thread = g_thread_new("cancel", cancel_when_inside, both);
    CHECK(!mortise_domain_suspend(a, cancellable, &error));
    CHECK_TEXT(mortise_error_get_reason(error), "cancelled");
    g_clear_error(&error);
    (void) g_thread_join(thread);
    static_driver_release(&driver);
    CHECK(mortise_domain_stop(a, MORTISE_STOP_NOW, NULL, &error));
    CHECK_NO_ERROR(error);
    CHECK(!mortise_domain_start(a, MORTISE_START_NONE, cancellable, &error));
    CHECK_TEXT(mortise_error_get_reason(error), "cancelled");
    static_driver_clear(&driver);
}

static void
test_close_and_fork(void)
{
    StaticDriver driver;
    static_driver_use(&driver);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseRegistry) registry = static_driver_registry(MORTISE_THREADS_PARALLEL);
    g_autoptr(MortiseConnection) connection = open_static(registry);
    g_autoptr(MortiseDomain) a = lookup(connection, "a");
    pid_t child = fork();
    if (child == 0) {
        g_autoptr(GError) cause = NULL;
        gboolean refused = !mortise_domain_suspend(a, NULL, &cause);
        _exit(refused && g_str_equal(mortise_error_get_reason(cause), "forked") ? 0 : 1);
    }
    int status = -1;
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    mortise_connection_close(connection);
    mortise_connection_close(connection);
    CHECK(!mortise_domain_suspend(a, NULL, &error));
    CHECK_TEXT(mortise_error_get_reason(error), "connection-closed");
    CHECK(mortise_connection_list_domains(connection, MORTISE_LIST_ALL, NULL) == NULL);
    static_driver_clear(&driver);
}

static void
test_unknown_scheme_and_bad_parameters(void)
{
    StaticDriver driver;
    static_driver_use(&driver);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseRegistry) registry = static_driver_registry(MORTISE_THREADS_PARALLEL);
    CHECK(mortise_connection_open_full(registry, "nothing:///x", MORTISE_OPEN_NONE, NULL, &error) == NULL);
    CHECK_TEXT(mortise_error_get_reason(error), "driver-missing");
    g_clear_error(&error);
    CHECK(mortise_connection_open_full(registry, "static:///x?colour=red", MORTISE_OPEN_NONE, NULL, &error)
          == NULL);
    CHECK_CONTAINS(error->message, "no parameter 'colour'");
    g_clear_error(&error);
    CHECK(mortise_connection_open_full(registry, "static+ssh://host/x", MORTISE_OPEN_NONE, NULL, &error) == NULL);
    CHECK_TEXT(mortise_error_get_reason(error), "unsupported");
    static_driver_clear(&driver);
}

static const MortiseTest tests[] = {
    {"results and states", test_results_and_states},
    {"failures keep the driver's words", test_failures_keep_the_drivers_words},
    {"lying reports are refused", test_lying_reports_are_refused},
    {"number without vCPUs", test_number_without_vcpus},
    {"lying edits are refused", test_lying_edits_are_refused},
    {"edits are checked", test_edits_are_checked},
    {"lying settings are refused", test_lying_settings_are_refused},
    {"a late call marks its domain and nothing else", test_late_call_marks_the_domain_and_nothing_else},
    {"a cancellation returns at once", test_cancellation_returns_at_once},
    {"closing and forking", test_close_and_fork},
    {"unknown schemes and parameters", test_unknown_scheme_and_bad_parameters},
};

MORTISE_TEST_MAIN("call path", tests)
