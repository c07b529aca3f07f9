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

/* What reading a directory needs again and again. */
typedef struct {
    GHashTable *sources;     /* by name */
    const char *path;
    int fd;
    char *buffer;            /* of one byte more than a manifest may have */
} Reading;

#define BUFFER_SIZE (MORTISE_LIMIT_MANIFEST_BYTES + 1)

MortiseManifestFile *
mortise_manifest_file_new(const char *path, const char *text, gsize length)
{
    gsize path_size = strlen(path) + 1;
    gsize text_size = text != NULL ? length + 1 : 0;
    MortiseManifestFile *self = g_malloc(sizeof *self + path_size + text_size);
    memset(self, 0, sizeof *self);
    self->path = memcpy(self + 1, path, path_size);
    if (text != NULL) {
        self->text = memcpy(self->path + path_size, text, length);
        self->text[length] = '\0';
        self->length = length;
    }
    return self;
}

static void
file_free(MortiseManifestFile *self)
{
    g_clear_error(&self->error);
    g_free(self);
}

void
mortise_manifest_source_free(MortiseManifestSource *self)
{
    if (self == NULL) {
        return;
    }
    while (self->files != NULL) {
        MortiseManifestFile *next = self->files->next;
        file_free(self->files);
        self->files = next;
    }
    g_free(self->name);
    g_free(self);
}

static void
source_free(gpointer data)
{
    mortise_manifest_source_free(data);
}

G_GNUC_PRINTF(3, 4)
static MortiseManifestFile *
failed_file(const char *path, const char *hint, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *why = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    MortiseManifestFile *file = mortise_manifest_file_new(path, NULL, 0);
    mortise_error_set(&file->error, MORTISE_ERROR_MANIFEST_INVALID, path, hint, "%s: %s", path, why);
    return file;
}

/* Whether a text may be whole: a read can end early, and the end of an object tells without another one. */
static gboolean
ends_like_an_object(const char *text, gsize length)
{
    while (length > 0 && g_ascii_isspace(text[length - 1])) {
        length--;
    }
    return length > 0 && text[length - 1] == '}';
}

static MortiseManifestFile *
read_text(const Reading *self, const char *path, int fd)
{
    gsize length = 0;
    ssize_t got = 1;
    while (got > 0 && length < BUFFER_SIZE && !ends_like_an_object(self->buffer, length)) {
        got = TEMP_FAILURE_RETRY(read(fd, self->buffer + length, BUFFER_SIZE - length));
        length += got > 0 ? (gsize) got : 0;
    }
    if (got < 0) {
        return failed_file(path, NULL, "it cannot be read: %s", g_strerror(errno));
    }
    if (length > MORTISE_LIMIT_MANIFEST_BYTES) {
        return failed_file(path, "make it shorter", "it has more than %d bytes", MORTISE_LIMIT_MANIFEST_BYTES);
    }
    return mortise_manifest_file_new(path, self->buffer, length);
}

static MortiseManifestFile *
read_special(const Reading *self, const char *path, int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return failed_file(path, NULL, "it cannot be read: %s", g_strerror(errno));
    }
    if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)) {
        MortiseManifestFile *file = mortise_manifest_file_new(path, NULL, 0);
        file->masks = TRUE;
        return file;
    }
    if (!S_ISREG(status.st_mode)) {
        return failed_file(path, "remove it", "it is neither a file nor a link to /dev/null");
    }
    return read_text(self, path, fd);
}

/* An entry of a directory, and whether the directory says that it is a plain file. */
typedef struct {
    gboolean plain;
    char name[];
} Entry;

static MortiseManifestFile *
open_file(const Reading *self, const char *path, const Entry *entry)
{
    /* Not to wait for the writer of a pipe that somebody put here. */
    int fd = openat(self->fd, entry->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ENOENT) {
        return failed_file(path, "remove it", "it is a link to a file that does not exist");
    }
    if (fd < 0) {
        return failed_file(path, NULL, "it cannot be read: %s", g_strerror(errno));
    }
    MortiseManifestFile *file = entry->plain ? read_text(self, path, fd) : read_special(self, path, fd);
    (void) close(fd);
    return file;
}

static MortiseManifestSource *
get_source(const Reading *self, char *name)
{
    MortiseManifestSource *source = g_hash_table_lookup(self->sources, name);
    if (source == NULL) {
        source = g_new0(MortiseManifestSource, 1);
        source->name = g_strdup(name);
        g_hash_table_insert(self->sources, source->name, source);
    }
    return source;
}

static MortiseManifestFile *
read_file(const Reading *self, const char *name, const Entry *entry)
{
    g_autofree char *plain_path = g_strconcat(self->path, "/", entry->name, NULL);
    g_autofree char *path = g_utf8_make_valid(plain_path, -1);
    if (!mortise_name_is_valid(name)) {
        return failed_file(path, "rename it, such as to \"example" SUFFIX "\"",
                           "the file's name is not [a-z][a-z0-9-]{0,31}" SUFFIX);
    }
    if (g_hash_table_size(self->sources) > MORTISE_LIMIT_MANIFESTS) {
        return failed_file(path, "remove those that nobody needs", "there are more than %d manifests",
                           MORTISE_LIMIT_MANIFESTS);
    }
    return open_file(self, path, entry);
}

static void
add_file(const Reading *self, const Entry *entry)
{
    g_autofree char *stem = g_strndup(entry->name, strlen(entry->name) - strlen(SUFFIX));
    g_autofree char *name = g_utf8_make_valid(stem, -1);
    MortiseManifestSource *source = get_source(self, name);
    MortiseManifestFile **last = &source->files;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = read_file(self, name, entry);
}

static gint
compare_entries(gconstpointer a, gconstpointer b)
{
    return strcmp((*(Entry *const *) a)->name, (*(Entry *const *) b)->name);
}

/* Sorted, so that it does not depend on the file system which ones are beyond a limit. */
static GPtrArray *
list_entries(DIR *stream)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func(g_free);
    const struct dirent *found = readdir(stream);
    while (found != NULL) {
        if (found->d_name[0] != '.' && g_str_has_suffix(found->d_name, SUFFIX)) {
            gsize size = strlen(found->d_name) + 1;
            Entry *entry = g_malloc(sizeof *entry + size);
            entry->plain = found->d_type == DT_REG;
            memcpy(entry->name, found->d_name, size);
            g_ptr_array_add(entries, entry);
        }
        found = readdir(stream);
    }
    g_ptr_array_sort(entries, compare_entries);
    return entries;
}

static void
read_directory(Reading *self, const char *path)
{
    DIR *stream = opendir(path);   /* close-on-exec from birth */
    if (stream == NULL) {
        g_debug("no manifests from %s: %s", path, g_strerror(errno));
        return;
    }
    g_autoptr(GPtrArray) entries = list_entries(stream);
    self->path = path;
    self->fd = dirfd(stream);
    for (guint i = 0; i < entries->len; i++) {
        add_file(self, g_ptr_array_index(entries, i));
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
    g_autofree char *buffer = g_malloc(BUFFER_SIZE);
    Reading reading = {.sources = by_name, .buffer = buffer};
    for (; *directories != NULL; directories++) {
        read_directory(&reading, *directories);
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
    for (const MortiseManifestFile *file = self->files; file != NULL; file = file->next) {
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

/* The error of one file, with the files that it keeps from being used. */
static void
set_broken(const MortiseManifestFile *file, const GError *cause, GError **error)
{
    g_autoptr(GString) hidden = g_string_new(NULL);
    for (const MortiseManifestFile *later = file->next; later != NULL; later = later->next) {
        g_string_append_printf(hidden, "%s%s", hidden->len > 0 ? ", " : "", later->path);
    }
    if (hidden->len == 0) {
        g_propagate_error(error, g_error_copy(cause));
        return;
    }
    mortise_error_set(error, MORTISE_ERROR_MANIFEST_INVALID, mortise_error_get_object(cause),
                      mortise_error_get_hint(cause), "%s (it stands before %s)", mortise_error_get_summary(cause),
                      hidden->str);
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
    const char *first = self->files->path;
    g_autoptr(GError) broken = NULL;
    for (const MortiseManifestFile *file = self->files; file != NULL; file = file->next) {
        g_autoptr(GError) local = NULL;
        g_autoptr(MortiseManifest) manifest = parse_file(self, file, &local);
        if (manifest != NULL) {
            mortise_manifest_merge(merged, manifest);
        } else if (broken == NULL && mortise_manifest_is_complete(merged, first, NULL)) {
            add_note(merged, local);
        } else if (broken == NULL) {
            set_broken(file, local, &broken);
        }
    }
    if (broken != NULL) {
        g_propagate_error(error, g_steal_pointer(&broken));
    } else {
        (void) mortise_manifest_is_complete(merged, first, error);
    }
    return merged;
}
