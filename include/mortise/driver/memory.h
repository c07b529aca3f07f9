/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: MIT */
/* Interface memory/1: how much memory a domain has, running or in its definition. */
#ifndef MORTISE_DRIVER_MEMORY_H
#define MORTISE_DRIVER_MEMORY_H

#include <mortise/driver/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MORTISE_MEMORY_ID "memory"
#define MORTISE_MEMORY_VERSION 1u

/* Every function is optional; what a driver leaves NULL is "unsupported". */
typedef struct MortiseMemoryInterface {
    MortiseInterface head;

    /*
     * Changes the memory of the running domain to `kib` (not 0; at most its <memory>, which the core has looked at when
     * the live XML says it) and publishes live XML whose <currentMemory> says so. Fails with "resource-busy" when more
     * is in use and cannot be taken away, with nothing changed. [blocks]
     */
    MortiseResult (*set)(void *domain, uint64_t kib);
    /*
     * The definition with another <currentMemory> and <memory>; either may be 0: as it is. A <memory> below
     * <currentMemory> takes that down with it. All else stays as it was, byte by byte. "invalid-argument" when the
     * numbers contradict each other or the rest of the definition. Asks no guest and starts nothing.
     */
    MortiseResult (*edit)(void *connection, const char *xml, uint64_t current_kib, uint64_t maximum_kib,
                          MortiseSink *text);
} MortiseMemoryInterface;

#ifdef __cplusplus
}
#endif

#endif /* MORTISE_DRIVER_MEMORY_H */
