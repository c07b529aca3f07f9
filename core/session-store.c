// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the store holds, listed: definitions, and guests that run, found again.
#include "session-private.h"

#include "error.h"

static void
note_left_alone(const char *path, const GError *error, gpointer data)
{
    Session *self = data;
    g_autofree char *base = g_path_get_basename(path);
    char *dot = strchr(base, '.');
    if (dot != NULL) {
        *dot = '\0';
    }
    g_debug("left alone: %s: %s", path, error->message);
    g_mutex_lock(&self->lock);
    (void) g_hash_table_replace(self->refused, g_steal_pointer(&base), g_strdup(path));
    g_mutex_unlock(&self->lock);
}

typedef struct {
    const MortiseDomainXml *definition; /* NULL of a transient domain */
    const MortiseDomainXml *running;    /* NULL of one that does not run */
    const MortiseStoredDomain *stored;
} LoadedDomain;

static void
change_to_loaded(DomainSnapshot *snapshot, gconstpointer data)
{
    const LoadedDomain *loaded = data;
    if (loaded->running != NULL) {
        domain_snapshot_set_identity(snapshot, loaded->running, FALSE);
        domain_snapshot_set_text(&snapshot->live_xml, loaded->stored->live_xml != NULL ? loaded->stored->live_xml
                                                                                       : loaded->running->text);
        /* until the driver has looked: what was true when the file was written may not be any more */
        snapshot->state = MORTISE_DOMAIN_STATE_UNKNOWN;
        snapshot->id = loaded->stored->id;
    }
    if (loaded->definition != NULL && loaded->running == NULL) {
        domain_snapshot_set_identity(snapshot, loaded->definition, TRUE);
    } else if (loaded->definition != NULL) {
        domain_snapshot_set_text(&snapshot->inactive_xml, loaded->definition->text);
        snapshot->persistent = TRUE;
    }
    if (loaded->running == NULL && loaded->stored->phase != NULL) {
        /* it has ended, and the file says why */
        snapshot->state = (MortiseDomainState) loaded->stored->state;
        domain_snapshot_set_text(&snapshot->reason, loaded->stored->state_reason);
    }
    snapshot->autostart = loaded->stored->autostart;
}

static Binding *
binding_for_stored(Session *self, const char *driver, const char *type)
{
    for (guint i = 0; driver != NULL && i < self->bindings->len; i++) {
        Binding *binding = g_ptr_array_index(self->bindings, i);
        if (g_str_equal(binding->module->name, driver)) {
            return binding;
        }
    }
    return driver != NULL ? NULL : session_binding_for_type(self, type, NULL);
}

static gboolean
add_stored(Session *self, const MortiseStoredDomain *stored, GPtrArray *running, GError **error)
{
    g_autoptr(MortiseDomainXml) definition = NULL;
    g_autoptr(MortiseDomainXml) live = NULL;
    if (stored->definition != NULL) {
        definition = mortise_domain_xml_parse(stored->definition, error);
    }
    gboolean runs = stored->running_xml != NULL && g_strcmp0(stored->phase, "ended") != 0;
    if (runs && (stored->definition == NULL || definition != NULL)) {
        live = mortise_domain_xml_parse(stored->running_xml, error);
    }
    if ((stored->definition != NULL && definition == NULL) || (runs && live == NULL)) {
        return FALSE;
    }
    const MortiseDomainXml *identity = live != NULL ? live : definition;
    if (identity == NULL) {
        mortise_error_set(error, MORTISE_ERROR_STATE_UNKNOWN, NULL, NULL,
                          "neither a definition nor the XML of a running domain is kept");
        return FALSE;
    }
    Binding *binding = binding_for_stored(self, runs ? stored->driver : NULL, identity->type);
    g_autoptr(DomainRecord) record = domain_record_new(self, binding, stored->uuid, identity->name);
    record->running_xml = runs ? g_strdup(stored->running_xml) : NULL;
    record->running_state = runs ? g_strdup(stored->running_state) : NULL;
    LoadedDomain loaded = {definition, live, stored};
    domain_record_change(record, change_to_loaded, &loaded);
    if (!session_add(self, record, error)) {
        return FALSE;
    }
    if (runs && stored->running_state != NULL && binding != NULL) {
        g_ptr_array_add(running, domain_record_ref(record));
    }
    return TRUE;
}

static gboolean
adopt_body(Call *call, GError **error)
{
    return domain_record_open_driver(call->record, error) != NULL;
}

/* domain_open must not wait for a guest; a driver that does all the same is cut off by the deadline. */
static void
adopt(Session *self, DomainRecord *record)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Call) call = session_domain_call_new(self, OPERATION_OPEN, adopt_body, record);
    call_set_deadline(call, 2000);
    if (!call_run(call, NULL, &error)) {
        g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(record);
        domain_record_set_status(record, MORTISE_DOMAIN_STATE_UNKNOWN, snapshot->id, "not-adopted", error->message);
    }
}

gboolean
session_load_store(Session *self, GError **error)
{
    if (self->store == NULL) {
        return TRUE;
    }
    g_autoptr(GPtrArray) stored = mortise_store_load(self->store, note_left_alone, self, error);
    if (stored == NULL) {
        return FALSE;
    }
    g_autoptr(GPtrArray) running = g_ptr_array_new_with_free_func((GDestroyNotify) domain_record_unref);
    for (guint i = 0; i < stored->len; i++) {
        const MortiseStoredDomain *domain = g_ptr_array_index(stored, i);
        g_autoptr(GError) cause = NULL;
        if (!add_stored(self, domain, running, &cause)) {
            g_autofree char *uuid = mortise_uuid_to_text(domain->uuid);
            g_autofree char *path = g_strdup_printf("%s/domains/%s.xml", self->root->config_directory, uuid);
            note_left_alone(path, cause, self);
        }
    }
    for (guint i = 0; i < running->len; i++) {
        adopt(self, g_ptr_array_index(running, i));
    }
    return TRUE;
}
