// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The interface migration/1 of the QEMU engine, its table; and what the source offers.
#include "qemu-migration.h"

#include <string.h>

#include "qemu-migration-offer.h"

const MortiseMigration qemu_engine_migration = {
    .head = {sizeof(MortiseMigration), MORTISE_MIGRATION_VERSION, MORTISE_MIGRATION_ID},
    .begin = qemu_migration_begin,
    .judge = qemu_migration_judge,
    .prepare = qemu_migration_prepare,
    .perform = qemu_migration_perform,
    .finish = qemu_migration_finish,
    .confirm = qemu_migration_confirm,
    .abort = qemu_migration_abort,
    .set_limits = qemu_migration_set_limits,
    .switch_to_postcopy = qemu_migration_switch_to_postcopy,
    .progress = qemu_migration_progress,
    .common_tsc = qemu_migration_common_tsc,
};

/* QEMU's own limits: less than what was asked for is no answer to it. */
static gboolean
require_limits(const MortiseMigrationArguments *arguments, DriverFailure **failure)
{
    if (arguments->channels > QEMU_CHANNELS_LIMIT) {
        driver_failure_set(failure, "invalid-argument", "channels", "More than a handful rarely helps.",
                           "QEMU sends over at most %u connections, not %u.", QEMU_CHANNELS_LIMIT,
                           arguments->channels);
    } else if (arguments->downtime > QEMU_DOWNTIME_LIMIT) {
        driver_failure_set(failure, "invalid-argument", "downtime", NULL,
                           "QEMU lets a guest stand still for at most %u ms, not %" G_GUINT64_FORMAT ".",
                           QEMU_DOWNTIME_LIMIT, (guint64) arguments->downtime);
    }
    return !*failure;
}

MortiseResult
qemu_migration_begin(void *domain, const MortiseMigrationArguments *arguments, MortiseSink *offer)
{
    QemuDomain *source = domain;
    const QemuDriver *driver = source->engine->driver;
    DriverFailure *failure = NULL;
    const gboolean to_check = (arguments->flags & MORTISE_MIGRATE_CHECK) != 0;
    g_autofree char *text = NULL;

    if (require_limits(arguments, &failure)) {
        text = arguments->flags & MORTISE_MIGRATE_DEFINITION && arguments->xml
                   ? qemu_offer_make_defined(source, arguments->xml, to_check, &failure)
                   : qemu_offer_make(source, to_check, &failure);
    }
    if (!text) {
        return qemu_engine_fail(driver, failure);
    }
    driver->host->sink_text(offer, text, strlen(text));
    return MORTISE_OK;
}
