// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The driver's handle of a domain, and the running file that brings a guest back after a crash of its owner.
#include "domain-record.h"
#include "error.h"
#include "session.h"

static void *
open_with_driver(DomainRecord *self, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(self);
    MortiseLoadedModule *module = binding_get_module(self->binding);
    MortiseDomainArguments arguments = {
        .struct_size = sizeof(arguments),
        .persistent = snapshot->persistent ? 1 : 0,
        .name = self->name,
        .type = snapshot->type,
        .inactive_xml = snapshot->inactive_xml,
        .running_state = self->running_state,
    };
    memcpy(arguments.uuid, self->uuid, sizeof(arguments.uuid));
    void *domain = NULL;
    DriverWords words;
    driver_words_begin(&words, 0);
    MortiseResult result = module->operations.domain_open(binding_get_connection(self->binding), &arguments, self,
                                                          &domain);
    driver_words_end(&words);
    gboolean good = driver_words_judge(&words, result, module->name, "domain_open", error);
    driver_words_clear(&words);
    return good ? domain : NULL;
}

void *
domain_record_open_driver(DomainRecord *self, GError **error)
{
    if (self->binding == NULL) {
        session_set_missing_driver_error(self->session, self, error);
        return NULL;
    }
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->driver_lock);
    if (!self->driver_opened) {
        self->driver_domain = open_with_driver(self, error);
        self->driver_opened = self->driver_domain != NULL;
        /* the driver keeps the record as its MortiseHostDomain until domain_close */
        if (self->driver_opened) {
            (void) domain_record_ref(self);
        }
    }
    if (!self->driver_opened && error != NULL && *error == NULL) {
        mortise_error_set(error, MORTISE_ERROR_DRIVER_MISBEHAVED, self->name, "report this to the driver's vendor",
                          "the driver '%s' opened the domain '%s' without giving a handle",
                          binding_get_name(self->binding), self->name);
    }
    return self->driver_domain;
}

void
domain_record_close_driver(DomainRecord *self)
{
    g_mutex_lock(&self->driver_lock);
    gboolean opened = self->driver_opened;
    self->driver_opened = FALSE;
    if (opened) {
        binding_get_module(self->binding)->operations.domain_close(g_steal_pointer(&self->driver_domain));
    }
    g_mutex_unlock(&self->driver_lock);
    if (opened) {
        domain_record_unref(self);
    }
}

/* Why a guest ended is worth keeping until the host boots, for a domain that is still there to be asked about. */
static gboolean
end_is_worth_keeping(const DomainRecord *self, const DomainSnapshot *snapshot)
{
    return snapshot->persistent && !domain_snapshot_is_active(snapshot) && snapshot->reason != NULL
        && self->running_xml != NULL;
}

/* With file_lock held. */
static gboolean
write_running_file(DomainRecord *self, GError **error)
{
    MortiseStore *store = session_get_store(self->session);
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(self);
    if (self->running_state == NULL && !end_is_worth_keeping(self, snapshot)) {
        return mortise_store_remove_running(store, self->uuid, error);
    }
    const char *phase = domain_snapshot_is_active(snapshot) ? "running" : "starting";
    MortiseStoredDomain stored = {
        .driver = (char *) binding_get_name(self->binding),
        .phase = self->running_state != NULL ? (char *) phase : (char *) "ended",
        .running_xml = self->running_xml,
        .live_xml = snapshot->live_xml,
        .running_state = self->running_state,
        .state = snapshot->state,
        .id = snapshot->id,
        .state_reason = snapshot->reason,
    };
    memcpy(stored.uuid, self->uuid, sizeof(stored.uuid));
    return mortise_store_write_running(store, &stored, error);
}

gboolean
domain_record_set_running_state(DomainRecord *self, const char *state, GError **error)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->file_lock);
    g_free(self->running_state);
    self->running_state = g_strdup(state);
    self->live_xml_unsaved = FALSE;
    return write_running_file(self, error);
}

void
domain_record_keep_end(DomainRecord *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->file_lock);
    if (self->running_state == NULL && self->running_xml != NULL) {
        (void) write_running_file(self, NULL);
    }
}

gboolean
domain_record_save_running(DomainRecord *self, GError **error)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->file_lock);
    if (!self->live_xml_unsaved || self->running_state == NULL) {
        return TRUE;
    }
    self->live_xml_unsaved = FALSE;
    return write_running_file(self, error);
}
