/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: MIT */
/* Interface console/1: a terminal on a running domain. */
#ifndef MORTISE_DRIVER_CONSOLE_H
#define MORTISE_DRIVER_CONSOLE_H

#include <mortise/driver/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MORTISE_CONSOLE_ID "console"
#define MORTISE_CONSOLE_VERSION 1u

/* Take the console away from whoever holds it. */
#define MORTISE_CONSOLE_FORCE 1u
#define MORTISE_CONSOLE_FLAGS_ALL 1u

typedef struct MortiseConsole {
    MortiseInterface head;

    /*
     * A descriptor that reads and writes the console (a terminal or a socket); it stays usable after the connection
     * is closed. `device` is an alias such as "serial0", or NULL for the first. The caller owns it. [blocks] Mandatory.
     */
    MortiseResult (*open)(void *domain, const char *device, uint32_t flags, MortiseFileDescriptor *fd);
} MortiseConsole;

#ifdef __cplusplus
}
#endif

#endif /* MORTISE_DRIVER_CONSOLE_H */
