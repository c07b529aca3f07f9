// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Where the parts that the core knows stand in the text of a domain's XML.
#pragma once

#include "domain-xml.h"

typedef enum {
    MORTISE_PART_NAME,
    MORTISE_PART_UUID,
    MORTISE_PART_TITLE,
    MORTISE_PART_DESCRIPTION,
    MORTISE_PART_METADATA,
    MORTISE_PART_METADATA_CHILD,    /* the one in the namespace that was asked for */
    MORTISE_PART_MEMORY,
    MORTISE_PART_CURRENT_MEMORY,
    MORTISE_PART_VCPU,
    MORTISE_PART_COUNT,
} MortiseXmlPart;

/* Offsets in bytes: begin <tag> inside ... outside </tag> end; in "<tag/>" inside, outside and end are the same. */
typedef struct {
    gboolean present;
    gsize begin;
    gsize inside;
    gsize outside;
    gsize end;
    GString *content;     /* its text; NULL when absent, and of metadata */
    char *attribute;      /* unit of memory, current of vcpu; NULL when absent */
} MortiseXmlSpan;

typedef struct {
    const char *text;     /* what was scanned: no byte order mark, no XML declaration in front */
    char *type;
    gsize document;       /* where the text begins without XML declaration */
    gsize head_begin;     /* a <?mortise ...?> before the root, left from a copied file; empty when there is none */
    gsize head_end;
    MortiseXmlSpan parts[MORTISE_PART_COUNT];
} MortiseXmlLayout;

/*
 * Reads the document whole. FALSE with invalid-xml or limit-exceeded. `metadata_uri` (may be NULL) is the
 * namespace for MORTISE_PART_METADATA_CHILD. `text` must outlive the layout.
 */
gboolean mortise_xml_layout_scan(MortiseXmlLayout *self, const char *text, const char *metadata_uri, GError **error);
void mortise_xml_layout_clear(MortiseXmlLayout *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MortiseXmlLayout, mortise_xml_layout_clear)

/*
 * KiB of an amount with libvirt's units, rounded up; 0 when not understood or too large for 64 bits. `unit` may
 * be NULL: KiB.
 */
guint64 mortise_xml_memory_kib(const char *amount, const char *unit);

/* The text with `remove` bytes at `offset` replaced by `insert`. */
char *mortise_xml_splice(const char *text, gsize offset, gsize remove, const char *insert);
/*
 * The offset where the white space before `offset` begins, when nothing but white space stands between it and a
 * tag.
 */
gsize mortise_xml_blank_before(const char *text, gsize offset);

/* The text without a part, and without the white space before it, so that no empty line stays. */
char *mortise_xml_cut(const char *text, const MortiseXmlSpan *span);
/* The text with `element` behind the part that it follows by custom. */
char *mortise_xml_insert_part(const MortiseXmlLayout *layout, MortiseXmlPart part, const char *element);
/*
 * `made` (which is taken) when it is a document that can be read again; else NULL with invalid-xml or
 * limit-exceeded.
 */
char *mortise_xml_checked(char *made, GError **error);
