/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: MIT */
/* Interface tuning/1: limits and weights of a domain by name, running or in its definition. */
#ifndef MORTISE_DRIVER_TUNING_H
#define MORTISE_DRIVER_TUNING_H

#include <mortise/driver/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MORTISE_TUNING_ID "tuning"
#define MORTISE_TUNING_VERSION 1u

/*
 * Groups, and the keys of their values. Every value is a MORTISE_VALUE_SIGNED; the elements of a definition that hold
 * them stand behind. A core of a newer minor version may send more keys: a driver refuses those that it does not know
 * with "unsupported".
 */
/* KiB, or MORTISE_TUNING_UNLIMITED: hard_limit, soft_limit, swap_hard_limit (memory and swap); <memtune> */
#define MORTISE_TUNING_MEMORY 0u
/*
 * cpu_shares, a weight from 2 to 262144: <cputune>'s <shares>. vcpu_period, microseconds from 1000 to 1000000:
 * <period>. vcpu_quota, microseconds in each period from 1000 on, or MORTISE_TUNING_UNLIMITED: <quota>
 */
#define MORTISE_TUNING_CPU 1u
/* weight, from 10 to 1000: <blkiotune> */
#define MORTISE_TUNING_BLOCK 2u
#define MORTISE_TUNING_GROUP_LAST 2u

#define MORTISE_TUNING_UNLIMITED ((int64_t) -1)

/*
 * Every function is optional; what a driver leaves NULL is "unsupported". Values come with `number` the two's
 * complement. The core sends known keys of the group only, each once and in its range, and refuses others from the
 * driver.
 */
typedef struct MortiseTuningInterface {
    MortiseInterface head;

    /* What holds for the running domain, as whoever enforces it says; what this host cannot do is left out. [blocks] */
    MortiseResult (*read)(void *domain, uint32_t group, MortiseSink *values);
    /*
     * Sets all of them for the running domain, and publishes live XML that says so; when one is refused, those that
     * were set already are put back. "resource-busy" when a limit is below what is in use. [blocks]
     */
    MortiseResult (*set)(void *domain, uint32_t group, const MortiseValue *values, uint32_t count);

    /* What a definition says; what it does not say is left out. Asks no guest and starts nothing, nor does `edit`. */
    MortiseResult (*read_definition)(void *connection, const char *xml, uint32_t group, MortiseSink *values);
    /*
     * The definition with these values. An unlimited one of memory takes its element out. All else stays as it was,
     * byte by byte. "invalid-argument" when they contradict each other or the rest of the definition.
     */
    MortiseResult (*edit)(void *connection, const char *xml, uint32_t group, const MortiseValue *values, uint32_t count,
                          MortiseSink *text);
} MortiseTuningInterface;

#ifdef __cplusplus
}
#endif

#endif /* MORTISE_DRIVER_TUNING_H */
