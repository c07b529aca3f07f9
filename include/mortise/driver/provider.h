/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: MIT */
/* What every provider's interface shares: how a failure is told to the driver that asked. */
#ifndef MORTISE_DRIVER_PROVIDER_H
#define MORTISE_DRIVER_PROVIDER_H

#include <mortise/driver/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A provider is a module of MORTISE_KIND_PROVIDER: a descriptor with interface tables and no operations. It needs no
 * start-up, and the host is no business of its: whoever has its table (MortiseHost.provider) opens an instance with
 * the table's first function, and all state lives there. A table may be shorter than the header that a driver was
 * built with: head.struct_size tells, and a driver looks before it calls a function that came after version 1.0.
 *
 * A provider is called by several drivers at once. It does not know in whose call it works, so it says why it failed
 * in a struct of the caller's, who hands it on: host->set_error(self, problem.reason, problem.object,
 * problem.message, problem.hint), with NULL for an object or a hint that is "".
 */
typedef struct MortiseProblem {
    uint32_t struct_size;      /* set by the caller: how much may be written */
    int32_t number;            /* errno of the system call that failed; 0 when none did */
    char reason[64];           /* an id of docs/errors.md */
    char object[256];          /* the device, bridge, address, ... it speaks of; "" for none */
    char message[1024];        /* UTF-8, one line, cut when longer */
    char hint[512];            /* "" for none */
} MortiseProblem;

#ifdef __cplusplus
}
#endif

#endif /* MORTISE_DRIVER_PROVIDER_H */
