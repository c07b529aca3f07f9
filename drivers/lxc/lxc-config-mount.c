// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The root and the filesystems of a container in what liblxc and the helper read.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/lxc-helper.h"
#include "lxc-config-parts.h"
#include "lxc-root.h"

/* As fstab writes it. */
char *
lxc_config_escape(const char *path)
{
    GString *text = g_string_new(NULL);

    for (; *path != '\0'; path++) {
        if (*path == ' ' || *path == '\t' || *path == '\n' || *path == '\\' || *path == '#') {
            g_string_append_printf(text, "\\%03o", (guint) *path);
        } else {
            (void) g_string_append_c(text, *path);
        }
    }
    return g_string_free(text, FALSE);
}

static void
add_root(GString *text, const LxcDefinition *definition)
{
    const LxcFilesystem *root = lxc_definition_root(definition);
    const char *kind = root->type == LXC_FILESYSTEM_MOUNT ? "dir:" : root->type == LXC_FILESYSTEM_FILE ? "loop:" : "";

    lxc_config_add(text, "lxc.rootfs.path", "%s%s", kind, root->source);
    if (root->read_only) {
        lxc_config_add(text, "lxc.rootfs.options", "ro");
    }
}

/* Whether what of the container is bound elsewhere in it is a directory now. */
static gboolean
is_inner_folder(const LxcDefinition *definition, const char *path)
{
    const int root = lxc_open_root(definition);
    const int fd = root >= 0 ? lxc_root_open(root, path, O_PATH) : -1;
    struct stat status;
    const gboolean folder = fd < 0 || fstat(fd, &status) != 0 || S_ISDIR(status.st_mode);

    if (fd >= 0) {
        (void) close(fd);
    }
    if (root >= 0) {
        (void) close(root);
    }
    return folder;
}

/* An image file that is no root, which liblxc mounts by itself. */
static gboolean
is_image(const LxcDefinition *definition, const LxcFilesystem *filesystem)
{
    return filesystem->type == LXC_FILESYSTEM_FILE && filesystem != lxc_definition_root(definition);
}

char *
lxc_config_image(const LxcFilesystem *image, guint number)
{
    return g_strdup_printf("%u %s %s\n", number, image->read_only ? "ro" : "rw", image->source);
}

char *
lxc_config_images(const LxcDefinition *definition)
{
    GString *text = g_string_new(NULL);
    guint number = 0;

    for (guint i = 0; i < definition->filesystems->len; i++) {
        const LxcFilesystem *filesystem = definition->filesystems->pdata[i];
        if (is_image(definition, filesystem)) {
            g_autofree char *line = lxc_config_image(filesystem, number++);
            g_string_append(text, line);
        }
    }
    return g_string_free(text, text->len == 0);
}

/* The link that the helper makes to the device of what may be an image. */
static char *
image_path(const LxcDefinition *definition, const LxcFilesystem *image, const LxcConfigContext *context)
{
    guint number = 0;

    if (!is_image(definition, image)) {
        return NULL;
    }
    for (guint i = 0; definition->filesystems->pdata[i] != image; i++) {
        number += is_image(definition, definition->filesystems->pdata[i]);
    }
    return g_strdup_printf("%s/" HELPER_IMAGE "%u", context->directory, number);
}

static void
add_device_mount(GString *text, const LxcFilesystem *filesystem, const char *path)
{
    g_autofree char *target = lxc_config_escape(filesystem->target + 1);
    g_autofree char *source = lxc_config_escape(path);

    lxc_config_add(text, "lxc.mount.entry", "%s %s %s nodev,create=dir%s 0 0", source, target,
                   lxc_probe_filesystem(filesystem->source), filesystem->read_only ? ",ro" : "");
}

static void
add_filesystem(GString *text, const LxcDefinition *definition, const LxcFilesystem *filesystem, const char *image)
{
    g_autofree char *target = lxc_config_escape(filesystem->target + 1);
    g_autofree char *source = lxc_config_escape(filesystem->source != NULL ? filesystem->source : "none");
    const char *more = filesystem->read_only ? ",ro" : "";

    if (filesystem->type == LXC_FILESYSTEM_RAM) {
        lxc_config_add(text, "lxc.mount.entry",
                       "none %s tmpfs nosuid,nodev,size=%" G_GUINT64_FORMAT "k,mode=755,create=dir%s 0 0", target,
                       filesystem->size_kib, more);
    } else if (filesystem->type == LXC_FILESYSTEM_BLOCK) {
        add_device_mount(text, filesystem, filesystem->source);
    } else if (filesystem->type == LXC_FILESYSTEM_FILE) {
        add_device_mount(text, filesystem, image);
    } else if (filesystem->type == LXC_FILESYSTEM_BIND) {
        // The helper knows where that is, in each life anew.
        g_string_append_printf(text, HELPER_BIND "%s %s none bind,create=%s%s 0 0\n", source, target,
                               is_inner_folder(definition, filesystem->source) ? "dir" : "file", more);
    } else {
        lxc_config_add(text, "lxc.mount.entry", "%s %s none bind,create=%s%s 0 0", source, target,
                       g_file_test(filesystem->source, G_FILE_TEST_IS_DIR) ? "dir" : "file", more);
    }
}

char *
lxc_config_filesystem(const LxcDefinition *definition, const LxcFilesystem *filesystem, const char *image)
{
    GString *text = g_string_new(NULL);

    add_filesystem(text, definition, filesystem, image);
    return g_string_free(text, FALSE);
}

void
lxc_config_add_mounts(GString *text, const LxcDefinition *definition, const LxcConfigContext *context)
{
    add_root(text, definition);
    for (guint i = 0; i < definition->filesystems->len; i++) {
        const LxcFilesystem *filesystem = definition->filesystems->pdata[i];
        if (filesystem != lxc_definition_root(definition)) {
            g_autofree char *image = image_path(definition, filesystem, context);
            add_filesystem(text, definition, filesystem, image);
        }
    }
}
