// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the drivers tell: statistics, checks, capabilities, host facts, findings, consoles; and what follows an end.
#include "engine-test.h"
#include "mortise-test.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static gint64
number(const MortiseSink *sink, const char *key)
{
    const char *text = g_hash_table_lookup(sink->values, key);
    gint64 value = -1;

    (void) g_ascii_string_to_signed(text ? text : "", 10, G_MININT64, G_MAXINT64, &value, NULL);
    return value;
}

static char *
make_disk(const FakeHost *host)
{
    char *path = g_build_filename(fake_host_root(host), "disk.raw", NULL);
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    CHECK_INT(ftruncate(fd, 1024 * 1024), 0);
    CHECK_INT(close(fd), 0);
    return path;
}

static void
test_stats(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    const MortiseStats *stats = fake_host_interface(host, MORTISE_STATS_ID);
    g_autofree char *disk = make_disk(host);
    g_autofree char *more = g_strdup_printf(
        "<devices><disk type='file'><source file='%s'/><target dev='vda' bus='virtio'/>"
        "</disk><console type='pty'/></devices>",
        disk);
    g_autofree char *xml = engine_any_xml(100, "qemu", 2, "<type arch='x86_64' machine='pc'>hvm</type>", more);
    FakeDomain *domain = fake_domain_open(host, xml);
    g_autoptr(MortiseSink) all = fake_sink_new();
    g_autoptr(MortiseSink) cpu = fake_sink_new();

    fake_call_begin(FAKE_AMPLE_MS);
    CHECK_INT(stats->collect(fake_domain_handle(domain), MORTISE_STATS_ALL, all), MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, "domain-inactive");
    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    CHECK_TEXT(fake_call_error()->message, NULL);
    CHECK_INT(stats->collect(fake_domain_handle(domain), MORTISE_STATS_ALL, all), MORTISE_OK);
    CHECK(number(all, "cpu.time") > 0);
    CHECK(number(all, "cpu.user") >= 0 && number(all, "cpu.system") >= 0);
    CHECK_INT(number(all, "balloon.maximum"), 32 * 1024);
    CHECK_INT(number(all, "balloon.current"), 32 * 1024);
    CHECK(number(all, "balloon.rss") > 1024);
    CHECK_INT(number(all, "vcpu.current"), 2);
    CHECK_INT(number(all, "vcpu.maximum"), 2);
    CHECK(number(all, "vcpu.0.time") >= 0 && number(all, "vcpu.1.time") >= 0);
    CHECK_INT(number(all, "block.count"), 1);
    CHECK_TEXT(g_hash_table_lookup(all->values, "block.0.name"), "vda");
    CHECK(number(all, "block.0.rd.bytes") >= 0);
    CHECK_INT(number(all, "net.count"), 0);
    CHECK_INT(stats->collect(fake_domain_handle(domain), MORTISE_STATS_CPU, cpu), MORTISE_OK);
    CHECK_INT(g_hash_table_size(cpu->values), 3);
    CHECK_INT(fake_stop(domain, 0), MORTISE_OK);
    fake_host_free(host);
}

/* A finding that begins or continues with those words. */
static gboolean
finds(const MortiseSink *sink, const char *words)
{
    for (guint i = 0; i < sink->findings->len; i++) {
        if (strstr(sink->findings->pdata[i], words)) {
            return TRUE;
        }
    }
    fprintf(stderr, "no finding has: %s\n", words);
    for (guint i = 0; i < sink->findings->len; i++) {
        fprintf(stderr, "  %s\n", (char *) sink->findings->pdata[i]);
    }
    return FALSE;
}

static void
test_check(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    const MortiseConfig *config = fake_host_interface(host, MORTISE_CONFIG_ID);
    g_autofree char *good = engine_xml(101, "");
    g_autofree char *bad = engine_xml(102, "<devices>\n<tape/>\n<disk type='file'><source file='/nonexistent/x.raw'/>"
                                           "<target dev='vda' bus='virtio'/></disk></devices>");
    g_autoptr(MortiseSink) nothing = fake_sink_new();
    g_autoptr(MortiseSink) some = fake_sink_new();
    g_autoptr(MortiseSink) broken = fake_sink_new();

    CHECK_INT(config->check(fake_host_connection(host), good, nothing), MORTISE_OK);
    CHECK_INT(nothing->findings->len, 0);
    CHECK_INT(config->check(fake_host_connection(host), bad, some), MORTISE_OK);
    CHECK_INT(some->findings->len, 2);
    CHECK(finds(some, "2 element-unsupported 8 domain/devices/tape"));
    CHECK(finds(some, "/nonexistent/x.raw"));
    CHECK_INT(config->check(fake_host_connection(host), "<domain", broken), MORTISE_OK);
    CHECK(finds(broken, "2 invalid-xml"));
    CHECK(config->define == NULL && config->undefine == NULL);
    fake_host_free(host);
}

static void
test_capabilities(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    const MortiseDriverOperations *operations = fake_host_descriptor(host)->operations;
    g_autofree char *cache = g_build_filename(fake_host_root(host), "cache", NULL);
    g_autoptr(MortiseSink) first = fake_sink_new();
    g_autoptr(MortiseSink) second = fake_sink_new();
    g_autoptr(GDir) directory = NULL;
    MortiseHostInformation information = {.struct_size = sizeof(information)};

    fake_call_begin(FAKE_AMPLE_MS);
    CHECK_INT(operations->capabilities(fake_host_connection(host), first), MORTISE_OK);
    CHECK_CONTAINS(first->text->str, "<arch name='x86_64'>");
    CHECK_CONTAINS(first->text->str, "<machine canonical='pc-i440fx-");
    CHECK_CONTAINS(first->text->str, "<domain type='qemu'/>");
    CHECK_CONTAINS(first->text->str, "<emulator>/usr/bin/qemu-system-x86_64</emulator>");
    directory = g_dir_open(cache, 0, NULL);
    CHECK(g_dir_read_name(directory) != NULL);
    // From the cache, and the same.
    CHECK_INT(operations->capabilities(fake_host_connection(host), second), MORTISE_OK);
    CHECK_TEXT(second->text->str, first->text->str);
    CHECK_INT(operations->host_information(fake_host_connection(host), &information), MORTISE_OK);
    CHECK_INT(information.cpus, sysconf(_SC_NPROCESSORS_ONLN));
    CHECK(information.memory_kib > 1024 && information.numa_nodes >= 1 && information.sockets >= 1);
    CHECK(information.hypervisor_version >= 5000000);
    CHECK_TEXT(information.hypervisor, "QEMU");
    CHECK_TEXT(information.model, "x86_64");
    CHECK(*information.hostname != '\0');
    fake_host_free(host);
}

static void
test_small_information(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    const MortiseDriverOperations *operations = fake_host_descriptor(host)->operations;
    MortiseHostInformation information;

    // A caller of an older ABI: nothing beyond its size is touched.
    memset(&information, 0x5a, sizeof(information));
    information.struct_size = 12;
    CHECK_INT(operations->host_information(fake_host_connection(host), &information), MORTISE_OK);
    CHECK_INT(information.struct_size, 12);
    CHECK_INT(information.cpus, sysconf(_SC_NPROCESSORS_ONLN));
    CHECK_INT(information.numa_nodes, 0x5a5a5a5a);
    fake_host_free(host);
}

static void
test_probe(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    const MortiseDriverOperations *operations = fake_host_descriptor(host)->operations;
    g_autoptr(MortiseSink) quick = fake_sink_new();
    g_autoptr(MortiseSink) full = fake_sink_new();

    CHECK_INT(operations->probe(fake_host_driver(host), 0, quick), MORTISE_OK);
    CHECK(finds(quick, "0 emulator 0 /usr/bin/qemu-system-x86_64"));
    CHECK(finds(quick, "0 guest-keeper 0"));
    CHECK(finds(quick, " tun-device 0 /dev/net/tun"));
    CHECK_INT(operations->probe(fake_host_driver(host), 1, full), MORTISE_OK);
    CHECK(finds(full, "QEMU emulator version"));
    fake_host_free(host);
}

static void
test_console(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    const MortiseConsole *console = fake_host_interface(host, MORTISE_CONSOLE_ID);
    g_autofree char *file = g_build_filename(fake_host_root(host), "serial.txt", NULL);
    g_autofree char *more = g_strdup_printf("<devices><serial type='file'><source path='%s'/></serial></devices>",
                                            file);
    g_autofree char *file_xml = engine_xml(103, more);
    g_autofree char *xml = engine_xml(104, "");
    g_autofree char *none_xml = engine_xml(105, "<devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices>");
    FakeDomain *on_file = fake_domain_open(host, file_xml);
    FakeDomain *domain = fake_domain_open(host, xml);
    FakeDomain *without = fake_domain_open(host, none_xml);
    MortiseFileDescriptor fd = -1;
    MortiseFileDescriptor second = -1;

    CHECK_INT(fake_start(on_file, 0), MORTISE_OK);
    CHECK_INT(console->open(fake_domain_handle(on_file), NULL, 0, &fd), MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, "no-console");
    CHECK_CONTAINS(fake_call_error()->message, "/serial.txt");
    CHECK_INT(fake_start(without, 0), MORTISE_OK);
    CHECK_INT(console->open(fake_domain_handle(without), NULL, 0, &fd), MORTISE_FAILED);
    CHECK_CONTAINS(fake_call_error()->message, "has no serial port or console");
    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    CHECK_INT(console->open(fake_domain_handle(domain), "serial7", 0, &fd), MORTISE_FAILED);
    CHECK_CONTAINS(fake_call_error()->message, "has no console named serial7");
    CHECK_INT(console->open(fake_domain_handle(domain), "serial0", 0, &fd), MORTISE_OK);
    CHECK(isatty(fd));
    CHECK_INT(console->open(fake_domain_handle(domain), NULL, 0, &second), MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, "resource-busy");
    CHECK_INT(console->open(fake_domain_handle(domain), NULL, MORTISE_CONSOLE_FORCE, &second), MORTISE_OK);
    CHECK_INT(close(second), 0);
    CHECK_INT(close(fd), 0);
    CHECK_INT(console->open(fake_domain_handle(domain), NULL, 0, &fd), MORTISE_OK);
    CHECK_INT(close(fd), 0);
    fake_host_free(host);
}

static gboolean
has_guest(const char *test)
{
    if (!engine_has_guest()) {
        mortise_test_skip(test, "there is no guest kernel");
    }
    return engine_has_guest();
}

/* The guest powers off by itself, as the letter p tells it to. */
static void
test_poweroff_restarts(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    g_autofree char *xml = engine_guest_xml(106, "<on_poweroff>restart</on_poweroff>");
    FakeDomain *domain = fake_domain_open(host, xml);
    int console;
    gint64 pid;

    if (has_guest("on_poweroff restart")) {
        CHECK_INT(fake_start(domain, 0), MORTISE_OK);
        pid = fake_domain_id(domain);
        console = engine_open_console(domain);
        CHECK(engine_hear(console, ": count "));
        CHECK_INT(write(console, "p", 1), 1);
        CHECK(fake_domain_wait_event(domain, "reboot host-qmp-system-reset"));
        CHECK(engine_hear(console, "ready"));
        CHECK(fake_domain_wait(domain, "running booted"));
        CHECK_INT(fake_domain_id(domain), pid);
        CHECK_INT(close(console), 0);
        CHECK_INT(fake_stop(domain, MORTISE_STOP_GRACEFUL), MORTISE_OK);
        CHECK(fake_domain_wait(domain, "shutoff destroyed"));
    }
    fake_host_free(host);
}

static void
test_poweroff_preserves(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    g_autofree char *xml = engine_guest_xml(107, "<on_poweroff>preserve</on_poweroff><on_reboot>destroy</on_reboot>");
    FakeDomain *domain = fake_domain_open(host, xml);
    int console;

    if (has_guest("on_poweroff preserve")) {
        CHECK_INT(fake_start(domain, 0), MORTISE_OK);
        console = engine_open_console(domain);
        CHECK(engine_hear(console, ": count "));
        CHECK_INT(write(console, "p", 1), 1);
        CHECK(fake_domain_wait(domain, "paused shutting-down"));
        CHECK_INT(fake_stop(domain, 0), MORTISE_OK);
        CHECK_INT(close(console), 0);
        // And its own reboot is its end.
        CHECK_INT(fake_start(domain, 0), MORTISE_OK);
        console = engine_open_console(domain);
        CHECK(engine_hear(console, ": count "));
        CHECK_INT(write(console, "r", 1), 1);
        CHECK(fake_domain_wait(domain, "shutoff shutdown"));
        CHECK_INT(close(console), 0);
    }
    fake_host_free(host);
}

#define PVPANIC \
    "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg value='-device'/>" \
    "<qemu:arg value='pvpanic'/></qemu:commandline>"

static void
check_crash(guint number, const char *action, const char *wanted)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    g_autofree char *more = g_strdup_printf("<on_crash>%s</on_crash>" PVPANIC, action);
    g_autofree char *xml = engine_guest_xml(number, more);
    FakeDomain *domain = fake_domain_open(host, xml);
    int console;

    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    console = engine_open_console(domain);
    CHECK(engine_hear(console, ": count "));
    CHECK_INT(write(console, "k", 1), 1);
    CHECK(fake_domain_wait_event(domain, "panicked"));
    CHECK(fake_domain_wait(domain, wanted));
    CHECK_INT(close(console), 0);
    fake_host_free(host);
}

static void
test_crashes(void)
{
    if (has_guest("on_crash")) {
        check_crash(108, "destroy", "shutoff crashed");
        check_crash(109, "preserve", "crashed panicked");
        check_crash(110, "restart", "running booted");
    }
}

static gboolean
has_kvm(const char *test)
{
    if (access("/dev/kvm", R_OK | W_OK) != 0) {
        mortise_test_skip(test, "/dev/kvm cannot be used");
        return FALSE;
    }
    return engine_require("qemu");
}

#define KVM_MORE(frequency) \
    "<cpu mode='custom'><model>qemu64</model></cpu><clock offset='utc'><timer name='tsc' frequency='" frequency \
    "'/></clock><devices><console type='pty'/></devices>"

static void
test_kvm(void)
{
    FakeHost *host = has_kvm("kvm guests") ? fake_host_new("qemu", NULL) : NULL;
    g_autofree char *xml = engine_any_xml(111, "kvm", 1, "<type arch='x86_64' machine='pc'>hvm</type>",
                                          "<cpu mode='custom'><model>qemu64</model></cpu>");
    g_autofree char *other = engine_any_xml(112, "kvm", 1, "<type arch='x86_64' machine='pc'>hvm</type>",
                                            KVM_MORE("1000000000"));
    g_autoptr(MortiseSink) capabilities = fake_sink_new();
    g_autoptr(MortiseSink) findings = fake_sink_new();
    g_autofree char *live = NULL;
    const MortiseDriverOperations *operations;
    FakeDomain *domain;

    if (!host) {
        return;
    }
    operations = fake_host_descriptor(host)->operations;
    domain = fake_domain_open(host, xml);
    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    CHECK_TEXT(fake_call_error()->message, NULL);
    live = fake_domain_live_xml(domain);
    CHECK_CONTAINS(live, "name=\"tsc\" frequency=\"");
    CHECK_INT(fake_stop(domain, 0), MORTISE_OK);
    CHECK_INT(operations->probe(fake_host_driver(host), 1, findings), MORTISE_OK);
    CHECK(finds(findings, "0 kvm-device 0 /dev/kvm: KVM is usable, API version 12."));
    CHECK(finds(findings, "tsc-frequency 0 /dev/kvm"));
    fake_call_begin(FAKE_AMPLE_MS);
    CHECK_INT(operations->capabilities(fake_host_connection(host), capabilities), MORTISE_OK);
    CHECK_CONTAINS(capabilities->text->str, "<domain type='kvm'/>");
    CHECK_CONTAINS(capabilities->text->str, "<counter name='tsc' frequency='");
    if (strstr(capabilities->text->str, "scaling='no'")) {
        domain = fake_domain_open(host, other);
        CHECK_INT(fake_start(domain, 0), MORTISE_FAILED);
        CHECK_TEXT(fake_call_error()->reason, "host-unsupported");
        CHECK_CONTAINS(fake_call_error()->message, "a TSC of 1000000 kHz cannot be had");
    }
    fake_host_free(host);
}

static void
test_descriptors(void)
{
    static const char *const names[] = {"tcg", "qemu"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        FakeHost *host = fake_host_new(names[i], NULL);
        const MortiseModuleDescriptor *descriptor = fake_host_descriptor(host);
        CHECK_TEXT(descriptor->name, names[i]);
        CHECK_TEXT(descriptor->schemes[0], "qemu");
        CHECK_TEXT(descriptor->domain_types[0], i == 0 ? "qemu" : "kvm");
        CHECK_TEXT(descriptor->programs[0], "mortise-guest-keeper");
        CHECK(g_str_has_prefix(descriptor->package, "mortise-driver-"));
        CHECK_INT(descriptor->flags, MORTISE_DRIVER_USES_STORE);
        fake_host_free(host);
    }
}

static const MortiseTest tests[] = {
    {"statistics", test_stats},
    {"checks", test_check},
    {"capabilities and host facts", test_capabilities},
    {"host facts for an older caller", test_small_information},
    {"findings", test_probe},
    {"consoles", test_console},
    {"on_poweroff restart", test_poweroff_restarts},
    {"on_poweroff preserve, on_reboot destroy", test_poweroff_preserves},
    {"on_crash", test_crashes},
    {"KVM", test_kvm},
    {"descriptors", test_descriptors},
};

int
main(void)
{
    return engine_require("tcg") && engine_require("qemu") ? mortise_test_main("engine-reports", tests,
                                                                               G_N_ELEMENTS(tests))
                                                           : 77;
}
