// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The inside of the fake host: what its table of functions works on.
#pragma once

#include "driver-lock.h"
#include "fake-host.h"

struct FakeHost {
    char *root;
    gboolean owns_root;
    void *module;
    const MortiseModuleDescriptor *descriptor;
    const MortiseDriverOperations *operations;
    void *driver;
    void *connection;
    GPtrArray *domains;

    DriverLock lock;          /* guards what follows and what the domains have */
    guint calls;
    guint die_at;
    gboolean refuse_state;
};

struct MortiseHostDomain {
    FakeHost *host;
    void *handle;
    char *name;
    char *uuid;
    char *xml;

    guint state;           /* of the host's lock, like what follows */
    gint64 id;
    char *reason;
    char *detail;
    char *live_xml;
    GString *events;       /* "kind detail\n" */
};

const MortiseHost *fake_host_table(void);
/* File of the domain's running state, to be freed. */
char *fake_state_file(const FakeDomain *domain);
