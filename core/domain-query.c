// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// MortiseDomain: what is asked of the guest's emulator now.
#include "domain-private.h"

#include "api-task.h"
#include "bodies.h"

#include <mortise/mortise-domain-namespaces.h>
#include <mortise/mortise-domain-query.h>

#include <unistd.h>

static Call *
vcpus_call(MortiseDomain *self)
{
    return session_domain_call_new(self->session, OPERATION_VCPUS, body_vcpus, self->record);
}

static MortiseVcpuReport *
take_report(Call *call)
{
    MortiseVcpuReport *report = g_new0(MortiseVcpuReport, 1);
    report->model = (MortiseVcpuModel) call->out_summary.model;
    report->pinnable = call->out_summary.pinnable != 0;
    report->reason = g_strdup(call->out_summary.reason);
    report->maximum = call->out_summary.maximum;
    report->vcpus = g_steal_pointer(&call->out_vcpus);
    return report;
}

static void
return_report(GTask *task, Call *call)
{
    g_task_return_pointer(task, take_report(call), (GDestroyNotify) mortise_vcpu_report_free);
}

MortiseVcpuReport *
mortise_domain_get_vcpus(MortiseDomain *self, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), NULL);
    g_autoptr(Call) call = vcpus_call(self);
    return call_run(call, cancellable, error) ? take_report(call) : NULL;
}

void
mortise_domain_get_vcpus_async(MortiseDomain *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_get_vcpus_async, vcpus_call(self), return_report, cancellable, callback,
                 user_data);
}

MortiseVcpuReport *
mortise_domain_get_vcpus_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), NULL);
    return g_task_propagate_pointer(G_TASK(result), error);
}

/* The call that the numbers need; NULL when they are what is published. */
static Call *
stats_call(MortiseDomain *self, MortiseStatsGroups groups)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(self->record);
    gboolean asks = domain_snapshot_is_active(snapshot) && !domain_record_is_being_moved(self->record);
    if (!asks || (groups & ~MORTISE_STATS_GROUP_STATE) == 0) {
        return NULL;
    }
    Call *call = session_domain_call_new(self->session, OPERATION_STATS, body_stats, self->record);
    call->flags = groups;
    return call;
}

static void
return_stats(GTask *task, Call *call)
{
    MortiseDomainStats *stats = domain_record_make_stats(call->record, call->flags);
    g_task_return_pointer(task, stats, (GDestroyNotify) mortise_domain_stats_free);
}

MortiseDomainStats *
mortise_domain_get_stats(MortiseDomain *self, MortiseStatsGroups groups, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), NULL);
    if (!domain_check(self, error)) {
        return NULL;
    }
    g_autoptr(Call) call = stats_call(self, groups);
    if (call != NULL && !call_run(call, cancellable, error)) {
        return NULL;
    }
    return domain_record_make_stats(self->record, groups);
}

void
mortise_domain_get_stats_async(MortiseDomain *self, MortiseStatsGroups groups, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    GError *error = NULL;
    if (!domain_check(self, &error)) {
        api_task_fail(self, mortise_domain_get_stats_async, error, callback, user_data);
        return;
    }
    Call *call = stats_call(self, groups);
    if (call != NULL) {
        api_task_run(self, mortise_domain_get_stats_async, call, return_stats, cancellable, callback, user_data);
        return;
    }
    g_autoptr(GTask) task = g_task_new(self, NULL, callback, user_data);
    g_task_set_source_tag(task, mortise_domain_get_stats_async);
    g_task_return_pointer(task, domain_record_make_stats(self->record, groups),
                          (GDestroyNotify) mortise_domain_stats_free);
}

MortiseDomainStats *
mortise_domain_get_stats_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), NULL);
    return g_task_propagate_pointer(G_TASK(result), error);
}

static Call *
console_call(MortiseDomain *self, const char *device, gboolean force)
{
    Call *call = session_domain_call_new(self->session, OPERATION_CONSOLE, body_console, self->record);
    call->text = g_strdup(device);
    call->flags = force ? MORTISE_CONSOLE_FORCE : 0;
    return call;
}

static int
take_fd(Call *call)
{
    int fd = call->out_fd;
    call->out_fd = -1;
    return fd;
}

static void
close_boxed(gpointer data)
{
    g_autofree int *fd = data;
    (void) close(*fd);
}

/* In a box, which is closed when nobody fetches the result. */
static void
return_console(GTask *task, Call *call)
{
    int fd = take_fd(call);
    g_task_return_pointer(task, g_memdup2(&fd, sizeof fd), close_boxed);
}

int
mortise_domain_open_console(MortiseDomain *self, const char *device, gboolean force, GCancellable *cancellable,
                            GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), -1);
    g_autoptr(Call) call = console_call(self, device, force);
    return call_run(call, cancellable, error) ? take_fd(call) : -1;
}

void
mortise_domain_open_console_async(MortiseDomain *self, const char *device, gboolean force, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_open_console_async, console_call(self, device, force), return_console,
                 cancellable, callback, user_data);
}

int
mortise_domain_open_console_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), -1);
    g_autofree int *fd = g_task_propagate_pointer(G_TASK(result), error);
    return fd != NULL ? *fd : -1;
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
