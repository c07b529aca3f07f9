// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of functions that every driver gets.
#include "host-table.h"

#include "config.h"
#include "driver-words.h"
#include "environment.h"
#include "error.h"
#include "host-domains.h"
#include "host-sinks.h"
#include "host-sources.h"
#include "module-private.h"

MortiseHostDriver *
mortise_host_driver_new(const char *name, MortiseRegistry *registry)
{
    MortiseHostDriver *self = g_new0(MortiseHostDriver, 1);
    self->name = g_strdup(name);
    self->registry = registry;
    gate_init(&self->gate);
    g_mutex_init(&self->lock);
    self->sources = g_hash_table_new(g_int64_hash, g_int64_equal);
    return self;
}

Gate *
host_driver_gate(MortiseHostDriver *self)
{
    return &self->gate;
}

static void
host_log(MortiseHostDriver *driver, uint32_t level, const char *message)
{
    static const GLogLevelFlags levels[] = {G_LOG_LEVEL_DEBUG, G_LOG_LEVEL_INFO, G_LOG_LEVEL_WARNING};
    if (driver == NULL || message == NULL || !g_utf8_validate(message, -1, NULL)) {
        return;
    }
    const GLogField fields[] = {
        {"MESSAGE", message, -1},
        {"GLIB_DOMAIN", "Mortise", -1},
        {"MORTISE_DRIVER", driver->name, -1},
    };
    g_log_structured_array(levels[MIN(level, MORTISE_LOG_WARNING)], fields, G_N_ELEMENTS(fields));
}

static void
replace_text(char **place, const char *text)
{
    g_free(*place);
    *place = g_strdup(text);
}

static void
host_set_error(MortiseHostDriver *driver, const char *reason, const char *object, const char *message,
               const char *hint)
{
    DriverWords *words = driver_words_current();
    if (words == NULL || driver == NULL
        || !host_text_is_good(reason, MORTISE_NAME_LIMIT, TRUE, "the reason of an error")
        || !host_text_is_good(object, MORTISE_MESSAGE_LIMIT, TRUE, "the object of an error")
        || !host_text_is_good(message, MORTISE_MESSAGE_LIMIT, FALSE, "the message of an error")
        || !host_text_is_good(hint, MORTISE_MESSAGE_LIMIT, TRUE, "the hint of an error")) {
        return;
    }
    replace_text(&words->reason, reason);
    replace_text(&words->object, object);
    replace_text(&words->message, message);
    replace_text(&words->hint, hint);
}

static int64_t
host_call_remaining(MortiseHostDriver *driver G_GNUC_UNUSED)
{
    const DriverWords *words = driver_words_current();
    if (words == NULL || words->deadline == 0) {
        return -1;
    }
    return MAX(0, (words->deadline - g_get_monotonic_time()) / 1000);
}

static char *
find_helper(const char *name)
{
    g_auto(GStrv) directories = mortise_environment_get_list("MORTISE_LIBEXEC_DIR");
    for (guint i = 0; directories[i] != NULL; i++) {
        g_autofree char *path = g_build_filename(directories[i], name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_EXECUTABLE)) {
            return g_steal_pointer(&path);
        }
    }
    return g_build_filename(MORTISE_LIBEXEC_DIRECTORY, name, NULL);
}

static MortiseResult
host_helper_path(MortiseHostDriver *driver, const char *name, char *path, uint64_t size)
{
    if (name == NULL || path == NULL || strchr(name, '/') != NULL) {
        driver_words_misbehaved("helper_path was asked for '%s'", name != NULL ? name : "(null)");
        return MORTISE_FAILED;
    }
    g_autofree char *found = find_helper(name);
    if (!g_file_test(found, G_FILE_TEST_IS_EXECUTABLE)) {
        g_autofree char *message = g_strdup_printf("the helper program '%s' is not there", found);
        host_set_error(driver, "program-missing", found, message, "reinstall the package that brings the driver");
        return MORTISE_FAILED;
    }
    if (g_strlcpy(path, found, size) >= size) {
        host_set_error(driver, "limit-exceeded", found, "the path of the helper program is too long", NULL);
        return MORTISE_FAILED;
    }
    return MORTISE_OK;
}

static void
say_error(MortiseHostDriver *driver, const GError *error)
{
    host_set_error(driver, mortise_error_get_reason(error), mortise_error_get_object(error),
                   mortise_error_get_summary(error), mortise_error_get_hint(error));
}

static const void *
host_provider(MortiseHostDriver *driver, const char *interface_id, uint32_t version)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseModule) module = mortise_registry_provider_of(driver->registry, interface_id);
    if (module == NULL) {
        mortise_error_set(&error, MORTISE_ERROR_DRIVER_MISSING, interface_id,
                          "'mortise drivers' lists what there is", "no module provides '%s'", interface_id);
        say_error(driver, error);
        return NULL;
    }
    const MortiseLoadedModule *loaded = mortise_module_load(module, &error);
    if (loaded == NULL) {
        say_error(driver, error);
        return NULL;
    }
    const MortiseInterface *const *interfaces = loaded->descriptor.interfaces;
    for (guint i = 0; interfaces != NULL && interfaces[i] != NULL; i++) {
        if (g_str_equal(interfaces[i]->id, interface_id) && interfaces[i]->version >= version) {
            return interfaces[i];
        }
    }
    mortise_error_set(&error, MORTISE_ERROR_UNSUPPORTED, loaded->name, "install a newer version of that module",
                      "the module '%s' provides '%s' in an older version than %u", loaded->name, interface_id,
                      version);
    say_error(driver, error);
    return NULL;
}

const MortiseHost *
mortise_host_table(void)
{
    static const MortiseHost table = {
        .struct_size = sizeof(MortiseHost),
        .abi_major = MORTISE_ABI_MAJOR,
        .abi_minor = MORTISE_ABI_MINOR,
        .log = host_log,
        .set_error = host_set_error,
        .call_remaining = host_call_remaining,
        .sink_text = host_sink_text,
        .sink_value = host_sink_value,
        .sink_finding = host_sink_finding,
        .sink_vcpu = host_sink_vcpu,
        .domain_status = host_domain_status,
        .domain_live_xml = host_domain_live_xml,
        .domain_running_state = host_domain_running_state,
        .domain_event = host_domain_event,
        .domain_announce = host_domain_announce,
        .domain_withdraw = host_domain_withdraw,
        .timer_add = host_timer_add,
        .watch_add = host_watch_add,
        .source_remove = host_source_remove,
        .helper_path = host_helper_path,
        .provider = host_provider,
    };
    return &table;
}
