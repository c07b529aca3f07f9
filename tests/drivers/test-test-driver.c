// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The driver without a hypervisor: its default world, the life of its domains, and what it reports.
#include "test-driver-fixture.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <string.h>

#define PLAIN "<domain type='test'><name>%s</name><uuid>%s</uuid><memory unit='MiB'>64</memory></domain>"
#define UUID_A "00000000-0000-0000-0000-00000000000a"
#define UUID_B "00000000-0000-0000-0000-00000000000b"

static void
test_descriptor(void)
{
    const MortiseModuleDescriptor *descriptor = &mortise_driver_v1;

    CHECK_TEXT(mortise_module_marker, MORTISE_MODULE_MARKER);
    CHECK_INT(descriptor->magic, MORTISE_ABI_MAGIC);
    CHECK_INT(descriptor->struct_size, sizeof *descriptor);
    CHECK_INT(descriptor->thread_model, MORTISE_THREADS_PARALLEL);
    CHECK_INT(descriptor->flags, MORTISE_DRIVER_OWNS_DOMAINS);
    CHECK_TEXT(descriptor->name, "test");
    CHECK_TEXT(descriptor->schemes[0], "test");
    CHECK_TEXT(descriptor->domain_types[0], "test");
}

static void
test_default_world(void)
{
    g_autoptr(Fixture) fixture = fixture_new_default();
    g_autoptr(FakeDomain) domain = fake_domain_get(fixture->listed, "test");

    CHECK_INT(fake_connection_count(fixture->listed), 1);
    CHECK_STATE(fixture, "test", "running booted 1");
    CHECK(domain->persistent);
    CHECK_TEXT(domain->type, "test");
    CHECK_CONTAINS(domain->inactive_xml, "<uuid>" DEFAULT_UUID "</uuid>");
    CHECK_CONTAINS(domain->inactive_xml, "<memory unit='KiB'>8388608</memory>");
    CHECK_CONTAINS(domain->inactive_xml, "<vcpu>2</vcpu>");
    CHECK_CONTAINS(domain->live_xml, "<domain id='1' type='test'>");
    CHECK_CONTAINS(domain->live_xml, "<uuid>" DEFAULT_UUID "</uuid>");
}

static void
test_life(void)
{
    g_autoptr(Fixture) fixture = fixture_new_default();
    void *domain = fixture_domain(fixture, "test");

    CHECK_WORKS(fixture->lifecycle->suspend(domain));
    CHECK_STATE(fixture, "test", "paused user 1");
    CHECK_WORKS(fixture->lifecycle->suspend(domain));
    CHECK_WORKS(fixture->lifecycle->resume(domain));
    CHECK_STATE(fixture, "test", "running unpaused 1");
    CHECK_WORKS(fixture->lifecycle->reboot(domain, MORTISE_SHUTDOWN_ACPI));
    CHECK_WORKS(fixture->lifecycle->reset(domain));
    g_autoptr(FakeDomain) running = fake_domain_get(fixture->listed, "test");
    CHECK_INT(running->events, 2);
    CHECK_TEXT(running->last_event, "reboot: the guest was reset");
    CHECK_STATE(fixture, "test", "running unpaused 1");
    CHECK_FAILS(fixture_start(fixture, domain, "test", 0), "domain-active", "runs already");
    CHECK_WORKS(fixture->lifecycle->shutdown(domain, 0));
    CHECK_STATE(fixture, "test", "shutoff shutdown -1");
    g_autoptr(FakeDomain) ended = fake_domain_get(fixture->listed, "test");
    CHECK_TEXT(ended->live_xml, NULL);
    CHECK_CONTAINS(ended->detail, "as it was asked to");
    CHECK_FAILS(fixture->lifecycle->suspend(domain), "domain-inactive", "does not run");
    CHECK_FAILS(fixture->lifecycle->reset(domain), "domain-inactive", "does not run");
    CHECK_WORKS(fixture->lifecycle->stop(domain, 0));
    CHECK_WORKS(fixture_start(fixture, domain, "test", MORTISE_START_PAUSED));
    CHECK_STATE(fixture, "test", "paused user 2");
    CHECK_WORKS(fixture->lifecycle->resume(domain));
    CHECK_WORKS(fixture->lifecycle->stop(domain, MORTISE_STOP_GRACEFUL));
    CHECK_STATE(fixture, "test", "shutoff destroyed -1");
}

static void
test_start_refuses_what_it_cannot_honour(void)
{
    g_autoptr(Fixture) fixture = fixture_new_default();
    void *domain = fixture_domain(fixture, "test");
    MortiseStartArguments arguments = {.struct_size = sizeof arguments};

    CHECK_WORKS(fixture->lifecycle->stop(domain, 0));
    arguments.xml = "<domain type='test'>\n<name>test</name>\n<uuid>" DEFAULT_UUID "</uuid>\n"
                    "<memory unit='furlong'>1</memory>\n<seclabel type='none'/>\n</domain>";
    CHECK_FAILS(fixture->lifecycle->start(domain, &arguments), "element-unsupported",
                "line 4: 'furlong' is no unit of memory; line 5: the test driver does not know <seclabel>");
    CHECK_TEXT(fake_call_error()->object, "domain/memory");
    CHECK_STATE(fixture, "test", "shutoff destroyed -1");
    arguments.xml = "<domain type='test'><name>other</name><memory>1</memory></domain>";
    CHECK_FAILS(fixture->lifecycle->start(domain, &arguments), "invalid-argument", "is of 'other'");
    arguments.xml = "<domain type='test'><name>test</name>";
    CHECK_FAILS(fixture->lifecycle->start(domain, &arguments), "invalid-xml", "line 1: ");
}

static void
test_definitions(void)
{
    g_autoptr(Fixture) fixture = fixture_new_default();
    g_autofree char *a = g_strdup_printf(PLAIN, "a", UUID_A);
    g_autofree char *other_uuid = g_strdup_printf(PLAIN, "a", UUID_B);
    g_autofree char *other_name = g_strdup_printf(PLAIN, "b", UUID_A);

    CHECK_WORKS(fixture->config->define(fixture->connection, a));
    CHECK_STATE(fixture, "a", "shutoff - -1");
    g_autoptr(FakeDomain) defined = fake_domain_get(fixture->listed, "a");
    CHECK_TEXT(defined->inactive_xml, a);
    CHECK(defined->persistent && !defined->autostart);
    CHECK_FAILS(fixture->config->define(fixture->connection, other_uuid), "domain-exists", "the name belongs to");
    CHECK_FAILS(fixture->config->define(fixture->connection, other_name), "domain-exists", "the UUID belongs to");
    CHECK_FAILS(fixture->config->define(fixture->connection, "<domain type='kvm'><name>k</name></domain>"),
                "invalid-xml", "this driver serves only 'test'");
    CHECK_INT(fake_connection_count(fixture->listed), 2);

    void *domain = fixture_domain(fixture, "a");
    CHECK_WORKS(fixture->config->set_autostart(domain, 1));
    CHECK_WORKS(fixture_start(fixture, domain, "a", 0));
    g_autoptr(FakeDomain) running = fake_domain_get(fixture->listed, "a");
    CHECK(running->autostart);
    CHECK_TEXT(running->inactive_xml, a);
    CHECK_CONTAINS(running->live_xml, "<domain id='2' type='test'><name>a</name>");
    CHECK_WORKS(fixture->config->define(fixture->connection, a));
    CHECK_STATE(fixture, "a", "running booted 2");

    CHECK_WORKS(fixture->config->undefine(domain));
    g_autoptr(FakeDomain) transient = fake_domain_get(fixture->listed, "a");
    CHECK(!transient->persistent && !transient->autostart);
    CHECK_TEXT(transient->inactive_xml, NULL);
    CHECK_FAILS(fixture->config->undefine(domain), "unsupported", "is transient");
    CHECK_FAILS(fixture->config->set_autostart(domain, 1), "unsupported", "is transient");
    CHECK_WORKS(fixture->lifecycle->stop(domain, 0));
    CHECK_STATE(fixture, "a", "gone");
    CHECK_FAILS(fixture->lifecycle->suspend(domain), "no-such-domain", "'a' is gone");
    CHECK_WORKS(fixture->config->define(fixture->connection, a));
    CHECK_WORKS(fixture->config->undefine(fixture_domain(fixture, "a")));
    CHECK_STATE(fixture, "a", "gone");
}

static void
test_create(void)
{
    g_autoptr(Fixture) fixture = fixture_new_default();
    g_autofree char *a = g_strdup_printf(PLAIN, "a", UUID_A);
    const char *bad = "<domain type='test'><name>bad</name></domain>";

    CHECK_WORKS(fixture->config->create(fixture->connection, a, MORTISE_START_PAUSED));
    CHECK_STATE(fixture, "a", "paused user 2");
    g_autoptr(FakeDomain) created = fake_domain_get(fixture->listed, "a");
    CHECK(!created->persistent);
    CHECK_TEXT(created->inactive_xml, NULL);
    CHECK_CONTAINS(created->live_xml, "<domain id='2'");
    CHECK_FAILS(fixture->config->create(fixture->connection, a, 0), "domain-active", "runs already");
    CHECK_FAILS(fixture->config->create(fixture->connection, bad, 0), "element-unsupported", "a domain needs <memory>");
    CHECK_STATE(fixture, "bad", "gone");
    CHECK_WORKS(fixture->config->define(fixture->connection, a));
    CHECK_WORKS(fixture->lifecycle->shutdown(fixture_domain(fixture, "a"), 0));
    CHECK_STATE(fixture, "a", "shutoff shutdown -1");
    CHECK_WORKS(fixture->config->create(fixture->connection, a, 0));
    CHECK_STATE(fixture, "a", "running booted 3");
}

/* The text that the driver announces for a definition that is defined. */
static char *
kept(const char *xml)
{
    g_autoptr(Fixture) fixture = fixture_new_default();

    CHECK_WORKS(fixture->config->define(fixture->connection, xml));
    g_autoptr(FakeDomain) domain = fake_domain_get(fixture->listed, "x");
    if (domain == NULL) {
        CHECK(domain != NULL);
        return NULL;
    }
    CHECK_WORKS(fixture_start(fixture, fixture_domain(fixture, "x"), "x", 0));
    g_autoptr(FakeDomain) running = fake_domain_get(fixture->listed, "x");
    CHECK_CONTAINS(running->live_xml, "<domain id='2' ");
    return g_strdup(domain->inactive_xml);
}

static void
test_text_is_kept(void)
{
    g_autofree char *declared = kept("<?xml version='1.0' encoding='UTF-8'?>\n<!-- <domain> is not here -->\n"
                                     "<domain  type='test'><name>x</name><uuid>" UUID_A "</uuid><memory>1</memory>"
                                     "<metadata><m:note xmlns:m='urn:m'>\xc3\xa4</m:note></metadata></domain>");
    g_autofree char *with_id = kept("<domain type='test' id='77'><name>x</name><uuid>" UUID_A
                                    "</uuid><memory>1</memory></domain>");
    g_autofree char *without_uuid = kept("<domain type='test'><name>x</name><memory>1</memory></domain>");
    g_autofree char *again = kept("<domain type='test'><name>x</name><memory>1</memory></domain>");

    CHECK_TEXT(declared, "<!-- <domain> is not here -->\n"
                         "<domain  type='test'><name>x</name><uuid>" UUID_A "</uuid><memory>1</memory>"
                         "<metadata><m:note xmlns:m='urn:m'>\xc3\xa4</m:note></metadata></domain>");
    CHECK_TEXT(with_id, "<domain type=\"test\"><name>x</name><uuid>" UUID_A "</uuid><memory>1</memory></domain>");
    CHECK_CONTAINS(without_uuid, "<name>x</name><uuid>");
    CHECK_TEXT(again, without_uuid);
}

static void
check_xml(const char *xml, const char *expected)
{
    g_autoptr(Fixture) fixture = fixture_new_default();
    g_autoptr(MortiseSink) sink = fake_sink_new();

    CHECK_WORKS(fixture->config->check(fixture->connection, xml, sink));
    g_ptr_array_add(sink->findings, NULL);
    g_autofree char *found = g_strjoinv("\n", (char **) sink->findings->pdata);
    CHECK_TEXT(found, expected);
}

static void
test_check(void)
{
    check_xml("<domain type='test'><name>x</name><title>t</title><description>d</description><metadata/>"
              "<memory>1</memory><currentMemory unit='b'>1023</currentMemory><vcpu current='1'>2</vcpu><os><type>hvm"
              "</type></os><devices><disk type='whatever'/></devices></domain>", "");
    check_xml("<domain type='test'>\n<name>x</name>\n<memory>a lot</memory>\n<vcpu>0</vcpu>\n<sysinfo/>\n"
              "<q:commandline xmlns:q='urn:q'/></domain>",
              "2 element-unsupported 3 domain/memory: 'a lot' is no amount of memory, or a larger one than can be\n"
              "2 element-unsupported 4 domain/vcpu: '0' is no number of vCPUs; there can be 1 to 4096\n"
              "2 element-unsupported 5 domain/sysinfo: the test driver does not know <sysinfo>\n"
              "2 element-unsupported 6 domain/q:commandline: the test driver does not know <q:commandline>");
    check_xml("<domain type='test'><name>x</name><memory>1</memory><currentMemory>2</currentMemory>"
              "<vcpu current='3'>2</vcpu></domain>",
              "2 element-unsupported 1 domain/currentMemory: <currentMemory> is more than <memory>\n"
              "2 element-unsupported 1 domain/vcpu/@current: '3' is no number from 1 to 2");
    check_xml("<domain type='test'><name>x</name><memory unit='TiB'>99999999999</memory></domain>",
              "2 element-unsupported 1 domain/memory: '99999999999' is no amount of memory, or a larger one than can"
              " be");
}

static void
test_check_planted(void)
{
    g_autoptr(Fixture) fixture = fixture_new_world(
        "{'format': 1, 'findings': [{'id': 'nag', 'message': 'of all', 'verdict': 'warning', 'line': 7},"
        " {'id': 'other', 'message': 'of x', 'domain': 'x', 'object': 'o'}]}");
    g_autoptr(MortiseSink) one = fake_sink_new();
    g_autoptr(MortiseSink) two = fake_sink_new();

    CHECK_WORKS(fixture->config->check(fixture->connection,
                                       "<domain type='test'><name>x</name><memory>1</memory></domain>", two));
    CHECK_WORKS(fixture->config->check(fixture->connection,
                                       "<domain type='test'><name>y</name><memory>1</memory></domain>", one));
    CHECK_INT(one->findings->len, 1);
    CHECK_INT(two->findings->len, 2);
    CHECK_TEXT(g_ptr_array_index(two->findings, 0), "1 nag 7 -: of all");
    CHECK_TEXT(g_ptr_array_index(two->findings, 1), "2 other 0 o: of x");
}

static void
test_malformed_xml(void)
{
    static const struct {
        const char *xml;
        const char *part;
    } cases[] = {
        {"", "line 1: "},
        {"<domain", "line 1: "},
        {"<domain type='test'>\n\n<name>x</nam></domain>", "line 3: Opening and ending tag mismatch"},
        {"<!DOCTYPE domain [<!ENTITY e 'x'>]><domain type='test'><name>&e;</name></domain>", "a document type"},
        {"<!DOCTYPE domain SYSTEM 'file:///etc/passwd'><domain type='test'/>", "a document type"},
        {"<domain type='test'><name>&e;</name></domain>", "Entity 'e' not defined"},
        {"<network/>", "line 1: the document is a <network>"},
        {"<domain xmlns='urn:x' type='test'><name>x</name></domain>", "not a plain <domain>"},
        {"<domain><name>x</name></domain>", "the type of the domain is ''"},
        {"<domain type='test'/>", "a domain needs a <name>"},
        {"<domain type='test'><name/></domain>", "a name must not be empty"},
        {"<domain type='test'><name>..</name></domain>", "must not contain '/'"},
        {"<domain type='test'><name>a/b</name></domain>", "must not contain '/'"},
        {"<domain type='test'><name>a\nb</name></domain>", "control characters"},
        {"<domain type='test'>\n<name>x</name>\n<uuid>1234</uuid></domain>", "line 3: '1234' is no UUID"},
        {"<domain type='test'><name>\xff</name></domain>", "line 1: "},
    };
    g_autoptr(Fixture) fixture = fixture_new_default();

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        CHECK_FAILS(fixture->config->define(fixture->connection, cases[i].xml), "invalid-xml", cases[i].part);
    }
    g_autofree char *name = g_strnfill(256, 'n');
    g_autofree char *long_name = g_strdup_printf("<domain type='test'><name>%s</name></domain>", name);
    CHECK_FAILS(fixture->config->define(fixture->connection, long_name), "invalid-xml", "at most 255 bytes");
    g_autofree char *spaces = g_strnfill(5 * 1024 * 1024, ' ');
    g_autofree char *large = g_strconcat("<domain type='test'>", spaces, "</domain>", NULL);
    CHECK_FAILS(fixture->config->define(fixture->connection, large), "limit-exceeded", "more than 4194304 bytes");
    g_autoptr(GString) deep = g_string_new("<domain type='test'>");
    for (guint i = 0; i < 100000; i++) {
        g_string_append(deep, "<a>");
    }
    CHECK_FAILS(fixture->config->define(fixture->connection, deep->str), "invalid-xml", "line 1: ");
    CHECK_INT(fake_connection_count(fixture->listed), 1);
}

static void
test_vcpus(void)
{
    g_autoptr(Fixture) fixture = fixture_new_world(
        "{'format': 1, 'host': {'cpus': 3}, 'domains': ["
        "{'name': 'own', 'state': 'running', 'vcpus': 4},"
        "{'name': 'one', 'state': 'paused', 'vcpus': 2, 'vcpu_model': 'shared'},"
        "{'name': 'no', 'state': 'running', 'vcpu_model': 'none'}, {'name': 'off'}]}");
    static const struct {
        const char *name;
        guint model;
        guint count;
        const char *first;
        const char *reason;
    } cases[] = {
        {"own", MORTISE_VCPU_MODEL_PER_VCPU, 4, "0 1 10004096 0 time 0-2", "made up"},
        {"one", MORTISE_VCPU_MODEL_SHARED, 2, "0 2 -1 -1 - -", "one thread runs all"},
        {"no", MORTISE_VCPU_MODEL_NONE, 1, "0 1 -1 -1 - -", "no threads on this host"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(MortiseSink) sink = fake_sink_new();
        MortiseVcpuSummary summary = {.struct_size = sizeof summary};
        CHECK_WORKS(fixture->vcpu->report(fixture_domain(fixture, cases[i].name), &summary, sink));
        CHECK_INT(summary.model, cases[i].model);
        CHECK_INT(summary.pinnable, cases[i].model == MORTISE_VCPU_MODEL_PER_VCPU);
        CHECK_INT(summary.maximum, cases[i].count);
        CHECK_CONTAINS(summary.reason, cases[i].reason);
        CHECK_INT(sink->vcpus->len, cases[i].count);
        CHECK_TEXT(g_ptr_array_index(sink->vcpus, 0), cases[i].first);
    }
    g_autoptr(MortiseSink) sink = fake_sink_new();
    MortiseVcpuSummary summary = {.struct_size = sizeof summary};
    CHECK_FAILS(fixture->vcpu->report(fixture_domain(fixture, "off"), &summary, sink), "domain-inactive", "not run");
}

static const char *
value_of(const MortiseSink *sink, const char *key)
{
    return g_hash_table_lookup(sink->values, key);
}

static void
test_stats(void)
{
    g_autoptr(Fixture) fixture = fixture_new_default();
    g_autoptr(MortiseSink) first = fake_sink_new();
    g_autoptr(MortiseSink) second = fake_sink_new();
    g_autoptr(MortiseSink) balloon = fake_sink_new();
    void *domain = fixture_domain(fixture, "test");

    CHECK_WORKS(fixture->lifecycle->suspend(domain));
    CHECK_WORKS(fixture->stats->collect(domain, MORTISE_STATS_ALL, first));
    CHECK_WORKS(fixture->stats->collect(domain, MORTISE_STATS_ALL, second));
    CHECK_WORKS(fixture->stats->collect(domain, MORTISE_STATS_BALLOON, balloon));
    CHECK_TEXT(value_of(first, "balloon.current"), "2097152");
    CHECK_TEXT(value_of(first, "balloon.maximum"), "8388608");
    CHECK_TEXT(value_of(first, "vcpu.current"), "2");
    CHECK_TEXT(value_of(first, "vcpu.1.state"), "2");
    CHECK(value_of(first, "vcpu.1.time") != NULL);
    CHECK_TEXT(value_of(first, "cpu.time"), value_of(second, "cpu.time"));
    CHECK_INT(g_hash_table_size(balloon->values), 3);
    CHECK_WORKS(fixture->lifecycle->stop(domain, 0));
    CHECK_FAILS(fixture->stats->collect(domain, MORTISE_STATS_ALL, first), "domain-inactive", "does not run");
}

/* The value of an XPath expression in the capabilities of a world. */
static char *
capability(const char *world, const char *expression)
{
    g_autoptr(Fixture) fixture = fixture_new_world(world);
    g_autoptr(MortiseSink) sink = fake_sink_new();

    CHECK_WORKS(fixture->operations->capabilities(fixture->connection, sink));
    xmlDoc *document = xmlReadMemory(sink->text->str, (int) sink->text->len, NULL, NULL, XML_PARSE_NONET);
    CHECK(document != NULL);
    xmlXPathContext *context = xmlXPathNewContext(document);
    xmlXPathObject *object = xmlXPathEval((const xmlChar *) expression, context);
    xmlChar *text = xmlXPathCastToString(object);
    char *value = g_strdup((const char *) text);
    xmlFree(text);
    xmlXPathFreeObject(object);
    xmlXPathFreeContext(context);
    xmlFreeDoc(document);
    return value;
}

static void
check_capability(const char *world, const char *expression, const char *expected)
{
    g_autofree char *value = capability(world, expression);

    CHECK_TEXT(value, expected);
}

static void
test_capabilities(void)
{
    const char *plain = "{'format': 1}";
    const char *scaling = "{'format': 1, 'host': {'cpus': 5, 'numa_nodes': 2, 'model': 'A<&>B', 'tsc_khz': 2596096,"
                          " 'tsc_scaling': true, 'invtsc': true}}";
    const char *fixed = "{'format': 1, 'host': {'tsc_khz': 1000001, 'tsc_scaling': false}}";

    check_capability(plain, "string(/capabilities/host/cpu/arch)", "x86_64");
    check_capability(plain, "count(/capabilities/host/cpu/counter)", "0");
    check_capability(plain, "string(/capabilities/guest/arch/domain/@type)", "test");
    check_capability(plain, "count(//cells/cell/cpus/cpu)", "16");
    check_capability(scaling, "string(//counter[@name='tsc']/@frequency)", "2596096000");
    check_capability(scaling, "string(//counter[@name='tsc']/@scaling)", "yes");
    check_capability(scaling, "string(//cpu/feature/@name)", "invtsc");
    check_capability(scaling, "string(//cpu/model)", "A<&>B");
    check_capability(scaling, "string(//cell[@id='1']/cpus/@num)", "3");
    check_capability(fixed, "string(//counter[@name='tsc']/@scaling)", "no");
    check_capability("{'format': 1, 'host': {'tsc_khz': 7}}", "count(//counter/@scaling)", "0");
}

static void
test_host_information(void)
{
    g_autoptr(Fixture) fixture = fixture_new_default();
    g_autoptr(MortiseSink) sink = fake_sink_new();
    MortiseHostInformation information = {.struct_size = sizeof information};
    MortiseHostInformation small = {.struct_size = 16, .numa_nodes = 77};

    CHECK_WORKS(fixture->operations->host_information(fixture->connection, &information));
    CHECK_INT(information.cpus, 16);
    CHECK_INT(information.memory_kib, 3145728);
    CHECK_TEXT(information.hypervisor, "TEST");
    CHECK_INT(information.struct_size, sizeof information);
    /* A core that knows less gets no more than it has room for. */
    CHECK_WORKS(fixture->operations->host_information(fixture->connection, &small));
    CHECK_INT(small.cpus, 16);
    CHECK_INT(small.sockets, 0);
    CHECK_WORKS(fixture->operations->probe(fixture->driver, 1, sink));
    CHECK_TEXT(g_ptr_array_index(sink->findings, 0),
               "0 no-hypervisor 0 -: the test driver needs nothing of this host");
}

static const MortiseTest tests[] = {
    {"descriptor", test_descriptor},
    {"default world", test_default_world},
    {"life of a domain", test_life},
    {"a start refuses what it cannot honour", test_start_refuses_what_it_cannot_honour},
    {"definitions", test_definitions},
    {"create", test_create},
    {"the text of a definition is kept", test_text_is_kept},
    {"check", test_check},
    {"planted findings", test_check_planted},
    {"malformed XML", test_malformed_xml},
    {"vCPU reports", test_vcpus},
    {"stats", test_stats},
    {"capabilities", test_capabilities},
    {"host information and probe", test_host_information},
};

MORTISE_TEST_MAIN("test driver", tests)
