// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The QEMU engine's driver and connections, and the tables of its interfaces.
#include "qemu-engine-private.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "driver-host.h"

#define LOG_FOLDER "log"

static const MortiseLifecycle lifecycle = {
    .head = {sizeof(MortiseLifecycle), MORTISE_LIFECYCLE_VERSION, MORTISE_LIFECYCLE_ID},
    .start = qemu_engine_start,
    .stop = qemu_engine_stop,
    .shutdown = qemu_engine_power_shutdown,
    .reboot = qemu_engine_power_reboot,
    .reset = qemu_engine_power_reset,
    .suspend = qemu_engine_power_suspend,
    .resume = qemu_engine_power_resume,
};

static const MortiseConfig config = {
    .head = {sizeof(MortiseConfig), MORTISE_CONFIG_VERSION, MORTISE_CONFIG_ID},
    .check = qemu_engine_check,
};

static const MortiseVcpuInterface vcpu = {
    .head = {sizeof(MortiseVcpuInterface), MORTISE_VCPU_VERSION, MORTISE_VCPU_ID},
    .report = qemu_engine_vcpu_report,
    .set_count = qemu_engine_vcpu_set_count,
    .pin = qemu_engine_vcpu_pin,
    .pins = qemu_engine_vcpu_pins,
    .read_settings = qemu_engine_vcpu_read_settings,
    .edit_count = qemu_engine_vcpu_edit_count,
    .edit_pin = qemu_engine_vcpu_edit_pin,
};

static const MortiseStats stats = {
    .head = {sizeof(MortiseStats), MORTISE_STATS_VERSION, MORTISE_STATS_ID},
    .collect = qemu_engine_stats_collect,
};

static const MortiseConsole console = {
    .head = {sizeof(MortiseConsole), MORTISE_CONSOLE_VERSION, MORTISE_CONSOLE_ID},
    .open = qemu_engine_console_open,
};

const MortiseInterface *const qemu_engine_interfaces[] = {
    &lifecycle.head, &config.head, &vcpu.head, &stats.head, &console.head,
    &qemu_engine_migration.head, &qemu_engine_device.head, &qemu_engine_memory.head, NULL,
};

MortiseResult
qemu_engine_fail(const QemuDriver *driver, DriverFailure *failure)
{
    return driver_host_fail(driver->host, driver->self, failure);
}

MortiseResult
qemu_engine_unsupported(const QemuDriver *driver, const char *object, const char *message)
{
    driver->host->set_error(driver->self, "unsupported", object, message, NULL);
    return MORTISE_UNSUPPORTED;
}

void
qemu_engine_log(const QemuDriver *driver, guint level, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    driver_host_log(driver->host, driver->self, level, format, arguments);
    va_end(arguments);
}

gint64
qemu_engine_deadline(const QemuDriver *driver)
{
    return driver_host_deadline(driver->host, driver->self);
}

MortiseResult
qemu_engine_startup(const QemuAccelerator *accelerator, const MortiseHost *host, MortiseHostDriver *self,
                    void **driver)
{
    QemuDriver *made = g_new0(QemuDriver, 1);

    *made = (QemuDriver){accelerator, host, self};
    *driver = made;
    return MORTISE_OK;
}

void
qemu_engine_shutdown(void *driver)
{
    g_free(driver);
}

static gboolean
check_arguments(const MortiseConnectionArguments *arguments, DriverFailure **failure)
{
    if (!arguments->run_directory || !arguments->state_directory || !arguments->cache_directory) {
        driver_failure_set(failure, "invalid-uri", arguments->uri, "Use a URI with a root, such as qemu:///session.",
                           "This driver keeps files, and the connection has no directories for them.");
        return FALSE;
    }
    return TRUE;
}

static gboolean
make_log_directory(const QemuEngine *engine, DriverFailure **failure)
{
    if (g_mkdir_with_parents(engine->log_directory, 0700) != 0) {
        driver_failure_set(failure, "file-error", engine->log_directory, NULL,
                           "The directory for emulators' logs cannot be made: %s.", g_strerror(errno));
        return FALSE;
    }
    return TRUE;
}

static void
engine_free(QemuEngine *engine)
{
    driver_loop_free(engine->loop);
    if (engine->interrupt >= 0) {
        (void) close(engine->interrupt);
    }
    g_free(engine->run_directory);
    g_free(engine->log_directory);
    g_free(engine->cache_directory);
    g_free(engine->boot);
    g_ptr_array_unref(engine->domains);
    driver_lock_clear(&engine->lock);
    g_free(engine);
}

MortiseResult
qemu_engine_open(void *driver, const MortiseConnectionArguments *arguments, MortiseHostConnection *host,
                 void **connection)
{
    QemuEngine *engine;
    DriverFailure *failure = NULL;

    if (!check_arguments(arguments, &failure)) {
        return qemu_engine_fail(driver, failure);
    }
    engine = g_new0(QemuEngine, 1);
    engine->driver = driver;
    engine->host = host;
    engine->run_directory = g_strdup(arguments->run_directory);
    engine->log_directory = g_build_filename(arguments->state_directory, LOG_FOLDER, NULL);
    engine->cache_directory = g_strdup(arguments->cache_directory);
    engine->boot = process_boot_identity();
    engine->interrupt = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    engine->domains = g_ptr_array_new();
    driver_lock_init(&engine->lock);
    if (!make_log_directory(engine, &failure)) {
        engine_free(engine);
        return qemu_engine_fail(driver, failure);
    }
    engine->loop = driver_loop_new("mortise-qemu");
    *connection = engine;
    return MORTISE_OK;
}

void
qemu_engine_close(void *connection)
{
    engine_free(connection);
}

gboolean
qemu_engine_is_interrupted(QemuEngine *engine)
{
    DRIVER_LOCK_SCOPE(&engine->lock);
    return engine->interrupted;
}

/* The monitor of a domain whose calls are to end, or NULL; wakes whoever waits for the domain. */
static QmpClient *
disturb(QemuDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    driver_lock_announce(&domain->lock);
    // What the owner before has left half done goes on for a moment: qemu_engine_domain_close() waits for it.
    return domain->client && !domain->migration.settling ? qmp_client_ref(domain->client) : NULL;
}

static void
abort_client(gpointer data)
{
    QmpClient *client = data;

    qmp_client_abort(client, "cancelled", "The connection is being closed.");
    qmp_client_unref(client);
}

void
qemu_engine_interrupt(void *connection)
{
    QemuEngine *engine = connection;
    const guint64 one = 1;

    DRIVER_LOCK_SCOPE(&engine->lock);
    engine->interrupted = TRUE;
    (void) !write(engine->interrupt, &one, sizeof(one));
    for (guint i = 0; i < engine->domains->len; i++) {
        QmpClient *client = disturb(engine->domains->pdata[i]);
        if (client) {
            driver_loop_run(engine->loop, abort_client, client);
        }
    }
}
