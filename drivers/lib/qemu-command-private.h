// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the parts of the command line share.
#pragma once

#include <json-glib/json-glib.h>

#include "qemu-command.h"

/* A command line in the making. */
typedef struct {
    const DomainDefinition *definition;
    const QemuCommandContext *context;
    const QemuPlan *plan;
    const char *architecture;
    GPtrArray *arguments;    /* char * */
    gint network_fd;         /* of the next queue */
} QemuCommandBuilder;

/* Parts, in the order of the command line. */
void qemu_command_add_system(QemuCommandBuilder *builder);
void qemu_command_add_monitors(QemuCommandBuilder *builder);
void qemu_command_add_disks(QemuCommandBuilder *builder);
void qemu_command_add_devices(QemuCommandBuilder *builder);

/* The argument of -cpu, NULL when the machine's own default is meant; to be freed. */
char *qemu_command_cpu(const DomainDefinition *definition, const QemuCommandContext *context,
                       const char *architecture);
/* QEMU's names of the features that the guest must have, ends with NULL; to be freed. */
char **qemu_command_required_features(const DomainDefinition *definition, const QemuMachine *machine);

/* Options and their values. Nothing is quoted here: no shell and no option parser is between us and QEMU. */
void qemu_arguments_add(QemuCommandBuilder *builder, const char *option, const char *value);
/* Takes `value`. */
void qemu_arguments_take(QemuCommandBuilder *builder, const char *option, char *value);
/* Takes `object` and writes it as one line of JSON. */
void qemu_arguments_take_json(QemuCommandBuilder *builder, const char *option, JsonObject *object);

/* ",name=value" with commas of the value doubled, as QEMU's option parser wants it. */
void qemu_option_append(GString *options, const char *name, const char *value);

/* A device on the PCI bus or elsewhere, by its row: driver, id, bus and address, boot index. */
JsonObject *qemu_device_object(const QemuCommandBuilder *builder, const char *driver, const QemuPlannedDevice *row);

/* The architecture that is meant: the definition's or the host's. */
const char *qemu_command_architecture(const DomainDefinition *definition, const QemuCommandContext *context);
/* What QEMU cannot do of what the definition says, and what is not on this host. */
void qemu_command_check_machine(const DomainDefinition *definition, const QemuCommandContext *context,
                                const QemuMachine *machine, DomainFindings *findings);
void qemu_command_check_files(const DomainDefinition *definition, const QemuCommandContext *context,
                              DomainFindings *findings);
