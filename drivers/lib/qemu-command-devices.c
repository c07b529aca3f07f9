// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Devices other than disks on the command line.
#include <string.h>

#include "qemu-command-private.h"

/* VNC counts displays from this port on. */
#define VNC_BASE 5900

/* The emulator's own network, or the queues of a tap that it inherits. */
static JsonObject *
network_object(QemuCommandBuilder *builder, const DomainInterface *interface, const char *id)
{
    JsonObject *network = json_object_new();
    g_autoptr(GString) fds = g_string_new(NULL);

    json_object_set_string_member(network, "type", interface->type == DOMAIN_INTERFACE_USER ? "user" : "tap");
    json_object_set_string_member(network, "id", id);
    if (interface->type == DOMAIN_INTERFACE_USER) {
        return network;
    }
    for (guint i = 0; i < interface->queues; i++) {
        g_string_append_printf(fds, "%s%d", i > 0 ? ":" : "", builder->network_fd++);
    }
    json_object_set_string_member(network, interface->queues > 1 ? "fds" : "fd", fds->str);
    return network;
}

static void
add_interface(QemuCommandBuilder *builder, const DomainInterface *interface)
{
    static const char *const drivers[] = {
        [DOMAIN_INTERFACE_VIRTIO] = "virtio-net-pci", [DOMAIN_INTERFACE_E1000] = "e1000",
        [DOMAIN_INTERFACE_E1000E] = "e1000e", [DOMAIN_INTERFACE_RTL8139] = "rtl8139",
    };
    const QemuPlannedDevice *row = qemu_plan_find(builder->plan, &interface->device);
    DomainInterfaceModel model = qemu_plan_interface_model(builder->plan, interface);
    g_autofree char *id = g_strconcat("host", row->alias, NULL);
    JsonObject *object = qemu_device_object(builder, drivers[model], row);

    qemu_arguments_take_json(builder, "-netdev", network_object(builder, interface, id));
    json_object_set_string_member(object, "netdev", id);
    json_object_set_string_member(object, "mac", interface->mac);
    if (interface->queues > 1) {
        // A vector for each direction of each queue, one for the control queue and one for changes of configuration.
        json_object_set_boolean_member(object, "mq", TRUE);
        json_object_set_int_member(object, "vectors", 2 * interface->queues + 2);
    }
    if (interface->mtu > 0 && model == DOMAIN_INTERFACE_VIRTIO) {
        json_object_set_int_member(object, "host_mtu", interface->mtu);
    }
    qemu_arguments_take_json(builder, "-device", object);
}

static char *
character_options(const DomainSerial *serial, const char *id)
{
    GString *options = g_string_new(serial->type == DOMAIN_CHARACTER_PTY ? "pty" : "file");

    qemu_option_append(options, "id", id);
    if (serial->path != NULL) {
        qemu_option_append(options, "path", serial->path);
    }
    if (serial->append != DOMAIN_SWITCH_DEFAULT) {
        qemu_option_append(options, "append", serial->append == DOMAIN_SWITCH_ON ? "on" : "off");
    }
    return g_string_free(options, FALSE);
}

static void
add_serial(QemuCommandBuilder *builder, const DomainSerial *serial)
{
    const QemuPlannedDevice *row = qemu_plan_find(builder->plan, &serial->device);
    g_autofree char *id = g_strconcat("char", row->alias, NULL);

    qemu_arguments_take(builder, "-chardev", character_options(serial, id));
    if (builder->plan->machine->serial == QEMU_SERIAL_ISA) {
        JsonObject *object = qemu_device_object(builder, "isa-serial", row);

        json_object_set_string_member(object, "chardev", id);
        json_object_set_int_member(object, "index", serial->port);
        qemu_arguments_take_json(builder, "-device", object);
    } else {
        qemu_arguments_take(builder, "-serial", g_strconcat("chardev:", id, NULL));
    }
}

static const DomainSerial *
find_port(const DomainDefinition *definition, guint port)
{
    for (guint i = 0; i < definition->serials->len; i++) {
        const DomainSerial *serial = g_ptr_array_index(definition->serials, i);

        if (serial->port == port) {
            return serial;
        }
    }
    return NULL;
}

/* -serial counts for itself, so ports go out in order and with their gaps. */
static void
add_serials(QemuCommandBuilder *builder)
{
    guint left = builder->definition->serials->len;

    for (guint port = 0; left > 0 && port < builder->plan->machine->serial_ports; port++) {
        const DomainSerial *serial = find_port(builder->definition, port);

        if (serial != NULL) {
            add_serial(builder, serial);
            left--;
        } else if (builder->plan->machine->serial == QEMU_SERIAL_BUILTIN) {
            qemu_arguments_add(builder, "-serial", "none");
        }
    }
}

static void
add_graphics(QemuCommandBuilder *builder, const DomainGraphics *graphics)
{
    const char *listen = graphics->listen != NULL ? graphics->listen : "127.0.0.1";
    gboolean bracket = strchr(listen, ':') != NULL;
    GString *options = g_string_new(NULL);

    g_string_append_printf(options, bracket ? "[%s]" : "%s", listen);
    if (graphics->port >= 0) {
        g_string_append_printf(options, ":%d", graphics->port - VNC_BASE);
    } else {
        g_string_append_printf(options, ":0,to=%d", G_MAXUINT16 - VNC_BASE);
    }
    qemu_arguments_take(builder, "-vnc", g_string_free(options, FALSE));
}

static const char *
video_driver(const QemuPlan *plan)
{
    switch (plan->video) {
    case DOMAIN_VIDEO_VGA:
        return "VGA";
    case DOMAIN_VIDEO_CIRRUS:
        return "cirrus-vga";
    case DOMAIN_VIDEO_VIRTIO:
    case DOMAIN_VIDEO_DEFAULT:
    case DOMAIN_VIDEO_NONE:
    default:
        return plan->machine->x86 ? "virtio-vga" : "virtio-gpu-pci";
    }
}

static void
add_video(QemuCommandBuilder *builder)
{
    const DomainVideo *video = &builder->definition->video;
    const QemuPlannedDevice *row = qemu_plan_find(builder->plan, &video->device);
    JsonObject *object;

    if (row == NULL) {
        return;
    }
    object = qemu_device_object(builder, video_driver(builder->plan), row);
    if (video->video_memory_kib > 0) {
        json_object_set_int_member(object, "vgamem_mb", (gint64) (video->video_memory_kib / 1024));
    }
    qemu_arguments_take_json(builder, "-device", object);
}

static void
add_rng(QemuCommandBuilder *builder, const DomainRng *rng)
{
    const QemuPlannedDevice *row = qemu_plan_find(builder->plan, &rng->device);
    g_autofree char *id = g_strconcat("obj", row->alias, NULL);
    JsonObject *source = json_object_new();
    JsonObject *object = qemu_device_object(builder, "virtio-rng-pci", row);

    json_object_set_string_member(source, "qom-type", rng->path != NULL ? "rng-random" : "rng-builtin");
    json_object_set_string_member(source, "id", id);
    if (rng->path != NULL) {
        json_object_set_string_member(source, "filename", rng->path);
    }
    qemu_arguments_take_json(builder, "-object", source);
    json_object_set_string_member(object, "rng", id);
    if (rng->rate_bytes > 0) {
        json_object_set_int_member(object, "max-bytes", (gint64) rng->rate_bytes);
        json_object_set_int_member(object, "period", rng->rate_period);
    }
    qemu_arguments_take_json(builder, "-device", object);
}

static void
add_balloon(QemuCommandBuilder *builder)
{
    const DomainBalloon *balloon = &builder->definition->balloon;
    const QemuPlannedDevice *row = qemu_plan_find(builder->plan, &balloon->device);
    JsonObject *object;

    if (row == NULL) {
        return;
    }
    object = qemu_device_object(builder, "virtio-balloon-pci", row);
    if (balloon->deflate_on_oom != DOMAIN_SWITCH_DEFAULT) {
        json_object_set_boolean_member(object, "deflate-on-oom", balloon->deflate_on_oom == DOMAIN_SWITCH_ON);
    }
    qemu_arguments_take_json(builder, "-device", object);
}

void
qemu_command_add_devices(QemuCommandBuilder *builder)
{
    const DomainDefinition *definition = builder->definition;

    for (guint i = 0; i < definition->interfaces->len; i++) {
        add_interface(builder, g_ptr_array_index(definition->interfaces, i));
    }
    add_serials(builder);
    for (guint i = 0; i < definition->graphics->len; i++) {
        add_graphics(builder, g_ptr_array_index(definition->graphics, i));
    }
    if (definition->graphics->len == 0) {
        qemu_arguments_add(builder, "-display", "none");
    }
    add_video(builder);
    add_balloon(builder);
    for (guint i = 0; i < definition->rngs->len; i++) {
        add_rng(builder, g_ptr_array_index(definition->rngs, i));
    }
}
