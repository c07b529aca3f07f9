// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// MortiseConnection: lists, look-ups, definitions.
#include "connection-private.h"

#include "api-task.h"
#include "bodies.h"
#include "domain-private.h"
#include "domain-xml.h"
#include "error.h"

#include <mortise/mortise-check.h>

GPtrArray *
mortise_connection_list_domains(MortiseConnection *self, MortiseListFlags flags, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_CONNECTION(self), NULL);
    Session *session = connection_get_session(self, error);
    if (session == NULL) {
        return NULL;
    }
    g_autoptr(GPtrArray) records = session_list(session, flags);
    GPtrArray *domains = g_ptr_array_new_full(records->len, g_object_unref);
    for (guint i = 0; i < records->len; i++) {
        g_ptr_array_add(domains, mortise_domain_new(session, g_ptr_array_index(records, i)));
    }
    return domains;
}

static MortiseDomain *
found_domain(Session *session, DomainRecord *record, const char *what, const char *value, GError **error)
{
    if (record == NULL) {
        mortise_error_set(error, MORTISE_ERROR_NO_SUCH_DOMAIN, value, "'mortise list --all' shows what there is",
                          "there is no domain with the %s '%s' on %s", what, value, session_get_uri(session));
        return NULL;
    }
    return mortise_domain_new(session, record);
}

MortiseDomain *
mortise_connection_lookup_domain(MortiseConnection *self, const char *name, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_CONNECTION(self), NULL);
    g_return_val_if_fail(name != NULL, NULL);
    Session *session = connection_get_session(self, error);
    if (session == NULL) {
        return NULL;
    }
    g_autoptr(DomainRecord) record = session_lookup_name(session, name);
    return found_domain(session, record, "name", name, error);
}

MortiseDomain *
mortise_connection_lookup_domain_by_uuid(MortiseConnection *self, const char *uuid, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_CONNECTION(self), NULL);
    g_return_val_if_fail(uuid != NULL, NULL);
    Session *session = connection_get_session(self, error);
    if (session == NULL) {
        return NULL;
    }
    guint8 bytes[16];
    if (!mortise_uuid_from_text(uuid, bytes)) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, uuid,
                          "give 32 hexadecimal digits, with or without hyphens", "'%s' is no UUID", uuid);
        return NULL;
    }
    g_autoptr(DomainRecord) record = session_lookup_uuid(session, bytes);
    return found_domain(session, record, "UUID", uuid, error);
}

MortiseDomain *
mortise_connection_lookup_domain_by_id(MortiseConnection *self, gint64 id, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_CONNECTION(self), NULL);
    Session *session = connection_get_session(self, error);
    if (session == NULL) {
        return NULL;
    }
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, id);
    g_autoptr(DomainRecord) record = session_lookup_id(session, id);
    return found_domain(session, record, "id", text, error);
}

/* A call that carries a domain's XML to the driver of its type; NULL with @error. */
static Call *
xml_call_new(MortiseConnection *self, OperationCode code, CallBody body, const char *xml, guint32 flags,
             GError **error)
{
    Session *session = connection_get_session(self, error);
    g_autoptr(MortiseDomainXml) parsed = session != NULL ? mortise_domain_xml_parse(xml, error) : NULL;
    Binding *binding = parsed != NULL ? session_binding_for_type(session, parsed->type, error) : NULL;
    if (binding == NULL) {
        return NULL;
    }
    Call *call = session_call_new(session, code, body, binding);
    /* with the UUID that a definition without one has got just now */
    call->text = g_steal_pointer(&parsed->text);
    /* as it was given: findings name its lines */
    call->second_text = g_strdup(xml);
    call->flags = flags;
    return call;
}

GPtrArray *
mortise_connection_check_xml(MortiseConnection *self, const char *xml, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_CONNECTION(self), NULL);
    g_return_val_if_fail(xml != NULL, NULL);
    g_autoptr(Call) call = xml_call_new(self, OPERATION_CHECK_XML, body_check_xml, xml, 0, error);
    if (call == NULL || !call_run(call, cancellable, error)) {
        return NULL;
    }
    return g_steal_pointer(&call->out_checks);
}

static void
return_checks(GTask *task, Call *call)
{
    g_task_return_pointer(task, g_steal_pointer(&call->out_checks), (GDestroyNotify) g_ptr_array_unref);
}

void
mortise_connection_check_xml_async(MortiseConnection *self, const char *xml, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_CONNECTION(self));
    g_return_if_fail(xml != NULL);
    GError *error = NULL;
    Call *call = xml_call_new(self, OPERATION_CHECK_XML, body_check_xml, xml, 0, &error);
    if (call == NULL) {
        api_task_fail(self, mortise_connection_check_xml_async, error, callback, user_data);
        return;
    }
    api_task_run(self, mortise_connection_check_xml_async, call, return_checks, cancellable, callback, user_data);
}

GPtrArray *
mortise_connection_check_xml_finish(MortiseConnection *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), NULL);
    return g_task_propagate_pointer(G_TASK(result), error);
}

MortiseDomain *
mortise_connection_define_domain(MortiseConnection *self, const char *xml, MortiseDefineFlags flags,
                                 GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_CONNECTION(self), NULL);
    g_return_val_if_fail(xml != NULL, NULL);
    g_autoptr(Call) call = xml_call_new(self, OPERATION_DEFINE, body_define, xml, flags, error);
    if (call == NULL || !call_run(call, cancellable, error)) {
        return NULL;
    }
    return mortise_domain_new(self->session, call->out_record);
}

static void
return_domain(GTask *task, Call *call)
{
    g_task_return_pointer(task, mortise_domain_new(call->session, call->out_record), g_object_unref);
}

void
mortise_connection_define_domain_async(MortiseConnection *self, const char *xml, MortiseDefineFlags flags,
                                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_CONNECTION(self));
    g_return_if_fail(xml != NULL);
    GError *error = NULL;
    Call *call = xml_call_new(self, OPERATION_DEFINE, body_define, xml, flags, &error);
    if (call == NULL) {
        api_task_fail(self, mortise_connection_define_domain_async, error, callback, user_data);
        return;
    }
    api_task_run(self, mortise_connection_define_domain_async, call, return_domain, cancellable, callback,
                 user_data);
}

MortiseDomain *
mortise_connection_define_domain_finish(MortiseConnection *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), NULL);
    return g_task_propagate_pointer(G_TASK(result), error);
}

/* A driver that keeps its own list makes the domain itself; for the others the core does. */
static Call *
create_call_new(MortiseConnection *self, const char *xml, MortiseStartFlags flags, GError **error)
{
    g_autoptr(Call) plain = xml_call_new(self, OPERATION_CREATE, body_create, xml, flags, error);
    if (plain == NULL || !binding_uses_store(plain->binding)) {
        return g_steal_pointer(&plain);
    }
    g_autoptr(MortiseDomainXml) parsed = mortise_domain_xml_parse(plain->text, error);
    g_autoptr(DomainRecord) record = NULL;
    if (parsed == NULL || !session_match(self->session, parsed->uuid, parsed->name, &record, error)) {
        return NULL;
    }
    if (record == NULL) {
        record = domain_record_new(self->session, plain->binding, parsed->uuid, parsed->name);
    }
    Call *call = session_domain_call_new(self->session, OPERATION_CREATE, body_create, record);
    call->text = g_steal_pointer(&plain->text);
    call->flags = flags;
    return call;
}

MortiseDomain *
mortise_connection_create_domain(MortiseConnection *self, const char *xml, MortiseStartFlags flags,
                                 GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_CONNECTION(self), NULL);
    g_return_val_if_fail(xml != NULL, NULL);
    g_autoptr(Call) call = create_call_new(self, xml, flags, error);
    if (call == NULL || !call_run(call, cancellable, error)) {
        return NULL;
    }
    return mortise_domain_new(self->session, call->out_record);
}

void
mortise_connection_create_domain_async(MortiseConnection *self, const char *xml, MortiseStartFlags flags,
                                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_CONNECTION(self));
    g_return_if_fail(xml != NULL);
    GError *error = NULL;
    Call *call = create_call_new(self, xml, flags, &error);
    if (call == NULL) {
        api_task_fail(self, mortise_connection_create_domain_async, error, callback, user_data);
        return;
    }
    api_task_run(self, mortise_connection_create_domain_async, call, return_domain, cancellable, callback,
                 user_data);
}

MortiseDomain *
mortise_connection_create_domain_finish(MortiseConnection *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), NULL);
    return g_task_propagate_pointer(G_TASK(result), error);
}
