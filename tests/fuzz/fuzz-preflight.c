// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Any bytes as the offer of a migration and as a host's capabilities document.
#include <stdint.h>
#include <string.h>

#include "fuzz-failure.h"
#include "qemu-migration-host.h"
#include "qemu-migration-offer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_offer(const char *text)
{
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(QemuOffer) offer = qemu_offer_parse(text, &failure);

    if (!offer) {
        check_failure(failure);
        return;
    }
    g_assert_nonnull(offer->xml);
    g_assert_true(!offer->features || g_strv_length(offer->features) <= QEMU_WORD_LIMIT);
    g_assert_null(qemu_offer_disk(offer, "no such disk"));
}

static void
try_host(const char *text)
{
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(QemuHost) host = qemu_host_parse(text, &failure);
    const QemuHostGuests *guests;
    TscResult result;

    if (!host) {
        check_failure(failure);
        return;
    }
    guests = qemu_host_guests(host, "x86_64", "kvm");
    g_assert_true(!guests || guests->known);
    result = tsc_verdict(G_MAXUINT64, &host->tsc, TSC_TOLERANCE_PPM);
    g_assert_cmpint(result.verdict, ==, TSC_INCOMPATIBLE);
    g_assert_true(result.window_low <= result.window_high);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *) data, size);

    try_offer(text);
    try_host(text);
    return 0;
}
