// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A filter that lets calls look at everything and change nothing.
#include <mortise/driver/console.h>
#include <mortise/driver/filter.h>
#include <mortise/driver/namespace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HINT "to allow changes, take 'readonly' out of MORTISE_FILTERS, or leave --readonly out"

typedef struct {
    const MortiseHost *host;
    MortiseHostDriver *self;
} Readonly;

static MortiseResult
readonly_startup(const MortiseHost *host, MortiseHostDriver *self, void **filter)
{
    Readonly *readonly = calloc(1, sizeof *readonly);

    if (readonly == NULL) {
        host->set_error(self, "internal", NULL, "there is no memory for the filter", NULL);
        return MORTISE_FAILED;
    }
    readonly->host = host;
    readonly->self = self;
    *filter = readonly;
    return MORTISE_OK;
}

static void
readonly_shutdown(void *filter)
{
    free(filter);
}

/* A console and namespaces change nothing by being opened, but whoever has them can. */
static int
changes(const MortiseCallInformation *call)
{
    return (call->operation_class != MORTISE_CLASS_READ && call->operation_class != MORTISE_CLASS_QUERY) ||
           strcmp(call->interface_id, MORTISE_CONSOLE_ID) == 0 ||
           strcmp(call->interface_id, MORTISE_NAMESPACE_ID) == 0;
}

static MortiseResult
readonly_before(void *filter, const MortiseCallInformation *call)
{
    const Readonly *readonly = filter;
    char message[512];

    if (!changes(call)) {
        return MORTISE_OK;
    }
    (void) snprintf(message, sizeof message, "the filter 'readonly' does not let %s through", call->operation);
    readonly->host->set_error(readonly->self, "refused-by-filter", *call->domain != '\0' ? call->domain : NULL, message,
                              HINT);
    return MORTISE_FAILED;
}

static const MortiseFilterOperations operations = {
    .struct_size = sizeof operations,
    .startup = readonly_startup,
    .shutdown = readonly_shutdown,
    .before = readonly_before,
};

MORTISE_MODULE_DEFINE = {
    MORTISE_DESCRIPTOR_HEAD,
    .kind = MORTISE_KIND_FILTER,
    .thread_model = MORTISE_THREADS_PARALLEL,
    .name = "readonly",
    .version = "0.1.0",
    .licence = "LGPL-2.1-or-later",
    .vendor = "The Mortise developers",
    .summary = "Refuses every call that changes something, and consoles",
    .package = "mortise-filter-readonly",
    .operations = &operations,
};
