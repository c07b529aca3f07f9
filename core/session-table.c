// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of a session's domains, by UUID and by name.
#include "session-private.h"

#include "error.h"
#include "limits.h"

DomainRecord *
session_lookup_uuid(Session *self, const guint8 uuid[16])
{
    g_autofree char *text = mortise_uuid_to_text(uuid);
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    DomainRecord *record = g_hash_table_lookup(self->by_uuid, text);
    return record != NULL ? domain_record_ref(record) : NULL;
}

DomainRecord *
session_lookup_name(Session *self, const char *name)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    DomainRecord *record = g_hash_table_lookup(self->by_name, name);
    return record != NULL ? domain_record_ref(record) : NULL;
}

DomainRecord *
session_lookup_id(Session *self, gint64 id)
{
    g_autoptr(GPtrArray) active = session_list(self, MORTISE_LIST_ACTIVE);
    for (guint i = 0; i < active->len; i++) {
        DomainRecord *record = g_ptr_array_index(active, i);
        g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(record);
        if (snapshot->id == id) {
            return domain_record_ref(record);
        }
    }
    return NULL;
}

static gint
compare_names(gconstpointer a, gconstpointer b)
{
    DomainRecord *first = *(DomainRecord *const *) a;
    DomainRecord *second = *(DomainRecord *const *) b;
    return strcmp(first->name, second->name);
}

GPtrArray *
session_list(Session *self, MortiseListFlags flags)
{
    GHashTableIter iter;
    gpointer value = NULL;
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify) domain_record_unref);
    g_mutex_lock(&self->lock);
    g_hash_table_iter_init(&iter, self->by_uuid);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        DomainRecord *record = value;
        g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(record);
        if (domain_snapshot_matches(snapshot, flags)) {
            g_ptr_array_add(list, domain_record_ref(record));
        }
    }
    g_mutex_unlock(&self->lock);
    g_ptr_array_sort(list, compare_names);
    return list;
}

/* With the lock held. */
static gboolean
match_locked(Session *self, const char *uuid, const char *name, DomainRecord **record, GError **error)
{
    const char *left_alone = g_hash_table_lookup(self->refused, uuid);
    if (left_alone != NULL) {
        mortise_error_set(error, MORTISE_ERROR_STATE_SCHEMA, left_alone,
                          "use the newer version that wrote the file, or move it away",
                          "the UUID %s belongs to '%s', which this version cannot read and leaves alone", uuid,
                          left_alone);
        return FALSE;
    }
    DomainRecord *by_uuid = g_hash_table_lookup(self->by_uuid, uuid);
    DomainRecord *by_name = g_hash_table_lookup(self->by_name, name);
    if (by_uuid != by_name && by_uuid != NULL) {
        mortise_error_set(error, MORTISE_ERROR_DOMAIN_EXISTS, by_uuid->name,
                          "undefine that domain first, or take another UUID",
                          "the UUID %s belongs to the domain '%s', not to '%s'", uuid, by_uuid->name, name);
        return FALSE;
    }
    if (by_uuid != by_name) {
        mortise_error_set(error, MORTISE_ERROR_DOMAIN_EXISTS, name,
                          "take its UUID into the definition to change it, or take another name",
                          "a domain '%s' exists already, with the UUID %s", name, by_name->uuid_text);
        return FALSE;
    }
    *record = by_uuid;
    return TRUE;
}

gboolean
session_match(Session *self, const guint8 uuid[16], const char *name, DomainRecord **record, GError **error)
{
    g_autofree char *text = mortise_uuid_to_text(uuid);
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    DomainRecord *found = NULL;
    if (!match_locked(self, text, name, &found, error)) {
        return FALSE;
    }
    *record = found != NULL ? domain_record_ref(found) : NULL;
    return TRUE;
}

gboolean
session_add(Session *self, DomainRecord *record, GError **error)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    DomainRecord *found = NULL;
    if (!match_locked(self, record->uuid_text, record->name, &found, error)) {
        return FALSE;
    }
    if (found != NULL) {
        mortise_error_set(error, MORTISE_ERROR_DOMAIN_EXISTS, record->name, NULL, "a domain '%s' exists already",
                          record->name);
        return FALSE;
    }
    if (g_hash_table_size(self->by_uuid) >= MORTISE_LIMIT_DOMAINS) {
        mortise_error_set(error, MORTISE_ERROR_LIMIT_EXCEEDED, record->name, NULL,
                          "a connection holds at most %d domains", MORTISE_LIMIT_DOMAINS);
        return FALSE;
    }
    g_hash_table_insert(self->by_uuid, record->uuid_text, domain_record_ref(record));
    g_hash_table_insert(self->by_name, record->name, record);
    return TRUE;
}

GMutex *
session_get_definitions_lock(Session *self)
{
    return &self->definitions;
}

static gboolean
nothing_body(Call *call G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    return TRUE;
}

static void
nothing_done(Call *call G_GNUC_UNUSED, const GError *error G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
}

/* FALSE when it is not listed, or the session is being closed, which closes the driver's handle by itself. */
static gboolean
take_off_list(Session *self, DomainRecord *record)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    if (self->closed || g_hash_table_lookup(self->by_uuid, record->uuid_text) != record) {
        return FALSE;
    }
    (void) g_hash_table_remove(self->by_name, record->name);
    (void) g_hash_table_remove(self->by_uuid, record->uuid_text);
    self->calls++;
    return TRUE;
}

void
session_remove(Session *self, DomainRecord *record)
{
    g_autoptr(DomainRecord) keep G_GNUC_UNUSED = domain_record_ref(record);
    if (!take_off_list(self, record)) {
        return;
    }
    domain_record_set_gone(record);
    /* an empty call, whose end is where the driver's handle may be closed: never inside of the driver's own frame
     */
    g_autoptr(Call) last = session_domain_call_new(self, OPERATION_UNDEFINE, nothing_body, record);
    g_clear_pointer(&last->filters, g_ptr_array_unref);
    last->admitted = TRUE;
    call_run_async(last, NULL, nothing_done, NULL);
}
