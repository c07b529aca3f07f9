// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A container's links, made and removed by the provider of host networking.
#pragma once

#include "lxc-engine.h"
#include "network-provider.h"

/* Opens the provider in the namespace of a descriptor (-1: of this thread), unless it is open. FALSE: with a cause. */
gboolean lxc_provider_open(const LxcDriver *driver, int namespace, NetworkProvider *provider, DriverFailure **failure);

/*
 * Whether the driver makes an interface's link itself. A user's containers get theirs from liblxc's own program, and
 * a device of the host is there already.
 */
gboolean lxc_network_is_made(const LxcInterface *interface);
/* What a record says of an interface: "GUEST=HOST", or "GUEST==SOURCE" of a device of the host; to be freed. */
char *lxc_network_names(const LxcInterface *interface);
/* The broadcast address of IPv4's "192.0.2.1/24", to be freed; NULL of IPv6, and where a network has none. */
char *lxc_network_broadcast(const char *address);
/* What a record says of a link that is about to be made; to be freed. */
char *lxc_network_entry(const LxcInterface *interface);
/*
 * Makes a link on the host: both ends of a veth pair, or a macvlan. `index` is that of the end that stays, 0 when
 * none does. Nothing is left on failure, whose cause names the line.
 */
gboolean lxc_network_make(NetworkProvider *provider, const LxcInterface *interface, const char *uuid, guint *index,
                          DriverFailure **failure);
/*
 * Makes all that a definition asks for. `made` gets what the monitor removes at the end, a line for each: its name and
 * its index (0: whatever it is).
 */
gboolean lxc_network_make_all(const LxcEngine *engine, const LxcDefinition *definition, const char *uuid,
                              GString *made, DriverFailure **failure);
/* Whether a link was made for that domain; `mac` is NULL of records of earlier versions. */
gboolean lxc_network_is_ours(const MortiseLink *link, const char *mac, const char *uuid);
/* Removes what a record speaks of, as far as it is there and ours. */
void lxc_network_remove(const LxcEngine *engine, const char *uuid, const LxcRecord *record);
