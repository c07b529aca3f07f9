// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading a store: every file is understood as a whole, removed because it is worthless, or left alone and reported.
#include "store-private.h"

#include "atomic-file.h"
#include "domain-xml.h"
#include "error.h"
#include "limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define UUID_LENGTH 36

typedef struct {
    MortiseStore *store;
    MortiseStoreComplaint complaint;
    gpointer data;
    GHashTable *domains;      /* 16 bytes of UUID -> MortiseStoredDomain */
    GHashTable *refused;
    gboolean other_boot;      /* the record says that the running files are of an earlier boot */
    gboolean removed;         /* a running file was taken away */
    int directory;            /* that is being read */
    const char *path;
} Loading;

static void
complain(Loading *loading, const char *path, const GError *error)
{
    if (loading->complaint != NULL) {
        loading->complaint(path, error, loading->data);
    }
}

static MortiseStoreRefused *
refused_of(Loading *loading, const guint8 uuid[16])
{
    MortiseStoreRefused *refused = g_hash_table_lookup(loading->refused, uuid);
    if (refused == NULL) {
        refused = g_new0(MortiseStoreRefused, 1);
        g_hash_table_insert(loading->refused, g_memdup2(uuid, 16), refused);
    }
    return refused;
}

/* The name that a document gives its domain; NULL when it is not legible. */
static char *
name_of(const char *xml)
{
    g_autoptr(MortiseDomainXml) parsed = xml != NULL ? mortise_domain_xml_parse(xml, NULL) : NULL;
    return parsed != NULL ? g_strdup(parsed->name) : NULL;
}

/* The UUID in a file's name; FALSE, with a complaint, when there is none. */
static gboolean
uuid_of_name(Loading *loading, const char *name, const char *suffix, const char *path, guint8 uuid[16])
{
    g_autofree char *text = g_strndup(name, strlen(name) - strlen(suffix));
    g_autofree char *small = g_ascii_strdown(text, -1);
    if (strlen(text) == UUID_LENGTH && g_str_equal(text, small) && mortise_uuid_from_text(text, uuid)) {
        return TRUE;
    }
    g_autoptr(GError) error = NULL;
    mortise_error_set(&error, MORTISE_ERROR_FILE_ERROR, path,
                      "remove it; definitions are added by a command, not as files",
                      "%s is not named by a UUID in small letters; it is left alone", path);
    complain(loading, path, error);
    return FALSE;
}

static MortiseStoredDomain *
domain_of(Loading *loading, const guint8 uuid[16])
{
    MortiseStoredDomain *domain = g_hash_table_lookup(loading->domains, uuid);
    if (domain == NULL) {
        domain = g_new0(MortiseStoredDomain, 1);
        memcpy(domain->uuid, uuid, sizeof domain->uuid);
        g_hash_table_insert(loading->domains, domain->uuid, domain);
    }
    return domain;
}

static void
refuse_definition(Loading *loading, const guint8 uuid[16], const char *path, const char *text, GError *error)
{
    MortiseStoreRefused *refused = refused_of(loading, uuid);
    refused->name = name_of(text);
    complain(loading, path, error);
    refused->definition = error;
}

/* Removed by somebody after it was listed. */
static gboolean
is_gone(GError **error)
{
    gboolean gone = g_error_matches(*error, MORTISE_ERROR, MORTISE_ERROR_FILE_MISSING);
    if (gone) {
        g_clear_error(error);
    }
    return gone;
}

static void
load_definition(Loading *loading, const char *name, const char *path, const guint8 uuid[16])
{
    gsize length = 0;
    GError *error = NULL;
    gboolean autostart = FALSE;
    g_autofree char *text = mortise_file_read(loading->directory, loading->path, name, MORTISE_LIMIT_STATE_FILE_BYTES,
                                              &length, &error);
    if (is_gone(&error)) {
        return;
    }
    if (text == NULL || !mortise_store_definition_parse(text, length, path, &autostart, &error)) {
        refuse_definition(loading, uuid, path, text, error);
        return;
    }
    MortiseStoredDomain *domain = domain_of(loading, uuid);
    domain->definition = g_steal_pointer(&text);
    domain->autostart = autostart;
}

/* Nobody can tell whether this domain runs, so it must not be listed as one that does not. */
static void
refuse_running(Loading *loading, const guint8 uuid[16], const char *path, const char *text, gsize length, GError *error)
{
    MortiseStoreRefused *refused = refused_of(loading, uuid);
    const MortiseStoredDomain *domain = g_hash_table_lookup(loading->domains, uuid);
    if (refused->name == NULL && domain != NULL) {
        refused->name = name_of(domain->definition);
    }
    if (refused->name == NULL && text != NULL) {
        g_autofree char *xml = mortise_store_running_peek_xml(text, length);
        refused->name = name_of(xml);
    }
    (void) g_hash_table_remove(loading->domains, uuid);
    complain(loading, path, error);
    refused->running = error;
}

static void
remove_earlier(Loading *loading, const char *name, const char *path)
{
    g_autoptr(GError) error = NULL;
    if (mortise_atomic_file_remove(loading->directory, loading->path, name, MORTISE_ATOMIC_KEPT, &error)) {
        loading->removed = TRUE;
    } else {
        complain(loading, path, error);
    }
}

static void
load_running(Loading *loading, const char *name, const char *path, const guint8 uuid[16])
{
    gsize length = 0;
    GError *error = NULL;
    g_autofree char *text = mortise_file_read(loading->directory, loading->path, name, MORTISE_LIMIT_STATE_FILE_BYTES,
                                              &length, &error);
    if (is_gone(&error)) {
        return;
    }
    MortiseStoredDomain found = {0};
    memcpy(found.uuid, uuid, sizeof found.uuid);
    MortiseRunningAge age = MORTISE_RUNNING_BAD;
    if (text != NULL) {
        age = mortise_store_running_parse(text, length, path, loading->store->boot_id, &found, &error);
    }
    /* Running files are not fsynced: one that a loss of power has torn is of an earlier boot, like all beside it. */
    gboolean torn = age == MORTISE_RUNNING_BAD && text != NULL && loading->other_boot
        && !g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_STATE_SCHEMA);
    if (age == MORTISE_RUNNING_EARLIER || torn) {
        g_clear_error(&error);
        remove_earlier(loading, name, path);
    } else if (age == MORTISE_RUNNING_BAD) {
        refuse_running(loading, uuid, path, text, length, error);
    } else {
        MortiseStoredDomain *domain = domain_of(loading, uuid);
        found.definition = domain->definition;
        found.autostart = domain->autostart;
        *domain = found;
    }
}

typedef void (*LoadFile)(Loading *loading, const char *name, const char *path, const guint8 uuid[16]);

static void
load_entry(Loading *loading, const char *name, const char *suffix, LoadFile load)
{
    if (mortise_atomic_file_is_leftover(name, loading->store->tag)) {
        (void) unlinkat(loading->directory, name, 0);
        return;
    }
    if (name[0] == '.' || !g_str_has_suffix(name, suffix)) {
        return;
    }
    g_autofree char *path = g_build_filename(loading->path, name, NULL);
    guint8 uuid[16];
    if (uuid_of_name(loading, name, suffix, path, uuid)) {
        load(loading, name, path, uuid);
    }
}

/* The names first: files are removed on the way, which must not disturb the reading of the directory. */
static GPtrArray *
list_names(int directory, const char *path, GError **error)
{
    int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;
    if (stream == NULL) {
        mortise_error_set_errno(error, errno, "cannot read the directory", path);
        return NULL;
    }
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const struct dirent *entry;
    errno = 0;
    while ((entry = readdir(stream)) != NULL && names->len <= MORTISE_LIMIT_DOMAINS) {
        g_ptr_array_add(names, g_strdup(entry->d_name));
        errno = 0;
    }
    int number = errno;
    (void) closedir(stream);
    if (number != 0) {
        mortise_error_set_errno(error, number, "cannot read the directory", path);
        return NULL;
    }
    if (names->len > MORTISE_LIMIT_DOMAINS) {
        mortise_error_set(error, MORTISE_ERROR_LIMIT_EXCEEDED, path, NULL, "%s holds more than %d files", path,
                          MORTISE_LIMIT_DOMAINS);
        return NULL;
    }
    return g_steal_pointer(&names);
}

/* A directory that is missing is empty: nothing was ever written. */
static gboolean
load_directory(Loading *loading, const char *path, const char *suffix, LoadFile load, GError **error)
{
    g_autoptr(GError) cause = NULL;
    loading->path = path;
    loading->directory = mortise_directory_open(path, 0, &cause);
    if (loading->directory < 0) {
        if (g_error_matches(cause, MORTISE_ERROR, MORTISE_ERROR_FILE_MISSING)) {
            return TRUE;
        }
        g_propagate_error(error, g_steal_pointer(&cause));
        return FALSE;
    }
    g_autoptr(GPtrArray) names = list_names(loading->directory, path, error);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        load_entry(loading, g_ptr_array_index(names, i), suffix, load);
    }
    if (loading->removed) {
        /* The removals must be on disk before the record says that all files are of this boot. */
        (void) fsync(loading->directory);
    }
    (void) close(loading->directory);
    return names != NULL;
}

/* The boot that the running files are of; NULL when there is no record. */
static char *
read_boot_record(const MortiseStore *store)
{
    g_autofree char *path = g_build_filename(store->run_directory, MORTISE_STORE_BOOT_FILE, NULL);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        return NULL;
    }
    g_strstrip(text);
    return text[0] != '\0' ? g_steal_pointer(&text) : NULL;
}

/* Without the record running files are written with fsync; that is slower, and no reason to fail. */
static gboolean
record_boot(const MortiseStore *store)
{
    int directory = mortise_directory_open(store->run_directory, 0, NULL);
    if (directory < 0) {
        return FALSE;
    }
    gboolean written = mortise_atomic_file_write(directory, store->run_directory, MORTISE_STORE_BOOT_FILE, store->tag,
                                                 store->boot_id, "\n", MORTISE_ATOMIC_DURABLE, NULL);
    (void) close(directory);
    return written;
}

static GPtrArray *
take_domains(Loading *loading)
{
    GPtrArray *result = g_ptr_array_new_full(g_hash_table_size(loading->domains),
                                             (GDestroyNotify) mortise_stored_domain_free);
    GHashTableIter iterator;
    gpointer value;
    g_hash_table_iter_init(&iterator, loading->domains);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        g_ptr_array_add(result, value);
        g_hash_table_iter_steal(&iterator);
    }
    return result;
}

GPtrArray *
mortise_store_load(MortiseStore *self, MortiseStoreComplaint complaint, gpointer data, GError **error)
{
    g_autofree char *recorded = read_boot_record(self);
    gboolean same_boot = g_strcmp0(recorded, self->boot_id) == 0;
    g_autoptr(GHashTable) domains = mortise_store_table_new(NULL, (GDestroyNotify) mortise_stored_domain_free);
    Loading loading = {
        .store = self,
        .complaint = complaint,
        .data = data,
        .domains = domains,
        .refused = mortise_store_refused_table_new(),
        .other_boot = recorded != NULL && !same_boot,
    };
    gboolean read = load_directory(&loading, self->definitions, MORTISE_STORE_DEFINITION_SUFFIX, load_definition, error)
        && load_directory(&loading, self->runs, MORTISE_STORE_RUNNING_SUFFIX, load_running, error);
    gboolean boot_recorded = read && (same_boot || record_boot(self));
    g_mutex_lock(&self->mutex);
    if (read) {
        g_hash_table_unref(self->refused);
        self->refused = g_steal_pointer(&loading.refused);
        self->boot_recorded = boot_recorded;
    }
    g_mutex_unlock(&self->mutex);
    g_clear_pointer(&loading.refused, g_hash_table_unref);
    return read ? take_domains(&loading) : NULL;
}
