// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// MortiseDomain: how many vCPUs it has and on which host CPUs it runs, each also without waiting.
#include "domain-private.h"

#include "api-task.h"
#include "bodies.h"

#include <mortise/mortise-domain-vcpu.h>

static Call *
count_call(MortiseDomain *self, guint count, MortiseModifyFlags flags)
{
    Call *call = session_domain_call_new(self->session, OPERATION_SET_VCPUS, body_set_vcpus, self->record);
    call->number = count;
    call->flags = flags;
    return call;
}

static Call *
pin_call(MortiseDomain *self, guint vcpu, const char *cpus, MortiseModifyFlags flags)
{
    Call *call = session_domain_call_new(self->session, OPERATION_PIN, body_pin, self->record);
    call->number = vcpu;
    call->text = g_strdup(cpus);
    call->flags = flags;
    return call;
}

static Call *
pins_call(MortiseDomain *self, MortiseModifyFlags flags)
{
    Call *call = session_domain_call_new(self->session, OPERATION_PINS, body_pins, self->record);
    call->flags = flags;
    return call;
}

/* Takes the list out of the call, and the emulator out of the list. */
static MortiseVcpuPins *
take_pins(Call *call)
{
    MortiseVcpuPins *pins = g_new0(MortiseVcpuPins, 1);
    pins->current = call->out_settings.current;
    pins->maximum = call->out_settings.maximum;
    pins->vcpus = g_steal_pointer(&call->out_vcpus);
    for (guint i = pins->vcpus->len; i > 0; i--) {
        MortiseVcpuInfo *info = g_ptr_array_index(pins->vcpus, i - 1);
        if (info->id == MORTISE_VCPU_EMULATOR) {
            g_free(pins->emulator);
            pins->emulator = g_steal_pointer(&info->affinity);
            g_ptr_array_remove_index(pins->vcpus, i - 1);
        }
    }
    return pins;
}

static void
return_pins(GTask *task, Call *call)
{
    g_task_return_pointer(task, take_pins(call), (GDestroyNotify) mortise_vcpu_pins_free);
}

gboolean
mortise_domain_set_vcpus(MortiseDomain *self, guint count, MortiseModifyFlags flags,
                         GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    g_autoptr(Call) call = count_call(self, count, flags);
    return call_run(call, cancellable, error);
}

void
mortise_domain_set_vcpus_async(MortiseDomain *self, guint count, MortiseModifyFlags flags,
                               GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_set_vcpus_async, count_call(self, count, flags),
                 api_task_return_true, cancellable, callback, user_data);
}

gboolean
mortise_domain_set_vcpus_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), FALSE);
    return g_task_propagate_boolean(G_TASK(result), error);
}

gboolean
mortise_domain_pin_vcpu(MortiseDomain *self, guint vcpu, const char *cpus, MortiseModifyFlags flags,
                        GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    g_autoptr(Call) call = pin_call(self, vcpu, cpus, flags);
    return call_run(call, cancellable, error);
}

void
mortise_domain_pin_vcpu_async(MortiseDomain *self, guint vcpu, const char *cpus, MortiseModifyFlags flags,
                              GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_pin_vcpu_async, pin_call(self, vcpu, cpus, flags),
                 api_task_return_true, cancellable, callback, user_data);
}

gboolean
mortise_domain_pin_vcpu_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), FALSE);
    return g_task_propagate_boolean(G_TASK(result), error);
}

gboolean
mortise_domain_pin_emulator(MortiseDomain *self, const char *cpus, MortiseModifyFlags flags,
                            GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    g_autoptr(Call) call = pin_call(self, MORTISE_VCPU_EMULATOR, cpus, flags);
    return call_run(call, cancellable, error);
}

void
mortise_domain_pin_emulator_async(MortiseDomain *self, const char *cpus, MortiseModifyFlags flags,
                                  GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_pin_emulator_async, pin_call(self, MORTISE_VCPU_EMULATOR, cpus,
                 flags), api_task_return_true, cancellable, callback, user_data);
}

gboolean
mortise_domain_pin_emulator_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), FALSE);
    return g_task_propagate_boolean(G_TASK(result), error);
}

MortiseVcpuPins *
mortise_domain_get_vcpu_pins(MortiseDomain *self, MortiseModifyFlags flags, GCancellable *cancellable,
                             GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), NULL);
    g_autoptr(Call) call = pins_call(self, flags);
    return call_run(call, cancellable, error) ? take_pins(call) : NULL;
}

void
mortise_domain_get_vcpu_pins_async(MortiseDomain *self, MortiseModifyFlags flags, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_get_vcpu_pins_async, pins_call(self, flags), return_pins,
                 cancellable, callback, user_data);
}

MortiseVcpuPins *
mortise_domain_get_vcpu_pins_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), NULL);
    return g_task_propagate_pointer(G_TASK(result), error);
}
