// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The real QEMU takes the command lines, has each device where the plan says, and its live XML gives the same machine.
#include "mortise-test.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "domain-test.h"
#include "qemu-run.h"

#define IMAGE_SIZE (1024 * 1024)

static const char *const image_names[] = {"second.raw", "third.raw", "medium.iso", "a, \"b\" & ü.raw", NULL};

static gboolean
make_image(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    int fd = g_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    gboolean made = fd >= 0 && ftruncate(fd, IMAGE_SIZE) == 0;

    return g_close(fd, NULL) && made;
}

/* As little of a Linux kernel as QEMU looks at: the boot protocol's magic, a version, one sector of set-up. */
static gboolean
make_kernel(const char *directory)
{
    g_autofree char *kernel = g_build_filename(directory, "kernel,with=comma", NULL);
    g_autofree char *initrd = g_build_filename(directory, "initrd", NULL);
    static const char magic[] = {'H', 'd', 'r', 'S'};
    char content[16384] = {0};

    content[0x1f1] = 1;
    memcpy(content + 0x202, magic, sizeof(magic));
    content[0x206] = 2;
    content[0x207] = 2;
    return g_file_set_contents(kernel, content, sizeof(content), NULL) &&
           g_file_set_contents(initrd, content, sizeof(content), NULL);
}

static gboolean
make_qcow2(const char *directory)
{
    g_autofree char *path = g_build_filename(directory, "disk.qcow2", NULL);
    const char *const arguments[] = {"qemu-img", "create", "-q", "-f", "qcow2", path, "1M", NULL};
    g_autoptr(GSubprocess) process = g_subprocess_newv(arguments, G_SUBPROCESS_FLAGS_NONE, NULL);

    return process != NULL && g_subprocess_wait_check(process, NULL, NULL);
}

static char *
make_directory(void)
{
    g_autofree char *pattern = g_build_filename(g_getenv("MORTISE_TEST_BUILD"), "accepts-XXXXXX", NULL);
    char *directory = g_mkdtemp(g_strdup(pattern));
    gboolean made = directory != NULL && make_kernel(directory);

    for (guint i = 0; made && image_names[i] != NULL; i++) {
        made = make_image(directory, image_names[i]);
    }
    CHECK(made);
    return directory;
}

static void
remove_directory(const char *directory)
{
    GDir *listing = g_dir_open(directory, 0, NULL);
    const char *name;

    while (listing != NULL && (name = g_dir_read_name(listing)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);

        (void) g_unlink(path);
    }
    g_clear_pointer(&listing, g_dir_close);
    (void) g_rmdir(directory);
}

static gboolean
goes_past_cache(const char *directory)
{
    g_autofree char *path = g_build_filename(directory, image_names[0], NULL);
    int fd = g_open(path, O_RDONLY | O_DIRECT | O_CLOEXEC, 0);

    return fd >= 0 && g_close(fd, NULL);
}

/* Why a definition cannot be tried here, NULL when it can. */
static const char *
reason_to_skip(const DomainDefinition *definition, const char *emulator, const char *directory)
{
    gboolean direct = goes_past_cache(directory);

    if (g_strcmp0(definition->type, "kvm") == 0) {
        return "only emulated machines are tried";
    }
    if (!g_file_test(emulator, G_FILE_TEST_IS_EXECUTABLE)) {
        return "its emulator is not installed";
    }
    for (guint i = 0; i < definition->disks->len; i++) {
        const DomainDisk *disk = g_ptr_array_index(definition->disks, i);

        if (!direct && (disk->cache == DOMAIN_CACHE_NONE || disk->cache == DOMAIN_CACHE_DIRECTSYNC)) {
            return "this file system cannot go past the cache";
        }
        if (disk->source != NULL && !g_file_test(disk->source, G_FILE_TEST_EXISTS)) {
            return "qemu-img is not installed";
        }
    }
    return NULL;
}

static gboolean
has_own_device(const QemuPlan *plan, const QemuPlannedDevice *row)
{
    if (row->kind == QEMU_DEVICE_SERIAL) {
        return plan->machine->serial == QEMU_SERIAL_ISA;
    }
    return row->kind != QEMU_DEVICE_CONSOLE && row->kind != QEMU_DEVICE_CONTROLLER && row->kind != QEMU_DEVICE_INPUT;
}

static void
check_aliases(QemuRun *run, const QemuPlan *plan)
{
    g_autoptr(JsonNode) reply = qemu_run_ask(run, "qom-list", "{\"path\":\"/machine/peripheral\"}");
    g_autofree char *text = reply != NULL ? json_to_string(reply, FALSE) : NULL;

    CHECK(text != NULL);
    for (guint i = 0; i < plan->devices->len; i++) {
        const QemuPlannedDevice *row = g_ptr_array_index(plan->devices, i);
        g_autofree char *name = g_strdup_printf("\"name\":\"%s\"", row->alias);

        if (has_own_device(plan, row)) {
            CHECK_CONTAINS(text, name);
        }
    }
}

/* The address of each device of the root bus that has an alias. */
static GHashTable *
read_places(const JsonNode *reply)
{
    GHashTable *places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    JsonObject *bus = json_array_get_object_element(json_node_get_array((JsonNode *) reply), 0);
    JsonArray *devices = json_object_get_array_member(bus, "devices");

    for (guint i = 0; i < json_array_get_length(devices); i++) {
        JsonObject *device = json_array_get_object_element(devices, i);

        g_hash_table_insert(places, g_strdup(json_object_get_string_member(device, "qdev_id")),
                            g_strdup_printf("0000:00:%02x.%u", (guint) json_object_get_int_member(device, "slot"),
                                            (guint) json_object_get_int_member(device, "function")));
    }
    return places;
}

static void
check_places(QemuRun *run, const QemuPlan *plan)
{
    g_autoptr(JsonNode) reply = plan->machine->root_bus != NULL ? qemu_run_ask(run, "query-pci", "{}") : NULL;
    g_autoptr(GHashTable) places = reply != NULL ? read_places(reply) : NULL;

    CHECK(plan->machine->root_bus == NULL || places != NULL);
    for (guint i = 0; places != NULL && i < plan->devices->len; i++) {
        const QemuPlannedDevice *row = g_ptr_array_index(plan->devices, i);
        g_autofree char *planned = domain_address_to_text(&row->address);

        if (row->on_pci) {
            CHECK_TEXT(g_hash_table_lookup(places, row->alias), planned);
        }
    }
}

static GHashTable *
read_ptys(QemuRun *run)
{
    GHashTable *ptys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(JsonNode) reply = qemu_run_ask(run, "query-chardev", "{}");
    JsonArray *list = reply != NULL ? json_node_get_array(reply) : NULL;

    for (guint i = 0; list != NULL && i < json_array_get_length(list); i++) {
        JsonObject *row = json_array_get_object_element(list, i);
        const char *label = json_object_get_string_member(row, "label");
        const char *name = json_object_get_string_member(row, "filename");

        if (g_str_has_prefix(label, "char") && g_str_has_prefix(name, "pty:")) {
            g_hash_table_insert(ptys, g_strdup(label + strlen("char")), g_strdup(name + strlen("pty:")));
        }
    }
    return ptys;
}

static char *
read_machine(QemuRun *run)
{
    g_autoptr(JsonNode) reply = qemu_run_ask(run, "qom-get", "{\"path\":\"/machine\",\"property\":\"type\"}");
    const char *type = reply != NULL ? json_node_get_string(reply) : "";

    return g_str_has_suffix(type, "-machine") ? g_strndup(type, strlen(type) - strlen("-machine")) : g_strdup(type);
}

static guint
read_vnc_port(QemuRun *run, const DomainDefinition *definition)
{
    g_autoptr(JsonNode) reply = definition->graphics->len > 0 ? qemu_run_ask(run, "query-vnc", "{}") : NULL;
    guint64 port = 0;

    if (reply != NULL) {
        (void) g_ascii_string_to_unsigned(json_object_get_string_member(json_node_get_object(reply), "service"), 10, 0,
                                          G_MAXUINT16, &port, NULL);
    }
    return (guint) port;
}

/* One line for each argument, with what the live XML resolves as it is there. */
static char *
comparable(const QemuCommand *command, const DomainDefinition *definition, const char *machine)
{
    g_autofree char *joined = g_strjoinv("\n", command->arguments);
    const char *given = definition->os.machine != NULL ? definition->os.machine : command->plan->machine->usual;
    g_autofree char *before = g_strdup_printf("\n%s,dump", given);
    g_autofree char *after = g_strdup_printf("\n%s,dump", machine);
    GString *text = g_string_new(joined);

    (void) g_string_replace(text, before, after, 1);
    return g_string_free(text, FALSE);
}

static void
check_live(QemuRun *run, const DomainDefinition *definition, const QemuCommand *command,
           const QemuCommandContext *context)
{
    g_autofree char *machine = read_machine(run);
    g_autoptr(GHashTable) ptys = read_ptys(run);
    QemuLiveFacts facts = {
        .id = 7, .emulator = command->arguments[0], .machine = machine, .ptys = ptys,
        .architecture = definition->os.architecture != NULL ? definition->os.architecture : "x86_64",
        .vnc_port = read_vnc_port(run, definition),
    };
    g_autofree char *xml = qemu_live_xml_build(definition, command->plan, &facts, NULL);
    g_autoptr(DomainDefinition) live = domain_test_parse(xml);
    g_autoptr(QemuCommand) again = live != NULL ? qemu_command_build(live, context, NULL) : NULL;
    g_autofree char *first = comparable(command, definition, machine);
    g_autofree char *second = again != NULL ? comparable(again, live, machine) : NULL;

    CHECK(definition->graphics->len == 0 || facts.vnc_port >= 5900);
    CHECK_TEXT(second, first);
}

static void
check_run(const DomainDefinition *definition, const QemuCommandContext *context, const char *directory)
{
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(QemuCommand) command = qemu_command_build(definition, context, &failure);
    g_autoptr(QemuRun) run = command != NULL ? qemu_run_start(command, directory) : NULL;
    g_autofree char *greeting = run != NULL ? qemu_run_greeting(run) : NULL;

    CHECK(run != NULL);
    if (run == NULL) {
        fprintf(stderr, "%s: %s\n", definition->name, failure != NULL ? failure->message : "not started");
        return;
    }
    CHECK_CONTAINS(greeting, "\"QMP\"");
    check_aliases(run, command->plan);
    check_places(run, command->plan);
    check_live(run, definition, command, context);
    CHECK(qemu_run_quit(run));
}

static void
try(const char *name, const char *directory)
{
    g_autofree char *text = domain_test_read(name, directory);
    g_autofree char *emulator = NULL;
    g_autoptr(DomainDefinition) definition = domain_test_parse(text);
    g_autoptr(DomainFindings) findings = NULL;
    QemuCommandContext context = domain_test_context(definition, &emulator);
    const char *skip = reason_to_skip(definition, emulator, directory);

    if (skip != NULL) {
        mortise_test_skip(name, skip);
        return;
    }
    context.monitor_fd = QEMU_RUN_MONITOR_FD;
    context.keeper_fd = QEMU_RUN_KEEPER_FD;
    findings = qemu_command_check(definition, &context, TRUE);
    CHECK_INT(domain_findings_count(findings), 0);
    check_run(definition, &context, directory);
}

static void
test_all(void)
{
    g_autofree char *directory = make_directory();

    (void) make_qcow2(directory);
    for (guint i = 0; domain_test_names[i] != NULL; i++) {
        try(domain_test_names[i], directory);
    }
    remove_directory(directory);
}

static const MortiseTest tests[] = {
    {"the real QEMU takes the command lines", test_all},
};

int
main(void)
{
    g_autofree char *emulator = g_find_program_in_path("qemu-system-x86_64");

    if (emulator == NULL) {
        mortise_test_skip("qemu accepts", "qemu-system-x86_64 is not installed");
        return 77;
    }
    return mortise_test_main("qemu accepts", tests, G_N_ELEMENTS(tests));
}
