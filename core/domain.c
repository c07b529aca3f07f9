// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// MortiseDomain: what is known of it without asking.
#include "domain-private.h"

#include "error.h"

G_DEFINE_FINAL_TYPE(MortiseDomain, mortise_domain, G_TYPE_OBJECT)

static void
mortise_domain_finalize(GObject *object)
{
    MortiseDomain *self = MORTISE_DOMAIN(object);
    g_clear_pointer(&self->record, domain_record_unref);
    g_clear_pointer(&self->session, session_unref);
    G_OBJECT_CLASS(mortise_domain_parent_class)->finalize(object);
}

static void
mortise_domain_class_init(MortiseDomainClass *class)
{
    G_OBJECT_CLASS(class)->finalize = mortise_domain_finalize;
}

static void
mortise_domain_init(MortiseDomain *self G_GNUC_UNUSED)
{
}

MortiseDomain *
mortise_domain_new(Session *session, DomainRecord *record)
{
    MortiseDomain *self = g_object_new(MORTISE_TYPE_DOMAIN, NULL);
    self->session = session_ref(session);
    self->record = domain_record_ref(record);
    return self;
}

gboolean
domain_check(MortiseDomain *self, GError **error)
{
    return session_check_open(self->session, error) && domain_record_check(self->record, error);
}

const char *
mortise_domain_get_name(MortiseDomain *self)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), NULL);
    return domain_record_get_name(self->record);
}

const char *
mortise_domain_get_uuid(MortiseDomain *self)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), NULL);
    return self->record->uuid_text;
}

MortiseDomainInfo *
mortise_domain_get_info(MortiseDomain *self, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), NULL);
    return domain_check(self, error) ? domain_record_make_info(self->record) : NULL;
}

MortiseDomainState
mortise_domain_get_state(MortiseDomain *self, char **reason)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), MORTISE_DOMAIN_STATE_UNKNOWN);
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(self->record);
    if (reason != NULL) {
        *reason = g_strdup(snapshot->reason);
    }
    return snapshot->state;
}

char *
mortise_domain_get_xml(MortiseDomain *self, MortiseXmlFlags flags, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), NULL);
    if (!domain_check(self, error)) {
        return NULL;
    }
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(self->record);
    gboolean inactive = (flags & MORTISE_XML_INACTIVE) != 0;
    if (!inactive && domain_snapshot_is_active(snapshot) && snapshot->live_xml != NULL) {
        return g_strdup(snapshot->live_xml);
    }
    if (snapshot->inactive_xml == NULL) {
        mortise_error_set(error, MORTISE_ERROR_DOMAIN_INACTIVE, snapshot->name, NULL,
                          "the domain '%s' has no definition%s", snapshot->name,
                          inactive ? ", only the one it runs with" : "");
        return NULL;
    }
    return g_strdup(snapshot->inactive_xml);
}

char *
mortise_domain_get_metadata(MortiseDomain *self, const char *uri, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), NULL);
    g_return_val_if_fail(uri != NULL, NULL);
    if (!domain_check(self, error)) {
        return NULL;
    }
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(self->record);
    const char *xml = snapshot->inactive_xml != NULL ? snapshot->inactive_xml : snapshot->live_xml;
    return mortise_domain_xml_get_metadata(xml != NULL ? xml : "<domain/>", uri, error);
}

char *
mortise_domain_get_title(MortiseDomain *self)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), NULL);
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(self->record);
    return g_strdup(snapshot->title);
}

char *
mortise_domain_get_description(MortiseDomain *self)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), NULL);
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(self->record);
    return g_strdup(snapshot->description);
}

gboolean
domain_run(Call *call, GCancellable *cancellable, GError **error)
{
    g_autoptr(Call) owned = call;
    return call_run(owned, cancellable, error);
}

gboolean
domain_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), FALSE);
    return g_task_propagate_boolean(G_TASK(result), error);
}
