// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the manifests in their directories and keeps their text; nothing is parsed before somebody asks.
#include "discovery.h"

#include "error.h"
#include "limits.h"
#include "names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define SUFFIX ".json"

static void
file_free(gpointer data)
{
    MortiseManifestFile *self = data;
    g_free(self->path);
    g_free(self->text);
    g_clear_error(&self->error);
    g_free(self);
}

void
mortise_manifest_source_free(MortiseManifestSource *self)
{
    if (self == NULL) {
        return;
    }
    g_free(self->name);
    g_ptr_array_unref(self->files);
    g_free(self);
}

static void
source_free(gpointer data)
{
    mortise_manifest_source_free(data);
}

G_GNUC_PRINTF(3, 4)
static void
file_fail(MortiseManifestFile *file, const char *hint, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *why = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_clear_error(&file->error);
    mortise_error_set(&file->error, MORTISE_ERROR_MANIFEST_INVALID, file->path, hint, "%s: %s", file->path, why);
}

static void
file_read_text(MortiseManifestFile *file, int fd, gsize size)
{
    /* One more than fits tells a file that grew; the last byte is kept for a terminator. */
    g_autofree char *text = g_malloc(size + 2);
    gsize length = 0;
    ssize_t got = 1;
    while (length < size + 1 && got > 0) {
        got = TEMP_FAILURE_RETRY(read(fd, text + length, size + 1 - length));
        length += got > 0 ? (gsize) got : 0;
    }
    if (got < 0) {
        file_fail(file, NULL, "it cannot be read: %s", g_strerror(errno));
        return;
    }
    text[length] = '\0';
    file->text = g_steal_pointer(&text);
    file->length = length;
}

static void
file_read(MortiseManifestFile *file, int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        file_fail(file, NULL, "it cannot be read: %s", g_strerror(errno));
    } else if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)) {
        file->masks = TRUE;
    } else if (!S_ISREG(status.st_mode)) {
        file_fail(file, "remove it", "it is neither a file nor a link to /dev/null");
    } else if (status.st_size > MORTISE_LIMIT_MANIFEST_BYTES) {
        file_fail(file, "make it shorter", "it has more than %d bytes", MORTISE_LIMIT_MANIFEST_BYTES);
    } else {
        file_read_text(file, fd, (gsize) status.st_size);
    }
}

static void
file_open(MortiseManifestFile *file, int directory, const char *entry)
{
    /* Not to wait for the writer of a pipe that somebody put here. */
    int fd = openat(directory, entry, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0) {
        file_read(file, fd);
        (void) close(fd);
    } else if (errno == ENOENT) {
        file_fail(file, "remove it", "it is a link to a file that does not exist");
    } else {
        file_fail(file, NULL, "it cannot be read: %s", g_strerror(errno));
    }
}

static MortiseManifestSource *
get_source(GHashTable *sources, const char *entry)
{
    g_autofree char *stem = g_strndup(entry, strlen(entry) - strlen(SUFFIX));
    g_autofree char *name = g_utf8_make_valid(stem, -1);
    MortiseManifestSource *source = g_hash_table_lookup(sources, name);
    if (source == NULL) {
        source = g_new0(MortiseManifestSource, 1);
        source->name = g_steal_pointer(&name);
        source->files = g_ptr_array_new_with_free_func(file_free);
        g_hash_table_insert(sources, source->name, source);
    }
    return source;
}

static void
add_file(GHashTable *sources, const char *path, int directory, const char *entry)
{
    MortiseManifestSource *source = get_source(sources, entry);
    MortiseManifestFile *file = g_new0(MortiseManifestFile, 1);
    g_autofree char *full = g_build_filename(path, entry, NULL);
    file->path = g_utf8_make_valid(full, -1);
    g_ptr_array_add(source->files, file);
    if (!mortise_name_is_valid(source->name)) {
        file_fail(file, "rename it, such as to \"example" SUFFIX "\"",
                  "the file's name is not [a-z][a-z0-9-]{0,31}" SUFFIX);
    } else if (g_hash_table_size(sources) > MORTISE_LIMIT_MANIFESTS) {
        file_fail(file, "remove those that nobody needs", "there are more than %d manifests", MORTISE_LIMIT_MANIFESTS);
    } else {
        file_open(file, directory, entry);
    }
}

static gint
compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* Sorted, so that it does not depend on the file system which ones are beyond a limit. */
static GPtrArray *
list_entries(DIR *stream)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func(g_free);
    const struct dirent *entry = readdir(stream);
    while (entry != NULL) {
        if (entry->d_name[0] != '.' && g_str_has_suffix(entry->d_name, SUFFIX)) {
            g_ptr_array_add(entries, g_strdup(entry->d_name));
        }
        entry = readdir(stream);
    }
    g_ptr_array_sort(entries, compare_texts);
    return entries;
}

static void
read_directory(GHashTable *sources, const char *path)
{
    DIR *stream = opendir(path);   /* close-on-exec from birth */
    if (stream == NULL) {
        g_debug("no manifests from %s: %s", path, g_strerror(errno));
        return;
    }
    g_autoptr(GPtrArray) entries = list_entries(stream);
    for (guint i = 0; i < entries->len; i++) {
        add_file(sources, path, dirfd(stream), g_ptr_array_index(entries, i));
    }
    (void) closedir(stream);
}

static gint
compare_sources(gconstpointer a, gconstpointer b)
{
    const MortiseManifestSource *left = *(MortiseManifestSource *const *) a;
    const MortiseManifestSource *right = *(MortiseManifestSource *const *) b;
    return strcmp(left->name, right->name);
}

GPtrArray *
mortise_discovery_read(const char *const *directories)
{
    g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
    for (; *directories != NULL; directories++) {
        read_directory(by_name, *directories);
    }
    GPtrArray *sources = g_ptr_array_new_with_free_func(source_free);
    GHashTableIter iterator;
    gpointer source = NULL;
    g_hash_table_iter_init(&iterator, by_name);
    while (g_hash_table_iter_next(&iterator, NULL, &source)) {
        g_ptr_array_add(sources, source);
    }
    g_ptr_array_sort(sources, compare_sources);
    return sources;
}

gboolean
mortise_manifest_source_may_say(const MortiseManifestSource *self, const char *quoted)
{
    for (guint i = 0; i < self->files->len; i++) {
        const MortiseManifestFile *file = g_ptr_array_index(self->files, i);
        /* With a backslash a word may be written in another way. */
        if (file->text != NULL && (strstr(file->text, quoted) != NULL || strchr(file->text, '\\') != NULL)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* What one file says; NULL with @error. */
static MortiseManifest *
parse_file(const MortiseManifestSource *self, const MortiseManifestFile *file, GError **error)
{
    static const char masking[] = "{\"enabled\": false}";
    if (file->masks) {
        return mortise_manifest_parse(file->path, self->name, masking, strlen(masking), error);
    }
    if (file->error != NULL) {
        g_propagate_error(error, g_error_copy(file->error));
        return NULL;
    }
    return mortise_manifest_parse(file->path, self->name, file->text, file->length, error);
}

static void
append_hidden(GString *hidden, const MortiseManifestSource *self, guint from)
{
    for (guint i = from; i < self->files->len; i++) {
        const MortiseManifestFile *file = g_ptr_array_index(self->files, i);
        g_string_append_printf(hidden, "%s%s", hidden->len > 0 ? ", " : "", file->path);
    }
}

/* The error of file `index`, with the files that it keeps from being used. */
static void
set_broken(const MortiseManifestSource *self, guint index, const GError *cause, GError **error)
{
    g_autoptr(GString) hidden = g_string_new(NULL);
    append_hidden(hidden, self, index + 1);
    const char *object = mortise_error_get_object(cause);
    const char *hint = mortise_error_get_hint(cause);
    if (hidden->len > 0) {
        mortise_error_set(error, MORTISE_ERROR_MANIFEST_INVALID, object, hint, "%s (it stands before %s)",
                          mortise_error_get_summary(cause), hidden->str);
    } else {
        g_propagate_error(error, g_error_copy(cause));
    }
}

static void
add_note(MortiseManifest *manifest, const GError *cause)
{
    g_ptr_array_add(manifest->notes, g_strdup_printf("%s; it was not needed", mortise_error_get_summary(cause)));
}

MortiseManifest *
mortise_manifest_source_merge(const MortiseManifestSource *self, GError **error)
{
    MortiseManifest *merged = mortise_manifest_new();
    const MortiseManifestFile *first = g_ptr_array_index(self->files, 0);
    g_autoptr(GError) broken = NULL;
    for (guint i = 0; i < self->files->len; i++) {
        const MortiseManifestFile *file = g_ptr_array_index(self->files, i);
        g_autoptr(GError) local = NULL;
        g_autoptr(MortiseManifest) manifest = parse_file(self, file, &local);
        if (manifest != NULL) {
            mortise_manifest_merge(merged, manifest);
        } else if (broken == NULL && mortise_manifest_is_complete(merged, first->path, NULL)) {
            add_note(merged, local);
        } else if (broken == NULL) {
            set_broken(self, i, local, &broken);
        }
    }
    if (broken != NULL) {
        g_propagate_error(error, g_steal_pointer(&broken));
    } else {
        (void) mortise_manifest_is_complete(merged, first->path, error);
    }
    return merged;
}
