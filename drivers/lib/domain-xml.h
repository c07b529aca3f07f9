// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading untrusted XML text into a tree: bounded, without network, entities or document types.
#pragma once

#include <libxml/tree.h>

#include "failure.h"

/*
 * The tree of a well-formed text; `what` names it in messages ("domain definition"). NULL with "limit-exceeded" (over
 * `size_limit` bytes or `depth_limit` levels) or "invalid-xml" (line and cause in the message). Nothing is printed.
 */
xmlDoc *domain_xml_load(const char *text, gsize length, gsize size_limit, guint depth_limit, const char *what,
                        DriverFailure **failure);

/* Line of an element that was loaded, from 1. */
guint domain_xml_line(const xmlNode *node);

/* "domain/devices/disk", or "domain/devices/disk/@type" with an attribute; to be freed. */
char *domain_xml_path(const xmlNode *node, const char *attribute);

/* Whether a node is an element of that name without namespace. */
gboolean domain_xml_is(const xmlNode *node, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)
