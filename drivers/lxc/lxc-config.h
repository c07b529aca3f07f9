// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// From a definition to what liblxc reads, and everything of the host that keeps a definition from starting.
#pragma once

#include <sys/types.h>

#include "helper/lxc-helper.h"
#include "lxc-cgroup.h"
#include "lxc-definition.h"

#define LXC_SECCOMP_FILE "seccomp"

typedef struct {
    const LxcCgroups *cgroups;
    const char *group;                 /* lxc_config_group() */
    const char *directory;             /* the container's own, absolute */
    gboolean paused;                   /* the container is stopped before its first init is executed */
    const char *shares[LXC_SHARES];    /* what liblxc takes for each: a pid or path; NULL: a namespace of its own */
} LxcConfigContext;

/*
 * The name of a container for liblxc and of its control groups, to be freed: "mortise-lxc-", its UUID, and digits of
 * the run directory, since another root may have a domain of the same UUID.
 */
char *lxc_config_group(const char *uuid, const char *run_directory);

/* The text of liblxc's configuration file; to be freed. The definition has no findings. */
char *lxc_config_make(const LxcDefinition *definition, const LxcConfigContext *context);

/* A network of its own with lo, where liblxc would otherwise leave the container in the host's. */
#define LXC_CONFIG_NO_NETWORK "lxc.net.0.type = empty\nlxc.net.0.flags = up\n"

/* Hook that does what the helper has to do before an init is executed. */
#define LXC_CONFIG_HOOK \
    "lxc.hook.start-host = </dev/null \"$" HELPER_PROGRAM_VARIABLE "\" hook \"${" HELPER_EVENTS_VARIABLE "%/*}\" \"$" \
    HELPER_LOG_VARIABLE "\"\n"

/*
 * The lines of that text for one interface with that number, one filesystem, one node; to be freed. `image` is the link
 * that the helper makes to the device of an image file; else NULL.
 */
char *lxc_config_interface(const LxcInterface *interface, guint number);
char *lxc_config_filesystem(const LxcDefinition *definition, const LxcFilesystem *filesystem, const char *image);
char *lxc_config_node(const LxcNode *node, const LxcCgroups *cgroups);

/* Whether every container may use that device, whatever its definition says. */
gboolean lxc_config_has_device(gboolean block, dev_t device);
/* The same as the devices controller is told of it: "c 10:229 rw"; to be freed. */
char *lxc_config_rule(gboolean block, dev_t device);

/* A path as a mount entry has it; to be freed. */
char *lxc_config_escape(const char *path);

/* What the helper's hook reads, a line for each route but the default ones; NULL: there are none. */
char *lxc_config_routes(const LxcDefinition *definition);
/* The same of one interface; "": there are none. */
char *lxc_config_routes_of(const LxcInterface *interface);

/* What the helper is to make devices of, as HELPER_IMAGES has it; NULL: nothing. To be freed. */
char *lxc_config_images(const LxcDefinition *definition);
/* The line of one image file, with that number. */
char *lxc_config_image(const LxcFilesystem *image, guint number);

/* The system calls that no container may make, in liblxc's format; to be freed. */
char *lxc_config_seccomp(void);

/*
 * Adds to the definition's findings what this host cannot honour: files and devices that are not there, controllers
 * that are missing, a root filesystem that is the host's; names that are in use when it is `starting`. May block.
 */
void lxc_check_host(LxcDefinition *definition, const LxcCgroups *cgroups, gboolean starting);

/* The same for what a user lacks who is not root. */
void lxc_check_user(LxcDefinition *definition, const LxcCgroups *cgroups, gboolean starting);

/* The directory that is the container's root, open for looking; -1 when it is no directory of this host. */
int lxc_open_root(const LxcDefinition *definition);

#define LXC_NO_FILESYSTEM_QCOW2 "qcow2"

/*
 * Type of the filesystem in a device or file ("ext4"), NULL when it is not known; of an image in a format of its own,
 * that. Blocks on reading.
 */
const char *lxc_probe_filesystem(const char *path);
