// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a guest's TSC frequency can be had on a host.
#include "tsc-verdict.h"

#define MILLION 1000000u

/* The integer part of value * ppm / 1000000, without overflow for tolerances below a million. */
static guint64
parts_of(guint64 value, guint ppm)
{
    return value / MILLION * ppm + value % MILLION * ppm / MILLION;
}

static void
find_window(TscResult *result)
{
    const guint64 khz = result->host.khz;
    const guint64 off = parts_of(khz, result->tolerance_ppm);

    result->window_low = khz - MIN(off, khz);
    result->window_high = khz + off;
}

/* Both are above zero, and the host's below 2^31: nothing but the first product can overflow. */
static void
find_difference(TscResult *result)
{
    const guint64 host = result->host.khz;
    const gboolean faster = result->requested_khz > host;
    const guint64 off = faster ? result->requested_khz - host : host - result->requested_khz;
    const guint64 rest = (off % host * MILLION + host - 1) / host;
    guint64 ppm;

    if (!g_uint64_checked_mul(&ppm, off / host, MILLION) || !g_uint64_checked_add(&ppm, ppm, rest) ||
        ppm > (guint64) G_MAXINT64) {
        ppm = (guint64) G_MAXINT64;
    }
    result->difference_known = TRUE;
    result->difference_ppm = faster ? (gint64) ppm : -(gint64) ppm;
}

static TscVerdict
decide(const TscResult *result)
{
    const guint64 requested = result->requested_khz;

    if (requested == 0) {
        return TSC_COMPATIBLE;
    }
    if (requested > TSC_KHZ_LIMIT) {
        return TSC_INCOMPATIBLE;
    }
    if (result->host.scaling > 0) {
        return TSC_COMPATIBLE;
    }
    if (result->host.khz == 0) {
        return TSC_UNKNOWN;
    }
    if (requested >= result->window_low && requested <= result->window_high) {
        return TSC_COMPATIBLE;
    }
    return result->host.scaling == 0 ? TSC_INCOMPATIBLE : TSC_UNKNOWN;
}

TscResult
tsc_verdict(guint64 requested_hz, const TscHost *host, guint tolerance_ppm)
{
    TscResult result = {
        .requested_khz = requested_hz / 1000, .host = *host, .tolerance_ppm = MIN(tolerance_ppm, MILLION),
    };

    if (host->khz > TSC_KHZ_LIMIT) {
        result.host.khz = 0;
    }
    if (result.host.khz > 0) {
        find_window(&result);
        if (result.requested_khz > 0) {
            find_difference(&result);
        }
    }
    result.verdict = decide(&result);
    return result;
}

const char *
tsc_verdict_word(TscVerdict verdict)
{
    static const char *const words[] = {"compatible", "incompatible", "unknown"};

    return words[verdict];
}

const char *
tsc_scaling_word(gint scaling)
{
    return scaling > 0 ? "yes" : scaling == 0 ? "no" : "unknown";
}

static void
add_difference(GString *text, const TscResult *result)
{
    const guint64 size = result->difference_ppm < 0 ? (guint64) -result->difference_ppm
                                                    : (guint64) result->difference_ppm;

    if (!result->difference_known || size == 0) {
        return;
    }
    g_string_append_printf(text, ", which is %" G_GUINT64_FORMAT " ppm %s than the host", size,
                           result->difference_ppm < 0 ? "slower" : "faster");
}

static void
add_host(GString *text, const TscResult *result)
{
    const TscHost *host = &result->host;

    if (host->khz == 0) {
        g_string_append(text, "the host's own frequency is not known");
    } else {
        g_string_append_printf(text, "the host runs at %" G_GUINT64_FORMAT " kHz (window %" G_GUINT64_FORMAT " to %"
                               G_GUINT64_FORMAT " kHz, %u ppm", host->khz, result->window_low, result->window_high,
                               result->tolerance_ppm);
        g_string_append_printf(text, host->khz_source ? "; by %s)" : ")", host->khz_source);
    }
    g_string_append(text, host->scaling < 0   ? " and whether it scales its TSC is not known"
                          : host->scaling > 0 ? " and scales its TSC"
                                              : " and does not scale its TSC");
    if (host->scaling >= 0 && host->scaling_source) {
        g_string_append_printf(text, " (by %s)", host->scaling_source);
    }
}

char *
tsc_result_explain(const TscResult *result)
{
    static const char *const outcomes[] = {"can be had", "cannot be had", "can perhaps be had"};
    g_autoptr(GString) text = NULL;

    if (result->requested_khz == 0) {
        return g_strdup("no TSC frequency is asked for");
    }
    text = g_string_new(NULL);
    g_string_append_printf(text, "a TSC of %" G_GUINT64_FORMAT " kHz %s", result->requested_khz,
                           outcomes[result->verdict]);
    add_difference(text, result);
    g_string_append(text, ": ");
    if (result->requested_khz > TSC_KHZ_LIMIT) {
        g_string_append(text, "KVM counts no further than " G_STRINGIFY(2147483646) " kHz");
    } else {
        add_host(text, result);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

const char *
tsc_result_hint(const TscResult *result)
{
    switch (result->verdict) {
    case TSC_INCOMPATIBLE:
        return "Choose a frequency in that window, another host, or one that scales its TSC.";
    case TSC_UNKNOWN:
        return "QEMU decides when it starts; look at the host with 'mortise doctor' to know it before.";
    default:
        return NULL;
    }
}
