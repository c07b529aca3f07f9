// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A driver inside of the test program, whose every call can be held, failed or made to lie.
#pragma once

#include <mortise/driver/config.h>
#include <mortise/driver/device.h>
#include <mortise/driver/lifecycle.h>
#include <mortise/driver/stats.h>
#include <mortise/driver/tuning.h>
#include <mortise/driver/vcpu.h>
#include <mortise/mortise.h>

/* What the driver does and has seen; one a test, reached through static_driver_use. */
typedef struct {
    GMutex lock;
    GCond changed;
    guint inside;      /* calls in the driver now */
    guint most_inside; /* the most at once */
    guint entered;     /* calls so far */
    guint opened_domains;
    guint closed_domains;
    gboolean hold;           /* calls wait until released */
    const char *held_domain; /* only on this domain; NULL for all */
    gboolean closed;
    MortiseResult result; /* what calls return */
    const char *reason;   /* said with a failure; NULL to say nothing */
    MortiseResult (*report)(MortiseVcpuSummary *summary, MortiseSink *sink);
    const char *edited;       /* what edits of definitions return */
    guint32 vcpus;            /* that definitions are said to have, of two */
    MortiseValue setting;     /* that definitions are said to have */
    const char *capabilities; /* NULL for a good document */
    guint32 status_state;     /* that start publishes; 99 for one that is none */
    const MortiseHost *host;
    MortiseHostDriver *self;
} StaticDriver;

/* The world of the drivers below, from now on. */
void static_driver_use(StaticDriver *driver);
void static_driver_clear(StaticDriver *driver);
/* Ends a hold. */
void static_driver_release(StaticDriver *driver);
/* Waits until `count` calls are inside of the driver; FALSE after two minutes. */
gboolean static_driver_wait_inside(StaticDriver *driver, guint count);

/* A registry with one static driver of that thread model: scheme "static", domain type "static", domains a and b.
 */
MortiseRegistry *static_driver_registry(guint32 thread_model);
