// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The XML of a running domain: its definition with the names of what really exists.
#pragma once

#include "qemu-command-plan.h"

/* What is known of the running emulator. Plain data, borrowed for the call. */
typedef struct {
    gint64 id;                     /* of the <domain>; -1: none */
    const char *emulator;          /* path that was started */
    const char *architecture;      /* of the guest */
    const char *machine;           /* resolved type without "-machine": "pc-i440fx-7.2"; NULL: not known */
    GHashTable *ptys;              /* char * alias "serial0" -> char * "/dev/pts/3"; NULL: none */
    GHashTable *targets;           /* char * alias "net0" -> char * "vnet3"; NULL: none */
    guint vnc_port;                /* that the emulator found; 0: not known */
    guint64 tsc_frequency;         /* Hz that the guest sees; 0: not known, nothing is written */
    guint current_vcpus;           /* 0: as defined */
    guint64 current_memory_kib;    /* 0: as defined */
} QemuLiveFacts;

/*
 * The definition's own document with aliases, addresses, ptys, ports, resolved machine type and so on put in; whatever
 * else is in it stays. It can be parsed again and gives the same plan. To be freed; NULL with `failure` only when the
 * definition's text cannot be read any more ("internal"). Any thread; does not block.
 */
char *qemu_live_xml_build(const DomainDefinition *definition, const QemuPlan *plan, const QemuLiveFacts *facts,
                          DriverFailure **failure);
