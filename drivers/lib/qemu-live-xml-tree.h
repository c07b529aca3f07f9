// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Small edits of an XML tree that keep it readable.
#pragma once

#include <libxml/tree.h>

#include <glib.h>

/* The first child of that name; added at the end, indented like its brothers, when there is none. */
xmlNode *qemu_live_child(xmlNode *parent, const char *name);
/* A new last child of that name. */
xmlNode *qemu_live_add_child(xmlNode *parent, const char *name);

void qemu_live_set(xmlNode *node, const char *attribute, const char *value);
void qemu_live_set_number(xmlNode *node, const char *attribute, guint64 value);
void qemu_live_unset(xmlNode *node, const char *attribute);
/* Whether it has that attribute. */
gboolean qemu_live_has(const xmlNode *node, const char *attribute);
void qemu_live_set_text(xmlNode *node, const char *text);

/* The document as UTF-8 without a declaration; to be freed. NULL when libxml2 fails. */
char *qemu_live_document_text(xmlDoc *document);
