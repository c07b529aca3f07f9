// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Sinks: where a driver puts the results of a call, checked as they come.
#pragma once

#include "domain-stats.h"

#include <mortise/driver/host.h>

#include <glib.h>

/* The handle that drivers know; only what a call expects is not NULL. */
struct MortiseSink {
    GString *text;
    GPtrArray *checks;         /* of MortiseCheck */
    GPtrArray *vcpus;          /* of MortiseVcpuInfo */
    DomainStatsBuilder *stats; /* values, where they are statistics of a domain */
    GHashTable *values;        /* key -> GVariant, where they are something else */
};

void host_sink_text(MortiseSink *sink, const char *data, uint64_t length);
void host_sink_value(MortiseSink *sink, const MortiseValue *value);
void host_sink_finding(MortiseSink *sink, const MortiseFinding *given);
void host_sink_vcpu(MortiseSink *sink, const MortiseVcpu *vcpu);

/* TRUE for NULL (when `optional`) and for UTF-8 of at most `limit` bytes; else notes that the driver misbehaved. */
gboolean host_text_is_good(const char *text, gsize limit, gboolean optional, const char *what);
