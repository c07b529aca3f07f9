// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A module as applications see it: what its manifest says, and its state.
#include "module-internal.h"

#include "error.h"
#include "manifest-keys.h"
#include "probe.h"

G_DEFINE_FINAL_TYPE(MortiseModule, mortise_module, G_TYPE_OBJECT)

static void
mortise_module_init(MortiseModule *self)
{
    g_weak_ref_init(&self->registry, NULL);
    g_mutex_init(&self->lock);
    g_cond_init(&self->changed);
}

static void
mortise_module_finalize(GObject *object)
{
    MortiseModule *self = MORTISE_MODULE(object);
    g_weak_ref_clear(&self->registry);
    g_mutex_clear(&self->lock);
    g_cond_clear(&self->changed);
    g_clear_pointer(&self->discovery, mortise_discovery_unref);
    mortise_manifest_free(self->manifest);
    g_clear_error(&self->manifest_error);
    g_clear_error(&self->problem);
    mortise_module_settings_unref(self->settings);
    g_free(self->name);
    g_free(self->path);
    G_OBJECT_CLASS(mortise_module_parent_class)->finalize(object);
}

static void
mortise_module_class_init(MortiseModuleClass *class)
{
    G_OBJECT_CLASS(class)->finalize = mortise_module_finalize;
}

MortiseModule *
mortise_module_new(MortiseRegistry *registry, MortiseModuleSettings *settings, MortiseDiscovery *discovery,
                   const MortiseManifestSource *source)
{
    MortiseModule *self = g_object_new(MORTISE_TYPE_MODULE, NULL);
    self->name = g_strdup(source->name);
    self->settings = mortise_module_settings_ref(settings);
    self->discovery = mortise_discovery_ref(discovery);
    self->source = source;
    g_weak_ref_set(&self->registry, registry);
    return self;
}

static char **
interfaces_of(const MortiseModuleDescriptor *descriptor)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (const MortiseInterface *const *item = descriptor->interfaces; *item != NULL; item++) {
        g_autofree char *text = g_strdup_printf("%s/%u", (*item)->id, (*item)->version);
        g_strv_builder_add(builder, text);
    }
    return g_strv_builder_end(builder);
}

static void
replace_list(char ***field, char **list)
{
    g_strfreev(*field);
    *field = list;
}

/* What a manifest of the descriptor would say, so that all else need not care where a module comes from. */
static MortiseManifest *
manifest_of(const MortiseModuleDescriptor *descriptor)
{
    MortiseManifest *manifest = mortise_manifest_new();
    manifest->name = g_strdup(descriptor->name);
    manifest->kind = (MortiseModuleKind) descriptor->kind;
    manifest->abi = (guint32) descriptor->abi_major << 16 | descriptor->abi_minor;
    manifest->version = g_strdup(descriptor->version);
    manifest->vendor = g_strdup(descriptor->vendor);
    manifest->licence = g_strdup(descriptor->licence);
    manifest->summary = g_strdup(descriptor->summary);
    manifest->package = g_strdup(descriptor->package);
    manifest->thread_model = descriptor->thread_model;
    manifest->state = descriptor->flags;
    replace_list(&manifest->schemes, g_strdupv((char **) descriptor->schemes));
    replace_list(&manifest->domain_types, g_strdupv((char **) descriptor->domain_types));
    replace_list(&manifest->programs, g_strdupv((char **) descriptor->programs));
    replace_list(&manifest->companions, g_strdupv((char **) descriptor->companions));
    replace_list(&manifest->interfaces, interfaces_of(descriptor));
    return manifest;
}

MortiseModule *
mortise_module_new_static(MortiseRegistry *registry, MortiseModuleSettings *settings, const void *descriptor,
                          const MortiseCheckedDescriptor *checked)
{
    MortiseModule *self = g_object_new(MORTISE_TYPE_MODULE, NULL);
    self->name = g_strdup(checked->descriptor.name);
    self->settings = mortise_module_settings_ref(settings);
    self->static_descriptor = descriptor;
    self->checked = *checked;
    self->manifest = manifest_of(&checked->descriptor);
    g_weak_ref_set(&self->registry, registry);
    return self;
}

const char *
mortise_module_get_name(MortiseModule *self)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), NULL);
    return self->name;
}

MortiseModuleKind
mortise_module_get_kind(MortiseModule *self)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), MORTISE_MODULE_KIND_DRIVER);
    return mortise_module_ensure_manifest(self)->kind;
}

MortiseModuleState
mortise_module_get_state(MortiseModule *self)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), MORTISE_MODULE_STATE_MISSING_MODULE);
    mortise_module_ensure_examined(self);
    g_mutex_lock(&self->lock);
    MortiseModuleState state = self->state;
    g_mutex_unlock(&self->lock);
    return state;
}

void
mortise_module_set_state_error(MortiseModule *module, GError **error)
{
    mortise_module_ensure_examined(module);
    g_mutex_lock(&module->lock);
    if (module->problem != NULL) {
        g_propagate_error(error, g_error_copy(module->problem));
    }
    g_mutex_unlock(&module->lock);
}

char *
mortise_module_dup_reason(MortiseModule *self)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), NULL);
    g_autoptr(GError) problem = NULL;
    mortise_module_set_state_error(self, &problem);
    return problem != NULL ? g_strdup(problem->message) : NULL;
}

const char *
mortise_module_get_version(MortiseModule *self)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), NULL);
    return mortise_module_ensure_manifest(self)->version;
}

const char *
mortise_module_get_summary(MortiseModule *self)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), NULL);
    return mortise_module_ensure_manifest(self)->summary;
}

const char *
mortise_module_get_vendor(MortiseModule *self)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), NULL);
    return mortise_module_ensure_manifest(self)->vendor;
}

const char *
mortise_module_get_licence(MortiseModule *self)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), NULL);
    return mortise_module_ensure_manifest(self)->licence;
}

const char *
mortise_module_get_package(MortiseModule *self)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), NULL);
    return mortise_module_ensure_manifest(self)->package;
}

const char *
mortise_module_get_path(MortiseModule *self)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), NULL);
    mortise_module_ensure_examined(self);
    return self->path;
}

const char *
mortise_module_get_manifest(MortiseModule *self)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), NULL);
    return self->source != NULL ? self->source->files->path : NULL;
}

const char *
mortise_module_get_thread_model(MortiseModule *self)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), NULL);
    return mortise_manifest_thread_words[mortise_module_ensure_manifest(self)->thread_model];
}

const char *const *
mortise_module_get_schemes(MortiseModule *self)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), NULL);
    return (const char *const *) mortise_module_ensure_manifest(self)->schemes;
}

const char *const *
mortise_module_get_domain_types(MortiseModule *self)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), NULL);
    return (const char *const *) mortise_module_ensure_manifest(self)->domain_types;
}

const char *const *
mortise_module_get_interfaces(MortiseModule *self)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), NULL);
    return (const char *const *) mortise_module_ensure_manifest(self)->interfaces;
}

const char *const *
mortise_module_get_programs(MortiseModule *self)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), NULL);
    return (const char *const *) mortise_module_ensure_manifest(self)->programs;
}

char **
mortise_module_dup_notes(MortiseModule *self)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), NULL);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    const GPtrArray *own = mortise_module_ensure_manifest(self)->notes;
    for (guint i = 0; i < own->len; i++) {
        g_strv_builder_add(builder, g_ptr_array_index(own, i));
    }
    g_autoptr(MortiseRegistry) registry = g_weak_ref_get(&self->registry);
    if (registry != NULL) {
        mortise_registry_add_notes(registry, self, builder);
    }
    return g_strv_builder_end(builder);
}

gboolean
mortise_module_is_loaded(MortiseModule *self)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), FALSE);
    g_mutex_lock(&self->lock);
    gboolean loaded = self->loaded != NULL;
    g_mutex_unlock(&self->lock);
    return loaded;
}

static void
check_free(gpointer data)
{
    mortise_check_free(data);
}

/* What was noticed about the manifests belongs to what is to be said about the module on this host. */
static GPtrArray *
checks_of_notes(MortiseModule *self)
{
    GPtrArray *checks = g_ptr_array_new_with_free_func(check_free);
    g_auto(GStrv) notes = mortise_module_dup_notes(self);
    for (char **note = notes; *note != NULL; note++) {
        MortiseCheck check = {
            .id = (char *) "manifest",
            .verdict = MORTISE_CHECK_WARNING,
            .object = (char *) mortise_module_get_manifest(self),
            .message = *note,
        };
        g_ptr_array_add(checks, mortise_check_copy(&check));
    }
    return checks;
}

GPtrArray *
mortise_module_probe(MortiseModule *self, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_MODULE(self), NULL);
    MortiseLoadedModule *loaded = mortise_module_load(self, error);
    if (loaded == NULL) {
        return NULL;
    }
    GPtrArray *checks = checks_of_notes(self);
    if (loaded->kind != MORTISE_MODULE_KIND_DRIVER) {
        return checks;
    }
    g_autoptr(GPtrArray) found = mortise_call_probe(loaded, TRUE, cancellable, error);
    if (found == NULL) {
        g_ptr_array_unref(checks);
        return NULL;
    }
    for (guint i = 0; i < found->len; i++) {
        g_ptr_array_add(checks, mortise_check_copy(g_ptr_array_index(found, i)));
    }
    return checks;
}
