// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The way of every change that is made to a running domain, to its definition, or to both.
#pragma once

#include "bodies.h"

/* What a call is about. */
typedef struct {
    gboolean live;
    gboolean config;
    const char *xml; /* the definition, when it is; the snapshot's */
} ModifyTarget;

/* One kind of change. */
typedef struct {
    const char *what;     /* "pinning" */
    gboolean acts;        /* the driver has `act` */
    gboolean edits;       /* the driver has `edit` */
    gboolean checked;     /* what is new in the definition is shown to config/1 */
    const char *act_name; /* of the driver's function, for errors */
    const char *edit_name;
    MortiseResult (*act)(const Call *call, void *domain);
    MortiseResult (*edit)(const Call *call, const char *xml, MortiseSink *sink);
} Modify;

/* From the call's MortiseModifyFlags; FALSE with domain-inactive, or why the driver is not there. */
gboolean modify_find_target(Call *call, const DomainSnapshot *snapshot, ModifyTarget *target, GError **error);
/* The same to read from: FALSE with invalid-argument as well, unless it is one of both. */
gboolean modify_find_source(Call *call, const DomainSnapshot *snapshot, ModifyTarget *target, GError **error);
/* The definition is tried first, changed last: a refusal of either leaves both as they were. */
gboolean modify_run(Call *call, const Modify *modify, GError **error);
/* invalid-argument when the call's flags ask for a maximum. */
gboolean modify_refuse_maximum(const Call *call, const char *message, GError **error);
