// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Interfaces device/1 and memory/1 of QEMU's guests: definitions, and the cable of a running guest's interface.
#include <string.h>

#include "domain-device-match.h"
#include "domain-edit.h"
#include "domain-xml.h"
#include "driver-json.h"
#include "qemu-engine-private.h"
#include "qemu-live-xml-tree.h"

/* One update of a running guest's interface on its way. */
typedef struct {
    QemuDomain *domain;
    QemuGuest *guest;
    QmpClient *client;
    xmlDoc *document;          /* of the live XML */
    DomainDeviceXml device;
    xmlNode *element;          /* of the live XML, that the device speaks of */
    gboolean up;
} Update;

static void
update_clear(Update *update)
{
    g_clear_pointer(&update->guest, qemu_guest_unref);
    g_clear_pointer(&update->client, qmp_client_unref);
    g_clear_pointer(&update->document, xmlFreeDoc);
    domain_device_xml_clear(&update->device);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Update, update_clear)

static gboolean
find_element(Update *update, DriverFailure **failure)
{
    static const DomainXmlLimits limits = {DOMAIN_TEXT_LIMIT, DOMAIN_DEPTH_LIMIT, DOMAIN_ATTRIBUTE_LIMIT};

    {
        DRIVER_LOCK_SCOPE(&update->domain->record_lock);
        const char *xml = update->guest->record->xml;
        if (xml) {
            update->document = domain_xml_load(xml, strlen(xml), &limits, "live XML", failure);
        } else {
            driver_failure_set(failure, "unsupported", update->domain->name, NULL,
                               "Nobody has kept what %s was started with.", update->domain->name);
        }
    }
    if (!update->document) {
        return FALSE;
    }
    const xmlNode *devices = domain_device_child(xmlDocGetRootElement(update->document), "devices");
    update->element = domain_device_find(devices, update->device.element, failure);
    return update->element != NULL;
}

/* What the device says beside its link must be so already. */
static gboolean
require_link_only(const Update *update, DriverFailure **failure)
{
    const xmlNode *device = update->device.element;
    g_autofree char *name = domain_device_describe(device);
    g_autofree char *part = NULL;

    if (!domain_xml_is(device, "interface")) {
        driver_failure_set(failure, "unsupported", name, "Change the definition only, for the next start.",
                           "<%s> of a running guest cannot be changed; the <link> of an <interface> can.",
                           (const char *) device->name);
        return FALSE;
    }
    part = domain_device_difference(update->element, device, "link");
    if (part) {
        driver_failure_set(failure, "unsupported", name, "Change the definition only, for the next start.",
                           "%s of the %s is not as it runs, and cannot be changed while it does; its <link> can.",
                           part, name);
    }
    return part == NULL;
}

static gboolean
read_link(Update *update, DriverFailure **failure)
{
    g_autofree char *state = domain_device_attribute(update->device.element, "link", "state");

    if (state && !g_str_equal(state, "up") && !g_str_equal(state, "down")) {
        g_autofree char *name = domain_device_describe(update->device.element);
        driver_failure_set(failure, "invalid-argument", name, NULL, "a link is up or down, and not '%.40s'", state);
        return FALSE;
    }
    update->up = !state || g_str_equal(state, "up");
    return TRUE;
}

static gboolean
set_link(const Update *update, DriverFailure **failure)
{
    g_autofree char *alias = domain_device_attribute(update->element, "alias", "name");
    JsonObject *arguments = qmp_argument("name", alias ? alias : "");

    json_object_set_boolean_member(arguments, "up", update->up);
    return qmp_client_call(update->client, "set_link", arguments,
                           qemu_engine_deadline(update->domain->engine->driver), NULL, failure);
}

/* The element of the live XML with that link, as text. */
static char *
write_element(const Update *update)
{
    xmlBuffer *buffer = xmlBufferCreate();
    char *text;

    qemu_live_set(qemu_live_child(update->element, "link"), "state", update->up ? "up" : "down");
    (void) xmlNodeDump(buffer, update->document, update->element, 0, 0);
    text = g_strdup((const char *) xmlBufferContent(buffer));
    xmlBufferFree(buffer);
    return text;
}

static gboolean
begin(Update *update, const char *device, DriverFailure **failure)
{
    return domain_device_xml_read(&update->device, device, failure) &&
           qemu_domain_borrow(update->domain, &update->guest, &update->client, failure) &&
           find_element(update, failure) && require_link_only(update, failure) && read_link(update, failure);
}

static MortiseResult
device_update(void *domain, const char *device)
{
    g_auto(Update) update = {.domain = domain};
    const QemuDriver *driver = update.domain->engine->driver;
    DriverFailure *failure = NULL;

    if (!begin(&update, device, &failure) || !set_link(&update, &failure)) {
        return qemu_engine_fail(driver, failure);
    }
    g_autofree char *name = domain_device_describe(update.element);
    g_autofree char *element = write_element(&update);
    const QemuLiveChange change = {.device = element};
    if (!qemu_domain_change_live(update.domain, update.guest, &change, &failure)) {
        return qemu_engine_fail(driver, failure);
    }
    driver->host->domain_event(update.domain->host, "device-changed", name);
    return MORTISE_OK;
}

static MortiseResult
device_edit(void *connection, const char *xml, uint32_t action, const char *device, MortiseSink *text)
{
    const QemuDriver *driver = ((const QemuEngine *) connection)->driver;

    return domain_edit_device_call(driver->host, driver->self, xml, action, device, text);
}

static MortiseResult
memory_edit(void *connection, const char *xml, uint64_t current_kib, uint64_t maximum_kib, MortiseSink *text)
{
    const QemuDriver *driver = ((const QemuEngine *) connection)->driver;

    return domain_edit_memory_call(driver->host, driver->self, xml, current_kib, maximum_kib, text);
}

const MortiseDeviceInterface qemu_engine_device = {
    .head = {sizeof(MortiseDeviceInterface), MORTISE_DEVICE_VERSION, MORTISE_DEVICE_ID},
    .update = device_update,
    .edit = device_edit,
};

const MortiseMemoryInterface qemu_engine_memory = {
    .head = {sizeof(MortiseMemoryInterface), MORTISE_MEMORY_VERSION, MORTISE_MEMORY_ID},
    .edit = memory_edit,
};
