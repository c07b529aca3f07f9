// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a definition means once it is read, and what is never read: over the bounds, outside the text.
#include "mortise-test.h"

#include <libxml/xmlerror.h>
#include <string.h>

#include "domain-test.h"

#define THREADS 4
#define ROUNDS 50

static DomainDefinition *
read_definition(const char *name)
{
    g_autofree char *text = domain_test_read(name, "/images");

    return domain_test_parse(text);
}

static void
test_general(void)
{
    g_autoptr(DomainDefinition) definition = read_definition("everything");

    CHECK_TEXT(definition->type, "qemu");
    CHECK_TEXT(definition->name, "everything");
    CHECK_TEXT(definition->uuid, "6695eb01-f6a4-8304-79aa-97f2502e193f");
    CHECK_TEXT(definition->title, "All that is understood on a PC");
    CHECK_TEXT(definition->description, "One of each & some twice.");
    CHECK_INT(definition->memory_kib, 65536);
    CHECK_INT(definition->current_memory_kib, 49152);
    CHECK_INT(definition->maximum_vcpus, 2);
    CHECK_INT(definition->current_vcpus, 1);
    CHECK_INT(definition->vcpus_line, 11);
    CHECK_TEXT(definition->os.machine, "pc-i440fx-7.2");
    CHECK_INT(definition->os.boot_count, 3);
    CHECK_INT(definition->os.boot[0], DOMAIN_BOOT_CDROM);
    CHECK_INT(definition->os.boot_menu_timeout, 100);
    CHECK_INT(definition->end.poweroff, DOMAIN_END_DESTROY);
    CHECK_INT(definition->qemu_arguments->len, 2);
}

static void
test_cpu_and_clock(void)
{
    g_autoptr(DomainDefinition) definition = read_definition("everything");
    g_autoptr(DomainDefinition) kvm = read_definition("kvm");

    CHECK_INT(definition->cpu.mode, DOMAIN_CPU_CUSTOM);
    CHECK_TEXT(definition->cpu.model, "Nehalem");
    CHECK_INT(definition->cpu.cores, 2);
    CHECK_INT(domain_definition_cpu_feature(definition, "svm")->policy, DOMAIN_CPU_FEATURE_DISABLE);
    CHECK(domain_definition_cpu_feature(definition, "vmx") == NULL);
    CHECK_INT(definition->clock.offset, DOMAIN_CLOCK_LOCALTIME);
    CHECK_INT(definition->clock.tsc_frequency, 2000000000);
    CHECK_INT(definition->clock.hpet, DOMAIN_SWITCH_OFF);
    CHECK_INT(definition->clock.rtc_policy, DOMAIN_TICK_CATCHUP);
    CHECK_INT(kvm->cpu.mode, DOMAIN_CPU_HOST_PASSTHROUGH);
    CHECK(kvm->cpu.check_full);
    CHECK_INT(kvm->cpu.migratable, DOMAIN_SWITCH_OFF);
    CHECK_INT(kvm->cpu.dies, 2);
}

static void
test_devices(void)
{
    g_autoptr(DomainDefinition) definition = read_definition("everything");
    const DomainDisk *disk = g_ptr_array_index(definition->disks, 0);
    const DomainDisk *drive = g_ptr_array_index(definition->disks, 3);
    const DomainInterface *interface = g_ptr_array_index(definition->interfaces, 1);
    const DomainSerial *file = g_ptr_array_index(definition->serials, 1);
    const DomainConsole *console = g_ptr_array_index(definition->consoles, 0);

    CHECK_INT(definition->disks->len, 5);
    CHECK_INT(disk->format, DOMAIN_DISK_QCOW2);
    CHECK_INT(disk->cache, DOMAIN_CACHE_NONE);
    CHECK_TEXT(disk->source, "/images/disk.qcow2");
    CHECK_INT(disk->device.line, 43);
    CHECK_INT(disk->source_line, 45);
    CHECK_TEXT(drive->source, NULL);
    CHECK_INT(drive->bus, DOMAIN_DISK_BUS_IDE);
    CHECK(drive->read_only);
    CHECK(!interface->mac_given);
    CHECK_INT(file->port, 2);
    CHECK_INT(file->append, DOMAIN_SWITCH_ON);
    CHECK(console->serial == g_ptr_array_index(definition->serials, 0));
    CHECK_INT(definition->video.video_memory_kib, 16384);
    CHECK_INT(definition->balloon.deflate_on_oom, DOMAIN_SWITCH_ON);
}

static void
test_defaults(void)
{
    g_autoptr(DomainDefinition) definition = read_definition("minimal");

    CHECK_TEXT(definition->uuid, NULL);
    CHECK_INT(definition->maximum_vcpus, 1);
    CHECK_INT(definition->current_memory_kib, 32768);
    CHECK_INT(definition->end.reboot, DOMAIN_END_RESTART);
    CHECK_INT(definition->balloon.model, DOMAIN_BALLOON_DEFAULT);
    CHECK_INT(definition->serials->len, 0);
    CHECK_TEXT(definition->os.architecture, NULL);
}

/* What the XML of a running machine tells is taken in and means nothing; what a user chose counts. */
static void
test_live_things(void)
{
    g_autoptr(DomainDefinition) definition = read_definition("addresses");
    const DomainDisk *named = g_ptr_array_index(definition->disks, 0);
    const DomainDisk *unnamed = g_ptr_array_index(definition->disks, 1);
    const DomainInterface *anywhere = g_ptr_array_index(definition->interfaces, 0);
    const DomainConsole *console = g_ptr_array_index(definition->consoles, 0);

    CHECK_TEXT(named->device.user_alias, "ua-data_disk-1");
    CHECK_INT(named->device.address.pci_function, 1);
    CHECK_INT(named->device.boot_order, 2);
    CHECK_TEXT(unnamed->device.user_alias, NULL);
    CHECK(unnamed->device.address.multifunction);
    CHECK_INT(anywhere->device.address.type, DOMAIN_ADDRESS_NONE);
    CHECK_TEXT(console->serial->path, NULL);
    CHECK(console->serial->device.node == NULL);
    CHECK_INT(console->serial->device.line, console->device.line);
}

static void
test_comments(void)
{
    g_autofree char *text = domain_test_wrap("<!-- a --><?target data?><vcpu><!-- b -->2<![CDATA[ ]]></vcpu>",
                                             "<!-- <disk/> -->");
    g_autoptr(DomainDefinition) definition = domain_test_parse(text);

    CHECK(definition != NULL);
    CHECK_INT(definition != NULL ? definition->maximum_vcpus : 0, 2);
}

static char *
nest(guint levels)
{
    GString *metadata = g_string_new("<metadata>");
    g_autofree char *inner = NULL;

    for (guint i = 0; i < levels; i++) {
        g_string_append(metadata, "<a>");
    }
    for (guint i = 0; i < levels; i++) {
        g_string_append(metadata, "</a>");
    }
    g_string_append(metadata, "</metadata>");
    inner = g_string_free(metadata, FALSE);
    return domain_test_wrap(inner, "");
}

static void
check_refused(const char *text, gssize length, const char *reason, const char *message)
{
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(DomainDefinition) definition = domain_definition_parse(text, length, &failure);

    CHECK(definition == NULL);
    CHECK(failure != NULL);
    if (failure != NULL) {
        CHECK_TEXT(failure->reason, reason);
        CHECK_TEXT(failure->object, "domain definition");
        CHECK_CONTAINS(failure->message, message);
    }
}

static void
test_bounds(void)
{
    /* <domain> and <metadata> are the first two of 64 levels. */
    g_autofree char *deepest = nest(DOMAIN_DEPTH_LIMIT - 2);
    g_autofree char *too_deep = nest(DOMAIN_DEPTH_LIMIT - 1);
    g_autofree char *far_too_deep = nest(100000);
    g_autofree char *spaces = g_strnfill(DOMAIN_TEXT_LIMIT, ' ');
    g_autofree char *long_text = domain_test_wrap(spaces, "");
    g_autoptr(DomainDefinition) definition = domain_test_parse(deepest);

    CHECK(definition != NULL);
    check_refused(too_deep, -1, "limit-exceeded", "line 3: the domain definition has more than 64 levels of elements");
    check_refused(far_too_deep, -1, "invalid-xml", "Excessive depth in document");
    check_refused(long_text, -1, "limit-exceeded", "bytes; at most 4194304 are read");
    check_refused(long_text, DOMAIN_TEXT_LIMIT + 1, "limit-exceeded", "has 4194305 bytes");
}

static void
test_bytes(void)
{
    g_autofree char *text = domain_test_wrap("", "");
    gsize length = strlen(text);

    check_refused("", 0, "invalid-xml", "Document is empty");
    check_refused("<domain>\n\0</domain>", 19, "invalid-xml",
                  "line 2: the domain definition has a byte 0x00 that is not UTF-8 text");
    check_refused("<domain type='\xff'/>", -1, "invalid-xml", "has a byte 0xff that is not UTF-8 text");
    check_refused(text, (gssize) length / 2, "invalid-xml", "cannot be read");
}

/* Every prefix of a good text is refused or read, never worse; sanitizers watch. */
static void
test_prefixes(void)
{
    g_autofree char *text = domain_test_read("everything", "/images");

    for (gsize length = 0; length < strlen(text); length += 7) {
        g_autoptr(DriverFailure) failure = NULL;
        g_autoptr(DomainDefinition) definition = domain_definition_parse(text, (gssize) length, &failure);

        CU_ASSERT((definition == NULL) == (failure != NULL));
    }
}

static void
test_lines(void)
{
    g_autofree char *breaks = g_strnfill(70000, '\n');
    g_autofree char *text = domain_test_wrap(breaks, "<sound model='ich6'/>");
    g_autoptr(DomainDefinition) definition = domain_definition_parse(text, -1, NULL);

    CHECK_INT(domain_findings_count(definition->findings), 1);
    CHECK_INT(domain_findings_at(definition->findings, 0)->line, 70005);
}

static void
complain(void *data, G_GNUC_UNUSED const char *message, ...)
{
    *(guint *) data += 1;
}

static void
test_silence(void)
{
    guint printed = 0;

    xmlSetGenericErrorFunc(&printed, complain);
    check_refused("<domain>&nothing;</domian>", -1, "invalid-xml", "Entity 'nothing' not defined");
    check_refused("<!DOCTYPE d [<!ENTITY % x SYSTEM 'http://127.0.0.1:1/x'> %x;]><domain/>", -1, "invalid-xml",
                  "document type");
    xmlSetGenericErrorFunc(NULL, NULL);
    CHECK_INT(printed, 0);
}

static gpointer
parse_often(gpointer data)
{
    const char *text = data;
    guint good = 0;

    for (guint i = 0; i < ROUNDS; i++) {
        g_autoptr(DriverFailure) failure = NULL;
        g_autoptr(DomainDefinition) definition = domain_definition_parse(text, -1, NULL);
        g_autoptr(DomainDefinition) refused = domain_definition_parse("<domain>&x;</domain>", -1, &failure);

        good += definition != NULL && refused == NULL && failure != NULL;
    }
    return GUINT_TO_POINTER(good);
}

static void
test_threads(void)
{
    g_autofree char *text = domain_test_read("everything", "/images");
    GThread *threads[THREADS];

    for (guint i = 0; i < THREADS; i++) {
        threads[i] = g_thread_new("parse", parse_often, text);
    }
    for (guint i = 0; i < THREADS; i++) {
        CHECK_INT(GPOINTER_TO_UINT(g_thread_join(threads[i])), ROUNDS);
    }
}

static void
test_failures(void)
{
    g_autoptr(DriverFailure) failure = NULL;
    DriverFailure *first = NULL;
    DriverFailure *second = NULL;

    driver_failure_set(NULL, "internal", NULL, NULL, "nobody asks");
    driver_failure_set(&first, "internal", "this", "do that", "number %d", 1);
    driver_failure_set(&first, "timeout", NULL, NULL, "later");
    driver_failure_set(&second, "timeout", NULL, NULL, "second");
    driver_failure_prefix(first, "%s: ", "guest");
    driver_failure_prefix(NULL, "nothing");
    driver_failure_propagate(&failure, first);
    driver_failure_propagate(&failure, second);
    driver_failure_propagate(NULL, NULL);
    CHECK_TEXT(failure->reason, "internal");
    CHECK_TEXT(failure->object, "this");
    CHECK_TEXT(failure->hint, "do that");
    CHECK_TEXT(failure->message, "guest: number 1");
}

static char *
repeat(const char *begin, const char *format, guint count, const char *end)
{
    GString *text = g_string_new(begin);

    for (guint i = 0; i < count; i++) {
        g_autofree char *number = g_strdup_printf("%u", i);
        g_auto(GStrv) parts = g_strsplit(format, "#", 2);

        g_string_append_printf(text, "%s%s%s", parts[0], number, parts[1]);
    }
    g_string_append(text, end);
    return g_string_free(text, FALSE);
}

/* What would be compared with each other has a bound; what only looks like it has none. */
static void
test_counts(void)
{
    g_autofree char *most = repeat("<metadata><a", " a#='>'", DOMAIN_ATTRIBUTE_LIMIT, "/></metadata>");
    g_autofree char *many = repeat("\n<metadata><a", " a#='>'", DOMAIN_ATTRIBUTE_LIMIT + 1, "/></metadata>");
    g_autofree char *comment = repeat("<!-- <a", " a#='1'", 1000, "/> --><metadata><![CDATA[<a");
    g_autofree char *data = repeat(comment, " a#='1'", 1000, "]]></metadata>");
    g_autofree char *devices = repeat("", "<serial><target port='#'/></serial>", DOMAIN_CHILD_LIMIT + 1, "");
    g_autofree char *features = repeat("<cpu>", "<feature name='f#'/>", DOMAIN_CHILD_LIMIT + 1, "</cpu>");
    g_autofree char *most_text = domain_test_wrap(most, "");
    g_autofree char *many_text = domain_test_wrap(many, "");
    g_autofree char *data_text = domain_test_wrap(data, "");
    g_autofree char *devices_text = domain_test_wrap("", devices);
    g_autofree char *features_text = domain_test_wrap(features, "");
    g_autoptr(DomainDefinition) most_definition = domain_test_parse(most_text);
    g_autoptr(DomainDefinition) data_definition = domain_test_parse(data_text);

    CHECK(most_definition != NULL);
    CHECK(data_definition != NULL);
    check_refused(many_text, -1, "limit-exceeded",
                  "line 4: the domain definition has an element with more than 256 attributes");
    check_refused(devices_text, -1, "limit-exceeded", "line 4: <devices> has more than 1024 elements in it");
    check_refused(features_text, -1, "limit-exceeded", "line 3: <cpu> has more than 1024 elements in it");
}

static const MortiseTest tests[] = {
    {"identity, memory, vCPUs, boot", test_general},
    {"CPU and clock", test_cpu_and_clock},
    {"devices", test_devices},
    {"defaults", test_defaults},
    {"aliases and addresses", test_live_things},
    {"comments", test_comments},
    {"size and depth", test_bounds},
    {"attributes, devices, features", test_counts},
    {"odd bytes", test_bytes},
    {"every prefix", test_prefixes},
    {"lines beyond 65535", test_lines},
    {"nothing is printed", test_silence},
    {"several threads", test_threads},
    {"failures", test_failures},
};

MORTISE_TEST_MAIN("domain definition", tests)
