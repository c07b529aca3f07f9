/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: MIT */
/* Interface config/1: checking definitions, and keeping them for drivers that own their domains. */
#ifndef MORTISE_DRIVER_CONFIG_H
#define MORTISE_DRIVER_CONFIG_H

#include <mortise/driver/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MORTISE_CONFIG_ID "config"
#define MORTISE_CONFIG_VERSION 1u

typedef struct MortiseConfig {
    MortiseInterface head;

    /*
     * Everything in `xml` that could not be honoured at start, each as a finding with its line; none means that it
     * can. MORTISE_OK when the check was made, whatever it found. Nothing is started or changed. [blocks]
     */
    MortiseResult (*check)(void *connection, const char *xml, MortiseSink *findings);

    /* The rest only with MORTISE_DRIVER_OWNS_DOMAINS; else NULL. [blocks] */
    /* Adds or replaces a definition and announces it; the uuid in `xml` tells which. */
    MortiseResult (*define)(void *connection, const char *xml);
    /* Forgets the definition; a running domain becomes transient, another is withdrawn. */
    MortiseResult (*undefine)(void *domain);
    MortiseResult (*set_autostart)(void *domain, uint32_t autostart);
    /* Starts a domain that has no definition and announces it. */
    MortiseResult (*create)(void *connection, const char *xml, uint32_t start_flags);
} MortiseConfig;

#ifdef __cplusplus
}
#endif

#endif /* MORTISE_DRIVER_CONFIG_H */
