// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The provider of host networking, as those parts of the engine use it that make links and look at them.
#pragma once

#include "network-provider.h"
#include "qemu-engine-private.h"

/* Opens it for the namespace of this thread, unless it is open. FALSE: the problem says why. */
gboolean qemu_network_open(const QemuDriver *driver, NetworkProvider *provider);
