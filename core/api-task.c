// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Asynchronous variants of the API.
#include "api-task.h"

typedef struct {
    GTask *task;
    ApiTaskReturn give;
} ApiTask;

static void
api_task_done(Call *call, const GError *error, gpointer data)
{
    g_autofree ApiTask *self = data;
    g_autoptr(GTask) task = self->task;
    if (error != NULL) {
        g_task_return_error(task, g_error_copy(error));
    } else {
        self->give(task, call);
    }
}

void
api_task_run(gpointer source, gpointer tag, Call *call, ApiTaskReturn give, GCancellable *cancellable,
             GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr(Call) owned = call;
    ApiTask *self = g_new0(ApiTask, 1);
    self->task = g_task_new(source, cancellable, callback, user_data);
    self->give = give;
    g_task_set_source_tag(self->task, tag);
    /* the call itself tells of a cancellation, with an error of the right domain */
    g_task_set_check_cancellable(self->task, FALSE);
    call_run_async(owned, cancellable, api_task_done, self);
}

void
api_task_fail(gpointer source, gpointer tag, GError *error, GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr(GTask) task = g_task_new(source, NULL, callback, user_data);
    g_task_set_source_tag(task, tag);
    g_task_return_error(task, error);
}

void
api_task_return_true(GTask *task, Call *call G_GNUC_UNUSED)
{
    g_task_return_boolean(task, TRUE);
}
