// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The provider of host networking, as drivers use it: opening it, looking at links, and saying what went wrong.
#include "network-provider.h"

#include <string.h>

#define FIRST_ROOM 128u

void
network_provider_clear(NetworkProvider *provider)
{
    if (provider->network != NULL) {
        provider->table->close(provider->network);
        provider->network = NULL;
    }
}

static void
set_missing(MortiseProblem *problem, const char *otherwise)
{
    (void) g_strlcpy(problem->reason, "host-unsupported", sizeof(problem->reason));
    (void) g_strlcpy(problem->message,
                     "the module 'netlink', which connects guests to the host's network, cannot be used",
                     sizeof(problem->message));
    (void) g_snprintf(problem->hint, sizeof(problem->hint),
                      "Install the package mortise-provider-netlink, or %s; 'mortise drivers' tells the "
                      "module's state.",
                      otherwise);
}

gboolean
network_provider_open(NetworkProvider *provider, const MortiseHost *host, MortiseHostDriver *self,
                      int namespace, const char *otherwise)
{
    if (provider->network != NULL) {
        return TRUE;
    }
    provider->problem = (MortiseProblem){.struct_size = sizeof(provider->problem)};
    provider->table = host->provider(self, MORTISE_NETWORK_ID, MORTISE_NETWORK_VERSION);
    if (provider->table == NULL) {
        set_missing(&provider->problem, otherwise);
        return FALSE;
    }
    return provider->table->open(namespace, &provider->network, &provider->problem) == MORTISE_OK;
}

gboolean
network_provider_fail(const NetworkProvider *provider, guint line, const char *object, DriverFailure **failure)
{
    const MortiseProblem *problem = &provider->problem;
    g_autofree char *place = line > 0 ? g_strdup_printf("line %u, %s", line, object) : g_strdup(object);

    driver_failure_set(failure, problem->reason, object, *problem->hint != '\0' ? problem->hint : NULL, "%s: %s",
                       place, problem->message);
    return FALSE;
}

MortiseLinkSettings
network_link_settings(const char *name)
{
    return (MortiseLinkSettings){.struct_size = sizeof(MortiseLinkSettings), .name = name, .peer_namespace = -1};
}

MortiseLink
network_link_find(NetworkProvider *provider, const char *name)
{
    MortiseLink link = {.struct_size = sizeof(link)};
    uint32_t count = 0;

    if (provider->table->links(provider->network, &name, &link, 1, &count, &provider->problem) != MORTISE_OK) {
        link.index = 0;
    }
    return link;
}

MortiseLink *
network_links(NetworkProvider *provider, uint32_t *count)
{
    g_autofree MortiseLink *links = NULL;
    uint32_t room = FIRST_ROOM / 2;

    do {
        room *= 2;
        links = g_renew(MortiseLink, g_steal_pointer(&links), room);
        links[0].struct_size = sizeof(links[0]);
        if (provider->table->links(provider->network, NULL, links, room, count, NULL) != MORTISE_OK) {
            *count = 0;
        }
    } while (*count > room);
    return g_steal_pointer(&links);
}

void
network_mac_read(const char *text, uint8_t *mac)
{
    guint64 byte = 0;

    for (gsize i = 0; i < NETWORK_MAC_LENGTH; i++) {
        g_autofree char *pair = g_strndup(text + 3 * i, 2);
        (void) g_ascii_string_to_unsigned(pair, 16, 0, G_MAXUINT8, &byte, NULL);
        mac[i] = (uint8_t) byte;
    }
}

gboolean
network_link_has_mac(const MortiseLink *link, const char *text)
{
    uint8_t mac[NETWORK_MAC_LENGTH];

    network_mac_read(text, mac);
    return memcmp(link->mac, mac, sizeof(mac)) == 0;
}

MortiseBandwidth
network_bandwidth(const DomainBandwidth *limit)
{
    return (MortiseBandwidth){
        .struct_size = sizeof(MortiseBandwidth), .average = limit->average, .peak = limit->peak, .burst = limit->burst,
    };
}
