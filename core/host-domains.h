// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What drivers say about their domains: states, live XML, running state, events, announcements.
#pragma once

#include <mortise/driver/host.h>

void host_domain_status(MortiseHostDomain *domain, const MortiseDomainStatus *status);
void host_domain_live_xml(MortiseHostDomain *domain, const char *xml);
MortiseResult host_domain_running_state(MortiseHostDomain *domain, const char *state);
void host_domain_event(MortiseHostDomain *domain, const char *kind, const char *detail);
MortiseHostDomain *host_domain_announce(MortiseHostConnection *connection, const MortiseDomainIdentity *identity);
void host_domain_withdraw(MortiseHostDomain *domain);
