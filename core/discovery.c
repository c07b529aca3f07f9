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

/* More than a manifest may have, to see that one has more. */
#define BUFFER_SIZE (MORTISE_LIMIT_MANIFEST_BYTES + 1)

/* What a few hundred short manifests need is asked for in a few pieces. */
#define TEXT_BLOCK (64 * 1024)

/* What reading the directories needs again and again. */
typedef struct {
    MortiseDiscovery *found;
    GPtrArray *earlier;      /* sources of the directories before, as far as they are not among the found ones yet */
    guint next;              /* of these */
    guint count;             /* of all sources */
    GString *path;           /* of the directory, in UTF-8 and with a slash; and behind it of a file */
    gsize folder;            /* bytes of the directory's */
    int fd;
    char *buffer;            /* for each file in its turn */
} Reading;

static void
discovery_clear(gpointer data)
{
    MortiseDiscovery *self = data;
    for (guint i = 0; i < self->sources->len; i++) {
        g_autofree MortiseManifestSource *source = g_ptr_array_index(self->sources, i);
        for (MortiseManifestFile *file = source->files; file != NULL;) {
            MortiseManifestFile *next = file->next;
            g_clear_error(&file->error);
            g_free(file);
            file = next;
        }
    }
    g_ptr_array_unref(self->sources);
    g_string_chunk_free(self->texts);
}

MortiseDiscovery *
mortise_discovery_ref(MortiseDiscovery *self)
{
    return g_atomic_rc_box_acquire(self);
}

void
mortise_discovery_unref(MortiseDiscovery *self)
{
    g_atomic_rc_box_release_full(self, discovery_clear);
}

G_GNUC_PRINTF(4, 5)
static gboolean
fail(GError **error, const char *path, const char *hint, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *why = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    mortise_error_set(error, MORTISE_ERROR_MANIFEST_INVALID, path, hint, "%s: %s", path, why);
    return FALSE;
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

static gboolean
read_text(int fd, const char *path, char *buffer, gsize *length, GError **error)
{
    ssize_t got = 1;
    while (got > 0 && *length < BUFFER_SIZE && !ends_like_an_object(buffer, *length)) {
        got = TEMP_FAILURE_RETRY(read(fd, buffer + *length, BUFFER_SIZE - *length));
        *length += got > 0 ? (gsize) got : 0;
    }
    if (got < 0) {
        return fail(error, path, NULL, "it cannot be read: %s", g_strerror(errno));
    }
    if (*length > MORTISE_LIMIT_MANIFEST_BYTES) {
        return fail(error, path, "make it shorter", "it has more than %d bytes", MORTISE_LIMIT_MANIFEST_BYTES);
    }
    buffer[*length] = '\0';
    return TRUE;
}

/* What openat takes, and what is known of the file before. */
typedef struct {
    int directory;
    const char *name;
    const char *path;        /* for errors */
    gboolean plain;          /* a file and no link, for sure */
} Place;

/* What the buffer then holds. */
typedef struct {
    const char *text;        /* ends with a zero character; NULL of a file that masks */
    gsize length;
} Found;

static gboolean
read_open_file(const Place *place, int fd, char *buffer, Found *text, GError **error)
{
    struct stat status;
    if (!place->plain && fstat(fd, &status) != 0) {
        return fail(error, place->path, NULL, "it cannot be read: %s", g_strerror(errno));
    }
    if (!place->plain && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)) {
        return TRUE;
    }
    if (!place->plain && !S_ISREG(status.st_mode)) {
        return fail(error, place->path, "remove it", "it is neither a file nor a link to /dev/null");
    }
    text->text = read_text(fd, place->path, buffer, &text->length, error) ? buffer : NULL;
    return text->text != NULL;
}

/* Sets `text` to what is then in `buffer`, or to nothing when the file masks. */
static gboolean
read_file(const Place *place, char *buffer, Found *text, GError **error)
{
    *text = (Found) {NULL, 0};
    /* Not to wait for the writer of a pipe that somebody put here. */
    int fd = openat(place->directory, place->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ENOENT) {
        return fail(error, place->path, "remove it", "it is a link to a file that does not exist");
    }
    if (fd < 0) {
        return fail(error, place->path, NULL, "it cannot be read: %s", g_strerror(errno));
    }
    gboolean good = read_open_file(place, fd, buffer, text, error);
    (void) close(fd);
    return good;
}

/* An entry of a directory: the file, and what the directory says of it. */
typedef struct {
    MortiseManifestFile file;
    const char *name;        /* of the module, in UTF-8 */
    gboolean well_named;
    gboolean plain;
} Entry;

static void
open_file(const Reading *self, Entry *entry)
{
    MortiseManifestFile *file = &entry->file;
    Found text = {NULL, 0};
    Place place = {.directory = self->fd, .name = strrchr(file->path, '/') + 1, .path = file->path,
                   .plain = entry->plain};
    if (read_file(&place, self->buffer, &text, &file->error)) {
        file->masks = text.text == NULL;
    }
    if (text.text != NULL) {
        file->text = g_string_chunk_insert_len(self->found->texts, text.text, (gssize) text.length);
        file->length = text.length;
    }
}

static void
add_file(const Reading *self, Entry *entry)
{
    MortiseManifestFile *file = &entry->file;
    if (!entry->well_named) {
        (void) fail(&file->error, file->path, "rename it, such as to \"example" SUFFIX "\"",
                    "the file's name is not [a-z][a-z0-9-]{0,31}" SUFFIX);
    } else if (self->count > MORTISE_LIMIT_MANIFESTS) {
        (void) fail(&file->error, file->path, "remove those that nobody needs", "there are more than %d manifests",
                    MORTISE_LIMIT_MANIFESTS);
    } else {
        open_file(self, entry);
    }
}

static const char *
name_at(const GPtrArray *sources, guint index)
{
    const MortiseManifestSource *source = g_ptr_array_index(sources, index);
    return source->name;
}

static MortiseManifestSource *
add_source(Reading *self, const char *name)
{
    MortiseManifestSource *source = g_new0(MortiseManifestSource, 1);
    source->name = name;
    self->count++;
    g_ptr_array_add(self->found->sources, source);
    return source;
}

/* The source of a name. Names are asked for in their order, and so the earlier sources are taken over in theirs. */
static MortiseManifestSource *
get_source(Reading *self, const char *name)
{
    GPtrArray *sources = self->found->sources;
    while (self->next < self->earlier->len && strcmp(name_at(self->earlier, self->next), name) <= 0) {
        g_ptr_array_add(sources, g_ptr_array_index(self->earlier, self->next++));
    }
    gboolean known = sources->len > 0 && g_str_equal(name_at(sources, sources->len - 1), name);
    return known ? g_ptr_array_index(sources, sources->len - 1) : add_source(self, name);
}

static void
add_entry(Reading *self, Entry *entry)
{
    MortiseManifestSource *source = get_source(self, entry->name);
    MortiseManifestFile **last = &source->files;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = &entry->file;
    add_file(self, entry);
}

static gint
compare_entries(gconstpointer a, gconstpointer b)
{
    return strcmp((*(Entry *const *) a)->name, (*(Entry *const *) b)->name);
}

static const char *
path_of(const Reading *self, const char *name)
{
    g_string_truncate(self->path, self->folder);
    g_string_append(self->path, name);
    return g_string_chunk_insert_len(self->found->texts, self->path->str, (gssize) self->path->len);
}

static Entry *
entry_new(const Reading *self, const struct dirent *found, gsize length)
{
    GStringChunk *texts = self->found->texts;
    Entry *entry = g_new0(Entry, 1);
    entry->plain = found->d_type == DT_REG;
    entry->name = g_string_chunk_insert_len(texts, found->d_name, (gssize) length);
    entry->well_named = mortise_name_is_valid(entry->name);
    if (entry->well_named) {
        entry->file.path = path_of(self, found->d_name);
        return entry;
    }
    g_autofree char *valid = g_utf8_make_valid(found->d_name, -1);
    entry->name = g_string_chunk_insert_len(texts, valid, (gssize) (strlen(valid) - strlen(SUFFIX)));
    entry->file.path = path_of(self, valid);
    return entry;
}

/* Sorted, so that it does not depend on the file system which ones are beyond a limit. */
static GPtrArray *
list_entries(const Reading *self, DIR *stream)
{
    GPtrArray *entries = g_ptr_array_new();
    const struct dirent *found = readdir(stream);
    while (found != NULL) {
        gsize length = strlen(found->d_name);
        gboolean is_wanted = found->d_name[0] != '.' && length >= strlen(SUFFIX);
        gsize stem = is_wanted ? length - strlen(SUFFIX) : 0;
        if (is_wanted && memcmp(found->d_name + stem, SUFFIX, strlen(SUFFIX)) == 0) {
            g_ptr_array_add(entries, entry_new(self, found, stem));
        }
        found = readdir(stream);
    }
    g_ptr_array_sort(entries, compare_entries);
    return entries;
}

static void
add_entries(Reading *self, const GPtrArray *entries)
{
    g_autoptr(GPtrArray) earlier = self->found->sources;
    self->found->sources = g_ptr_array_sized_new(earlier->len + entries->len);
    self->earlier = earlier;
    self->next = 0;
    for (guint i = 0; i < entries->len; i++) {
        add_entry(self, g_ptr_array_index(entries, i));
    }
    for (; self->next < earlier->len; self->next++) {
        g_ptr_array_add(self->found->sources, g_ptr_array_index(earlier, self->next));
    }
}

static void
read_directory(MortiseDiscovery *found, char *buffer, const char *path)
{
    DIR *stream = opendir(path);   /* close-on-exec from birth */
    if (stream == NULL) {
        g_debug("no manifests from %s: %s", path, g_strerror(errno));
        return;
    }
    g_autofree char *valid = g_utf8_make_valid(path, -1);
    g_autoptr(GString) whole = g_string_new(valid);
    g_string_append_c(whole, '/');
    Reading self = {.found = found, .count = found->sources->len, .path = whole, .folder = whole->len,
                    .fd = dirfd(stream), .buffer = buffer};
    g_autoptr(GPtrArray) entries = list_entries(&self, stream);
    add_entries(&self, entries);
    (void) closedir(stream);
}

MortiseDiscovery *
mortise_discovery_read(const char *const *directories)
{
    MortiseDiscovery *self = g_atomic_rc_box_new0(MortiseDiscovery);
    g_autofree char *buffer = g_malloc(BUFFER_SIZE);
    self->sources = g_ptr_array_new();
    self->texts = g_string_chunk_new(TEXT_BLOCK);
    for (; *directories != NULL; directories++) {
        read_directory(self, buffer, *directories);
    }
    return self;
}
