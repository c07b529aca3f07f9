// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The provider of host networking, as drivers use it: opening it, looking at links, and saying what went wrong.
#pragma once

#include <mortise/driver/network.h>

#include "domain-definition.h"
#include "failure.h"

#define NETWORK_MAC_LENGTH 6u
/* In front of the address of an end that stays on the host: the highest of all, since a bridge takes the lowest. */
#define NETWORK_HOST_MAC_FIRST 0xfeu
/* How the alias begins that the kernel keeps beside a link, so that no other is taken for it. */
#define NETWORK_ALIAS_PREFIX "mortise:"

/* The provider, opened for one network namespace; all zero before. */
typedef struct {
    const MortiseNetworkInterface *table;
    MortiseNetwork *network;
    MortiseProblem problem; /* of the last call that failed */
} NetworkProvider;

void network_provider_clear(NetworkProvider *provider);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NetworkProvider, network_provider_clear)

/*
 * Opens it in the namespace of a descriptor (-1: that of this thread), unless it is open. FALSE: the problem says why;
 * where there is no provider, its hint names the package, and `otherwise` as what else can be done.
 */
gboolean network_provider_open(NetworkProvider *provider, const MortiseHost *host, MortiseHostDriver *self,
                               int namespace, const char *otherwise);
/* Makes a failure of the problem; its message has in front the object, and the line unless that is 0. FALSE always. */
gboolean network_provider_fail(const NetworkProvider *provider, guint line, const char *object,
                               DriverFailure **failure);

/* What a link is made or changed with: the name, and nothing set. */
MortiseLinkSettings network_link_settings(const char *name);
/* The link of a name; index 0 when there is none, or nobody can tell. */
MortiseLink network_link_find(NetworkProvider *provider, const char *name);
/* All links, to be freed; none when nobody can tell. */
MortiseLink *network_links(NetworkProvider *provider, uint32_t *count);

/* Reads an address that was checked: "52:54:00:00:00:01". */
void network_mac_read(const char *text, uint8_t *mac);
gboolean network_link_has_mac(const MortiseLink *link, const char *text);
/* A limit as the provider takes it; none has an average of 0. */
MortiseBandwidth network_bandwidth(const DomainBandwidth *limit);
