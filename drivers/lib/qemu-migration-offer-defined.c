// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The offer of a domain that does not run: what it would be if it were started here now.
#include "qemu-migration-offer.h"

#include "qemu-capabilities.h"
#include "qemu-command-machine.h"
#include "qemu-command.h"
#include "qemu-live-xml.h"

static const QemuMachineType *
find_machine(const QemuCapabilities *capabilities, const char *name)
{
    for (guint i = 0; i < capabilities->machines->len; i++) {
        const QemuMachineType *machine = capabilities->machines->pdata[i];
        if (g_strcmp0(machine->name, name) == 0 || g_strcmp0(machine->alias, name) == 0) {
            return machine;
        }
    }
    return NULL;
}

/* What a model lacks on this host; NULL: it does not tell. */
static char *const *
find_missing(const QemuCapabilities *capabilities, const char *model)
{
    for (guint i = 0; model && i < capabilities->cpus->len; i++) {
        const QemuCpuModel *known = capabilities->cpus->pdata[i];
        if (g_str_equal(known->name, model)) {
            return known->missing;
        }
    }
    return NULL;
}

/* The XML that it would run with. To be freed. */
static char *
imagine_live_xml(const QemuDriver *driver, const DomainDefinition *definition, const QemuCommandContext *context,
                 const QemuCapabilities *capabilities, DriverFailure **failure)
{
    g_autoptr(DomainFindings) findings = qemu_command_check(definition, context, TRUE);
    const char *architecture = definition->os.architecture ? definition->os.architecture : qemu_host_architecture();
    const QemuMachine *family = qemu_machine_find(architecture, definition->os.machine);
    const char *wanted = definition->os.machine ? definition->os.machine : family ? family->usual : NULL;
    const QemuMachineType *machine = find_machine(capabilities, wanted);
    const QemuLiveFacts facts = {
        .id = -1,
        .emulator = definition->emulator ? definition->emulator : context->emulator,
        .architecture = architecture,
        .machine = machine ? machine->name : NULL,
    };
    g_autoptr(QemuCommand) command = NULL;

    if (!domain_findings_require_none(findings, failure)) {
        return NULL;
    }
    qemu_engine_log(driver, MORTISE_LOG_DEBUG, "%s is offered as it would start.", definition->name);
    command = qemu_command_build(definition, context, failure);
    return command ? qemu_live_xml_build(definition, command->plan, &facts, failure) : NULL;
}

static char *
write_offer(const QemuDomain *domain, DomainDefinition *definition, const QemuCapabilities *capabilities)
{
    g_autoptr(JsonNode) root = qemu_offer_begin(domain);
    JsonObject *object = json_node_get_object(root);
    const DomainCpuMode mode = definition->cpu.mode;
    const gboolean follows_host = mode != DOMAIN_CPU_CUSTOM && mode != DOMAIN_CPU_DEFAULT;
    char *const *missing = find_missing(capabilities, qemu_offer_model(definition));
    char *const none[] = {NULL};
    g_autofree char *xml = NULL;

    json_object_set_boolean_member(object, "defined", TRUE);
    json_object_set_object_member(object, "source",
                                  qemu_offer_describe_source(capabilities->version, definition,
                                                             follows_host ? capabilities->features : NULL, missing,
                                                             capabilities->migration));
    json_object_set_array_member(object, "disks", qemu_offer_describe_disks(definition));
    json_object_set_array_member(object, "files", qemu_offer_describe_files(definition));
    xml = qemu_offer_migratable_xml(definition, TRUE, missing && !follows_host ? missing : none);
    json_object_set_string_member(object, "xml", xml ? xml : definition->text);
    return json_to_string(root, FALSE);
}

char *
qemu_offer_make_defined(const QemuDomain *domain, const char *xml, gboolean to_check, DriverFailure **failure)
{
    const QemuEngine *engine = domain->engine;
    g_autoptr(DomainDefinition) definition = domain_definition_parse(xml, -1, failure);
    g_autoptr(DomainDefinition) imagined = NULL;
    g_autoptr(QemuCapabilities) capabilities = NULL;
    g_autofree char *emulator = NULL;
    g_autofree char *live = NULL;
    QemuCommandContext context;

    if (!definition || (!to_check && !qemu_offer_require_frequency(domain, definition,
                                                                   definition->clock.tsc_frequency > 0, failure))) {
        return NULL;
    }
    qemu_engine_context(engine->driver, definition, &context, &emulator);
    if (!emulator) {
        driver_failure_set(failure, "host-unsupported", "domain/os/type/@arch", "Install QEMU for this architecture.",
                           "%s could not start here: there is no emulator for %s guests.", domain->name,
                           definition->os.architecture ? definition->os.architecture : qemu_host_architecture());
        return NULL;
    }
    capabilities = qemu_capabilities_get(engine->loop, engine->cache_directory, emulator,
                                         engine->driver->accelerator->kvm, qemu_engine_deadline(engine->driver),
                                         failure);
    live = capabilities ? imagine_live_xml(engine->driver, definition, &context, capabilities, failure) : NULL;
    imagined = live ? domain_definition_parse(live, -1, failure) : NULL;
    return imagined ? write_offer(domain, imagined, capabilities) : NULL;
}
