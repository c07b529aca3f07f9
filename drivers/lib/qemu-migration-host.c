// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading capabilities documents, which come from anywhere.
#include "qemu-migration-host.h"

#include <string.h>

#include "domain-units.h"
#include "domain-xml.h"
#include "qemu-engine-capabilities.h"

/* Of libvirt's largest documents, many times over. */
static const DomainXmlLimits limits = {4u * 1024u * 1024u, 32, 64};

#define HERTZ_LIMIT ((guint64) G_MAXINT64)
#define NUMBER_LIMIT ((guint64) G_MAXUINT32)
#define DOCUMENT "the capabilities document"

typedef struct {
    QemuHost *host;
    DriverFailure *failure;        /* of the first thing that cannot be */
} Reading;

gboolean
qemu_host_is_ours(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && node->ns && node->ns->href &&
           strcmp((const char *) node->ns->href, QEMU_CAPABILITIES_NAMESPACE) == 0 &&
           strcmp((const char *) node->name, name) == 0;
}

static char *
attribute(const xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *) name);
    char *copy = g_strdup((const char *) value);

    xmlFree(value);
    return copy;
}

static char *
text_of(const xmlNode *node)
{
    xmlChar *value = xmlNodeGetContent(node);
    char *copy = g_strstrip(g_strdup(value ? (const char *) value : ""));

    xmlFree(value);
    return copy;
}

/* 0 when it is not there, or is no number: then the document is refused. */
static guint64
number(Reading *reading, const xmlNode *node, const char *name, guint64 maximum)
{
    g_autofree char *text = attribute(node, name);
    g_autofree char *path = NULL;
    guint64 value = 0;

    if (text && !domain_number_parse(text, 0, maximum, &value)) {
        path = domain_xml_path(node, name);
        driver_failure_set(&reading->failure, "invalid-xml", path, "Take the document from the host once more.",
                           "Line %u of the capabilities document, %s: '%.40s' is not a number from 0 to %"
                           G_GUINT64_FORMAT ".", domain_xml_line(node), path, text, maximum);
        return 0;
    }
    return value;
}

static void
read_counter(Reading *reading, const xmlNode *node)
{
    TscHost *tsc = &reading->host->tsc;
    g_autofree char *name = attribute(node, "name");
    g_autofree char *scaling = NULL;

    if (g_strcmp0(name, "tsc") != 0) {
        return;
    }
    tsc->khz = number(reading, node, "frequency", HERTZ_LIMIT) / 1000;
    tsc->khz_source = DOCUMENT;
    scaling = attribute(node, "scaling");
    if (!scaling) {
        return;
    }
    if (!g_str_equal(scaling, "yes") && !g_str_equal(scaling, "no")) {
        driver_failure_set(&reading->failure, "invalid-xml", "counter/@scaling", NULL,
                           "Line %u of the capabilities document, <counter name='tsc'>: scaling is '%.40s', not 'yes' "
                           "or 'no'.", domain_xml_line(node), scaling);
        return;
    }
    tsc->scaling = *scaling == 'y';
    tsc->scaling_source = DOCUMENT;
}

static void
read_cpu(Reading *reading, const xmlNode *cpu)
{
    for (const xmlNode *node = cpu->children; node; node = node->next) {
        if (domain_xml_is(node, "arch") && !reading->host->architecture) {
            reading->host->architecture = text_of(node);
        } else if (domain_xml_is(node, "counter")) {
            read_counter(reading, node);
        }
    }
}

/* Memory of the cells, where ours is not told: in KiB by libvirt's default. */
static void
read_cells(Reading *reading, const xmlNode *node)
{
    guint64 kib = 0;

    for (const xmlNode *child = node->children; child; child = child->next) {
        if (domain_xml_is(child, "cells") || domain_xml_is(child, "cell")) {
            read_cells(reading, child);
        } else if (domain_xml_is(child, "memory") && reading->host->memory_kib < G_MAXUINT64 / 2) {
            g_autofree char *text = text_of(child);
            g_autofree char *unit = attribute(child, "unit");
            if ((!unit || g_str_equal(unit, "KiB")) && domain_number_parse(text, 0, G_MAXUINT64 / 4096, &kib)) {
                reading->host->memory_kib += kib;
            }
        }
    }
}

static void
read_ours(Reading *reading, const xmlNode *node)
{
    QemuHost *host = reading->host;

    if (!host->name) {
        host->name = attribute(node, "name");
        host->boot = attribute(node, "boot");
        host->cpus = number(reading, node, "cpus", NUMBER_LIMIT);
        host->memory_kib = number(reading, node, "memory", G_MAXUINT64 / 1024);
    }
    for (const xmlNode *child = node->children; child && !reading->failure; child = child->next) {
        (void) qemu_places_read(host->places, child, &reading->failure);
    }
}

static void
read_host(Reading *reading, const xmlNode *host)
{
    for (const xmlNode *node = host->children; node; node = node->next) {
        if (domain_xml_is(node, "cpu")) {
            read_cpu(reading, node);
        } else if (domain_xml_is(node, "topology") && reading->host->memory_kib == 0) {
            read_cells(reading, node);
        } else if (qemu_host_is_ours(node, "host")) {
            read_ours(reading, node);
        }
    }
}

static char **
words_of(const char *text)
{
    static const char spaces[] = " \t\r\n";
    GPtrArray *words = g_ptr_array_new();

    for (const char *at = text ? text + strspn(text, spaces) : ""; *at; at += strspn(at, spaces)) {
        const gsize length = strcspn(at, spaces);
        g_ptr_array_add(words, g_strndup(at, length));
        at += length;
    }
    g_ptr_array_add(words, NULL);
    return (char **) g_ptr_array_free(words, FALSE);
}

static void
read_words(Reading *reading, const xmlNode *node, char ***words)
{
    g_autofree char *text = *words ? NULL : text_of(node);

    if (!text) {
        return;
    }
    *words = words_of(text);
    if (g_strv_length(*words) > QEMU_WORD_LIMIT) {
        driver_failure_set(&reading->failure, "limit-exceeded", (const char *) node->name, NULL,
                           "Line %u of the capabilities document: <%s> has more than %u words.", domain_xml_line(node),
                           (const char *) node->name, QEMU_WORD_LIMIT);
    }
}

static void
read_emulator(Reading *reading, const xmlNode *emulator, QemuHostGuests *guests)
{
    QemuCapabilities *known = guests->known;
    g_autofree char *accelerator = attribute(emulator, "accelerator");

    guests->told = TRUE;
    known->version = (guint) number(reading, emulator, "version", NUMBER_LIMIT);
    known->kvm = g_strcmp0(accelerator, "kvm") == 0;
    for (const xmlNode *node = emulator->children; node; node = node->next) {
        if (qemu_host_is_ours(node, "cpu")) {
            char *name = attribute(node, "name");
            char *missing = attribute(node, "missing");
            // Kept as it is: of a hundred models one is asked for.
            (void) g_hash_table_insert(guests->models, name ? name : g_strdup(""), missing ? missing : g_strdup(""));
        } else if (qemu_host_is_ours(node, "features")) {
            read_words(reading, node, &known->features);
        } else if (qemu_host_is_ours(node, "migration")) {
            read_words(reading, node, &known->migration);
        }
    }
}

static void
read_machine(Reading *reading, const xmlNode *node, QemuHostGuests *guests)
{
    g_autofree char *name = text_of(node);
    g_autofree char *canonical = attribute(node, "canonical");
    const guint maximum = (guint) number(reading, node, "maxCpus", NUMBER_LIMIT);

    qemu_capabilities_add_machine(guests->known, canonical ? canonical : name, canonical ? name : NULL, maximum, FALSE);
}

static void
read_domain(Reading *reading, const xmlNode *domain, QemuHostGuests *guests)
{
    char *type = attribute(domain, "type");

    if (type) {
        g_ptr_array_add(guests->types, type);
    }
    // libvirt lists here what is special to one type.
    for (const xmlNode *node = domain->children; node; node = node->next) {
        if (domain_xml_is(node, "machine")) {
            read_machine(reading, node, guests);
        }
    }
}

static void
read_architecture(Reading *reading, const xmlNode *architecture)
{
    QemuHostGuests *guests = g_new0(QemuHostGuests, 1);

    guests->architecture = attribute(architecture, "name");
    guests->types = g_ptr_array_new_with_free_func(g_free);
    guests->known = qemu_capabilities_new(0);
    guests->models = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_ptr_array_add(reading->host->guests, guests);
    for (const xmlNode *node = architecture->children; node; node = node->next) {
        if (domain_xml_is(node, "emulator") && !guests->emulator) {
            guests->emulator = text_of(node);
        } else if (domain_xml_is(node, "machine")) {
            read_machine(reading, node, guests);
        } else if (domain_xml_is(node, "domain")) {
            read_domain(reading, node, guests);
        } else if (qemu_host_is_ours(node, "emulator") && !guests->told) {
            read_emulator(reading, node, guests);
        }
    }
}

static void
read_document(Reading *reading, const xmlNode *root)
{
    for (const xmlNode *node = root->children; node; node = node->next) {
        if (domain_xml_is(node, "host")) {
            read_host(reading, node);
        }
        for (const xmlNode *child = domain_xml_is(node, "guest") ? node->children : NULL; child; child = child->next) {
            if (domain_xml_is(child, "arch")) {
                read_architecture(reading, child);
            }
        }
    }
}

static void
guests_free(gpointer data)
{
    QemuHostGuests *guests = data;

    g_free(guests->architecture);
    g_free(guests->emulator);
    g_ptr_array_unref(guests->types);
    qemu_capabilities_free(guests->known);
    g_hash_table_unref(guests->models);
    g_free(guests);
}

QemuHost *
qemu_host_parse(const char *text, DriverFailure **failure)
{
    g_autoptr(xmlDoc) document = domain_xml_load(text, strlen(text), &limits, "capabilities document", failure);
    g_autoptr(QemuHost) host = NULL;
    const xmlNode *root;
    Reading reading = {NULL, NULL};

    if (!document) {
        return NULL;
    }
    root = xmlDocGetRootElement(document);
    if (!root || !domain_xml_is(root, "capabilities")) {
        driver_failure_set(failure, "invalid-xml", "capabilities", "Make one on that host with: mortise capabilities",
                           "Line %u: this is no capabilities document, it begins with <%.40s>.",
                           root ? domain_xml_line(root) : 1, root ? (const char *) root->name : "");
        return NULL;
    }
    host = g_new0(QemuHost, 1);
    host->tsc.scaling = -1;
    host->places = qemu_places_new();
    host->guests = g_ptr_array_new_with_free_func(guests_free);
    reading.host = host;
    read_document(&reading, root);
    if (reading.failure) {
        driver_failure_propagate(failure, reading.failure);
        return NULL;
    }
    return g_steal_pointer(&host);
}

void
qemu_host_free(QemuHost *host)
{
    if (!host) {
        return;
    }
    g_free(host->name);
    g_free(host->boot);
    g_free(host->architecture);
    g_ptr_array_unref(host->guests);
    qemu_places_free(host->places);
    g_free(host);
}

gboolean
qemu_host_guests_have(const QemuHostGuests *guests, const char *type)
{
    return g_ptr_array_find_with_equal_func(guests->types, type, g_str_equal, NULL);
}

const QemuHostGuests *
qemu_host_guests(const QemuHost *host, const char *architecture, const char *type)
{
    const QemuHostGuests *first = NULL;

    for (guint i = 0; i < host->guests->len; i++) {
        const QemuHostGuests *guests = host->guests->pdata[i];
        if (g_strcmp0(guests->architecture, architecture) != 0) {
            continue;
        }
        if (qemu_host_guests_have(guests, type)) {
            return guests;
        }
        first = first ? first : guests;
    }
    return first;
}
