// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a domain's XML says of its interfaces and disks, for verbs that list or change one.
#pragma once

#include "mortise-command.h"

typedef struct {
    char *type;   /* of the element: "bridge", "file"; NULL when it does not say, like all of these */
    char *device; /* of a disk: "disk", "cdrom" */
    char *target; /* dev */
    char *source; /* the bridge, network, device or file behind it */
    char *model;
    char *mac;    /* as it is written */
    char *alias;
    char *link;   /* state: "up", "down" */
    char *xml;    /* the element, written anew without its <link> */
    char *whole;  /* the same with it */
} DeviceEntry;

/* DeviceEntry of each element `name` in <devices>, in their order; NULL with an error when it cannot be read. */
GPtrArray *devices_read(const char *xml, const char *name, GError **error);
/*
 * The same of a domain: as it runs, or else by its definition, which `inactive` asks for. NULL: reported, and
 * command->status is set.
 */
GPtrArray *devices_of(Command *command, MortiseDomain *domain, const char *name, gboolean inactive);
/* The one with that target, MAC address or alias; NULL when there is none. */
const DeviceEntry *devices_find(const GPtrArray *devices, const char *word);
/* Its element with that state of its link. Free with g_free. */
char *devices_with_link(const DeviceEntry *device, const char *state);
