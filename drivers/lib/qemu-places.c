// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Writing what guests find of a host by name into its capabilities document, reading it there, and looking it up.
#include "qemu-places.h"

#include <string.h>

#include "domain-units.h"
#include "domain-xml.h"
#include "qemu-migration-host.h"

#define NETWORK "network"
#define STORAGE "storage"
#define BOOT "boot-files"

static void
link_free(gpointer data)
{
    QemuPlaceLink *link = data;

    g_free(link->name);
    g_free(link->kind);
    g_free(link);
}

static void
mount_free(gpointer data)
{
    QemuPlaceMount *mount = data;

    g_free(mount->path);
    g_free(mount->source);
    g_free(mount);
}

static void
file_free(gpointer data)
{
    qemu_place_file_free(data);
}

GPtrArray *
qemu_places_new_links(void)
{
    return g_ptr_array_new_with_free_func(link_free);
}

void
qemu_places_add_link(GPtrArray *links, const char *name, const char *kind)
{
    QemuPlaceLink *link = g_new0(QemuPlaceLink, 1);

    link->name = g_strdup(name);
    link->kind = g_strdup(kind);
    g_ptr_array_add(links, link);
}

GPtrArray *
qemu_places_new_mounts(void)
{
    return g_ptr_array_new_with_free_func(mount_free);
}

void
qemu_places_add_mount(GPtrArray *mounts, const char *path, const char *source)
{
    QemuPlaceMount *mount = g_new0(QemuPlaceMount, 1);

    mount->path = g_strdup(path);
    mount->source = g_strdup(source);
    g_ptr_array_add(mounts, mount);
}

GPtrArray *
qemu_places_new_files(void)
{
    return g_ptr_array_new_with_free_func(file_free);
}

void
qemu_place_file_free(QemuPlaceFile *file)
{
    if (file) {
        g_free(file->path);
        g_free(file->digest);
        g_free(file);
    }
}

QemuPlaces *
qemu_places_new(void)
{
    return g_new0(QemuPlaces, 1);
}

void
qemu_places_free(QemuPlaces *places)
{
    if (places) {
        g_clear_pointer(&places->links, g_ptr_array_unref);
        g_clear_pointer(&places->mounts, g_ptr_array_unref);
        g_clear_pointer(&places->files, g_ptr_array_unref);
        g_free(places);
    }
}

static void
write_link(gconstpointer data, GString *xml, const char *indentation)
{
    const QemuPlaceLink *link = data;

    domain_xml_append(xml, "%s  <mortise:link name='%s' kind='%s'/>\n", indentation, link->name, link->kind);
}

static void
write_mount(gconstpointer data, GString *xml, const char *indentation)
{
    const QemuPlaceMount *mount = data;

    domain_xml_append(xml, "%s  <mortise:mount path='%s' source='%s'/>\n", indentation, mount->path, mount->source);
}

static void
write_file(gconstpointer data, GString *xml, const char *indentation)
{
    const QemuPlaceFile *file = data;

    domain_xml_append(xml, "%s  <mortise:file path='%s' size='%" G_GUINT64_FORMAT "'", indentation,
                      file->path, file->size);
    if (file->digest) {
        domain_xml_append(xml, " sha256='%s'", file->digest);
    }
    (void) g_string_append(xml, "/>\n");
}

static void
write_list(const GPtrArray *list, const char *element, void (*write)(gconstpointer, GString *, const char *),
           GString *xml, const char *indentation)
{
    const gboolean empty = list && list->len == 0;

    if (!list) {
        return;
    }
    g_string_append_printf(xml, "%s<mortise:%s%s>\n", indentation, element, empty ? "/" : "");
    for (guint i = 0; i < MIN(list->len, QEMU_PLACES_LIMIT); i++) {
        write(list->pdata[i], xml, indentation);
    }
    if (!empty) {
        g_string_append_printf(xml, "%s</mortise:%s>\n", indentation, element);
    }
}

void
qemu_places_write(const QemuPlaces *places, GString *xml, const char *indentation)
{
    write_list(places->links, NETWORK, write_link, xml, indentation);
    write_list(places->mounts, STORAGE, write_mount, xml, indentation);
    write_list(places->files, BOOT, write_file, xml, indentation);
}

/* "" when it is not there; to be freed. */
static char *
attribute(const xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *) name);
    char *copy = g_strdup(value ? (const char *) value : "");

    xmlFree(value);
    return copy;
}

static gpointer
read_link(const xmlNode *node, DriverFailure **failure G_GNUC_UNUSED)
{
    QemuPlaceLink *link = g_new0(QemuPlaceLink, 1);

    link->name = attribute(node, "name");
    link->kind = attribute(node, "kind");
    return link;
}

static gpointer
read_mount(const xmlNode *node, DriverFailure **failure G_GNUC_UNUSED)
{
    QemuPlaceMount *mount = g_new0(QemuPlaceMount, 1);

    mount->path = attribute(node, "path");
    mount->source = attribute(node, "source");
    return mount;
}

static gpointer
read_file(const xmlNode *node, DriverFailure **failure)
{
    g_autoptr(QemuPlaceFile) file = g_new0(QemuPlaceFile, 1);
    g_autofree char *size = attribute(node, "size");

    file->path = attribute(node, "path");
    file->digest = attribute(node, "sha256");
    if (!*file->digest) {
        g_clear_pointer(&file->digest, g_free);
    }
    if (!domain_number_parse(size, 0, G_MAXINT64, &file->size)) {
        driver_failure_set(failure, "invalid-xml", "file/@size", "Take the document from the host once more.",
                           "Line %u of the capabilities document, <mortise:file>: the size '%.40s' is no number.",
                           domain_xml_line(node), size);
        return NULL;
    }
    return g_steal_pointer(&file);
}

typedef struct {
    const char *element;
    const char *child;
    gpointer (*read)(const xmlNode *node, DriverFailure **failure);
    GDestroyNotify free;
} Kind;

static gboolean
read_list(const xmlNode *node, const Kind *kind, GPtrArray **list, DriverFailure **failure)
{
    if (*list) {
        return TRUE;
    }
    *list = g_ptr_array_new_with_free_func(kind->free);
    for (const xmlNode *child = node->children; child; child = child->next) {
        gpointer item;
        if (!qemu_host_is_ours(child, kind->child)) {
            continue;
        }
        if ((*list)->len >= QEMU_PLACES_LIMIT) {
            driver_failure_set(failure, "limit-exceeded", kind->element, NULL,
                               "Line %u of the capabilities document: <mortise:%s> has more than %u elements.",
                               domain_xml_line(node), kind->element, QEMU_PLACES_LIMIT);
            return FALSE;
        }
        item = kind->read(child, failure);
        if (!item) {
            return FALSE;
        }
        g_ptr_array_add(*list, item);
    }
    return TRUE;
}

gboolean
qemu_places_read(QemuPlaces *places, const xmlNode *node, DriverFailure **failure)
{
    static const Kind network = {NETWORK, "link", read_link, link_free};
    static const Kind storage = {STORAGE, "mount", read_mount, mount_free};
    static const Kind boot = {BOOT, "file", read_file, file_free};

    if (qemu_host_is_ours(node, NETWORK)) {
        return read_list(node, &network, &places->links, failure);
    }
    if (qemu_host_is_ours(node, STORAGE)) {
        return read_list(node, &storage, &places->mounts, failure);
    }
    return !qemu_host_is_ours(node, BOOT) || read_list(node, &boot, &places->files, failure);
}

const QemuPlaceLink *
qemu_places_link(const QemuPlaces *places, const char *name)
{
    for (guint i = 0; places->links && i < places->links->len; i++) {
        const QemuPlaceLink *link = places->links->pdata[i];
        if (g_strcmp0(link->name, name) == 0) {
            return link;
        }
    }
    return NULL;
}

const QemuPlaceFile *
qemu_places_file(const QemuPlaces *places, const char *path)
{
    for (guint i = 0; places->files && i < places->files->len; i++) {
        const QemuPlaceFile *file = places->files->pdata[i];
        if (g_strcmp0(file->path, path) == 0) {
            return file;
        }
    }
    return NULL;
}

/* What of the path is below the mount, "" for the mount itself; NULL: it is not below. */
static const char *
below(const QemuPlaceMount *mount, const char *path)
{
    const gsize length = g_str_equal(mount->path, "/") ? 0 : strlen(mount->path);

    return strncmp(path, mount->path, length) == 0 && (path[length] == '/' || path[length] == '\0') ? path + length
                                                                                                    : NULL;
}

char *
qemu_places_locate(const GPtrArray *mounts, const char *path)
{
    const QemuPlaceMount *nearest = NULL;
    const char *rest = NULL;

    for (guint i = 0; mounts && i < mounts->len; i++) {
        const QemuPlaceMount *mount = mounts->pdata[i];
        const char *part = below(mount, path);
        // Of two on one directory the later one covers the other.
        if (part && (!nearest || strlen(mount->path) >= strlen(nearest->path))) {
            nearest = mount;
            rest = part;
        }
    }
    if (!nearest || !*nearest->source) {
        return NULL;
    }
    return g_strconcat(nearest->source, g_str_has_suffix(nearest->source, "/") && *rest ? rest + 1 : rest, NULL);
}
