// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The inside of MortiseConnection, for the files that make it up.
#pragma once

#include "session.h"

struct _MortiseConnection {
    GObject parent_instance;
    Session *session;
};

/* Its session (not referenced), or NULL with connection-closed or forked. */
Session *connection_get_session(MortiseConnection *self, GError **error);
