// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Opening a session: modules, root, drivers, store.
#include "session-private.h"

#include "error.h"

#include <unistd.h>

static Session *
session_new(MortiseRegistry *registry, MortiseUri *uri)
{
    Session *self = g_new0(Session, 1);
    g_atomic_ref_count_init(&self->references);
    self->registry = g_object_ref(registry);
    self->uri = uri;
    self->process = getpid();
    self->bindings = g_ptr_array_new_with_free_func((GDestroyNotify) binding_free);
    self->events = event_hub_new();
    self->by_uuid = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify) domain_record_unref);
    self->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    self->refused = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_mutex_init(&self->definitions);
    g_mutex_init(&self->lock);
    g_cond_init(&self->idle);
    return self;
}

static gboolean
check_transport(const MortiseUri *uri, GError **error)
{
    if (uri->transport != NULL) {
        mortise_error_set(error, MORTISE_ERROR_UNSUPPORTED, uri->text, "run the command on that host",
                          "the transport '%s' needs a daemon on the other host, and there is none yet",
                          uri->transport);
        return FALSE;
    }
    return TRUE;
}

static void
set_no_driver_error(const MortiseUri *uri, GPtrArray *modules, GError **error)
{
    if (modules->len == 0) {
        mortise_error_set(error, MORTISE_ERROR_DRIVER_MISSING, uri->scheme, "'mortise drivers' lists what there is",
                          "no module serves the URI scheme '%s'", uri->scheme);
        return;
    }
    g_autoptr(GString) causes = g_string_new(NULL);
    for (guint i = 0; i < modules->len; i++) {
        MortiseModule *module = g_ptr_array_index(modules, i);
        g_autofree char *reason = mortise_module_dup_reason(module);
        g_string_append_printf(causes, "%s%s: %s", i > 0 ? "; " : "", mortise_module_get_name(module),
                               reason != NULL ? reason
                                              : mortise_module_state_to_string(mortise_module_get_state(module)));
    }
    mortise_error_set(error, MORTISE_ERROR_DRIVER_MISSING, uri->scheme, NULL,
                      "no module that serves the URI scheme '%s' can be used: %s", uri->scheme, causes->str);
}

/* All modules of the scheme that can be loaded; a broken one does not keep the others away. */
static GPtrArray *
load_modules(Session *self, GError **error)
{
    g_autoptr(GPtrArray) modules = mortise_registry_modules_for_scheme(self->registry, self->uri->scheme);
    g_autoptr(GPtrArray) loaded = g_ptr_array_new();
    for (guint i = 0; i < modules->len; i++) {
        MortiseLoadedModule *module = mortise_module_load(g_ptr_array_index(modules, i), NULL);
        if (module != NULL) {
            g_ptr_array_add(loaded, module);
        }
    }
    if (loaded->len == 0) {
        set_no_driver_error(self->uri, modules, error);
        return NULL;
    }
    return g_steal_pointer(&loaded);
}

static gboolean
open_root(Session *self, GPtrArray *loaded, guint wait_ms, GCancellable *cancellable, GError **error)
{
    gboolean needed = FALSE;
    for (guint i = 0; i < loaded->len; i++) {
        MortiseLoadedModule *module = g_ptr_array_index(loaded, i);
        needed = needed || (module->flags & MORTISE_DRIVER_USES_STORE) != 0;
    }
    if (!needed) {
        return TRUE;
    }
    if (self->uri->root == MORTISE_ROOT_NONE) {
        g_autofree char *hint = g_strdup_printf("use %s:///system, %s:///session or %s:///embed?root=DIRECTORY",
                                                self->uri->scheme, self->uri->scheme, self->uri->scheme);
        mortise_error_set(error, MORTISE_ERROR_INVALID_URI, self->uri->text, hint,
                          "the path '%s' of '%s' names no root", self->uri->path, self->uri->text);
        return FALSE;
    }
    self->root = mortise_root_open(self->uri, wait_ms, cancellable, error);
    if (self->root == NULL) {
        return FALSE;
    }
    self->store = mortise_store_new(self->root);
    return TRUE;
}

static gboolean
open_bindings(Session *self, GPtrArray *loaded, GCancellable *cancellable, GError **error)
{
    g_autoptr(GError) first = NULL;
    guint opened = 0;
    for (guint i = 0; i < loaded->len; i++) {
        g_autoptr(GError) cause = NULL;
        if (session_open_binding(self, g_ptr_array_index(loaded, i), 0, cancellable, &cause)) {
            opened++;
        } else if (first == NULL) {
            first = g_steal_pointer(&cause);
        }
    }
    if (opened == 0) {
        g_propagate_error(error, g_steal_pointer(&first));
        return FALSE;
    }
    return TRUE;
}

Session *
session_open(MortiseRegistry *registry, const char *uri, guint wait_ms, GCancellable *cancellable, GError **error)
{
    MortiseUri *parsed = mortise_uri_parse(uri, error);
    if (parsed == NULL) {
        return NULL;
    }
    g_autoptr(Session) self = session_new(registry, parsed);
    if (!check_transport(self->uri, error)) {
        return NULL;
    }
    self->filters = mortise_registry_load_filters(registry, error);
    g_autoptr(GPtrArray) loaded = self->filters != NULL ? load_modules(self, error) : NULL;
    if (loaded == NULL || !open_root(self, loaded, wait_ms, cancellable, error)) {
        return NULL;
    }
    if (!open_bindings(self, loaded, cancellable, error) || !session_load_store(self, error)) {
        session_close(self);
        return NULL;
    }
    return g_steal_pointer(&self);
}
