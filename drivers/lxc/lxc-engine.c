// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The LXC driver and its connections.
#include "lxc-engine.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "driver-host.h"

#define LOG_FOLDER "log"

MortiseResult
lxc_fail(const LxcDriver *driver, DriverFailure *failure)
{
    return driver_host_fail(driver->host, driver->self, failure);
}

void
lxc_log(const LxcDriver *driver, guint level, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    driver_host_log(driver->host, driver->self, level, format, arguments);
    va_end(arguments);
}

gint64
lxc_deadline(const LxcDriver *driver)
{
    return driver_host_deadline(driver->host, driver->self);
}

MortiseResult
lxc_startup(const MortiseHost *host, MortiseHostDriver *self, void **driver)
{
    LxcDriver *made = g_new0(LxcDriver, 1);

    *made = (LxcDriver){host, self};
    *driver = made;
    return MORTISE_OK;
}

void
lxc_shutdown(void *driver)
{
    g_free(driver);
}

static void
engine_free(LxcEngine *engine)
{
    driver_loop_free(engine->loop);
    if (engine->interrupt >= 0) {
        (void) close(engine->interrupt);
    }
    lxc_cgroups_free(engine->cgroups);
    g_free(engine->run_directory);
    g_free(engine->log_directory);
    g_free(engine->boot);
    g_ptr_array_unref(engine->domains);
    driver_lock_clear(&engine->lock);
    g_free(engine);
}

static gboolean
check_arguments(const MortiseConnectionArguments *arguments, DriverFailure **failure)
{
    if (arguments->run_directory == NULL || arguments->state_directory == NULL) {
        driver_failure_set(failure, "invalid-uri", arguments->uri, "Use lxc:///system or lxc:///embed?root=DIR.",
                           "This driver keeps files, and the connection has no directories for them.");
        return FALSE;
    }
    return TRUE;
}

MortiseResult
lxc_open(void *driver, const MortiseConnectionArguments *arguments, MortiseHostConnection *host G_GNUC_UNUSED,
         void **connection)
{
    LxcEngine *engine;
    DriverFailure *failure = NULL;

    if (!check_arguments(arguments, &failure)) {
        return lxc_fail(driver, failure);
    }
    engine = g_new0(LxcEngine, 1);
    engine->driver = driver;
    engine->cgroups = lxc_cgroups_new_host();
    engine->run_directory = g_strdup(arguments->run_directory);
    engine->log_directory = g_build_filename(arguments->state_directory, LOG_FOLDER, NULL);
    engine->boot = process_boot_identity();
    engine->interrupt = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    engine->domains = g_ptr_array_new();
    driver_lock_init(&engine->lock);
    if (g_mkdir_with_parents(engine->log_directory, 0700) != 0) {
        driver_failure_set(&failure, "file-error", engine->log_directory, NULL,
                           "The directory for containers' logs cannot be made: %s.", g_strerror(errno));
        engine_free(engine);
        return lxc_fail(driver, failure);
    }
    engine->loop = driver_loop_new("mortise-lxc");
    *connection = engine;
    return MORTISE_OK;
}

void
lxc_close(void *connection)
{
    engine_free(connection);
}

gboolean
lxc_engine_is_interrupted(LxcEngine *engine)
{
    DRIVER_LOCK_SCOPE(&engine->lock);
    return engine->interrupted;
}

static void
disturb(LxcDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    driver_lock_announce(&domain->lock);
}

void
lxc_interrupt(void *connection)
{
    LxcEngine *engine = connection;
    const guint64 one = 1;

    DRIVER_LOCK_SCOPE(&engine->lock);
    engine->interrupted = TRUE;
    (void) !write(engine->interrupt, &one, sizeof(one));
    for (guint i = 0; i < engine->domains->len; i++) {
        disturb(engine->domains->pdata[i]);
    }
}
