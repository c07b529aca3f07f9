// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// MortiseDomain: changes of its definition, each also without waiting.
#include "domain-private.h"

#include "api-task.h"
#include "bodies.h"

static Call *
undefine_call(MortiseDomain *self)
{
    Call *call = session_domain_call_new(self->session, OPERATION_UNDEFINE, body_undefine, self->record);
    return call;
}

gboolean
mortise_domain_undefine(MortiseDomain *self, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    return domain_run(undefine_call(self), cancellable, error);
}

void
mortise_domain_undefine_async(MortiseDomain *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_undefine_async, undefine_call(self), api_task_return_true, cancellable,
                 callback, user_data);
}

gboolean
mortise_domain_undefine_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    return domain_finish(self, result, error);
}

static Call *
set_autostart_call(MortiseDomain *self, gboolean autostart)
{
    Call *call = session_domain_call_new(self->session, OPERATION_SET_AUTOSTART, body_set_autostart, self->record);
    call->flags = autostart ? 1 : 0;
    return call;
}

gboolean
mortise_domain_set_autostart(MortiseDomain *self, gboolean autostart, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    return domain_run(set_autostart_call(self, autostart), cancellable, error);
}

void
mortise_domain_set_autostart_async(MortiseDomain *self, gboolean autostart, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_set_autostart_async, set_autostart_call(self, autostart),
                 api_task_return_true, cancellable, callback, user_data);
}

gboolean
mortise_domain_set_autostart_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    return domain_finish(self, result, error);
}

static Call *
set_title_call(MortiseDomain *self, const char *title)
{
    Call *call = session_domain_call_new(self->session, OPERATION_SET_TEXT, body_set_title, self->record);
    call->text = g_strdup(title);
    return call;
}

gboolean
mortise_domain_set_title(MortiseDomain *self, const char *title, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    return domain_run(set_title_call(self, title), cancellable, error);
}

void
mortise_domain_set_title_async(MortiseDomain *self, const char *title, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_set_title_async, set_title_call(self, title), api_task_return_true,
                 cancellable, callback, user_data);
}

gboolean
mortise_domain_set_title_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    return domain_finish(self, result, error);
}

static Call *
set_description_call(MortiseDomain *self, const char *description)
{
    Call *call = session_domain_call_new(self->session, OPERATION_SET_TEXT, body_set_description, self->record);
    call->text = g_strdup(description);
    return call;
}

gboolean
mortise_domain_set_description(MortiseDomain *self, const char *description, GCancellable *cancellable,
                               GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    return domain_run(set_description_call(self, description), cancellable, error);
}

void
mortise_domain_set_description_async(MortiseDomain *self, const char *description, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_set_description_async, set_description_call(self, description),
                 api_task_return_true, cancellable, callback, user_data);
}

gboolean
mortise_domain_set_description_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    return domain_finish(self, result, error);
}

static Call *
set_metadata_call(MortiseDomain *self, const char *uri, const char *key, const char *element)
{
    Call *call = session_domain_call_new(self->session, OPERATION_SET_TEXT, body_set_metadata, self->record);
    call->text = g_strdup(uri);
    call->second_text = g_strdup(key);
    call->third_text = g_strdup(element);
    return call;
}

gboolean
mortise_domain_set_metadata(MortiseDomain *self, const char *uri, const char *key, const char *element,
                            GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    return domain_run(set_metadata_call(self, uri, key, element), cancellable, error);
}

void
mortise_domain_set_metadata_async(MortiseDomain *self, const char *uri, const char *key, const char *element,
                                  GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_set_metadata_async, set_metadata_call(self, uri, key, element),
                 api_task_return_true, cancellable, callback, user_data);
}

gboolean
mortise_domain_set_metadata_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    return domain_finish(self, result, error);
}
