// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The registry: the modules of some directories and of the application, found without loading any.
#include "module-internal.h"

#include "config.h"
#include "environment.h"
#include "error.h"

#include <string.h>

struct _MortiseRegistry {
    GObject parent_instance;

    MortiseModuleSettings *settings;
    MortiseDiscovery *discovery;
    GMutex lock;                /* of all below; nothing that takes long is called with it held */
    GArray *slots;              /* Slot, by name */
    GPtrArray *replaced;        /* MortiseModule: installed ones that one of the application's own stands before */
    GHashTable *claims;         /* scheme -> GPtrArray of MortiseModule in their order, as far as somebody asked */
    guint additions;            /* how often the claims became void */
};

/* A place for a module, which is made when somebody asks for it; of most installed ones nobody does. */
typedef struct {
    const MortiseManifestSource *source;   /* of the registry's discovery; NULL of the application's own */
    MortiseModule *module;
} Slot;

G_DEFINE_FINAL_TYPE(MortiseRegistry, mortise_registry, G_TYPE_OBJECT)

static void
slot_clear(gpointer data)
{
    Slot *self = data;
    g_clear_object(&self->module);
}

static void
claims_free(gpointer data)
{
    g_ptr_array_unref(data);
}

static void
mortise_registry_init(MortiseRegistry *self)
{
    g_mutex_init(&self->lock);
    self->slots = g_array_new(FALSE, FALSE, sizeof(Slot));
    g_array_set_clear_func(self->slots, slot_clear);
    self->replaced = g_ptr_array_new_with_free_func(g_object_unref);
    self->claims = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, claims_free);
}

static void
mortise_registry_finalize(GObject *object)
{
    MortiseRegistry *self = MORTISE_REGISTRY(object);
    g_hash_table_unref(self->claims);
    g_array_unref(self->slots);
    g_ptr_array_unref(self->replaced);
    g_clear_pointer(&self->discovery, mortise_discovery_unref);
    g_clear_pointer(&self->settings, mortise_module_settings_unref);
    g_mutex_clear(&self->lock);
    G_OBJECT_CLASS(mortise_registry_parent_class)->finalize(object);
}

static void
mortise_registry_class_init(MortiseRegistryClass *class)
{
    G_OBJECT_CLASS(class)->finalize = mortise_registry_finalize;
}

static MortiseRegistry *
registry_new(const char *const *manifest_directories, MortiseModuleSettings *settings)
{
    MortiseRegistry *self = g_object_new(MORTISE_TYPE_REGISTRY, NULL);
    self->settings = settings;
    self->discovery = mortise_discovery_read(manifest_directories);
    const GPtrArray *sources = self->discovery->sources;
    g_array_set_size(self->slots, sources->len);
    for (guint i = 0; i < sources->len; i++) {
        g_array_index(self->slots, Slot, i) = (Slot) {g_ptr_array_index(sources, i), NULL};
    }
    return self;
}

static void
add_directory(GPtrArray *directories, const char *path)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    if (!g_ptr_array_find_with_equal_func(directories, absolute, g_str_equal, NULL)) {
        g_ptr_array_add(directories, g_steal_pointer(&absolute));
    }
}

static void
add_directories(GPtrArray *directories, const char *variable)
{
    g_auto(GStrv) paths = mortise_environment_get_list(variable);
    for (char **path = paths; *path != NULL; path++) {
        g_debug("manifests from %s, by the environment variable %s", *path, variable);
        add_directory(directories, *path);
    }
}

/* Where manifests are looked for, the first speaks first; ends with NULL. */
static GPtrArray *
usual_directories(void)
{
    GPtrArray *directories = g_ptr_array_new_with_free_func(g_free);
    add_directories(directories, "MORTISE_MANIFEST_ADD_PATH");
    if (mortise_environment_get("MORTISE_MANIFEST_PATH") != NULL) {
        add_directories(directories, "MORTISE_MANIFEST_PATH");
    } else {
        add_directory(directories, MORTISE_SYSCONF_DIRECTORY "/mortise/modules.d");
        add_directory(directories, "/etc/mortise/modules.d");
        add_directory(directories, "/usr/local/share/mortise/modules.d");
        add_directory(directories, MORTISE_MANIFEST_DIRECTORY);
    }
    g_ptr_array_add(directories, NULL);
    return directories;
}

MortiseRegistry *
mortise_registry_new(void)
{
    g_autoptr(GPtrArray) directories = usual_directories();
    g_auto(GStrv) module_directories = mortise_environment_get_list("MORTISE_MODULE_DIR");
    return registry_new((const char *const *) directories->pdata,
                        mortise_module_settings_new((const char *const *) module_directories, TRUE));
}

MortiseRegistry *
mortise_registry_new_for_directories(const char *const *manifest_directories, const char *module_directory)
{
    static const char *const nowhere[] = {NULL};
    const char *const module_directories[] = {module_directory, NULL};
    return registry_new(manifest_directories != NULL ? manifest_directories : nowhere,
                        mortise_module_settings_new(module_directories, FALSE));
}

MortiseRegistry *
mortise_registry_get_default(void)
{
    static gsize ready = 0;
    static MortiseRegistry *registry = NULL;
    if (g_once_init_enter(&ready)) {
        registry = mortise_registry_new();
        g_once_init_leave(&ready, 1);
    }
    return registry;
}

/* The module of a slot, borrowed. The lock is held. */
static MortiseModule *
slot_get_module(MortiseRegistry *self, Slot *slot)
{
    if (slot->module == NULL) {
        slot->module = mortise_module_new(self, self->settings, self->discovery, slot->source);
    }
    return slot->module;
}

static const char *
slot_get_name(const Slot *slot)
{
    return slot->source != NULL ? slot->source->name : slot->module->name;
}

/* The sources that may have `quoted` among their words. */
static GPtrArray *
find_sources(const MortiseRegistry *self, const char *quoted)
{
    GPtrArray *sources = g_ptr_array_new();
    for (guint i = 0; i < self->discovery->sources->len; i++) {
        MortiseManifestSource *source = g_ptr_array_index(self->discovery->sources, i);
        if (mortise_manifest_source_may_say(source, quoted)) {
            g_ptr_array_add(sources, source);
        }
    }
    return sources;
}

/* The modules at this moment, of `sources` (NULL: of all) and the application's own, each with a reference. */
static GPtrArray *
copy_modules(MortiseRegistry *self, GPtrArray *sources)
{
    GPtrArray *modules = g_ptr_array_new_with_free_func(g_object_unref);
    g_mutex_lock(&self->lock);
    for (guint i = 0; i < self->slots->len; i++) {
        Slot *slot = &g_array_index(self->slots, Slot, i);
        if (sources == NULL || slot->source == NULL || g_ptr_array_find(sources, slot->source, NULL)) {
            g_ptr_array_add(modules, g_object_ref(slot_get_module(self, slot)));
        }
    }
    g_mutex_unlock(&self->lock);
    return modules;
}

static gint
compare_slots(gconstpointer a, gconstpointer b)
{
    return strcmp(slot_get_name(a), slot_get_name(b));
}

static gint
compare_kinds(gconstpointer a, gconstpointer b)
{
    const MortiseModule *left = *(MortiseModule *const *) a;
    const MortiseModule *right = *(MortiseModule *const *) b;
    return left->manifest->kind != right->manifest->kind ? (gint) left->manifest->kind - (gint) right->manifest->kind
                                                         : strcmp(left->name, right->name);
}

/* Who is asked first: what the application brought along, then the higher priority, then the name. */
static gint
compare_ranks(gconstpointer a, gconstpointer b)
{
    const MortiseModule *left = *(MortiseModule *const *) a;
    const MortiseModule *right = *(MortiseModule *const *) b;
    if ((left->source == NULL) != (right->source == NULL)) {
        return left->source == NULL ? -1 : 1;
    }
    if (left->manifest->priority != right->manifest->priority) {
        return left->manifest->priority > right->manifest->priority ? -1 : 1;
    }
    return strcmp(left->name, right->name);
}

GPtrArray *
mortise_registry_list_modules(MortiseRegistry *self)
{
    g_return_val_if_fail(MORTISE_IS_REGISTRY(self), NULL);
    GPtrArray *modules = copy_modules(self, NULL);
    for (guint i = 0; i < modules->len; i++) {
        (void) mortise_module_ensure_manifest(g_ptr_array_index(modules, i));
    }
    g_ptr_array_sort(modules, compare_kinds);
    return modules;
}

/* The lock is held. */
static Slot *
find_slot(const MortiseRegistry *self, const char *name)
{
    for (guint i = 0; i < self->slots->len; i++) {
        Slot *slot = &g_array_index(self->slots, Slot, i);
        if (g_str_equal(slot_get_name(slot), name)) {
            return slot;
        }
    }
    return NULL;
}

MortiseModule *
mortise_registry_lookup_module(MortiseRegistry *self, const char *name)
{
    g_return_val_if_fail(MORTISE_IS_REGISTRY(self), NULL);
    g_return_val_if_fail(name != NULL, NULL);
    g_mutex_lock(&self->lock);
    Slot *slot = find_slot(self, name);
    MortiseModule *module = slot != NULL ? g_object_ref(slot_get_module(self, slot)) : NULL;
    g_mutex_unlock(&self->lock);
    return module;
}

/* FALSE: the application has added one of that name before. The lock is held. */
static gboolean
insert_static(MortiseRegistry *self, MortiseModule *module)
{
    Slot *slot = find_slot(self, module->name);
    if (slot != NULL && slot->source == NULL) {
        return FALSE;
    }
    g_hash_table_remove_all(self->claims);
    self->additions++;
    if (slot != NULL) {
        g_ptr_array_add(self->replaced, slot_get_module(self, slot));
        *slot = (Slot) {NULL, g_object_ref(module)};
        return TRUE;
    }
    Slot added = {NULL, g_object_ref(module)};
    g_array_append_val(self->slots, added);
    g_array_sort(self->slots, compare_slots);
    return TRUE;
}

gboolean
mortise_registry_add_static(MortiseRegistry *self, gconstpointer descriptor, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_REGISTRY(self), FALSE);
    MortiseCheckedDescriptor checked;
    if (descriptor == NULL) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, NULL, NULL, "no descriptor was given");
        return FALSE;
    }
    if (!mortise_descriptor_check(descriptor, G_MAXSIZE, "the application's own module", &checked, error)) {
        return FALSE;
    }
    g_autoptr(MortiseModule) module = mortise_module_new_static(self, self->settings, descriptor, &checked);
    g_mutex_lock(&self->lock);
    gboolean added = insert_static(self, module);
    g_mutex_unlock(&self->lock);
    if (!added) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, module->name, NULL,
                          "a module named '%s' was added to this registry before", module->name);
    }
    return added;
}

typedef gboolean (*Claims)(const MortiseManifest *manifest, const char *word);

/* Modules of a kind that claim `word`, in their order; of manifests only those of `sources` are parsed. */
static GPtrArray *
find_claims(MortiseRegistry *self, MortiseModuleKind kind, GPtrArray *sources, Claims claims, const char *word)
{
    g_autoptr(GPtrArray) candidates = copy_modules(self, sources);
    GPtrArray *found = g_ptr_array_new_with_free_func(g_object_unref);
    for (guint i = 0; i < candidates->len; i++) {
        MortiseModule *module = g_ptr_array_index(candidates, i);
        const MortiseManifest *manifest = mortise_module_ensure_manifest(module);
        if (manifest->kind == kind && claims(manifest, word)) {
            g_ptr_array_add(found, g_object_ref(module));
        }
    }
    g_ptr_array_sort(found, compare_ranks);
    return found;
}

static gboolean
claims_scheme(const MortiseManifest *manifest, const char *scheme)
{
    return g_strv_contains((const char *const *) manifest->schemes, scheme);
}

static gboolean
claims_interface(const MortiseManifest *manifest, const char *id)
{
    gsize length = strlen(id);
    for (char **item = manifest->interfaces; *item != NULL; item++) {
        if (strncmp(*item, id, length) == 0 && (*item)[length] == '/') {
            return TRUE;
        }
    }
    return FALSE;
}

static gpointer
ref_module(gconstpointer module, gpointer data)
{
    (void) data;
    return g_object_ref((gpointer) module);
}

/* A copy that the caller may change. */
static GPtrArray *
copy_claims(GPtrArray *claims)
{
    GPtrArray *copy = g_ptr_array_copy(claims, ref_module, NULL);
    g_ptr_array_set_free_func(copy, g_object_unref);
    return copy;
}

GPtrArray *
mortise_registry_modules_for_scheme(MortiseRegistry *self, const char *scheme)
{
    g_mutex_lock(&self->lock);
    GPtrArray *known = g_hash_table_lookup(self->claims, scheme);
    GPtrArray *copy = known != NULL ? copy_claims(known) : NULL;
    guint additions = self->additions;
    g_mutex_unlock(&self->lock);
    if (copy != NULL) {
        return copy;
    }
    g_autofree char *quoted = g_strdup_printf("\"%s\"", scheme);
    g_autoptr(GPtrArray) sources = find_sources(self, quoted);
    g_autoptr(GPtrArray) found = find_claims(self, MORTISE_MODULE_KIND_DRIVER, sources, claims_scheme, scheme);
    copy = copy_claims(found);
    g_mutex_lock(&self->lock);
    /* Not when another one was added meanwhile; and nothing is kept of schemes that nobody serves. */
    if (additions == self->additions && found->len > 0) {
        g_hash_table_replace(self->claims, g_strdup(scheme), g_steal_pointer(&found));
    }
    g_mutex_unlock(&self->lock);
    return copy;
}

/* The first that can be used, else the first, so that its state tells why there is none. */
static MortiseModule *
choose(const GPtrArray *modules)
{
    for (guint i = 0; i < modules->len; i++) {
        MortiseModule *module = g_ptr_array_index(modules, i);
        if (mortise_module_get_state(module) == MORTISE_MODULE_STATE_AVAILABLE) {
            return g_object_ref(module);
        }
    }
    return modules->len > 0 ? g_object_ref(g_ptr_array_index(modules, 0)) : NULL;
}

static GPtrArray *
modules_for_domain_type(MortiseRegistry *self, const char *scheme, const char *type)
{
    GPtrArray *modules = mortise_registry_modules_for_scheme(self, scheme);
    for (guint i = modules->len; i > 0; i--) {
        const MortiseModule *module = g_ptr_array_index(modules, i - 1);
        if (!g_strv_contains((const char *const *) module->manifest->domain_types, type)) {
            g_ptr_array_remove_index(modules, i - 1);
        }
    }
    return modules;
}

MortiseModule *
mortise_registry_module_for_domain_type(MortiseRegistry *self, const char *scheme, const char *type)
{
    g_autoptr(GPtrArray) modules = modules_for_domain_type(self, scheme, type);
    return choose(modules);
}

char *
mortise_registry_dup_missing_companion(MortiseRegistry *self, const char *scheme)
{
    g_autoptr(GPtrArray) modules = mortise_registry_modules_for_scheme(self, scheme);
    for (guint i = 0; i < modules->len; i++) {
        const MortiseModule *module = g_ptr_array_index(modules, i);
        for (char **name = module->manifest->companions; *name != NULL; name++) {
            g_autoptr(MortiseModule) companion = mortise_registry_lookup_module(self, *name);
            if (companion == NULL) {
                return g_strdup(*name);
            }
        }
    }
    return NULL;
}

MortiseModule *
mortise_registry_provider_of(MortiseRegistry *self, const char *interface_id)
{
    g_autofree char *quoted = g_strdup_printf("\"%s/", interface_id);
    g_autoptr(GPtrArray) sources = find_sources(self, quoted);
    g_autoptr(GPtrArray) modules =
        find_claims(self, MORTISE_MODULE_KIND_PROVIDER, sources, claims_interface, interface_id);
    return choose(modules);
}

static MortiseLoadedModule *
load_filter(MortiseRegistry *self, const char *name, GError **error)
{
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(self, name);
    if (module == NULL) {
        mortise_error_set(error, MORTISE_ERROR_MODULE_MISSING, name, "install it, or change or unset the variable",
                          "the environment variable MORTISE_FILTERS names the filter '%s', and there is none", name);
        return NULL;
    }
    if (mortise_module_get_state(module) == MORTISE_MODULE_STATE_AVAILABLE &&
        mortise_module_get_kind(module) != MORTISE_MODULE_KIND_FILTER) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, name, "change or unset the variable",
                          "the environment variable MORTISE_FILTERS names '%s', which is a %s and no filter", name,
                          mortise_module_kind_to_string(mortise_module_get_kind(module)));
        return NULL;
    }
    return mortise_module_load(module, error);
}

GPtrArray *
mortise_registry_load_filters(MortiseRegistry *self, GError **error)
{
    g_autoptr(GPtrArray) filters = g_ptr_array_new();
    if (!self->settings->obeys_environment) {
        return g_steal_pointer(&filters);
    }
    g_auto(GStrv) names = mortise_environment_get_list("MORTISE_FILTERS");
    for (char **name = names; *name != NULL; name++) {
        MortiseLoadedModule *filter = load_filter(self, *name, error);
        if (filter == NULL) {
            return NULL;
        }
        g_ptr_array_add(filters, filter);
    }
    return g_steal_pointer(&filters);
}

/* For each domain type of the module: who stands before it in the same scheme. */
static void
add_rivals(MortiseRegistry *self, MortiseModule *module, const char *scheme, GStrvBuilder *notes)
{
    for (char **type = module->manifest->domain_types; *type != NULL; type++) {
        g_autoptr(MortiseModule) winner = mortise_registry_module_for_domain_type(self, scheme, *type);
        if (winner != NULL && winner != module) {
            g_autofree char *note = g_strdup_printf("<domain type='%s'> of %s:// is served by the module '%s', which "
                                                    "stands before this one",
                                                    *type, scheme, winner->name);
            g_strv_builder_add(notes, note);
        }
    }
}

void
mortise_registry_add_notes(MortiseRegistry *self, MortiseModule *module, GStrvBuilder *notes)
{
    g_mutex_lock(&self->lock);
    for (guint i = 0; i < self->replaced->len; i++) {
        MortiseModule *installed = g_ptr_array_index(self->replaced, i);
        if (module->source == NULL && g_str_equal(installed->name, module->name)) {
            g_autofree char *note = g_strdup_printf("the application's own module stands before %s",
                                                    mortise_module_get_manifest(installed));
            g_strv_builder_add(notes, note);
        }
    }
    g_mutex_unlock(&self->lock);
    if (mortise_module_get_state(module) != MORTISE_MODULE_STATE_AVAILABLE) {
        return;
    }
    for (char **scheme = module->manifest->schemes; *scheme != NULL; scheme++) {
        add_rivals(self, module, *scheme, notes);
    }
}
