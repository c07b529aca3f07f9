// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Asynchronous variants of the API: a call whose end is the end of a GTask.
#pragma once

#include "call.h"

#include <gio/gio.h>

/* Ends the task with what the call returned. */
typedef void (*ApiTaskReturn)(GTask *task, Call *call);

/* Runs the call and ends a task of `source` with it: on failure with the error, else by `give`. Takes the call. */
void api_task_run(gpointer source, gpointer tag, Call *call, ApiTaskReturn give, GCancellable *cancellable,
                  GAsyncReadyCallback callback, gpointer user_data);
/* Ends a task at once with an error. Takes the error. */
void api_task_fail(gpointer source, gpointer tag, GError *error, GAsyncReadyCallback callback, gpointer user_data);

void api_task_return_true(GTask *task, Call *call);
