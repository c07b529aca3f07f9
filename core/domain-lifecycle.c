// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// MortiseDomain: start, stop and everything between, each also without waiting.
#include "domain-private.h"

#include "api-task.h"
#include "bodies.h"

static Call *
start_call(MortiseDomain *self, MortiseStartFlags flags)
{
    Call *call = session_domain_call_new(self->session, OPERATION_START, body_start, self->record);
    call->flags = flags;
    return call;
}

gboolean
mortise_domain_start(MortiseDomain *self, MortiseStartFlags flags, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    return domain_run(start_call(self, flags), cancellable, error);
}

void
mortise_domain_start_async(MortiseDomain *self, MortiseStartFlags flags, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_start_async, start_call(self, flags), api_task_return_true, cancellable,
                 callback, user_data);
}

gboolean
mortise_domain_start_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    return domain_finish(self, result, error);
}

static Call *
shutdown_call(MortiseDomain *self, MortiseShutdownMode mode)
{
    Call *call = session_domain_call_new(self->session, OPERATION_SHUTDOWN, body_shutdown, self->record);
    call->flags = mode;
    return call;
}

gboolean
mortise_domain_shutdown(MortiseDomain *self, MortiseShutdownMode mode, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    return domain_run(shutdown_call(self, mode), cancellable, error);
}

void
mortise_domain_shutdown_async(MortiseDomain *self, MortiseShutdownMode mode, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_shutdown_async, shutdown_call(self, mode), api_task_return_true, cancellable,
                 callback, user_data);
}

gboolean
mortise_domain_shutdown_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    return domain_finish(self, result, error);
}

static Call *
reboot_call(MortiseDomain *self, MortiseShutdownMode mode)
{
    Call *call = session_domain_call_new(self->session, OPERATION_REBOOT, body_reboot, self->record);
    call->flags = mode;
    return call;
}

gboolean
mortise_domain_reboot(MortiseDomain *self, MortiseShutdownMode mode, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    return domain_run(reboot_call(self, mode), cancellable, error);
}

void
mortise_domain_reboot_async(MortiseDomain *self, MortiseShutdownMode mode, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_reboot_async, reboot_call(self, mode), api_task_return_true, cancellable,
                 callback, user_data);
}

gboolean
mortise_domain_reboot_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    return domain_finish(self, result, error);
}

static Call *
reset_call(MortiseDomain *self)
{
    Call *call = session_domain_call_new(self->session, OPERATION_RESET, body_reset, self->record);
    return call;
}

gboolean
mortise_domain_reset(MortiseDomain *self, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    return domain_run(reset_call(self), cancellable, error);
}

void
mortise_domain_reset_async(MortiseDomain *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_reset_async, reset_call(self), api_task_return_true, cancellable, callback,
                 user_data);
}

gboolean
mortise_domain_reset_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    return domain_finish(self, result, error);
}

static Call *
stop_call(MortiseDomain *self, MortiseStopFlags flags)
{
    Call *call = session_domain_call_new(self->session, OPERATION_STOP, body_stop, self->record);
    call->flags = flags;
    return call;
}

gboolean
mortise_domain_stop(MortiseDomain *self, MortiseStopFlags flags, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    return domain_run(stop_call(self, flags), cancellable, error);
}

void
mortise_domain_stop_async(MortiseDomain *self, MortiseStopFlags flags, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_stop_async, stop_call(self, flags), api_task_return_true, cancellable,
                 callback, user_data);
}

gboolean
mortise_domain_stop_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    return domain_finish(self, result, error);
}

static Call *
suspend_call(MortiseDomain *self)
{
    Call *call = session_domain_call_new(self->session, OPERATION_SUSPEND, body_suspend, self->record);
    return call;
}

gboolean
mortise_domain_suspend(MortiseDomain *self, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    return domain_run(suspend_call(self), cancellable, error);
}

void
mortise_domain_suspend_async(MortiseDomain *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_suspend_async, suspend_call(self), api_task_return_true, cancellable,
                 callback, user_data);
}

gboolean
mortise_domain_suspend_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    return domain_finish(self, result, error);
}

static Call *
resume_call(MortiseDomain *self)
{
    Call *call = session_domain_call_new(self->session, OPERATION_RESUME, body_resume, self->record);
    return call;
}

gboolean
mortise_domain_resume(MortiseDomain *self, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    return domain_run(resume_call(self), cancellable, error);
}

void
mortise_domain_resume_async(MortiseDomain *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_resume_async, resume_call(self), api_task_return_true, cancellable, callback,
                 user_data);
}

gboolean
mortise_domain_resume_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    return domain_finish(self, result, error);
}
