// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Writing arguments in QEMU's two notations: options with commas, and JSON.
#include "qemu-command-private.h"

void
qemu_arguments_add(QemuCommandBuilder *builder, const char *option, const char *value)
{
    qemu_arguments_take(builder, option, g_strdup(value));
}

void
qemu_arguments_take(QemuCommandBuilder *builder, const char *option, char *value)
{
    g_ptr_array_add(builder->arguments, g_strdup(option));
    if (value != NULL) {
        g_ptr_array_add(builder->arguments, value);
    }
}

void
qemu_arguments_take_json(QemuCommandBuilder *builder, const char *option, JsonObject *object)
{
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);

    json_node_take_object(node, object);
    qemu_arguments_take(builder, option, json_to_string(node, FALSE));
}

void
qemu_option_append(GString *options, const char *name, const char *value)
{
    g_string_append_printf(options, "%s%s=", options->len > 0 ? "," : "", name);
    for (const char *at = value; *at != '\0'; at++) {
        g_string_append_c(options, *at);
        if (*at == ',') {
            g_string_append_c(options, ',');
        }
    }
}

static void
add_pci(const QemuCommandBuilder *builder, JsonObject *object, const DomainAddress *address)
{
    g_autofree char *place = NULL;

    if (address->pci_function > 0) {
        place = g_strdup_printf("0x%x.0x%x", address->pci_slot, address->pci_function);
    } else {
        place = g_strdup_printf("0x%x", address->pci_slot);
    }
    json_object_set_string_member(object, "bus", builder->plan->machine->root_bus);
    if (address->multifunction) {
        json_object_set_boolean_member(object, "multifunction", TRUE);
    }
    json_object_set_string_member(object, "addr", place);
}

JsonObject *
qemu_device_object(const QemuCommandBuilder *builder, const char *driver, const QemuPlannedDevice *row)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "driver", driver);
    json_object_set_string_member(object, "id", row->alias);
    if (row->address.type == DOMAIN_ADDRESS_PCI) {
        add_pci(builder, object, &row->address);
    }
    if (row->boot_index > 0) {
        json_object_set_int_member(object, "bootindex", row->boot_index);
    }
    return object;
}
