// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// How a call ends for its caller: with its result, at its deadline, or cancelled.
#include "call-private.h"

#include "call-pool.h"
#include "domain-record.h"
#include "error.h"
#include "session.h"

gboolean
call_settle(Call *self, GError *error)
{
    CallDone done = NULL;
    g_mutex_lock(&self->lock);
    if (self->settled) {
        g_mutex_unlock(&self->lock);
        g_clear_error(&error);
        return FALSE;
    }
    self->settled = TRUE;
    self->error = error;
    done = self->done;
    g_cond_broadcast(&self->settled_condition);
    g_mutex_unlock(&self->lock);
    if (done != NULL) {
        done(self, error, self->done_data);
    }
    return TRUE;
}

static GError *
call_timeout_error(Call *self, Call *holder)
{
    GError *error = NULL;
    const char *object = self->record != NULL ? domain_record_get_name(self->record) : NULL;
    const char *what = object != NULL ? object : (self->module != NULL ? self->module->name : "connection");
    if (holder != NULL) {
        mortise_error_set(
            &error, holder->record == self->record ? MORTISE_ERROR_DOMAIN_BUSY : MORTISE_ERROR_TIMEOUT, what,
            "wait until it ends, or try again with a longer deadline",
            "%s of '%s' did not begin in %" G_GINT64_FORMAT " ms: %s has been under way for %" G_GINT64_FORMAT
            " ms",
            self->operation->name, what, call_get_age_ms(self), holder->operation->name, call_get_age_ms(holder));
    } else {
        mortise_error_set(&error, MORTISE_ERROR_TIMEOUT, what,
                          "what was begun may still finish; ask for the state before you try again",
                          "%s of '%s' did not finish in %" G_GINT64_FORMAT " ms", self->operation->name, what,
                          call_get_age_ms(self));
    }
    return error;
}

GError *
call_give_up_error(Call *self, gboolean cancelled, CallPhase phase)
{
    if (cancelled) {
        GError *error = NULL;
        mortise_error_set(&error, MORTISE_ERROR_CANCELLED, NULL, NULL, "%s was cancelled by its caller%s",
                          self->operation->name, phase == CALL_RUNNING ? "; what was begun may still finish" : "");
        return error;
    }
    g_autoptr(Call) holder = NULL;
    if (phase == CALL_WAITING && self->gate_index < self->gate_count) {
        holder = gate_get_holder(self->gates[self->gate_index]);
    }
    return call_timeout_error(self, holder);
}

/* With the lock held. */
static void
call_write_off(Call *self)
{
    self->written_off = TRUE;
    if (self->session != NULL) {
        session_call_late(self->session);
    }
}

void
call_give_up(Call *self, gboolean cancelled)
{
    g_mutex_lock(&self->lock);
    gboolean already = self->settled;
    CallPhase phase = self->phase;
    if (!already && phase == CALL_WAITING) {
        self->phase = CALL_DONE;
        call_write_off(self);
    }
    if (!already && phase == CALL_RUNNING && !self->late) {
        self->late = TRUE;
        call_pool_lend();
        call_write_off(self);
        /* under the lock: the mark must be there before the worker can take it away */
        if (self->record != NULL && !cancelled) {
            domain_record_hung(self->record, self);
        }
    }
    g_mutex_unlock(&self->lock);
    if (already || phase == CALL_DONE) {
        return;
    }
    (void) call_settle(self, call_give_up_error(self, cancelled, phase));
}
