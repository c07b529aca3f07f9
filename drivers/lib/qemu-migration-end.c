// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the end of a guest is for a migration that was under way, on either side.
#include "qemu-migration.h"

#include <fcntl.h>
#include <unistd.h>

#define LAST_LINES 3u

static gboolean
was_committed(const QemuGuest *guest, const QemuEventsLog *log)
{
    return log->committed && guest->directory.fd >= 0 &&
           faccessat(guest->directory.fd, QEMU_WITHDRAWN_FILE, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
}

static char *
describe_end(const QemuEventsLog *log)
{
    g_autofree char *words = qemu_events_log_last_words(log, LAST_LINES);
    g_autofree char *how = log->signal ? g_strdup_printf("was killed by signal %d (%s)", log->signal,
                                                         g_strsignal(log->signal))
                                       : g_strdup_printf("ended with exit status %d", log->status);

    return g_strdup_printf("The emulator that was to receive it %s%s%s.", how, *words ? ": " : "", words);
}

static const char *
end_receiving(QemuDomain *domain, const QemuMigrationRecord *record, const QemuEventsLog *log, char **detail)
{
    gboolean asked;

    qemu_migration_remove_files(record);
    DRIVER_LOCK_SCOPE(&domain->lock);
    // One that had ended by itself before it was killed has something to tell.
    asked = qemu_engine_end_cause(domain, log) == QEMU_END_BY_OWNER;
    *detail = !asked && log->ended && !log->aborted ? describe_end(log)
                                                    : g_strdup("It was to come by a migration, which was given up.");
    if (!asked) {
        g_free(domain->migration.end);
        domain->migration.end = g_strdup(*detail);
    }
    return "failed";
}

/* The guest lives at the destination, as far as it does. */
static const char *
end_sending(QemuDomain *domain, const QemuMigrationRecord *record, char **detail)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    if (!qemu_migration_is_lost(&domain->migration)) {
        *detail = g_strdup_printf("It was migrated to %s.", record->where);
        return "migrated";
    }
    *detail = g_strdup_printf("It had been switched to %s by postcopy, and what ended here had memory of it that was "
                              "not sent: it is to be destroyed there as well, and started anew.", record->where);
    return domain->destroying ? "destroyed" : "crashed";
}

const char *
qemu_migration_end(QemuDomain *domain, const QemuGuest *guest, const QemuEventsLog *log, char **detail)
{
    g_autoptr(QemuMigrationRecord) record = NULL;

    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        record = qemu_migration_record_copy(domain->migration.record);
    }
    if (record && record->step == QEMU_MIGRATION_RECEIVING) {
        if (!was_committed(guest, log)) {
            return end_receiving(domain, record, log, detail);
        }
        (void) qemu_migration_write_marker(record);
        return NULL;
    }
    if (record && (record->step == QEMU_MIGRATION_DEPARTED ||
                   qemu_migration_look(record, domain->engine->boot) == QEMU_ARRIVED)) {
        qemu_migration_remove_marker(record);
        return end_sending(domain, record, detail);
    }
    return NULL;
}

void
qemu_migration_forget(QemuDomain *domain)
{
    QemuMigration *migration = &domain->migration;

    // Since postcopy's switch the destination goes by itself: confirm() removes what it has written for us.
    if (migration->unconfirmed && qemu_migration_is_lost(migration)) {
        return;
    }
    if (migration->record && !g_str_equal(migration->phase, QEMU_MIGRATION_SENT)) {
        qemu_migration_leave(migration, migration->record->step == QEMU_MIGRATION_DEPARTED ? "completed" : "failed");
    }
}
