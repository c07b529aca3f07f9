// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What is asked of a running guest: shut down, reboot, reset, pause, go on.
#include "qemu-engine-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "keeper/keeper-protocol.h"

/* The failure by its place: it is read after whatever fills it. */
static MortiseResult
answer(const QemuDomain *domain, gboolean good, DriverFailure **failure)
{
    return good ? MORTISE_OK : qemu_engine_fail(domain->engine->driver, *failure);
}

static gboolean
method_is_known(uint32_t flags)
{
    return (flags & ~MORTISE_SHUTDOWN_ACPI) == 0;
}

static MortiseResult
refuse_method(const QemuDomain *domain)
{
    return qemu_engine_unsupported(domain->engine->driver, "mode",
                                   "QEMU guests are asked by the ACPI power button only; use the mode 'acpi'.");
}

/* Two or three commands in one go; all are waited for, and the first failure is kept. */
static gboolean
wait_all(QmpRequest **requests, guint count, gint64 deadline, DriverFailure **failure)
{
    gboolean good = TRUE;

    for (guint i = 0; i < count; i++) {
        good &= qmp_request_wait(requests[i], deadline, NULL, failure);
    }
    return good;
}

static const char *
usual_shutdown(const QemuGuest *guest)
{
    return guest->record->poweroff_pauses ? "pause" : "poweroff";
}

MortiseResult
qemu_engine_power_shutdown(void *domain, uint32_t flags)
{
    QemuDomain *asked = domain;
    g_autoptr(QemuGuest) guest = NULL;
    g_autoptr(QmpClient) client = NULL;
    DriverFailure *failure = NULL;
    QmpRequest *requests[2];

    if (!method_is_known(flags)) {
        return refuse_method(asked);
    }
    if (!qemu_domain_borrow(asked, &guest, &client, &failure)) {
        return answer(asked, FALSE, &failure);
    }
    // An earlier request to reboot that the guest has not followed is withdrawn.
    (void) unlinkat(guest->directory.fd, KEEPER_REBOOT_FILE, 0);
    requests[0] = qmp_client_send(client, "set-action", qmp_argument("shutdown", usual_shutdown(guest)));
    requests[1] = qmp_client_send(client, "system_powerdown", NULL);
    return answer(asked, wait_all(requests, 2, qemu_engine_deadline(asked->engine->driver), &failure), &failure);
}

/* The keeper looks for this file when the guest has shut down. */
static gboolean
request_reboot(const QemuGuest *guest, DriverFailure **failure)
{
    const int fd = openat(guest->directory.fd, KEEPER_REBOOT_FILE, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        driver_failure_set(failure, "file-error", guest->directory.path, NULL,
                           "The request to reboot cannot be kept in %s: %s.", guest->directory.path,
                           g_strerror(errno));
        return FALSE;
    }
    (void) close(fd);
    return TRUE;
}

/*
 * QEMU knows no reboot by the guest's own doing. The guest is asked to shut down, QEMU pauses instead of ending, and
 * the keeper resets it and lets it go on: it does so whether or not the process that asked is still there.
 */
MortiseResult
qemu_engine_power_reboot(void *domain, uint32_t flags)
{
    QemuDomain *asked = domain;
    g_autoptr(QemuGuest) guest = NULL;
    g_autoptr(QmpClient) client = NULL;
    DriverFailure *failure = NULL;
    QmpRequest *requests[2];

    if (!method_is_known(flags)) {
        return refuse_method(asked);
    }
    if (!qemu_domain_borrow(asked, &guest, &client, &failure) || !request_reboot(guest, &failure)) {
        return answer(asked, FALSE, &failure);
    }
    requests[0] = qmp_client_send(client, "set-action", qmp_argument("shutdown", "pause"));
    requests[1] = qmp_client_send(client, "system_powerdown", NULL);
    if (!wait_all(requests, 2, qemu_engine_deadline(asked->engine->driver), &failure)) {
        (void) unlinkat(guest->directory.fd, KEEPER_REBOOT_FILE, 0);
        return answer(asked, FALSE, &failure);
    }
    return MORTISE_OK;
}

MortiseResult
qemu_engine_power_reset(void *domain)
{
    QemuDomain *asked = domain;
    g_autoptr(QemuGuest) guest = NULL;
    g_autoptr(QmpClient) client = NULL;
    DriverFailure *failure = NULL;
    QmpRequest *requests[3];
    guint count = 0;

    if (!qemu_domain_borrow(asked, &guest, &client, &failure)) {
        return answer(asked, FALSE, &failure);
    }
    // With on_reboot destroy, QEMU would take the reset for the end; it decides when the command is given.
    if (guest->record->reboot_ends) {
        requests[count++] = qmp_client_send(client, "set-action", qmp_argument("reboot", "reset"));
    }
    requests[count++] = qmp_client_send(client, "system_reset", NULL);
    if (guest->record->reboot_ends) {
        requests[count++] = qmp_client_send(client, "set-action", qmp_argument("reboot", "shutdown"));
    }
    return answer(asked, wait_all(requests, count, qemu_engine_deadline(asked->engine->driver), &failure), &failure);
}

/* A command whose effect the next owner is to see at once. */
static MortiseResult
command_and_note(QemuDomain *domain, const char *command, const char *event)
{
    g_autoptr(QemuGuest) guest = NULL;
    DriverFailure *failure = NULL;

    if (!qemu_domain_borrow(domain, &guest, NULL, &failure) ||
        !qemu_domain_command(domain, command, NULL, NULL, &failure)) {
        return answer(domain, FALSE, &failure);
    }
    qemu_events_log_note(guest->directory.fd, event);
    return MORTISE_OK;
}

MortiseResult
qemu_engine_power_suspend(void *domain)
{
    return command_and_note(domain, "stop", "STOP");
}

static gboolean
sleeps(QemuDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    return domain->state.state == MORTISE_STATE_SUSPENDED;
}

MortiseResult
qemu_engine_power_resume(void *domain)
{
    QemuDomain *asked = domain;
    DriverFailure *failure = NULL;

    if (qemu_migration_is_undecided(asked)) {
        return answer(asked, qemu_migration_resume(asked, "failed", &failure), &failure);
    }
    return sleeps(asked) ? command_and_note(asked, "system_wakeup", "WAKEUP")
                         : command_and_note(asked, "cont", "RESUME");
}
