// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What tests of vCPUs have in common.
#include "vcpu-test.h"

#include "fake-host-table.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mortise-test.h"
#include "qemu-affinity.h"

static char *
read_affinity(const char *path)
{
    g_autofree char *text = NULL;
    char *line;

    if (!g_file_get_contents(path, &text, NULL, NULL) || !(line = strstr(text, "Cpus_allowed_list:"))) {
        return NULL;
    }
    line += strlen("Cpus_allowed_list:");
    return g_strstrip(g_strndup(line, strcspn(line, "\n")));
}

GHashTable *
vcpu_test_affinities(gint64 process)
{
    GHashTable *affinities = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    g_autofree char *folder = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/task", process);
    g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
    const char *name;

    while (directory && (name = g_dir_read_name(directory))) {
        g_autofree char *path = g_build_filename(folder, name, "status", NULL);
        char *affinity = read_affinity(path);
        gint64 thread = g_ascii_strtoll(name, NULL, 10);
        if (affinity) {
            g_hash_table_insert(affinities, g_memdup2(&thread, sizeof(thread)), affinity);
        }
    }
    return affinities;
}

const char *
vcpu_test_affinity(GHashTable *affinities, gint64 thread)
{
    return g_hash_table_lookup(affinities, &thread);
}

static const MortiseVcpuInterface *
interface_of(FakeDomain *domain)
{
    return fake_host_interface(domain->host, MORTISE_VCPU_ID);
}

MortiseSink *
vcpu_test_report(FakeDomain *domain, MortiseVcpuSummary *summary)
{
    MortiseVcpuSummary made = {.struct_size = sizeof(made)};
    g_autoptr(MortiseSink) sink = fake_sink_new();

    fake_call_begin(FAKE_AMPLE_MS);
    if (interface_of(domain)->report(fake_domain_handle(domain), &made, sink) != MORTISE_OK) {
        fprintf(stderr, "no report: %s\n", fake_call_error()->message);
        return NULL;
    }
    if (summary) {
        *summary = made;
    }
    return g_steal_pointer(&sink);
}

gint64
vcpu_test_thread(FakeDomain *domain, guint vcpu)
{
    g_autoptr(MortiseSink) sink = vcpu_test_report(domain, NULL);

    return sink && vcpu < sink->vcpus->len ? g_array_index(sink->vcpus, MortiseVcpu, vcpu).thread_id : -1;
}

guint
vcpu_test_count(FakeDomain *domain)
{
    g_autoptr(MortiseSink) sink = vcpu_test_report(domain, NULL);

    return sink ? sink->vcpus->len : 0;
}

MortiseResult
vcpu_test_set(FakeDomain *domain, guint count, gint64 milliseconds)
{
    fake_call_begin(milliseconds);
    return interface_of(domain)->set_count(fake_domain_handle(domain), count);
}

MortiseResult
vcpu_test_pin(FakeDomain *domain, guint vcpu, const char *cpus)
{
    fake_call_begin(FAKE_AMPLE_MS);
    return interface_of(domain)->pin(fake_domain_handle(domain), vcpu, cpus);
}

/* `xml` is freed. FALSE when the start failed, with the error of the call still there. */
gboolean
vcpu_guest_start(VcpuGuest *guest, const char *driver, char *xml)
{
    DomainCpus cpus;

    CHECK(qemu_affinity_read(getpid(), &cpus));
    guest->all = domain_cpus_to_text(&cpus);
    guest->host = fake_host_new(driver, NULL);
    guest->domain = fake_domain_open(guest->host, xml);
    g_free(xml);
    return fake_start(guest->domain, 0) == MORTISE_OK;
}

void
vcpu_guest_end(VcpuGuest *guest)
{
    CHECK_INT(fake_stop(guest->domain, 0), MORTISE_OK);
    CHECK(engine_is_clean(guest->host));
    fake_host_free(guest->host);
    g_free(guest->all);
}

/* A definition with fewer vCPUs than it may have. */
char *
vcpu_test_some_of(char *xml, guint current, guint maximum)
{
    g_autofree char *whole = xml;
    g_autofree char *before = g_strdup_printf("<vcpu>%u</vcpu>", maximum);
    g_autofree char *after = g_strdup_printf("<vcpu current='%u'>%u</vcpu>", current, maximum);
    g_auto(GStrv) parts = g_strsplit(whole, before, 2);

    return g_strjoinv(after, parts);
}

char *
vcpu_test_xml(guint current, guint maximum, const char *more)
{
    g_autofree char *all = g_strconcat("<features><acpi/></features>", more, NULL);

    return vcpu_test_some_of(engine_any_xml(81, "qemu", maximum, VCPU_TEST_PC, all), current, maximum);
}

/* All threads but those of the two numbers (-1: none) have what they had; new ones have `others`. */
void
vcpu_check_others(GHashTable *before, GHashTable *after, gint64 one, gint64 other, const char *others)
{
    GHashTableIter iterator;
    gpointer thread;
    gpointer affinity;

    g_hash_table_iter_init(&iterator, after);
    while (g_hash_table_iter_next(&iterator, &thread, &affinity)) {
        const gint64 number = *(gint64 *) thread;
        const char *had = vcpu_test_affinity(before, number);
        if (number != one && number != other) {
            CHECK_TEXT(affinity, had ? had : others);
        }
    }
}

void
vcpu_check_fails(MortiseResult result, const char *reason, const char *part)
{
    CHECK_INT(result, MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, reason);
    CHECK_CONTAINS(fake_call_error()->message, part);
}

void
vcpu_check_works(MortiseResult result)
{
    CHECK_TEXT(fake_call_error()->message, NULL);
    CHECK_INT(result, MORTISE_OK);
}

void
vcpu_check_live_xml(FakeDomain *domain, const char *part)
{
    g_autofree char *xml = fake_domain_live_xml(domain);

    // Attributes that were there keep their quotes, which libxml2 wrote.
    CHECK_CONTAINS(g_strdelimit(xml, "\"", '\''), part);
}

static void
check_pins(const VcpuGuest *guest, const char *emulator)
{
    const MortiseVcpuInterface *interface = fake_host_interface(guest->host, MORTISE_VCPU_ID);
    g_autoptr(MortiseSink) sink = fake_sink_new();
    const MortiseVcpu *last;

    fake_call_begin(FAKE_AMPLE_MS);
    vcpu_check_works(interface->pins(fake_domain_handle(guest->domain), sink));
    last = &g_array_index(sink->vcpus, MortiseVcpu, sink->vcpus->len - 1);
    CHECK_INT(last->id, MORTISE_VCPU_EMULATOR);
    CHECK_TEXT(last->affinity, emulator);
}

/* Pinning a vCPU moves its thread and no other; pinning the emulator moves all the others. */
void
vcpu_check_own_threads(const VcpuGuest *guest)
{
    const gint64 process = fake_domain_id(guest->domain);
    const gint64 first = vcpu_test_thread(guest->domain, 0);
    const gint64 second = vcpu_test_thread(guest->domain, 1);
    const gint64 third = vcpu_test_thread(guest->domain, 2);
    g_autoptr(GHashTable) before = vcpu_test_affinities(process);
    g_autoptr(GHashTable) pinned = NULL;
    g_autoptr(GHashTable) after = NULL;
    GHashTableIter iterator;
    gpointer thread;
    gpointer affinity;

    CHECK(first > 0 && second > 0 && first != process && second != process);
    vcpu_check_works(vcpu_test_pin(guest->domain, 1, "1"));
    pinned = vcpu_test_affinities(process);
    CHECK_TEXT(vcpu_test_affinity(pinned, second), "1");
    vcpu_check_others(before, pinned, second, -1, guest->all);
    vcpu_check_live_xml(guest->domain, "<vcpupin vcpu='1' cpuset='1'/>");

    vcpu_check_works(vcpu_test_pin(guest->domain, MORTISE_VCPU_EMULATOR, "0"));
    after = vcpu_test_affinities(process);
    g_hash_table_iter_init(&iterator, after);
    while (g_hash_table_iter_next(&iterator, &thread, &affinity)) {
        const gint64 number = *(gint64 *) thread;
        CHECK_TEXT(affinity, number == first || number == third ? guest->all : number == second ? "1" : "0");
    }
    check_pins(guest, "0");
    vcpu_check_live_xml(guest->domain, "<emulatorpin cpuset='0'/>");

    vcpu_check_works(vcpu_test_pin(guest->domain, 1, NULL));
    vcpu_check_works(vcpu_test_pin(guest->domain, MORTISE_VCPU_EMULATOR, NULL));
    g_hash_table_unref(g_steal_pointer(&after));
    after = vcpu_test_affinities(process);
    vcpu_check_others(before, after, -1, -1, guest->all);
}
