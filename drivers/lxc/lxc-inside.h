// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a path of a container will be when its filesystems are mounted, told from the host before anything is made.
#pragma once

#include <sys/stat.h>

#include "lxc-definition.h"

typedef enum {
    LXC_INSIDE_FOUND,
    LXC_INSIDE_MISSING,
    LXC_INSIDE_UNKNOWN     /* in a device or an image, in what only the kernel shows, or not to be read by this user */
} LxcInsideState;

typedef struct {
    LxcInsideState state;
    mode_t mode;           /* of what was found; 0 of what is made for a filesystem's sake, a directory or a file */
    dev_t device;
    ino_t number;
    char *link;            /* the first link on the way, as a path of the container; NULL: there was none */
    char *leads;           /* what is in that link */
} LxcInside;

/*
 * Looks for an absolute path in the root filesystem and those of the others that have a number below `count`, in the
 * order in which they are mounted. Links are followed as in the container. Any thread; may block on file systems.
 */
void lxc_inside_find(const LxcDefinition *definition, guint count, const char *path, LxcInside *found);
void lxc_inside_clear(LxcInside *found);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LxcInside, lxc_inside_clear)
