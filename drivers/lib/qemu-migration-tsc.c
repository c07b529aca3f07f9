// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// One TSC frequency for several hosts, each described by its capabilities.
#include "qemu-migration.h"

#include <string.h>

#include "qemu-migration-host.h"
#include "tsc-common.h"

static gboolean
read_hosts(const char *const *capabilities, guint count, GArray *hosts, DriverFailure **failure)
{
    for (guint i = 0; i < count; i++) {
        g_autoptr(QemuHost) host = qemu_host_parse(capabilities[i], failure);
        if (!host) {
            if (failure && *failure && count > 1) {
                driver_failure_prefix(*failure, "Host %u of %u: ", i + 1, count);
            }
            return FALSE;
        }
        g_array_append_val(hosts, host->tsc);
    }
    return TRUE;
}

MortiseResult
qemu_migration_common_tsc(void *connection, uint64_t frequency, const char *const *capabilities, uint32_t count,
                          MortiseSink *result)
{
    const QemuEngine *engine = connection;
    g_autoptr(GArray) hosts = g_array_new(FALSE, FALSE, sizeof(TscHost));
    DriverFailure *failure = NULL;
    g_autofree char *text = NULL;

    if (!tsc_common_check(frequency, count, &failure) || !read_hosts(capabilities, count, hosts, &failure)) {
        return qemu_engine_fail(engine->driver, failure);
    }
    text = tsc_common_find(hosts, frequency);
    engine->driver->host->sink_text(result, text, strlen(text));
    return MORTISE_OK;
}
