// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Devices of containers that run: what the parts of interface device/1 share.
#pragma once

#include "lxc-network.h"

/* One change of a running container, under way. */
typedef struct {
    LxcDomain *domain;
    LxcGuest *guest;
    ProcessIdentity init;
} LxcChange;

/* Descriptor of a namespace ("net", "mnt") of the container; -1 with the cause. */
int lxc_change_namespace(const LxcChange *change, const char *name, DriverFailure **failure);

/* lxc-device-link.c: each either does all of it, or leaves nothing. */
gboolean lxc_link_attach(const LxcChange *change, const LxcInterface *interface, DriverFailure **failure);
gboolean lxc_link_detach(const LxcChange *change, const LxcInterface *interface, DriverFailure **failure);
gboolean lxc_link_update(const LxcChange *change, const LxcInterface *old, const LxcInterface *new,
                         DriverFailure **failure);

/* lxc-device-mount.c */
gboolean lxc_mount_attach(const LxcChange *change, const LxcFilesystem *filesystem, DriverFailure **failure);
gboolean lxc_mount_detach(const LxcChange *change, const LxcFilesystem *filesystem, DriverFailure **failure);
gboolean lxc_node_attach(const LxcChange *change, const LxcNode *node, DriverFailure **failure);
gboolean lxc_node_detach(const LxcChange *change, const LxcNode *node, DriverFailure **failure);

/* lxc-config-edit.c: liblxc's configuration without a device that it was started with; to be freed. */
char *lxc_config_without_interface(const char *config, const char *guest_name);
char *lxc_config_without_mount(const char *config, const char *target);
