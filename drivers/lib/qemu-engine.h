// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The QEMU engine: a whole driver but for what an accelerator does differently. Drivers fill their tables from here.
#pragma once

#include <mortise/driver/config.h>
#include <mortise/driver/console.h>
#include <mortise/driver/device.h>
#include <mortise/driver/driver.h>
#include <mortise/driver/lifecycle.h>
#include <mortise/driver/memory.h>
#include <mortise/driver/migration.h>
#include <mortise/driver/stats.h>
#include <mortise/driver/vcpu.h>

#include "domain-definition.h"
#include "tsc-verdict.h"

/* Where an accelerator's probe puts what it finds; made by the engine. */
typedef struct QemuProbe QemuProbe;
/* Adds one finding, formatted; `object` and `hint` may be NULL. `verdict` is MORTISE_VERDICT_... */
void qemu_probe_add(QemuProbe *probe, guint verdict, const char *id, const char *object, const char *hint,
                    const char *format, ...) G_GNUC_PRINTF(6, 7);

/* What one accelerator does differently. Constant. */
typedef struct {
    const char *domain_type;       /* type attribute of its domains: "kvm", "qemu" */
    const char *accelerator;       /* for -accel: "kvm", "tcg" */
    gboolean kvm;                  /* guests run by KVM: vCPU threads, CPU passthrough */
    /* Why no vCPU can be taken away from a running guest; NULL: it can. */
    const char *unplug_refusal;
    /* Whether a place can be plugged again that had a vCPU before; NULL: it can. [blocks] */
    gboolean (*replugs)(void);
    /*
     * Adds what keeps a definition from running here and now (device nodes, permissions); NULL: nothing ever does.
     * Must be quick, and must not trust that the definition is complete.
     */
    void (*check)(const DomainDefinition *definition, DomainFindings *findings);
    /* Findings about the host for this accelerator. [blocks] */
    void (*probe)(QemuProbe *probe, gboolean full);
    /* FALSE when guests cannot run now; NULL: they always can, and their TSC is emulated at any frequency. */
    gboolean (*tsc)(TscHost *tsc);
} QemuAccelerator;

/* MortiseDriverOperations; startup is wrapped by the driver, which adds its accelerator. */
MortiseResult qemu_engine_startup(const QemuAccelerator *accelerator, const MortiseHost *host,
                                  MortiseHostDriver *self, void **driver);
void qemu_engine_shutdown(void *driver);
MortiseResult qemu_engine_probe(void *driver, uint32_t full, MortiseSink *findings);
MortiseResult qemu_engine_open(void *driver, const MortiseConnectionArguments *arguments, MortiseHostConnection *host,
                               void **connection);
void qemu_engine_close(void *connection);
MortiseResult qemu_engine_capabilities(void *connection, MortiseSink *xml);
MortiseResult qemu_engine_host_information(void *connection, MortiseHostInformation *information);
MortiseResult qemu_engine_domain_open(void *connection, const MortiseDomainArguments *arguments,
                                      MortiseHostDomain *host, void **domain);
void qemu_engine_domain_close(void *domain);
void qemu_engine_interrupt(void *connection);

/* The interfaces of both drivers, as a descriptor lists them. */
extern const MortiseInterface *const qemu_engine_interfaces[];
