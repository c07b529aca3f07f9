// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The part of the descriptor check that looks at interface tables: head, size, mandatory functions.
#include "descriptor-interfaces.h"

#include "names.h"

#include <string.h>

#define SLOTS 16   /* the most functions that an interface may have, and so its mandatory ones */

/* A function of a table. */
typedef struct {
    const char *name;
    gsize offset;
} Slot;

typedef struct {
    const char *id;
    gsize size;                /* at ABI 1.0 */
    Slot mandatory[SLOTS + 1];     /* ends with a name that is NULL */
    Slot owners_only[SLOTS + 1];   /* NULL unless the driver owns its domains */
} KnownInterface;

static const KnownInterface known_interfaces[] = {
    {
        .id = MORTISE_LIFECYCLE_ID,
        .size = MORTISE_SIZE_1_0_LIFECYCLE,
        .mandatory = {{"start", offsetof(MortiseLifecycle, start)}, {"stop", offsetof(MortiseLifecycle, stop)}},
    },
    {
        .id = MORTISE_CONFIG_ID,
        .size = MORTISE_SIZE_1_0_CONFIG,
        .mandatory = {{"check", offsetof(MortiseConfig, check)}},
        .owners_only = {{"define", offsetof(MortiseConfig, define)},
                        {"undefine", offsetof(MortiseConfig, undefine)},
                        {"set_autostart", offsetof(MortiseConfig, set_autostart)},
                        {"create", offsetof(MortiseConfig, create)}},
    },
    {
        .id = MORTISE_VCPU_ID,
        .size = MORTISE_SIZE_1_0_VCPU_INTERFACE,
        .mandatory = {{"report", offsetof(MortiseVcpuInterface, report)}},
    },
    {
        .id = MORTISE_STATS_ID,
        .size = MORTISE_SIZE_1_0_STATS,
        .mandatory = {{"collect", offsetof(MortiseStats, collect)}},
    },
    {
        .id = MORTISE_CONSOLE_ID,
        .size = MORTISE_SIZE_1_0_CONSOLE,
        .mandatory = {{"open", offsetof(MortiseConsole, open)}},
    },
    {
        .id = MORTISE_NAMESPACE_ID,
        .size = MORTISE_SIZE_1_0_NAMESPACE,
        .mandatory = {{"open", offsetof(MortiseNamespaceInterface, open)}},
    },
    {
        .id = MORTISE_NETWORK_ID,
        .size = MORTISE_SIZE_1_0_NETWORK,
        .mandatory = {{"open", offsetof(MortiseNetworkInterface, open)},
                      {"close", offsetof(MortiseNetworkInterface, close)},
                      {"create", offsetof(MortiseNetworkInterface, create)},
                      {"remove", offsetof(MortiseNetworkInterface, remove)},
                      {"change", offsetof(MortiseNetworkInterface, change)},
                      {"move", offsetof(MortiseNetworkInterface, move)},
                      {"open_tap", offsetof(MortiseNetworkInterface, open_tap)},
                      {"links", offsetof(MortiseNetworkInterface, links)},
                      {"addresses", offsetof(MortiseNetworkInterface, addresses)},
                      {"address", offsetof(MortiseNetworkInterface, address)},
                      {"route", offsetof(MortiseNetworkInterface, route)},
                      {"vlans", offsetof(MortiseNetworkInterface, vlans)},
                      {"bandwidth", offsetof(MortiseNetworkInterface, bandwidth)},
                      {"subscribe", offsetof(MortiseNetworkInterface, subscribe)},
                      {"next_event", offsetof(MortiseNetworkInterface, next_event)}},
    },
    {
        .id = MORTISE_MIGRATION_ID,
        .size = MORTISE_SIZE_1_0_MIGRATION,
        .mandatory = {{"begin", offsetof(MortiseMigration, begin)}, {"judge", offsetof(MortiseMigration, judge)}},
    },
    {.id = MORTISE_DEVICE_ID, .size = MORTISE_SIZE_1_0_DEVICE},
    {.id = MORTISE_MEMORY_ID, .size = MORTISE_SIZE_1_0_MEMORY},
    {.id = MORTISE_TUNING_ID, .size = MORTISE_SIZE_1_0_TUNING},
};

static const KnownInterface *
find_known(const char *id)
{
    for (gsize i = 0; i < G_N_ELEMENTS(known_interfaces); i++) {
        if (g_str_equal(known_interfaces[i].id, id)) {
            return &known_interfaces[i];
        }
    }
    return NULL;
}

/* Slots are pointers to functions; they are looked at as bytes, whatever their types. */
static gboolean
slot_is_null(const MortiseInterface *interface, gsize offset)
{
    static const char zeros[sizeof(void (*)(void))];
    return memcmp((const char *) interface + offset, zeros, sizeof zeros) == 0;
}

static char *
check_slots(const MortiseInterface *interface, const KnownInterface *known, guint32 flags)
{
    for (const Slot *slot = known->mandatory; slot->name != NULL; slot++) {
        if (slot_is_null(interface, slot->offset)) {
            return g_strdup_printf("its interface '%s' lacks the mandatory function '%s'", known->id, slot->name);
        }
    }
    for (const Slot *slot = known->owners_only; slot->name != NULL; slot++) {
        if ((flags & MORTISE_DRIVER_OWNS_DOMAINS) == 0 && !slot_is_null(interface, slot->offset)) {
            return g_strdup_printf("its interface '%s' has the function '%s', which only a driver that owns its "
                                   "domains may have",
                                   known->id, slot->name);
        }
    }
    return NULL;
}

char *
mortise_descriptor_check_interface(const MortiseInterface *interface, guint number, guint32 flags)
{
    if (interface->struct_size < MORTISE_SIZE_1_0_INTERFACE) {
        return g_strdup_printf("its interface %u says that it has %u bytes, fewer than a head has", number,
                               interface->struct_size);
    }
    gsize length = interface->id != NULL ? strnlen(interface->id, MORTISE_NAME_LIMIT) : 0;
    if (interface->id == NULL || !mortise_interface_id_is_valid(interface->id, length)) {
        return g_strdup_printf("its interface %u has no id, or one that is not [a-z][a-z0-9.-]*", number);
    }
    if (interface->version == 0 || interface->version > G_MAXUINT16) {
        return g_strdup_printf("its interface '%s' has version %u, which cannot be", interface->id, interface->version);
    }
    const KnownInterface *known = find_known(interface->id);
    if (known == NULL) {
        return NULL;
    }
    if (interface->struct_size < known->size) {
        return g_strdup_printf("its interface '%s' has %u bytes, fewer than the %" G_GSIZE_FORMAT " of ABI 1.0",
                               interface->id, interface->struct_size, known->size);
    }
    return check_slots(interface, known, flags);
}
