// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The provider of host networking, as those parts of the engine use it that make links and look at them.
#pragma once

#include <mortise/driver/network.h>

#include "qemu-engine-private.h"

#define QEMU_NETWORK_MAC_LENGTH 6u

/* The provider, opened for the namespace of this thread. */
typedef struct {
    const MortiseNetworkInterface *table;
    MortiseNetwork *network;
    MortiseProblem problem;
} QemuNetworkProvider;

void qemu_network_provider_clear(QemuNetworkProvider *provider);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(QemuNetworkProvider, qemu_network_provider_clear)

/* What is wrong is in the problem, with a reason; else it is open. */
gboolean qemu_network_open(const QemuDriver *driver, QemuNetworkProvider *provider);
/* The link of a name; index 0 when there is none or nobody can tell. */
MortiseLink qemu_network_find(QemuNetworkProvider *provider, const char *name);
/* All links, to be freed; none when nobody can tell. */
MortiseLink *qemu_network_list_links(QemuNetworkProvider *provider, uint32_t *count);
/* An address as definitions have it, "52:54:00:00:00:01". */
void qemu_network_read_mac(const char *text, uint8_t *mac);
gboolean qemu_network_has_mac(const MortiseLink *link, const char *text);
