// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Writing one device of a plan into the live XML.
#pragma once

#include <libxml/tree.h>

#include "qemu-live-xml.h"

/* Its own element gets alias, address and what was resolved; without one it is added to <devices>. */
void qemu_live_write_device(xmlNode *devices, const QemuPlan *plan, const QemuPlannedDevice *row,
                            const QemuLiveFacts *facts);
void qemu_live_write_graphics(const DomainGraphics *graphics, const QemuLiveFacts *facts);
