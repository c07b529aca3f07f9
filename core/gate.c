// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A gate: one mutex, one holder, one queue.
#include "gate.h"

#include "call.h"

void
gate_init(Gate *self)
{
    g_mutex_init(&self->lock);
    self->holder = NULL;
    g_queue_init(&self->waiting);
}

void
gate_clear(Gate *self)
{
    g_queue_clear_full(&self->waiting, (GDestroyNotify) call_unref);
    g_clear_pointer(&self->holder, call_unref);
    g_mutex_clear(&self->lock);
}

gboolean
gate_enter(Gate *self, Call *call)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    if (self->holder == NULL) {
        self->holder = call_ref(call);
        return TRUE;
    }
    g_queue_push_tail(&self->waiting, call_ref(call));
    return FALSE;
}

Call *
gate_leave(Gate *self)
{
    g_autoptr(Call) left = NULL;
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    left = g_steal_pointer(&self->holder);
    self->holder = g_queue_pop_head(&self->waiting);
    return self->holder != NULL ? call_ref(self->holder) : NULL;
}

Call *
gate_get_holder(Gate *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    return self->holder != NULL ? call_ref(self->holder) : NULL;
}
