// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The <capabilities> document of this host, from which another host can judge it.
#pragma once

#include "qemu-engine-private.h"
#include "qemu-places.h"

/* Namespace of what libvirt's format has no element for; see docs/capabilities.md. */
#define QEMU_CAPABILITIES_NAMESPACE "urn:mortise:capabilities:1"

/*
 * The document, to be freed. Emulators of other architectures than the host's are listed by name only, but for `also`
 * (QEMU's name; NULL: none), which is asked too; `places` may be NULL. NULL with the failure of an emulator that was
 * asked. [blocks until the deadline of the call]
 */
char *qemu_engine_capabilities_text(const QemuEngine *engine, const char *also, const QemuPlaces *places,
                                    DriverFailure **failure);
