/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: MIT */
/* Interface lifecycle/1: starting, stopping, pausing and resuming a domain. */
#ifndef MORTISE_DRIVER_LIFECYCLE_H
#define MORTISE_DRIVER_LIFECYCLE_H

#include <mortise/driver/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MORTISE_LIFECYCLE_ID "lifecycle"
#define MORTISE_LIFECYCLE_VERSION 1u

#define MORTISE_START_PAUSED 1u
#define MORTISE_START_FLAGS_ALL 1u

/* How a guest is asked to shut down or reboot; 0 leaves the choice to the driver. */
#define MORTISE_SHUTDOWN_DEFAULT 0u
#define MORTISE_SHUTDOWN_ACPI 1u
#define MORTISE_SHUTDOWN_AGENT 2u
#define MORTISE_SHUTDOWN_SIGNAL 4u
#define MORTISE_SHUTDOWN_INITCTL 8u
#define MORTISE_SHUTDOWN_FLAGS_ALL 15u

/* stop: let the guest's process end itself (flush its disks) before it is killed. */
#define MORTISE_STOP_GRACEFUL 1u
#define MORTISE_STOP_FLAGS_ALL 1u

typedef struct MortiseStartArguments {
    uint32_t struct_size;
    uint32_t flags;            /* MORTISE_START_... */
    const char *xml;           /* the definition to run */
} MortiseStartArguments;

/*
 * Each is a change: the core lets one at a time through for a domain. All block within the call's deadline; a driver
 * publishes the new state by MortiseHost.domain_status before it returns. NULL: not supported.
 */
typedef struct MortiseLifecycle {
    MortiseInterface head;

    /* MORTISE_OK only when the guest runs (or is paused, as asked). On failure nothing of it is left. Mandatory. */
    MortiseResult (*start)(void *domain, const MortiseStartArguments *arguments);
    /* Ends it at once; MORTISE_OK also when it has ended by itself meanwhile. Mandatory. */
    MortiseResult (*stop)(void *domain, uint32_t flags);
    /* Asks the guest; returns when it was asked, not when it has shut down. */
    MortiseResult (*shutdown)(void *domain, uint32_t flags);
    MortiseResult (*reboot)(void *domain, uint32_t flags);
    MortiseResult (*reset)(void *domain);
    MortiseResult (*suspend)(void *domain);
    MortiseResult (*resume)(void *domain);
} MortiseLifecycle;

#ifdef __cplusplus
}
#endif

#endif /* MORTISE_DRIVER_LIFECYCLE_H */
