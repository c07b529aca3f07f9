// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Sets of host CPUs as libvirt writes them: "0-3,^2,5".
#pragma once

#include <glib.h>

/* The numbers 0 to DOMAIN_CPUS_LIMIT - 1 can be in a set. */
#define DOMAIN_CPUS_LIMIT 4096u
/* Bytes of a text that is looked at. */
#define DOMAIN_CPUS_TEXT_LIMIT 16384u

/* Bits in the order of the kernel's cpu_set_t. */
typedef struct {
    gulong words[DOMAIN_CPUS_LIMIT / (8 * sizeof(gulong))];
} DomainCpus;

/*
 * Reads numbers, ranges and, behind a '^', what is taken out again. NULL when that gives a set with something in it,
 * else a sentence that says what is wrong, to be freed.
 */
char *domain_cpus_parse(const char *text, DomainCpus *cpus);
/* "0-3,5"; "" for none. To be freed. */
char *domain_cpus_to_text(const DomainCpus *cpus);

void domain_cpus_add(DomainCpus *cpus, guint cpu);
gboolean domain_cpus_has(const DomainCpus *cpus, guint cpu);
/* The lowest number of `cpus` that is not in `other`; -1: none. */
gint domain_cpus_first_beyond(const DomainCpus *cpus, const DomainCpus *other);
