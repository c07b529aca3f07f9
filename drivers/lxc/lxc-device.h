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

/* A device of a definition; the others are NULL. */
typedef struct {
    LxcInterface *interface;
    const LxcFilesystem *filesystem;
    const LxcNode *node;
} LxcFound;

/* Descriptor of a namespace ("net", "mnt") of the container; -1 with the cause. */
int lxc_change_namespace(const LxcChange *change, const char *name, DriverFailure **failure);

/* lxc-device-link.c: each either does all of it, or leaves nothing; `index` is that of the host's end, 0 of none. */
gboolean lxc_link_attach(const LxcChange *change, const LxcInterface *interface, guint *index,
                         DriverFailure **failure);
gboolean lxc_link_detach(const LxcChange *change, const LxcInterface *interface, DriverFailure **failure);
gboolean lxc_link_update(const LxcChange *change, const LxcInterface *old, const LxcInterface *new,
                         DriverFailure **failure);

/* lxc-device-mount.c */
gboolean lxc_mount_attach(const LxcChange *change, const LxcFilesystem *filesystem, DriverFailure **failure);
gboolean lxc_mount_detach(const LxcChange *change, const LxcFilesystem *filesystem, DriverFailure **failure);
/* The definition is that of the container, with the node. */
gboolean lxc_node_attach(const LxcChange *change, const LxcDefinition *definition, const LxcNode *node,
                         DriverFailure **failure);
gboolean lxc_node_detach(const LxcChange *change, const LxcDefinition *definition, const LxcNode *node,
                         DriverFailure **failure);
/*
 * How the devices controller is told of what the container may use because of this node alone, to be freed; NULL: it
 * may anyway, or it is no device any more.
 */
char *lxc_node_rule(const LxcDefinition *definition, const LxcNode *node);

/* lxc-reboot.c: what liblxc and the helper read when another life of the container begins. */
/* From here to the end an owner who dies has attached nothing: the next one restores what the next life is to read. */
gboolean lxc_reboot_begin(const LxcChange *change, DriverFailure **failure);
/* Whoever keeps the record next says that it is over. */
void lxc_reboot_end(const LxcChange *change);
/* What an owner has left who died between the two, if any; nobody else uses the domain yet. */
void lxc_reboot_restore(LxcDomain *domain);
/* Gives an interface that is about to be attached a name that no other one is handed over by. */
void lxc_reboot_name(const LxcChange *change, LxcInterface *interface);
/* The device is there in the next life too; `index` is that of an interface's end on the host, 0 of none. */
gboolean lxc_reboot_add(const LxcChange *change, const LxcDefinition *definition, const LxcFound *found, guint index,
                        DriverFailure **failure);
/* The device is not there in the next life; the definition still has it. What cannot be written is logged. */
void lxc_reboot_drop(const LxcChange *change, const LxcDefinition *definition, const LxcFound *found);

/* lxc-config-edit.c: liblxc's configuration without a device that it was started with; to be freed. */
char *lxc_config_without_interface(const char *config, const char *guest_name);
char *lxc_config_without_mount(const char *config, const char *target);
/* The number of the image that is mounted there, to be freed; NULL: none. */
char *lxc_config_image_of(const char *config, const char *target);
/* A number that no line of HELPER_IMAGES has. */
guint lxc_config_free_image(const char *images);
/* Without the lines that end so; to be freed. */
char *lxc_config_without_line(const char *config, const char *ending);
/* With some lines more, and with the helper's hook where that is wanted; to be freed. */
char *lxc_config_with(const char *config, const char *more, gboolean hook);
/* A number that no interface has. */
guint lxc_config_free_number(const char *config);
/* Whether an interface is handed over by that name. */
gboolean lxc_config_hands(const char *config, const char *name);
/* The name by which an interface is handed over, to be freed; NULL: there is none of that name inside. */
char *lxc_config_handed(const char *config, const char *guest_name);
