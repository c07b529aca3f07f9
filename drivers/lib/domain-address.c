// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Writing and comparing addresses of devices.
#include "domain-address.h"

char *
domain_address_to_text(const DomainAddress *address)
{
    switch (address->type) {
    case DOMAIN_ADDRESS_PCI:
        return g_strdup_printf("%04x:%02x:%02x.%u", address->pci_domain, address->pci_bus, address->pci_slot,
                               address->pci_function);
    case DOMAIN_ADDRESS_DRIVE:
        return g_strdup_printf("%u:%u:%u", address->drive_controller, address->drive_bus, address->drive_unit);
    case DOMAIN_ADDRESS_NONE:
    default:
        return g_strdup("");
    }
}

gboolean
domain_address_equal(const DomainAddress *one, const DomainAddress *other)
{
    if (one->type != other->type) {
        return FALSE;
    }
    if (one->type == DOMAIN_ADDRESS_PCI) {
        return one->pci_domain == other->pci_domain && one->pci_bus == other->pci_bus &&
               one->pci_slot == other->pci_slot && one->pci_function == other->pci_function;
    }
    return one->drive_controller == other->drive_controller && one->drive_bus == other->drive_bus &&
           one->drive_unit == other->drive_unit;
}
