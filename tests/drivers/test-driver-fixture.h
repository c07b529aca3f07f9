// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The test driver on a fake host: opening worlds and calling the driver's tables as the core does.
#pragma once

#include "../mortise-test.h"
#include "fake-host-simple.h"

#include <mortise/driver/config.h>
#include <mortise/driver/console.h>
#include <mortise/driver/lifecycle.h>
#include <mortise/driver/stats.h>
#include <mortise/driver/vcpu.h>

#define DEFAULT_UUID "6695eb01-f6a4-8304-79aa-97f2502e193f"

typedef struct {
    FakeHost *host;
    void *driver;
    MortiseHostConnection *listed;    /* what the driver told of the connection */
    void *connection;                 /* NULL when the opening failed, or after fixture_close */
    const MortiseDriverOperations *operations;
    const MortiseLifecycle *lifecycle;
    const MortiseConfig *config;
    const MortiseVcpuInterface *vcpu;
    const MortiseStats *stats;
    const MortiseConsole *console;
    GPtrArray *domains;               /* handles to be closed before the connection */
} Fixture;

/* A started driver without a connection. */
Fixture *fixture_new(void);
/* With a connection to test:///default, which must succeed. */
Fixture *fixture_new_default(void);
/* With a connection to a world of this text, in which ' stands for ". */
Fixture *fixture_new_world(const char *world);
/* Opens a path; `parameters` are key, value, ..., NULL. */
MortiseResult fixture_open(Fixture *fixture, const char *path, const char *const *parameters);
/* Writes the world to a file and opens it. */
MortiseResult fixture_open_world(Fixture *fixture, const char *world);
/* Closes what is open, as the core does: interrupt, domains, connection. */
void fixture_close(Fixture *fixture);
void fixture_free(Fixture *fixture);

/* The driver's handle of a listed domain, opened now; NULL with a failed check when it is not there. */
void *fixture_domain(Fixture *fixture, const char *name);

MortiseResult fixture_start(Fixture *fixture, void *domain, const char *name, guint flags);

/* Text with ' turned into ". */
char *quoted(const char *text);

#define CHECK_STATE(fixture, name, expected) \
    do { \
        g_autofree char *check_state = fake_domain_state((fixture)->listed, name); \
        CHECK_TEXT(check_state, expected); \
    } while (0)

/* That the call failed for this reason, with this part in its message. */
#define CHECK_FAILS(call, expected_reason, part) \
    do { \
        fake_call_begin(-1); \
        CHECK_INT(call, MORTISE_FAILED); \
        CHECK_TEXT(fake_call_error()->reason, expected_reason); \
        CHECK_CONTAINS(fake_call_error()->message, part); \
    } while (0)

/* That it works. */
#define CHECK_WORKS(call) \
    do { \
        fake_call_begin(-1); \
        CHECK_INT(call, MORTISE_OK); \
        CHECK_TEXT(fake_call_error()->message, ""); \
    } while (0)

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)
