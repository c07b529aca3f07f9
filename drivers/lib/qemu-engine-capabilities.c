// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Writing the <capabilities> document: libvirt's elements, and our own beside them.
#include "qemu-engine-capabilities.h"

#include <string.h>

#include "domain-xml.h"
#include "host-topology.h"
#include "qemu-capabilities.h"

static void
add_tsc(GString *xml, const TscHost *tsc)
{
    if (tsc->khz > 0) {
        domain_xml_append(xml, "      <counter name='tsc' frequency='%" G_GUINT64_FORMAT "'", tsc->khz * 1000);
        domain_xml_append(xml, tsc->scaling < 0 ? "/>\n" : " scaling='%s'/>\n", tsc_scaling_word(tsc->scaling));
    }
}

static void
add_host(GString *xml, const QemuEngine *engine, const TscHost *tsc, const QemuPlaces *places)
{
    HostTopology topology;

    host_topology_read(&topology);
    domain_xml_append(xml, "  <host>\n    <cpu>\n      <arch>%s</arch>\n", qemu_host_architecture());
    domain_xml_append(xml, "      <topology sockets='%u' dies='1' cores='%u' threads='%u'/>\n", topology.sockets,
                      topology.cores, topology.threads);
    add_tsc(xml, tsc);
    domain_xml_append(xml, "    </cpu>\n    <topology>\n      <cells num='%u'/>\n    </topology>\n", topology.nodes);
    domain_xml_append(xml, "    <mortise:host name='%s' boot='%s' cpus='%u' memory='%" G_GUINT64_FORMAT "'",
                      g_get_host_name(), engine->boot ? engine->boot : "", topology.cpus, topology.memory_kib);
    if (places) {
        (void) g_string_append(xml, ">\n");
        qemu_places_write(places, xml, "      ");
        (void) g_string_append(xml, "    </mortise:host>\n  </host>\n");
    } else {
        (void) g_string_append(xml, "/>\n  </host>\n");
    }
}

static void
add_machine(GString *xml, const QemuMachineType *machine)
{
    if (machine->alias) {
        domain_xml_append(xml, "      <machine canonical='%s' maxCpus='%u'>%s</machine>\n",
                          machine->name, machine->maximum_vcpus, machine->alias);
    }
    domain_xml_append(xml, "      <machine maxCpus='%u'>%s</machine>\n", machine->maximum_vcpus, machine->name);
}

static void
add_words(GString *xml, const char *element, char *const *words)
{
    g_autofree char *joined = words ? g_strjoinv(" ", (char **) words) : NULL;

    if (joined) {
        domain_xml_append(xml, "        <mortise:%s>%s</mortise:%s>\n", element, joined, element);
    }
}

/* What libvirt keeps in a document of its own, <domainCapabilities>, as QEMU names it. */
static void
add_emulator(GString *xml, const QemuCapabilities *capabilities)
{
    domain_xml_append(xml, "      <mortise:emulator version='%u' accelerator='%s'>\n", capabilities->version,
                      capabilities->kvm ? "kvm" : "tcg");
    for (guint i = 0; i < capabilities->cpus->len; i++) {
        const QemuCpuModel *model = capabilities->cpus->pdata[i];
        g_autofree char *missing = g_strjoinv(" ", model->missing);
        if (*missing) {
            domain_xml_append(xml, "        <mortise:cpu name='%s' missing='%s'/>\n", model->name, missing);
        } else {
            domain_xml_append(xml, "        <mortise:cpu name='%s'/>\n", model->name);
        }
    }
    add_words(xml, "features", capabilities->features);
    add_words(xml, "migration", capabilities->migration);
    (void) g_string_append(xml, "      </mortise:emulator>\n");
}

static void
add_guest(GString *xml, const char *domain_type, const char *architecture, const char *emulator,
          const QemuCapabilities *capabilities)
{
    const char *usual = g_str_equal(architecture, "i386") ? "i686" : architecture;

    domain_xml_append(xml, "  <guest>\n    <os_type>hvm</os_type>\n    <arch name='%s'>\n", usual);
    domain_xml_append(xml, "      <wordsize>%u</wordsize>\n", qemu_word_size(architecture));
    domain_xml_append(xml, "      <emulator>%s</emulator>\n", emulator);
    for (guint i = 0; capabilities && i < capabilities->machines->len; i++) {
        add_machine(xml, capabilities->machines->pdata[i]);
    }
    if (domain_type) {
        domain_xml_append(xml, "      <domain type='%s'/>\n", domain_type);
    }
    if (capabilities) {
        add_emulator(xml, capabilities);
    }
    (void) g_string_append(xml, "    </arch>\n  </guest>\n");
}

/* KVM runs guests of the host's architecture, and its 32-bit one. */
static gboolean
serves(const QemuAccelerator *accelerator, const char *architecture)
{
    const char *host = qemu_host_architecture();

    return !accelerator->kvm || g_str_equal(architecture, host) ||
           (g_str_equal(host, "x86_64") && g_str_equal(architecture, "i386"));
}

/* FALSE when an emulator that had to be asked did not answer. */
static gboolean
add_architecture(GString *xml, const QemuEngine *engine, const char *architecture, const char *domain_type,
                 gboolean asked, DriverFailure **failure)
{
    const QemuAccelerator *accelerator = engine->driver->accelerator;
    g_autofree char *emulator = serves(accelerator, architecture) ? qemu_emulator_find(architecture) : NULL;
    g_autoptr(QemuCapabilities) capabilities = NULL;

    if (!emulator) {
        return TRUE;
    }
    if (asked) {
        capabilities = qemu_capabilities_get(engine->loop, engine->cache_directory, emulator, accelerator->kvm,
                                             qemu_engine_deadline(engine->driver), failure);
        if (!capabilities) {
            return FALSE;
        }
    }
    add_guest(xml, domain_type, architecture, emulator, capabilities);
    return TRUE;
}

char *
qemu_engine_capabilities_text(const QemuEngine *engine, const char *also, const QemuPlaces *places,
                              DriverFailure **failure)
{
    const QemuAccelerator *accelerator = engine->driver->accelerator;
    const char *const *architectures = qemu_known_architectures();
    const char *host = qemu_host_architecture();
    g_autoptr(GString) text = g_string_new("<capabilities xmlns:mortise='" QEMU_CAPABILITIES_NAMESPACE "'>\n");
    TscHost tsc = {.scaling = -1};
    // A type that cannot run now is not promised.
    const gboolean usable = !accelerator->tsc || accelerator->tsc(&tsc);

    add_host(text, engine, &tsc, places);
    for (guint i = 0; architectures[i]; i++) {
        // Emulators of other architectures are run when a guest wants one, not to fill a list.
        const gboolean asked = g_str_equal(architectures[i], host) || g_strcmp0(architectures[i], also) == 0;
        if (!add_architecture(text, engine, architectures[i], usable ? accelerator->domain_type : NULL, asked,
                              failure)) {
            return NULL;
        }
    }
    (void) g_string_append(text, "</capabilities>\n");
    return g_string_free(g_steal_pointer(&text), FALSE);
}

MortiseResult
qemu_engine_capabilities(void *connection, MortiseSink *xml)
{
    const QemuEngine *engine = connection;
    DriverFailure *failure = NULL;
    g_autoptr(QemuPlaces) places = qemu_places_look(qemu_network_list(engine->driver));
    g_autofree char *text = qemu_engine_capabilities_text(engine, NULL, places, &failure);

    if (!text) {
        return qemu_engine_fail(engine->driver, failure);
    }
    engine->driver->host->sink_text(xml, text, strlen(text));
    return MORTISE_OK;
}
