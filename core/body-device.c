// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Calls that give a domain a device, take one away or change one.
#include "body-modify.h"

#include "domain-xml-reader.h"
#include "error.h"

/* One element, as it stands in <devices>: what else can be wrong with it the driver knows. */
static gboolean
check_device(const char *text, GError **error)
{
    xmlDocPtr document = mortise_xml_read_tree(text, "device XML", error);
    if (document == NULL) {
        return FALSE;
    }
    const xmlNode *root = xmlDocGetRootElement(document);
    gboolean good = root->ns == NULL;
    if (!good) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_XML, "device XML", NULL,
                          "<%s> is in a namespace, and no device is", (const char *) root->name);
    }
    xmlFreeDoc(document);
    return good;
}

static gboolean
change(Call *call, const Modify *modify, GError **error)
{
    return modify_refuse_maximum(call, "a device has no maximum", error) && check_device(call->text, error)
           && modify_run(call, modify, error);
}

static MortiseResult
edit(const Call *call, const char *xml, uint32_t action, MortiseSink *sink)
{
    return call->binding->device.edit(call->binding->connection, xml, action, call->text, sink);
}

static MortiseResult
edit_attach(const Call *call, const char *xml, MortiseSink *sink)
{
    return edit(call, xml, MORTISE_DEVICE_ATTACH, sink);
}

static MortiseResult
edit_detach(const Call *call, const char *xml, MortiseSink *sink)
{
    return edit(call, xml, MORTISE_DEVICE_DETACH, sink);
}

static MortiseResult
edit_update(const Call *call, const char *xml, MortiseSink *sink)
{
    return edit(call, xml, MORTISE_DEVICE_UPDATE, sink);
}

static MortiseResult
act_attach(const Call *call, void *domain)
{
    return call->binding->device.attach(domain, call->text);
}

static MortiseResult
act_detach(const Call *call, void *domain)
{
    return call->binding->device.detach(domain, call->text);
}

static MortiseResult
act_update(const Call *call, void *domain)
{
    return call->binding->device.update(domain, call->text);
}

static gboolean
edits_devices(const Call *call)
{
    return call->binding != NULL && call->binding->device.edit != NULL;
}

gboolean
body_attach_device(Call *call, GError **error)
{
    const Modify modify = {
        .what = "attaching devices",
        .acts = call->binding != NULL && call->binding->device.attach != NULL,
        .edits = edits_devices(call),
        .checked = TRUE,
        .act_name = "attach",
        .edit_name = "edit",
        .act = act_attach,
        .edit = edit_attach,
    };
    return change(call, &modify, error);
}

gboolean
body_detach_device(Call *call, GError **error)
{
    const Modify modify = {
        .what = "detaching devices",
        .acts = call->binding != NULL && call->binding->device.detach != NULL,
        .edits = edits_devices(call),
        .checked = TRUE,
        .act_name = "detach",
        .edit_name = "edit",
        .act = act_detach,
        .edit = edit_detach,
    };
    return change(call, &modify, error);
}

gboolean
body_update_device(Call *call, GError **error)
{
    const Modify modify = {
        .what = "updating devices",
        .acts = call->binding != NULL && call->binding->device.update != NULL,
        .edits = edits_devices(call),
        .checked = TRUE,
        .act_name = "update",
        .edit_name = "edit",
        .act = act_update,
        .edit = edit_update,
    };
    return change(call, &modify, error);
}
