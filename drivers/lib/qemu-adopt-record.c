// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The running state of a guest as JSON: written, and read with suspicion.
#include "qemu-adopt-record.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "driver-json.h"

#define FORMAT 1

static const char *const phase_words[] = {"starting", "running", "stopping"};

static void
console_free(gpointer data)
{
    QemuConsole *console = data;

    g_free(console->alias);
    g_free(console->path);
    g_free(console);
}

static void
disk_free(gpointer data)
{
    QemuDiskName *disk = data;

    g_free(disk->alias);
    g_free(disk->target);
    g_free(disk);
}

static void
interface_free(gpointer data)
{
    QemuInterfaceName *interface = data;

    g_free(interface->alias);
    g_free(interface->type);
    g_free(interface->target);
    g_free(interface->source);
    g_free(interface->mac);
    g_free(interface);
}

QemuRecord *
qemu_record_new(void)
{
    QemuRecord *record = g_new0(QemuRecord, 1);

    record->consoles = g_ptr_array_new_with_free_func(console_free);
    record->disks = g_ptr_array_new_with_free_func(disk_free);
    record->interfaces = g_ptr_array_new_with_free_func(interface_free);
    return record;
}

void
qemu_record_free(QemuRecord *record)
{
    if (!record) {
        return;
    }
    g_free(record->boot);
    g_free(record->directory);
    g_free(record->affinity);
    g_free(record->xml);
    g_free(record->link_token);
    qemu_migration_record_free(record->migration);
    g_ptr_array_unref(record->consoles);
    g_ptr_array_unref(record->disks);
    g_ptr_array_unref(record->interfaces);
    g_free(record);
}

void
qemu_record_add_console(QemuRecord *record, const char *alias, const char *path, gboolean pty)
{
    QemuConsole *console = g_new0(QemuConsole, 1);

    console->alias = g_strdup(alias);
    console->path = g_strdup(path);
    console->pty = pty;
    g_ptr_array_add(record->consoles, console);
}

void
qemu_record_add_disk(QemuRecord *record, const char *alias, const char *target)
{
    QemuDiskName *disk = g_new0(QemuDiskName, 1);

    disk->alias = g_strdup(alias);
    disk->target = g_strdup(target);
    g_ptr_array_add(record->disks, disk);
}

QemuInterfaceName *
qemu_record_add_interface(QemuRecord *record, const QemuInterfaceName *interface)
{
    QemuInterfaceName *copy = g_new0(QemuInterfaceName, 1);

    copy->alias = g_strdup(interface->alias);
    copy->type = g_strdup(interface->type);
    copy->target = g_strdup(interface->target ? interface->target : "");
    copy->source = g_strdup(interface->source ? interface->source : "");
    copy->mac = g_strdup(interface->mac);
    copy->index = interface->index;
    g_ptr_array_add(record->interfaces, copy);
    return copy;
}

static void
write_text(JsonBuilder *builder, const char *member, const char *value)
{
    (void) json_builder_set_member_name(builder, member);
    (void) json_builder_add_string_value(builder, value);
}

static void
write_number(JsonBuilder *builder, const char *member, gint64 value)
{
    (void) json_builder_set_member_name(builder, member);
    (void) json_builder_add_int_value(builder, value);
}

static void
write_flag(JsonBuilder *builder, const char *member, gboolean value)
{
    (void) json_builder_set_member_name(builder, member);
    (void) json_builder_add_boolean_value(builder, value);
}

static void
write_process(JsonBuilder *builder, const char *member, const ProcessIdentity *identity)
{
    (void) json_builder_set_member_name(builder, member);
    (void) json_builder_begin_object(builder);
    write_number(builder, "pid", identity->pid);
    write_number(builder, "start", (gint64) identity->start);
    (void) json_builder_end_object(builder);
}

static void
write_consoles(JsonBuilder *builder, const GPtrArray *consoles)
{
    (void) json_builder_set_member_name(builder, "consoles");
    (void) json_builder_begin_array(builder);
    for (guint i = 0; i < consoles->len; i++) {
        const QemuConsole *console = consoles->pdata[i];
        (void) json_builder_begin_object(builder);
        write_text(builder, "alias", console->alias);
        write_text(builder, "path", console->path);
        write_flag(builder, "pty", console->pty);
        (void) json_builder_end_object(builder);
    }
    (void) json_builder_end_array(builder);
}

static void
write_disks(JsonBuilder *builder, const GPtrArray *disks)
{
    (void) json_builder_set_member_name(builder, "disks");
    (void) json_builder_begin_array(builder);
    for (guint i = 0; i < disks->len; i++) {
        const QemuDiskName *disk = disks->pdata[i];
        (void) json_builder_begin_object(builder);
        write_text(builder, "alias", disk->alias);
        write_text(builder, "target", disk->target);
        (void) json_builder_end_object(builder);
    }
    (void) json_builder_end_array(builder);
}

static void
write_interfaces(JsonBuilder *builder, const GPtrArray *interfaces)
{
    (void) json_builder_set_member_name(builder, "interfaces");
    (void) json_builder_begin_array(builder);
    for (guint i = 0; i < interfaces->len; i++) {
        const QemuInterfaceName *interface = interfaces->pdata[i];
        (void) json_builder_begin_object(builder);
        write_text(builder, "alias", interface->alias);
        write_text(builder, "type", interface->type);
        write_text(builder, "target", interface->target);
        write_text(builder, "source", interface->source);
        write_text(builder, "mac", interface->mac);
        write_number(builder, "index", interface->index);
        (void) json_builder_end_object(builder);
    }
    (void) json_builder_end_array(builder);
}

char *
qemu_record_to_text(const QemuRecord *record)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;

    (void) json_builder_begin_object(builder);
    write_number(builder, "format", FORMAT);
    write_text(builder, "phase", phase_words[record->phase]);
    write_text(builder, "boot", record->boot);
    write_text(builder, "directory", record->directory);
    write_process(builder, "emulator", &record->emulator);
    write_process(builder, "keeper", &record->keeper);
    write_number(builder, "maximum_vcpus", record->maximum_vcpus);
    write_number(builder, "vcpus", record->vcpus);
    write_number(builder, "most_vcpus", record->most_vcpus);
    if (record->affinity) {
        write_text(builder, "affinity", record->affinity);
    }
    write_flag(builder, "reboot_ends", record->reboot_ends);
    write_flag(builder, "tsc_given", record->tsc_given);
    write_flag(builder, "poweroff_pauses", record->poweroff_pauses);
    write_consoles(builder, record->consoles);
    write_disks(builder, record->disks);
    write_interfaces(builder, record->interfaces);
    if (record->link_token) {
        write_text(builder, "link_token", record->link_token);
    }
    if (record->xml) {
        write_text(builder, "xml", record->xml);
    }
    if (record->arrived) {
        write_flag(builder, "arrived", TRUE);
    }
    if (record->migration) {
        (void) json_builder_set_member_name(builder, "migration");
        (void) json_builder_add_value(builder, qemu_migration_record_to_json(record->migration));
    }
    (void) json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}

static gint64
read_number(JsonObject *object, const char *member)
{
    return MAX(0, driver_json_number(object, member, 0));
}

static void
read_process(JsonObject *object, const char *member, ProcessIdentity *identity)
{
    JsonObject *process = driver_json_object_member(object, member);

    identity->pid = read_number(process, "pid");
    identity->start = (guint64) read_number(process, "start");
}

static void
read_console(JsonArray *array G_GNUC_UNUSED, guint index G_GNUC_UNUSED, JsonNode *node, gpointer data)
{
    JsonObject *object = driver_json_object(node);
    const char *alias = driver_json_text(object, "alias", NULL);
    const char *path = driver_json_text(object, "path", NULL);

    if (alias && path) {
        qemu_record_add_console(data, alias, path, driver_json_flag(object, "pty"));
    }
}

static void
read_disk(JsonArray *array G_GNUC_UNUSED, guint index G_GNUC_UNUSED, JsonNode *node, gpointer data)
{
    JsonObject *object = driver_json_object(node);
    const char *alias = driver_json_text(object, "alias", NULL);
    const char *target = driver_json_text(object, "target", NULL);

    if (alias && target) {
        qemu_record_add_disk(data, alias, target);
    }
}

static void
read_interface(JsonArray *array G_GNUC_UNUSED, guint index G_GNUC_UNUSED, JsonNode *node, gpointer data)
{
    JsonObject *object = driver_json_object(node);
    const QemuInterfaceName interface = {
        .alias = (char *) driver_json_text(object, "alias", NULL),
        .type = (char *) driver_json_text(object, "type", NULL),
        .target = (char *) driver_json_text(object, "target", ""),
        .source = (char *) driver_json_text(object, "source", ""),
        .mac = (char *) driver_json_text(object, "mac", NULL),
        .index = (guint) MIN(read_number(object, "index"), G_MAXINT),
    };

    if (interface.alias && interface.type && interface.mac) {
        (void) qemu_record_add_interface(data, &interface);
    }
}

static void
read_list(QemuRecord *record, JsonObject *object, const char *member, JsonArrayForeach read)
{
    JsonArray *array = driver_json_array_member(object, member);

    if (array) {
        json_array_foreach_element(array, read, record);
    }
}

static gboolean
read_phase(JsonObject *object, QemuPhase *phase)
{
    const char *word = driver_json_text(object, "phase", NULL);

    for (guint i = 0; i < G_N_ELEMENTS(phase_words); i++) {
        if (g_strcmp0(word, phase_words[i]) == 0) {
            *phase = (QemuPhase) i;
            return TRUE;
        }
    }
    return FALSE;
}

/* A name that stays inside of the run directory. */
static gboolean
is_directory_name(const char *name)
{
    return name && *name && strlen(name) <= 36 && strspn(name, "0123456789abcdef-") == strlen(name);
}

static void
refuse(DriverFailure **failure, const char *why)
{
    driver_failure_set(failure, "state-unknown", NULL,
                       "Look for the emulator with ps; when it is gone, remove the domain's file in the run directory.",
                       "The kept running state cannot be understood (%s); it is left as it is.", why);
}

QemuRecord *
qemu_record_parse(const char *text, DriverFailure **failure)
{
    g_autoptr(JsonNode) root = driver_json_read(text, strlen(text));
    JsonObject *object = driver_json_object(root);
    g_autoptr(QemuRecord) record = qemu_record_new();

    if (!driver_json_has(object, "format", G_TYPE_INT64)) {
        refuse(failure, "it is no JSON object with a format");
        return NULL;
    }
    if (read_number(object, "format") != FORMAT) {
        driver_failure_set(failure, "state-schema", NULL,
                           "Use the version of Mortise that started the guest, or newer.",
                           "The running state has format %" G_GINT64_FORMAT "; this version knows format %d.",
                           read_number(object, "format"), FORMAT);
        return NULL;
    }
    record->boot = g_strdup(driver_json_text(object, "boot", NULL));
    record->directory = g_strdup(driver_json_text(object, "directory", NULL));
    if (!record->boot || !is_directory_name(record->directory) || !read_phase(object, &record->phase)) {
        refuse(failure, "boot, directory or phase is missing or broken");
        return NULL;
    }
    read_process(object, "emulator", &record->emulator);
    read_process(object, "keeper", &record->keeper);
    record->maximum_vcpus = (guint) MIN(read_number(object, "maximum_vcpus"), 65536);
    record->vcpus = (guint) MIN(read_number(object, "vcpus"), 65536);
    record->most_vcpus = (guint) MIN(read_number(object, "most_vcpus"), 65536);
    record->affinity = g_strdup(driver_json_text(object, "affinity", NULL));
    record->reboot_ends = driver_json_flag(object, "reboot_ends");
    record->tsc_given = driver_json_flag(object, "tsc_given");
    record->poweroff_pauses = driver_json_flag(object, "poweroff_pauses");
    record->xml = g_strdup(driver_json_text(object, "xml", NULL));
    record->link_token = g_strdup(driver_json_text(object, "link_token", NULL));
    record->arrived = driver_json_flag(object, "arrived");
    record->migration = qemu_migration_record_from_json(driver_json_object_member(object, "migration"));
    read_list(record, object, "consoles", read_console);
    read_list(record, object, "disks", read_disk);
    read_list(record, object, "interfaces", read_interface);
    return g_steal_pointer(&record);
}
