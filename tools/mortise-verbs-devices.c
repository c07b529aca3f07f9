// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verbs that list or change devices: attach-device, detach-device, update-device, domif..., domblklist.
#include "mortise-devices.h"
#include "mortise-document.h"
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-target.h"
#include "mortise-verbs.h"

static const VerbOption device_options[] = {
    TARGET_OPTIONS,
    PERSISTENT_OPTION,
    {NULL},
};
static const VerbOption config_options[] = {
    {"config", 0, OPTION_FLAG, NULL, "of the definition, which the next start takes"},
    {NULL},
};
static const VerbOption inactive_options[] = {
    {"inactive", 0, OPTION_FLAG, NULL, "of the definition, which the next start takes"},
    {NULL},
};
static const VerbOption domblklist_options[] = {
    {"inactive", 0, OPTION_FLAG, NULL, "of the definition, which the next start takes"},
    {"details", 0, OPTION_FLAG, NULL, "types too"},
    {NULL},
};

typedef gboolean (*DeviceChange)(MortiseDomain *domain, const char *xml, MortiseModifyFlags flags,
                                 GCancellable *cancellable, GError **error);

static int
change_device(Command *command, DeviceChange change, const char *done)
{
    MortiseModifyFlags flags = MORTISE_MODIFY_CURRENT;
    if (!target_read(command, &flags)) {
        return command->status;
    }
    g_autofree char *xml = document_read(command, command->arguments[1]);
    g_autoptr(MortiseDomain) domain = xml != NULL ? command_find_domain(command, command->arguments[0]) : NULL;
    if (domain == NULL || !target_add_persistent(command, domain, &flags)) {
        return command->status;
    }
    g_autoptr(GError) error = NULL;
    if (!change(domain, xml, flags, command->cancellable, &error)) {
        return report_error(command, error);
    }
    return say_done(command, domain, done, "Device %s successfully", done);
}

static int
run_attach_device(Command *command)
{
    return change_device(command, mortise_domain_attach_device, "attached");
}

static int
run_detach_device(Command *command)
{
    return change_device(command, mortise_domain_detach_device, "detached");
}

static int
run_update_device(Command *command)
{
    return change_device(command, mortise_domain_update_device, "updated");
}

static const char *
shown(const char *text)
{
    return text != NULL ? text : "-";
}

static void
add_interface(JsonBuilder *builder, const DeviceEntry *device)
{
    json_builder_begin_object(builder);
    json_add_text(builder, "interface", device->target);
    json_add_text(builder, "type", device->type);
    json_add_text(builder, "source", device->source);
    json_add_text(builder, "model", device->model);
    json_add_text(builder, "mac", device->mac);
    json_add_text(builder, "alias", device->alias);
    json_add_text(builder, "link", device->link);
    json_builder_end_object(builder);
}

static int
run_domiflist(Command *command)
{
    static const char *const titles[] = {"Interface", "Type", "Source", "Model", "MAC", NULL};
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    g_autoptr(GPtrArray) devices = NULL;
    if (domain != NULL) {
        devices = devices_of(command, domain, "interface", command_flag(command, "inactive"));
    }
    if (devices == NULL) {
        return command->status;
    }
    g_autoptr(Table) table = table_new(titles);
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_array(builder);
    for (guint i = 0; i < devices->len; i++) {
        const DeviceEntry *device = g_ptr_array_index(devices, i);
        table_add_row(table, (const char *const[]) {shown(device->target), shown(device->type), shown(device->source),
                                                    shown(device->model), shown(device->mac)});
        add_interface(builder, device);
    }
    json_builder_end_array(builder);
    if (command->json) {
        output_json(builder);
    } else {
        table_print(table, command->quiet);
    }
    return COMMAND_DONE;
}

static int
run_domblklist(Command *command)
{
    static const char *const titles[] = {"Target", "Source", NULL};
    static const char *const all_titles[] = {"Type", "Device", "Target", "Source", NULL};
    gboolean details = command_flag(command, "details");
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    g_autoptr(GPtrArray) devices = NULL;
    if (domain != NULL) {
        devices = devices_of(command, domain, "disk", command_flag(command, "inactive"));
    }
    if (devices == NULL) {
        return command->status;
    }
    g_autoptr(Table) table = table_new(details ? all_titles : titles);
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_array(builder);
    for (guint i = 0; i < devices->len; i++) {
        const DeviceEntry *device = g_ptr_array_index(devices, i);
        const char *const cells[] = {shown(device->type), device->device != NULL ? device->device : "disk",
                                     shown(device->target), shown(device->source)};
        table_add_row(table, details ? cells : cells + 2);
        json_builder_begin_object(builder);
        json_add_text(builder, "type", device->type);
        json_add_text(builder, "device", cells[1]);
        json_add_text(builder, "target", device->target);
        json_add_text(builder, "source", device->source);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    if (command->json) {
        output_json(builder);
    } else {
        table_print(table, command->quiet);
    }
    return COMMAND_DONE;
}

/* The interface that the second argument means; NULL: reported, and command->status is set. */
static const DeviceEntry *
find_interface(Command *command, const GPtrArray *devices)
{
    const char *word = command->arguments[1];
    const DeviceEntry *device = devices_find(devices, word);
    if (device == NULL) {
        g_autoptr(GString) known = g_string_new(NULL);
        for (guint i = 0; i < devices->len; i++) {
            const DeviceEntry *entry = g_ptr_array_index(devices, i);
            const char *name = entry->target != NULL ? entry->target : entry->mac;
            if (name != NULL) {
                g_string_append_printf(known, "%s%s", known->len > 0 ? ", " : "", name);
            }
        }
        g_autofree char *hint = known->len > 0 ? g_strdup_printf("it has: %s", known->str) : NULL;
        command->status = report_fault(command, MORTISE_ERROR_NO_DEVICE, hint, "domain '%s' has no interface '%s'",
                                       command->arguments[0], word);
    }
    return device;
}

static int
run_domif_getlink(Command *command)
{
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    g_autoptr(GPtrArray) devices = NULL;
    if (domain != NULL) {
        devices = devices_of(command, domain, "interface", command_flag(command, "config"));
    }
    const DeviceEntry *device = devices != NULL ? find_interface(command, devices) : NULL;
    if (device == NULL) {
        return command->status;
    }
    const char *state = device->link != NULL ? device->link : "up";
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        json_add_text(builder, "interface", command->arguments[1]);
        json_add_text(builder, "link", state);
        json_builder_end_object(builder);
        output_json(builder);
    } else {
        output_text(stdout, "%s %s\n", command->arguments[1], state);
    }
    return COMMAND_DONE;
}

static int
run_domif_setlink(Command *command)
{
    gboolean config = command_flag(command, "config");
    const char *state = command->arguments[2];
    if (!g_str_equal(state, "up") && !g_str_equal(state, "down")) {
        return report_misuse(command, NULL, "a link is up or down, not '%s'", state);
    }
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    g_autoptr(GPtrArray) devices = domain != NULL ? devices_of(command, domain, "interface", config) : NULL;
    const DeviceEntry *device = devices != NULL ? find_interface(command, devices) : NULL;
    if (device == NULL) {
        return command->status;
    }
    g_autofree char *xml = devices_with_link(device, state);
    MortiseModifyFlags flags = config ? MORTISE_MODIFY_CONFIG : MORTISE_MODIFY_CURRENT;
    g_autoptr(GError) error = NULL;
    if (!mortise_domain_update_device(domain, xml, flags, command->cancellable, &error)) {
        return report_error(command, error);
    }
    return say_done(command, domain, "updated", "Device updated successfully");
}

/* Number of the interface in statistics, which name it as the host does; -1 when it has none there. */
static gint64
find_counted(GVariant *values, const DeviceEntry *device)
{
    guint64 count = 0;
    (void) g_variant_lookup(values, "net.count", "t", &count);
    for (guint64 i = 0; i < count; i++) {
        g_autofree char *key = g_strdup_printf("net.%" G_GUINT64_FORMAT ".name", i);
        const char *name = NULL;
        if (g_variant_lookup(values, key, "&s", &name)
            && (g_strcmp0(name, device->target) == 0 || g_strcmp0(name, device->alias) == 0)) {
            return (gint64) i;
        }
    }
    return -1;
}

static int
print_counters(Command *command, GVariant *values, gint64 number)
{
    static const char *const counters[] = {"rx.bytes", "rx.pkts", "rx.errs", "rx.drop",
                                           "tx.bytes", "tx.pkts", "tx.errs", "tx.drop"};
    static const char *const words[] = {"rx_bytes", "rx_packets", "rx_errs", "rx_drop",
                                        "tx_bytes", "tx_packets", "tx_errs", "tx_drop"};
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_text(builder, "interface", command->arguments[1]);
    for (gsize i = 0; i < G_N_ELEMENTS(counters); i++) {
        g_autofree char *key = g_strdup_printf("net.%" G_GINT64_FORMAT ".%s", number, counters[i]);
        guint64 value = 0;
        if (!g_variant_lookup(values, key, "t", &value)) {
            continue;
        }
        json_add_unsigned(builder, words[i], value);
        if (!command->json) {
            output_text(stdout, "%s %s %" G_GUINT64_FORMAT "\n", command->arguments[1], words[i], value);
        }
    }
    json_builder_end_object(builder);
    if (command->json) {
        output_json(builder);
    }
    return COMMAND_DONE;
}

static int
run_domifstat(Command *command)
{
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    g_autoptr(GPtrArray) devices = domain != NULL ? devices_of(command, domain, "interface", FALSE) : NULL;
    const DeviceEntry *device = devices != NULL ? find_interface(command, devices) : NULL;
    if (device == NULL) {
        return command->status;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseDomainStats) stats
        = mortise_domain_get_stats(domain, MORTISE_STATS_GROUP_INTERFACE, command->cancellable, &error);
    if (stats == NULL) {
        return report_error(command, error);
    }
    gint64 number = find_counted(stats->values, device);
    if (number < 0) {
        return report_fault(command, MORTISE_ERROR_UNSUPPORTED, "domstats --interface prints those that are counted",
                            "nobody counts what goes through the interface '%s' of domain '%s'",
                            command->arguments[1], command->arguments[0]);
    }
    return print_counters(command, stats->values, number);
}

const Verb verbs_devices[] = {
    {"domiflist", GROUP_READ, "DOMAIN", "list the network interfaces of a domain", NULL, inactive_options, 1, 1,
     run_domiflist},
    {"domifstat", GROUP_READ, "DOMAIN INTERFACE", "print what has gone through an interface",
     "INTERFACE is its target device on the host, or its MAC address.", NULL, 2, 2, run_domifstat},
    {"domif-getlink", GROUP_READ, "DOMAIN INTERFACE", "print whether the link of an interface is up or down",
     "INTERFACE is its target device on the host, or its MAC address.", config_options, 2, 2, run_domif_getlink},
    {"domblklist", GROUP_READ, "DOMAIN", "list the disks of a domain", NULL, domblklist_options, 1, 1,
     run_domblklist},
    {"attach-device", GROUP_CHANGE, "DOMAIN FILE", "give a domain a device",
     "FILE has one element as it stands in <devices>; - is standard input.", device_options, 2, 2, run_attach_device},
    {"detach-device", GROUP_CHANGE, "DOMAIN FILE", "take a device away from a domain",
     "FILE names the device: an interface by its MAC address or target, a disk or filesystem by its target, a hostdev\n"
     "by its source, another by all that is said of it; - is standard input.",
     device_options, 2, 2, run_detach_device},
    {"update-device", GROUP_CHANGE, "DOMAIN FILE", "change a device of a domain",
     "FILE has the device as it is to be, named as for detach-device; - is standard input.", device_options, 2, 2,
     run_update_device},
    {"domif-setlink", GROUP_CHANGE, "DOMAIN INTERFACE up|down", "plug or unplug the cable of an interface",
     "INTERFACE is its target device on the host, or its MAC address. Without --config the running domain is changed\n"
     "while it runs, else its definition.",
     config_options, 3, 3, run_domif_setlink},
    {NULL},
};
