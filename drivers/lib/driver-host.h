// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What every driver says to its host in the same way: failures, lines of the log, and how long a call may take.
#pragma once

#include <mortise/driver/host.h>
#include <mortise/driver/vcpu.h>
#include <stdarg.h>

#include "domain-finding.h"
#include "failure.h"

/* Hands a failure (consumed; NULL: the cause is not known) to the host; MORTISE_FAILED. [thread of the call] */
MortiseResult driver_host_fail(const MortiseHost *host, MortiseHostDriver *self, DriverFailure *failure);
/* One line, formatted; `level` is MORTISE_LOG_... Any thread; does not block. */
void driver_host_log(const MortiseHost *host, MortiseHostDriver *self, guint level, const char *format,
                     va_list arguments) G_GNUC_PRINTF(4, 0);
/* Deadline of the call that this thread is in, as g_get_monotonic_time(); a minute from now when it has none. */
gint64 driver_host_deadline(const MortiseHost *host, MortiseHostDriver *self);
/* The usual form of a UUID of 16 bytes; to be freed. */
char *driver_host_uuid_text(const uint8_t *uuid);

/* Where something may run: a vCPU by its number, or MORTISE_VCPU_EMULATOR. */
void driver_host_pin(const MortiseHost *host, MortiseSink *sink, guint id, const char *affinity);

/* The domain's state is not known, for this reason and with these words; any thread, as domain_status() itself. */
void driver_host_unknown(const MortiseHost *host, MortiseHostDomain *domain, const char *reason, const char *detail);

/* One finding about the host, its message formatted; `hint` may be NULL. */
void driver_host_finding(const MortiseHost *host, MortiseSink *sink, const MortiseFinding *finding, const char *format,
                         va_list arguments) G_GNUC_PRINTF(4, 0);
/* All that was found wrong with a definition. */
void driver_host_findings(const MortiseHost *host, MortiseSink *sink, const DomainFindings *findings);
/* Why a definition cannot be read at all, as a finding. */
void driver_host_unreadable(const MortiseHost *host, MortiseSink *sink, const DriverFailure *failure);
