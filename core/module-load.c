// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Opens a module file: the one place that does, and the one that closes what failed the check.
#include "module-internal.h"

#include "error.h"

#include <dlfcn.h>
#include <gmodule.h>
#include <link.h>
#include <string.h>

#define MARKER "mortise_module_marker"
#define DESCRIPTOR "mortise_driver_v1"
#define LATER_DESCRIPTORS "mortise_driver_v%u"
#define LATER_MAJORS 9

G_GNUC_PRINTF(4, 5)
static gboolean
refuse(GError **error, const char *path, const char *hint, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *why = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    mortise_error_set(error, MORTISE_ERROR_MODULE_ABI_MISMATCH, path, hint, "%s cannot be used: %s", path, why);
    return FALSE;
}

/* Before the dynamic linker runs anything of the file: whether the marker's name is in it at all. */
static gboolean
check_before_open(const char *path, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, &local);
    if (file == NULL) {
        mortise_error_set(error, MORTISE_ERROR_MODULE_MISSING, path, NULL, "%s cannot be read: %s", path,
                          local->message);
        return FALSE;
    }
    const char *contents = g_mapped_file_get_contents(file);
    gsize length = g_mapped_file_get_length(file);
    if (length < SELFMAG || memcmp(contents, ELFMAG, SELFMAG) != 0) {
        return refuse(error, path, "reinstall the module", "it is no shared object");
    }
    if (memmem(contents, length, MARKER, sizeof MARKER) == NULL) {
        return refuse(error, path, "write the name of a module's file into the manifest",
                      "it is a shared object and no Mortise module");
    }
    return TRUE;
}

/*
 * The dynamic linker's message begins with the file that it speaks of; what follows may be in any language. Of
 * another file than the module: a library that is missing or too old.
 */
static void
set_open_error(GError **error, const char *path, const char *message)
{
    const char *colon = strstr(message, ": ");
    g_autofree char *subject = colon != NULL ? g_strndup(message, (gsize) (colon - message)) : NULL;
    gboolean of_module = subject == NULL || g_str_equal(subject, path);
    if (!of_module && strchr(subject, '/') == NULL && strchr(subject, ' ') == NULL) {
        mortise_error_set(error, MORTISE_ERROR_MODULE_MISSING_LIBRARY, subject,
                          "install the package that brings this library",
                          "%s needs the library %s, which is not installed", path, subject);
    } else if (!of_module && subject[0] == '/') {
        mortise_error_set(error, MORTISE_ERROR_MODULE_MISSING_LIBRARY, subject,
                          "install the version of that library that the module was built for",
                          "%s needs another version of a library: %s", path, message);
    } else {
        (void) refuse(error, path, "reinstall the module, or report this to its vendor",
                      "the dynamic linker says: %s", colon != NULL ? colon + 2 : message);
    }
}

static GModule *
open_file(const char *path, GError **error)
{
    g_autoptr(GError) local = NULL;
    if (!check_before_open(path, error)) {
        return NULL;
    }
    GModule *opened = g_module_open_full(path, G_MODULE_BIND_LOCAL, &local);
    if (opened == NULL) {
        set_open_error(error, path, local->message);
    }
    return opened;
}

/* A symbol of this very file and not of a library behind it; `size` is what the file says that it has. */
static const void *
find_symbol(GModule *opened, const char *path, const char *name, gsize *size)
{
    gpointer address = NULL;
    Dl_info information;
    struct link_map *map = NULL;
    const ElfW(Sym) *symbol = NULL;
    *size = G_MAXSIZE;
    if (!g_module_symbol(opened, name, &address) || address == NULL) {
        return NULL;
    }
    if (dladdr1(address, &information, (void **) &map, RTLD_DL_LINKMAP) == 0 || map == NULL ||
        g_strcmp0(map->l_name, path) != 0) {
        return NULL;
    }
    if (dladdr1(address, &information, (void **) &symbol, RTLD_DL_SYMENT) != 0 && symbol != NULL &&
        information.dli_saddr == address && symbol->st_size > 0) {
        *size = symbol->st_size;
    }
    return address;
}

static gboolean
check_marker(GModule *opened, const char *path, GError **error)
{
    gsize size = 0;
    const char *marker = find_symbol(opened, path, MARKER, &size);
    if (marker == NULL) {
        return refuse(error, path, "write the name of a module's file into the manifest",
                      "it is a shared object and no Mortise module");
    }
    static const char wanted[] = MORTISE_MODULE_MARKER;
    if (size < sizeof wanted || memcmp(marker, wanted, sizeof wanted) != 0) {
        return refuse(error, path, "reinstall the module", "its marker is corrupt");
    }
    return TRUE;
}

static const void *
find_descriptor(GModule *opened, const char *path, gsize *size, GError **error)
{
    const void *raw = find_symbol(opened, path, DESCRIPTOR, size);
    if (raw != NULL) {
        return raw;
    }
    for (guint major = MORTISE_ABI_MAJOR + 1; major <= LATER_MAJORS; major++) {
        g_autofree char *name = g_strdup_printf(LATER_DESCRIPTORS, major);
        if (find_symbol(opened, path, name, size) != NULL) {
            (void) refuse(error, path, "install the module's build for this version of Mortise",
                          "it is made for version %u of the driver ABI, and this library speaks version %d", major,
                          MORTISE_ABI_MAJOR);
            return NULL;
        }
    }
    (void) refuse(error, path, "report this to its vendor", "it has the marker of a Mortise module and no descriptor");
    return NULL;
}

static const void *
check_opened(GModule *opened, const char *path, MortiseCheckedDescriptor *checked, GError **error)
{
    gsize size = 0;
    if (!check_marker(opened, path, error)) {
        return NULL;
    }
    const void *raw = find_descriptor(opened, path, &size, error);
    return raw != NULL && mortise_descriptor_check(raw, size, path, checked, error) ? raw : NULL;
}

const void *
mortise_module_open_file(const char *path, MortiseCheckedDescriptor *checked, MortiseModuleAccept accept, gpointer data,
                         GError **error)
{
    GModule *opened = open_file(path, error);
    if (opened == NULL) {
        return NULL;
    }
    const void *raw = check_opened(opened, path, checked, error);
    if (raw == NULL || !accept(checked, data, error)) {
        (void) g_module_close(opened);
        return NULL;
    }
    /* From here on its code runs: threads, TLS destructors and exit handlers of its libraries may outlive any call. */
    g_module_make_resident(opened);
    return raw;
}
