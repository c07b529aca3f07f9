// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a guest's TSC frequency can be had on a host: the one function that says so.
#pragma once

#include "qemu-engine.h"

/* Parts per million that KVM and QEMU let a TSC be off. */
#define TSC_TOLERANCE_PPM 250u

typedef enum { TSC_POSSIBLE, TSC_IMPOSSIBLE, TSC_UNKNOWN } TscVerdict;

/* The frequencies in kHz that the host has without scaling, both ends included; 0 and 0 when its own is not known. */
void tsc_window(const QemuTsc *host, guint tolerance_ppm, guint64 *lowest, guint64 *highest);

/*
 * As QEMU decides, to the last kHz: it counts in kHz, rounded down, and so does this. Unknown when the host's
 * frequency is, or when it is outside of the window and scaling is not known: then QEMU is left to try. Pure.
 */
TscVerdict tsc_verdict(guint64 requested_hz, const QemuTsc *host, guint tolerance_ppm);
