// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The boxed reports of the API: copies and frees.
#include <mortise/mortise-reports.h>

G_DEFINE_BOXED_TYPE(MortiseHostInfo, mortise_host_info, mortise_host_info_copy, mortise_host_info_free)
G_DEFINE_BOXED_TYPE(MortiseDomainInfo, mortise_domain_info, mortise_domain_info_copy, mortise_domain_info_free)
G_DEFINE_BOXED_TYPE(MortiseVcpuInfo, mortise_vcpu_info, mortise_vcpu_info_copy, mortise_vcpu_info_free)
G_DEFINE_BOXED_TYPE(MortiseVcpuReport, mortise_vcpu_report, mortise_vcpu_report_copy, mortise_vcpu_report_free)
G_DEFINE_BOXED_TYPE(MortiseVcpuPins, mortise_vcpu_pins, mortise_vcpu_pins_copy, mortise_vcpu_pins_free)
G_DEFINE_BOXED_TYPE(MortiseDomainStats, mortise_domain_stats, mortise_domain_stats_copy, mortise_domain_stats_free)

MortiseHostInfo *
mortise_host_info_copy(const MortiseHostInfo *self)
{
    MortiseHostInfo *copy = g_memdup2(self, sizeof(*self));
    copy->model = g_strdup(self->model);
    copy->hostname = g_strdup(self->hostname);
    copy->hypervisor = g_strdup(self->hypervisor);
    return copy;
}

void
mortise_host_info_free(MortiseHostInfo *self)
{
    if (self != NULL) {
        g_free(self->model);
        g_free(self->hostname);
        g_free(self->hypervisor);
        g_free(self);
    }
}

MortiseDomainInfo *
mortise_domain_info_copy(const MortiseDomainInfo *self)
{
    MortiseDomainInfo *copy = g_memdup2(self, sizeof(*self));
    copy->name = g_strdup(self->name);
    copy->uuid = g_strdup(self->uuid);
    copy->type = g_strdup(self->type);
    copy->driver = g_strdup(self->driver);
    copy->title = g_strdup(self->title);
    copy->reason = g_strdup(self->reason);
    copy->detail = g_strdup(self->detail);
    copy->hung_operation = g_strdup(self->hung_operation);
    return copy;
}

void
mortise_domain_info_free(MortiseDomainInfo *self)
{
    if (self != NULL) {
        g_free(self->name);
        g_free(self->uuid);
        g_free(self->type);
        g_free(self->driver);
        g_free(self->title);
        g_free(self->reason);
        g_free(self->detail);
        g_free(self->hung_operation);
        g_free(self);
    }
}

MortiseVcpuInfo *
mortise_vcpu_info_copy(const MortiseVcpuInfo *self)
{
    MortiseVcpuInfo *copy = g_memdup2(self, sizeof(*self));
    copy->affinity = g_strdup(self->affinity);
    return copy;
}

void
mortise_vcpu_info_free(MortiseVcpuInfo *self)
{
    if (self != NULL) {
        g_free(self->affinity);
        g_free(self);
    }
}

MortiseVcpuReport *
mortise_vcpu_report_copy(const MortiseVcpuReport *self)
{
    MortiseVcpuReport *copy = g_memdup2(self, sizeof(*self));
    copy->reason = g_strdup(self->reason);
    copy->vcpus = g_ptr_array_ref(self->vcpus);
    return copy;
}

void
mortise_vcpu_report_free(MortiseVcpuReport *self)
{
    if (self != NULL) {
        g_free(self->reason);
        g_ptr_array_unref(self->vcpus);
        g_free(self);
    }
}

MortiseVcpuPins *
mortise_vcpu_pins_copy(const MortiseVcpuPins *self)
{
    MortiseVcpuPins *copy = g_memdup2(self, sizeof(*self));
    copy->emulator = g_strdup(self->emulator);
    copy->vcpus = g_ptr_array_ref(self->vcpus);
    return copy;
}

void
mortise_vcpu_pins_free(MortiseVcpuPins *self)
{
    if (self != NULL) {
        g_free(self->emulator);
        g_ptr_array_unref(self->vcpus);
        g_free(self);
    }
}

MortiseDomainStats *
mortise_domain_stats_copy(const MortiseDomainStats *self)
{
    MortiseDomainStats *copy = g_memdup2(self, sizeof(*self));
    copy->name = g_strdup(self->name);
    copy->uuid = g_strdup(self->uuid);
    copy->values = g_variant_ref(self->values);
    copy->hung_operation = g_strdup(self->hung_operation);
    return copy;
}

void
mortise_domain_stats_free(MortiseDomainStats *self)
{
    if (self != NULL) {
        g_free(self->name);
        g_free(self->uuid);
        g_variant_unref(self->values);
        g_free(self->hung_operation);
        g_free(self);
    }
}
