// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Loads a module for mortise-manifest and reads what its file needs; nothing of it is called.
#include "mortise-manifest-module.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

/* Part of every host that runs anything, so no manifest needs to say it. */
static gboolean
is_of_c_library(const char *name)
{
    return g_str_has_prefix(name, "libc.so.") || g_str_has_prefix(name, "ld-linux") ||
           g_str_has_prefix(name, "ld-musl");
}

/* Some C libraries relocate the addresses of the dynamic section when they load a file, and some do not. */
static const char *
string_table(const struct link_map *map)
{
    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_STRTAB) {
            ElfW(Addr) address = entry->d_un.d_ptr;
            return (const char *) (address < map->l_addr ? map->l_addr + address : address);
        }
    }
    return NULL;
}

static char **
needed_libraries(void *handle)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    struct link_map *map = NULL;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) {
        return g_strv_builder_end(builder);
    }
    const char *strings = string_table(map);
    for (const ElfW(Dyn) *entry = map->l_ld; strings != NULL && entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_NEEDED && !is_of_c_library(strings + entry->d_un.d_val)) {
            g_strv_builder_add(builder, strings + entry->d_un.d_val);
        }
    }
    return g_strv_builder_end(builder);
}

static gboolean
check_descriptor(const MortiseModuleDescriptor *descriptor, const char *path, GError **error)
{
    if (descriptor->magic != MORTISE_ABI_MAGIC || descriptor->abi_major != MORTISE_ABI_MAJOR ||
        descriptor->struct_size < offsetof(MortiseModuleDescriptor, operations) + sizeof(void *)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: its descriptor is not one of ABI %d", path,
                    MORTISE_ABI_MAJOR);
        return FALSE;
    }
    if (descriptor->name == NULL || descriptor->version == NULL || descriptor->licence == NULL) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: its descriptor lacks a name, version or licence",
                    path);
        return FALSE;
    }
    return TRUE;
}

ManifestModule *
manifest_module_open(const char *path, GError **error)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    /* nocheck:module-loading the tool reads what the core would check, so it cannot ask the core */
    void *handle = dlopen(absolute, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s", dlerror());
        return NULL;
    }
    const MortiseModuleDescriptor *descriptor = dlsym(handle, "mortise_driver_v1");
    const char *marker = dlsym(handle, "mortise_module_marker");
    if (descriptor == NULL || marker == NULL || strcmp(marker, MORTISE_MODULE_MARKER) != 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    "%s: it exports no mortise_driver_v1 and mortise_module_marker; see MORTISE_MODULE_DEFINE", path);
        return NULL;
    }
    if (!check_descriptor(descriptor, path, error)) {
        return NULL;
    }
    ManifestModule *self = g_new0(ManifestModule, 1);
    self->file_name = g_path_get_basename(path);
    self->descriptor = descriptor;
    self->libraries = needed_libraries(handle);
    return self;
}

void
manifest_module_free(ManifestModule *self)
{
    if (self != NULL) {
        g_free(self->file_name);
        g_strfreev(self->libraries);
        g_free(self);
    }
}
