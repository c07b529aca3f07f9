// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a host, this one or one that a document describes, can take a guest: by the same TSC verdict as all drivers.
#include "migration.h"

#include <string.h>

#include "tsc-common.h"
#include "xml-read.h"

typedef xmlChar TestXmlText;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestXmlText, xmlFree)

typedef struct {
    const char *place;
    TscHost tsc;
    guint64 memory_kib;   /* 0: not known, like the next */
    guint64 cpus;
} Host;

/* Takes one finding; `facts` may be NULL. */
typedef void (*Report)(gpointer data, const MortiseFinding *finding);

static guint64
number_of(xmlNode *node, const char *attribute)
{
    guint64 number = 0;
    g_autoptr(TestXmlText) text = attribute != NULL ? xmlGetNoNsProp(node, (const xmlChar *) attribute)
                                                    : xmlNodeGetContent(node);

    if (text == NULL || !g_ascii_string_to_unsigned((const char *) text, 10, 0, G_MAXINT64, &number, NULL)) {
        return 0;
    }
    return number;
}

static gboolean
attribute_is(xmlNode *node, const char *attribute, const char *word)
{
    g_autoptr(TestXmlText) text = xmlGetNoNsProp(node, (const xmlChar *) attribute);

    return text != NULL && g_str_equal((const char *) text, word);
}

/* Looks at each element below `parent`; depth is bounded by the parser. */
static void
read_elements(const xmlNode *parent, Host *host)
{
    for (xmlNode *node = parent->children; node != NULL; node = node->next) {
        if (test_xml_is(node, "guest")) {
            continue;
        }
        if (test_xml_is(node, "counter") && attribute_is(node, "name", "tsc")) {
            host->tsc.khz = number_of(node, "frequency") / 1000;
            host->tsc.scaling = attribute_is(node, "scaling", "yes") ? 1 : attribute_is(node, "scaling", "no") ? 0 : -1;
        } else if (test_xml_is(node, "memory") && attribute_is(node, "unit", "KiB")) {
            host->memory_kib += number_of(node, NULL);
        } else if (test_xml_is(node, "cpus")) {
            host->cpus += number_of(node, "num");
        }
        read_elements(node, host);
    }
}

static gboolean
read_host(const char *capabilities, Host *host, DriverFailure **failure)
{
    static const char where[] = "capabilities";
    g_autoptr(xmlDoc) document = test_xml_read(capabilities, "capabilities document", failure);

    if (document == NULL) {
        return FALSE;
    }
    const xmlNode *root = xmlDocGetRootElement(document);
    if (root == NULL || !test_xml_is(root, "capabilities")) {
        driver_failure_set(failure, "invalid-xml", NULL, "give what 'mortise capabilities' prints on that host",
                           "the document is no <capabilities>");
        return FALSE;
    }
    *host = (Host) {.place = "that host", .tsc = {.scaling = -1, .khz_source = where, .scaling_source = where}};
    read_elements(root, host);
    if (host->tsc.khz > TSC_KHZ_LIMIT) {
        host->tsc.khz = 0;
    }
    return TRUE;
}

static Host
own_host(const TestConnection *connection)
{
    static const gint scaling[] = {[TEST_SCALING_UNKNOWN] = -1, [TEST_SCALING_NO] = 0, [TEST_SCALING_YES] = 1};
    static const char where[] = "its world";
    const TestHostFacts *facts = &connection->world->host;

    return (Host) {
        .place = "this host",
        .tsc = {facts->tsc_khz, scaling[facts->tsc_scaling], where, where},
        .memory_kib = facts->memory_kib,
        .cpus = facts->cpus,
    };
}

static void
add_number(GArray *facts, const char *key, guint64 number, guint32 type)
{
    MortiseValue value = {.struct_size = sizeof value, .type = type, .key = key, .number = number};

    g_array_append_val(facts, value);
}

static GArray *
tsc_facts(const TscResult *result)
{
    GArray *facts = g_array_new(FALSE, FALSE, sizeof(MortiseValue));
    MortiseValue scaling = {.struct_size = sizeof scaling, .type = MORTISE_VALUE_TEXT, .key = "scaling",
                            .text = tsc_scaling_word(result->host.scaling)};

    if (result->requested_khz > 0) {
        add_number(facts, "requested_khz", result->requested_khz, MORTISE_VALUE_UNSIGNED);
    }
    if (result->host.khz > 0) {
        add_number(facts, "host_khz", result->host.khz, MORTISE_VALUE_UNSIGNED);
        add_number(facts, "window_khz", result->window_low, MORTISE_VALUE_UNSIGNED);
        add_number(facts, "window_khz", result->window_high, MORTISE_VALUE_UNSIGNED);
    }
    if (result->difference_known) {
        add_number(facts, "difference_ppm", (guint64) result->difference_ppm, MORTISE_VALUE_SIGNED);
    }
    g_array_append_val(facts, scaling);
    return facts;
}

static void
judge_tsc(const TestDefinition *definition, const Host *host, Report report, gpointer data)
{
    static const guint verdicts[] = {
        [TSC_COMPATIBLE] = MORTISE_VERDICT_GOOD,
        [TSC_INCOMPATIBLE] = MORTISE_VERDICT_BAD,
        [TSC_UNKNOWN] = MORTISE_VERDICT_UNKNOWN,
    };
    const TscResult result = tsc_verdict(definition->tsc_hz, &host->tsc, TSC_TOLERANCE_PPM);
    g_autoptr(GArray) facts = tsc_facts(&result);
    const gboolean unnamed = definition->invtsc && definition->tsc_hz == 0;
    g_autofree char *words = definition->tsc_hz > 0 ? tsc_result_explain(&result)
                             : unnamed ? g_strdup("the domain has the CPU feature invtsc and names no TSC frequency")
                                       : g_strdup("the domain asks for no TSC frequency");
    g_autofree char *wanted = result.requested_khz > 0
                                  ? g_strdup_printf("%" G_GUINT64_FORMAT " kHz", result.requested_khz) : NULL;
    g_autofree char *there = host->tsc.khz > 0 ? g_strdup_printf("%" G_GUINT64_FORMAT " kHz, scaling %s", host->tsc.khz,
                                                                 tsc_scaling_word(host->tsc.scaling)) : NULL;
    MortiseFinding finding = {
        .struct_size = sizeof finding,
        .verdict = definition->tsc_hz > 0 ? verdicts[result.verdict]
                   : unnamed ? MORTISE_VERDICT_BAD : MORTISE_VERDICT_GOOD,
        .id = "tsc-frequency",
        .object = "domain/clock/timer/@frequency",
        .message = words,
        .hint = definition->tsc_hz > 0 ? tsc_result_hint(&result)
                : unnamed ? "give it <clock><timer name='tsc' frequency='HZ'/></clock>, and start it again" : NULL,
        .source = wanted,
        .destination = there,
        .facts = (const MortiseValue *) (const void *) facts->data,
        .fact_count = facts->len,
    };

    report(data, &finding);
}

/* A made-up guest runs anywhere; that a real one would not is worth a word. */
static void
judge_size(const char *id, guint64 wanted, guint64 there, const char *unit, const Host *host, Report report,
           gpointer data)
{
    g_autofree char *source = g_strdup_printf("%" G_GUINT64_FORMAT "%s", wanted, unit);
    g_autofree char *destination = there > 0 ? g_strdup_printf("%" G_GUINT64_FORMAT "%s", there, unit) : NULL;
    gboolean more = there > 0 && wanted > there;
    g_autofree char *message = there == 0 ? g_strdup_printf("nobody says how much %s has", host->place)
                               : more ? g_strdup_printf("%s has less than the domain wants", host->place)
                                      : g_strdup_printf("%s has enough", host->place);
    MortiseFinding finding = {
        .struct_size = sizeof finding,
        .verdict = there == 0 ? MORTISE_VERDICT_UNKNOWN : more ? MORTISE_VERDICT_WARNING : MORTISE_VERDICT_GOOD,
        .id = id,
        .message = message,
        .source = source,
        .destination = destination,
    };

    report(data, &finding);
}

static void
judge(const TestDefinition *definition, const Host *host, Report report, gpointer data)
{
    judge_tsc(definition, host, report, data);
    judge_size("memory", definition->memory_kib, host->memory_kib, " KiB", host, report, data);
    judge_size("vcpus", definition->maximum_vcpus, host->cpus, "", host, report, data);
}

typedef struct {
    const MortiseHost *host;
    MortiseSink *sink;
} Sink;

static void
report_to_sink(gpointer data, const MortiseFinding *finding)
{
    const Sink *sink = data;

    sink->host->sink_finding(sink->sink, finding);
}

MortiseResult
test_migration_judge(void *handle, const MortiseMigrationArguments *arguments, const char *offer,
                     const char *capabilities, MortiseSink *findings)
{
    g_autoptr(TestConnection) connection = test_connection_ref(handle);
    g_auto(TestOffer) read = {0};
    DriverFailure *failure = NULL;
    Host host = own_host(connection);

    if (test_play(connection, NULL, TEST_OPERATION_JUDGE) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    if (!test_offer_parse(offer, arguments, &read, &failure) ||
        (capabilities != NULL && !read_host(capabilities, &host, &failure))) {
        return test_fail_with(connection->driver, failure);
    }
    Sink sink = {connection->driver->host, findings};
    judge(read.definition, &host, report_to_sink, &sink);
    return MORTISE_OK;
}

static void
report_bad(gpointer data, const MortiseFinding *finding)
{
    GString *text = data;

    if (finding->verdict == MORTISE_VERDICT_BAD) {
        g_string_append_printf(text, "%s%s", text->len > 0 ? "; " : "", finding->message);
    }
}

MortiseResult
test_migration_require(TestConnection *connection, const TestOffer *offer)
{
    g_autoptr(GString) bad = g_string_new(NULL);
    const Host host = own_host(connection);

    judge(offer->definition, &host, report_bad, bad);
    if (bad->len == 0) {
        return MORTISE_OK;
    }
    return test_fail(connection->driver, "host-unsupported", offer->definition->name,
                     "ask for other hosts with 'mortise migrate --check'", "this host cannot take '%s': %s",
                     offer->definition->name, bad->str);
}

MortiseResult
test_migration_common_tsc(void *handle, uint64_t frequency, const char *const *capabilities, uint32_t count,
                          MortiseSink *result)
{
    g_autoptr(TestConnection) connection = test_connection_ref(handle);
    g_autoptr(GArray) hosts = g_array_new(FALSE, FALSE, sizeof(TscHost));
    DriverFailure *failure = NULL;

    if (test_play(connection, NULL, TEST_OPERATION_COMMON_TSC) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    if (!tsc_common_check(frequency, count, &failure)) {
        return test_fail_with(connection->driver, failure);
    }
    for (uint32_t i = 0; i < count; i++) {
        Host host;
        if (!read_host(capabilities[i], &host, &failure)) {
            driver_failure_prefix(failure, "host %u of %u: ", i + 1, count);
            return test_fail_with(connection->driver, failure);
        }
        g_array_append_val(hosts, host.tsc);
    }
    g_autofree char *text = tsc_common_find(hosts, frequency);
    connection->driver->host->sink_text(result, text, strlen(text));
    return MORTISE_OK;
}
