// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parsing <os> and <features>: what kind of machine it is and how it boots.
#include "domain-parser.h"
#include "domain-units.h"
#include "domain-xml.h"

/* QEMU keeps the time of the boot menu in 16 bits. */
#define BOOT_MENU_LIMIT 65535u

static const DomainWord boot_words[] = {
    {"hd", DOMAIN_BOOT_DISK}, {"cdrom", DOMAIN_BOOT_CDROM}, {"network", DOMAIN_BOOT_NETWORK}, {NULL, 0},
};

static char *
take_plain(DomainDefinition *definition, xmlNode *node, const char *name)
{
    g_autofree char *value = domain_take_attribute(node, name);

    if (value != NULL && !domain_plain_text(value, "-_.+")) {
        domain_report(definition, node, name, "invalid-xml", NULL, "'%s' is not a name", value);
        return NULL;
    }
    return g_steal_pointer(&value);
}

static void
parse_type(DomainDefinition *definition, xmlNode *os)
{
    static const DomainWord types[] = {{"hvm", 0}, {NULL, 0}};
    xmlNode *node = domain_take_child(definition, os, "type");

    if (node == NULL) {
        domain_report(definition, os, NULL, "invalid-xml", NULL, "the element has no <type>");
        return;
    }
    definition->os.line = domain_xml_line(node);
    definition->os.machine_line = definition->os.line;
    (void) domain_take_word_text(definition, node, types, 0);
    definition->os.architecture = take_plain(definition, node, "arch");
    definition->os.machine = take_plain(definition, node, "machine");
}

static char *
take_path(DomainDefinition *definition, xmlNode *os, const char *name, guint *line)
{
    xmlNode *node = domain_take_child(definition, os, name);

    if (node == NULL) {
        return NULL;
    }
    *line = domain_xml_line(node);
    return domain_take_path_text(definition, node);
}

static void
parse_kernel(DomainDefinition *definition, xmlNode *os)
{
    DomainOs *parsed = &definition->os;
    xmlNode *command_line = domain_take_child(definition, os, "cmdline");

    parsed->kernel = take_path(definition, os, "kernel", &parsed->kernel_line);
    parsed->initrd = take_path(definition, os, "initrd", &parsed->initrd_line);
    if (command_line != NULL) {
        parsed->command_line = domain_take_exact_text(command_line);
    }
    if (parsed->kernel_line > 0) {
        return;
    }
    if (parsed->initrd_line > 0) {
        domain_report(definition, os, NULL, "invalid-xml", NULL, "an <initrd> needs a <kernel>");
    }
    if (command_line != NULL) {
        domain_report(definition, command_line, NULL, "invalid-xml", NULL, "a <cmdline> needs a <kernel>");
    }
}

static gboolean
has_boot(const DomainOs *os, DomainBoot boot)
{
    for (guint i = 0; i < os->boot_count; i++) {
        if (os->boot[i] == boot) {
            return TRUE;
        }
    }
    return FALSE;
}

static void
parse_boot(DomainDefinition *definition, xmlNode *os)
{
    DomainOs *parsed = &definition->os;

    for (xmlNode *node = NULL; (node = domain_take_next(os, node, "boot")) != NULL;) {
        gint boot = domain_take_needed_word(definition, node, "dev", boot_words, -1);

        if (parsed->boot_line == 0) {
            parsed->boot_line = domain_xml_line(node);
        }
        if (boot >= 0 && has_boot(parsed, (DomainBoot) boot)) {
            domain_report(definition, node, "dev", "invalid-xml", NULL, "this boot device is given more than once");
        } else if (boot >= 0) {
            parsed->boot[parsed->boot_count++] = (DomainBoot) boot;
        }
    }
}

static void
parse_boot_menu(DomainDefinition *definition, xmlNode *os)
{
    xmlNode *node = domain_take_child(definition, os, "bootmenu");
    guint64 timeout = 0;

    if (node == NULL) {
        return;
    }
    definition->os.boot_menu = domain_take_switch(definition, node, "enable");
    (void) domain_take_number(definition, node, "timeout", 0, BOOT_MENU_LIMIT, &timeout);
    definition->os.boot_menu_timeout = (guint) timeout;
}

void
domain_parse_os(DomainDefinition *definition, xmlNode *node)
{
    parse_type(definition, node);
    parse_kernel(definition, node);
    parse_boot(definition, node);
    parse_boot_menu(definition, node);
}

static guint
take_flag(DomainDefinition *definition, xmlNode *features, const char *name)
{
    xmlNode *node = domain_take_child(definition, features, name);

    return node != NULL ? domain_xml_line(node) : 0;
}

void
domain_parse_features(DomainDefinition *definition, xmlNode *node)
{
    definition->features.acpi_line = take_flag(definition, node, "acpi");
    definition->features.apic_line = take_flag(definition, node, "apic");
    definition->features.pae_line = take_flag(definition, node, "pae");
}
