// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a guest's TSC frequency can be had on a host: the one function that says so. See docs/tsc.md.
#pragma once

#include <glib.h>

/* Parts per million that KVM and QEMU let a TSC be off. */
#define TSC_TOLERANCE_PPM 250u
/*
 * KVM_SET_TSC_KHZ of a host that scales takes only what is below 0x7fffffff kHz (arch/x86/kvm/x86.c), and no other host
 * counts beyond it: a host beyond this limit is not known, and a request is none of any host.
 */
#define TSC_KHZ_LIMIT ((guint64) G_MAXINT32 - 1)

typedef enum { TSC_COMPATIBLE, TSC_INCOMPATIBLE, TSC_UNKNOWN } TscVerdict;

/* What a host's TSC is to its guests. */
typedef struct {
    guint64 khz;                   /* 0: not known */
    gint scaling;                  /* 1: any frequency can be had; 0: only the host's own; -1: not known */
    const char *khz_source;        /* where each comes from, in words: "KVM_GET_TSC_KHZ"; NULL: nobody said */
    const char *scaling_source;
} TscHost;

/* The verdict with all that it was made of. */
typedef struct {
    TscVerdict verdict;
    guint64 requested_khz;         /* rounded down, as QEMU does; 0: no frequency is asked for */
    TscHost host;                  /* as given; its words are borrowed */
    guint tolerance_ppm;
    guint64 window_low;            /* kHz that the host has without scaling, both ends included; 0 and 0: not known */
    guint64 window_high;
    gboolean difference_known;     /* only when a frequency is asked for and the host's is known */
    /*
     * (requested_khz - host.khz) * 1000000 / host.khz, rounded away from zero, so that its size is at most the
     * tolerance exactly when the request is in the window. Positive: the guest is faster. Ends at G_MAXINT64.
     */
    gint64 difference_ppm;
} TscResult;

/*
 * As QEMU decides, to the last kHz: it counts in kHz, rounded down, and so does this. No request is compatible with
 * every host, and so is every one up to TSC_KHZ_LIMIT with a host that scales. Unknown when the host's frequency is, or
 * when the request is outside of the window and scaling is not known: QEMU is left to try. Pure; any thread.
 */
TscResult tsc_verdict(guint64 requested_hz, const TscHost *host, guint tolerance_ppm);

/* "compatible", "incompatible", "unknown"; and "yes", "no", "unknown". */
const char *tsc_verdict_word(TscVerdict verdict);
const char *tsc_scaling_word(gint scaling);

/*
 * The verdict as one sentence with the request, the host's frequency, the window, the difference, scaling, and the
 * source of both facts; the same wherever it is shown. To be freed.
 */
char *tsc_result_explain(const TscResult *result);
/* What to do about it; NULL when nothing is to be done. */
const char *tsc_result_hint(const TscResult *result);
