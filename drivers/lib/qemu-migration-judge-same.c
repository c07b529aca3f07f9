// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether another XML is still the machine that a guest runs on, before anything of the guest is sent.
#include "qemu-migration-judge.h"

static gboolean
is_other_text(const char *one, const char *other)
{
    return other && g_strcmp0(one, other) != 0;
}

/* Addresses that were left out are assigned, most likely as they were. */
static gboolean
is_elsewhere(const DomainDevice *one, const DomainDevice *other)
{
    return one->address.type != DOMAIN_ADDRESS_NONE && other->address.type != DOMAIN_ADDRESS_NONE &&
           !domain_address_equal(&one->address, &other->address);
}

static gboolean
is_on(const DomainCpuFeature *feature)
{
    return feature->policy == DOMAIN_CPU_FEATURE_REQUIRE || feature->policy == DOMAIN_CPU_FEATURE_FORCE;
}

/* What is on must not be off there, nor be left out of a CPU that is spelled out. */
static gboolean
loses_feature(const DomainDefinition *from, const DomainDefinition *to, gboolean spelled_out)
{
    for (guint i = 0; i < from->cpu.features->len; i++) {
        const DomainCpuFeature *feature = from->cpu.features->pdata[i];
        const DomainCpuFeature *match = is_on(feature) ? domain_definition_cpu_feature(to, feature->name) : feature;
        if (match ? is_on(feature) && match->policy == DOMAIN_CPU_FEATURE_DISABLE : spelled_out) {
            return TRUE;
        }
    }
    return FALSE;
}

static const char *
find_in_cpu(const DomainDefinition *one, const DomainDefinition *other)
{
    const gboolean spelled_out = other->cpu.mode != DOMAIN_CPU_DEFAULT;
    const gboolean both = spelled_out && one->cpu.mode != DOMAIN_CPU_DEFAULT;

    return one->maximum_vcpus != other->maximum_vcpus   ? "its number of vCPUs"
           : one->current_vcpus != other->current_vcpus ? "its number of vCPUs that are plugged"
           : both && (one->cpu.mode != other->cpu.mode || is_other_text(one->cpu.model, other->cpu.model))
               ? "its CPU model"
           : loses_feature(one, other, spelled_out) || loses_feature(other, one, FALSE) ? "what its CPU can do"
                                                                                        : NULL;
}

static const char *
find_in_disks(const DomainDefinition *one, const DomainDefinition *other)
{
    for (guint i = 0; i < one->disks->len && i < other->disks->len; i++) {
        const DomainDisk *first = one->disks->pdata[i];
        const DomainDisk *second = other->disks->pdata[i];
        if (first->type != second->type || first->bus != second->bus || is_other_text(first->target, second->target) ||
            first->read_only != second->read_only || g_strcmp0(first->serial, second->serial) != 0 ||
            is_elsewhere(&first->device, &second->device)) {
            return "kind, target, serial number or address of a disk";
        }
    }
    return one->disks->len != other->disks->len ? "its number of disks" : NULL;
}

static const char *
find_in_interfaces(const DomainDefinition *one, const DomainDefinition *other)
{
    for (guint i = 0; i < one->interfaces->len && i < other->interfaces->len; i++) {
        const DomainInterface *first = one->interfaces->pdata[i];
        const DomainInterface *second = other->interfaces->pdata[i];
        if (first->model != second->model || g_strcmp0(first->mac, second->mac) != 0 ||
            first->queues != second->queues || is_elsewhere(&first->device, &second->device)) {
            return "model, MAC, queues or address of an interface";
        }
    }
    return one->interfaces->len != other->interfaces->len ? "its number of interfaces" : NULL;
}

static const char *
find_in_others(const DomainDefinition *one, const DomainDefinition *other)
{
    const DomainVideoModel video = other->video.model;
    const DomainBalloonModel balloon = other->balloon.model;

    return one->serials->len != other->serials->len ? "its number of serial ports"
           : one->rngs->len != other->rngs->len     ? "its number of random number generators"
           : (video != DOMAIN_VIDEO_DEFAULT && one->video.model != DOMAIN_VIDEO_DEFAULT && one->video.model != video) ||
                   is_elsewhere(&one->video.device, &other->video.device)
               ? "its video device"
           : (balloon != DOMAIN_BALLOON_DEFAULT && one->balloon.model != DOMAIN_BALLOON_DEFAULT &&
              one->balloon.model != balloon) ||
                   is_elsewhere(&one->balloon.device, &other->balloon.device)
               ? "its memory balloon"
               : NULL;
}

static const char *
find_in_machine(const DomainDefinition *one, const DomainDefinition *other)
{
    return g_strcmp0(one->uuid, other->uuid) != 0                         ? "its UUID"
           : g_strcmp0(one->type, other->type) != 0                       ? "its type"
           : g_strcmp0(one->os.architecture, other->os.architecture) != 0 ? "its architecture"
           : g_strcmp0(one->os.machine, other->os.machine) != 0           ? "its machine type"
           : one->memory_kib != other->memory_kib                         ? "its memory"
           : !one->features.acpi_line != !other->features.acpi_line ||
                   !one->features.apic_line != !other->features.apic_line
               ? "ACPI or APIC"
               : NULL;
}

const char *
qemu_judge_difference(const DomainDefinition *one, const DomainDefinition *other)
{
    const char *what = find_in_machine(one, other);

    what = what ? what : find_in_cpu(one, other);
    what = what ? what : find_in_disks(one, other);
    what = what ? what : find_in_interfaces(one, other);
    return what ? what : find_in_others(one, other);
}
