// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// MortiseDomain: devices that are given, taken away and changed, each also without waiting.
#include "domain-private.h"

#include "api-task.h"
#include "bodies.h"

#include <mortise/mortise-domain-device.h>

static Call *
device_call(MortiseDomain *self, OperationCode code, CallBody body, const char *xml, MortiseModifyFlags flags)
{
    Call *call = session_domain_call_new(self->session, code, body, self->record);
    call->text = g_strdup(xml);
    call->flags = flags;
    return call;
}

static Call *
attach_call(MortiseDomain *self, const char *xml, MortiseModifyFlags flags)
{
    return device_call(self, OPERATION_ATTACH_DEVICE, body_attach_device, xml, flags);
}

gboolean
mortise_domain_attach_device(MortiseDomain *self, const char *xml, MortiseModifyFlags flags, GCancellable *cancellable,
                             GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self) && xml != NULL, FALSE);
    return domain_run(attach_call(self, xml, flags), cancellable, error);
}

void
mortise_domain_attach_device_async(MortiseDomain *self, const char *xml, MortiseModifyFlags flags,
                                   GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self) && xml != NULL);
    api_task_run(self, mortise_domain_attach_device_async, attach_call(self, xml, flags), api_task_return_true,
                 cancellable, callback, user_data);
}

gboolean
mortise_domain_attach_device_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    return domain_finish(self, result, error);
}

static Call *
detach_call(MortiseDomain *self, const char *xml, MortiseModifyFlags flags)
{
    return device_call(self, OPERATION_DETACH_DEVICE, body_detach_device, xml, flags);
}

gboolean
mortise_domain_detach_device(MortiseDomain *self, const char *xml, MortiseModifyFlags flags, GCancellable *cancellable,
                             GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self) && xml != NULL, FALSE);
    return domain_run(detach_call(self, xml, flags), cancellable, error);
}

void
mortise_domain_detach_device_async(MortiseDomain *self, const char *xml, MortiseModifyFlags flags,
                                   GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self) && xml != NULL);
    api_task_run(self, mortise_domain_detach_device_async, detach_call(self, xml, flags), api_task_return_true,
                 cancellable, callback, user_data);
}

gboolean
mortise_domain_detach_device_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    return domain_finish(self, result, error);
}

static Call *
update_call(MortiseDomain *self, const char *xml, MortiseModifyFlags flags)
{
    return device_call(self, OPERATION_UPDATE_DEVICE, body_update_device, xml, flags);
}

gboolean
mortise_domain_update_device(MortiseDomain *self, const char *xml, MortiseModifyFlags flags, GCancellable *cancellable,
                             GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self) && xml != NULL, FALSE);
    return domain_run(update_call(self, xml, flags), cancellable, error);
}

void
mortise_domain_update_device_async(MortiseDomain *self, const char *xml, MortiseModifyFlags flags,
                                   GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self) && xml != NULL);
    api_task_run(self, mortise_domain_update_device_async, update_call(self, xml, flags), api_task_return_true,
                 cancellable, callback, user_data);
}

gboolean
mortise_domain_update_device_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    return domain_finish(self, result, error);
}
