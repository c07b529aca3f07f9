// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Domains: being listed, changing state, ending; everything that the core is told of them.
#pragma once

#include "connection.h"

/* In no list and not announced. Returns one reference. `plan` gives script, vCPU model and the like. */
TestDomain *test_domain_new(TestConnection *connection, const TestDefinition *definition, const TestDomainPlan *plan);
TestDomain *test_domain_ref(TestDomain *domain);
void test_domain_unref(TestDomain *domain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestDomain, test_domain_unref)

/* The handles of the core: MortiseDriverOperations.domain_open and domain_close. */
MortiseResult test_domain_open(void *handle, const MortiseDomainArguments *arguments, MortiseHostDomain *host,
                               void **domain);
void test_domain_close(void *domain);

/*
 * Takes `change` for a call on the domain. MORTISE_FAILED, with nothing taken, when the connection is closed or the
 * domain is gone. test_domain_unlock ends it.
 */
MortiseResult test_domain_lock(TestDomain *domain);
void test_domain_unlock(TestDomain *domain);

/* Plays the call and takes `change` for it, on a running domain; MORTISE_FAILED with nothing taken. */
MortiseResult test_domain_enter(TestDomain *domain, TestOperation operation);

/* All that follow are called with `change` held. */

/* Lets the domain run on with that text, which is freed; NULL fails with the cause. */
MortiseResult test_domain_go_on(TestDomain *domain, char *text, DriverFailure *failure);

/* Lists a domain that the core has listed for this driver. */
void test_domain_list_incoming(TestDomain *domain);
/* Lists the domain and announces it, or announces what has changed of it. FALSE when the core refuses it. */
gboolean test_domain_announce(TestDomain *domain);
/* Takes it off the lists. The caller's reference stays. */
void test_domain_withdraw(TestDomain *domain);
/* Fails with "domain-inactive" unless it runs, with "state-unknown" when nobody can tell. */
MortiseResult test_domain_require_active(TestDomain *domain);

/* Begins a run in `state` with a new id. */
void test_domain_begin(TestDomain *domain, TestDefinition *definition, guint state, const char *reason);
/* The same run goes on with a changed definition: its live XML follows. */
void test_domain_change_running(TestDomain *domain, TestDefinition *definition);
/* Another state of the same run. */
void test_domain_set_state(TestDomain *domain, guint state, const char *reason, const char *detail);
/* Ends the run; a transient domain is withdrawn. The caller ends its consoles after it has let go of `change`. */
void test_domain_end(TestDomain *domain, guint state, const char *reason, const char *detail);
/* Replaces the definition (NULL: makes it transient) and announces it. FALSE, with nothing changed, when refused. */
gboolean test_domain_set_definition(TestDomain *domain, TestDefinition *definition);
gboolean test_domain_set_autostart(TestDomain *domain, gboolean autostart);
/* Tells the core the state as it is now; `reason`, `detail` may be NULL. */
void test_domain_publish(const TestDomain *domain, const char *reason, const char *detail);

/* How long its vCPUs have run, in nanoseconds; `lock` will do as well. */
guint64 test_domain_run_time(const TestDomain *domain);
