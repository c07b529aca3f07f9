// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The inside of MortiseDomain, for the files that make it up.
#pragma once

#include "session.h"

struct _MortiseDomain {
    GObject parent_instance;
    Session *session;
    DomainRecord *record;
};

MortiseDomain *mortise_domain_new(Session *session, DomainRecord *record);
/* FALSE with connection-closed, forked or no-such-domain. */
gboolean domain_check(MortiseDomain *self, GError **error);

/* What functions of one call have in common: runs it, consumes it. */
gboolean domain_run(Call *call, GCancellable *cancellable, GError **error);
/* The end of an asynchronous one that answers with a boolean. */
gboolean domain_finish(MortiseDomain *self, GAsyncResult *result, GError **error);
