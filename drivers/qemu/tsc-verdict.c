// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a guest's TSC frequency can be had on a host.
#include "tsc-verdict.h"

#define MILLION 1000000u

void
tsc_window(const QemuTsc *host, guint tolerance_ppm, guint64 *lowest, guint64 *highest)
{
    const guint64 off = host->khz * tolerance_ppm / MILLION;

    *lowest = host->khz - off;
    *highest = host->khz + off;
}

TscVerdict
tsc_verdict(guint64 requested_hz, const QemuTsc *host, guint tolerance_ppm)
{
    const guint64 requested = requested_hz / 1000;
    guint64 lowest;
    guint64 highest;

    if (host->scaling > 0) {
        return TSC_POSSIBLE;
    }
    if (host->khz == 0) {
        return TSC_UNKNOWN;
    }
    tsc_window(host, tolerance_ppm, &lowest, &highest);
    if (requested >= lowest && requested <= highest) {
        return TSC_POSSIBLE;
    }
    return host->scaling == 0 ? TSC_IMPOSSIBLE : TSC_UNKNOWN;
}
