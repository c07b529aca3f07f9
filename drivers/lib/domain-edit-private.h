// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the edits of a domain's XML share.
#pragma once

#include "domain-edit.h"
#include "domain-xml.h"

/* The tree of a domain's XML; NULL with "invalid-xml" or "limit-exceeded". */
xmlDoc *domain_edit_load(const char *xml, DriverFailure **failure);
/* Whether an edited text can be read again; a change that would spoil it is "invalid-xml". */
gboolean domain_edit_check(const char *xml, DriverFailure **failure);
