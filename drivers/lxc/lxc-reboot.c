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

static gboolean
append(const LxcChange *change, const char *name, const char *lines, DriverFailure **failure)
{
    g_autofree char *old = *lines != '\0' ? read_file(change->guest, name, failure) : NULL;
    g_autofree char *new = g_strconcat(old != NULL ? old : "", lines, NULL);

    return *lines == '\0' || (old != NULL && write_file(change->guest, name, new, failure));
}

/* Takes the lines away whose first word it is. */
static gboolean
drop_lines(const LxcChange *change, const char *name, const char *word, DriverFailure **failure)
{
    g_autofree char *old = read_file(change->guest, name, failure);
    g_auto(GStrv) lines = g_strsplit(old != NULL ? old : "", "\n", -1);
    g_autofree char *prefix = g_strconcat(word, " ", NULL);
    g_autoptr(GString) new = g_string_new(NULL);

    for (guint i = 0; lines[i] != NULL; i++) {
        if (*lines[i] != '\0' && !g_str_has_prefix(lines[i], prefix)) {
            g_string_append_printf(new, "%s\n", lines[i]);
        }
    }
    return old != NULL && (g_str_equal(old, new->str) || write_file(change->guest, name, new->str, failure));
}

static void
set_before(LxcDomain *domain, LxcRecord *record, char *config, char *images)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    g_free(record->config);
    g_free(record->images);
    record->config = config;
    record->images = images;
}

gboolean
lxc_reboot_begin(const LxcChange *change, DriverFailure **failure)
{
    g_autofree char *config = read_file(change->guest, HELPER_CONFIG, failure);
    g_autofree char *images = config != NULL ? read_file(change->guest, HELPER_IMAGES, failure) : NULL;

    if (images == NULL) {
        return FALSE;
    }
    set_before(change->domain, change->guest->record, g_steal_pointer(&config), g_steal_pointer(&images));
    if (lxc_domain_keep(change->domain, change->guest->record)) {
        return TRUE;
    }
    lxc_reboot_end(change);
    driver_failure_set(failure, "file-error", change->domain->name, NULL, "The running state cannot be written.");
    return FALSE;
}

void
lxc_reboot_end(const LxcChange *change)
{
    set_before(change->domain, change->guest->record, NULL, NULL);
}

void
lxc_reboot_restore(LxcDomain *domain)
{
    LxcGuest *guest = domain->guest;
    DriverFailure *failure = NULL;

    if (guest->record->config == NULL || guest->record->images == NULL) {
        return;
    }
    if (!write_file(guest, HELPER_CONFIG, guest->record->config, &failure) ||
        !write_file(guest, HELPER_IMAGES, guest->record->images, &failure)) {
        lxc_log(domain->engine->driver, MORTISE_LOG_WARNING, "%s cannot be rebooted: %s", domain->name,
                failure->message);
        driver_failure_free(failure);
        return;
    }
    set_before(domain, guest->record, NULL, NULL);
    (void) lxc_domain_keep(domain, guest->record);
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

/* What the monitor does with an interface that liblxc was not started with. */
static gboolean
add_interface(const LxcChange *change, const LxcInterface *interface, guint index, DriverFailure **failure)
{
    const gboolean made = lxc_network_is_made(interface);
    const char *removed = interface->host_name != NULL ? interface->host_name : interface->handed_name;
    g_autofree char *attached = g_strdup_printf("%s %s %c\n", interface->guest_name, interface->handed_name,
                                                made ? HELPER_MADE : HELPER_OF_HOST);
    g_autofree char *link = made ? g_strdup_printf("%s %u\n", removed, index) : g_strdup("");
    g_autofree char *routes = lxc_config_routes_of(interface);

    return append(change, HELPER_ATTACHED, attached, failure) && append(change, HELPER_LINKS, link, failure) &&
           append(change, HELPER_ROUTES, routes, failure);
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

static gboolean
drop_interface(const LxcChange *change, const char *config, const LxcInterface *interface, DriverFailure **failure)
{
    g_autofree char *handed = lxc_config_handed(config, interface->guest_name);
    const char *removed = interface->host_name != NULL ? interface->host_name : handed;

    return drop_lines(change, HELPER_ATTACHED, interface->guest_name, failure) &&
           drop_lines(change, HELPER_ROUTES, interface->guest_name, failure) &&
           (removed == NULL || drop_lines(change, HELPER_LINKS, removed, failure));
}

static char *
without_node(const char *config, const LxcDefinition *definition, const LxcNode *node)
{
    g_autofree char *rule = lxc_node_rule(definition, node);
    g_autofree char *line = g_strconcat("devices.allow = ", rule, NULL);
    g_autofree char *rest = rule != NULL ? lxc_config_without_line(config, line) : g_strdup(config);

    return lxc_config_without_mount(rest, node->path);
}

/* What is read beside the configuration. */
static gboolean
drop_rest(const LxcChange *change, const char *config, const LxcFound *found, DriverFailure **failure)
{
    const LxcFilesystem *filesystem = found->filesystem;
    g_autofree char *image = filesystem != NULL && filesystem->type == LXC_FILESYSTEM_FILE
                                 ? lxc_config_image_of(config, filesystem->target) : NULL;

    return (image == NULL || drop_lines(change, HELPER_IMAGES, image, failure)) &&
           (found->interface == NULL || drop_interface(change, config, found->interface, failure));
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
lxc_reboot_drop(const LxcChange *change, const LxcDefinition *definition, const LxcFound *found)
{
    DriverFailure *failure = NULL;
    g_autofree char *old = read_file(change->guest, HELPER_CONFIG, &failure);
    g_autofree char *new = old != NULL ? without(old, definition, found) : NULL;

    if (old == NULL || !write_file(change->guest, HELPER_CONFIG, new, &failure) ||
        !drop_rest(change, old, found, &failure)) {
        lxc_log(change->domain->engine->driver, MORTISE_LOG_WARNING, "%s cannot be rebooted: %s", change->domain->name,
                failure != NULL ? failure->message : "its configuration cannot be read");
        driver_failure_free(failure);
    }
}
