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

static gboolean
find_struct(const LxcDefinition *definition, const xmlNode *node, LxcFound *found, DriverFailure **failure)
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
    return node != NULL && find_struct(definition, node, found, failure) ? g_steal_pointer(&definition) : NULL;
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
keep_new_link(const LxcChange *change, const LxcInterface *interface, DriverFailure **failure)
{
    LxcRecord *record = change->guest->record;

    {
        DRIVER_LOCK_SCOPE(&change->domain->lock);
        if (lxc_network_is_made(interface)) {
            g_ptr_array_add(record->links, lxc_network_entry(interface));
        }
        g_ptr_array_add(record->interfaces, lxc_network_names(interface));
    }
    if (lxc_domain_keep(change->domain, record)) {
        return TRUE;
    }
    driver_failure_set(failure, "file-error", change->domain->name, NULL, "The running state cannot be written.");
    return FALSE;
}

static void
forget(GPtrArray *list, const char *entry)
{
    guint place;

    if (g_ptr_array_find_with_equal_func(list, entry, g_str_equal, &place)) {
        (void) g_ptr_array_remove_index(list, place);
    }
}

static void
forget_link(const LxcChange *change, const LxcInterface *interface)
{
    LxcRecord *record = change->guest->record;
    g_autofree char *names = lxc_network_names(interface);
    g_autofree char *entry = lxc_network_is_made(interface) ? lxc_network_entry(interface) : g_strdup("");

    DRIVER_LOCK_SCOPE(&change->domain->lock);
    forget(record->interfaces, names);
    forget(record->links, entry);
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
    lxc_reboot_name(change, found->interface);
    if (keep_new_link(change, found->interface, failure) &&
        lxc_link_attach(change, found->interface, index, failure)) {
        return TRUE;
    }
    forget_link(change, found->interface);
    return FALSE;
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
    return lxc_link_detach(change, found->interface, failure);
}

/* It would be gone after a reboot, and nobody told so. */
static void
give_up(const LxcChange *change, const LxcDefinition *definition, const LxcFound *found)
{
    (void) detach_found(change, definition, found, NULL);
    lxc_reboot_drop(change, definition, found);
    if (found->interface != NULL) {
        forget_link(change, found->interface);
    }
}

/* For this life, and for the next. */
static gboolean
add(const LxcChange *change, const LxcDefinition *definition, const LxcFound *found, DriverFailure **failure)
{
    guint index = 0;

    if (!attach_found(change, definition, found, &index, failure)) {
        return FALSE;
    }
    if (!lxc_reboot_add(change, definition, found, index, failure)) {
        give_up(change, definition, found);
        return FALSE;
    }
    return TRUE;
}

static MortiseResult
attach(const LxcChange *change, const char *device, char **what, DriverFailure **failure)
{
    g_autofree char *old = lxc_domain_copy_xml(change->domain, change->guest);
    g_autofree char *edited = domain_edit_device(old, MORTISE_DEVICE_ATTACH, device, what, failure);
    g_autoptr(LxcDefinition) definition = NULL;
    LxcFound found;

    definition = edited != NULL ? look_up(change, edited, device, &found, failure) : NULL;
    if (definition == NULL || !check_source(change, definition, &found, failure) ||
        !lxc_reboot_begin(change, failure)) {
        return MORTISE_FAILED;
    }
    if (!add(change, definition, &found, failure)) {
        lxc_reboot_end(change);
        (void) lxc_domain_keep(change->domain, change->guest->record);
        return MORTISE_FAILED;
    }
    lxc_reboot_end(change);
    return lxc_domain_set_xml(change->domain, change->guest, lxc_live_xml(definition, change->init.pid))
               ? MORTISE_OK : MORTISE_FAILED;
}

static MortiseResult
detach(const LxcChange *change, const char *device, char **what, DriverFailure **failure)
{
    g_autofree char *old = lxc_domain_copy_xml(change->domain, change->guest);
    g_autofree char *edited = domain_edit_device(old, MORTISE_DEVICE_DETACH, device, what, failure);
    g_autoptr(LxcDefinition) definition = NULL;
    LxcFound found;

    definition = edited != NULL ? look_up(change, old, device, &found, failure) : NULL;
    if (definition == NULL || !detach_found(change, definition, &found, failure)) {
        return MORTISE_FAILED;
    }
    lxc_reboot_drop(change, definition, &found);
    if (found.interface != NULL) {
        forget_link(change, found.interface);
    }
    return lxc_domain_set_xml(change->domain, change->guest, g_steal_pointer(&edited)) ? MORTISE_OK : MORTISE_FAILED;
}

static MortiseResult
update(const LxcChange *change, const char *device, char **what, DriverFailure **failure)
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

typedef MortiseResult (*ChangeFunction)(const LxcChange *change, const char *device, char **what,
                                        DriverFailure **failure);

static MortiseResult
run(LxcDomain *domain, const char *device, ChangeFunction function, const char *event)
{
    const LxcDriver *driver = domain->engine->driver;
    DriverFailure *failure = NULL;
    LxcChange change = {.domain = domain};
    g_autoptr(LxcGuest) guest = lxc_domain_borrow_init(domain, &change.init, &failure);
    g_autofree char *what = NULL;

    if (guest == NULL) {
        return lxc_fail(driver, failure);
    }
    change.guest = guest;
    if (function(&change, device, &what, &failure) != MORTISE_OK) {
        (void) (failure != NULL && lxc_domain_require_life(domain, guest, &change.init, &failure));
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
