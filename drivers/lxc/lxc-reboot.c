// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What was attached and detached while a container ran, in the files that are read when its next life begins.
#include <string.h>

#include "helper/lxc-helper.h"
#include "lxc-config.h"
#include "lxc-device.h"

/* NULL with a failure: nobody is to write over what could not be read. Only the configuration is always there. */
static char *
read_file(const LxcGuest *guest, const char *name, DriverFailure **failure)
{
    g_autofree char *path = g_build_filename(guest->directory.path, name, NULL);
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    if (g_file_get_contents(path, &text, NULL, &error)) {
        return text;
    }
    if (g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT) && !g_str_equal(name, HELPER_CONFIG)) {
        return g_strdup("");
    }
    driver_failure_set(failure, "file-error", path, NULL, "%s", error->message);
    return NULL;
}

static gboolean
write_file(const LxcGuest *guest, const char *name, const char *text, DriverFailure **failure)
{
    g_autofree char *path = g_build_filename(guest->directory.path, name, NULL);
    g_autoptr(GError) error = NULL;

    if (!g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error)) {
        driver_failure_set(failure, "file-error", path, NULL, "%s", error->message);
        return FALSE;
    }
    return TRUE;
}

/* Lines that are there already stay what they are. */
static gboolean
append(const LxcChange *change, const char *name, const char *lines, DriverFailure **failure)
{
    g_autofree char *old = *lines != '\0' ? read_file(change->guest, name, failure) : NULL;
    g_autofree char *new = g_strconcat(old != NULL ? old : "", lines, NULL);
    const char *there = old != NULL ? strstr(old, lines) : NULL;

    return *lines == '\0' || (there != NULL && (there == old || there[-1] == '\n')) ||
           (old != NULL && write_file(change->guest, name, new, failure));
}

gboolean
lxc_reboot_read(const LxcGuest *guest, char **files, DriverFailure **failure)
{
    for (guint i = 0; i < LXC_RECORD_FILES; i++) {
        g_free(files[i]);
        files[i] = read_file(guest, lxc_record_files[i], failure);
        if (files[i] == NULL) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
lxc_reboot_write(const LxcGuest *guest, char *const *files, DriverFailure **failure)
{
    for (guint i = 0; i < LXC_RECORD_FILES; i++) {
        g_autofree char *old = files[i] != NULL ? read_file(guest, lxc_record_files[i], NULL) : NULL;

        if (files[i] != NULL && g_strcmp0(old, files[i]) != 0 &&
            !write_file(guest, lxc_record_files[i], files[i], failure)) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
lxc_reboot_has(const LxcGuest *guest, const char *name, const LxcFound *found)
{
    g_autofree char *config = read_file(guest, name, NULL);

    if (config == NULL) {
        return FALSE;
    }
    return found->interface != NULL ? lxc_config_has_interface(config, found->interface->guest_name)
                                    : lxc_config_has_mount(config, found->node != NULL ? found->node->path
                                                                                       : found->filesystem->target);
}

void
lxc_reboot_name(const LxcChange *change, LxcInterface *interface)
{
    g_autofree char *config = read_file(change->guest, HELPER_CONFIG, NULL);
    const char *dot = strrchr(interface->handed_name, '.');
    guint number = 0;

    // A name that was asked for, and that of a device of the host, stay what they are.
    if (dot == NULL || config == NULL || !lxc_network_is_made(interface) ||
        !lxc_config_hands(config, interface->handed_name)) {
        return;
    }
    g_autofree char *stem = g_strndup(interface->handed_name, (gsize) (dot - interface->handed_name));
    do {
        g_free(interface->handed_name);
        interface->handed_name = g_strdup_printf("%s.%u", stem, number++);
    } while (lxc_config_hands(config, interface->handed_name));
}

gboolean
lxc_reboot_expect(const LxcChange *change, const LxcInterface *interface, DriverFailure **failure)
{
    g_autofree char *attached = g_strdup_printf("%s %s %c\n", interface->guest_name, interface->handed_name,
                                                lxc_network_is_made(interface) ? HELPER_MADE : HELPER_OF_HOST);

    return append(change, HELPER_ATTACHED, attached, failure);
}

/* What the monitor does with an interface that liblxc was not started with. */
static gboolean
add_interface(const LxcChange *change, const LxcInterface *interface, guint index, DriverFailure **failure)
{
    const char *removed = interface->host_name != NULL ? interface->host_name : interface->handed_name;
    g_autofree char *link = lxc_network_is_made(interface) ? g_strdup_printf("%s %u\n", removed, index) : g_strdup("");
    g_autofree char *routes = lxc_config_routes_of(interface);

    return append(change, HELPER_LINKS, link, failure) && append(change, HELPER_ROUTES, routes, failure);
}

/* What the monitor makes a device of before another life; *link is the path that liblxc mounts then. */
static gboolean
add_image(const LxcChange *change, const LxcFilesystem *image, char **link, DriverFailure **failure)
{
    g_autofree char *images = read_file(change->guest, HELPER_IMAGES, failure);
    const guint number = images != NULL ? lxc_config_free_image(images) : 0;
    g_autofree char *line = lxc_config_image(image, number);

    if (images == NULL) {
        return FALSE;
    }
    *link = g_strdup_printf("%s/" HELPER_IMAGE "%u", change->guest->directory.path, number);
    return append(change, HELPER_IMAGES, line, failure);
}

gboolean
lxc_reboot_add(const LxcChange *change, const LxcDefinition *definition, const LxcFound *found, guint index,
               DriverFailure **failure)
{
    g_autofree char *old = read_file(change->guest, HELPER_CONFIG, failure);
    const LxcInterface *interface = found->interface;
    const LxcFilesystem *filesystem = found->filesystem;
    g_autofree char *image = NULL;
    g_autofree char *more = NULL;
    g_autofree char *new = NULL;

    if (old == NULL || (filesystem != NULL && filesystem->type == LXC_FILESYSTEM_FILE &&
                        !add_image(change, filesystem, &image, failure))) {
        return FALSE;
    }
    more = interface != NULL    ? lxc_config_interface(interface, lxc_config_free_number(old))
           : filesystem != NULL ? lxc_config_filesystem(definition, filesystem, image)
                                : lxc_config_node(found->node, change->domain->engine->cgroups);
    new = lxc_config_with(old, more, interface != NULL && interface->routes->len > 0);
    return (interface == NULL || add_interface(change, interface, index, failure)) &&
           write_file(change->guest, HELPER_CONFIG, new, failure);
}

gboolean
lxc_reboot_forget(const LxcGuest *guest, DriverFailure **failure)
{
    const char *config = guest->record->change->files[LXC_FILE_CONFIG];

    return config == NULL || write_file(guest, HELPER_CONFIG, config, failure);
}

/* Without the lines whose first word it is; takes the text. */
static char *
without_lines(char *text, const char *word)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *prefix = g_strconcat(word, " ", NULL);
    GString *rest = g_string_new(NULL);

    for (guint i = 0; lines[i] != NULL; i++) {
        if (*lines[i] != '\0' && !g_str_has_prefix(lines[i], prefix)) {
            g_string_append_printf(rest, "%s\n", lines[i]);
        }
    }
    g_free(text);
    return g_string_free(rest, FALSE);
}

static char *
without_node(const char *config, const LxcDefinition *definition, const LxcNode *node)
{
    g_autofree char *rule = lxc_node_rule(definition, node);
    g_autofree char *line = g_strconcat("devices.allow = ", rule, NULL);
    g_autofree char *rest = rule != NULL ? lxc_config_without_line(config, line) : g_strdup(config);

    return lxc_config_without_mount(rest, node->path);
}

static char *
without(const char *config, const LxcDefinition *definition, const LxcFound *found)
{
    if (found->interface != NULL) {
        return lxc_config_without_interface(config, found->interface->guest_name);
    }
    return found->node != NULL ? without_node(config, definition, found->node)
                               : lxc_config_without_mount(config, found->filesystem->target);
}

void
lxc_reboot_without(const LxcDefinition *definition, const LxcFound *found, char **files)
{
    const LxcInterface *interface = found->interface;
    g_autofree char *config = files[LXC_FILE_CONFIG];
    g_autofree char *image = interface == NULL && found->node == NULL && found->filesystem->type == LXC_FILESYSTEM_FILE
                                 ? lxc_config_image_of(config, found->filesystem->target) : NULL;

    files[LXC_FILE_CONFIG] = without(config, definition, found);
    if (image != NULL) {
        files[LXC_FILE_IMAGES] = without_lines(files[LXC_FILE_IMAGES], image);
    }
    if (interface != NULL) {
        const char *removed = interface->host_name != NULL ? interface->host_name : interface->handed_name;

        files[LXC_FILE_ATTACHED] = without_lines(files[LXC_FILE_ATTACHED], interface->guest_name);
        files[LXC_FILE_ROUTES] = without_lines(files[LXC_FILE_ROUTES], interface->guest_name);
        if (removed != NULL) {
            files[LXC_FILE_LINKS] = without_lines(files[LXC_FILE_LINKS], removed);
        }
    }
}

char *
lxc_reboot_handed(const LxcGuest *guest, const LxcInterface *interface)
{
    g_autofree char *config = read_file(guest, HELPER_CONFIG, NULL);
    char *handed = config != NULL ? lxc_config_handed(config, interface->guest_name) : NULL;

    return handed != NULL ? handed : g_strdup(interface->handed_name);
}
