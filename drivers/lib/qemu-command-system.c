// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The machine itself on the command line: name, type, CPUs, memory, boot, clock, what follows its end, monitors.
#include "qemu-command-private.h"

static void
add_name(QemuCommandBuilder *builder)
{
    GString *options = g_string_new(NULL);

    qemu_option_append(options, "guest", builder->definition->name);
    qemu_option_append(options, "debug-threads", "on");
    qemu_arguments_take(builder, "-name", g_string_free(options, FALSE));
    if (builder->definition->uuid != NULL) {
        qemu_arguments_add(builder, "-uuid", builder->definition->uuid);
    }
}

static void
add_machine(QemuCommandBuilder *builder)
{
    const DomainDefinition *definition = builder->definition;
    const QemuMachine *machine = builder->plan->machine;
    GString *options = g_string_new(definition->os.machine != NULL ? definition->os.machine : machine->usual);

    qemu_option_append(options, "dump-guest-core", "off");
    if (machine->acpi_switch && definition->features.acpi_line == 0) {
        qemu_option_append(options, "acpi", "off");
    }
    if (machine->x86 && definition->clock.hpet != DOMAIN_SWITCH_DEFAULT) {
        qemu_option_append(options, "hpet", definition->clock.hpet == DOMAIN_SWITCH_ON ? "on" : "off");
    }
    qemu_arguments_take(builder, "-machine", g_string_free(options, FALSE));
    qemu_arguments_add(builder, "-accel", builder->context->accelerator);
}

/* Without a topology each vCPU is a socket, as in libvirt: QEMU's own choice changed between its versions. */
static void
add_processors(QemuCommandBuilder *builder)
{
    const DomainDefinition *definition = builder->definition;
    const DomainCpu *cpu = &definition->cpu;
    char *model = qemu_command_cpu(definition, builder->context, builder->architecture);
    GString *options = g_string_new(NULL);

    if (model != NULL) {
        qemu_arguments_take(builder, "-cpu", model);
    }
    g_string_append_printf(options, "cpus=%u,maxcpus=%u,sockets=%u", definition->current_vcpus,
                           definition->maximum_vcpus, cpu->sockets > 0 ? cpu->sockets : definition->maximum_vcpus);
    if (cpu->dies > 1) {
        g_string_append_printf(options, ",dies=%u", cpu->dies);
    }
    g_string_append_printf(options, ",cores=%u,threads=%u", MAX(cpu->cores, 1), MAX(cpu->threads, 1));
    qemu_arguments_take(builder, "-smp", g_string_free(options, FALSE));
    qemu_arguments_take(builder, "-m", g_strdup_printf("size=%" G_GUINT64_FORMAT "k", definition->memory_kib));
}

static void
add_boot(QemuCommandBuilder *builder)
{
    const DomainOs *os = &builder->definition->os;
    GString *options = g_string_new("strict=on");

    if (os->boot_menu != DOMAIN_SWITCH_DEFAULT) {
        qemu_option_append(options, "menu", os->boot_menu == DOMAIN_SWITCH_ON ? "on" : "off");
    }
    if (os->boot_menu_timeout > 0) {
        g_string_append_printf(options, ",splash-time=%u", os->boot_menu_timeout);
    }
    qemu_arguments_take(builder, "-boot", g_string_free(options, FALSE));
    if (os->kernel != NULL) {
        qemu_arguments_add(builder, "-kernel", os->kernel);
    }
    if (os->initrd != NULL) {
        qemu_arguments_add(builder, "-initrd", os->initrd);
    }
    if (os->command_line != NULL) {
        qemu_arguments_add(builder, "-append", os->command_line);
    }
}

static void
add_clock(QemuCommandBuilder *builder)
{
    const DomainClock *clock = &builder->definition->clock;
    GString *options = g_string_new(NULL);

    qemu_option_append(options, "base", clock->offset == DOMAIN_CLOCK_LOCALTIME ? "localtime" : "utc");
    if (clock->rtc_policy == DOMAIN_TICK_CATCHUP) {
        qemu_option_append(options, "driftfix", "slew");
    }
    qemu_arguments_take(builder, "-rtc", g_string_free(options, FALSE));
    if (clock->pit_policy != DOMAIN_TICK_DEFAULT && builder->context->kvm) {
        qemu_arguments_take(builder, "-global",
                            g_strdup_printf("kvm-pit.lost_tick_policy=%s",
                                            clock->pit_policy == DOMAIN_TICK_DELAY ? "delay" : "discard"));
    }
}

static void
add_end_actions(QemuCommandBuilder *builder)
{
    const DomainEndActions *end = &builder->definition->end;
    GString *options = g_string_new(NULL);

    qemu_option_append(options, "reboot", end->reboot == DOMAIN_END_RESTART ? "reset" : "shutdown");
    qemu_option_append(options, "shutdown", end->poweroff == DOMAIN_END_DESTROY ? "poweroff" : "pause");
    qemu_option_append(options, "panic", end->crash == DOMAIN_END_DESTROY ? "shutdown" : "pause");
    qemu_arguments_take(builder, "-action", g_string_free(options, FALSE));
}

void
qemu_command_add_system(QemuCommandBuilder *builder)
{
    add_name(builder);
    qemu_arguments_add(builder, "-S", NULL);
    qemu_arguments_add(builder, "-no-user-config", NULL);
    qemu_arguments_add(builder, "-nodefaults", NULL);
    if (builder->context->sandbox) {
        qemu_arguments_add(builder, "-sandbox",
                           "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
    }
    add_machine(builder);
    add_processors(builder);
    add_boot(builder);
    add_clock(builder);
    add_end_actions(builder);
    qemu_arguments_add(builder, "-msg", "timestamp=on");
}

void
qemu_command_add_monitors(QemuCommandBuilder *builder)
{
    const QemuCommandContext *context = builder->context;

    if (context->monitor_fd >= 0) {
        qemu_arguments_take(builder, "-chardev",
                            g_strdup_printf("socket,id=monitor,fd=%d,server=on,wait=off", context->monitor_fd));
        qemu_arguments_add(builder, "-mon", "chardev=monitor,mode=control");
    }
    if (context->keeper_fd >= 0) {
        qemu_arguments_take(builder, "-chardev", g_strdup_printf("socket,id=keeper,fd=%d", context->keeper_fd));
        qemu_arguments_add(builder, "-mon", "chardev=keeper,mode=control");
    }
}
