// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Filters around a call.
#include "call-filters.h"

#include "domain-record.h"
#include "error.h"
#include "session.h"

static MortiseCallInformation
call_information(const Call *call)
{
    return (MortiseCallInformation){
        .struct_size = sizeof(MortiseCallInformation),
        .operation_class = call->operation->operation_class,
        .serial = call->serial,
        .operation = call->operation->name,
        .interface_id = call->operation->interface_id,
        .driver = call->module != NULL ? call->module->name : "",
        .uri = call->session != NULL ? session_get_uri(call->session) : "",
        .domain = call->record != NULL ? domain_record_get_name(call->record) : "",
        .deadline_milliseconds = call->deadline != 0 ? MAX(0, (call->deadline - g_get_monotonic_time()) / 1000) : -1,
        .reason = "",
    };
}

static gboolean
filter_before(Call *call, MortiseLoadedModule *filter, const MortiseCallInformation *information, GError **error)
{
    DriverWords words;
    driver_words_begin(&words, call->deadline);
    MortiseResult result = filter->filter.before(filter->instance, information);
    driver_words_end(&words);
    if (result != MORTISE_OK && words.message == NULL && words.misbehaved == NULL) {
        mortise_error_set(error, MORTISE_ERROR_REFUSED_BY_FILTER, filter->name,
                          "take the filter out of MORTISE_FILTERS if that is not wanted",
                          "the filter '%s' does not let %s through", filter->name, call->operation->name);
        driver_words_clear(&words);
        return FALSE;
    }
    gboolean good = driver_words_judge(&words, result, filter->name, "before", error);
    driver_words_clear(&words);
    return good;
}

gboolean
call_filters_before(Call *call, GError **error)
{
    if (call->filters == NULL || call->filters->len == 0) {
        return TRUE;
    }
    MortiseCallInformation information = call_information(call);
    for (guint i = 0; i < call->filters->len; i++) {
        MortiseLoadedModule *filter = g_ptr_array_index(call->filters, i);
        if (filter->filter.before != NULL && !filter_before(call, filter, &information, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

void
call_filters_after(Call *call, const GError *error)
{
    if (call->filters == NULL || call->filters->len == 0) {
        return;
    }
    MortiseCallInformation information = call_information(call);
    information.result = error != NULL ? MORTISE_FAILED : MORTISE_OK;
    information.reason = error != NULL ? mortise_error_get_reason(error) : "";
    information.timed_out = call->late ? 1 : 0;
    if (call->entered != 0) {
        information.duration_nanoseconds = (guint64) (g_get_monotonic_time() - call->entered) * 1000;
    }
    for (guint i = call->filters->len; i > 0; i--) {
        MortiseLoadedModule *filter = g_ptr_array_index(call->filters, i - 1);
        if (filter->filter.after != NULL) {
            filter->filter.after(filter->instance, &information);
        }
    }
}
