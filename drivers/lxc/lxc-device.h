// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Devices of containers that run: what the parts of interface device/1 share.
#pragma once

#include <libxml/tree.h>

#include "lxc-network.h"

/* One change of a running container, under way. */
typedef struct {
    LxcDomain *domain;
    LxcGuest *guest;
    ProcessIdentity init;
    gint64 deadline;           /* g_get_monotonic_time() */
    int interrupt;             /* readable when it is to be given up; -1: never */
    int lock;                  /* of HELPER_CHANGE, shared with helpers that work for it; -1: none yet */
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
/* Takes away what an attach or a detach that was cut off has left; `mac` is that of a device of the host. */
gboolean lxc_link_settle(const LxcChange *change, const LxcInterface *interface, const char *mac,
                         DriverFailure **failure);
/* The address of a device of the host, there or in the container, to be freed; NULL: not known, or none such. */
char *lxc_link_mac(const LxcChange *change, const LxcInterface *interface, gboolean inside);
gboolean lxc_link_update(const LxcChange *change, const LxcInterface *old, const LxcInterface *new,
                         DriverFailure **failure);

/* lxc-device-mount.c */
gboolean lxc_mount_attach(const LxcChange *change, const LxcFilesystem *filesystem, DriverFailure **failure);
gboolean lxc_mount_detach(const LxcChange *change, const LxcFilesystem *filesystem, DriverFailure **failure);
/* Takes away what an attach or a detach that was cut off has left at a target, and whose note there is. */
gboolean lxc_mount_settle(const LxcChange *change, const char *target, gboolean unlinks, DriverFailure **failure);
/* Whether a detach that was cut off has unmounted what it was about to. */
gboolean lxc_mount_is_gone(const LxcChange *change);
/* Opens or closes the devices controller for a node, as far as that makes a difference; `action` is HELPER_ALLOW... */
gboolean lxc_node_permit(const LxcChange *change, const LxcDefinition *definition, const LxcNode *node,
                         const char *action, DriverFailure **failure);
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

/* lxc-change.c: changes of which the next owner knows, if this one dies before they are over. */
typedef enum {
    LXC_CHANGE_DONE,
    LXC_CHANGE_FAILED,     /* it is still in the record */
    LXC_CHANGE_AGAIN       /* so, too: another life of the container has begun meanwhile, or is about to */
} LxcOutcome;
/* The file that is locked while somebody is at a change, opened; -1 with errno. */
int lxc_change_open_lock(const LxcGuest *guest);
/* Takes that lock; FALSE with "domain-busy" while another process is at one. */
gboolean lxc_change_take_lock(LxcChange *change, DriverFailure **failure);
/*
 * From here on the record has the change, to its end. The definition has the device, also when that is taken away;
 * `xml` is taken: the live XML when it is over.
 */
gboolean lxc_change_begin(LxcChange *change, gboolean detaches, const LxcDefinition *definition, const LxcFound *found,
                          char *xml, DriverFailure **failure);
/* The end: XML and files agree with a container in which the device is, or is not. */
LxcOutcome lxc_change_end(const LxcChange *change, const LxcDefinition *definition, const LxcFound *found,
                          gboolean stays, DriverFailure **failure);
/* Undoes an attach of the record, or finishes or undoes a detach, whoever has begun it. Some seconds at most. */
LxcOutcome lxc_change_settle(const LxcChange *change, DriverFailure **failure);
/* What the live XML of the container will be after that, borrowed; nothing changes. */
const char *lxc_change_foretell(const LxcChange *change);
void lxc_change_clear(LxcChange *change);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LxcChange, lxc_change_clear)

/* lxc-device.c: which device of a definition an element is; FALSE with "unsupported". */
gboolean lxc_device_find(const LxcDefinition *definition, const xmlNode *node, LxcFound *found,
                         DriverFailure **failure);

/* lxc-reboot.c: what liblxc and the helper read when another life of the container begins. */
/* Reads the files of lxc_record_files; what is in `files` is freed. */
gboolean lxc_reboot_read(const LxcGuest *guest, char **files, DriverFailure **failure);
/* Takes the device out of what was read; the definition still has it. */
void lxc_reboot_without(const LxcDefinition *definition, const LxcFound *found, char **files);
/* Writes those that are not NULL and differ. */
gboolean lxc_reboot_write(const LxcGuest *guest, char *const *files, DriverFailure **failure);
/*
 * An interface is about to come: whatever ends this life, it goes back to the host. One is about to go: no life is to
 * begin that would look for it.
 */
gboolean lxc_reboot_expect(const LxcChange *change, const LxcInterface *interface, DriverFailure **failure);
gboolean lxc_reboot_forget(const LxcGuest *guest, DriverFailure **failure);
/* Whether HELPER_CONFIG or HELPER_CONFIG_NOW has the device. */
gboolean lxc_reboot_has(const LxcGuest *guest, const char *name, const LxcFound *found);
/* The name that an interface of a container is handed over by, to be freed. */
char *lxc_reboot_handed(const LxcGuest *guest, const LxcInterface *interface);
/* Gives an interface that is about to be attached a name that no other one is handed over by. */
void lxc_reboot_name(const LxcChange *change, LxcInterface *interface);
/* The device is there in the next life too; `index` is that of an interface's end on the host, 0 of none. */
gboolean lxc_reboot_add(const LxcChange *change, const LxcDefinition *definition, const LxcFound *found, guint index,
                        DriverFailure **failure);

/* lxc-config-edit.c: liblxc's configuration without a device that it was started with; to be freed. */
char *lxc_config_without_interface(const char *config, const char *guest_name);
char *lxc_config_without_mount(const char *config, const char *target);
gboolean lxc_config_has_interface(const char *config, const char *guest_name);
gboolean lxc_config_has_mount(const char *config, const char *target);
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
