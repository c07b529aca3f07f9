// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The store: writes and removes the files of domains, and remembers which ones it must leave alone.
#include "store-private.h"

#include "atomic-file.h"
#include "domain-xml.h"
#include "error.h"
#include "limits.h"

#include <string.h>
#include <unistd.h>

void
mortise_stored_domain_free(MortiseStoredDomain *self)
{
    if (self == NULL) {
        return;
    }
    g_free(self->definition);
    g_free(self->driver);
    g_free(self->phase);
    g_free(self->running_xml);
    g_free(self->live_xml);
    g_free(self->running_state);
    g_free(self->state_reason);
    g_free(self);
}

/* A UUID is random enough to be its own hash, but not every guest's UUID is random. */
static guint
uuid_hash(gconstpointer uuid)
{
    guint32 parts[4];
    memcpy(parts, uuid, sizeof parts);
    return parts[0] ^ (parts[1] * 31) ^ (parts[2] * 961) ^ (parts[3] * 29791);
}

static gboolean
uuid_equal(gconstpointer one, gconstpointer other)
{
    return memcmp(one, other, 16) == 0;
}

GHashTable *
mortise_store_table_new(GDestroyNotify free_key, GDestroyNotify free_value)
{
    return g_hash_table_new_full(uuid_hash, uuid_equal, free_key, free_value);
}

static void
refused_free(gpointer data)
{
    MortiseStoreRefused *self = data;
    g_free(self->name);
    g_clear_error(&self->definition);
    g_clear_error(&self->running);
    g_free(self);
}

GHashTable *
mortise_store_refused_table_new(void)
{
    return mortise_store_table_new(g_free, refused_free);
}

static char *
read_boot_id(void)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/sys/kernel/random/boot_id", &text, NULL, NULL)) {
        /* Without /proc every boot looks the same; the driver still compares the start times of processes. */
        return g_strdup("unknown");
    }
    return g_strdup(g_strstrip(text));
}

MortiseStore *
mortise_store_new(const MortiseRoot *root)
{
    MortiseStore *self = g_new0(MortiseStore, 1);
    self->definitions = g_build_filename(root->config_directory, "domains", NULL);
    self->runs = g_build_filename(root->run_directory, "domains", NULL);
    self->run_directory = g_strdup(root->run_directory);
    self->tag = g_strdup_printf("%08x%08x", g_random_int(), g_random_int());
    self->boot_id = read_boot_id();
    g_mutex_init(&self->mutex);
    self->refused = mortise_store_refused_table_new();
    return self;
}

void
mortise_store_free(MortiseStore *self)
{
    if (self == NULL) {
        return;
    }
    g_free(self->definitions);
    g_free(self->runs);
    g_free(self->run_directory);
    g_free(self->tag);
    g_free(self->boot_id);
    g_mutex_clear(&self->mutex);
    g_hash_table_unref(self->refused);
    g_free(self);
}

static void
copy_error(const GError *cause, GError **error)
{
    if (error != NULL) {
        *error = g_error_copy(cause);
    }
}

/* Only what load() understood, or did not see, may be replaced or removed. */
static gboolean
check_touch(MortiseStore *self, const guint8 uuid[16], gboolean running, GError **error)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->mutex);
    const MortiseStoreRefused *refused = g_hash_table_lookup(self->refused, uuid);
    const GError *cause = refused == NULL ? NULL : running ? refused->running : refused->definition;
    if (cause != NULL) {
        copy_error(cause, error);
    }
    return cause == NULL;
}

gboolean
mortise_store_check_free(MortiseStore *self, const guint8 uuid[16], const char *name, GError **error)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->mutex);
    GHashTableIter iterator;
    gpointer key;
    gpointer value;
    g_hash_table_iter_init(&iterator, self->refused);
    while (g_hash_table_iter_next(&iterator, &key, &value)) {
        const MortiseStoreRefused *refused = value;
        gboolean same = (uuid != NULL && uuid_equal(key, uuid))
            || (name != NULL && g_strcmp0(refused->name, name) == 0);
        if (same) {
            copy_error(refused->running != NULL ? refused->running : refused->definition, error);
            return FALSE;
        }
    }
    return TRUE;
}

static char *
file_name(const guint8 uuid[16], const char *suffix)
{
    g_autofree char *text = mortise_uuid_to_text(uuid);
    return g_strconcat(text, suffix, NULL);
}

static gboolean
write_file(MortiseStore *self, const char *path, const char *name, const char *first, const char *second,
           MortiseAtomicMode mode, GError **error)
{
    int directory = mortise_directory_open(path, 0700, error);
    if (directory < 0) {
        return FALSE;
    }
    gboolean written = mortise_atomic_file_write(directory, path, name, self->tag, first, second, mode, error);
    (void) close(directory);
    return written;
}

static gboolean
remove_file(const char *path, const char *name, MortiseAtomicMode mode, GError **error)
{
    g_autoptr(GError) cause = NULL;
    int directory = mortise_directory_open(path, 0, &cause);
    if (directory < 0) {
        if (g_error_matches(cause, MORTISE_ERROR, MORTISE_ERROR_FILE_MISSING)) {
            return TRUE;
        }
        g_propagate_error(error, g_steal_pointer(&cause));
        return FALSE;
    }
    gboolean removed = mortise_atomic_file_remove(directory, path, name, mode, error);
    (void) close(directory);
    return removed;
}

static gboolean
check_definition(const char *xml, const char *name, GError **error)
{
    gsize length = strlen(xml);
    if (length == 0 || !g_utf8_validate_len(xml, length, NULL)) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, name, NULL,
                          "the definition %s is empty or not UTF-8", name);
        return FALSE;
    }
    if (length + strlen(mortise_store_definition_head(FALSE)) > MORTISE_LIMIT_STATE_FILE_BYTES) {
        mortise_error_set(error, MORTISE_ERROR_LIMIT_EXCEEDED, name, NULL,
                          "the definition %s has %" G_GSIZE_FORMAT " bytes, at most %d are kept", name, length,
                          MORTISE_LIMIT_STATE_FILE_BYTES);
        return FALSE;
    }
    return TRUE;
}

gboolean
mortise_store_write_definition(MortiseStore *self, const guint8 uuid[16], const char *xml, gboolean autostart,
                               GError **error)
{
    g_autofree char *name = file_name(uuid, MORTISE_STORE_DEFINITION_SUFFIX);
    return check_touch(self, uuid, FALSE, error) && check_definition(xml, name, error)
        && write_file(self, self->definitions, name, mortise_store_definition_head(autostart), xml,
                      MORTISE_ATOMIC_DURABLE, error);
}

gboolean
mortise_store_remove_definition(MortiseStore *self, const guint8 uuid[16], GError **error)
{
    g_autofree char *name = file_name(uuid, MORTISE_STORE_DEFINITION_SUFFIX);
    return check_touch(self, uuid, FALSE, error)
        && remove_file(self->definitions, name, MORTISE_ATOMIC_DURABLE, error);
}

/* Before this boot is on record, a running file torn by a loss of power would look like one of this boot. */
static MortiseAtomicMode
running_mode(MortiseStore *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->mutex);
    return self->boot_recorded ? MORTISE_ATOMIC_KEPT : MORTISE_ATOMIC_DURABLE;
}

gboolean
mortise_store_write_running(MortiseStore *self, const MortiseStoredDomain *domain, GError **error)
{
    if (!check_touch(self, domain->uuid, TRUE, error)) {
        return FALSE;
    }
    g_autofree char *text = mortise_store_running_format(domain, self->boot_id, error);
    g_autofree char *name = file_name(domain->uuid, MORTISE_STORE_RUNNING_SUFFIX);
    return text != NULL && write_file(self, self->runs, name, text, NULL, running_mode(self), error);
}

gboolean
mortise_store_remove_running(MortiseStore *self, const guint8 uuid[16], GError **error)
{
    g_autofree char *name = file_name(uuid, MORTISE_STORE_RUNNING_SUFFIX);
    return check_touch(self, uuid, TRUE, error) && remove_file(self->runs, name, running_mode(self), error);
}
