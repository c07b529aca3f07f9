// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// MortiseDomain: how much memory it has, its limits and its weights, each also without waiting.
#include "domain-private.h"

#include "api-task.h"
#include "bodies.h"

#include <mortise/mortise-domain-tuning.h>

static Call *
memory_call(MortiseDomain *self, guint64 kib, MortiseModifyFlags flags)
{
    Call *call = session_domain_call_new(self->session, OPERATION_SET_MEMORY, body_set_memory, self->record);
    call->numbers[0] = kib;
    call->flags = flags;
    return call;
}

static Call *
read_call(MortiseDomain *self, MortiseTuningGroup group, MortiseModifyFlags flags)
{
    Call *call = session_domain_call_new(self->session, OPERATION_TUNING, body_tuning, self->record);
    call->number = group;
    call->flags = flags;
    return call;
}

static Call *
set_call(MortiseDomain *self, MortiseTuningGroup group, GVariant *values, MortiseModifyFlags flags)
{
    Call *call = session_domain_call_new(self->session, OPERATION_SET_TUNING, body_set_tuning, self->record);
    call->number = group;
    call->values = g_variant_ref_sink(values);
    call->flags = flags;
    return call;
}

/* In the order of their names, so that the same answer looks the same. */
static GVariant *
take_values(Call *call)
{
    GVariantBuilder builder;
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(call->out_values), (GCompareFunc) g_strcmp0);
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a{sx}"));
    for (const GList *name = names; name != NULL; name = name->next) {
        GVariant *value = g_hash_table_lookup(call->out_values, name->data);
        g_variant_builder_add(&builder, "{sx}", (const char *) name->data, g_variant_get_int64(value));
    }
    return g_variant_ref_sink(g_variant_builder_end(&builder));
}

static void
return_values(GTask *task, Call *call)
{
    g_task_return_pointer(task, take_values(call), (GDestroyNotify) g_variant_unref);
}

gboolean
mortise_domain_set_memory(MortiseDomain *self, guint64 kib, MortiseModifyFlags flags, GCancellable *cancellable,
                          GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    return domain_run(memory_call(self, kib, flags), cancellable, error);
}

void
mortise_domain_set_memory_async(MortiseDomain *self, guint64 kib, MortiseModifyFlags flags,
                                GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_set_memory_async, memory_call(self, kib, flags), api_task_return_true,
                 cancellable, callback, user_data);
}

gboolean
mortise_domain_set_memory_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    return domain_finish(self, result, error);
}

GVariant *
mortise_domain_get_tuning(MortiseDomain *self, MortiseTuningGroup group, MortiseModifyFlags flags,
                          GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), NULL);
    g_autoptr(Call) call = read_call(self, group, flags);
    return call_run(call, cancellable, error) ? take_values(call) : NULL;
}

void
mortise_domain_get_tuning_async(MortiseDomain *self, MortiseTuningGroup group, MortiseModifyFlags flags,
                                GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    api_task_run(self, mortise_domain_get_tuning_async, read_call(self, group, flags), return_values, cancellable,
                 callback, user_data);
}

GVariant *
mortise_domain_get_tuning_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), NULL);
    return g_task_propagate_pointer(G_TASK(result), error);
}

gboolean
mortise_domain_set_tuning(MortiseDomain *self, MortiseTuningGroup group, GVariant *values, MortiseModifyFlags flags,
                          GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    g_return_val_if_fail(values != NULL && g_variant_is_of_type(values, G_VARIANT_TYPE("a{sx}")), FALSE);
    return domain_run(set_call(self, group, values, flags), cancellable, error);
}

void
mortise_domain_set_tuning_async(MortiseDomain *self, MortiseTuningGroup group, GVariant *values,
                                MortiseModifyFlags flags, GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    g_return_if_fail(values != NULL && g_variant_is_of_type(values, G_VARIANT_TYPE("a{sx}")));
    api_task_run(self, mortise_domain_set_tuning_async, set_call(self, group, values, flags), api_task_return_true,
                 cancellable, callback, user_data);
}

gboolean
mortise_domain_set_tuning_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    return domain_finish(self, result, error);
}
