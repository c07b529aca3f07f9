// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a definition asks for that this machine, accelerator or QEMU does not have.
#include "qemu-command-private.h"

#define UNSUPPORTED "element-unsupported"

/* What the checks share. */
typedef struct {
    const DomainDefinition *definition;
    const QemuCommandContext *context;
    const QemuMachine *machine;
    const char *architecture;
    DomainFindings *findings;
} Check;

/* Line 0 means that the definition does not ask for it. */
static void
refuse(const Check *check, guint line, const char *path, const char *message)
{
    if (line > 0) {
        domain_findings_add(check->findings, line, UNSUPPORTED, path, NULL, "%s", message);
    }
}

static void
check_type(const Check *check)
{
    const DomainDefinition *definition = check->definition;

    if (*definition->type != '\0' && g_strcmp0(definition->type, check->context->domain_type) != 0) {
        domain_findings_add(check->findings, definition->type_line, UNSUPPORTED, "domain/@type", NULL,
                            "this driver runs domains of type '%s', not '%s'", check->context->domain_type,
                            definition->type);
    }
    if (definition->emulator == NULL && definition->emulator_line == 0 && check->context->emulator == NULL) {
        g_autofree char *name = qemu_emulator_name(check->architecture);

        domain_findings_add(check->findings, 0, "program-missing", "domain/devices/emulator",
                            "Install the package that has it, or name another program with <emulator>.",
                            "%s is not installed", name);
    }
}

/* KVM runs the host's own architecture, and on x86 also the 32-bit one. */
static gboolean
kvm_can_run(const char *host, const char *guest)
{
    return g_strcmp0(host, guest) == 0 ||
           (g_strcmp0(host, "x86_64") == 0 && g_strcmp0(guest, "i686") == 0);
}

static void
check_machine_type(const Check *check)
{
    const DomainOs *os = &check->definition->os;
    g_autofree char *known = qemu_machine_list(check->architecture);
    const char *host = check->context->host_architecture;

    if (check->context->kvm && !kvm_can_run(host, check->architecture)) {
        domain_findings_add(check->findings, os->line, UNSUPPORTED, "domain/os/type/@arch",
                            "Use <domain type='qemu'>, which emulates other architectures.",
                            "KVM on this %s host cannot run %s guests", host, check->architecture);
    }
    if (check->machine != NULL) {
        return;
    }
    if (*known == '\0') {
        domain_findings_add(check->findings, os->line, UNSUPPORTED, "domain/os/type/@arch", NULL,
                            "the architecture '%s' is not supported", check->architecture);
    } else {
        domain_findings_add(check->findings, os->machine_line, UNSUPPORTED, "domain/os/type/@machine", NULL,
                            "the machine type '%s' is not supported for %s; known: %s", os->machine,
                            check->architecture, known);
    }
}

static gboolean
needs_cpu_properties(const DomainDefinition *definition)
{
    return definition->cpu.features->len > 0 || definition->cpu.check_full || definition->clock.tsc_frequency > 0;
}

static void
check_cpu(const Check *check)
{
    const DomainCpu *cpu = &check->definition->cpu;

    if (cpu->mode == DOMAIN_CPU_HOST_PASSTHROUGH && !check->context->kvm) {
        refuse(check, cpu->line, "domain/cpu/@mode",
               "an emulated machine cannot have the host's CPU; mode='maximum' gives all that emulation can");
    }
    if (cpu->mode == DOMAIN_CPU_HOST_MODEL && check->context->host_cpu_model == NULL) {
        refuse(check, cpu->line, "domain/cpu/@mode", "there is no model of this host's CPU for this domain type");
    }
    if (cpu->mode == DOMAIN_CPU_DEFAULT && needs_cpu_properties(check->definition) &&
        qemu_usual_cpu(check->architecture) == NULL) {
        refuse(check, cpu->line, "domain/cpu", "features need a <model> on this architecture");
    }
    if (check->machine != NULL && !check->machine->x86 && cpu->check_full) {
        refuse(check, cpu->line, "domain/cpu/@check", "check='full' exists on x86 only");
    }
}

static void
check_features(const Check *check)
{
    const DomainFeatures *features = &check->definition->features;

    if (!check->machine->acpi_switch) {
        refuse(check, features->acpi_line, "domain/features/acpi", "this machine has no ACPI");
    }
    if (!check->machine->x86) {
        refuse(check, features->apic_line, "domain/features/apic", "only x86 machines have an APIC");
        refuse(check, features->pae_line, "domain/features/pae", "only x86 machines have PAE");
    }
}

static void
check_x86_timers(const Check *check)
{
    const DomainClock *clock = &check->definition->clock;

    if (check->machine->x86) {
        return;
    }
    refuse(check, clock->tsc_line, "domain/clock/timer", "only x86 machines have a TSC");
    refuse(check, clock->pit_line, "domain/clock/timer", "only x86 machines have a PIT");
    refuse(check, clock->hpet_line, "domain/clock/timer", "only x86 machines have an HPET");
    if (clock->rtc_policy == DOMAIN_TICK_CATCHUP) {
        refuse(check, clock->rtc_line, "domain/clock/timer/@tickpolicy",
               "only the clock of x86 machines can catch up on lost ticks");
    }
}

static void
check_clock(const Check *check)
{
    const DomainClock *clock = &check->definition->clock;

    check_x86_timers(check);
    if (check->context->kvm) {
        return;
    }
    if (clock->kvmclock == DOMAIN_SWITCH_ON) {
        refuse(check, clock->kvmclock_line, "domain/clock/timer/@present", "kvmclock exists under KVM only");
    }
    if (clock->pit_policy == DOMAIN_TICK_DISCARD) {
        refuse(check, clock->pit_line, "domain/clock/timer/@tickpolicy",
               "an emulated PIT delivers late ticks; only KVM's can discard them");
    }
}

static void
check_memory(const Check *check)
{
    const DomainDefinition *definition = check->definition;

    if (definition->current_memory_kib < definition->memory_kib &&
        !qemu_plan_wants_balloon(definition, check->machine)) {
        refuse(check, definition->current_memory_line, "domain/currentMemory",
               "less memory than the maximum needs a memory balloon, and this machine gets none");
    }
}

static void
check_disk(const Check *check, const DomainDisk *disk)
{
    const QemuMachine *machine = check->machine;
    const DomainAddress *given = &disk->device.address;
    gboolean ide = disk->bus == DOMAIN_DISK_BUS_IDE;
    guint units = ide ? machine->ide_buses * 2 : machine->sata_ports;
    guint unit = disk->target_index;

    if (disk->bus == DOMAIN_DISK_BUS_VIRTIO) {
        return;
    }
    if (units == 0) {
        qemu_plan_report(check->findings, &disk->device, "target", "Choose another bus, or another machine type.",
                         "this machine has no %s", ide ? "IDE" : "SATA");
        return;
    }
    if (given->type == DOMAIN_ADDRESS_DRIVE) {
        gboolean fits = given->drive_controller == 0 && (ide ? given->drive_unit < 2 : given->drive_bus == 0);

        unit = !fits ? units : ide ? given->drive_bus * 2 + given->drive_unit : given->drive_unit;
    }
    if (unit >= units) {
        qemu_plan_report(check->findings, &disk->device, given->type == DOMAIN_ADDRESS_DRIVE ? "address" : "target",
                         NULL, "this machine has %u places for %s disks, and this is none of them", units,
                         ide ? "IDE" : "SATA");
    }
}

static void
check_serial(const Check *check, const DomainSerial *serial)
{
    if (serial->isa && check->machine->serial != QEMU_SERIAL_ISA) {
        qemu_plan_report(check->findings, &serial->device, "target", NULL, "this machine has no ISA serial ports");
    }
    if (serial->port >= check->machine->serial_ports) {
        qemu_plan_report(check->findings, &serial->device, NULL, NULL,
                         "this machine has %u serial ports, and this is number %u", check->machine->serial_ports,
                         serial->port + 1);
    }
}

static void
check_disk_controller(const Check *check, const DomainController *controller)
{
    const QemuMachine *machine = check->machine;
    gboolean ide = controller->type == DOMAIN_CONTROLLER_IDE;
    DomainAddress place = {
        .type = DOMAIN_ADDRESS_PCI, .pci_slot = machine->disk_controller_slot,
        .pci_function = machine->disk_controller_function,
    };

    if ((ide ? machine->ide_buses : machine->sata_ports) == 0) {
        qemu_plan_report(check->findings, &controller->device, NULL, NULL, "this machine has no %s controller",
                         ide ? "IDE" : "SATA");
    } else if (controller->device.address.type != DOMAIN_ADDRESS_NONE &&
               !domain_address_equal(&controller->device.address, &place)) {
        g_autofree char *text = domain_address_to_text(&place);

        qemu_plan_report(check->findings, &controller->device, "address", NULL,
                         "the machine's own controller is at %s", text);
    }
}

static void
check_controller(const Check *check, const DomainController *controller)
{
    const char *bus = check->machine->root_bus;
    const char *wanted = controller->type == DOMAIN_CONTROLLER_PCI_ROOT ? "pci.0" : "pcie.0";

    if (controller->type == DOMAIN_CONTROLLER_USB_NONE) {
        return;
    }
    if (controller->type == DOMAIN_CONTROLLER_IDE || controller->type == DOMAIN_CONTROLLER_SATA) {
        check_disk_controller(check, controller);
    } else if (g_strcmp0(bus, wanted) != 0) {
        qemu_plan_report(check->findings, &controller->device, NULL, "Leave the controller out.",
                         "the root bus of this machine is %s", bus != NULL ? bus : "no PCI bus");
    }
}

static void
check_devices(const Check *check)
{
    const DomainDefinition *definition = check->definition;

    for (guint i = 0; i < definition->disks->len; i++) {
        check_disk(check, g_ptr_array_index(definition->disks, i));
    }
    for (guint i = 0; i < definition->serials->len; i++) {
        check_serial(check, g_ptr_array_index(definition->serials, i));
    }
    for (guint i = 0; i < definition->controllers->len; i++) {
        check_controller(check, g_ptr_array_index(definition->controllers, i));
    }
    for (guint i = 0; i < definition->inputs->len && !check->machine->x86; i++) {
        const DomainInput *input = g_ptr_array_index(definition->inputs, i);

        qemu_plan_report(check->findings, &input->device, NULL, NULL, "this machine has no PS/2 port");
    }
}

void
qemu_command_check_machine(const DomainDefinition *definition, const QemuCommandContext *context,
                           const QemuMachine *machine, DomainFindings *findings)
{
    Check check = {
        .definition = definition, .context = context, .machine = machine, .findings = findings,
        .architecture = qemu_command_architecture(definition, context),
    };

    check_type(&check);
    check_machine_type(&check);
    check_cpu(&check);
    if (machine == NULL) {
        return;
    }
    check_features(&check);
    check_clock(&check);
    check_memory(&check);
    check_devices(&check);
}
