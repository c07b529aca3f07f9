// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The argument of -cpu: model, features, TSC frequency, kvmclock.
#include "qemu-command-private.h"

static const char *
switch_word(gboolean on)
{
    return on ? "on" : "off";
}

static const char *
base_model(const DomainDefinition *definition, const QemuCommandContext *context, const char *architecture)
{
    switch (definition->cpu.mode) {
    case DOMAIN_CPU_CUSTOM:
        return definition->cpu.model;
    case DOMAIN_CPU_HOST_PASSTHROUGH:
        return "host";
    case DOMAIN_CPU_HOST_MODEL:
        return context->host_cpu_model;
    case DOMAIN_CPU_MAXIMUM:
        return "max";
    case DOMAIN_CPU_DEFAULT:
    default:
        return qemu_usual_cpu(architecture);
    }
}

static void
append_features(GString *properties, const GPtrArray *features)
{
    for (guint i = 0; i < features->len; i++) {
        const DomainCpuFeature *feature = g_ptr_array_index(features, i);

        g_string_append_printf(properties, ",%s=%s", feature->name,
                               switch_word(feature->policy != DOMAIN_CPU_FEATURE_DISABLE));
    }
}

char *
qemu_command_cpu(const DomainDefinition *definition, const QemuCommandContext *context, const char *architecture)
{
    const DomainCpu *cpu = &definition->cpu;
    const DomainClock *clock = &definition->clock;
    g_autoptr(GString) properties = g_string_new(NULL);

    if (cpu->migratable != DOMAIN_SWITCH_DEFAULT) {
        g_string_append_printf(properties, ",migratable=%s", switch_word(cpu->migratable == DOMAIN_SWITCH_ON));
    }
    append_features(properties, cpu->features);
    if (clock->tsc_frequency > 0) {
        g_string_append_printf(properties, ",tsc-frequency=%" G_GUINT64_FORMAT, clock->tsc_frequency);
    }
    if (clock->kvmclock != DOMAIN_SWITCH_DEFAULT && context->kvm) {
        g_string_append_printf(properties, ",kvmclock=%s", switch_word(clock->kvmclock == DOMAIN_SWITCH_ON));
    }
    if (cpu->check_full) {
        g_string_append(properties, ",enforce");
    }
    if (cpu->mode == DOMAIN_CPU_DEFAULT && properties->len == 0) {
        return NULL;
    }
    return g_strconcat(base_model(definition, context, architecture), properties->str, NULL);
}

/* libvirt writes underscores where QEMU answers with hyphens, and one name is another one there. */
static char *
qemu_feature_name(const char *name)
{
    if (g_strcmp0(name, "pclmuldq") == 0) {
        return g_strdup("pclmulqdq");
    }
    return g_strdelimit(g_strdup(name), "_", '-');
}

char **
qemu_command_required_features(const DomainDefinition *definition, const QemuMachine *machine)
{
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();

    for (guint i = 0; machine->x86 && i < definition->cpu.features->len; i++) {
        const DomainCpuFeature *feature = g_ptr_array_index(definition->cpu.features, i);
        g_autofree char *name = qemu_feature_name(feature->name);

        if (feature->policy == DOMAIN_CPU_FEATURE_REQUIRE) {
            g_strv_builder_add(names, name);
        }
    }
    return g_strv_builder_end(names);
}
