// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading XML with nothing taken from outside of the text.
#pragma once

#include "failure.h"

#include <libxml/tree.h>

/* NULL with "invalid-xml" (the message names the line) or "limit-exceeded"; `what` names it in messages. Any thread. */
xmlDoc *test_xml_read(const char *text, const char *what, DriverFailure **failure);
/* Whether a node is an element of that name in no namespace. */
gboolean test_xml_is(const xmlNode *node, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)
