// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The plan of a machine: each device of a definition with its alias and its place, found without asking QEMU.
#pragma once

#include "domain-definition.h"
#include "qemu-command-machine.h"

typedef enum {
    QEMU_DEVICE_DISK, QEMU_DEVICE_INTERFACE, QEMU_DEVICE_SERIAL, QEMU_DEVICE_CONSOLE, QEMU_DEVICE_RNG,
    QEMU_DEVICE_CONTROLLER, QEMU_DEVICE_INPUT, QEMU_DEVICE_VIDEO, QEMU_DEVICE_BALLOON
} QemuDeviceKind;

typedef struct {
    const DomainDevice *device;    /* of the definition, borrowed; the typed struct begins with it */
    QemuDeviceKind kind;
    char *alias;                   /* "virtio-disk0", "net0", "serial0": also the id of the device in QEMU */
    DomainAddress address;         /* given or assigned; DOMAIN_ADDRESS_NONE where the device has none */
    gboolean on_pci;               /* whether it sits, or has to, on the PCI bus */
    guint boot_index;              /* from 1; 0: not booted from */
} QemuPlannedDevice;

typedef struct {
    const QemuMachine *machine;
    GPtrArray *devices;            /* QemuPlannedDevice */
    DomainVideoModel video;        /* resolved, never DEFAULT */
    gboolean balloon;              /* whether there is one */
} QemuPlan;

/*
 * Deterministic: the same definition gives the same plan, and so does the live XML made from it. Problems (no room,
 * two devices in one place, a bus that the machine has not) are added to `findings`; a plan is returned always.
 * The definition must outlive the plan.
 */
QemuPlan *qemu_plan_new(const DomainDefinition *definition, const QemuMachine *machine, DomainFindings *findings);
void qemu_plan_free(QemuPlan *plan);

/* The row of a device, NULL when the machine does not get it (video or balloon where there is none). */
const QemuPlannedDevice *qemu_plan_find(const QemuPlan *plan, const DomainDevice *device);
/* The row of a device or serial port with that alias, NULL when there is none. */
const QemuPlannedDevice *qemu_plan_find_alias(const QemuPlan *plan, const char *alias);

/* Whether the machine gets a memory balloon. */
gboolean qemu_plan_wants_balloon(const DomainDefinition *definition, const QemuMachine *machine);
/* What an interface is, never DEFAULT. */
DomainInterfaceModel qemu_plan_interface_model(const QemuPlan *plan, const DomainInterface *interface);

/* Places for all rows; a step of qemu_plan_new(). */
void qemu_plan_place(QemuPlan *plan, DomainFindings *findings);
/* A finding about a device's element, or about its child `part` when that is not NULL. */
void qemu_plan_report(DomainFindings *findings, const DomainDevice *device, const char *part, const char *hint,
                      const char *format, ...) G_GNUC_PRINTF(5, 6);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuPlan, qemu_plan_free)
