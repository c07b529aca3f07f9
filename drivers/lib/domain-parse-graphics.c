// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parsing <graphics> and <video>: a VNC server and a graphics card.
#include "domain-parser.h"
#include "domain-units.h"
#include "domain-xml.h"

/* VNC counts its displays from this port on. */
#define VNC_BASE 5900u
#define VIDEO_MEMORY_LIMIT (512u * 1024u)

static const DomainWord video_words[] = {
    {"none", DOMAIN_VIDEO_NONE}, {"vga", DOMAIN_VIDEO_VGA}, {"cirrus", DOMAIN_VIDEO_CIRRUS},
    {"virtio", DOMAIN_VIDEO_VIRTIO}, {NULL, 0},
};

static void
parse_listen(DomainDefinition *definition, xmlNode *element, DomainGraphics *graphics)
{
    static const DomainWord types[] = {{"address", 0}, {NULL, 0}};
    xmlNode *node = domain_take_child(definition, element, "listen");
    g_autofree char *address = NULL;

    graphics->listen = domain_take_attribute(element, "listen");
    if (node != NULL) {
        (void) domain_take_needed_word(definition, node, "type", types, 0);
        address = domain_take_attribute(node, "address");
    }
    if (address != NULL && graphics->listen != NULL && g_strcmp0(address, graphics->listen) != 0) {
        domain_report(definition, node, "address", "invalid-xml", NULL,
                      "this is another address than the attribute listen of <graphics>");
    } else if (address != NULL) {
        g_free(graphics->listen);
        graphics->listen = g_steal_pointer(&address);
    }
    if (graphics->listen != NULL && !domain_plain_text(graphics->listen, "-.:%_")) {
        domain_report(definition, element, "listen", "invalid-xml", NULL, "'%s' is not an address to listen on",
                      graphics->listen);
    }
}

/* As in libvirt: autoport='yes' and port='-1' say the same, and a port beside autoport='yes' is one of the past. */
static void
parse_port(DomainDefinition *definition, xmlNode *node, DomainGraphics *graphics)
{
    g_autofree char *text = domain_take_attribute(node, "port");
    DomainSwitch automatic = domain_take_switch(definition, node, "autoport");
    guint64 port = 0;

    graphics->port = -1;
    if (automatic == DOMAIN_SWITCH_ON || text == NULL || g_strcmp0(text, "-1") == 0) {
        return;
    }
    if (domain_number_parse(text, VNC_BASE, G_MAXUINT16, &port)) {
        graphics->port = (gint) port;
        return;
    }
    domain_report(definition, node, "port", "invalid-xml", NULL, "'%s' is not a port from %u to %u, or -1", text,
                  VNC_BASE, G_MAXUINT16);
}

void
domain_parse_graphics(DomainDefinition *definition, xmlNode *node)
{
    static const DomainWord types[] = {{"vnc", 0}, {NULL, 0}};
    DomainGraphics *graphics;
    gint type;

    if (!domain_take_kind(definition, node, "type", types, -1, &type)) {
        return;
    }
    graphics = domain_device_new(sizeof(DomainGraphics), node);
    parse_port(definition, node, graphics);
    parse_listen(definition, node, graphics);
    domain_parse_device(definition, node, &graphics->device, DOMAIN_ADDRESS_NONE);
    if (definition->graphics->len > 0) {
        domain_report(definition, node, NULL, "element-unsupported", NULL, "only one <graphics> is supported");
    }
    g_ptr_array_add(definition->graphics, graphics);
}

static void
parse_memory(DomainDefinition *definition, xmlNode *model, DomainVideo *video)
{
    guint64 kib = 0;

    if (!domain_take_number(definition, model, "vram", 1024, VIDEO_MEMORY_LIMIT, &kib)) {
        return;
    }
    video->video_memory_kib = kib;
    if (video->model != DOMAIN_VIDEO_VGA && video->model != DOMAIN_VIDEO_CIRRUS) {
        domain_report(definition, model, "vram", "element-unsupported", NULL,
                      "only the models vga and cirrus have video memory of their own");
    } else if ((kib & (kib - 1)) != 0) {
        domain_report(definition, model, "vram", "invalid-xml", NULL,
                      "%" G_GUINT64_FORMAT " KiB is not a power of two", kib);
    }
}

static void
parse_model(DomainDefinition *definition, xmlNode *model, DomainVideo *video)
{
    static const DomainWord primary[] = {{"yes", 0}, {NULL, 0}};
    guint64 heads;

    video->model = (DomainVideoModel) domain_take_needed_word(definition, model, "type", video_words,
                                                              DOMAIN_VIDEO_NONE);
    parse_memory(definition, model, video);
    (void) domain_take_number(definition, model, "heads", 1, 1, &heads);
    (void) domain_take_word(definition, model, "primary", primary, 0);
}

void
domain_parse_video(DomainDefinition *definition, xmlNode *node)
{
    xmlNode *model = domain_take_child(definition, node, "model");
    DomainVideo *video = &definition->video;

    if (video->device.line > 0) {
        domain_take_whole(node);
        domain_report(definition, node, NULL, "element-unsupported", NULL, "only one <video> is supported");
        return;
    }
    video->device.node = node;
    video->device.line = domain_xml_line(node);
    if (model != NULL) {
        parse_model(definition, model, video);
    } else {
        domain_report(definition, node, NULL, "invalid-xml", NULL, "the element has no <model>");
    }
    domain_parse_device(definition, node, &video->device,
                        video->model == DOMAIN_VIDEO_NONE ? DOMAIN_ADDRESS_NONE : DOMAIN_ADDRESS_PCI);
}
