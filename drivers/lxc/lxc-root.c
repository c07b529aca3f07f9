// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Looking into a container's root filesystem without being led out of it by links that are in it.
#include "lxc-root.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

/* An /etc/passwd that is larger is not searched. */
#define FILE_LIMIT (1024u * 1024u)

int
lxc_root_open(int root, const char *path, int flags)
{
    struct open_how how = {
        .flags = (guint64) (guint) (flags | O_CLOEXEC | ((flags & O_PATH) ? 0 : O_NONBLOCK | O_NOCTTY)),
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };

    return (int) syscall(SYS_openat2, root, path, &how, sizeof(how));
}

static char *
read_file(int root, const char *path)
{
    const int fd = lxc_root_open(root, path, O_RDONLY);
    g_autofree char *text = g_malloc(FILE_LIMIT + 1);
    gsize length = 0;
    gssize got = fd >= 0 ? 1 : 0;

    while (got > 0 && length < FILE_LIMIT) {
        got = read(fd, text + length, FILE_LIMIT - length);
        length += got > 0 ? (gsize) got : 0;
    }
    if (fd >= 0) {
        (void) close(fd);
    }
    text[length] = '\0';
    return g_steal_pointer(&text);
}

static gboolean
find(int root, const char *path, const char *name, guint *first, guint *second)
{
    g_autofree char *text = read_file(root, path);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint64 numbers[2] = {0, 0};

    for (guint i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) fields = g_strsplit(lines[i], ":", 5);
        if (g_strv_length(fields) < 4 || !g_str_equal(fields[0], name) ||
            !g_ascii_string_to_unsigned(fields[2], 10, 0, G_MAXUINT32 - 1, &numbers[0], NULL)) {
            continue;
        }
        (void) g_ascii_string_to_unsigned(fields[3], 10, 0, G_MAXUINT32 - 1, &numbers[1], NULL);
        *first = (guint) numbers[0];
        *second = (guint) numbers[1];
        return TRUE;
    }
    return FALSE;
}

static gboolean
is_number(const char *name, guint *number)
{
    guint64 value;

    if (!g_ascii_string_to_unsigned(name, 10, 0, G_MAXUINT32 - 1, &value, NULL)) {
        return FALSE;
    }
    *number = (guint) value;
    return TRUE;
}

gboolean
lxc_root_find_user(int root, const char *name, guint *user, guint *group)
{
    *group = 0;
    return is_number(name, user) || (root >= 0 && find(root, "/etc/passwd", name, user, group));
}

gboolean
lxc_root_find_group(int root, const char *name, guint *group)
{
    guint members;

    return is_number(name, group) || (root >= 0 && find(root, "/etc/group", name, group, &members));
}
