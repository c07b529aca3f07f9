// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What offers of running guests and of definitions have in common: the XML, the source's side, the rule of the TSC.
#include "qemu-migration-offer.h"

#include <string.h>

#include "domain-units.h"
#include "domain-xml.h"
#include "qemu-command-machine.h"
#include "qemu-live-xml-tree.h"

const char *
qemu_offer_model(const DomainDefinition *definition)
{
    switch (definition->cpu.mode) {
    case DOMAIN_CPU_CUSTOM:
        return definition->cpu.model;
    case DOMAIN_CPU_HOST_PASSTHROUGH:
        return "host";
    case DOMAIN_CPU_MAXIMUM:
        return "max";
    default:
        return qemu_usual_cpu(definition->os.architecture);
    }
}

/* A guest with an invariant TSC must find the same frequency again, and so has to say which one it wants. */
gboolean
qemu_offer_require_frequency(const QemuDomain *domain, const DomainDefinition *definition, gboolean tsc_given,
                             DriverFailure **failure)
{
    const DomainCpuFeature *feature = domain_definition_cpu_feature(definition, "invtsc");

    if (!domain->engine->driver->accelerator->kvm || tsc_given || !feature ||
        feature->policy == DOMAIN_CPU_FEATURE_DISABLE) {
        return TRUE;
    }
    driver_failure_set(failure, "host-unsupported", "tsc-frequency",
                       "Give it <clock><timer name='tsc' frequency='HZ'/></clock>, in Hz, and start it again; "
                       "'mortise tsc-common' finds a frequency that several hosts can run.",
                       "%s has the CPU feature invtsc and names no TSC frequency: nobody could promise it the same one "
                       "on another host.", domain->name);
    return FALSE;
}

JsonNode *
qemu_offer_begin(const QemuDomain *domain)
{
    JsonNode *root = json_node_new(JSON_NODE_OBJECT);
    JsonObject *object = json_object_new();

    json_node_take_object(root, object);
    json_object_set_int_member(object, "schema", QEMU_MIGRATION_SCHEMA);
    json_object_set_string_member(object, "uuid", domain->uuid);
    json_object_set_string_member(object, "name", domain->name);
    json_object_set_string_member(object, "boot", domain->engine->boot);
    return root;
}

static JsonArray *
array_of(char *const *words, char *const *without)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; words[i]; i++) {
        if (!without || !g_strv_contains((const char *const *) without, words[i])) {
            json_array_add_string_element(array, words[i]);
        }
    }
    return array;
}

JsonObject *
qemu_offer_describe_source(guint version, const DomainDefinition *definition, char *const *features,
                           char *const *missing, char *const *migration)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "hostname", g_get_host_name());
    json_object_set_int_member(object, "qemu_version", version);
    if (definition->clock.tsc_frequency > 0) {
        json_object_set_int_member(object, "tsc_khz", (gint64) (definition->clock.tsc_frequency / 1000));
    }
    if (features) {
        json_object_set_array_member(object, "cpu_features", array_of(features, missing));
    }
    if (missing) {
        json_object_set_array_member(object, "cpu_missing", array_of(missing, NULL));
    }
    if (migration) {
        json_object_set_array_member(object, "migration_capabilities", array_of(migration, NULL));
    }
    return object;
}

static void
forget_frequency(xmlNode *clock)
{
    for (xmlNode *node = clock->children; node; node = node->next) {
        xmlChar *name = domain_xml_is(node, "timer") ? xmlGetNoNsProp(node, (const xmlChar *) "name") : NULL;
        if (g_strcmp0((const char *) name, "tsc") == 0) {
            qemu_live_unset(node, "frequency");
        }
        xmlFree(name);
    }
}

/* A default that only this side's version knows is written down. */
static void
name_model(xmlNode *root, const char *model)
{
    xmlNode *cpu = qemu_live_child(root, "cpu");
    xmlNode *node = qemu_live_child(cpu, "model");

    qemu_live_set(cpu, "mode", "custom");
    qemu_live_set_text(node, model);
}

static gboolean
is_feature(xmlNode *node, const char *name)
{
    xmlChar *value = domain_xml_is(node, "feature") ? xmlGetNoNsProp(node, (const xmlChar *) "name") : NULL;
    g_autofree char *given = value ? g_strdelimit(g_strdup((const char *) value), "_", '-') : NULL;

    xmlFree(value);
    return g_strcmp0(given, name) == 0;
}

/* What the model has and this host's guest has not: a host that could give it must not. */
static void
disable_missing(xmlNode *root, char *const *missing)
{
    xmlNode *cpu = qemu_live_child(root, "cpu");

    for (guint i = 0; missing[i]; i++) {
        xmlNode *node = cpu->children;
        while (node && !is_feature(node, missing[i])) {
            node = node->next;
        }
        if (!node && domain_plain_text(missing[i], "-._")) {
            node = qemu_live_add_child(cpu, "feature");
            qemu_live_set(node, "name", missing[i]);
        }
        if (node) {
            qemu_live_set(node, "policy", "disable");
        }
    }
}

char *
qemu_offer_migratable_xml(DomainDefinition *definition, gboolean tsc_given, char *const *missing)
{
    xmlNode *root = xmlDocGetRootElement(definition->document);

    qemu_live_unset(root, "id");
    if (!tsc_given && definition->clock.tsc_frequency > 0) {
        forget_frequency(qemu_live_child(root, "clock"));
    }
    if (definition->cpu.mode == DOMAIN_CPU_DEFAULT && qemu_offer_model(definition)) {
        name_model(root, qemu_offer_model(definition));
    }
    if (qemu_offer_model(definition) && *missing) {
        disable_missing(root, missing);
    }
    return qemu_live_document_text(definition->document);
}
