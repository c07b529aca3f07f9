// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Lets a loaded module look at this host.
#include "probe.h"

#include "call.h"
#include "host-sinks.h"
#include "host-table.h"

#include <mortise/mortise-check.h>

static gboolean
body_probe(Call *call, GError **error)
{
    call->out_checks = g_ptr_array_new_with_free_func((GDestroyNotify) mortise_check_free);
    MortiseSink sink = {.checks = call->out_checks};
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = call->module->operations.probe(call->module->instance, call->flags, &sink);
    return call_driver_end(call, &words, result, "probe", error);
}

GPtrArray *
mortise_call_probe(MortiseLoadedModule *module, gboolean full, GCancellable *cancellable, GError **error)
{
    if (module->kind != MORTISE_MODULE_KIND_DRIVER || module->operations.probe == NULL) {
        return g_ptr_array_new_with_free_func((GDestroyNotify) mortise_check_free);
    }
    g_autoptr(Call) call = call_new(OPERATION_PROBE, body_probe, module);
    call->flags = full ? 1 : 0;
    if (module->thread_model == MORTISE_THREADS_SERIAL_ALL) {
        call_add_gate(call, host_driver_gate(module->host_driver));
    }
    return call_run(call, cancellable, error) ? g_steal_pointer(&call->out_checks) : NULL;
}
