// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// MortiseConnection: opening, closing and what is asked of the host.
#include "connection-private.h"

#include "api-task.h"
#include "bodies.h"
#include "capabilities.h"
#include "error.h"

#define OWNER_WAIT_MS 10000

G_DEFINE_FINAL_TYPE(MortiseConnection, mortise_connection, G_TYPE_OBJECT)

static void
mortise_connection_dispose(GObject *object)
{
    MortiseConnection *self = MORTISE_CONNECTION(object);
    if (self->session != NULL) {
        session_close(self->session);
    }
    g_clear_pointer(&self->session, session_unref);
    G_OBJECT_CLASS(mortise_connection_parent_class)->dispose(object);
}

static void
mortise_connection_class_init(MortiseConnectionClass *class)
{
    G_OBJECT_CLASS(class)->dispose = mortise_connection_dispose;
}

static void
mortise_connection_init(MortiseConnection *self G_GNUC_UNUSED)
{
}

MortiseConnection *
mortise_connection_open_full(MortiseRegistry *registry, const char *uri, MortiseOpenFlags flags,
                             GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(registry == NULL || MORTISE_IS_REGISTRY(registry), NULL);
    g_return_val_if_fail(uri != NULL, NULL);
    MortiseRegistry *used = registry != NULL ? registry : mortise_registry_get_default();
    guint wait_ms = flags & MORTISE_OPEN_NO_WAIT ? 0 : OWNER_WAIT_MS;
    Session *session = session_open(used, uri, wait_ms, cancellable, error);
    if (session == NULL) {
        return NULL;
    }
    MortiseConnection *self = g_object_new(MORTISE_TYPE_CONNECTION, NULL);
    self->session = session;
    return self;
}

MortiseConnection *
mortise_connection_open(const char *uri, GCancellable *cancellable, GError **error)
{
    return mortise_connection_open_full(NULL, uri, MORTISE_OPEN_NONE, cancellable, error);
}

typedef struct {
    MortiseRegistry *registry;
    char *uri;
    MortiseOpenFlags flags;
} OpenRequest;

static void
open_request_free(gpointer data)
{
    OpenRequest *self = data;
    g_clear_object(&self->registry);
    g_free(self->uri);
    g_free(self);
}

static void
open_in_thread(GTask *task, gpointer source G_GNUC_UNUSED, gpointer data, GCancellable *cancellable)
{
    const OpenRequest *request = data;
    GError *error = NULL;
    MortiseConnection *connection = mortise_connection_open_full(request->registry, request->uri, request->flags,
                                                                 cancellable, &error);
    if (connection == NULL) {
        g_task_return_error(task, error);
    } else {
        g_task_return_pointer(task, connection, g_object_unref);
    }
}

void
mortise_connection_open_async(MortiseRegistry *registry, const char *uri, MortiseOpenFlags flags,
                              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(uri != NULL);
    g_autoptr(GTask) task = g_task_new(NULL, cancellable, callback, user_data);
    OpenRequest *request = g_new0(OpenRequest, 1);
    request->registry = registry != NULL ? g_object_ref(registry) : NULL;
    request->uri = g_strdup(uri);
    request->flags = flags;
    g_task_set_source_tag(task, mortise_connection_open_async);
    g_task_set_task_data(task, request, open_request_free);
    g_task_set_check_cancellable(task, FALSE);
    g_task_run_in_thread(task, open_in_thread);
}

MortiseConnection *
mortise_connection_open_finish(GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_async_result_is_tagged(result, mortise_connection_open_async), NULL);
    return g_task_propagate_pointer(G_TASK(result), error);
}

void
mortise_connection_close(MortiseConnection *self)
{
    g_return_if_fail(MORTISE_IS_CONNECTION(self));
    session_close(self->session);
}

Session *
connection_get_session(MortiseConnection *self, GError **error)
{
    return session_check_open(self->session, error) ? self->session : NULL;
}

const char *
mortise_connection_get_uri(MortiseConnection *self)
{
    g_return_val_if_fail(MORTISE_IS_CONNECTION(self), NULL);
    return session_get_uri(self->session);
}

void
mortise_connection_set_deadline(MortiseConnection *self, guint milliseconds)
{
    g_return_if_fail(MORTISE_IS_CONNECTION(self));
    session_set_deadline(self->session, milliseconds);
}

GPtrArray *
mortise_connection_list_modules(MortiseConnection *self)
{
    g_return_val_if_fail(MORTISE_IS_CONNECTION(self), NULL);
    GPtrArray *bindings = session_get_bindings(self->session);
    GPtrArray *modules = g_ptr_array_new_with_free_func(g_object_unref);
    for (guint i = 0; i < bindings->len; i++) {
        const Binding *binding = g_ptr_array_index(bindings, i);
        g_ptr_array_add(modules, g_object_ref(binding->module->module));
    }
    return modules;
}

char *
session_get_capabilities(Session *self, GCancellable *cancellable, GError **error)
{
    g_autoptr(GPtrArray) documents = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *bindings = session_get_bindings(self);
    for (guint i = 0; i < bindings->len; i++) {
        g_autoptr(Call) call = session_call_new(self, OPERATION_CAPABILITIES, body_capabilities,
                                                g_ptr_array_index(bindings, i));
        if (!call_run(call, cancellable, error)) {
            return NULL;
        }
        g_ptr_array_add(documents, g_strdup(call->out_text->str));
    }
    return capabilities_merge(documents, error);
}

char *
mortise_connection_get_capabilities(MortiseConnection *self, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_CONNECTION(self), NULL);
    return session_get_capabilities(self->session, cancellable, error);
}

static void
capabilities_in_thread(GTask *task, gpointer source, gpointer data G_GNUC_UNUSED, GCancellable *cancellable)
{
    GError *error = NULL;
    char *xml = mortise_connection_get_capabilities(source, cancellable, &error);
    if (xml == NULL) {
        g_task_return_error(task, error);
    } else {
        g_task_return_pointer(task, xml, g_free);
    }
}

void
mortise_connection_get_capabilities_async(MortiseConnection *self, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_CONNECTION(self));
    g_autoptr(GTask) task = g_task_new(self, cancellable, callback, user_data);
    g_task_set_source_tag(task, mortise_connection_get_capabilities_async);
    g_task_set_check_cancellable(task, FALSE);
    g_task_run_in_thread(task, capabilities_in_thread);
}

char *
mortise_connection_get_capabilities_finish(MortiseConnection *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), NULL);
    return g_task_propagate_pointer(G_TASK(result), error);
}

static Call *
host_call(MortiseConnection *self)
{
    return session_call_new(self->session, OPERATION_HOST_INFO, body_host_info,
                            g_ptr_array_index(session_get_bindings(self->session), 0));
}

static MortiseHostInfo *
take_host_info(Call *call)
{
    const MortiseHostInformation *host = &call->out_host;
    MortiseHostInfo *info = g_new0(MortiseHostInfo, 1);
    info->model = g_strdup(host->model);
    info->hostname = g_strdup(host->hostname);
    info->hypervisor = g_strdup(host->hypervisor);
    info->hypervisor_version = host->hypervisor_version;
    info->memory_kib = host->memory_kib;
    info->cpus = host->cpus;
    info->mhz = host->mhz;
    info->numa_nodes = host->numa_nodes;
    info->sockets = host->sockets;
    info->cores = host->cores;
    info->threads = host->threads;
    return info;
}

static void
return_host_info(GTask *task, Call *call)
{
    g_task_return_pointer(task, take_host_info(call), (GDestroyNotify) mortise_host_info_free);
}

MortiseHostInfo *
mortise_connection_get_host_info(MortiseConnection *self, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_CONNECTION(self), NULL);
    g_autoptr(Call) call = host_call(self);
    return call_run(call, cancellable, error) ? take_host_info(call) : NULL;
}

void
mortise_connection_get_host_info_async(MortiseConnection *self, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_CONNECTION(self));
    api_task_run(self, mortise_connection_get_host_info_async, host_call(self), return_host_info, cancellable,
                 callback, user_data);
}

MortiseHostInfo *
mortise_connection_get_host_info_finish(MortiseConnection *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), NULL);
    return g_task_propagate_pointer(G_TASK(result), error);
}

MortiseWatch *
mortise_connection_watch(MortiseConnection *self)
{
    g_return_val_if_fail(MORTISE_IS_CONNECTION(self), NULL);
    return mortise_watch_new(session_get_events(self->session));
}
