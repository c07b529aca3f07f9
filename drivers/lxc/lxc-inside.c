// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Looking a path up through filesystems that are not mounted yet, one name at a time.
#include "lxc-inside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "lxc-config.h"
#include "lxc-root.h"

/* The kernel follows as many. */
#define LINK_LIMIT 40u

typedef struct {
    const LxcDefinition *definition;
    guint count;
    GString *at;           /* what was passed, without links: "" or "/NAME/NAME" */
    char *left;            /* what is to be passed yet */
    guint links;
} Walk;

/* What the kernel shows, and liblxc mounts before the filesystems of the definition. */
static const char *const of_kernel[] = {"/proc", "/sys", "/dev"};

void
lxc_inside_clear(LxcInside *found)
{
    g_clear_pointer(&found->link, g_free);
    g_clear_pointer(&found->leads, g_free);
}

/* What of `path` is below a directory, "" when it is that; NULL when it is elsewhere. */
static const char *
below(const char *path, const char *directory)
{
    const gsize length = g_str_equal(directory, "/") ? 0 : strlen(directory);

    return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == '\0') ? path + length
                                                                                                     : NULL;
}

/* The last that was mounted over a path. */
static const LxcFilesystem *
filesystem_of(const Walk *walk, const char *path)
{
    const LxcFilesystem *found = lxc_definition_root(walk->definition);

    for (guint i = 0; i < walk->count; i++) {
        const LxcFilesystem *filesystem = walk->definition->filesystems->pdata[i];
        if (filesystem != lxc_definition_root(walk->definition) && filesystem->target != NULL &&
            below(path, filesystem->target) != NULL) {
            found = filesystem;
        }
    }
    return found;
}

/* Whether a filesystem is mounted there or below, for which liblxc makes what is not there. */
static gboolean
is_made(const Walk *walk, const char *path)
{
    for (guint i = 0; i < walk->count; i++) {
        const LxcFilesystem *filesystem = walk->definition->filesystems->pdata[i];
        if (filesystem->target != NULL && below(filesystem->target, path) != NULL) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean
is_of_kernel(const char *path)
{
    for (guint i = 0; i < G_N_ELEMENTS(of_kernel); i++) {
        if (below(path, of_kernel[i]) != NULL) {
            return TRUE;
        }
    }
    return FALSE;
}

/* The directory or file of this host that a filesystem shows; -1: none that can be looked into. */
static int
open_source(const LxcDefinition *definition, const LxcFilesystem *filesystem)
{
    int root;
    int fd;

    if (filesystem->source != NULL && filesystem->type == LXC_FILESYSTEM_MOUNT) {
        return open(filesystem->source, O_PATH | O_CLOEXEC);
    }
    root = filesystem->source != NULL && filesystem->type == LXC_FILESYSTEM_BIND ? lxc_open_root(definition) : -1;
    fd = root >= 0 ? lxc_root_open(root, filesystem->source, O_PATH) : -1;
    if (root >= 0) {
        (void) close(root);
    }
    return fd;
}

static void
take_status(int fd, LxcInside *found)
{
    struct stat status;

    if (fstat(fd, &status) == 0) {
        found->state = LXC_INSIDE_FOUND;
        found->mode = status.st_mode;
        found->device = status.st_dev;
        found->number = status.st_ino;
    }
}

/* What a link says, to be freed; NULL when it is none. */
static char *
read_link(int fd, const LxcInside *found)
{
    char text[PATH_MAX];
    const gssize length = S_ISLNK(found->mode) ? readlinkat(fd, "", text, sizeof(text)) : -1;

    return length > 0 ? g_strndup(text, (gsize) length) : NULL;
}

/* What is at a path of which all but the last name are no links; what it says is returned if that is one. */
static char *
look(const Walk *walk, const char *path, LxcInside *found)
{
    const LxcFilesystem *filesystem = filesystem_of(walk, path);
    const int source = filesystem != NULL ? open_source(walk->definition, filesystem) : -1;
    const char *rest = filesystem != NULL ? below(path, filesystem->target) : "";
    char *link = NULL;
    int fd = source;

    found->state = LXC_INSIDE_UNKNOWN;
    found->mode = 0;
    if (source >= 0 && *rest != '\0') {
        fd = lxc_root_open(source, rest, O_PATH | O_NOFOLLOW);
        found->state = fd < 0 && (errno == ENOENT || errno == ENOTDIR) ? LXC_INSIDE_MISSING : LXC_INSIDE_UNKNOWN;
    }
    if (filesystem == lxc_definition_root(walk->definition) && is_of_kernel(path)) {
        found->state = LXC_INSIDE_UNKNOWN;
    } else if (fd >= 0) {
        take_status(fd, found);
        link = read_link(fd, found);
    }
    if (fd != source && fd >= 0) {
        (void) close(fd);
    }
    if (source >= 0) {
        (void) close(source);
    }
    return link;
}

/* Takes the next name off what is left; NULL at the end. */
static char *
next_name(Walk *walk)
{
    const char *begin = walk->left + strspn(walk->left, "/");
    const gsize length = strcspn(begin, "/");
    char *name = length > 0 ? g_strndup(begin, length) : NULL;
    char *left = g_strdup(begin + length);

    g_free(walk->left);
    walk->left = left;
    return name;
}

static void
go_up(Walk *walk)
{
    const char *slash = strrchr(walk->at->str, '/');

    g_string_truncate(walk->at, slash != NULL ? (gsize) (slash - walk->at->str) : 0);
}

static void
follow(Walk *walk, char *leads, LxcInside *found)
{
    char *left = g_strconcat(leads, "/", walk->left, NULL);

    if (found->link == NULL) {
        found->link = g_strdup(walk->at->str);
        found->leads = g_strdup(leads);
    }
    g_free(walk->left);
    walk->left = left;
    if (*leads == '/') {
        g_string_truncate(walk->at, 0);
    } else {
        go_up(walk);
    }
    found->state = walk->links++ < LINK_LIMIT ? LXC_INSIDE_FOUND : LXC_INSIDE_MISSING;
    found->mode = S_IFDIR;
}

/* One name further. */
static void
step(Walk *walk, const char *name, LxcInside *found)
{
    g_autofree char *leads = NULL;

    if (g_str_equal(name, ".")) {
        return;
    }
    if (g_str_equal(name, "..")) {
        go_up(walk);
        return;
    }
    g_string_append_printf(walk->at, "/%s", name);
    leads = look(walk, walk->at->str, found);
    if (leads != NULL) {
        follow(walk, leads, found);
    } else if (found->state != LXC_INSIDE_FOUND && is_made(walk, walk->at->str)) {
        found->state = LXC_INSIDE_FOUND;
        found->mode = 0;
    }
}

void
lxc_inside_find(const LxcDefinition *definition, guint count, const char *path, LxcInside *found)
{
    Walk walk = {.definition = definition, .count = count, .at = g_string_new(NULL), .left = g_strdup(path)};
    gboolean goes = TRUE;

    *found = (LxcInside){.state = LXC_INSIDE_FOUND, .mode = S_IFDIR};
    while (goes) {
        g_autofree char *name = next_name(&walk);

        goes = name != NULL;
        if (goes) {
            step(&walk, name, found);
            goes = found->state == LXC_INSIDE_FOUND;
        }
    }
    g_free(walk.left);
    (void) g_string_free(walk.at, TRUE);
}
