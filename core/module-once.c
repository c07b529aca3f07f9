// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Loads a module on first use: a thread of its own does it, everybody else waits for it, but not for ever.
#include "module-internal.h"

#include "error.h"

/*
 * What one loading thread works on. `outer` are the modules whose start-up asked for this one, so that a module
 * that asks for itself, directly or through another, gets an error and does not wait for itself.
 */
typedef struct {
    MortiseModule *module;
    MortiseRegistry *registry;
    GPtrArray *outer;
} Loading;

static GPrivate current_loading;
static guint startup_milliseconds = MORTISE_STARTUP_MILLISECONDS;

void
mortise_module_set_startup_milliseconds(guint milliseconds)
{
    g_atomic_int_set((gint *) &startup_milliseconds, (gint) milliseconds);
}

static void
loading_free(Loading *self)
{
    g_object_unref(self->module);
    g_object_unref(self->registry);
    g_ptr_array_unref(self->outer);
    g_free(self);
}

static Loading *
loading_new(MortiseModule *module, MortiseRegistry *registry)
{
    const Loading *current = g_private_get(&current_loading);
    Loading *self = g_new0(Loading, 1);
    self->module = g_object_ref(module);
    self->registry = registry;
    self->outer = g_ptr_array_new_with_free_func(g_object_unref);
    for (guint i = 0; current != NULL && i < current->outer->len; i++) {
        g_ptr_array_add(self->outer, g_object_ref(g_ptr_array_index(current->outer, i)));
    }
    g_ptr_array_add(self->outer, g_object_ref(module));
    return self;
}

static gboolean
is_being_loaded_by_this_thread(MortiseModule *module)
{
    const Loading *current = g_private_get(&current_loading);
    return current != NULL && g_ptr_array_find(current->outer, module, NULL);
}

static gboolean
accept_agreement(const MortiseCheckedDescriptor *checked, gpointer data, GError **error)
{
    return mortise_module_agrees(data, &checked->descriptor, error);
}

static MortiseLoadedModule *
load_and_start(const Loading *loading, GError **error)
{
    MortiseModule *module = loading->module;
    if (module->static_descriptor != NULL) {
        return mortise_module_start(module, loading->registry, module->static_descriptor, &module->checked, error);
    }
    MortiseCheckedDescriptor checked;
    const void *identity = mortise_module_open_file(module->path, &checked, accept_agreement, module, error);
    return identity != NULL ? mortise_module_start(module, loading->registry, identity, &checked, error) : NULL;
}

static gpointer
run_loading(gpointer data)
{
    Loading *self = data;
    MortiseModule *module = self->module;
    g_autoptr(GError) problem = NULL;
    g_private_set(&current_loading, self);
    MortiseLoadedModule *loaded = load_and_start(self, &problem);
    g_mutex_lock(&module->lock);
    /* Whoever waited may have given up meanwhile; then it stays at that. */
    if (module->phase == MODULE_LOADING) {
        module->phase = MODULE_DONE;
        module->loaded = loaded;
        if (loaded != NULL) {
            mortise_module_clear_problem(module);
        } else {
            mortise_module_set_problem(module, g_steal_pointer(&problem));
        }
        g_cond_broadcast(&module->changed);
    }
    g_mutex_unlock(&module->lock);
    g_private_set(&current_loading, NULL);
    loading_free(self);
    return NULL;
}

static void
set_late(MortiseModule *module, guint milliseconds)
{
    GError *problem = NULL;
    mortise_error_set(&problem, MORTISE_ERROR_MODULE_INIT_FAILED, module->name,
                      "report this to the module's vendor: start-up must not block",
                      "the module '%s' did not come back from its start-up within %u milliseconds", module->name,
                      milliseconds);
    mortise_module_set_problem(module, problem);
    module->phase = MODULE_DONE;
    g_cond_broadcast(&module->changed);
}

/* The module's lock is held. */
static void
begin_loading(MortiseModule *self, MortiseRegistry *registry)
{
    gint64 milliseconds = g_atomic_int_get((gint *) &startup_milliseconds);
    g_autoptr(GError) cause = NULL;
    Loading *loading = loading_new(self, registry);
    self->phase = MODULE_LOADING;
    self->deadline = g_get_monotonic_time() + milliseconds * G_TIME_SPAN_MILLISECOND;
    GThread *thread = g_thread_try_new("mortise-load", run_loading, loading, &cause);
    if (thread != NULL) {
        g_thread_unref(thread);
        return;
    }
    GError *problem = NULL;
    mortise_error_set(&problem, MORTISE_ERROR_MODULE_INIT_FAILED, self->name, NULL,
                      "the module '%s' could not be loaded: %s", self->name, cause->message);
    mortise_module_set_problem(self, problem);
    self->phase = MODULE_DONE;
    loading_free(loading);
}

/* The module's lock is held. */
static void
wait_until_done(MortiseModule *self)
{
    while (self->phase == MODULE_LOADING) {
        if (!g_cond_wait_until(&self->changed, &self->lock, self->deadline) && self->phase == MODULE_LOADING) {
            set_late(self, (guint) g_atomic_int_get((gint *) &startup_milliseconds));
        }
    }
}

/* A library that nobody saw may still be found by the dynamic linker; everything else is as it was seen. */
static gboolean
may_be_loaded(const MortiseModule *self)
{
    return self->problem == NULL || self->state == MORTISE_MODULE_STATE_MISSING_LIBRARY;
}

static MortiseLoadedModule *
load_locked(MortiseModule *self, MortiseRegistry *registry, GError **error)
{
    if (self->phase == MODULE_NEW && may_be_loaded(self)) {
        begin_loading(self, g_steal_pointer(&registry));
    }
    g_clear_object(&registry);
    wait_until_done(self);
    if (self->loaded == NULL) {
        g_propagate_error(error, g_error_copy(self->problem));
    }
    return self->loaded;
}

MortiseLoadedModule *
mortise_module_load(MortiseModule *self, GError **error)
{
    mortise_module_ensure_examined(self);
    if (is_being_loaded_by_this_thread(self)) {
        mortise_error_set(error, MORTISE_ERROR_MODULE_INIT_FAILED, self->name, "report this to the module's vendor",
                          "the module '%s' was asked for during its own start-up", self->name);
        return NULL;
    }
    MortiseRegistry *registry = g_weak_ref_get(&self->registry);
    if (registry == NULL) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, self->name,
                          "keep a reference to the registry for as long as its modules are used",
                          "the registry that the module '%s' came from is gone", self->name);
        return NULL;
    }
    g_mutex_lock(&self->lock);
    MortiseLoadedModule *loaded = load_locked(self, registry, error);
    g_mutex_unlock(&self->lock);
    return loaded;
}

gboolean
mortise_loaded_module_get_interface(MortiseLoadedModule *self, const char *id, guint32 version, void *table, gsize size)
{
    const MortiseInterface *found = mortise_descriptor_find_interface(&self->descriptor, id, version);
    return found != NULL && mortise_struct_copy(found, MORTISE_SIZE_1_0_INTERFACE, table, size);
}
