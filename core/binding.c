// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The drivers of a session: opening them, and finding the one for a domain.
#include "session-private.h"

#include "error.h"

MortiseLoadedModule *
binding_get_module(Binding *self)
{
    return self->module;
}

void *
binding_get_connection(Binding *self)
{
    return self->connection;
}

const char *
binding_get_name(Binding *self)
{
    return self->module->name;
}

gboolean
binding_uses_store(Binding *self)
{
    return (self->module->flags & MORTISE_DRIVER_USES_STORE) != 0;
}

void
binding_free(Binding *self)
{
    if (self != NULL) {
        gate_clear(&self->serial);
        g_free(self);
    }
}

static Binding *
binding_new(Session *session, MortiseLoadedModule *module)
{
    Binding *self = g_new0(Binding, 1);
    self->session = session;
    self->module = module;
    gate_init(&self->serial);
    (void) mortise_loaded_module_get_interface(module, MORTISE_LIFECYCLE_ID, MORTISE_LIFECYCLE_VERSION,
                                               &self->lifecycle, sizeof(self->lifecycle));
    (void) mortise_loaded_module_get_interface(module, MORTISE_CONFIG_ID, MORTISE_CONFIG_VERSION, &self->config,
                                               sizeof(self->config));
    (void) mortise_loaded_module_get_interface(module, MORTISE_VCPU_ID, MORTISE_VCPU_VERSION, &self->vcpu,
                                               sizeof(self->vcpu));
    (void) mortise_loaded_module_get_interface(module, MORTISE_STATS_ID, MORTISE_STATS_VERSION, &self->stats,
                                               sizeof(self->stats));
    (void) mortise_loaded_module_get_interface(module, MORTISE_CONSOLE_ID, MORTISE_CONSOLE_VERSION, &self->console,
                                               sizeof(self->console));
    (void) mortise_loaded_module_get_interface(module, MORTISE_MIGRATION_ID, MORTISE_MIGRATION_VERSION,
                                               &self->migration, sizeof(self->migration));
    (void) mortise_loaded_module_get_interface(module, MORTISE_NAMESPACE_ID, MORTISE_NAMESPACE_VERSION,
                                               &self->namespaces, sizeof(self->namespaces));
    (void) mortise_loaded_module_get_interface(module, MORTISE_DEVICE_ID, MORTISE_DEVICE_VERSION, &self->device,
                                               sizeof(self->device));
    (void) mortise_loaded_module_get_interface(module, MORTISE_MEMORY_ID, MORTISE_MEMORY_VERSION, &self->memory,
                                               sizeof(self->memory));
    (void) mortise_loaded_module_get_interface(module, MORTISE_TUNING_ID, MORTISE_TUNING_VERSION, &self->tuning,
                                               sizeof(self->tuning));
    return self;
}

static gboolean
parameter_is_known(const MortiseLoadedModule *module, const char *key)
{
    const MortiseParameter *const *parameters = module->descriptor.parameters;
    for (guint i = 0; parameters != NULL && parameters[i] != NULL; i++) {
        if (g_str_equal(parameters[i]->key, key)) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean
check_parameters(const MortiseLoadedModule *module, const MortiseUri *uri, GError **error)
{
    for (guint i = 0; i < uri->keys->len; i++) {
        const char *key = g_ptr_array_index(uri->keys, i);
        if (!parameter_is_known(module, key)) {
            mortise_error_set(error, MORTISE_ERROR_INVALID_URI, uri->text,
                              "take it out of the URI, or check its spelling",
                              "the driver '%s' has no parameter '%s'", module->name, key);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
open_body(Call *call, GError **error)
{
    Binding *binding = call->binding;
    Session *session = call->session;
    const MortiseUri *uri = session->uri;
    MortiseConnectionArguments arguments = {
        .struct_size = sizeof(arguments),
        .root = session->root != NULL ? uri->root : MORTISE_ROOT_NONE,
        .uri = uri->text,
        .scheme = uri->scheme,
        .host = uri->host,
        .user = uri->user,
        .port = uri->port,
        .path = uri->path,
        .parameter_count = uri->keys->len,
        .parameter_keys = (const char *const *) uri->keys->pdata,
        .parameter_values = (const char *const *) uri->values->pdata,
    };
    if (session->root != NULL) {
        arguments.config_directory = session->root->config_directory;
        arguments.state_directory = session->root->state_directory;
        arguments.run_directory = session->root->run_directory;
        arguments.cache_directory = session->root->cache_directory;
    }
    void *connection = NULL;
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = call->module->operations.open(call->module->instance, &arguments, binding, &connection);
    if (!call_driver_end(call, &words, result, "open", error)) {
        return FALSE;
    }
    binding->connection = connection;
    binding->opened = TRUE;
    return TRUE;
}

gboolean
session_open_binding(Session *self, MortiseLoadedModule *module, guint deadline_ms, GCancellable *cancellable,
                     GError **error)
{
    if (!check_parameters(module, self->uri, error)) {
        return FALSE;
    }
    Binding *binding = binding_new(self, module);
    /* in the list before the driver knows it: its first announcements may come during open */
    g_ptr_array_add(self->bindings, binding);
    g_autoptr(Call) call = session_call_new(self, OPERATION_OPEN, open_body, binding);
    if (deadline_ms != 0) {
        call_set_deadline(call, deadline_ms);
    }
    return call_run(call, cancellable, error);
}

static void
set_unserved_error(const Session *self, const char *type, GError **error)
{
    g_autofree char *companion = mortise_registry_dup_missing_companion(self->registry, self->uri->scheme);
    if (companion == NULL) {
        mortise_error_set(error, MORTISE_ERROR_DRIVER_MISSING, type, "'mortise drivers' lists what there is",
                          "no module serves <domain type='%s'> under the scheme '%s'", type, self->uri->scheme);
        return;
    }
    g_autofree char *hint = g_strdup_printf("install the module '%s', by habit the package mortise-driver-%s",
                                            companion, companion);
    mortise_error_set(error, MORTISE_ERROR_DRIVER_MISSING, companion, hint,
                      "no module serves <domain type='%s'> under the scheme '%s', and the module '%s' is not installed",
                      type, self->uri->scheme, companion);
}

Binding *
session_binding_for_type(Session *self, const char *type, GError **error)
{
    for (guint i = 0; i < self->bindings->len; i++) {
        Binding *binding = g_ptr_array_index(self->bindings, i);
        const char *const *types = binding->module->descriptor.domain_types;
        if (types != NULL && g_strv_contains(types, type)) {
            return binding;
        }
    }
    g_autoptr(MortiseModule)
        module = mortise_registry_module_for_domain_type(self->registry, self->uri->scheme, type);
    if (module == NULL) {
        set_unserved_error(self, type, error);
        return NULL;
    }
    g_autofree char *reason = mortise_module_dup_reason(module);
    g_autofree char *hint = g_strdup_printf("install %s", mortise_module_get_package(module) != NULL
                                                              ? mortise_module_get_package(module)
                                                              : mortise_module_get_name(module));
    gboolean missing = mortise_module_get_state(module) == MORTISE_MODULE_STATE_MISSING_MODULE;
    mortise_error_set(error, MORTISE_ERROR_DRIVER_MISSING, mortise_module_get_name(module), missing ? hint : NULL,
                      "<domain type='%s'> is served by the module '%s', which is not there: %s", type,
                      mortise_module_get_name(module), reason != NULL ? reason : "it could not be opened");
    return NULL;
}

void
session_set_missing_driver_error(Session *self, DomainRecord *record, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(record);
    (void) session_binding_for_type(self, snapshot->type != NULL ? snapshot->type : "", error);
}
