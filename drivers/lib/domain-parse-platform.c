// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parsing <rng>, <memballoon>, and the <controller>s and <input>s that a machine has by itself.
#include "domain-parser.h"
#include "domain-xml.h"

#define USUAL_RANDOM_SOURCE "/dev/urandom"

typedef enum { BACKEND_RANDOM, BACKEND_BUILTIN } RngBackend;

static void
parse_rate(DomainDefinition *definition, xmlNode *element, DomainRng *rng)
{
    xmlNode *node = domain_take_child(definition, element, "rate");
    guint64 period = 1000;

    if (node == NULL) {
        return;
    }
    (void) domain_take_number(definition, node, "bytes", 1, G_MAXUINT32, &rng->rate_bytes);
    (void) domain_take_number(definition, node, "period", 1, G_MAXUINT32, &period);
    rng->rate_period = (guint) period;
    if (xmlHasNsProp(node, (const xmlChar *) "bytes", NULL) == NULL) {
        domain_report(definition, node, "bytes", "invalid-xml", NULL, "the attribute bytes is missing");
    }
}

static void
parse_backend(DomainDefinition *definition, xmlNode *element, DomainRng *rng)
{
    static const DomainWord models[] = {{"random", BACKEND_RANDOM}, {"builtin", BACKEND_BUILTIN}, {NULL, 0}};
    xmlNode *node = domain_take_child(definition, element, "backend");
    g_autofree char *text = NULL;
    gint model;

    if (node == NULL) {
        domain_report(definition, element, NULL, "invalid-xml", NULL, "the element has no <backend>");
        return;
    }
    if (!domain_take_kind(definition, node, "model", models, -1, &model) || model == BACKEND_BUILTIN) {
        return;
    }
    text = domain_take_text(node);
    rng->path = *text != '\0' ? domain_take_path_text(definition, node) : g_strdup(USUAL_RANDOM_SOURCE);
}

void
domain_parse_rng(DomainDefinition *definition, xmlNode *node)
{
    static const DomainWord models[] = {{"virtio", 0}, {NULL, 0}};
    DomainRng *rng = domain_device_new(sizeof(DomainRng), node);

    (void) domain_take_needed_word(definition, node, "model", models, 0);
    parse_rate(definition, node, rng);
    parse_backend(definition, node, rng);
    domain_parse_device(definition, node, &rng->device, DOMAIN_ADDRESS_PCI);
    g_ptr_array_add(definition->rngs, rng);
}

void
domain_parse_balloon(DomainDefinition *definition, xmlNode *node)
{
    static const DomainWord models[] = {
        {"virtio", DOMAIN_BALLOON_VIRTIO}, {"none", DOMAIN_BALLOON_NONE}, {NULL, 0},
    };
    DomainBalloon *balloon = &definition->balloon;

    if (balloon->device.line > 0) {
        domain_take_whole(node);
        domain_report(definition, node, NULL, "invalid-xml", "Keep one of them.",
                      "<memballoon> is given more than once");
        return;
    }
    balloon->device.node = node;
    balloon->device.line = domain_xml_line(node);
    balloon->model = (DomainBalloonModel) domain_take_needed_word(definition, node, "model", models,
                                                                  DOMAIN_BALLOON_NONE);
    if (balloon->model == DOMAIN_BALLOON_VIRTIO) {
        balloon->deflate_on_oom = domain_take_switch(definition, node, "autodeflate");
    }
    domain_parse_device(definition, node, &balloon->device,
                        balloon->model == DOMAIN_BALLOON_VIRTIO ? DOMAIN_ADDRESS_PCI : DOMAIN_ADDRESS_NONE);
}

typedef enum { CONTROLLER_PCI, CONTROLLER_USB, CONTROLLER_IDE, CONTROLLER_SATA } ControllerWord;

static gboolean
parse_controller_type(DomainDefinition *definition, xmlNode *node, gint *type)
{
    static const DomainWord types[] = {
        {"pci", CONTROLLER_PCI}, {"usb", CONTROLLER_USB}, {"ide", CONTROLLER_IDE}, {"sata", CONTROLLER_SATA},
        {NULL, 0},
    };
    static const DomainWord roots[] = {
        {"pci-root", DOMAIN_CONTROLLER_PCI_ROOT}, {"pcie-root", DOMAIN_CONTROLLER_PCIE_ROOT}, {NULL, 0},
    };
    static const DomainWord usb[] = {{"none", DOMAIN_CONTROLLER_USB_NONE}, {NULL, 0}};

    if (!domain_take_kind(definition, node, "type", types, -1, type)) {
        return FALSE;
    }
    switch (*type) {
    case CONTROLLER_PCI:
        return domain_take_kind(definition, node, "model", roots, -1, type);
    case CONTROLLER_USB:
        return domain_take_kind(definition, node, "model", usb, -1, type);
    case CONTROLLER_IDE:
        *type = DOMAIN_CONTROLLER_IDE;
        return TRUE;
    default:
        *type = DOMAIN_CONTROLLER_SATA;
        return TRUE;
    }
}

static gboolean
controller_is_given(const DomainDefinition *definition, DomainControllerType type)
{
    for (guint i = 0; i < definition->controllers->len; i++) {
        const DomainController *other = g_ptr_array_index(definition->controllers, i);

        if (other->type == type) {
            return TRUE;
        }
    }
    return FALSE;
}

void
domain_parse_controller(DomainDefinition *definition, xmlNode *node)
{
    DomainController *controller;
    gboolean placed;
    guint64 index;
    gint type;

    if (!parse_controller_type(definition, node, &type)) {
        return;
    }
    controller = domain_device_new(sizeof(DomainController), node);
    controller->type = (DomainControllerType) type;
    placed = controller->type == DOMAIN_CONTROLLER_IDE || controller->type == DOMAIN_CONTROLLER_SATA;
    (void) domain_take_number(definition, node, "index", 0, 0, &index);
    domain_parse_device(definition, node, &controller->device, placed ? DOMAIN_ADDRESS_PCI : DOMAIN_ADDRESS_NONE);
    if (controller_is_given(definition, controller->type)) {
        domain_report(definition, node, NULL, "element-unsupported", NULL,
                      "the machine has one controller of this kind");
    }
    g_ptr_array_add(definition->controllers, controller);
}

void
domain_parse_input(DomainDefinition *definition, xmlNode *node)
{
    static const DomainWord types[] = {
        {"mouse", DOMAIN_INPUT_MOUSE}, {"keyboard", DOMAIN_INPUT_KEYBOARD}, {NULL, 0},
    };
    static const DomainWord buses[] = {{"ps2", 0}, {NULL, 0}};
    DomainInput *input;
    gint type, bus;

    if (!domain_take_kind(definition, node, "type", types, -1, &type) ||
        !domain_take_kind(definition, node, "bus", buses, -1, &bus)) {
        return;
    }
    input = domain_device_new(sizeof(DomainInput), node);
    input->type = (DomainInputType) type;
    domain_parse_device(definition, node, &input->device, DOMAIN_ADDRESS_NONE);
    g_ptr_array_add(definition->inputs, input);
}
