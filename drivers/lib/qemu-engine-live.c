// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What has changed of a running guest: kept in its record and told in its live XML.
#include "domain-edit.h"
#include "domain-text.h"
#include "driver-json.h"
#include "qemu-engine-private.h"
#include "qemu-monitor.h"

/* The text with the change; NULL when there is none. */
static char *
edit(const QemuGuest *guest, const DomainDefinition *definition, const QemuLiveChange *change)
{
    g_autofree char *counted = NULL;

    if (change->device && guest->record->xml) {
        return domain_edit_device(guest->record->xml, MORTISE_DEVICE_UPDATE, change->device, NULL, NULL);
    }
    if (!definition) {
        return NULL;
    }
    counted = change->vcpus > 0 ? domain_text_set_vcpus(guest->record->xml, change->vcpus, definition->maximum_vcpus)
                                : g_strdup(guest->record->xml);
    return change->pinned && counted ? domain_text_set_pin(counted, change->vcpu, change->cpus)
                                     : g_steal_pointer(&counted);
}

static DomainDefinition *
read_live(const QemuGuest *guest)
{
    return guest->record->xml ? domain_definition_parse(guest->record->xml, -1, NULL) : NULL;
}

gboolean
qemu_domain_change_live(QemuDomain *domain, const QemuGuest *guest, const QemuLiveChange *change,
                        DriverFailure **failure)
{
    const MortiseHost *host = domain->engine->driver->host;
    g_autoptr(DomainDefinition) definition = NULL;
    g_autofree char *text = NULL;
    g_autofree char *xml = NULL;

    DRIVER_LOCK_SCOPE(&domain->record_lock);
    if (!qemu_domain_is_active(domain)) {
        return TRUE;
    }
    definition = read_live(guest);
    xml = edit(guest, definition, change);
    if (xml) {
        g_free(guest->record->xml);
        guest->record->xml = g_steal_pointer(&xml);
        host->domain_live_xml(domain->host, guest->record->xml);
    }
    guest->record->vcpus = change->vcpus > 0 ? change->vcpus : guest->record->vcpus;
    guest->record->most_vcpus = MAX(guest->record->most_vcpus, guest->record->vcpus);
    text = qemu_record_to_text(guest->record);
    if (host->domain_running_state(domain->host, text) == MORTISE_OK) {
        return TRUE;
    }
    driver_failure_set(failure, "file-error", domain->name, "Check the disk that the run directory is on.",
                       "%s was changed, but that could not be kept on disk.", domain->name);
    return FALSE;
}

DomainDefinition *
qemu_domain_live_definition(QemuDomain *domain, const QemuGuest *guest)
{
    DRIVER_LOCK_SCOPE(&domain->record_lock);
    return read_live(guest);
}

void
qemu_domain_take_unplug_event(QemuDomain *domain, const char *name, JsonObject *data)
{
    const char *path = driver_json_text(data, "path", "");
    const gboolean deleted = g_str_equal(name, "DEVICE_DELETED");
    const gboolean awaited = domain->unplug.path && g_str_equal(path, domain->unplug.path);

    if (awaited && deleted) {
        domain->unplug.gone = TRUE;
        driver_lock_announce(&domain->lock);
    } else if (awaited && g_str_equal(name, "DEVICE_UNPLUG_GUEST_ERROR")) {
        domain->unplug.refused = TRUE;
        driver_lock_announce(&domain->lock);
    } else if (deleted && domain->client && domain->phase == QEMU_ACTIVE) {
        // Perhaps a vCPU that a call has given up waiting for.
        qemu_domain_recount(domain, domain->client);
    }
}

static void
take_count(JsonNode *value, const DriverFailure *failure, gpointer data)
{
    QemuDomain *domain = data;
    g_autoptr(QemuGuest) guest = NULL;
    g_autoptr(GPtrArray) cpus = failure ? NULL : qemu_monitor_cpus(value);
    QemuLiveChange change = {.vcpus = cpus ? cpus->len : 0};
    guint known;

    if (change.vcpus == 0 || !qemu_domain_borrow(domain, &guest, NULL, NULL)) {
        return;
    }
    {
        DRIVER_LOCK_SCOPE(&domain->record_lock);
        known = guest->record->vcpus;
    }
    if (known > 0 && known != change.vcpus) {
        g_autofree char *count = g_strdup_printf("%u", change.vcpus);
        (void) qemu_domain_change_live(domain, guest, &change, NULL);
        domain->engine->driver->host->domain_event(domain->host, "vcpu-count", count);
    }
}

void
qemu_domain_recount(QemuDomain *domain, QmpClient *client)
{
    qmp_client_send_async(client, "query-cpus-fast", NULL, take_count, domain);
}
