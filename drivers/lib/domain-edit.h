// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Changing devices, memory and limits in a domain's XML: for device/1, memory/1 and tuning/1 of any driver.
#pragma once

#include <mortise/driver/device.h>
#include <mortise/driver/memory.h>
#include <mortise/driver/tuning.h>

#include "failure.h"

/*
 * All of these take a definition, or the XML of a running domain, and return it with one thing changed and all else as
 * it was, byte by byte; to be freed. NULL with "invalid-xml" when a text cannot be read, "invalid-argument" when the
 * change contradicts what is there. Any thread; none blocks.
 */

/*
 * `action` is MORTISE_DEVICE_...; rules as in mortise/driver/device.h. `what` (may be NULL) becomes the name of the
 * device as of domain_device_describe; to be freed.
 */
char *domain_edit_device(const char *xml, guint action, const char *device, char **what, DriverFailure **failure);
/* KiB; 0 leaves it as it is. */
char *domain_edit_memory(const char *xml, guint64 current_kib, guint64 maximum_kib, DriverFailure **failure);
/* `group` is MORTISE_TUNING_...; values as the core gives them. */
char *domain_edit_tuning(const char *xml, guint group, const MortiseValue *values, guint count,
                         DriverFailure **failure);

/* A value that stands in a definition. */
typedef struct {
    const char *key;    /* static */
    gint64 number;      /* MORTISE_TUNING_UNLIMITED: no limit */
} DomainTuningValue;

/* What the XML says of a group: DomainTuningValue in an array to be unreferenced; NULL with "invalid-xml". */
GArray *domain_read_tuning(const char *xml, guint group, DriverFailure **failure);

/* The same as functions of the interfaces, for a driver with that host. [thread of the call] */
MortiseResult domain_edit_device_call(const MortiseHost *host, MortiseHostDriver *self, const char *xml,
                                      uint32_t action, const char *device, MortiseSink *text);
MortiseResult domain_edit_memory_call(const MortiseHost *host, MortiseHostDriver *self, const char *xml,
                                      uint64_t current_kib, uint64_t maximum_kib, MortiseSink *text);
MortiseResult domain_edit_tuning_call(const MortiseHost *host, MortiseHostDriver *self, const char *xml,
                                      uint32_t group, const MortiseValue *values, uint32_t count, MortiseSink *text);
MortiseResult domain_read_tuning_call(const MortiseHost *host, MortiseHostDriver *self, const char *xml,
                                      uint32_t group, MortiseSink *values);
