// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The QEMU command line of a domain definition.
#pragma once

#include "domain-definition.h"
#include "qemu-command-plan.h"

/* What the driver and its host add to a definition. Plain data, borrowed for the call. */
typedef struct {
    const char *domain_type;       /* the only type attribute accepted: "kvm" or "qemu" */
    const char *accelerator;       /* argument of -accel: "kvm", "tcg" */
    gboolean kvm;                  /* KVM's own things exist: the host's CPU, kvmclock, the kernel's PIT */
    const char *host_cpu_model;    /* what mode='host-model' means, as for -cpu; NULL: it is refused */
    const char *host_architecture; /* "x86_64", when the definition names none */
    const char *emulator;          /* when the definition names none; NULL: not installed, which is a finding */
    gboolean sandbox;              /* confine the emulator by seccomp */
    gint monitor_fd;               /* listening socket of the owner's monitor; -1: no such monitor */
    gboolean incoming;             /* it waits to be told where its guest comes from */
    gint keeper_fd;                /* connected socket of the guest keeper's monitor; -1: no such monitor */
    gint network_fd;               /* first of the queues of taps, which are in the order of the interfaces */
} QemuCommandContext;

/*
 * A command line and what goes with it.
 *
 * `end` is what the guest keeper finishes. With a `poweroff` of RESTART or PRESERVE QEMU only pauses when the guest
 * shuts down, for every cause; the keeper reads `reason` of the SHUTDOWN event: guest-shutdown is `poweroff`,
 * guest-reset is `reboot` (DESTROY only; else QEMU resets by itself), guest-panic is `crash`. With a `crash` of
 * RESTART or PRESERVE QEMU pauses with GUEST_PANICKED.
 */
typedef struct {
    char **arguments;              /* [0] is the emulator's path */
    char **environment;            /* "NAME=value", to be added to the driver's own choice; never NULL */
    QemuPlan *plan;                /* aliases and addresses; borrows from the definition */
    guint64 balloon_bytes;         /* QMP `balloon` to send before the guest runs; 0: none */
    char **required_features;      /* CPU features without which the guest must not run: none of them may be in the
                                      vCPUs' `unavailable-features`; never NULL */
    DomainEndActions end;          /* for the guest keeper */
    char **links_down;             /* devices whose link QMP `set_link` puts down before the guest runs; never NULL */
} QemuCommand;

/*
 * The command line: no default devices, no user configuration, CPUs stopped (-S). It opens no file and runs nothing.
 * NULL when the definition has findings: reason and object of the first, all in the message. The definition must
 * outlive the command. Any thread; does not block.
 */
QemuCommand *qemu_command_build(const DomainDefinition *definition, const QemuCommandContext *context,
                                DriverFailure **failure);
void qemu_command_free(QemuCommand *command);

/*
 * All findings that would keep the definition from starting: those of the parser and those of QEMU, by line. With
 * `files` also what is missing on this host now: emulator, images, kernel (this looks at the file system and may
 * block there). To be freed. Before a start call it with `files` TRUE and domain_findings_require_none().
 */
DomainFindings *qemu_command_check(const DomainDefinition *definition, const QemuCommandContext *context,
                                   gboolean files);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuCommand, qemu_command_free)
