// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Where a device sits: an address on a PCI bus, or a unit of a disk controller.
#pragma once

#include <glib.h>

#define DOMAIN_PCI_SLOTS 32u
#define DOMAIN_PCI_FUNCTIONS 8u

typedef enum {
    DOMAIN_ADDRESS_NONE,     /* none is given; one is assigned */
    DOMAIN_ADDRESS_PCI,
    DOMAIN_ADDRESS_DRIVE
} DomainAddressType;

typedef struct {
    DomainAddressType type;
    /* PCI; bus 0 is the root bus. */
    guint pci_domain;
    guint pci_bus;
    guint pci_slot;          /* 0 to 31 */
    guint pci_function;      /* 0 to 7 */
    gboolean multifunction;
    /* A drive; target is always 0 on IDE and SATA. */
    guint drive_controller;
    guint drive_bus;
    guint drive_unit;
} DomainAddress;

/* "0000:00:03.0" for PCI, "0:0:1" for a drive, "" for none; to be freed. */
char *domain_address_to_text(const DomainAddress *address);

/* Same place of the same type; multifunction is no part of the place. */
gboolean domain_address_equal(const DomainAddress *one, const DomainAddress *other);
