// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Interface device/1: devices given to containers that run, changed, and taken away.
#include "lxc-device.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "domain-device-match.h"
#include "domain-edit.h"
#include "domain-xml.h"
#include "helper/lxc-helper.h"
#include "lxc-config.h"

int
lxc_change_namespace(const LxcChange *change, const char *name, DriverFailure **failure)
{
    g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/ns/%s", change->init.pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    // Asked after it was opened: its number cannot have been given to another process unseen.
    if (fd < 0 || process_start_time(change->init.pid) != change->init.start) {
        driver_failure_set(failure, "domain-inactive", change->domain->name, NULL,
                           "The namespaces of %s cannot be opened: it has ended, or belongs to another user.",
                           change->domain->name);
        if (fd >= 0) {
            (void) close(fd);
        }
        fd = -1;
    }
    return fd;
}

static xmlNode *
devices_of(const LxcDefinition *definition)
{
    return domain_device_child(xmlDocGetRootElement(definition->base->document), "devices");
}

gboolean
lxc_device_find(const LxcDefinition *definition, const xmlNode *node, LxcFound *found, DriverFailure **failure)
{
    *found = (LxcFound){.interface = NULL};
    for (guint i = 0; i < definition->interfaces->len; i++) {
        LxcInterface *interface = definition->interfaces->pdata[i];
        found->interface = interface->device.node == node ? interface : found->interface;
    }
    for (guint i = 0; i < definition->filesystems->len; i++) {
        const LxcFilesystem *filesystem = definition->filesystems->pdata[i];
        found->filesystem = filesystem->device.node == node ? filesystem : found->filesystem;
    }
    for (guint i = 0; i < definition->nodes->len; i++) {
        const LxcNode *device = definition->nodes->pdata[i];
        found->node = device->device.node == node ? device : found->node;
    }
    if (found->interface == NULL && found->filesystem == NULL && found->node == NULL) {
        driver_failure_set(failure, "unsupported", (const char *) node->name,
                           "Change the definition, and start it again.",
                           "The <%s> of a running container cannot change.", (const char *) node->name);
        return FALSE;
    }
    return TRUE;
}

/* The device of a container's XML that another piece of XML speaks of. */
static LxcDefinition *
look_up(const LxcChange *change, const char *xml, const char *device, LxcFound *found, DriverFailure **failure)
{
    g_autoptr(LxcDefinition) definition
        = lxc_definition_parse_live(xml, change->guest->record->interfaces, failure);
    g_auto(DomainDeviceXml) wanted = {NULL, NULL};
    const xmlNode *node;

    if (definition == NULL || !domain_findings_require_none(definition->base->findings, failure) ||
        !domain_device_xml_read(&wanted, device, failure)) {
        return NULL;
    }
    node = domain_device_find(devices_of(definition), wanted.element, failure);
    return node != NULL && lxc_device_find(definition, node, found, failure) ? g_steal_pointer(&definition) : NULL;
}

/* What is there on the host is looked at as at a start. */
static gboolean
check_source(const LxcChange *change, LxcDefinition *definition, const LxcFound *found, DriverFailure **failure)
{
    if (found->filesystem != NULL && found->filesystem->type == LXC_FILESYSTEM_BIND) {
        return TRUE;
    }
    lxc_check_host(definition, change->domain->engine->cgroups, FALSE);
    return domain_findings_require_none(definition->base->findings, failure);
}

static gboolean
attach_found(const LxcChange *change, const LxcDefinition *definition, const LxcFound *found, guint *index,
             DriverFailure **failure)
{
    if (found->filesystem != NULL) {
        return lxc_mount_attach(change, found->filesystem, failure);
    }
    if (found->node != NULL) {
        return lxc_node_attach(change, definition, found->node, failure);
    }
    return lxc_reboot_expect(change, found->interface, failure) &&
           lxc_link_attach(change, found->interface, index, failure);
}

static gboolean
detach_found(const LxcChange *change, const LxcDefinition *definition, const LxcFound *found, DriverFailure **failure)
{
    if (found->filesystem != NULL) {
        return lxc_mount_detach(change, found->filesystem, failure);
    }
    if (found->node != NULL) {
        return lxc_node_detach(change, definition, found->node, failure);
    }
    return lxc_reboot_forget(change->guest, failure) && lxc_link_detach(change, found->interface, failure);
}

/* What the end of a change means for who has asked for it; `failure` is why it failed, if it did. */
static MortiseResult
tell(const LxcChange *change, LxcOutcome outcome, gboolean good, DriverFailure **failure)
{
    if (outcome == LXC_CHANGE_AGAIN) {
        lxc_settle_later(change->domain);
    }
    if (good && outcome == LXC_CHANGE_AGAIN) {
        driver_failure_set(failure, "domain-busy", change->domain->name, "Look whether its XML has the device.",
                           "The container %s has rebooted or ended meanwhile.", change->domain->name);
    }
    return good && outcome == LXC_CHANGE_DONE ? MORTISE_OK : MORTISE_FAILED;
}

/* The rest of a change that went well, or the way back. */
static MortiseResult
complete(const LxcChange *change, const LxcDefinition *definition, const LxcFound *found, gboolean good,
         DriverFailure **failure)
{
    const gboolean stays = !change->guest->record->change->detaches;
    DriverFailure *other = NULL;
    LxcOutcome outcome;

    if (good) {
        outcome = lxc_change_end(change, definition, found, stays, failure);
    } else {
        outcome = lxc_change_settle(change, &other);
        driver_failure_free(other);
    }
    return tell(change, outcome, good, failure);
}

/* For this life, and for the next. */
static gboolean
add(const LxcChange *change, const LxcDefinition *definition, const LxcFound *found, DriverFailure **failure)
{
    guint index = 0;

    return attach_found(change, definition, found, &index, failure) &&
           lxc_reboot_add(change, definition, found, index, failure);
}

static MortiseResult
attach(LxcChange *change, const char *device, char **what, DriverFailure **failure)
{
    g_autofree char *old = lxc_domain_copy_xml(change->domain, change->guest);
    g_autofree char *edited = domain_edit_device(old, MORTISE_DEVICE_ATTACH, device, what, failure);
    g_autoptr(LxcDefinition) definition = NULL;
    LxcFound found;

    definition = edited != NULL ? look_up(change, edited, device, &found, failure) : NULL;
    if (definition == NULL || !check_source(change, definition, &found, failure)) {
        return MORTISE_FAILED;
    }
    if (found.interface != NULL) {
        lxc_reboot_name(change, found.interface);
    }
    if (!lxc_change_begin(change, FALSE, definition, &found, lxc_live_xml(definition, change->init.pid), failure)) {
        return MORTISE_FAILED;
    }
    return complete(change, definition, &found, add(change, definition, &found, failure), failure);
}

static MortiseResult
detach(LxcChange *change, const char *device, char **what, DriverFailure **failure)
{
    g_autofree char *old = lxc_domain_copy_xml(change->domain, change->guest);
    g_autofree char *edited = domain_edit_device(old, MORTISE_DEVICE_DETACH, device, what, failure);
    g_autoptr(LxcDefinition) definition = NULL;
    LxcFound found;

    definition = edited != NULL ? look_up(change, old, device, &found, failure) : NULL;
    if (definition == NULL) {
        return MORTISE_FAILED;
    }
    if (found.interface != NULL) {
        char *handed = lxc_reboot_handed(change->guest, found.interface);

        g_free(found.interface->handed_name);
        found.interface->handed_name = handed;
    }
    if (!lxc_change_begin(change, TRUE, definition, &found, g_steal_pointer(&edited), failure)) {
        return MORTISE_FAILED;
    }
    return complete(change, definition, &found, detach_found(change, definition, &found, failure), failure);
}

static MortiseResult
update(LxcChange *change, const char *device, char **what, DriverFailure **failure)
{
    g_autofree char *old = lxc_domain_copy_xml(change->domain, change->guest);
    g_autofree char *edited = domain_edit_device(old, MORTISE_DEVICE_UPDATE, device, what, failure);
    g_autoptr(LxcDefinition) before = NULL;
    g_autoptr(LxcDefinition) after = NULL;
    LxcFound one;
    LxcFound other;

    before = edited != NULL ? look_up(change, old, device, &one, failure) : NULL;
    after = before != NULL ? look_up(change, edited, device, &other, failure) : NULL;
    if (after == NULL) {
        return MORTISE_FAILED;
    }
    if (one.interface == NULL || one.interface->type == LXC_INTERFACE_PHYSICAL || other.interface == NULL) {
        driver_failure_set(failure, "unsupported", *what, "Detach it and attach it again.",
                           "Only interfaces of a running container can be changed.");
        return MORTISE_FAILED;
    }
    // Names that are left out are those that it has.
    if (domain_device_child(other.interface->device.node, "guest") == NULL) {
        g_free(other.interface->guest_name);
        other.interface->guest_name = g_strdup(one.interface->guest_name);
    }
    if (domain_device_child(other.interface->device.node, "target") == NULL) {
        g_free(other.interface->host_name);
        other.interface->host_name = g_strdup(one.interface->host_name);
    }
    if (!check_source(change, after, &other, failure) ||
        !lxc_link_update(change, one.interface, other.interface, failure)) {
        return MORTISE_FAILED;
    }
    return lxc_domain_set_xml(change->domain, change->guest, lxc_live_xml(after, change->init.pid)) ? MORTISE_OK
                                                                                                    : MORTISE_FAILED;
}

typedef MortiseResult (*ChangeFunction)(LxcChange *change, const char *device, char **what,
                                        DriverFailure **failure);

/* One that could not be undone before is tried again: another one would hide it. */
static gboolean
settle_first(const LxcChange *change, DriverFailure **failure)
{
    const LxcOutcome outcome = lxc_change_settle(change, failure);

    if (outcome == LXC_CHANGE_AGAIN) {
        (void) tell(change, outcome, TRUE, failure);
    }
    return outcome == LXC_CHANGE_DONE;
}

static MortiseResult
run(LxcDomain *domain, const char *device, ChangeFunction function, const char *event)
{
    const LxcDriver *driver = domain->engine->driver;
    DriverFailure *failure = NULL;
    g_auto(LxcChange) change = {.domain = domain, .deadline = lxc_deadline(driver),
                                .interrupt = domain->engine->interrupt, .lock = -1};
    g_autofree char *what = NULL;

    change.guest = lxc_domain_borrow_init(domain, &change.init, &failure);
    if (change.guest == NULL || !lxc_change_take_lock(&change, &failure) || !settle_first(&change, &failure)) {
        return lxc_fail(driver, failure);
    }
    if (function(&change, device, &what, &failure) != MORTISE_OK) {
        (void) (failure != NULL && lxc_domain_require_life(domain, change.guest, &change.init, &failure));
        return failure != NULL ? lxc_fail(driver, failure) : MORTISE_FAILED;
    }
    driver->host->domain_event(domain->host, event, what);
    return MORTISE_OK;
}

MortiseResult
lxc_device_attach(void *domain, const char *device)
{
    return run(domain, device, attach, "device-added");
}

MortiseResult
lxc_device_detach(void *domain, const char *device)
{
    return run(domain, device, detach, "device-removed");
}

MortiseResult
lxc_device_update(void *domain, const char *device)
{
    return run(domain, device, update, "device-changed");
}

MortiseResult
lxc_device_edit(void *connection, const char *xml, uint32_t action, const char *device, MortiseSink *text)
{
    const LxcDriver *driver = ((const LxcEngine *) connection)->driver;

    return domain_edit_device_call(driver->host, driver->self, xml, action, device, text);
}
