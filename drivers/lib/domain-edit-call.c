// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The edits of a domain's XML as functions of the driver ABI.
#include <string.h>

#include "domain-edit.h"
#include "driver-host.h"

/* Hands a text over, which is freed; NULL fails with the cause. */
static MortiseResult
give(const MortiseHost *host, MortiseHostDriver *self, char *text, DriverFailure *failure, MortiseSink *sink)
{
    g_autofree char *owned = text;

    if (owned == NULL) {
        return driver_host_fail(host, self, failure);
    }
    host->sink_text(sink, owned, strlen(owned));
    return MORTISE_OK;
}

MortiseResult
domain_edit_device_call(const MortiseHost *host, MortiseHostDriver *self, const char *xml, uint32_t action,
                        const char *device, MortiseSink *text)
{
    DriverFailure *failure = NULL;
    char *changed = domain_edit_device(xml, action, device, NULL, &failure);

    return give(host, self, changed, failure, text);
}

MortiseResult
domain_edit_memory_call(const MortiseHost *host, MortiseHostDriver *self, const char *xml, uint64_t current_kib,
                        uint64_t maximum_kib, MortiseSink *text)
{
    DriverFailure *failure = NULL;
    char *changed = domain_edit_memory(xml, current_kib, maximum_kib, &failure);

    return give(host, self, changed, failure, text);
}

MortiseResult
domain_edit_tuning_call(const MortiseHost *host, MortiseHostDriver *self, const char *xml, uint32_t group,
                        const MortiseValue *values, uint32_t count, MortiseSink *text)
{
    DriverFailure *failure = NULL;
    char *changed = domain_edit_tuning(xml, group, values, count, &failure);

    return give(host, self, changed, failure, text);
}

MortiseResult
domain_read_tuning_call(const MortiseHost *host, MortiseHostDriver *self, const char *xml, uint32_t group,
                        MortiseSink *values)
{
    DriverFailure *failure = NULL;
    g_autoptr(GArray) read = domain_read_tuning(xml, group, &failure);

    if (read == NULL) {
        return driver_host_fail(host, self, failure);
    }
    for (guint i = 0; i < read->len; i++) {
        const DomainTuningValue *found = &g_array_index(read, DomainTuningValue, i);
        const MortiseValue value = {
            .struct_size = sizeof value, .type = MORTISE_VALUE_SIGNED, .key = found->key,
            .number = (uint64_t) found->number,
        };

        host->sink_value(values, &value);
    }
    return MORTISE_OK;
}
