/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: MIT */
/* The contract of a filter: two functions that stand around every call of every driver. */
#ifndef MORTISE_DRIVER_FILTER_H
#define MORTISE_DRIVER_FILTER_H

#include <mortise/driver/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Classes of operations; see docs/architecture.md. */
#define MORTISE_CLASS_READ 0u
#define MORTISE_CLASS_QUERY 1u
#define MORTISE_CLASS_CHANGE 2u
#define MORTISE_CLASS_JOB 3u
#define MORTISE_CLASS_LAST 3u

/* One call on its way. Strings are borrowed for the function. */
typedef struct MortiseCallInformation {
    uint32_t struct_size;
    uint32_t operation_class;       /* MORTISE_CLASS_... */
    uint64_t serial;                /* the same before and after; unique in a process */
    const char *operation;          /* "domain-start" */
    const char *interface_id;       /* "lifecycle"; "" for the mandatory table */
    const char *driver;             /* name of the driver called */
    const char *uri;
    const char *domain;             /* name; "" when the call is on the connection */
    int64_t deadline_milliseconds;  /* left; -1 without one */
    /* Only after: */
    MortiseResult result;
    uint32_t timed_out;
    const char *reason;             /* reason id of a failure; "" on success */
    uint64_t duration_nanoseconds;  /* in the driver, the wait at the gate not counted */
} MortiseCallInformation;

/* [any thread, several at once; must not call the API] `before` may block, within the deadline. */
typedef struct MortiseFilterOperations {
    uint32_t struct_size;
    uint32_t reserved;

    MortiseResult (*startup)(const MortiseHost *host, MortiseHostDriver *self, void **filter);
    void (*shutdown)(void *filter);
    /* Anything but MORTISE_OK refuses the call, with the error set. NULL allowed. */
    MortiseResult (*before)(void *filter, const MortiseCallInformation *call);
    /* Sees the result and cannot change it. NULL allowed. */
    void (*after)(void *filter, const MortiseCallInformation *call);
} MortiseFilterOperations;

#ifdef __cplusplus
}
#endif

#endif /* MORTISE_DRIVER_FILTER_H */
