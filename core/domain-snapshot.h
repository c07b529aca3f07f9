// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What is published of a domain: immutable, shared, replaced as a whole.
#pragma once

#include "domain-xml.h"

#include <mortise/mortise-reports.h>

typedef struct {
    gatomicrefcount references;
    GRefString *name;
    GRefString *type;
    GRefString *title; /* NULL when none, like all texts below */
    GRefString *description;
    GRefString *inactive_xml;
    GRefString *live_xml;
    GRefString *reason;
    GRefString *detail;
    guint64 memory_kib;
    guint64 maximum_memory_kib;
    guint vcpus;
    gboolean persistent;
    gboolean autostart;
    MortiseDomainState state;
    gint64 id;
    gint64 confirmed; /* monotonic microseconds of the driver's last word about the state */
} DomainSnapshot;

DomainSnapshot *domain_snapshot_new(void);
/* A copy that may be changed until it is published. Shares all texts. */
DomainSnapshot *domain_snapshot_copy(const DomainSnapshot *self);
DomainSnapshot *domain_snapshot_ref(DomainSnapshot *self);
void domain_snapshot_unref(DomainSnapshot *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DomainSnapshot, domain_snapshot_unref)

/* Replaces one text of a snapshot that is not yet published. */
void domain_snapshot_set_text(GRefString **field, const char *text);
/* Takes identity from a parsed definition; the XML itself goes into inactive_xml when `persistent`. */
void domain_snapshot_set_identity(DomainSnapshot *self, const MortiseDomainXml *xml, gboolean persistent);

/* Running, paused, or anything else that has a guest. */
gboolean domain_snapshot_is_active(const DomainSnapshot *self);
gboolean domain_snapshot_matches(const DomainSnapshot *self, MortiseListFlags flags);
