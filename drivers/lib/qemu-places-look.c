// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Looking at this host for what guests find by name: mounts, files to boot from, links.
#include "qemu-places.h"

#include <glib/gstdio.h>
#include <string.h>

/* SHA-256 runs at some 200 MB/s. */
#define DIGEST_LIMIT (16u * 1024u * 1024u)
#define DIGESTS_LIMIT (32u * 1024u * 1024u)

/* File systems whose source names the same storage for every host; as qemu-migration-disk.c, by name. */
static const char *const shared_types[] = {
    "nfs", "nfs4", "cifs", "smb3", "ceph", "gfs2", "ocfs2", "lustre", "gpfs", "afs", NULL,
};

typedef struct {
    const char *directory;
    const char *pattern;
} BootFiles;

/* Where distributions keep kernels and firmware of guests. */
static const BootFiles boot_files[] = {
    {"/boot", "vmlinu*"},           {"/boot", "initr*"},
    {"/usr/share/OVMF", "*.fd"},    {"/usr/share/ovmf", "*.fd"},        {"/usr/share/AAVMF", "*.fd"},
    {"/usr/share/edk2/ovmf", "*"},  {"/usr/share/edk2/aarch64", "*"},   {"/usr/share/qemu-efi-aarch64", "*.fd"},
    {"/usr/share/qemu", "*.fd"},    {"/usr/share/qemu", "*bo*.rom"},    {"/usr/share/seabios", "bios*.bin"},
};

/* mountinfo writes blanks and backslashes as \040. */
static char *
unescape(const char *field)
{
    return g_strcompress(field);
}

static char *
join_source(const char *source, const char *root)
{
    const gboolean whole = g_str_equal(root, "/");
    const gboolean slash = g_str_has_suffix(source, "/");

    return whole ? g_strdup(source) : g_strconcat(source, slash ? root + 1 : root, NULL);
}

/* "36 35 0:31 ROOT MOUNTPOINT OPTIONS [TAGS] - TYPE SOURCE OPTIONS" */
static void
parse_mount(const char *line, GPtrArray *mounts)
{
    g_auto(GStrv) fields = g_strsplit(line, " ", -1);
    const guint count = g_strv_length(fields);
    g_autofree char *path = count > 4 ? unescape(fields[4]) : NULL;
    g_autofree char *covered = path ? qemu_places_locate(mounts, path) : NULL;
    guint at = 6;

    while (at < count && !g_str_equal(fields[at], "-")) {
        at++;
    }
    if (at + 2 >= count || !g_utf8_validate(path, -1, NULL)) {
        return;
    }
    if (g_strv_contains(shared_types, fields[at + 1])) {
        g_autofree char *device = unescape(fields[at + 2]);
        g_autofree char *root = unescape(fields[3]);
        g_autofree char *source = join_source(device, root);
        qemu_places_add_mount(mounts, path, g_utf8_validate(source, -1, NULL) ? source : "");
    } else if (covered) {
        qemu_places_add_mount(mounts, path, "");
    }
}

GPtrArray *
qemu_mounts_parse(const char *mountinfo)
{
    GPtrArray *mounts = qemu_places_new_mounts();
    g_auto(GStrv) lines = g_strsplit(mountinfo, "\n", -1);

    for (guint i = 0; lines[i] && mounts->len < QEMU_PLACES_LIMIT; i++) {
        parse_mount(lines[i], mounts);
    }
    return mounts;
}

GPtrArray *
qemu_mounts_look(void)
{
    g_autofree char *text = NULL;

    return qemu_mounts_parse(g_file_get_contents("/proc/self/mountinfo", &text, NULL, NULL) ? text : "");
}

static QemuPlaceFile *
look_at_file(const char *path, gboolean digested)
{
    QemuPlaceFile *file;
    GStatBuf status;

    if (g_stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
        return NULL;
    }
    file = g_new0(QemuPlaceFile, 1);
    file->path = g_strdup(path);
    file->size = (guint64) status.st_size;
    if (digested && file->size > 0 && file->size <= DIGEST_LIMIT) {
        g_autofree char *content = NULL;
        gsize length = 0;
        if (g_file_get_contents(path, &content, &length, NULL)) {
            file->digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *) content, length);
        }
    }
    return file;
}

QemuPlaceFile *
qemu_place_file_look(const char *path)
{
    return look_at_file(path, TRUE);
}

static int
compare_names(gconstpointer one, gconstpointer other)
{
    return strcmp(*(const char *const *) one, *(const char *const *) other);
}

/* Names of that pattern, sorted: a document is to be the same each time. */
static GPtrArray *
list_names(const BootFiles *wanted)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) directory = g_dir_open(wanted->directory, 0, NULL);
    const char *name;

    while (directory && (name = g_dir_read_name(directory))) {
        if (g_pattern_match_simple(wanted->pattern, name) && g_utf8_validate(name, -1, NULL)) {
            g_ptr_array_add(names, g_build_filename(wanted->directory, name, NULL));
        }
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

static GPtrArray *
look_for_files(void)
{
    GPtrArray *files = qemu_places_new_files();
    guint64 digested = 0;

    for (guint i = 0; i < G_N_ELEMENTS(boot_files); i++) {
        g_autoptr(GPtrArray) names = list_names(&boot_files[i]);
        for (guint k = 0; k < names->len && files->len < QEMU_PLACES_LIMIT; k++) {
            QemuPlaceFile *file = look_at_file(names->pdata[k], digested < DIGESTS_LIMIT);
            if (file) {
                digested += file->digest ? file->size : 0;
                g_ptr_array_add(files, file);
            }
        }
    }
    return files;
}

QemuPlaces *
qemu_places_look(GPtrArray *links)
{
    QemuPlaces *places = qemu_places_new();

    places->links = links;
    places->mounts = qemu_mounts_look();
    places->files = look_for_files();
    return places;
}
