// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Starts a module once in a process, whichever registry asks for it first.
#include "module-internal.h"

#include "error.h"
#include "host-table.h"

/* One for each descriptor that was ever started; never freed, since a module is never unloaded. */
typedef struct {
    GMutex lock;
    GCond changed;
    gboolean begun;
    gboolean done;
    MortiseLoadedModule *loaded;
    GError *error;
} Start;

static Start *
get_start(const void *identity)
{
    static GMutex lock;
    static GHashTable *starts = NULL;
    g_mutex_lock(&lock);
    if (starts == NULL) {
        starts = g_hash_table_new(NULL, NULL);
    }
    Start *start = g_hash_table_lookup(starts, identity);
    if (start == NULL) {
        start = g_new0(Start, 1);
        g_mutex_init(&start->lock);
        g_cond_init(&start->changed);
        g_hash_table_insert(starts, (gpointer) identity, start);
    }
    g_mutex_unlock(&lock);
    return start;
}

/* The driver's own words as the problem of its module. */
static GError *
start_problem(const char *name, const GError *cause)
{
    GError *problem = NULL;
    const char *hint = mortise_error_get_hint(cause);
    mortise_error_set(&problem, MORTISE_ERROR_MODULE_INIT_FAILED, name, hint, "the module '%s' could not start: %s",
                      name, mortise_error_get_summary(cause));
    g_autofree char *details = g_strdup_printf("reason: %s", mortise_error_get_reason(cause));
    mortise_error_set_details(problem, details);
    mortise_error_set_details(problem, mortise_error_get_details(cause));
    return problem;
}

static gboolean
call_startup(MortiseLoadedModule *loaded, GError **error)
{
    MortiseResult (*startup)(const MortiseHost *, MortiseHostDriver *, void **) =
        loaded->kind == MORTISE_MODULE_KIND_DRIVER ? loaded->operations.startup : loaded->filter.startup;
    if (startup == NULL) {
        return TRUE;   /* a provider */
    }
    mortise_host_error_begin();
    MortiseResult result = startup(mortise_host_table(), loaded->host_driver, &loaded->instance);
    return mortise_host_error_end(result, loaded->name, "startup", error);
}

static MortiseLoadedModule *
loaded_new(MortiseModule *module, MortiseRegistry *registry, const MortiseCheckedDescriptor *checked)
{
    MortiseLoadedModule *self = g_new0(MortiseLoadedModule, 1);
    self->module = module;
    self->name = g_strdup(checked->descriptor.name);
    self->kind = (MortiseModuleKind) checked->descriptor.kind;
    self->thread_model = checked->descriptor.thread_model;
    if (mortise_manifest_has(module->manifest, "thread_model")) {
        self->thread_model = MIN(self->thread_model, module->manifest->thread_model);
    }
    self->flags = checked->descriptor.flags;
    self->descriptor = checked->descriptor;
    self->operations = checked->operations;
    self->filter = checked->filter;
    self->host_driver = mortise_host_driver_new(self->name, registry);
    return self;
}

/* What a started module may reach lives as long as the process: it is never unloaded. */
static void
start_run(Start *start, MortiseModule *module, MortiseRegistry *registry, const MortiseCheckedDescriptor *checked)
{
    MortiseLoadedModule *loaded = loaded_new(g_object_ref(module), g_object_ref(registry), checked);
    g_autoptr(GError) cause = NULL;
    gboolean good = call_startup(loaded, &cause);
    g_mutex_lock(&start->lock);
    start->loaded = loaded;
    start->error = good ? NULL : start_problem(module->name, cause);
    start->done = TRUE;
    g_cond_broadcast(&start->changed);
    g_mutex_unlock(&start->lock);
}

MortiseLoadedModule *
mortise_module_start(MortiseModule *self, MortiseRegistry *registry, const void *identity,
                     const MortiseCheckedDescriptor *checked, GError **error)
{
    Start *start = get_start(identity);
    g_mutex_lock(&start->lock);
    gboolean first = !start->begun;
    start->begun = TRUE;
    g_mutex_unlock(&start->lock);
    if (first) {
        start_run(start, self, registry, checked);
    }
    g_mutex_lock(&start->lock);
    while (!start->done) {
        g_cond_wait(&start->changed, &start->lock);
    }
    MortiseLoadedModule *loaded = start->error == NULL ? start->loaded : NULL;
    if (loaded == NULL) {
        g_propagate_error(error, g_error_copy(start->error));
    }
    g_mutex_unlock(&start->lock);
    return loaded;
}
