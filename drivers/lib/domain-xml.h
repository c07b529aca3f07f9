// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading untrusted XML text into a tree: bounded, without network, entities or document types.
#pragma once

#include <libxml/tree.h>

#include "failure.h"

/* Bounds of a text; what is over them is refused. libxml2 compares each attribute of an element with all others. */
typedef struct {
    gsize bytes;
    guint depth;         /* levels of elements */
    guint attributes;    /* of one element */
} DomainXmlLimits;

/*
 * The tree of a well-formed text; `what` names it in messages ("domain definition"). The text is UTF-8, whatever its
 * XML declaration says. NULL with "limit-exceeded" or "invalid-xml"; line and cause are in the message. Nothing is
 * printed. Any thread.
 */
xmlDoc *domain_xml_load(const char *text, gsize length, const DomainXmlLimits *limits, const char *what,
                        DriverFailure **failure);

/* Line of an element that was loaded, from 1. */
guint domain_xml_line(const xmlNode *node);

/* "domain/devices/disk", or "domain/devices/disk/@type" with an attribute; to be freed. */
char *domain_xml_path(const xmlNode *node, const char *attribute);

/* Whether a node is an element of that name without namespace. */
gboolean domain_xml_is(const xmlNode *node, const char *name);

/* The first such child; NULL when there is none, or no parent. */
xmlNode *domain_xml_child(const xmlNode *parent, const char *name);

/* Appends text of a document, with the arguments (not the format) escaped. */
void domain_xml_append(GString *xml, const char *format, ...) G_GNUC_PRINTF(2, 3);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)
