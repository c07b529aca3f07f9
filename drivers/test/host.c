// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The host that a world claims to be: its information and its capabilities document.
#include "connection.h"

#include <string.h>

/* MAJOR * 1000000 + MINOR * 1000 + MICRO of this driver, which is its own hypervisor. */
#define HYPERVISOR_VERSION 1000

MortiseResult
test_connection_host_information(void *handle, MortiseHostInformation *information)
{
    g_autoptr(TestConnection) connection = test_connection_ref(handle);
    const TestHostFacts *host = &connection->world->host;

    if (test_play(connection, NULL, TEST_OPERATION_HOST_INFO) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    MortiseHostInformation facts = {
        .struct_size = information->struct_size,
        .cpus = host->cpus,
        .mhz = host->mhz,
        .numa_nodes = host->numa_nodes,
        .sockets = host->sockets,
        .cores = host->cores,
        .threads = host->threads,
        .memory_kib = host->memory_kib,
        .hypervisor_version = HYPERVISOR_VERSION,
        .hypervisor = "TEST",
    };
    (void) g_strlcpy(facts.model, host->model, sizeof facts.model);
    (void) g_strlcpy(facts.hostname, host->hostname, sizeof facts.hostname);
    memcpy(information, &facts, MIN(information->struct_size, sizeof facts));
    return MORTISE_OK;
}

/* Frequency in Hz; without an attribute "scaling" where nobody knows. */
static void
add_counter(GString *xml, const TestHostFacts *host)
{
    static const char *const scaling[] = {
        [TEST_SCALING_UNKNOWN] = "",
        [TEST_SCALING_NO] = " scaling='no'",
        [TEST_SCALING_YES] = " scaling='yes'",
    };

    if (host->tsc_khz != 0) {
        g_string_append_printf(xml, "      <counter name='tsc' frequency='%" G_GUINT64_FORMAT "'%s/>\n",
                               host->tsc_khz * 1000, scaling[host->tsc_scaling]);
    }
}

static void
add_cells(GString *xml, const TestHostFacts *host)
{
    g_string_append_printf(xml, "    <topology>\n      <cells num='%u'>\n", host->numa_nodes);
    for (guint node = 0; node < host->numa_nodes; node++) {
        guint first = (guint) ((guint64) host->cpus * node / host->numa_nodes);
        guint next = (guint) ((guint64) host->cpus * (node + 1) / host->numa_nodes);
        g_string_append_printf(xml, "        <cell id='%u'>\n          <memory unit='KiB'>%" G_GUINT64_FORMAT
                               "</memory>\n          <cpus num='%u'>\n", node, host->memory_kib / host->numa_nodes,
                               next - first);
        for (guint cpu = first; cpu < next; cpu++) {
            g_string_append_printf(xml, "            <cpu id='%u'/>\n", cpu);
        }
        g_string_append(xml, "          </cpus>\n        </cell>\n");
    }
    g_string_append(xml, "      </cells>\n    </topology>\n");
}

MortiseResult
test_connection_capabilities(void *handle, MortiseSink *sink)
{
    g_autoptr(TestConnection) connection = test_connection_ref(handle);
    const TestHostFacts *host = &connection->world->host;
    g_autoptr(GString) xml = g_string_new("<capabilities>\n  <host>\n    <cpu>\n");
    g_autofree char *architecture = g_markup_escape_text(host->architecture, -1);
    g_autofree char *model = g_markup_escape_text(host->model, -1);

    if (test_play(connection, NULL, TEST_OPERATION_CAPABILITIES) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    g_string_append_printf(xml, "      <arch>%s</arch>\n      <model>%s</model>\n", architecture, model);
    g_string_append_printf(xml, "      <topology sockets='%u' dies='1' cores='%u' threads='%u'/>\n", host->sockets,
                           host->cores, host->threads);
    add_counter(xml, host);
    if (host->invtsc) {
        g_string_append(xml, "      <feature name='invtsc'/>\n");
    }
    g_string_append(xml, "    </cpu>\n");
    add_cells(xml, host);
    g_string_append_printf(xml, "  </host>\n  <guest>\n    <os_type>hvm</os_type>\n    <arch name='%s'>\n"
                           "      <wordsize>64</wordsize>\n      <domain type='" TEST_DOMAIN_TYPE "'/>\n    </arch>\n"
                           "  </guest>\n</capabilities>\n", architecture);
    connection->driver->host->sink_text(sink, xml->str, xml->len);
    return MORTISE_OK;
}
