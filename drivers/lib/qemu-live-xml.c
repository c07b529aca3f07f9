// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Putting the facts of a running emulator into its definition's document.
#include "qemu-live-xml.h"

#include "domain-xml.h"
#include "qemu-live-xml-device.h"
#include "qemu-live-xml-tree.h"

static void
write_number_text(xmlNode *node, guint64 number)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, number);

    qemu_live_set_text(node, text);
}

static void
write_amounts(xmlNode *root, const DomainDefinition *definition, const QemuLiveFacts *facts)
{
    if (facts->id >= 0) {
        qemu_live_set_number(root, "id", (guint64) facts->id);
    }
    if (facts->current_memory_kib > 0) {
        xmlNode *memory = qemu_live_child(root, "currentMemory");

        qemu_live_set(memory, "unit", "KiB");
        write_number_text(memory, facts->current_memory_kib);
    }
    if (facts->current_vcpus > 0) {
        xmlNode *vcpu = qemu_live_child(root, "vcpu");

        write_number_text(vcpu, definition->maximum_vcpus);
        qemu_live_unset(vcpu, "current");
        if (facts->current_vcpus < definition->maximum_vcpus) {
            qemu_live_set_number(vcpu, "current", facts->current_vcpus);
        }
    }
}

static void
write_machine(xmlNode *root, const QemuLiveFacts *facts)
{
    xmlNode *type = qemu_live_child(qemu_live_child(root, "os"), "type");

    if (facts->architecture != NULL) {
        qemu_live_set(type, "arch", facts->architecture);
    }
    if (facts->machine != NULL) {
        qemu_live_set(type, "machine", facts->machine);
    }
}

static xmlNode *
find_timer(xmlNode *clock, const char *name)
{
    for (xmlNode *child = clock->children; child != NULL; child = child->next) {
        g_autofree char *found = NULL;
        xmlChar *value;

        if (!domain_xml_is(child, "timer")) {
            continue;
        }
        value = xmlGetNoNsProp(child, (const xmlChar *) "name");
        found = g_strdup((const char *) value);
        xmlFree(value);
        if (g_strcmp0(found, name) == 0) {
            return child;
        }
    }
    return NULL;
}

static void
write_tsc(xmlNode *root, guint64 frequency)
{
    xmlNode *clock = qemu_live_child(root, "clock");
    xmlNode *timer = find_timer(clock, "tsc");

    if (!qemu_live_has(clock, "offset")) {
        qemu_live_set(clock, "offset", "utc");
    }
    if (timer == NULL) {
        timer = qemu_live_add_child(clock, "timer");
        qemu_live_set(timer, "name", "tsc");
    }
    qemu_live_set_number(timer, "frequency", frequency);
}

static void
write_all(const DomainDefinition *definition, const QemuPlan *plan, const QemuLiveFacts *facts)
{
    xmlNode *root = xmlDocGetRootElement(definition->document);
    xmlNode *devices = qemu_live_child(root, "devices");

    write_amounts(root, definition, facts);
    write_machine(root, facts);
    if (facts->tsc_frequency > 0) {
        write_tsc(root, facts->tsc_frequency);
    }
    if (facts->emulator != NULL) {
        qemu_live_set_text(qemu_live_child(devices, "emulator"), facts->emulator);
    }
    for (guint i = 0; i < plan->devices->len; i++) {
        qemu_live_write_device(devices, plan, g_ptr_array_index(plan->devices, i), facts);
    }
    for (guint i = 0; i < definition->graphics->len; i++) {
        qemu_live_write_graphics(g_ptr_array_index(definition->graphics, i), facts);
    }
}

/* A second reading of the text is a definition of our own, whose tree may be changed. */
char *
qemu_live_xml_build(const DomainDefinition *definition, const QemuPlan *plan, const QemuLiveFacts *facts,
                    DriverFailure **failure)
{
    g_autoptr(DomainFindings) findings = domain_findings_new();
    g_autoptr(DomainDefinition) copy = domain_definition_parse(definition->text, -1, failure);
    g_autoptr(QemuPlan) copied = NULL;
    char *text;

    if (copy == NULL) {
        return NULL;
    }
    copied = qemu_plan_new(copy, plan->machine, findings);
    write_all(copy, copied, facts);
    text = qemu_live_document_text(copy->document);
    if (text == NULL) {
        driver_failure_set(failure, "internal", definition->name, NULL, "the live XML of '%s' could not be written",
                           definition->name);
    }
    return text;
}
