// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Which device of a domain the XML of a device speaks of: for interface device/1 of any driver.
#pragma once

#include <libxml/tree.h>

#include "failure.h"

/* A device that was given as text. */
typedef struct {
    xmlDoc *document;
    xmlNode *element;
} DomainDeviceXml;

/*
 * Reads one element in no namespace; FALSE with "invalid-xml" or "limit-exceeded". Clear it in any case. Any thread,
 * as with all of these.
 */
gboolean domain_device_xml_read(DomainDeviceXml *self, const char *text, DriverFailure **failure);
void domain_device_xml_clear(DomainDeviceXml *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DomainDeviceXml, domain_device_xml_clear)

/*
 * "interface 52:54:00:01:02:03", "filesystem /srv", "disk vda", "hostdev": for messages and events; to be freed. An
 * interface is named by its MAC, else by its target's dev.
 */
char *domain_device_describe(const xmlNode *device);

/*
 * The child of <devices> that `device` speaks of, by the rules in mortise/driver/device.h. NULL with "no-device" when
 * there is none, "invalid-argument" when it may be several; one of which nothing else is said fits better than others.
 */
xmlNode *domain_device_find(const xmlNode *devices, const xmlNode *device, DriverFailure **failure);
/* A child of <devices> that has what is to be the new one's own: its MAC or its target; NULL when there is none. */
xmlNode *domain_device_find_rival(const xmlNode *devices, const xmlNode *device);

/*
 * What `device` says and `node` does not, but for children named <mac> and `except`: "<mtu>", "the attribute type"; to
 * be freed. NULL when `node` says all of it.
 */
char *domain_device_difference(const xmlNode *node, const xmlNode *device, const char *except);

/* The first child of an element with that name; NULL when there is none. */
xmlNode *domain_device_child(const xmlNode *node, const char *name);
/* An attribute of a child, such as target/@dev; NULL when there is none; to be freed. */
char *domain_device_attribute(const xmlNode *node, const char *child, const char *attribute);
