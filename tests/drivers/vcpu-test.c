// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What tests of vCPUs have in common.
#include "vcpu-test.h"

#include "fake-host-table.h"

#include <stdio.h>
#include <string.h>

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

    fake_call_begin(10000);
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
    fake_call_begin(10000);
    return interface_of(domain)->pin(fake_domain_handle(domain), vcpu, cpus);
}
