// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The cache of emulators' capabilities: one file for each binary, valid for exactly the key that is in it.
#include "qemu-capabilities.h"

#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "driver-json.h"

/* To be raised when the file's content changes its meaning. */
#define FORMAT "2"
#define FILE_LIMIT (1024u * 1024u)

static const char *
kvm_state(void)
{
    if (access("/dev/kvm", F_OK) != 0) {
        return "none";
    }
    return access("/dev/kvm", R_OK | W_OK) == 0 ? "usable" : "forbidden";
}

/* "microcode : 0xb000040" of the first CPU; "" where there is none. */
static char *
microcode(void)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL)) {
        return g_strdup("");
    }
    lines = g_strsplit(text, "\n", 64);
    for (guint i = 0; lines[i]; i++) {
        if (g_str_has_prefix(lines[i], "microcode") && strchr(lines[i], ':')) {
            return g_strdup(g_strstrip(strchr(lines[i], ':') + 1));
        }
    }
    return g_strdup("");
}

char *
qemu_capabilities_key(const char *emulator, gboolean kvm)
{
    g_autofree char *code = microcode();
    struct utsname name;
    struct stat status;

    if (stat(emulator, &status) != 0 || uname(&name) != 0) {
        return NULL;
    }
    return g_strdup_printf(FORMAT " %s %" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT
                                  " %" G_GINT64_FORMAT ".%09ld kernel=%s microcode=%s kvm=%s asked=%s",
                           emulator, (guint64) status.st_dev, (guint64) status.st_ino, (gint64) status.st_size,
                           (gint64) status.st_ctim.tv_sec, status.st_ctim.tv_nsec, name.release, code, kvm_state(),
                           kvm ? "kvm" : "tcg");
}

/* One for each binary and accelerator: the key ends with its name. */
static char *
file_of(const char *cache_directory, const char *emulator, const char *key)
{
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, emulator, -1);
    g_autofree char *base = g_path_get_basename(emulator);
    const char *accelerator = g_str_has_suffix(key, "kvm") ? "-kvm" : "";
    g_autofree char *name = g_strdup_printf("%s-%.8s%s.json", base, hash, accelerator);

    return g_build_filename(cache_directory, name, NULL);
}

static void
read_machine(JsonArray *array G_GNUC_UNUSED, guint index G_GNUC_UNUSED, JsonNode *node, gpointer data)
{
    JsonObject *object = driver_json_object(node);
    const char *name = driver_json_text(object, "name", NULL);

    if (name) {
        qemu_capabilities_add_machine(data, name, driver_json_text(object, "alias", NULL),
                                      (guint) CLAMP(driver_json_number(object, "maximum_vcpus", 0), 0, G_MAXINT),
                                      driver_json_flag(object, "usual"));
    }
}

static void
read_cpu(JsonArray *array G_GNUC_UNUSED, guint index G_GNUC_UNUSED, JsonNode *node, gpointer data)
{
    JsonObject *object = driver_json_object(node);
    const char *name = driver_json_text(object, "name", NULL);
    JsonArray *missing = driver_json_array_member(object, "missing");

    if (name && missing) {
        qemu_capabilities_add_cpu(data, name, driver_json_strings(missing));
    }
}

static void
read_lists(QemuCapabilities *capabilities, JsonObject *object)
{
    JsonArray *cpus = driver_json_array_member(object, "cpus");
    JsonArray *features = driver_json_array_member(object, "features");
    JsonArray *migration = driver_json_array_member(object, "migration");

    if (cpus) {
        json_array_foreach_element(cpus, read_cpu, capabilities);
    }
    capabilities->features = features ? driver_json_strings(features) : NULL;
    capabilities->migration = migration ? driver_json_strings(migration) : NULL;
}

QemuCapabilities *
qemu_capabilities_load(const char *cache_directory, const char *emulator, const char *key)
{
    g_autofree char *path = file_of(cache_directory, emulator, key);
    g_autofree char *text = NULL;
    g_autoptr(JsonNode) root = NULL;
    QemuCapabilities *capabilities;
    JsonObject *object;
    JsonArray *machines;
    gsize length = 0;

    // Anybody may have emptied or broken a cache: whatever is wrong with it, the emulator is asked again.
    if (!g_file_get_contents(path, &text, &length, NULL) || length > FILE_LIMIT) {
        return NULL;
    }
    root = driver_json_read(text, length);
    object = driver_json_object(root);
    machines = driver_json_array_member(object, "machines");
    if (!machines || g_strcmp0(driver_json_text(object, "key", NULL), key) != 0) {
        return NULL;
    }
    capabilities = qemu_capabilities_new((guint) CLAMP(driver_json_number(object, "version", 0), 0, G_MAXINT));
    json_array_foreach_element(machines, read_machine, capabilities);
    capabilities->kvm = driver_json_flag(object, "kvm");
    read_lists(capabilities, object);
    return capabilities;
}

static void
write_machine(JsonBuilder *builder, const QemuMachineType *machine)
{
    (void) json_builder_begin_object(builder);
    (void) json_builder_set_member_name(builder, "name");
    (void) json_builder_add_string_value(builder, machine->name);
    if (machine->alias) {
        (void) json_builder_set_member_name(builder, "alias");
        (void) json_builder_add_string_value(builder, machine->alias);
    }
    (void) json_builder_set_member_name(builder, "maximum_vcpus");
    (void) json_builder_add_int_value(builder, machine->maximum_vcpus);
    (void) json_builder_set_member_name(builder, "usual");
    (void) json_builder_add_boolean_value(builder, machine->usual);
    (void) json_builder_end_object(builder);
}

static void
write_strings(JsonBuilder *builder, const char *member, char *const *strings)
{
    (void) json_builder_set_member_name(builder, member);
    (void) json_builder_begin_array(builder);
    for (guint i = 0; strings[i]; i++) {
        (void) json_builder_add_string_value(builder, strings[i]);
    }
    (void) json_builder_end_array(builder);
}

static void
write_lists(JsonBuilder *builder, const QemuCapabilities *capabilities)
{
    (void) json_builder_set_member_name(builder, "cpus");
    (void) json_builder_begin_array(builder);
    for (guint i = 0; i < capabilities->cpus->len; i++) {
        const QemuCpuModel *model = capabilities->cpus->pdata[i];
        (void) json_builder_begin_object(builder);
        (void) json_builder_set_member_name(builder, "name");
        (void) json_builder_add_string_value(builder, model->name);
        write_strings(builder, "missing", model->missing);
        (void) json_builder_end_object(builder);
    }
    (void) json_builder_end_array(builder);
    if (capabilities->features) {
        write_strings(builder, "features", capabilities->features);
    }
    if (capabilities->migration) {
        write_strings(builder, "migration", capabilities->migration);
    }
}

void
qemu_capabilities_store(const char *cache_directory, const char *emulator, const char *key,
                        const QemuCapabilities *capabilities)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autofree char *path = file_of(cache_directory, emulator, key);
    g_autofree char *text = NULL;
    g_autoptr(JsonNode) root = NULL;

    (void) json_builder_begin_object(builder);
    (void) json_builder_set_member_name(builder, "key");
    (void) json_builder_add_string_value(builder, key);
    (void) json_builder_set_member_name(builder, "version");
    (void) json_builder_add_int_value(builder, capabilities->version);
    (void) json_builder_set_member_name(builder, "machines");
    (void) json_builder_begin_array(builder);
    for (guint i = 0; i < capabilities->machines->len; i++) {
        write_machine(builder, capabilities->machines->pdata[i]);
    }
    (void) json_builder_end_array(builder);
    (void) json_builder_set_member_name(builder, "kvm");
    (void) json_builder_add_boolean_value(builder, capabilities->kvm);
    write_lists(builder, capabilities);
    (void) json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    text = json_to_string(root, FALSE);
    (void) g_file_set_contents(path, text, -1, NULL);
}
