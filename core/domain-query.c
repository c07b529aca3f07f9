// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// MortiseDomain: what is asked of the guest's emulator now.
#include "domain-private.h"

#include "bodies.h"

#include <mortise/mortise-domain-namespaces.h>

MortiseVcpuReport *
mortise_domain_get_vcpus(MortiseDomain *self, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), NULL);
    g_autoptr(Call) call = session_domain_call_new(self->session, OPERATION_VCPUS, body_vcpus, self->record);
    if (!call_run(call, cancellable, error)) {
        return NULL;
    }
    MortiseVcpuReport *report = g_new0(MortiseVcpuReport, 1);
    report->model = (MortiseVcpuModel) call->out_summary.model;
    report->pinnable = call->out_summary.pinnable != 0;
    report->reason = g_strdup(call->out_summary.reason);
    report->maximum = call->out_summary.maximum;
    report->vcpus = g_steal_pointer(&call->out_vcpus);
    return report;
}

MortiseDomainStats *
mortise_domain_get_stats(MortiseDomain *self, MortiseStatsGroups groups, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), NULL);
    if (!domain_check(self, error)) {
        return NULL;
    }
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(self->record);
    gboolean asks = domain_snapshot_is_active(snapshot) && !domain_record_is_being_moved(self->record);
    if (asks && (groups & ~MORTISE_STATS_GROUP_STATE) != 0) {
        g_autoptr(Call) call = session_domain_call_new(self->session, OPERATION_STATS, body_stats, self->record);
        call->flags = groups;
        if (!call_run(call, cancellable, error)) {
            return NULL;
        }
    }
    return domain_record_make_stats(self->record, groups);
}

int
mortise_domain_open_console(MortiseDomain *self, const char *device, gboolean force, GCancellable *cancellable,
                            GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), -1);
    g_autoptr(Call) call = session_domain_call_new(self->session, OPERATION_CONSOLE, body_console, self->record);
    call->text = g_strdup(device);
    call->flags = force ? MORTISE_CONSOLE_FORCE : 0;
    if (!call_run(call, cancellable, error)) {
        return -1;
    }
    int fd = call->out_fd;
    call->out_fd = -1;
    return fd;
}

static MortiseSecurityModule
module_of(guint32 flags)
{
    if ((flags & MORTISE_NAMESPACE_APPARMOR) != 0) {
        return MORTISE_SECURITY_MODULE_APPARMOR;
    }
    return (flags & MORTISE_NAMESPACE_SELINUX) != 0 ? MORTISE_SECURITY_MODULE_SELINUX : MORTISE_SECURITY_MODULE_NONE;
}

gboolean
mortise_domain_open_namespaces(MortiseDomain *self, int **namespaces, gsize *namespace_count, int **groups,
                               gsize *group_count, guint64 *capabilities, int *filter, gboolean *no_new_privileges,
                               char **label, MortiseSecurityModule *module, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    g_autoptr(Call) call = session_domain_call_new(self->session, OPERATION_NAMESPACES, body_namespaces, self->record);
    if (!call_run(call, cancellable, error)) {
        return FALSE;
    }
    MortiseNamespaces *opened = &call->out_namespaces;
    *namespace_count = opened->namespace_count;
    *namespaces = g_memdup2(opened->namespaces, opened->namespace_count * sizeof(int));
    *group_count = opened->group_count;
    *groups = g_memdup2(opened->groups, opened->group_count * sizeof(int));
    *capabilities = opened->capabilities;
    *filter = (opened->flags & MORTISE_NAMESPACE_FILTERED) != 0 ? opened->filter : -1;
    *no_new_privileges = (opened->flags & MORTISE_NAMESPACE_NO_NEW_PRIVILEGES) != 0;
    *label = *opened->label != '\0' ? g_strdup(opened->label) : NULL;
    *module = module_of(opened->flags);
    opened->namespace_count = 0;
    opened->group_count = 0;
    opened->flags = 0;
    return TRUE;
}
