// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Devices put into and taken out of liblxc's configuration of a container that runs, which it reads again at a reboot.
#include <string.h>

#include "helper/lxc-helper.h"
#include "lxc-config.h"
#include "lxc-device.h"

#define NETWORK "lxc.net."
#define MOUNT "lxc.mount.entry = "

/* "lxc.net.3." of the interface with that name in the container; NULL when there is none. */
static char *
find_prefix(char **lines, const char *guest_name)
{
    for (guint i = 0; lines[i] != NULL; i++) {
        const char *name = strstr(lines[i], ".name = ");
        if (g_str_has_prefix(lines[i], NETWORK) && name != NULL &&
            g_str_equal(name + strlen(".name = "), guest_name)) {
            return g_strndup(lines[i], (gsize) (name - lines[i]) + 1);
        }
    }
    return NULL;
}

gboolean
lxc_config_has_interface(const char *config, const char *guest_name)
{
    g_auto(GStrv) lines = g_strsplit(config, "\n", -1);
    g_autofree char *prefix = find_prefix(lines, guest_name);

    return prefix != NULL;
}

char *
lxc_config_without_interface(const char *config, const char *guest_name)
{
    g_auto(GStrv) lines = g_strsplit(config, "\n", -1);
    g_autofree char *prefix = find_prefix(lines, guest_name);
    GString *text = g_string_new(NULL);
    gboolean network = FALSE;

    for (guint i = 0; lines[i] != NULL; i++) {
        if (*lines[i] != '\0' && (prefix == NULL || !g_str_has_prefix(lines[i], prefix))) {
            network |= g_str_has_prefix(lines[i], NETWORK);
            g_string_append_printf(text, "%s\n", lines[i]);
        }
    }
    // Without this liblxc would leave the container in the host's network.
    if (prefix != NULL && !network) {
        g_string_append(text, LXC_CONFIG_NO_NETWORK);
    }
    return g_string_free(text, FALSE);
}

/* "SOURCE TARGET ..." of a line; NULL when it is no mount. */
static const char *
mount_of(const char *line)
{
    static const char *const keys[] = {MOUNT, HELPER_BIND};

    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (g_str_has_prefix(line, keys[i])) {
            return line + strlen(keys[i]);
        }
    }
    return NULL;
}

/* `wanted` is a target as a mount entry has it. */
static gboolean
mounts_at(const char *line, const char *wanted)
{
    const char *entry = mount_of(line);
    g_auto(GStrv) words = entry != NULL ? g_strsplit(entry, " ", 3) : NULL;

    return words != NULL && words[0] != NULL && g_strcmp0(words[1], wanted) == 0;
}

gboolean
lxc_config_has_mount(const char *config, const char *target)
{
    g_auto(GStrv) lines = g_strsplit(config, "\n", -1);
    g_autofree char *wanted = lxc_config_escape(target + 1);
    gboolean found = FALSE;

    for (guint i = 0; !found && lines[i] != NULL; i++) {
        found = mounts_at(lines[i], wanted);
    }
    return found;
}

char *
lxc_config_without_mount(const char *config, const char *target)
{
    g_auto(GStrv) lines = g_strsplit(config, "\n", -1);
    g_autofree char *wanted = lxc_config_escape(target + 1);
    GString *text = g_string_new(NULL);

    for (guint i = 0; lines[i] != NULL; i++) {
        if (*lines[i] != '\0' && !mounts_at(lines[i], wanted)) {
            g_string_append_printf(text, "%s\n", lines[i]);
        }
    }
    return g_string_free(text, FALSE);
}

char *
lxc_config_image_of(const char *config, const char *target)
{
    g_auto(GStrv) lines = g_strsplit(config, "\n", -1);
    g_autofree char *wanted = lxc_config_escape(target + 1);

    for (guint i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) words = g_str_has_prefix(lines[i], MOUNT) ? g_strsplit(lines[i] + strlen(MOUNT), " ", 3) : NULL;
        const char *link = words != NULL && words[0] != NULL && g_strcmp0(words[1], wanted) == 0
                               ? strrchr(words[0], '/') : NULL;
        if (link != NULL && g_str_has_prefix(link + 1, HELPER_IMAGE)) {
            return g_strdup(link + 1 + strlen(HELPER_IMAGE));
        }
    }
    return NULL;
}

guint
lxc_config_free_image(const char *images)
{
    g_auto(GStrv) lines = g_strsplit(images, "\n", -1);
    guint number = 0;

    for (guint i = 0; lines[i] != NULL; i++) {
        g_autofree char *word = g_strndup(lines[i], strcspn(lines[i], " "));
        guint64 used = 0;

        if (g_ascii_string_to_unsigned(word, 10, 0, G_MAXINT, &used, NULL)) {
            number = MAX(number, (guint) used + 1);
        }
    }
    return number;
}

char *
lxc_config_without_line(const char *config, const char *ending)
{
    g_auto(GStrv) lines = g_strsplit(config, "\n", -1);
    GString *text = g_string_new(NULL);

    for (guint i = 0; lines[i] != NULL; i++) {
        if (*lines[i] != '\0' && !g_str_has_suffix(lines[i], ending)) {
            g_string_append_printf(text, "%s\n", lines[i]);
        }
    }
    return g_string_free(text, FALSE);
}

char *
lxc_config_with(const char *config, const char *more, gboolean hook)
{
    GString *text = g_string_new(config);

    if (strstr(more, NETWORK) != NULL) {
        (void) g_string_replace(text, LXC_CONFIG_NO_NETWORK, "", 1);
    }
    // Before the one that tells of an init that is about to be executed.
    if (hook && strstr(config, LXC_CONFIG_HOOK) == NULL) {
        g_string_prepend(text, LXC_CONFIG_HOOK);
    }
    g_string_append(text, more);
    return g_string_free(text, FALSE);
}

guint
lxc_config_free_number(const char *config)
{
    g_autofree char *key = NULL;
    guint number = 0;

    do {
        g_free(key);
        key = g_strdup_printf("\n" NETWORK "%u.", number++);
    } while (strstr(config, key) != NULL);
    return number - 1;
}

gboolean
lxc_config_hands(const char *config, const char *name)
{
    g_autofree char *line = g_strdup_printf(".link = %s\n", name);

    return strstr(config, line) != NULL;
}

char *
lxc_config_handed(const char *config, const char *guest_name)
{
    g_auto(GStrv) lines = g_strsplit(config, "\n", -1);
    g_autofree char *prefix = find_prefix(lines, guest_name);
    g_autofree char *key = prefix != NULL ? g_strconcat(prefix, "link = ", NULL) : NULL;

    for (guint i = 0; key != NULL && lines[i] != NULL; i++) {
        if (g_str_has_prefix(lines[i], key)) {
            return g_strdup(lines[i] + strlen(key));
        }
    }
    return NULL;
}
