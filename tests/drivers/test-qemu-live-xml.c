// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The XML of running domains against golden files; it can be read again and gives the same machine.
#include "mortise-test.h"

#include <string.h>

#include "domain-test.h"

static char *
resolved_machine(const DomainDefinition *definition, const QemuPlan *plan)
{
    const char *given = definition->os.machine != NULL ? definition->os.machine : plan->machine->usual;

    if (strcmp(given, "pc") == 0) {
        return g_strdup("pc-i440fx-7.2");
    }
    return strcmp(given, "q35") == 0 ? g_strdup("pc-q35-7.2") : g_strdup(given);
}

static GHashTable *
make_ptys(const DomainDefinition *definition, const QemuPlan *plan)
{
    GHashTable *ptys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    for (guint i = 0; i < definition->serials->len; i++) {
        const DomainSerial *serial = g_ptr_array_index(definition->serials, i);
        const QemuPlannedDevice *row = qemu_plan_find(plan, &serial->device);

        g_hash_table_insert(ptys, g_strdup(row->alias), g_strdup_printf("/dev/pts/%u", i + 3));
    }
    return ptys;
}

static char *
make_live(const DomainDefinition *definition, const QemuCommand *command)
{
    g_autofree char *machine = resolved_machine(definition, command->plan);
    g_autoptr(GHashTable) ptys = make_ptys(definition, command->plan);
    QemuLiveFacts facts = {
        .id = 42, .emulator = command->arguments[0], .machine = machine, .ptys = ptys, .vnc_port = 5903,
        .architecture = definition->os.architecture != NULL ? definition->os.architecture : "x86_64",
        .tsc_frequency = strcmp(definition->name, "kvm") == 0 ? 2596096000 : 0,
        .current_vcpus = definition->current_vcpus, .current_memory_kib = definition->current_memory_kib,
    };

    return qemu_live_xml_build(definition, command->plan, &facts, NULL);
}

static QemuCommand *
build(const DomainDefinition *definition)
{
    g_autofree char *emulator = NULL;
    QemuCommandContext context = domain_test_context(definition, &emulator);

    return qemu_command_build(definition, &context, NULL);
}

/* The arguments but -machine, whose type is resolved in the live XML. */
static char *
arguments_text(const QemuCommand *command)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; command->arguments[i] != NULL; i++) {
        if (strcmp(command->arguments[i], "-machine") == 0) {
            i++;
        } else {
            g_string_append_printf(text, "%s\n", command->arguments[i]);
        }
    }
    return g_string_free(text, FALSE);
}

static void
check_again(const char *xml, const QemuCommand *command)
{
    g_autoptr(DomainDefinition) live = domain_test_parse(xml);
    g_autoptr(QemuCommand) again = live != NULL ? build(live) : NULL;
    g_autofree char *first = arguments_text(command);
    g_autofree char *second = again != NULL ? arguments_text(again) : NULL;
    g_autofree char *twice = again != NULL ? make_live(live, again) : NULL;

    CHECK_TEXT(second, first);
    CHECK_TEXT(twice, xml);
}

static void
test_golden(void)
{
    for (guint i = 0; domain_test_names[i] != NULL; i++) {
        g_autofree char *text = domain_test_read(domain_test_names[i], "/images");
        g_autofree char *golden = g_strconcat(domain_test_names[i], ".xml", NULL);
        g_autoptr(DomainDefinition) definition = domain_test_parse(text);
        g_autoptr(QemuCommand) command = build(definition);
        g_autofree char *xml = make_live(definition, command);

        CHECK(domain_test_golden("live", golden, xml));
        check_again(xml, command);
        CHECK_TEXT(definition->text, text);
    }
}

static char *
live_of(const char *text, const QemuLiveFacts *facts)
{
    g_autoptr(DomainDefinition) definition = domain_definition_parse(text, -1, NULL);
    g_autoptr(DomainFindings) findings = domain_findings_new();
    g_autoptr(QemuPlan) plan = qemu_plan_new(definition, qemu_machine_find("x86_64", NULL), findings);

    return qemu_live_xml_build(definition, plan, facts, NULL);
}

/* Even elements that nobody understands stay where they are: the XML is the user's own. */
static void
test_unknown_stays(void)
{
    QemuLiveFacts facts = {.id = -1};
    g_autofree char *text = domain_test_wrap(
        "<!-- mine --><genid/><metadata><x:y xmlns:x='urn:x' z='1'>&lt;&#228;</x:y></metadata>",
        "<sound model='ich6'><codec type='micro'/></sound><disk type='volume'><source pool='p'/></disk>");
    g_autofree char *xml = live_of(text, &facts);

    CHECK_CONTAINS(xml, "<!-- mine --><genid/>");
    CHECK_CONTAINS(xml, "<metadata><x:y xmlns:x=\"urn:x\" z=\"1\">&lt;ä</x:y></metadata>");
    CHECK_CONTAINS(xml, "<sound model=\"ich6\"><codec type=\"micro\"/></sound>");
    CHECK_CONTAINS(xml, "<disk type=\"volume\"><source pool=\"p\"/></disk>");
    CHECK(strstr(xml, " id=") == NULL);
    CHECK(strstr(xml, "<?xml") == NULL);
}

static void
test_tsc(void)
{
    QemuLiveFacts facts = {.id = 1, .tsc_frequency = 2400000000};
    g_autofree char *plain = domain_test_wrap("", "");
    g_autofree char *other = domain_test_wrap("<clock offset='localtime'><timer name='rtc'/></clock>", "");
    g_autofree char *given = domain_test_wrap("<clock><timer name='tsc' frequency='1000000'/></clock>", "");
    g_autofree char *plain_xml = live_of(plain, &facts);
    g_autofree char *other_xml = live_of(other, &facts);
    g_autofree char *given_xml = live_of(given, &facts);

    CHECK_CONTAINS(plain_xml, "<clock offset=\"utc\">\n    <timer name=\"tsc\" frequency=\"2400000000\"/>\n  </clock>");
    CHECK_CONTAINS(other_xml, "<clock offset=\"localtime\"><timer name=\"rtc\"/><timer name=\"tsc\" frequency=\"2400");
    CHECK_CONTAINS(given_xml, "<timer name=\"tsc\" frequency=\"2400000000\"/></clock>");
}

static void
test_escapes(void)
{
    QemuLiveFacts facts = {.id = 1, .emulator = "/opt/a&b/<qemu>", .machine = "pc\"", .architecture = "x86_64"};
    g_autofree char *text = domain_test_wrap("", "");
    g_autofree char *xml = live_of(text, &facts);

    CHECK_CONTAINS(xml, "<emulator>/opt/a&amp;b/&lt;qemu&gt;</emulator>");
    CHECK_CONTAINS(xml, "machine=\"pc&quot;\"");
}

/* The text is UTF-8 whatever it says of itself, and so is what comes out. */
static void
test_encoding(void)
{
    QemuLiveFacts facts = {.id = 1};
    g_autofree char *text = domain_test_wrap("<title>ü</title>", "");
    g_autofree char *encoded = g_strconcat("<?xml version='1.0' encoding='ISO-8859-1'?>\n", text, NULL);
    g_autofree char *xml = live_of(encoded, &facts);

    CHECK_CONTAINS(xml, "<title>ü</title>");
    CHECK(g_str_has_prefix(xml, "<domain"));
}

static const MortiseTest tests[] = {
    {"golden live XML, read again", test_golden},
    {"what is not understood stays", test_unknown_stays},
    {"the TSC frequency", test_tsc},
    {"values are escaped", test_escapes},
    {"encodings", test_encoding},
};

MORTISE_TEST_MAIN("qemu live xml", tests)
