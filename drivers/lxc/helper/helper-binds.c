// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Links that a container has made in its root lead no later life out of it: neither by sources of binds nor by targets.
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lxc-helper.h"

#define ROOT "lxc.rootfs.path = "
#define FOLDER "dir:"
#define MOUNT "lxc.mount.entry = "

static FILE *
open_file(int directory, const char *name, int flags, const char *mode)
{
    const int fd = openat(directory, name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, mode) : NULL;

    if (fd >= 0 && file == NULL) {
        (void) close(fd);
    }
    return file;
}

/* As fstab has it: a byte in octal follows a backslash. */
static bool
unescape(const char *from, const char *end, char *to, size_t size)
{
    size_t length = 0;

    while (from < end && length + 1 < size) {
        if (*from == '\\' && end - from > 3) {
            to[length++] = (char) ((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
            from += 4;
        } else {
            to[length++] = *from++;
        }
    }
    to[length] = '\0';
    return from == end;
}

/* A line break, too: names in a container's root are the container's own. */
static void
write_escaped(FILE *file, const char *path)
{
    for (; *path != '\0'; path++) {
        if (strchr(" \t\n\\#", *path) != NULL) {
            (void) fprintf(file, "\\%03o", (unsigned int) (unsigned char) *path);
        } else {
            (void) fputc(*path, file);
        }
    }
}

/* The path on the host of a path in the container, without links; false with errno. */
static bool
find_source(int root, const char *path, char *found, size_t size)
{
    const struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    const int fd = (int) syscall(SYS_openat2, root, path, &how, sizeof(how));
    char link[64];
    ssize_t length;
    int error;

    if (fd < 0) {
        return false;
    }
    (void) snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    length = readlink(link, found, size);
    error = length == (ssize_t) size ? ENAMETOOLONG : errno;
    (void) close(fd);
    errno = error;
    if (length <= 0 || length == (ssize_t) size) {
        return false;
    }
    found[length] = '\0';
    return true;
}

/* "SOURCE REST" becomes an entry that liblxc understands. */
static bool
write_bind(FILE *file, int root, const char *line, const char *log)
{
    const char *end = strchr(line, ' ');
    char path[4096] = "";
    char found[4096];

    if (end == NULL || !unescape(line, end, path, sizeof(path)) || !find_source(root, path, found, sizeof(found))) {
        helper_complain(log, "The source %s of a bind is not in the container's root: %s", path,
                        strerrordesc_np(errno));
        return false;
    }
    (void) fputs(MOUNT, file);
    write_escaped(file, found);
    return fputs(end, file) >= 0;
}

/*
 * Whether a link is at the target of a "SOURCE TARGET REST", or on the way. liblxc mounts on none, but makes what is
 * not there before it looks.
 */
static bool
is_linked(int root, const char *entry, const char *log)
{
    const struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS};
    const char *begin = strchr(entry, ' ');
    const char *end = begin != NULL ? strchr(begin + 1, ' ') : NULL;
    char path[4096] = "";
    int fd;

    // What the root itself has below /dev is covered by liblxc's own.
    if (root < 0 || end == NULL || !unescape(begin + 1, end, path, sizeof(path)) || strncmp(path, "dev/", 4) == 0) {
        return false;
    }
    fd = (int) syscall(SYS_openat2, root, path, &how, sizeof(how));
    if (fd >= 0) {
        (void) close(fd);
    } else if (errno == ELOOP) {
        helper_complain(log, "The target %s of a mount passes a link in the container's root", path);
        return true;
    }
    return false;
}

/* -1 when it is no directory. */
static int
open_root(char *path)
{
    path[strcspn(path, "\n")] = '\0';
    return strncmp(path, FOLDER, strlen(FOLDER)) == 0
               ? open(path + strlen(FOLDER), O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
}

static bool
copy(FILE *config, FILE *now, const char *log)
{
    char *line = NULL;
    size_t room = 0;
    int root = -1;
    bool rooted = false;
    bool good = true;

    while (good && getline(&line, &room, config) > 0) {
        if (strncmp(line, HELPER_BIND, strlen(HELPER_BIND)) == 0) {
            const char *entry = line + strlen(HELPER_BIND);
            good = !is_linked(root, entry, log) && write_bind(now, root, entry, log);
            continue;
        }
        good = (strncmp(line, MOUNT, strlen(MOUNT)) != 0 || !is_linked(root, line + strlen(MOUNT), log)) &&
               fputs(line, now) >= 0;
        if (!rooted && strncmp(line, ROOT, strlen(ROOT)) == 0) {
            rooted = true;
            root = open_root(line + strlen(ROOT));
        }
    }
    // liblxc would take the root of this host.
    if (!rooted) {
        helper_complain(log, "The configuration of the container names no root filesystem");
    }
    if (root >= 0) {
        (void) close(root);
    }
    free(line);
    return good && rooted;
}

bool
helper_find_binds(int directory, const char *log)
{
    FILE *config = open_file(directory, HELPER_CONFIG, O_RDONLY, "r");
    FILE *now = config != NULL ? open_file(directory, HELPER_CONFIG_NOW, O_WRONLY | O_CREAT | O_TRUNC, "w") : NULL;
    bool good = now != NULL && copy(config, now, log);

    if (config != NULL) {
        (void) fclose(config);
    }
    return now != NULL && fclose(now) == 0 && good;
}
