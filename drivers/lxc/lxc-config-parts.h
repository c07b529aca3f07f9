// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The parts of what liblxc reads: each adds its lines to the text.
#pragma once

#include "lxc-config.h"

/* One line, "KEY = ...". */
void lxc_config_add(GString *text, const char *key, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* lxc-config-mount.c: the root, and all that is mounted in it. */
void lxc_config_add_mounts(GString *text, const LxcDefinition *definition, const LxcConfigContext *context);
/* lxc-config-interface.c: network devices, and namespaces that are another's. */
void lxc_config_add_network(GString *text, const LxcDefinition *definition, const LxcConfigContext *context);
/* lxc-config-node.c: which devices may be used, and the nodes of those that the definition names. */
void lxc_config_add_nodes(GString *text, const LxcDefinition *definition, const LxcCgroups *cgroups);
/* lxc-config-limits.c */
void lxc_config_add_limits(GString *text, const LxcDefinition *definition, const LxcCgroups *cgroups);
