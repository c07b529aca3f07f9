// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Checking a definition against QEMU and putting its command line together.
#include "qemu-command.h"

#include "qemu-command-private.h"

const char *
qemu_command_architecture(const DomainDefinition *definition, const QemuCommandContext *context)
{
    return definition->os.architecture != NULL ? definition->os.architecture : context->host_architecture;
}

static const QemuMachine *
find_machine(const DomainDefinition *definition, const QemuCommandContext *context)
{
    return qemu_machine_find(qemu_command_architecture(definition, context), definition->os.machine);
}

DomainFindings *
qemu_command_check(const DomainDefinition *definition, const QemuCommandContext *context, gboolean files)
{
    const QemuMachine *machine = find_machine(definition, context);
    DomainFindings *findings = domain_findings_new();

    domain_findings_append(findings, domain_definition_check(definition));
    qemu_command_check_machine(definition, context, machine, findings);
    if (machine != NULL) {
        qemu_plan_free(qemu_plan_new(definition, machine, findings));
    }
    if (files) {
        qemu_command_check_files(definition, context, findings);
    }
    domain_findings_sort(findings);
    return findings;
}

static char **
make_environment(const DomainDefinition *definition)
{
    g_autoptr(GStrvBuilder) lines = g_strv_builder_new();

    for (guint i = 0; i < definition->qemu_environment->len; i++) {
        const DomainEnvironment *row = g_ptr_array_index(definition->qemu_environment, i);
        g_autofree char *line = g_strdup_printf("%s=%s", row->name, row->value);

        g_strv_builder_add(lines, line);
    }
    return g_strv_builder_end(lines);
}

static char **
make_arguments(const DomainDefinition *definition, const QemuCommandContext *context, const QemuPlan *plan)
{
    g_autoptr(GPtrArray) arguments = g_ptr_array_new_with_free_func(g_free);
    QemuCommandBuilder builder = {
        .definition = definition, .context = context, .plan = plan, .arguments = arguments,
        .architecture = qemu_command_architecture(definition, context), .network_fd = context->network_fd,
    };

    g_ptr_array_add(arguments,
                    g_strdup(definition->emulator != NULL ? definition->emulator : context->emulator));
    qemu_command_add_system(&builder);
    qemu_command_add_monitors(&builder);
    qemu_command_add_disks(&builder);
    qemu_command_add_devices(&builder);
    if (context->incoming) {
        qemu_arguments_add(&builder, "-incoming", "defer");
    }
    for (guint i = 0; i < definition->qemu_arguments->len; i++) {
        g_ptr_array_add(arguments, g_strdup(g_ptr_array_index(definition->qemu_arguments, i)));
    }
    g_ptr_array_add(arguments, NULL);
    return (char **) g_ptr_array_free(g_steal_pointer(&arguments), FALSE);
}

static char **
find_links_down(const DomainDefinition *definition, const QemuPlan *plan)
{
    g_autoptr(GStrvBuilder) aliases = g_strv_builder_new();

    for (guint i = 0; i < definition->interfaces->len; i++) {
        const DomainInterface *interface = g_ptr_array_index(definition->interfaces, i);

        if (interface->link_down) {
            g_strv_builder_add(aliases, qemu_plan_find(plan, &interface->device)->alias);
        }
    }
    return g_strv_builder_end(aliases);
}

static guint64
balloon_target(const DomainDefinition *definition)
{
    return definition->current_memory_kib < definition->memory_kib ? definition->current_memory_kib * 1024 : 0;
}

QemuCommand *
qemu_command_build(const DomainDefinition *definition, const QemuCommandContext *context, DriverFailure **failure)
{
    g_autoptr(DomainFindings) findings = qemu_command_check(definition, context, FALSE);
    g_autoptr(DomainFindings) planning = NULL;
    QemuCommand *command;

    if (!domain_findings_require_none(findings, failure)) {
        return NULL;
    }
    planning = domain_findings_new();
    command = g_new0(QemuCommand, 1);
    command->plan = qemu_plan_new(definition, find_machine(definition, context), planning);
    command->arguments = make_arguments(definition, context, command->plan);
    command->environment = make_environment(definition);
    command->balloon_bytes = balloon_target(definition);
    command->required_features = qemu_command_required_features(definition, command->plan->machine);
    command->end = definition->end;
    command->links_down = find_links_down(definition, command->plan);
    return command;
}

void
qemu_command_free(QemuCommand *command)
{
    if (command == NULL) {
        return;
    }
    g_strfreev(command->arguments);
    g_strfreev(command->environment);
    g_strfreev(command->required_features);
    g_strfreev(command->links_down);
    qemu_plan_free(command->plan);
    g_free(command);
}
