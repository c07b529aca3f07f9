// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What is wrong with a definition: a list of findings, each with its element and line.
#pragma once

#include "failure.h"

/* One thing of a definition that cannot be honoured. */
typedef struct {
    guint line;       /* of the definition's text, from 1; 0 when it speaks of no line */
    char *reason;     /* "invalid-xml", "element-unsupported", "file-missing", ... as in DriverFailure */
    char *path;       /* element or attribute: "domain/devices/disk/target/@bus" */
    char *message;    /* one sentence for a person, without line and path */
    char *hint;       /* what to do; may be NULL */
} DomainFinding;

/* More than this are counted and not kept, so that hostile input stays cheap. */
#define DOMAIN_FINDING_LIMIT 256u

/* Findings in the order of their lines. Not thread-safe. */
typedef struct {
    GPtrArray *items;    /* DomainFinding, owned */
    guint64 left_out;    /* found beyond the limit */
} DomainFindings;

DomainFindings *domain_findings_new(void);
void domain_findings_free(DomainFindings *findings);

/* Adds one; strings are copied. `hint` may be NULL. */
void domain_findings_add(DomainFindings *findings, guint line, const char *reason, const char *path, const char *hint,
                         const char *format, ...) G_GNUC_PRINTF(6, 7);
/* Adds copies of all of `more`. */
void domain_findings_append(DomainFindings *findings, const DomainFindings *more);
/* Sorts by line; those of one line keep their order. */
void domain_findings_sort(DomainFindings *findings);

guint domain_findings_count(const DomainFindings *findings);
const DomainFinding *domain_findings_at(const DomainFindings *findings, guint index);

/*
 * TRUE when there is none. Else FALSE and `failure` is made from the first (its reason, its path as object, its
 * hint); the message names line and element of the first and then of the others, as far as there is room.
 */
gboolean domain_findings_require_none(const DomainFindings *findings, DriverFailure **failure);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DomainFindings, domain_findings_free)
