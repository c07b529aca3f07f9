// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The parts of the parser of containers' definitions; each is called once, with its own element.
#pragma once

#include <gio/gio.h>

#include "domain-parser.h"
#include "domain-xml.h"
#include "lxc-definition.h"

/* What else an amount of memory may be written with. */
#define LXC_UNITS "Known units: b, KB, KiB, MB, MiB, GB, GiB, TB, TiB, ..."

/* lxc-parse-os.c */
void lxc_parse_os(LxcDefinition *definition, xmlNode *node);
void lxc_parse_features(LxcDefinition *definition, xmlNode *node);
void lxc_parse_maps(LxcDefinition *definition, xmlNode *node);
/* <lxc:namespace>, found among the children of the root. */
void lxc_parse_shares(LxcDefinition *definition, xmlNode *root);

/* lxc-parse-limits.c */
void lxc_parse_memory_limits(LxcDefinition *definition, xmlNode *node);
void lxc_parse_cpu_limits(LxcDefinition *definition, xmlNode *node);
void lxc_parse_block_limits(LxcDefinition *definition, xmlNode *node);
void lxc_parse_cpus(LxcDefinition *definition, xmlNode *root);
/* What libvirt adds to each definition, and what has only one meaning here. */
void lxc_parse_habits(LxcDefinition *definition, xmlNode *root);

/* lxc-parse-devices.c */
void lxc_parse_devices(LxcDefinition *definition, xmlNode *node);
/* lxc-parse-interface.c */
void lxc_parse_interface(LxcDefinition *definition, xmlNode *node);
/* <ip> and <route>, which a network device of the host has, too. */
void lxc_parse_addresses(LxcDefinition *definition, xmlNode *node, LxcInterface *interface);
/* Names of ends and of devices in the container, for those that were given none. */
void lxc_name_interfaces(LxcDefinition *definition);
/* The family of an address, which the attribute `family` must agree with; INVALID else. */
GSocketFamily lxc_take_family(LxcDefinition *definition, xmlNode *node, const char *text);
/* lxc-parse-route.c */
void lxc_parse_route(LxcDefinition *definition, xmlNode *node, LxcInterface *interface);
void lxc_route_free(gpointer data);
/* A name that the kernel takes for a network device. */
gboolean lxc_is_link_name(const char *name);
/* An empty one, already in the definition's list. */
LxcInterface *lxc_interface_new(LxcDefinition *definition, xmlNode *node, LxcInterfaceType type);
