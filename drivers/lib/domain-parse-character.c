// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parsing <serial> and <console>, and joining the two.
#include "domain-parser.h"
#include "domain-xml.h"

#define PORT_LIMIT 255u

static const DomainWord type_words[] = {
    {"pty", DOMAIN_CHARACTER_PTY}, {"file", DOMAIN_CHARACTER_FILE}, {NULL, 0},
};

/* What a pty says of its path is how a machine ran, not how it shall run. */
static void
parse_source(DomainDefinition *definition, xmlNode *element, DomainSerial *serial)
{
    xmlNode *node = domain_take_child(definition, element, "source");

    domain_take_ignored(element, "tty");
    if (serial->type == DOMAIN_CHARACTER_PTY && node != NULL) {
        domain_take_ignored(node, "path");
    } else if (serial->type == DOMAIN_CHARACTER_FILE && node == NULL) {
        domain_report(definition, element, NULL, "invalid-xml", NULL, "type='file' needs a <source path='...'/>");
    } else if (serial->type == DOMAIN_CHARACTER_FILE) {
        g_autofree char *given = domain_take_needed(definition, node, "path");

        serial->path = given != NULL ? domain_take_path(definition, node, "path") : NULL;
        serial->append = domain_take_switch(definition, node, "append");
    }
}

/* NULL for a type that is not supported, which is reported. */
static DomainSerial *
parse_character(DomainDefinition *definition, xmlNode *node)
{
    DomainSerial *serial;
    gint type;

    if (!domain_take_kind(definition, node, "type", type_words, DOMAIN_CHARACTER_PTY, &type)) {
        return NULL;
    }
    serial = domain_device_new(sizeof(DomainSerial), node);
    serial->type = (DomainCharacterType) type;
    parse_source(definition, node, serial);
    domain_parse_device(definition, node, &serial->device, DOMAIN_ADDRESS_NONE);
    return serial;
}

static gboolean
port_is_used(const DomainDefinition *definition, guint port)
{
    for (guint i = 0; i < definition->serials->len; i++) {
        const DomainSerial *other = g_ptr_array_index(definition->serials, i);

        if (other->port == port) {
            return TRUE;
        }
    }
    return FALSE;
}

/* libvirt's rule: the one after the highest. */
static guint
next_port(const DomainDefinition *definition)
{
    guint port = 0;

    for (guint i = 0; i < definition->serials->len; i++) {
        const DomainSerial *other = g_ptr_array_index(definition->serials, i);

        port = MAX(port, other->port + 1);
    }
    return port;
}

static void
parse_port(DomainDefinition *definition, xmlNode *target, DomainSerial *serial)
{
    guint64 port = 0;

    if (target == NULL || !domain_take_number(definition, target, "port", 0, PORT_LIMIT, &port)) {
        serial->port = next_port(definition);
        return;
    }
    serial->port = (guint) port;
    if (port_is_used(definition, serial->port)) {
        domain_report(definition, target, "port", "invalid-xml", NULL, "two serial ports have the number %u",
                      serial->port);
    }
}

void
domain_parse_serial(DomainDefinition *definition, xmlNode *node)
{
    static const DomainWord types[] = {{"isa-serial", TRUE}, {NULL, 0}};
    DomainSerial *serial = parse_character(definition, node);
    xmlNode *target = domain_take_child(definition, node, "target");
    xmlNode *model = target != NULL ? domain_take_child(definition, target, "model") : NULL;

    if (serial == NULL) {
        return;
    }
    if (target != NULL) {
        serial->isa = domain_take_word(definition, target, "type", types, FALSE);
    }
    if (model != NULL) {
        serial->isa |= domain_take_needed_word(definition, model, "name", types, FALSE);
    }
    parse_port(definition, target, serial);
    g_ptr_array_add(definition->serials, serial);
}

/* The port of a definition that has only a console. Its element in the text is the console's. */
static DomainSerial *
adopt_port(DomainDefinition *definition, DomainSerial *port)
{
    port->device.node = NULL;
    g_ptr_array_add(definition->serials, port);
    return port;
}

static void
join_console(DomainDefinition *definition, xmlNode *node, DomainConsole *console, DomainSerial *own)
{
    DomainSerial *first;

    if (definition->serials->len == 0) {
        console->serial = adopt_port(definition, own);
        return;
    }
    first = g_ptr_array_index(definition->serials, 0);
    console->serial = first;
    if (own->type != first->type || (own->path != NULL && g_strcmp0(own->path, first->path) != 0)) {
        domain_report(definition, node, NULL, "invalid-xml", "Give both the same type and source, or leave one out.",
                      "the first console is the serial port of line %u, and that is another one", first->device.line);
    }
    g_free(own->path);
    g_free(own->device.user_alias);
    g_free(own);
}

void
domain_parse_console(DomainDefinition *definition, xmlNode *node)
{
    static const DomainWord types[] = {{"serial", 0}, {NULL, 0}};
    DomainSerial *own = parse_character(definition, node);
    xmlNode *target = domain_take_child(definition, node, "target");
    DomainConsole *console;

    if (own == NULL) {
        return;
    }
    console = domain_device_new(sizeof(DomainConsole), node);
    console->device.user_alias = g_strdup(own->device.user_alias);
    if (target != NULL) {
        (void) domain_take_word(definition, target, "type", types, 0);
        domain_take_ignored(target, "port");
    }
    if (definition->consoles->len > 0) {
        domain_report(definition, node, NULL, "element-unsupported", NULL,
                      "only the first console can be a serial port");
    }
    join_console(definition, node, console, own);
    g_ptr_array_add(definition->consoles, console);
}
