// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Holds a manifest against the descriptor of its module: what was listed must be what is loaded.
#include "module-internal.h"

#include "error.h"
#include "manifest-keys.h"

G_GNUC_PRINTF(3, 4)
static gboolean
refuse(const MortiseModule *self, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *why = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    const MortiseManifestFile *first = self->source->files;
    mortise_error_set(error, MORTISE_ERROR_MANIFEST_INVALID, first->path,
                      "install manifest and module from the same build, or write a new one with mortise-manifest",
                      "the manifest %s and the module %s do not belong together: %s", first->path, self->path, why);
    return FALSE;
}

/* A manifest may leave some out: an administrator's way to keep a driver from what it could serve. */
static gboolean
check_subset(const MortiseModule *self, char *const *said, const char *const *offered, const char *what, GError **error)
{
    for (; *said != NULL; said++) {
        if (!g_strv_contains(offered, *said)) {
            return refuse(self, error, "the module does not serve the %s '%s' that the manifest claims", what, *said);
        }
    }
    return TRUE;
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

static gboolean
check_interfaces(const MortiseModule *self, const MortiseModuleDescriptor *descriptor, GError **error)
{
    g_auto(GStrv) offered = interfaces_of(descriptor);
    const char *const *said = (const char *const *) self->manifest->interfaces;
    for (char **item = offered; *item != NULL; item++) {
        if (!g_strv_contains(said, *item)) {
            return refuse(self, error, "the manifest does not name the module's interface '%s'", *item);
        }
    }
    for (; *said != NULL; said++) {
        if (!g_strv_contains((const char *const *) offered, *said)) {
            return refuse(self, error, "the module does not have the interface '%s' that the manifest names", *said);
        }
    }
    return TRUE;
}

static gboolean
check_head(const MortiseModule *self, const MortiseModuleDescriptor *descriptor, GError **error)
{
    const MortiseManifest *manifest = self->manifest;
    if (!g_str_equal(self->name, descriptor->name)) {
        return refuse(self, error, "the module's name is '%s' and not '%s'", descriptor->name, self->name);
    }
    if ((guint32) manifest->kind != descriptor->kind) {
        return refuse(self, error, "the module is a %s and not a %s", mortise_manifest_kind_words[descriptor->kind],
                      mortise_manifest_kind_words[manifest->kind]);
    }
    if (manifest->abi != ((guint32) descriptor->abi_major << 16 | descriptor->abi_minor)) {
        return refuse(self, error, "the module is made for version %u.%u of the driver ABI and not %u.%u",
                      descriptor->abi_major, descriptor->abi_minor, manifest->abi >> 16, manifest->abi & G_MAXUINT16);
    }
    if (manifest->state != descriptor->flags) {
        return refuse(self, error, "the module's state is \"%s\" and not \"%s\"",
                      mortise_manifest_state_words[descriptor->flags & MORTISE_DRIVER_FLAGS_ALL],
                      mortise_manifest_state_words[manifest->state]);
    }
    if (mortise_manifest_has(manifest, "thread_model") && manifest->thread_model > descriptor->thread_model) {
        return refuse(self, error, "the module's thread model is \"%s\", which a manifest may only narrow",
                      mortise_manifest_thread_words[descriptor->thread_model]);
    }
    return TRUE;
}

gboolean
mortise_module_agrees(MortiseModule *self, const MortiseModuleDescriptor *descriptor, GError **error)
{
    const MortiseManifest *manifest = self->manifest;
    return check_head(self, descriptor, error) &&
           check_subset(self, manifest->schemes, descriptor->schemes, "URI scheme", error) &&
           check_subset(self, manifest->domain_types, descriptor->domain_types, "domain type", error) &&
           check_interfaces(self, descriptor, error);
}
