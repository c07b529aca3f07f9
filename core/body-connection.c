// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Calls on a connection: capabilities, host, checks.
#include "bodies.h"

#include "error.h"
#include "host-sinks.h"

#include <mortise/mortise-check.h>

gboolean
body_require(Call *call, gboolean slot, const char *what, GError **error)
{
    if (!slot) {
        mortise_error_set(error, MORTISE_ERROR_UNSUPPORTED, call->module->name, NULL,
                          "the driver '%s' does not offer %s", call->module->name, what);
    }
    return slot;
}

gboolean
body_capabilities(Call *call, GError **error)
{
    call->out_text = g_string_new(NULL);
    MortiseSink sink = {.text = call->out_text};
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = call->module->operations.capabilities(call->binding->connection, &sink);
    return call_driver_end(call, &words, result, "capabilities", error);
}

gboolean
body_host_info(Call *call, GError **error)
{
    MortiseHostInformation *host = &call->out_host;
    host->struct_size = sizeof(*host);
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = call->module->operations.host_information(call->binding->connection, host);
    if (result == MORTISE_OK) {
        const char *texts[] = {host->model, host->hostname, host->hypervisor};
        const gsize sizes[] = {sizeof(host->model), sizeof(host->hostname), sizeof(host->hypervisor)};
        for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
            (void) host_text_is_good(texts[i], sizes[i] - 1, FALSE, "a text of the host information");
        }
    }
    return call_driver_end(call, &words, result, "host_information", error);
}

static gboolean
run_check(Call *call, const char *xml, GPtrArray *checks, GError **error)
{
    MortiseSink sink = {.checks = checks};
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = call->binding->config.check(call->binding->connection, xml, &sink);
    return call_driver_end(call, &words, result, "check", error);
}

GPtrArray *
body_find_all(Call *call, const char *xml, GError **error)
{
    g_autoptr(GPtrArray) checks = g_ptr_array_new_with_free_func((GDestroyNotify) mortise_check_free);
    return run_check(call, xml, checks, error) ? g_steal_pointer(&checks) : NULL;
}

gboolean
body_check_xml(Call *call, GError **error)
{
    if (!body_require(call, call->binding->config.check != NULL, "a check of definitions", error)) {
        return FALSE;
    }
    call->out_checks = g_ptr_array_new_with_free_func((GDestroyNotify) mortise_check_free);
    return run_check(call, call->second_text, call->out_checks, error);
}
