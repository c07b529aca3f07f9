// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The life of a definition: made empty, filled by the parsers, freed.
#include "domain-definition.h"

#include <string.h>

#include "domain-parser.h"
#include "domain-xml.h"

#define WHAT "domain definition"

static void
device_clear(DomainDevice *device)
{
    g_free(device->user_alias);
}

static void
disk_free(gpointer data)
{
    DomainDisk *disk = data;

    device_clear(&disk->device);
    g_free(disk->source);
    g_free(disk->target);
    g_free(disk->serial);
    g_free(disk);
}

static void
interface_free(gpointer data)
{
    DomainInterface *interface = data;

    device_clear(&interface->device);
    g_free(interface->mac);
    g_free(interface->source);
    g_free(interface->target);
    g_free(interface);
}

static void
serial_free(gpointer data)
{
    DomainSerial *serial = data;

    device_clear(&serial->device);
    g_free(serial->path);
    g_free(serial);
}

static void
graphics_free(gpointer data)
{
    DomainGraphics *graphics = data;

    device_clear(&graphics->device);
    g_free(graphics->listen);
    g_free(graphics);
}

static void
rng_free(gpointer data)
{
    DomainRng *rng = data;

    device_clear(&rng->device);
    g_free(rng->path);
    g_free(rng);
}

/* For those that own nothing but their alias: console, controller, input. */
static void
device_free(gpointer data)
{
    device_clear(data);
    g_free(data);
}

static void
feature_free(gpointer data)
{
    DomainCpuFeature *feature = data;

    g_free(feature->name);
    g_free(feature);
}

static void
environment_free(gpointer data)
{
    DomainEnvironment *environment = data;

    g_free(environment->name);
    g_free(environment->value);
    g_free(environment);
}

static void
pin_free(gpointer data)
{
    DomainVcpuPin *pin = data;

    g_free(pin->cpus);
    g_free(pin);
}

DomainDefinition *
domain_definition_new(void)
{
    DomainDefinition *definition = g_new0(DomainDefinition, 1);

    definition->findings = domain_findings_new();
    definition->cpu.features = g_ptr_array_new_with_free_func(feature_free);
    definition->vcpu_pins = g_ptr_array_new_with_free_func(pin_free);
    definition->disks = g_ptr_array_new_with_free_func(disk_free);
    definition->interfaces = g_ptr_array_new_with_free_func(interface_free);
    definition->serials = g_ptr_array_new_with_free_func(serial_free);
    definition->consoles = g_ptr_array_new_with_free_func(device_free);
    definition->graphics = g_ptr_array_new_with_free_func(graphics_free);
    definition->rngs = g_ptr_array_new_with_free_func(rng_free);
    definition->controllers = g_ptr_array_new_with_free_func(device_free);
    definition->inputs = g_ptr_array_new_with_free_func(device_free);
    definition->qemu_arguments = g_ptr_array_new_with_free_func(g_free);
    definition->qemu_environment = g_ptr_array_new_with_free_func(environment_free);
    return definition;
}

static void
free_lists(DomainDefinition *definition)
{
    g_ptr_array_unref(definition->cpu.features);
    g_ptr_array_unref(definition->vcpu_pins);
    g_ptr_array_unref(definition->disks);
    g_ptr_array_unref(definition->interfaces);
    g_ptr_array_unref(definition->serials);
    g_ptr_array_unref(definition->consoles);
    g_ptr_array_unref(definition->graphics);
    g_ptr_array_unref(definition->rngs);
    g_ptr_array_unref(definition->controllers);
    g_ptr_array_unref(definition->inputs);
    g_ptr_array_unref(definition->qemu_arguments);
    g_ptr_array_unref(definition->qemu_environment);
}

static void
free_texts(DomainDefinition *definition)
{
    g_free(definition->text);
    g_free(definition->type);
    g_free(definition->name);
    g_free(definition->uuid);
    g_free(definition->title);
    g_free(definition->description);
    g_free(definition->cpus);
    g_free(definition->emulator_cpus);
    g_free(definition->os.architecture);
    g_free(definition->os.machine);
    g_free(definition->os.kernel);
    g_free(definition->os.initrd);
    g_free(definition->os.command_line);
    g_free(definition->cpu.model);
    g_free(definition->emulator);
}

void
domain_definition_free(DomainDefinition *definition)
{
    if (definition == NULL) {
        return;
    }
    free_lists(definition);
    free_texts(definition);
    device_clear(&definition->video.device);
    device_clear(&definition->balloon.device);
    domain_findings_free(definition->findings);
    xmlFreeDoc(definition->document);
    g_free(definition);
}

typedef void (*PartParser)(DomainDefinition *definition, xmlNode *node);

static gboolean
parse_part(DomainDefinition *definition, xmlNode *root, const char *name, PartParser parse)
{
    xmlNode *node = domain_take_child(definition, root, name);

    if (node != NULL) {
        parse(definition, node);
    }
    return node != NULL;
}

static void
parse_all(DomainDefinition *definition, xmlNode *root)
{
    domain_parse_general(definition, root);
    if (!parse_part(definition, root, "os", domain_parse_os)) {
        domain_report(definition, root, NULL, "invalid-xml", NULL, "the domain has no <os>");
    }
    (void) parse_part(definition, root, "cputune", domain_parse_cpu_tuning);
    (void) parse_part(definition, root, "cpu", domain_parse_cpu);
    (void) parse_part(definition, root, "features", domain_parse_features);
    (void) parse_part(definition, root, "clock", domain_parse_clock);
    domain_parse_end_actions(definition, root);
    (void) parse_part(definition, root, "devices", domain_parse_devices);
    domain_parse_qemu(definition, root);
    domain_report_rest(definition, root);
    domain_findings_sort(definition->findings);
}

static gboolean
check_root(const xmlNode *root, DriverFailure **failure)
{
    if (domain_xml_is(root, "domain")) {
        return TRUE;
    }
    driver_failure_set(failure, "invalid-xml", WHAT, NULL,
                       "line %u: the outermost element of a %s is <domain>, without a namespace",
                       domain_xml_line(root), WHAT);
    return FALSE;
}

/* Devices, features and pins are compared with each other, which must not take for ever. */
static gboolean
check_counts(xmlNode *root, DriverFailure **failure)
{
    for (xmlNode *child = root->children; child != NULL; child = child->next) {
        gboolean tuning = domain_xml_is(child, "cputune");
        gboolean counted = tuning || domain_xml_is(child, "devices") || domain_xml_is(child, "cpu");
        guint limit = tuning ? DOMAIN_VCPU_LIMIT + 1 : DOMAIN_CHILD_LIMIT;

        if (counted && xmlChildElementCount(child) > limit) {
            driver_failure_set(failure, "limit-exceeded", WHAT, NULL,
                               "line %u: <%s> has more than %u elements in it", domain_xml_line(child),
                               (const char *) child->name, limit);
            return FALSE;
        }
    }
    return TRUE;
}

DomainDefinition *
domain_definition_parse(const char *text, gssize length, DriverFailure **failure)
{
    static const DomainXmlLimits limits = {DOMAIN_TEXT_LIMIT, DOMAIN_DEPTH_LIMIT, DOMAIN_ATTRIBUTE_LIMIT};
    g_autoptr(DomainDefinition) definition = NULL;
    gsize bytes = length >= 0 ? (gsize) length : strlen(text);
    xmlDoc *document = domain_xml_load(text, bytes, &limits, WHAT, failure);
    xmlNode *root;

    if (document == NULL) {
        return NULL;
    }
    definition = domain_definition_new();
    definition->text = g_strndup(text, bytes);
    definition->document = document;
    root = xmlDocGetRootElement(document);
    if (!check_root(root, failure) || !check_counts(root, failure)) {
        return NULL;
    }
    parse_all(definition, root);
    return g_steal_pointer(&definition);
}

const DomainFindings *
domain_definition_check(const DomainDefinition *definition)
{
    return definition->findings;
}

const DomainCpuFeature *
domain_definition_cpu_feature(const DomainDefinition *definition, const char *name)
{
    for (guint i = 0; i < definition->cpu.features->len; i++) {
        const DomainCpuFeature *feature = g_ptr_array_index(definition->cpu.features, i);

        if (strcmp(feature->name, name) == 0) {
            return feature;
        }
    }
    return NULL;
}
